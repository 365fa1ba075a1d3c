// The rules as a table: two sums of counters that must be equal, or of which the first is the lesser.
#include "counter_rules.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

enum { TERMS = 3 };

/// Sums of counters; what is missing is TW_COUNTER_COUNT.
typedef struct rule {
  bool at_most; ///< the left one may be less
  uint8_t left[TERMS], right[TERMS];
} rule;

#define NONE TW_COUNTER_COUNT
#define ONE(a)                                                                                                         \
  { TW_COUNTER_##a, NONE, NONE }
#define TWO(a, b)                                                                                                      \
  { TW_COUNTER_##a, TW_COUNTER_##b, NONE }
#define THREE(a, b, c)                                                                                                 \
  { TW_COUNTER_##a, TW_COUNTER_##b, TW_COUNTER_##c }

static const rule rules[] = {
    {false, TWO(L1D_TLB_HIT, L1D_TLB_MISS), ONE(L1D_TLB)},
    {false, TWO(L1I_TLB_HIT, L1I_TLB_MISS), ONE(L1I_TLB)},
    {false, TWO(L1D_TLB_MISS, L1I_TLB_MISS), THREE(L2D_TLB, L1D_TLB_MERGE, L1I_TLB_MERGE)},
    {true, ONE(L2D_TLB_HIT), ONE(L2D_TLB)},
    {true, ONE(L1D_TLB_REFILL), ONE(L1D_TLB_MISS)},
    {true, ONE(L1I_TLB_REFILL), ONE(L1I_TLB_MISS)},
    {false, TWO(L1D_TLB_RD, L1D_TLB_WR), ONE(L1D_TLB)},
    {false, TWO(L1D_TLB_RW, L1D_TLB_PRFM), ONE(L1D_TLB)},
    {false, TWO(L1I_TLB_RD, L1I_TLB_PRFM), ONE(L1I_TLB)},
    {false, TWO(L2D_TLB_RD, L2D_TLB_WR), ONE(L2D_TLB)},
    {false, TWO(L1D_TLB_REFILL_RD, L1D_TLB_REFILL_WR), ONE(L1D_TLB_REFILL)},
    {false, TWO(L2D_TLB_REFILL_RD, L2D_TLB_REFILL_WR), ONE(L2D_TLB_REFILL)},
    {false, TWO(DTLB_WALK_RW, DTLB_WALK_PRFM), ONE(DTLB_WALK)},
    {false, TWO(ITLB_WALK_RD, ITLB_WALK_PRFM), ONE(ITLB_WALK)},
    {true, TWO(DTLB_WALK_LARGE, DTLB_WALK_SMALL), ONE(DTLB_WALK)},
    {true, TWO(ITLB_WALK_LARGE, ITLB_WALK_SMALL), ONE(ITLB_WALK)},
    {true, TWO(L2D_TLB_PREFETCH_HIT, WALK_PREFETCH), ONE(L2D_TLB_PREFETCH)},
    {true, ONE(WALK_PREFETCH_FILL), ONE(WALK_PREFETCH)},
};

static uint64_t sum_of(const tw_counters *counters, const uint8_t term[TERMS]) {
  uint64_t sum = 0;
  for (unsigned i = 0; i < TERMS && term[i] != NONE; i++)
    sum += counters->value[term[i]];
  return sum;
}

/// "L1D_TLB_HIT + L1D_TLB_MISS (12)"
static void describe(const tw_counters *counters, const uint8_t term[TERMS], char *text, size_t room) {
  size_t used = 0;
  for (unsigned i = 0; i < TERMS && term[i] != NONE && used < room; i++)
    used += (size_t)snprintf(text + used, room - used, "%s%s", i ? " + " : "",
                             tw_counter_describe((tw_counter)term[i]).name);
  if (used < room)
    snprintf(text + used, room - used, " (%" PRIu64 ")", sum_of(counters, term));
}

static bool holds(const tw_counters *counters, const rule *rule) {
  uint64_t left = sum_of(counters, rule->left), right = sum_of(counters, rule->right);
  return rule->at_most ? left <= right : left == right;
}

int tw_counters_check(const tw_counters *counters, tw_error *error) {
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    if (holds(counters, &rules[i]))
      continue;
    char left[128], right[128];
    describe(counters, rules[i].left, left, sizeof left);
    describe(counters, rules[i].right, right, sizeof right);
    return tw_fail(error, "the counters contradict each other: found %s, expected %s %s", left,
                   rules[i].at_most ? "at most" : "as much as", right);
  }
  return 0;
}
