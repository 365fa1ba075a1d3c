// Entries are read back from the memory: the walker's own updates (A and D) stay, and nothing is kept twice.
#include "x86_pages.h"

#include <inttypes.h>

enum { ENTRIES = 512, TABLE_BYTES = 4096 };

#define ADDRESS 0x000ffffffffff000ULL

// -- entries --

uint64_t tw_x86_page_entry(const tw_x86_page *page) {
  uint64_t entry = page->pa | TW_X86_P | TW_X86_A | TW_X86_D;
  if (page->size_log2 > 12)
    entry |= TW_X86_PS;
  if (page->writable)
    entry |= TW_X86_RW;
  if (page->user)
    entry |= TW_X86_US;
  if (page->global)
    entry |= TW_X86_G;
  if (page->uncached)
    entry |= TW_X86_PCD;
  if (page->write_through)
    entry |= TW_X86_PWT;
  return page->executable ? entry : entry | TW_X86_NX;
}

uint64_t tw_x86_table_entry(uint64_t pa) { return pa | TW_X86_P | TW_X86_RW | TW_X86_US | TW_X86_A; }

bool tw_x86_is_canonical(uint64_t va, unsigned levels) {
  uint64_t top = va >> (levels == 5 ? 56 : 47);
  return top == 0 || top == UINT64_MAX >> (levels == 5 ? 56 : 47);
}

static bool is_table(uint64_t entry) { return (entry & TW_X86_P) && !(entry & TW_X86_PS); }

// -- the tree. Levels count from 1, the table of 4K pages, upwards --

static unsigned shift_of(unsigned level) { return 12 + 9 * (level - 1); }

static uint64_t entry_address(uint64_t table, uint64_t va, unsigned level) {
  return table + 8 * (va >> shift_of(level) & (ENTRIES - 1));
}

static uint64_t read(const tw_x86_tree *tree, uint64_t pa) { return tree->memory.read(tree->memory.context, pa); }

static int write(const tw_x86_tree *tree, uint64_t pa, uint64_t value, tw_error *error) {
  return tree->memory.write(tree->memory.context, pa, value, 8, error);
}

static int new_table(tw_x86_tree *tree, uint64_t *table, tw_error *error) {
  *table = tree->spare ? tree->spare : tree->next;
  if (!tree->spare && tree->end - tree->next < TABLE_BYTES)
    return tw_fail(error,
                   "x86-64 tables: found no room for another one at 0x%" PRIx64 ", expected room up to 0x%" PRIx64,
                   tree->next, tree->end);
  if (tree->spare)
    tree->spare = read(tree, tree->spare);
  else
    tree->next += TABLE_BYTES;
  tree->tables++;
  for (unsigned i = 0; i < ENTRIES; i++)
    if (write(tree, *table + 8ULL * i, 0, error) < 0)
      return -1;
  return 0;
}

// A table and those below it are spare.
static int leave_table(tw_x86_tree *tree, uint64_t table, unsigned level, tw_error *error) {
  for (unsigned i = 0; level > 1 && i < ENTRIES; i++) {
    uint64_t entry = read(tree, table + 8ULL * i);
    if (is_table(entry) && leave_table(tree, entry & ADDRESS, level - 1, error) < 0)
      return -1;
  }
  if (write(tree, table, tree->spare, error) < 0)
    return -1;
  tree->spare = table;
  tree->tables--;
  return 0;
}

int tw_x86_tree_begin(tw_x86_tree *tree, uint64_t base, uint64_t end, tw_error *error) {
  tree->base = tree->next = base;
  tree->end = end;
  tree->spare = tree->tables = 0;
  return new_table(tree, &base, error);
}

// The table below the entry at `at`: made when there is none. A page that stood there is gone.
static int descend(tw_x86_tree *tree, uint64_t at, uint64_t *table, tw_error *error) {
  uint64_t entry = read(tree, at);
  *table = entry & ADDRESS;
  if (is_table(entry))
    return 0;
  if (new_table(tree, table, error) < 0)
    return -1;
  return write(tree, at, tw_x86_table_entry(*table), error);
}

int tw_x86_tree_map(tw_x86_tree *tree, const tw_x86_page *page, tw_error *error) {
  uint64_t table = tree->base;
  unsigned level = tree->levels;
  for (; shift_of(level) > page->size_log2; level--)
    if (descend(tree, entry_address(table, page->va, level), &table, error) < 0)
      return -1;
  uint64_t at = entry_address(table, page->va, level), before = read(tree, at);
  if (level > 1 && is_table(before) && leave_table(tree, before & ADDRESS, level - 1, error) < 0)
    return -1;
  return write(tree, at, tw_x86_page_entry(page), error);
}

// `first` and `last` are offsets in what the table maps.
static int clear(tw_x86_tree *tree, uint64_t table, unsigned level, uint64_t first, uint64_t last, tw_error *error) {
  unsigned shift = shift_of(level);
  for (uint64_t i = first >> shift; i <= last >> shift; i++) {
    uint64_t at = table + 8 * i, entry = read(tree, at), low = i << shift, high = low + ((1ULL << shift) - 1);
    if (!(entry & TW_X86_P))
      continue;
    if (level > 1 && is_table(entry)) {
      uint64_t from = first > low ? first - low : 0, to = (last < high ? last : high) - low;
      if (clear(tree, entry & ADDRESS, level - 1, from, to, error) < 0)
        return -1;
    } else if (write(tree, at, 0, error) < 0) {
      return -1;
    }
  }
  return 0;
}

int tw_x86_tree_clear(tw_x86_tree *tree, uint64_t first, uint64_t last, tw_error *error) {
  uint64_t mask = (1ULL << (shift_of(tree->levels) + 9)) - 1;
  return clear(tree, tree->base, tree->levels, first & mask, last & mask, error);
}

unsigned tw_x86_tree_look_up(const tw_x86_tree *tree, uint64_t va) {
  uint64_t table = tree->base;
  for (unsigned level = tree->levels; level; level--) {
    uint64_t entry = read(tree, entry_address(table, va, level));
    if (!(entry & TW_X86_P))
      return 0;
    if (level == 1 || !is_table(entry))
      return shift_of(level);
    table = entry & ADDRESS;
  }
  return 0;
}
