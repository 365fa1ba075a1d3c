// The census of table images agrees with the captures' own, and ends on any tables.
#include "traces_case.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traces/census.h>
#include <unistd.h>

// A row as the captures' census writes it, its sizes in any order: {'4K': 16, '2M': 1}
static bool row_agrees(const tw_census_row *row, const char *text) {
  size_t sizes = 0;
  for (const char *at = text; (at = strchr(at, ':')); at++)
    sizes++;
  for (size_t i = 0; i < row->sizes; i++) {
    char pair[64];
    snprintf(pair, sizeof pair, "'%s': %" PRIu64, row->size[i].name, row->size[i].count);
    const char *at = strstr(text, pair);
    if (!at || !strchr(",}", at[strlen(pair)]))
      return false;
  }
  return sizes == row->sizes;
}

static const tw_census_row *find_row(const tw_census_row *rows, size_t count, const char *name) {
  char wanted[80];
  if (strncmp(name, "buf:", 4) == 0)
    snprintf(wanted, sizeof wanted, "buffer %s", name + 4);
  else if (strcmp(name, "kernel-image") == 0)
    strcpy(wanted, "kernel image");
  else if (strcmp(name, "linear(lowmem)") == 0)
    strcpy(wanted, "lowmem");
  else
    snprintf(wanted, sizeof wanted, "%.*s", (int)strcspn(name, "("), name);
  for (size_t i = 0; i < count; i++)
    if (strcmp(rows[i].name, wanted) == 0)
      return &rows[i];
  return NULL;
}

// AArch32's files count in "other-kernel" what stands in regions of its own here.
static tw_census_row join_rows(const tw_census_row *rows, size_t count) {
  static const char *const names[] = {"device tree", "fixmap", "vectors", "pkmap", "other"};
  tw_census_row joined = {.sizes = 0};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    for (size_t r = 0; r < count; r++)
      for (size_t s = 0; strcmp(rows[r].name, names[i]) == 0 && s < rows[r].sizes; s++)
        joined.size[joined.sizes++] = rows[r].size[s];
  return joined;
}

static size_t check_census_file(const char *path, const tw_census_row *rows, size_t count) {
  FILE *file = fopen(path, "r");
  char line[4096], name[64];
  size_t checked = 0;
  while (fgets(line, sizeof line, file)) {
    char *counts = strchr(line, '{');
    if (!counts || line[0] == ' ' || strncmp(line, "granule", 7) == 0 || sscanf(line, "%63s", name) != 1)
      continue;
    if (strncmp(name, "regs", 4) == 0 || strncmp(name, "EAE", 3) == 0)
      continue;
    const tw_census_row joined = join_rows(rows, count);
    const tw_census_row *row = strcmp(name, "other-kernel") == 0 ? &joined : find_row(rows, count, name);
    char *attributes = strstr(counts, "attrs");
    if (attributes)
      *attributes = '\0';
    cr_assert(row && row_agrees(row, counts), "%s: %s", path, line);
    checked++;
  }
  fclose(file);
  return checked;
}

static int count_run(void *context, const tw_run *run) {
  *(size_t *)context += run->first.half;
  return 0;
}

Test(traces, census_agrees_with_the_captures_own) {
  static const struct {
    const char *folder, *census;
    size_t runs; // of the kernel half, by physical address, as in mapruns-snap2.txt
  } captures[] = {{"k61-4k-full", "census-snap2", 398},  {"k61-4k-on", "census-snap2", 400},
                  {"k61-4k-on-tlbi", "census-snap2", 0}, {"k612-16k-on", "census-snap2", 416},
                  {"k61-a32-armmp", "census3", 0},       {"k61-a32-lpae", "census2", 0}};
  for (size_t i = 0; i < sizeof captures / sizeof captures[0]; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/captures/%s/vmalloc_64m.h1t.zst", shared_dir(), captures[i].folder);
    if (access(path, F_OK) != 0)
      continue;
    tw_error error;
    tw_trace *trace = tw_trace_open(path, 0, &error);
    cr_assert_not_null(trace, "%s", error.text);
    tw_image image = tw_trace_image(trace);
    size_t region_count, count, runs = 0;
    const tw_region *regions = tw_trace_regions(trace, &region_count);
    tw_census_row *rows;
    cr_assert_eq(tw_census_count(&image, regions, region_count, &rows, &count, &error), 0, "%s", error.text);
    snprintf(path, sizeof path, "%s/captures/%s/%s.txt", shared_dir(), captures[i].folder, captures[i].census);
    cr_assert_geq(check_census_file(path, rows, count), 17);
    cr_assert_eq(tw_image_runs(&image, TW_RUNS_BY_PA, count_run, &runs, &error), 0);
    if (captures[i].runs)
      cr_assert_eq(runs, captures[i].runs);
    free(rows);
    tw_trace_close(trace);
  }
}

// Tables that point at themselves end in an error, not in a very long walk.
Test(traces, census_refuses_loops) {
  static uint64_t table[512];
  for (size_t i = 0; i < 512; i++)
    table[i] = 0x40000003;
  const tw_table_page page = {.pa = 0x40000000, .bytes = 4096, .half = 1, .data = (const uint8_t *)table};
  const tw_registers registers = {.tcr = 0x5001f2b5503510, .ttbr0 = 0x40000000, .ttbr1 = 0x40000000};
  const tw_image image = {&registers, &page, 1};
  tw_census_row *rows;
  size_t count;
  tw_error error;
  cr_assert_eq(tw_census_count(&image, NULL, 0, &rows, &count, &error), -1);
  cr_assert_not_null(strstr(error.text, "found a loop"));
}

// -- AArch32, tables made up here --

typedef struct leaves {
  tw_mapping at[64];
  size_t count;
} leaves;

static int keep_leaf(void *context, const tw_mapping *mapping) {
  leaves *leaves = context;
  cr_assert_lt(leaves->count, 64);
  leaves->at[leaves->count++] = *mapping;
  return 0;
}

static void expect_leaf(const tw_mapping *found, const tw_mapping *expected) {
  cr_expect_eq(found->va, expected->va, "va 0x%" PRIx64, found->va);
  cr_expect(found->pa == expected->pa && found->bytes == expected->bytes && found->half == expected->half &&
                found->level == expected->level && found->writable == expected->writable &&
                found->user == expected->user && found->el1_exec == expected->el1_exec &&
                found->el0_exec == expected->el0_exec && found->attr == expected->attr,
            "0x%" PRIx64 ": pa 0x%" PRIx64 ", 0x%" PRIx64 " bytes, half %u, level %d, w %d u %d x %d %d, attr 0x%02x",
            found->va, found->pa, found->bytes, found->half, found->level, found->writable, found->user,
            found->el1_exec, found->el0_exec, found->attr);
}

// TTBCR.N = 2: TTBR0 has the first GiB by 1024 entries, TTBR1 the rest. No remap: TEX, C and B say the attributes.
Test(traces, census_of_short_descriptors) {
  static uint32_t first0[1024], first1[4096], second[256];
  first0[1] = 0x50100c02 | 7 << 12;    // section, AP = 3: rw for all, TEX = 7
  first0[2] = 0x41000000 | 1 << 2 | 1; // table, PXN
  for (size_t i = 0; i < 16; i++) {
    first1[2048 + i] = 0x63240412 | 1 << 5 | 0x8000; // supersection at 0x2'63000000 (+ 1 << 36), read-only, XN, AP = 5
    second[32 + i] = 0x70010011 | 1 << 9 | 1 << 15;  // large page, read-only, XN
  }
  second[1] = 0x70020032;     // small page
  second[3] = 0x70030032 | 1; // small page, XN, AP = 3
  const tw_table_page pages[] = {{.pa = 0x40000000, .bytes = sizeof first0, .data = (const uint8_t *)first0},
                                 {.pa = 0x40010000, .bytes = sizeof first1, .data = (const uint8_t *)first1},
                                 {.pa = 0x41000000, .bytes = sizeof second, .data = (const uint8_t *)second}};
  const tw_registers registers = {.tcr = 2, .ttbr0 = 0x4000004a, .ttbr1 = 0x4001004a, .regime = TW_REGIME_PL10};
  const tw_image image = {&registers, pages, 3};
  static const tw_mapping expected[] = {
      {.va = 0x100000,
       .pa = 0x50100000,
       .bytes = 1 << 20,
       .level = 1,
       .writable = true,
       .user = true,
       .el1_exec = true,
       .el0_exec = true,
       .attr = 0xe4},
      {.va = 0x201000,
       .pa = 0x70020000,
       .bytes = 1 << 12,
       .level = 2,
       .writable = true,
       .user = true,
       .el0_exec = true,
       .attr = 0x00},
      {.va = 0x203000, .pa = 0x70030000, .bytes = 1 << 12, .level = 2, .writable = true, .user = true, .attr = 0x00},
      {.va = 0x220000, .pa = 0x70010000, .bytes = 1 << 16, .level = 2, .attr = 0x00},
      {.va = 0x80000000, .pa = 0x1263000000, .bytes = 1 << 24, .half = 1, .level = 1, .attr = 0x00},
  };
  leaves found = {.count = 0};
  tw_error error;
  cr_assert_eq(tw_image_walk(&image, keep_leaf, &found, &error), 0);
  cr_assert_eq(found.count, sizeof expected / sizeof expected[0]);
  for (size_t i = 0; i < found.count; i++)
    expect_leaf(&found.at[i], &expected[i]);
}

// TTBCR.{T0SZ, T1SZ}: which register has which addresses, and where its table begins.
Test(traces, census_of_lpae_halves) {
  static const struct {
    uint64_t tcr, count, first, last; // leaves of both halves, their first and last address
    uint64_t of_half0;
  } cases[] = {
      {0, 4, 0x00000000, 0xc0000000, 4},                  // TTBR0 alone
      {2ULL << 16, 3 + 1, 0x00000000, 0xc0000000, 3},     // TTBR1 has the last GiB, by a level 2 table
      {1ULL << 16, 2 + 2, 0x00000000, 0xc0000000, 2},     // halves
      {1, 2 + 2, 0x00000000, 0xc0000000, 2},              // T1SZ = 0: the rest
      {2 | 1ULL << 16, 1 + 2, 0x00000000, 0xc0000000, 1}, // a hole between them
  };
  for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
    // TTBR0: a GiB each entry; as a level 2 table it begins with a 2 MiB block. TTBR1 likewise.
    uint64_t tables[2][4] = {{0x40000401, 0x40000401, 0x40000401, 0x40000401},
                             {0x80000401, 0x80000401, 0x80000401, 0x80000401}};
    unsigned t1sz = cases[c].tcr >> 16 & 7, t0sz = cases[c].tcr & 7;
    for (size_t i = 0; i < 4; i++) { // level 2 tables: the first entry alone
      tables[0][i] = t0sz == 2 && i ? 0 : tables[0][i];
      tables[1][i] = t1sz == 2 && i ? 0 : tables[1][i];
    }
    const tw_table_page pages[] = {{.pa = 0x41000000, .bytes = 32, .data = (const uint8_t *)tables[0]},
                                   {.pa = 0x42000000, .bytes = 32, .data = (const uint8_t *)tables[1]}};
    const tw_registers registers = {.tcr = cases[c].tcr | 1ULL << 31,
                                    .ttbr0 = 0x0012000041000000,
                                    .ttbr1 = 0x42000000,
                                    .mair = 0xff,
                                    .regime = TW_REGIME_PL10};
    const tw_image image = {&registers, pages, 2};
    leaves found = {.count = 0};
    tw_error error;
    cr_assert_eq(tw_image_walk(&image, keep_leaf, &found, &error), 0, "case %zu", c);
    uint64_t of_half0 = 0;
    for (size_t i = 0; i < found.count; i++)
      of_half0 += found.at[i].half == 0;
    cr_assert_eq(found.count, cases[c].count, "case %zu: %zu leaves", c, found.count);
    cr_expect_eq(of_half0, cases[c].of_half0, "case %zu", c);
    cr_expect_eq(found.at[0].va, cases[c].first, "case %zu", c);
    cr_expect_eq(found.at[found.count - 1].va, cases[c].last, "case %zu: 0x%" PRIx64, c, found.at[found.count - 1].va);
  }
}

// -- a part --

typedef struct part_walk {
  const tw_table_page *pages;
  size_t count, leaves, tables;
  uint64_t first, last; // of all leaves
} part_walk;

static bool read_pages(void *context, uint64_t pa, void *value, size_t bytes) {
  const part_walk *walk = context;
  for (size_t i = 0; i < walk->count; i++) {
    const tw_table_page *page = &walk->pages[i];
    if (pa < page->pa || pa - page->pa + bytes > page->bytes)
      continue;
    memcpy(value, page->data + (pa - page->pa), bytes);
    return true;
  }
  return false;
}

static int count_leaf(void *context, const tw_mapping *mapping) {
  part_walk *walk = context;
  walk->first = walk->leaves++ ? walk->first : mapping->va;
  walk->last = mapping->va + (mapping->bytes - 1);
  return 0;
}

static int count_table(void *context, const tw_walked_table *table) {
  ((part_walk *)context)->tables += table->entries > 0;
  return 0;
}

// A walk of a part gives the leaves that meet it, and comes through the tables above them alone.
Test(traces, census_of_a_part) {
  static uint64_t level0[512], level1[512], level2[512], level3[512];
  static uint32_t short1[4096], short2[256];
  level0[0] = 0x41000003;
  level1[1] = 0x42000003;
  for (uint64_t i = 0; i < 512; i++) {
    level2[i] = i == 3 ? 0x43000003 : (0x80000000 + (i << 21)) | 0x701;
    level3[i] = (0x50000000 + (i << 12)) | 0x703;
  }
  for (uint32_t i = 0; i < 16; i++) { // a supersection, and a large page
    short1[0xc10 + i] = 0x60000000 | 1 << 18 | 0x402;
    short2[16 + i] = 0x70000011;
  }
  short1[0xd00] = 0x45000001;
  const tw_table_page pages[] = {{.pa = 0x40000000, .bytes = 4096, .data = (const uint8_t *)level0},
                                 {.pa = 0x41000000, .bytes = 4096, .data = (const uint8_t *)level1},
                                 {.pa = 0x42000000, .bytes = 4096, .data = (const uint8_t *)level2},
                                 {.pa = 0x43000000, .bytes = 4096, .data = (const uint8_t *)level3},
                                 {.pa = 0x44000000, .bytes = 16384, .data = (const uint8_t *)short1},
                                 {.pa = 0x45000000, .bytes = 1024, .data = (const uint8_t *)short2}};
  const tw_registers arm64 = {.tcr = 16 | 16 << 16 | 2ULL << 30, .ttbr0 = 0x40000000, .ttbr1 = 0x48000000};
  const tw_registers arm32 = {.regime = TW_REGIME_PL10, .ttbr0 = 0x44000000};
  const struct {
    const tw_registers *registers;
    uint64_t first, last;
    size_t leaves, tables;
    uint64_t first_leaf, last_leaf;
  } cases[] = {
      {&arm64, 0, UINT64_MAX, 1023, 5, 0x40000000, 0x7fffffff},
      {&arm64, 0x40600000, 0x40600fff, 1, 4, 0x40600000, 0x40600fff},
      {&arm64, 0x405ff123, 0x40601000, 3, 4, 0x40400000, 0x40601fff},
      {&arm64, 0x40400800, 0x40400800, 1, 3, 0x40400000, 0x405fffff},
      {&arm64, 0x80000000, 0xffffffff, 0, 2, 0, 0},
      {&arm64, 0xffff000000000000, UINT64_MAX, 0, 1, 0, 0},
      {&arm32, 0, UINT64_MAX, 2, 2, 0xc1000000, 0xd001ffff},
      {&arm32, 0xc1f00000, 0xc1f00fff, 1, 1, 0xc1000000, 0xc1ffffff},
      {&arm32, 0xd001f000, 0xd001ffff, 1, 2, 0xd0010000, 0xd001ffff},
      {&arm32, 0xd0020000, 0xd0020fff, 0, 2, 0, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    part_walk found = {.pages = pages, .count = sizeof pages / sizeof pages[0]};
    const tw_table_walk walk = {.registers = cases[i].registers,
                                .read = read_pages,
                                .visit = count_leaf,
                                .table = count_table,
                                .context = &found,
                                .first = cases[i].first,
                                .last = cases[i].last};
    tw_error error;
    cr_assert_eq(tw_table_walk_part(&walk, &error), 0);
    cr_expect(found.leaves == cases[i].leaves && found.tables == cases[i].tables &&
                  found.first == cases[i].first_leaf && found.last == cases[i].last_leaf,
              "case %zu: %zu leaves of %zu tables, 0x%" PRIx64 " to 0x%" PRIx64, i, found.leaves, found.tables,
              found.first, found.last);
  }
}
