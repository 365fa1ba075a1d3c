// The walks of the miss queue, and the engine that makes their acts. Twin: rtl/walker.sv.
#ifndef TABLEWALK_WALK_ENGINE_H
#define TABLEWALK_WALK_ENGINE_H

#include "miss_queue.h"
#include "walker.h"

struct tw_cycle;

typedef struct tw_walk_engine {
  tw_walk walk[TW_WALKS_MAX];
  uint64_t begun[TW_WALKS_MAX];
  uint64_t arrival[TW_WALKS_MAX]; ///< cycle of the datum of its last access
  uint32_t usable, busy;          ///< bit n is walk n
  uint64_t memory_open_at;        ///< memory takes nothing before
} tw_walk_engine;

void tw_walk_engine_init(tw_walk_engine *engine, const tw_mmu_config *config);

/// This cycle's act, decided in its walk. Nothing else changes.
void tw_walk_engine_decide(tw_mmu *mmu, struct tw_cycle *c);
/// The walk that begins in this cycle. The look-up of the L2 has decided.
void tw_walk_engine_decide_begin(const tw_mmu *mmu, struct tw_cycle *c);
/// Do this cycle's act.
void tw_walk_engine_do(tw_mmu *mmu, const struct tw_cycle *c);
void tw_walk_engine_begin(tw_mmu *mmu, const struct tw_cycle *c);
/// The walk has been answered.
void tw_walk_engine_end(tw_walk_engine *engine, unsigned walk);
/// A TLBI has come: what these entries' walks find is old.
void tw_walk_engine_make_stale(tw_mmu *mmu, tw_misses walking);
/// The next cycle, from `from` on, in which it does something; UINT64_MAX: none.
uint64_t tw_walk_engine_next(const tw_mmu *mmu, uint64_t from);

#endif
