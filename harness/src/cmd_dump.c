// tablewalk dump: what captures hold.
#include "cmd.h"
#include "dump.h"
#include "output.h"

static const tw_command command = {
    .name = "dump",
    .arguments = "TRACE...",
    .about = "Prints what traces hold: registers and regions, mappings counted by region and size, phases with their\n"
             "accesses, and instructions that change TLBs and registers; with options, only what they name.\n",
    .examples = "  tablewalk dump k61-4k-on.twt\n"
                "  tablewalk dump --runs k61-4k-on.twt        as the kernel's ptdump\n"
                "  tablewalk dump --phases --json k61-4k-on.twt\n",
    .options = 1ULL << TW_OPTION_REGISTERS | 1ULL << TW_OPTION_CENSUS | 1ULL << TW_OPTION_RUNS |
               1ULL << TW_OPTION_PHASES | 1ULL << TW_OPTION_JSON | 1ULL << TW_OPTION_KEEP_GOING |
               1ULL << TW_OPTION_QUIET,
    .least = 1,
    .most = (size_t)-1,
};

typedef struct job {
  tw_arguments arguments;
  tw_dump_options options;
  tw_progress progress;
  json_t *traces;
  bool print;
  bool bad;
} job;

static void choose(job *job) {
  const bool *given = job->arguments.given;
  bool any = given[TW_OPTION_REGISTERS] || given[TW_OPTION_CENSUS] || given[TW_OPTION_RUNS] || given[TW_OPTION_PHASES];
  job->options = (tw_dump_options){.registers = !any || given[TW_OPTION_REGISTERS],
                                   .census = !any || given[TW_OPTION_CENSUS],
                                   .phases = !any || given[TW_OPTION_PHASES],
                                   .runs = given[TW_OPTION_RUNS],
                                   .keep_going = given[TW_OPTION_KEEP_GOING],
                                   .progress = &job->progress};
  job->print = !given[TW_OPTION_QUIET] && (!given[TW_OPTION_JSON] || job->arguments.value[TW_OPTION_JSON]);
}

static void complain(job *job, const char *text) {
  tw_progress_end(&job->progress);
  fflush(stdout);
  tw_complain(text);
  job->bad = true;
}

// False: the command ends here.
static bool dump_one(job *job, const char *path) {
  tw_error error;
  json_t *json = tw_dump_trace(path, &job->options, &error);
  if (!json) {
    complain(job, error.text);
    return job->arguments.given[TW_OPTION_KEEP_GOING];
  }
  tw_progress_end(&job->progress);
  if (job->print)
    tw_dump_print(json, stdout);
  const char *damage = json_string_value(json_object_get(json, "damage"));
  if (damage)
    complain(job, damage);
  json_array_append_new(job->traces, json);
  return true;
}

static int finish(job *job) {
  tw_error error;
  if (job->arguments.given[TW_OPTION_JSON]) {
    json_t *json = json_pack("{s:s, s:O}", "command", "dump", "traces", job->traces);
    if (tw_output_json(job->arguments.value[TW_OPTION_JSON], json, &error) < 0)
      return tw_complain(error.text);
  }
  if (tw_output_flush(&error) < 0)
    return tw_complain(error.text);
  return job->bad ? TW_EXIT_BAD : TW_EXIT_AGREED;
}

int tw_cmd_dump(int argc, char **argv) {
  job job = {0};
  int status;
  if (!tw_arguments_read(&job.arguments, &command, argc, argv, &status))
    return status;
  choose(&job);
  job.traces = json_array();
  bool going = true;
  for (size_t i = 0; going && i < job.arguments.count; i++) {
    tw_progress_start(&job.progress, job.arguments.given[TW_OPTION_QUIET]);
    going = dump_one(&job, job.arguments.argument[i]);
  }
  status = going || json_array_size(job.traces) ? finish(&job) : TW_EXIT_BAD;
  json_decref(job.traces);
  return status;
}
