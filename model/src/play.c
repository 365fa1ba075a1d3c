// Requests that overlap, offered as earlier ones are answered. No twin: the harness does the same to the RTL.
#include "machine.h"

/// How far a play has come.
typedef struct tw_progress {
  const tw_play *play;
  size_t offered, answered;
  uint64_t last_offer; ///< cycle of it; at first that of the play's beginning
  size_t kept;         ///< answers to earlier requests that nobody has collected
} tw_progress;

/// The cycle, from `from` on, in which the next request is offered if nothing happens before; UINT64_MAX: none.
static uint64_t next_offer(const tw_mmu *mmu, const tw_progress *p, uint64_t from) {
  const tw_play *play = p->play;
  if (p->offered == play->count || p->offered - p->answered >= play->window)
    return UINT64_MAX;
  const tw_request *request = &play->requests[p->offered];
  if (mmu->offer[tw_port_of(request->kind)].valid)
    return UINT64_MAX;
  uint64_t after_gap = p->last_offer + (play->gaps && p->offered ? play->gaps[p->offered] : 0);
  return tw_max(tw_max(from, request->cycle), after_gap);
}

/// Offer what can be offered in `cycle`. The ids tell the requests' numbers meanwhile.
static void make_offers(tw_mmu *mmu, tw_progress *p, uint64_t cycle) {
  while (next_offer(mmu, p, cycle) == cycle) {
    const tw_request *request = &p->play->requests[p->offered];
    tw_offer *offer = &mmu->offer[tw_port_of(request->kind)];
    *offer = (tw_offer){.valid = true, .cycle = cycle, .stalled_from = cycle, .request = *request};
    offer->request.id = (uint32_t)p->offered++;
    p->last_offer = cycle;
  }
}

/// Take the answers that stand in this cycle.
static void take_answers(tw_mmu *mmu, tw_progress *p) {
  const tw_play *play = p->play;
  for (; mmu->channels.count > p->kept; p->answered++) {
    const tw_response *answer = tw_channels_take_last(&mmu->channels);
    tw_response *r = &play->responses[answer->id];
    uint32_t number = answer->id;
    *r = *answer;
    r->id = play->requests[number].id;
  }
}

int tw_mmu_play(tw_mmu *mmu, const tw_play *play) {
  if (!tw_machine_is_idle(mmu) || play->window < 1 || play->window > TW_WINDOW_MAX)
    return -1;
  tw_progress p = {.play = play, .last_offer = mmu->now, .kept = mmu->channels.count};
  while (p.answered < play->count) {
    uint64_t offer = next_offer(mmu, &p, mmu->now), event = tw_machine_next(mmu);
    tw_machine_answer(mmu, offer < event ? offer : event);
    take_answers(mmu, &p);
    make_offers(mmu, &p, mmu->cycle.at);
    if (p.answered < play->count)
      tw_machine_finish(mmu);
    else
      tw_machine_stand(mmu);
  }
  return 0;
}

void tw_maintain_in_time(tw_mmu *mmu, const tw_tlbi *tlbi, tw_response *response) {
  size_t kept = mmu->channels.count;
  uint64_t offered = tw_max(tlbi->cycle, mmu->now);
  mmu->offer[tlbi->outside ? TW_PORT_OUTSIDE : TW_PORT_TLBI] =
      (tw_offer){.valid = true, .cycle = offered, .stalled_from = offered, .tlbi = *tlbi};
  for (;;) {
    tw_machine_answer(mmu, tw_machine_next(mmu));
    if (mmu->channels.count > kept)
      break;
    tw_machine_finish(mmu);
  }
  *response = *tw_channels_take_last(&mmu->channels);
  tw_machine_stand(mmu);
}
