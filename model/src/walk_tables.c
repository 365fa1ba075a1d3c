// The tables of a walk in the L2. Twin: in rtl/walk_stage1.sv.
#include "walk_tables.h"

int tw_walk_deepest_tables(const tw_half *half) { return half->format == &tw_format_short ? 1 : 2; }

bool tw_walks_look_up(const tw_walker *walker, const tw_regime *regime, const tw_half *half) {
  return walker->tables && regime->on && !half->epd && !half->base_fault &&
         half->start_level <= tw_walk_deepest_tables(half);
}

static tw_l2_table table_at(const tw_walk *walk, int level) {
  const tw_half *half = walk->at.half;
  return (tw_l2_table){walk->key, level, half->format->level_size(half->granule, level)};
}

bool tw_walk_start_below(tw_walk *walk, const tw_walker *walker, int level) {
  const tw_l2_table table = table_at(walk, level);
  const tw_l2_table_found found = tw_l2_tables_find(walker->tables, &table, false);
  if (found.way == TW_NO_TABLE)
    return false;
  size_t slot = found.start + found.way;
  walk->effect = TW_EFFECT_TABLE_USED;
  walk->slot = (unsigned)slot;
  walk->base = tw_l2_tables_next(walker->tables, slot);
  walk->at.above = tw_l2_tables_bits(walker->tables, slot);
  walk->at.level = level + 1;
  return true;
}

void tw_walk_fill_table(const tw_walk *walk, const tw_walker *walker) {
  const tw_l2_table table = table_at(walk, walk->at.level - 1);
  tw_l2_tables_fill(walker->tables, &table, walk->base, walk->at.above, false);
}
