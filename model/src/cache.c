// A cache of 64-byte lines, for its timing alone. No twin.
#include "cache.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "recency.h"

enum { FEW_WAYS = 2 };

_Static_assert((int)TW_CACHE_WAYS_MAX <= (int)TW_RECENCY_WAYS_MAX, "the order of a set is one word");

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
  cache->narrow_end = (uint64_t)UINT32_MAX << cache->sets_log2 << 6;
  memset(cache->tag, 0, places_of(cache) * sizeof(uint32_t));
  for (size_t set = 0; cache->order && set <= cache->last_set; set++)
    cache->order[set] = tw_recency_none(cache->ways);
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
    uint64_t *place = (uint64_t *)cache->tag + (set << cache->stride_log2), old[TW_CACHE_WAYS_MAX];
    memcpy(old, place, sizeof *old << cache->stride_log2);
    for (uint32_t i = 0; i < cache->ways; i++)
      place[i] = old[cache->order[set] >> 4 * i & 15];
  }
  cache->narrow_end = 0;
}

TW_APART bool tw_cache_use_wide(tw_cache *cache, size_t set, uint64_t tag) {
  if (cache->narrow_end)
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
