// The first PA that differs is kept in words; all are counted.
#include "replay_account.h"

#include <inttypes.h>
#include <stdio.h>

typedef struct pair {
  uint64_t number, va, expected;
  const tw_response *found;
} pair;

static void describe(tw_replay_result *result, const pair *p) {
  char *text = result->first_difference;
  size_t room = sizeof result->first_difference;
  result->first_difference_va = p->va;
  if (p->found->fault)
    snprintf(text, room, "access %" PRIu64 ", VA 0x%016" PRIx64 ": found a fault (FSC 0x%02x), expected PA 0x%" PRIx64,
             p->number, p->va, p->found->fsc, p->expected);
  else
    snprintf(text, room, "access %" PRIu64 ", VA 0x%016" PRIx64 ": found PA 0x%" PRIx64 ", expected 0x%" PRIx64,
             p->number, p->va, p->found->pa, p->expected);
}

// Of a device the machine's address is an offset in it: its page offset alone can be compared.
static uint64_t compared_bits(uint8_t info) { return info & TW_INFO_IO ? 0xfff : ~0ULL; }

static void check_pas(tw_replay_result *result, const tw_answers *a, const uint64_t *pa) {
  uint64_t differed = 0, io = 0;
  for (size_t i = 0; i < a->count; i++) {
    const tw_response *response = &a->responses[i];
    io += (a->info[i] & TW_INFO_IO) != 0;
    if (((response->pa ^ pa[i]) & compared_bits(a->info[i])) == 0 && !response->fault)
      continue;
    if (result->pa_differed + differed++ == 0)
      describe(result, &(pair){a->first + i, a->requests[i].va, pa[i], response});
  }
  result->pa_compared += a->count;
  result->pa_differed += differed;
  result->pa_io += io;
}

void tw_replay_account(tw_replay_result *result, const tw_answers *answers, const uint64_t *pa) {
  uint64_t faults = 0;
  for (size_t i = 0; i < answers->count; i++)
    faults += answers->responses[i].fault;
  result->cycles += answers->cycles;
  result->accesses += answers->count;
  result->faults += faults;
  if (pa)
    check_pas(result, answers, pa);
}

void tw_replay_account_hits(tw_replay_result *result, const tw_hits *hits, const uint64_t *pa) {
  for (size_t i = 0; i < hits->count; i++) {
    result->pa_io += (hits->info[i] & TW_INFO_IO) != 0;
    if (((hits->pa_found[i] ^ pa[i]) & compared_bits(hits->info[i])) == 0)
      continue;
    const tw_response response = {.pa = hits->pa_found[i]};
    if (result->pa_differed++ == 0)
      describe(result, &(pair){hits->first + i, hits->va[i], pa[i], &response});
  }
  result->pa_compared += hits->count;
}
