// Stage 2 translations, fully associative. Twin: rtl/ipa_cache.sv.
#include "ipa_cache.h"

#include <string.h>

void tw_ipa_cache_init(tw_ipa_cache *cache, uint32_t entries, uint32_t replacement) {
  memset(cache, 0, sizeof *cache);
  tw_associative_init(&cache->entry, entries, replacement);
}

unsigned tw_ipa_cache_find(tw_ipa_cache *cache, uint64_t key, bool write) {
  unsigned slot = tw_associative_find(&cache->entry, key);
  if (slot == TW_NO_SLOT)
    return slot;
  const tw_stage2_leaf *found = &cache->leaf[slot];
  return write && found->clean && found->allows & TW_S2_W ? (unsigned)TW_NO_SLOT : slot;
}

tw_stage2_leaf tw_ipa_cache_leaf(const tw_ipa_cache *cache, unsigned slot, uint64_t ipa) {
  tw_stage2_leaf leaf = cache->leaf[slot];
  leaf.pa |= ipa & tw_low(leaf.own_size);
  return leaf;
}

void tw_ipa_cache_fill(tw_ipa_cache *cache, uint64_t key, const tw_stage2_leaf *leaf) {
  if (!cache->entry.entries)
    return;
  uint64_t mask = TW_KEY_VALID | TW_KEY_ASID | tw_key_mask(leaf->own_size);
  tw_associative_drop_overlaps(&cache->entry, key, mask);
  unsigned slot = tw_associative_place(&cache->entry, 0, key, mask);
  cache->leaf[slot] = *leaf;
  cache->leaf[slot].pa &= ~tw_low(leaf->own_size);
}

void tw_ipa_cache_maintain(tw_ipa_cache *cache, const tw_maintenance *maintenance) {
  tw_associative *entry = &cache->entry;
  for (unsigned i = 0; i < entry->entries; i++)
    if (tw_associative_holds(entry, i) &&
        tw_maintenance_drops_stage2(maintenance, entry->key[i], tw_key_mask(cache->leaf[i].size), cache->leaf[i].level))
      tw_associative_drop(entry, i);
}
