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
  if (set[0] == tag) return true;
  uint32_t way = 1;
  while (way < cache->ways && set[way] != tag) way++;
  bool hit = way < cache->ways;
  memmove(set + 1, set, sizeof *set * (hit ? way : cache->ways - 1));
  set[0] = tag;
  return hit;
}
