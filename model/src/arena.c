// Blocks of the host's memory that are read at random. No twin.
#define _DEFAULT_SOURCE
#include "arena.h"

#include <stdlib.h>

#ifdef __linux__
#include <sys/mman.h>
#endif

enum { LINE = 64, LARGE_PAGE = 2 << 20, LARGE = 512 << 10 };

static size_t rounded_up(size_t bytes, size_t to) { return (bytes + to - 1) & ~(to - 1); }

void *tw_arena_allocate(size_t bytes) {
  if (bytes < LARGE)
    return aligned_alloc(LINE, rounded_up(bytes, LINE));
  bytes = rounded_up(bytes, LARGE_PAGE);
  void *block = aligned_alloc(LARGE_PAGE, bytes);
#ifdef MADV_HUGEPAGE
  if (block)
    (void)madvise(block, bytes, MADV_HUGEPAGE);
#endif
  return block;
}
