// What a TLB entry says, and the key it is found by. Twin: the constants of rtl/mmu_pkg.sv.
#ifndef TABLEWALK_ENTRY_H
#define TABLEWALK_ENTRY_H

#include <stdint.h>

#include "bits.h"

// Key: {valid, ASID[15:0], half, VA[51:12]}. An empty entry has key 0 and mask TW_KEY_VALID: it matches no request.
// x86-64: {valid, PCID[11:0], VA[56:12]}: what a PCID leaves of the ASID's bits holds the VA of five levels.
// IPA cache: {valid, VMID[15:0], 0, IPA[51:12]}.
enum { TW_KEY_HALF_SHIFT = 40, TW_KEY_ASID_SHIFT = 41, TW_KEY_PCID_SHIFT = 45, TW_KEY_VALID_SHIFT = 57 };
static const uint64_t TW_KEY_VALID = (uint64_t)1 << TW_KEY_VALID_SHIFT;
static const uint64_t TW_KEY_ASID = (uint64_t)0xffff << TW_KEY_ASID_SHIFT;
static const uint64_t TW_KEY_HALF = (uint64_t)1 << TW_KEY_HALF_SHIFT;
static const uint64_t TW_KEY_VA = ((uint64_t)1 << 40) - 1;
static const uint64_t TW_KEY_VA57 = ((uint64_t)1 << TW_KEY_PCID_SHIFT) - 1;

/// VA part of a key.
static inline uint64_t tw_key_va(uint64_t va) { return (va >> 12) & TW_KEY_VA; }
/// Half and VA bits of a key that tell one mapping of 2^size bytes from another, but for x86-64's in the
/// ASID's place.
static inline uint64_t tw_key_mask(unsigned size) { return TW_KEY_HALF | (TW_KEY_VA & ~(tw_low(size) >> 12)); }

/// World: translation regime and VMID. Entries of TLBs and walk caches match only in the world they were made in.
static inline uint32_t tw_world(unsigned regime, uint16_t vmid) { return (uint32_t)regime << 16 | vmid; }

/// Bits of tw_translation.permission: what stage 1 lets a privileged and an unprivileged access do.
enum { TW_PR = 1, TW_PW = 2, TW_UR = 4, TW_UW = 8, TW_PXN = 16, TW_UXN = 32, TW_PERMISSIONS = 64 };
/// Bits of tw_translation.stage2: what stage 2 allows. Without stage 2: all.
enum { TW_S2_R = 1, TW_S2_W = 2, TW_S2_PX = 4, TW_S2_UX = 8, TW_S2_ALL = 15, TW_STAGE2_PERMISSIONS = 16 };

/// One translation: what the leaf descriptors of both stages and their tables gave, for 2^size bytes.
typedef struct tw_translation {
  uint64_t pa;        ///< output address of the request that made it; entries of 2^n bytes ignore the n low bits
  uint64_t span;      ///< key mask of the whole stage 1 mapping, before splintering and before stage 2
  uint8_t size;       ///< log2 of bytes
  uint8_t level;      ///< of the stage 1 leaf descriptor
  uint8_t attr;       ///< MAIR byte, of both stages
  uint8_t sh;         ///< shareability, of both stages
  uint8_t global;     ///< not nG
  uint8_t permission; ///< stage 1: TW_PR ... TW_UXN
  uint8_t domain;     ///< short descriptors; else 0
  uint8_t stage2;     ///< TW_S2_R ...
  uint8_t level2;     ///< of the stage 2 leaf descriptor
  uint8_t clean;      ///< an allowed write must set the dirty state first
  uint8_t held;       ///< TLBs may hold it (not nT)
} tw_translation;

/// Key mask of an entry that holds 2^size bytes of `t`. A global one keeps the bits of its span in the ASID's place:
/// they are x86-64's upper VA.
static inline uint64_t tw_entry_mask(const tw_translation *t, unsigned size) {
  return TW_KEY_VALID | tw_key_mask(size) | (TW_KEY_ASID & (t->global ? t->span : UINT64_MAX));
}

/// The same, where `mask` is that of all of `t`: mostly the whole of it is held.
static inline uint64_t tw_mask_for(const tw_translation *t, uint64_t mask, unsigned size) {
  return size == t->size ? mask : tw_entry_mask(t, size);
}

/// The part of `t` with 2^size bytes around the request whose output address is `pa`.
static inline void tw_splinter(tw_translation *part, const tw_translation *t, unsigned size, uint64_t pa) {
  *part = *t;
  part->pa = pa;
  part->size = (uint8_t)size;
}

/// Output address of `va` by `t`.
static inline uint64_t tw_translation_pa(const tw_translation *t, uint64_t va) {
  uint64_t low = tw_low(t->size);
  return (t->pa & ~low) | (va & low);
}

#endif
