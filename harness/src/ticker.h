// Shows that time passes while something runs that has no callback: a thread redraws the progress line.
#ifndef HARNESS_TICKER_H
#define HARNESS_TICKER_H

#include "progress.h"

#include <pthread.h>
#include <stdatomic.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_ticker {
  tw_progress progress;
  const char *label;
  atomic_bool done;
  bool running;
  pthread_t thread;
} tw_ticker;

/// `label` stays the caller's until the ticker stops.
void tw_ticker_start(tw_ticker *ticker, const char *label, bool quiet);
void tw_ticker_stop(tw_ticker *ticker);

#ifdef __cplusplus
}
#endif
#endif
