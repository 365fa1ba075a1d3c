// The walk: descriptor reads from the deepest table that is known down to the leaf, and where stage 2 is on the
// translations of every address on the way. Twin: rtl/walker.sv.
#ifndef TABLEWALK_WALKER_H
#define TABLEWALK_WALKER_H

#include <tablewalk/counters.h>
#include <tablewalk/memory_port.h>

#include "ipa_cache.h"
#include "walk_cache.h"

/// What a walk does next.
typedef enum tw_act {
  TW_ACT_READ,    ///< of a descriptor
  TW_ACT_SWAP,    ///< of a descriptor that must be updated
  TW_ACT_LOOK_UP, ///< of the IPA cache
  TW_ACT_DONE,    ///< the response
} tw_act;

/// What a stage 2 translation is for.
typedef enum tw_purpose {
  TW_FOR_TABLE,  ///< a stage 1 descriptor is read
  TW_FOR_UPDATE, ///< a stage 1 descriptor is swapped
  TW_FOR_OUTPUT, ///< the access itself
} tw_purpose;

/// A descriptor's update.
typedef struct tw_update {
  uint64_t old, wanted;
} tw_update;

/// What a walk has done; all 0 when it begins.
typedef struct tw_walk_result {
  uint8_t reads[TW_LEVELS]; ///< of stage 1, by level + 1
  uint8_t stage2_reads, updates;
  bool fills; ///< the TLBs take the leaf
} tw_walk_result;

/// One walk under way. It goes act by act; between two acts nothing of it can change.
typedef struct tw_walk {
  // given: of `at` all but level and tables above
  tw_descriptor_read at; ///< the stage 1 table to read next; in EL2's regime the request is privileged
  uint64_t key;
  bool bypass; ///< fills no TLB
  // the next act
  tw_act act;
  uint64_t act_at; ///< its cycle; when done, the response's
  unsigned stage;  ///< of the descriptor that is read or swapped
  uint64_t pa;     ///< of that descriptor
  // stage 1
  uint64_t base;       ///< of the table to read next
  uint64_t descriptor; ///< address of its descriptor
  // stage 2
  tw_purpose purpose;
  uint64_t ipa;
  int level2; ///< of the table to read next
  // when done
  uint8_t fsc;         ///< fault with its level; TW_NO_FAULT: none
  uint8_t fault_stage; //
  tw_walk_result result;
  tw_translation leaf; ///< when done without a fault
  tw_update update[2]; ///< by stage - 1: an update of stage 1 may need one of stage 2 first
} tw_walk;

typedef struct tw_walker {
  tw_walk_cache cache[TW_WALK_CACHES]; ///< by level + 1
  tw_ipa_cache ipa_cache;
  tw_memory_port port;
  tw_counters *counters;
  uint32_t walk_start, walk_step, ipa_latency;
} tw_walker;

void tw_walker_init(tw_walker *walker, const tw_mmu_config *config, tw_memory_port port, tw_counters *counters);
/// Begin a walk whose miss was known in cycle `missed`. Given by the caller: the first fields of `walk`.
void tw_walk_begin(tw_walk *walk, uint64_t missed, tw_walker *walker);
/// Make the act of cycle walk->act_at and what follows from it. The walk is not done.
void tw_walk_step(tw_walk *walk, tw_walker *walker);
void tw_walker_maintain(tw_walker *walker, const tw_maintenance *maintenance);
/// Change the current world.
void tw_walker_enter(tw_walker *walker, uint32_t world);

/// True when a stage 2 fault is of a stage 1 table access.
static inline bool tw_walk_s1ptw(const tw_walk *walk) {
  return walk->fault_stage == 2 && walk->purpose != TW_FOR_OUTPUT;
}

#endif
