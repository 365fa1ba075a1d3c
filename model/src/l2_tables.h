// Table descriptors in the L2 TLB (walk_caches_in_l2): entries of its first array, of one level each. Twin: in
// rtl/l2_tlb.sv.
//
// In the place of an entry's size stands the level + 1, which no page has for its size: so the two kinds of entries
// never match each other's look-ups, and share ways, replacement and maintenance.
#ifndef TABLEWALK_L2_TABLES_H
#define TABLEWALK_L2_TABLES_H

#include "descriptor.h"
#include "l2_tlb.h"

enum { TW_NO_TABLE = 0x7fffffff };

/// A table descriptor that was, or would have been, found at `level` on the way of a request with this key.
typedef struct tw_l2_table {
  uint64_t key;
  int level;     ///< -1 to 2
  unsigned size; ///< log2 of the bytes that a descriptor of this level maps
} tw_l2_table;

/// The lowest way that matches, by its slot; TW_NO_TABLE. Not a use.
uint32_t tw_l2_tables_find(const tw_l2_tlb *tlb, const tw_l2_table *table);
/// What a slot says: where the next table is, and what those so far say.
uint64_t tw_l2_tables_next(const tw_l2_tlb *tlb, uint32_t slot);
tw_table_bits tw_l2_tables_bits(const tw_l2_tlb *tlb, uint32_t slot);
/// Fill, or replace an entry that the key matches.
void tw_l2_tables_fill(tw_l2_tlb *tlb, const tw_l2_table *table, uint64_t next, tw_table_bits bits);

#endif
