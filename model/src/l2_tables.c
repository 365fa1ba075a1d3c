// Table descriptors in the L2 TLB. Twin: in rtl/l2_tlb.sv.
#include "l2_tables.h"

enum { UXN_SHIFT = 2, PXN_SHIFT = 3 };

static unsigned place_of_size(const tw_l2_table *table) { return (unsigned)(table->level + 1); }

uint32_t tw_l2_tables_find(const tw_l2_tlb *tlb, const tw_l2_table *table) {
  const tw_set_array *a = &tlb->array[0];
  unsigned place = place_of_size(table);
  if (!(a->present >> place & 1))
    return TW_NO_TABLE;
  size_t start = tw_set_array_start(a, table->key, table->size);
  unsigned found = tw_set_array_matches(a, start, table->key, place);
  return found ? (uint32_t)start + (unsigned)__builtin_ctz(found) : TW_NO_TABLE;
}

uint64_t tw_l2_tables_next(const tw_l2_tlb *tlb, uint32_t slot) { return tlb->array[0].translation[slot].pa; }

/// Packed in the place of a page's permissions.
tw_table_bits tw_l2_tables_bits(const tw_l2_tlb *tlb, uint32_t slot) {
  const tw_translation *t = &tlb->array[0].translation[slot];
  return (tw_table_bits){.ap = t->permission & 3,
                         .uxn = t->permission >> UXN_SHIFT & 1,
                         .pxn = t->permission >> PXN_SHIFT & 1,
                         .domain = t->domain};
}

void tw_l2_tables_fill(tw_l2_tlb *tlb, const tw_l2_table *table, uint64_t next, tw_table_bits bits) {
  tw_set_array *a = &tlb->array[0];
  size_t start = tw_set_array_start(a, table->key, table->size);
  unsigned same = tw_set_array_matches(a, start, table->key, place_of_size(table)); // another walk came this way
  size_t i = same ? start + (unsigned)__builtin_ctz(same) : tw_set_array_victim(a, start);
  uint64_t mask = TW_KEY_VALID | TW_KEY_ASID | tw_key_mask(table->size);
  tw_set_array_claim(a, i, place_of_size(table), table->key, mask);
  tw_translation *t = &a->translation[i];
  t->pa = next;
  t->permission = (uint8_t)(bits.ap | (unsigned)bits.uxn << UXN_SHIFT | (unsigned)bits.pxn << PXN_SHIFT);
  t->domain = bits.domain;
}
