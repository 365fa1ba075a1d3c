// What is mapped is changed: split, unmapped, protected; and empty tables are given back.
//
// Where a range ends inside a mapping, this is split first: a block into a table of the next level, a contiguous group
// into single entries. How, FEAT_BBM's level decides (Arm ARM, D8.16): at level 2 the new entry takes the old one's
// place; at level 1 it may for a block that carries nT for as long as TLBs might hold it; else it goes through an
// invalid entry, which a kernel refuses for what it runs on itself.
#include "page_tables.h"

static const uint64_t NT = 1U << 16;

// ---- split ----

static void write_group(tw_page_tables *tables, const tw_page_place *place, const tw_page_leaf *leaf, bool valid) {
  const tw_format_level *level = &tables->format.level[place->table->depth];
  size_t count = (size_t)1 << level->contiguous_log2, first = place->index & ~(count - 1);
  uint64_t bits = tw_format_leaf(&tables->format, place->table->depth, &leaf->attributes, false);
  for (size_t i = 0; i < count; i++)
    tw_page_write(
        tables, place->table, first + i,
        valid ? bits | tw_format_address(&tables->format, place->table->depth, leaf->pa + (i << level->shift), false)
              : 0);
}

static tw_page_result split_group(tw_page_tables *tables, const tw_page_place *place, const tw_page_leaf *leaf) {
  if (tables->config.bbm < 2 && !tables->config.break_before_make)
    return TW_PAGE_REFUSED;
  if (tables->config.bbm < 2) {
    write_group(tables, place, leaf, false);
    tw_page_invalidate(tables, leaf->va, leaf->bytes, false);
  }
  write_group(tables, place, leaf, true);
  return TW_PAGE_OK;
}

/// Entries that map what the block does, contiguous if they can be; nothing leads to them yet.
static tw_page_table *table_of_block(tw_page_tables *tables, const tw_page_place *place, const tw_page_leaf *leaf) {
  unsigned depth = place->table->depth + 1;
  const tw_format_level *level = &tables->format.level[depth];
  tw_page_table *below = tw_page_new_table(tables, place->table, place->index);
  if (!below)
    return NULL;
  bool group = level->contiguous_log2 != 0;
  uint64_t bits = tw_format_leaf(&tables->format, depth, &leaf->attributes, group);
  for (size_t i = 0; i < (size_t)1 << level->bits; i++)
    tw_page_write(tables, below, i,
                  bits | tw_format_address(&tables->format, depth, leaf->pa + (i << level->shift), group));
  return below;
}

static tw_page_result split_block(tw_page_tables *tables, const tw_page_place *place, const tw_page_leaf *leaf) {
  unsigned bbm = tables->config.bbm;
  if (bbm == 0 && !tables->config.break_before_make)
    return TW_PAGE_REFUSED;
  tw_page_table *below = table_of_block(tables, place, leaf);
  if (!below)
    return TW_PAGE_NO_MEMORY;
  if (bbm < 2) {
    tw_page_write(tables, place->table, place->index, bbm == 1 ? place->descriptor | NT : 0);
    tw_page_invalidate(tables, leaf->va, leaf->bytes, false);
  }
  tw_page_link(tables, place->table, place->index, below);
  return TW_PAGE_OK;
}

tw_page_result tw_page_tables_split(tw_page_tables *tables, uint64_t va) {
  const tw_page_format *format = &tables->format;
  if (!tw_page_is_range(tables, va, UINT64_C(1) << format->page_log2))
    return TW_PAGE_RANGE;
  for (;;) {
    tw_page_place place = tw_page_locate(tables, va);
    if (!place.descriptor)
      return TW_PAGE_OK;
    tw_page_leaf leaf = tw_page_leaf_at(tables, &place, va);
    if (leaf.va == va)
      return TW_PAGE_OK;
    tw_page_result result = tw_format_is_contiguous(&tables->format, place.table->depth, place.descriptor)
                                ? split_group(tables, &place, &leaf)
                                : split_block(tables, &place, &leaf);
    if (result != TW_PAGE_OK)
      return result;
  }
}

static tw_page_result split_ends(tw_page_tables *tables, uint64_t va, uint64_t bytes) {
  if (!tw_page_is_range(tables, va, bytes))
    return TW_PAGE_RANGE;
  tw_page_result result = tw_page_tables_split(tables, va);
  uint64_t end = va + bytes;
  // The end of a half is no address of it, and nothing reaches across it.
  if (result == TW_PAGE_OK && tw_page_is_range(tables, va, bytes + (UINT64_C(1) << tables->format.page_log2)))
    result = tw_page_tables_split(tables, end);
  return result;
}

// ---- change each descriptor of a range ----

typedef struct change {
  tw_page_tables *tables;
  uint64_t va, end;                     ///< what is left; `end` may be 0: the last address
  const tw_page_attributes *attributes; ///< NULL: unmap
} change;

static void change_entry(const change *change, tw_page_table *table, size_t index, uint64_t descriptor) {
  const tw_page_format *format = &change->tables->format;
  if (!change->attributes) {
    tw_page_write(change->tables, table, index, 0);
    return;
  }
  unsigned depth = table->depth;
  bool contiguous = tw_format_is_contiguous(format, depth, descriptor);
  uint64_t bits = tw_format_leaf(format, depth, change->attributes, contiguous);
  uint64_t pa = tw_format_pa(format, depth, descriptor);
  tw_page_write(change->tables, table, index, bits | tw_format_address(format, depth, pa, contiguous));
}

/// As much of the range as this table maps.
static void change_in(change *change, tw_page_table *table) { // NOLINT(misc-no-recursion): a level a call
  const tw_page_format *format = &change->tables->format;
  unsigned shift = format->level[table->depth].shift;
  do {
    size_t index = tw_page_index(format, table->depth, change->va);
    uint64_t descriptor = tw_page_read(change->tables, table, index);
    if (descriptor && tw_format_is_table(format, table->depth, descriptor)) {
      change_in(change, tw_page_table_below(change->tables, descriptor, table->depth));
      continue;
    }
    if (descriptor)
      change_entry(change, table, index, descriptor);
    uint64_t next = ((change->va >> shift) + 1) << shift;
    change->va = next - 1 >= change->end - 1 ? change->end : next;
  } while (change->va != change->end && tw_page_index(format, table->depth, change->va));
}

static tw_page_result change_range(tw_page_tables *tables, uint64_t va, uint64_t bytes,
                                   const tw_page_attributes *attributes) {
  change change = {.tables = tables, .va = va, .end = va + bytes, .attributes = attributes};
  tw_page_result result = split_ends(tables, va, bytes);
  if (result == TW_PAGE_OK)
    change_in(&change, tables->root[tables->format.halves && va >> 63]);
  return result;
}

tw_page_result tw_page_tables_unmap(tw_page_tables *tables, uint64_t va, uint64_t bytes) {
  return change_range(tables, va, bytes, NULL);
}

tw_page_result tw_page_tables_protect(tw_page_tables *tables, uint64_t va, uint64_t bytes,
                                      const tw_page_attributes *attributes) {
  return change_range(tables, va, bytes, attributes);
}

// ---- empty tables ----

/// A table and the other one of its page go together.
static bool drop_idle(tw_page_tables *tables, tw_page_table *parent, size_t index, tw_page_table *below) {
  tw_page_table *partner = below->partner;
  if (below->used || (partner && partner->used))
    return false;
  tw_page_write(tables, parent, index, 0);
  if (partner) {
    tw_page_write(tables, parent, index ^ 1, 0);
    tw_page_drop_table(tables, partner);
  }
  tw_page_drop_table(tables, below);
  return true;
}

static bool prune_in(tw_page_tables *tables, tw_page_table *table, uint64_t va, // NOLINT(misc-no-recursion)
                     uint64_t last) {
  bool any = false;
  const tw_page_format *format = &tables->format;
  unsigned depth = table->depth, shift = format->level[depth].shift;
  if (depth + 1 == format->levels)
    return false;
  size_t end = tw_page_index(format, depth, last);
  uint64_t base = tables->pages[table->slot].va_base;
  for (size_t i = tw_page_index(format, depth, va); i <= end; i++) {
    uint64_t first = base + ((uint64_t)i << shift), over = first + (UINT64_C(1) << shift) - 1;
    uint64_t descriptor = tw_page_read(tables, table, i);
    if (!descriptor || !tw_format_is_table(format, depth, descriptor))
      continue;
    tw_page_table *below = tw_page_table_below(tables, descriptor, depth);
    any |= prune_in(tables, below, va > first ? va : first, last < over ? last : over);
    any |= drop_idle(tables, table, i, below);
  }
  return any;
}

bool tw_page_tables_prune(tw_page_tables *tables, uint64_t va, uint64_t bytes) {
  if (!tw_page_is_range(tables, va, bytes))
    return false;
  return prune_in(tables, tables->root[tables->format.halves && va >> 63], va, va + bytes - 1);
}
