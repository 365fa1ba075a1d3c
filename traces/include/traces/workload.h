// Workloads: streams of accesses that answer a question, made while they are read.
//
// A workload is a trace like any other (trace.h) whose name is not a file's:
//
//   gen:NAME,key=value,...      "gen:pattern,region=vmalloc,bytes=64m,pattern=rand,count=1g"
//
// wherever a trace's path can stand. Nothing is stored: memory does not grow with the number of accesses.
#ifndef TRACES_WORKLOAD_H
#define TRACES_WORKLOAD_H

#include <stddef.h>
#include <stdint.h>
#include <traces/error.h>
#include <traces/kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_workload_parameter {
  const char *name;    ///< "bytes"
  const char *usual;   ///< as it would be written: "64m"
  const char *meaning; ///< one line
  const char *choices; ///< "seq|page|rand", or NULL: a number, with k, m, g or t behind it
} tw_workload_parameter;

/// What a user is told of a workload.
typedef struct tw_workload_about {
  const char *name;     ///< "dentry"
  const char *question; ///< that it answers, one sentence
  const tw_workload_parameter *parameters;
  size_t parameter_count;
} tw_workload_about;

/// The workloads, in the order of the documentation; NULL past the last.
const tw_workload_about *tw_workload_at(size_t number);
/// Parameters that all of them have: machine, version, page, rodata, ram, seed ...
const tw_workload_parameter *tw_workload_common(size_t *count);

#ifdef __cplusplus
}
#endif
#endif
