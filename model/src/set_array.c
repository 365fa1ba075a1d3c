// A set-associative array of translations. Twins: rtl/l2_array.sv, rtl/l1_sets.sv.
#include "set_array.h"

#include <stdlib.h>

_Static_assert((int)TW_L2_WAYS_MAX <= (int)TW_RECENCY_WAYS_MAX, "the order of a set is one word");

int tw_set_array_init(tw_set_array *a, tw_set_geometry geometry) {
  size_t entries = (size_t)geometry.sets * geometry.ways;
  *a = (tw_set_array){.sets = geometry.sets, .ways = geometry.ways};
  a->set_mask = a->sets - 1;
  a->all = tw_all_pairs(a->ways);
  a->lru = geometry.replacement == TW_REPLACEMENT_LRU;
  a->modulus = tw_is_power_of_two(a->sets) ? 0 : a->sets;
  tw_replacer_init(&a->replacer, geometry.replacement);
  a->key = calloc(entries + TW_LANES_MORE, sizeof *a->key);
  a->mask = calloc(entries + TW_LANES_MORE, sizeof *a->mask);
  a->order = calloc(entries, sizeof *a->order);
  a->used = calloc(entries, sizeof *a->used);
  a->filled = calloc(entries, sizeof *a->filled);
  a->cleared = calloc(entries, sizeof *a->cleared);
  a->world_of = calloc(entries, sizeof *a->world_of);
  a->translation = calloc(entries, sizeof *a->translation);
  if (!a->key || !a->mask || !a->order || !a->used || !a->filled || !a->cleared || !a->world_of || !a->translation)
    return -1;
  for (size_t i = 0; i < entries; i++)
    a->mask[i] = TW_KEY_VALID;
  for (size_t start = 0; start < entries; start += a->ways)
    a->order[start] = tw_recency_none(a->ways);
  return 0;
}

void tw_set_array_free(tw_set_array *a) {
  free(a->key);
  free(a->mask);
  free(a->order);
  free(a->used);
  free(a->filled);
  free(a->cleared);
  free(a->world_of);
  free(a->translation);
}

TW_APART unsigned tw_set_array_victim_by_policy(tw_set_array *a, size_t start) {
  for (unsigned way = 0; way < a->ways; way++)
    if (!tw_set_array_holds(a, start + way))
      return way;
  const tw_group group = {a->used + start, a->filled + start, &a->cleared[start], a->now, a->ways};
  return tw_replacer_victim(&a->replacer, &group);
}

/// The order of a set with its empty ways moved to the end, the lowest one last.
static uint64_t with_empty_ways_oldest(const tw_set_array *a, size_t start) {
  uint64_t held = 0, order = a->order[start];
  unsigned count = 0;
  for (unsigned place = 0; place < a->ways; place++) {
    uint64_t way = order >> 4 * place & 15;
    if (tw_set_array_holds(a, start + way))
      held |= way << 4 * count++;
  }
  for (unsigned way = a->ways; way-- > 0;)
    if (!tw_set_array_holds(a, start + way))
      held |= (uint64_t)way << 4 * count++;
  return held;
}

TW_APART void tw_set_array_drop(tw_set_array *a, size_t i) {
  if (!tw_set_array_holds(a, i))
    return;
  tw_set_array_forget(a, (unsigned)(a->key[i] >> TW_KEY_SIZE_SHIFT));
  a->key[i] = 0;
  a->mask[i] = TW_KEY_VALID;
  size_t start = i - i % a->ways;
  if (a->lru)
    a->order[start] = with_empty_ways_oldest(a, start);
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
