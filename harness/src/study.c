// tablewalk study: plan every capture, play each through the engine, print what came out.
#include "study.h"
#include "output.h"
#include "progress.h"

#include <getopt.h>
#include <stdlib.h>

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
  static const struct option known[] = {
      {"core", required_argument, NULL, CORE}, {"model-only", no_argument, NULL, MODEL_ONLY},
      {"out", required_argument, NULL, OUT},   {"no-files", no_argument, NULL, NO_FILES},
      {"json", no_argument, NULL, JSON},       {"csv", no_argument, NULL, CSV},
      {"help", no_argument, NULL, HELP},       {NULL, 0, NULL, 0}};
  *o = (options){.core = "neoverse-n1", .folder = "tablewalk-study"};
  int got;
  while ((got = getopt_long(argc, argv, "h", known, NULL)) != -1) {
    switch (got) {
    case CORE:
      o->core = optarg;
      break;
    case MODEL_ONLY:
      o->model_only = true;
      break;
    case OUT:
      o->folder = optarg;
      break;
    case NO_FILES:
      o->folder = NULL;
      break;
    case JSON:
      o->json = true;
      break;
    case CSV:
      o->csv = true;
      break;
    case 'h':
    case HELP:
      o->help = true;
      break;
    default:
      return -1;
    }
  }
  o->traces = argv + optind;
  o->trace_count = (size_t)(argc - optind);
  return 0;
}

// -- progress: a bar on a terminal, else a line a capture; always on standard error --

typedef struct progress {
  tw_progress bar;
  const tw_study_capture *capture;
  size_t phases_before, phases; // of the captures before this one; of all
  uint64_t accesses_before, accesses;
} progress;

static void show(void *context, size_t phase, uint64_t accesses) {
  progress *p = context;
  char label[128];
  uint64_t done = p->accesses_before + accesses;
  snprintf(label, sizeof label, "%s, phase %zu of %zu", p->capture->name, p->phases_before + phase, p->phases);
  tw_progress_show(&p->bar, label, done, p->accesses, done);
}

static void begin_capture(progress *p, const tw_study_capture *capture) {
  p->capture = capture;
  if (!p->bar.on)
    fprintf(stderr, "tablewalk study: %s: %zu phases, %llu accesses\n", capture->name, capture->phases,
            (unsigned long long)capture->accesses);
}

static void end_capture(progress *p, const tw_study_capture *capture) {
  p->phases_before += capture->phases;
  p->accesses_before += capture->accesses;
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
  progress p = {0};
  tw_progress_start(&p.bar, false);
  for (size_t i = 0; i < study->count; ++i) {
    p.phases += study->captures[i].phases;
    p.accesses += study->captures[i].accesses;
  }
  double start = tw_seconds();
  int failed = play_all(study, engine, &p, error);
  study->seconds = tw_seconds() - start;
  study->compared = tw_engine_compared(engine);
  int status = !failed ? EXIT_SAME : differs(study, engine) ? EXIT_DIFFERENT : EXIT_ERROR;
  tw_engine_close(engine);
  tw_progress_end(&p.bar);
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
  if (o->folder && tw_study_write_files(study, o->folder, error))
    return -1;
  if (print(study, o) == 0 && o->folder && !o->json && !o->csv)
    printf("Also written: %s/study.json, study.csv and study.svg (a chart).\n", o->folder);
  return tw_output_flush(error);
}

static int study_and_report(tw_study *study, const options *o) {
  tw_error error = {""};
  int status = EXIT_ERROR;
  study->kind = o->model_only ? TW_ENGINE_MODEL : TW_ENGINE_LOCKSTEP;
  // Before the long part: a folder that can't be made is told at once.
  bool ready = tw_core_load(o->core, &study->core, &error) == 0 && plan(study, o, &error) == 0 &&
               (!o->folder || tw_study_make_folder(o->folder, &error) == 0);
  if (ready)
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
