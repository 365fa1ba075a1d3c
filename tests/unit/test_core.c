// Cores: every preset loads; every kind of wrong file gives its one line.
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core_case.h"

static const char good[] = "name: small\n"                               // 1
                           "title: A small core\n"                       // 2
                           "l1i:\n"                                      // 3
                           "  entries: 2\n"                              // 4
                           "  sizes: [4K, 16K, 64K]\n"                   // 5
                           "l1d: {entries: 4, sizes: [4K, 16K, 64K]}\n"  // 6
                           "l2:\n"                                       // 7
                           "  sets: 4\n"                                 // 8
                           "  ways: 2\n"                                 // 9
                           "  sizes: [4K, 16K, 64K, 2M, 4T]\n"           // 10
                           "walk_cache_entries: [2, 2, 3, 2]\n"          // 11
                           "l1_latency: 1\n"                             // 12
                           "l2_latency: 3\n"                             // 13
                           "walk_start: 1\n"                             // 14
                           "walk_step: 1\n"                              // 15
                           "pa_bits: 48\n"                               // 16
                           "memory:\n"                                   // 17
                           "  caches:\n"                                 // 18
                           "    - {size_kib: 1, ways: 2, latency: 4}\n"  // 19
                           "    - {size_kib: 8, ways: 4, latency: 11}\n" // 20
                           "  dram_latency: 100\n"                       // 21
                           "  data_traffic: no\n"                        // 22
                           "ipa_cache_entries: 5\n"                      // 23
                           "ipa_latency: 2\n"                            // 24
                           "armv7: yes\n"                                // 25
                           "bbm: 1\n"                                    // 26
                           "misses: 4\n"                                 // 27
                           "walks: 2\n"                                  // 28
                           "merge: yes\n";                               // 29

// Line `line` (from 1) of `good` replaced by `with`; 0: `with` appended.
static void edit(char *text, size_t size, unsigned line, const char *with) {
  const char *from = good;
  for (unsigned i = 1; i < line; i++)
    from = strchr(from, '\n') + 1;
  if (line == 0)
    from = good + strlen(good);
  const char *rest = line == 0 ? from : strchr(from, '\n') + 1;
  int length = snprintf(text, size, "%.*s%s%s", (int)(from - good), good, with, rest);
  cr_assert_lt((size_t)length, size);
}

Test(core, presets) {
  static const struct {
    const char *name;
    uint32_t l1d, sets, ways, pa_bits;
  } known[] = {{"ampereone", 64, 512, 4, 48},   {"cortex-a15", 32, 128, 4, 40}, {"cortex-a53", 10, 128, 4, 40},
               {"cortex-a55", 16, 256, 4, 40},  {"cortex-a57", 32, 256, 4, 44}, {"cortex-a7", 10, 128, 2, 40},
               {"cortex-a710", 32, 256, 4, 40}, {"cortex-a72", 32, 256, 4, 44}, {"cortex-a73", 48, 256, 4, 40},
               {"cortex-a76", 48, 256, 5, 40},  {"cortex-x2", 48, 256, 8, 40},  {"neoverse-n1", 48, 256, 5, 48},
               {"neoverse-n2", 44, 256, 5, 48}, {"neoverse-v2", 48, 256, 8, 48}};
  tw_error error = {""};
  char **names = tw_core_names(&error);
  cr_assert_not_null(names, "%s", error.text);
  size_t count = 0;
  for (; names[count]; count++) {
    tw_core core;
    cr_assert_eq(tw_core_load(names[count], &core, &error), 0, "%s", error.text);
    cr_expect_str_eq(core.name, names[count], "a preset has its file's name");
    cr_assert_lt(count, sizeof known / sizeof *known);
    cr_expect_str_eq(core.name, known[count].name);
    cr_expect_eq(core.mmu.l1d.entries, known[count].l1d);
    cr_expect_eq(core.mmu.l2.sets, known[count].sets);
    cr_expect_eq(core.mmu.l2.ways, known[count].ways);
    cr_expect_eq(core.mmu.pa_bits, known[count].pa_bits);
  }
  cr_expect_eq(count, sizeof known / sizeof *known);
  tw_core_names_free(names);
}

Test(core, every_field, .init = core_case_begin, .fini = core_case_end) {
  tw_core core;
  tw_error error;
  cr_assert_eq(core_case_load(good, &core, &error), 0, "%s", error.text);
  cr_expect_str_eq(core.name, "small");
  cr_expect_str_eq(core.title, "A small core");
  cr_expect_str_eq(core.path, core_case_path());
  const tw_mmu_config *mmu = &core.mmu;
  const tw_sizes pages = 1 << 12 | 1 << 14 | 1 << 16;
  cr_expect(mmu->l1i.entries == 2 && mmu->l1i.sizes == pages);
  cr_expect(mmu->l1d.entries == 4 && mmu->l1d.sizes == pages);
  cr_expect(mmu->l2.sets == 4 && mmu->l2.ways == 2 && mmu->l2.sizes == (pages | 1ULL << 21 | 1ULL << 42));
  cr_expect(mmu->walk_cache_entries[1] == 2 && mmu->walk_cache_entries[2] == 3);
  cr_expect(mmu->l1_latency == 1 && mmu->l2_latency == 3 && mmu->walk_start == 1 && mmu->walk_step == 1);
  cr_expect(mmu->ipa_cache_entries == 5 && mmu->ipa_latency == 2 && mmu->armv7 == 1 && mmu->bbm == 1);
  const tw_memory_config *memory = &core.memory;
  cr_expect(memory->caches == 2 && memory->cache[1].size_kib == 8 && memory->cache[1].latency == 11);
  cr_expect(memory->dram_latency == 100 && memory->data_traffic == 0 && memory->limit == 0);
  char text[2048];
  edit(text, sizeof text, 22, "  data_traffic: yes\n  limit: 0x100000000\n");
  cr_assert_eq(core_case_load(text, &core, &error), 0, "%s", error.text);
  cr_expect(core.memory.data_traffic == 1 && core.memory.limit == 0x100000000);
  cr_expect(!core.mmu.walk_caches_in_l2 && !core.mmu.coalesce, "what is not there is not on");
  edit(text, sizeof text, 11, "walk_cache_entries: [0, 0, 0, 0]\nwalk_caches_in_l2: yes\ncoalesce: yes\n");
  cr_assert_eq(core_case_load(text, &core, &error), 0, "%s", error.text);
  cr_expect(core.mmu.walk_caches_in_l2 == 1 && core.mmu.coalesce == 1);
}

Test(core, wrong_files, .init = core_case_begin, .fini = core_case_end) {
  static const struct {
    unsigned line;
    const char *with, *error; // the error without its file
  } wrong[] = {
      // types
      {4, "  entries: many\n", ":4: l1i.entries: found 'many', expected a number"},
      {4, "  entries: -2\n", ":4: l1i.entries: found '-2', expected a number"},
      {4, "  entries: 2.5\n", ":4: l1i.entries: found '2.5', expected a number"},
      {4, "  entries: 2 ways\n", ":4: l1i.entries: found '2 ways', expected a number"},
      {11, "walk_cache_entries: [2, 2x, 3, 2]\n", ":11: walk_cache_entries[1]: found '2x', expected a number"},
      {8, "  sets: [4]\n", ":8: l2.sets: found a list, expected a number"},
      {12, "l1_latency: {}\n", ":12: l1_latency: found a mapping, expected a number"},
      {5, "  sizes: 4K\n", ":5: l1i.sizes: found a single value, expected a list of sizes"},
      {5, "  sizes: [4K, 5K]\n",
       ":5: l1i.sizes: found '5K', expected one of 4K, 16K, 64K, 1M, 2M, 16M, 32M, 512M, 1G, 16G, "
       "64G, 512G, 4T"},
      {6, "l1d: 4\n", ":6: l1d: found a single value, expected a mapping"},
      {11, "walk_cache_entries: [2, 2, 3]\n", ":11: walk_cache_entries: found 3 entries, expected 4"},
      {11, "walk_cache_entries: [2, 2, 3, 4, 5]\n",
       ":11: walk_cache_entries: found more than 4 entries, expected at most 4"},
      {20, "    - 8\n", ":20: memory.caches[1]: found a single value, expected a mapping"},
      {22, "  data_traffic: maybe\n", ":22: memory.data_traffic: found 'maybe', expected yes or no"},
      {9, "  ways: 2\n  replacement: least\n",
       ":10: l2.replacement: found 'least', expected lru, plru, fifo, random or nru"},
      {24, "ipa_latency: 1\nwalk_cache_replacement: 3\n",
       ":25: walk_cache_replacement: found '3', expected lru, plru, fifo, random or nru"},
      {24, "ipa_latency: 1\nipa_cache_replacement: [lru]\n",
       ":25: ipa_cache_replacement: found a list, expected lru, plru, fifo, random or nru"},
      {9, "  ways: 2\n  large: {sets: 4, ways: 0, sizes: [1G]}\n", ":10: l2.large.ways: found 0, expected 1 to 16"},
      {9, "  ways: 2\n  large: {sets: 4, ways: 1, sizes: [4K]}\n",
       ":10: l2.large.sizes: found 4K, expected sizes of VMSAv8-64 and VMSAv7 that the other array does not hold"},
      {4, "  entries: 2\n  large: {entries: 4, size: [2M]}\n",
       ":5: l1i.large.size: found an unknown key, expected one of entries, sizes, replacement"},
      {4, "  entries: 2\n  ways: 4\n", ":4: l1i.entries: found 2, expected 1 to 256 sets of its ways"},
      {24, "ipa_latency: 1\nwalk_caches_in_l2: 1\n", ":25: walk_caches_in_l2: found '1', expected yes or no"},
      {24, "ipa_latency: 1\nwalk_caches_in_l2: yes\n",
       ":11: walk_cache_entries[-1]: found 2, expected 0 with walk_caches_in_l2"},
      {24, "ipa_latency: 1\ncoalesce: four\n", ":25: coalesce: found 'four', expected yes or no"},
      {25, "armv7: 1\n", ":25: armv7: found '1', expected yes or no"},
      {1, "name: ''\n", ":1: name: found a text without characters, expected at least 1 characters"},
      // keys
      {4, "  entris: 2\n",
       ":4: l1i.entris: found an unknown key, expected one of entries, sizes, replacement, ways, large"},
      {0, "l3: 2\n",
       ":30: l3: found an unknown key, expected one of name, title, l1i, l1d, l2, walk_cache_entries, "
       "walk_cache_replacement, walk_caches_in_l2, ipa_cache_entries, ipa_cache_replacement, misses, walks, merge, "
       "prefetch, coalesce, l1_latency, l2_latency, walk_start, walk_step, ipa_latency, pa_bits, armv7, bbm, memory"},
      {20, "    - {size_kib: 8, way: 4}\n",
       ":20: memory.caches[1].way: found an unknown key, expected one of size_kib, ways, latency"},
      {2, "", ":1: title: found no such key, expected it to be there"},
      {9, "", ":8: l2.ways: found no such key, expected it to be there"},
      {16, "pa_bits: 48\npa_bits: 40\n", ":17: pa_bits: found this key a second time, expected it once"},
      // geometry
      {4, "  entries: 65\n", ":4: l1i.entries: found 65, expected 1 to 64"},
      {6, "l1d: {entries: 0, sizes: [4K, 16K, 64K]}\n", ":6: l1d.entries: found 0, expected 1 to 64"},
      {8, "  sets: 4097\n", ":8: l2.sets: found 4097, expected 1 to 4096"},
      {9, "  ways: 17\n", ":9: l2.ways: found 17, expected 1 to 16"},
      {5, "  sizes: [4K, 2M]\n", ":5: l1i.sizes: found 4K 2M, expected a set with 4K, 16K and 64K in it"},
      {10, "  sizes: []\n", ":10: l2.sizes: found no size, expected a set with 4K, 16K and 64K in it"},
      {11, "walk_cache_entries: [99, 2, 3, 2]\n", ":11: walk_cache_entries[-1]: found 99, expected 0 to 64"},
      {11, "walk_cache_entries:\n  - 2\n  - 2\n  - 3\n  - 77\n",
       ":15: walk_cache_entries[2]: found 77, expected 0 to 64"},
      {13, "l2_latency: 16\n", ":13: l2_latency: found 16, expected 1 to 15 cycles"},
      {23, "ipa_cache_entries: 65\n", ":23: ipa_cache_entries: found 65, expected 0 to 64"},
      {24, "ipa_latency: 0\n", ":24: ipa_latency: found 0, expected 1 to 15 cycles"},
      {26, "bbm: 3\n", ":26: bbm: found 3, expected 0 to 2"},
      {16, "pa_bits: 39\n", ":16: pa_bits: found 39, expected 32, 36, 40, 42, 44, 48 or 52"},
      {20, "    - {size_kib: 8, ways: 4, latency: 0}\n",
       ":20: memory.caches[1].latency: found 0, expected 1 to 1023 cycles"},
      {19, "    - {size_kib: 1, ways: 3, latency: 4}\n",
       ":19: memory.caches[0].ways: found 3, expected ways that give a power of two of sets (size / 64 / ways)"},
      {21, "  dram_latency: 4000\n", ":21: memory.dram_latency: found 4000, expected 1 to 1023 cycles"},
      // not YAML
      {3, "l1i: {\n", ":5: found bad YAML (did not find expected ',' or '}'), expected a core"},
      {2, "title: \xff\n", ":2: found bad YAML (invalid leading UTF-8 octet), expected a core"},
      {9, "\tways: 2\n", ":9: found bad YAML (found a tab character that violates indentation), expected a core"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char text[2048];
    edit(text, sizeof text, wrong[i].line, wrong[i].with);
    core_case_refused(text, wrong[i].error);
  }
}

Test(core, not_a_core_at_all, .init = core_case_begin, .fini = core_case_end) {
  tw_core core;
  tw_error error;
  core_case_refused("", ":1: found an empty file, expected a core");
  core_case_refused("[1, 2]\n", ":1: found a list, expected a mapping");
  cr_expect_eq(tw_core_load("./no/such.yaml", &core, &error), -1);
  cr_expect_str_eq(error.text,
                   "./no/such.yaml: found no file that can be read (No such file or directory), expected a core");
  cr_expect_eq(tw_core_load("/tmp/", &core, &error), -1);
  cr_expect_str_eq(error.text, "/tmp/: found no file that can be read (Is a directory), expected a core");
  cr_expect_eq(tw_core_load("cortex-b1", &core, &error), -1);
  cr_expect_str_eq(error.text, "cortex-b1: found no preset of this name, expected a path or one of ampereone, "
                               "cortex-a15, cortex-a53, cortex-a55, cortex-a57, cortex-a7, cortex-a710, cortex-a72, "
                               "cortex-a73, cortex-a76, cortex-x2, neoverse-n1, neoverse-n2, neoverse-v2");
}

Test(core, presets_elsewhere, .init = core_case_begin, .fini = core_case_end) {
  tw_core core;
  tw_error error;
  cr_assert_eq(core_case_load(good, &core, &error), 0, "%s", error.text);
  setenv("TABLEWALK_CORES", core_case_folder(), 1);
  char **names = tw_core_names(&error);
  cr_assert_not_null(names);
  cr_expect_str_eq(names[0], "a");
  cr_expect_null(names[1]);
  tw_core_names_free(names);
  cr_expect_eq(tw_core_load("a", &core, &error), 0, "%s", error.text);
  setenv("TABLEWALK_CORES", "/no/such/folder", 1);
  cr_expect_null(tw_core_names(&error));
  cr_expect_str_eq(error.text,
                   "/no/such/folder: found no folder that can be read (No such file or directory), expected "
                   "the presets");
}
