// Fully associative TLB with true LRU. Twin: rtl/l1_tlb.sv.
//
// Invariant: at most one slot matches any request. A fill first drops what overlaps it.
#include "l1_tlb.h"

#include <string.h>

void tw_l1_tlb_init(tw_l1_tlb *tlb, const tw_l1_config *config) {
  memset(tlb, 0, sizeof *tlb);
  tw_associative_init(&tlb->entry, config->entries);
  tlb->sizes = config->sizes;
}

static void hint(tw_l1_tlb *tlb, uint64_t key, unsigned slot) {
  *tw_l1_hint(tlb, 0, key) = (uint8_t)slot;
  *tw_l1_hint(tlb, 1, key) = (uint8_t)slot;
}

unsigned tw_l1_tlb_search(tw_l1_tlb *tlb, uint64_t key) {
  unsigned slot = tw_associative_find(&tlb->entry, key);
  if (slot != TW_NO_SLOT)
    hint(tlb, key, slot);
  return slot;
}

void tw_l1_tlb_fill(tw_l1_tlb *tlb, uint64_t key, const tw_translation *t, tw_sizes granule_sizes, uint64_t pa) {
  tw_translation part = tw_splinter(t, tlb->sizes & granule_sizes, pa);
  uint64_t mask = TW_KEY_VALID | tw_key_mask(part.size) | (part.global ? 0 : TW_KEY_ASID);
  tw_associative_drop_overlaps(&tlb->entry, key, mask);
  unsigned slot = tw_associative_place(&tlb->entry, key, mask);
  tlb->translation[slot] = part;
  hint(tlb, key, slot);
}

bool tw_tlbi_drops(const tw_tlbi *tlbi, uint64_t key, uint64_t mask, uint64_t span) {
  bool global = !(mask & TW_KEY_ASID);
  bool asid_matches = ((key >> TW_KEY_ASID_SHIFT) & 0xffff) == tlbi->asid;
  bool va_matches = ((key ^ tw_key_half_va(tlbi->va)) & span) == 0;
  switch (tlbi->op) {
  case TW_TLBI_VMALL:
    return true;
  case TW_TLBI_ASID:
    return !global && asid_matches;
  case TW_TLBI_VA:
  case TW_TLBI_VAL:
    return va_matches && (global || asid_matches);
  case TW_TLBI_VAA:
  case TW_TLBI_VAAL:
    return va_matches;
  default:
    return false;
  }
}

void tw_l1_tlb_maintain(tw_l1_tlb *tlb, const tw_tlbi *tlbi) {
  for (unsigned i = 0; i < tlb->entry.entries; i++)
    if (tw_tlbi_drops(tlbi, tlb->entry.key[i], tlb->entry.mask[i], tlb->translation[i].span))
      tw_associative_drop(&tlb->entry, i);
}
