// Table descriptors of one level, fully associative. Twin: rtl/walk_cache.sv.
#include "walk_cache.h"

#include <string.h>

void tw_walk_cache_init(tw_walk_cache *cache, uint32_t entries, uint32_t replacement) {
  memset(cache, 0, sizeof *cache);
  tw_associative_init(&cache->entry, entries, replacement);
}

void tw_walk_cache_fill(tw_walk_cache *cache, uint64_t key, unsigned size, uint64_t next, tw_table_bits bits) {
  if (!cache->entry.entries)
    return;
  uint64_t mask = TW_KEY_VALID | TW_KEY_ASID | tw_key_mask(size);
  tw_associative_drop_overlaps(&cache->entry, key, mask);
  unsigned slot = tw_associative_place(&cache->entry, 0, key, mask);
  cache->next[slot] = next;
  cache->bits[slot] = bits;
}

void tw_walk_cache_maintain(tw_walk_cache *cache, const tw_maintenance *maintenance) {
  tw_associative *entry = &cache->entry;
  for (unsigned i = 0; i < entry->entries; i++)
    if (tw_associative_holds(entry, i) &&
        tw_maintenance_drops_table(maintenance, entry->world_of[i], entry->key[i], entry->mask[i]))
      tw_associative_drop(entry, i);
}
