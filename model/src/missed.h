// A lone request that its L1 did not answer: the L2, the walk, the fills. No twin: it is the short way of what
// miss_queue.c and its neighbours do.
#ifndef TABLEWALK_MISSED_H
#define TABLEWALK_MISSED_H

#include "mmu_internal.h"
#include "tlbs.h"

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

/// Walk for mmu->request, which has missed the L2 in cycle `missed`: all that happens but for its response.
tw_missed tw_miss_l2(tw_mmu *mmu, const tw_half *half, uint64_t missed);

/// Look mmu->request up in the L2, and walk if it must be: all that happens but for its response. Its `el` is as it
/// counts; `access` is its number; `decided` the cycle at whose end it enters the miss queue, plus 1.
TW_HOT tw_missed tw_miss_l1(tw_mmu *mmu, const tw_half *half, unsigned access, uint64_t decided) {
  const tw_request *request = &mmu->request;
  uint64_t va = request->va & mmu->regime.va_mask, key = tw_half_key(half, va);
  bool counted = request->at == TW_AT_NONE, writes = request->kind == TW_ACCESS_WRITE && counted;
  unsigned index = tw_tallied(request);
  mmu->tally.l1_miss[index] += counted;
  tw_enter_queue(mmu, request);
  unsigned probe = 0;
  const tw_l2_lookup lookup = {half, key, writes ? &mmu->regime.permissions : NULL, access};
  const tw_translation *t = tw_l2_tlb_lookup(&mmu->l2, &lookup, &probe);
  if (!t)
    return tw_miss_l2(mmu, half, decided + mmu->l2_latency + half->probes - 1);
  const tw_missed found = {.by = t,
                           .pa = tw_translation_pa(t, va),
                           .cycle = tw_channel_open_at(&mmu->channels.port, decided + mmu->l2_latency + probe),
                           .allowed = tw_allowed(&mmu->regime.permissions, t)};
  mmu->tally.l2_hit[index] += counted;
  tw_fill_l1(mmu, request, half, key, t, found.pa, found.allowed);
  return found;
}

/// The rest of the answer to mmu->request, which has begun.
void tw_answer_missed(tw_mmu *mmu, const tw_missed *missed, tw_response *response);

#endif
