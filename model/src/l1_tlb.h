// Fully associative TLB. Twin: rtl/l1_tlb.sv.
#ifndef TABLEWALK_L1_TLB_H
#define TABLEWALK_L1_TLB_H

#include "associative.h"
#include "maintenance.h"
#include "permission.h"

enum { TW_HINTS = 1024 };

/// A slot is looked up by hint (the slot that last answered for a page of that hash) and, when that fails, among all.
/// At most one slot matches a request, so both find the same.
typedef struct tw_l1_tlb {
  tw_associative entry;
  tw_translation translation[TW_L1_ENTRIES_MAX];
  uint16_t serves[TW_L1_ENTRIES_MAX]; ///< accesses that the entry answers without a fault: bit n is access number n
  uint8_t hint[2][TW_HINTS];          ///< by page of 4 KiB, and of 2 MiB
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

/// Fill with what this TLB holds of `t`, which allows `allowed`, around the request of `key` and output address `pa`.
void tw_l1_tlb_fill(tw_l1_tlb *tlb, uint64_t key, const tw_translation *t, tw_sizes sizes, uint64_t pa,
                    unsigned allowed);
void tw_l1_tlb_maintain(tw_l1_tlb *tlb, const tw_maintenance *maintenance);
/// The registers have changed: another world, other permissions.
void tw_l1_tlb_enter(tw_l1_tlb *tlb, uint32_t world, const tw_permission_table *table);

/// A write that access number `access` makes by `t` is allowed but must set the dirty state first: `t` does not serve
/// it.
static inline bool tw_must_set_dirty(const tw_permission_table *table, const tw_translation *t, unsigned access) {
  return t->clean && tw_allowed(table, t) >> access & 1;
}

#endif
