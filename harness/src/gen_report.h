// What `tablewalk gen` prints: the workloads, one's parameters, and what a stream held.
#ifndef HARNESS_GEN_REPORT_H
#define HARNESS_GEN_REPORT_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <traces/error.h>
#include <traces/workload.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a stream held.
typedef struct tw_gen_counts {
  uint64_t reads, writes, fetches, instructions;
  uint64_t tlbi, descriptors, phases;
} tw_gen_counts;

/// All of them; 0, or -1: it can't be written.
int tw_gen_print_workloads(FILE *out);
json_t *tw_gen_workloads_json(void);
/// One, with its parameters and the common ones.
int tw_gen_print_workload(const tw_workload_about *about, FILE *out);
json_t *tw_gen_workload_json(const tw_workload_about *about);

void tw_gen_count(tw_gen_counts *counts, const tw_batch *batch);
int tw_gen_print_counts(const char *name, const tw_gen_counts *counts, const tw_workload_fact *facts, size_t count,
                        FILE *out);
json_t *tw_gen_counts_json(const char *name, const tw_gen_counts *counts, const tw_workload_fact *facts, size_t count);

#ifdef __cplusplus
}
#endif
#endif
