// Pseudo-random numbers of the random tests (splitmix64): one seed, one sequence, on every machine.
#ifndef HARNESS_RANDOM_BITS_H
#define HARNESS_RANDOM_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tw_random {
  uint64_t state;
} tw_random;

/// A number that looks random and depends on `x` alone.
static inline uint64_t tw_random_mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

static inline uint64_t tw_random_bits(tw_random *random) { return tw_random_mix(random->state += 0x9e3779b97f4a7c15); }

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

/// Bit `bit`, set in `percent` of 100 cases.
static inline uint64_t tw_random_flag(tw_random *random, uint32_t percent, unsigned bit) {
  return (uint64_t)tw_random_percent(random, percent) << bit;
}

/// The lowest `count` bits set; 64: all.
static inline uint64_t tw_random_mask(unsigned count) { return count >= 64 ? UINT64_MAX : (1ULL << count) - 1; }

#endif
