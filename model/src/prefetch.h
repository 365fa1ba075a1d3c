// Translation prefetch: a walk that fills the L2 proposes the page that may come next, which then goes through the miss
// queue as a request of no port. Twin: rtl/prefetch.sv.
#ifndef TABLEWALK_PREFETCH_H
#define TABLEWALK_PREFETCH_H

#include <tablewalk/mmu.h>

#include "miss_queue.h"
#include "port.h"
#include "regime.h"

struct tw_cycle;

/// What a port remembers of its last walk that filled the L2.
typedef struct tw_prefetch_history {
  bool page_known, stride_known;
  uint8_t half;
  uint64_t page;   ///< VA[51:12]
  uint64_t stride; ///< pages, modulo what there are
} tw_prefetch_history;

typedef struct tw_prefetch_unit {
  bool waits; ///< there is a candidate
  uint64_t va;
  const tw_half *half;
  tw_prefetch_history history[TW_STAGES]; ///< by port
} tw_prefetch_unit;

/// The registers have changed.
void tw_prefetch_forget(tw_prefetch_unit *unit);
/// A request's walk that found a mapping of 2^size bytes fills the L2: it may make a candidate.
void tw_prefetch_learn(tw_mmu *mmu, const tw_miss *miss, unsigned size);

/// Whether the candidate enters the miss queue. The stages have decided.
void tw_prefetch_decide(const tw_mmu *mmu, struct tw_cycle *c);
/// Do that: before a candidate of this cycle comes into its place.
void tw_prefetch_enter(tw_mmu *mmu, const struct tw_cycle *c);
/// What this cycle's probe and act are to a prefetch: it counts, and its entry of the queue may be free.
void tw_prefetch_do(tw_mmu *mmu, const struct tw_cycle *c);
/// The next cycle, from `from` on, in which a candidate may enter; UINT64_MAX: none.
uint64_t tw_prefetch_next(const tw_mmu *mmu, uint64_t from);

#endif
