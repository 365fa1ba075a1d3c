// One cycle of the machine: first everything is decided, as it stands at the cycle's beginning; then it is done. No
// twin: the RTL's modules are wired.
#ifndef TABLEWALK_MACHINE_H
#define TABLEWALK_MACHINE_H

#include "mmu_internal.h"

/// What answers at the miss channel.
typedef enum tw_source {
  TW_FROM_NOTHING,
  TW_FROM_MERGED,
  TW_FROM_WALK,
  TW_FROM_L2,
} tw_source;

/// What has been decided for a cycle.
typedef struct tw_cycle {
  uint64_t at;
  // as it stood at the beginning
  tw_misses valid, walking;
  // maintenance
  uint8_t takes;   ///< the queue whose head is taken; TW_NO_QUEUE
  bool tlbi_first; ///< that is a TLBI: this is its first cycle
  bool completes;  ///< the operation under way
  // the miss channel
  bool channel_free; ///< for a walk or the L2
  tw_source source;
  unsigned answered; ///< the entry
  unsigned again;    ///< a Woken entry that becomes Look; TW_NO_MISS
  // the walk engine
  unsigned acts;   ///< the entry; TW_NO_MISS
  unsigned begins; ///< the entry whose walk begins; TW_NO_MISS
  unsigned walk;   ///< and the walk's number
  // the L2
  tw_probe_decision probe;
  // the stages
  tw_stage_decision stage[TW_STAGES];
  unsigned taken, merges; ///< entry of the queue for the one that enters, and the one it is merged with; TW_NO_MISS
  bool ready[TW_PORTS];   ///< the ports
} tw_cycle;

/// Decide and do cycle `at`, but what its offers at the ports change: its responses are given.
void tw_machine_cycle(tw_mmu *mmu, uint64_t at, tw_cycle *c);
/// Accept what stands at the ports in that cycle.
void tw_machine_accept(tw_mmu *mmu, const tw_cycle *c);
/// The next cycle, from mmu->now on, in which something happens; UINT64_MAX: none.
uint64_t tw_machine_next(const tw_mmu *mmu);
/// Nothing stands at a port, and everything accepted has been answered.
bool tw_machine_is_idle(const tw_mmu *mmu);

#endif
