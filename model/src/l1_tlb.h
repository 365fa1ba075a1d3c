// Fully associative TLB with true LRU. Twin: rtl/l1_tlb.sv.
#ifndef TABLEWALK_L1_TLB_H
#define TABLEWALK_L1_TLB_H

#include <tablewalk/request.h>

#include "associative.h"

enum { TW_HINTS = 1024 };

/// A slot is looked up by hint (the slot that last answered for a page of that hash) and, when that fails, among all.
/// At most one slot matches a request, so both find the same.
typedef struct tw_l1_tlb {
  tw_associative entry;
  tw_translation translation[TW_L1_ENTRIES_MAX];
  uint8_t hint[2][TW_HINTS]; ///< by page of 4 KiB, and of 2 MiB
  tw_sizes sizes;
} tw_l1_tlb;

void tw_l1_tlb_init(tw_l1_tlb *tlb, const tw_l1_config *config);

static inline uint8_t *tw_l1_hint(tw_l1_tlb *tlb, unsigned which, uint64_t key) {
  return &tlb->hint[which][(key >> (which ? 9 : 0)) & (TW_HINTS - 1)];
}

/// The slow half of a look-up. TW_NO_SLOT: a miss.
unsigned tw_l1_tlb_search(tw_l1_tlb *tlb, uint64_t key);

/// The slot that matches `key`, or TW_NO_SLOT. Not yet a use.
static inline unsigned tw_l1_tlb_find(tw_l1_tlb *tlb, uint64_t key) {
  unsigned slot = *tw_l1_hint(tlb, 0, key);
  if (tw_associative_matches(&tlb->entry, slot, key))
    return slot;
  slot = *tw_l1_hint(tlb, 1, key);
  if (tw_associative_matches(&tlb->entry, slot, key))
    return slot;
  return tw_l1_tlb_search(tlb, key);
}

/// Fill with what this TLB holds of `t` around the request of `key` and output address `pa`.
void tw_l1_tlb_fill(tw_l1_tlb *tlb, uint64_t key, const tw_translation *t, tw_sizes granule_sizes, uint64_t pa);
void tw_l1_tlb_maintain(tw_l1_tlb *tlb, const tw_tlbi *tlbi);

/// True when `tlbi` drops the entry. Shared with the L2 TLB.
bool tw_tlbi_drops(const tw_tlbi *tlbi, uint64_t key, uint64_t mask, uint64_t span);

#endif
