// Set-associative TLB of several page sizes, in one array or two. Twin: rtl/l2_tlb.sv.
#include "l2_tlb.h"

int tw_l2_tlb_init(tw_l2_tlb *tlb, const tw_l2_config *config) {
  const tw_l2_large_config *large = &config->large;
  *tlb = (tw_l2_tlb){.sizes = config->sizes | large->sizes, .large_sizes = large->sizes, .sets = config->sets};
  tlb->first_of_large = (size_t)config->sets * config->ways;
  if (large->sets > tlb->sets)
    tlb->sets = large->sets;
  if (tw_set_array_init(&tlb->array[0], (tw_set_geometry){config->sets, config->ways, config->replacement}))
    return -1;
  return large->sets == 0
             ? 0
             : tw_set_array_init(&tlb->array[1], (tw_set_geometry){large->sets, large->ways, large->replacement});
}

void tw_l2_tlb_free(tw_l2_tlb *tlb) {
  for (unsigned i = 0; i < 2; i++)
    tw_set_array_free(&tlb->array[i]);
}

// ---- two arrays ----

/// Number of the array that a slot is in.
static inline unsigned array_of_slot(const tw_l2_tlb *tlb, size_t slot) { return slot >= tlb->first_of_large; }

const tw_translation *tw_l2_translation(const tw_l2_tlb *tlb, size_t slot) {
  unsigned array = array_of_slot(tlb, slot);
  return &tlb->array[array].translation[slot - tw_l2_first_slot(tlb, array)];
}

void tw_l2_tlb_use(tw_l2_tlb *tlb, size_t slot) {
  unsigned array = array_of_slot(tlb, slot);
  tw_set_array_use(&tlb->array[array], slot - tw_l2_first_slot(tlb, array));
}

void tw_l2_tlb_drop(tw_l2_tlb *tlb, size_t slot) {
  unsigned array = array_of_slot(tlb, slot);
  tw_set_array_drop(&tlb->array[array], slot - tw_l2_first_slot(tlb, array));
}

uint32_t tw_l2_set_of(const tw_l2_tlb *tlb, size_t slot) {
  unsigned array = array_of_slot(tlb, slot);
  return (uint32_t)((slot - tw_l2_first_slot(tlb, array)) / tlb->array[array].ways);
}

// ---- look-up and fill ----

TW_WIDEST bool tw_l2_tlb_probe(const tw_l2_tlb *tlb, uint64_t key, unsigned size, size_t *slot) {
  unsigned array = tw_l2_array_of(tlb, size);
  const tw_set_array *a = &tlb->array[array];
  size_t start = tw_set_array_start(a, key, size);
  unsigned found = tw_set_array_matches(a, start, key, size);
  if (found)
    *slot = tw_l2_first_slot(tlb, array) + start + (unsigned)__builtin_ctz(found);
  return found;
}

TW_WIDEST size_t tw_l2_tlb_fill(tw_l2_tlb *tlb, const tw_l2_fill *what) {
  return tw_l2_tlb_fill_at(tlb, what, true, false);
}

// ---- maintenance ----

void tw_l2_tlb_maintain(tw_l2_tlb *tlb, const tw_maintenance *maintenance) {
  for (unsigned i = 0; i < 2; i++)
    tw_set_array_maintain(&tlb->array[i], maintenance);
}

void tw_l2_tlb_maintain_sets(tw_l2_tlb *tlb, const tw_maintenance *maintenance, uint32_t first, uint32_t end) {
  for (unsigned i = 0; i < 2; i++) {
    tw_set_array *a = &tlb->array[i];
    size_t until = end < a->sets ? end : a->sets;
    tw_set_array_maintain_some(a, maintenance, (size_t)first * a->ways, until * a->ways);
  }
}

void tw_l2_tlb_maintain_set_but(tw_l2_tlb *tlb, const tw_maintenance *maintenance, uint32_t set, size_t slot) {
  unsigned array = array_of_slot(tlb, slot);
  for (unsigned i = 0; i < 2; i++) {
    tw_set_array *a = &tlb->array[i];
    size_t start = (size_t)set * a->ways, end = start + a->ways;
    if (set >= a->sets)
      continue;
    size_t but = i == array ? slot - tw_l2_first_slot(tlb, array) : end;
    tw_set_array_maintain_some(a, maintenance, start, but);
    tw_set_array_maintain_some(a, maintenance, but + 1, end);
  }
}

void tw_l2_tlb_enter(tw_l2_tlb *tlb, uint32_t world) {
  for (unsigned i = 0; i < 2; i++)
    tw_set_array_enter(&tlb->array[i], world);
}
