#define _POSIX_C_SOURCE 200809L
#include "figure.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

static double seconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double figure_now(void) { return seconds(CLOCK_PROCESS_CPUTIME_ID); }

double figure_wall(void) { return seconds(CLOCK_MONOTONIC); }

double figure_peak(const char *command) {
  FILE *in = popen(command, "r");
  long kib = 0;
  int got = in ? fscanf(in, "%ld", &kib) : 0;
  if (in && pclose(in) != 0)
    return 0;
  return got == 1 ? (double)kib / 1024 : 0;
}

void figure_print_peak(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("%ld\n", usage.ru_maxrss);
}

void figure_heading(void) {
  printf("%-66s %9s %-10s %10s %7s  %6s  %5s\n", "figure; reference", "value", "unit", "reference", "ratio", "goal",
         "share");
}

void figure_print(const figure *f) {
  printf("%-66s %9.2f %-10s", f->name, f->value, f->unit);
  if (f->reference > 0)
    printf(" %10.2f %7.3f", f->reference, f->value / f->reference);
  else
    printf(" %10s %7s", "-", "-");
  if (f->goal > 0)
    printf("  %6.1f", f->goal);
  if (f->share > 0)
    printf("  %5.2f", f->share);
  putchar('\n');
  fflush(stdout);
}
