// A walk of stage 1 alone, of 64-bit descriptors, straight down to its leaf: the acts of walker.c without a decision
// about each. No twin: it changes no answer and no cycle.
#ifndef TABLEWALK_WALK_STRAIGHT_H
#define TABLEWALK_WALK_STRAIGHT_H

#include <string.h>

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

// ---- where it stands ----

/// What changes on the way. It is told to the walk where the way ends.
typedef struct tw_straight {
  uint64_t base; ///< of the table to read next
  uint64_t at;   ///< cycle of the next act
  uint64_t pa;   ///< of the last descriptor
  int first;     ///< level of the first table that is read
  int level;     ///< of the table to read next
  tw_table_bits above;
} tw_straight;

/// Tell the walk: what has arrived is the next act's to decide.
TW_HOT void tw_straight_tell(const tw_straight *s, tw_walk *walk) {
  walk->base = s->base;
  walk->act_at = s->at;
  walk->descriptor = walk->pa = s->pa;
  walk->at.level = s->level;
  walk->at.above = s->above;
  for (int level = s->first; level <= s->level; level++)
    walk->result.reads[level + 1] = 1;
}

// ---- the tables that are known ----

static inline tw_l2_table tw_straight_table(const tw_walk *walk, int level) {
  return (tw_l2_table){walk->key, level, walk->at.half->layout.level[level + 1].size};
}

/// The look-ups in the L2, a level a cycle: where the walk starts, and the cycles that they take.
TW_HOT void tw_straight_look_up(tw_straight *s, const tw_walk *walk, tw_walker *walker, bool usual) {
  int start = s->level;
  for (int level = 2; level >= start; level--) {
    const tw_l2_table table = tw_straight_table(walk, level);
    const tw_l2_table_found found = tw_l2_tables_find(walker->tables, &table, usual);
    if (found.way == TW_NO_TABLE) {
      s->at += level > start;
      continue;
    }
    size_t slot = found.start + found.way;
    s->base = tw_l2_tables_next(walker->tables, slot);
    s->above = tw_l2_tables_bits(walker->tables, slot);
    s->level = level + 1;
    tw_set_array_use_way(&walker->tables->array[0], found.start, found.way, usual);
    walker->tally->table_hit++;
    return;
  }
}

/// Start below the deepest table that is known, which is used.
TW_HOT void tw_straight_start(tw_straight *s, tw_walk *walk, tw_walker *walker, bool usual) {
  if (walker->tables) {
    tw_straight_look_up(s, walk, walker, usual);
    return;
  }
  walk->effect = TW_EFFECT_NONE;
  tw_walk_start_from_caches(walk, walker);
  if (walk->effect != TW_EFFECT_TABLE_USED)
    return;
  s->base = walk->base;
  s->above = walk->at.above;
  s->level = walk->at.level;
  tw_associative_use(&walker->cache[s->level].entry, walk->slot);
}

/// Fill with the table that the walk stands below, which has just been looked up in vain.
TW_HOT void tw_straight_fill(const tw_straight *s, const tw_walk *walk, tw_walker *walker, bool usual) {
  const tw_l2_table table = tw_straight_table(walk, s->level - 1);
  if (walker->tables)
    tw_l2_tables_fill(walker->tables, &table, s->base, s->above, usual);
  else
    tw_walk_cache_fill(&walker->cache[s->level], walk->key, table.size, s->base, s->above);
}

// ---- descriptors ----

/// Read one of a memory that is not the model's own, or with its line. The walk has been told.
tw_descriptor_arrival tw_walk_read_by_port(tw_walk *walk, const tw_walker *walker);

/// Read the descriptor of the walk's table.
TW_HOT uint64_t tw_straight_read(tw_straight *s, tw_walk *walk, tw_walker *walker, const tw_layout_level *at,
                                 bool usual) {
  s->pa = (s->base + ((walk->at.va & at->index) >> (at->size - 3))) & tw_ones(51, 0);
  tw_descriptor_arrival arrival;
  if (usual || (walker->memory && !(walk->at.half->coalesces && s->level == 3))) {
    arrival = tw_memory_read_descriptor(walker->memory, s->pa);
  } else {
    tw_straight_tell(s, walk);
    arrival = tw_walk_read_by_port(walk, walker);
  }
  walker->tally->step[tw_tally_of(walk->at.request, usual)]++;
  walk->error = (uint8_t)arrival.error;
  s->at += arrival.delay + walker->walk_step;
  return arrival.data;
}

/// A leaf that differs from a known one in its address alone.
TW_HOT bool tw_straight_knows(const tw_known_leaf *known, const tw_straight *s, const tw_half *half, uint64_t bits,
                              uint64_t output) {
  bool same = known->bits == (bits & ~output) && !memcmp(&known->above, &s->above, sizeof s->above);
  return same && !(bits & output & half->layout.too_large);
}

/// Decode a leaf in full. False: it is none, or must be updated.
bool tw_walk_decode_unknown(tw_walk *walk, tw_known_leaf *known, uint64_t output);

/// Make all acts of a walk that has begun, none waiting for a port. False: what has arrived is something else, and the
/// acts go on from there. `usual`: the machine is, and nobody asks what has been read.
TW_HOT bool tw_walk_straight(tw_walk *walk, tw_walker *walker, bool usual) {
  const tw_half *half = walk->at.half;
  tw_known_leaf *known = walker->known[half != walk->at.regime->half];
  tw_straight s = {.base = half->base, .at = walk->act_at, .level = half->start_level};
  tw_straight_start(&s, walk, walker, usual);
  s.first = s.level;
  walk->act = TW_ACT_READ;
  walk->stage = 1;
  walk->due = TW_DUE_ARRIVAL;
  walk->contiguous = false;
  walk->result.has_read = true;
  for (;;) {
    const tw_layout_level *at = &half->layout.level[s.level + 1];
    uint64_t bits = tw_straight_read(&s, walk, walker, at, usual), next;
    const tw_known_leaf *leaf = &known[s.level + 1];
    if (tw_straight_knows(leaf, &s, half, bits, at->output) && !walk->error) {
      walk->leaf = leaf->leaf;
      walk->leaf.pa = (bits & at->output) | (walk->at.va & tw_low(at->size));
      walk->arrived = bits;
      break;
    }
    if (s.level == 3 || walk->error || !tw_long_table(half, bits, &next)) {
      walk->arrived = bits;
      tw_straight_tell(&s, walk);
      if (walk->error || !tw_walk_decode_unknown(walk, &known[s.level + 1], at->output))
        return false;
      break;
    }
    s.base = next;
    s.level++;
    if (tw_field(bits, 62, 59))
      s.above = tw_long_accumulate(&walk->at, s.above, bits);
    tw_straight_fill(&s, walk, walker, usual);
  }
  walk->act_at = s.at;
  walk->base = s.base;
  walk->at.level = s.level;
  if (!usual) {
    tw_straight_tell(&s, walk);
    if (walk->contiguous)
      walk->result.coalesced = tw_coalesce(&walk->leaf, walk->arrived, half->granule);
  }
  tw_walk_end_filling(walk);
  return true;
}

#endif
