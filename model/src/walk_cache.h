// Table descriptors of one level, so that a walk can start below them. Twin: rtl/walk_cache.sv.
#ifndef TABLEWALK_WALK_CACHE_H
#define TABLEWALK_WALK_CACHE_H

#include <tablewalk/config.h>
#include <tablewalk/request.h>

#include "descriptor.h"

typedef struct tw_walk_cache {
  uint64_t key[TW_L1_ENTRIES_MAX];
  uint64_t mask[TW_L1_ENTRIES_MAX];
  uint64_t used[TW_L1_ENTRIES_MAX];
  uint64_t next[TW_L1_ENTRIES_MAX]; ///< next table's base
  tw_table_bits bits[TW_L1_ENTRIES_MAX];
  uint64_t now;
  uint32_t entries;
} tw_walk_cache;

void tw_walk_cache_init(tw_walk_cache *cache, uint32_t entries);
/// The matching slot, or -1.
int tw_walk_cache_find(const tw_walk_cache *cache, uint64_t key);
void tw_walk_cache_use(tw_walk_cache *cache, int slot);
/// Fill for descriptors at a level that each map 2^size bytes.
void tw_walk_cache_fill(tw_walk_cache *cache, uint64_t key, unsigned size, const tw_descriptor *table);
void tw_walk_cache_maintain(tw_walk_cache *cache, const tw_tlbi *tlbi);

#endif
