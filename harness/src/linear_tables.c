// The tables of a level lie one after the other, the levels from the first to the leaves'. The same descriptors serve
// VMSAv8-64 and LPAE; what differs is the level at which the walk begins.
#include "linear_tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TABLES_PA UINT64_C(0x40000000)
#define PAGES_PA UINT64_C(0x80000000) // a multiple of all sizes

enum {
  LAST_LEVEL = 3,
  VA_BITS = 48,
  VA_BITS_ARMV7 = 32,
  PAGES_MOST_LOG2 = 24, // the tables end below the pages
  BYTES_MOST_LOG2 = 39,
};

static const uint64_t TABLE = 3;
static const uint64_t BLOCK = 1U << 10 | 3U << 8 | 1; // AF, inner shareable, attribute 0, EL1 reads and writes
static const uint64_t PAGE = 1U << 10 | 3U << 8 | 3;
static const uint64_t SCTLR = 1U << 12 | 1U << 2 | 1; // I, C, M

static const tw_linear_size sizes[] = {
    {"4K", 12, 12}, {"16K", 14, 14}, {"64K", 16, 16}, {"2M", 21, 12}, {"32M", 25, 14}, {"512M", 29, 16}, {"1G", 30, 12},
};

const tw_linear_size *tw_linear_size_named(const char *name) {
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    if (strcmp(sizes[i].name, name) == 0)
      return &sizes[i];
  return NULL;
}

uint64_t tw_linear_most(const tw_linear_size *size, bool armv7) {
  unsigned bits = (armv7 ? VA_BITS_ARMV7 : BYTES_MOST_LOG2) - size->log2;
  return UINT64_C(1) << (bits < PAGES_MOST_LOG2 ? bits : PAGES_MOST_LOG2);
}

typedef struct shape {
  unsigned granule, stride; // log2 of a table's bytes, and of its entries
  unsigned first, leaf;     // levels
  uint64_t pages;
  uint64_t tables[LAST_LEVEL + 1]; // of each level
} shape;

static shape shape_of(const tw_linear_size *size, bool armv7, uint64_t pages) {
  shape s = {.granule = size->granule, .stride = size->granule - 3, .pages = pages};
  unsigned va_bits = armv7 ? VA_BITS_ARMV7 : VA_BITS;
  s.first = LAST_LEVEL - (va_bits - 1 - s.granule) / s.stride;
  s.leaf = LAST_LEVEL - (size->log2 - size->granule) / s.stride;
  uint64_t below = pages;
  for (unsigned level = s.leaf + 1; level-- > s.first;) {
    s.tables[level] = (below + (UINT64_C(1) << s.stride) - 1) >> s.stride;
    below = s.tables[level];
  }
  return s;
}

static uint64_t table_pa(const shape *s, unsigned level, uint64_t number) {
  for (unsigned l = s->first; l < level; l++)
    number += s->tables[l];
  return TABLES_PA + (number << s->granule);
}

static uint64_t descriptor(const shape *s, const tw_linear_size *size, unsigned level, uint64_t number) {
  if (level < s->leaf)
    return table_pa(s, level + 1, number) | TABLE;
  return (PAGES_PA + (number << size->log2)) | (level == LAST_LEVEL ? PAGE : BLOCK);
}

// All tables of one level; what is not used in the last of them is invalid.
static int load_level(tw_engine *engine, const shape *s, const tw_linear_size *size, unsigned level, uint64_t *entries,
                      tw_error *error) {
  uint64_t below = level == s->leaf ? s->pages : s->tables[level + 1], room = UINT64_C(1) << s->stride;
  for (uint64_t table = 0; table < s->tables[level]; table++) {
    for (uint64_t i = 0; i < room; i++) {
      uint64_t number = table * room + i;
      entries[i] = number < below ? descriptor(s, size, level, number) : 0;
    }
    if (tw_engine_load(engine, table_pa(s, level, table), entries, room * sizeof *entries, error) < 0)
      return -1;
  }
  return 0;
}

static int load_tables(tw_engine *engine, const shape *s, const tw_linear_size *size, tw_error *error) {
  uint64_t *entries = malloc(sizeof *entries << s->stride);
  if (!entries)
    return tw_fail(error, "out of memory for translation tables");
  int status = 0;
  for (unsigned level = s->first; status == 0 && level <= s->leaf; level++)
    status = load_level(engine, s, size, level, entries, error);
  free(entries);
  return status;
}

static int set_registers(tw_engine *engine, const shape *s, bool armv7, tw_error *error) {
  static const uint64_t tg0[] = {[12] = 0, [14] = 2, [16] = 1};
  const uint64_t walks = 3U << 12 | 1U << 10 | 1U << 8; // inner shareable, write-back
  tw_registers registers = {.sctlr = SCTLR, .ttbr0 = table_pa(s, s->first, 0), .mair = 0xff};
  if (armv7) {
    registers.regime = TW_REGIME_PL10;
    registers.tcr = UINT64_C(1) << 31 | walks; // EAE
  } else {
    registers.regime = TW_REGIME_EL10;
    registers.tcr = UINT64_C(2) << 32 | 1U << 23 | tg0[s->granule] << 14 | walks | (64 - VA_BITS); // IPS 40 bits, EPD1
  }
  return tw_engine_set_registers(engine, &registers, error);
}

int tw_linear_map(tw_engine *engine, const tw_core *core, const tw_linear_size *size, uint64_t pages, tw_error *error) {
  bool armv7 = core->mmu.armv7;
  if (armv7 && size->granule != 12)
    return tw_fail(error, "%s: found pages of %s, expected 4K, 2M or 1G: an ARMv7 core has no other", core->name,
                   size->name);
  uint64_t most = tw_linear_most(size, armv7);
  if (pages < 1 || pages > most)
    return tw_fail(error, "%s: found %" PRIu64 " pages of %s, expected 1 to %" PRIu64, core->name, pages, size->name,
                   most);
  uint64_t end = PAGES_PA + (pages << size->log2);
  if (end > UINT64_C(1) << core->mmu.pa_bits || (core->memory.limit && end > core->memory.limit))
    return tw_fail(error, "%s: found %" PRIu64 " pages of %s up to PA 0x%" PRIx64 ", expected them within its memory",
                   core->name, pages, size->name, end);
  const shape s = shape_of(size, armv7, pages);
  if (load_tables(engine, &s, size, error) < 0)
    return -1;
  return set_registers(engine, &s, armv7, error);
}
