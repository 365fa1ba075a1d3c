// A cache of 64-byte lines, for its timing alone. No twin: the RTL reaches the same through its memory port.
#ifndef TABLEWALK_CACHE_H
#define TABLEWALK_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tablewalk/config.h>

/// Tags of a set stand in order of use, the latest first: true LRU.
typedef struct tw_cache {
  uint64_t *tag; ///< [sets * ways]: line number + 1; 0: empty
  uint32_t sets, ways, latency;
} tw_cache;

/// 0; -1: out of memory.
int tw_cache_init(tw_cache *cache, const tw_cache_config *config);
void tw_cache_free(tw_cache *cache);
void tw_cache_empty(tw_cache *cache);
/// Use the line of `pa`: true when it was there; it is afterwards.
bool tw_cache_use(tw_cache *cache, uint64_t pa);
/// Have the host fetch the tags of `pa`.
static inline void tw_cache_expect(const tw_cache *cache, uint64_t pa) {
  const uint64_t *set = cache->tag + (size_t)((pa >> 6) & (cache->sets - 1)) * cache->ways;
  __builtin_prefetch(set);
  if (cache->ways > 8)
    __builtin_prefetch(set + 8);
}

#endif
