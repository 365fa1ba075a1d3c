// What stands at the miss channel: by the L2, by a walk, or by what answered another request; and what it fills. Twin:
// in rtl/miss_channel.sv and rtl/splinter.sv.
#include "miss_answer.h"
#include "answer.h"
#include "machine.h"
#include "tlbs.h"
#include "widest.h"

/// A translation and the output address that it gave.
typedef struct tw_answered_by {
  const tw_translation *translation; ///< NULL: none that answers others
  uint64_t pa;
} tw_answered_by;

TW_WIDEST static void fill_l1(tw_mmu *mmu, const tw_request *request, const tw_l1_fill *fill) {
  tw_fill_l1(mmu, request, fill, false);
}

static tw_answered_by answer_by_l2(tw_mmu *mmu, const tw_miss *e, size_t slot, tw_response *r) {
  const tw_translation *t = tw_l2_translation(&mmu->l2, slot);
  uint64_t pa = tw_translation_pa(t, e->va);
  unsigned allowed = tw_allowed(&mmu->regime.permissions, t);
  r->found = TW_FOUND_L2;
  tw_answer_set_translation(r, mmu, &e->request, t, pa, allowed, e->access);
  mmu->tally.l2_hit[tw_tallied(&e->request)] += e->request.at == TW_AT_NONE;
  tw_l2_tlb_use(&mmu->l2, slot);
  const tw_l1_fill fill = {e->half, e->key, t, tw_entry_mask(t, t->size), pa, allowed};
  fill_l1(mmu, &e->request, &fill);
  return (tw_answered_by){t, pa};
}

static void fill_by_walk(tw_mmu *mmu, const tw_miss *e, const tw_walk *walk, uint64_t cycle) {
  tw_fill_l2_by_walk(mmu, walk, cycle);
  tw_l2_filled(mmu, &e->request, walk, false);
  const tw_l1_fill fill = tw_l1_fill_by_walk(mmu, walk);
  fill_l1(mmu, &e->request, &fill);
  tw_prefetch_learn(mmu, e, walk->leaf.size);
}

static tw_answered_by answer_by_walk(tw_mmu *mmu, const tw_miss *e, uint64_t cycle, tw_response *r) {
  const tw_walk *walk = &mmu->engine.walk[e->walk];
  uint64_t cycles = cycle - mmu->engine.begun[e->walk];
  tw_answer_by_walk(mmu, &e->request, walk, cycles, r);
  tw_tally_end_of_walk(mmu, &e->request, walk, cycles, false);
  if (walk->result.fills && !walk->stale)
    fill_by_walk(mmu, e, walk, cycle);
  tw_walk_engine_end(&mmu->engine, e->walk);
  return (tw_answered_by){walk->result.fills && !walk->stale ? &walk->leaf : NULL, walk->leaf.pa};
}

static void answer_merged(tw_mmu *mmu, const tw_miss *e, tw_response *r) {
  uint64_t low = tw_low(tw_merge_page(&mmu->regime, e->half));
  unsigned allowed = tw_allowed(&mmu->regime.permissions, &e->by);
  r->found = TW_FOUND_MERGED;
  tw_answer_set_translation(r, mmu, &e->request, &e->by, (e->by_pa & ~low) | (e->va & low), allowed, e->access);
  mmu->tally.merged[tw_tallied(&e->request)]++;
}

void tw_miss_answer(tw_mmu *mmu, const tw_cycle *c) {
  tw_miss_queue *queue = &mmu->queue;
  if (c->again != TW_NO_MISS)
    tw_miss_queue_look_again(queue, c->again, c->at);
  if (c->source == TW_FROM_NOTHING)
    return;
  const tw_miss *e = &queue->entry[c->answered];
  tw_answered_by by = {0};
  tw_response r;
  tw_answer_begin(&r, mmu, &e->request, e->accepted);
  tw_answer_set_regime(&r, mmu, &e->request);
  r.cycle = c->at;
  if (c->source == TW_FROM_L2)
    by = answer_by_l2(mmu, e, c->probe.slot, &r);
  else if (c->source == TW_FROM_WALK)
    by = answer_by_walk(mmu, e, c->at, &r);
  else
    answer_merged(mmu, e, &r);
  tw_respond(mmu, &e->request, &r);
  tw_miss_queue_answered(queue, c->answered, c->at, by.translation, by.pa);
}
