// The walk. Twin: rtl/walker.sv.
//
// An act is first decided, then done. To decide changes the walk alone, so that it can be tried on a copy; what is done
// besides, to the walk caches, the IPA cache and memory, stands in the walk.
#include "walker.h"

#include "attributes.h"
#include "coalesce.h"
#include "walk_acts.h"
#include "walk_straight.h"
#include "walk_tables.h"

void tw_walker_init(tw_walker *walker, const tw_mmu_config *config, tw_memory_port port, tw_tally *tally,
                    tw_l2_tlb *l2) {
  walker->tables = config->walk_caches_in_l2 ? l2 : NULL;
  for (unsigned i = 0; i < TW_WALK_CACHES; i++)
    tw_walk_cache_init(&walker->cache[i], config->walk_cache_entries[i], config->walk_cache_replacement);
  tw_ipa_cache_init(&walker->ipa_cache, config->ipa_cache_entries, config->ipa_cache_replacement);
  walker->port = port;
  walker->memory = tw_memory_behind(&port);
  walker->tally = tally;
  walker->walk_start = config->walk_start;
  walker->walk_step = config->walk_step;
  walker->ipa_latency = config->ipa_latency;
}

// ---- stage 1 ----

TW_HOT void access_table(tw_walk *walk) {
  walk->descriptor = walk->at.half->format->address(walk->at.half, walk->base, walk->at.level, walk->at.va);
  if (walk->at.regime->stage2.on)
    tw_walk_ask_stage2(walk, walk->descriptor, TW_FOR_TABLE);
  else
    tw_walk_go_to_memory(walk, TW_ACT_READ, 1, walk->descriptor);
}

/// One look-up in the L2, and what follows from it.
static void look_up_tables(tw_walk *walk, tw_walker *walker) {
  if (tw_walk_start_below(walk, walker, walk->tables) || walk->tables == walk->at.half->start_level)
    access_table(walk);
  else
    walk->act = TW_ACT_MISS;
}

static void finish_stage1(tw_walk *walk) {
  const tw_regime *regime = walk->at.regime;
  const tw_request *request = walk->at.request;
  if (!regime->stage2.on) {
    tw_walk_end_filling(walk);
    return;
  }
  unsigned access = tw_access_number(request->kind, request->el, request->pan);
  bool allowed = tw_stage1_allows(&regime->permissions, &walk->leaf) >> access & 1;
  if (request->at == TW_AT_STAGE_1)
    walk->leaf.sh = tw_shareability(walk->leaf.attr, walk->leaf.sh);
  if (request->at == TW_AT_STAGE_1 || !(allowed || walk->prefetch))
    tw_walk_end(walk, TW_NO_FAULT); // what there is suffices for the answer, but not for an entry
  else
    tw_walk_ask_stage2(walk, walk->leaf.pa, TW_FOR_OUTPUT);
}

TW_HOT void take_stage1(tw_walk *walk, uint64_t bits) {
  tw_descriptor d = walk->at.half->format->decode(&walk->at, bits);
  switch (d.kind) {
  case TW_DESCRIPTOR_FAULT:
    tw_walk_end(walk, tw_fsc_at(d.fsc, walk->at.level));
    return;
  case TW_DESCRIPTOR_TABLE:
    walk->effect = TW_EFFECT_TABLE_FOUND;
    walk->base = d.next;
    walk->at.above = d.table;
    walk->at.level++;
    access_table(walk);
    return;
  case TW_DESCRIPTOR_UPDATE:
    walk->update[0] = (tw_update){.old = bits, .wanted = d.desired};
    if (walk->prefetch)
      tw_walk_give_up(walk);
    else if (walk->at.regime->stage2.on)
      tw_walk_ask_stage2(walk, walk->descriptor, TW_FOR_UPDATE);
    else
      tw_walk_go_to_memory(walk, TW_ACT_SWAP, 1, walk->descriptor);
    return;
  case TW_DESCRIPTOR_LEAF:
    walk->leaf = d.leaf;
    if (walk->contiguous)
      walk->result.coalesced = tw_coalesce(&walk->leaf, bits, walk->at.half->granule);
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

TW_HOT void begin_stage1(tw_walk *walk, tw_walker *walker) {
  if (tw_walk_looks_up(walk, walker)) {
    walk->tables = tw_walk_deepest_tables(walk->at.half);
    look_up_tables(walk, walker);
    return;
  }
  if (!walker->tables)
    tw_walk_start_from_caches(walk, walker);
  access_table(walk);
}

TW_HOT void start(tw_walk *walk, tw_walker *walker) {
  const tw_half *half = walk->at.half;
  if (!walk->at.regime->on) {
    walk->leaf = flat(walk->at.regime, walk->at.va, walk->at.request->kind == TW_ACCESS_FETCH);
    tw_walk_ask_stage2(walk, walk->leaf.pa, TW_FOR_OUTPUT);
  } else if (half->epd) {
    tw_walk_end(walk, TW_FSC_TRANSLATION | half->fault_level);
  } else if (half->base_fault) {
    tw_walk_end(walk, TW_FSC_ADDRESS_SIZE);
  } else {
    walk->base = half->base;
    walk->at.level = half->start_level;
    begin_stage1(walk, walker);
  }
}

// ---- memory ----

/// A descriptor as a number, of its bytes as they stand in memory, and back.
static uint64_t in_order(bool big_endian, unsigned size_log2, uint64_t bytes) {
  if (!big_endian)
    return bytes;
  return size_log2 == 2 ? __builtin_bswap32((uint32_t)bytes) : __builtin_bswap64(bytes);
}

static void memory_fault(tw_walk *walk, bool swap, uint8_t error) {
  uint8_t fsc = swap && error == TW_MEM_NO_ATOMICS ? TW_FSC_NO_ATOMICS : TW_FSC_EXTERNAL_ABORT_ON_WALK;
  if (walk->stage == 2)
    tw_walk_end_by_stage2(walk, tw_fsc_at(fsc, walk->level2));
  else
    tw_walk_end(walk, tw_fsc_at(fsc, walk->at.level));
}

static bool is_big_endian(const tw_walk *walk) {
  const tw_regime *regime = walk->at.regime;
  return walk->stage == 2 ? regime->stage2.big_endian : regime->big_endian;
}
static uint8_t descriptor_size_log2(const tw_walk *walk) {
  return walk->stage == 2 ? 3 : walk->at.half->format->size_log2;
}

/// What has arrived. After a swap the descriptor is what it was replaced by, or what another had made of it: it is
/// taken as if it had just been read.
TW_HOT void take_arrival(tw_walk *walk) {
  bool swap = walk->act == TW_ACT_SWAP, stage2 = walk->stage == 2;
  if (walk->error) {
    memory_fault(walk, swap, walk->error);
    return;
  }
  uint64_t bits = in_order(is_big_endian(walk), descriptor_size_log2(walk), walk->arrived);
  const tw_update *update = &walk->update[stage2];
  if (swap && bits == update->old)
    bits = update->wanted;
  if (stage2)
    tw_walk_take_stage2(walk, bits);
  else
    take_stage1(walk, bits);
}

// ---- an act ----

TW_HOT void decide(tw_walk *walk, tw_walker *walker) {
  walk->effect = TW_EFFECT_NONE;
  switch (walk->due) {
  case TW_DUE_FIRST:
    start(walk, walker);
    return;
  case TW_DUE_TABLES:
    look_up_tables(walk, walker);
    return;
  case TW_DUE_LOOKED_UP:
    tw_walk_take_looked_up(walk, walker);
    return;
  case TW_DUE_ARRIVAL:
    take_arrival(walk);
    return;
  }
}

/// The walk cache of the table that the walk stands below.
static tw_walk_cache *cache_above(const tw_walk *walk, tw_walker *walker) { return &walker->cache[walk->at.level]; }

TW_HOT void fill_walk_cache(const tw_walk *walk, tw_walker *walker) {
  if (walker->tables) {
    tw_walk_fill_table(walk, walker);
    return;
  }
  const tw_half *half = walk->at.half;
  unsigned size = half->format->level_size(half->granule, walk->at.level - 1);
  tw_walk_cache_fill(cache_above(walk, walker), walk->key, size, walk->base, walk->at.above);
}

TW_HOT void use_table(const tw_walk *walk, tw_walker *walker) {
  if (!walker->tables) {
    tw_associative_use(&cache_above(walk, walker)->entry, walk->slot);
    return;
  }
  tw_l2_tlb_use(walker->tables, walk->slot);
  walker->tally->table_hit++;
}

TW_HOT void take_effect(const tw_walk *walk, tw_walker *walker) {
  switch (walk->effect) {
  case TW_EFFECT_NONE:
    return;
  case TW_EFFECT_TABLE_USED:
    use_table(walk, walker);
    return;
  case TW_EFFECT_TABLE_FOUND:
    if (!walk->stale)
      fill_walk_cache(walk, walker);
    return;
  case TW_EFFECT_IPA_USED:
    tw_associative_use(&walker->ipa_cache.entry, walk->slot);
    return;
  case TW_EFFECT_IPA_FOUND:
    if (!walk->stale)
      tw_ipa_cache_fill(&walker->ipa_cache, tw_walk_ipa_key(walk), &walk->stage2_found);
    return;
  }
}

TW_HOT void count(tw_walk *walk, tw_walker *walker) {
  unsigned index = tw_tallied(walk->at.request);
  if (walk->act == TW_ACT_SWAP) {
    walk->result.updates++;
    walker->tally->update[index]++;
    return;
  }
  if (walk->prefetch)
    walker->tally->prefetch_step++;
  else
    walker->tally->step[index]++;
  walk->result.has_read = true;
  if (walk->stage == 2)
    walk->result.stage2_reads++;
  else
    walk->result.reads[walk->at.level + 1]++;
}

/// Read or swap a descriptor.
TW_HOT void access_memory(tw_walk *walk, tw_walker *walker) {
  bool swap = walk->act == TW_ACT_SWAP, stage2 = walk->stage == 2;
  uint8_t size_log2 = descriptor_size_log2(walk);
  bool line = !swap && tw_walk_wants_line(walk);
  tw_mem_request request = {.pa = walk->pa,
                            .cycle = walk->act_at,
                            .kind = swap ? TW_MEM_COMPARE_SWAP : TW_MEM_READ,
                            .size_log2 = size_log2,
                            .tag = walk->tag,
                            .level = (uint8_t)((stage2 ? walk->level2 : walk->at.level) + 1),
                            .stage2 = stage2,
                            .line = line};
  if (swap) {
    const tw_update *update = &walk->update[stage2];
    request.expected = in_order(is_big_endian(walk), size_log2, update->old);
    request.desired = in_order(is_big_endian(walk), size_log2, update->wanted);
  }
  tw_mem_response response = {0};
  walker->port.access(walker->port.context, &request, &response);
  count(walk, walker);
  walk->arrived = response.data;
  walk->contiguous = line && tw_walk_is_contiguous(walk, &response);
  walk->error = response.error;
  walk->due = TW_DUE_ARRIVAL;
  walk->act_at += response.delay;
}

TW_HOT void do_act(tw_walk *walk, tw_walker *walker) {
  take_effect(walk, walker);
  if (tw_walk_accesses(walk)) {
    access_memory(walk, walker);
  } else if (walk->act == TW_ACT_LOOK_UP) {
    walk->due = TW_DUE_LOOKED_UP;
    walk->act_at += walker->ipa_latency;
  } else if (walk->act == TW_ACT_MISS) {
    walk->due = TW_DUE_TABLES;
    walk->tables--;
    walk->act_at++;
  }
}

void tw_walk_decide(tw_walk *walk, tw_walker *walker) { decide(walk, walker); }
void tw_walk_do(tw_walk *walk, tw_walker *walker) { do_act(walk, walker); }

// ---- a walk alone ----

/// The first cycle from walk->act_at on in which the act that has been decided can be made: memory is open, and for a
/// response the miss channel too.
TW_APART static void wait_for_ports(tw_walk *walk, const tw_walker *walker, const tw_response_port *channel) {
  for (uint64_t at = walk->act_at;; at = walk->act_at) {
    walk->act_at = tw_memory_open_at(&walker->port, at);
    if (walk->act == TW_ACT_RESPOND)
      walk->act_at = tw_channel_open_at(channel, walk->act_at);
    if (walk->act_at == at)
      return;
  }
}

// ---- what the straight way leaves to others ----

tw_descriptor_arrival tw_walk_read_by_port(tw_walk *walk, const tw_walker *walker) {
  const tw_mem_request request = {.pa = walk->pa,
                                  .cycle = walk->act_at,
                                  .kind = TW_MEM_READ,
                                  .size_log2 = 3,
                                  .tag = walk->tag,
                                  .level = (uint8_t)(walk->at.level + 1),
                                  .line = tw_walk_wants_line(walk)};
  tw_mem_response response = {0};
  walker->port.access(walker->port.context, &request, &response);
  walk->contiguous = request.line && tw_walk_is_contiguous(walk, &response);
  return (tw_descriptor_arrival){response.data, response.delay, response.error};
}

bool tw_walk_decode_unknown(tw_walk *walk, tw_known_leaf *known, uint64_t output) {
  tw_descriptor d = tw_format_long.decode(&walk->at, walk->arrived);
  if (d.kind != TW_DESCRIPTOR_LEAF)
    return false;
  walk->leaf = d.leaf;
  if (!d.leaf.clean) // what a clean one comes to depends on the request
    *known = (tw_known_leaf){walk->arrived & ~output, walk->at.above, d.leaf};
  return true;
}

void tw_walk_go_on_alone(tw_walk *walk, tw_walker *walker, const tw_response_port *channel) {
  bool always_open = !walker->port.open_at && !channel->open_at;
  for (;;) {
    decide(walk, walker);
    if (!always_open)
      wait_for_ports(walk, walker, channel);
    do_act(walk, walker);
    if (walk->act == TW_ACT_RESPOND)
      return;
    if (tw_walk_accesses(walk))
      walk->act_at += walker->walk_step;
  }
}

void tw_walker_maintain(tw_walker *walker, const tw_maintenance *maintenance) {
  for (unsigned i = 0; i < TW_WALK_CACHES; i++)
    tw_walk_cache_maintain(&walker->cache[i], maintenance);
  tw_ipa_cache_maintain(&walker->ipa_cache, maintenance);
}

static bool is_straight(const tw_regime *regime, const tw_half *half) {
  bool usual = half->format == &tw_format_long && !half->layout.ds && !half->layout.wide && !regime->big_endian;
  return usual && regime->on && !regime->stage2.on && !half->epd && !half->base_fault;
}

void tw_walker_enter(tw_walker *walker, const tw_regime *regime) {
  for (unsigned i = 0; i < 2; i++) {
    walker->straight[i] = is_straight(regime, &regime->half[i]);
    walker->looks_up[i] = tw_walks_look_up(walker, regime, &regime->half[i]);
    for (unsigned level = 0; level < TW_LEVELS; level++)
      walker->known[i][level].bits = TW_NOTHING_KNOWN;
  }
  for (unsigned i = 0; i < TW_WALK_CACHES; i++)
    if (walker->cache[i].entry.world != regime->world)
      tw_associative_enter(&walker->cache[i].entry, regime->world);
}
