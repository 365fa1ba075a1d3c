// Table descriptors in the L2 TLB (walk_caches_in_l2): entries of its first array, of one level each. Twin: in
// rtl/l2_tlb.sv.
//
// In the place of an entry's size stands the level + 1, which no page has for its size: so the two kinds of entries
// never match each other's look-ups, and share ways, replacement and maintenance.
#ifndef TABLEWALK_L2_TABLES_H
#define TABLEWALK_L2_TABLES_H

#include "descriptor.h"
#include "l2_tlb.h"

enum { TW_NO_TABLE = TW_L2_WAYS_MAX };

/// A table descriptor that was, or would have been, found at `level` on the way of a request with this key.
typedef struct tw_l2_table {
  uint64_t key;
  int level;     ///< -1 to 2
  unsigned size; ///< log2 of the bytes that a descriptor of this level maps
} tw_l2_table;

/// What stands in the place of its size.
static inline unsigned tw_l2_table_place(const tw_l2_table *table) { return (unsigned)(table->level + 1); }

/// Where a table was found.
typedef struct tw_l2_table_found {
  size_t start; ///< of the set
  unsigned way; ///< the lowest that matches; TW_NO_TABLE
} tw_l2_table_found;

/// Not a use.
TW_HOT tw_l2_table_found tw_l2_tables_find(const tw_l2_tlb *tlb, const tw_l2_table *table, bool usual) {
  const tw_set_array *a = &tlb->array[0];
  unsigned place = tw_l2_table_place(table);
  if (!(a->present >> place & 1))
    return (tw_l2_table_found){0, TW_NO_TABLE};
  size_t start = tw_set_array_start_of(a, table->key, table->size, usual);
  unsigned found = tw_set_array_matches(a, start, table->key, place);
  return (tw_l2_table_found){start, found ? (unsigned)__builtin_ctz(found) : (unsigned)TW_NO_TABLE};
}

/// What an entry says: where the next table is, and what those so far say, which stands in the place of a page's
/// attributes.
static inline uint64_t tw_l2_tables_next(const tw_l2_tlb *tlb, size_t slot) {
  return tlb->array[0].translation[slot].pa;
}
static inline tw_table_bits tw_l2_tables_bits(const tw_l2_tlb *tlb, size_t slot) {
  const tw_translation *t = &tlb->array[0].translation[slot];
  return (tw_table_bits){t->attr, t->sh, t->global, t->permission};
}

/// Fill, or replace an entry that the key matches: of another walk that came this way. `usual`: the array is, and no
/// entry is matched.
TW_HOT void tw_l2_tables_fill(tw_l2_tlb *tlb, const tw_l2_table *table, uint64_t next, tw_table_bits bits, bool usual) {
  tw_set_array *a = &tlb->array[0];
  tw_set_way at = {tw_set_array_start_of(a, table->key, table->size, usual), 0, tw_l2_table_place(table)};
  unsigned same = usual ? 0 : tw_set_array_matches(a, at.start, table->key, at.size);
  at.way = same ? (unsigned)__builtin_ctz(same) : tw_set_array_victim(a, at.start, usual);
  uint64_t mask = TW_KEY_VALID | TW_KEY_ASID | tw_key_mask(table->size);
  size_t i = tw_set_array_claim(a, &at, table->key, mask, usual);
  tw_translation *t = &a->translation[i];
  t->pa = next;
  t->attr = bits.ap;
  t->sh = bits.uxn;
  t->global = bits.pxn;
  t->permission = bits.domain;
}

#endif
