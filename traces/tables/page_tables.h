// The tables themselves, for the parts of the builder: page_tables.c (tables, map, find), page_change.c (the rest).
#ifndef TRACES_SRC_PAGE_TABLES_H
#define TRACES_SRC_PAGE_TABLES_H

#include "number_map.h"
#include "page_format.h"

typedef struct tw_page_table {
  uint8_t *data;
  uint64_t pa;
  size_t slot;                   ///< its number in tw_page_tables.pages
  uint32_t used;                 ///< entries that are not 0
  unsigned depth;                ///< 0: a root
  struct tw_page_table *partner; ///< the other one of its page, where tables are made in pairs
} tw_page_table;

struct tw_page_tables {
  tw_page_tables_config config;
  tw_page_format format;
  tw_number_map by_pa;   ///< numbers of pages by their addresses
  tw_table_page *pages;  ///< what a reader of tables sees of each
  tw_page_table **owned; ///< the table of each page
  size_t count, room;
  tw_page_table *root[2];
};

/// A descriptor and where it stands.
typedef struct tw_page_place {
  tw_page_table *table;
  size_t index;
  uint64_t descriptor; ///< 0: nothing is mapped, up to the end of what the entry maps
} tw_page_place;

tw_page_place tw_page_locate(const tw_page_tables *tables, uint64_t va);
/// The mapping of a place whose descriptor is none of a table and not 0.
tw_page_leaf tw_page_leaf_at(const tw_page_tables *tables, const tw_page_place *place, uint64_t va);
uint64_t tw_page_read(const tw_page_tables *tables, const tw_page_table *table, size_t index);
void tw_page_write(tw_page_tables *tables, tw_page_table *table, size_t index, uint64_t value);
/// An empty table, for an entry that it is not linked to yet; NULL: there is no memory.
tw_page_table *tw_page_new_table(tw_page_tables *tables, const tw_page_table *parent, size_t index);
/// Write the entry; and its partner's, if one was made.
void tw_page_link(tw_page_tables *tables, tw_page_table *parent, size_t index, const tw_page_table *below);
/// It is linked no more.
void tw_page_drop_table(tw_page_tables *tables, tw_page_table *table);
tw_page_table *tw_page_table_below(const tw_page_tables *tables, uint64_t descriptor, unsigned depth);
/// Is [va, va + bytes) a range of whole pages in one half?
bool tw_page_is_range(const tw_page_tables *tables, uint64_t va, uint64_t bytes);
void tw_page_invalidate(const tw_page_tables *tables, uint64_t va, uint64_t bytes, bool table);

static inline size_t tw_page_index(const tw_page_format *format, unsigned depth, uint64_t va) {
  return va >> format->level[depth].shift & ((UINT64_C(1) << format->level[depth].bits) - 1);
}

#endif
