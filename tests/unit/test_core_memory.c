// The memory of a core's YAML file: what may be there, what is not there, and the one line that each wrong thing gives.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core_case.h"

// 22 lines; the rest of the memory follows.
static const char head[] = "name: small\n"
                           "title: A small core\n"
                           "l1i: {entries: 2, sizes: [4K, 16K, 64K]}\n"
                           "l1d: {entries: 4, sizes: [4K, 16K, 64K]}\n"
                           "l2: {sets: 4, ways: 2, sizes: [4K, 16K, 64K]}\n"
                           "walk_cache_entries: [2, 2, 3, 2]\n"
                           "ipa_cache_entries: 5\n"
                           "misses: 4\n"
                           "walks: 2\n"
                           "merge: yes\n"
                           "l1_latency: 1\n"
                           "l2_latency: 3\n"
                           "walk_start: 1\n"
                           "walk_step: 1\n"
                           "ipa_latency: 2\n"
                           "pa_bits: 48\n"
                           "armv7: no\n"
                           "bbm: 1\n"
                           "memory:\n"
                           "  caches: [{size_kib: 1, ways: 2, latency: 4}, {size_kib: 8, ways: 4, latency: 11}]\n"
                           "  dram_latency: 100\n"
                           "  data_traffic: no\n";

#define NODE "{first: 0, bytes: 4096, latency: 9}, "

/// `rest` is put after the head.
static const char *with(const char *rest) {
  static char text[4096];
  cr_assert_lt((size_t)snprintf(text, sizeof text, "%s%s", head, rest), sizeof text);
  return text;
}

Test(core_memory, nothing_more, .init = core_case_begin, .fini = core_case_end) {
  tw_core core;
  tw_error error;
  cr_assert_eq(core_case_load(head, &core, &error), 0, "%s", error.text);
  const tw_memory_config plain = {
      .cache = {{1, 2, 4}, {8, 4, 11}}, .caches = 2, .dram_latency = 100}; // and no more: all else is 0
  const tw_memory_config *m = &core.memory;
  cr_expect_eq(memcmp(m->cache, plain.cache, sizeof plain.cache), 0);
  cr_expect(m->caches == 2 && m->dram_latency == 100 && !m->data_traffic && !m->limit);
  cr_expect(!m->mshrs && !m->walker_enters && !m->dram_rows.bytes && !m->nodes && !m->tables_replicated);
}

Test(core_memory, everything, .init = core_case_begin, .fini = core_case_end) {
  tw_core core;
  tw_error error;
  static const char rest[] = "  mshrs: 20\n"
                             "  walker_enters: 1\n"
                             "  dram_rows: {bytes: 8192, banks: 16, hit_saves: 60}\n"
                             "  nodes:\n"
                             "    - {first: 0x80000000, bytes: 0x80000000, latency: 90}\n"
                             "    - {first: 0x8000000000, bytes: 0x1000000000, latency: 170}\n"
                             "  tables_replicated: yes\n"
                             "  limit: 0x10000000000\n";
  cr_assert_eq(core_case_load(with(rest), &core, &error), 0, "%s", error.text);
  const tw_memory_config *m = &core.memory;
  cr_expect(m->mshrs == 20 && m->walker_enters == 1 && m->tables_replicated == 1 && m->limit == 1ULL << 40);
  cr_expect(m->dram_rows.bytes == 8192 && m->dram_rows.banks == 16 && m->dram_rows.hit_saves == 60);
  cr_expect_eq(m->nodes, 2);
  cr_expect(m->node[0].first == 0x80000000 && m->node[0].bytes == 0x80000000 && m->node[0].latency == 90);
  cr_expect(m->node[1].first == 0x8000000000 && m->node[1].bytes == 0x1000000000 && m->node[1].latency == 170);
}

Test(core_memory, wrong, .init = core_case_begin, .fini = core_case_end) {
  static const struct {
    const char *rest, *error; // the error without its file
  } wrong[] = {
      // keys and types
      {"  mshr: 2\n",
       ":23: memory.mshr: found an unknown key, expected one of caches, dram_latency, data_traffic, limit, "
       "mshrs, walker_enters, dram_rows, nodes, tables_replicated"},
      {"  mshrs: some\n", ":23: memory.mshrs: found 'some', expected a number"},
      {"  mshrs: 2.5\n", ":23: memory.mshrs: found '2.5', expected a number"},
      {"  walker_enters: L2\n", ":23: memory.walker_enters: found 'L2', expected a number"},
      {"  tables_replicated: 1\n", ":23: memory.tables_replicated: found '1', expected yes or no"},
      {"  dram_rows: 8192\n", ":23: memory.dram_rows: found a single value, expected a mapping"},
      {"  dram_rows: {bytes: 8192, banks: 16}\n",
       ":23: memory.dram_rows.hit_saves: found no such key, expected it to be there"},
      {"  dram_rows: {bytes: 8192, banks: 16, hits: 3, hit_saves: 6}\n",
       ":23: memory.dram_rows.hits: found an unknown key, expected one of bytes, banks, hit_saves"},
      {"  nodes:\n    - {first: 0, size: 4096, latency: 9}\n",
       ":24: memory.nodes[0].size: found an unknown key, expected one of first, bytes, latency"},
      {"  nodes:\n    - {first: 0, bytes: 4K, latency: 9}\n",
       ":24: memory.nodes[0].bytes: found '4K', expected a number"},
      {"  nodes: [" NODE NODE NODE NODE NODE NODE NODE NODE NODE "]\n",
       ":23: memory.nodes: found more than 8 entries, expected at most 8"},
      // values
      {"  mshrs: 65\n", ":23: memory.mshrs: found 65, expected 0 to 64"},
      {"  walker_enters: 3\n", ":23: memory.walker_enters: found 3, expected 0 to the number of caches"},
      {"  tables_replicated: yes\n", ":23: memory.tables_replicated: found 1, expected 0 or, with nodes, 1"},
      {"  dram_rows:\n    bytes: 100\n    banks: 16\n    hit_saves: 60\n",
       ":24: memory.dram_rows.bytes: found 100, expected a power of two from 64 to 65536"},
      {"  dram_rows:\n    bytes: 1024\n    banks: 12\n    hit_saves: 60\n",
       ":25: memory.dram_rows.banks: found 12, expected a power of two from 1 to 64"},
      {"  dram_rows:\n    bytes: 1024\n    banks: 16\n    hit_saves: 100\n",
       ":26: memory.dram_rows.hit_saves: found 100, expected 1 cycle to one less than the least latency of the DRAM"},
      {"  nodes:\n    - {first: 0, bytes: 4096, latency: 9}\n    - {first: 4096, bytes: 4096, latency: 0}\n",
       ":25: memory.nodes[1].latency: found 0, expected 1 to 1023 cycles"},
      {"  nodes:\n    - {first: 1, bytes: 4096, latency: 9}\n    - {first: 4096, bytes: 4096, latency: 0}\n",
       ":24: memory.nodes[0].first: found 1, expected a multiple of 4096 below 2^52"},
      {"  nodes:\n    - {first: 0, bytes: 8192, latency: 9}\n    - {first: 4096, bytes: 4096, latency: 7}\n"
       "    - {first: 1, bytes: 1, latency: 7}\n",
       ":25: memory.nodes[1].first: found 4096, expected a range that no node before it has a part of"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    core_case_refused(with(wrong[i].rest), wrong[i].error);
}
