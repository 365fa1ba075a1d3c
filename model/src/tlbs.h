// Fills of the three TLBs. Twin: rtl/splinter.sv.
#ifndef TABLEWALK_TLBS_H
#define TABLEWALK_TLBS_H

#include "mmu_internal.h"

/// Fill the L1 of a request with what answers it. `usual`, here and below: the request asks for an access, and the
/// machine is usual.
TW_HOT void tw_fill_l1(tw_mmu *mmu, const tw_request *request, const tw_l1_fill *fill, bool usual) {
  tw_l1_tlb_fill(tw_l1_of(mmu, request->kind), fill, usual);
  if (usual || request->at == TW_AT_NONE)
    mmu->tally.l1_refill[tw_tally_of(request, usual)]++;
}

static inline tw_l2_fill tw_l2_fill_of(const tw_walk *walk) {
  return (tw_l2_fill){walk->key, &walk->leaf, tw_entry_mask(&walk->leaf, walk->leaf.size), walk->at.half->sizes};
}

/// Fill the L2 with what a walk has found. Several walks may end in one mapping, and a TLBI may go through the L2
/// meanwhile.
static inline void tw_fill_l2_by_walk(tw_mmu *mmu, const tw_walk *walk, uint64_t cycle) {
  tw_maintenance_unit_sweep(mmu, cycle);
  const tw_l2_fill fill = tw_l2_fill_of(walk);
  size_t slot = tw_l2_tlb_fill(&mmu->l2, &fill);
  tw_maintenance_unit_beside(mmu, cycle, slot);
}

/// What fills the L1 by a walk.
static inline tw_l1_fill tw_l1_fill_by_walk(const tw_mmu *mmu, const tw_walk *walk) {
  const tw_translation *t = &walk->leaf;
  return (tw_l1_fill){
      walk->at.half, walk->key, t, tw_entry_mask(t, t->size), t->pa, tw_allowed(&mmu->regime.permissions, t)};
}

/// A walk has filled the L2, and fills the L1 of a request.
TW_HOT void tw_l2_filled(tw_mmu *mmu, const tw_request *request, const tw_walk *walk, bool usual) {
  if (usual || request->at == TW_AT_NONE)
    mmu->tally.l2_refill[tw_tally_of(request, usual)]++;
  tw_foresight_learn(&mmu->foresight, walk);
}

/// A walk has ended: what that counts.
TW_HOT void tw_tally_end_of_walk(tw_mmu *mmu, const tw_request *request, const tw_walk *walk, uint64_t cycles,
                                 bool usual) {
  if (!usual && request->at != TW_AT_NONE)
    return;
  unsigned index = tw_tally_of(request, usual);
  mmu->tally.coalesced += walk->result.coalesced;
  mmu->tally.l2_miss[index] += usual || !walk->bypass;
  bool fills = walk->result.fills && (usual || !walk->stale);
  if (walk->result.has_read)
    tw_tally_walk(&mmu->tally, index, cycles, fills ? walk->leaf.size : 0);
}

#endif
