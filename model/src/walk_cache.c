// Table descriptors of one level, fully associative, true LRU. Twin: rtl/walk_cache.sv.
#include "walk_cache.h"

#include <string.h>

void tw_walk_cache_init(tw_walk_cache *cache, uint32_t entries) {
  memset(cache, 0, sizeof *cache);
  tw_associative_init(&cache->entry, entries);
}

void tw_walk_cache_fill(tw_walk_cache *cache, uint64_t key, unsigned size, const tw_descriptor *table) {
  if (!cache->entry.entries)
    return;
  unsigned slot = tw_associative_place(&cache->entry, key, TW_KEY_VALID | TW_KEY_ASID | tw_key_mask(size));
  cache->next[slot] = table->next;
  cache->bits[slot] = table->table;
}

static bool drops(const tw_tlbi *tlbi, uint64_t key, uint64_t mask) {
  bool asid_matches = ((key >> TW_KEY_ASID_SHIFT) & 0xffff) == tlbi->asid;
  bool va_matches = ((key ^ tw_key_half_va(tlbi->va)) & mask & (TW_KEY_HALF | TW_KEY_VA)) == 0;
  switch (tlbi->op) {
  case TW_TLBI_VMALL:
    return true;
  case TW_TLBI_ASID:
    return asid_matches;
  case TW_TLBI_VA:
    return va_matches && asid_matches;
  case TW_TLBI_VAA:
    return va_matches;
  default:
    return false;
  }
}

void tw_walk_cache_maintain(tw_walk_cache *cache, const tw_tlbi *tlbi) {
  for (unsigned i = 0; i < cache->entry.entries; i++)
    if (drops(tlbi, cache->entry.key[i], cache->entry.mask[i]))
      tw_associative_drop(&cache->entry, i);
}
