// The property "a TLB hit answers as the walk would": software that keeps the rules (break-before-make, a TLBI that
// suffices after every change) changes tables and registers at random; every answer of the engine under test must be
// the answer of a reference that is cold before every request. At the end both memories must hold the same tables.
//
// Each of the two has its own memory: where hardware updates descriptors, both must make the same updates. A group of
// contiguous entries is the exception: an entry that covers the group marks one descriptor, a walk each time marks the
// one that it reads.
#ifndef HARNESS_RANDOM_PROPERTY_H
#define HARNESS_RANDOM_PROPERTY_H

#include <harness/engine.h>
#include <stdio.h>

typedef struct tw_property_options {
  tw_engine_kind kind; ///< of the engine under test
  const char *variant; ///< its geometry: an RTL build's name
  unsigned kinds;      ///< set of tw_random_kind; 0: all
  FILE *log;           ///< what software and requests do is told there; NULL: nowhere
  bool forgets;        ///< software forgets one TLBI a scenario: the property must fail
} tw_property_options;

enum { TW_PROPERTY_SCENARIO = 4000 }; ///< requests of a scenario, about

typedef struct tw_property_counts {
  uint64_t scenarios, requests, faults, stage2_faults, s1ptw, hits_after_change;
  uint64_t found[6];
  uint64_t op[128];
  uint64_t leaf_changes, table_changes, stage2_changes, made, overlapped, register_changes, switches, updates, words,
      fours;
} tw_property_counts;

/// One scenario. 0; -1 with `error`: the property does not hold (`fails` is true), or something went wrong.
int tw_property_run(const tw_property_options *options, uint64_t seed, uint64_t requests, tw_property_counts *counts,
                    bool *fails, tw_error *error);

void tw_property_print(const tw_property_counts *counts, FILE *out);
/// The first category of which there was nothing; NULL: none is empty.
const char *tw_property_missing(const tw_property_counts *counts);

#endif
