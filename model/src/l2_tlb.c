// Set-associative TLB of several page sizes, true LRU in a set. Twin: rtl/l2_tlb.sv.
#include "l2_tlb.h"

#include <stdlib.h>

#include "l1_tlb.h"

enum { TW_KEY_SIZE_SHIFT = 58 };

int tw_l2_tlb_init(tw_l2_tlb *tlb, const tw_l2_config *config) {
  size_t entries = (size_t)config->sets * config->ways;
  *tlb = (tw_l2_tlb){.sets = config->sets, .ways = config->ways, .sizes = config->sizes};
  tlb->key = calloc(entries, sizeof *tlb->key);
  tlb->mask = calloc(entries, sizeof *tlb->mask);
  tlb->used = calloc(entries, sizeof *tlb->used);
  tlb->world_of = calloc(entries, sizeof *tlb->world_of);
  tlb->translation = calloc(entries, sizeof *tlb->translation);
  if (!tlb->key || !tlb->mask || !tlb->used || !tlb->world_of || !tlb->translation)
    return -1;
  for (size_t i = 0; i < entries; i++)
    tlb->mask[i] = TW_KEY_VALID;
  return 0;
}

void tw_l2_tlb_free(tw_l2_tlb *tlb) {
  free(tlb->key);
  free(tlb->mask);
  free(tlb->used);
  free(tlb->world_of);
  free(tlb->translation);
}

static size_t set_start(const tw_l2_tlb *tlb, uint64_t key, unsigned size) {
  return (size_t)((key >> (size - 12)) & (tlb->sets - 1)) * tlb->ways;
}

static uint64_t sized_key(uint64_t key, unsigned size) { return key | (uint64_t)size << TW_KEY_SIZE_SHIFT; }

/// The ways of a set that match: bit n is way n. Without a branch a way: which one hits can't be predicted.
static unsigned matching_ways(const tw_l2_tlb *tlb, size_t start, uint64_t wanted) {
  const uint64_t *key = tlb->key + start, *mask = tlb->mask + start;
  unsigned found = 0;
  for (size_t way = tlb->ways; way-- > 0;)
    found = 2 * found + (((wanted ^ key[way]) & mask[way]) == 0);
  return found;
}

void tw_l2_tlb_drop(tw_l2_tlb *tlb, size_t i) {
  if (!tlb->used[i])
    return;
  unsigned size = (unsigned)(tlb->key[i] >> TW_KEY_SIZE_SHIFT);
  if (!--tlb->population[size])
    tlb->present &= ~((tw_sizes)1 << size);
  tlb->key[i] = 0;
  tlb->mask[i] = TW_KEY_VALID;
  tlb->used[i] = 0;
}

/// How many sizes are asked for before `size`: mostly none, and that costs nothing here.
static inline unsigned probe_number(tw_sizes probed, unsigned size) {
  unsigned number = 0;
  for (tw_sizes left = probed & tw_low(size); left; left &= left - 1)
    number++;
  return number;
}

const tw_translation *tw_l2_tlb_lookup(tw_l2_tlb *tlb, const tw_l2_lookup *lookup, unsigned *probe) {
  const tw_half *half = lookup->half;
  for (tw_sizes left = half->probed & tlb->present; left; left &= left - 1) {
    unsigned size = (unsigned)__builtin_ctzll(left);
    size_t start = set_start(tlb, lookup->key, size);
    unsigned found = matching_ways(tlb, start, sized_key(lookup->key, size));
    if (!found)
      continue;
    size_t i = start + (unsigned)__builtin_ctz(found);
    if (lookup->writes && tw_must_set_dirty(lookup->writes, &tlb->translation[i], lookup->access)) {
      tw_l2_tlb_drop(tlb, i);
      continue;
    }
    tw_l2_tlb_use(tlb, i);
    *probe = probe_number(half->probed, size);
    return &tlb->translation[i];
  }
  return NULL;
}

bool tw_l2_tlb_probe(const tw_l2_tlb *tlb, uint64_t key, unsigned size, size_t *slot) {
  size_t start = set_start(tlb, key, size);
  unsigned found = matching_ways(tlb, start, sized_key(key, size));
  if (found)
    *slot = start + (unsigned)__builtin_ctz(found);
  return found;
}

void tw_l2_tlb_expect(const tw_l2_tlb *tlb, uint64_t key, unsigned size) {
  size_t start = set_start(tlb, key, size);
  __builtin_prefetch(&tlb->key[start]);
  __builtin_prefetch(&tlb->mask[start]);
  __builtin_prefetch(&tlb->used[start]);
}

/// The lowest empty way, else the least recently used: empty ways count as used at time 0.
static size_t victim(const tw_l2_tlb *tlb, size_t start) {
  size_t oldest = start;
  uint64_t least = tlb->used[start];
  for (size_t i = start + 1; i < start + tlb->ways; i++) {
    bool older = tlb->used[i] < least;
    oldest = older ? i : oldest;
    least = older ? tlb->used[i] : least;
  }
  return oldest;
}

TW_HOT void put(tw_l2_tlb *tlb, size_t i, uint64_t key, const tw_translation *t, unsigned size, uint64_t pa) {
  tw_l2_tlb_drop(tlb, i);
  tlb->population[size]++;
  tlb->present |= (tw_sizes)1 << size;
  tlb->key[i] = sized_key(key, size);
  tlb->mask[i] = tw_ones(63, TW_KEY_SIZE_SHIFT) | tw_entry_mask(t, size);
  tlb->world_of[i] = tlb->world;
  tw_splinter(&tlb->translation[i], t, size, pa);
  tw_l2_tlb_use(tlb, i);
}

void tw_l2_tlb_fill(tw_l2_tlb *tlb, uint64_t key, const tw_translation *t, tw_sizes sizes, uint64_t pa) {
  unsigned size = tw_largest_at_most(tlb->sizes & sizes, t->size);
  put(tlb, victim(tlb, set_start(tlb, key, size)), key, t, size, pa);
}

size_t tw_l2_tlb_fill_beside(tw_l2_tlb *tlb, uint64_t key, const tw_translation *t, tw_sizes sizes, uint64_t pa) {
  unsigned size = tw_largest_at_most(tlb->sizes & sizes, t->size);
  size_t i;
  if (!tw_l2_tlb_probe(tlb, key, size, &i))
    i = victim(tlb, set_start(tlb, key, size));
  put(tlb, i, key, t, size, pa);
  return i;
}

void tw_l2_tlb_maintain_slots(tw_l2_tlb *tlb, const tw_maintenance *maintenance, size_t first, size_t end) {
  for (size_t i = first; i < end; i++)
    if (tlb->used[i] && tw_maintenance_drops(maintenance, tlb->world_of[i], tlb->key[i], &tlb->translation[i]))
      tw_l2_tlb_drop(tlb, i);
}

void tw_l2_tlb_maintain(tw_l2_tlb *tlb, const tw_maintenance *maintenance) {
  tw_l2_tlb_maintain_slots(tlb, maintenance, 0, (size_t)tlb->sets * tlb->ways);
}

void tw_l2_tlb_enter(tw_l2_tlb *tlb, uint32_t world) {
  size_t entries = (size_t)tlb->sets * tlb->ways;
  tlb->world = world;
  for (size_t i = 0; i < entries; i++)
    if (tlb->used[i])
      tlb->key[i] = (tlb->key[i] & ~TW_KEY_VALID) | (tlb->world_of[i] == world ? TW_KEY_VALID : 0);
}
