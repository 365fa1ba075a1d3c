// What is decided for a cycle. No twin: the RTL's wires.
#ifndef TABLEWALK_CYCLE_H
#define TABLEWALK_CYCLE_H

#include "l2_look_up.h"
#include "miss_queue.h"
#include "port.h"
#include "stage.h"

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
  bool port_taken; ///< of the L2: by a look-up or a fill of a table
  unsigned begins; ///< the entry whose walk begins; TW_NO_MISS
  unsigned walk;   ///< and the walk's number
  // prefetch
  unsigned prefetched;   ///< the entry whose walk ends; TW_NO_MISS
  bool prefetch_fills;   ///< the L2 by that walk
  bool candidate_enters; ///< the miss queue
  // the L2
  tw_probe_decision probe;
  // the stages
  tw_stage_decision stage[TW_STAGES];
  unsigned taken, merges; ///< entry of the queue for what enters, and the one it is merged with; TW_NO_MISS
  bool ready[TW_PORTS];   ///< the ports
} tw_cycle;

#endif
