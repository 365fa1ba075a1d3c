// The look-up of the L2 for the miss queue: one entry at a time, one probe a cycle. Twin: in rtl/look_up.sv.
//
// Probes for sizes that no entry of the L2 has miss whatever they ask for: they are passed over, to the first that can
// find something or to the last. What could put such a size into the L2, a walk's response, lets no probe be made.
#include "l2_look_up.h"

#include "answer.h"
#include "machine.h"

static unsigned first_size(tw_sizes sizes) { return (unsigned)__builtin_ctzll(sizes); }
static bool is_last(tw_sizes left) { return !(left & (left - 1)); }

/// The probes that are to be made in the cycles before `cycle`, and miss, have been made.
static void pass_over(tw_l2_look_up *l, uint64_t cycle) {
  for (; l->at < cycle; l->at++)
    l->left &= l->left - 1;
}

/// How the look-up stands in a cycle in which a probe may be made; false: there is none.
static bool stands(const tw_mmu *mmu, uint64_t cycle, tw_l2_look_up *l) {
  const tw_miss_queue *queue = &mmu->queue;
  if (mmu->look_up.under_way) {
    *l = mmu->look_up;
    pass_over(l, cycle);
    return true;
  }
  unsigned entry = tw_misses_oldest_due(queue, queue->look, cycle);
  if (entry == TW_NO_MISS)
    return false;
  const tw_miss *e = &queue->entry[entry];
  *l =
      (tw_l2_look_up){.under_way = true, .entry = (uint8_t)entry, .at = cycle, .left = e->bypass ? 0 : e->half->probed};
  return true;
}

static tw_probe probe(const tw_mmu *mmu, tw_probe_decision *p) {
  const tw_miss *e = &mmu->queue.entry[p->look_up.entry];
  if (!p->look_up.left || !tw_l2_tlb_probe(&mmu->l2, e->key, first_size(p->look_up.left), &p->slot))
    return TW_PROBE_MISS;
  if (tw_is_prefetch(&mmu->queue, p->look_up.entry))
    return TW_PROBE_KNOWN;
  return tw_needs_walk(mmu, &e->request, tw_l2_translation(&mmu->l2, p->slot), e->access) ? TW_PROBE_CLEAN
                                                                                          : TW_PROBE_HIT;
}

void tw_l2_look_up_decide(tw_mmu *mmu, tw_cycle *c) {
  tw_probe_decision *p = &c->probe;
  p->result = TW_PROBE_NONE;
  p->look_up.under_way = false;
  bool walk_ends = c->source == TW_FROM_WALK || c->prefetch_fills;
  if (!mmu->queue.look || walk_ends || c->port_taken || c->tlbi_first || tw_is_swept(&mmu->unit, c->at))
    return;
  tw_maintenance_unit_sweep(mmu, c->at);
  if (!stands(mmu, c->at, &p->look_up))
    return;
  p->result = probe(mmu, p);
  if (p->result != TW_PROBE_HIT)
    return;
  if (c->channel_free) {
    c->source = TW_FROM_L2;
    c->answered = p->look_up.entry;
  } else {
    p->result = TW_PROBE_NONE;
  }
}

unsigned tw_l2_look_up_missed(const tw_cycle *c) {
  bool misses = c->probe.result == TW_PROBE_MISS || c->probe.result == TW_PROBE_CLEAN;
  return misses && is_last(c->probe.look_up.left) ? c->probe.look_up.entry : (unsigned)TW_NO_MISS;
}

/// This cycle has no probe, nor those of a TLBI that goes through the L2.
static void stand_still(const tw_mmu *mmu, tw_l2_look_up *l, const tw_cycle *c) {
  const tw_maintenance_unit *unit = &mmu->unit;
  uint64_t swept_until = c->tlbi_first ? c->at + mmu->l2.sets : unit->swept_from + unit->sweep;
  pass_over(l, c->at);
  l->at = tw_max(c->at + 1, swept_until);
}

void tw_l2_look_up_do(tw_mmu *mmu, const tw_cycle *c) {
  tw_l2_look_up *l = &mmu->look_up;
  if (!c->probe.look_up.under_way) {
    if (l->under_way)
      stand_still(mmu, l, c);
    return;
  }
  *l = c->probe.look_up;
  l->at = c->at + 1;
  if (c->probe.result == TW_PROBE_NONE)
    return;
  if (c->probe.result == TW_PROBE_CLEAN)
    tw_l2_tlb_drop(&mmu->l2, c->probe.slot);
  bool found = c->probe.result == TW_PROBE_HIT || c->probe.result == TW_PROBE_KNOWN;
  l->under_way = !found && !is_last(l->left);
  l->left &= l->left - 1;
}

uint64_t tw_l2_look_up_next(const tw_mmu *mmu, uint64_t from) {
  const tw_l2_look_up *l = &mmu->look_up;
  const tw_miss_queue *queue = &mmu->queue;
  uint64_t next = UINT64_MAX;
  if (l->under_way) {
    tw_sizes present = tw_l2_present(&mmu->l2);
    next = l->at;
    for (tw_sizes left = l->left; !is_last(left) && !(present & left & -left); left &= left - 1)
      next++;
  } else {
    for (tw_misses look = queue->look; look; look &= look - 1) {
      uint64_t due = queue->entry[__builtin_ctz(look)].due;
      next = due < next ? due : next;
    }
  }
  if (next == UINT64_MAX)
    return next;
  next = tw_max(next, from);
  const tw_maintenance_unit *unit = &mmu->unit;
  return tw_is_swept(unit, next) ? unit->swept_from + unit->sweep : next;
}
