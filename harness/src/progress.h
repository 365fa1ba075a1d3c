// A progress bar on standard error for what takes more than a second, on a terminal alone.
#ifndef HARNESS_PROGRESS_H
#define HARNESS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_progress {
  double started, shown; ///< seconds of the monotonic clock
  bool on;               ///< standard error is a terminal, and nobody asked for quiet
  bool drawn;            ///< a line stands there now
} tw_progress;

void tw_progress_start(tw_progress *progress, bool quiet);
/// Show how far `label` is: `done` of `total` parts (0: unknown, no bar) and how much was worked through. Cheap: most
/// calls only look at the clock.
void tw_progress_show(tw_progress *progress, const char *label, uint64_t done, uint64_t total, uint64_t accesses);
/// Take the line away, before anything else is printed.
void tw_progress_end(tw_progress *progress);

/// Seconds of the monotonic clock.
double tw_seconds(void);

#ifdef __cplusplus
}
#endif
#endif
