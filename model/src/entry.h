// What a TLB entry says, and the key it is found by. Twin: the constants of rtl/mmu_pkg.sv.
#ifndef TABLEWALK_ENTRY_H
#define TABLEWALK_ENTRY_H

#include <stdint.h>

#include "bits.h"

// Key: {valid, ASID[15:0], half, VA[51:12]}. An empty entry has key 0 and mask TW_KEY_VALID: it matches no request.
enum { TW_KEY_HALF_SHIFT = 40, TW_KEY_ASID_SHIFT = 41, TW_KEY_VALID_SHIFT = 57 };
static const uint64_t TW_KEY_VALID = (uint64_t)1 << TW_KEY_VALID_SHIFT;
static const uint64_t TW_KEY_ASID = (uint64_t)0xffff << TW_KEY_ASID_SHIFT;
static const uint64_t TW_KEY_HALF = (uint64_t)1 << TW_KEY_HALF_SHIFT;
static const uint64_t TW_KEY_VA = ((uint64_t)1 << 40) - 1;

/// VA part of a key.
static inline uint64_t tw_key_va(uint64_t va) { return (va >> 12) & TW_KEY_VA; }
/// Half and VA part of a key, the half being VA[55].
static inline uint64_t tw_key_half_va(uint64_t va) { return ((va >> 55) & 1) << TW_KEY_HALF_SHIFT | tw_key_va(va); }
/// Half and VA bits of a key that tell one mapping of 2^size bytes from another.
static inline uint64_t tw_key_mask(unsigned size) { return TW_KEY_HALF | (TW_KEY_VA & ~(tw_low(size) >> 12)); }

/// One translation: what the leaf descriptor and its tables gave, for 2^size bytes.
typedef struct tw_translation {
  uint64_t pa;      ///< output address of the request that made it; entries of 2^n bytes ignore the n low bits
  uint64_t span;    ///< key mask of the whole mapping, before splintering
  uint32_t allowed; ///< bit tw_permission_index(...): that access may use it
  uint8_t size;     ///< log2 of bytes
  uint8_t level;    ///< of the leaf descriptor
  uint8_t attr;     ///< MAIR byte
  uint8_t sh;       //
  uint8_t global;   ///< not nG
} tw_translation;

/// The part of `t` that a TLB with these sizes holds around the request whose output address is `pa`.
static inline tw_translation tw_splinter(const tw_translation *t, uint64_t sizes, uint64_t pa) {
  tw_translation part = *t;
  part.pa = pa;
  part.size = (uint8_t)tw_largest_at_most(sizes, t->size);
  return part;
}

/// Output address of `va` by `t`.
static inline uint64_t tw_translation_pa(const tw_translation *t, uint64_t va) {
  uint64_t low = tw_low(t->size);
  return (t->pa & ~low) | (va & low);
}

#endif
