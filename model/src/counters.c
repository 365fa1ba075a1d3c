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

/// Events by what they are of.
typedef struct tw_sums {
  uint64_t read, write, fetch;
  uint64_t data_prfm, fetch_prfm; ///< of those
} tw_sums;

static tw_sums sums(const uint64_t tallied[TW_TALLIES]) {
  const uint64_t *prfm = tallied + TW_TALLY_PRFM;
  return (tw_sums){.read = tallied[TW_ACCESS_READ] + prfm[TW_ACCESS_READ],
                   .write = tallied[TW_ACCESS_WRITE] + prfm[TW_ACCESS_WRITE],
                   .fetch = tallied[TW_ACCESS_FETCH] + prfm[TW_ACCESS_FETCH],
                   .data_prfm = prfm[TW_ACCESS_READ] + prfm[TW_ACCESS_WRITE],
                   .fetch_prfm = prfm[TW_ACCESS_FETCH]};
}

static uint64_t data(const uint64_t tallied[TW_TALLIES]) {
  tw_sums s = sums(tallied);
  return s.read + s.write;
}
static uint64_t fetches(const uint64_t tallied[TW_TALLIES]) { return sums(tallied).fetch; }

static void tell_l1(const tw_tally *tally, uint64_t *c) {
  uint64_t looked_up[TW_TALLIES];
  for (unsigned i = 0; i < TW_TALLIES; i++)
    looked_up[i] = tally->l1_hit[i] + tally->l1_miss[i];
  tw_sums all = sums(looked_up), refills = sums(tally->l1_refill);
  c[TW_COUNTER_L1D_TLB] = all.read + all.write;
  c[TW_COUNTER_L1D_TLB_RD] = all.read;
  c[TW_COUNTER_L1D_TLB_WR] = all.write;
  c[TW_COUNTER_L1D_TLB_RW] = all.read + all.write - all.data_prfm;
  c[TW_COUNTER_L1D_TLB_PRFM] = all.data_prfm;
  c[TW_COUNTER_L1I_TLB] = all.fetch;
  c[TW_COUNTER_L1I_TLB_RD] = all.fetch - all.fetch_prfm;
  c[TW_COUNTER_L1I_TLB_PRFM] = all.fetch_prfm;
  c[TW_COUNTER_L1D_TLB_HIT] = data(tally->l1_hit);
  c[TW_COUNTER_L1I_TLB_HIT] = fetches(tally->l1_hit);
  c[TW_COUNTER_L1D_TLB_MISS] = data(tally->l1_miss);
  c[TW_COUNTER_L1I_TLB_MISS] = fetches(tally->l1_miss);
  c[TW_COUNTER_L1D_TLB_REFILL] = refills.read + refills.write;
  c[TW_COUNTER_L1D_TLB_REFILL_RD] = refills.read;
  c[TW_COUNTER_L1D_TLB_REFILL_WR] = refills.write;
  c[TW_COUNTER_L1I_TLB_REFILL] = refills.fetch;
  c[TW_COUNTER_L1D_TLB_MERGE] = data(tally->merged);
  c[TW_COUNTER_L1I_TLB_MERGE] = fetches(tally->merged);
}

static void tell_l2(const tw_tally *tally, uint64_t *c) {
  tw_sums hits = sums(tally->l2_hit), misses = sums(tally->l2_miss), refills = sums(tally->l2_refill);
  c[TW_COUNTER_L2D_TLB_RD] = hits.read + hits.fetch + misses.read + misses.fetch;
  c[TW_COUNTER_L2D_TLB_WR] = hits.write + misses.write;
  c[TW_COUNTER_L2D_TLB] = c[TW_COUNTER_L2D_TLB_RD] + c[TW_COUNTER_L2D_TLB_WR];
  c[TW_COUNTER_L2D_TLB_HIT] = hits.read + hits.write + hits.fetch;
  c[TW_COUNTER_L2D_TLB_REFILL_RD] = refills.read + refills.fetch;
  c[TW_COUNTER_L2D_TLB_REFILL_WR] = refills.write;
  c[TW_COUNTER_L2D_TLB_REFILL] = refills.read + refills.write + refills.fetch;
}

static void tell_walks(const tw_tally *tally, uint64_t *c) {
  tw_sums walks = sums(tally->walk);
  c[TW_COUNTER_DTLB_WALK] = walks.read + walks.write;
  c[TW_COUNTER_DTLB_WALK_RW] = walks.read + walks.write - walks.data_prfm;
  c[TW_COUNTER_DTLB_WALK_PRFM] = walks.data_prfm;
  c[TW_COUNTER_ITLB_WALK] = walks.fetch;
  c[TW_COUNTER_ITLB_WALK_RD] = walks.fetch - walks.fetch_prfm;
  c[TW_COUNTER_ITLB_WALK_PRFM] = walks.fetch_prfm;
  c[TW_COUNTER_DTLB_WALK_PERCYC] = data(tally->walk_cycles);
  c[TW_COUNTER_ITLB_WALK_PERCYC] = fetches(tally->walk_cycles);
  c[TW_COUNTER_DTLB_WALK_LARGE] = data(tally->large);
  c[TW_COUNTER_ITLB_WALK_LARGE] = fetches(tally->large);
  c[TW_COUNTER_DTLB_WALK_SMALL] = data(tally->small);
  c[TW_COUNTER_ITLB_WALK_SMALL] = fetches(tally->small);
  c[TW_COUNTER_DTLB_STEP] = data(tally->step);
  c[TW_COUNTER_ITLB_STEP] = fetches(tally->step);
  c[TW_COUNTER_DTLB_HWUPD] = data(tally->update);
  c[TW_COUNTER_ITLB_HWUPD] = fetches(tally->update);
}

static void tell_prefetches(const tw_tally *tally, uint64_t *c) {
  c[TW_COUNTER_L2D_TLB_PREFETCH] = tally->prefetch_look_up;
  c[TW_COUNTER_L2D_TLB_PREFETCH_HIT] = tally->prefetch_hit;
  c[TW_COUNTER_WALK_PREFETCH] = tally->prefetch_walk;
  c[TW_COUNTER_WALK_PREFETCH_FILL] = tally->prefetch_fill;
  c[TW_COUNTER_PREFETCH_STEP] = tally->prefetch_step;
}

void tw_tally_tell(const tw_tally *tally, tw_counters *counters) {
  tell_l1(tally, counters->value);
  tell_l2(tally, counters->value);
  tell_walks(tally, counters->value);
  tell_prefetches(tally, counters->value);
  counters->value[TW_COUNTER_STALL_BACKEND_TLB] = data(tally->stall);
  counters->value[TW_COUNTER_STALL_FRONTEND_TLB] = fetches(tally->stall);
}
