// TLB maintenance in time. Twin: rtl/maintenance_unit.sv.
#include "machine.h"

void tw_maintenance_unit_init(tw_maintenance_unit *unit) { unit->served_last = TW_OPERATION_QUEUES - 1; }

// ---- one operation ----

uint32_t tw_maintenance_cycles(const tw_mmu *mmu, const tw_tlbi *tlbi) {
  return (uint32_t)tw_max(tw_is_dsb(tlbi) ? 1 : mmu->l2.sets, mmu->l1_latency - 1);
}

tw_maintenance tw_maintenance_begin(tw_mmu *mmu, const tw_tlbi *tlbi) {
  const tw_regime *regime = &mmu->regime;
  const tw_maintenance_context context = {
      .vmid = regime->stage2.vmid, .va_ds = regime->range_ds, .stage2_ds = regime->stage2.range_ds};
  const tw_maintenance maintenance = tw_maintenance_decode(tlbi, &context);
  tw_l1_tlb_maintain(&mmu->l1i, &maintenance);
  tw_l1_tlb_maintain(&mmu->l1d, &maintenance);
  tw_walker_maintain(&mmu->walker, &maintenance);
  return maintenance;
}

tw_response tw_maintenance_answer(const tw_operation *operation, uint64_t cycle) {
  return (tw_response){.id = operation->tlbi.id,
                       .accepted = operation->accepted,
                       .cycle = cycle,
                       .kind = TW_KIND_TLBI,
                       .found = TW_FOUND_MAINTENANCE};
}

void tw_mmu_maintain(tw_mmu *mmu, const tw_tlbi *tlbi, tw_response *response) {
  if (mmu->config.prefetch) {
    tw_maintain_in_time(mmu, tlbi, response);
    return;
  }
  const tw_operation operation = {*tlbi, tw_max(tlbi->cycle, mmu->now)};
  if (!tw_is_dsb(tlbi)) {
    const tw_maintenance maintenance = tw_maintenance_begin(mmu, tlbi);
    tw_l2_tlb_maintain(&mmu->l2, &maintenance);
  }
  mmu->now = operation.accepted + 1 + tw_maintenance_cycles(mmu, tlbi);
  mmu->unit.served_last = tlbi->outside;
  mmu->unit.free_from = mmu->now + 1;
  *response = tw_maintenance_answer(&operation, mmu->now);
}

// ---- the L2's sets ----

void tw_maintenance_unit_sweep(tw_mmu *mmu, uint64_t cycle) {
  tw_maintenance_unit *unit = &mmu->unit;
  if (unit->swept == unit->sweep)
    return;
  uint64_t done = cycle - unit->swept_from;
  uint32_t until = done < unit->sweep ? (uint32_t)done : unit->sweep;
  tw_l2_tlb_maintain_sets(&mmu->l2, &unit->maintenance, unit->swept, until);
  unit->swept = until;
}

void tw_maintenance_unit_beside(tw_mmu *mmu, uint64_t cycle, size_t slot) {
  tw_maintenance_unit *unit = &mmu->unit;
  if (unit->swept == unit->sweep || cycle != unit->swept_from + unit->swept ||
      tw_l2_set_of(&mmu->l2, slot) != unit->swept)
    return;
  tw_l2_tlb_maintain_set_but(&mmu->l2, &unit->maintenance, unit->swept, slot);
  unit->swept++;
}

// ---- the queues ----

void tw_operation_queue_put(tw_operation_queue *queue, const tw_tlbi *tlbi, uint64_t accepted) {
  queue->operation[(queue->first + queue->count++) % TW_OPERATIONS] = (tw_operation){*tlbi, accepted};
}

static tw_operation take(tw_operation_queue *queue) {
  tw_operation operation = queue->operation[queue->first];
  queue->first = (uint8_t)((queue->first + 1) % TW_OPERATIONS);
  queue->count--;
  return operation;
}

// ---- a cycle ----

/// The queue whose turn it is; TW_NO_QUEUE: both are empty.
static uint8_t next_queue(const tw_maintenance_unit *unit) {
  unsigned other = 1 - unit->served_last;
  if (unit->queue[other].count)
    return (uint8_t)other;
  return unit->queue[unit->served_last].count ? unit->served_last : (uint8_t)TW_NO_QUEUE;
}

void tw_maintenance_unit_decide(const tw_mmu *mmu, tw_cycle *c) {
  const tw_maintenance_unit *unit = &mmu->unit;
  bool free = !unit->busy && c->at >= unit->free_from;
  c->takes = free ? next_queue(unit) : (uint8_t)TW_NO_QUEUE;
  c->tlbi_first = false;
  if (c->takes != TW_NO_QUEUE) {
    const tw_operation_queue *queue = &unit->queue[c->takes];
    c->tlbi_first = !tw_is_dsb(&queue->operation[queue->first].tlbi);
  }
  c->completes = unit->busy && c->at >= unit->earliest && !mmu->queue.awaited;
}

static void begin(tw_mmu *mmu, const tw_cycle *c) {
  tw_maintenance_unit *unit = &mmu->unit;
  tw_miss_queue *queue = &mmu->queue;
  unit->operation = take(&unit->queue[c->takes]);
  unit->served_last = c->takes;
  unit->busy = true;
  unit->earliest = c->at + tw_maintenance_cycles(mmu, &unit->operation.tlbi);
  // what has been answered in this very cycle is valid no more, what has entered in it was not yet
  queue->awaited = c->valid & tw_misses_valid(queue);
  if (!c->tlbi_first)
    return;
  tw_walk_engine_make_stale(mmu, c->walking);
  unit->maintenance = tw_maintenance_begin(mmu, &unit->operation.tlbi);
  unit->swept_from = c->at;
  unit->swept = 0;
  unit->sweep = mmu->l2.sets;
}

void tw_maintenance_unit_do(tw_mmu *mmu, const tw_cycle *c) {
  tw_maintenance_unit *unit = &mmu->unit;
  if (c->completes) {
    tw_maintenance_unit_sweep(mmu, c->at);
    unit->busy = false;
    unit->free_from = c->at + 1;
  }
  if (c->takes != TW_NO_QUEUE)
    begin(mmu, c);
}

uint64_t tw_maintenance_unit_next(const tw_mmu *mmu, uint64_t from) {
  const tw_maintenance_unit *unit = &mmu->unit;
  if (unit->busy)
    return mmu->queue.awaited ? UINT64_MAX : tw_max(unit->earliest, from);
  return next_queue(unit) == TW_NO_QUEUE ? UINT64_MAX : tw_max(unit->free_from, from);
}
