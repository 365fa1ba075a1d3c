// The tables come from the table builder; a range from VA 0 on makes them in the order of their addresses.
#include "linear_tables.h"

#include <traces/page_tables.h>

#include <inttypes.h>
#include <string.h>

#define TABLES_PA UINT64_C(0x40000000)
#define PAGES_PA UINT64_C(0x80000000) // a multiple of all sizes

enum {
  VA_BITS = 48,
  VA_BITS_ARMV7 = 32,
  PAGES_MOST_LOG2 = 24, // the tables end below the pages
  BYTES_MOST_LOG2 = 39,
};

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

// ---- tables ----

/// Where tables stand: one after the other. The upper half's, which has no addresses, stands before them.
typedef struct places {
  unsigned granule; // log2
  bool halves;
  uint64_t taken;
} places;

static uint64_t take(void *context, unsigned bytes) {
  places *p = context;
  uint64_t number = p->taken++;
  (void)bytes; // no more than a granule
  if (!p->halves)
    return TABLES_PA + (number << p->granule);
  return number == 1 ? TABLES_PA - (UINT64_C(1) << p->granule) : TABLES_PA + ((number ? number - 1 : 0) << p->granule);
}

static tw_page_tables *make_tables(const tw_linear_size *size, bool armv7, uint64_t pages, places *places,
                                   tw_error *error) {
  // EL1 reads, writes and executes; attribute 0
  static const tw_page_attributes attributes = {
      .write = true, .execute = true, .user_execute = true, .shareability = 3};
  const tw_page_tables_config config = {.format = armv7 ? TW_TABLES_LPAE : TW_TABLES_VMSA64,
                                        .page_log2 = size->granule,
                                        .va_bits = armv7 ? VA_BITS_ARMV7 : VA_BITS,
                                        .port = {.take = take, .context = places}};
  const tw_page_range range = {0, PAGES_PA, pages << size->log2, UINT64_C(1) << size->log2};
  tw_page_tables *tables = tw_page_tables_create(&config, error);
  if (!tables || tw_page_tables_map(tables, &range, &attributes) == TW_PAGE_OK)
    return tables;
  tw_page_tables_destroy(tables);
  tw_fail(error, "out of memory for translation tables");
  return NULL;
}

static int load_tables(tw_engine *engine, const tw_page_tables *tables, tw_error *error) {
  size_t count;
  const tw_table_page *pages = tw_page_tables_pages(tables, &count);
  for (size_t i = 0; i < count; i++)
    if (pages[i].half == 0 && tw_engine_load(engine, pages[i].pa, pages[i].data, pages[i].bytes, error) < 0)
      return -1;
  return 0;
}

static int set_registers(tw_engine *engine, const tw_linear_size *size, bool armv7, tw_error *error) {
  static const uint64_t tg0[] = {[12] = 0, [14] = 2, [16] = 1};
  const uint64_t walks = 3U << 12 | 1U << 10 | 1U << 8; // inner shareable, write-back
  tw_registers registers = {.sctlr = SCTLR, .ttbr0 = TABLES_PA, .mair = 0xff};
  if (armv7) {
    registers.regime = TW_REGIME_PL10;
    registers.tcr = UINT64_C(1) << 31 | walks; // EAE
  } else {
    registers.regime = TW_REGIME_EL10;
    registers.tcr =
        UINT64_C(2) << 32 | 1U << 23 | tg0[size->granule] << 14 | walks | (64 - VA_BITS); // IPS 40 bits, EPD1
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
  places places = {.granule = size->granule, .halves = !armv7};
  tw_page_tables *tables = make_tables(size, armv7, pages, &places, error);
  int status = tables ? load_tables(engine, tables, error) : -1;
  tw_page_tables_destroy(tables);
  return status < 0 ? -1 : set_registers(engine, size, armv7, error);
}
