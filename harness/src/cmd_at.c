// tablewalk at: answers recorded address translations and compares them with the recorded answers.
//
// Each case begins with empty memory, each translation with empty TLBs. A case is answered by an MMU like the machine
// that recorded it: 52 bits of physical address and nothing behind 2^42; in AArch32 nothing behind 2^32, and as ARMv7
// has it where the file says so.
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
        "and compares PAR, or the syndrome of the external abort, with the recorded answer in the bits that "
        "count.\n"
        "AArch64 and AArch32, both stages; an answer that differs is told with its case's registers.\n",
    .examples = "  tablewalk at vectors/a64_s1_4k.txt.gz\n"
                "  tablewalk at --rtl vectors/a64_s1_*.txt.gz\n",
    .options = 1ULL << TW_OPTION_CORE | 1ULL << TW_OPTION_RTL | 1ULL << TW_OPTION_JSON | 1ULL << TW_OPTION_KEEP_GOING |
               1ULL << TW_OPTION_QUIET,
    .least = 1,
    .most = (size_t)-1,
};

/// The machines that recorded answers.
enum { AARCH64, ARMV8_AARCH32, ARMV7, MACHINES };

typedef struct job {
  tw_arguments arguments;
  tw_core core;
  tw_engine *engine[MACHINES]; // NULL: no case of this machine yet
  tw_progress progress;
  tw_at_totals totals;
  json_t *files;
  bool quiet, table; // table: lines for people
  bool bad;          // a file was damaged and left, by --keep-going
} job;

static json_t *totals_json(const tw_at_totals *totals) {
  return json_pack("{s:I, s:I}", "passed", (json_int_t)totals->passed, "failed", (json_int_t)totals->failed);
}

static void report_file(job *job, const char *path, const tw_at_totals *totals) {
  tw_progress_end(&job->progress);
  if (job->table)
    printf("%s: %" PRIu64 " passed, %" PRIu64 " failed\n", path, totals->passed, totals->failed);
  json_t *json = totals_json(totals);
  json_object_set_new(json, "file", json_string(path));
  json_array_append_new(job->files, json);
  job->totals.passed += totals->passed;
  job->totals.failed += totals->failed;
}

// The engine that is the machine which recorded the case. NULL and `error`.
static tw_engine *engine_for(job *job, const tw_vector_case *c, tw_error *error) {
  unsigned machine = !c->aarch32 ? AARCH64 : c->armv7 ? ARMV7 : ARMV8_AARCH32;
  if (job->engine[machine])
    return job->engine[machine];
  job->core.mmu.pa_bits = 52;
  job->core.mmu.armv7 = machine == ARMV7;
  job->core.memory.limit = 1ULL << (machine == AARCH64 ? 42 : 32);
  tw_engine_options options = {.kind = job->arguments.given[TW_OPTION_RTL] ? TW_ENGINE_RTL : TW_ENGINE_MODEL};
  job->engine[machine] = tw_engine_open(&job->core, &options, error);
  return job->engine[machine];
}

// Cases of one file. -1 with `error` when it is damaged; what was compared before is in `totals`.
static int check_file(job *job, const char *path, size_t index, tw_at_totals *totals, tw_error *error) {
  tw_vectors *vectors = tw_vectors_open(path, error);
  if (!vectors)
    return -1;
  tw_vector_case c;
  tw_at_context context = {.path = path, .print = job->table, .progress = &job->progress};
  int got;
  while ((got = tw_vectors_next(vectors, &c, error)) > 0) {
    tw_progress_show(&job->progress, path, index, job->arguments.count, 0);
    context.engine = engine_for(job, &c, error);
    if (!context.engine || tw_at_check_case(&context, &c, totals, error) < 0) {
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
    printf("%" PRIu64 " passed, %" PRIu64 " failed\n", t->passed, t->failed);
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

int tw_cmd_at(int argc, char **argv) {
  job job = {0};
  int status;
  tw_error error;
  if (!tw_arguments_read(&job.arguments, &command, argc, argv, &status))
    return status;
  if (tw_arguments_core(&job.arguments, &job.core, &error) < 0)
    return tw_complain(error.text);
  bool json_alone = job.arguments.given[TW_OPTION_JSON] && !job.arguments.value[TW_OPTION_JSON];
  job.quiet = job.arguments.given[TW_OPTION_QUIET];
  job.table = !job.quiet && !json_alone;
  job.files = json_array();
  tw_progress_start(&job.progress, job.quiet);
  status = check_files(&job) < 0 ? TW_EXIT_BAD : finish(&job);
  json_decref(job.files);
  for (unsigned i = 0; i < MACHINES; i++)
    tw_engine_close(job.engine[i]);
  return status;
}
