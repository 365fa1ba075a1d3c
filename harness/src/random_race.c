// A memory port that disturbs compare-and-swaps.
#include "random_race.h"
#include "random_bits.h"

/// The descriptor after somebody else's write: access flag, permissions, dirty bit modifier, type or any bit. What the
/// swap sets tells the byte order.
static uint64_t disturb(tw_random *random, const tw_mem_request *request) {
  static const uint8_t bits[] = {10, 7, 6, 51, 0, 1, 2, 53, 54, 55, 58, 11};
  unsigned bit =
      tw_random_percent(random, 85) ? bits[tw_random_below(random, sizeof bits)] : tw_random_below(random, 64);
  uint64_t change = request->expected ^ request->desired;
  bool big_endian = (change & ~(1ULL << 7 | 1ULL << 10)) != 0;
  if (big_endian)
    bit ^= 56;
  if (tw_random_percent(random, 25))
    return request->desired; // another MMU made the same update
  return request->expected ^ 1ULL << bit;
}

static void access_memory(void *context, const tw_mem_request *request, tw_mem_response *response) {
  tw_race *race = context;
  if (request->kind != TW_MEM_COMPARE_SWAP) {
    race->port.access(race->port.context, request, response);
    return;
  }
  tw_random random = {.state = race->seed ^ tw_random_mix(request->pa + race->swaps * 0x100000001b3)};
  race->swaps++;
  race->by_stage[request->stage2 & 1]++;
  uint32_t chance = tw_random_below(&random, 1000);
  if (chance < race->lose) {
    race->lost[request->stage2 & 1]++;
    tw_memory_write(race->memory, request->pa & ~7ULL, disturb(&random, request));
  }
  uint64_t before = tw_memory_read(race->memory, request->pa & ~7ULL);
  race->port.access(race->port.context, request, response);
  uint32_t refusal = tw_random_below(&random, 1000);
  if (response->error || refusal >= race->abort + race->refuse)
    return;
  tw_memory_write(race->memory, request->pa & ~7ULL, before); // nothing was swapped
  bool aborts = refusal < race->abort;
  race->aborts += aborts;
  race->refused += !aborts;
  response->error = aborts ? TW_MEM_ABORT : TW_MEM_NO_ATOMICS;
}

static void translated(void *context, uint64_t pa) {
  tw_race *race = context;
  race->port.translated(race->port.context, pa);
}

static void expect(void *context, uint64_t pa) {
  tw_race *race = context;
  race->port.expect(race->port.context, pa);
}

/// Both the gate and the memory must be open.
static uint64_t open_at(void *context, uint64_t cycle) {
  tw_race *race = context;
  for (;;) {
    uint64_t gate = tw_gate_open_at(&race->gate, cycle);
    cycle = race->port.open_at ? race->port.open_at(race->port.context, gate) : gate;
    if (cycle == gate)
      return cycle;
  }
}

void tw_race_init(tw_race *race, tw_memory *memory, uint64_t seed) {
  *race = (tw_race){.memory = memory, .port = tw_memory_as_port(memory), .seed = seed};
  race->lose = 250;
  race->abort = 30;
  race->refuse = 40;
}

tw_memory_port tw_race_as_port(tw_race *race) {
  return (tw_memory_port){.access = access_memory,
                          .translated = race->port.translated ? translated : NULL,
                          .expect = race->port.expect ? expect : NULL,
                          .open_at = open_at,
                          .context = race};
}
