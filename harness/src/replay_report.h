// What a played trace came to, as a line of a table and as JSON.
#ifndef HARNESS_REPLAY_REPORT_H
#define HARNESS_REPLAY_REPORT_H

#include "table.h"

#include <harness/replay.h>
#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_played {
  const char *name; ///< the trace's path, or "total"
  tw_replay_result result;
  tw_counters counters; ///< of this trace alone
  tw_compared compared; ///< in lockstep; of this trace alone
  double seconds;       ///< of host time
} tw_played;

extern const char tw_played_headings[];
extern const char tw_tables_headings[];

enum { TW_ROW_TEXT = 4096 };
/// Of the CSV: the table's columns, then the metrics.
void tw_played_csv_headings(char text[TW_ROW_TEXT]);
void tw_played_csv_row(tw_table *table, const tw_played *played);

extern const char tw_metrics_headings[];
/// The PMU's derived metrics, a row each, those that are another's alias left out.
void tw_metrics_rows(tw_table *table, const tw_played *played);
extern const char tw_counters_headings[];
/// All events, a row each.
void tw_counters_rows(tw_table *table, const tw_counters *counters);

void tw_played_row(tw_table *table, const tw_played *played);
/// The mappings of both formats: a row each.
void tw_tables_rows(tw_table *table, const tw_played *played);
/// "arm", "x86-64" or "x86-64-la57": the tables of a replay with so many levels of x86-64.
const char *tw_tables_name(unsigned levels);
json_t *tw_played_json(const tw_played *played, bool lockstep);
/// `sum` and what `part` has.
void tw_played_add(tw_played *sum, const tw_played *part);
json_t *tw_compared_json(const tw_compared *compared);
/// The counters under the PMU's names: {"L1D_TLB": {"event": "0x0025", "value": n}, ...}.
json_t *tw_counters_json(const tw_counters *counters);
/// a - b, counter by counter.
tw_counters tw_counters_since(const tw_counters *a, const tw_counters *b);
tw_compared tw_compared_since(const tw_compared *a, const tw_compared *b);

#ifdef __cplusplus
}
#endif
#endif
