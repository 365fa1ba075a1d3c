// Keys and ages of a fully associative structure. Twin: the arrays of rtl/l1_full.sv, rtl/walk_cache.sv
// and rtl/ipa_cache.sv.
#include "associative.h"

#include <string.h>

#include "widest.h"

/// Slots whose key agrees with `wanted` in all bits of their mask and of `wanted_mask`: bit n is slot n.
TW_WIDEST static uint64_t agreeing(const tw_associative *a, uint64_t wanted, uint64_t wanted_mask) {
  const tw_pairs pairs = {a->key, a->mask, a->entries, tw_all_pairs(a->entries)};
  return tw_agreeing(&pairs, wanted, wanted_mask);
}

/// Fill a region's ring with its slots.
static void fill_ring(tw_region *region) {
  for (unsigned slot = region->first; slot < region->end; slot++)
    region->ring[slot - region->first] = slot;
}

void tw_associative_init(tw_associative *a, uint32_t entries, uint32_t replacement) {
  memset(a, 0, sizeof *a);
  for (unsigned i = 0; i < TW_SLOTS; i++)
    a->mask[i] = TW_KEY_VALID;
  a->entries = a->region[0].end = a->region[1].first = a->region[1].end = entries;
  fill_ring(&a->region[0]);
  tw_replacer_init(&a->region[0].replacer, replacement);
}

void tw_associative_add(tw_associative *a, uint32_t entries, uint32_t replacement) {
  a->entries += entries;
  a->region[1].end = a->entries;
  fill_ring(&a->region[1]);
  tw_replacer_init(&a->region[1].replacer, replacement);
}

unsigned tw_associative_search(const tw_associative *a, uint64_t key) {
  uint64_t found = agreeing(a, key, UINT64_MAX);
  return found ? (unsigned)__builtin_ctzll(found) : TW_NO_SLOT;
}

void tw_associative_drop(tw_associative *a, unsigned slot) {
  tw_associative_count(a, slot, false);
  a->key[slot] = 0;
  a->mask[slot] = TW_KEY_VALID;
  tw_region *region = &a->region[slot >= a->region[1].first];
  if (region->replacer.policy == TW_REPLACEMENT_LRU)
    a->used[slot] = 0;
  region->sorted = false; // an empty slot comes before all others
}

void tw_associative_search_overlaps(tw_associative *a, uint64_t key, uint64_t mask) {
  for (uint64_t found = agreeing(a, key, mask); found; found &= found - 1)
    tw_associative_drop(a, (unsigned)__builtin_ctzll(found));
}

/// Fill the buckets afresh, with the slots of the mask `common`.
TW_APART void tw_associative_recount(tw_associative *a, uint64_t common) {
  a->common = common;
  a->alike = a->others = 0;
  memset(a->bucket, 0, sizeof a->bucket);
  for (unsigned i = 0; i < a->entries; i++)
    tw_associative_count(a, i, true);
}

void tw_associative_enter(tw_associative *a, uint32_t world) {
  a->world = world;
  if (!a->entries)
    return;
  for (unsigned i = 0; i < a->entries; i++)
    if (tw_associative_holds(a, i))
      a->key[i] = (a->key[i] & ~TW_KEY_VALID) | (a->world_of[i] == world ? TW_KEY_VALID : 0);
  tw_associative_recount(a, a->common);
}

/// By age, empty ones first, lower numbers first. They mostly stand in order already.
TW_APART void tw_associative_sort(tw_associative *a, tw_region *region) {
  uint64_t sorted[TW_L1_ENTRIES_MAX];
  unsigned count = region->end - region->first;
  for (unsigned i = 0; i < count; i++) {
    unsigned slot = tw_slot_of(*tw_ring_at(region, region->oldest + i)), place = i;
    uint64_t age = a->used[slot] << TW_SLOT_BITS | slot;
    for (; place > 0 && sorted[place - 1] > age; place--)
      sorted[place] = sorted[place - 1];
    sorted[place] = age;
  }
  memcpy(region->ring, sorted, count * sizeof *sorted);
  region->sorted = true;
  region->oldest = 0;
}

/// From the youngest on: it was used lately.
TW_APART void tw_associative_put_back(tw_region *region, uint64_t age) {
  unsigned place = region->oldest + region->end - region->first - 1;
  for (; place > region->oldest && *tw_ring_at(region, place - 1) > age; place--)
    *tw_ring_at(region, place) = *tw_ring_at(region, place - 1);
  *tw_ring_at(region, place) = age;
}

/// The lowest empty slot, else what the policy gives up.
TW_APART unsigned tw_associative_victim_by_policy(tw_associative *a, tw_region *region) {
  for (unsigned i = region->first; i < region->end; i++)
    if (!tw_associative_holds(a, i))
      return i;
  const tw_group group = {.used = a->used + region->first,
                          .filled = a->filled + region->first,
                          .cleared = &region->cleared,
                          .now = a->now,
                          .count = region->end - region->first};
  return region->first + tw_replacer_victim(&region->replacer, &group);
}
