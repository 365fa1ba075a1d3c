// A set-associative array of translations. Twins: rtl/l2_array.sv, rtl/l1_sets.sv.
#include "set_array.h"

#include <stdlib.h>

int tw_set_array_init(tw_set_array *a, tw_set_geometry geometry) {
  size_t entries = (size_t)geometry.sets * geometry.ways;
  *a = (tw_set_array){.sets = geometry.sets, .ways = geometry.ways};
  a->set_mask = a->sets - 1;
  a->modulus = tw_is_power_of_two(a->sets) ? 0 : a->sets;
  tw_replacer_init(&a->replacer, geometry.replacement);
  a->key = calloc(entries + TW_LANES_MORE, sizeof *a->key);
  a->mask = calloc(entries + TW_LANES_MORE, sizeof *a->mask);
  a->used = calloc(entries, sizeof *a->used);
  a->filled = calloc(entries, sizeof *a->filled);
  a->cleared = calloc(geometry.sets, sizeof *a->cleared);
  a->world_of = calloc(entries, sizeof *a->world_of);
  a->translation = calloc(entries, sizeof *a->translation);
  if (!a->key || !a->mask || !a->used || !a->filled || !a->cleared || !a->world_of || !a->translation)
    return -1;
  for (size_t i = 0; i < entries; i++)
    a->mask[i] = TW_KEY_VALID;
  return 0;
}

void tw_set_array_free(tw_set_array *a) {
  free(a->key);
  free(a->mask);
  free(a->used);
  free(a->filled);
  free(a->cleared);
  free(a->world_of);
  free(a->translation);
}

TW_APART size_t tw_set_array_victim_by_policy(tw_set_array *a, size_t start) {
  for (size_t i = start; i < start + a->ways; i++)
    if (!tw_set_array_holds(a, i))
      return i;
  const tw_group group = {a->used + start, a->filled + start, &a->cleared[start / a->ways], a->now, a->ways};
  return start + tw_replacer_victim(&a->replacer, &group);
}

void tw_set_array_drop_overlaps(tw_set_array *a, size_t start, unsigned size, uint64_t key, uint64_t mask) {
  const uint64_t sizes = tw_ones(63, TW_KEY_SIZE_SHIFT), wanted = key | (uint64_t)size << TW_KEY_SIZE_SHIFT;
  for (size_t i = start; i < start + a->ways; i++)
    if (((wanted ^ a->key[i]) & a->mask[i] & (mask | sizes)) == 0)
      tw_set_array_drop(a, i);
}

/// By the rule of a walk cache's entry, or of a TLB's.
static bool is_dropped(const tw_set_array *a, const tw_maintenance *maintenance, size_t i) {
  if (a->key[i] >> TW_KEY_SIZE_SHIFT < TW_LEAST_SIZE)
    return tw_maintenance_drops_table(maintenance, a->world_of[i], a->key[i], a->mask[i]);
  return tw_maintenance_drops(maintenance, a->world_of[i], a->key[i], &a->translation[i]);
}

void tw_set_array_maintain_some(tw_set_array *a, const tw_maintenance *maintenance, size_t first, size_t end) {
  for (size_t i = first; i < end; i++)
    if (tw_set_array_holds(a, i) && is_dropped(a, maintenance, i))
      tw_set_array_drop(a, i);
}

void tw_set_array_maintain(tw_set_array *a, const tw_maintenance *maintenance) {
  tw_set_array_maintain_some(a, maintenance, 0, (size_t)a->sets * a->ways);
}

void tw_set_array_enter(tw_set_array *a, uint32_t world) {
  size_t entries = (size_t)a->sets * a->ways;
  a->world = world;
  for (size_t i = 0; i < entries; i++)
    if (tw_set_array_holds(a, i))
      a->key[i] = (a->key[i] & ~TW_KEY_VALID) | (a->world_of[i] == world ? TW_KEY_VALID : 0);
}
