// A sparse image of physical memory. No twin.
#include "image.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"

enum { TW_FIRST_PLACES = 64, TW_ARENA_BYTES = 2 << 20, TW_ARENA_PAGES = TW_ARENA_BYTES / (TW_PAGE_WORDS * 8) };

/// A 2 MiB block of pages.
struct tw_image_arena {
  uint64_t *words;
  size_t pages; ///< handed out
  tw_image_arena *before;
};

int tw_image_init(tw_image *image) {
  *image = (tw_image){.places = TW_FIRST_PLACES, .block = calloc(TW_FIRST_PLACES, sizeof *image->block)};
  return image->block ? 0 : -1;
}

void tw_image_free(tw_image *image) {
  while (image->arena) {
    tw_image_arena *arena = image->arena;
    image->arena = arena->before;
    free(arena->words);
    free(arena);
  }
  for (size_t i = 0; image->block && i < image->places; i++)
    free(image->block[i].page);
  free(image->block);
}

void tw_image_read_line(const tw_image *image, uint64_t pa, uint64_t line[4]) {
  static const uint64_t zeros[4] = {0};
  const uint64_t *word = tw_image_word(image, pa);
  memcpy(line, word ? word : zeros, sizeof zeros);
}

static int grow(tw_image *image) {
  size_t places = image->places * 2;
  tw_image_block *block = calloc(places, sizeof *block);
  if (!block)
    return -1;
  for (size_t i = 0; i < image->places; i++)
    if (image->block[i].number)
      block[tw_image_place(block, places, image->block[i].number)] = image->block[i];
  free(image->block);
  image->block = block;
  image->places = places;
  return 0;
}

/// A page of zeros, or NULL.
static uint64_t *new_page(tw_image *image) {
  if (!image->arena || image->arena->pages == TW_ARENA_PAGES) {
    tw_image_arena *arena = malloc(sizeof *arena);
    if (!arena)
      return NULL;
    *arena = (tw_image_arena){.words = tw_arena_allocate(TW_ARENA_BYTES), .before = image->arena};
    if (!arena->words) {
      free(arena);
      return NULL;
    }
    image->arena = arena;
  }
  uint64_t *words = image->arena->words + TW_PAGE_WORDS * image->arena->pages++;
  memset(words, 0, TW_PAGE_WORDS * sizeof *words);
  return words;
}

/// The block of `pa`, which is made if there is none; NULL: out of memory.
static tw_image_block *block_for(tw_image *image, uint64_t pa) {
  uint64_t number = tw_image_block_number(pa);
  size_t place = tw_image_place(image->block, image->places, number);
  if (image->block[place].number)
    return &image->block[place];
  if (2 * (image->used + 1) > image->places) {
    if (grow(image))
      return NULL;
    place = tw_image_place(image->block, image->places, number);
  }
  uint64_t **page = calloc(TW_BLOCK_PAGES, sizeof *page);
  if (!page)
    return NULL;
  image->block[place] = (tw_image_block){.number = number, .page = page};
  image->used++;
  return &image->block[place];
}

int tw_image_write(tw_image *image, uint64_t pa, uint64_t value) {
  tw_image_block *block = block_for(image, pa);
  if (!block)
    return -1;
  uint64_t **page = &block->page[(pa >> 12) & (TW_BLOCK_PAGES - 1)];
  if (!*page)
    *page = new_page(image);
  if (!*page)
    return -1;
  (*page)[(pa >> 3) & (TW_PAGE_WORDS - 1)] = value;
  return 0;
}
