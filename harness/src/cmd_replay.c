// Traces one after the other. A trace that can't be read ends the command, or with --keep-going is told and left.
#define _POSIX_C_SOURCE 200809L
#include "cmd_replay.h"
#include "output.h"
#include "progress.h"
#include "region_account.h"
#include "replay_report.h"

#include <traces/trace.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
  const tw_command *command;
  tw_engine_kind kind;
  tw_arguments arguments;
  tw_core core;
  tw_engine *engine;
  tw_progress progress;
  size_t index;        // of the trace that plays
  uint64_t expected;   // accesses of all traces; 0: not counted
  unsigned x86_levels; // 0: the traces' own tables
  tw_issue issue;
  size_t gapless; // traces without instruction counts
  tw_table *table, *csv, *tables, *metrics, *counters;
  tw_table *regions;                     // of all traces; NULL: nobody asks
  tw_region_account *by_region, *totals; // of the trace that plays; of all
  json_t *traces;
  tw_played total;
  size_t played;
  bool bad;      // a trace was damaged or could not be read
  bool differed; // the sides, or a physical address
  bool print;    // lines for people
} job;

static void on_progress(void *context, uint64_t accesses) {
  job *job = context;
  size_t count = job->arguments.count;
  uint64_t done = job->total.result.accesses + accesses;
  const char *label = job->arguments.argument[job->index];
  if (job->expected)
    tw_progress_show(&job->progress, label, done, job->expected, done);
  else
    tw_progress_show(&job->progress, label, job->index, count > 1 ? count : 0, done);
}

static int on_section(void *context, const tw_region *regions, size_t count, tw_error *error) {
  return tw_region_account_section(((job *)context)->by_region, regions, count, error);
}

static int on_answers(void *context, const tw_answers *answers, tw_error *error) {
  (void)error;
  tw_region_account_answers(((job *)context)->by_region, answers);
  return 0;
}

// For the bar alone: what can't be read counts 0 here, and is told when it plays.
static uint64_t count_accesses(const char *path) {
  tw_error error;
  tw_batch batch;
  uint64_t count = 0;
  tw_trace *trace = tw_trace_open(path, TW_TRACE_KEEP_GOING, &error);
  while (trace && tw_trace_next(trace, &batch, &error) > 0)
    count += batch.count;
  tw_trace_close(trace);
  return count;
}

// The lockstep is so much slower than reading that all traces are read once before, to know how far it is.
static void expect_accesses(job *job) {
  if (!job->progress.on || job->kind != TW_ENGINE_LOCKSTEP)
    return;
  for (size_t i = 0; i < job->arguments.count; i++)
    job->expected += count_accesses(job->arguments.argument[i]);
}

static void complain(job *job, const char *text) {
  tw_progress_end(&job->progress);
  fflush(stdout);
  tw_complain(text);
}

// -- one trace --

static uint64_t memory_end(const tw_core *core) {
  uint64_t end = 1ULL << core->mmu.pa_bits, limit = core->memory.limit & ~0xfffULL;
  return limit && limit < end ? limit : end;
}

/// A trace's counts by region begin anew.
static int open_regions(job *job, tw_replay_options *options, tw_error *error) {
  if (!job->regions)
    return 0;
  tw_region_account_destroy(job->by_region);
  job->by_region = tw_region_account_create();
  options->section = on_section;
  options->answers = on_answers;
  return job->by_region ? 0 : tw_fail(error, "%s: out of memory", job->command->name);
}

static int measure(job *job, tw_played *played, tw_error *error) {
  tw_counters before, after;
  tw_compared compared_before = tw_engine_compared(job->engine);
  tw_replay_options options = {.check_pa = true,
                               .instructions = true,
                               .x86_levels = job->x86_levels,
                               .memory_end = memory_end(&job->core),
                               .keep_going = job->arguments.given[TW_OPTION_KEEP_GOING],
                               .issue = job->issue,
                               .progress = on_progress,
                               .context = job};
  if (open_regions(job, &options, error) < 0 || tw_engine_counters(job->engine, &before, error) < 0)
    return -1;
  double start = tw_seconds();
  int status = tw_replay(job->engine, played->name, &options, &played->result, error);
  played->seconds = tw_seconds() - start;
  tw_compared compared_after = tw_engine_compared(job->engine);
  played->compared = tw_compared_since(&compared_after, &compared_before);
  if (status < 0 || tw_engine_counters(job->engine, &after, error) < 0)
    return -1;
  played->counters = tw_counters_since(&after, &before);
  return 0;
}

static void report_regions(job *job, const tw_played *played, json_t *json) {
  if (!job->regions)
    return;
  tw_regions_rows(job->regions, played->name, job->by_region);
  json_object_set_new(json, "regions", tw_regions_json(job->by_region));
  if (tw_region_account_add(job->totals, job->by_region) == 0)
    return;
  job->bad = true;
  complain(job, "out of memory");
}

static void report(job *job, const tw_played *played) {
  json_t *json = tw_played_json(played, job->kind == TW_ENGINE_LOCKSTEP);
  tw_played_row(job->table, played);
  tw_played_csv_row(job->csv, played);
  report_regions(job, played, json);
  job->gapless += played->result.instructions == 0;
  if (job->x86_levels)
    tw_tables_rows(job->tables, played);
  json_array_append_new(job->traces, json);
  tw_played_add(&job->total, played);
  job->played++;
  tw_error line;
  if (played->result.pa_differed) {
    job->differed = true;
    tw_fail(&line, "%s: %s", played->name, played->result.first_difference);
    complain(job, line.text);
  }
  if (played->result.damage[0]) {
    job->bad = true;
    tw_fail(&line, "%.400s; used: the %" PRIu64 " accesses before it", played->result.damage, played->result.accesses);
    complain(job, line.text);
  }
}

// False: the command ends here.
static bool play(job *job, const char *path) {
  tw_error error;
  tw_played played = {.name = path};
  if (measure(job, &played, &error) == 0) {
    report(job, &played);
    return true;
  }
  complain(job, error.text);
  if (tw_engine_differed(job->engine) != TW_SAME) {
    tw_played_add(&job->total, &played);
    job->differed = true;
    return false;
  }
  job->bad = true;
  return job->arguments.given[TW_OPTION_KEEP_GOING];
}

// -- the end --

static const char *issue_name(tw_issue_mode mode) {
  static const char *const names[] = {"dependent", "overlapped", "phase"};
  return names[mode];
}

static json_t *issue_json(const tw_issue *issue) {
  json_t *json = json_pack("{s:s}", "mode", issue_name(issue->mode));
  if (issue->mode == TW_ISSUE_DEPENDENT)
    return json;
  json_object_set_new(json, "window", json_integer(issue->window));
  json_object_set_new(json, "instructions_a_cycle", issue->rate ? json_real(issue->rate / 1000.0) : json_null());
  return json;
}

static json_t *job_json(job *job) {
  bool lockstep = job->kind == TW_ENGINE_LOCKSTEP;
  job->total.name = "total";
  json_t *total = tw_played_json(&job->total, lockstep);
  if (job->regions)
    json_object_set_new(total, "regions", tw_regions_json(job->totals));
  return json_pack("{s:s, s:s, s:s, s:o, s:s, s:b, s:O, s:o}", "command", job->command->name, "core", job->core.name,
                   "tables", tw_tables_name(job->x86_levels), "issue", issue_json(&job->issue), "engine",
                   lockstep ? "model and rtl in lockstep" : "model", "agreed", !job->differed && !job->bad, "traces",
                   job->traces, "total", total);
}

static int write_csv(job *job, tw_error *error) {
  tw_output output;
  if (tw_output_open(&output, job->arguments.value[TW_OPTION_CSV], error) < 0)
    return -1;
  int failed = tw_table_csv(job->regions ? job->regions : job->csv, output.file);
  int status = tw_output_close(&output, !failed, error);
  return failed && status == 0 ? tw_fail(error, "CSV can't be written") : status;
}

static void print_compared(const job *job) {
  const tw_compared *c = &job->total.compared;
  printf("Compared in lockstep: %" PRIu64 " accesses, %" PRIu64 " cycles, %" PRIu64 " walks, %" PRIu64
         " memory reads, %" PRIu64 " TLBIs, %" PRIu64 " counters: %s.\n",
         c->accesses, c->cycles, c->walks, c->memory_reads, c->maintenance, c->counters,
         tw_engine_differed(job->engine) ? "the model and the RTL differ" : "the model and the RTL do not differ");
}

static void print_notes(const tw_replay_result *r) {
  if (r->tlbi_widened)
    printf("%" PRIu64 " of %" PRIu64 " TLBIs dropped everything: their operand is not in the trace.\n", r->tlbi_widened,
           r->tlbi);
  const tw_replay_tables *t = &r->tables;
  if (t->invlpg + t->cr3 + t->flushes)
    printf("%" PRIu64 " TLBIs became %" PRIu64 " INVLPGs, %" PRIu64 " writes to CR3 and %" PRIu64
           " flushes of everything.\n",
           r->tlbi, t->invlpg, t->cr3, t->flushes);
}

static void print_issue(const job *job) {
  const tw_issue *issue = &job->issue;
  if (issue->mode == TW_ISSUE_DEPENDENT)
    return;
  printf("Accesses overlap%s: up to %" PRIu32 " under way at once, ",
         issue->mode == TW_ISSUE_PHASE ? ", but for phases that chase pointers" : "", issue->window);
  if (issue->rate)
    printf("instructions between them at %g a cycle.\n", issue->rate / 1000.0);
  else
    printf("offered as fast as they are taken.\n");
  if (issue->rate && job->gapless)
    printf("%zu of %zu traces have no instruction counts: no gaps between their accesses.\n", job->gapless,
           job->played);
}

static void print_counted(job *job) {
  tw_metrics_rows(job->metrics, &job->total);
  tw_table_print(job->metrics, stdout);
  putchar('\n');
  if (!job->arguments.given[TW_OPTION_COUNTERS])
    return;
  tw_counters_rows(job->counters, &job->total.counters);
  tw_table_print(job->counters, stdout);
  putchar('\n');
}

static void print_table(job *job) {
  printf("Core %s: %s\n\n", job->core.name, job->core.title);
  if (job->x86_levels) {
    printf("On x86-64 tables of %u levels that map what the kernel's own do:\n\n", job->x86_levels);
    tw_table_print(job->tables, stdout);
    putchar('\n');
  }
  tw_table_print(job->table, stdout);
  putchar('\n');
  if (job->regions) {
    tw_table_print(job->regions, stdout);
    putchar('\n');
  }
  print_counted(job);
  print_issue(job);
  print_notes(&job->total.result);
  printf("Physical addresses: %" PRIu64 " compared with the machine's, %" PRIu64 " differ.\n",
         job->total.result.pa_compared, job->total.result.pa_differed);
  if (job->kind == TW_ENGINE_LOCKSTEP)
    print_compared(job);
}

static int write_results(job *job, tw_error *error) {
  if (job->gapless)
    job->total.result.instructions = 0; // not all are counted
  const tw_arguments *a = &job->arguments;
  if (job->played > 1) {
    job->total.name = "total";
    tw_table_rule(job->table);
    tw_played_row(job->table, &job->total);
    tw_played_csv_row(job->csv, &job->total);
    if (job->regions) {
      tw_table_rule(job->regions);
      tw_regions_rows(job->regions, job->total.name, job->totals);
    }
  }
  if (job->print)
    print_table(job);
  if (a->given[TW_OPTION_CSV] && write_csv(job, error) < 0)
    return -1;
  if (a->given[TW_OPTION_JSON] && tw_output_json(a->value[TW_OPTION_JSON], job_json(job), error) < 0)
    return -1;
  return tw_output_flush(error);
}

// The counters of both sides are compared at the end of a lockstep.
static void finish_engine(job *job) {
  tw_error error;
  tw_compared before = tw_engine_compared(job->engine);
  if (job->differed && tw_engine_differed(job->engine) != TW_SAME)
    return;
  if (job->played == 0)
    return;
  if (tw_engine_finish(job->engine, &error) < 0) {
    job->differed = true;
    complain(job, error.text);
  }
  tw_compared after = tw_engine_compared(job->engine);
  job->total.compared.counters += after.counters - before.counters;
}

static int finish(job *job) {
  tw_error error;
  tw_progress_end(&job->progress);
  finish_engine(job);
  if (job->played + job->differed > 0 && write_results(job, &error) < 0)
    return tw_complain(error.text);
  if (job->bad)
    return TW_EXIT_BAD;
  if (job->total.result.pa_compared == 0 && !job->differed) {
    tw_complain("nothing was compared: the traces hold no accesses");
    return TW_EXIT_DIFFERS;
  }
  return job->differed ? TW_EXIT_DIFFERS : TW_EXIT_AGREED;
}

static int choose_tables(job *job, tw_error *error) {
  const char *name = job->arguments.value[TW_OPTION_TABLES];
  if (!name)
    return 0;
  if (job->kind != TW_ENGINE_MODEL)
    return tw_fail(error,
                   "%s: found --tables %s, expected the traces' own: the RTL has no x86-64 tables, only run does",
                   job->command->name, name);
  job->x86_levels = !strcmp(name, "x86-64") ? 4 : !strcmp(name, "x86-64-la57") ? 5 : 0;
  return job->x86_levels
             ? 0
             : tw_fail(error, "%s: --tables: found %s, expected x86-64 or x86-64-la57", job->command->name, name);
}

static int make_tables(job *job, tw_error *error) {
  char headings[TW_ROW_TEXT];
  tw_played_csv_headings(headings);
  job->table = tw_table_create(tw_played_headings);
  job->csv = tw_table_create(headings);
  job->tables = tw_table_create(tw_tables_headings);
  job->metrics = tw_table_create(tw_metrics_headings);
  job->counters = tw_table_create(tw_counters_headings);
  job->traces = json_array();
  bool made = job->table && job->csv && job->tables && job->metrics && job->counters && job->traces;
  if (job->arguments.given[TW_OPTION_BY_REGION]) {
    job->regions = tw_table_create(tw_regions_headings);
    job->totals = tw_region_account_create();
    made = made && job->regions && job->totals;
  }
  return made ? 0 : tw_fail(error, "%s: out of memory", job->command->name);
}

static int open_job(job *job, tw_error *error) {
  const tw_arguments *a = &job->arguments;
  tw_engine_options options = {.kind = job->kind, .fst = a->value[TW_OPTION_FST]};
  bool json_alone = a->given[TW_OPTION_JSON] && !a->value[TW_OPTION_JSON];
  bool csv_alone = a->given[TW_OPTION_CSV] && !a->value[TW_OPTION_CSV];
  if (json_alone && csv_alone)
    return tw_fail(error, "%s: --json and --csv both to standard output, expected a FILE for one", job->command->name);
  job->print = !a->given[TW_OPTION_QUIET] && !json_alone && !csv_alone;
  if (choose_tables(job, error) < 0)
    return -1;
  if (job->x86_levels && a->given[TW_OPTION_BY_REGION])
    return tw_fail(error, "%s: found --regions and --tables, expected one: x86-64 tables move some addresses",
                   job->command->name);
  if (tw_arguments_issue(a, job->command->name, &job->issue, error) < 0 || make_tables(job, error) < 0)
    return -1;
  if (tw_arguments_core(a, &job->core, error) < 0)
    return -1;
  job->engine = tw_engine_open(&job->core, &options, error);
  return job->engine ? 0 : -1;
}

static int run_job(job *job) {
  tw_error error;
  if (open_job(job, &error) < 0)
    return tw_complain(error.text);
  tw_progress_start(&job->progress, job->arguments.given[TW_OPTION_QUIET]);
  expect_accesses(job);
  bool going = true;
  for (job->index = 0; going && job->index < job->arguments.count; job->index++)
    going = play(job, job->arguments.argument[job->index]);
  return finish(job);
}

int tw_replay_command(const tw_command *command, tw_engine_kind kind, int argc, char **argv) {
  int status;
  job *job = calloc(1, sizeof *job);
  if (!job)
    return tw_complain("out of memory");
  job->command = command;
  job->kind = kind;
  if (tw_arguments_read(&job->arguments, command, argc, argv, &status))
    status = run_job(job);
  tw_engine_close(job->engine);
  tw_table_free(job->table);
  tw_table_free(job->csv);
  tw_table_free(job->metrics);
  tw_table_free(job->counters);
  tw_table_free(job->tables);
  tw_table_free(job->regions);
  tw_region_account_destroy(job->by_region);
  tw_region_account_destroy(job->totals);
  json_decref(job->traces);
  free(job);
  return status;
}
