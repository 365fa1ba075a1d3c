// The bar is drawn from the second second on, ten times a second at most.
#define _POSIX_C_SOURCE 200809L
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { BAR = 24 };

double tw_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void tw_progress_start(tw_progress *progress, bool quiet) {
  double now = tw_seconds();
  *progress = (tw_progress){.started = now, .shown = now, .on = !quiet && isatty(STDERR_FILENO)};
}

static void draw_bar(uint64_t done, uint64_t total) {
  char bar[BAR + 1];
  uint64_t filled = done >= total ? BAR : done * BAR / total;
  for (unsigned i = 0; i < BAR; i++)
    bar[i] = i < filled ? '#' : '.';
  bar[BAR] = 0;
  fprintf(stderr, " [%s]", bar);
}

void tw_progress_show(tw_progress *progress, const char *label, uint64_t done, uint64_t total, uint64_t accesses) {
  if (!progress->on)
    return;
  double now = tw_seconds();
  if (now - progress->started < 1 || now - progress->shown < 0.1)
    return;
  progress->shown = now;
  progress->drawn = true;
  fprintf(stderr, "\r\033[K%.60s", label);
  if (total)
    draw_bar(done, total);
  if (accesses)
    fprintf(stderr, " %.1f M accesses, %.1f M/s", (double)accesses * 1e-6,
            (double)accesses * 1e-6 / (now - progress->started));
  else
    fprintf(stderr, " %.0f s", now - progress->started);
  fflush(stderr);
}

void tw_progress_end(tw_progress *progress) {
  if (progress->drawn)
    fputs("\r\033[K", stderr);
  progress->drawn = false;
}
