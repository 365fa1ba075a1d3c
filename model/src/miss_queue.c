// The miss queue. Twin: rtl/miss_queue.sv.
#include "answer.h"
#include "machine.h"

void tw_miss_queue_init(tw_miss_queue *queue, const tw_mmu_config *config) {
  queue->usable = (tw_misses)tw_low(config->misses);
  queue->entered_last = TW_PORT_FETCH;
}

// ---- age ----

unsigned tw_misses_oldest(const tw_miss_queue *queue, tw_misses of) {
  unsigned oldest = (unsigned)__builtin_ctz(of);
  for (of &= of - 1; of; of &= of - 1) {
    unsigned entry = (unsigned)__builtin_ctz(of);
    if (queue->entry[entry].age < queue->entry[oldest].age)
      oldest = entry;
  }
  return oldest;
}

unsigned tw_misses_oldest_due(const tw_miss_queue *queue, tw_misses of, uint64_t cycle) {
  tw_misses due = 0;
  for (; of; of &= of - 1)
    if (queue->entry[__builtin_ctz(of)].due <= cycle)
      due |= of & -of;
  return due ? tw_misses_oldest(queue, due) : (unsigned)TW_NO_MISS;
}

// ---- merging ----

unsigned tw_merge_page(const tw_regime *regime, const tw_half *half) {
  return regime->stage2.on && regime->stage2.granule < half->granule ? regime->stage2.granule : half->granule;
}

unsigned tw_miss_queue_merge(const tw_mmu *mmu, unsigned port, const tw_stage_decision *d, const tw_cycle *c) {
  const tw_miss_queue *queue = &mmu->queue;
  if (!mmu->config.merge || d->bypasses || mmu->stage[port].request.at != TW_AT_NONE)
    return TW_NO_MISS;
  unsigned apart = tw_merge_page(&mmu->regime, d->half) - 12; // bits of a key that do not matter
  tw_misses others = (queue->look | queue->wait | queue->walk) & ~queue->stale;
  if (c->source != TW_FROM_NOTHING)
    others &= ~tw_miss_bit(c->answered);
  for (; others; others &= others - 1) {
    unsigned entry = (unsigned)__builtin_ctz(others);
    const tw_miss *e = &queue->entry[entry];
    if (e->port == port && !e->bypass && e->request.at == TW_AT_NONE && (e->key ^ d->key) >> apart == 0)
      return entry;
  }
  return TW_NO_MISS;
}

// ---- a cycle ----

void tw_miss_queue_decide(const tw_mmu *mmu, tw_cycle *c) {
  const tw_miss_queue *queue = &mmu->queue;
  c->again = TW_NO_MISS;
  if (!queue->woken || c->tlbi_first || mmu->channels.miss_open_at > c->at)
    return;
  unsigned entry = tw_misses_oldest(queue, queue->woken);
  const tw_miss *e = &queue->entry[entry];
  if (tw_needs_walk(mmu, &e->request, &e->by, e->access)) {
    c->again = entry;
    return;
  }
  c->source = TW_FROM_MERGED;
  c->answered = entry;
}

void tw_miss_queue_enter(tw_mmu *mmu, unsigned port, const tw_cycle *c) {
  const tw_stage *stage = &mmu->stage[port];
  const tw_stage_decision *d = &c->stage[port];
  tw_miss_queue *queue = &mmu->queue;
  tw_miss *e = &queue->entry[c->taken];
  e->request = stage->request;
  e->request.el |= mmu->least_el;
  e->half = d->half;
  e->va = d->va;
  e->key = d->key;
  e->accepted = stage->accepted;
  e->age = queue->entered++;
  e->due = c->at + mmu->l1_latency + mmu->l2_latency - 1;
  e->access = d->access;
  e->port = (uint8_t)port;
  e->bypass = d->bypasses;
  e->with = (uint8_t)c->merges;
  queue->entered_last = (uint8_t)port;
  if (c->merges == TW_NO_MISS)
    queue->look |= tw_miss_bit(c->taken);
  else
    queue->merged |= tw_miss_bit(c->taken);
}

/// As a privileged read that must not disturb: an AT.
void tw_miss_queue_enter_prefetch(tw_mmu *mmu, uint64_t va, const tw_half *half, const tw_cycle *c) {
  tw_miss_queue *queue = &mmu->queue;
  tw_miss *e = &queue->entry[c->taken];
  *e = (tw_miss){.request = {.va = va, .kind = TW_ACCESS_READ, .el = 1, .at = TW_AT_BOTH},
                 .half = half,
                 .va = va,
                 .key = tw_half_key(half, va),
                 .age = queue->entered++,
                 .due = c->at + mmu->l2_latency,
                 .access = tw_access_number(TW_ACCESS_READ, 1, 0),
                 .port = TW_NO_PORT,
                 .with = TW_NO_MISS};
  queue->look |= tw_miss_bit(c->taken);
  queue->prefetch |= tw_miss_bit(c->taken);
}

void tw_miss_queue_look_again(tw_miss_queue *queue, unsigned entry, uint64_t cycle) {
  queue->woken &= ~tw_miss_bit(entry);
  queue->merged &= ~tw_miss_bit(entry);
  queue->look |= tw_miss_bit(entry);
  queue->entry[entry].due = cycle + 1;
}

static void wake(tw_miss_queue *queue, unsigned entry, const tw_translation *by, uint64_t pa) {
  queue->merged &= ~tw_miss_bit(entry);
  queue->woken |= tw_miss_bit(entry);
  queue->entry[entry].by = *by;
  queue->entry[entry].by_pa = pa;
}

void tw_miss_queue_answered(tw_miss_queue *queue, unsigned entry, uint64_t cycle, const tw_translation *by,
                            uint64_t pa) {
  tw_misses others = ~tw_miss_bit(entry);
  queue->look &= others;
  queue->walk &= others;
  queue->woken &= others;
  queue->stale &= others;
  queue->awaited &= others;
  queue->prefetch &= others;
  for (tw_misses merged = queue->merged; merged; merged &= merged - 1) {
    unsigned waiting = (unsigned)__builtin_ctz(merged);
    if (queue->entry[waiting].with != entry)
      continue;
    if (by)
      wake(queue, waiting, by, pa);
    else
      tw_miss_queue_look_again(queue, waiting, cycle);
  }
}
