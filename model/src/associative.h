// Keys and ages of a fully associative structure: L1 TLBs, walk caches, IPA cache. Twin: the key, mask
// and age arrays of rtl/l1_full.sv, rtl/walk_cache.sv and rtl/ipa_cache.sv.
//
// A slot that was filled in another world than the current is dormant: its key lacks TW_KEY_VALID, so that it matches
// and overlaps nothing, but it keeps its age and its place. A look-up so needs no compare of worlds.
//
// What makes it fast and changes no answer: a table of buckets that tells most misses and most hits at once, and, with
// true LRU, a ring of the slots by age instead of a search at each fill.
#ifndef TABLEWALK_ASSOCIATIVE_H
#define TABLEWALK_ASSOCIATIVE_H

#include <stdbool.h>
#include <tablewalk/config.h>

#include "entry.h"
#include "replacement.h"

enum { TW_NO_SLOT = 0xffff, TW_BUCKETS = 1024, TW_SLOT_BITS = 6 };

/// The slots whose keys have one hash.
typedef struct tw_bucket {
  uint8_t count;
  uint8_t slots; ///< their numbers, exclusive-ored: of one alone its number
} tw_bucket;

/// Slots among which a victim is chosen: first to end - 1.
typedef struct tw_region {
  uint32_t first, end;
  tw_replacer replacer;
  uint64_t cleared; ///< NRU
  // True LRU: the slots by age, {last use, slot}, from place `oldest` of the ring on; each as it was when it was put
  // there. One that was used since is put in its place anew before a victim is chosen.
  uint64_t ring[TW_L1_ENTRIES_MAX];
  uint32_t oldest;
  bool sorted; ///< no slot has been made empty since the last sort
} tw_region;

/// The slots' arrays have places that stay empty: TW_NEVER is the number of one.
enum { TW_REGIONS = 2, TW_NEVER = TW_L1_ENTRIES_MAX, TW_SLOTS = TW_L1_ENTRIES_MAX + 8 };

typedef struct tw_associative {
  uint64_t key[TW_SLOTS];  ///< without TW_KEY_VALID: empty or dormant
  uint64_t mask[TW_SLOTS]; ///< of an empty slot TW_KEY_VALID: it matches nothing
  uint64_t used[TW_SLOTS]; ///< time of the last use; with true LRU 0 in an empty slot
  uint64_t now;
  uint32_t entries; ///< of all regions
  tw_region region[TW_REGIONS];
  uint64_t filled[TW_L1_ENTRIES_MAX]; ///< time of the last fill
  // The valid slots with `common` as their mask, by their keys' hash; how many they are, and how many have another
  // mask.
  uint64_t common;
  uint32_t alike, others;
  tw_bucket bucket[TW_BUCKETS];
  uint32_t world; ///< the current one
  uint32_t world_of[TW_L1_ENTRIES_MAX];
} tw_associative;

/// An array of one region.
void tw_associative_init(tw_associative *a, uint32_t entries, uint32_t replacement);
/// Its second region.
void tw_associative_add(tw_associative *a, uint32_t entries, uint32_t replacement);

/// An entry is in the slot, of whatever world: the masks of all have more bits.
static inline bool tw_associative_holds(const tw_associative *a, unsigned slot) {
  return a->mask[slot] != TW_KEY_VALID;
}

static inline bool tw_associative_matches(const tw_associative *a, unsigned slot, uint64_t key) {
  return ((key ^ a->key[slot]) & a->mask[slot]) == 0;
}
static inline void tw_associative_use(tw_associative *a, unsigned slot) { a->used[slot] = ++a->now; }

/// The bucket of the keys that agree with `key` in the bits of `common`.
static inline tw_bucket *tw_associative_bucket(tw_associative *a, uint64_t key) {
  return &a->bucket[((key & a->common) * 0x9e3779b97f4a7c15ULL) >> 54];
}

/// No slot matches: true for most keys that have none.
static inline bool tw_associative_lacks(tw_associative *a, uint64_t key) {
  return !a->others && !tw_associative_bucket(a, key)->count;
}
/// The slow half of a search: the lowest slot that matches, or TW_NO_SLOT.
unsigned tw_associative_search(const tw_associative *a, uint64_t key);
/// The lowest slot that matches, or TW_NO_SLOT. Not a use.
static inline unsigned tw_associative_find(tw_associative *a, uint64_t key) {
  const tw_bucket *bucket = tw_associative_bucket(a, key);
  if (a->others || bucket->count > 1)
    return tw_associative_search(a, key);
  return bucket->count && tw_associative_matches(a, bucket->slots, key) ? bucket->slots : TW_NO_SLOT;
}
/// Change the current world: slots of others fall dormant, its own awake.
void tw_associative_enter(tw_associative *a, uint32_t world);
/// The slow half of what follows.
void tw_associative_search_overlaps(tw_associative *a, uint64_t key, uint64_t mask);
/// Make every slot empty that overlaps {key, mask}: some request would match both.
static inline void tw_associative_drop_overlaps(tw_associative *a, uint64_t key, uint64_t mask) {
  // where all have this mask, one that overlaps has the key's hash
  if (a->others || mask != a->common || tw_associative_bucket(a, key)->count)
    tw_associative_search_overlaps(a, key, mask);
}
/// Make a used slot empty.
void tw_associative_drop(tw_associative *a, unsigned slot);

// ---- fills ----

/// As the policy has it, where that is not true LRU: the lowest empty slot, else the one that it gives up.
unsigned tw_associative_victim_by_policy(tw_associative *a, tw_region *region);
/// Fill the buckets afresh, with the slots of the mask `common`.
void tw_associative_recount(tw_associative *a, uint64_t common);
/// Sort a region's slots by age.
void tw_associative_sort(tw_associative *a, tw_region *region);
/// Put {last use, slot}, which was taken out of the ring, where it belongs.
void tw_associative_put_back(tw_region *region, uint64_t age);

/// The slot of an element of `order`.
static inline unsigned tw_slot_of(uint64_t age) { return (unsigned)age % (1U << TW_SLOT_BITS); }

/// A slot has been filled, or is to be made empty.
TW_HOT void tw_associative_count(tw_associative *a, unsigned slot, bool enters) {
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

static inline uint64_t *tw_ring_at(tw_region *region, unsigned place) {
  return &region->ring[place % TW_L1_ENTRIES_MAX];
}

/// The slot used longest ago, taken out of the ring; an empty one, the lowest first, if there is one.
TW_HOT unsigned tw_associative_take_oldest(tw_associative *a, tw_region *region) {
  if (!region->sorted)
    tw_associative_sort(a, region);
  for (;;) {
    uint64_t age = *tw_ring_at(region, region->oldest++);
    unsigned slot = tw_slot_of(age);
    if (a->used[slot] == age >> TW_SLOT_BITS)
      return slot;
    tw_associative_put_back(region, a->used[slot] << TW_SLOT_BITS | slot);
  }
}

/// Put a slot that was taken out of the ring and has just been used behind all others.
TW_HOT void tw_associative_put_youngest(const tw_associative *a, tw_region *region, unsigned slot) {
  *tw_ring_at(region, region->oldest + region->end - region->first - 1) = a->used[slot] << TW_SLOT_BITS | slot;
}

/// Put {key, mask} of the current world in the lowest empty slot of a region, else in the one that its policy gives up,
/// which `is_lru` says is true LRU. The slot, used.
TW_HOT unsigned tw_associative_place_of(tw_associative *a, unsigned region_number, uint64_t key, uint64_t mask,
                                        bool is_lru) {
  tw_region *region = &a->region[region_number];
  bool lru = is_lru || region->replacer.policy == TW_REPLACEMENT_LRU;
  unsigned slot = lru ? tw_associative_take_oldest(a, region) : tw_associative_victim_by_policy(a, region);
  tw_associative_count(a, slot, false);
  a->key[slot] = key;
  a->mask[slot] = mask;
  a->world_of[slot] = a->world;
  tw_associative_use(a, slot);
  if (lru)
    tw_associative_put_youngest(a, region, slot);
  else
    a->filled[slot] = a->now;
  if (mask != a->common && !a->alike)
    tw_associative_recount(a, mask);
  else
    tw_associative_count(a, slot, true);
  return slot;
}

static inline unsigned tw_associative_place(tw_associative *a, unsigned region, uint64_t key, uint64_t mask) {
  return tw_associative_place_of(a, region, key, mask, false);
}

#endif
