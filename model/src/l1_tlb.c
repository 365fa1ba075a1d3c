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
  if (!config->ways)
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

unsigned tw_l1_tlb_find_without_hints(tw_l1_tlb *tlb, uint64_t key) {
  if (tlb->has_sets) {
    unsigned page = tw_l1_page_of(tlb, key);
    size_t start = tw_set_array_start(&tlb->sets, key, page);
    unsigned found = tw_set_array_matches(&tlb->sets, start, key, page);
    if (found)
      return TW_FIRST_SET_SLOT + (unsigned)start + (unsigned)__builtin_ctz(found);
  }
  return tw_associative_find(&tlb->entry, key);
}

unsigned tw_l1_tlb_search(tw_l1_tlb *tlb, uint64_t key) {
  unsigned slot = tw_l1_tlb_find_without_hints(tlb, key);
  if (slot != TW_NO_SLOT && !tlb->has_sets)
    tw_l1_leave_hint(tlb, key, slot);
  return slot;
}

void tw_l1_fill_set(tw_l1_tlb *tlb, size_t start, uint64_t key, const tw_translation *t, uint64_t pa,
                    unsigned allowed) {
  const tw_set_way at = {start, tw_set_array_victim(&tlb->sets, start, false), tw_l1_page_of(tlb, key)};
  size_t i = tw_set_array_claim(&tlb->sets, &at, key, tw_entry_mask(t, at.size), false);
  tw_splinter(&tlb->sets.translation[i], t, at.size, pa);
  tlb->sets_serve[i] = tw_l1_served(t, allowed);
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
    tlb->serves[i] = tw_l1_served(&tlb->translation[i], tw_allowed(table, &tlb->translation[i]));
  if (!tlb->has_sets)
    return;
  tw_set_array_enter(&tlb->sets, regime->world);
  for (size_t i = 0; i < (size_t)tlb->sets.sets * tlb->sets.ways; i++)
    tlb->sets_serve[i] = tw_l1_served(&tlb->sets.translation[i], tw_allowed(table, &tlb->sets.translation[i]));
  for (unsigned half = 0; half < 2; half++)
    tlb->page[half] = (uint8_t)__builtin_ctzll(regime->half[half].sizes);
}
