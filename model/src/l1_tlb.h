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

void tw_l1_tlb_maintain(tw_l1_tlb *tlb, const tw_maintenance *maintenance);
/// The registers have changed: another world, other permissions, other pages.
void tw_l1_tlb_enter(tw_l1_tlb *tlb, const tw_regime *regime);

/// A write that access number `access` makes by `t` is allowed but must set the dirty state first: `t` does not serve
/// it.
static inline bool tw_must_set_dirty(const tw_permission_table *table, const tw_translation *t, unsigned access) {
  return t->clean && tw_allowed(table, t) >> access & 1;
}

// ---- fills ----

/// The page's size that the array with sets is looked up for.
static inline unsigned tw_l1_page_of(const tw_l1_tlb *tlb, uint64_t key) {
  return tlb->page[tw_bit(key, TW_KEY_HALF_SHIFT)];
}

/// Of what has no sets.
static inline void tw_l1_leave_hint(tw_l1_tlb *tlb, uint64_t key, unsigned slot) {
  *tw_l1_hint(tlb, 0, key) = (uint8_t)slot;
  *tw_l1_hint(tlb, 1, key) = (uint8_t)slot;
}

/// Worked out at the fill and when registers change, so that a hit asks one bit. A clean entry answers no write at
/// once.
static inline uint16_t tw_l1_served(const tw_translation *t, unsigned allowed) {
  enum { WRITES = 1 << 1 | 1 << 4 | 1 << 7 | 1 << 10 };
  return (uint16_t)(t->clean ? allowed & ~(unsigned)WRITES : allowed);
}

/// Fill the array with sets, in the set that begins at `start`.
void tw_l1_fill_set(tw_l1_tlb *tlb, size_t start, uint64_t key, const tw_translation *t, uint64_t pa, unsigned allowed);

/// One array, fully associative, with true LRU.
static inline bool tw_l1_is_usual(const tw_l1_tlb *tlb) {
  return !tlb->has_sets && !tlb->large_sizes && tlb->entry.region[0].replacer.policy == TW_REPLACEMENT_LRU;
}

/// What fills an L1 TLB.
typedef struct tw_l1_fill {
  const tw_half *half;
  uint64_t key; ///< of the request
  const tw_translation *t;
  uint64_t mask;    ///< of an entry with all of `t`
  uint64_t pa;      ///< of the request, by `t`
  unsigned allowed; ///< by `t`
} tw_l1_fill;

/// Fill with what this TLB holds. `usual`: the TLB is, and lacks the key (tw_associative_lacks).
TW_HOT void tw_l1_tlb_fill(tw_l1_tlb *tlb, const tw_l1_fill *fill, bool usual) {
  const tw_translation *t = fill->t;
  uint64_t key = fill->key;
  bool has_sets = !usual && tlb->has_sets;
  tw_sizes large = usual ? 0 : tlb->large_sizes;
  tw_sizes held = has_sets ? (tw_sizes)1 << tw_l1_page_of(tlb, key) : tlb->sizes;
  unsigned size = tw_largest_at_most((held | large) & fill->half->sizes, t->size);
  unsigned region = large >> size & 1;
  uint64_t mask = tw_mask_for(t, fill->mask, size);
  if (!usual || mask != tlb->entry.common)
    tw_associative_drop_overlaps(&tlb->entry, key, mask);
  size_t start = 0;
  if (has_sets) {
    start = tw_set_array_start(&tlb->sets, key, tw_l1_page_of(tlb, key));
    tw_set_array_drop_overlaps(&tlb->sets, start, tw_l1_page_of(tlb, key), key, mask);
  }
  if (has_sets && !region) {
    tw_l1_fill_set(tlb, start, key, t, fill->pa, fill->allowed);
    return;
  }
  unsigned slot = tw_associative_place_of(&tlb->entry, region, key, mask, usual);
  tw_splinter(&tlb->translation[slot], t, size, fill->pa);
  tlb->serves[slot] = tw_l1_served(t, fill->allowed);
  if (!has_sets)
    tw_l1_leave_hint(tlb, key, slot);
}

#endif
