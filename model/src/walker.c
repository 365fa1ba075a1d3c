// The walk. Twin: rtl/walker.sv.
//
// Every function below takes the walk at the end of an act, whose cycle act_at has become the next act's, and decides
// what that is.
#include "walker.h"

#include "attributes.h"
#include "counters.h"

void tw_walker_init(tw_walker *walker, const tw_mmu_config *config, tw_memory_port port, tw_counters *counters) {
  for (unsigned i = 0; i < TW_WALK_CACHES; i++)
    tw_walk_cache_init(&walker->cache[i], config->walk_cache_entries[i], config->walk_cache_replacement);
  tw_ipa_cache_init(&walker->ipa_cache, config->ipa_cache_entries, config->ipa_cache_replacement);
  walker->port = port;
  walker->counters = counters;
  walker->walk_start = config->walk_start;
  walker->walk_step = config->walk_step;
  walker->ipa_latency = config->ipa_latency;
}

static void end(tw_walk *walk, uint8_t fsc) {
  walk->act = TW_ACT_DONE;
  walk->fsc = fsc;
}

static void end_by_stage2(tw_walk *walk, uint8_t fsc) {
  end(walk, fsc);
  walk->fault_stage = 2;
}

static void end_filling(tw_walk *walk) {
  end(walk, TW_NO_FAULT);
  walk->result.fills = !walk->bypass && walk->leaf.held;
}

static void ask_stage2(tw_walk *walk, uint64_t ipa, tw_purpose purpose) {
  walk->act = TW_ACT_LOOK_UP;
  walk->ipa = ipa;
  walk->purpose = purpose;
}

/// Read or swap a descriptor at `pa`.
static void go_to_memory(tw_walk *walk, tw_act act, unsigned stage, uint64_t pa) {
  walk->act = act;
  walk->stage = stage;
  walk->pa = pa;
}

// ---- stage 1 ----

static void access_table(tw_walk *walk) {
  walk->descriptor = walk->at.half->format->address(walk->at.half, walk->base, walk->at.level, walk->at.va);
  if (walk->at.regime->stage2.on)
    ask_stage2(walk, walk->descriptor, TW_FOR_TABLE);
  else
    go_to_memory(walk, TW_ACT_READ, 1, walk->descriptor);
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
    walk->at.above = cache->bits[slot];
    walk->at.level = level + 1;
    return;
  }
}

static void finish_stage1(tw_walk *walk) {
  const tw_regime *regime = walk->at.regime;
  const tw_request *request = walk->at.request;
  if (!regime->stage2.on) {
    end_filling(walk);
    return;
  }
  unsigned access = tw_access_number(request->kind, request->el, request->pan);
  bool allowed = tw_stage1_allows(&regime->permissions, &walk->leaf) >> access & 1;
  if (request->at == TW_AT_STAGE_1)
    walk->leaf.sh = tw_shareability(walk->leaf.attr, walk->leaf.sh);
  if (request->at == TW_AT_STAGE_1 || !allowed)
    end(walk, TW_NO_FAULT); // what there is suffices for the answer, but not for an entry
  else
    ask_stage2(walk, walk->leaf.pa, TW_FOR_OUTPUT);
}

static void take_stage1(tw_walk *walk, tw_walker *walker, uint64_t bits) {
  tw_descriptor d = walk->at.half->format->decode(&walk->at, bits);
  switch (d.kind) {
  case TW_DESCRIPTOR_FAULT:
    end(walk, tw_fsc_at(d.fsc, walk->at.level));
    return;
  case TW_DESCRIPTOR_TABLE:
    tw_walk_cache_fill(&walker->cache[walk->at.level + 1], walk->key,
                       walk->at.half->format->level_size(walk->at.half->granule, walk->at.level), &d);
    walk->base = d.next;
    walk->at.above = d.table;
    walk->at.level++;
    access_table(walk);
    return;
  case TW_DESCRIPTOR_UPDATE:
    walk->update[0] = (tw_update){.old = bits, .wanted = d.desired};
    if (walk->at.regime->stage2.on)
      ask_stage2(walk, walk->descriptor, TW_FOR_UPDATE);
    else
      go_to_memory(walk, TW_ACT_SWAP, 1, walk->descriptor);
    return;
  case TW_DESCRIPTOR_LEAF:
    walk->leaf = d.leaf;
    finish_stage1(walk);
    return;
  }
}

/// What stage 1 gives when it is off and stage 2 is on: the address itself, and every right.
static tw_translation flat(const tw_regime *regime, uint64_t va, bool fetch) {
  return (tw_translation){.pa = va & tw_ones(51, 0),
                          .span = tw_key_mask(12),
                          .size = 12,
                          .attr = regime->off_attr[fetch],
                          .sh = regime->off_sh,
                          .stage2 = TW_S2_ALL,
                          .held = 1};
}

void tw_walk_begin(tw_walk *walk, uint64_t missed, tw_walker *walker) {
  const tw_half *half = walk->at.half;
  walk->act_at = missed + walker->walk_start;
  walk->at.above = (tw_table_bits){0};
  walk->fsc = TW_NO_FAULT;
  walk->fault_stage = 1;
  walk->result = (tw_walk_result){0};
  if (!walk->at.regime->on) {
    walk->leaf = flat(walk->at.regime, walk->at.va, walk->at.request->kind == TW_ACCESS_FETCH);
    ask_stage2(walk, walk->leaf.pa, TW_FOR_OUTPUT);
  } else if (half->epd) {
    end(walk, TW_FSC_TRANSLATION | half->fault_level);
  } else if (half->base_fault) {
    end(walk, TW_FSC_ADDRESS_SIZE);
  } else {
    walk->base = half->base;
    walk->at.level = half->start_level;
    start_from_cache(walk, walker);
    access_table(walk);
  }
}

// ---- stage 2 ----

static bool writes_by_stage2(const tw_walk *walk) {
  const tw_request *request = walk->at.request;
  return walk->purpose == TW_FOR_UPDATE ||
         (walk->purpose == TW_FOR_OUTPUT && request->kind == TW_ACCESS_WRITE && request->at == TW_AT_NONE);
}

/// Make the translation of both stages of stage 1's and `leaf`.
static void combine(tw_walk *walk, const tw_stage2_leaf *leaf) {
  tw_translation *t = &walk->leaf;
  tw_attributes both = tw_combined_attributes(&walk->at.regime->stage2, (tw_attributes){t->attr, t->sh}, leaf);
  t->attr = both.attr;
  t->sh = both.sh;
  t->pa = leaf->pa;
  if (!walk->at.regime->on || leaf->size < t->size)
    t->size = leaf->size;
  t->stage2 = leaf->allows;
  t->level2 = leaf->level;
  t->clean |= leaf->clean;
  t->held &= leaf->held;
}

/// The IPA's translation is known.
static void use_stage2(tw_walk *walk, const tw_stage2_leaf *leaf) {
  const tw_stage2 *stage2 = &walk->at.regime->stage2;
  if (walk->purpose == TW_FOR_OUTPUT) {
    combine(walk, leaf);
    end_filling(walk);
    return;
  }
  bool allowed = leaf->allows & (walk->purpose == TW_FOR_UPDATE ? TW_S2_W : TW_S2_R);
  if (!allowed || (stage2->ptw && tw_stage2_is_device(stage2, leaf->memattr)))
    end_by_stage2(walk, tw_fsc_at(TW_FSC_PERMISSION, leaf->level));
  else
    go_to_memory(walk, walk->purpose == TW_FOR_UPDATE ? TW_ACT_SWAP : TW_ACT_READ, 1, leaf->pa);
}

static uint64_t ipa_key(const tw_walk *walk) { return walk->at.regime->stage2.key | tw_key_va(walk->ipa); }

static void look_up(tw_walk *walk, tw_walker *walker) {
  const tw_stage2 *stage2 = &walk->at.regime->stage2;
  tw_stage2_leaf leaf;
  uint8_t fault = tw_stage2_check(stage2, walk->ipa);
  walk->act_at += walker->ipa_latency;
  if (fault != TW_NO_FAULT) {
    end_by_stage2(walk, fault);
  } else if (tw_ipa_cache_lookup(&walker->ipa_cache, ipa_key(walk), walk->ipa, writes_by_stage2(walk), &leaf)) {
    use_stage2(walk, &leaf);
  } else {
    walk->level2 = stage2->start_level;
    go_to_memory(walk, TW_ACT_READ, 2, tw_stage2_address(stage2, stage2->base, walk->level2, walk->ipa));
  }
}

static void take_stage2(tw_walk *walk, tw_walker *walker, uint64_t bits) {
  const tw_stage2 *stage2 = &walk->at.regime->stage2;
  tw_descriptor d = tw_stage2_descriptor(stage2, walk->level2, bits, walk->ipa, writes_by_stage2(walk));
  switch (d.kind) {
  case TW_DESCRIPTOR_FAULT:
    end_by_stage2(walk, tw_fsc_at(d.fsc, walk->level2));
    return;
  case TW_DESCRIPTOR_TABLE:
    walk->level2++;
    go_to_memory(walk, TW_ACT_READ, 2, tw_stage2_address(stage2, d.next, walk->level2, walk->ipa));
    return;
  case TW_DESCRIPTOR_UPDATE:
    walk->update[1] = (tw_update){.old = bits, .wanted = d.desired};
    go_to_memory(walk, TW_ACT_SWAP, 2, walk->pa);
    return;
  case TW_DESCRIPTOR_LEAF:
    tw_ipa_cache_fill(&walker->ipa_cache, ipa_key(walk), &d.stage2);
    use_stage2(walk, &d.stage2);
    return;
  }
}

// ---- memory ----

/// A descriptor as a number, of its bytes as they stand in memory, and back.
static uint64_t in_order(bool big_endian, unsigned size_log2, uint64_t bytes) {
  if (!big_endian)
    return bytes;
  return size_log2 == 2 ? __builtin_bswap32((uint32_t)bytes) : __builtin_bswap64(bytes);
}

static void count(tw_walk *walk, tw_walker *walker, bool swap) {
  if (swap) {
    walk->result.updates++;
    tw_count_update(walker->counters, walk->at.request->kind);
    return;
  }
  tw_count_step(walker->counters, walk->at.request->kind);
  if (walk->stage == 2)
    walk->result.stage2_reads++;
  else
    walk->result.reads[walk->at.level + 1]++;
}

static void memory_fault(tw_walk *walk, bool swap, uint8_t error) {
  uint8_t fsc = swap && error == TW_MEM_NO_ATOMICS ? TW_FSC_NO_ATOMICS : TW_FSC_EXTERNAL_ABORT_ON_WALK;
  if (walk->stage == 2)
    end_by_stage2(walk, tw_fsc_at(fsc, walk->level2));
  else
    end(walk, tw_fsc_at(fsc, walk->at.level));
}

/// Read or swap a descriptor. After a swap the descriptor is what it was replaced by, or what another had made of it:
/// it is taken as if it had just been read.
static void access_memory(tw_walk *walk, tw_walker *walker) {
  const tw_regime *regime = walk->at.regime;
  bool swap = walk->act == TW_ACT_SWAP, stage2 = walk->stage == 2;
  bool big_endian = stage2 ? regime->stage2.big_endian : regime->big_endian;
  uint8_t size_log2 = stage2 ? 3 : walk->at.half->format->size_log2;
  const tw_update *update = &walk->update[stage2];
  tw_mem_request request = {.pa = walk->pa,
                            .cycle = walk->act_at,
                            .kind = swap ? TW_MEM_COMPARE_SWAP : TW_MEM_READ,
                            .size_log2 = size_log2,
                            .level = (uint8_t)((stage2 ? walk->level2 : walk->at.level) + 1),
                            .stage2 = stage2};
  if (swap) {
    request.expected = in_order(big_endian, size_log2, update->old);
    request.desired = in_order(big_endian, size_log2, update->wanted);
  }
  tw_mem_response response = {0};
  walker->port.access(walker->port.context, &request, &response);
  count(walk, walker, swap);
  walk->act_at += response.delay + walker->walk_step;
  if (response.error) {
    memory_fault(walk, swap, response.error);
    return;
  }
  uint64_t bits = in_order(big_endian, size_log2, response.data);
  if (swap && bits == update->old)
    bits = update->wanted;
  if (stage2)
    take_stage2(walk, walker, bits);
  else
    take_stage1(walk, walker, bits);
}

void tw_walk_step(tw_walk *walk, tw_walker *walker) {
  if (walk->act == TW_ACT_LOOK_UP)
    look_up(walk, walker);
  else
    access_memory(walk, walker);
}

void tw_walker_maintain(tw_walker *walker, const tw_maintenance *maintenance) {
  for (unsigned i = 0; i < TW_WALK_CACHES; i++)
    tw_walk_cache_maintain(&walker->cache[i], maintenance);
  tw_ipa_cache_maintain(&walker->ipa_cache, maintenance);
}

void tw_walker_enter(tw_walker *walker, uint32_t world) {
  for (unsigned i = 0; i < TW_WALK_CACHES; i++)
    tw_associative_enter(&walker->cache[i].entry, world);
}
