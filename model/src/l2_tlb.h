// Set-associative TLB of several page sizes. Twin: rtl/l2_tlb.sv.
#ifndef TABLEWALK_L2_TLB_H
#define TABLEWALK_L2_TLB_H

#include <tablewalk/config.h>

#include "entry.h"
#include "maintenance.h"
#include "regime.h"

typedef struct tw_l2_tlb {
  uint64_t *key;      ///< [sets * ways]; bits 63:58 hold the size; without TW_KEY_VALID: empty, or of another world
  uint64_t *mask;     ///< [sets * ways]
  uint64_t *used;     ///< [sets * ways]; 0: empty
  uint32_t *world_of; ///< [sets * ways]
  tw_translation *translation;
  uint64_t now;
  uint32_t sets, ways;
  uint32_t world; ///< the current one
  tw_sizes sizes;
  uint32_t population[64]; ///< entries of each size
  tw_sizes present;        ///< sizes that some entry has: a probe of another must miss
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

/// Probe the sizes in turn. The translation found, and in `probe` its number; NULL: a miss. A hit counts as a use; an
/// entry that does not serve the write is dropped.
const tw_translation *tw_l2_tlb_lookup(tw_l2_tlb *tlb, const tw_l2_lookup *lookup, unsigned *probe);
/// One probe by itself: true when an entry of that size matches, and in `slot` the lowest. Neither a use nor a drop.
bool tw_l2_tlb_probe(const tw_l2_tlb *tlb, uint64_t key, unsigned size, size_t *slot);
static inline void tw_l2_tlb_use(tw_l2_tlb *tlb, size_t slot) { tlb->used[slot] = ++tlb->now; }
/// Make a slot empty.
void tw_l2_tlb_drop(tw_l2_tlb *tlb, size_t slot);
/// Have the host fetch the set of a page.
void tw_l2_tlb_expect(const tw_l2_tlb *tlb, uint64_t key, unsigned size);
/// Fill, the key having just missed.
void tw_l2_tlb_fill(tw_l2_tlb *tlb, uint64_t key, const tw_translation *t, tw_sizes sizes, uint64_t pa);
/// Fill, or replace an entry of the same size that the key matches. The slot.
size_t tw_l2_tlb_fill_beside(tw_l2_tlb *tlb, uint64_t key, const tw_translation *t, tw_sizes sizes, uint64_t pa);
void tw_l2_tlb_maintain(tw_l2_tlb *tlb, const tw_maintenance *maintenance);
/// In the slots from `first` up to `end`.
void tw_l2_tlb_maintain_slots(tw_l2_tlb *tlb, const tw_maintenance *maintenance, size_t first, size_t end);
/// Change the current world: entries of others match nothing, its own do again.
void tw_l2_tlb_enter(tw_l2_tlb *tlb, uint32_t world);

#endif
