// Random cores, addresses and room for tables.
#include "random_world.h"

// ---- the core ----

/// A random subset of all sizes that holds the three page sizes.
static tw_sizes random_sizes(tw_random *random) {
  const tw_sizes all = 1ULL << 12 | 1ULL << 14 | 1ULL << 16 | 1ULL << 20 | 1ULL << 21 | 1ULL << 24 | 1ULL << 25 |
                       1ULL << 29 | 1ULL << 30 | 1ULL << 34 | 1ULL << 36 | 1ULL << 39 | 1ULL << 42;
  tw_sizes pages = 1ULL << 12 | 1ULL << 14 | 1ULL << 16;
  if (tw_random_percent(random, 30))
    return all;
  return (all & tw_random_bits(random)) | pages;
}

/// The sizes of a first array, and of a second one if there is one: it takes some of those above the pages.
static void random_arrays(tw_random *random, bool has_large, tw_sizes *sizes, tw_sizes *large) {
  const tw_sizes pages = 1ULL << 12 | 1ULL << 14 | 1ULL << 16;
  *sizes = random_sizes(random);
  *large = 0;
  if (!has_large)
    return;
  tw_sizes all = random_sizes(random) & ~pages;
  *large = tw_random_percent(random, 40) ? all : all & tw_random_bits(random);
  if (!*large)
    *large = 1ULL << 21;
  *sizes &= ~*large;
}

static void random_l1(tw_random *random, tw_l1_config *l1) {
  random_arrays(random, l1->large.entries > 0, &l1->sizes, &l1->large.sizes);
  if (l1->ways)
    l1->sizes = 1ULL << 12 | 1ULL << 14 | 1ULL << 16;
}

static uint32_t random_latency(tw_random *random) {
  return tw_random_percent(random, 60) ? tw_random_from(random, 1, 3) : tw_random_from(random, 1, TW_LATENCY_MAX);
}

/// Two nodes over the room for tables, and sometimes a copy of the tables in each.
static void random_nodes(tw_random *random, tw_memory_config *memory) {
  const uint64_t border = TW_TABLES_FIRST + (1ULL << 22);
  memory->nodes = 2;
  for (uint32_t i = 0; i < 2; i++)
    memory->node[i] = (tw_node_config){
        .first = i ? border : 0, .bytes = i ? (1ULL << 32) - border : border, .latency = tw_random_from(random, 3, 60)};
  memory->tables_replicated = tw_random_percent(random, 30);
}

static void random_memory(tw_random *random, tw_memory_config *memory) {
  *memory = (tw_memory_config){.caches = tw_random_below(random, 3)};
  uint32_t latency = tw_random_from(random, 1, 6);
  for (uint32_t i = 0; i < memory->caches; i++) {
    memory->cache[i] = (tw_cache_config){
        .size_kib = 1U << tw_random_below(random, 3), .ways = 1U << tw_random_below(random, 4), .latency = latency};
    latency += tw_random_from(random, 1, 12);
  }
  memory->dram_latency = tw_random_percent(random, 90) ? latency : tw_random_from(random, 1, 200);
  memory->data_traffic = tw_random_below(random, 2);
  if (tw_random_percent(random, 50))
    memory->limit = 1ULL << tw_random_from(random, 32, 48);
  memory->mshrs = tw_random_percent(random, 50) ? tw_random_from(random, 1, 4) : 0;
  memory->walker_enters = tw_random_percent(random, 50) ? tw_random_below(random, memory->caches + 1) : 0;
  if (tw_random_percent(random, 30))
    random_nodes(random, memory);
  if (tw_random_percent(random, 40) && memory->dram_latency > 2)
    memory->dram_rows = (tw_rows_config){.bytes = 1024, .banks = 1U << tw_random_below(random, 4), .hit_saves = 1};
}

static uint32_t random_prefetch(tw_random *random) {
  if (tw_random_percent(random, 40))
    return TW_PREFETCH_NONE;
  return tw_random_percent(random, 50) ? TW_PREFETCH_NEXT : TW_PREFETCH_STRIDE;
}

void tw_random_core(tw_random *random, tw_core *core) {
  static const uint8_t pa_sizes[] = {32, 36, 40, 42, 44, 48, 48, 52, 52, 52, 52, 52};
  tw_mmu_config *mmu = &core->mmu;
  random_l1(random, &mmu->l1i);
  random_l1(random, &mmu->l1d);
  random_arrays(random, mmu->l2.large.sets > 0, &mmu->l2.sizes, &mmu->l2.large.sizes);
  mmu->misses = tw_random_from(random, 1, mmu->misses);
  mmu->walks = tw_random_from(random, 1, mmu->walks);
  mmu->merge = tw_random_percent(random, 75);
  mmu->prefetch = random_prefetch(random);
  mmu->coalesce = tw_random_percent(random, 50);
  mmu->l1_latency = random_latency(random);
  mmu->l2_latency = random_latency(random);
  mmu->walk_start = random_latency(random);
  mmu->walk_step = random_latency(random);
  mmu->ipa_latency = random_latency(random);
  mmu->pa_bits = pa_sizes[tw_random_below(random, sizeof pa_sizes)];
  mmu->armv7 = tw_random_percent(random, 25);
  mmu->bbm = tw_random_below(random, 3);
  random_memory(random, &core->memory);
}

// ---- room for tables ----

enum {
  TW_TABLES_ROOM = 1 << 23, ///< then the same places are used again
};

uint64_t tw_random_table(tw_random_world *world, unsigned size, unsigned limit_bits) {
  tw_random *random = &world->random;
  uint64_t room = world->careful ? 1ULL << 29 : TW_TABLES_ROOM, bytes = 1ULL << size;
  if (!world->careful && tw_random_percent(random, 7)) // above the output size, above the memory's limit, anywhere
    return (tw_random_bits(random) & tw_random_mask(tw_random_from(random, 32, 52))) & ~(bytes - 1);
  uint64_t at = (world->tables + bytes - 1) & ~(bytes - 1);
  // not all at one place in a cache
  world->tables = at + bytes + (tw_random_percent(random, 30) ? 4096 : 0);
  return (TW_TABLES_FIRST + at % room) & tw_random_mask(limit_bits) & ~(bytes - 1);
}

// ---- addresses ----

/// An address inside a tree's input range.
static uint64_t canonical(const tw_random_tree *tree, uint64_t bits) {
  unsigned input = tree->input_bits < 13 ? 13 : tree->input_bits > 55 ? 55 : tree->input_bits;
  uint64_t inside = tw_random_mask(input);
  if (tree->format == TW_FORMAT_LONG)
    return tree->high ? bits | ~inside : bits & inside;
  return (tree->high ? bits | ~inside : bits & inside) & 0xffffffff;
}

/// Between the halves of LPAE there can be a gap: no tables are reached there.
static uint64_t choose_address(tw_random *random, const tw_random_context *context, unsigned half, uint64_t bits) {
  if (context->registers.regime == TW_REGIME_EL2)
    half = 0;
  if (context->registers.regime == TW_REGIME_PL10 && !context->half[0].careful && tw_random_percent(random, 30))
    return bits & 0xffffffff;
  return canonical(&context->half[half], bits);
}

/// The last addresses at one distance from each other.
static void make_run(tw_random *random, tw_random_context *context) {
  static const uint8_t distance[] = {12, 12, 12, 13, 14, 16, 16, 20, 21};
  const uint64_t first = context->va[tw_random_below(random, 4)];
  uint64_t step = (uint64_t)tw_random_from(random, 1, 3) << distance[tw_random_below(random, sizeof distance)];
  if (tw_random_percent(random, 30))
    step = -step;
  unsigned half = context->registers.regime == TW_REGIME_PL10 ? first >> 31 & 1 : first >> 55 & 1;
  for (unsigned i = 0; i < TW_RANDOM_RUN; i++)
    context->va[TW_RANDOM_VAS - TW_RANDOM_RUN + i] = choose_address(random, context, half, first + i * step);
}

/// A few anchors, the rest near them: in the same page, contiguous group, block or table.
void tw_random_addresses(tw_random_world *world, tw_random_context *context) {
  static const uint8_t distance[] = {12, 13, 14, 15, 16, 18, 20, 21, 22, 24, 25, 27, 29, 30, 34, 36, 39, 42};
  tw_random *random = &world->random;
  for (unsigned i = 0; i < TW_RANDOM_VAS; i++) {
    unsigned half = tw_random_below(random, 2);
    uint64_t bits = tw_random_bits(random);
    if (i >= 4 && tw_random_percent(random, 85)) {
      uint64_t anchor = context->va[tw_random_below(random, 4)];
      half = context->registers.regime == TW_REGIME_PL10 ? anchor >> 31 & 1 : anchor >> 55 & 1;
      bits = anchor ^ (uint64_t)tw_random_below(random, 4) << distance[tw_random_below(random, sizeof distance)];
    }
    context->va[i] = choose_address(random, context, half, bits);
    if (!context->has_stage1 && tw_random_percent(random, 95))
      context->va[i] &= tw_random_mask(context->has_stage2 ? context->stage2.input_bits : world->core.mmu.pa_bits);
  }
  if (context->has_stage1 && tw_random_percent(random, 60))
    make_run(random, context);
}
