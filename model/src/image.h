// A sparse image of physical memory: what was never written reads 0. No twin.
#ifndef TABLEWALK_IMAGE_H
#define TABLEWALK_IMAGE_H

#include <stddef.h>
#include <stdint.h>

enum { TW_PAGE_WORDS = 512, TW_BLOCK_PAGES = 512 };

/// The pages of 2 MiB of physical memory.
typedef struct tw_image_block {
  uint64_t number; ///< physical address / 2 MiB, plus 1; 0: an empty place
  uint64_t **page; ///< [TW_BLOCK_PAGES]: words of each page of 4 KiB; NULL: never written
} tw_image_block;

typedef struct tw_image_arena tw_image_arena;

/// Blocks in an open-addressed table, at most half full. Tables mostly stand close together, so that blocks are few and
/// are found in the host's own first cache. The words stand in arenas of 2 MiB, so that the host can map them with
/// large pages: a random walk would miss its TLB too.
typedef struct tw_image {
  tw_image_block *block;
  size_t places, used;
  tw_image_arena *arena; ///< the newest; each knows the one before
} tw_image;

/// 0; -1: out of memory.
int tw_image_init(tw_image *image);
void tw_image_free(tw_image *image);
/// The four words at `pa`, 32-byte aligned.
void tw_image_read_line(const tw_image *image, uint64_t pa, uint64_t line[4]);
/// 0; -1: out of memory.
int tw_image_write(tw_image *image, uint64_t pa, uint64_t value);

static inline uint64_t tw_image_block_number(uint64_t pa) { return (pa >> 21) + 1; }

/// The place of block `number`: its own, or the empty one where it would go.
static inline size_t tw_image_place(const tw_image_block *block, size_t places, uint64_t number) {
  size_t i = (size_t)((number * 0x9e3779b97f4a7c15ULL) >> 20) & (places - 1);
  while (block[i].number && block[i].number != number)
    i = (i + 1) & (places - 1);
  return i;
}

/// Where the word at `pa` stands; NULL: it was never written.
static inline uint64_t *tw_image_word(const tw_image *image, uint64_t pa) {
  const tw_image_block *block = &image->block[tw_image_place(image->block, image->places, tw_image_block_number(pa))];
  uint64_t *page = block->number ? block->page[(pa >> 12) & (TW_BLOCK_PAGES - 1)] : NULL;
  return page ? &page[(pa >> 3) & (TW_PAGE_WORDS - 1)] : NULL;
}

/// The 64-bit word at `pa`, 8-byte aligned.
static inline uint64_t tw_image_read(const tw_image *image, uint64_t pa) {
  const uint64_t *word = tw_image_word(image, pa);
  return word ? *word : 0;
}

#endif
