// Table descriptors of one level, fully associative, true LRU. Twin: rtl/walk_cache.sv.
#include "walk_cache.h"

#include <string.h>

void tw_walk_cache_init(tw_walk_cache *cache, uint32_t entries) {
  memset(cache, 0, sizeof *cache);
  cache->entries = entries;
  for (unsigned i = 0; i < TW_L1_ENTRIES_MAX; i++) cache->mask[i] = TW_KEY_VALID;
}

int tw_walk_cache_find(const tw_walk_cache *cache, uint64_t key) {
  for (unsigned i = 0; i < cache->entries; i++)
    if (((key ^ cache->key[i]) & cache->mask[i]) == 0) return (int)i;
  return -1;
}

void tw_walk_cache_use(tw_walk_cache *cache, int slot) { cache->used[slot] = ++cache->now; }

static int victim(const tw_walk_cache *cache) {
  unsigned oldest = 0;
  for (unsigned i = 0; i < cache->entries; i++) {
    if (!cache->key[i]) return (int)i;
    if (cache->used[i] < cache->used[oldest]) oldest = i;
  }
  return (int)oldest;
}

void tw_walk_cache_fill(tw_walk_cache *cache, uint64_t key, unsigned size, const tw_descriptor *table) {
  if (!cache->entries) return;
  int slot = victim(cache);
  cache->key[slot] = key;
  cache->mask[slot] = TW_KEY_VALID | TW_KEY_ASID | tw_key_mask(size);
  cache->next[slot] = table->next;
  cache->bits[slot] = table->table;
  tw_walk_cache_use(cache, slot);
}

static bool drops(const tw_tlbi *tlbi, uint64_t key, uint64_t mask) {
  bool asid_matches = ((key >> TW_KEY_ASID_SHIFT) & 0xffff) == tlbi->asid;
  bool va_matches = ((key ^ tw_key_half_va(tlbi->va)) & mask & (TW_KEY_HALF | TW_KEY_VA)) == 0;
  switch (tlbi->op) {
  case TW_TLBI_VMALL: return true;
  case TW_TLBI_ASID: return asid_matches;
  case TW_TLBI_VA: return va_matches && asid_matches;
  case TW_TLBI_VAA: return va_matches;
  default: return false;
  }
}

void tw_walk_cache_maintain(tw_walk_cache *cache, const tw_tlbi *tlbi) {
  for (unsigned i = 0; i < cache->entries; i++) {
    if (!drops(tlbi, cache->key[i], cache->mask[i])) continue;
    cache->key[i] = 0;
    cache->mask[i] = TW_KEY_VALID;
  }
}
