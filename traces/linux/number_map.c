// Linear probing; a removed key's followers move up, so that no marks of removed keys gather.
#include "number_map.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 64 };

static const uint64_t EMPTY = UINT64_MAX;

typedef struct tw_number_slot {
  uint64_t key, value;
} tw_number_slot;

static size_t home(const tw_number_map *map, uint64_t key) {
  key ^= key >> 31;
  key *= UINT64_C(0x9e3779b97f4a7c15);
  return (key ^ key >> 29) & map->mask;
}

static tw_number_slot *slot_of(const tw_number_map *map, uint64_t key) {
  size_t i = home(map, key);
  while (map->slots[i].key != EMPTY && map->slots[i].key != key)
    i = (i + 1) & map->mask;
  return &map->slots[i];
}

static int grow(tw_number_map *map) {
  size_t count = map->slots ? map->mask + 1 : 0, larger = count ? 2 * count : SLOTS_FIRST;
  tw_number_slot *old = map->slots, *slots = malloc(larger * sizeof *slots);
  if (!slots)
    return -1;
  for (size_t i = 0; i < larger; i++)
    slots[i] = (tw_number_slot){.key = EMPTY};
  map->slots = slots;
  map->mask = larger - 1;
  for (size_t i = 0; i < count; i++)
    if (old[i].key != EMPTY)
      *slot_of(map, old[i].key) = old[i];
  free(old);
  return 0;
}

int tw_number_map_set(tw_number_map *map, uint64_t key, uint64_t value) {
  if ((!map->slots || 2 * (map->used + 1) > map->mask) && grow(map) < 0)
    return -1;
  tw_number_slot *slot = slot_of(map, key);
  map->used += slot->key == EMPTY;
  *slot = (tw_number_slot){key, value};
  return 0;
}

bool tw_number_map_get(const tw_number_map *map, uint64_t key, uint64_t *value) {
  if (!map->slots)
    return false;
  const tw_number_slot *slot = slot_of(map, key);
  if (slot->key == EMPTY)
    return false;
  *value = slot->value;
  return true;
}

bool tw_number_map_remove(tw_number_map *map, uint64_t key) {
  if (!map->slots)
    return false;
  size_t gap = (size_t)(slot_of(map, key) - map->slots);
  if (map->slots[gap].key == EMPTY)
    return false;
  for (size_t i = (gap + 1) & map->mask; map->slots[i].key != EMPTY; i = (i + 1) & map->mask) {
    size_t wanted = home(map, map->slots[i].key);
    if (((i - wanted) & map->mask) < ((i - gap) & map->mask))
      continue; // it stands between its home and the gap
    map->slots[gap] = map->slots[i];
    gap = i;
  }
  map->slots[gap].key = EMPTY;
  map->used--;
  return true;
}

void tw_number_map_free(tw_number_map *map) {
  free(map->slots);
  *map = (tw_number_map){0};
}
