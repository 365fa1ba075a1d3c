// The ports in time: what is offered at them, and how time goes on. Twin: rtl/mmu.sv.
#include "machine.h"

// ---- offers ----

static tw_offer *offer_at(tw_mmu *mmu, unsigned port, uint64_t cycle) {
  tw_offer *offer = &mmu->offer[port];
  if (offer->valid || !tw_channels_have_room(&mmu->channels))
    return NULL;
  offer->valid = true;
  offer->cycle = offer->stalled_from = tw_max(cycle, mmu->now);
  return offer;
}

int tw_mmu_submit(tw_mmu *mmu, const tw_request *request) {
  tw_offer *offer = offer_at(mmu, tw_port_of(request->kind), request->cycle);
  if (!offer)
    return -1;
  offer->request = *request;
  return 0;
}

int tw_mmu_submit_tlbi(tw_mmu *mmu, const tw_tlbi *tlbi) {
  tw_offer *offer = offer_at(mmu, tlbi->outside ? TW_PORT_OUTSIDE : TW_PORT_TLBI, tlbi->cycle);
  if (!offer)
    return -1;
  offer->tlbi = *tlbi;
  return 0;
}

// ---- time ----

/// Requests that still stand at their ports have stalled in every cycle up to now.
static void count_stalls(tw_mmu *mmu) {
  for (unsigned port = 0; port < TW_STAGES; port++) {
    tw_offer *offer = &mmu->offer[port];
    if (!offer->valid || offer->stalled_from >= mmu->now)
      continue;
    mmu->tally.stall[tw_tallied(&offer->request)] += mmu->now - offer->stalled_from;
    offer->stalled_from = mmu->now;
  }
}

void tw_mmu_run_until(tw_mmu *mmu, uint64_t cycle) {
  for (uint64_t next; (next = tw_machine_next(mmu)) < cycle;) {
    tw_machine_answer(mmu, next);
    tw_machine_finish(mmu);
  }
  mmu->now = tw_max(mmu->now, cycle);
  count_stalls(mmu);
}

uint64_t tw_mmu_next_event(const tw_mmu *mmu) { return tw_machine_next(mmu); }
