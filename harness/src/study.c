// tablewalk study: plan every capture, play each through the engine, print what came out.
#define _POSIX_C_SOURCE 200809L
#include "study.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, EXIT_ERROR = 2 };

// The captures of the study when none are named.
static const char *const own_captures[] = {"k61-4k-full.twt", "k61-4k-on.twt", "k612-16k-on.twt"};
enum { OWN_CAPTURES = sizeof own_captures / sizeof *own_captures };

static const char *const help =
    "Usage: tablewalk study [OPTION]... [TRACE]...\n"
    "Linear map against vmalloc, from captures of real kernels, through the model and the RTL in lockstep.\n"
    "\n"
    "  TRACE            captures to study (default: those that come with tablewalk)\n"
    "  --core NAME|FILE the core: a preset or a YAML file (default: neoverse-n1)\n"
    "  --model-only     the model alone, without the RTL: faster, compares nothing\n"
    "  --out DIR        where study.json, study.csv and study.svg go (default: tablewalk-study)\n"
    "  --no-files       write no files\n"
    "  --json           print the JSON instead of the tables\n"
    "  --csv            print the CSV instead of the tables\n"
    "  --help           print this\n"
    "\n"
    "Captures are looked for in $TABLEWALK_CAPTURES, then in the source tree, then where tablewalk is installed.\n"
    "Exit status: 0 done and nothing differed, 1 a difference, 2 an error.\n";

typedef struct options {
  const char *core, *folder; // folder NULL: no files
  bool model_only, json, csv, help;
  char *const *traces;
  size_t trace_count;
} options;

static int parse(int argc, char **argv, options *o) {
  enum { CORE = 1, MODEL_ONLY, OUT, NO_FILES, JSON, CSV, HELP };
  static const struct option known[] = {{"core", required_argument, NULL, CORE},
                                        {"model-only", no_argument, NULL, MODEL_ONLY},
                                        {"out", required_argument, NULL, OUT},
                                        {"no-files", no_argument, NULL, NO_FILES},
                                        {"json", no_argument, NULL, JSON},
                                        {"csv", no_argument, NULL, CSV},
                                        {"help", no_argument, NULL, HELP},
                                        {NULL, 0, NULL, 0}};
  *o = (options){.core = "neoverse-n1", .folder = "tablewalk-study"};
  int got;
  while ((got = getopt_long(argc, argv, "h", known, NULL)) != -1) {
    switch (got) {
    case CORE: o->core = optarg; break;
    case MODEL_ONLY: o->model_only = true; break;
    case OUT: o->folder = optarg; break;
    case NO_FILES: o->folder = NULL; break;
    case JSON: o->json = true; break;
    case CSV: o->csv = true; break;
    case 'h':
    case HELP: o->help = true; break;
    default: return -1;
    }
  }
  o->traces = argv + optind;
  o->trace_count = (size_t)(argc - optind);
  return 0;
}

// -- progress: on a terminal a line that is written over, else a line a capture; always on stderr --

typedef struct progress {
  bool terminal;
  const tw_study_capture *capture;
  size_t phases_before, phases; // of the captures before this one; of all
  uint64_t accesses_before, accesses;
  struct timespec start, shown;
} progress;

static double seconds_since(const struct timespec *then) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) * 1e-9;
}

static void show(void *context, size_t phase, uint64_t accesses) {
  progress *p = context;
  if (!p->terminal || seconds_since(&p->shown) < 0.1)
    return;
  clock_gettime(CLOCK_MONOTONIC, &p->shown);
  uint64_t done = p->accesses_before + accesses;
  double seconds = seconds_since(&p->start);
  double part = p->accesses ? (double)done / (double)p->accesses : 0.0;
  fprintf(stderr, "\r%-16s phase %zu of %zu  %3.0f %%  %.1f M accesses  %.0f s", p->capture->name,
          p->phases_before + phase, p->phases, 100.0 * part, (double)done / 1e6, seconds);
  if (part > 0.02)
    fprintf(stderr, ", about %.0f s to go", seconds * (1.0 - part) / part);
  fputs("   ", stderr);
}

static void begin_capture(progress *p, const tw_study_capture *capture) {
  p->capture = capture;
  if (!p->terminal)
    fprintf(stderr, "study: %s: %zu phases, %llu accesses\n", capture->name, capture->phases,
            (unsigned long long)capture->accesses);
}

static void end_capture(progress *p, const tw_study_capture *capture) {
  p->phases_before += capture->phases;
  p->accesses_before += capture->accesses;
}

static void end_progress(const progress *p) {
  if (p->terminal)
    fprintf(stderr, "\r%79s\r", "");
}

// -- the study --

static int plan_own(tw_study *study, tw_error *error) {
  const char *folder = tw_study_captures_folder();
  if (!folder)
    return tw_fail(error, "no captures found: set TABLEWALK_CAPTURES to their folder or name TRACEs");
  for (size_t i = 0; i < OWN_CAPTURES; ++i) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, own_captures[i]);
    if (tw_study_plan(&study->captures[study->count++], path, error))
      return -1;
  }
  return 0;
}

static int plan(tw_study *study, const options *o, tw_error *error) {
  size_t room = o->trace_count ? o->trace_count : OWN_CAPTURES;
  study->captures = calloc(room, sizeof *study->captures);
  if (!study->captures)
    return tw_fail(error, "out of memory");
  if (o->trace_count == 0)
    return plan_own(study, error);
  for (size_t i = 0; i < o->trace_count; ++i)
    if (tw_study_plan(&study->captures[study->count++], o->traces[i], error))
      return -1;
  return 0;
}

static int play_all(tw_study *study, tw_engine *engine, progress *p, tw_error *error) {
  const tw_study_progress progress = {.report = show, .context = p};
  for (size_t i = 0; i < study->count; ++i) {
    begin_capture(p, &study->captures[i]);
    if (tw_study_replay(&study->captures[i], engine, &progress, error))
      return -1;
    end_capture(p, &study->captures[i]);
  }
  return study->kind == TW_ENGINE_LOCKSTEP ? tw_engine_finish(engine, error) : 0;
}

static bool differs(const tw_study *study, const tw_engine *engine) {
  bool different = tw_engine_differed(engine) != TW_SAME;
  for (size_t i = 0; i < study->count; ++i)
    different = different || study->captures[i].result.pa_differed > 0;
  return different;
}

// EXIT_SAME, or another exit status with `error`.
static int run(tw_study *study, tw_error *error) {
  const tw_engine_options engine_options = {.kind = study->kind};
  tw_engine *engine = tw_engine_open(&study->core, &engine_options, error);
  if (!engine)
    return EXIT_ERROR;
  progress p = {.terminal = isatty(STDERR_FILENO) == 1};
  for (size_t i = 0; i < study->count; ++i) {
    p.phases += study->captures[i].phases;
    p.accesses += study->captures[i].accesses;
  }
  clock_gettime(CLOCK_MONOTONIC, &p.start);
  int failed = play_all(study, engine, &p, error);
  study->seconds = seconds_since(&p.start);
  study->compared = tw_engine_compared(engine);
  int status = !failed ? EXIT_SAME : differs(study, engine) ? EXIT_DIFFERENT : EXIT_ERROR;
  tw_engine_close(engine);
  end_progress(&p);
  return status;
}

static int print(const tw_study *study, const options *o) {
  if (o->json)
    return tw_study_write_json(study, stdout);
  if (o->csv)
    return tw_study_write_csv(study, stdout);
  return tw_study_print_tables(study, stdout) || tw_study_print_findings(study, stdout) ||
         tw_study_print_compared(study, stdout);
}

static int report(const tw_study *study, const options *o, tw_error *error) {
  if (print(study, o) || fflush(stdout) != 0)
    return tw_fail(error, "standard output cannot be written");
  if (!o->folder)
    return 0;
  if (tw_study_write_files(study, o->folder, error))
    return -1;
  if (!o->json && !o->csv)
    printf("Also written: %s/study.json, study.csv and study.svg (a chart)\n", o->folder);
  return 0;
}

static int study_and_report(tw_study *study, const options *o) {
  tw_error error = {""};
  int status = EXIT_ERROR;
  study->kind = o->model_only ? TW_ENGINE_MODEL : TW_ENGINE_LOCKSTEP;
  if (tw_core_load(o->core, &study->core, &error) == 0 && plan(study, o, &error) == 0)
    status = run(study, &error);
  if (status == EXIT_SAME && report(study, o, &error))
    status = EXIT_ERROR;
  if (status != EXIT_SAME)
    fprintf(stderr, "tablewalk study: %s\n", error.text);
  return status;
}

int tw_cmd_study(int argc, char **argv) {
  options o;
  if (parse(argc, argv, &o)) {
    fputs("Try 'tablewalk study --help'.\n", stderr);
    return EXIT_ERROR;
  }
  if (o.help)
    return fputs(help, stdout) == EOF ? EXIT_ERROR : EXIT_SAME;
  tw_study study = {0};
  int status = study_and_report(&study, &o);
  tw_study_free(&study);
  return status;
}
