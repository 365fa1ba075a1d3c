// Workloads: streams of accesses that answer a question, made while they are read.
//
// A workload is a trace like any other (trace.h) whose name is not a file's:
//
//   gen:NAME,key=value,...      "gen:pattern,region=vmalloc,bytes=64m,pattern=rand,count=1g"
//
// wherever a trace's path can stand. Nothing is stored: memory does not grow with the number of accesses. The same name
// gives the same accesses, events and addresses each time.
#ifndef TRACES_WORKLOAD_H
#define TRACES_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <traces/error.h>
#include <traces/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_workload_parameter {
  const char *name;     ///< "bytes"
  const char *usual;    ///< as it would be written: "64m"
  const char *meaning;  ///< one line
  const char *choices;  ///< "seq|page|rand", or NULL: a number, with k, m, g or t behind it, or text
  uint64_t least, most; ///< of a number; both 0: text
} tw_workload_parameter;

/// What a user is told of a workload.
typedef struct tw_workload_about {
  const char *name;     ///< "dentry"
  const char *question; ///< that it answers, one sentence
  const char *defaults; ///< usual values of common parameters that it has otherwise: "machine=arm,ram=1g"
  const tw_workload_parameter *parameters;
  size_t parameter_count;
} tw_workload_about;

/// The workloads, in the order of the documentation; NULL past the last.
const tw_workload_about *tw_workload_at(size_t number);
/// The one of that name, or NULL.
const tw_workload_about *tw_workload_named(const char *name);
/// Parameters that all of them have: machine, version, page, rodata, ram, seed ...
const tw_workload_parameter *tw_workload_common(size_t *count);
/// What `parameter` is where nothing is said, in that workload.
void tw_workload_usual(const tw_workload_about *about, const tw_workload_parameter *parameter, char text[64]);

/// Is `path` a workload's name ("gen:..."), not a file's?
bool tw_workload_is(const char *path);

/// Something that a workload found out while it ran, which no count of the replay tells: "128 KiB failed first".
typedef struct tw_workload_fact {
  char name[64];
  char value[64];
} tw_workload_fact;

/// What the workload that `trace` reads has found out so far; none for other traces. Valid until the next call for
/// `trace`.
const tw_workload_fact *tw_trace_facts(const tw_trace *trace, size_t *count);

/// A number as a parameter is written: "64k"; "0" too.
void tw_workload_number_text(uint64_t number, char text[24]);

#ifdef __cplusplus
}
#endif
#endif
