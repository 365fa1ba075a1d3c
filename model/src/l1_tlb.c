// Fully associative TLB with true LRU. Twin: rtl/l1_tlb.sv.
//
// Invariant: at most one slot matches any request. A fill first drops what overlaps it.
#include "l1_tlb.h"

#include <string.h>

void tw_l1_tlb_init(tw_l1_tlb *tlb, const tw_l1_config *config) {
  memset(tlb, 0, sizeof *tlb);
  tlb->entries = config->entries;
  tlb->sizes = config->sizes;
  for (unsigned i = 0; i < TW_L1_ENTRIES_MAX; i++) tlb->mask[i] = TW_KEY_VALID;
}

unsigned tw_l1_tlb_search(tw_l1_tlb *tlb, uint64_t key) {
  for (unsigned i = 0; i < tlb->entries; i++) {
    if (!tw_l1_slot_matches(tlb, i, key)) continue;
    tlb->hint[0][tw_l1_hash(key, 0)] = (uint8_t)i;
    tlb->hint[1][tw_l1_hash(key, 9)] = (uint8_t)i;
    return i;
  }
  return TW_NO_SLOT;
}

static void drop(tw_l1_tlb *tlb, unsigned slot) {
  tlb->key[slot] = 0;
  tlb->mask[slot] = TW_KEY_VALID;
}

static unsigned victim(const tw_l1_tlb *tlb) {
  unsigned oldest = 0;
  for (unsigned i = 0; i < tlb->entries; i++) {
    if (!tlb->key[i]) return i;
    if (tlb->used[i] < tlb->used[oldest]) oldest = i;
  }
  return oldest;
}

void tw_l1_tlb_fill(tw_l1_tlb *tlb, uint64_t key, const tw_translation *t, tw_sizes granule_sizes, uint64_t pa) {
  tw_translation part = tw_splinter(t, tlb->sizes & granule_sizes, pa);
  uint64_t mask = TW_KEY_VALID | tw_key_mask(part.size) | (part.global ? 0 : TW_KEY_ASID);
  for (unsigned i = 0; i < tlb->entries; i++)
    if (((key ^ tlb->key[i]) & mask & tlb->mask[i]) == 0) drop(tlb, i);
  unsigned slot = victim(tlb);
  tlb->key[slot] = key;
  tlb->mask[slot] = mask;
  tlb->translation[slot] = part;
  tlb->used[slot] = ++tlb->now;
  tlb->hint[0][tw_l1_hash(key, 0)] = (uint8_t)slot;
  tlb->hint[1][tw_l1_hash(key, 9)] = (uint8_t)slot;
}

bool tw_tlbi_drops(const tw_tlbi *tlbi, uint64_t key, uint64_t mask, uint64_t span) {
  bool global = !(mask & TW_KEY_ASID);
  bool asid_matches = ((key >> TW_KEY_ASID_SHIFT) & 0xffff) == tlbi->asid;
  bool va_matches = ((key ^ tw_key_half_va(tlbi->va)) & span) == 0;
  switch (tlbi->op) {
  case TW_TLBI_VMALL: return true;
  case TW_TLBI_ASID: return !global && asid_matches;
  case TW_TLBI_VA:
  case TW_TLBI_VAL: return va_matches && (global || asid_matches);
  default: return va_matches;
  }
}

void tw_l1_tlb_maintain(tw_l1_tlb *tlb, const tw_tlbi *tlbi) {
  for (unsigned i = 0; i < tlb->entries; i++)
    if (tw_tlbi_drops(tlbi, tlb->key[i], tlb->mask[i], tlb->translation[i].span)) drop(tlb, i);
}
