// A cache of 64-byte lines, for its timing alone. No twin.
#include "cache.h"

#include <stdlib.h>
#include <string.h>

int tw_cache_init(tw_cache *cache, const tw_cache_config *config) {
  uint32_t lines = config->size_kib * 16;
  *cache = (tw_cache){.sets = lines / config->ways, .ways = config->ways, .latency = config->latency};
  cache->tag = calloc(lines, sizeof *cache->tag);
  return cache->tag ? 0 : -1;
}

void tw_cache_free(tw_cache *cache) { free(cache->tag); }

void tw_cache_empty(tw_cache *cache) { memset(cache->tag, 0, sizeof *cache->tag * cache->sets * cache->ways); }

bool tw_cache_use(tw_cache *cache, uint64_t pa) {
  uint64_t tag = (pa >> 6) + 1;
  uint64_t *set = cache->tag + (size_t)((pa >> 6) & (cache->sets - 1)) * cache->ways;
  uint64_t moved = tag; // to the front; each tag passed moves back by one
  for (uint32_t way = 0; way < cache->ways; way++) {
    uint64_t here = set[way];
    set[way] = moved;
    if (here == tag)
      return true;
    moved = here;
  }
  return false;
}
