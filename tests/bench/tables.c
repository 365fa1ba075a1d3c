// Four levels of VMSAv8-64 tables, 4K granule, 48 bits, reached by TTBR1. The tables lie one after the other: level 0,
// level 1, the level 2 tables, the level 3 tables. The file is a snapshot as the capture kit writes it.
#include "tables.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ENTRIES = 512, TABLE_BYTES = 4096, REGISTER_WORDS = 512 };

static const uint64_t TABLE = 3;                                                    // a table descriptor
static const uint64_t PAGE = UINT64_C(3) << 53 | 1U << 10 | 3U << 8 | 3;            // PXN, UXN, AF, inner shareable
static const uint64_t SCTLR = 1U << 12 | 1U << 2 | 1;                               // I, C, M
static const uint64_t TCR = UINT64_C(5) << 32 | UINT64_C(2) << 30 | 16U << 16 | 16; // IPS 48, TG1 4K, T1SZ, T0SZ 16

typedef struct builder {
  FILE *out;
  uint64_t pages;
  uint64_t tables[4]; // of each level
} builder;

static uint64_t divide_up(uint64_t value, uint64_t by) { return (value + by - 1) / by; }

static uint64_t table_pa(const builder *b, unsigned level, uint64_t number) {
  for (unsigned l = 0; l < level; ++l)
    number += b->tables[l];
  return TABLES_BASE + number * TABLE_BYTES;
}

static void write_words(const builder *b, const uint64_t *words, size_t count) {
  fwrite(words, sizeof *words, count, b->out);
}

// In the order of the capture kit: four words of magic, seq, SCTLR, TCR, MAIR, TTBR0, TTBR1, ...
static void write_registers(const builder *b) {
  uint64_t words[REGISTER_WORDS] = {0};
  words[5] = SCTLR;
  words[6] = TCR;
  words[7] = 0xff;
  words[9] = table_pa(b, 0, 0);
  words[19] = TABLES_VA;                    // page_offset
  words[20] = UINT64_C(0xffff800000000000); // vmalloc_start
  words[21] = UINT64_C(0xffffa00000000000); // vmalloc_end
  words[22] = UINT64_C(0xffffa00000000000); // modules_vaddr
  words[23] = UINT64_C(0xffffa00008000000); // modules_end
  words[24] = UINT64_C(0xfffffc0000000000); // vmemmap_start
  words[28] = 12;                           // page_shift
  words[29] = 48;                           // va_bits
  fwrite("H1PTSNAP", 8, 1, b->out);
  write_words(b, words, REGISTER_WORDS);
}

static void write_table(const builder *b, unsigned level, uint64_t number) {
  uint64_t span = UINT64_C(1) << (48 - 9 * level); // bytes that a table of this level covers
  const uint64_t head[4] = {table_pa(b, level, number), level | 1U << 8, TABLES_VA + number * span, TABLE_BYTES};
  uint64_t entries[ENTRIES] = {0};
  uint64_t below = level == 3 ? b->pages : b->tables[level + 1];
  for (uint64_t i = 0, next = number * ENTRIES; i < ENTRIES && next < below; ++i, ++next)
    entries[i] = level == 3 ? (TABLES_PA + next * TABLE_BYTES) | PAGE : table_pa(b, level + 1, next) | TABLE;
  write_words(b, head, 4);
  write_words(b, entries, ENTRIES);
}

int tables_write_snapshot(const char *path, uint64_t pages, tw_error *error) {
  builder b = {.out = fopen(path, "wb"), .pages = pages};
  if (!b.out)
    return tw_fail(error, "%s: %s", path, strerror(errno));
  b.tables[3] = divide_up(pages, ENTRIES);
  b.tables[2] = divide_up(b.tables[3], ENTRIES);
  b.tables[1] = b.tables[0] = 1;
  write_registers(&b);
  for (unsigned level = 0; level < 4; ++level)
    for (uint64_t number = 0; number < b.tables[level]; ++number)
      write_table(&b, level, number);
  int failed = ferror(b.out);
  failed = fclose(b.out) || failed;
  return failed ? tw_fail(error, "%s: %s", path, strerror(errno)) : 0;
}
