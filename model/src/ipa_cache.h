// Stage 2 translations by VMID and IPA. Twin: rtl/ipa_cache.sv.
#ifndef TABLEWALK_IPA_CACHE_H
#define TABLEWALK_IPA_CACHE_H

#include <tablewalk/config.h>

#include "associative.h"
#include "descriptor.h"
#include "maintenance.h"

/// The VMID stands in the key, where a TLB's has the ASID: no entry is ever dormant.
typedef struct tw_ipa_cache {
  tw_associative entry;
  tw_stage2_leaf leaf[TW_L1_ENTRIES_MAX]; ///< `pa` has no bits below the size
} tw_ipa_cache;

void tw_ipa_cache_init(tw_ipa_cache *cache, uint32_t entries, uint32_t replacement);
/// The slot that serves, or TW_NO_SLOT. `key` is the IPA's; `write`: the dirty state must be set, which a clean entry
/// can't tell. Not yet a use.
unsigned tw_ipa_cache_find(tw_ipa_cache *cache, uint64_t key, bool write);
/// The leaf in a slot, for `ipa`.
tw_stage2_leaf tw_ipa_cache_leaf(const tw_ipa_cache *cache, unsigned slot, uint64_t ipa);
void tw_ipa_cache_fill(tw_ipa_cache *cache, uint64_t key, const tw_stage2_leaf *leaf);
void tw_ipa_cache_maintain(tw_ipa_cache *cache, const tw_maintenance *maintenance);

#endif
