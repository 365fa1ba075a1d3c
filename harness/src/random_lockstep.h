// The random lockstep: one seed makes a core, tables, registers, requests, TLBIs, writes by software and races; the
// model and the RTL must do the same in every cycle.
#ifndef HARNESS_RANDOM_LOCKSTEP_H
#define HARNESS_RANDOM_LOCKSTEP_H

#include "random_overlap.h"

#include <harness/engine.h>
#include <stdio.h>

typedef struct tw_random_options {
  const char *variant; ///< RTL build
  unsigned fault;      ///< deliberate fault; 0: none
  unsigned kinds;      ///< set of tw_random_kind that contexts are drawn from; 0: all
  const char *fst;     ///< waves of a difference's window; NULL: none
  FILE *report;        ///< a difference is told there; NULL: nowhere
} tw_random_options;

enum {
  TW_RANDOM_SCENARIO = 40000, ///< cycles of a scenario, about
  TW_RANDOM_FORMATS = 5,      ///< of stage 1: EL1&0, EL2, EL2&0, LPAE, short descriptors
  TW_RANDOM_OPS = 128,        ///< TLBIs without x86
};

/// What was compared. Each must have happened for a run to mean something: see tw_random_missing.
typedef struct tw_random_counts {
  tw_compared compared;
  uint64_t scenarios, contexts, switches, writes;
  uint64_t found[6];                        ///< by tw_found
  uint64_t fault[TW_RANDOM_FORMATS][2][64]; ///< by format of stage 1, stage, FSC
  uint64_t s1ptw[2];                        ///< AArch64, AArch32
  uint64_t op[TW_RANDOM_OPS];               ///< TLBIs offered
  uint64_t size[64];                        ///< answers by log2 of their size
  uint64_t answers[8];                      ///< by the number of the tw_random_kind
  uint64_t reads[TW_LEVELS], stage2_reads;  ///< descriptor reads; of stage 1 by level + 1
  uint64_t kind[3], at[3], par_long, nonfault, off, refused;
  uint64_t prfm[3];                                    ///< by kind
  uint64_t outside, plays, played, stalls[2], held[2]; ///< stalls: data, fetch; held: responses, memory accesses
  uint64_t prefetches, prefetch_hits, prefetch_walks, prefetch_fills; ///< looked up; of those dropped, walked, filled
  uint64_t coalescing, coalesced;                ///< scenarios that coalesce; walks that found four pages in one
  uint64_t in_l2, table_hits, table_passed_over; ///< scenarios with tables in the L2; and what they have shown
  tw_overlap_counts overlap;
  uint64_t swaps[2], lost[2], swap_aborts, swap_refusals; ///< compare-and-swaps by stage
} tw_random_counts;

/// One scenario: at least `cycles` cycles from `seed`. Adds to `counts`. 0; -1 with `error`: a difference (its kind
/// goes to `difference`) or something went wrong (TW_SAME).
int tw_random_lockstep(const tw_random_options *options, uint64_t seed, uint64_t cycles, tw_random_counts *counts,
                       tw_difference *difference, tw_error *error);

/// Add `part` to `sum`.
void tw_random_add(tw_random_counts *sum, const tw_random_counts *part);
/// The first category of which nothing was compared, in `name`; false: none is empty.
bool tw_random_missing(const tw_random_counts *counts, char name[64]);
/// What was compared, one line a category.
void tw_random_print(const tw_random_counts *counts, FILE *out);

#endif
