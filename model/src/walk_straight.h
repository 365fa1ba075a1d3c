// A walk of stage 1 alone, of 64-bit descriptors, straight down to its leaf: the acts of walker.c without a decision
// about each. No twin: it changes no answer and no cycle.
#ifndef TABLEWALK_WALK_STRAIGHT_H
#define TABLEWALK_WALK_STRAIGHT_H

#include "coalesce.h"
#include "walk_acts.h"

// ---- parts that the acts have too ----

/// Start below the deepest table that a walk cache knows.
TW_HOT void tw_walk_start_from_caches(tw_walk *walk, tw_walker *walker) {
  for (int level = 2; level >= -1; level--) {
    tw_walk_cache *cache = &walker->cache[level + 1];
    unsigned slot = tw_associative_find(&cache->entry, walk->key);
    if (slot == TW_NO_SLOT)
      continue;
    walk->effect = TW_EFFECT_TABLE_USED;
    walk->slot = slot;
    walk->base = cache->next[slot];
    walk->at.above = cache->bits[slot];
    walk->at.level = level + 1;
    return;
  }
}

/// What stands around the descriptor that is to be read may make its mapping larger.
TW_HOT bool tw_walk_wants_line(const tw_walk *walk) { return walk->at.half->coalesces && walk->at.level == 3; }

TW_HOT bool tw_walk_is_contiguous(const tw_walk *walk, const tw_mem_response *response) {
  return tw_line_is_contiguous(response->line, walk->at.half->granule, walk->at.regime->big_endian);
}

// ---- the tables that are known ----

static inline tw_l2_table tw_straight_table(const tw_walk *walk, int level) {
  return (tw_l2_table){walk->key, level, walk->at.half->layout.level[level + 1].size};
}

/// The look-ups in the L2, a level a cycle: where the walk starts, and the cycles that they take.
TW_HOT void tw_straight_look_up(tw_walk *walk, tw_walker *walker, bool usual) {
  int start = walk->at.half->start_level;
  for (int level = 2; level >= start; level--) {
    const tw_l2_table table = tw_straight_table(walk, level);
    uint32_t slot = tw_l2_tables_find(walker->tables, &table, usual);
    if (slot == TW_NO_TABLE) {
      walk->act_at += level > start;
      continue;
    }
    walk->base = tw_l2_tables_next(walker->tables, slot);
    walk->at.above = tw_l2_tables_bits(walker->tables, slot);
    walk->at.level = level + 1;
    tw_set_array_use(&walker->tables->array[0], slot);
    walker->tally->table_hit++;
    return;
  }
}

/// Start below the deepest table that is known, which is used.
TW_HOT void tw_straight_start(tw_walk *walk, tw_walker *walker, bool usual) {
  walk->base = walk->at.half->base;
  walk->at.level = walk->at.half->start_level;
  if (walker->tables) {
    tw_straight_look_up(walk, walker, usual);
    return;
  }
  walk->effect = TW_EFFECT_NONE;
  tw_walk_start_from_caches(walk, walker);
  if (walk->effect == TW_EFFECT_TABLE_USED)
    tw_associative_use(&walker->cache[walk->at.level].entry, walk->slot);
}

/// Fill with the table that the walk stands below, which has just been looked up in vain.
TW_HOT void tw_straight_fill(const tw_walk *walk, tw_walker *walker, bool usual) {
  const tw_l2_table table = tw_straight_table(walk, walk->at.level - 1);
  if (walker->tables)
    tw_l2_tables_fill(walker->tables, &table, walk->base, walk->at.above, usual);
  else
    tw_walk_cache_fill(&walker->cache[walk->at.level], walk->key, table.size, walk->base, walk->at.above);
}

// ---- descriptors ----

/// Read one of a memory that is not the model's own, or with its line.
tw_descriptor_arrival tw_walk_read_by_port(tw_walk *walk, const tw_walker *walker);

/// Read the descriptor of the walk's table.
TW_HOT void tw_straight_read(tw_walk *walk, tw_walker *walker, const tw_layout_level *at, bool usual) {
  walk->descriptor = walk->pa = (walk->base + ((walk->at.va & at->index) >> (at->size - 3))) & tw_ones(51, 0);
  walk->contiguous = false;
  tw_descriptor_arrival arrival = usual || (walker->memory && !tw_walk_wants_line(walk))
                                      ? tw_memory_read_descriptor(walker->memory, walk->pa)
                                      : tw_walk_read_by_port(walk, walker);
  walker->tally->step[tw_tally_of(walk->at.request, usual)]++;
  walk->result.reads[walk->at.level + 1]++;
  walk->arrived = arrival.data;
  walk->error = (uint8_t)arrival.error;
  walk->act_at += arrival.delay + walker->walk_step;
}

/// A leaf that differs from a known one in its address alone.
TW_HOT bool tw_straight_knows(const tw_known_leaf *known, const tw_descriptor_read *at, uint64_t bits,
                              uint64_t output) {
  return known->half == at->half && known->bits == (bits & ~output) && known->level == at->level &&
         known->above.ap == at->above.ap && known->above.uxn == at->above.uxn && known->above.pxn == at->above.pxn &&
         !(bits & output & at->half->layout.too_large);
}

/// Decode a leaf in full. False: it is none, or must be updated.
bool tw_walk_decode_unknown(tw_walk *walk, tw_known_leaf *known, uint64_t output);

/// Make all acts of a walk that has begun, none waiting for a port. False: what has arrived is something else, and the
/// acts go on from there.
TW_HOT bool tw_walk_straight(tw_walk *walk, tw_walker *walker, bool usual) {
  tw_straight_start(walk, walker, usual);
  walk->act = TW_ACT_READ;
  walk->stage = 1;
  walk->due = TW_DUE_ARRIVAL;
  walk->result.has_read = true;
  for (;;) {
    const tw_layout_level *at = &walk->at.half->layout.level[walk->at.level + 1];
    tw_known_leaf *known = &walker->known[walk->at.level & (TW_KNOWN_LEAVES - 1)];
    tw_straight_read(walk, walker, at, usual);
    uint64_t bits = walk->arrived, next;
    tw_table_bits table;
    if (walk->error)
      return false;
    if (tw_straight_knows(known, &walk->at, bits, at->output)) {
      walk->leaf = known->leaf;
      walk->leaf.pa = (bits & at->output) | (walk->at.va & tw_low(at->size));
      break;
    }
    if (walk->at.level == 3 || !tw_long_table(&walk->at, bits, &next, &table)) {
      if (!tw_walk_decode_unknown(walk, known, at->output))
        return false;
      break;
    }
    walk->base = next;
    walk->at.above = table;
    walk->at.level++;
    tw_straight_fill(walk, walker, usual);
  }
  if (walk->contiguous)
    walk->result.coalesced = tw_coalesce(&walk->leaf, walk->arrived, walk->at.half->granule);
  tw_walk_end_filling(walk);
  return true;
}

#endif
