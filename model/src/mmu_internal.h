// The MMU's state, for its three files: mmu.c (one request), ports.c (requests in time), replay.c (one after the
// other).
#ifndef TABLEWALK_MMU_INTERNAL_H
#define TABLEWALK_MMU_INTERNAL_H

#include <tablewalk/mmu.h>

#include "counters.h"
#include "foresight.h"
#include "l1_tlb.h"
#include "l2_tlb.h"
#include "walker.h"

enum { TW_PORT_MAINTENANCE, TW_PORT_DATA, TW_PORT_FETCH, TW_PORTS, TW_QUEUE = 1024, TW_QUEUE_ROOM = 8 };

typedef struct tw_pending {
  bool valid;
  uint64_t cycle; ///< first cycle at the port
} tw_pending;

struct tw_mmu {
  // state that every request touches stands first
  uint64_t open_at, now;
  tw_regime regime;
  tw_mmu_config config;
  uint32_t l1_latency, l2_latency;
  uint8_t least_el; ///< 1 where every request counts as privileged
  bool plain;       ///< AArch64, stage 1 on: an L1 entry in range answers an access, whatever else the request says
  tw_memory_port port;
  tw_counters counters;
  tw_l1_tlb l1d, l1i;
  tw_l2_tlb l2;
  tw_walker walker;
  // the request under way, while it walks
  bool walking;
  tw_walk walk;
  tw_request request;
  uint64_t missed;
  tw_response *answer;
  tw_foresight foresight;
  // ports and the queue of responses
  tw_pending pending[TW_PORTS];
  tw_request offered[TW_PORTS];
  tw_tlbi offered_tlbi;
  tw_response queue[TW_QUEUE];
  size_t queue_first, queue_count;
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

/// Take `request` in cycle `accepted`. It has been answered in `r` afterwards, or walks.
void tw_mmu_take(tw_mmu *mmu, const tw_request *request, uint64_t accepted, tw_response *r);
void tw_mmu_take_tlbi(tw_mmu *mmu, const tw_tlbi *tlbi, uint64_t accepted, tw_response *answer);
/// The next act of the walk under way; after the last, its answer.
void tw_mmu_step_walk(tw_mmu *mmu);

#endif
