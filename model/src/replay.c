// Requests one after the other, each from offer to response: the short way of a replay. No twin: it changes no answer
// and no cycle.
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

void tw_mmu_replay(tw_mmu *mmu, const tw_request *requests, size_t count, tw_response *responses) {
  enum { STRETCH = 64, MANY = STRETCH / 8 };
  bool many_walks = false;
  for (size_t i = 0; i < count; i += STRETCH) {
    size_t stretch = count - i < STRETCH ? count - i : STRETCH;
    uint64_t walks = mmu->counters.value[TW_COUNTER_DTLB_WALK];
    if (many_walks && mmu->port.expect && tw_foresight_knows(&mmu->regime))
      replay_with_foresight(mmu, requests + i, stretch, count - i, responses + i);
    else
      for (size_t j = i; j < i + stretch; j++)
        tw_mmu_translate(mmu, &requests[j], &responses[j]);
    many_walks = mmu->counters.value[TW_COUNTER_DTLB_WALK] - walks >= MANY;
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
  if (slot == TW_NO_SLOT || !(tw_l1_serves(l1, slot) >> access & 1))
    return NULL;
  tw_l1_use(l1, slot);
  return tw_l1_translation(l1, slot);
}

static void count_hits(tw_mmu *mmu, const size_t hits[3]) {
  uint64_t *c = mmu->counters.value;
  c[TW_COUNTER_L1D_TLB] += hits[TW_ACCESS_READ] + hits[TW_ACCESS_WRITE];
  c[TW_COUNTER_L1D_TLB_RD] += hits[TW_ACCESS_READ];
  c[TW_COUNTER_L1D_TLB_WR] += hits[TW_ACCESS_WRITE];
  c[TW_COUNTER_L1I_TLB] += hits[TW_ACCESS_FETCH];
}

/// The stretch of hits, counted by kind.
static inline size_t stretch_of_hits(tw_mmu *mmu, const tw_stream *stream, size_t count, uint64_t *pa, size_t hits[3],
                                     bool plain) {
  bool needs_pa = pa || mmu->port.translated;
  unsigned first = tw_access_number(0, stream->el | mmu->least_el, stream->pan);
  for (size_t i = 0; i < count; i++) {
    unsigned kind = stream->kind[i] & 3;
    uint64_t va = plain ? stream->va[i] : stream->va[i] & mmu->regime.va_mask;
    const tw_translation *t = hit(mmu, va, kind, first + kind, plain);
    if (!t)
      return i;
    hits[kind]++;
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
  size_t hits[3] = {0};
  bool el0_barred = (stream->el | mmu->least_el) == 0 && (regime->half[0].e0pd || regime->half[1].e0pd);
  if (!regime->on || el0_barred)
    return 0;
  size_t n = mmu->plain ? stretch_of_hits(mmu, stream, count, pa, hits, true)
                        : stretch_of_hits(mmu, stream, count, pa, hits, false);
  if (!n)
    return 0;
  count_hits(mmu, hits);
  uint64_t first = tw_max(mmu->now, mmu->open_at);
  mmu->open_at = first + (n - 1) * mmu->l1_latency + 1;
  mmu->now = first + n * mmu->l1_latency;
  return n;
}

void tw_mmu_maintain(tw_mmu *mmu, const tw_tlbi *tlbi, tw_response *response) {
  tw_mmu_take_tlbi(mmu, tlbi, tw_max(tw_max(tlbi->cycle, mmu->now), mmu->open_at), response);
  mmu->now = response->cycle;
}
