// tablewalk study: plan every capture, play each through the engine, print what came out.
#include "study.h"
#include "cmd.h"
#include "output.h"
#include "progress.h"

#include <stdlib.h>
#include <string.h>

// The captures of the study when none are named.
static const char *const own_captures[] = {"k61-4k-full.twt", "k61-4k-on.twt", "k612-16k-on.twt", "k61-a32-armmp.twt",
                                           "k61-a32-lpae.twt"};
enum { OWN_CAPTURES = sizeof own_captures / sizeof *own_captures };

// The cores that a capture is studied on unless --core names one.
static const char *const cores_of[2][2] = {
    [TW_ARCH_AARCH64] = {"neoverse-n1"}, [TW_ARCH_AARCH32] = {"cortex-a15", "cortex-a7"}};

static const tw_command command = {
    .name = "study",
    .arguments = "[TRACE]...",
    .about =
        "What vmalloc costs over the linear map: captures of real kernels through the model and the RTL in lockstep,\n"
        "and a table of hit rates, walks and cycles by pattern, size and mapping. Each capture is played twice: its\n"
        "accesses one after the other, and overlapped (but where a phase chases pointers). Without TRACE the captures\n"
        "that come with tablewalk are taken; they are looked for in $TABLEWALK_CAPTURES, in the source tree, and "
        "where\n"
        "tablewalk is installed. Captures of arm64 are played on neoverse-n1, those of 32-bit kernels on cortex-a15\n"
        "and on cortex-a7; all of them on the core of --core where it is given. study.json, study.csv and study.svg\n"
        "(a chart) go to the folder tablewalk-study, or to that of --out.\n",
    .examples = "  tablewalk study\n"
                "  tablewalk study --core cortex-a53 --model-only --out a53 k61-4k-on.twt\n",
    .options = 1ULL << TW_OPTION_CORE | 1ULL << TW_OPTION_JSON | 1ULL << TW_OPTION_CSV |
               1ULL << TW_OPTION_NO_DATA_TRAFFIC | 1ULL << TW_OPTION_WINDOW | 1ULL << TW_OPTION_IPC |
               1ULL << TW_OPTION_MODEL_ONLY | 1ULL << TW_OPTION_OUT | 1ULL << TW_OPTION_NO_FILES |
               1ULL << TW_OPTION_QUIET,
    .least = 0,
    .most = (size_t)-1,
};

// The folder of the result files, or NULL: none.
static const char *folder_of(const tw_arguments *arguments) {
  if (arguments->given[TW_OPTION_NO_FILES])
    return NULL;
  return arguments->given[TW_OPTION_OUT] ? arguments->value[TW_OPTION_OUT] : "tablewalk-study";
}

// -- progress: a bar on a terminal, else a line a capture; always on standard error --

enum { PASSES = 2 }; // over a capture

typedef struct progress {
  tw_progress bar;
  bool quiet;
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
  if (!p->bar.on && !p->quiet)
    fprintf(stderr, "tablewalk study: %s on %s: %zu phases, %llu accesses, twice\n", capture->name, capture->core->name,
            capture->phases, (unsigned long long)capture->accesses);
}

static void end_capture(progress *p, const tw_study_capture *capture) {
  p->phases_before += PASSES * capture->phases;
  p->accesses_before += PASSES * capture->accesses;
}

// -- the study --

static int add_core(tw_study *study, const tw_arguments *arguments, const char *name, tw_error *error) {
  tw_arguments chosen = *arguments;
  if (!arguments->given[TW_OPTION_CORE]) {
    chosen.given[TW_OPTION_CORE] = true;
    chosen.value[TW_OPTION_CORE] = name;
  }
  if (tw_arguments_core(&chosen, &study->cores[study->core_count], error))
    return -1;
  ++study->core_count;
  return 0;
}

// The cores that the planned captures need, each once.
static int add_cores(tw_study *study, const tw_study_capture *planned, size_t count, const tw_arguments *arguments,
                     tw_error *error) {
  if (arguments->given[TW_OPTION_CORE])
    return add_core(study, arguments, NULL, error);
  for (unsigned a = 0; a < 2; ++a) {
    bool needed = false;
    for (size_t i = 0; i < count; ++i)
      needed = needed || planned[i].architecture == (tw_architecture)a;
    for (size_t c = 0; needed && c < 2 && cores_of[a][c]; ++c)
      if (add_core(study, arguments, cores_of[a][c], error))
        return -1;
  }
  return 0;
}

static bool plays_on(const tw_study_capture *planned, const tw_core *core, bool chosen) {
  for (size_t c = 0; c < 2 && cores_of[planned->architecture][c]; ++c)
    if (strcmp(cores_of[planned->architecture][c], core->name) == 0)
      return true;
  return chosen;
}

// A core's captures stand together, so that it needs one engine.
static int add_captures(tw_study *study, const tw_study_capture *planned, size_t count, bool chosen, tw_error *error) {
  for (size_t c = 0; c < study->core_count; ++c)
    for (size_t i = 0; i < count; ++i)
      if (plays_on(&planned[i], &study->cores[c], chosen) && tw_study_add(study, &planned[i], &study->cores[c]))
        return tw_fail(error, "out of memory");
  return 0;
}

static int plan_all(tw_study_capture *planned, size_t count, const tw_arguments *arguments, tw_error *error) {
  const char *folder = arguments->count ? "" : tw_study_captures_folder();
  if (!folder)
    return tw_fail(error, "no captures found: set TABLEWALK_CAPTURES to their folder or name TRACEs");
  for (size_t i = 0; i < count; ++i) {
    char path[1024];
    if (arguments->count)
      snprintf(path, sizeof path, "%s", arguments->argument[i]);
    else
      snprintf(path, sizeof path, "%s/%s", folder, own_captures[i]);
    if (tw_study_plan(&planned[i], path, error))
      return -1;
  }
  return 0;
}

static int plan(tw_study *study, const tw_arguments *arguments, tw_error *error) {
  size_t count = arguments->count ? arguments->count : OWN_CAPTURES;
  tw_study_capture *planned = calloc(count, sizeof *planned);
  if (!planned)
    return tw_fail(error, "out of memory");
  // A core that was chosen is told at once when it is wrong, before any capture is read.
  bool chosen = arguments->given[TW_OPTION_CORE];
  bool good = (!chosen || add_cores(study, NULL, 0, arguments, error) == 0) &&
              plan_all(planned, count, arguments, error) == 0 &&
              (chosen || add_cores(study, planned, count, arguments, error) == 0) &&
              add_captures(study, planned, count, chosen, error) == 0;
  for (size_t i = 0; i < count; ++i)
    free(planned[i].rows);
  free(planned);
  return good ? 0 : -1;
}

static bool differs(const tw_study *study, const tw_engine *engine) {
  bool different = tw_engine_differed(engine) != TW_SAME;
  for (size_t i = 0; i < study->count; ++i)
    different = different || study->captures[i].result.pa_differed + study->captures[i].overlapped.pa_differed > 0;
  return different;
}

static void add_compared(tw_compared *sum, tw_compared more) {
  sum->accesses += more.accesses;
  sum->cycles += more.cycles;
  sum->walks += more.walks;
  sum->memory_reads += more.memory_reads;
  sum->maintenance += more.maintenance;
  sum->counters += more.counters;
}

// The captures of one core, from `first` on, through one engine. An exit status; `next` is the first of another core.
static int run_core(tw_study *study, size_t first, size_t *next, progress *p, tw_error *error) {
  const tw_core *core = study->captures[first].core;
  const tw_engine_options options = {.kind = study->kind};
  const tw_study_progress progress = {.report = show, .context = p};
  tw_engine *engine = tw_engine_open(core, &options, error);
  if (!engine)
    return TW_EXIT_BAD;
  int failed = 0;
  for (*next = first; !failed && *next < study->count && study->captures[*next].core == core; ++*next) {
    begin_capture(p, &study->captures[*next]);
    failed = tw_study_replay(&study->captures[*next], engine, &progress, error);
    end_capture(p, &study->captures[*next]);
  }
  if (!failed && study->kind == TW_ENGINE_LOCKSTEP)
    failed = tw_engine_finish(engine, error);
  add_compared(&study->compared, tw_engine_compared(engine));
  int status = !failed ? TW_EXIT_AGREED : differs(study, engine) ? TW_EXIT_DIFFERS : TW_EXIT_BAD;
  tw_engine_close(engine);
  return status;
}

// An exit status; `error` says why when it is not TW_EXIT_AGREED.
static int run(tw_study *study, bool quiet, tw_error *error) {
  progress p = {.quiet = quiet};
  tw_progress_start(&p.bar, quiet);
  for (size_t i = 0; i < study->count; ++i) {
    p.phases += PASSES * study->captures[i].phases;
    p.accesses += PASSES * study->captures[i].accesses;
  }
  double start = tw_seconds();
  int status = TW_EXIT_AGREED;
  for (size_t at = 0; status == TW_EXIT_AGREED && at < study->count;)
    status = run_core(study, at, &at, &p, error);
  study->seconds = tw_seconds() - start;
  tw_progress_end(&p.bar);
  return status;
}

// -- the report --

static int print_tables(const tw_study *study, const char *folder) {
  if (tw_study_print_tables(study, stdout) || tw_study_print_findings(study, stdout) ||
      tw_study_print_compared(study, stdout))
    return -1;
  if (folder)
    printf("Also written: %s/study.json, study.csv and study.svg (a chart).\n", folder);
  return 0;
}

// --json and --csv: to their file, or instead of the tables.
static int report(const tw_study *study, const tw_arguments *arguments, tw_error *error) {
  const char *folder = folder_of(arguments);
  bool tables = !arguments->given[TW_OPTION_QUIET];
  const struct {
    tw_option option;
    tw_study_writer write;
  } forms[] = {{TW_OPTION_JSON, tw_study_write_json}, {TW_OPTION_CSV, tw_study_write_csv}};
  if (folder && tw_study_write_files(study, folder, error))
    return -1;
  for (size_t i = 0; i < sizeof forms / sizeof *forms; ++i) {
    if (!arguments->given[forms[i].option])
      continue;
    const char *path = arguments->value[forms[i].option];
    tables = tables && path;
    if (tw_study_write_file(study, path, forms[i].write, error))
      return -1;
  }
  if (tables)
    print_tables(study, folder);
  return tw_output_flush(error);
}

static int study_and_report(tw_study *study, const tw_arguments *arguments) {
  tw_error error = {""};
  int status = TW_EXIT_BAD;
  const char *folder = folder_of(arguments);
  study->kind = arguments->given[TW_OPTION_MODEL_ONLY] ? TW_ENGINE_MODEL : TW_ENGINE_LOCKSTEP;
  study->issue.mode = TW_ISSUE_PHASE;
  // Before the long part: a folder that can't be made is told at once.
  bool ready = tw_arguments_issue(arguments, command.name, &study->issue, &error) == 0 &&
               plan(study, arguments, &error) == 0 && (!folder || tw_study_make_folder(folder, &error) == 0);
  if (ready)
    status = run(study, arguments->given[TW_OPTION_QUIET], &error);
  if (status == TW_EXIT_AGREED && report(study, arguments, &error))
    status = TW_EXIT_BAD;
  if (status != TW_EXIT_AGREED)
    tw_complain(error.text);
  return status;
}

int tw_cmd_study(int argc, char **argv) {
  tw_arguments arguments;
  int status = TW_EXIT_AGREED;
  if (!tw_arguments_read(&arguments, &command, argc, argv, &status))
    return status;
  tw_study study = {0};
  status = study_and_report(&study, &arguments);
  tw_study_free(&study);
  return status;
}
