// Event counters by the PMU's names. Twin: rtl/counters.sv.
#include "counters.h"

#include <assert.h>

tw_counter_info tw_counter_describe(tw_counter counter) {
  static const tw_counter_info info[TW_COUNTER_COUNT] = {
#define X(name_, event_, meaning_) {.name = #name_, .meaning = (meaning_), .event = (event_)},
      TW_COUNTERS(X)
#undef X
  };
  assert(counter < TW_COUNTER_COUNT);
  return info[counter];
}

void tw_count_l1_refill(tw_counters *c, unsigned kind) {
  static const uint8_t by_kind[2] = {TW_COUNTER_L1D_TLB_REFILL_RD, TW_COUNTER_L1D_TLB_REFILL_WR};
  if (kind == TW_ACCESS_FETCH) {
    c->value[TW_COUNTER_L1I_TLB_REFILL]++;
    return;
  }
  c->value[TW_COUNTER_L1D_TLB_REFILL]++;
  c->value[by_kind[kind]]++;
}

void tw_count_l2(tw_counters *c, unsigned kind) {
  static const uint8_t by_kind[3] = {TW_COUNTER_L2D_TLB_RD, TW_COUNTER_L2D_TLB_WR, TW_COUNTER_L2D_TLB_RD};
  c->value[TW_COUNTER_L2D_TLB]++;
  c->value[by_kind[kind]]++;
}

void tw_count_l2_refill(tw_counters *c, unsigned kind) {
  static const uint8_t by_kind[3] = {TW_COUNTER_L2D_TLB_REFILL_RD, TW_COUNTER_L2D_TLB_REFILL_WR,
                                     TW_COUNTER_L2D_TLB_REFILL_RD};
  c->value[TW_COUNTER_L2D_TLB_REFILL]++;
  c->value[by_kind[kind]]++;
}

void tw_count_walk(tw_counters *c, unsigned kind, uint64_t cycles, unsigned size) {
  bool fetch = kind == TW_ACCESS_FETCH, large = size >= 21;
  c->value[fetch ? TW_COUNTER_ITLB_WALK : TW_COUNTER_DTLB_WALK]++;
  c->value[fetch ? TW_COUNTER_ITLB_WALK_PERCYC : TW_COUNTER_DTLB_WALK_PERCYC] += cycles;
  if (!size)
    return;
  if (fetch)
    c->value[large ? TW_COUNTER_ITLB_WALK_LARGE : TW_COUNTER_ITLB_WALK_SMALL]++;
  else
    c->value[large ? TW_COUNTER_DTLB_WALK_LARGE : TW_COUNTER_DTLB_WALK_SMALL]++;
}
