// The walk: descriptor reads from the deepest table that is known down to the leaf, and where stage 2 is on the
// translations of every address on the way. Twin: rtl/walker.sv.
#ifndef TABLEWALK_WALKER_H
#define TABLEWALK_WALKER_H

#include <tablewalk/memory_port.h>

#include "counters.h"
#include "ipa_cache.h"
#include "l2_tables.h"
#include "memory_read.h"
#include "walk_cache.h"

/// What a walk's next act looks at.
typedef enum tw_due {
  TW_DUE_FIRST,     ///< the walk caches
  TW_DUE_TABLES,    ///< the tables of the next level above, in the L2
  TW_DUE_LOOKED_UP, ///< what the IPA cache has, its look-up being over
  TW_DUE_ARRIVAL,   ///< what memory gave
} tw_due;

/// What an act begins.
typedef enum tw_act {
  TW_ACT_READ,    ///< of a descriptor
  TW_ACT_SWAP,    ///< of a descriptor that must be updated
  TW_ACT_LOOK_UP, ///< of the IPA cache
  TW_ACT_MISS,    ///< the L2 has no table of this level, the next one above is looked up
  TW_ACT_RESPOND, ///< the walk ends
} tw_act;

/// What an act changes of the walk caches and the IPA cache.
typedef enum tw_walk_effect {
  TW_EFFECT_NONE,
  TW_EFFECT_TABLE_USED,  ///< slot `slot` of the walk cache above the level to read next, or of the L2
  TW_EFFECT_TABLE_FOUND, ///< that walk cache is filled, or the L2
  TW_EFFECT_IPA_USED,    ///< slot `slot` of the IPA cache
  TW_EFFECT_IPA_FOUND,   ///< the IPA cache is filled
} tw_walk_effect;

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
  bool has_read;
  bool coalesced;
  bool fills; ///< the TLBs take the leaf, unless the walk is stale
} tw_walk_result;

/// One walk under way. It goes act by act; between two acts nothing of it can change.
typedef struct tw_walk {
  // given: of `at` all but level and tables above
  tw_descriptor_read at; ///< the stage 1 table to read next; in EL2's regime the request is privileged
  uint64_t key;
  bool bypass;   ///< fills no TLB
  bool prefetch; ///< asks for no permission of stage 1, and updates nothing
  bool stale;    ///< a TLBI has come: fills nothing
  uint8_t tag;   ///< its number, for memory
  // the next act
  tw_due due;
  uint64_t act_at; ///< its cycle at the earliest; when done, the response's
  // what the last one has begun
  tw_act act;
  tw_walk_effect effect;
  unsigned slot;    ///< used
  unsigned stage;   ///< of the descriptor that is read or swapped
  uint64_t pa;      ///< of that descriptor
  uint64_t arrived; ///< what memory gave
  uint8_t error;    ///< tw_mem_error
  bool contiguous;  ///< and the line around it is of four contiguous pages
  int tables;       ///< level of the tables in the L2 that are looked up
  // stage 1
  uint64_t base;       ///< of the table to read next
  uint64_t descriptor; ///< address of its descriptor
  // stage 2
  tw_purpose purpose;
  uint64_t ipa;
  int level2;                  ///< of the table to read next
  tw_stage2_leaf stage2_found; ///< what the IPA cache is filled with
  // when done
  uint8_t fsc;         ///< fault with its level; TW_NO_FAULT: none
  uint8_t fault_stage; //
  tw_walk_result result;
  tw_translation leaf; ///< when done without a fault
  tw_update update[2]; ///< by stage - 1: an update of stage 1 may need one of stage 2 first
} tw_walk;

/// A leaf descriptor as it was decoded last: most others differ from it in their addresses alone.
typedef struct tw_known_leaf {
  uint64_t bits; ///< the descriptor's, but for its output address; TW_NOTHING_KNOWN
  tw_table_bits above;
  tw_translation leaf;
} tw_known_leaf;

/// No descriptor has a one in each bit but for an output address.
#define TW_NOTHING_KNOWN UINT64_MAX

typedef struct tw_walker {
  tw_walk_cache cache[TW_WALK_CACHES]; ///< by level + 1
  tw_known_leaf known[2][TW_LEVELS];   ///< by half and level + 1, of the current registers
  bool straight[2];                    ///< by half: stage 1 alone, of 64-bit descriptors in their usual form
  tw_ipa_cache ipa_cache;
  tw_l2_tlb *tables; ///< the L2, if it holds table descriptors; NULL: the walk caches do
  bool looks_up[2];  ///< by half: a walk looks tables up in the L2
  tw_memory_port port;
  tw_memory *memory; ///< behind the port, if it is the model's own; else NULL
  tw_tally *tally;
  uint32_t walk_start, walk_step, ipa_latency;
} tw_walker;

void tw_walker_init(tw_walker *walker, const tw_mmu_config *config, tw_memory_port port, tw_tally *tally,
                    tw_l2_tlb *l2);
/// Begin a walk in cycle `begun`: its first act is due walk_start later. Given by the caller: the first fields of
/// `walk`.
static inline void tw_walk_begin(tw_walk *walk, uint64_t begun, const tw_walker *walker) {
  walk->due = TW_DUE_FIRST;
  walk->act_at = begun + walker->walk_start;
  walk->at.above = (tw_table_bits){0};
  walk->stale = false;
  walk->fsc = TW_NO_FAULT;
  walk->fault_stage = 1;
  walk->result = (tw_walk_result){0};
}
/// Decide what the act that is due does. Changes the walk alone; the walk is not done.
void tw_walk_decide(tw_walk *walk, tw_walker *walker);
/// Do in cycle walk->act_at what has been decided. act_at is the next act's cycle afterwards; of an access to memory,
/// the cycle of the datum; of a response it stays.
void tw_walk_do(tw_walk *walk, tw_walker *walker);
/// Make all acts of a walk that are still to be made, none other being under way. `channel` takes its response.
void tw_walk_go_on_alone(tw_walk *walk, tw_walker *walker, const tw_response_port *channel);
void tw_walker_maintain(tw_walker *walker, const tw_maintenance *maintenance);
/// The registers have changed: another world, other tables.
void tw_walker_enter(tw_walker *walker, const tw_regime *regime);

/// The first cycle, from `cycle` on, in which memory takes a request, and in which the miss channel takes a response.
static inline uint64_t tw_memory_open_at(const tw_memory_port *port, uint64_t cycle) {
  return port->open_at ? port->open_at(port->context, cycle) : cycle;
}
static inline uint64_t tw_channel_open_at(const tw_response_port *port, uint64_t cycle) {
  return port->open_at ? port->open_at(port->context, cycle) : cycle;
}

/// True when the act that is due is a look-up of tables in the L2.
static inline bool tw_walk_looks_up(const tw_walk *walk, const tw_walker *walker) {
  return walk->due == TW_DUE_TABLES ||
         (walk->due == TW_DUE_FIRST && walker->looks_up[walk->at.half != walk->at.regime->half]);
}

/// True when what has been decided fills the L2 with a table.
static inline bool tw_walk_fills_table(const tw_walk *walk, const tw_walker *walker) {
  return walker->tables && walk->effect == TW_EFFECT_TABLE_FOUND && !walk->stale;
}

/// True when what has been decided is an access to memory.
static inline bool tw_walk_accesses(const tw_walk *walk) {
  return walk->act == TW_ACT_READ || walk->act == TW_ACT_SWAP;
}

/// True when a stage 2 fault is of a stage 1 table access.
static inline bool tw_walk_s1ptw(const tw_walk *walk) {
  return walk->fault_stage == 2 && walk->purpose != TW_FOR_OUTPUT;
}

#endif
