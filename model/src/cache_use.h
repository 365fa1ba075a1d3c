// One use of a line: where the ways of a set are looked at. No twin.
#ifndef TABLEWALK_CACHE_USE_H
#define TABLEWALK_CACHE_USE_H

#include <string.h>

#include "bits.h"
#include "cache.h"
#include "recency.h"

enum { TW_CACHE_FEW = 4, TW_CACHE_MANY = 8 };
typedef uint32_t tw_many_lanes __attribute__((vector_size(TW_CACHE_MANY * sizeof(uint32_t))));
typedef uint32_t tw_few_lanes __attribute__((vector_size(TW_CACHE_FEW * sizeof(uint32_t))));
typedef uint64_t tw_halves __attribute__((vector_size(TW_CACHE_FEW * sizeof(uint32_t))));

// -- many ways --

/// Where `tag` is among `places` places, 4, 8 or 16: bit n for way n.
TW_HOT unsigned tw_cache_find(const uint32_t *place, unsigned places, uint32_t tag) {
  const tw_few_lanes few_bits = {1, 2, 4, 8};
  const tw_many_lanes bits = {1, 2, 4, 8, 16, 32, 64, 128};
  tw_few_lanes found;
  if (places == TW_CACHE_FEW) {
    memcpy(&found, place, sizeof found);
    found = (tw_few_lanes)(found == tag) & few_bits;
  } else {
    tw_many_lanes all = {0};
    for (unsigned i = 0; i < places; i += TW_CACHE_MANY) {
      tw_many_lanes here;
      memcpy(&here, place + i, sizeof here);
      all |= (tw_many_lanes)(here == tag) & bits << i;
    }
    found = __builtin_shufflevector(all, all, 0, 1, 2, 3) | __builtin_shufflevector(all, all, 4, 5, 6, 7);
  }
  const tw_halves halves = (tw_halves)found;
  uint64_t both = halves[0] | halves[1];
  return (unsigned)(both | both >> 32);
}

/// `places` is a constant.
TW_HOT bool tw_cache_use_many(tw_cache *cache, size_t set, unsigned places, uint32_t tag) {
  uint32_t *place = (uint32_t *)cache->tag + set * places;
  uint64_t order = cache->order[set];
  unsigned found = tw_cache_find(place, places, tag);
  if (found) {
    cache->order[set] = tw_recency_used(order, (unsigned)__builtin_ctz(found));
    return true;
  }
  unsigned way = tw_recency_oldest(order, cache->ways);
  place[way] = tag;
  cache->order[set] = tw_recency_filled(order, way);
  return false;
}

// -- few ways --

TW_HOT bool tw_cache_use_few(uint32_t *place, uint32_t ways, uint32_t tag) {
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

// -- one use --

/// Use the line of `pa`: true when it was there; it is afterwards.
TW_HOT bool tw_cache_use(tw_cache *cache, uint64_t pa) {
  uint64_t line = pa >> 6;
  size_t set = (size_t)(line & cache->last_set);
  if (__builtin_expect(pa >= cache->narrow_end, 0))
    return tw_cache_use_wide(cache, set, (line >> cache->sets_log2) + 1);
  uint32_t tag = (uint32_t)(line >> cache->sets_log2) + 1;
  switch (cache->stride_log2) {
  case 4:
    return tw_cache_use_many(cache, set, TW_CACHE_WAYS_MAX, tag);
  case 3:
    return tw_cache_use_many(cache, set, TW_CACHE_WAYS_MAX / 2, tag);
  case 2:
    return tw_cache_use_many(cache, set, TW_CACHE_WAYS_MAX / 4, tag);
  default:
    return tw_cache_use_few((uint32_t *)cache->tag + (set << cache->stride_log2), cache->ways, tag);
  }
}

/// Use the line of `pa` in the caches from `first` on: index of the first one that has it, `count` when none has; all
/// before that one have it afterwards.
TW_HOT uint32_t tw_caches_use(tw_cache *cache, uint32_t first, uint32_t count, uint64_t pa) {
  uint32_t level = first;
  while (level < count && !tw_cache_use(&cache[level], pa))
    level++;
  return level;
}

#endif
