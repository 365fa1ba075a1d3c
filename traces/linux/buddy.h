// One zone of page frames as mm/page_alloc.c keeps it: free blocks of 2^order frames, split and coalesced.
//
// Frames are numbers from the zone's first on. What Linux has besides and this has not: per-CPU lists of single frames,
// migrate types, watermarks and reclaim.
#ifndef TRACES_SRC_BUDDY_H
#define TRACES_SRC_BUDDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TW_BUDDY_ORDERS = 14 }; // 64K pages have the most: blocks of 512 MiB

typedef struct tw_buddy tw_buddy;

/// A zone of `frames` frames from frame number `first` on, none of them free; at most 2^31. `orders`: 0 to orders - 1
/// are had. NULL: out of memory.
tw_buddy *tw_buddy_create(uint64_t first, uint64_t frames, unsigned orders);
void tw_buddy_destroy(tw_buddy *buddy);

/// The number of the first of 2^order frames, aligned to that; UINT64_MAX: there is no such block.
uint64_t tw_buddy_take(tw_buddy *buddy, unsigned order);
/// As alloc_contig_pages: more than the largest block, of blocks that are all free.
uint64_t tw_buddy_take_large(tw_buddy *buddy, unsigned order);
void tw_buddy_give(tw_buddy *buddy, uint64_t frame, unsigned order);
/// Frames that boot hands over, in blocks as large as their addresses allow, to the lists' ends.
void tw_buddy_give_range(tw_buddy *buddy, uint64_t frame, uint64_t frames);
bool tw_buddy_holds(const tw_buddy *buddy, uint64_t frame);

/// What the fragmentation figures are made of (struct contig_page_info).
typedef struct tw_buddy_figures {
  uint64_t free_frames, free_blocks, suitable; ///< suitable: blocks of the order asked for
} tw_buddy_figures;

/// Of the free blocks of an order, as counted by a zone; added to `figures`.
void tw_buddy_count(const tw_buddy *buddy, unsigned order, tw_buddy_figures *figures);
uint64_t tw_buddy_free_blocks(const tw_buddy *buddy, unsigned order);

/// mm/vmstat.c: __fragmentation_index and unusable_free_index, in thousandths.
int64_t tw_fragmentation_index(const tw_buddy_figures *figures, unsigned order);
int64_t tw_unusable_free_index(const tw_buddy_figures *figures, unsigned order);

#endif
