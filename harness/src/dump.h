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

/// Read the whole trace. {"trace", "format", "sections": [...], "phases": [...], "instructions": [...], "total": {...},
/// "damage"?}; NULL and `error`. The caller owns the reference.
json_t *tw_dump_trace(const char *path, const tw_dump_options *options, tw_error *error);

/// One section: registers, regions, tables, census and runs, as far as they are wanted. NULL and `error`.
json_t *tw_dump_section(const tw_trace *trace, const tw_dump_options *options, tw_error *error);
/// Leaves counted a region; runs of equal leaves. NULL and `error`.
json_t *tw_dump_census(const tw_trace *trace, tw_error *error);
json_t *tw_dump_runs(const tw_trace *trace, tw_error *error);
/// The section's registers by name, "registers", and what they say, "decoded".
void tw_dump_registers(json_t *json, const tw_trace *trace);

/// An instruction's name: "TLBI VAE1IS, x1", "MCR p15, 0, r3, c8, c7, 1 (TLBIMVA)".
void tw_dump_word(tw_architecture architecture, uint32_t word, char *text, size_t room);
/// Words of instructions with their counts: `count` of them, the caller frees. 0; -1: out of memory.
typedef struct tw_dump_words tw_dump_words;
int tw_dump_count_word(tw_dump_words **words, size_t *count, tw_architecture architecture, const tw_event *event);
json_t *tw_dump_words_list(const tw_dump_words *words, size_t count);

/// A number as "0x..." .
json_t *tw_dump_hex(uint64_t value);

/// Print what tw_dump_trace made. 0, or -1: the stream has an error or memory ran out.
int tw_dump_print(const json_t *dump, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
