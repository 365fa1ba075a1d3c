// Derived metrics by the names that Arm's core telemetry specifications give them, and the PMU's events that have a
// second name.
#ifndef HARNESS_METRICS_H
#define HARNESS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <tablewalk/counters.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_metric {
  const char *name; ///< "dtlb_walk_ratio"
  const char *unit; ///< "misses per 1000 instructions", "walks per access" ...
  bool alias;       ///< another name of a metric before it
  bool known;       ///< false: nothing to divide by (no such accesses, or no instruction counts)
  double value;
} tw_metric;

/// Metric `index` of a run with so many `instructions` (0: not counted); false: there are no more.
bool tw_metric_of(size_t index, const tw_counters *counters, uint64_t instructions, tw_metric *metric);

/// A second name and number of an event.
typedef struct tw_event_alias {
  const char *name; ///< "DTLB_WALK_BLOCK"
  uint16_t event;
  tw_counter counter;
} tw_event_alias;
/// NULL: there are no more.
const tw_event_alias *tw_event_alias_of(size_t index);

#ifdef __cplusplus
}
#endif
#endif
