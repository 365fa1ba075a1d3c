// Code that is worth the host's widest vectors: a function, and what it inlines, compiled for each form of the
// processor. No twin.
#ifndef TABLEWALK_WIDEST_H
#define TABLEWALK_WIDEST_H

#include <stdint.h>
#include <string.h>

#include "bits.h"

// On x86-64 the loader chooses the widest form that the processor has; sanitizers can't live with that.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) &&                       \
    !defined(__SANITIZE_ADDRESS__)
#define TW_WIDEST __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TW_WIDEST
#endif

enum { TW_LANES = 4, TW_LANES_MORE = 2 * TW_LANES };
typedef uint64_t tw_lanes __attribute__((vector_size(TW_LANES * sizeof(uint64_t))));

/// A bit for each of `count` pairs.
static inline uint64_t tw_all_pairs(unsigned count) { return count ? UINT64_MAX >> (64 - count) : 0; }

/// Pairs {key, mask} to be asked, 0 to 64.
typedef struct tw_pairs {
  const uint64_t *key, *mask;
  unsigned count; ///< behind the last there are TW_LANES_MORE more that may be read
  uint64_t all;   ///< a bit for each: the others are not asked
} tw_pairs;

/// A step of what follows: bits n to n + TW_LANES - 1.
TW_HOT void tw_agree(tw_lanes *found, const tw_pairs *pairs, unsigned n, uint64_t wanted, uint64_t wanted_mask) {
  const tw_lanes bits = {1, 2, 4, 8};
  tw_lanes keys, masks;
  memcpy(&keys, pairs->key + n, sizeof keys);
  memcpy(&masks, pairs->mask + n, sizeof masks);
  *found |= (tw_lanes)(((keys ^ wanted) & masks & wanted_mask) == 0) & bits << n;
}

/// Those that agree with `wanted` in all bits of their mask and of `wanted_mask`: bit n is pair n.
TW_HOT uint64_t tw_agreeing(const tw_pairs *pairs, uint64_t wanted, uint64_t wanted_mask) {
  tw_lanes found = {0};
  tw_agree(&found, pairs, 0, wanted, wanted_mask);
  tw_agree(&found, pairs, TW_LANES, wanted, wanted_mask);
  for (unsigned n = TW_LANES_MORE; n < pairs->count; n += TW_LANES)
    tw_agree(&found, pairs, n, wanted, wanted_mask);
  found |= __builtin_shufflevector(found, found, 2, 3, 2, 3);
  return (found[0] | found[1]) & pairs->all;
}

#endif
