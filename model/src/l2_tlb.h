// Set-associative TLB of several page sizes, in one array or two. Twin: rtl/l2_tlb.sv.
#ifndef TABLEWALK_L2_TLB_H
#define TABLEWALK_L2_TLB_H

#include <tablewalk/config.h>

#include "l1_tlb.h"
#include "regime.h"
#include "set_array.h"

typedef struct tw_l2_tlb {
  tw_set_array array[2]; ///< the second: of large pages
  tw_sizes sizes;        ///< of both
  tw_sizes large_sizes;
  uint32_t sets;         ///< that a TLBI goes through: of the array that has more
  size_t first_of_large; ///< slot: those of the second array follow those of the first
} tw_l2_tlb;

/// 0; -1: out of memory.
int tw_l2_tlb_init(tw_l2_tlb *tlb, const tw_l2_config *config);
void tw_l2_tlb_free(tw_l2_tlb *tlb);

/// A look-up: `writes` is NULL unless the access is one that sets the dirty state.
typedef struct tw_l2_lookup {
  const tw_half *half;
  uint64_t key;
  const tw_permission_table *writes;
  unsigned access; ///< number of the access
} tw_l2_lookup;

/// Number of the array that holds a size.
static inline unsigned tw_l2_array_of(const tw_l2_tlb *tlb, unsigned size) { return tlb->large_sizes >> size & 1; }
/// Sizes that some entry has: a probe of another must miss.
static inline tw_sizes tw_l2_present(const tw_l2_tlb *tlb) { return tlb->array[0].present | tlb->array[1].present; }

/// How many sizes are asked for before `size`.
static inline unsigned tw_l2_probe_number(tw_sizes probed, unsigned size) {
  return (unsigned)__builtin_popcountll(probed & tw_low(size));
}

/// One array, and it is usual.
static inline bool tw_l2_is_usual(const tw_l2_tlb *tlb) {
  return !tlb->large_sizes && tw_set_array_is_usual(&tlb->array[0]);
}

/// What a look-up has found.
typedef struct tw_l2_found {
  const tw_translation *t; ///< NULL: a miss
  uint64_t mask;           ///< of an entry with all of `t`
  unsigned probe;          ///< its number
} tw_l2_found;

/// Probe the sizes in turn. A hit counts as a use; an entry that does not serve the write is dropped. `usual`, here and
/// below: the L2 is.
TW_HOT tw_l2_found tw_l2_tlb_lookup(tw_l2_tlb *tlb, const tw_l2_lookup *lookup, bool usual) {
  const tw_half *half = lookup->half;
  for (tw_sizes left = half->probed & tw_l2_present(tlb); left; left &= left - 1) {
    unsigned size = (unsigned)__builtin_ctzll(left);
    tw_set_array *a = &tlb->array[usual ? 0 : tw_l2_array_of(tlb, size)];
    size_t start = tw_set_array_start_of(a, lookup->key, size, usual);
    unsigned found = tw_set_array_matches(a, start, lookup->key, size);
    if (!found)
      continue;
    unsigned way = (unsigned)__builtin_ctz(found);
    size_t i = start + way;
    if (lookup->writes && tw_must_set_dirty(lookup->writes, &a->translation[i], lookup->access)) {
      tw_set_array_drop(a, i);
      continue;
    }
    tw_set_array_use_way(a, start, way, usual);
    return (tw_l2_found){&a->translation[i], a->mask[i] & tw_low(TW_KEY_SIZE_SHIFT),
                         tw_l2_probe_number(half->probed, size)};
  }
  return (tw_l2_found){0};
}

/// One probe by itself: true when an entry of that size matches, and in `slot` the lowest. Neither a use nor a drop.
bool tw_l2_tlb_probe(const tw_l2_tlb *tlb, uint64_t key, unsigned size, size_t *slot);
/// What a slot says; count a use of it; make it empty; the number of its set in its array.
const tw_translation *tw_l2_translation(const tw_l2_tlb *tlb, size_t slot);
void tw_l2_tlb_use(tw_l2_tlb *tlb, size_t slot);
void tw_l2_tlb_drop(tw_l2_tlb *tlb, size_t slot);
uint32_t tw_l2_set_of(const tw_l2_tlb *tlb, size_t slot);
/// Have the host fetch the set of a page.
static inline void tw_l2_tlb_expect(const tw_l2_tlb *tlb, uint64_t key, unsigned size) {
  const tw_set_array *a = &tlb->array[tw_l2_array_of(tlb, size)];
  size_t start = tw_set_array_start(a, key, size);
  __builtin_prefetch(&a->key[start]);
  __builtin_prefetch(&a->mask[start]);
  __builtin_prefetch(&a->order[start]);
}

/// What a walk has found.
typedef struct tw_l2_fill {
  uint64_t key;
  const tw_translation *t;
  uint64_t mask;  ///< of an entry with all of `t`
  tw_sizes sizes; ///< in use
} tw_l2_fill;

/// Number of the first slot of an array.
static inline size_t tw_l2_first_slot(const tw_l2_tlb *tlb, unsigned array) { return array ? tlb->first_of_large : 0; }

/// Fill, or where one may be held (of another walk that ended in this mapping) replace an entry of the same size that
/// the key matches. `usual`: none is. The slot.
TW_HOT size_t tw_l2_tlb_fill_at(tw_l2_tlb *tlb, const tw_l2_fill *fill, bool may_be_held, bool usual) {
  unsigned size = tw_largest_at_most(tlb->sizes & fill->sizes, fill->t->size);
  unsigned array = usual ? 0 : tw_l2_array_of(tlb, size);
  tw_set_array *a = &tlb->array[array];
  tw_set_way at = {tw_set_array_start_of(a, fill->key, size, usual), 0, size};
  unsigned same = may_be_held ? tw_set_array_matches(a, at.start, fill->key, size) : 0;
  at.way = same ? (unsigned)__builtin_ctz(same) : tw_set_array_victim(a, at.start, usual);
  size_t i = tw_set_array_claim(a, &at, fill->key, tw_mask_for(fill->t, fill->mask, size), usual);
  tw_splinter(&a->translation[i], fill->t, size, fill->t->pa);
  return tw_l2_first_slot(tlb, array) + i;
}
/// The same, wherever something may have been filled since the key was looked up in vain.
size_t tw_l2_tlb_fill(tw_l2_tlb *tlb, const tw_l2_fill *fill);
void tw_l2_tlb_maintain(tw_l2_tlb *tlb, const tw_maintenance *maintenance);
/// In the sets from `first` up to `end` of both arrays.
void tw_l2_tlb_maintain_sets(tw_l2_tlb *tlb, const tw_maintenance *maintenance, uint32_t first, uint32_t end);
/// In a set of both arrays, but not in `slot`.
void tw_l2_tlb_maintain_set_but(tw_l2_tlb *tlb, const tw_maintenance *maintenance, uint32_t set, size_t slot);
/// Change the current world: entries of others match nothing, its own do again.
void tw_l2_tlb_enter(tw_l2_tlb *tlb, uint32_t world);

#endif
