// A line of the bench: a figure beside its reference; and the clock that all of them are measured by.
#ifndef BENCH_FIGURE_H
#define BENCH_FIGURE_H

typedef struct figure {
  char name[96];
  double value;
  const char *unit;
  double reference, goal, share; ///< the goals for value and ratio; 0: none
} figure;

/// The process's own time in seconds: of what runs in one thread. Whatever else the machine does counts less.
double figure_now(void);
/// Seconds by the clock on the wall: of what runs in several threads.
double figure_wall(void);
void figure_heading(void);
void figure_print(const figure *f);

#endif
