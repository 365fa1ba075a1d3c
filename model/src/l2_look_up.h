// The look-up of the L2 for the miss queue: one entry at a time, one probe a cycle. Twin: in rtl/look_up.sv.
#ifndef TABLEWALK_L2_LOOK_UP_H
#define TABLEWALK_L2_LOOK_UP_H

#include <stdbool.h>
#include <tablewalk/mmu.h>

struct tw_cycle;

typedef struct tw_l2_look_up {
  bool under_way;
  uint8_t entry; ///< of the miss queue
  uint64_t at;   ///< cycle of the next probe
  tw_sizes left; ///< still to be probed, that one first; 0: the request bypasses the TLBs
} tw_l2_look_up;

typedef enum tw_probe {
  TW_PROBE_NONE, ///< no probe, or a hit that must wait: nothing changes
  TW_PROBE_HIT,
  TW_PROBE_KNOWN, ///< a prefetch's: what it would fetch is there
  TW_PROBE_CLEAN, ///< an entry that does not serve: it is dropped, and the look-up goes on
  TW_PROBE_MISS,
} tw_probe;

/// This cycle's probe.
typedef struct tw_probe_decision {
  tw_probe result;
  tw_l2_look_up look_up; ///< as it stands in this cycle
  size_t slot;           ///< of the L2 that matches
} tw_probe_decision;

/// Decide. Changes nothing; the walk engine has decided.
void tw_l2_look_up_decide(tw_mmu *mmu, struct tw_cycle *c);
/// The entry whose last probe misses in this cycle; TW_NO_MISS.
unsigned tw_l2_look_up_missed(const struct tw_cycle *c);
/// Do what has been decided, but the answer.
void tw_l2_look_up_do(tw_mmu *mmu, const struct tw_cycle *c);
/// The next cycle, from `from` on, in which it does something; UINT64_MAX: none.
uint64_t tw_l2_look_up_next(const tw_mmu *mmu, uint64_t from);

#endif
