// tablewalk gen: the workloads that stand where a trace's path can.
#include "cmd.h"
#include "gen_report.h"
#include "output.h"
#include "ticker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const tw_command command = {
    .name = "gen",
    .arguments = "[NAME [KEY=VALUE]...]",
    .about =
        "Lists the workloads; with NAME alone, what it can be told; with values, makes it and tells what it held and\n"
        "what happened in it. With --output it becomes a container. Without any file, a workload is a trace for run,\n"
        "cosim, study, dump, check and import by its name: gen:NAME,key=value,...\n",
    .examples = "  tablewalk gen\n"
                "  tablewalk gen netbuf\n"
                "  tablewalk gen netbuf held=95\n"
                "  tablewalk gen pattern region=linear rodata=on count=4m -o linear.twt\n"
                "  tablewalk run gen:pattern,region=vmalloc,pattern=chase,count=100m\n",
    .options = 1ULL << TW_OPTION_OUTPUT | 1ULL << TW_OPTION_JSON | 1ULL << TW_OPTION_QUIET,
    .least = 0,
    .most = (size_t)-1,
};

typedef struct job {
  tw_arguments arguments;
  const tw_workload_about *about;
  char name[4096]; ///< "gen:NAME,..."
} job;

static bool prints(const job *job) {
  const tw_arguments *a = &job->arguments;
  return !a->given[TW_OPTION_QUIET] && (!a->given[TW_OPTION_JSON] || a->value[TW_OPTION_JSON]);
}

/// `json` is taken.
static int write_json(const job *job, json_t *json, tw_error *error) {
  if (job->arguments.given[TW_OPTION_JSON])
    return tw_output_json(job->arguments.value[TW_OPTION_JSON], json, error);
  json_decref(json);
  return tw_output_flush(error);
}

static int spell_name(job *job, tw_error *error) {
  const tw_arguments *a = &job->arguments;
  size_t used = (size_t)snprintf(job->name, sizeof job->name, "gen:%s", a->argument[0]);
  for (size_t i = 1; i < a->count && used < sizeof job->name; i++)
    used += (size_t)snprintf(job->name + used, sizeof job->name - used, ",%s", a->argument[i]);
  return used < sizeof job->name ? 0 : tw_fail(error, "gen: more than %zu characters of values", sizeof job->name - 1);
}

// ---- lists ----

static int list_all(const job *job, tw_error *error) {
  if (prints(job)) {
    tw_gen_print_workloads(stdout);
    puts("\n`tablewalk gen NAME` tells what each can be told. As a trace: gen:NAME,key=value,...");
  }
  return write_json(job, tw_gen_workloads_json(), error);
}

static int list_one(const job *job, tw_error *error) {
  if (prints(job))
    tw_gen_print_workload(job->about, stdout);
  return write_json(job, tw_gen_workload_json(job->about), error);
}

// ---- streams ----

static int read_through(tw_trace *trace, const job *job, tw_gen_counts *counts, tw_error *error) {
  tw_batch batch;
  tw_progress progress;
  uint64_t accesses = 0;
  int got;
  tw_progress_start(&progress, job->arguments.given[TW_OPTION_QUIET]);
  while ((got = tw_trace_next(trace, &batch, error)) > 0) {
    tw_gen_count(counts, &batch);
    accesses += batch.count;
    tw_progress_show(&progress, job->name, 0, 0, accesses);
  }
  tw_progress_end(&progress);
  return got;
}

static int tell(const job *job, tw_error *error) {
  tw_gen_counts counts = {0};
  size_t count;
  tw_trace *trace = tw_trace_open(job->name, TW_TRACE_GAPS, error);
  if (!trace)
    return -1;
  int status = read_through(trace, job, &counts, error);
  const tw_workload_fact *facts = tw_trace_facts(trace, &count);
  if (status == 0 && prints(job))
    tw_gen_print_counts(job->name, &counts, facts, count, stdout);
  if (status == 0)
    status = write_json(job, tw_gen_counts_json(job->name, &counts, facts, count), error);
  tw_trace_close(trace);
  return status;
}

static int store(const job *job, tw_error *error) {
  const char *input = job->name, *output = job->arguments.value[TW_OPTION_OUTPUT];
  tw_import_result r;
  tw_ticker ticker;
  tw_ticker_start(&ticker, output, job->arguments.given[TW_OPTION_QUIET]);
  int status = tw_trace_import(&input, 1, output, &r, error);
  tw_ticker_stop(&ticker);
  if (status < 0)
    return -1;
  if (prints(job))
    printf("%s: %" PRIu64 " accesses, %" PRIu64 " events, %" PRIu64 " bytes\n", output, r.accesses, r.events, r.bytes);
  return write_json(job,
                    json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "command", "gen", "trace", input, "output", output,
                              "accesses", (json_int_t)r.accesses, "events", (json_int_t)r.events, "bytes",
                              (json_int_t)r.bytes),
                    error);
}

/// `gen NAME --help` asks for the workload's own parameters.
static bool asks_for_parameters(int argc, char **argv) {
  return argc == 3 && strcmp(argv[2], "--help") == 0 && tw_workload_named(argv[1]);
}

static int run(job *job, tw_error *error) {
  const tw_arguments *a = &job->arguments;
  if (a->count == 0)
    return a->given[TW_OPTION_OUTPUT] ? tw_fail(error, "gen: found --output alone, expected a workload's name too")
                                      : list_all(job, error);
  job->about = tw_workload_named(a->argument[0]);
  if (!job->about)
    return tw_fail(error, "gen: %.200s is no workload (see `tablewalk gen`)", a->argument[0]);
  if (spell_name(job, error) < 0)
    return -1;
  if (a->given[TW_OPTION_OUTPUT])
    return store(job, error);
  return a->count == 1 ? list_one(job, error) : tell(job, error);
}

int tw_cmd_gen(int argc, char **argv) {
  int status = TW_EXIT_AGREED;
  tw_error error = {"gen: out of memory"};
  if (asks_for_parameters(argc, argv)) {
    tw_gen_print_workload(tw_workload_named(argv[1]), stdout);
    return tw_output_flush(&error) < 0 ? tw_complain(error.text) : status;
  }
  job *job = calloc(1, sizeof *job);
  if (!job)
    return tw_complain(error.text);
  if (tw_arguments_read(&job->arguments, &command, argc, argv, &status))
    status = run(job, &error) < 0 ? tw_complain(error.text) : TW_EXIT_AGREED;
  free(job);
  return status;
}
