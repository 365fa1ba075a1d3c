// A set-associative array of translations. Twins: rtl/l2_array.sv, rtl/l1_sets.sv.
#include "set_array.h"

#include <stdlib.h>

int tw_set_array_init(tw_set_array *a, tw_set_geometry geometry) {
  size_t entries = (size_t)geometry.sets * geometry.ways;
  *a = (tw_set_array){.sets = geometry.sets, .ways = geometry.ways};
  a->set_mask = tw_is_power_of_two(a->sets) ? a->sets - 1 : 0;
  tw_replacer_init(&a->replacer, geometry.replacement);
  a->key = calloc(entries, sizeof *a->key);
  a->mask = calloc(entries, sizeof *a->mask);
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

void tw_set_array_drop(tw_set_array *a, size_t i) {
  if (!tw_set_array_holds(a, i))
    return;
  unsigned size = (unsigned)(a->key[i] >> TW_KEY_SIZE_SHIFT);
  if (!--a->population[size])
    a->present &= ~((tw_sizes)1 << size);
  a->key[i] = 0;
  a->mask[i] = TW_KEY_VALID;
  if (a->replacer.policy == TW_REPLACEMENT_LRU)
    a->used[i] = 0;
}

/// True LRU: empty ways count as used at time 0.
static size_t least_recently_used(const tw_set_array *a, size_t start) {
  size_t oldest = start;
  uint64_t least = a->used[start];
  for (size_t i = start + 1; i < start + a->ways; i++) {
    bool older = a->used[i] < least;
    oldest = older ? i : oldest;
    least = older ? a->used[i] : least;
  }
  return oldest;
}

size_t tw_set_array_victim(tw_set_array *a, size_t start) {
  if (a->replacer.policy == TW_REPLACEMENT_LRU)
    return least_recently_used(a, start);
  for (size_t i = start; i < start + a->ways; i++)
    if (!tw_set_array_holds(a, i))
      return i;
  const tw_group group = {a->used + start, a->filled + start, &a->cleared[start / a->ways], a->now, a->ways};
  return start + tw_replacer_victim(&a->replacer, &group);
}

void tw_set_array_claim(tw_set_array *a, size_t i, unsigned size, uint64_t key, uint64_t mask) {
  tw_set_array_drop(a, i);
  a->population[size]++;
  a->present |= (tw_sizes)1 << size;
  a->key[i] = key | (uint64_t)size << TW_KEY_SIZE_SHIFT;
  a->mask[i] = tw_ones(63, TW_KEY_SIZE_SHIFT) | mask;
  a->world_of[i] = a->world;
  tw_set_array_use(a, i);
  if (a->replacer.policy == TW_REPLACEMENT_FIFO)
    a->filled[i] = a->now;
}

void tw_set_array_put(tw_set_array *a, size_t i, uint64_t key, const tw_translation *t, unsigned size, uint64_t pa) {
  tw_set_array_claim(a, i, size, key, tw_entry_mask(t, size));
  tw_splinter(&a->translation[i], t, size, pa);
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
