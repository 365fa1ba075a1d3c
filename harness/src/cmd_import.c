// tablewalk import: any traces into one container.
#include "cmd.h"
#include "import_report.h"
#include "output.h"
#include "ticker.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <traces/foreign.h>

static const tw_command command = {
    .name = "import",
    .arguments = "INPUT... -o OUT",
    .about =
        "Converts traces of any known format to one container, a section each; AArch32 captures are stored too. A raw\n"
        "capture finds its snapshots and its console log beside it. OUT appears when it is complete, or not at all.\n"
        "\n"
        "With --format the inputs are traces of another tool, plain or compressed (zstd, gzip, xz, zip). They have no\n"
        "translation tables: a page is mapped when it is first touched, by --page, --placement and --frames.\n",
    .examples = "  tablewalk import k61-4k-on/lin_pages_4m.h1t.zst -o lin.twt\n"
                "  tablewalk import k61-4k-on/*.h1t.zst -o k61-4k-on.twt\n"
                "  tablewalk import --format champsim 600.perlbench.champsimtrace.xz -o perlbench.twt\n"
                "  valgrind --tool=lackey --trace-mem=yes --log-file=ls.txt ls\n"
                "  tablewalk import --format lackey --page 64K ls.txt -o ls.twt\n"
                "  perf script -F event,addr,data_src,phys_addr > mem.txt\n"
                "  tablewalk import --format perf mem.txt -o mem.twt\n",
    .options = 1ULL << TW_OPTION_FORMAT | 1ULL << TW_OPTION_PAGE | 1ULL << TW_OPTION_PLACEMENT |
               1ULL << TW_OPTION_FRAMES | 1ULL << TW_OPTION_SEED | 1ULL << TW_OPTION_V2P | 1ULL << TW_OPTION_LAYOUT |
               1ULL << TW_OPTION_LINUX | 1ULL << TW_OPTION_OUTPUT | 1ULL << TW_OPTION_JSON | 1ULL << TW_OPTION_QUIET,
    .least = 1,
    .most = (size_t)-1,
};

/// What came of an import.
typedef struct outcome {
  tw_import_result result;
  tw_measured *measured;
} outcome;

static int print(const tw_arguments *arguments, const outcome *o, tw_error *error) {
  const tw_import_result *r = &o->result;
  printf("%s: %zu %s, %" PRIu64 " sections, %" PRIu64 " accesses, %" PRIu64 " events, %" PRIu64
         " bytes (%.3f an access)\n",
         arguments->value[TW_OPTION_OUTPUT], arguments->count, arguments->count == 1 ? "trace" : "traces", r->sections,
         r->accesses, r->events, r->bytes, r->accesses ? (double)r->bytes / (double)r->accesses : 0.0);
  return tw_measured_print(o->measured, stdout) < 0 && !ferror(stdout) ? tw_fail(error, "out of memory") : 0;
}

static int report(const tw_arguments *arguments, const outcome *o, tw_error *error) {
  const tw_import_result *r = &o->result;
  bool json = arguments->given[TW_OPTION_JSON];
  if (!arguments->given[TW_OPTION_QUIET] && (!json || arguments->value[TW_OPTION_JSON]) &&
      print(arguments, o, error) < 0)
    return -1;
  if (!json)
    return tw_output_flush(error);
  json_t *value = json_pack(
      "{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "command", "import", "output", arguments->value[TW_OPTION_OUTPUT],
      "inputs", (json_int_t)arguments->count, "sections", (json_int_t)r->sections, "accesses", (json_int_t)r->accesses,
      "events", (json_int_t)r->events, "bytes", (json_int_t)r->bytes, "measured", tw_measured_json(o->measured));
  return tw_output_json(arguments->value[TW_OPTION_JSON], value, error);
}

// ---- traces of other tools ----

static int read_format(const char *name, tw_foreign_format *format, tw_error *error) {
  for (unsigned i = 0; tw_foreign_name(i); i++)
    if (strcmp(name, tw_foreign_name(i)) == 0) {
      *format = (tw_foreign_format)i;
      return 0;
    }
  return tw_fail(error, "import: --format %s, expected champsim, cloudsuite, lackey, dynamorio, perf, spe or gem5",
                 name);
}

static int read_placement(const char *name, tw_placement *placement, tw_error *error) {
  *placement = strcmp(name, "scattered") == 0 ? TW_PLACE_SCATTERED : TW_PLACE_IN_ORDER;
  if (*placement == TW_PLACE_SCATTERED || strcmp(name, "in-order") == 0)
    return 0;
  return tw_fail(error, "import: --placement %s, expected in-order or scattered", name);
}

static int read_policy(const tw_arguments *a, tw_mapping_policy *policy, tw_error *error) {
  *policy = tw_mapping_policy_usual();
  const char *const *value = a->value;
  policy->v2p = value[TW_OPTION_V2P];
  if (a->given[TW_OPTION_PAGE] &&
      tw_read_log2("import", "page", value[TW_OPTION_PAGE], "a power of two", &policy->page_log2, error) < 0)
    return -1;
  if (a->given[TW_OPTION_PLACEMENT] && read_placement(value[TW_OPTION_PLACEMENT], &policy->placement, error) < 0)
    return -1;
  if (a->given[TW_OPTION_FRAMES] &&
      tw_read_bytes("import", "frames", value[TW_OPTION_FRAMES], &policy->frames_bytes, error) < 0)
    return -1;
  return a->given[TW_OPTION_SEED] ? tw_read_number("import", "seed", value[TW_OPTION_SEED], &policy->seed, error) : 0;
}

/// The map that regions are named by, if one is asked for. The tables have halves of 48 bits: so has the kernel.
static int read_layout(const tw_arguments *a, tw_mapping_policy *policy, tw_linux_layout *layout, tw_error *error) {
  tw_linux_layout_machine machine;
  if (!a->given[TW_OPTION_LAYOUT])
    return a->given[TW_OPTION_LINUX] ? tw_fail(error, "import: found --linux alone, expected --layout with it") : 0;
  if (tw_read_machine("import", a->value[TW_OPTION_LAYOUT], &machine, error) < 0)
    return -1;
  if (machine == TW_LINUX_ARM)
    return tw_fail(error, "import: --layout arm, expected arm64 or x86-64: the tables are those of a 64-bit kernel");
  tw_linux_layout_config config = tw_linux_layout_usual(machine);
  if (machine == TW_LINUX_ARM64 && policy->page_log2 <= 16)
    config.page_log2 = policy->page_log2;
  config.va_bits = 48;
  if (a->given[TW_OPTION_LINUX] && tw_read_version("import", a->value[TW_OPTION_LINUX], &config, error) < 0)
    return -1;
  policy->layout = layout;
  return tw_linux_layout_make(&config, layout, error);
}

/// Without --format, options that are of foreign traces alone would do nothing.
static int refuse_policy(const tw_arguments *a, tw_error *error) {
  static const tw_option options[] = {TW_OPTION_PAGE, TW_OPTION_PLACEMENT, TW_OPTION_FRAMES, TW_OPTION_SEED,
                                      TW_OPTION_V2P,  TW_OPTION_LAYOUT,    TW_OPTION_LINUX};
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    if (a->given[options[i]])
      return tw_fail(
          error,
          "import: --page, --placement, --frames, --seed, --v2p, --layout and --linux go with --format: a capture "
          "has tables and regions");
  return 0;
}

static int import_inputs(const tw_arguments *a, outcome *o, tw_error *error) {
  const char *output = a->value[TW_OPTION_OUTPUT];
  tw_mapping_policy policy;
  tw_linux_layout layout;
  tw_foreign_source source = {
      .inputs = (const char *const *)a->argument, .count = a->count, .policy = &policy, .measured = o->measured};
  if (!a->given[TW_OPTION_FORMAT])
    return refuse_policy(a, error) < 0 ? -1 : tw_trace_import(source.inputs, a->count, output, &o->result, error);
  if (read_format(a->value[TW_OPTION_FORMAT], &source.format, error) < 0 || read_policy(a, &policy, error) < 0 ||
      read_layout(a, &policy, &layout, error) < 0)
    return -1;
  return tw_trace_import_foreign(&source, output, &o->result, error);
}

static int import(const tw_arguments *arguments, tw_error *error) {
  outcome o = {.measured = calloc(1, sizeof *o.measured)};
  if (!o.measured)
    return tw_fail(error, "out of memory");
  tw_ticker ticker;
  tw_ticker_start(&ticker, arguments->value[TW_OPTION_OUTPUT], arguments->given[TW_OPTION_QUIET]);
  int status = import_inputs(arguments, &o, error);
  tw_ticker_stop(&ticker);
  if (status == 0)
    status = report(arguments, &o, error);
  free(o.measured);
  return status;
}

int tw_cmd_import(int argc, char **argv) {
  tw_arguments arguments;
  tw_error error;
  int status;
  if (!tw_arguments_read(&arguments, &command, argc, argv, &status))
    return status;
  if (!arguments.value[TW_OPTION_OUTPUT])
    return tw_complain("import: no output, expected -o OUT (see `tablewalk import --help`)");
  return import(&arguments, &error) < 0 ? tw_complain(error.text) : TW_EXIT_AGREED;
}
