// Requests one after the other, each from offer to response: the short way of a replay. No twin: it changes no answer
// and no cycle.
#include "mmu_internal.h"

void tw_mmu_translate(tw_mmu *mmu, const tw_request *request, tw_response *response) {
  tw_mmu_take(mmu, request, tw_max(tw_max(request->cycle, mmu->now), mmu->open_at), response);
  while (mmu->walking)
    tw_mmu_step_walk(mmu);
  mmu->now = response->cycle;
}

/// Translate a stretch of requests, looking ahead for descriptors that they will read.
static void replay_with_foresight(tw_mmu *mmu, const tw_request *requests, size_t count, size_t ahead,
                                  tw_response *responses) {
  for (size_t i = 0; i < count; i++) {
    if (i + TW_FORESIGHT_AHEAD < ahead) {
      uint64_t va = requests[i + TW_FORESIGHT_AHEAD].va & mmu->regime.va_mask;
      const tw_half *half = tw_regime_half(&mmu->regime, va);
      uint64_t key = half->key | tw_key_va(va);
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

/// The L1 entry that answers an access without a fault, counted as used; NULL: there is none.
static inline const tw_translation *hit(tw_mmu *mmu, uint64_t va, unsigned kind, unsigned access) {
  const tw_half *half = tw_regime_half(&mmu->regime, va);
  if (tw_out_of_range(half, va, kind) || half->none)
    return NULL;
  tw_l1_tlb *l1 = tw_l1_of(mmu, kind);
  unsigned slot = tw_l1_tlb_find(l1, half->key | tw_key_va(va));
  if (slot == TW_NO_SLOT)
    return NULL;
  const tw_permission_table *table = &mmu->regime.permissions;
  const tw_translation *t = &l1->translation[slot];
  unsigned allowed = tw_stage1_allows(table, t) & tw_stage2_allows(table, t);
  if (!(allowed >> access & 1) || (t->clean && kind == TW_ACCESS_WRITE))
    return NULL;
  tw_associative_use(&l1->entry, slot);
  return t;
}

static void count_hits(tw_mmu *mmu, const size_t hits[3]) {
  uint64_t *c = mmu->counters.value;
  c[TW_COUNTER_L1D_TLB] += hits[TW_ACCESS_READ] + hits[TW_ACCESS_WRITE];
  c[TW_COUNTER_L1D_TLB_RD] += hits[TW_ACCESS_READ];
  c[TW_COUNTER_L1D_TLB_WR] += hits[TW_ACCESS_WRITE];
  c[TW_COUNTER_L1I_TLB] += hits[TW_ACCESS_FETCH];
}

size_t tw_mmu_replay_hits(tw_mmu *mmu, const tw_stream *stream, size_t count, uint64_t *pa) {
  size_t hits[3] = {0}, i = 0;
  bool needs_pa = pa || mmu->port.translated;
  unsigned el = stream->el | mmu->least_el;
  bool el0_barred = el == 0 && (mmu->regime.half[0].e0pd || mmu->regime.half[1].e0pd);
  if (!mmu->regime.on || el0_barred)
    return 0;
  unsigned access = tw_access_number(0, el, stream->pan);
  for (; i < count; i++) {
    unsigned kind = stream->kind[i] & 3;
    uint64_t va = stream->va[i] & mmu->regime.va_mask;
    const tw_translation *t = hit(mmu, va, kind, access + kind);
    if (!t)
      break;
    hits[kind]++;
    if (!needs_pa)
      continue;
    uint64_t found = tw_translation_pa(t, va);
    if (pa)
      pa[i] = found;
    if (mmu->port.translated)
      mmu->port.translated(mmu->port.context, found);
  }
  if (!i)
    return 0;
  count_hits(mmu, hits);
  uint64_t first = tw_max(mmu->now, mmu->open_at);
  mmu->open_at = first + (i - 1) * mmu->l1_latency + 1;
  mmu->now = first + i * mmu->l1_latency;
  return i;
}

void tw_mmu_maintain(tw_mmu *mmu, const tw_tlbi *tlbi, tw_response *response) {
  tw_mmu_take_tlbi(mmu, tlbi, tw_max(tw_max(tlbi->cycle, mmu->now), mmu->open_at), response);
  mmu->now = response->cycle;
}
