// Which events a request counts. Twin: rtl/counters.sv.
//
// Events are tallied as they happen, each once; the counters that the PMU has are told from that, when somebody asks.
#ifndef TABLEWALK_COUNTERS_INTERNAL_H
#define TABLEWALK_COUNTERS_INTERNAL_H

#include <tablewalk/counters.h>
#include <tablewalk/request.h>

enum { TW_TALLY_PRFM = 4, TW_TALLIES = 8 };

/// Where the events of a request are tallied: by its kind, preloads apart.
static inline unsigned tw_tallied(const tw_request *request) {
  return request->kind | (request->prfm ? (unsigned)TW_TALLY_PRFM : 0);
}

/// The same, of what `is_access` says is one.
static inline unsigned tw_tally_of(const tw_request *request, bool is_access) {
  return is_access ? request->kind : tw_tallied(request);
}

/// Each array by tw_tallied.
typedef struct tw_tally {
  uint64_t l1_hit[TW_TALLIES], l1_miss[TW_TALLIES]; ///< requests that left their stage after a look-up
  uint64_t l1_refill[TW_TALLIES];                   //
  uint64_t merged[TW_TALLIES];                      ///< responses
  uint64_t l2_hit[TW_TALLIES], l2_miss[TW_TALLIES]; ///< responses by the L2 and by a walk
  uint64_t l2_refill[TW_TALLIES];                   //
  uint64_t walk[TW_TALLIES];                        ///< walks with reads
  uint64_t walk_cycles[TW_TALLIES];                 //
  uint64_t large[TW_TALLIES], small[TW_TALLIES];    ///< of the walks that filled the TLBs
  uint64_t step[TW_TALLIES], update[TW_TALLIES];    ///< descriptors read, and swapped
  uint64_t stall[TW_TALLIES];                       ///< cycles in which a request stood at its port in vain
  // prefetches, which are of no kind
  uint64_t prefetch_look_up, prefetch_hit; ///< look-ups that ended, and those of them that hit
  uint64_t prefetch_walk, prefetch_fill;   ///< walks, and those of them that filled the L2
  uint64_t prefetch_step;                  ///< descriptors read
  // what no counter tells
  uint64_t coalesced, table_hit, passed_over;
} tw_tally;

/// A walk with reads has ended, `cycles` after its begin; `size` of the mapping that filled the TLBs, 0: none.
static inline void tw_tally_walk(tw_tally *t, unsigned index, uint64_t cycles, unsigned size) {
  enum { LARGE = 21 };
  t->walk[index]++;
  t->walk_cycles[index] += cycles;
  if (size)
    (size >= LARGE ? t->large : t->small)[index]++;
}

/// The counters as they stand.
void tw_tally_tell(const tw_tally *tally, tw_counters *counters);

#endif
