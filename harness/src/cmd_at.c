// tablewalk at: answers recorded address translations and compares them with the recorded answers.
//
// Each case begins with empty memory, each translation with empty TLBs. The machine that recorded them has 52 bits of
// physical address and nothing behind 2^42.
#define _POSIX_C_SOURCE 200809L
#include "at_check.h"
#include "cmd.h"
#include "output.h"
#include "progress.h"

#include <inttypes.h>
#include <stdlib.h>

static const tw_command command = {
    .name = "at",
    .arguments = "FILE...",
    .about =
        "Answers recorded address translations (AT instructions; text, plain or by gzip) by the C model or by the RTL\n"
        "and compares PAR_EL1, or the syndrome of the external abort, with the recorded answer in the bits that "
        "count.\n"
        "Answers that need a feature of a later version are counted as skipped, by the feature's name.\n",
    .examples = "  tablewalk at vectors/a64_s1_4k.txt.gz\n"
                "  tablewalk at --rtl vectors/a64_s1_*.txt.gz\n",
    .options = 1U << TW_OPTION_CORE | 1U << TW_OPTION_RTL | 1U << TW_OPTION_JSON | 1U << TW_OPTION_KEEP_GOING |
               1U << TW_OPTION_QUIET,
    .least = 1,
    .most = (size_t)-1,
};

typedef struct job {
  tw_arguments arguments;
  tw_engine *engine;
  tw_progress progress;
  tw_at_totals totals;
  json_t *files;
  bool quiet, table; // table: lines for people
  bool bad;          // a file was damaged and left, by --keep-going
} job;

static json_t *totals_json(const tw_at_totals *totals) {
  json_t *skipped = json_object();
  for (size_t i = 0; i < totals->features; i++)
    json_object_set_new(skipped, totals->feature[i].name, json_integer((json_int_t)totals->feature[i].count));
  return json_pack("{s:I, s:I, s:I, s:o}", "passed", (json_int_t)totals->passed, "failed", (json_int_t)totals->failed,
                   "skipped", (json_int_t)totals->skipped, "skipped_by_feature", skipped);
}

static void print_file(const char *path, const tw_at_totals *totals) {
  printf("%s: %" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64 " skipped", path, totals->passed, totals->failed,
         totals->skipped);
  for (size_t i = 0; i < totals->features; i++)
    printf("%s%s: %" PRIu64, i ? ", " : " (", totals->feature[i].name, totals->feature[i].count);
  puts(totals->features ? ")" : "");
}

static void report_file(job *job, const char *path, const tw_at_totals *totals) {
  tw_progress_end(&job->progress);
  if (job->table)
    print_file(path, totals);
  json_t *json = totals_json(totals);
  json_object_set_new(json, "file", json_string(path));
  json_array_append_new(job->files, json);
  tw_at_add(&job->totals, totals);
}

// Cases of one file. -1 with `error` when it is damaged; what was compared before is in `totals`.
static int check_file(job *job, const char *path, size_t index, tw_at_totals *totals, tw_error *error) {
  tw_vectors *vectors = tw_vectors_open(path, error);
  if (!vectors)
    return -1;
  tw_vector_case c;
  tw_at_context context = {.engine = job->engine, .path = path, .print = job->table, .progress = &job->progress};
  int got;
  while ((got = tw_vectors_next(vectors, &c, error)) > 0) {
    tw_progress_show(&job->progress, path, index, job->arguments.count, 0);
    if (tw_at_check_case(&context, &c, totals, error) < 0) {
      got = -1;
      break;
    }
  }
  tw_vectors_close(vectors);
  return got;
}

static int check_files(job *job) {
  bool keep_going = job->arguments.given[TW_OPTION_KEEP_GOING];
  for (size_t i = 0; i < job->arguments.count; i++) {
    const char *path = job->arguments.argument[i];
    tw_at_totals totals = {0};
    tw_error error;
    int status = check_file(job, path, i, &totals, &error);
    tw_progress_end(&job->progress);
    if (status < 0) {
      fflush(stdout);
      tw_complain(error.text);
      job->bad = true;
      if (!keep_going)
        return -1;
    }
    report_file(job, path, &totals);
  }
  return 0;
}

static int write_json(job *job, tw_error *error) {
  json_t *json = json_pack("{s:s, s:s, s:O, s:o}", "command", "at", "engine",
                           job->arguments.given[TW_OPTION_RTL] ? "rtl" : "model", "files", job->files, "totals",
                           totals_json(&job->totals));
  return tw_output_json(job->arguments.value[TW_OPTION_JSON], json, error);
}

static int finish(job *job) {
  tw_error error;
  const tw_at_totals *t = &job->totals;
  if (job->arguments.given[TW_OPTION_JSON] && write_json(job, &error) < 0)
    return tw_complain(error.text);
  if (job->table)
    printf("%" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64 " skipped\n", t->passed, t->failed, t->skipped);
  if (tw_output_flush(&error) < 0)
    return tw_complain(error.text);
  if (job->bad)
    return TW_EXIT_BAD;
  if (t->passed + t->failed == 0) {
    tw_complain("at: nothing was compared");
    return TW_EXIT_DIFFERS;
  }
  return t->failed ? TW_EXIT_DIFFERS : TW_EXIT_AGREED;
}

static int open_engine(job *job, tw_error *error) {
  tw_core *core = malloc(sizeof *core);
  if (!core)
    return tw_fail(error, "at: out of memory");
  int status = tw_arguments_core(&job->arguments, core, error);
  if (status == 0) {
    core->mmu.pa_bits = 52;
    core->memory.limit = 1ULL << 42;
    tw_engine_options options = {.kind = job->arguments.given[TW_OPTION_RTL] ? TW_ENGINE_RTL : TW_ENGINE_MODEL};
    job->engine = tw_engine_open(core, &options, error);
    status = job->engine ? 0 : -1;
  }
  free(core);
  return status;
}

int tw_cmd_at(int argc, char **argv) {
  job job = {0};
  int status;
  tw_error error;
  if (!tw_arguments_read(&job.arguments, &command, argc, argv, &status))
    return status;
  if (open_engine(&job, &error) < 0)
    return tw_complain(error.text);
  bool json_alone = job.arguments.given[TW_OPTION_JSON] && !job.arguments.value[TW_OPTION_JSON];
  job.quiet = job.arguments.given[TW_OPTION_QUIET];
  job.table = !job.quiet && !json_alone;
  job.files = json_array();
  tw_progress_start(&job.progress, job.quiet);
  status = check_files(&job) < 0 ? TW_EXIT_BAD : finish(&job);
  json_decref(job.files);
  tw_engine_close(job.engine);
  return status;
}
