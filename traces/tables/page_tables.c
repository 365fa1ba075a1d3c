// Tables by their addresses; mapping goes down the tree once a range, and along each table of leaves in a loop.
#include "page_tables.h"

#include <stdlib.h>
#include <string.h>

enum { PAIR_PAGE = 4096, PAIR_AT = 2048 };

// ---- tables ----

static unsigned table_bytes(const tw_page_format *format, unsigned depth) {
  return 1U << (format->level[depth].bits + format->entry_log2);
}

static int make_room(tw_page_tables *tables) {
  if (tables->count < tables->room)
    return 0;
  size_t room = tables->room ? 2 * tables->room : 64;
  tw_table_page *pages = realloc(tables->pages, room * sizeof *pages);
  if (pages)
    tables->pages = pages;
  tw_page_table **owned = realloc(tables->owned, room * sizeof *owned);
  if (owned)
    tables->owned = owned;
  if (!pages || !owned)
    return -1;
  tables->room = room;
  return 0;
}

/// A table that stands at `pa`; NULL: no memory of the host's.
static tw_page_table *add_table(tw_page_tables *tables, unsigned depth, uint64_t va, uint64_t pa) {
  tw_page_table *table = calloc(1, sizeof *table);
  unsigned bytes = table_bytes(&tables->format, depth);
  if (!table || !(table->data = calloc(1, bytes)) || make_room(tables) < 0 ||
      tw_number_map_set(&tables->by_pa, pa, tables->count) < 0) {
    if (table)
      free(table->data);
    free(table);
    return NULL;
  }
  table->pa = pa;
  table->depth = depth;
  table->slot = tables->count++;
  tables->owned[table->slot] = table;
  tables->pages[table->slot] = (tw_table_page){.pa = pa,
                                               .va_base = va,
                                               .bytes = bytes,
                                               .level = tables->format.level[depth].number,
                                               .half = tables->format.halves && va >> 63,
                                               .data = table->data};
  return table;
}

static void give_bytes(const tw_page_tables *tables, uint64_t pa, unsigned bytes) {
  const tw_page_tables_port *port = &tables->config.port;
  if (port->give)
    port->give(port->context, pa, bytes);
}

static void remove_table(tw_page_tables *tables, tw_page_table *table) {
  size_t last = --tables->count;
  tables->pages[table->slot] = tables->pages[last];
  tables->owned[table->slot] = tables->owned[last];
  tables->owned[table->slot]->slot = table->slot;
  tw_number_map_set(&tables->by_pa, tables->owned[table->slot]->pa,
                    table->slot); // the key is there: no memory is taken
  tw_number_map_remove(&tables->by_pa, table->pa);
  free(table->data);
  free(table);
}

/// Two tables in one page; the second one only where its entry is free. NULL: no memory.
static tw_page_table *new_pair(tw_page_tables *tables, const tw_page_table *parent, size_t index, uint64_t va) {
  const tw_page_tables_port *port = &tables->config.port;
  unsigned depth = parent->depth + 1, bytes = table_bytes(&tables->format, depth);
  uint64_t page = port->take(port->context, PAIR_PAGE), other_va = va ^ UINT64_C(1) << tables->format.level[0].shift;
  uint64_t first = page + PAIR_AT, own = first + (index & 1) * bytes;
  bool both = tw_page_read(tables, parent, index ^ 1) == 0;
  if (page == UINT64_MAX)
    return NULL;
  tw_page_table *table = add_table(tables, depth, va, own);
  tw_page_table *other = table && both ? add_table(tables, depth, other_va, own ^ bytes) : NULL;
  if (table && (other || !both)) {
    table->partner = other;
    if (other)
      other->partner = table;
    return table;
  }
  if (table)
    remove_table(tables, table);
  give_bytes(tables, page, PAIR_PAGE);
  return NULL;
}

static tw_page_table *new_single(tw_page_tables *tables, unsigned depth, uint64_t va) {
  const tw_page_tables_port *port = &tables->config.port;
  unsigned bytes = table_bytes(&tables->format, depth);
  uint64_t pa = port->take(port->context, bytes);
  tw_page_table *table = pa == UINT64_MAX ? NULL : add_table(tables, depth, va, pa);
  if (!table && pa != UINT64_MAX)
    give_bytes(tables, pa, bytes);
  return table;
}

tw_page_table *tw_page_new_table(tw_page_tables *tables, const tw_page_table *parent, size_t index) {
  uint64_t va = tables->pages[parent->slot].va_base + ((uint64_t)index << tables->format.level[parent->depth].shift);
  return tables->format.paired ? new_pair(tables, parent, index, va) : new_single(tables, parent->depth + 1, va);
}

void tw_page_link(tw_page_tables *tables, tw_page_table *parent, size_t index, const tw_page_table *below) {
  tw_page_write(tables, parent, index, tw_format_table(&tables->format, below->pa));
  if (below->partner)
    tw_page_write(tables, parent, index ^ 1, tw_format_table(&tables->format, below->partner->pa));
}

void tw_page_drop_table(tw_page_tables *tables, tw_page_table *table) {
  unsigned bytes = table_bytes(&tables->format, table->depth);
  uint64_t pa = table->pa;
  tw_page_table *partner = table->partner;
  remove_table(tables, table);
  if (partner)
    partner->partner = NULL;
  else if (tables->format.paired)
    give_bytes(tables, pa & -(uint64_t)PAIR_PAGE, PAIR_PAGE);
  else
    give_bytes(tables, pa, bytes);
}

uint64_t tw_page_read(const tw_page_tables *tables, const tw_page_table *table, size_t index) {
  uint64_t value = 0;
  if (tables->format.entry_log2 == 3)
    memcpy(&value, table->data + index * 8, 8);
  else
    memcpy(&value, table->data + index * 4, 4);
  return value;
}

void tw_page_write(tw_page_tables *tables, tw_page_table *table, size_t index, uint64_t value) {
  const tw_page_tables_port *port = &tables->config.port;
  unsigned entry_log2 = tables->format.entry_log2, bytes = 1U << entry_log2;
  uint64_t before = tw_page_read(tables, table, index);
  if (entry_log2 == 3)
    memcpy(table->data + index * 8, &value, 8);
  else
    memcpy(table->data + index * 4, &value, 4);
  table->used += (uint32_t)(value != 0) - (uint32_t)(before != 0);
  if (port->written)
    port->written(port->context, table->pa + (index << entry_log2), value, bytes);
}

void tw_page_invalidate(const tw_page_tables *tables, uint64_t va, uint64_t bytes, bool table) {
  const tw_page_tables_port *port = &tables->config.port;
  if (port->invalidate)
    port->invalidate(port->context, va, bytes, table);
}

tw_page_table *tw_page_table_below(const tw_page_tables *tables, uint64_t descriptor, unsigned depth) {
  uint64_t slot = 0;
  tw_number_map_get(&tables->by_pa, tw_format_pa(&tables->format, depth, descriptor), &slot);
  return tables->owned[slot];
}

tw_page_place tw_page_locate(const tw_page_tables *tables, uint64_t va) {
  tw_page_place place = {.table = tables->root[tables->format.halves && va >> 63]};
  for (unsigned depth = 0;; depth++) {
    place.index = tw_page_index(&tables->format, depth, va);
    place.descriptor = tw_page_read(tables, place.table, place.index);
    if (!place.descriptor || !tw_format_is_table(&tables->format, depth, place.descriptor))
      return place;
    place.table = tw_page_table_below(tables, place.descriptor, depth);
  }
}

bool tw_page_is_range(const tw_page_tables *tables, uint64_t va, uint64_t bytes) {
  const tw_page_format *format = &tables->format;
  uint64_t last = va + bytes - 1, page = (UINT64_C(1) << format->page_log2) - 1;
  uint64_t upper = -(UINT64_C(1) << format->va_bits);
  if (((va | bytes) & page) || bytes == 0 || last < va)
    return false;
  return ((va | last) & upper) == 0 || (format->halves && (va & last & upper) == upper);
}

// ---- creation ----

tw_page_tables *tw_page_tables_create(const tw_page_tables_config *config, tw_error *error) {
  tw_page_format format;
  if (tw_page_format_make(config, &format, error) < 0)
    return NULL;
  tw_page_tables *tables = calloc(1, sizeof *tables);
  if (!tables) {
    tw_fail(error, "page tables: out of memory");
    return NULL;
  }
  tables->config = *config;
  tables->format = format;
  for (unsigned half = 0; half <= format.halves; half++) {
    tables->root[half] = new_single(tables, 0, half ? -(UINT64_C(1) << format.va_bits) : 0);
    if (!tables->root[half]) {
      tw_fail(error, "page tables: no memory for the first tables");
      tw_page_tables_destroy(tables);
      return NULL;
    }
  }
  return tables;
}

void tw_page_tables_destroy(tw_page_tables *tables) {
  if (!tables)
    return;
  for (size_t i = 0; i < tables->count; i++) {
    free(tables->owned[i]->data);
    free(tables->owned[i]);
  }
  free(tables->pages);
  free(tables->owned);
  tw_number_map_free(&tables->by_pa);
  free(tables);
}

uint64_t tw_page_tables_root(const tw_page_tables *tables, unsigned half) {
  return tables->root[tables->format.halves && half]->pa;
}

uint64_t tw_page_tables_table(const tw_page_tables *tables, uint64_t va, int level) {
  const tw_page_format *format = &tables->format;
  const tw_page_table *table = tables->root[format->halves && va >> 63];
  while (format->level[table->depth].number < level) {
    uint64_t descriptor = tw_page_read(tables, table, tw_page_index(format, table->depth, va));
    if (!descriptor || !tw_format_is_table(format, table->depth, descriptor))
      return UINT64_MAX;
    table = tw_page_table_below(tables, descriptor, table->depth);
  }
  return table->pa;
}

const tw_table_page *tw_page_tables_pages(const tw_page_tables *tables, size_t *count) {
  *count = tables->count;
  return tables->pages;
}

uint64_t tw_page_tables_single_sizes(const tw_page_tables *tables) {
  uint64_t sizes = 0;
  for (unsigned depth = 0; depth < tables->format.levels; depth++)
    if (tables->format.level[depth].leaf)
      sizes |= UINT64_C(1) << tables->format.level[depth].shift;
  return sizes;
}

uint64_t tw_page_tables_sizes(const tw_page_tables *tables) {
  uint64_t sizes = tw_page_tables_single_sizes(tables);
  for (unsigned depth = 0; depth < tables->format.levels; depth++) {
    const tw_format_level *level = &tables->format.level[depth];
    if (level->leaf && level->contiguous_log2)
      sizes |= UINT64_C(1) << (level->shift + level->contiguous_log2);
  }
  return sizes;
}

// ---- map ----

typedef struct job {
  tw_page_tables *tables;
  tw_page_range left; ///< what is still to be mapped
  const tw_page_attributes *attributes;
  uint64_t leaf[TW_TABLE_LEVELS_MAX]
               [2]; ///< what leaves say beside the address, by depth and contiguous; 0: not yet asked
} job;

/// Log2 of the largest mapping that entries of this level make at the job's address; 0: none fits.
static unsigned size_at(const job *job, const tw_format_level *level) {
  const unsigned sizes[] = {level->shift + level->contiguous_log2, level->shift};
  if (!level->leaf)
    return 0;
  for (unsigned i = 0; i < 2; i++) {
    uint64_t bytes = UINT64_C(1) << sizes[i];
    if ((job->left.sizes & bytes) && ((job->left.va | job->left.pa) & (bytes - 1)) == 0 && job->left.bytes >= bytes)
      return sizes[i];
  }
  return 0;
}

/// An entry that a larger mapping is to have in the place of a table that maps nothing.
static tw_page_result make_free(const job *job, tw_page_table *table, size_t index) {
  tw_page_tables *tables = job->tables;
  uint64_t descriptor = tw_page_read(tables, table, index);
  if (!descriptor)
    return TW_PAGE_OK;
  if (!tw_format_is_table(&tables->format, table->depth, descriptor))
    return TW_PAGE_OCCUPIED;
  tw_page_table *below = tw_page_table_below(tables, descriptor, table->depth);
  if (below->used)
    return TW_PAGE_OCCUPIED;
  tw_page_write(tables, table, index, 0);
  tw_page_invalidate(tables, tables->pages[below->slot].va_base,
                     UINT64_C(1) << tables->format.level[table->depth].shift, true);
  tw_page_drop_table(tables, below);
  return TW_PAGE_OK;
}

static uint64_t leaf_bits(job *job, unsigned depth, bool contiguous) {
  uint64_t *bits = &job->leaf[depth][contiguous];
  if (!*bits)
    *bits = tw_format_leaf(&job->tables->format, depth, job->attributes, contiguous);
  return *bits;
}

/// How many entries from the job's address on map 2^log2 bytes together, or one by one where nothing larger may be.
static size_t run_at(const job *job, const tw_page_table *table, size_t index, unsigned log2) {
  const tw_format_level *level = &job->tables->format.level[table->depth];
  if (log2 != level->shift || job->left.sizes >> log2 >> 1)
    return (size_t)1 << (log2 - level->shift);
  uint64_t room = (UINT64_C(1) << level->bits) - index, wanted = job->left.bytes >> log2;
  return (size_t)(wanted < room ? wanted : room);
}

static tw_page_result map_leaf(job *job, tw_page_table *table, unsigned log2) {
  tw_page_tables *tables = job->tables;
  unsigned depth = table->depth, shift = tables->format.level[depth].shift;
  size_t index = tw_page_index(&tables->format, depth, job->left.va), count = run_at(job, table, index, log2);
  bool contiguous = log2 != shift;
  uint64_t bits = leaf_bits(job, depth, contiguous);
  for (size_t i = 0; i < count; i++) {
    tw_page_result result = make_free(job, table, index + i);
    if (result != TW_PAGE_OK)
      return result;
  }
  for (size_t i = 0; i < count; i++)
    tw_page_write(tables, table, index + i,
                  bits | tw_format_address(&tables->format, depth, job->left.pa + ((uint64_t)i << shift), contiguous));
  job->left.va += (uint64_t)count << shift;
  job->left.pa += (uint64_t)count << shift;
  job->left.bytes -= (uint64_t)count << shift;
  return TW_PAGE_OK;
}

/// The table below an entry, made if there is none. NULL and `result`: there is a mapping, or no memory.
static tw_page_table *below_made(const job *job, tw_page_table *table, tw_page_result *result) {
  tw_page_tables *tables = job->tables;
  size_t index = tw_page_index(&tables->format, table->depth, job->left.va);
  uint64_t descriptor = tw_page_read(tables, table, index);
  *result = TW_PAGE_OCCUPIED;
  if (descriptor)
    return tw_format_is_table(&tables->format, table->depth, descriptor)
               ? tw_page_table_below(tables, descriptor, table->depth)
               : NULL;
  *result = TW_PAGE_NO_MEMORY;
  tw_page_table *below = tw_page_new_table(tables, table, index);
  if (below)
    tw_page_link(tables, table, index, below);
  return below;
}

/// As much of the job as this table maps.
static tw_page_result map_in(job *job, tw_page_table *table) { // NOLINT(misc-no-recursion): a level a call
  const tw_page_format *format = &job->tables->format;
  tw_page_result result = TW_PAGE_OK;
  do {
    unsigned log2 = size_at(job, &format->level[table->depth]);
    if (log2) {
      result = map_leaf(job, table, log2);
      continue;
    }
    if (table->depth + 1 == format->levels)
      return TW_PAGE_RANGE;
    tw_page_table *below = below_made(job, table, &result);
    if (!below)
      return result;
    result = map_in(job, below);
  } while (result == TW_PAGE_OK && job->left.bytes && tw_page_index(format, table->depth, job->left.va));
  return result;
}

tw_page_result tw_page_tables_map(tw_page_tables *tables, const tw_page_range *range,
                                  const tw_page_attributes *attributes) {
  job job = {.tables = tables, .left = *range, .attributes = attributes};
  if (!tw_page_is_range(tables, range->va, range->bytes))
    return TW_PAGE_RANGE;
  return map_in(&job, tables->root[tables->format.halves && range->va >> 63]);
}

// ---- find ----

bool tw_page_tables_find(const tw_page_tables *tables, uint64_t va, tw_page_leaf *leaf) {
  if (!tw_page_is_range(tables, va >> tables->format.page_log2 << tables->format.page_log2,
                        UINT64_C(1) << tables->format.page_log2))
    return false;
  tw_page_place place = tw_page_locate(tables, va);
  if (!place.descriptor)
    return false;
  *leaf = tw_page_leaf_at(tables, &place, va);
  return true;
}

tw_page_leaf tw_page_leaf_at(const tw_page_tables *tables, const tw_page_place *place, uint64_t va) {
  const tw_format_level *level = &tables->format.level[place->table->depth];
  unsigned log2 =
      level->shift +
      (tw_format_is_contiguous(&tables->format, place->table->depth, place->descriptor) ? level->contiguous_log2 : 0U);
  uint64_t low = (UINT64_C(1) << log2) - 1;
  return (tw_page_leaf){.va = va & ~low,
                        .pa = tw_format_pa(&tables->format, place->table->depth, place->descriptor) & ~low,
                        .bytes = low + 1,
                        .attributes = tw_format_attributes(&tables->format, place->table->depth, place->descriptor)};
}
