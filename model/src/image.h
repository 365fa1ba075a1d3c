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
/// The 64-bit word at `pa`, 8-byte aligned.
uint64_t tw_image_read(const tw_image *image, uint64_t pa);
/// The four words at `pa`, 32-byte aligned.
void tw_image_read_line(const tw_image *image, uint64_t pa, uint64_t line[4]);
/// Have the host fetch the word at `pa`.
void tw_image_expect(const tw_image *image, uint64_t pa);
/// 0; -1: out of memory.
int tw_image_write(tw_image *image, uint64_t pa, uint64_t value);

#endif
