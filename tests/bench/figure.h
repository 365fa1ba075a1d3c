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
/// The peak of memory of another run of this program, in MiB: `command` prints it by figure_print_peak. 0: it failed.
double figure_peak(const char *command);
/// Print this process's peak of memory, in KiB.
void figure_print_peak(void);
void figure_heading(void);
void figure_print(const figure *f);

#endif
