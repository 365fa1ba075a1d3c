// Imports, beside the bare decompressor of the same file: accesses a second, read alone and written to a container too.
// Reading is one thread and counts its own time; an import has two: what both take, and what passes, which is less on
// two free processors.
#define _POSIX_C_SOURCE 200809L
#include "import.h"

#include "figure.h"
#include "foreign_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REPEATS = 5, INSTRUCTIONS = 2000000, FEW = INSTRUCTIONS / 8 };
static const double GOAL = 20; // M accesses a second

static const foreign_file files[] = {
    {"champsim.trace", TW_FOREIGN_CHAMPSIM, PACK_NONE, INSTRUCTIONS},
    {"champsim.trace.gz", TW_FOREIGN_CHAMPSIM, PACK_GZIP, INSTRUCTIONS},
    {"champsim.trace.xz", TW_FOREIGN_CHAMPSIM, PACK_XZ, INSTRUCTIONS},
    {"dynamorio.memtrace", TW_FOREIGN_DYNAMORIO, PACK_NONE, INSTRUCTIONS},
    {"dynamorio.memtrace.zip", TW_FOREIGN_DYNAMORIO, PACK_ZIP, INSTRUCTIONS},
};
enum { FILES = sizeof files / sizeof *files };

/// Seconds, the best of several; accesses.
typedef struct import_times {
  double bare, read;
  double import, passed; ///< of both threads; by the wall
  uint64_t accesses;
} import_times;

static int read_trace(tw_foreign_format format, const char *path, uint64_t *accesses, tw_error *error) {
  const tw_mapping_policy policy = tw_mapping_policy_usual();
  tw_trace *trace = tw_trace_open_foreign(path, format, &policy, TW_TRACE_PA | TW_TRACE_GAPS, error);
  if (!trace)
    return -1;
  tw_batch batch;
  int got;
  for (*accesses = 0; (got = tw_trace_next(trace, &batch, error)) > 0;)
    *accesses += batch.count;
  tw_trace_close(trace);
  return got;
}

static void keep_least(double *best, double seconds) {
  if (*best == 0 || seconds < *best)
    *best = seconds;
}

static int run_turn(const foreign_file *file, const char *path, import_times *times, tw_error *error) {
  char output[1100];
  const tw_mapping_policy policy = tw_mapping_policy_usual();
  const tw_foreign_source source = {.inputs = &path, .count = 1, .format = file->format, .policy = &policy};
  snprintf(output, sizeof output, "%s.twt", path);
  double start = figure_now();
  if (foreign_file_read(file, path) == 0)
    return tw_fail(error, "%s: can't be read", path);
  keep_least(&times->bare, figure_now() - start);
  start = figure_now();
  if (read_trace(file->format, path, &times->accesses, error) < 0)
    return -1;
  keep_least(&times->read, figure_now() - start);
  start = figure_now();
  double wall = figure_wall();
  int status = tw_trace_import_foreign(&source, output, NULL, error);
  keep_least(&times->import, figure_now() - start);
  keep_least(&times->passed, figure_wall() - wall);
  unlink(output);
  return status;
}

static void print(const char *name, const char *against, figure f) {
  snprintf(f.name, sizeof f.name, "%s; %s", name, against);
  f.unit = "M/s";
  figure_print(&f);
}

static int bench_file(const foreign_file *file, const char *folder, tw_error *error) {
  char path[1024];
  import_times times = {0};
  if (foreign_file_make(file, folder, path, error) < 0)
    return -1;
  for (int i = 0; i < REPEATS; i++)
    if (run_turn(file, path, &times, error) < 0)
      return -1;
  double millions = (double)times.accesses / 1e6;
  print(file->name, "read, in accesses; its bytes read alone",
        (figure){.value = millions / times.read, .reference = millions / times.bare, .goal = GOAL});
  print(file->name, "imported, the time of both threads; read",
        (figure){.value = millions / times.import, .reference = millions / times.read});
  print(file->name, "imported, by the clock; read",
        (figure){.value = millions / times.passed, .reference = millions / times.read, .goal = GOAL});
  return 0;
}

// ---- memory: each reading in a process of its own ----

static double peak_mib(const char *program, const foreign_file *file, const char *path) {
  char command[2200];
  snprintf(command, sizeof command, "'%s' --import %s '%s'", program, tw_foreign_name(file->format), path);
  return figure_peak(command);
}

static int bench_memory(const char *program, const foreign_file *file, const char *folder, tw_error *error) {
  char lengthy[1024], brief[1024], name[64];
  foreign_file few = *file;
  snprintf(name, sizeof name, "few-%s", file->name);
  few.name = name;
  few.instructions = FEW;
  if (foreign_file_make(file, folder, lengthy, error) < 0 || foreign_file_make(&few, folder, brief, error) < 0)
    return -1;
  figure f = {.value = peak_mib(program, file, lengthy), .unit = "MiB", .reference = peak_mib(program, &few, brief)};
  snprintf(f.name, sizeof f.name, "%s, peak memory; an eighth of it", file->name);
  figure_print(&f);
  return 0;
}

int import_print_peak(const char *name, const char *path) {
  tw_error error;
  uint64_t accesses;
  unsigned format = 0;
  while (tw_foreign_name(format) && strcmp(tw_foreign_name(format), name) != 0)
    format++;
  if (read_trace((tw_foreign_format)format, path, &accesses, &error) < 0) {
    fprintf(stderr, "bench: %s\n", error.text);
    return 2;
  }
  figure_print_peak();
  return 0;
}

int import_bench(const char *program, const char *folder, tw_error *error) {
  for (size_t i = 0; i < FILES; i++)
    if (bench_file(&files[i], folder, error) < 0)
      return -1;
  for (size_t i = 0; i < FILES; i++)
    if (files[i].packing != PACK_NONE && bench_memory(program, &files[i], folder, error) < 0)
      return -1;
  return 0;
}
