// A cycle's bits decide on the cycle, those of its stretch on the stretch.
#include "random_gate.h"

tw_gate tw_gate_random(tw_random *random) {
  static const uint8_t closed[] = {5, 30, 60, 90};
  tw_gate gate = {.seed = tw_random_bits(random)};
  if (tw_random_percent(random, 50))
    return gate;
  gate.closed = closed[tw_random_below(random, sizeof closed)];
  gate.pauses = tw_random_percent(random, 50) ? 0 : tw_random_from(random, 1, 300);
  return gate;
}

static uint32_t draw(uint64_t bits, uint32_t count) { return (uint32_t)((bits >> 32) * count >> 32); }

static bool pauses(const tw_gate *gate, uint64_t cycle) {
  return gate->pauses && draw(tw_random_mix(gate->seed ^ ~(cycle / TW_GATE_STRETCH)), 1000) < gate->pauses;
}

static bool open_in(const tw_gate *gate, uint64_t cycle) {
  return draw(tw_random_mix(gate->seed + cycle * 0x9e3779b97f4a7c15), 100) >= gate->closed;
}

uint64_t tw_gate_open_at(void *context, uint64_t cycle) {
  tw_gate *gate = context;
  uint64_t at = cycle;
  while (pauses(gate, at) || !open_in(gate, at))
    at = pauses(gate, at) ? (at / TW_GATE_STRETCH + 1) * TW_GATE_STRETCH : at + 1;
  gate->held += at != cycle;
  return at;
}
