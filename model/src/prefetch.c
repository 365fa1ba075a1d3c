// Translation prefetch. Twin: rtl/prefetch.sv.
#include "prefetch.h"

#include "machine.h"
#include "tlbs.h"

void tw_prefetch_forget(tw_prefetch_unit *unit) { *unit = (tw_prefetch_unit){0}; }

// ---- what makes a candidate ----

/// A page that a walk asks for next.
typedef struct tw_proposal {
  bool made;
  uint64_t page;
} tw_proposal;

/// Bits of a page's number.
static uint64_t pages_of(const tw_regime *regime) { return regime->aarch32 ? tw_low(20) : tw_low(40); }

static tw_proposal next_page(uint64_t page, unsigned size) {
  return (tw_proposal){true, (page & ~(tw_low(size) >> 12)) + ((uint64_t)1 << (size - 12))};
}

/// Two strides alike make the same again probable.
static tw_proposal next_stride(tw_prefetch_history *h, uint64_t page, uint8_t half, uint64_t pages) {
  bool same_half = h->page_known && h->half == half;
  uint64_t stride = (page - h->page) & pages;
  tw_proposal proposal = {same_half && h->stride_known && stride == h->stride && stride, page + stride};
  *h = (tw_prefetch_history){
      .page_known = true, .stride_known = same_half, .half = half, .page = page, .stride = stride};
  return proposal;
}

/// The address of a page in a half, as a data read without a tag has it.
static uint64_t address_of(const tw_regime *regime, uint64_t page, uint8_t half) {
  return page << 12 | (half && !regime->aarch32 ? ~tw_low(52) : 0);
}

/// A candidate, if its address has a translation in that half.
static void propose(tw_mmu *mmu, uint64_t page, uint8_t half) {
  const tw_regime *regime = &mmu->regime;
  uint64_t va = address_of(regime, page, half);
  const tw_half *h = tw_regime_half(regime, va);
  if (h != &regime->half[half] || h->none || tw_out_of_range(h, va, TW_ACCESS_READ))
    return;
  tw_prefetch_unit *unit = &mmu->prefetch;
  unit->waits = true;
  unit->va = va;
  unit->half = h;
}

void tw_prefetch_learn(tw_mmu *mmu, const tw_miss *miss, unsigned size) {
  const tw_regime *regime = &mmu->regime;
  if (mmu->config.prefetch == TW_PREFETCH_NONE || miss->request.at != TW_AT_NONE || regime->kind == TW_REGIME_X86)
    return;
  uint64_t pages = pages_of(regime), page = miss->va >> 12 & pages;
  uint8_t half = miss->half == &regime->half[1];
  tw_proposal proposal = mmu->config.prefetch == TW_PREFETCH_NEXT
                             ? next_page(page, size)
                             : next_stride(&mmu->prefetch.history[miss->port], page, half, pages);
  if (proposal.made)
    propose(mmu, proposal.page & pages, half);
}

// ---- into the miss queue ----

/// A prefetch leaves an entry of the queue for a request.
static bool has_room(tw_misses free) { return free & (free - 1); }

void tw_prefetch_decide(const tw_mmu *mmu, tw_cycle *c) {
  const tw_prefetch_unit *unit = &mmu->prefetch;
  tw_misses free = mmu->queue.usable & ~c->valid;
  c->candidate_enters = unit->waits && c->taken == TW_NO_MISS && has_room(free) && !c->tlbi_first;
  if (c->candidate_enters)
    c->taken = (unsigned)__builtin_ctz(free);
}

void tw_prefetch_enter(tw_mmu *mmu, const tw_cycle *c) {
  tw_prefetch_unit *unit = &mmu->prefetch;
  if (c->candidate_enters)
    tw_miss_queue_enter_prefetch(mmu, unit->va, unit->half, c);
  if (c->candidate_enters || c->tlbi_first)
    unit->waits = false;
}

uint64_t tw_prefetch_next(const tw_mmu *mmu, uint64_t from) {
  const tw_prefetch_unit *unit = &mmu->prefetch;
  if (!unit->waits || !has_room(mmu->queue.usable & ~tw_misses_valid(&mmu->queue)))
    return UINT64_MAX;
  return from;
}

// ---- look-up and walk ----

/// Its look-up has ended, if that is so: it is known, or its last probe has missed.
static void end_look_up(tw_mmu *mmu, const tw_cycle *c) {
  bool known = c->probe.result == TW_PROBE_KNOWN;
  unsigned missed = tw_l2_look_up_missed(c);
  if (known)
    tw_miss_queue_answered(&mmu->queue, c->probe.look_up.entry, c->at, NULL, 0);
  else if (missed == TW_NO_MISS || !tw_is_prefetch(&mmu->queue, missed))
    return;
  mmu->tally.prefetch_look_up++;
  mmu->tally.prefetch_hit += known;
}

static void end_walk(tw_mmu *mmu, const tw_cycle *c) {
  const tw_miss *e = &mmu->queue.entry[c->prefetched];
  mmu->tally.prefetch_walk++;
  mmu->tally.prefetch_fill += c->prefetch_fills;
  if (c->prefetch_fills)
    tw_fill_l2_by_walk(mmu, &mmu->engine.walk[e->walk], c->at);
  tw_walk_engine_end(&mmu->engine, e->walk);
  tw_miss_queue_answered(&mmu->queue, c->prefetched, c->at, NULL, 0);
}

void tw_prefetch_do(tw_mmu *mmu, const tw_cycle *c) {
  if (!mmu->queue.prefetch)
    return;
  end_look_up(mmu, c);
  if (c->prefetched != TW_NO_MISS)
    end_walk(mmu, c);
}
