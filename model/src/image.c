// A sparse image of physical memory. No twin.
#include "image.h"

#include <stdlib.h>

enum { TW_FIRST_PLACES = 1024 };

int tw_image_init(tw_image *image) {
  *image = (tw_image){.places = TW_FIRST_PLACES, .page = calloc(TW_FIRST_PLACES, sizeof *image->page)};
  return image->page ? 0 : -1;
}

void tw_image_free(tw_image *image) {
  for (size_t i = 0; i < image->places; i++) free(image->page[i].words);
  free(image->page);
}

/// The place of page `number`: its own, or the empty one where it would go.
static size_t place_of(const tw_image_page *page, size_t places, uint64_t number) {
  size_t i = (size_t)((number * 0x9e3779b97f4a7c15ULL) >> 20) & (places - 1);
  while (page[i].number && page[i].number != number) i = (i + 1) & (places - 1);
  return i;
}

uint64_t tw_image_read(const tw_image *image, uint64_t pa) {
  const tw_image_page *page = &image->page[place_of(image->page, image->places, (pa >> 12) + 1)];
  return page->number ? page->words[(pa >> 3) & (TW_PAGE_WORDS - 1)] : 0;
}

static int grow(tw_image *image) {
  size_t places = image->places * 2;
  tw_image_page *page = calloc(places, sizeof *page);
  if (!page) return -1;
  for (size_t i = 0; i < image->places; i++)
    if (image->page[i].number) page[place_of(page, places, image->page[i].number)] = image->page[i];
  free(image->page);
  image->page = page;
  image->places = places;
  return 0;
}

int tw_image_write(tw_image *image, uint64_t pa, uint64_t value) {
  uint64_t number = (pa >> 12) + 1;
  size_t place = place_of(image->page, image->places, number);
  if (!image->page[place].number) {
    if (2 * (image->used + 1) > image->places) {
      if (grow(image)) return -1;
      place = place_of(image->page, image->places, number);
    }
    uint64_t *words = calloc(TW_PAGE_WORDS, sizeof *words);
    if (!words) return -1;
    image->page[place] = (tw_image_page){.number = number, .words = words};
    image->used++;
  }
  image->page[place].words[(pa >> 3) & (TW_PAGE_WORDS - 1)] = value;
  return 0;
}
