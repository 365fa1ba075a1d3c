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

static uint64_t data_walks(const tw_mmu *mmu) {
  return mmu->tally.walk[TW_ACCESS_READ] + mmu->tally.walk[TW_ACCESS_WRITE];
}

void tw_mmu_replay(tw_mmu *mmu, const tw_request *requests, size_t count, tw_response *responses) {
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

// ---- hits ----

/// What accesses in a row have in common: their L1, and their half of the addresses.
typedef struct tw_run {
  tw_l1_tlb *l1;
  uint64_t key, key_va; ///< of the half
  uint64_t sign, range; ///< of the bits `range`, an address of this half has those of `sign`
  unsigned first;       ///< number of a read
  unsigned fetch;       ///< bit 1 of the kind
} tw_run;

/// The run that begins with this access. AArch64, and both halves have addresses.
static tw_run run_of(tw_mmu *mmu, const tw_stream *stream, uint64_t va, unsigned kind) {
  const tw_half *half = &mmu->regime.half[tw_bit(va, 55)];
  uint64_t range = half->range[kind == TW_ACCESS_FETCH];
  return (tw_run){.l1 = tw_l1_of(mmu, kind),
                  .key = half->key,
                  .key_va = half->key_va,
                  .sign = tw_bit(va, 55) ? UINT64_MAX : 0,
                  .range = range | range >> 1 | 1ULL << 55,
                  .first = tw_access_number(0, stream->el | mmu->least_el, stream->pan),
                  .fetch = kind & TW_ACCESS_FETCH};
}

/// The access is no hit in this run, if its entry is that in `slot`. One answer for all reasons, that is one branch.
static inline bool misses(const tw_run *run, unsigned slot, uint64_t va, unsigned kind) {
  const tw_associative *entry = &run->l1->entry;
  uint64_t key = run->key | (va >> 12 & run->key_va);
  uint64_t differs = ((key ^ entry->key[slot]) & entry->mask[slot]) | ((va ^ run->sign) & run->range);
  unsigned refused = ~((unsigned)run->l1->serves[slot] >> (run->first + kind)) & 1;
  return differs | refused | ((kind & TW_ACCESS_FETCH) ^ run->fetch);
}

/// The slot of an access that its page's hint did not find.
TW_APART static unsigned slot_without_hint(const tw_run *run, uint64_t va, unsigned kind) {
  uint64_t key = run->key | (va >> 12 & run->key_va);
  unsigned slot = tw_l1_tlb_find(run->l1, key);
  if (slot == TW_NO_SLOT || misses(run, slot, va, kind))
    return TW_NO_SLOT;
  *tw_l1_hint(run->l1, 0, key) = (uint8_t)slot;
  return slot;
}

/// An access has been translated to `found`.
static inline void tell(tw_mmu *mmu, uint64_t *pa, uint64_t found) {
  if (pa)
    *pa = found;
  if (mmu->port.translated)
    mmu->port.translated(mmu->port.context, found);
}

/// The hits of a run: accesses from `i` on.
static inline size_t hits_of_run(tw_mmu *mmu, const tw_stream *stream, size_t i, size_t count, uint64_t *pa,
                                 bool needs_pa) {
  const tw_run run = run_of(mmu, stream, stream->va[i], stream->kind[i] & 3);
  const size_t from = i;
  size_t writes = 0;
  uint64_t now = run.l1->entry.now;
  for (; i < count; i++) {
    unsigned kind = stream->kind[i] & 3;
    uint64_t va = stream->va[i];
    unsigned slot = *tw_l1_hint(run.l1, 0, va >> 12);
    if (__builtin_expect(misses(&run, slot, va, kind), 0) && (slot = slot_without_hint(&run, va, kind)) == TW_NO_SLOT)
      break;
    run.l1->entry.used[slot] = ++now;
    writes += kind & TW_ACCESS_WRITE;
    if (needs_pa)
      tell(mmu, pa ? pa + i : NULL, tw_translation_pa(&run.l1->translation[slot], va));
  }
  run.l1->entry.now = now;
  mmu->tally.l1_hit[TW_ACCESS_WRITE] += writes;
  mmu->tally.l1_hit[run.fetch] += i - from - writes;
  return i - from;
}

static size_t plain_hits(tw_mmu *mmu, const tw_stream *stream, size_t i, size_t count, uint64_t *pa) {
  const size_t from = i;
  bool needs_pa = pa || mmu->port.translated;
  size_t run = 1;
  for (; i < count && run; i += run)
    run = needs_pa ? hits_of_run(mmu, stream, i, count, pa, true) : hits_of_run(mmu, stream, i, count, NULL, false);
  return i - from;
}

/// The L1 entry that answers an access without a fault, counted as used, whatever the registers are; NULL: there is
/// none.
static const tw_translation *hit(tw_mmu *mmu, uint64_t va, unsigned kind, unsigned access) {
  const tw_half *half = tw_regime_half(&mmu->regime, va);
  if (tw_out_of_range(half, va, kind) || half->none)
    return NULL;
  tw_l1_tlb *l1 = tw_l1_of(mmu, kind);
  unsigned slot = tw_l1_tlb_find(l1, tw_half_key(half, va));
  if (slot == TW_NO_SLOT || !(l1->serves[slot] >> access & 1))
    return NULL;
  tw_associative_use(&l1->entry, slot);
  return &l1->translation[slot];
}

static size_t other_hits(tw_mmu *mmu, const tw_stream *stream, size_t i, size_t count, uint64_t *pa) {
  const size_t from = i;
  const tw_regime *regime = &mmu->regime;
  bool el0_barred = (stream->el | mmu->least_el) == 0 && (regime->half[0].e0pd || regime->half[1].e0pd);
  if (!regime->on || el0_barred)
    return 0;
  unsigned first = tw_access_number(0, stream->el | mmu->least_el, stream->pan);
  for (; i < count; i++) {
    unsigned kind = stream->kind[i] & 3;
    uint64_t va = stream->va[i] & regime->va_mask;
    const tw_translation *t = hit(mmu, va, kind, first + kind);
    if (!t)
      break;
    mmu->tally.l1_hit[kind]++;
    tell(mmu, pa ? pa + i : NULL, tw_translation_pa(t, va));
  }
  return i - from;
}

/// The hits from access `i` on.
static inline size_t hits(tw_mmu *mmu, const tw_stream *stream, size_t i, size_t count, uint64_t *pa) {
  size_t n = mmu->plain ? plain_hits(mmu, stream, i, count, pa) : other_hits(mmu, stream, i, count, pa);
  mmu->now += n * mmu->l1_latency;
  return n;
}

size_t tw_mmu_replay_hits(tw_mmu *mmu, const tw_stream *stream, size_t count, uint64_t *pa) {
  return hits(mmu, stream, 0, count, pa);
}

// ---- a stream ----

/// How far ahead of the access that is played the host fetches.
typedef struct tw_outlook {
  bool wanted;
  size_t expected; ///< what stands before that has been expected
  size_t missed;   ///< the last access that missed
} tw_outlook;

static inline void expect(tw_mmu *mmu, const tw_stream *stream, size_t i) {
  uint64_t va = stream->va[i] & mmu->regime.va_mask;
  const tw_half *half = tw_regime_half(&mmu->regime, va);
  uint64_t key = tw_half_key(half, va);
  tw_foresight_expect(&mmu->foresight, &mmu->port, key, half->granule);
  tw_l2_tlb_expect(&mmu->l2, key, half->granule);
}

/// Access `i` has missed: where many do, those that follow are expected.
static inline void look_ahead(tw_mmu *mmu, tw_outlook *outlook, const tw_stream *stream, size_t i, size_t count) {
  enum { MANY = 8 }; // one in eight
  bool many = i - outlook->missed <= MANY;
  outlook->missed = i;
  if (!many)
    return;
  size_t end = i + TW_FORESIGHT_AHEAD < count ? i + TW_FORESIGHT_AHEAD : count;
  size_t from = tw_max(outlook->expected, i + 1);
  for (; from < end; from++)
    expect(mmu, stream, from);
  outlook->expected = from;
}

size_t tw_mmu_replay_stream(tw_mmu *mmu, const tw_stream *stream, size_t count, uint64_t *pa, tw_response *last) {
  tw_outlook outlook = {.wanted = mmu->port.expect && tw_foresight_knows(&mmu->regime)};
  for (size_t i = 0; i < count; i++) {
    i += hits(mmu, stream, i, count, pa);
    if (i == count)
      break;
    if (outlook.wanted)
      look_ahead(mmu, &outlook, stream, i, count);
    const tw_request request = {.va = stream->va[i], .kind = stream->kind[i] & 3, .el = stream->el, .pan = stream->pan};
    tw_mmu_translate(mmu, &request, last);
    if (pa)
      pa[i] = last->pa;
    if (last->fault)
      return i + 1;
  }
  return count;
}
