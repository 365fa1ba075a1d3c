// A set-associative array of translations: of the L2 TLB, and of an L1 that has sets. Twins: rtl/l2_array.sv,
// rtl/l1_sets.sv.
//
// An entry is found in the set of its own size only. In the L2 sizes below TW_LEAST_SIZE are those of table descriptors
// (l2_tables.h). A way that was filled in another world than the current is
// dormant: its key lacks TW_KEY_VALID, so that it matches nothing, but it keeps its place.
#ifndef TABLEWALK_SET_ARRAY_H
#define TABLEWALK_SET_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <tablewalk/config.h>

#include "entry.h"
#include "maintenance.h"
#include "recency.h"
#include "replacement.h"
#include "widest.h"

enum { TW_KEY_SIZE_SHIFT = 58, TW_LEAST_SIZE = 12 };

typedef struct tw_set_array {
  uint64_t *key;      ///< [sets * ways]; bits 63:58 hold the size; without TW_KEY_VALID: empty, or of another world
  uint64_t *mask;     ///< [sets * ways]; of an empty way TW_KEY_VALID
  uint64_t *order;    ///< [sets * ways], at a set's first way: true LRU; empty ways are the oldest, the lowest first
  uint64_t *used;     ///< [sets * ways]: time of the last use, with other policies
  uint64_t *filled;   ///< [sets * ways]: time of the last fill; FIFO alone
  uint64_t *cleared;  ///< [sets * ways], at a set's first way; NRU alone
  uint32_t *world_of; ///< [sets * ways]
  tw_translation *translation;
  uint64_t now;
  uint32_t sets, ways;
  uint64_t all;      ///< a bit for each way
  bool lru;          ///< the policy is true LRU
  uint32_t set_mask; ///< sets - 1 where that is a mask
  uint32_t modulus;  ///< else sets; 0: it is one
  uint32_t world;    ///< the current one
  tw_replacer replacer;
  uint32_t population[64]; ///< entries of each size
  tw_sizes present;        ///< sizes that some entry has
} tw_set_array;

/// What an array is made of.
typedef struct tw_set_geometry {
  uint32_t sets, ways, replacement;
} tw_set_geometry;

/// A way to be filled.
typedef struct tw_set_way {
  size_t start; ///< of its set
  unsigned way;
  unsigned size; ///< log2 of the bytes, or what stands in its place
} tw_set_way;

/// 0; -1: out of memory. Free it in either case.
int tw_set_array_init(tw_set_array *a, tw_set_geometry geometry);
void tw_set_array_free(tw_set_array *a);

static inline bool tw_set_array_holds(const tw_set_array *a, size_t i) { return a->mask[i] != TW_KEY_VALID; }

/// Use a way of the set that begins at `start`.
TW_HOT void tw_set_array_use_way(tw_set_array *a, size_t start, unsigned way, bool usual) {
  if (usual || a->lru)
    a->order[start] = tw_recency_used(a->order[start], way);
  else
    a->used[start + way] = ++a->now;
}
/// Use entry i.
static inline void tw_set_array_use(tw_set_array *a, size_t i) {
  unsigned way = (unsigned)(i % a->ways);
  tw_set_array_use_way(a, i - way, way, false);
}

/// The sets are a power of two, and the policy is true LRU.
static inline bool tw_set_array_is_usual(const tw_set_array *a) { return !a->modulus && a->lru; }

/// The first way of the set of a page of 2^size bytes. `usual`, here and below: the array is.
TW_HOT size_t tw_set_array_start_of(const tw_set_array *a, uint64_t key, unsigned size, bool usual) {
  uint64_t page = (key & TW_KEY_VA) >> (size - 12);
  return (size_t)(usual || !a->modulus ? page & a->set_mask : page % a->modulus) * a->ways;
}
static inline size_t tw_set_array_start(const tw_set_array *a, uint64_t key, unsigned size) {
  return tw_set_array_start_of(a, key, size, false);
}

/// The ways of a set that match a page of 2^size bytes: bit n is way n.
TW_HOT unsigned tw_set_array_matches(const tw_set_array *a, size_t start, uint64_t key, unsigned size) {
  uint64_t wanted = key | (uint64_t)size << TW_KEY_SIZE_SHIFT;
  const tw_pairs ways = {a->key + start, a->mask + start, a->ways, a->all};
  return (unsigned)tw_agreeing(&ways, wanted, UINT64_MAX);
}

/// One entry of that size less.
static inline void tw_set_array_forget(tw_set_array *a, unsigned size) {
  if (!--a->population[size])
    a->present &= ~((tw_sizes)1 << size);
}

/// Make entry i empty, if it is not.
void tw_set_array_drop(tw_set_array *a, size_t i);

/// As the policy has it, where that is not true LRU.
unsigned tw_set_array_victim_by_policy(tw_set_array *a, size_t start);
/// The lowest empty way of a set, else the one that the policy gives up.
TW_HOT unsigned tw_set_array_victim(tw_set_array *a, size_t start, bool usual) {
  return usual || a->lru ? tw_recency_oldest(a->order[start], a->ways) : tw_set_array_victim_by_policy(a, start);
}

/// Fill a way with what {key, mask} match, and use it: what it says is still to be written. The entry.
TW_HOT size_t tw_set_array_claim(tw_set_array *a, const tw_set_way *at, uint64_t key, uint64_t mask, bool usual) {
  size_t i = at->start + at->way;
  unsigned size = at->size, held = (unsigned)(a->key[i] >> TW_KEY_SIZE_SHIFT);
  if (held != size || !tw_set_array_holds(a, i)) {
    if (tw_set_array_holds(a, i))
      tw_set_array_forget(a, held);
    a->population[size]++;
    a->present |= (tw_sizes)1 << size;
  }
  a->key[i] = key | (uint64_t)size << TW_KEY_SIZE_SHIFT;
  a->mask[i] = tw_ones(63, TW_KEY_SIZE_SHIFT) | mask;
  a->world_of[i] = a->world;
  tw_set_array_use_way(a, at->start, at->way, usual);
  if (!usual && !a->lru)
    a->filled[i] = a->now;
  return i;
}

/// Make the ways of a set empty that hold pages of 2^size bytes and overlap {key, mask}: some request would match both.
void tw_set_array_drop_overlaps(tw_set_array *a, size_t start, unsigned size, uint64_t key, uint64_t mask);
void tw_set_array_maintain(tw_set_array *a, const tw_maintenance *maintenance);
/// In the entries from `first` up to `end`.
void tw_set_array_maintain_some(tw_set_array *a, const tw_maintenance *maintenance, size_t first, size_t end);
/// Change the current world: entries of others match nothing, its own do again.
void tw_set_array_enter(tw_set_array *a, uint32_t world);

#endif
