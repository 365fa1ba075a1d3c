// The encoder of descriptors (Arm ARM: VMSAv8-64, VMSAv8-32 long and short formats, stage 2), with every mistake there
// is to make.
#ifndef HARNESS_RANDOM_DESCRIPTOR_H
#define HARNESS_RANDOM_DESCRIPTOR_H

#include "random_world.h"

/// The last level of a format.
int tw_tree_last(const tw_random_tree *tree);
/// The lowest input address bit that a level resolves.
unsigned tw_tree_low(const tw_random_tree *tree, int level);
/// Log2 of a descriptor's bytes.
unsigned tw_tree_entry(const tw_random_tree *tree);
bool tw_tree_block_is_legal(const tw_random_tree *tree, int level);
/// Log2 of the entries of a contiguous group (supersection, large page) at a level; 0: there is none.
unsigned tw_tree_group(const tw_random_tree *tree, int level);

bool tw_descriptor_is_table(const tw_random_tree *tree, int level, uint64_t descriptor);
bool tw_descriptor_is_leaf(const tw_random_tree *tree, int level, uint64_t descriptor);
/// The leaf is one of a group.
bool tw_descriptor_is_grouped(const tw_random_tree *tree, int level, uint64_t descriptor);
/// The next table, or a leaf's output.
uint64_t tw_descriptor_address(const tw_random_tree *tree, int level, uint64_t descriptor);

uint64_t tw_encode_table(tw_random *random, const tw_random_tree *tree, uint64_t next);
/// A leaf with output `pa`. `grouped`: one of a group.
uint64_t tw_encode_leaf(tw_random *random, const tw_random_tree *tree, int level, bool grouped, uint64_t pa);
/// A leaf of a stage 2 that lets stage 1 tables be read and written, mostly after an update.
uint64_t tw_encode_plain(tw_random *random, const tw_random_tree *tree, int level, bool grouped, uint64_t pa);
/// The same leaf with another output.
uint64_t tw_descriptor_move(const tw_random_tree *tree, int level, uint64_t descriptor, uint64_t pa);
/// The same leaf with other permissions, access flag and dirty state.
uint64_t tw_descriptor_repermit(tw_random *random, const tw_random_tree *tree, int level, uint64_t descriptor);
/// The same table with other permissions.
uint64_t tw_descriptor_repermit_table(tw_random *random, const tw_random_tree *tree, uint64_t descriptor);

#endif
