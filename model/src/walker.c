// The walk. Twin: rtl/walker.sv.
#include "walker.h"

#include <tablewalk/request.h>

void tw_walker_init(tw_walker *walker, const tw_mmu_config *config, tw_memory_port port) {
  for (unsigned i = 0; i < TW_WALK_CACHES; i++)
    tw_walk_cache_init(&walker->cache[i], config->walk_cache_entries[i]);
  walker->port = port;
  walker->walk_start = config->walk_start;
  walker->walk_step = config->walk_step;
}

/// Fault code with its level; level -1 has codes of its own.
static uint8_t fsc_at(uint8_t fsc, int level) {
  if (level >= 0)
    return (uint8_t)(fsc | level);
  return fsc == TW_FSC_ADDRESS_SIZE ? 0x29 : fsc == TW_FSC_TRANSLATION ? 0x2b : 0x13;
}

static void end(tw_walk *walk, uint8_t fsc, uint64_t response) {
  walk->done = true;
  walk->fsc = fsc;
  walk->read_at = response;
}

void tw_walk_begin(tw_walk *walk, const tw_half *half, uint64_t va, uint64_t key, uint64_t missed,
                   const tw_walker *walker) {
  *walk = (tw_walk){.half = half,
                    .va = va,
                    .key = key,
                    .read_at = missed + walker->walk_start,
                    .base = half->base,
                    .level = half->start_level,
                    .fsc = TW_NO_FAULT};
  if (half->epd)
    end(walk, TW_FSC_TRANSLATION, walk->read_at);
  else if (half->base_fault)
    end(walk, TW_FSC_ADDRESS_SIZE, walk->read_at);
}

/// Start below the deepest table that a walk cache knows.
static void start_from_cache(tw_walk *walk, tw_walker *walker) {
  for (int level = 2; level >= -1; level--) {
    tw_walk_cache *cache = &walker->cache[level + 1];
    unsigned slot = tw_associative_find(&cache->entry, walk->key);
    if (slot == TW_NO_SLOT)
      continue;
    tw_associative_use(&cache->entry, slot);
    walk->base = cache->next[slot];
    walk->bits = cache->bits[slot];
    walk->level = level + 1;
    return;
  }
}

static uint64_t descriptor_address(const tw_walk *walk) {
  const tw_half *h = walk->half;
  unsigned low = tw_level_size(h->granule, walk->level);
  uint64_t index = (walk->va & tw_ones(h->iasize - 1, 0)) >> low & tw_ones(h->granule - 4, 0);
  return (walk->base + (index << 3)) & tw_ones(51, 0);
}

static void take(tw_walk *walk, tw_walker *walker, const tw_descriptor *d, uint64_t next_cycle) {
  switch (d->kind) {
  case TW_DESCRIPTOR_FAULT:
    end(walk, fsc_at(d->fsc, walk->level), next_cycle);
    return;
  case TW_DESCRIPTOR_LEAF:
    walk->leaf = d->leaf;
    end(walk, TW_NO_FAULT, next_cycle);
    return;
  case TW_DESCRIPTOR_TABLE:
    tw_walk_cache_fill(&walker->cache[walk->level + 1], walk->key, tw_level_size(walk->half->granule, walk->level), d);
    walk->base = d->next;
    walk->bits = d->table;
    walk->level++;
    walk->read_at = next_cycle;
    return;
  }
}

static bool first_read(const tw_walk *walk) {
  uint8_t reads = 0;
  for (unsigned i = 0; i < sizeof walk->reads; i++)
    reads |= walk->reads[i];
  return !reads;
}

void tw_walk_step(tw_walk *walk, tw_walker *walker, const tw_regime *regime) {
  if (first_read(walk))
    start_from_cache(walk, walker);
  tw_mem_request request = {.pa = descriptor_address(walk),
                            .cycle = walk->read_at,
                            .kind = TW_MEM_READ,
                            .size_log2 = 3,
                            .level = (uint8_t)(walk->level + 1)};
  tw_mem_response response = {0};
  walker->port.access(walker->port.context, &request, &response);
  walk->reads[walk->level + 1]++;
  uint64_t next_cycle = walk->read_at + response.delay + walker->walk_step;
  if (response.error) {
    end(walk, fsc_at(TW_FSC_EXTERNAL_ABORT_ON_WALK, walk->level), next_cycle);
    return;
  }
  uint64_t bits = regime->big_endian ? __builtin_bswap64(response.data) : response.data;
  tw_descriptor d = tw_descriptor_decode(regime, walk->half, walk->level, bits, walk->bits, walk->va);
  take(walk, walker, &d, next_cycle);
}

void tw_walker_maintain(tw_walker *walker, const tw_tlbi *tlbi) {
  for (unsigned i = 0; i < TW_WALK_CACHES; i++)
    tw_walk_cache_maintain(&walker->cache[i], tlbi);
}
