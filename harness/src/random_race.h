// A memory port in front of another one that disturbs compare-and-swaps: somebody else changes the descriptor just
// before, or nothing there can swap. What happens depends on the seed, the address and how many swaps there were: two
// ports of one seed in front of equal memories do the same. In some cycles it takes no request.
#ifndef HARNESS_RANDOM_RACE_H
#define HARNESS_RANDOM_RACE_H

#include "random_gate.h"

#include <tablewalk/memory.h>

typedef struct tw_race {
  tw_memory *memory;
  tw_memory_port port; ///< of `memory`
  uint64_t seed;
  tw_gate gate; ///< when it takes a request
  uint64_t swaps, by_stage[2], lost[2], aborts, refused;
  uint32_t lose;   ///< per 1000 swaps: the descriptor changes before
  uint32_t abort;  ///< per 1000: error 1
  uint32_t refuse; ///< per 1000: error 2
} tw_race;

void tw_race_init(tw_race *race, tw_memory *memory, uint64_t seed);
/// `race` must stay where it is.
tw_memory_port tw_race_as_port(tw_race *race);

#endif
