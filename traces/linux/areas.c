// Free ranges stand in an array by address, neighbours joined. Areas in use are found by their first address. What the
// last search passed over is remembered, so that many equal areas do not search the same holes again and again.
#include "areas.h"

#include <stdlib.h>
#include <string.h>

typedef struct range {
  uint64_t va, bytes;
} range;

/// From `first` up to `upto` no free range holds `bytes` at a multiple of `align`.
typedef struct passed {
  uint64_t first, upto, bytes, align;
} passed;

struct tw_areas {
  passed passed;
  range *free;
  size_t free_count, free_room;
  tw_area **used;
  size_t used_count, used_room;
  tw_number_map by_va; ///< numbers in `used`
  range *lazy;
  size_t lazy_count, lazy_room;
  uint64_t lazy_bytes;
};

tw_areas *tw_areas_create(void) { return calloc(1, sizeof(tw_areas)); }

void tw_areas_destroy(tw_areas *areas) {
  if (!areas)
    return;
  for (size_t i = 0; i < areas->used_count; i++) {
    free(areas->used[i]->pages);
    free(areas->used[i]);
  }
  free(areas->free);
  free(areas->used);
  free(areas->lazy);
  tw_number_map_free(&areas->by_va);
  free(areas);
}

// ---- free ranges ----

/// Room for one more element of `bytes` bytes. -1: out of memory.
static int make_room(void **array, size_t count, size_t *room, size_t bytes) {
  if (count < *room)
    return 0;
  size_t more = *room ? 2 * *room : 16;
  void *larger = realloc(*array, more * bytes);
  if (!larger)
    return -1;
  *array = larger;
  *room = more;
  return 0;
}

/// The first free range that ends above `va`.
static size_t free_at(const tw_areas *areas, uint64_t va) {
  size_t low = 0, high = areas->free_count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (areas->free[middle].va + (areas->free[middle].bytes - 1) < va)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static int insert_free(tw_areas *areas, size_t at, range what) {
  if (make_room((void **)&areas->free, areas->free_count, &areas->free_room, sizeof *areas->free) < 0)
    return -1;
  memmove(&areas->free[at + 1], &areas->free[at], (areas->free_count - at) * sizeof *areas->free);
  areas->free[at] = what;
  areas->free_count++;
  return 0;
}

static void remove_free(tw_areas *areas, size_t at) {
  areas->free_count--;
  memmove(&areas->free[at], &areas->free[at + 1], (areas->free_count - at) * sizeof *areas->free);
}

static void forget_passed(tw_areas *areas, uint64_t va) {
  if (va < areas->passed.upto)
    areas->passed.upto = va;
}

int tw_areas_add(tw_areas *areas, uint64_t va, uint64_t bytes) {
  size_t at = free_at(areas, va);
  forget_passed(areas, at > 0 ? areas->free[at - 1].va : va);
  range *after = at < areas->free_count && areas->free[at].va == va + bytes ? &areas->free[at] : NULL;
  range *before = at > 0 && areas->free[at - 1].va + areas->free[at - 1].bytes == va ? &areas->free[at - 1] : NULL;
  if (before) {
    before->bytes += bytes + (after ? after->bytes : 0);
    if (after)
      remove_free(areas, at);
    return 0;
  }
  if (!after)
    return insert_free(areas, at, (range){va, bytes});
  *after = (range){va, bytes + after->bytes};
  return 0;
}

/// Cut [va, va + bytes) out of the free range that holds it.
static int cut(tw_areas *areas, size_t at, uint64_t va, uint64_t bytes) {
  range *from = &areas->free[at];
  range below = {from->va, va - from->va}, above = {va + bytes, from->va + from->bytes - (va + bytes)};
  if (below.bytes && above.bytes) {
    if (insert_free(areas, at + 1, above) < 0)
      return -1;
    areas->free[at] = below;
    return 0;
  }
  if (below.bytes || above.bytes)
    *from = below.bytes ? below : above;
  else
    remove_free(areas, at);
  return 0;
}

int tw_areas_reserve(tw_areas *areas, uint64_t va, uint64_t bytes) {
  uint64_t end = va + bytes;
  for (size_t at = free_at(areas, va); at < areas->free_count && areas->free[at].va < end; at = free_at(areas, va)) {
    range found = areas->free[at];
    uint64_t from = found.va > va ? found.va : va, to = found.va + found.bytes < end ? found.va + found.bytes : end;
    if (cut(areas, at, from, to - from) < 0)
      return -1;
    va = to;
  }
  return 0;
}

// ---- areas ----

static tw_area *keep(tw_areas *areas, uint64_t va, uint64_t bytes) {
  tw_area *area = calloc(1, sizeof *area);
  if (!area || make_room((void **)&areas->used, areas->used_count, &areas->used_room, sizeof(tw_area *)) < 0 ||
      tw_number_map_set(&areas->by_va, va, areas->used_count) < 0) {
    free(area);
    return NULL;
  }
  *area = (tw_area){.va = va, .whole = bytes};
  areas->used[areas->used_count++] = area;
  return area;
}

static range forget(tw_areas *areas, tw_area *area) {
  range freed = {area->va, area->whole};
  uint64_t number = 0;
  tw_number_map_get(&areas->by_va, area->va, &number);
  tw_number_map_remove(&areas->by_va, area->va);
  tw_area *moved = areas->used[--areas->used_count];
  areas->used[number] = moved;
  if (moved != area)
    tw_number_map_set(&areas->by_va, moved->va, number); // the key is there: no memory is taken
  free(area->pages);
  free(area);
  return freed;
}

/// Where a search may begin.
static uint64_t search_from(const tw_areas *areas, uint64_t first, uint64_t bytes, uint64_t align) {
  const passed *p = &areas->passed;
  return first == p->first && bytes >= p->bytes && align >= p->align && p->upto > first ? p->upto : first;
}

tw_area *tw_areas_take(tw_areas *areas, uint64_t first, uint64_t last, uint64_t bytes, uint64_t align) {
  uint64_t from_va = search_from(areas, first, bytes, align);
  for (size_t at = free_at(areas, from_va); at < areas->free_count && areas->free[at].va <= last; at++) {
    range found = areas->free[at];
    uint64_t from = ((found.va > first ? found.va : first) + align - 1) & -align;
    uint64_t end = found.va + (found.bytes - 1) < last ? found.va + (found.bytes - 1) : last;
    if (from > end || end - from < bytes - 1)
      continue;
    areas->passed = (passed){.first = first, .upto = from, .bytes = bytes, .align = align};
    tw_area *area = keep(areas, from, bytes);
    if (area && cut(areas, at, from, bytes) < 0) {
      forget(areas, area);
      return NULL;
    }
    return area;
  }
  return NULL;
}

tw_area *tw_areas_find(const tw_areas *areas, uint64_t va) {
  uint64_t number;
  return tw_number_map_get(&areas->by_va, va, &number) ? areas->used[number] : NULL;
}

tw_area *tw_areas_any(const tw_areas *areas) { return areas->used_count ? areas->used[areas->used_count - 1] : NULL; }

void tw_areas_free(tw_areas *areas, tw_area *area) {
  range freed = forget(areas, area);
  tw_areas_add(areas, freed.va, freed.bytes); // without memory for it, it is lost
}

uint64_t tw_areas_free_lazily(tw_areas *areas, tw_area *area) {
  range freed = forget(areas, area);
  if (make_room((void **)&areas->lazy, areas->lazy_count, &areas->lazy_room, sizeof *areas->lazy) == 0)
    areas->lazy[areas->lazy_count++] = freed;
  areas->lazy_bytes += freed.bytes;
  return areas->lazy_bytes;
}

bool tw_areas_purge(tw_areas *areas, uint64_t *first, uint64_t *end) {
  *first = UINT64_MAX;
  *end = 0;
  for (size_t i = 0; i < areas->lazy_count; i++) {
    range freed = areas->lazy[i];
    *first = freed.va < *first ? freed.va : *first;
    *end = freed.va + freed.bytes > *end ? freed.va + freed.bytes : *end;
    tw_areas_add(areas, freed.va, freed.bytes);
  }
  areas->lazy_bytes = 0;
  bool any = areas->lazy_count != 0;
  areas->lazy_count = 0;
  return any;
}
