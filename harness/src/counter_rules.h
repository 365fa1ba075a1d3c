// What must hold between the counters whenever nothing is under way (rtl/README.md, *Counters*).
#ifndef HARNESS_COUNTER_RULES_H
#define HARNESS_COUNTER_RULES_H

#include <tablewalk/counters.h>
#include <traces/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/// 0; -1 and `error`, which names the first rule that does not hold and both of its sides. For a difference of counters
/// too, when nothing was under way at either end.
int tw_counters_check(const tw_counters *counters, tw_error *error);

#ifdef __cplusplus
}
#endif
#endif
