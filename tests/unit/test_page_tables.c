// The table builder against two decoders that share nothing with it: the model's walker and the census. What is mapped
// where, with which rights, is chosen here; what must come out follows from that choice alone.
#include "tables_case.h"
#include "traces_case.h"

#include <criterion/criterion.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

typedef struct shape {
  const char *name;
  tw_table_format format;
  unsigned page_log2, va_bits;
  bool wide;
} shape;

static const shape shapes[] = {
    {"4K, 36 bits", TW_TABLES_VMSA64, 12, 36, false},      {"4K, 39 bits", TW_TABLES_VMSA64, 12, 39, false},
    {"4K, 48 bits", TW_TABLES_VMSA64, 12, 48, false},      {"4K, 52 bits", TW_TABLES_VMSA64, 12, 52, true},
    {"16K, 36 bits", TW_TABLES_VMSA64, 14, 36, false},     {"16K, 47 bits", TW_TABLES_VMSA64, 14, 47, false},
    {"16K, 48 bits", TW_TABLES_VMSA64, 14, 48, false},     {"16K, 52 bits", TW_TABLES_VMSA64, 14, 52, true},
    {"64K, 42 bits", TW_TABLES_VMSA64, 16, 42, false},     {"64K, 48 bits", TW_TABLES_VMSA64, 16, 48, false},
    {"64K, 52 bits", TW_TABLES_VMSA64, 16, 52, true},      {"LPAE", TW_TABLES_LPAE, 12, 32, false},
    {"short descriptors", TW_TABLES_SHORT, 12, 32, false},
};

static tw_page_tables_config config_of(const shape *shape, tables_case *c) {
  return (tw_page_tables_config){.format = shape->format,
                                 .page_log2 = shape->page_log2,
                                 .va_bits = shape->va_bits,
                                 .wide = shape->wide,
                                 .port = case_port(c)};
}

static tw_registers registers_of_aarch32(const shape *shape, const tw_page_tables *tables) {
  bool lpae = shape->format == TW_TABLES_LPAE; // TTBCR.EAE; else SCTLR.TRE
  return (tw_registers){.regime = TW_REGIME_PL10,
                        .sctlr = lpae ? 1 : 1U << 28 | 1,
                        .tcr = lpae ? UINT64_C(1) << 31 : 0,
                        .mair = lpae ? 0x0004004400ffbb77 : 0x40e040e0ff0a81a8,
                        .ttbr0 = tw_page_tables_root(tables, 0),
                        .dacr = 1};
}

// TCR as the Arm manual has it; HA and HD off, so that a clean page shows as read-only.
static tw_registers registers_of(const shape *shape, const tw_page_tables *tables) {
  static const uint64_t tg0[] = {0, 2, 1}, tg1[] = {2, 1, 3};
  if (shape->format != TW_TABLES_VMSA64)
    return registers_of_aarch32(shape, tables);
  unsigned granule = (shape->page_log2 - 12) / 2;
  uint64_t size = 64 - shape->va_bits;
  uint64_t tcr = size | size << 16 | tg0[granule] << 14 | tg1[granule] << 30 | UINT64_C(1) << 36;
  tcr |= (shape->wide ? UINT64_C(6) : UINT64_C(5)) << 32;
  if (shape->wide && shape->page_log2 != 16)
    tcr |= UINT64_C(1) << 59 | UINT64_C(3) << 12 | UINT64_C(3) << 28;
  return (tw_registers){.sctlr = 1U << 12 | 1U << 2 | 1,
                        .tcr = tcr,
                        .mair = 0x0004004400ffbb77,
                        .ttbr0 = tw_page_tables_root(tables, 0),
                        .ttbr1 = tw_page_tables_root(tables, 1)};
}

typedef struct made {
  tw_page_range range;
  tw_page_attributes attributes;
  unsigned log2;
} made;

static tw_page_attributes random_attributes(uint64_t *seed) {
  uint64_t r = next_random(seed);
  return (tw_page_attributes){.write = r & 1,
                              .clean = (r & 3) == 3 && r & 64,
                              .execute = r & 4,
                              .user = r & 8,
                              .user_execute = r & 16,
                              .not_global = r & 32,
                              .dirty_by_hardware = r & 64,
                              .memory = (uint8_t)(r >> 8 & 3),
                              .shareability = 3,
                              .software = (uint8_t)(r >> 12 & 15)};
}

// What AArch32 can not tell apart: PL1 alone executes what PL0 may read; DBM; and with short descriptors, PXN of a page
// and software's bits.
static tw_page_attributes expressible(const shape *shape, tw_page_attributes a, unsigned log2) {
  if (shape->format == TW_TABLES_VMSA64)
    return a;
  a.clean = a.dirty_by_hardware = false;
  a.user_execute = a.user && (a.user_execute || a.execute);
  if (shape->format == TW_TABLES_LPAE)
    return a;
  a.software = 0;
  if (log2 < 20 && a.user_execute)
    a.execute = true;
  return a;
}

static unsigned pa_bits(const shape *shape, unsigned log2) {
  if (shape->format == TW_TABLES_VMSA64)
    return shape->wide ? 52 : 48;
  return shape->format == TW_TABLES_LPAE || log2 == 24 ? 40 : 32; // supersections have PA[39:32]
}

// One mapping of 2^log2 bytes in a place of its own: 16 of the largest size apart, as far as the address space goes.
static made random_mapping(const shape *shape, unsigned log2, unsigned number, uint64_t *seed) {
  uint64_t bytes = UINT64_C(1) << log2, half = UINT64_C(1) << shape->va_bits;
  uint64_t va = next_random(seed) % half & -bytes;
  if (number & 1 && shape->format == TW_TABLES_VMSA64)
    va |= -half;
  uint64_t pa = next_random(seed) & ((UINT64_C(1) << pa_bits(shape, log2)) - 1) & -bytes;
  tw_page_attributes attributes = expressible(shape, random_attributes(seed), log2);
  return (made){.range = {va, pa, bytes, bytes}, .attributes = attributes, .log2 = log2};
}

static bool allowed(const shape *shape, const tw_page_attributes *a, unsigned kind, unsigned el) {
  bool aarch32 = shape->format != TW_TABLES_VMSA64;
  bool writable = a->write && !a->clean;
  if (el == 0)
    return kind == TW_ACCESS_FETCH ? a->user_execute : a->user && (kind == TW_ACCESS_READ || writable);
  if (kind == TW_ACCESS_FETCH)
    return a->execute && (aarch32 || !(a->user && writable)); // AArch64: what EL0 may write, EL1 never executes
  return kind == TW_ACCESS_READ || writable;
}

static void check_by_model(reader_case *reader, const shape *shape, const made *m, uint64_t offset) {
  const char *name = shape->name;
  for (unsigned i = 0; i < 6; i++) {
    unsigned kind = i % 3, el = i / 3;
    tw_response r = reader_access(reader, m->range.va + offset, kind, el);
    bool allows = allowed(shape, &m->attributes, kind, el);
    cr_expect_eq(!r.fault, allows, "%s, 2^%u, kind %u, EL%u: fault 0x%x", name, m->log2, kind, el, r.fault ? r.fsc : 0);
    if (r.fault)
      cr_expect_eq(r.fsc & 0x3c, TW_FSC_PERMISSION, "%s, 2^%u: 0x%x", name, m->log2, r.fsc);
    else
      cr_expect(r.pa == m->range.pa + offset && r.size_log2 == m->log2, "%s, 2^%u: PA %llx, 2^%u", name, m->log2,
                (unsigned long long)r.pa, r.size_log2);
  }
}

static void check_by_census(const tw_registers *registers, const tw_page_tables *tables, const shape *shape,
                            const made *m, uint64_t offset) {
  const char *name = shape->name;
  bool aarch32 = shape->format != TW_TABLES_VMSA64, is_short = shape->format == TW_TABLES_SHORT;
  size_t count;
  const tw_table_page *pages = tw_page_tables_pages(tables, &count);
  const tw_page_attributes *a = &m->attributes;
  tw_mapping leaf;
  bool found = census_at(registers, pages, count, m->range.va + offset, &leaf);
  cr_assert(found, "%s, 2^%u", name, m->log2);
  bool single = tw_page_tables_single_sizes(tables) >> m->log2 & 1;
  cr_expect_eq(leaf.pa - m->range.pa, leaf.va - m->range.va, "%s, 2^%u", name, m->log2);
  // A supersection and a large page are one mapping of the census.
  cr_expect((is_short || leaf.contiguous == !single) && ((!single && !is_short) || leaf.bytes == m->range.bytes),
            "%s, 2^%u", name, m->log2);
  cr_expect_eq(leaf.writable, a->write && !a->clean, "%s", name);
  cr_expect_eq(leaf.user, a->user, "%s", name);
  bool el0_exec = a->user_execute || (aarch32 && a->execute); // XN alone
  cr_expect(leaf.el1_exec == a->execute && leaf.el0_exec == el0_exec, "%s, 2^%u", name, m->log2);
  cr_expect_eq(leaf.attr_index, a->memory, "%s", name);
  if (is_short)
    return;
  cr_expect_eq(leaf.descriptor >> 51 & 1, a->write && a->dirty_by_hardware, "%s", name);
  cr_expect_eq(leaf.descriptor >> 55 & 15, a->software, "%s", name);
}

static bool same_attributes(const shape *shape, const tw_page_attributes *a, const tw_page_attributes *b) {
  bool shareable = shape->wide && shape->page_log2 != 16 ? true : a->shareability == b->shareability;
  bool dbm = a->dirty_by_hardware == (b->write && b->dirty_by_hardware);
  return a->write == b->write && a->clean == b->clean && a->execute == b->execute && a->user == b->user &&
         a->user_execute == b->user_execute && a->not_global == b->not_global && dbm && a->memory == b->memory &&
         a->software == b->software && shareable;
}

// Every size of every format, in both halves.
Test(page_tables, two_decoders_agree) {
  enum { EACH = 4, MADE_MOST = 64, TRIES = 20 };
  for (size_t s = 0; s < COUNT(shapes); s++) {
    tables_case c = {.next = 0x40000000};
    tw_page_tables_config config = config_of(&shapes[s], &c);
    tw_page_tables *tables = tw_page_tables_create(&config, NULL);
    cr_assert(tables, "%s", shapes[s].name);
    tw_registers registers = registers_of(&shapes[s], tables);
    uint64_t seed = 77 + s;
    made made[MADE_MOST];
    size_t count = 0, table_count;
    for (unsigned log2 = 12; log2 < shapes[s].va_bits; log2++)
      for (unsigned i = 0; tw_page_tables_sizes(tables) >> log2 & 1 && i < EACH; i++) {
        tw_page_result result = TW_PAGE_OCCUPIED;
        for (unsigned tries = 0; result == TW_PAGE_OCCUPIED && tries < TRIES; tries++) {
          made[count] = random_mapping(&shapes[s], log2, i, &seed);
          result = tw_page_tables_map(tables, &made[count].range, &made[count].attributes);
        }
        if (result == TW_PAGE_OCCUPIED && log2 + 6 > shapes[s].va_bits)
          continue; // the address space has not many of these
        cr_assert_eq(result, TW_PAGE_OK, "%s, 2^%u: %d", shapes[s].name, log2, result);
        count++;
      }
    const tw_table_page *pages = tw_page_tables_pages(tables, &table_count);
    reader_case reader = reader_new(&registers, pages, table_count);
    for (size_t i = 0; i < count; i++) {
      uint64_t offset = next_random(&seed) & (made[i].range.bytes - 1);
      tw_page_leaf leaf;
      bool found = tw_page_tables_find(tables, made[i].range.va + offset, &leaf);
      cr_assert(found && leaf.va == made[i].range.va && leaf.pa == made[i].range.pa &&
                    leaf.bytes == made[i].range.bytes,
                "%s, 2^%u", shapes[s].name, made[i].log2);
      cr_expect(same_attributes(&shapes[s], &leaf.attributes, &made[i].attributes), "%s", shapes[s].name);
      check_by_model(&reader, &shapes[s], &made[i], offset);
      check_by_census(&registers, tables, &shapes[s], &made[i], offset);
    }
    cr_assert_geq(count, 8, "%s", shapes[s].name);
    reader_free(&reader);
    tw_page_tables_destroy(tables);
  }
}

// ---- change ----

enum { VA = 0x40000000, BLOCK = 2 << 20, PAGE = 4096, GROUP = 16 * PAGE };

static const tw_page_attributes data = {.write = true, .shareability = 3};

static tw_page_tables *tables_4k(tables_case *c, unsigned bbm, bool break_before_make) {
  tw_page_tables_config config = {.format = TW_TABLES_VMSA64,
                                  .page_log2 = 12,
                                  .va_bits = 48,
                                  .bbm = bbm,
                                  .break_before_make = break_before_make,
                                  .port = case_port(c)};
  tw_page_tables *tables = tw_page_tables_create(&config, NULL);
  cr_assert(tables);
  return tables;
}

static tw_page_result map_one(tw_page_tables *tables, uint64_t va, uint64_t pa, uint64_t bytes, uint64_t sizes) {
  return tw_page_tables_map(tables, &(tw_page_range){va, pa, bytes, sizes}, &data);
}

static uint64_t pa_of(const tw_page_tables *tables, uint64_t va) {
  tw_page_leaf leaf;
  return tw_page_tables_find(tables, va, &leaf) ? leaf.pa + (va - leaf.va) : 0;
}

// A page is unmapped in the middle of a live block: the block becomes a table of contiguous groups, one group becomes
// pages, one page goes.
Test(page_tables, split) {
  static const struct {
    unsigned bbm;
    bool break_before_make;
    tw_page_result result;
    size_t written, invalidated;
  } cases[] = {
      {0, false, TW_PAGE_REFUSED, 0, 0},
      // 512 entries, block invalid, table; group invalid, group of pages; page
      {0, true, TW_PAGE_OK, 512 + 2 + 16 + 16 + 1, 2},
      {1, false, TW_PAGE_REFUSED, 512 + 2, 1}, // nT serves blocks, not contiguous groups
      {1, true, TW_PAGE_OK, 512 + 2 + 16 + 16 + 1, 2},
      {2, false, TW_PAGE_OK, 512 + 1 + 16 + 1, 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    tables_case c = {.next = 0x1000000};
    tw_page_tables *tables = tables_4k(&c, cases[i].bbm, cases[i].break_before_make);
    cr_assert_eq(map_one(tables, VA, 0x80000000, BLOCK, BLOCK), TW_PAGE_OK);
    size_t written = c.written;
    cr_expect_eq(tw_page_tables_unmap(tables, VA + 100 * PAGE, PAGE), cases[i].result, "case %zu", i);
    cr_expect_eq(c.written - written, cases[i].written, "case %zu: %zu", i, c.written - written);
    cr_expect_eq(c.invalidated, cases[i].invalidated, "case %zu", i);
    for (uint64_t at = 0; at < BLOCK; at += PAGE) {
      bool gone = cases[i].result == TW_PAGE_OK && at == 100 * PAGE;
      cr_assert_eq(pa_of(tables, VA + at), gone ? 0 : 0x80000000 + at, "case %zu", i);
    }
    tw_page_leaf leaf;
    cr_assert(tw_page_tables_find(tables, VA + 111 * PAGE, &leaf)); // of the group of pages 96 to 111
    cr_expect_eq(leaf.bytes, cases[i].result == TW_PAGE_OK ? PAGE : cases[i].bbm == 1 ? GROUP : BLOCK);
    cr_assert(tw_page_tables_find(tables, VA + 112 * PAGE, &leaf));
    cr_expect_eq(leaf.bytes, cases[i].bbm == 0 && cases[i].result != TW_PAGE_OK ? BLOCK : GROUP);
    tw_page_tables_destroy(tables);
  }
}

// The order of writes, and what stands between them.
Test(page_tables, split_goes_by_the_level) {
  static const uint64_t NT = 1 << 16;
  for (unsigned bbm = 0; bbm < 3; bbm++) {
    tables_case c = {.next = 0x1000000};
    tw_page_tables *tables = tables_4k(&c, bbm, bbm == 0);
    map_one(tables, VA, 0x80000000, BLOCK, BLOCK);
    uint64_t block = c.log[(c.logged - 1) % 64];
    cr_assert_eq(tw_page_tables_split(tables, VA + GROUP), TW_PAGE_OK);
    uint64_t table = c.log[(c.logged - 1) % 64], before = c.log[(c.logged - 2) % 64];
    uint64_t first = c.log[(c.logged - 3) % 64];
    cr_expect_eq(table & 3, 3, "a table takes the block's place at last");
    if (bbm == 2)
      cr_expect_eq(before & 3, 3, "after its last entry");
    else
      cr_expect(before == 0xdead && first == (bbm == 1 ? (block | NT) : 0), "level %u: %llx", bbm,
                (unsigned long long)first);
    tw_page_tables_destroy(tables);
  }
}

Test(page_tables, protect_keeps_sizes) {
  tables_case c = {.next = 0x1000000};
  tw_page_tables *tables = tables_4k(&c, 2, false);
  uint64_t all = tw_page_tables_sizes(tables);
  tw_page_attributes constant = {.shareability = 3, .execute = true, .memory = 2};
  // 1 GiB, a group of 2 MiB blocks, a block, a group of pages, pages
  uint64_t bytes = (1ULL << 30) + 16 * BLOCK + BLOCK + GROUP + 3 * PAGE, pa = 0x400000000;
  cr_assert_eq(map_one(tables, VA, pa, bytes, all), TW_PAGE_OK);
  static const uint64_t sizes[] = {1 << 30, 16 * BLOCK, BLOCK, GROUP, PAGE, PAGE, PAGE};
  cr_assert_eq(tw_page_tables_protect(tables, VA, bytes, &constant), TW_PAGE_OK);
  uint64_t at = VA;
  for (size_t i = 0; i < COUNT(sizes); i++) {
    tw_page_leaf leaf;
    cr_assert(tw_page_tables_find(tables, at, &leaf));
    cr_expect(leaf.va == at && leaf.bytes == sizes[i] && leaf.pa == pa + (at - VA), "size %zu", i);
    cr_expect(!leaf.attributes.write && leaf.attributes.execute && leaf.attributes.memory == 2);
    at += sizes[i];
  }
  cr_expect_eq(at, VA + bytes);
  // a part of the GiB: what lies outside keeps its rights
  tw_page_attributes writable = constant;
  writable.write = true;
  cr_assert_eq(tw_page_tables_protect(tables, VA + 5 * BLOCK, PAGE, &writable), TW_PAGE_OK);
  tw_page_leaf inside, outside;
  cr_assert(tw_page_tables_find(tables, VA + 5 * BLOCK, &inside));
  cr_assert(tw_page_tables_find(tables, VA + 5 * BLOCK + PAGE, &outside));
  cr_expect(inside.attributes.write && inside.bytes == PAGE && !outside.attributes.write);
  cr_expect_eq(c.invalidated, 0);
  tw_page_tables_destroy(tables);
}

Test(page_tables, refuses) {
  tables_case c = {.next = 0x1000000};
  tw_page_tables *tables = tables_4k(&c, 0, false);
  uint64_t all = tw_page_tables_sizes(tables);
  cr_assert_eq(map_one(tables, VA, 0x80000000, PAGE, all), TW_PAGE_OK);
  static const struct {
    uint64_t va, pa, bytes, sizes;
    tw_page_result result;
  } cases[] = {
      {VA, 0x80000000, PAGE, PAGE, TW_PAGE_OCCUPIED},
      {VA, 0x80000000, BLOCK, BLOCK, TW_PAGE_OCCUPIED}, // a table with a page
      {VA - GROUP + PAGE, 0x80001000, GROUP, PAGE, TW_PAGE_OCCUPIED},
      {VA + 1, 0x80000000, PAGE, PAGE, TW_PAGE_RANGE},
      {VA + PAGE, 0x80000000, 0, PAGE, TW_PAGE_RANGE},
      {VA + PAGE, 0x80000000, PAGE, BLOCK, TW_PAGE_RANGE}, // no allowed size fits
      {0xffffffffff000, 0, 2 * PAGE, PAGE, TW_PAGE_RANGE}, // across the end of the lower half
      {1ULL << 48, 0, PAGE, PAGE, TW_PAGE_RANGE},
      {0xfffffffffffff000, 0x80000000, PAGE, PAGE, TW_PAGE_OK}, // the last page there is
  };
  for (size_t i = 0; i < COUNT(cases); i++)
    cr_expect_eq(map_one(tables, cases[i].va, cases[i].pa, cases[i].bytes, cases[i].sizes), cases[i].result, "case %zu",
                 i);
  cr_expect_eq(tw_page_tables_unmap(tables, 0xfffffffffffff000, PAGE), TW_PAGE_OK);
  cr_expect_eq(pa_of(tables, 0xfffffffffffff000), 0);
  cr_expect_eq(pa_of(tables, 1ULL << 50), 0, "no address");
  tw_page_tables_destroy(tables);
}

// A block takes the place of a table that maps nothing any more; and tables go when they are pruned.
Test(page_tables, empty_tables) {
  tables_case c = {.next = 0x1000000};
  tw_page_tables *tables = tables_4k(&c, 0, false);
  size_t roots = c.taken;
  map_one(tables, VA, 0x80000000, PAGE, PAGE);
  cr_expect_eq(c.taken, roots + 3);
  tw_page_tables_unmap(tables, VA, PAGE);
  cr_expect_eq(c.given, 0);
  cr_assert_eq(map_one(tables, VA, 0x80000000, BLOCK, BLOCK), TW_PAGE_OK);
  cr_expect(c.given == 1 && c.tables_invalidated == 1 && c.last_va == VA);
  cr_expect(!tw_page_tables_prune(tables, VA, BLOCK), "all of them map something");
  tw_page_tables_unmap(tables, VA, BLOCK);
  cr_expect(tw_page_tables_prune(tables, VA, PAGE));
  cr_expect_eq(c.given, 3);
  size_t count;
  tw_page_tables_pages(tables, &count);
  cr_expect_eq(count, roots);
  tw_page_tables_destroy(tables);
}

// Short descriptors: the tables of 2 MiB stand in one page, at 2 KiB and 3 KiB.
Test(page_tables, tables_in_pairs) {
  tables_case c = {.next = 0x1000000};
  tw_page_tables_config config = {.format = TW_TABLES_SHORT, .page_log2 = 12, .va_bits = 32, .port = case_port(&c)};
  tw_page_tables *tables = tw_page_tables_create(&config, NULL);
  uint64_t root = tw_page_tables_root(tables, 0);
  cr_expect_eq(root % 16384, 0);
  map_one(tables, 0xbf100000, 0x80000000, PAGE, PAGE); // the odd MiB of the two
  uint64_t even = tw_page_tables_table(tables, 0xbf000000, 2), odd = tw_page_tables_table(tables, 0xbf100000, 2);
  cr_expect(even % 4096 == 2048 && odd == even + 1024, "%llx %llx", (unsigned long long)even, (unsigned long long)odd);
  cr_expect_eq(c.taken, 2);
  map_one(tables, 0xbf000000, 0x80001000, PAGE, PAGE);
  cr_expect_eq(c.taken, 2, "it has its table already");
  // beside a section, a table stands alone
  map_one(tables, 0xc0000000, 0x40000000, 1 << 20, 1 << 20);
  map_one(tables, 0xc0100000, 0x40100000, PAGE, PAGE);
  cr_expect_eq(pa_of(tables, 0xc00ff000), 0x400ff000);
  cr_expect_eq(pa_of(tables, 0xc0100000), 0x40100000);
  tw_page_tables_unmap(tables, 0xbf000000, 2 << 20);
  tw_page_tables_unmap(tables, 0xc0100000, 1 << 20);
  size_t given = c.given;
  cr_expect(tw_page_tables_prune(tables, 0xbf000000, 2 << 20));
  cr_expect_eq(c.given, given + 1, "both tables, one page");
  cr_expect(tw_page_tables_prune(tables, 0xc0000000, 2 << 20));
  cr_expect_eq(pa_of(tables, 0xc00ff000), 0x400ff000);
  tw_page_tables_destroy(tables);
}

Test(page_tables, no_room_for_tables) {
  for (size_t most = 1; most < 6; most++) {
    tables_case c = {.next = 0x1000000, .taken_most = most};
    tw_page_tables_config config = {.page_log2 = 12, .va_bits = 48, .port = case_port(&c)};
    tw_error error = {"none"};
    tw_page_tables *tables = tw_page_tables_create(&config, &error);
    if (most < 2) {
      cr_expect(!tables);
      cr_expect_str_eq(error.text, "page tables: no memory for the first tables");
      continue;
    }
    cr_expect_eq(map_one(tables, VA, 0, PAGE, PAGE), most < 5 ? TW_PAGE_NO_MEMORY : TW_PAGE_OK);
    tw_page_tables_destroy(tables);
  }
}

Test(page_tables, formats_that_are_none) {
  static const struct {
    tw_page_tables_config config;
    const char *text;
  } cases[] = {
      {{.page_log2 = 13, .va_bits = 48}, "page tables: page_log2 is 13, expected 12, 14 or 16"},
      {{.page_log2 = 12, .va_bits = 52}, "page tables: va_bits is 52, expected 25 to 48"},
      {{.page_log2 = 16, .va_bits = 53}, "page tables: va_bits is 53, expected 25 to 52"},
      {{.format = TW_TABLES_LPAE, .page_log2 = 12, .va_bits = 48}, "page tables: va_bits is 48, expected 32"},
      {{.format = TW_TABLES_SHORT, .page_log2 = 14, .va_bits = 32}, "page tables: page_log2 is 14, expected 12"},
      {{.format = TW_TABLES_SHORT, .page_log2 = 12, .va_bits = 32, .wide = true},
       "page tables: wide physical addresses, expected them in VMSAv8-64 alone"},
      {{.page_log2 = 12, .va_bits = 48, .bbm = 3}, "page tables: bbm is 3, expected 0 to 2"},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_error error;
    cr_expect(!tw_page_tables_create(&cases[i].config, &error));
    cr_expect_str_eq(error.text, cases[i].text);
  }
}
