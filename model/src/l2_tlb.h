// Set-associative TLB of several page sizes. Twin: rtl/l2_tlb.sv.
#ifndef TABLEWALK_L2_TLB_H
#define TABLEWALK_L2_TLB_H

#include <tablewalk/config.h>

#include "regime.h"
#include "set_array.h"

typedef struct tw_l2_tlb {
  tw_set_array array[2]; ///< the second: of large pages
  tw_sizes sizes;        ///< of both
  tw_sizes large_sizes;
  uint32_t sets; ///< that a TLBI goes through: of the array that has more
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
/// Have the host fetch the set of a page.
void tw_l2_tlb_expect(const tw_l2_tlb *tlb, uint64_t key, unsigned size);
void tw_l2_tlb_fill(tw_l2_tlb *tlb, uint64_t key, const tw_translation *t, tw_sizes sizes, uint64_t pa);
void tw_l2_tlb_maintain(tw_l2_tlb *tlb, const tw_maintenance *maintenance);
/// Change the current world: entries of others match nothing, its own do again.
void tw_l2_tlb_enter(tw_l2_tlb *tlb, uint32_t world);

#endif
