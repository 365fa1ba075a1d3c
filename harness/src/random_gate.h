// Back-pressure: in which cycles a port takes something, as a function of the seed and the cycle alone, so that two
// gates of one seed are open in the same cycles.
#ifndef HARNESS_RANDOM_GATE_H
#define HARNESS_RANDOM_GATE_H

#include "random_bits.h"

typedef struct tw_gate {
  uint64_t seed;
  uint32_t closed; ///< cycles of 100
  uint32_t pauses; ///< of 1000 stretches of TW_GATE_STRETCH cycles: closed from end to end
  uint64_t held;   ///< how often what came found it closed
} tw_gate;

enum { TW_GATE_STRETCH = 64 };

/// Draw how often it is closed: never in half of all cases. A gate is open again and again, whatever is drawn.
tw_gate tw_gate_random(tw_random *random);
/// The first cycle, from `cycle` on, in which it is open. The context is a tw_gate.
uint64_t tw_gate_open_at(void *context, uint64_t cycle);

#endif
