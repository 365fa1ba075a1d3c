// tablewalk check: does software change its live translation tables by the break-before-make rules?
#include "bbm_trace.h"
#include "cmd.h"
#include "output.h"
#include "progress.h"

#include <inttypes.h>

static const tw_command command = {
    .name = "check",
    .arguments = "TRACE...",
    .about =
        "Finds changes of live translation tables that break the architecture's break-before-make rules (Arm\n"
        "ARM, \"TLB maintenance requirements\"), each with its place in the trace. TLBs may hold what the tables\n"
        "said before. So a valid descriptor that is to say something else must first become invalid (break), then\n"
        "a TLBI must take the old one out of the TLBs, and only then may the new one be written (make). A violation\n"
        "gives the exit status 1:\n"
        "\n"
        "  changed output without a break      another output address, or another next table\n"
        "  two live sizes                      a block for a table or the reverse, or the contiguous bit\n"
        "  changed attributes without a break  memory type, cacheability or shareability\n"
        "  global over non-global without a break\n"
        "  no TLBI between break and make      it was invalid in between, but no TLBI covered its address\n"
        "\n"
        "Permissions (AP, PXN, UXN), AF, DBM and software bits may change in place. With --bbm 1 the size of a\n"
        "block that has nT may too; with --bbm 2 every size.\n"
        "\n"
        "Checked are stage 1 tables of AArch64 and of AArch32 LPAE, from the writes of descriptors that the trace\n"
        "holds. A TLBI whose operand is not in the trace counts as one of every address. Writes before a section's\n"
        "first access belong to its tables. Not seen: barriers (a missing DSB), other cores, and whether both\n"
        "outputs hold the same bytes, which would make a change of read-only output legal. Only a descriptor that\n"
        "is written over, or made again after a break, can break a rule: without any, nothing was checked, and the\n"
        "last line says so.\n",
    .examples = "  tablewalk check k61-4k-on.twt\n"
                "  tablewalk check --bbm 2 --json=found.json a.twt b.twt\n",
    .options = 1ULL << TW_OPTION_BBM | 1ULL << TW_OPTION_JSON | 1ULL << TW_OPTION_KEEP_GOING | 1ULL << TW_OPTION_QUIET,
    .least = 1,
    .most = (size_t)-1,
};

enum { PRINTED_MAX = 20, KEPT_MAX = 100000 };

typedef struct job {
  tw_arguments arguments;
  unsigned level;
  tw_progress progress;
  const char *path; // of the trace that is read
  json_t *violations, *traces;
  tw_bbm_result total;
  uint64_t found; // in the trace that is read
  bool print, bad;
} job;

static void complain(job *job, const char *text) {
  tw_progress_end(&job->progress);
  fflush(stdout);
  tw_complain(text);
  job->bad = true;
}

static void on_progress(void *context, uint64_t accesses) {
  job *job = context;
  tw_progress_show(&job->progress, job->path, 0, 0, accesses);
}

static void on_violation(void *context, const tw_bbm_place *place, const tw_bbm_violation *violation) {
  job *job = context;
  if (job->print && job->found < PRINTED_MAX) {
    tw_progress_end(&job->progress);
    tw_bbm_violation_print(place, violation, stdout);
  }
  if (job->arguments.given[TW_OPTION_JSON] && json_array_size(job->violations) < KEPT_MAX)
    json_array_append_new(job->violations, tw_bbm_violation_json(place, violation));
  job->found++;
}

// False: the command ends here.
static bool check_one(job *job, const char *path) {
  tw_error error;
  tw_bbm_result result;
  tw_bbm_options options = {.level = job->level,
                            .keep_going = job->arguments.given[TW_OPTION_KEEP_GOING],
                            .violation = on_violation,
                            .progress = on_progress,
                            .context = job};
  job->path = path;
  job->found = 0;
  int status = tw_bbm_trace(path, &options, &result, &error);
  tw_bbm_result_add(&job->total, &result);
  if (status < 0) {
    complain(job, error.text);
    return options.keep_going;
  }
  tw_progress_end(&job->progress);
  if (job->print && job->found > PRINTED_MAX)
    printf("%s: and %" PRIu64 " more (--json tells them all)\n", path, job->found - PRINTED_MAX);
  if (job->print)
    tw_bbm_result_print(&result, stdout);
  json_array_append_new(job->traces, tw_bbm_result_json(&result));
  if (result.damage[0])
    complain(job, result.damage);
  return true;
}

// Nothing compared must not look like a pass, not even when only the exit status is looked at by a person.
static void print_end(const job *job) {
  const tw_bbm_result *total = &job->total;
  if (tw_bbm_checked(total) == 0)
    puts("Nothing was checked: no descriptor was written over, or made again after a break. This says nothing of the "
         "software.");
  else
    printf("%" PRIu64 " changes over something mapped before checked by the rules of FEAT_BBM level %u, %" PRIu64
           " violation%s.\n",
           tw_bbm_checked(total), job->level, total->violations, total->violations == 1 ? "" : "s");
}

static int finish(job *job) {
  tw_error error;
  if (job->print)
    print_end(job);
  job->total.trace = "total";
  if (job->arguments.given[TW_OPTION_JSON]) {
    json_t *json = json_pack("{s:s, s:i, s:b, s:O, s:O, s:o}", "command", "check", "bbm", (int)job->level,
                             "nothing_checked", tw_bbm_checked(&job->total) == 0, "violations", job->violations,
                             "traces", job->traces, "total", tw_bbm_result_json(&job->total));
    if (tw_output_json(job->arguments.value[TW_OPTION_JSON], json, &error) < 0)
      return tw_complain(error.text);
  }
  if (tw_output_flush(&error) < 0)
    return tw_complain(error.text);
  if (job->bad)
    return TW_EXIT_BAD;
  return job->total.violations ? TW_EXIT_DIFFERS : TW_EXIT_AGREED;
}

static int read_level(job *job, tw_error *error) {
  const char *text = job->arguments.value[TW_OPTION_BBM];
  if (!job->arguments.given[TW_OPTION_BBM])
    return 0;
  if (text[0] < '0' || text[0] > '2' || text[1])
    return tw_fail(error, "check: --bbm: found %s, expected 0, 1 or 2", text);
  job->level = (unsigned)(text[0] - '0');
  return 0;
}

int tw_cmd_check(int argc, char **argv) {
  job job = {0};
  int status;
  tw_error error;
  if (!tw_arguments_read(&job.arguments, &command, argc, argv, &status))
    return status;
  if (read_level(&job, &error) < 0)
    return tw_complain(error.text);
  const bool *given = job.arguments.given;
  job.print = !given[TW_OPTION_QUIET] && (!given[TW_OPTION_JSON] || job.arguments.value[TW_OPTION_JSON]);
  job.violations = json_array();
  job.traces = json_array();
  bool going = true;
  for (size_t i = 0; going && i < job.arguments.count; i++) {
    tw_progress_start(&job.progress, given[TW_OPTION_QUIET]);
    going = check_one(&job, job.arguments.argument[i]);
  }
  status = going ? finish(&job) : TW_EXIT_BAD;
  json_decref(job.violations);
  json_decref(job.traces);
  return status;
}
