// The stages of the L1s. Twin: rtl/stage.sv.
#include "answer.h"
#include "machine.h"

// ---- decide ----

static void look_up(tw_mmu *mmu, const tw_stage *stage, tw_stage_decision *d) {
  tw_l1_tlb *l1 = tw_l1_of(mmu, stage->request.kind);
  d->looked_up = true;
  d->leaves = TW_ENTERS;
  d->slot = tw_l1_tlb_find_without_hints(l1, d->key); // those are the short way's
  if (d->slot == TW_NO_SLOT)
    return;
  const tw_translation *t = tw_l1_translation(l1, d->slot);
  if (tw_needs_walk(mmu, &stage->request, t, d->access))
    return;
  unsigned allowed = tw_allowed(&mmu->regime.permissions, t);
  d->leaves = TW_ANSWERED;
  d->answer.found = TW_FOUND_L1;
  tw_answer_set_translation(&d->answer, mmu, &stage->request, t, tw_translation_pa(t, d->va), allowed, d->access);
}

/// What the request wants, were nothing in its way.
static void decide_alone(tw_mmu *mmu, const tw_stage *stage, uint64_t cycle, tw_stage_decision *d) {
  const tw_request *request = &stage->request;
  tw_response *r = &d->answer;
  tw_answer_begin(r, mmu, request, stage->accepted);
  tw_answer_set_regime(r, mmu, request);
  r->cycle = cycle + mmu->l1_latency - 1;
  d->looked_up = d->bypasses = false;
  tw_need need = tw_answer_without_tlb(mmu, request, r, &d->half);
  d->va = request->va & mmu->regime.va_mask;
  d->key = tw_half_key(d->half, d->va);
  d->access = tw_access_number(request->kind, r->el, request->pan);
  if (need == TW_NEED_NOTHING) {
    d->leaves = TW_ANSWERED;
  } else if (need == TW_NEED_WALK) {
    d->bypasses = true;
    d->leaves = TW_ENTERS;
  } else {
    look_up(mmu, stage, d);
  }
}

/// The miss channel's response fills an L1: of its own, the stage's look-up waits.
static bool is_held(const tw_mmu *mmu, unsigned port, const tw_cycle *c) {
  if (c->tlbi_first)
    return true;
  if (c->source == TW_FROM_NOTHING || mmu->queue.entry[c->answered].port != port)
    return false;
  if (c->source == TW_FROM_WALK) {
    const tw_walk *walk = &mmu->engine.walk[mmu->queue.entry[c->answered].walk];
    return walk->result.fills && !walk->stale;
  }
  return c->source == TW_FROM_L2;
}

static void decide(tw_mmu *mmu, unsigned port, tw_cycle *c) {
  const tw_stage *stage = &mmu->stage[port];
  tw_stage_decision *d = &c->stage[port];
  d->leaves = TW_STAYS;
  d->waits = false;
  if (!stage->full || is_held(mmu, port, c))
    return;
  if (stage->decide_at > c->at)
    d->waits = true;
  else
    decide_alone(mmu, stage, c->at, d);
}

/// It wants to enter the queue, but must stay.
static void stay(tw_stage_decision *d, bool until_one_is_free) {
  d->leaves = TW_STAYS;
  d->waits = until_one_is_free;
}

void tw_stages_decide(tw_mmu *mmu, tw_cycle *c) {
  tw_misses free = mmu->queue.usable & ~c->valid;
  for (unsigned port = 0; port < TW_STAGES; port++) {
    decide(mmu, port, c);
    if (c->stage[port].leaves == TW_ENTERS && !free)
      stay(&c->stage[port], true);
  }
  if (c->stage[TW_PORT_DATA].leaves == TW_ENTERS && c->stage[TW_PORT_FETCH].leaves == TW_ENTERS)
    stay(&c->stage[mmu->queue.entered_last], false);
  c->taken = c->merges = TW_NO_MISS;
  for (unsigned port = 0; port < TW_STAGES; port++) {
    c->ready[port] = !mmu->stage[port].full || c->stage[port].leaves != TW_STAYS;
    if (c->stage[port].leaves != TW_ENTERS)
      continue;
    c->taken = (unsigned)__builtin_ctz(free);
    c->merges = tw_miss_queue_merge(mmu, port, &c->stage[port], c);
  }
}

// ---- do ----

static void count(tw_mmu *mmu, const tw_request *request, const tw_stage_decision *d) {
  if (!d->looked_up || request->at != TW_AT_NONE)
    return;
  uint64_t *tallied = d->leaves == TW_ANSWERED ? mmu->tally.l1_hit : mmu->tally.l1_miss;
  tallied[tw_tallied(request)]++;
}

void tw_stage_do(tw_mmu *mmu, unsigned port, const tw_cycle *c) {
  tw_stage *stage = &mmu->stage[port];
  const tw_stage_decision *d = &c->stage[port];
  if (d->leaves == TW_STAYS) {
    stage->decide_at = d->waits ? UINT64_MAX : c->at + 1;
    return;
  }
  stage->full = false;
  count(mmu, &stage->request, d);
  if (d->leaves == TW_ENTERS) {
    tw_miss_queue_enter(mmu, port, c);
    return;
  }
  if (d->answer.found == TW_FOUND_L1)
    tw_l1_use(tw_l1_of(mmu, stage->request.kind), d->slot);
  tw_respond_later(mmu, port, &stage->request, &d->answer);
}
