// Ports, arbitration and the queue of responses. Twin: rtl/mmu.sv.
#include "mmu_internal.h"

static int offer(tw_mmu *mmu, unsigned port, uint64_t cycle) {
  if (mmu->pending[port].valid || mmu->queue_count > TW_QUEUE - TW_QUEUE_ROOM)
    return -1;
  mmu->pending[port] = (tw_pending){.valid = true, .cycle = cycle};
  return 0;
}

int tw_mmu_submit(tw_mmu *mmu, const tw_request *request) {
  unsigned port = request->kind == TW_ACCESS_FETCH ? TW_PORT_FETCH : TW_PORT_DATA;
  if (offer(mmu, port, request->cycle))
    return -1;
  mmu->offered[port] = *request;
  return 0;
}

int tw_mmu_submit_tlbi(tw_mmu *mmu, const tw_tlbi *tlbi) {
  if (offer(mmu, TW_PORT_MAINTENANCE, tlbi->cycle))
    return -1;
  mmu->offered_tlbi = *tlbi;
  return 0;
}

/// The first cycle in which a request at a port can be accepted; UINT64_MAX: none stands there.
static uint64_t next_acceptance(const tw_mmu *mmu) {
  uint64_t next = UINT64_MAX;
  for (unsigned port = 0; port < TW_PORTS; port++)
    if (mmu->pending[port].valid && mmu->pending[port].cycle < next)
      next = mmu->pending[port].cycle;
  return next == UINT64_MAX ? next : tw_max(next, mmu->open_at);
}

/// Accept in `cycle` the request of the first port, by priority, that has one standing.
static void accept(tw_mmu *mmu, uint64_t cycle) {
  unsigned port = 0;
  while (!mmu->pending[port].valid || mmu->pending[port].cycle > cycle)
    port++;
  tw_response *answer = &mmu->queue[(mmu->queue_first + mmu->queue_count++) % TW_QUEUE];
  mmu->pending[port].valid = false;
  if (port == TW_PORT_MAINTENANCE)
    tw_mmu_take_tlbi(mmu, &mmu->offered_tlbi, cycle, answer);
  else
    tw_mmu_take(mmu, &mmu->offered[port], cycle, answer);
}

void tw_mmu_run_until(tw_mmu *mmu, uint64_t cycle) {
  for (;;) {
    if (mmu->walking) {
      if (mmu->walk.act_at >= cycle)
        break;
      tw_mmu_step_walk(mmu);
      continue;
    }
    uint64_t next = next_acceptance(mmu);
    if (next >= cycle)
      break;
    accept(mmu, next);
  }
  mmu->now = tw_max(mmu->now, cycle);
}

uint64_t tw_mmu_now(const tw_mmu *mmu) { return mmu->now; }

/// The oldest answer in the queue has come or will come at a known cycle: it is not the one that walks.
static bool front_is_answered(const tw_mmu *mmu) {
  return mmu->queue_count > 0 && !(mmu->walking && mmu->answer == &mmu->queue[mmu->queue_first]);
}

uint64_t tw_mmu_next_event(const tw_mmu *mmu) {
  uint64_t next = mmu->walking ? mmu->walk.act_at : next_acceptance(mmu);
  if (front_is_answered(mmu) && mmu->queue[mmu->queue_first].cycle < next)
    next = mmu->queue[mmu->queue_first].cycle;
  return next;
}

size_t tw_mmu_collect(tw_mmu *mmu, tw_response *responses, size_t max) {
  size_t count = 0;
  while (count < max && front_is_answered(mmu) && mmu->queue[mmu->queue_first].cycle < mmu->now) {
    responses[count++] = mmu->queue[mmu->queue_first];
    mmu->queue_first = (mmu->queue_first + 1) % TW_QUEUE;
    mmu->queue_count--;
  }
  return count;
}
