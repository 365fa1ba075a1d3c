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
    {"4K, 36 bits", TW_TABLES_VMSA64, 12, 36, false},  {"4K, 39 bits", TW_TABLES_VMSA64, 12, 39, false},
    {"4K, 48 bits", TW_TABLES_VMSA64, 12, 48, false},  {"4K, 52 bits", TW_TABLES_VMSA64, 12, 52, true},
    {"16K, 36 bits", TW_TABLES_VMSA64, 14, 36, false}, {"16K, 47 bits", TW_TABLES_VMSA64, 14, 47, false},
    {"16K, 48 bits", TW_TABLES_VMSA64, 14, 48, false}, {"16K, 52 bits", TW_TABLES_VMSA64, 14, 52, true},
    {"64K, 42 bits", TW_TABLES_VMSA64, 16, 42, false}, {"64K, 48 bits", TW_TABLES_VMSA64, 16, 48, false},
    {"64K, 52 bits", TW_TABLES_VMSA64, 16, 52, true},  {"LPAE", TW_TABLES_LPAE, 12, 32, false},
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
  cr_expect((is_short || leaf.contiguous == !single) && ((!single && !is_short) || leaf.bytes == m->range.bytes), "%s, 2^%u", name, m->log2);
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
