// A thread that redraws the progress line.
#define _POSIX_C_SOURCE 200809L
#include "ticker.h"

#include <time.h>

static void *tick(void *context) {
  tw_ticker *ticker = context;
  while (!atomic_load(&ticker->done)) {
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    tw_progress_show(&ticker->progress, ticker->label, 0, 0, 0);
  }
  return NULL;
}

void tw_ticker_start(tw_ticker *ticker, const char *label, bool quiet) {
  tw_progress_start(&ticker->progress, quiet);
  ticker->label = label;
  atomic_init(&ticker->done, false);
  ticker->running = ticker->progress.on && pthread_create(&ticker->thread, NULL, tick, ticker) == 0;
}

void tw_ticker_stop(tw_ticker *ticker) {
  atomic_store(&ticker->done, true);
  if (ticker->running)
    pthread_join(ticker->thread, NULL);
  tw_progress_end(&ticker->progress);
}
