// One cycle of the machine, and which one is next. No twin: the RTL's modules are wired, and each cycle is one.
#include "machine.h"

#include "miss_answer.h"

// ---- decide ----

/// What the miss channel and the walk engine do; the L2's look-up stands still for them.
static void decide_miss_channel(tw_mmu *mmu, tw_cycle *c) {
  tw_channels *channels = &mmu->channels;
  const tw_miss_queue *queue = &mmu->queue;
  bool asked = queue->look | queue->walk | queue->woken;
  if (asked && channels->miss_open_at <= c->at)
    channels->miss_open_at = tw_channel_open_at(&channels->port, c->at);
  c->source = TW_FROM_NOTHING;
  c->channel_free = channels->miss_open_at <= c->at && !queue->woken;
  tw_miss_queue_decide(mmu, c);
  tw_walk_engine_decide(mmu, c);
  tw_l2_look_up_decide(mmu, c);
  tw_walk_engine_decide_begin(mmu, c);
}

static void decide(tw_mmu *mmu, tw_cycle *c) {
  c->valid = tw_misses_valid(&mmu->queue);
  c->walking = mmu->queue.walk;
  for (unsigned i = 0; i < TW_OPERATION_QUEUES; i++)
    c->ready[TW_PORT_TLBI + i] = !tw_operation_queue_is_full(&mmu->unit.queue[i]);
  tw_maintenance_unit_decide(mmu, c);
  decide_miss_channel(mmu, c);
  tw_stages_decide(mmu, c);
  tw_prefetch_decide(mmu, c);
}

// ---- do ----

static void respond_to_maintenance(tw_mmu *mmu, const tw_cycle *c) {
  if (!c->completes)
    return;
  tw_response r = tw_maintenance_answer(&mmu->unit.operation, c->at);
  tw_respond(mmu, NULL, &r);
}

/// A stage that waits for an entry of the queue decides anew when one is free again: what was answered may have filled
/// its L1.
static void rouse_stages(tw_mmu *mmu, const tw_cycle *c) {
  if (c->source == TW_FROM_NOTHING && c->prefetched == TW_NO_MISS && c->probe.result != TW_PROBE_KNOWN)
    return;
  for (unsigned port = 0; port < TW_STAGES; port++)
    mmu->stage[port].decide_at = c->at + 1;
}

void tw_machine_answer(tw_mmu *mmu, uint64_t at) {
  tw_cycle *c = &mmu->cycle;
  if (mmu->stands)
    return;
  c->at = at;
  decide(mmu, c);
  for (unsigned port = 0; port < TW_STAGES; port++)
    tw_stage_do(mmu, port, c);
  for (unsigned port = 0; port < TW_STAGES; port++)
    tw_delay_line_do(mmu, port, at);
  tw_prefetch_enter(mmu, c);
  tw_miss_answer(mmu, c);
  respond_to_maintenance(mmu, c);
}

// ---- accept ----

static void accept_request(tw_mmu *mmu, unsigned port, uint64_t at) {
  tw_offer *offer = &mmu->offer[port];
  mmu->stage[port] = (tw_stage){.full = true, .request = offer->request, .accepted = at, .decide_at = at + 1};
  mmu->tally.stall[tw_tallied(&offer->request)] += at - offer->stalled_from;
}

static void accept(tw_mmu *mmu, const tw_cycle *c) {
  for (unsigned port = 0; port < TW_PORTS; port++) {
    tw_offer *offer = &mmu->offer[port];
    if (!offer->valid || offer->cycle > c->at || !c->ready[port])
      continue;
    offer->valid = false;
    if (port < TW_STAGES)
      accept_request(mmu, port, c->at);
    else
      tw_operation_queue_put(&mmu->unit.queue[port - TW_PORT_TLBI], &offer->tlbi, c->at);
  }
}

// ---- the cycle's end ----

void tw_machine_finish(tw_mmu *mmu) {
  const tw_cycle *c = &mmu->cycle;
  tw_prefetch_do(mmu, c);
  tw_l2_look_up_do(mmu, c);
  tw_walk_engine_do(mmu, c);
  tw_walk_engine_begin(mmu, c);
  tw_maintenance_unit_do(mmu, c);
  rouse_stages(mmu, c);
  accept(mmu, c);
  mmu->stands = false;
  mmu->now = c->at + 1;
}

void tw_machine_stand(tw_mmu *mmu) {
  uint64_t at = mmu->cycle.at;
  mmu->stands = mmu->prefetch.waits || tw_misses_valid(&mmu->queue);
  if (!mmu->stands)
    tw_machine_finish(mmu);
  mmu->now = at;
}

// ---- what is next ----

static uint64_t sooner(uint64_t a, uint64_t b) { return a < b ? a : b; }

static uint64_t stages_next(const tw_mmu *mmu) {
  uint64_t next = UINT64_MAX;
  for (unsigned port = 0; port < TW_STAGES; port++)
    if (mmu->stage[port].full && mmu->stage[port].decide_at != UINT64_MAX)
      next = sooner(next, tw_max(mmu->stage[port].decide_at, mmu->now));
  return next;
}

/// An offer at a port that is not ready waits for what makes it so.
static uint64_t offers_next(const tw_mmu *mmu) {
  uint64_t next = UINT64_MAX;
  for (unsigned port = 0; port < TW_PORTS; port++) {
    bool ready =
        port < TW_STAGES ? !mmu->stage[port].full : !tw_operation_queue_is_full(&mmu->unit.queue[port - TW_PORT_TLBI]);
    if (mmu->offer[port].valid && ready)
      next = sooner(next, tw_max(mmu->offer[port].cycle, mmu->now));
  }
  return next;
}

uint64_t tw_machine_next(const tw_mmu *mmu) {
  uint64_t now = mmu->now;
  if (mmu->stands)
    return now;
  uint64_t next = sooner(stages_next(mmu), offers_next(mmu));
  next = sooner(next, tw_prefetch_next(mmu, now));
  next = sooner(next, tw_delay_lines_next(&mmu->channels));
  next = sooner(next, tw_maintenance_unit_next(mmu, now));
  if (!tw_misses_valid(&mmu->queue))
    return next;
  if (mmu->queue.woken)
    next = sooner(next, tw_max(mmu->channels.miss_open_at, now));
  next = sooner(next, tw_walk_engine_next(mmu, now));
  return sooner(next, tw_l2_look_up_next(mmu, now));
}

bool tw_machine_is_idle(const tw_mmu *mmu) {
  for (unsigned port = 0; port < TW_PORTS; port++)
    if (mmu->offer[port].valid)
      return false;
  for (unsigned port = 0; port < TW_STAGES; port++)
    if (mmu->stage[port].full || mmu->channels.line[port].count)
      return false;
  return !(tw_misses_valid(&mmu->queue) & ~mmu->queue.prefetch) && tw_maintenance_unit_is_idle(&mmu->unit);
}

bool tw_machine_is_quiet(const tw_mmu *mmu) { return !mmu->stands && !mmu->queue.prefetch && tw_machine_is_idle(mmu); }
