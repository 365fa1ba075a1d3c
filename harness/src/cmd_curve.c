// tablewalk curve: latency against footprint.
#include "cmd.h"
#include "curve.h"
#include "output.h"
#include "progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const tw_command command = {
    .name = "curve",
    .arguments = "[CORE]...",
    .about =
        "What a translation costs by how many pages are in use: the curve by which the TLBs of silicon are measured.\n"
        "The C model goes round a random order of N pages, one read in each, every read waiting for the one before;\n"
        "that is a random cyclic permutation, as microbenchmarks use it, of the seed that is printed. Each page comes\n"
        "back after all the others, so a TLB that replaces the least recently used entry and has one too few holds\n"
        "none of them: capacities show as edges. Two rounds make it warm, at least 2048 accesses are measured.\n"
        "\n"
        "Columns are shares of all accesses. Below the table: where the mean leaves the plateau of L1 hits and where\n"
        "that of L2 hits, found by halving until they are exact, and the step between them, each beside what the\n"
        "core's file says. Of larger pages the step has a cycle more for each size that the L2 TLB probes before\n"
        "theirs. A core of ARMv7 has LPAE tables, all others VMSAv8-64. Cores are presets\n"
        "(see `tablewalk cores`) or YAML files.\n",
    .examples = "  tablewalk curve\n"
                "  tablewalk curve neoverse-n1 cortex-a72 my-core.yaml --svg curve.svg\n"
                "  tablewalk curve --core neoverse-v2 --page 2M --pages 4096 --csv\n",
    .options = 1ULL << TW_OPTION_CORE | 1ULL << TW_OPTION_JSON | 1ULL << TW_OPTION_CSV | 1ULL << TW_OPTION_SVG |
               1ULL << TW_OPTION_PAGE | 1ULL << TW_OPTION_PAGES | 1ULL << TW_OPTION_SEED | 1ULL << TW_OPTION_QUIET |
               1ULL << TW_OPTION_NO_DATA_TRAFFIC,
    .least = 0,
    .most = (size_t)-1,
};

typedef struct job {
  tw_arguments arguments;
  tw_curve_options options;
  tw_progress progress;
  const char *label; // the core that is measured
  tw_curve *curves;
  size_t count;
  bool print;
} job;

static void on_progress(void *context, uint64_t done, uint64_t total) {
  job *job = context;
  tw_progress_show(&job->progress, job->label, done, total, done);
}

// -- options --

static int read_number(const job *job, tw_option option, const char *name, uint64_t *number, tw_error *error) {
  const char *text = job->arguments.value[option];
  if (!text)
    return 0;
  char *end;
  *number = strtoull(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end)
    return tw_fail(error, "curve: --%s: found %s, expected a whole number", name, text);
  return 0;
}

static int read_options(job *job, tw_error *error) {
  const tw_arguments *a = &job->arguments;
  bool json_alone = a->given[TW_OPTION_JSON] && !a->value[TW_OPTION_JSON];
  bool csv_alone = a->given[TW_OPTION_CSV] && !a->value[TW_OPTION_CSV];
  if (json_alone && csv_alone)
    return tw_fail(error, "curve: --json and --csv both to standard output, expected a FILE for one");
  job->print = !a->given[TW_OPTION_QUIET] && !json_alone && !csv_alone;
  const char *page = a->given[TW_OPTION_PAGE] ? a->value[TW_OPTION_PAGE] : "4K";
  job->options =
      (tw_curve_options){.page = tw_linear_size_named(page), .seed = 1, .progress = on_progress, .context = job};
  if (!job->options.page)
    return tw_fail(error, "curve: --page: found %s, expected 4K, 16K, 64K, 2M, 32M, 512M or 1G", page);
  if (read_number(job, TW_OPTION_PAGES, "pages", &job->options.most, error) < 0 ||
      read_number(job, TW_OPTION_SEED, "seed", &job->options.seed, error) < 0)
    return -1;
  if (a->given[TW_OPTION_PAGES] && job->options.most < 2)
    return tw_fail(error, "curve: --pages: found %s, expected 2 or more", a->value[TW_OPTION_PAGES]);
  return 0;
}

// -- measuring --

static int measure(job *job, const tw_core *core, tw_error *error) {
  job->label = core->name;
  int status = tw_curve_measure(core, &job->options, &job->curves[job->count++], error);
  tw_progress_end(&job->progress);
  return status;
}

// The core of --core, or without any name its default; then the arguments.
static int measure_all(job *job, tw_error *error) {
  tw_core core;
  const tw_arguments *a = &job->arguments;
  job->curves = calloc(a->count + 1, sizeof *job->curves);
  if (!job->curves)
    return tw_fail(error, "curve: out of memory");
  if (a->given[TW_OPTION_CORE] || a->count == 0)
    if (tw_arguments_core(a, &core, error) < 0 || measure(job, &core, error) < 0)
      return -1;
  for (size_t i = 0; i < a->count; i++) {
    if (tw_core_load(a->argument[i], &core, error) < 0)
      return -1;
    if (a->given[TW_OPTION_NO_DATA_TRAFFIC])
      core.memory.data_traffic = 0;
    if (measure(job, &core, error) < 0)
      return -1;
  }
  return 0;
}

// -- results --

static int print_curve(const tw_curve *curve, tw_error *error) {
  char sentence[512];
  printf("Core %s: %s; pages of %s, random cyclic order of seed %" PRIu64 "\n\n", curve->core.name, curve->core.title,
         curve->options.page->name, curve->options.seed);
  tw_table *table = tw_curve_table(curve);
  int status = table && tw_table_print(table, stdout) == 0 ? 0 : tw_fail(error, "curve: the table can't be written");
  tw_table_free(table);
  tw_curve_sentence(curve, sentence, sizeof sentence);
  printf("\n%s\n", sentence);
  return status;
}

static int write_csv(const job *job, tw_error *error) {
  tw_output output;
  tw_table *table = tw_table_create(tw_curve_csv_headings);
  for (size_t i = 0; table && i < job->count; i++)
    tw_curve_csv_rows(&job->curves[i], table);
  int status = -1;
  if (!table) {
    tw_fail(error, "curve: out of memory");
  } else if (tw_output_open(&output, job->arguments.value[TW_OPTION_CSV], error) == 0) {
    int failed = tw_table_csv(table, output.file);
    status = tw_output_close(&output, !failed, error);
    if (failed && status == 0)
      status = tw_fail(error, "CSV can't be written");
  }
  tw_table_free(table);
  return status;
}

static int write_svg(const job *job, tw_error *error) {
  tw_output output;
  if (tw_output_open(&output, job->arguments.value[TW_OPTION_SVG], error) < 0)
    return -1;
  int failed = tw_curve_write_svg(job->curves, job->count, output.file);
  int status = tw_output_close(&output, !failed, error);
  return failed && status == 0 ? tw_fail(error, "SVG can't be written") : status;
}

static int write_json(const job *job, tw_error *error) {
  json_t *curves = json_array();
  for (size_t i = 0; i < job->count; i++)
    json_array_append_new(curves, tw_curve_json(&job->curves[i]));
  return tw_output_json(job->arguments.value[TW_OPTION_JSON],
                        json_pack("{s:s, s:o}", "command", "curve", "curves", curves), error);
}

static int write_results(const job *job, tw_error *error) {
  for (size_t i = 0; job->print && i < job->count; i++) {
    if (i)
      putchar('\n');
    if (print_curve(&job->curves[i], error) < 0)
      return -1;
  }
  if (job->arguments.given[TW_OPTION_CSV] && write_csv(job, error) < 0)
    return -1;
  if (job->arguments.given[TW_OPTION_SVG] && write_svg(job, error) < 0)
    return -1;
  if (job->arguments.given[TW_OPTION_JSON] && write_json(job, error) < 0)
    return -1;
  return tw_output_flush(error);
}

int tw_cmd_curve(int argc, char **argv) {
  job job = {0};
  int status;
  tw_error error;
  if (!tw_arguments_read(&job.arguments, &command, argc, argv, &status))
    return status;
  tw_progress_start(&job.progress, job.arguments.given[TW_OPTION_QUIET]);
  bool done = read_options(&job, &error) == 0 && measure_all(&job, &error) == 0 && write_results(&job, &error) == 0;
  for (size_t i = 0; i < job.count; i++)
    tw_curve_free(&job.curves[i]);
  free(job.curves);
  return done ? TW_EXIT_AGREED : tw_complain(error.text);
}
