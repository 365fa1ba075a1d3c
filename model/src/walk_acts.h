// What an act of a walk comes to: the parts that its stages share. Twin: in rtl/walker.sv.
#ifndef TABLEWALK_WALK_ACTS_H
#define TABLEWALK_WALK_ACTS_H

#include "walker.h"

static inline void tw_walk_end(tw_walk *walk, uint8_t fsc) {
  walk->act = TW_ACT_RESPOND;
  walk->fsc = fsc;
}

static inline void tw_walk_end_by_stage2(tw_walk *walk, uint8_t fsc) {
  tw_walk_end(walk, fsc);
  walk->fault_stage = 2;
}

static inline void tw_walk_end_filling(tw_walk *walk) {
  tw_walk_end(walk, TW_NO_FAULT);
  walk->result.fills = !walk->bypass && walk->leaf.held;
}

/// A descriptor would need an update, which a prefetch does not make. What the fault is, nobody is told.
static inline void tw_walk_give_up(tw_walk *walk) { tw_walk_end(walk, TW_FSC_ACCESS_FLAG); }

static inline void tw_walk_ask_stage2(tw_walk *walk, uint64_t ipa, tw_purpose purpose) {
  walk->act = TW_ACT_LOOK_UP;
  walk->ipa = ipa;
  walk->purpose = purpose;
}

/// Read or swap a descriptor at `pa`.
static inline void tw_walk_go_to_memory(tw_walk *walk, tw_act act, unsigned stage, uint64_t pa) {
  walk->act = act;
  walk->stage = stage;
  walk->pa = pa;
}

/// The IPA cache's key of the address that is asked for.
static inline uint64_t tw_walk_ipa_key(const tw_walk *walk) {
  return walk->at.regime->stage2.key | tw_key_va(walk->ipa);
}

/// The look-up of the IPA cache is over.
void tw_walk_take_looked_up(tw_walk *walk, tw_walker *walker);
/// A stage 2 descriptor has arrived.
void tw_walk_take_stage2(tw_walk *walk, uint64_t bits);

#endif
