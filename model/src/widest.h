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

enum { TW_LANES = 4 };
typedef uint64_t tw_lanes __attribute__((vector_size(TW_LANES * sizeof(uint64_t))));

/// Of `count` pairs {key, mask}, 64 at most, those that agree with `wanted` in all bits of their mask and of
/// `wanted_mask`: bit n is pair n. Up to TW_LANES - 1 pairs behind the last are read, but not asked.
TW_HOT uint64_t tw_agreeing(const uint64_t *key, const uint64_t *mask, unsigned count, uint64_t wanted,
                            uint64_t wanted_mask) {
  tw_lanes found = {0}, bits = {1, 2, 4, 8};
  for (unsigned i = 0; i < count; i += TW_LANES) {
    tw_lanes keys, masks;
    memcpy(&keys, key + i, sizeof keys);
    memcpy(&masks, mask + i, sizeof masks);
    found |= (tw_lanes)(((keys ^ wanted) & masks & wanted_mask) == 0) & bits << i;
  }
  found |= __builtin_shufflevector(found, found, 2, 3, 2, 3);
  return (found[0] | found[1]) & UINT64_MAX >> (-count & 63);
}

#endif
