// A lone request that its L1 did not answer: the L2, the walk, the fills. No twin: it is the short way of what
// miss_queue.c and its neighbours do.
#ifndef TABLEWALK_MISSED_H
#define TABLEWALK_MISSED_H

#include "mmu_internal.h"
#include "tlbs.h"
#include "walk_straight.h"

/// What a request that its L1 did not answer has come to.
typedef struct tw_missed {
  const tw_translation *by; ///< what answers it, until the next request; NULL: the walk ended in a fault
  uint64_t pa;              ///< by `by`
  uint64_t cycle;           ///< of the response
  unsigned allowed;         ///< accesses that `by` allows
  uint32_t walk_cycles;     ///< from the walk's begin to the response; 0: the L2 answers
} tw_missed;

/// It enters the miss queue, where none is before it.
static inline void tw_enter_queue(tw_mmu *mmu, const tw_request *request) {
  mmu->queue.entered_last = (uint8_t)tw_port_of(request->kind);
}

/// All ports are always open, and the walk begins with nothing else.
static inline bool tw_walks_straight(const tw_mmu *mmu, const tw_half *half) {
  return mmu->walker.straight[half != mmu->regime.half] && !mmu->port.open_at && !mmu->channels.port.open_at;
}

/// Walk for mmu->request, which has missed the L2 in cycle `missed`: all that happens but for its response.
TW_HOT tw_missed tw_miss_l2(tw_mmu *mmu, const tw_half *half, uint64_t missed, bool usual) {
  const tw_request *request = &mmu->request;
  tw_walk *walk = &mmu->walk;
  walk->at.regime = &mmu->regime;
  walk->at.half = half;
  walk->at.request = request;
  walk->at.va = request->va & mmu->regime.va_mask;
  walk->key = tw_half_key(half, walk->at.va);
  walk->bypass = !usual && (!mmu->regime.on || request->at == TW_AT_STAGE_1);
  tw_walk_begin(walk, missed, &mmu->walker);
  if (!(usual || tw_walks_straight(mmu, half)) || !tw_walk_straight(walk, &mmu->walker, usual))
    tw_walk_go_on_alone(walk, &mmu->walker, &mmu->channels.port);
  uint32_t cycles = (uint32_t)(walk->act_at - missed);
  tw_tally_end_of_walk(mmu, request, walk, cycles, usual);
  if (walk->fsc != TW_NO_FAULT)
    return (tw_missed){.cycle = walk->act_at, .walk_cycles = cycles};
  const tw_l1_fill fill = tw_l1_fill_by_walk(mmu, walk);
  if (walk->result.fills) {
    const tw_l2_fill l2_fill = {walk->key, &walk->leaf, fill.mask, half->sizes};
    tw_l2_tlb_fill_at(&mmu->l2, &l2_fill, false, usual);
    tw_l2_filled(mmu, request, walk, usual);
    tw_fill_l1(mmu, request, &fill, usual);
  }
  return (tw_missed){
      .by = &walk->leaf, .pa = walk->leaf.pa, .cycle = walk->act_at, .allowed = fill.allowed, .walk_cycles = cycles};
}

/// Look mmu->request up in the L2, and walk if it must be: all that happens but for its response. Its `el` is as it
/// counts; `access` is its number; `decided` the cycle at whose end it enters the miss queue, plus 1. `usual`: the
/// request asks for an access, and the machine is.
TW_HOT tw_missed tw_miss_l1(tw_mmu *mmu, const tw_half *half, unsigned access, uint64_t decided, bool usual) {
  const tw_request *request = &mmu->request;
  uint64_t va = request->va & mmu->regime.va_mask, key = tw_half_key(half, va);
  bool counted = usual || request->at == TW_AT_NONE, writes = request->kind == TW_ACCESS_WRITE && counted;
  unsigned index = tw_tally_of(request, usual);
  mmu->tally.l1_miss[index] += counted;
  tw_enter_queue(mmu, request);
  const tw_l2_lookup lookup = {half, key, writes ? &mmu->regime.permissions : NULL, access};
  const tw_l2_found found = tw_l2_tlb_lookup(&mmu->l2, &lookup, usual);
  const tw_translation *t = found.t;
  if (!t)
    return tw_miss_l2(mmu, half, decided + mmu->l2_latency + half->probes - 1, usual);
  uint64_t cycle = decided + mmu->l2_latency + found.probe;
  const tw_l1_fill fill = {half, key, t, found.mask, tw_translation_pa(t, va), tw_allowed(&mmu->regime.permissions, t)};
  mmu->tally.l2_hit[index] += counted;
  tw_fill_l1(mmu, request, &fill, usual);
  return (tw_missed){.by = t,
                     .pa = fill.pa,
                     .cycle = usual ? cycle : tw_channel_open_at(&mmu->channels.port, cycle),
                     .allowed = fill.allowed};
}

/// The rest of the answer to mmu->request, which has begun.
void tw_answer_missed(tw_mmu *mmu, const tw_missed *missed, tw_response *response);

#endif
