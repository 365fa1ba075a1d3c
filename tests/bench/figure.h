// A line of the bench: a figure beside its reference; and the clock that all of them are measured by.
#ifndef BENCH_FIGURE_H
#define BENCH_FIGURE_H

typedef struct figure {
  char name[96];
  double value;
  const char *unit;
  double reference, goal, share; ///< the goals for value and ratio; 0: none
} figure;

/// The process's own time in seconds: all that is measured runs in one thread, and whatever else the machine does
/// counts less.
double figure_now(void);
void figure_heading(void);
void figure_print(const figure *f);

#endif
