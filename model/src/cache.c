// A cache of 64-byte lines, for its timing alone. No twin.
#include "cache.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"

enum { LANES = 4, LANES_LOG2 = 2 };
typedef uint32_t tw_lanes __attribute__((vector_size(LANES * sizeof(uint32_t))));
typedef uint64_t tw_halves __attribute__((vector_size(LANES * sizeof(uint32_t))));

static size_t places_of(const tw_cache *cache) { return ((size_t)cache->last_set + 1) << cache->stride_log2; }

int tw_cache_init(tw_cache *cache, const tw_cache_config *config) {
  uint32_t sets = config->size_kib * 16 / config->ways;
  *cache = (tw_cache){.last_set = sets - 1,
                      .sets_log2 = (uint8_t)__builtin_ctz(sets),
                      .stride_log2 = LANES_LOG2,
                      .ways = (uint8_t)config->ways,
                      .oldest = (uint8_t)(4 * (config->ways - 1)),
                      .latency = config->latency};
  while (1U << cache->stride_log2 < config->ways)
    cache->stride_log2++;
  cache->tag = tw_arena_allocate((places_of(cache) + sets) * sizeof(uint64_t));
  if (!cache->tag)
    return -1;
  cache->order = (uint64_t *)cache->tag + places_of(cache);
  tw_cache_empty(cache);
  return 0;
}

void tw_cache_free(tw_cache *cache) { free(cache->tag); }

void tw_cache_empty(tw_cache *cache) {
  cache->wide = false;
  memset(cache->tag, 0, places_of(cache) * sizeof(uint32_t));
  for (size_t set = 0; set <= cache->last_set; set++)
    cache->order[set] = 0xfedcba9876543210;
}

// -- the order of uses --

/// The way used longest ago.
static inline unsigned oldest(const tw_cache *cache, uint64_t order) { return order >> cache->oldest & 15; }

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

// -- tags of 64 bits --

/// From the last one down, so that none is written over before it is read.
static void widen(tw_cache *cache) {
  char *tag = cache->tag;
  for (size_t i = places_of(cache); i-- > 0;) {
    uint32_t narrow;
    memcpy(&narrow, tag + i * sizeof narrow, sizeof narrow);
    uint64_t wide = narrow;
    memcpy(tag + i * sizeof wide, &wide, sizeof wide);
  }
  cache->wide = true;
}

__attribute__((noinline)) static bool use_wide(tw_cache *cache, size_t set, uint64_t tag) {
  if (!cache->wide)
    widen(cache);
  uint64_t *place = (uint64_t *)cache->tag + (set << cache->stride_log2);
  uint64_t *order = &cache->order[set];
  for (unsigned way = 0; way < cache->ways; way++)
    if (place[way] == tag) {
      *order = after_use(*order, way);
      return true;
    }
  unsigned way = oldest(cache, *order);
  place[way] = tag;
  *order = after_fill(*order, way);
  return false;
}

// -- tags of 32 bits --

/// Where `tag` is among `parts` times four: bit n for way n.
static inline unsigned find(const uint32_t *place, unsigned parts, uint32_t tag) {
  const tw_lanes bits = {1, 2, 4, 8};
  tw_lanes found = {0};
  for (unsigned i = 0; i < parts; i++) {
    tw_lanes here;
    memcpy(&here, place + i * LANES, sizeof here);
    found |= (tw_lanes)(here == tag) & (bits << (LANES * i));
  }
  tw_halves halves = (tw_halves)found;
  uint64_t half = halves[0] | halves[1];
  return (unsigned)(half | half >> 32);
}

static inline bool use_narrow(tw_cache *cache, size_t set, unsigned parts, uint32_t tag) {
  uint32_t *place = (uint32_t *)cache->tag + set * parts * LANES;
  uint64_t order = cache->order[set];
  if (place[order & 15] == tag)
    return true; // the latest used: the order stays
  unsigned found = find(place, parts, tag);
  if (found) {
    cache->order[set] = after_use(order, (unsigned)__builtin_ctz(found));
    return true;
  }
  unsigned way = oldest(cache, order);
  place[way] = tag;
  cache->order[set] = after_fill(order, way);
  return false;
}

/// Use the line of `pa`: true when it was there; it is afterwards.
static inline bool use(tw_cache *cache, uint64_t pa) {
  size_t set = (size_t)(pa >> 6 & cache->last_set);
  uint64_t tag = (pa >> 6 >> cache->sets_log2) + 1;
  if (__builtin_expect(cache->wide || tag > UINT32_MAX, 0))
    return use_wide(cache, set, tag);
  if (cache->stride_log2 == LANES_LOG2)
    return use_narrow(cache, set, 1, (uint32_t)tag);
  if (cache->stride_log2 == LANES_LOG2 + 1)
    return use_narrow(cache, set, 2, (uint32_t)tag);
  return use_narrow(cache, set, 4, (uint32_t)tag);
}

uint32_t tw_caches_use(tw_cache *cache, uint32_t first, uint32_t count, uint64_t pa) {
  uint32_t level = first;
  while (level < count && !use(&cache[level], pa))
    level++;
  return level;
}
