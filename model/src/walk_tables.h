// The tables of a walk in the L2 (walk_caches_in_l2): looked up from the deepest level upwards, one in a cycle. Twin:
// in rtl/walk_stage1.sv.
#ifndef TABLEWALK_WALK_TABLES_H
#define TABLEWALK_WALK_TABLES_H

#include "walker.h"

/// Level of the tables that are looked up first.
int tw_walk_deepest_tables(const tw_half *half);
/// A walk of this half begins with look-ups.
bool tw_walks_look_up(const tw_walker *walker, const tw_regime *regime, const tw_half *half);
/// Start below the L2's table of this level, if it has one.
bool tw_walk_start_below(tw_walk *walk, const tw_walker *walker, int level);
/// Fill the L2 with the table that the walk stands below.
void tw_walk_fill_table(const tw_walk *walk, const tw_walker *walker);

#endif
