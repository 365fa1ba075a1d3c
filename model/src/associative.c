// Keys and ages of a fully associative structure. Twin: the arrays of rtl/l1_full.sv, rtl/walk_cache.sv
// and rtl/ipa_cache.sv.
#include "associative.h"

#include <string.h>

#include "widest.h"

/// Slots whose key agrees with `wanted` in all bits of their mask and of `wanted_mask`: bit n is slot n.
TW_WIDEST static uint64_t agreeing(const tw_associative *a, uint64_t wanted, uint64_t wanted_mask) {
  const tw_pairs pairs = {a->key, a->mask, a->entries};
  return tw_agreeing(&pairs, wanted, wanted_mask);
}

void tw_associative_init(tw_associative *a, uint32_t entries, uint32_t replacement) {
  memset(a, 0, sizeof *a);
  for (unsigned i = 0; i < TW_SLOTS; i++)
    a->mask[i] = TW_KEY_VALID;
  for (unsigned i = 0; i < TW_L1_ENTRIES_MAX; i++)
    a->order[i] = i;
  a->entries = a->region[0].end = a->region[1].first = a->region[1].end = entries;
  tw_replacer_init(&a->region[0].replacer, replacement);
}

void tw_associative_add(tw_associative *a, uint32_t entries, uint32_t replacement) {
  a->entries += entries;
  a->region[1].end = a->entries;
  tw_replacer_init(&a->region[1].replacer, replacement);
}

unsigned tw_associative_search(const tw_associative *a, uint64_t key) {
  uint64_t found = agreeing(a, key, UINT64_MAX);
  return found ? (unsigned)__builtin_ctzll(found) : TW_NO_SLOT;
}

/// The slot of an element of `order`.
static inline unsigned slot_of(uint64_t age) { return (unsigned)age % (1U << TW_SLOT_BITS); }

TW_HOT void count(tw_associative *a, unsigned slot, bool enters) {
  if (!(a->key[slot] & TW_KEY_VALID))
    return; // a dormant one is found by nobody
  uint32_t one = enters ? 1U : -1U;
  if (a->mask[slot] != a->common) {
    a->others += one;
    return;
  }
  a->alike += one;
  tw_bucket *bucket = tw_associative_bucket(a, a->key[slot]);
  bucket->count = (uint8_t)(bucket->count + one);
  bucket->slots ^= (uint8_t)slot;
}

void tw_associative_drop(tw_associative *a, unsigned slot) {
  count(a, slot, false);
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
TW_APART static void recount(tw_associative *a, uint64_t common) {
  a->common = common;
  a->alike = a->others = 0;
  memset(a->bucket, 0, sizeof a->bucket);
  for (unsigned i = 0; i < a->entries; i++)
    count(a, i, true);
}

void tw_associative_enter(tw_associative *a, uint32_t world) {
  a->world = world;
  if (!a->entries)
    return;
  for (unsigned i = 0; i < a->entries; i++)
    if (tw_associative_holds(a, i))
      a->key[i] = (a->key[i] & ~TW_KEY_VALID) | (a->world_of[i] == world ? TW_KEY_VALID : 0);
  recount(a, a->common);
}

/// Sort a region's slots by age, empty ones first, lower numbers first. They mostly stand in order already.
TW_APART static void sort(tw_associative *a, tw_region *region) {
  for (unsigned i = region->first; i < region->end; i++) {
    unsigned slot = slot_of(a->order[i]), place = i;
    uint64_t age = a->used[slot] << TW_SLOT_BITS | slot;
    for (; place > region->first && a->order[place - 1] > age; place--)
      a->order[place] = a->order[place - 1];
    a->order[place] = age;
  }
  region->sorted = true;
  region->oldest = region->first;
  uint64_t latest = a->mask[slot_of(a->order[region->end - 1])];
  if (latest != a->common)
    recount(a, latest);
}

TW_HOT unsigned least_recently_used(tw_associative *a, tw_region *region) {
  for (;;) {
    while (region->sorted && region->oldest < region->end) {
      uint64_t age = a->order[region->oldest++];
      if (a->used[slot_of(age)] == age >> TW_SLOT_BITS)
        return slot_of(age);
    }
    sort(a, region);
  }
}

/// The lowest empty slot, else what the policy gives up.
TW_APART static unsigned victim_by_policy(tw_associative *a, tw_region *region) {
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

unsigned tw_associative_place(tw_associative *a, unsigned region_number, uint64_t key, uint64_t mask) {
  tw_region *region = &a->region[region_number];
  bool lru = region->replacer.policy == TW_REPLACEMENT_LRU;
  unsigned slot = lru ? least_recently_used(a, region) : victim_by_policy(a, region);
  count(a, slot, false);
  a->key[slot] = key;
  a->mask[slot] = mask;
  a->world_of[slot] = a->world;
  tw_associative_use(a, slot);
  a->filled[slot] = a->now;
  if (mask != a->common && !a->alike)
    recount(a, mask);
  else
    count(a, slot, true);
  return slot;
}
