// Pseudo-random numbers of the random lockstep (splitmix64): one seed, one sequence, on every machine.
#ifndef HARNESS_RANDOM_BITS_H
#define HARNESS_RANDOM_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tw_random {
  uint64_t state;
} tw_random;

static inline uint64_t tw_random_bits(tw_random *random) {
  uint64_t x = random->state += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// 0 to count - 1.
static inline uint32_t tw_random_below(tw_random *random, uint32_t count) {
  return (uint32_t)((tw_random_bits(random) >> 32) * count >> 32);
}

static inline uint32_t tw_random_from(tw_random *random, uint32_t least, uint32_t most) {
  return least + tw_random_below(random, most - least + 1);
}

/// True in `percent` of 100 cases.
static inline bool tw_random_percent(tw_random *random, uint32_t percent) {
  return tw_random_below(random, 100) < percent;
}

#endif
