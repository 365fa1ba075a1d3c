// First-level TLB: an array that is fully associative or has sets, and one for large pages. Twin: rtl/l1_tlb.sv.
#ifndef TABLEWALK_L1_TLB_H
#define TABLEWALK_L1_TLB_H

#include "associative.h"
#include "permission.h"
#include "regime.h"
#include "set_array.h"

/// Slots from TW_FIRST_SET_SLOT on are those of the array that has sets.
enum { TW_HINTS = 1024, TW_FIRST_SET_SLOT = TW_SLOTS };

/// A slot is looked up by hint (the slot that last answered for a page of that hash) and, when that fails, among all.
/// At most one slot of what is fully associative matches a request, so both find the same. Where the first array has
/// sets, its entry comes first, and there are no hints.
typedef struct tw_l1_tlb {
  tw_associative entry; ///< region 0: the first array, if that has no sets; region 1: large pages
  tw_translation translation[TW_L1_ENTRIES_MAX];
  uint16_t serves[TW_L1_ENTRIES_MAX]; ///< accesses that the entry answers without a fault: bit n is access number n
  uint8_t hint[2][TW_HINTS];          ///< by page of 4 KiB, and of 2 MiB
  tw_sizes sizes, large_sizes;
  bool has_sets;
  tw_set_array sets;
  uint16_t *sets_serve; ///< [sets.sets * sets.ways]
  uint8_t page[2];      ///< size that `sets` is looked up for, by the key's half bit
} tw_l1_tlb;

/// 0; -1: out of memory. Free it in either case.
int tw_l1_tlb_init(tw_l1_tlb *tlb, const tw_l1_config *config);
void tw_l1_tlb_free(tw_l1_tlb *tlb);

static inline uint8_t *tw_l1_hint(tw_l1_tlb *tlb, unsigned which, uint64_t key) {
  return &tlb->hint[which][(key >> (which ? 9 : 0)) & (TW_HINTS - 1)];
}

/// The slot that answers `key`, or TW_NO_SLOT. Changes nothing.
unsigned tw_l1_tlb_find_without_hints(tw_l1_tlb *tlb, uint64_t key);
/// The slow half of a look-up: as above, and a hint is left of what is found.
unsigned tw_l1_tlb_search(tw_l1_tlb *tlb, uint64_t key);

/// The slot that answers `key`, or TW_NO_SLOT. Not yet a use.
static inline unsigned tw_l1_tlb_find(tw_l1_tlb *tlb, uint64_t key) {
  unsigned slot = *tw_l1_hint(tlb, 0, key);
  if (tw_associative_matches(&tlb->entry, slot, key))
    return slot;
  slot = *tw_l1_hint(tlb, 1, key);
  if (tw_associative_matches(&tlb->entry, slot, key))
    return slot;
  return tw_l1_tlb_search(tlb, key);
}

/// What a slot says; which accesses it answers without a fault; a hit of it.
static inline const tw_translation *tw_l1_translation(const tw_l1_tlb *tlb, unsigned slot) {
  return slot < TW_FIRST_SET_SLOT ? &tlb->translation[slot] : &tlb->sets.translation[slot - TW_FIRST_SET_SLOT];
}
static inline unsigned tw_l1_serves(const tw_l1_tlb *tlb, unsigned slot) {
  return slot < TW_FIRST_SET_SLOT ? tlb->serves[slot] : tlb->sets_serve[slot - TW_FIRST_SET_SLOT];
}
static inline void tw_l1_use(tw_l1_tlb *tlb, unsigned slot) {
  if (slot < TW_FIRST_SET_SLOT)
    tw_associative_use(&tlb->entry, slot);
  else
    tw_set_array_use(&tlb->sets, slot - TW_FIRST_SET_SLOT);
}

/// Fill with what this TLB holds of `t`, which allows `allowed`, around the request of `key` and output address `pa`.
/// `sizes`: in use.
void tw_l1_tlb_fill(tw_l1_tlb *tlb, uint64_t key, const tw_translation *t, tw_sizes sizes, uint64_t pa,
                    unsigned allowed);
void tw_l1_tlb_maintain(tw_l1_tlb *tlb, const tw_maintenance *maintenance);
/// The registers have changed: another world, other permissions, other pages.
void tw_l1_tlb_enter(tw_l1_tlb *tlb, const tw_regime *regime);

/// A write that access number `access` makes by `t` is allowed but must set the dirty state first: `t` does not serve
/// it.
static inline bool tw_must_set_dirty(const tw_permission_table *table, const tw_translation *t, unsigned access) {
  return t->clean && tw_allowed(table, t) >> access & 1;
}

#endif
