// The stage 2 translation of a walk: of its tables' addresses, of a descriptor that is updated, and of its output.
// Twin: rtl/walk_stage2.sv.
#include "attributes.h"
#include "walk_acts.h"

static bool writes_by_stage2(const tw_walk *walk) {
  const tw_request *request = walk->at.request;
  return walk->purpose == TW_FOR_UPDATE ||
         (walk->purpose == TW_FOR_OUTPUT && request->kind == TW_ACCESS_WRITE && request->at == TW_AT_NONE);
}

/// Make the translation of both stages of stage 1's and `leaf`.
static void combine(tw_walk *walk, const tw_stage2_leaf *leaf) {
  tw_translation *t = &walk->leaf;
  tw_attributes both = tw_combined_attributes(&walk->at.regime->stage2, (tw_attributes){t->attr, t->sh}, leaf);
  t->attr = both.attr;
  t->sh = both.sh;
  t->pa = leaf->pa;
  if (!walk->at.regime->on || leaf->size < t->size)
    t->size = leaf->size;
  t->stage2 = leaf->allows;
  t->level2 = leaf->level;
  t->clean |= leaf->clean;
  t->held &= leaf->held;
}

/// The IPA's translation is known.
static void use_stage2(tw_walk *walk, const tw_stage2_leaf *leaf) {
  const tw_stage2 *stage2 = &walk->at.regime->stage2;
  if (walk->purpose == TW_FOR_OUTPUT) {
    combine(walk, leaf);
    tw_walk_end_filling(walk);
    return;
  }
  bool allowed = leaf->allows & (walk->purpose == TW_FOR_UPDATE ? TW_S2_W : TW_S2_R);
  if (!allowed || (stage2->ptw && tw_stage2_is_device(stage2, leaf->memattr)))
    tw_walk_end_by_stage2(walk, tw_fsc_at(TW_FSC_PERMISSION, leaf->level));
  else
    tw_walk_go_to_memory(walk, walk->purpose == TW_FOR_UPDATE ? TW_ACT_SWAP : TW_ACT_READ, 1, leaf->pa);
}

void tw_walk_take_looked_up(tw_walk *walk, tw_walker *walker) {
  const tw_stage2 *stage2 = &walk->at.regime->stage2;
  uint8_t fault = tw_stage2_check(stage2, walk->ipa);
  if (fault != TW_NO_FAULT) {
    tw_walk_end_by_stage2(walk, fault);
    return;
  }
  unsigned slot = tw_ipa_cache_find(&walker->ipa_cache, tw_walk_ipa_key(walk), writes_by_stage2(walk));
  if (slot == TW_NO_SLOT) {
    walk->level2 = stage2->start_level;
    tw_walk_go_to_memory(walk, TW_ACT_READ, 2, tw_stage2_address(stage2, stage2->base, walk->level2, walk->ipa));
    return;
  }
  walk->effect = TW_EFFECT_IPA_USED;
  walk->slot = slot;
  tw_stage2_leaf leaf = tw_ipa_cache_leaf(&walker->ipa_cache, slot, walk->ipa);
  use_stage2(walk, &leaf);
}

void tw_walk_take_stage2(tw_walk *walk, uint64_t bits) {
  const tw_stage2 *stage2 = &walk->at.regime->stage2;
  tw_descriptor d = tw_stage2_descriptor(stage2, walk->level2, bits, walk->ipa, writes_by_stage2(walk));
  switch (d.kind) {
  case TW_DESCRIPTOR_FAULT:
    tw_walk_end_by_stage2(walk, tw_fsc_at(d.fsc, walk->level2));
    return;
  case TW_DESCRIPTOR_TABLE:
    walk->level2++;
    tw_walk_go_to_memory(walk, TW_ACT_READ, 2, tw_stage2_address(stage2, d.next, walk->level2, walk->ipa));
    return;
  case TW_DESCRIPTOR_UPDATE:
    walk->update[1] = (tw_update){.old = bits, .wanted = d.desired};
    if (walk->prefetch)
      tw_walk_give_up(walk);
    else
      tw_walk_go_to_memory(walk, TW_ACT_SWAP, 2, walk->pa);
    return;
  case TW_DESCRIPTOR_LEAF:
    walk->effect = TW_EFFECT_IPA_FOUND;
    walk->stage2_found = d.stage2;
    use_stage2(walk, &d.stage2);
    return;
  }
}
