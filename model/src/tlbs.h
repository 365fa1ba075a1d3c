// Fills of the three TLBs. Twin: rtl/splinter.sv.
#ifndef TABLEWALK_TLBS_H
#define TABLEWALK_TLBS_H

#include "mmu_internal.h"

/// Fill the L1 of a request with what answers it.
static inline void tw_fill_l1(tw_mmu *mmu, const tw_request *request, const tw_half *half, uint64_t key,
                              const tw_translation *t, uint64_t pa, unsigned allowed) {
  tw_l1_tlb_fill(tw_l1_of(mmu, request->kind), key, t, half->sizes, pa, allowed);
  if (request->at == TW_AT_NONE)
    mmu->tally.l1_refill[tw_tallied(request)]++;
}

static inline tw_l2_fill tw_l2_fill_of(const tw_walk *walk) {
  return (tw_l2_fill){walk->key, &walk->leaf, walk->at.half->sizes};
}

/// Fill the L2 with what a walk has found. Several walks may end in one mapping, and a TLBI may go through the L2
/// meanwhile.
static inline void tw_fill_l2_by_walk(tw_mmu *mmu, const tw_walk *walk, uint64_t cycle) {
  tw_maintenance_unit_sweep(mmu, cycle);
  const tw_l2_fill fill = tw_l2_fill_of(walk);
  size_t slot = tw_l2_tlb_fill(&mmu->l2, &fill);
  tw_maintenance_unit_beside(mmu, cycle, slot);
}

/// Fill the L1 with what a walk has found; the L2 has been filled.
static inline void tw_fill_l1_by_walk(tw_mmu *mmu, const tw_request *request, const tw_walk *walk) {
  if (request->at == TW_AT_NONE)
    mmu->tally.l2_refill[tw_tallied(request)]++;
  unsigned allowed = tw_allowed(&mmu->regime.permissions, &walk->leaf);
  tw_fill_l1(mmu, request, walk->at.half, walk->key, &walk->leaf, walk->leaf.pa, allowed);
  tw_foresight_learn(&mmu->foresight, walk);
}

/// A walk has ended: what that counts.
static inline void tw_tally_end_of_walk(tw_mmu *mmu, const tw_request *request, const tw_walk *walk, uint64_t cycles) {
  if (request->at != TW_AT_NONE)
    return;
  mmu->tally.coalesced += walk->result.coalesced;
  mmu->tally.l2_miss[tw_tallied(request)] += !walk->bypass;
  bool fills = walk->result.fills && !walk->stale;
  if (walk->result.has_read)
    tw_tally_walk(&mmu->tally, tw_tallied(request), cycles, fills ? walk->leaf.size : 0);
}

#endif
