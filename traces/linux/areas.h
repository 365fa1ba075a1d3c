// Ranges of virtual addresses as mm/vmalloc.c gives them out: the lowest that fits; what is freed comes back by purges.
#ifndef TRACES_SRC_AREAS_H
#define TRACES_SRC_AREAS_H

#include "number_map.h"

typedef struct tw_area {
  uint64_t va, bytes;  ///< as mapped
  uint64_t whole;      ///< with the guard page
  unsigned order;      ///< of the blocks of pages that it owns
  unsigned page_shift; ///< log2 of its mappings
  uint32_t kind;       ///< the user's own
  bool alias_changed;  ///< pages of it are not writable in the linear map
  bool flush_reset;    ///< VM_FLUSH_RESET_PERMS: it is not freed lazily
  uint64_t *pages;     ///< physical addresses of the blocks; NULL: it owns none
  size_t page_count;
} tw_area;

typedef struct tw_areas tw_areas;

tw_areas *tw_areas_create(void);
void tw_areas_destroy(tw_areas *areas);
/// A range that may be given out. -1: out of memory.
int tw_areas_add(tw_areas *areas, uint64_t va, uint64_t bytes);
/// Never give out what is free of this.
int tw_areas_reserve(tw_areas *areas, uint64_t va, uint64_t bytes);
/// The lowest free range of [first, last] that fits, aligned. NULL: there is none. Owned by `areas`.
tw_area *tw_areas_take(tw_areas *areas, uint64_t first, uint64_t last, uint64_t bytes, uint64_t align);
/// The area that begins at `va`.
tw_area *tw_areas_find(const tw_areas *areas, uint64_t va);
/// Freed at once.
void tw_areas_free(tw_areas *areas, tw_area *area);
/// Freed lazily. How many bytes wait now.
uint64_t tw_areas_free_lazily(tw_areas *areas, tw_area *area);
/// Free what waits. False: nothing did. The range that holds it all, for TLBs.
bool tw_areas_purge(tw_areas *areas, uint64_t *first, uint64_t *end);
/// Any area; NULL: there is none.
tw_area *tw_areas_any(const tw_areas *areas);

#endif
