// Which configurations are refused, and by which name; which limits are allowed; the sizes that formats map.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define BIT(n) ((uint64_t)1 << (n))
#define MMU(field) offsetof(tw_mmu_config, field)
#define MEMORY(field) offsetof(tw_memory_config, field)

/// A parameter of 32 bits: values that are refused, and the ends of what is allowed.
typedef struct parameter {
  size_t at;
  const char *name, *expected;
  uint32_t wrong[4], right[3];
} parameter;

static void put(void *config, size_t at, uint32_t value) { memcpy((char *)config + at, &value, sizeof value); }

#define REFUSED(check, bad, name, expected_, found_)                                                                   \
  do {                                                                                                                 \
    tw_config_error error = {NULL, NULL, 0};                                                                           \
    cr_assert_eq(check(&(bad), &error), -1, "%s = %llu", name, (unsigned long long)(found_));                          \
    cr_expect_str_eq(error.parameter, name);                                                                           \
    cr_expect_str_eq(error.expected, expected_, "%s", name);                                                           \
    cr_expect_eq(error.found, found_, "%s", name);                                                                     \
    cr_expect_eq(check(&(bad), NULL), -1, "who does not ask why is not told");                                         \
  } while (0)

Test(config, mmu_parameters) {
  static const char entries[] = "1 to 64", or_none[] = "0 to 64", latency[] = "1 to 15 cycles", sets[] = "1 to 4096",
                    policy[] = "lru, plru, fifo, random or nru", pa[] = "32, 36, 40, 42, 44, 48 or 52";
  static const parameter parameters[] = {
      {MMU(l1i.entries), "l1i.entries", entries, {0, 65, 128, UINT32_MAX}, {1, 63, 64}},
      {MMU(l1d.entries), "l1d.entries", entries, {0, 65, 128, UINT32_MAX}, {1, 3, 64}},
      {MMU(l2.sets), "l2.sets", sets, {0, 4097, 8192, UINT32_MAX}, {1, 3, 4096}},
      {MMU(l1i.replacement), "l1i.replacement", policy, {5, 6, 256, UINT32_MAX}, {0, 1, 4}},
      {MMU(l1d.replacement), "l1d.replacement", policy, {5, 6, 256, UINT32_MAX}, {0, 2, 4}},
      {MMU(l2.replacement), "l2.replacement", policy, {5, 6, 256, UINT32_MAX}, {0, 3, 4}},
      {MMU(walk_cache_replacement), "walk_cache_replacement", policy, {5, 6, 256, UINT32_MAX}, {0, 1, 4}},
      {MMU(ipa_cache_replacement), "ipa_cache_replacement", policy, {5, 6, 256, UINT32_MAX}, {0, 1, 4}},
      {MMU(l2.ways), "l2.ways", "1 to 16", {0, 17, 32, UINT32_MAX}, {1, 5, 16}},
      {MMU(walk_cache_entries[0]), "walk_cache_entries[-1]", or_none, {65, 66, 99, UINT32_MAX}, {0, 1, 64}},
      {MMU(walk_cache_entries[1]), "walk_cache_entries[0]", or_none, {65, 66, 99, UINT32_MAX}, {0, 1, 64}},
      {MMU(walk_cache_entries[2]), "walk_cache_entries[1]", or_none, {65, 66, 99, UINT32_MAX}, {0, 1, 64}},
      {MMU(walk_cache_entries[3]), "walk_cache_entries[2]", or_none, {65, 66, 99, UINT32_MAX}, {0, 1, 64}},
      {MMU(ipa_cache_entries), "ipa_cache_entries", or_none, {65, 66, 99, UINT32_MAX}, {0, 1, 64}},
      {MMU(l1_latency), "l1_latency", latency, {0, 16, 17, UINT32_MAX}, {1, 2, 15}},
      {MMU(l2_latency), "l2_latency", latency, {0, 16, 17, UINT32_MAX}, {1, 2, 15}},
      {MMU(walk_start), "walk_start", latency, {0, 16, 17, UINT32_MAX}, {1, 2, 15}},
      {MMU(walk_step), "walk_step", latency, {0, 16, 17, UINT32_MAX}, {1, 2, 15}},
      {MMU(ipa_latency), "ipa_latency", latency, {0, 16, 17, UINT32_MAX}, {1, 2, 15}},
      {MMU(coalesce), "coalesce", "0 or 1", {2, 3, 256, UINT32_MAX}, {0, 1, 1}},
      {MMU(walk_caches_in_l2), "walk_caches_in_l2", "0 or 1", {2, 3, 256, UINT32_MAX}, {0, 0, 0}},
      {MMU(armv7), "armv7", "0 or 1", {2, 3, 256, UINT32_MAX}, {0, 1, 1}},
      {MMU(bbm), "bbm", "0 to 2", {3, 4, 256, UINT32_MAX}, {0, 1, 2}},
      {MMU(pa_bits), "pa_bits", pa, {0, 31, 41, 51}, {32, 36, 40}},
      {MMU(pa_bits), "pa_bits", pa, {53, 64, 96, UINT32_MAX}, {42, 44, 48}},
      {MMU(pa_bits), "pa_bits", pa, {33, 39, 43, 47}, {48, 52, 52}},
  };
  for (size_t i = 0; i < COUNT(parameters); i++) {
    const parameter *p = &parameters[i];
    for (size_t j = 0; j < COUNT(p->wrong); j++) {
      tw_mmu_config bad = machine_small();
      put(&bad, p->at, p->wrong[j]);
      REFUSED(tw_mmu_config_check, bad, p->name, p->expected, p->wrong[j]);
      cr_expect_null(tw_mmu_create(&bad, (tw_memory_port){0}), "%s = %u is built", p->name, p->wrong[j]);
    }
    for (size_t j = 0; j < COUNT(p->right); j++) {
      tw_mmu_config good = machine_small();
      tw_config_error error = {NULL, NULL, 0};
      put(&good, p->at, p->right[j]);
      cr_expect_eq(tw_mmu_config_check(&good, &error), 0, "%s = %u: %s", p->name, p->right[j], error.parameter);
    }
  }
}

// Tables that are in the L2 have no caches of their own.
Test(config, walk_caches_in_the_l2) {
  static const char *const names[] = {"walk_cache_entries[-1]", "walk_cache_entries[0]", "walk_cache_entries[1]",
                                      "walk_cache_entries[2]"};
  tw_mmu_config config = machine_small();
  memset(config.walk_cache_entries, 0, sizeof config.walk_cache_entries);
  config.walk_caches_in_l2 = 1;
  cr_expect_eq(tw_mmu_config_check(&config, NULL), 0);
  for (size_t i = 0; i < COUNT(names); i++) {
    config.walk_cache_entries[i] = 3;
    REFUSED(tw_mmu_config_check, config, names[i], "0 with walk_caches_in_l2", 3);
    config.walk_cache_entries[i] = 0;
  }
}

Test(config, sizes_of_the_tlbs) {
  static const char pages[] = "a set with 4K, 16K and 64K in it",
                    known[] = "sizes of VMSAv8-64 and VMSAv7: 4K 16K 64K 1M 2M 16M 32M 512M 1G 16G 64G 512G 4T";
  static const struct {
    size_t at;
    const char *name;
  } tlbs[] = {{MMU(l1i.sizes), "l1i.sizes"}, {MMU(l1d.sizes), "l1d.sizes"}, {MMU(l2.sizes), "l2.sizes"}};
  const tw_sizes least = BIT(12) | BIT(14) | BIT(16);
  const struct {
    tw_sizes sizes;
    const char *expected; // NULL: allowed
  } cases[] = {
      {0, pages},
      {BIT(12) | BIT(14), pages},
      {BIT(12) | BIT(16), pages},
      {BIT(14) | BIT(16), pages},
      {BIT(12) | BIT(21) | BIT(30), pages},
      {least | BIT(13), known}, // 8K
      {least | BIT(22), known}, // 4M
      {least | BIT(0), known},
      {least | BIT(63), known},
      {least, NULL},
      // all that the two architectures have
      {least | BIT(20) | BIT(21) | BIT(24) | BIT(25) | BIT(29) | BIT(30) | BIT(34) | BIT(36) | BIT(39) | BIT(42), NULL},
  };
  for (size_t i = 0; i < COUNT(tlbs); i++)
    for (size_t j = 0; j < COUNT(cases); j++) {
      tw_mmu_config config = machine_small();
      memcpy((char *)&config + tlbs[i].at, &cases[j].sizes, sizeof cases[j].sizes);
      if (cases[j].expected)
        REFUSED(tw_mmu_config_check, config, tlbs[i].name, cases[j].expected, cases[j].sizes);
      else
        cr_expect_eq(tw_mmu_config_check(&config, NULL), 0, "%s, case %zu", tlbs[i].name, j);
    }
  // the chapter's table of sizes
  cr_expect_eq(tw_granule_sizes(12), BIT(12) | BIT(16) | BIT(21) | BIT(25) | BIT(30) | BIT(34) | BIT(39));
  cr_expect_eq(tw_granule_sizes(14), BIT(14) | BIT(21) | BIT(25) | BIT(30) | BIT(36));
  cr_expect_eq(tw_granule_sizes(16), BIT(16) | BIT(21) | BIT(29) | BIT(34) | BIT(42));
  cr_expect_eq(tw_short_sizes(), BIT(12) | BIT(16) | BIT(20) | BIT(24));
}

Test(config, arrays_of_large_pages_and_sets) {
  static const char disjoint[] = "sizes of VMSAv8-64 and VMSAv7 that the other array does not hold",
                    both[] = "at most 64 entries in both arrays", sets[] = "1 to 256 sets of its ways",
                    alone[] = "4K, 16K and 64K alone where there are ways", ways[] = "0 (fully associative) to 16",
                    entries[] = "1 to 64", policy[] = "lru, plru, fifo, random or nru";
  const tw_sizes pages = BIT(12) | BIT(14) | BIT(16);
  const struct {
    tw_l1_config l1;
    const char *name, *expected; // NULL: allowed
    uint64_t found;
  } l1[] = {
      {{.entries = 48, .sizes = pages, .large = {.entries = 16, .sizes = BIT(21) | BIT(30)}}, NULL, NULL, 0},
      {{.entries = 48, .sizes = pages, .large = {.entries = 17, .sizes = BIT(21)}}, "large.entries", both, 17},
      {{.entries = 48, .sizes = pages, .large = {.sizes = BIT(21)}}, "large.entries", entries, 0},
      {{.entries = 1, .sizes = pages, .large = {.entries = 65, .sizes = BIT(21)}}, "large.entries", entries, 65},
      {{.entries = 8, .sizes = pages, .large = {.entries = 4}}, "large.sizes", disjoint, 0},
      {{.entries = 8, .sizes = pages | BIT(21), .large = {.entries = 4, .sizes = BIT(21) | BIT(30)}},
       "large.sizes",
       disjoint,
       BIT(21) | BIT(30)},
      {{.entries = 8, .sizes = pages, .large = {.entries = 4, .sizes = BIT(22)}}, "large.sizes", disjoint, BIT(22)},
      {{.entries = 8, .sizes = pages, .large = {.entries = 4, .sizes = BIT(21), .replacement = 5}},
       "large.replacement",
       policy,
       5},
      {{.entries = 64, .sizes = pages, .ways = 4}, NULL, NULL, 0},
      {{.entries = 96, .sizes = pages, .ways = 4, .large = {.entries = 64, .sizes = BIT(21)}}, NULL, NULL, 0},
      {{.entries = 4096, .sizes = pages, .ways = 16}, NULL, NULL, 0},
      {{.entries = 3, .sizes = pages, .ways = 1}, NULL, NULL, 0},
      {{.entries = 0, .sizes = pages, .ways = 4}, "entries", sets, 0},
      {{.entries = 62, .sizes = pages, .ways = 4}, "entries", sets, 62},
      {{.entries = 257, .sizes = pages, .ways = 1}, "entries", sets, 257},
      {{.entries = 64, .sizes = pages, .ways = 17}, "ways", ways, 17},
      {{.entries = 64, .sizes = pages | BIT(21), .ways = 4}, "sizes", alone, pages | BIT(21)},
  };
  for (size_t i = 0; i < COUNT(l1); i++)
    for (unsigned data = 0; data < 2; data++) {
      char name[32];
      tw_mmu_config config = machine_small();
      *(data ? &config.l1d : &config.l1i) = l1[i].l1;
      if (!l1[i].name) {
        cr_expect_eq(tw_mmu_config_check(&config, NULL), 0, "case %zu", i);
        continue;
      }
      snprintf(name, sizeof name, "%s.%s", data ? "l1d" : "l1i", l1[i].name);
      REFUSED(tw_mmu_config_check, config, name, l1[i].expected, l1[i].found);
    }
  const struct {
    tw_l2_large_config large;
    const char *name, *expected;
    uint64_t found;
  } l2[] = {
      {{.sets = 32, .ways = 4, .sizes = BIT(21) | BIT(30)}, NULL, NULL, 0},
      {{.sets = 4096, .ways = 16, .sizes = BIT(20)}, NULL, NULL, 0},
      {{.sets = 4097, .ways = 4, .sizes = BIT(21)}, "l2.large.sets", "1 to 4096", 4097},
      {{.sets = 0, .ways = 4, .sizes = BIT(21)}, "l2.large.sets", "1 to 4096", 0},
      {{.sets = 32, .ways = 0, .sizes = BIT(21)}, "l2.large.ways", "1 to 16", 0},
      {{.sets = 32, .ways = 17, .sizes = BIT(21)}, "l2.large.ways", "1 to 16", 17},
      {{.sets = 32, .ways = 4}, "l2.large.sizes", disjoint, 0},
      {{.sets = 32, .ways = 4, .sizes = BIT(16) | BIT(21)}, "l2.large.sizes", disjoint, BIT(16) | BIT(21)},
      {{.sets = 32, .ways = 4, .sizes = BIT(21), .replacement = 9}, "l2.large.replacement", policy, 9},
  };
  for (size_t i = 0; i < COUNT(l2); i++) {
    tw_mmu_config config = machine_small();
    config.l2.sizes = pages;
    config.l2.large = l2[i].large;
    if (l2[i].name)
      REFUSED(tw_mmu_config_check, config, l2[i].name, l2[i].expected, l2[i].found);
    else
      cr_expect_eq(tw_mmu_config_check(&config, NULL), 0, "case %zu", i);
  }
}

Test(config, memory_parameters) {
  static const char ways[] = "ways that give a power of two of sets (size / 64 / ways)";
  // in the second cache: the first is looked at first, but it is good
  static const parameter parameters[] = {
      {MEMORY(caches), "memory.caches", "at most 4 caches", {5, 6, 64, UINT32_MAX}, {0, 1, 2}},
      {MEMORY(cache[1].size_kib),
       "memory.caches.size_kib",
       "1 to 65536 KiB",
       {0, 65537, 1 << 20, UINT32_MAX},
       {1, 512, 65536}},
      {MEMORY(cache[1].ways), "memory.caches.ways", "1 to 16", {0, 17, 32, UINT32_MAX}, {1, 8, 16}},
      // 64 KiB are 1024 lines: 341.3 sets of 3, 204.8 of 5, 85.3 of 12, 68.3 of 15
      {MEMORY(cache[1].ways), "memory.caches.ways", ways, {3, 5, 12, 15}, {2, 4, 16}},
      {MEMORY(cache[1].latency),
       "memory.caches.latency",
       "1 to 1023 cycles",
       {0, 1024, 4096, UINT32_MAX},
       {1, 2, 1023}},
      {MEMORY(dram_latency), "memory.dram_latency", "1 to 1023 cycles", {0, 1024, 4096, UINT32_MAX}, {1, 2, 1023}},
      {MEMORY(mshrs), "memory.mshrs", "0 to 64", {65, 66, 128, UINT32_MAX}, {0, 1, 64}},
      {MEMORY(walker_enters), "memory.walker_enters", "0 to the number of caches", {3, 4, 5, UINT32_MAX}, {0, 1, 2}},
  };
  const tw_memory_config good = {.cache = {{32, 8, 4}, {64, 4, 11}}, .caches = 2, .dram_latency = 100};
  for (size_t i = 0; i < COUNT(parameters); i++) {
    const parameter *p = &parameters[i];
    for (size_t j = 0; j < COUNT(p->wrong); j++) {
      tw_memory_config bad = good;
      put(&bad, p->at, p->wrong[j]);
      REFUSED(tw_memory_config_check, bad, p->name, p->expected, p->wrong[j]);
      cr_expect_null(tw_memory_create(&bad), "%s = %u is built", p->name, p->wrong[j]);
    }
    for (size_t j = 0; j < COUNT(p->right); j++) {
      tw_memory_config config = good;
      put(&config, p->at, p->right[j]);
      cr_expect_eq(tw_memory_config_check(&config, NULL), 0, "%s = %u", p->name, p->right[j]);
    }
  }
  // 48 lines: 8 sets of 6 ways are a power of two, 12 of 4 are not, though 4 divides 48
  tw_memory_config config = {.cache = {{3, 6, 4}}, .caches = 1, .dram_latency = 9};
  cr_expect_eq(tw_memory_config_check(&config, NULL), 0);
  config.cache[0].ways = 4;
  REFUSED(tw_memory_config_check, config, "memory.caches.ways", ways, 4);
  config.caches = 0;
  cr_expect_eq(tw_memory_config_check(&config, NULL), 0, "a cache that is not there is not looked at");
}

// Two nodes and rows that are right, and one thing wrong at a time.
Test(config, nodes_and_rows) {
  static const char latency[] = "1 to 1023 cycles", bytes[] = "a power of two from 64 to 65536",
                    banks[] = "a power of two from 1 to 64", first[] = "a multiple of 4096 below 2^52",
                    range[] = "a multiple of 4096, from 4096 to what is left below 2^52",
                    apart[] = "a range that no node before it has a part of",
                    saves[] = "1 cycle to one less than the least latency of the DRAM";
  const tw_memory_config good = {.dram_latency = 100,
                                 .dram_rows = {8192, 16, 49},
                                 .node = {{0x10000, 0x2000, 80}, {0x20000, 0x10000, 50}},
                                 .nodes = 2,
                                 .tables_replicated = 1};
  cr_assert_eq(tw_memory_config_check(&good, NULL), 0);
  static const parameter parameters[] = {
      {MEMORY(nodes), "memory.nodes", "at most 8 nodes", {9, 10, 64, UINT32_MAX}, {1, 2, 2}},
      {MEMORY(tables_replicated), "memory.tables_replicated", "0 or, with nodes, 1", {2, 3, 4, UINT32_MAX}, {0, 1, 1}},
      {MEMORY(node[1].latency), "memory.nodes.latency", latency, {0, 1024, 4096, UINT32_MAX}, {50, 51, 1023}},
      {MEMORY(dram_rows.bytes), "memory.dram_rows.bytes", bytes, {1, 32, 96, 131072}, {0, 64, 65536}},
      {MEMORY(dram_rows.banks), "memory.dram_rows.banks", banks, {0, 3, 65, 128}, {1, 32, 64}},
      {MEMORY(dram_rows.hit_saves), "memory.dram_rows.hit_saves", saves, {0, 50, 51, UINT32_MAX}, {1, 48, 49}},
  };
  for (size_t i = 0; i < COUNT(parameters); i++) {
    const parameter *p = &parameters[i];
    for (size_t j = 0; j < COUNT(p->wrong); j++) {
      tw_memory_config bad = good;
      put(&bad, p->at, p->wrong[j]);
      REFUSED(tw_memory_config_check, bad, p->name, p->expected, p->wrong[j]);
    }
    for (size_t j = 0; j < COUNT(p->right); j++) {
      tw_memory_config config = good;
      put(&config, p->at, p->right[j]);
      cr_expect_eq(tw_memory_config_check(&config, NULL), 0, "%s = %u", p->name, p->right[j]);
    }
  }
  // of the second node: its range
  static const struct {
    uint64_t first, bytes, found;
    const char *name, *expected; // NULL: allowed
  } ranges[] = {
      {0x20800, 0x1000, 0x20800, "memory.nodes.first", first},
      {1ULL << 52, 0x1000, 1ULL << 52, "memory.nodes.first", first},
      {0x20000, 0, 0, "memory.nodes.bytes", range},
      {0x20000, 0x800, 0x800, "memory.nodes.bytes", range},
      {(1ULL << 52) - 0x1000, 0x2000, 0x2000, "memory.nodes.bytes", range},
      {0x1000, UINT64_MAX - 0xfff, UINT64_MAX - 0xfff, "memory.nodes.bytes", range},
      {0x11000, 0x1000, 0x11000, "memory.nodes.first", apart},
      {0xf000, 0x2000, 0xf000, "memory.nodes.first", apart},
      {0x0, 0x100000, 0x0, "memory.nodes.first", apart},
      {0x12000, 0x1000, 0, NULL, NULL},
      {0xf000, 0x1000, 0, NULL, NULL},
      {(1ULL << 52) - 0x1000, 0x1000, 0, NULL, NULL},
  };
  for (size_t i = 0; i < COUNT(ranges); i++) {
    tw_memory_config config = good;
    config.node[1].first = ranges[i].first;
    config.node[1].bytes = ranges[i].bytes;
    if (ranges[i].name)
      REFUSED(tw_memory_config_check, config, ranges[i].name, ranges[i].expected, ranges[i].found);
    else
      cr_expect_eq(tw_memory_config_check(&config, NULL), 0, "range %zu", i);
  }
  tw_memory_config none = {.dram_latency = 100, .tables_replicated = 1};
  REFUSED(tw_memory_config_check, none, "memory.tables_replicated", "0 or, with nodes, 1", 1);
  // rows that are not there have no banks; a node that is not there is not looked at
  none = (tw_memory_config){.dram_latency = 1, .dram_rows = {0, 3, 500}, .node = {{1, 1, 0}}};
  cr_expect_eq(tw_memory_config_check(&none, NULL), 0);
}
