// The miss status holding registers (MSHRs) of the walker's first cache. No twin.
#include "mshrs.h"

#include <string.h>

void tw_mshrs_empty(tw_mshrs *mshrs) { memset(mshrs->item, 0, sizeof mshrs->item); }

uint32_t tw_mshrs_left(const tw_mshrs *mshrs, uint64_t line, uint64_t cycle) {
  for (uint32_t i = 0; i < mshrs->count; i++)
    if (mshrs->item[i].ready > cycle && mshrs->item[i].line == line)
      return (uint32_t)(mshrs->item[i].ready - cycle);
  return 0;
}

/// The one that is free first, or has been free for the longest.
static uint32_t first_free(const tw_mshrs *mshrs) {
  uint32_t first = 0;
  for (uint32_t i = 1; i < mshrs->count; i++)
    if (mshrs->item[i].ready < mshrs->item[first].ready)
      first = i;
  return first;
}

bool tw_mshrs_take(tw_mshrs *mshrs, uint64_t line, uint64_t cycle, uint64_t ready) {
  mshrs->item[first_free(mshrs)] = (tw_mshr){.line = line, .ready = ready};
  return tw_mshrs_free_at(mshrs, cycle) > cycle;
}

uint64_t tw_mshrs_free_at(const tw_mshrs *mshrs, uint64_t cycle) {
  uint64_t ready = mshrs->item[first_free(mshrs)].ready;
  return ready > cycle ? ready : cycle;
}
