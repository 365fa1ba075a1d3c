// A sparse image of physical memory. No twin.
#include "image.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"

enum { TW_FIRST_PLACES = 1024, TW_ARENA_BYTES = 2 << 20, TW_ARENA_PAGES = TW_ARENA_BYTES / (TW_PAGE_WORDS * 8) };

/// A 2 MiB block of pages.
struct tw_image_arena {
  uint64_t *words;
  size_t pages; ///< handed out
  tw_image_arena *before;
};

int tw_image_init(tw_image *image) {
  *image = (tw_image){.places = TW_FIRST_PLACES, .page = calloc(TW_FIRST_PLACES, sizeof *image->page)};
  return image->page ? 0 : -1;
}

void tw_image_free(tw_image *image) {
  while (image->arena) {
    tw_image_arena *arena = image->arena;
    image->arena = arena->before;
    free(arena->words);
    free(arena);
  }
  free(image->page);
}

/// The place of page `number`: its own, or the empty one where it would go.
static size_t place_of(const tw_image_page *page, size_t places, uint64_t number) {
  size_t i = (size_t)((number * 0x9e3779b97f4a7c15ULL) >> 20) & (places - 1);
  while (page[i].number && page[i].number != number)
    i = (i + 1) & (places - 1);
  return i;
}

uint64_t tw_image_read(const tw_image *image, uint64_t pa) {
  const tw_image_page *page = &image->page[place_of(image->page, image->places, (pa >> 12) + 1)];
  return page->number ? page->words[(pa >> 3) & (TW_PAGE_WORDS - 1)] : 0;
}

void tw_image_expect(const tw_image *image, uint64_t pa) {
  const tw_image_page *page = &image->page[place_of(image->page, image->places, (pa >> 12) + 1)];
  if (page->number)
    __builtin_prefetch(&page->words[(pa >> 3) & (TW_PAGE_WORDS - 1)]);
}

static int grow(tw_image *image) {
  size_t places = image->places * 2;
  tw_image_page *page = calloc(places, sizeof *page);
  if (!page)
    return -1;
  for (size_t i = 0; i < image->places; i++)
    if (image->page[i].number)
      page[place_of(page, places, image->page[i].number)] = image->page[i];
  free(image->page);
  image->page = page;
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

int tw_image_write(tw_image *image, uint64_t pa, uint64_t value) {
  uint64_t number = (pa >> 12) + 1;
  size_t place = place_of(image->page, image->places, number);
  if (!image->page[place].number) {
    if (2 * (image->used + 1) > image->places) {
      if (grow(image))
        return -1;
      place = place_of(image->page, image->places, number);
    }
    uint64_t *words = new_page(image);
    if (!words)
      return -1;
    image->page[place] = (tw_image_page){.number = number, .words = words};
    image->used++;
  }
  image->page[place].words[(pa >> 3) & (TW_PAGE_WORDS - 1)] = value;
  return 0;
}
