// The order in which up to 16 ways were used, as one word: 4 bits a way, the latest used lowest. No twin: it is true
// LRU, as rtl/lru.sv has it.
#ifndef TABLEWALK_RECENCY_H
#define TABLEWALK_RECENCY_H

#include "bits.h"

enum { TW_RECENCY_WAYS_MAX = 16 };

/// The order when nothing has been used: the lowest way of `ways` is the oldest.
static inline uint64_t tw_recency_none(unsigned ways) {
  uint64_t order = 0;
  for (unsigned way = 0; way < ways; way++)
    order |= (uint64_t)way << 4 * (ways - 1 - way);
  return order;
}

/// The way used longest ago.
TW_HOT unsigned tw_recency_oldest(uint64_t order, unsigned ways) { return order >> 4 * (ways - 1) & 15; }

/// `order` after a use of `way`: it goes to the front, those used since its last use move back by one. What stands
/// behind the last way means nothing: a way is looked for from the front.
TW_HOT uint64_t tw_recency_used(uint64_t order, unsigned way) {
  const uint64_t ones = 0x1111111111111111;
  uint64_t others = order ^ way * ones; // 0 in the bits of `way`
  uint64_t places = (others - ones) & ~others & ones << 3;
  uint64_t moved = places ^ (places - 1); // up to the top bit of the lowest place
  return (order & ~moved) | (order << 4 & moved) | way;
}

/// `order` after the oldest way was filled.
TW_HOT uint64_t tw_recency_filled(uint64_t order, unsigned way) { return order << 4 | way; }

#endif
