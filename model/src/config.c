// Which configurations can be built. No twin: the RTL's parameters are checked by the platform.
#include <tablewalk/config.h>

#include "bits.h"

static tw_sizes set_of(const uint8_t *sizes, unsigned count) {
  tw_sizes set = 0;
  for (unsigned i = 0; i < count; i++)
    set |= (tw_sizes)1 << sizes[i];
  return set;
}

tw_sizes tw_granule_sizes(unsigned granule) {
  static const uint8_t of_4k[] = {12, 16, 21, 25, 30, 34, 39}, of_16k[] = {14, 21, 25, 30, 36},
                       of_64k[] = {16, 21, 29, 34, 42};
  if (granule == 12)
    return set_of(of_4k, sizeof of_4k);
  return granule == 14 ? set_of(of_16k, sizeof of_16k) : set_of(of_64k, sizeof of_64k);
}

tw_sizes tw_short_sizes(void) {
  static const uint8_t sizes[] = {12, 16, 20, 24};
  return set_of(sizes, sizeof sizes);
}

static tw_sizes all_sizes(void) {
  return tw_granule_sizes(12) | tw_granule_sizes(14) | tw_granule_sizes(16) | tw_short_sizes();
}

static int wrong(tw_config_error *error, const char *parameter, uint64_t found, const char *expected) {
  if (error)
    *error = (tw_config_error){.parameter = parameter, .expected = expected, .found = found};
  return -1;
}

typedef struct tw_range {
  const char *parameter;
  uint32_t value, least, most;
  const char *expected;
} tw_range;

static int check_ranges(const tw_range *range, unsigned count, tw_config_error *error) {
  for (unsigned i = 0; i < count; i++)
    if (range[i].value < range[i].least || range[i].value > range[i].most)
      return wrong(error, range[i].parameter, range[i].value, range[i].expected);
  return 0;
}

static const char policies[] = "lru, plru, fifo, random or nru";

static int check_replacements(const tw_mmu_config *c, tw_config_error *error) {
  const tw_range ranges[] = {
      {"l1i.replacement", c->l1i.replacement, 0, TW_REPLACEMENTS - 1, policies},
      {"l1i.large.replacement", c->l1i.large.replacement, 0, TW_REPLACEMENTS - 1, policies},
      {"l1d.replacement", c->l1d.replacement, 0, TW_REPLACEMENTS - 1, policies},
      {"l1d.large.replacement", c->l1d.large.replacement, 0, TW_REPLACEMENTS - 1, policies},
      {"l2.replacement", c->l2.replacement, 0, TW_REPLACEMENTS - 1, policies},
      {"l2.large.replacement", c->l2.large.replacement, 0, TW_REPLACEMENTS - 1, policies},
      {"walk_cache_replacement", c->walk_cache_replacement, 0, TW_REPLACEMENTS - 1, policies},
      {"ipa_cache_replacement", c->ipa_cache_replacement, 0, TW_REPLACEMENTS - 1, policies},
  };
  return check_ranges(ranges, sizeof ranges / sizeof *ranges, error);
}

static const tw_sizes pages = (tw_sizes)1 << 12 | (tw_sizes)1 << 14 | (tw_sizes)1 << 16;

static int check_sizes(const char *parameter, tw_sizes sizes, tw_config_error *error) {
  if ((sizes & pages) != pages)
    return wrong(error, parameter, sizes, "a set with 4K, 16K and 64K in it");
  if (sizes & ~all_sizes())
    return wrong(error, parameter, sizes,
                 "sizes of VMSAv8-64 and VMSAv7: 4K 16K 64K 1M 2M 16M 32M 512M 1G 16G 64G 512G 4T");
  return 0;
}

/// Sizes of a second array beside a first one that holds `others`.
static int check_large_sizes(const char *parameter, tw_sizes sizes, tw_sizes others, tw_config_error *error) {
  if (!sizes || sizes & (others | ~all_sizes()))
    return wrong(error, parameter, sizes, "sizes of VMSAv8-64 and VMSAv7 that the other array does not hold");
  return 0;
}

/// How an L1's parameters are called.
typedef struct tw_l1_names {
  const char *entries, *sizes, *ways, *large_entries, *large_sizes;
} tw_l1_names;

/// An array that has sets.
static int check_l1_sets(const tw_l1_config *l1, const tw_l1_names *names, tw_config_error *error) {
  const tw_range ways = {names->ways, l1->ways, 1, TW_L2_WAYS_MAX, "0 (fully associative) to 16"};
  if (check_ranges(&ways, 1, error))
    return -1;
  if (!l1->entries || l1->entries % l1->ways || l1->entries / l1->ways > TW_L1_SETS_MAX)
    return wrong(error, names->entries, l1->entries, "1 to 256 sets of its ways");
  if (l1->sizes != pages)
    return wrong(error, names->sizes, l1->sizes, "4K, 16K and 64K alone where there are ways");
  return 0;
}

static int check_l1(const tw_l1_config *l1, const tw_l1_names *names, tw_config_error *error) {
  const tw_l1_large_config *large = &l1->large;
  const tw_range entries = {names->entries, l1->entries, 1, TW_L1_ENTRIES_MAX, "1 to 64"};
  if (l1->ways ? check_l1_sets(l1, names, error) : check_ranges(&entries, 1, error))
    return -1;
  if (check_sizes(names->sizes, l1->sizes, error))
    return -1;
  if (!large->entries && !large->sizes)
    return 0;
  const tw_range large_entries = {names->large_entries, large->entries, 1, TW_L1_ENTRIES_MAX, "1 to 64"};
  if (check_ranges(&large_entries, 1, error))
    return -1;
  if (!l1->ways && l1->entries + large->entries > TW_L1_ENTRIES_MAX)
    return wrong(error, names->large_entries, large->entries, "at most 64 entries in both arrays");
  return check_large_sizes(names->large_sizes, large->sizes, l1->sizes, error);
}

static int check_l2(const tw_l2_config *l2, tw_config_error *error) {
  const tw_l2_large_config *large = &l2->large;
  if (check_sizes("l2.sizes", l2->sizes, error))
    return -1;
  if (!large->sets && !large->ways && !large->sizes)
    return 0;
  const tw_range ranges[] = {
      {"l2.large.sets", large->sets, 1, TW_L2_SETS_MAX, "1 to 4096"},
      {"l2.large.ways", large->ways, 1, TW_L2_WAYS_MAX, "1 to 16"},
  };
  if (check_ranges(ranges, sizeof ranges / sizeof *ranges, error))
    return -1;
  return check_large_sizes("l2.large.sizes", large->sizes, l2->sizes, error);
}

/// Tables that the L2 holds need no caches of their own.
static int check_walk_caches(const tw_mmu_config *c, tw_config_error *error) {
  static const char *const names[TW_WALK_CACHES] = {"walk_cache_entries[-1]", "walk_cache_entries[0]",
                                                    "walk_cache_entries[1]", "walk_cache_entries[2]"};
  for (unsigned i = 0; c->walk_caches_in_l2 && i < TW_WALK_CACHES; i++)
    if (c->walk_cache_entries[i])
      return wrong(error, names[i], c->walk_cache_entries[i], "0 with walk_caches_in_l2");
  return 0;
}

static int check_tlbs(const tw_mmu_config *c, tw_config_error *error) {
  static const tw_l1_names l1i = {"l1i.entries", "l1i.sizes", "l1i.ways", "l1i.large.entries", "l1i.large.sizes"};
  static const tw_l1_names l1d = {"l1d.entries", "l1d.sizes", "l1d.ways", "l1d.large.entries", "l1d.large.sizes"};
  if (check_l1(&c->l1i, &l1i, error) || check_l1(&c->l1d, &l1d, error))
    return -1;
  return check_l2(&c->l2, error);
}

int tw_mmu_config_check(const tw_mmu_config *c, tw_config_error *error) {
  const tw_range ranges[] = {
      {"l2.sets", c->l2.sets, 1, TW_L2_SETS_MAX, "1 to 4096"},
      {"l2.ways", c->l2.ways, 1, TW_L2_WAYS_MAX, "1 to 16"},
      {"walk_cache_entries[-1]", c->walk_cache_entries[0], 0, TW_L1_ENTRIES_MAX, "0 to 64"},
      {"walk_cache_entries[0]", c->walk_cache_entries[1], 0, TW_L1_ENTRIES_MAX, "0 to 64"},
      {"walk_cache_entries[1]", c->walk_cache_entries[2], 0, TW_L1_ENTRIES_MAX, "0 to 64"},
      {"walk_cache_entries[2]", c->walk_cache_entries[3], 0, TW_L1_ENTRIES_MAX, "0 to 64"},
      {"ipa_cache_entries", c->ipa_cache_entries, 0, TW_L1_ENTRIES_MAX, "0 to 64"},
      {"misses", c->misses, 1, TW_MISSES_MAX, "1 to 16"},
      {"walks", c->walks, 1, TW_WALKS_MAX, "1 to 16"},
      {"walk_caches_in_l2", c->walk_caches_in_l2, 0, 1, "0 or 1"},
      {"merge", c->merge, 0, 1, "0 or 1"},
      {"prefetch", c->prefetch, 0, 2, "none, next or stride"},
      {"coalesce", c->coalesce, 0, 1, "0 or 1"},
      {"l1_latency", c->l1_latency, 1, TW_LATENCY_MAX, "1 to 15 cycles"},
      {"l2_latency", c->l2_latency, 1, TW_LATENCY_MAX, "1 to 15 cycles"},
      {"walk_start", c->walk_start, 1, TW_LATENCY_MAX, "1 to 15 cycles"},
      {"walk_step", c->walk_step, 1, TW_LATENCY_MAX, "1 to 15 cycles"},
      {"ipa_latency", c->ipa_latency, 1, TW_LATENCY_MAX, "1 to 15 cycles"},
      {"armv7", c->armv7, 0, 1, "0 or 1"},
      {"bbm", c->bbm, 0, 2, "0 to 2"},
  };
  if (check_ranges(ranges, sizeof ranges / sizeof *ranges, error) || check_replacements(c, error) ||
      check_walk_caches(c, error))
    return -1;
  const uint64_t pa_sizes = 1ULL << 32 | 1ULL << 36 | 1ULL << 40 | 1ULL << 42 | 1ULL << 44 | 1ULL << 48 | 1ULL << 52;
  if (c->pa_bits > 52 || !tw_bit(pa_sizes, c->pa_bits))
    return wrong(error, "pa_bits", c->pa_bits, "32, 36, 40, 42, 44, 48 or 52");
  return check_tlbs(c, error);
}

static int check_cache(const tw_cache_config *cache, tw_config_error *error) {
  const tw_range ranges[] = {
      {"memory.caches.size_kib", cache->size_kib, 1, 65536, "1 to 65536 KiB"},
      {"memory.caches.ways", cache->ways, 1, 16, "1 to 16"},
      {"memory.caches.latency", cache->latency, 1, TW_MEMORY_LATENCY_MAX, "1 to 1023 cycles"},
  };
  if (check_ranges(ranges, 3, error))
    return -1;
  if (cache->size_kib * 16 % cache->ways || !tw_is_power_of_two(cache->size_kib * 16 / cache->ways))
    return wrong(error, "memory.caches.ways", cache->ways, "ways that give a power of two of sets (size / 64 / ways)");
  return 0;
}

/// The node after `before` others that are right.
static int check_node(const tw_node_config *node, unsigned before, tw_config_error *error) {
  const uint64_t page = 4096, end = 1ULL << 52;
  if (node->first % page || node->first >= end)
    return wrong(error, "memory.nodes.first", node->first, "a multiple of 4096 below 2^52");
  if (!node->bytes || node->bytes % page || node->bytes > end - node->first)
    return wrong(error, "memory.nodes.bytes", node->bytes, "a multiple of 4096, from 4096 to what is left below 2^52");
  for (const tw_node_config *other = node - before; other < node; other++)
    if (node->first < other->first + other->bytes && other->first < node->first + node->bytes)
      return wrong(error, "memory.nodes.first", node->first, "a range that no node before it has a part of");
  if (node->latency < 1 || node->latency > TW_MEMORY_LATENCY_MAX)
    return wrong(error, "memory.nodes.latency", node->latency, "1 to 1023 cycles");
  return 0;
}

static int check_rows(const tw_memory_config *c, tw_config_error *error) {
  const tw_rows_config *rows = &c->dram_rows;
  if (!rows->bytes)
    return 0;
  if (rows->bytes < 64 || rows->bytes > 65536 || !tw_is_power_of_two(rows->bytes))
    return wrong(error, "memory.dram_rows.bytes", rows->bytes, "a power of two from 64 to 65536");
  if (!rows->banks || rows->banks > TW_DRAM_BANKS_MAX || !tw_is_power_of_two(rows->banks))
    return wrong(error, "memory.dram_rows.banks", rows->banks, "a power of two from 1 to 64");
  uint32_t least = c->dram_latency;
  for (unsigned i = 0; i < c->nodes; i++)
    least = c->node[i].latency < least ? c->node[i].latency : least;
  if (!rows->hit_saves || rows->hit_saves >= least)
    return wrong(error, "memory.dram_rows.hit_saves", rows->hit_saves,
                 "1 cycle to one less than the least latency of the DRAM");
  return 0;
}

int tw_memory_config_check(const tw_memory_config *c, tw_config_error *error) {
  if (c->caches > TW_MEMORY_LEVELS_MAX)
    return wrong(error, "memory.caches", c->caches, "at most 4 caches");
  for (unsigned i = 0; i < c->caches; i++)
    if (check_cache(&c->cache[i], error))
      return -1;
  const tw_range ranges[] = {
      {"memory.dram_latency", c->dram_latency, 1, TW_MEMORY_LATENCY_MAX, "1 to 1023 cycles"},
      {"memory.mshrs", c->mshrs, 0, TW_MSHRS_MAX, "0 to 64"},
      {"memory.walker_enters", c->walker_enters, 0, c->caches, "0 to the number of caches"},
      {"memory.nodes", c->nodes, 0, TW_MEMORY_NODES_MAX, "at most 8 nodes"},
      {"memory.tables_replicated", c->tables_replicated, 0, c->nodes ? 1 : 0, "0 or, with nodes, 1"},
  };
  if (check_ranges(ranges, sizeof ranges / sizeof *ranges, error))
    return -1;
  for (unsigned i = 0; i < c->nodes; i++)
    if (check_node(&c->node[i], i, error))
      return -1;
  return check_rows(c, error);
}
