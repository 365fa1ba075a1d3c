// Blocks of the host's memory that are read at random. No twin.
#ifndef TABLEWALK_ARENA_H
#define TABLEWALK_ARENA_H

#include <stddef.h>

/// `bytes` of memory that is not cleared, aligned to 64; from half a MiB on they begin at a multiple of 2 MiB and the
/// host is asked to map them by its large pages, because a random walk would miss its TLB too. The caller frees; NULL:
/// out of memory.
void *tw_arena_allocate(size_t bytes);

#endif
