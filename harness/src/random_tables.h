// Random translation tables in the memory of what is tested, and a walk of them by software.
#ifndef HARNESS_RANDOM_TABLES_H
#define HARNESS_RANDOM_TABLES_H

#include "random_world.h"

/// Where a walk by software stands: at the descriptor of one level.
typedef struct tw_random_step {
  const tw_random_tree *tree;
  const tw_random_tree *below; ///< stage 2, through which the tables are reached; NULL: they are at physical addresses
  uint64_t va, table;
  uint64_t descriptor; ///< as read
  unsigned top;        ///< input address bits that this level resolves end here
  unsigned low;        ///< and begin here
  int level;
} tw_random_step;

/// A context's tree: half 0 or 1 of stage 1 as the registers choose it for a VA.
const tw_random_tree *tw_random_half_of(const tw_random_context *context, uint64_t va);
/// The stage 2 that a context's stage 1 tables are reached through, or NULL.
const tw_random_tree *tw_random_below_of(const tw_random_context *context);

/// Walk to the descriptor that ends the walk of `va`, or to `level` if that is met before. False: `tree` can't be
/// walked.
bool tw_random_walk(tw_random_world *world, const tw_random_tree *tree, const tw_random_tree *below, uint64_t va,
                    int level, tw_random_step *end);
/// The output address of `va`; false: there is none.
bool tw_random_look_up(tw_random_world *world, const tw_random_tree *tree, const tw_random_tree *below, uint64_t va,
                       uint64_t *output);

/// Map `va`, by a walk down to whatever is found or made there. 0, or -1 to stop.
int tw_random_map(tw_random_world *world, const tw_random_tree *tree, const tw_random_tree *below, uint64_t va);
/// Let a stage 2 reach `bytes` of tables at `ipa`.
int tw_random_map_tables(tw_random_world *world, const tw_random_tree *tree, uint64_t ipa, uint64_t bytes);
/// Map an address of the current context at both stages.
int tw_random_map_both(tw_random_world *world, uint64_t va);
/// Map all addresses of the current context.
int tw_random_map_all(tw_random_world *world);
/// Software rewrites one descriptor that a walk may have used.
int tw_random_rewrite(tw_random_world *world);

/// Replace the descriptor at `step`, or all entries of its group: `descriptor` is the one for the step's own place.
/// 0: all entries become 0.
int tw_random_replace(tw_random_world *world, const tw_random_step *step, unsigned group_log2, uint64_t descriptor);

#endif
