// What an Arm leaf becomes in x86-64 tables.
#ifndef HARNESS_X86_LEAF_H
#define HARNESS_X86_LEAF_H

#include "x86_pages.h"

#include <traces/census.h>

#ifdef __cplusplus
extern "C" {
#endif

/// log2 of the granule of a half.
unsigned tw_x86_granule_log2(const tw_registers *arm, unsigned half);
/// The bytes of the unit that a leaf may be a part of: its contiguous group, 2M of sections, or it alone.
uint64_t tw_x86_unit_bytes(const tw_registers *arm, const tw_mapping *leaf);
/// log2 of what a descriptor of `table` can change: all that is one unit with it, or repeats it.
unsigned tw_x86_reach_log2(const tw_registers *arm, const tw_walked_table *table);
/// The leaf's addresses, permissions and memory type; no size.
tw_x86_page tw_x86_page_of(const tw_registers *arm, const tw_mapping *leaf);
/// log2 of the largest page that may begin a mapping of `va` to `pa`: 12, 21 or 30.
unsigned tw_x86_page_size_log2(uint64_t va, uint64_t pa, uint64_t bytes);

#ifdef __cplusplus
}
#endif
#endif
