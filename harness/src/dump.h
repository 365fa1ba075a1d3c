// What a capture holds, as JSON; and that JSON as tables.
#ifndef HARNESS_DUMP_H
#define HARNESS_DUMP_H

#include "progress.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <traces/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What is wanted.
typedef struct tw_dump_options {
  bool registers, census, runs, phases;
  bool keep_going;
  tw_progress *progress;
} tw_dump_options;

/// Read the whole trace. {"trace", "format", "sections": [...], "phases": [...], "total": {...}, "damage"?}; NULL and
/// `error`. The caller owns the reference.
json_t *tw_dump_trace(const char *path, const tw_dump_options *options, tw_error *error);

/// One section: registers, regions, tables, census and runs, as far as they are wanted. NULL and `error`.
json_t *tw_dump_section(const tw_trace *trace, const tw_dump_options *options, tw_error *error);
/// Leaves counted a region; runs of equal leaves. NULL and `error`.
json_t *tw_dump_census(const tw_trace *trace, tw_error *error);
json_t *tw_dump_runs(const tw_trace *trace, tw_error *error);
/// A number as "0x..." .
json_t *tw_dump_hex(uint64_t value);

/// Print what tw_dump_trace made. 0, or -1: the stream has an error or memory ran out.
int tw_dump_print(const json_t *dump, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
