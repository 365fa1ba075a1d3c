// First-level TLB: an array that is fully associative or has sets, and one for large pages. Twin: rtl/l1_tlb.sv.
//
// Invariant: at most one slot of what is fully associative matches any request. A fill first drops what overlaps it.
#include "l1_tlb.h"

#include <stdlib.h>
#include <string.h>

int tw_l1_tlb_init(tw_l1_tlb *tlb, const tw_l1_config *config) {
  memset(tlb, 0, sizeof *tlb);
  tlb->sizes = config->sizes;
  tlb->large_sizes = config->large.sizes;
  tlb->has_sets = config->ways > 0;
  tw_associative_init(&tlb->entry, tlb->has_sets ? 0 : config->entries, config->replacement);
  tw_associative_add(&tlb->entry, config->large.entries, config->large.replacement);
  if (!tlb->has_sets)
    return 0;
  memset(tlb->hint, TW_NEVER, sizeof tlb->hint);
  tlb->sets_serve = calloc(config->entries, sizeof *tlb->sets_serve);
  const tw_set_geometry geometry = {config->entries / config->ways, config->ways, config->replacement};
  return tw_set_array_init(&tlb->sets, geometry) || !tlb->sets_serve ? -1 : 0;
}

void tw_l1_tlb_free(tw_l1_tlb *tlb) {
  free(tlb->sets_serve);
  tw_set_array_free(&tlb->sets);
}

static void hint(tw_l1_tlb *tlb, uint64_t key, unsigned slot) {
  if (tlb->has_sets)
    return;
  *tw_l1_hint(tlb, 0, key) = (uint8_t)slot;
  *tw_l1_hint(tlb, 1, key) = (uint8_t)slot;
}

/// The page's size that the array with sets is looked up for.
static unsigned page_of(const tw_l1_tlb *tlb, uint64_t key) { return tlb->page[tw_bit(key, TW_KEY_HALF_SHIFT)]; }

unsigned tw_l1_tlb_find_without_hints(tw_l1_tlb *tlb, uint64_t key) {
  if (tlb->has_sets) {
    unsigned page = page_of(tlb, key);
    size_t start = tw_set_array_start(&tlb->sets, key, page);
    unsigned found = tw_set_array_matches(&tlb->sets, start, key, page);
    if (found)
      return TW_FIRST_SET_SLOT + (unsigned)start + (unsigned)__builtin_ctz(found);
  }
  return tw_associative_find(&tlb->entry, key);
}

unsigned tw_l1_tlb_search(tw_l1_tlb *tlb, uint64_t key) {
  unsigned slot = tw_l1_tlb_find_without_hints(tlb, key);
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

/// Fill the array with sets.
static void fill_set(tw_l1_tlb *tlb, size_t start, uint64_t key, const tw_translation *t, uint64_t pa,
                     unsigned allowed) {
  size_t i = tw_set_array_victim(&tlb->sets, start);
  tw_set_array_put(&tlb->sets, i, key, t, page_of(tlb, key), pa);
  tlb->sets_serve[i] = served(t, allowed);
}

/// Fill region `region` of what is fully associative.
static void fill_region(tw_l1_tlb *tlb, unsigned region, uint64_t key, const tw_translation *t, unsigned size,
                        uint64_t pa, unsigned allowed) {
  unsigned slot = tw_associative_place(&tlb->entry, region, key, tw_entry_mask(t, size));
  tw_splinter(&tlb->translation[slot], t, size, pa);
  tlb->serves[slot] = served(t, allowed);
  hint(tlb, key, slot);
}

void tw_l1_tlb_fill(tw_l1_tlb *tlb, uint64_t key, const tw_translation *t, tw_sizes sizes, uint64_t pa,
                    unsigned allowed) {
  tw_sizes held = tlb->has_sets ? (tw_sizes)1 << page_of(tlb, key) : tlb->sizes;
  unsigned size = tw_largest_at_most((held | tlb->large_sizes) & sizes, t->size);
  unsigned region = tlb->large_sizes >> size & 1;
  uint64_t mask = tw_entry_mask(t, size);
  tw_associative_drop_overlaps(&tlb->entry, key, mask);
  size_t start = 0;
  if (tlb->has_sets) {
    start = tw_set_array_start(&tlb->sets, key, page_of(tlb, key));
    tw_set_array_drop_overlaps(&tlb->sets, start, page_of(tlb, key), key, mask);
  }
  if (tlb->has_sets && !region)
    fill_set(tlb, start, key, t, pa, allowed);
  else
    fill_region(tlb, region, key, t, size, pa, allowed);
}

void tw_l1_tlb_maintain(tw_l1_tlb *tlb, const tw_maintenance *maintenance) {
  tw_associative *entry = &tlb->entry;
  for (unsigned i = 0; i < entry->entries; i++)
    if (tw_associative_holds(entry, i) &&
        tw_maintenance_drops(maintenance, entry->world_of[i], entry->key[i], &tlb->translation[i]))
      tw_associative_drop(entry, i);
  tw_set_array_maintain(&tlb->sets, maintenance);
}

void tw_l1_tlb_enter(tw_l1_tlb *tlb, const tw_regime *regime) {
  const tw_permission_table *table = &regime->permissions;
  if (regime->world != tlb->entry.world)
    tw_associative_enter(&tlb->entry, regime->world);
  for (unsigned i = 0; i < tlb->entry.entries; i++)
    tlb->serves[i] = served(&tlb->translation[i], tw_allowed(table, &tlb->translation[i]));
  if (!tlb->has_sets)
    return;
  tw_set_array_enter(&tlb->sets, regime->world);
  for (size_t i = 0; i < (size_t)tlb->sets.sets * tlb->sets.ways; i++)
    tlb->sets_serve[i] = served(&tlb->sets.translation[i], tw_allowed(table, &tlb->sets.translation[i]));
  for (unsigned half = 0; half < 2; half++)
    tlb->page[half] = (uint8_t)__builtin_ctzll(regime->half[half].sizes);
}
