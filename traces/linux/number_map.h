// A map from numbers to numbers: open addressing, growing; keys are all but UINT64_MAX.
#ifndef TRACES_SRC_NUMBER_MAP_H
#define TRACES_SRC_NUMBER_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// All zeroes is an empty map. The fields are the map's own.
typedef struct tw_number_map {
  struct tw_number_slot *slots;
  size_t mask, used;
} tw_number_map;

/// 0; -1: out of memory, and nothing has changed. A key that is there gets the new value.
int tw_number_map_set(tw_number_map *map, uint64_t key, uint64_t value);
bool tw_number_map_get(const tw_number_map *map, uint64_t key, uint64_t *value);
/// Whether it was there.
bool tw_number_map_remove(tw_number_map *map, uint64_t key);
void tw_number_map_free(tw_number_map *map);

#endif
