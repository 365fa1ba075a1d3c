#include "reference.h"

#include <string.h>

enum { SLOTS_LOG2 = 12, SLOTS = 1 << SLOTS_LOG2 };

uint64_t reference_sum(const uint64_t *addresses, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; ++i)
    sum += addresses[i];
  return sum;
}

uint64_t reference_hash_tlb(const uint64_t *addresses, size_t count) {
  uint64_t slots[SLOTS];
  memset(slots, 0xff, sizeof slots);
  uint64_t hits = 0;
  for (size_t i = 0; i < count; ++i) {
    uint64_t page = addresses[i] >> 12;
    size_t slot = (size_t)(page * UINT64_C(0x9e3779b97f4a7c15) >> (64 - SLOTS_LOG2));
    if (slots[slot] == page)
      ++hits;
    else
      slots[slot] = page;
  }
  return hits;
}
