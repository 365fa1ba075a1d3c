// Fully associative TLB with true LRU. Twin: rtl/l1_tlb.sv.
#ifndef TABLEWALK_L1_TLB_H
#define TABLEWALK_L1_TLB_H

#include <tablewalk/config.h>
#include <tablewalk/request.h>

#include "entry.h"

enum { TW_HINTS = 1024, TW_NO_SLOT = 0xff };

/// Slots are looked up by hint (the slot that last answered for a page of that hash) and, when it fails, one by one. No two
/// slots match the same request, so both find the same.
typedef struct tw_l1_tlb {
  uint64_t key[TW_L1_ENTRIES_MAX];
  uint64_t mask[TW_L1_ENTRIES_MAX];
  uint64_t used[TW_L1_ENTRIES_MAX]; ///< time of the last use
  tw_translation translation[TW_L1_ENTRIES_MAX];
  uint8_t hint[2][TW_HINTS]; ///< by page of 4 KiB, and of 2 MiB
  uint64_t now;
  uint32_t entries;
  tw_sizes sizes;
} tw_l1_tlb;

void tw_l1_tlb_init(tw_l1_tlb *tlb, const tw_l1_config *config);

static inline unsigned tw_l1_hash(uint64_t key, unsigned shift) { return (unsigned)(key >> shift) & (TW_HINTS - 1); }

static inline bool tw_l1_slot_matches(const tw_l1_tlb *tlb, unsigned slot, uint64_t key) {
  return ((key ^ tlb->key[slot]) & tlb->mask[slot]) == 0;
}

/// The slow half of a look-up: every slot. TW_NO_SLOT: a miss.
unsigned tw_l1_tlb_search(tw_l1_tlb *tlb, uint64_t key);

/// The slot that matches `key`, or TW_NO_SLOT. A hit counts as a use.
static inline unsigned tw_l1_tlb_lookup(tw_l1_tlb *tlb, uint64_t key) {
  unsigned slot = tlb->hint[0][tw_l1_hash(key, 0)];
  if (!tw_l1_slot_matches(tlb, slot, key)) {
    slot = tlb->hint[1][tw_l1_hash(key, 9)];
    if (!tw_l1_slot_matches(tlb, slot, key)) slot = tw_l1_tlb_search(tlb, key);
    if (slot == TW_NO_SLOT) return slot;
  }
  tlb->used[slot] = ++tlb->now;
  return slot;
}

/// Fill with what this TLB holds of `t` around the request of `key` and output address `pa`.
void tw_l1_tlb_fill(tw_l1_tlb *tlb, uint64_t key, const tw_translation *t, tw_sizes granule_sizes, uint64_t pa);
void tw_l1_tlb_maintain(tw_l1_tlb *tlb, const tw_tlbi *tlbi);

/// True when `tlbi` drops the entry. Shared with the L2 TLB.
bool tw_tlbi_drops(const tw_tlbi *tlbi, uint64_t key, uint64_t mask, uint64_t span);

#endif
