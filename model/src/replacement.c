// Which entry of a full group a fill replaces. Twins: rtl/lru.sv, rtl/plru.sv, rtl/lfsr.sv, rtl/nru.sv.
#include "replacement.h"

#include <stdbool.h>

enum { TW_LFSR_SEED = 0xace1, TW_LFSR_SHIFTS = 8 };

void tw_replacer_init(tw_replacer *replacer, uint32_t policy) {
  *replacer = (tw_replacer){.policy = policy, .lfsr = TW_LFSR_SEED};
}

static unsigned earliest(const uint64_t *time, unsigned count) {
  unsigned first = 0;
  for (unsigned i = 1; i < count; i++)
    if (time[i] < time[first])
      first = i;
  return first;
}

static uint64_t latest(const uint64_t *time, unsigned first, unsigned end) {
  uint64_t last = 0;
  for (unsigned i = first; i < end; i++)
    last = time[i] > last ? time[i] : last;
  return last;
}

/// Down the tree, at each node to the half that was not used last. A half without entries is never entered.
static unsigned tree_victim(const uint64_t *used, unsigned count) {
  unsigned first = 0, leaves = 1;
  while (leaves < count)
    leaves *= 2;
  for (unsigned half = leaves / 2; half; half /= 2) {
    unsigned middle = first + half, end = middle + half < count ? middle + half : count;
    if (middle < count && latest(used, first, middle) > latest(used, middle, end))
      first = middle;
  }
  return first;
}

/// x^16 + x^14 + x^13 + x^11 + 1.
static uint16_t shifted(uint16_t lfsr) {
  const unsigned bits = lfsr, entering = (bits >> 15 ^ bits >> 13 ^ bits >> 12 ^ bits >> 10) & 1U;
  return (uint16_t)(bits << 1 | entering);
}

static unsigned random_victim(tw_replacer *replacer, unsigned count) {
  unsigned victim = replacer->lfsr * count >> 16;
  for (unsigned i = 0; i < TW_LFSR_SHIFTS; i++)
    replacer->lfsr = shifted(replacer->lfsr);
  return victim;
}

static unsigned not_recently_used(const tw_group *group) {
  for (unsigned i = 0; i < group->count; i++)
    if (group->used[i] <= *group->cleared)
      return i;
  *group->cleared = group->now;
  return 0;
}

unsigned tw_replacer_victim(tw_replacer *replacer, const tw_group *group) {
  switch (replacer->policy) {
  case TW_REPLACEMENT_PLRU:
    return tree_victim(group->used, group->count);
  case TW_REPLACEMENT_FIFO:
    return earliest(group->filled, group->count);
  case TW_REPLACEMENT_RANDOM:
    return random_victim(replacer, group->count);
  case TW_REPLACEMENT_NRU:
    return not_recently_used(group);
  default:
    return earliest(group->used, group->count);
  }
}
