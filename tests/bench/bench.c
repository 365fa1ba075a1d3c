// tablewalk's bench: how fast captures are replayed, beside bare references on the same addresses. A line a figure:
// name, value, unit, the reference's value, ratio, and the goal where there is one. It reports; it asserts nothing.
//
//   bench FOLDER CAPTURE      generated containers go to FOLDER
//   bench --replay CONTAINER  replay once and print the peak of memory in KiB (used by the bench itself)
#define _POSIX_C_SOURCE 200809L
#include "reference.h"
#include "stream.h"

#include <harness/core.h>
#include <harness/engine.h>
#include <harness/replay.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { REPEATS = 3, ADDRESSES_MAX = 16 << 20 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

typedef struct figure {
  char name[96];
  double value;
  const char *unit;
  double reference, goal; ///< 0: none
} figure;

static void print_figure(const figure *f) {
  printf("%-66s %9.2f %-10s", f->name, f->value, f->unit);
  if (f->reference > 0)
    printf(" %10.2f %7.3f", f->reference, f->value / f->reference);
  else
    printf(" %10s %7s", "-", "-");
  if (f->goal > 0)
    printf("  %6.1f", f->goal);
  putchar('\n');
  fflush(stdout);
}

// -- replay --

typedef struct replay_speed {
  double seconds;
  uint64_t accesses, cycles;
} replay_speed;

typedef struct setup {
  tw_engine_kind kind;
  bool data_traffic;
} setup;

static const setup model_alone = {TW_ENGINE_MODEL, false}, model_with_data = {TW_ENGINE_MODEL, true},
                   lockstep = {TW_ENGINE_LOCKSTEP, true};

static int replay_once(const setup *setup, const char *path, replay_speed *speed, tw_error *error) {
  tw_core core;
  if (tw_core_load("neoverse-n1", &core, error))
    return -1;
  core.memory.data_traffic = setup->data_traffic;
  const tw_engine_options options = {.kind = setup->kind};
  tw_engine *engine = tw_engine_open(&core, &options, error);
  if (!engine)
    return -1;
  const tw_replay_options plain = {0};
  tw_replay_result result;
  double start = now();
  int failed = tw_replay(engine, path, &plain, &result, error);
  if (!failed && setup->kind == TW_ENGINE_LOCKSTEP)
    failed = tw_engine_finish(engine, error);
  *speed = (replay_speed){.seconds = now() - start, .accesses = result.accesses, .cycles = result.cycles};
  tw_engine_close(engine);
  return failed;
}

static int replay_best(const setup *setup, const char *path, int repeats, replay_speed *best, tw_error *error) {
  for (int i = 0; i < repeats; ++i) {
    replay_speed speed;
    if (replay_once(setup, path, &speed, error))
      return -1;
    if (i == 0 || speed.seconds < best->seconds)
      *best = speed;
  }
  return 0;
}

// -- references, in millions of addresses a second --

static double speed_of(uint64_t (*reference)(const uint64_t *, size_t), const uint64_t *addresses, size_t count) {
  double best = 0;
  volatile uint64_t used = 0;
  for (int i = 0; i < REPEATS; ++i) {
    double start = now();
    used = reference(addresses, count);
    double speed = (double)count / (now() - start) / 1e6;
    best = speed > best ? speed : best;
  }
  (void)used;
  return best;
}

static double decode_speed(const char *path, size_t count, tw_error *error) {
  double best = 0;
  for (int i = 0; i < REPEATS; ++i) {
    uint64_t sum = 0;
    double start = now();
    if (stream_decode(path, &sum, error))
      return -1.0;
    double speed = (double)count / (now() - start) / 1e6;
    best = speed > best ? speed : best;
  }
  return best;
}

static void print_replay(const char *name, const char *against, figure f) {
  f.unit = "M/s";
  snprintf(f.name, sizeof f.name, "replay, %s; %s", name, against);
  print_figure(&f);
}

static int bench_replay(const char *name, const char *path, double goal, tw_error *error) {
  size_t count;
  uint64_t *addresses = stream_load(path, ADDRESSES_MAX, &count, error);
  if (!addresses)
    return -1;
  double sum = speed_of(reference_sum, addresses, count), hash = speed_of(reference_hash_tlb, addresses, count);
  free(addresses);
  replay_speed best, with_data;
  double decode = decode_speed(path, count, error);
  if (decode < 0 || replay_best(&model_alone, path, REPEATS, &best, error) ||
      replay_best(&model_with_data, path, REPEATS, &with_data, error))
    return -1;
  double speed = (double)best.accesses / best.seconds / 1e6;
  print_replay(name, "a hash TLB loop", (figure){.value = speed, .reference = hash, .goal = goal});
  print_replay(name, "streaming the addresses", (figure){.value = speed, .reference = sum});
  double data_speed = (double)with_data.accesses / with_data.seconds / 1e6;
  print_replay(name, "data in caches; without", (figure){.value = data_speed, .reference = speed});
  print_replay(name, "decoding alone; streaming the addresses", (figure){.value = decode, .reference = sum});
  return 0;
}

// -- lockstep --

static int bench_lockstep(const char *name, const char *path, tw_error *error) {
  replay_speed both, model;
  if (replay_best(&lockstep, path, 1, &both, error) || replay_best(&model_with_data, path, 1, &model, error))
    return -1;
  figure f = {.value = (double)both.cycles / both.seconds / 1e6,
              .unit = "M cycles/s",
              .reference = (double)model.cycles / model.seconds / 1e6,
              .goal = 1.5};
  snprintf(f.name, sizeof f.name, "lockstep, %s; the model alone", name);
  print_figure(&f);
  return 0;
}

// -- memory: each replay in a process of its own --

static double peak_mib(const char *program, const char *path) {
  char command[2200];
  snprintf(command, sizeof command, "'%s' --replay '%s'", program, path);
  FILE *in = popen(command, "r");
  long kib = 0;
  int got = in ? fscanf(in, "%ld", &kib) : 0;
  if (in && pclose(in) != 0)
    return 0;
  return got == 1 ? (double)kib / 1024 : 0;
}

static int print_own_peak(const char *path) {
  tw_error error;
  replay_speed speed;
  struct rusage usage;
  if (replay_once(&model_with_data, path, &speed, &error)) {
    fprintf(stderr, "bench: %s\n", error.text);
    return 2;
  }
  getrusage(RUSAGE_SELF, &usage);
  printf("%ld\n", usage.ru_maxrss);
  return 0;
}

// -- all --

enum { ALL_HIT, L2_HIT, WALKS, SEQUENTIAL, WALKS_SHORT, WALKS_LONG, LOCK_HIT, LOCK_WALK, STREAMS };

static const stream streams[STREAMS] = {
    [ALL_HIT] = {"all-hit", STREAM_RANDOM, 32, 16000000},
    [L2_HIT] = {"l2-hit", STREAM_RANDOM, 600, 8000000},
    [WALKS] = {"walks", STREAM_RANDOM, STREAM_PAGES_MAX, 4000000},
    [SEQUENTIAL] = {"sequential", STREAM_SEQUENTIAL, STREAM_PAGES_MAX, 16000000},
    [WALKS_SHORT] = {"walks-short", STREAM_RANDOM, STREAM_PAGES_MAX, 1000000},
    [WALKS_LONG] = {"walks-long", STREAM_RANDOM, STREAM_PAGES_MAX, 8000000},
    [LOCK_HIT] = {"lockstep-hit", STREAM_RANDOM, 32, 4000000},
    [LOCK_WALK] = {"lockstep-walk", STREAM_RANDOM, STREAM_PAGES_MAX, 100000},
};

static int run(const char *program, const char *folder, const char *capture, tw_error *error) {
  char paths[STREAMS][1024];
  for (int i = 0; i < STREAMS; ++i)
    if (stream_make(&streams[i], folder, paths[i], error))
      return -1;
  printf("%-66s %9s %-10s %10s %7s  %6s\n", "figure; reference", "value", "unit", "reference", "ratio", "goal");
  if (bench_replay("all-hit, 32 pages", paths[ALL_HIT], 100, error) ||
      bench_replay("L2-hit, 600 pages", paths[L2_HIT], 25, error) ||
      bench_replay("random walks, 4 GiB", paths[WALKS], 6, error) ||
      bench_replay("sequential, 64 B", paths[SEQUENTIAL], 0, error) ||
      bench_replay("a real capture", capture, 0, error) || bench_lockstep("all-hit", paths[LOCK_HIT], error) ||
      bench_lockstep("random walks", paths[LOCK_WALK], error))
    return -1;
  figure f = {.name = "peak memory, 8 M walks; 1 M walks",
              .value = peak_mib(program, paths[WALKS_LONG]),
              .unit = "MiB",
              .reference = peak_mib(program, paths[WALKS_SHORT])};
  print_figure(&f);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "--replay") == 0)
    return print_own_peak(argv[2]);
  if (argc != 3) {
    fprintf(stderr, "Usage: %s FOLDER CAPTURE\n", argv[0]);
    return 2;
  }
  tw_error error;
  if (run(argv[0], argv[1], argv[2], &error)) {
    fprintf(stderr, "bench: %s\n", error.text);
    return 2;
  }
  return 0;
}
