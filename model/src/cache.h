// A cache of 64-byte lines, for its timing alone. No twin: the RTL reaches the same through its memory port.
#ifndef TABLEWALK_CACHE_H
#define TABLEWALK_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tablewalk/config.h>

enum { TW_CACHE_WAYS_MAX = 16 };

/// True LRU. Tags have 32 bits each, so that those of a set are in one line of the host; the first address that is too
/// high for that makes them 64 bits wide, all at once.
///
/// Up to two ways, the tags of a set stand in order of use, the latest first. Of more ways, the order is a word a
/// set: four bits a way, the latest used lowest; else a use moves many tags, and the host guesses badly how many.
typedef struct tw_cache {
  void *tag;           ///< [sets << stride_log2]: line number / sets + 1; 0: empty. There is room for 64 bits each
  uint64_t *order;     ///< [sets], in the block of `tag`; NULL: the tags are in order
  uint32_t last_set;   ///< sets - 1
  uint32_t ways;       //
  uint32_t latency;    ///< cycles
  uint8_t sets_log2;   //
  uint8_t stride_log2; ///< places of a set: a power of two
  uint64_t narrow_end; ///< the first address whose tag has more than 32 bits; 0: all tags have 64
} tw_cache;

/// 0; -1: out of memory.
int tw_cache_init(tw_cache *cache, const tw_cache_config *config);
void tw_cache_free(tw_cache *cache);
void tw_cache_empty(tw_cache *cache);
/// One use where tags have 64 bits, or must from now on: true when the tag was there.
bool tw_cache_use_wide(tw_cache *cache, size_t set, uint64_t tag);
/// Have the host fetch what a use of `pa` reads.
static inline void tw_cache_expect(const tw_cache *cache, uint64_t pa) {
  size_t set = (size_t)(pa >> 6 & cache->last_set);
  __builtin_prefetch((const uint32_t *)cache->tag + (set << cache->stride_log2));
  if (cache->order)
    __builtin_prefetch(cache->order + set);
}

#endif
