// Fully associative TLB. Twin: rtl/l1_tlb.sv.
//
// Invariant: at most one slot matches any request. A fill first drops what overlaps it.
#include "l1_tlb.h"

#include <string.h>

void tw_l1_tlb_init(tw_l1_tlb *tlb, const tw_l1_config *config) {
  memset(tlb, 0, sizeof *tlb);
  tw_associative_init(&tlb->entry, config->entries, config->replacement);
  tlb->sizes = config->sizes;
}

static void hint(tw_l1_tlb *tlb, uint64_t key, unsigned slot) {
  *tw_l1_hint(tlb, 0, key) = (uint8_t)slot;
  *tw_l1_hint(tlb, 1, key) = (uint8_t)slot;
}

unsigned tw_l1_tlb_search(tw_l1_tlb *tlb, uint64_t key) {
  unsigned slot = tw_associative_find(&tlb->entry, key);
  if (slot != TW_NO_SLOT)
    hint(tlb, key, slot);
  return slot;
}

/// Worked out at the fill and when registers change, so that a hit asks one bit. A clean entry answers no write at
/// once.
static uint16_t served(const tw_translation *t, unsigned allowed) {
  enum { WRITES = 1 << 1 | 1 << 4 | 1 << 7 | 1 << 10 };
  return (uint16_t)(t->clean ? allowed & ~(unsigned)WRITES : allowed);
}

void tw_l1_tlb_fill(tw_l1_tlb *tlb, uint64_t key, const tw_translation *t, tw_sizes sizes, uint64_t pa,
                    unsigned allowed) {
  unsigned size = tw_largest_at_most(tlb->sizes & sizes, t->size);
  uint64_t mask = tw_entry_mask(t, size);
  tw_associative_drop_overlaps(&tlb->entry, key, mask);
  unsigned slot = tw_associative_place(&tlb->entry, key, mask);
  tw_splinter(&tlb->translation[slot], t, size, pa);
  tlb->serves[slot] = served(t, allowed);
  hint(tlb, key, slot);
}

void tw_l1_tlb_maintain(tw_l1_tlb *tlb, const tw_maintenance *maintenance) {
  tw_associative *entry = &tlb->entry;
  for (unsigned i = 0; i < entry->entries; i++)
    if (tw_associative_holds(entry, i) &&
        tw_maintenance_drops(maintenance, entry->world_of[i], entry->key[i], &tlb->translation[i]))
      tw_associative_drop(entry, i);
}

void tw_l1_tlb_enter(tw_l1_tlb *tlb, uint32_t world, const tw_permission_table *table) {
  if (world != tlb->entry.world)
    tw_associative_enter(&tlb->entry, world);
  for (unsigned i = 0; i < tlb->entry.entries; i++)
    tlb->serves[i] = served(&tlb->translation[i], tw_allowed(table, &tlb->translation[i]));
}
