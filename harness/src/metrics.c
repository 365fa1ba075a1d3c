// Each metric is one counter over another, or over the instructions.
#include "metrics.h"

typedef struct ratio {
  const char *name, *unit;
  uint8_t part, whole; // tw_counter; whole TW_COUNTER_COUNT: thousands of instructions
  bool alias;
} ratio;

#define RATIO(name_, unit_, part_, whole_, alias_)                                                                     \
  { .name = name_, .unit = unit_, .part = TW_COUNTER_##part_, .whole = TW_COUNTER_##whole_, .alias = alias_ }
#define PER_ACCESS(name, part, whole) RATIO(name, "per access", part, whole, false)
#define ALIAS(name, part, whole) RATIO(name, "per access", part, whole, true)
#define PER_WALK(name, unit, part, whole) RATIO(name, unit, part, whole, false)
#define MPKI(name, part) RATIO(name, "per 1000 instructions", part, COUNT, false)

static const ratio ratios[] = {
    MPKI("dtlb_mpki", DTLB_WALK),
    MPKI("itlb_mpki", ITLB_WALK),
    MPKI("l1d_tlb_mpki", L1D_TLB_REFILL),
    MPKI("l1i_tlb_mpki", L1I_TLB_REFILL),
    MPKI("l2_tlb_mpki", L2D_TLB_REFILL),
    PER_ACCESS("dtlb_walk_ratio", DTLB_WALK, L1D_TLB),
    PER_ACCESS("itlb_walk_ratio", ITLB_WALK, L1I_TLB),
    PER_ACCESS("l1d_tlb_miss_ratio", L1D_TLB_REFILL, L1D_TLB),
    PER_ACCESS("l1i_tlb_miss_ratio", L1I_TLB_REFILL, L1I_TLB),
    PER_ACCESS("l2_tlb_miss_ratio", L2D_TLB_REFILL, L2D_TLB),
    PER_WALK("dtlb_walk_average_depth", "reads a walk", DTLB_STEP, DTLB_WALK),
    PER_WALK("itlb_walk_average_depth", "reads a walk", ITLB_STEP, ITLB_WALK),
    PER_WALK("dtlb_walk_average_latency", "cycles a walk", DTLB_WALK_PERCYC, DTLB_WALK),
    PER_WALK("itlb_walk_average_latency", "cycles a walk", ITLB_WALK_PERCYC, ITLB_WALK),
    PER_ACCESS("dtlb_walk_large_ratio", DTLB_WALK_LARGE, L1D_TLB),
    PER_ACCESS("dtlb_walk_small_ratio", DTLB_WALK_SMALL, L1D_TLB),
    ALIAS("dtlb_walk_block_ratio", DTLB_WALK_LARGE, L1D_TLB),
    ALIAS("dtlb_walk_page_ratio", DTLB_WALK_SMALL, L1D_TLB),
    PER_ACCESS("itlb_walk_large_ratio", ITLB_WALK_LARGE, L1I_TLB),
    PER_ACCESS("itlb_walk_small_ratio", ITLB_WALK_SMALL, L1I_TLB),
    ALIAS("itlb_walk_block_ratio", ITLB_WALK_LARGE, L1I_TLB),
    ALIAS("itlb_walk_page_ratio", ITLB_WALK_SMALL, L1I_TLB),
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
