// TLB maintenance by ranges: operands worked out by hand from the kernel's __flush_tlb_range_op of the version and the
// architecture's fields, and, whatever the version, the pages that all operations of a flush name: each of them once.
#include "traces_case.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <traces/kernel.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/// TLBI RVAE1IS, RVALE1IS, RVAALE1IS, VALE1IS, VAE1IS, VAALE1IS, ASIDE1IS, all with X0; VMALLE1IS.
enum {
  RVAE1IS = 0x220,
  RVALE1IS = 0x2a0,
  RVAALE1IS = 0x2e0,
  VAE1IS = 0x320,
  ASIDE1IS = 0x340,
  VALE1IS = 0x3a0,
  VAALE1IS = 0x3e0,
  VMALLE1IS = 0x31f
};

enum { TLBIS_MOST = 2048 };

typedef struct told {
  uint32_t word;
  uint64_t operand;
} told;

typedef struct diary {
  told told[TLBIS_MOST];
  size_t count;
} diary;

static void hear(void *context, const tw_event *event) {
  diary *d = context;
  if (event->kind != TW_EVENT_TLBI)
    return;
  cr_assert_lt(d->count, TLBIS_MOST);
  d->told[d->count++] = (told){event->word, event->value};
}

static tw_kernel *kernel_new(const tw_kernel_config *config, diary *d) {
  tw_error error = {"none"};
  tw_kernel *kernel = tw_kernel_create(config, &(tw_kernel_sink){hear, d}, &error);
  cr_assert(kernel, "%s", error.text);
  tw_kernel_boot_done(kernel);
  d->count = 0;
  return kernel;
}

static tw_kernel_config config_of(unsigned major, unsigned minor, unsigned page_log2, unsigned va_bits) {
  tw_kernel_config config = tw_kernel_config_usual(TW_LINUX_ARM64);
  config.layout.linux_major = major;
  config.layout.linux_minor = minor;
  config.layout.page_log2 = page_log2;
  config.layout.va_bits = va_bits;
  config.rodata = TW_RODATA_ON;
  config.tlbi_range = true;
  return config;
}

// ---- by hand ----

/// A range's fields. `pages`: how many lie before it.
typedef struct expected {
  unsigned op, scale, num, ttl;
  uint64_t pages;
} expected;

static uint64_t operand_of(const expected *e, uint64_t va, unsigned page_log2, bool ds, uint64_t asid) {
  uint64_t at = va + (e->pages << page_log2), tg = (page_log2 - 12) / 2 + 1;
  if (e->op == ASIDE1IS)
    return asid << 48;
  if (e->op >= 0x300) // Xt: ASID [63:48], TTL [47:44], VA[55:12] [43:0]
    return asid << 48 | (uint64_t)e->ttl << 44 | (at >> 12 & 0xfffffffffff);
  return asid << 48 | tg << 46 | (uint64_t)e->scale << 44 | (uint64_t)e->num << 39 | (uint64_t)e->ttl << 37 |
         (at >> (ds ? 16 : page_log2) & 0x1fffffffff);
}

static const struct process_case {
  const char *name;
  unsigned major, minor, page_log2, va_bits, map_log2;
  uint64_t bytes;
  bool neighbour; ///< keeps the tables
  size_t count;
  expected list[8];
} processes[] = {
    // 511 = 7 * 64 + 31 * 2 + 1: from 6.8 on the largest scale first, the odd page last
    {"6.12",
     6,
     12,
     12,
     48,
     12,
     511 << 12,
     true,
     3,
     {{RVALE1IS, 1, 6, 3, 0}, {RVALE1IS, 0, 30, 3, 448}, {VALE1IS, 0, 0, 7, 510}}},
    {"6.8",
     6,
     8,
     12,
     48,
     12,
     511 << 12,
     true,
     3,
     {{RVALE1IS, 1, 6, 3, 0}, {RVALE1IS, 0, 30, 3, 448}, {VALE1IS, 0, 0, 7, 510}}},
    // before, the odd page first, the smallest scale first
    {"6.7",
     6,
     7,
     12,
     48,
     12,
     511 << 12,
     true,
     3,
     {{VALE1IS, 0, 0, 7, 0}, {RVALE1IS, 0, 30, 3, 1}, {RVALE1IS, 1, 6, 3, 63}}},
    {"5.9",
     5,
     9,
     12,
     48,
     12,
     511 << 12,
     true,
     3,
     {{VALE1IS, 0, 0, 7, 0}, {RVALE1IS, 0, 30, 3, 1}, {RVALE1IS, 1, 6, 3, 63}}},
    // 5.8 knows no ranges, and no TTL
    {"5.8", 5, 8, 12, 48, 12, 3 << 12, true, 3, {{VALE1IS, 0, 0, 0, 0}, {VALE1IS, 0, 0, 0, 1}, {VALE1IS, 0, 0, 0, 2}}},
    // tables are gone too: not of the last level alone, and of no level known
    {"6.12, tables", 6, 12, 12, 48, 12, 3 << 12, false, 2, {{RVAE1IS, 0, 0, 0, 0}, {VAE1IS, 0, 0, 0, 2}}},
    // 64 pages: num 31 of scale 0 from above would do, but scale 1 comes first; from below num ends at 30
    {"6.12, 64 pages", 6, 12, 12, 48, 12, 64 << 12, true, 1, {{RVALE1IS, 1, 0, 3, 0}}},
    {"6.1, 64 pages", 6, 1, 12, 48, 12, 64 << 12, true, 1, {{RVALE1IS, 1, 0, 3, 0}}},
    // more than 511 pages are still ranges; the lower table goes with them
    {"6.12, 600 pages", 6, 12, 12, 48, 12, 600 << 12, true, 2, {{RVAE1IS, 1, 8, 0, 0}, {RVAE1IS, 0, 11, 0, 576}}},
    // a block of 2 MiB, level 2: 512 pages of 4K
    {"6.12, 2 MiB", 6, 12, 12, 48, 21, 2 << 20, true, 1, {{RVALE1IS, 1, 7, 2, 0}}},
    {"6.1, 2 MiB", 6, 1, 12, 48, 21, 2 << 20, true, 1, {{RVALE1IS, 1, 7, 2, 0}}},
    // granules: 16K, 64K
    {"6.12, 16K", 6, 12, 14, 47, 14, 7 << 14, true, 2, {{RVALE1IS, 0, 2, 3, 0}, {VALE1IS, 0, 0, 11, 6}}},
    {"6.12, 64K", 6, 12, 16, 48, 16, 7 << 16, true, 2, {{RVALE1IS, 0, 2, 3, 0}, {VALE1IS, 0, 0, 15, 6}}},
    // DS: five pages up to a multiple of 64 KiB, then a range in units of it, then the odd page. The mapping ends a
    // page
    // below a multiple of 64 KiB.
    {"6.12, LPA2",
     6,
     12,
     12,
     52,
     12,
     20 << 12,
     true,
     7,
     {{VALE1IS, 0, 0, 7, 0},
      {VALE1IS, 0, 0, 7, 1},
      {VALE1IS, 0, 0, 7, 2},
      {VALE1IS, 0, 0, 7, 3},
      {VALE1IS, 0, 0, 7, 4},
      {RVALE1IS, 0, 6, 3, 5},
      {VALE1IS, 0, 0, 7, 19}}},
    {"6.12, 64K, 52 bits", 6, 12, 16, 52, 16, 2 << 16, true, 1, {{RVALE1IS, 0, 0, 3, 0}}},
};

Test(kernel_ranges, of_a_process) {
  for (size_t i = 0; i < COUNT(processes); i++) {
    const struct process_case *c = &processes[i];
    diary *d = calloc(1, sizeof *d);
    tw_kernel_config config = config_of(c->major, c->minor, c->page_log2, c->va_bits);
    tw_kernel *kernel = kernel_new(&config, d);
    if (c->neighbour)
      cr_assert_neq(tw_kernel_mmap(kernel, UINT64_C(1) << c->map_log2, c->map_log2), 0);
    uint64_t va = tw_kernel_mmap(kernel, c->bytes, c->map_log2);
    cr_assert(va && d->count == 0, "%s", c->name);
    tw_kernel_munmap(kernel, va);
    bool ds = c->va_bits == 52 && c->page_log2 != 16;
    cr_expect_eq(d->count, c->count, "%s: %zu", c->name, d->count);
    for (size_t k = 0; k < c->count && k < d->count; k++) {
      uint64_t operand = operand_of(&c->list[k], va, c->page_log2, ds, 1);
      cr_expect(d->told[k].word == (0xd5088000U | c->list[k].op) && d->told[k].operand == operand,
                "%s, %zu: %x %llx, expected %llx", c->name, k, d->told[k].word, (unsigned long long)d->told[k].operand,
                (unsigned long long)operand);
    }
    tw_kernel_destroy(kernel);
    free(d);
  }
}

// MAX_TLBI_RANGE_PAGES is 2^21: num 31 of scale 3. Until 6.9 that many were too many (73301e464a72); more always are.
Test(kernel_ranges, the_longest) {
  static const struct {
    unsigned minor;
    uint64_t gib;
    uint32_t word;
    uint64_t operand_less_va;
  } cases[] = {{12, 8, 0xd50882a0, 1ULL << 48 | 1ULL << 46 | 3ULL << 44 | 31ULL << 39 | 1ULL << 37},
               {10, 8, 0xd50882a0, 1ULL << 48 | 1ULL << 46 | 3ULL << 44 | 31ULL << 39 | 1ULL << 37},
               {9, 8, 0xd5088340, 1ULL << 48},
               {12, 9, 0xd5088340, 1ULL << 48}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    diary *d = calloc(1, sizeof *d);
    tw_kernel_config config = config_of(6, cases[i].minor, 12, 48);
    config.layout.ram_bytes = 16 * GIB;
    config.layout.mmap_bytes = 20 * GIB;
    tw_kernel *kernel = kernel_new(&config, d);
    cr_assert_neq(tw_kernel_mmap(kernel, GIB, 30), 0);
    uint64_t va = tw_kernel_mmap(kernel, cases[i].gib * GIB, 30);
    cr_assert_neq(va, 0);
    tw_kernel_munmap(kernel, va);
    uint64_t base = cases[i].word == 0xd50882a0 ? va >> 12 : 0;
    cr_expect(d->count == 1 && d->told[0].word == cases[i].word &&
                  d->told[0].operand == (cases[i].operand_less_va | base),
              "6.%u, %llu GiB: %zu, %x %llx", cases[i].minor, (unsigned long long)cases[i].gib, d->count,
              d->told[0].word, (unsigned long long)d->told[0].operand);
    tw_kernel_destroy(kernel);
    free(d);
  }
}

// flush_tlb_kernel_range goes by ranges since 6.13 (a923705c69f7): of no level known, and without an ASID.
Test(kernel_ranges, of_the_kernel) {
  static const struct {
    unsigned minor;
    bool has_range;
    size_t tlbis;
    uint32_t word;
    uint64_t fields;
  } cases[] = {{12, true, 512, 0xd5088000 | VAALE1IS, 0},
               {13, true, 1, 0xd5088000 | RVAALE1IS, 1ULL << 46 | 1ULL << 44 | 7ULL << 39},
               {13, false, 1, 0xd5088000 | VMALLE1IS, 0}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    diary *d = calloc(1, sizeof *d);
    tw_kernel_config config = config_of(6, cases[i].minor, 12, 48);
    config.tlbi_range = cases[i].has_range;
    tw_kernel *kernel = kernel_new(&config, d);
    uint64_t va = tw_kernel_vmalloc(kernel, 2 * MIB, TW_VMALLOC_PAGES);
    cr_expect_eq(tw_kernel_set_memory(kernel, va, 2 * MIB, false, false), 0);
    uint64_t base = cases[i].word == (0xd5088000 | VMALLE1IS)   ? 0
                    : cases[i].word == (0xd5088000 | RVAALE1IS) ? va >> 12 & 0x1fffffffff
                                                                : va >> 12 & 0xfffffffffff;
    cr_expect(d->count == cases[i].tlbis && d->told[0].word == cases[i].word &&
                  d->told[0].operand == (cases[i].fields | base),
              "6.%u: %zu, %x %llx", cases[i].minor, d->count, d->told[0].word, (unsigned long long)d->told[0].operand);
    tw_kernel_destroy(kernel);
    free(d);
  }
}

// ---- whatever is flushed ----

/// The pages that an operation names, by the architecture's definition: [first, last] in units of 4 KiB.
static void pages_of(const told *t, unsigned page_log2, bool ds, uint64_t *first, uint64_t *last) {
  unsigned per_page = 1U << (page_log2 - 12);
  if ((t->word & 0xf00) == 0x300) {
    *first = t->operand & 0xfffffffffff;
    *last = *first + per_page - 1;
    return;
  }
  cr_assert_eq(t->word & 0xf00, 0x200);
  cr_assert_eq(t->operand >> 46 & 3, (page_log2 - 12) / 2 + 1);
  uint64_t base = t->operand & 0x1fffffffff, num = t->operand >> 39 & 31, scale = t->operand >> 44 & 3;
  *first = base << ((ds ? 16 : page_log2) - 12);
  *last = *first + ((num + 1) << (5 * scale + 1)) * per_page - 1;
}

static void flush_some(const tw_kernel_config *config, uint64_t seed) {
  diary *d = calloc(1, sizeof *d);
  tw_kernel *kernel = kernel_new(config, d);
  unsigned page_log2 = config->layout.page_log2;
  bool ds = config->layout.va_bits == 52 && page_log2 != 16;
  size_t ranges = 0;
  for (unsigned i = 0; i < 60; i++) {
    uint64_t pages = 1 + next_random(&seed) % (i % 3 ? 300 : 9000);
    uint64_t va = tw_kernel_mmap(kernel, pages << page_log2, page_log2), at = va >> 12, first, last;
    cr_assert_neq(va, 0);
    d->count = 0;
    tw_kernel_munmap(kernel, va);
    for (size_t k = 0; k < d->count; k++) { // they come in order of address
      pages_of(&d->told[k], page_log2, ds, &first, &last);
      cr_expect_eq(first, at, "%u.%u, %llu pages", config->layout.linux_major, config->layout.linux_minor,
                   (unsigned long long)pages);
      at = last + 1;
      ranges += (d->told[k].word & 0xf00) == 0x200;
    }
    cr_expect_eq(at, (va >> 12) + (pages << (page_log2 - 12)), "all pages, and no more");
    if (i % 2)
      cr_assert_neq(tw_kernel_mmap(kernel, (1 + i % 7) << page_log2, page_log2), 0); // other alignments
  }
  cr_expect_gt(ranges, 60);
  tw_kernel_destroy(kernel);
  free(d);
}

Test(kernel_ranges, name_each_page_once) {
  static const struct {
    unsigned major, minor, page_log2, va_bits;
  } cases[] = {{5, 9, 12, 48},  {6, 1, 12, 39},  {6, 7, 16, 48},  {6, 8, 12, 48},  {6, 12, 12, 52},
               {6, 12, 14, 52}, {6, 12, 16, 52}, {6, 12, 14, 47}, {6, 13, 12, 48}, {6, 18, 16, 48}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_kernel_config config = config_of(cases[i].major, cases[i].minor, cases[i].page_log2, cases[i].va_bits);
    flush_some(&config, i + 1);
  }
}
