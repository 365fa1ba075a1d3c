// Each metric is one counter over another, or over the instructions.
#include "metrics.h"

typedef struct ratio {
  const char *name, *unit;
  uint8_t part, whole; // tw_counter; whole TW_COUNTER_COUNT: thousands of instructions
  bool alias;
} ratio;

#define PER_ACCESS(part, whole) "per access", TW_COUNTER_##part, TW_COUNTER_##whole, false
#define ALIAS(part, whole) "per access", TW_COUNTER_##part, TW_COUNTER_##whole, true
#define READS_A_WALK(part, whole) "reads a walk", TW_COUNTER_##part, TW_COUNTER_##whole, false
#define CYCLES_A_WALK(part, whole) "cycles a walk", TW_COUNTER_##part, TW_COUNTER_##whole, false
#define MPKI(part) "per 1000 instructions", TW_COUNTER_##part, TW_COUNTER_COUNT, false

static const ratio ratios[] = {
    {"dtlb_mpki", MPKI(DTLB_WALK)},
    {"itlb_mpki", MPKI(ITLB_WALK)},
    {"l1d_tlb_mpki", MPKI(L1D_TLB_REFILL)},
    {"l1i_tlb_mpki", MPKI(L1I_TLB_REFILL)},
    {"l2_tlb_mpki", MPKI(L2D_TLB_REFILL)},
    {"dtlb_walk_ratio", PER_ACCESS(DTLB_WALK, L1D_TLB)},
    {"itlb_walk_ratio", PER_ACCESS(ITLB_WALK, L1I_TLB)},
    {"l1d_tlb_miss_ratio", PER_ACCESS(L1D_TLB_REFILL, L1D_TLB)},
    {"l1i_tlb_miss_ratio", PER_ACCESS(L1I_TLB_REFILL, L1I_TLB)},
    {"l2_tlb_miss_ratio", PER_ACCESS(L2D_TLB_REFILL, L2D_TLB)},
    {"dtlb_walk_average_depth", READS_A_WALK(DTLB_STEP, DTLB_WALK)},
    {"itlb_walk_average_depth", READS_A_WALK(ITLB_STEP, ITLB_WALK)},
    {"dtlb_walk_average_latency", CYCLES_A_WALK(DTLB_WALK_PERCYC, DTLB_WALK)},
    {"itlb_walk_average_latency", CYCLES_A_WALK(ITLB_WALK_PERCYC, ITLB_WALK)},
    {"dtlb_walk_large_ratio", PER_ACCESS(DTLB_WALK_LARGE, L1D_TLB)},
    {"dtlb_walk_small_ratio", PER_ACCESS(DTLB_WALK_SMALL, L1D_TLB)},
    {"dtlb_walk_block_ratio", ALIAS(DTLB_WALK_LARGE, L1D_TLB)},
    {"dtlb_walk_page_ratio", ALIAS(DTLB_WALK_SMALL, L1D_TLB)},
    {"itlb_walk_large_ratio", PER_ACCESS(ITLB_WALK_LARGE, L1I_TLB)},
    {"itlb_walk_small_ratio", PER_ACCESS(ITLB_WALK_SMALL, L1I_TLB)},
    {"itlb_walk_block_ratio", ALIAS(ITLB_WALK_LARGE, L1I_TLB)},
    {"itlb_walk_page_ratio", ALIAS(ITLB_WALK_SMALL, L1I_TLB)},
};

bool tw_metric_of(size_t index, const tw_counters *counters, uint64_t instructions, tw_metric *metric) {
  if (index >= sizeof ratios / sizeof *ratios)
    return false;
  const ratio *r = &ratios[index];
  bool per_kilo = r->whole == TW_COUNTER_COUNT;
  double whole = per_kilo ? (double)instructions / 1000 : (double)counters->value[r->whole];
  *metric = (tw_metric){.name = r->name, .unit = r->unit, .alias = r->alias, .known = whole > 0};
  if (metric->known)
    metric->value = (double)counters->value[r->part] / whole;
  return true;
}

const tw_event_alias *tw_event_alias_of(size_t index) {
  static const tw_event_alias aliases[] = {
      {"DTLB_WALK_BLOCK", 0x8188, TW_COUNTER_DTLB_WALK_LARGE},
      {"ITLB_WALK_BLOCK", 0x8189, TW_COUNTER_ITLB_WALK_LARGE},
      {"DTLB_WALK_PAGE", 0x818a, TW_COUNTER_DTLB_WALK_SMALL},
      {"ITLB_WALK_PAGE", 0x818b, TW_COUNTER_ITLB_WALK_SMALL},
  };
  return index < sizeof aliases / sizeof *aliases ? &aliases[index] : NULL;
}
