// Bit fields and size arithmetic. No twin: SystemVerilog has them in the language.
#ifndef TABLEWALK_BITS_H
#define TABLEWALK_BITS_H

#include <stdbool.h>
#include <stdint.h>

// The usual ways are one function each, and the rest stands apart: a call costs as much as what it calls.
#define TW_HOT static inline __attribute__((always_inline))
#define TW_APART __attribute__((noinline))

/// Bits [high:low] of `value`, moved down.
static inline uint64_t tw_field(uint64_t value, unsigned high, unsigned low) {
  return (value >> low) & (UINT64_MAX >> (63 - (high - low)));
}
static inline bool tw_bit(uint64_t value, unsigned n) { return (value >> n) & 1; }
/// Ones in [high:low]; 0 when high < low.
static inline uint64_t tw_ones(unsigned high, unsigned low) {
  return high < low ? 0 : (UINT64_MAX >> (63 - high)) & (UINT64_MAX << low);
}
/// 2^log2 - 1.
static inline uint64_t tw_low(unsigned log2) { return ((uint64_t)1 << log2) - 1; }
static inline bool tw_is_power_of_two(uint64_t value) { return value && !(value & (value - 1)); }
static inline uint64_t tw_max(uint64_t a, uint64_t b) { return a > b ? a : b; }
/// Largest n with bit n set, n <= limit. `sizes` has such a bit.
static inline unsigned tw_largest_at_most(uint64_t sizes, unsigned limit) {
  if (tw_bit(sizes, limit))
    return limit; // mostly
  return 63U - (unsigned)__builtin_clzll(sizes & tw_low(limit));
}

#endif
