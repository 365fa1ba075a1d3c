// Options: one list for all subcommands, so that a name means the same everywhere.
#define _POSIX_C_SOURCE 200809L
#include "cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

typedef struct option_text {
  const char *name;
  const char *value; // name of its value; NULL: it has none
  int kind;          // no_argument, required_argument, optional_argument
  const char *about;
} option_text;

static const option_text texts[TW_OPTIONS] = {
    [TW_OPTION_CORE] = {"core", "NAME|FILE", required_argument,
                        "the core: a preset (see `tablewalk cores`) or a YAML file; neoverse-n1 if not given"},
    [TW_OPTION_JSON] = {"json", "FILE", optional_argument, "JSON: to FILE, or instead of the table"},
    [TW_OPTION_CSV] = {"csv", "FILE", optional_argument, "the table as CSV: to FILE, or instead of the table"},
    [TW_OPTION_RTL] = {"rtl", NULL, no_argument, "let the RTL answer instead of the C model"},
    [TW_OPTION_FST] = {"fst", "FILE", required_argument, "write waves of a difference's window to FILE"},
    [TW_OPTION_NO_DATA_TRAFFIC] = {"no-data-traffic", NULL, no_argument,
                                   "the translated accesses do not compete for the walker's cache lines"},
    [TW_OPTION_TABLES] = {"tables", "FORMAT", required_argument,
                          "tables of another format that map the same, x86-64 or x86-64-la57: the C model alone"},
    [TW_OPTION_ISSUE] = {"issue", "MODE", required_argument,
                         "dependent (if not given): each access waits for the one before it; overlapped: many are\n"
                         "                       under way at once; phase: dependent in phases that chase pointers,\n"
                         "                       overlapped in all others"},
    [TW_OPTION_WINDOW] = {"window", "N", required_argument,
                          "overlapped: accesses under way at once, 1 to 256; 16 if not given"},
    [TW_OPTION_IPC] = {"ipc", "R", required_argument,
                       "overlapped: between two accesses pass the cycles that the trace's instructions between\n"
                       "                       them take, R of them a cycle; 4 if not given; 0: none pass"},
    [TW_OPTION_COUNTERS] = {"counters", NULL, no_argument, "all events, by the Arm PMU's names and numbers"},
    [TW_OPTION_BY_REGION] = {"regions", NULL, no_argument,
                             "counts by the region of the address; the CSV then has a row a trace and region"},
    [TW_OPTION_OUTPUT] = {"output", "FILE", required_argument, "the file to write (also -o FILE)"},
    [TW_OPTION_PHASES] = {"phases", NULL, no_argument, "the phases, with their accesses and events"},
    [TW_OPTION_CENSUS] = {"census", NULL, no_argument, "mappings counted by region and size"},
    [TW_OPTION_RUNS] = {"runs", NULL, no_argument, "runs of equal mappings, as the kernel's ptdump shows them"},
    [TW_OPTION_REGISTERS] = {"registers", NULL, no_argument, "registers, decoded"},
    [TW_OPTION_KEEP_GOING] = {"keep-going", NULL, no_argument,
                              "use what stands before damage; go on with the next file"},
    [TW_OPTION_MODEL_ONLY] = {"model-only", NULL, no_argument, "the model alone, without the RTL: compares nothing"},
    [TW_OPTION_OUT] = {"out", "DIR", required_argument, "the folder for the result files"},
    [TW_OPTION_NO_FILES] = {"no-files", NULL, no_argument, "write no result files"},
    [TW_OPTION_BBM] = {"bbm", "LEVEL", required_argument, "FEAT_BBM of the core, 0 to 2; 0 if not given"},
    [TW_OPTION_SVG] = {"svg", "FILE", required_argument, "a chart of the curves to FILE"},
    [TW_OPTION_PAGE] = {"page", "SIZE", required_argument, "of each: 4K (if not given), 16K, 64K, 2M, 32M, 512M or 1G"},
    [TW_OPTION_PAGES] = {"pages", "N", required_argument,
                         "the largest footprint; four times the L2 TLB's entries if not given"},
    [TW_OPTION_SEED] = {"seed", "N", required_argument, "of the random orders; 1 if not given"},
    [TW_OPTION_FORMAT] = {"format", "NAME", required_argument,
                          "inputs are traces of another tool: champsim, cloudsuite, lackey,\n"
                          "                       dynamorio, perf, spe or gem5"},
    [TW_OPTION_PLACEMENT] = {"placement", "NAME", required_argument,
                             "frames of new pages: in-order (if not given), or scattered as in fragmented memory"},
    [TW_OPTION_FRAMES] = {"frames", "SIZE", required_argument, "physical memory for pages; 64G if not given"},
    [TW_OPTION_V2P] = {"v2p", "FILE", required_argument, "a v2p.textproto: where the pages lie that it names"},
    [TW_OPTION_LAYOUT] = {"layout", "MACHINE", required_argument,
                          "names of regions: linear, vmalloc, ... of Linux on arm64 or x86-64 without KASLR;\n"
                          "                       user and kernel if not given"},
    [TW_OPTION_LINUX] = {"linux", "VERSION", required_argument, "of the kernel; 6.12 if not given"},
    [TW_OPTION_VA_BITS] = {"va-bits", "N", required_argument,
                           "bits of a kernel address; as Debian has them if not given"},
    [TW_OPTION_RAM] = {"ram", "SIZE", required_argument, "of the machine; 4G if not given (arm: 1G)"},
    [TW_OPTION_KASAN] = {"kasan", NULL, no_argument, "the kernel has generic KASAN (arm64)"},
    [TW_OPTION_QUIET] = {"quiet", NULL, no_argument, "no table and no progress: errors and the exit status alone"},
    [TW_OPTION_HELP] = {"help", NULL, no_argument, "print this"},
};

static bool takes(const tw_command *command, unsigned option) {
  return option == TW_OPTION_HELP || (command->options >> option & 1);
}

static void print_option(const option_text *text) {
  char left[64];
  bool optional = text->kind == optional_argument;
  snprintf(left, sizeof left, "--%s%s%s%s", text->name, text->value ? (optional ? "[=" : " ") : "",
           text->value ? text->value : "", optional ? "]" : "");
  printf("  %-20s %s\n", left, text->about);
}

static int print_help(const tw_command *command) {
  printf("Usage: tablewalk %s [OPTION]... %s\n\n%s\nOptions:\n", command->name, command->arguments, command->about);
  for (unsigned i = 0; i < TW_OPTIONS; i++)
    if (takes(command, i))
      print_option(&texts[i]);
  printf("\nExamples:\n%s", command->examples);
  printf("\nExit status: 0 done and agreed, 1 answers differ, 2 bad usage or input.\n");
  return fflush(stdout) == 0 ? TW_EXIT_AGREED : tw_complain("standard output: can't be written");
}

int tw_complain(const char *text) {
  fprintf(stderr, "tablewalk: %s\n", text);
  return TW_EXIT_BAD;
}

static bool refuse(const tw_command *command, int *status, const char *what, const char *argument) {
  tw_error error;
  tw_fail(&error, "%s: %s%s (see `tablewalk %s --help`)", command->name, what, argument, command->name);
  *status = tw_complain(error.text);
  return false;
}

static size_t known_options(const tw_command *command, struct option *known) {
  size_t count = 0;
  for (unsigned i = 0; i < TW_OPTIONS; i++)
    if (takes(command, i))
      known[count++] = (struct option){texts[i].name, texts[i].kind, NULL, (int)i + 1000};
  known[count] = (struct option){NULL, 0, NULL, 0};
  return count;
}

// One option; false when it is wrong.
static bool take(tw_arguments *arguments, const tw_command *command, int got) {
  int option = got - 1000;
  if (got == 'h')
    option = TW_OPTION_HELP;
  if (got == 'o' && takes(command, TW_OPTION_OUTPUT))
    option = TW_OPTION_OUTPUT;
  if (option < 0)
    return false;
  arguments->given[option] = true;
  arguments->value[option] = optarg;
  return true;
}

static bool check_count(const tw_arguments *arguments, const tw_command *command, int *status) {
  if (arguments->count < command->least)
    return refuse(command, status, "nothing to work on, expected ", command->arguments);
  if (arguments->count > command->most)
    return refuse(command, status, "one argument too many: ", arguments->argument[command->most]);
  return true;
}

bool tw_arguments_read(tw_arguments *arguments, const tw_command *command, int argc, char **argv, int *status) {
  struct option known[TW_OPTIONS + 1];
  known_options(command, known);
  memset(arguments, 0, sizeof *arguments);
  opterr = 0;
  int got;
  while ((got = getopt_long(argc, argv, ":ho:", known, NULL)) != -1) {
    const char *last = argv[optind - 1];
    if (got == ':')
      return refuse(command, status, "a value is missing after ", last);
    if (got == '?' || !take(arguments, command, got))
      return refuse(command, status, "wrong option ", last);
  }
  arguments->argument = argv + optind;
  arguments->count = (size_t)(argc - optind);
  if (arguments->given[TW_OPTION_HELP]) {
    *status = print_help(command);
    return false;
  }
  return check_count(arguments, command, status);
}

int tw_arguments_core(const tw_arguments *arguments, tw_core *core, tw_error *error) {
  const char *name = arguments->given[TW_OPTION_CORE] ? arguments->value[TW_OPTION_CORE] : "neoverse-n1";
  if (tw_core_load(name, core, error) < 0)
    return -1;
  if (arguments->given[TW_OPTION_NO_DATA_TRAFFIC])
    core->memory.data_traffic = 0;
  return 0;
}
