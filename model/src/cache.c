// A cache of 64-byte lines, for its timing alone. No twin.
#include "cache.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "bits.h"
#include "widest.h"

enum { FEW_WAYS = 4, LANES = 4, MANY_LANES = 8, PLACES_MAX = 16 };
typedef uint32_t tw_many_lanes __attribute__((vector_size(MANY_LANES * sizeof(uint32_t))));
typedef uint32_t tw_few_lanes __attribute__((vector_size(LANES * sizeof(uint32_t))));
typedef uint64_t tw_halves __attribute__((vector_size(LANES * sizeof(uint32_t))));

static size_t places_of(const tw_cache *cache) { return ((size_t)cache->last_set + 1) << cache->stride_log2; }

int tw_cache_init(tw_cache *cache, const tw_cache_config *config) {
  uint32_t sets = config->size_kib * 16 / config->ways;
  *cache = (tw_cache){.last_set = sets - 1,
                      .ways = config->ways,
                      .latency = config->latency,
                      .sets_log2 = (uint8_t)__builtin_ctz(sets)};
  while (1U << cache->stride_log2 < config->ways)
    cache->stride_log2++;
  bool ordered = config->ways > FEW_WAYS;
  cache->tag = tw_arena_allocate((places_of(cache) + (ordered ? sets : 0)) * sizeof(uint64_t));
  if (!cache->tag)
    return -1;
  if (ordered)
    cache->order = (uint64_t *)cache->tag + places_of(cache);
  tw_cache_empty(cache);
  return 0;
}

void tw_cache_free(tw_cache *cache) { free(cache->tag); }

void tw_cache_empty(tw_cache *cache) {
  cache->wide = false;
  memset(cache->tag, 0, places_of(cache) * sizeof(uint32_t));
  for (size_t set = 0; cache->order && set <= cache->last_set; set++)
    cache->order[set] = 0xfedcba9876543210;
}

// -- the order of uses --

/// The way used longest ago.
static inline unsigned oldest(const tw_cache *cache, uint64_t order) { return order >> 4 * (cache->ways - 1) & 15; }

/// `order` after a use of `way`: it goes to the front, those used since its last use move back by one. What stands
/// behind the last way means nothing: a way is looked for from the front.
static inline uint64_t after_use(uint64_t order, unsigned way) {
  const uint64_t ones = 0x1111111111111111;
  uint64_t others = order ^ way * ones; // 0 in the bits of `way`
  uint64_t places = (others - ones) & ~others & ones << 3;
  uint64_t moved = places ^ (places - 1); // up to the top bit of the lowest place
  return (order & ~moved) | (order << 4 & moved) | way;
}

/// `order` after the oldest way was filled.
static inline uint64_t after_fill(uint64_t order, unsigned way) { return order << 4 | way; }

// -- many ways --

static inline uint64_t any_bits(tw_few_lanes lanes) {
  tw_halves halves = (tw_halves)lanes;
  return halves[0] | halves[1];
}

/// Where `tag` is among `places` places: bit n for way n.
TW_HOT unsigned find(const uint32_t *place, unsigned places, uint32_t tag) {
  const tw_many_lanes bits = {1, 2, 4, 8, 16, 32, 64, 128};
  tw_many_lanes found = {0};
  for (unsigned i = 0; i < places; i += MANY_LANES) {
    tw_many_lanes here;
    memcpy(&here, place + i, sizeof here);
    found |= (tw_many_lanes)(here == tag) & bits << i;
  }
  found |= __builtin_shufflevector(found, found, 4, 5, 6, 7, 4, 5, 6, 7);
  found |= __builtin_shufflevector(found, found, 2, 3, 2, 3, 2, 3, 2, 3);
  return found[0] | found[1];
}

/// `places` is a constant.
TW_HOT bool use_many(tw_cache *cache, size_t set, unsigned places, uint32_t tag) {
  uint32_t *place = (uint32_t *)cache->tag + set * places;
  uint64_t order = cache->order[set];
  unsigned found = find(place, places, tag);
  if (found) {
    cache->order[set] = after_use(order, (unsigned)__builtin_ctz(found));
    return true;
  }
  unsigned way = oldest(cache, order);
  place[way] = tag;
  cache->order[set] = after_fill(order, way);
  return false;
}

// -- few ways --

static inline bool use_few(uint32_t *place, uint32_t ways, uint32_t tag) {
  uint32_t moved = tag; // to the front; each tag passed moves back by one
  for (uint32_t way = 0; way < ways; way++) {
    uint32_t here = place[way];
    place[way] = moved;
    if (here == tag)
      return true;
    moved = here;
  }
  return false;
}

/// Each lane gets the one before it, the first `first`.
static inline tw_few_lanes moved_back(tw_few_lanes lanes, tw_few_lanes first) {
  return __builtin_shufflevector(lanes, first, 4, 0, 1, 2);
}

/// The same for a set of LANES places, all at once.
static inline bool use_lanes(uint32_t *place, uint32_t ways, uint32_t tag) {
  const tw_few_lanes none = {0}, number = {0, 1, 2, 3}, wanted = none + tag;
  tw_few_lanes here;
  memcpy(&here, place, sizeof here);
  tw_few_lanes found = (tw_few_lanes)(here == wanted), behind = moved_back(found, none);
  behind |= moved_back(behind, none);
  behind |= moved_back(behind, none);
  tw_few_lanes after = (here & behind) | (moved_back(here, wanted) & ~behind & (tw_few_lanes)(number < ways));
  memcpy(place, &after, sizeof after);
  return any_bits(found);
}

// -- tags of 64 bits --

/// From the last one down, so that none is written over before it is read. Those of many ways are put in order of use.
static void widen(tw_cache *cache) {
  char *tag = cache->tag;
  for (size_t i = places_of(cache); i-- > 0;) {
    uint32_t narrow;
    memcpy(&narrow, tag + i * sizeof narrow, sizeof narrow);
    uint64_t wide = narrow;
    memcpy(tag + i * sizeof wide, &wide, sizeof wide);
  }
  for (size_t set = 0; cache->order && set <= cache->last_set; set++) {
    uint64_t *place = (uint64_t *)cache->tag + (set << cache->stride_log2), old[PLACES_MAX];
    memcpy(old, place, sizeof old);
    for (uint32_t i = 0; i < cache->ways; i++)
      place[i] = old[cache->order[set] >> 4 * i & 15];
  }
  cache->wide = true;
}

TW_APART static bool use_wide(tw_cache *cache, size_t set, uint64_t tag) {
  if (!cache->wide)
    widen(cache);
  uint64_t *place = (uint64_t *)cache->tag + (set << cache->stride_log2);
  uint64_t moved = tag;
  for (uint32_t way = 0; way < cache->ways; way++) {
    uint64_t here = place[way];
    place[way] = moved;
    if (here == tag)
      return true;
    moved = here;
  }
  return false;
}

// -- one use --

/// Use the line of `pa`: true when it was there; it is afterwards.
TW_HOT bool use(tw_cache *cache, uint64_t pa) {
  size_t set = (size_t)(pa >> 6 & cache->last_set);
  uint64_t tag = (pa >> 6 >> cache->sets_log2) + 1;
  if (__builtin_expect(cache->wide || tag > UINT32_MAX, 0))
    return use_wide(cache, set, tag);
  uint32_t *place = (uint32_t *)cache->tag + (set << cache->stride_log2);
  switch (cache->stride_log2) {
  case 4:
    return use_many(cache, set, PLACES_MAX, (uint32_t)tag);
  case 3:
    return use_many(cache, set, PLACES_MAX / 2, (uint32_t)tag);
  case 2:
    return use_lanes(place, cache->ways, (uint32_t)tag);
  default:
    return use_few(place, cache->ways, (uint32_t)tag);
  }
}

TW_WIDEST uint32_t tw_caches_use(tw_cache *cache, uint32_t first, uint32_t count, uint64_t pa) {
  uint32_t level = first;
  while (level < count && !use(&cache[level], pa))
    level++;
  return level;
}
