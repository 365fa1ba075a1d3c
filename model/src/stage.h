// The stage of a port: one request that looks up its L1. Twin: rtl/stage.sv.
#ifndef TABLEWALK_STAGE_H
#define TABLEWALK_STAGE_H

#include "port.h"
#include "regime.h"

struct tw_cycle;

typedef struct tw_stage {
  bool full;
  tw_request request;
  uint64_t accepted;
  uint64_t decide_at; ///< no earlier cycle decides anything else than to stay
} tw_stage;

typedef enum tw_leaving {
  TW_STAYS,
  TW_ANSWERED,
  TW_ENTERS, ///< the miss queue
} tw_leaving;

/// What one cycle does with the request of a stage.
typedef struct tw_stage_decision {
  tw_leaving leaves;
  bool looked_up; ///< the L1
  bool bypasses;  ///< the TLBs
  bool waits;     ///< stays until an entry of the miss queue is free
  unsigned slot;  ///< of the L1 that hit; TW_NO_SLOT
  const tw_half *half;
  uint64_t va, key;
  unsigned access;    ///< its number
  tw_response answer; ///< when answered
} tw_stage_decision;

/// Decide for both stages. Changes nothing.
void tw_stages_decide(tw_mmu *mmu, struct tw_cycle *c);
/// Do what has been decided for the stage of a port: the answer goes on to its channel, or the request to the queue.
void tw_stage_do(tw_mmu *mmu, unsigned port, const struct tw_cycle *c);

#endif
