// The MMU's state. Its files: mmu.c (one request after the other, the short way), replay.c (many of them), ports.c
// (requests in time), machine.c (one cycle of it) and the units that a cycle is made of.
#ifndef TABLEWALK_MMU_INTERNAL_H
#define TABLEWALK_MMU_INTERNAL_H

#include <tablewalk/mmu.h>

#include "counters.h"
#include "cycle.h"
#include "foresight.h"
#include "l1_tlb.h"
#include "l2_tlb.h"
#include "maintenance_unit.h"
#include "port.h"
#include "prefetch.h"
#include "response.h"
#include "walk_engine.h"
#include "walker.h"

struct tw_mmu {
  // state that every request touches stands first
  uint64_t now;
  tw_regime regime;
  tw_mmu_config config;
  uint32_t l1_latency, l2_latency;
  uint8_t least_el; ///< 1 where every request counts as privileged
  bool plain;       ///< AArch64, stage 1 on: an L1 entry in range answers an access, whatever else the request says;
                    ///< and no prefetch goes on beside it
  tw_memory_port port;
  tw_tally tally;
  tw_l1_tlb l1d, l1i;
  tw_l2_tlb l2;
  tw_walker walker;
  tw_foresight foresight;
  // a walk of the short way, and its request
  tw_walk walk;
  tw_request request;
  // requests in time
  tw_offer offer[TW_PORTS];
  tw_stage stage[TW_STAGES];
  tw_miss_queue queue;
  tw_l2_look_up look_up;
  tw_walk_engine engine;
  tw_maintenance_unit unit;
  tw_prefetch_unit prefetch;
  tw_channels channels;
  tw_cycle cycle; ///< the last one
  bool stands;    ///< its responses have been given, the rest is still to be done
  tw_registers registers;
  tw_counters *told; ///< what tw_mmu_counters tells
};

static inline tw_l1_tlb *tw_l1_of(tw_mmu *mmu, unsigned kind) {
  return kind == TW_ACCESS_FETCH ? &mmu->l1i : &mmu->l1d;
}

/// Bits that must be copies of the sign are not: each is compared with the one below, so that the sign can stand
/// anywhere.
static inline bool tw_out_of_range(const tw_half *half, uint64_t va, unsigned kind) {
  uint64_t range = half->range[kind == TW_ACCESS_FETCH];
  return (va ^ (va << 1)) & range;
}

#endif
