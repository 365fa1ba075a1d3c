// The random lockstep: one seed makes a core, tables, registers, requests, TLBIs and writes by software; the model and
// the RTL must do the same in every cycle.
#ifndef HARNESS_RANDOM_LOCKSTEP_H
#define HARNESS_RANDOM_LOCKSTEP_H

#include <harness/engine.h>
#include <stdio.h>

typedef struct tw_random_options {
  const char *variant; ///< RTL build
  unsigned fault;      ///< deliberate fault; 0: none
  const char *fst;     ///< waves of a difference's window; NULL: none
  FILE *report;        ///< a difference is told there; NULL: nowhere
} tw_random_options;

enum { TW_RANDOM_SCENARIO = 40000 }; ///< cycles of a scenario, about

/// What was compared. Each must have happened for a run to mean something: see tw_random_missing.
typedef struct tw_random_counts {
  tw_compared compared;
  uint64_t scenarios, contexts, writes;
  uint64_t found[5];         ///< by tw_found
  uint64_t fault[64];        ///< by FSC
  uint64_t op[TW_TLBI_OPS];  ///< TLBIs offered
  uint64_t size[64];         ///< answers by log2 of their size
  uint64_t granule[3];       ///< contexts with 4K, 16K, 64K
  uint64_t reads[TW_LEVELS]; ///< descriptor reads by level + 1
  uint64_t kind[3], off, refused;
} tw_random_counts;

/// One scenario: at least `cycles` cycles from `seed`. Adds to `counts`. 0; -1 with `error`: a difference (its kind
/// goes to `difference`) or something went wrong (TW_SAME).
int tw_random_lockstep(const tw_random_options *options, uint64_t seed, uint64_t cycles, tw_random_counts *counts,
                       tw_difference *difference, tw_error *error);

/// Add `part` to `sum`.
void tw_random_add(tw_random_counts *sum, const tw_random_counts *part);
/// The first category of which nothing was compared; NULL: none is empty.
const char *tw_random_missing(const tw_random_counts *counts);
/// What was compared, in a few lines.
void tw_random_print(const tw_random_counts *counts, FILE *out);

#endif
