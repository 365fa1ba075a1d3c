// Requests one after the other, each from offer to response: the short way of a replay. No twin: it changes no answer
// and no cycle. Prefetches go on while the next request is under way: with them there is no short way.
#include "mmu_internal.h"

/// Translate a stretch of requests, looking ahead for descriptors that they will read.
static void replay_with_foresight(tw_mmu *mmu, const tw_request *requests, size_t count, size_t ahead,
                                  tw_response *responses) {
  for (size_t i = 0; i < count; i++) {
    if (i + TW_FORESIGHT_AHEAD < ahead) {
      uint64_t va = requests[i + TW_FORESIGHT_AHEAD].va & mmu->regime.va_mask;
      const tw_half *half = tw_regime_half(&mmu->regime, va);
      uint64_t key = tw_half_key(half, va);
      tw_foresight_expect(&mmu->foresight, &mmu->port, key, half->granule);
      tw_l2_tlb_expect(&mmu->l2, key, half->granule);
    }
    tw_mmu_translate(mmu, &requests[i], &responses[i]);
  }
}

static uint64_t data_walks(const tw_mmu *mmu) {
  return mmu->tally.walk[TW_ACCESS_READ] + mmu->tally.walk[TW_ACCESS_WRITE];
}

void tw_mmu_replay(tw_mmu *mmu, const tw_request *requests, size_t count, tw_response *responses) {
  if (mmu->config.prefetch) {
    const tw_play play = {.requests = requests, .count = count, .window = 1, .responses = responses};
    tw_mmu_play(mmu, &play);
    return;
  }
  enum { STRETCH = 64, MANY = STRETCH / 8 };
  bool many_walks = false;
  for (size_t i = 0; i < count; i += STRETCH) {
    size_t stretch = count - i < STRETCH ? count - i : STRETCH;
    uint64_t walks = data_walks(mmu);
    if (many_walks && mmu->port.expect && tw_foresight_knows(&mmu->regime))
      replay_with_foresight(mmu, requests + i, stretch, count - i, responses + i);
    else
      for (size_t j = i; j < i + stretch; j++)
        tw_mmu_translate(mmu, &requests[j], &responses[j]);
    many_walks = data_walks(mmu) - walks >= MANY;
  }
}

/// The L1 entry that answers an access without a fault, counted as used; NULL: there is none. `plain`: AArch64, and
/// both halves have addresses.
static inline const tw_translation *hit(tw_mmu *mmu, uint64_t va, unsigned kind, unsigned access, bool plain) {
  const tw_half *half = plain ? &mmu->regime.half[tw_bit(va, 55)] : tw_regime_half(&mmu->regime, va);
  if (tw_out_of_range(half, va, kind) || (!plain && half->none))
    return NULL;
  tw_l1_tlb *l1 = tw_l1_of(mmu, kind);
  unsigned slot = tw_l1_tlb_find(l1, tw_half_key(half, va));
  if (slot == TW_NO_SLOT || !(l1->serves[slot] >> access & 1))
    return NULL;
  tw_associative_use(&l1->entry, slot);
  return &l1->translation[slot];
}

/// The stretch of hits, counted.
static inline size_t stretch_of_hits(tw_mmu *mmu, const tw_stream *stream, size_t count, uint64_t *pa, bool plain) {
  bool needs_pa = pa || mmu->port.translated;
  unsigned first = tw_access_number(0, stream->el | mmu->least_el, stream->pan);
  for (size_t i = 0; i < count; i++) {
    unsigned kind = stream->kind[i] & 3;
    uint64_t va = plain ? stream->va[i] : stream->va[i] & mmu->regime.va_mask;
    const tw_translation *t = hit(mmu, va, kind, first + kind, plain);
    if (!t)
      return i;
    mmu->tally.l1_hit[kind]++;
    if (!needs_pa)
      continue;
    uint64_t found = tw_translation_pa(t, va);
    if (pa)
      pa[i] = found;
    if (mmu->port.translated)
      mmu->port.translated(mmu->port.context, found);
  }
  return count;
}

size_t tw_mmu_replay_hits(tw_mmu *mmu, const tw_stream *stream, size_t count, uint64_t *pa) {
  const tw_regime *regime = &mmu->regime;
  bool el0_barred = (stream->el | mmu->least_el) == 0 && (regime->half[0].e0pd || regime->half[1].e0pd);
  if (!regime->on || el0_barred || mmu->config.prefetch)
    return 0;
  size_t n =
      mmu->plain ? stretch_of_hits(mmu, stream, count, pa, true) : stretch_of_hits(mmu, stream, count, pa, false);
  mmu->now += n * mmu->l1_latency;
  return n;
}
