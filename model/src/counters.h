// Which events an answer counts. Twin: rtl/counters.sv.
#ifndef TABLEWALK_COUNTERS_INTERNAL_H
#define TABLEWALK_COUNTERS_INTERNAL_H

#include <tablewalk/counters.h>
#include <tablewalk/request.h>

/// An L1 look-up of an access of this kind.
static inline void tw_count_l1(tw_counters *c, unsigned kind) {
  static const uint8_t any[3] = {TW_COUNTER_L1D_TLB, TW_COUNTER_L1D_TLB, TW_COUNTER_L1I_TLB};
  static const uint8_t by_kind[3] = {TW_COUNTER_L1D_TLB_RD, TW_COUNTER_L1D_TLB_WR, TW_COUNTER_COUNT};
  c->value[any[kind]]++;
  if (kind != TW_ACCESS_FETCH)
    c->value[by_kind[kind]]++;
}

void tw_count_l1_refill(tw_counters *c, unsigned kind);
void tw_count_l2(tw_counters *c, unsigned kind);
void tw_count_l2_refill(tw_counters *c, unsigned kind);
/// A descriptor read, and a compare-and-swap of one.
static inline void tw_count_step(tw_counters *c, unsigned kind) {
  c->value[kind == TW_ACCESS_FETCH ? TW_COUNTER_ITLB_STEP : TW_COUNTER_DTLB_STEP]++;
}
static inline void tw_count_update(tw_counters *c, unsigned kind) {
  c->value[kind == TW_ACCESS_FETCH ? TW_COUNTER_ITLB_HWUPD : TW_COUNTER_DTLB_HWUPD]++;
}
/// A walk with reads has ended, `cycles` from the miss; `size` of the mapping that filled the TLBs, 0: none.
void tw_count_walk(tw_counters *c, unsigned kind, uint64_t cycles, unsigned size);

#endif
