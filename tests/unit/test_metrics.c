// Counters after a run: the rules that must hold between them, the metrics made of them, and the gaps between accesses
// that overlap.
#include "counter_rules.h"
#include "metrics.h"
#include "replay_overlap.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/// 1000 data accesses and 400 fetches: 100 and 20 misses, of which 30 and 5 are merged.
static tw_counters make_counters(void) {
  tw_counters c = {.value = {0}};
  static const struct {
    tw_counter counter;
    uint64_t value;
  } values[] = {
      {TW_COUNTER_L1D_TLB, 1000},         {TW_COUNTER_L1D_TLB_RD, 700},       {TW_COUNTER_L1D_TLB_WR, 300},
      {TW_COUNTER_L1D_TLB_RW, 990},       {TW_COUNTER_L1D_TLB_PRFM, 10},      {TW_COUNTER_L1D_TLB_HIT, 900},
      {TW_COUNTER_L1D_TLB_MISS, 100},     {TW_COUNTER_L1D_TLB_MERGE, 30},     {TW_COUNTER_L1D_TLB_REFILL, 70},
      {TW_COUNTER_L1D_TLB_REFILL_RD, 50}, {TW_COUNTER_L1D_TLB_REFILL_WR, 20}, {TW_COUNTER_L1I_TLB, 400},
      {TW_COUNTER_L1I_TLB_RD, 400},       {TW_COUNTER_L1I_TLB_HIT, 380},      {TW_COUNTER_L1I_TLB_MISS, 20},
      {TW_COUNTER_L1I_TLB_MERGE, 5},      {TW_COUNTER_L1I_TLB_REFILL, 15},    {TW_COUNTER_L2D_TLB, 85},
      {TW_COUNTER_L2D_TLB_RD, 65},        {TW_COUNTER_L2D_TLB_WR, 20},        {TW_COUNTER_L2D_TLB_HIT, 40},
      {TW_COUNTER_L2D_TLB_REFILL, 45},    {TW_COUNTER_L2D_TLB_REFILL_RD, 35}, {TW_COUNTER_L2D_TLB_REFILL_WR, 10},
      {TW_COUNTER_DTLB_WALK, 40},         {TW_COUNTER_DTLB_WALK_RW, 38},      {TW_COUNTER_DTLB_WALK_PRFM, 2},
      {TW_COUNTER_DTLB_STEP, 100},        {TW_COUNTER_DTLB_WALK_PERCYC, 800}, {TW_COUNTER_DTLB_WALK_LARGE, 10},
      {TW_COUNTER_DTLB_WALK_SMALL, 30},   {TW_COUNTER_ITLB_WALK, 5},          {TW_COUNTER_ITLB_WALK_RD, 5},
      {TW_COUNTER_ITLB_WALK_SMALL, 5}};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++)
    c.value[values[i].counter] = values[i].value;
  return c;
}

Test(counter_rules, hold) {
  tw_counters counters = make_counters();
  tw_error error = {""};
  cr_expect_eq(tw_counters_check(&counters, &error), 0, "%s", error.text);
}

// One event too many of any kind that a sum is made of breaks a rule, and the text names it.
Test(counter_rules, fire) {
  static const tw_counter counted[] = {
      TW_COUNTER_L1D_TLB,           TW_COUNTER_L1I_TLB,           TW_COUNTER_L2D_TLB,
      TW_COUNTER_L1D_TLB_HIT,       TW_COUNTER_L1I_TLB_HIT,       TW_COUNTER_L1D_TLB_MISS,
      TW_COUNTER_L1I_TLB_MISS,      TW_COUNTER_L1D_TLB_MERGE,     TW_COUNTER_L1I_TLB_MERGE,
      TW_COUNTER_L1D_TLB_RD,        TW_COUNTER_L1D_TLB_WR,        TW_COUNTER_L1D_TLB_RW,
      TW_COUNTER_L1D_TLB_PRFM,      TW_COUNTER_L1I_TLB_RD,        TW_COUNTER_L1I_TLB_PRFM,
      TW_COUNTER_L2D_TLB_RD,        TW_COUNTER_L2D_TLB_WR,        TW_COUNTER_L1D_TLB_REFILL,
      TW_COUNTER_L1D_TLB_REFILL_RD, TW_COUNTER_L1D_TLB_REFILL_WR, TW_COUNTER_L2D_TLB_REFILL,
      TW_COUNTER_L2D_TLB_REFILL_RD, TW_COUNTER_DTLB_WALK,         TW_COUNTER_DTLB_WALK_RW,
      TW_COUNTER_DTLB_WALK_PRFM,    TW_COUNTER_ITLB_WALK,         TW_COUNTER_ITLB_WALK_RD,
      TW_COUNTER_DTLB_WALK_SMALL,   TW_COUNTER_ITLB_WALK_LARGE};
  for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
    tw_counters counters = make_counters();
    tw_error error = {""};
    const char *name = tw_counter_describe(counted[i]).name;
    counters.value[counted[i]]++;
    cr_expect_eq(tw_counters_check(&counters, &error), -1, "%s", name);
    cr_expect(strstr(error.text, name) != NULL, "%s not in: %s", name, error.text);
  }
  tw_counters counters = make_counters();
  tw_error error = {""};
  counters.value[TW_COUNTER_L1D_TLB_MERGE] = 0;
  tw_counters_check(&counters, &error);
  cr_expect_str_eq(error.text,
                   "the counters contradict each other: found L1D_TLB_MISS + L1I_TLB_MISS (120), expected as "
                   "much as L2D_TLB + L1D_TLB_MERGE + L1I_TLB_MERGE (90)");
}

Test(counter_rules, more_refills_than_misses) {
  tw_counters counters = make_counters();
  tw_error error = {""};
  counters.value[TW_COUNTER_L1I_TLB_REFILL] = 21;
  cr_expect_eq(tw_counters_check(&counters, &error), -1);
  cr_expect(strstr(error.text, "L1I_TLB_REFILL (21), expected at most L1I_TLB_MISS (20)") != NULL, "%s", error.text);
}

static tw_metric find_metric(const tw_counters *counters, uint64_t instructions, const char *name) {
  tw_metric metric;
  for (size_t i = 0; tw_metric_of(i, counters, instructions, &metric); i++)
    if (strcmp(metric.name, name) == 0)
      return metric;
  cr_assert_fail("no metric %s", name);
  return metric;
}

Test(metrics, are_what_arms_formulas_give) {
  tw_counters counters = make_counters();
  static const struct {
    const char *name;
    double value;
  } expected[] = {{"dtlb_mpki", 20},
                  {"itlb_mpki", 2.5},
                  {"l1d_tlb_mpki", 35},
                  {"l1i_tlb_mpki", 7.5},
                  {"l2_tlb_mpki", 22.5},
                  {"dtlb_walk_ratio", 0.04},
                  {"itlb_walk_ratio", 0.0125},
                  {"l1d_tlb_miss_ratio", 0.07},
                  {"l1i_tlb_miss_ratio", 0.0375},
                  {"l2_tlb_miss_ratio", 45.0 / 85},
                  {"dtlb_walk_average_depth", 2.5},
                  {"dtlb_walk_average_latency", 20},
                  {"dtlb_walk_large_ratio", 0.01},
                  {"dtlb_walk_block_ratio", 0.01},
                  {"dtlb_walk_small_ratio", 0.03},
                  {"dtlb_walk_page_ratio", 0.03},
                  {"itlb_walk_page_ratio", 0.0125}};
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    tw_metric metric = find_metric(&counters, 2000, expected[i].name);
    cr_expect(metric.known, "%s", metric.name);
    cr_expect_float_eq(metric.value, expected[i].value, 1e-12, "%s: %g", metric.name, metric.value);
  }
  cr_expect_not(find_metric(&counters, 0, "dtlb_mpki").known);
  counters.value[TW_COUNTER_L1I_TLB] = 0;
  cr_expect_not(find_metric(&counters, 2000, "itlb_walk_ratio").known);
}

Test(metrics, second_names_of_events) {
  static const uint16_t events[] = {0x8188, 0x8189, 0x818a, 0x818b};
  for (size_t i = 0; i < 4; i++)
    cr_expect_eq(tw_event_alias_of(i)->event, events[i]);
  cr_expect_eq(tw_event_alias_of(4), NULL);
}

// -- gaps --

enum { MANY = 1000 };

/// The gaps of accesses with `instructions` between them at `rate`, summed but for the first; the largest in `most`.
static uint64_t sum_of_gaps(uint32_t rate, uint16_t instructions, uint16_t *most) {
  const tw_issue issue = {.mode = TW_ISSUE_OVERLAPPED, .window = 16, .rate = rate};
  uint64_t va[MANY] = {0}, sum = 0;
  uint8_t info[MANY] = {0};
  uint16_t gap[MANY];
  for (size_t i = 0; i < MANY; i++)
    gap[i] = instructions;
  const tw_batch batch = {.count = MANY, .va = va, .info = info, .gap = gap, .first = 7};
  tw_overlap overlap;
  tw_error error;
  cr_assert_eq(tw_overlap_open(&overlap, &issue, &error), 0);
  cr_expect_eq(tw_overlap_gather(&overlap, &issue, &batch, 1), MANY - 1);
  cr_expect_eq(overlap.first, 8);
  cr_expect_eq(overlap.requests[MANY - 2].id, 7 + MANY - 1);
  *most = 0;
  for (size_t i = 0; i < overlap.count; i++) {
    sum += overlap.gaps[i];
    *most = overlap.gaps[i] > *most ? overlap.gaps[i] : *most;
  }
  tw_overlap_close(&overlap);
  return sum;
}

Test(overlap, gaps_keep_the_rate_on_the_whole) {
  uint16_t most;
  cr_expect_eq(sum_of_gaps(4000, 1, &most), (MANY - 1) / 4);
  cr_expect_eq(most, 1);
  cr_expect_eq(sum_of_gaps(2500, 8, &most), (MANY - 1) * 8 * 10 / 25);
  cr_expect_eq(most, 4);
  cr_expect_eq(sum_of_gaps(0, 8, &most), 0);
  sum_of_gaps(1, 60000, &most);
  cr_expect_eq(most, UINT16_MAX);
}

Test(overlap, no_more_than_its_room_is_taken) {
  const tw_issue issue = {.mode = TW_ISSUE_OVERLAPPED, .window = 1};
  enum { ALL = TW_OVERLAP_MOST + 5 };
  uint64_t *va = calloc(ALL, sizeof *va);
  uint8_t *info = calloc(ALL, sizeof *info);
  uint16_t *gap = calloc(ALL, sizeof *gap);
  const tw_batch batch = {.count = ALL, .va = va, .info = info, .gap = gap};
  tw_overlap overlap;
  tw_error error;
  cr_assert_eq(tw_overlap_open(&overlap, &issue, &error), 0);
  cr_expect_eq(tw_overlap_gather(&overlap, &issue, &batch, 0), TW_OVERLAP_MOST);
  cr_expect_eq(tw_overlap_gather(&overlap, &issue, &batch, TW_OVERLAP_MOST), 0);
  tw_overlap_close(&overlap);
  free(va);
  free(info);
  free(gap);
}

Test(overlap, a_window_out_of_range_is_refused) {
  const tw_issue issue = {.mode = TW_ISSUE_PHASE, .window = TW_WINDOW_MAX + 1};
  tw_overlap overlap;
  tw_error error = {""};
  cr_expect_eq(tw_overlap_open(&overlap, &issue, &error), -1);
  cr_expect_str_eq(error.text, "overlapped accesses: found a window of 257, expected 1 to 256");
}

Test(overlap, a_chase_depends) {
  cr_expect(tw_pattern_depends("chase"));
  cr_expect_not(tw_pattern_depends("seq"));
  cr_expect_not(tw_pattern_depends("rand"));
}
