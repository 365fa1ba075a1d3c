// Table descriptors of one level, so that a walk can start below them. Twin: rtl/walk_cache.sv.
#ifndef TABLEWALK_WALK_CACHE_H
#define TABLEWALK_WALK_CACHE_H

#include <tablewalk/config.h>

#include "associative.h"
#include "descriptor.h"
#include "maintenance.h"

typedef struct tw_walk_cache {
  tw_associative entry;
  uint64_t next[TW_L1_ENTRIES_MAX]; ///< next table's base
  tw_table_bits bits[TW_L1_ENTRIES_MAX];
} tw_walk_cache;

void tw_walk_cache_init(tw_walk_cache *cache, uint32_t entries, uint32_t replacement);
/// Fill with a table that was found at a level whose descriptors each map 2^size bytes: where the next one is, and what
/// those so far say.
void tw_walk_cache_fill(tw_walk_cache *cache, uint64_t key, unsigned size, uint64_t next, tw_table_bits bits);
void tw_walk_cache_maintain(tw_walk_cache *cache, const tw_maintenance *maintenance);

#endif
