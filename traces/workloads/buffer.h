// Memory that a workload accesses: so many bytes of one region, and where they lie.
#ifndef TRACES_SRC_BUFFER_H
#define TRACES_SRC_BUFFER_H

#include "workload.h"

/// Choices of a region, in this order.
#define TW_BUFFER_REGIONS "linear|kmalloc|vmalloc|vmalloc_huge|vmalloc_contiguous|vmap|module|stack|user"
typedef enum tw_buffer_region {
  TW_BUFFER_LINEAR = 0, ///< contiguous pages of the linear map
  TW_BUFFER_KMALLOC,
  TW_BUFFER_VMALLOC,
  TW_BUFFER_VMALLOC_HUGE,
  TW_BUFFER_VMALLOC_CONTIGUOUS, ///< pages, with the contiguous hint where they happen to be
  TW_BUFFER_VMAP,               ///< contiguous pages of the linear map, mapped a second time
  TW_BUFFER_MODULE,             ///< a module's data
  TW_BUFFER_STACK,              ///< as many tasks' stacks as it takes
  TW_BUFFER_USER,               ///< of a process, mapped by pages of a size
} tw_buffer_region;

typedef struct tw_buffer {
  uint64_t va, bytes;    ///< va: of its first byte
  unsigned piece_log2;   ///< pieces of this size lie each somewhere: a stack, or else a page
  const uint64_t *piece; ///< VA of each piece; NULL: one after the other from va on
  uint64_t *frame;       ///< PA of each page; NULL: PA is VA + delta
  uint64_t delta;
  uint8_t info; ///< of every access besides: TW_INFO_EL0 of a process's memory
  uint64_t *pieces;
} tw_buffer;

typedef struct tw_buffer_wanted {
  tw_buffer_region region;
  uint64_t bytes;
  const char *name;       ///< in reports: "buffer NAME"
  unsigned user_log2;     ///< of a user buffer: the size of its mappings
  uint64_t at;            ///< of a linear one: its distance from RAM's beginning; 0: anywhere
  const tw_buffer *alias; ///< of vmap: the linear buffer that is mapped again; NULL: one of its own
} tw_buffer_wanted;

/// Allocate, and name the region. Sizes go up to whole pages. 0; -1 and `error`.
int tw_buffer_make(tw_workload *w, const tw_buffer_wanted *wanted, tw_buffer *buffer, tw_error *error);
void tw_buffer_free(tw_buffer *buffer);

/// VA of the byte at `offset`.
static inline uint64_t tw_buffer_at(const tw_buffer *b, uint64_t offset) {
  uint64_t low = (UINT64_C(1) << b->piece_log2) - 1;
  return b->piece ? b->piece[offset >> b->piece_log2] + (offset & low) : b->va + offset;
}
/// Accesses at `count` offsets, in one go: no more than there is room for in `w`.
void tw_buffer_access(tw_workload *w, const tw_buffer *buffer, const uint64_t *offsets, size_t count, uint8_t info,
                      uint16_t gap);

#endif
