// tablewalk's bench: how fast captures are replayed, beside bare references on the same addresses. A line a figure:
// name, value, unit, the reference's value, ratio, and the goals for value and ratio where there are any. It reports;
// it asserts nothing but that the bare replay finds the physical addresses that the generated tables say.
//
//   bench [--only KEY] FOLDER CAPTURE [RAW...]  generated containers go to FOLDER; the raw captures are one more stream
//   bench --list                                the keys
//   bench --replay CONTAINER, bench --import FORMAT FILE  replay (read) once and print the peak of memory in KiB (used
//   by
//                                                         the bench itself)
#define _POSIX_C_SOURCE 200809L
#include "figure.h"
#include "import.h"
#include "reference.h"
#include "stream.h"
#include "tables.h"

#include <harness/core.h>
#include <harness/engine.h>
#include <harness/replay.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPEATS = 3, ADDRESSES_MAX = 16 << 20 };

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
  double start = figure_now();
  int failed = tw_replay(engine, path, &plain, &result, error);
  if (!failed && setup->kind == TW_ENGINE_LOCKSTEP)
    failed = tw_engine_finish(engine, error);
  *speed = (replay_speed){.seconds = figure_now() - start, .accesses = result.accesses, .cycles = result.cycles};
  tw_engine_close(engine);
  return failed;
}

static void keep_best(replay_speed *best, replay_speed speed) {
  if (best->seconds == 0 || speed.seconds < best->seconds)
    *best = speed;
}

// -- streams: the replay and its references take turns, so that all see the same machine; the best of each counts --

typedef struct stream_figure {
  const char *key, *name;
  double goal;    ///< M/s; 0: none
  bool generated; ///< by stream.c: the physical addresses are known
} stream_figure;

typedef struct stream_times {
  double sum, bare, ahead, decode; // M/s
  replay_speed model, with_data;
} stream_times;

static void keep_speed(double *best, double start, size_t count) {
  double speed = (double)count / (figure_now() - start) / 1e6;
  *best = speed > *best ? speed : *best;
}

static int check_bare(const char *name, const stream_data *data, const reference_result *found, tw_error *error) {
  uint64_t expected = 0;
  for (size_t i = 0; i < data->count; ++i)
    expected += data->addresses[i] - TABLES_VA + TABLES_PA;
  if (found->pa_sum == expected && found->unmapped == 0)
    return 0;
  return tw_fail(error, "bare replay, %s: found addresses whose sum is 0x%" PRIx64 ", expected 0x%" PRIx64, name,
                 found->pa_sum, expected);
}

static int run_bare(const stream_figure *f, const stream_data *data, stream_times *times, tw_error *error) {
  if (!data->tables)
    return 0;
  double start = figure_now();
  const reference_result plain = reference_replay(data);
  keep_speed(&times->bare, start, data->count);
  start = figure_now();
  const reference_result ahead = reference_replay_ahead(data);
  keep_speed(&times->ahead, start, data->count);
  if (!f->generated)
    return 0;
  return check_bare(f->name, data, &plain, error) || check_bare(f->name, data, &ahead, error) ? -1 : 0;
}

static int run_turn(const stream_figure *f, const char *path, const stream_data *data, stream_times *times,
                    tw_error *error) {
  volatile uint64_t used = 0;
  double start = figure_now();
  used = reference_sum(data->addresses, data->count);
  keep_speed(&times->sum, start, data->count);
  if (run_bare(f, data, times, error))
    return -1;
  uint64_t sum = 0;
  start = figure_now();
  if (stream_decode(path, &sum, error))
    return -1;
  keep_speed(&times->decode, start, data->count);
  replay_speed speed;
  if (replay_once(&model_alone, path, &speed, error))
    return -1;
  keep_best(&times->model, speed);
  if (replay_once(&model_with_data, path, &speed, error))
    return -1;
  keep_best(&times->with_data, speed);
  (void)used;
  return 0;
}

static void print_stream(const char *name, const char *against, figure f) {
  f.unit = "M/s";
  snprintf(f.name, sizeof f.name, "%s; %s", name, against);
  figure_print(&f);
}

static double rate(const replay_speed *speed) { return (double)speed->accesses / speed->seconds / 1e6; }

static int bench_stream(const stream_figure *f, const char *path, tw_error *error) {
  stream_data data;
  stream_times times = {0};
  if (stream_load(path, ADDRESSES_MAX, &data, error))
    return -1;
  int failed = 0;
  for (int i = 0; i < REPEATS && !failed; ++i)
    failed = run_turn(f, path, &data, &times, error);
  stream_unload(&data);
  if (failed)
    return -1;
  double model = rate(&times.model), bare = times.ahead > times.bare ? times.ahead : times.bare;
  print_stream(f->name, "the bare replay",
               (figure){.value = model, .reference = bare, .goal = f->goal, .share = f->goal > 0 ? 0.5 : 0});
  print_stream(f->name, "streaming the addresses", (figure){.value = model, .reference = times.sum});
  print_stream(f->name, "data in caches; without", (figure){.value = rate(&times.with_data), .reference = model});
  print_stream(f->name, "decoding alone; streaming the addresses",
               (figure){.value = times.decode, .reference = times.sum});
  print_stream(f->name, "bare replay, descriptors fetched ahead; not",
               (figure){.value = times.ahead, .reference = times.bare});
  return 0;
}

// -- lockstep --

static int bench_lockstep(const char *name, const char *path, tw_error *error) {
  replay_speed both, model;
  if (replay_once(&lockstep, path, &both, error) || replay_once(&model_with_data, path, &model, error))
    return -1;
  figure f = {.value = (double)both.cycles / both.seconds / 1e6,
              .unit = "M cycles/s",
              .reference = (double)model.cycles / model.seconds / 1e6,
              .goal = 2};
  snprintf(f.name, sizeof f.name, "lockstep, %s; the model alone", name);
  figure_print(&f);
  return 0;
}

// -- memory: each replay in a process of its own --

static double peak_mib(const char *program, const char *path) {
  char command[2200];
  snprintf(command, sizeof command, "'%s' --replay '%s'", program, path);
  return figure_peak(command);
}

static int print_own_peak(const char *path) {
  tw_error error;
  replay_speed speed;
  if (replay_once(&model_with_data, path, &speed, &error)) {
    fprintf(stderr, "bench: %s\n", error.text);
    return 2;
  }
  figure_print_peak();
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

static const stream_figure stream_figures[] = {
    [ALL_HIT] = {"all-hit", "all-hit, 32 pages", 200, true},
    [L2_HIT] = {"l2-hit", "L2-hit, 600 pages", 35, true},
    [WALKS] = {"walks", "random walks, 4 GiB", 12, true},
    [SEQUENTIAL] = {"sequential", "sequential, 64 B", 0, true},
};

static const stream_figure capture_figure = {"capture", "a capture of patterns", 0, false},
                           natural_figure = {"natural", "natural captures", 80, false};

static const char *const keys[] = {"all-hit",      "l2-hit",        "walks",  "sequential", "capture", "natural",
                                   "lockstep-hit", "lockstep-walk", "memory", "import",     "generate"};

typedef struct arguments {
  const char *program, *only, *folder, *capture;
  const char *const *raw;
  size_t raw_count;
} arguments;

static bool wanted(const arguments *a, const char *key) { return !a->only || strcmp(a->only, key) == 0; }

static int run_streams(const arguments *a, tw_error *error) {
  char path[1024];
  for (int i = ALL_HIT; i <= SEQUENTIAL; ++i)
    if (wanted(a, stream_figures[i].key) &&
        (stream_make(&streams[i], a->folder, path, error) || bench_stream(&stream_figures[i], path, error)))
      return -1;
  if (wanted(a, capture_figure.key) && bench_stream(&capture_figure, a->capture, error))
    return -1;
  if (!wanted(a, natural_figure.key) || a->raw_count == 0)
    return 0;
  return stream_import("natural", a->raw, a->raw_count, a->folder, path, error) ||
                 bench_stream(&natural_figure, path, error)
             ? -1
             : 0;
}

static int run_lockstep(const arguments *a, tw_error *error) {
  char path[1024];
  if (wanted(a, "lockstep-hit") &&
      (stream_make(&streams[LOCK_HIT], a->folder, path, error) || bench_lockstep("all-hit", path, error)))
    return -1;
  if (wanted(a, "lockstep-walk") &&
      (stream_make(&streams[LOCK_WALK], a->folder, path, error) || bench_lockstep("random walks", path, error)))
    return -1;
  return 0;
}

static int run_memory(const arguments *a, tw_error *error) {
  char brief[1024], lengthy[1024];
  if (!wanted(a, "memory"))
    return 0;
  if (stream_make(&streams[WALKS_SHORT], a->folder, brief, error) ||
      stream_make(&streams[WALKS_LONG], a->folder, lengthy, error))
    return -1;
  figure f = {.name = "peak memory, 8 M walks; 1 M walks",
              .value = peak_mib(a->program, lengthy),
              .unit = "MiB",
              .reference = peak_mib(a->program, brief)};
  figure_print(&f);
  return 0;
}

// -- workloads: the generator alone, and end to end without a file --

static int bench_generator(const char *label, const char *name, tw_error *error) {
  uint64_t sum = 0;
  double start = figure_now();
  if (stream_decode(name, &sum, error))
    return -1;
  figure f = {.value = 200 * 1048576e-6 / (figure_now() - start), .unit = "Macc/s", .goal = 300};
  snprintf(f.name, sizeof f.name, "generated: %s", label);
  figure_print(&f);
  return 0;
}

static int bench_billion(const arguments *a, tw_error *error) {
  static const char brief[] = "gen:pattern,region=linear,rodata=on,count=1m";
  static const char lengthy[] = "gen:pattern,region=linear,rodata=on,count=1g";
  replay_speed speed;
  if (replay_once(&model_alone, lengthy, &speed, error))
    return -1;
  const figure whole = {.name = "2^30 accesses, made and replayed without a file",
                        .value = (double)speed.accesses * 1e-6 / speed.seconds,
                        .unit = "Macc/s"};
  figure_print(&whole);
  const figure memory = {.name = "its peak memory; of 2^20 accesses",
                         .value = peak_mib(a->program, lengthy),
                         .unit = "MiB",
                         .reference = peak_mib(a->program, brief)};
  figure_print(&memory);
  return 0;
}

static int run_generate(const arguments *a, tw_error *error) {
  if (!wanted(a, "generate"))
    return 0;
  return bench_generator("linear map, seq", "gen:pattern,region=linear,pattern=seq,count=200m", error) ||
                 bench_generator("vmalloc, seq", "gen:pattern,pattern=seq,count=200m", error) ||
                 bench_generator("vmalloc, rand", "gen:pattern,pattern=rand,count=200m", error) ||
                 bench_billion(a, error)
             ? -1
             : 0;
}

static int run(const arguments *a, tw_error *error) {
  figure_heading();
  if (run_streams(a, error) || run_lockstep(a, error) || run_memory(a, error) || run_generate(a, error))
    return -1;
  return wanted(a, "import") ? import_bench(a->program, a->folder, error) : 0;
}

static bool is_key(const char *text) {
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; ++i)
    if (strcmp(text, keys[i]) == 0)
      return true;
  return false;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "--replay") == 0)
    return print_own_peak(argv[2]);
  if (argc == 4 && strcmp(argv[1], "--import") == 0)
    return import_print_peak(argv[2], argv[3]);
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; ++i)
      puts(keys[i]);
    return 0;
  }
  arguments a = {.program = argv[0]};
  int at = 1;
  if (argc > 3 && strcmp(argv[1], "--only") == 0 && is_key(argv[2])) {
    a.only = argv[2];
    at = 3;
  }
  if (argc - at < 2 || argv[at][0] == '-') {
    fprintf(stderr, "Usage: %s [--only KEY] FOLDER CAPTURE [RAW...], or %s --list\n", argv[0], argv[0]);
    return 2;
  }
  a.folder = argv[at];
  a.capture = argv[at + 1];
  a.raw = (const char *const *)(argv + at + 2);
  a.raw_count = (size_t)(argc - at - 2);
  tw_error error;
  if (run(&a, &error)) {
    fprintf(stderr, "bench: %s\n", error.text);
    return 2;
  }
  return 0;
}
