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
