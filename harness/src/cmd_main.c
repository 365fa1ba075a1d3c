// tablewalk: chooses the subcommand.
#define _XOPEN_SOURCE 700
#include "cmd.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

typedef struct subcommand {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *about;
} subcommand;

static const subcommand subcommands[] = {
    {"study", tw_cmd_study, "what vmalloc costs over the linear map: captures through the model and the RTL, a report"},
    {"run", tw_cmd_run, "play traces through the C model: hit rates, walks, cycles, PMU counters"},
    {"cosim", tw_cmd_cosim, "play traces through the model and the RTL in lockstep: every cycle and answer compared"},
    {"at", tw_cmd_at, "answer recorded address translations and compare, by the model or the RTL"},
    {"gen", tw_cmd_gen, "workloads that are made: which there are, their parameters, and as a container"},
    {"import", tw_cmd_import, "convert raw captures and containers to one container"},
    {"dump", tw_cmd_dump, "what a capture holds: registers, regions, mappings, phases"},
    {"check", tw_cmd_check, "find changes of live translation tables that break the break-before-make rules"},
    {"curve", tw_cmd_curve, "latency against footprint: where a core's TLBs end, and what the steps cost"},
    {"layout", tw_cmd_layout, "where Linux puts things in the virtual address space, by version and page size"},
    {"cores", tw_cmd_cores, "the cores that can be chosen, and their parameters"},
};
enum { SUBCOMMANDS = sizeof subcommands / sizeof *subcommands };

static const char head[] =
    "tablewalk: a cycle-exact model of an Arm-style MMU. It translates the accesses of real kernels in a C model and\n"
    "in the same MMU as SystemVerilog, shows that both agree on every address, fault and cycle, and tells what the\n"
    "translations cost.\n"
    "\n"
    "Usage: tablewalk COMMAND [OPTION]... [FILE]...\n"
    "\n"
    "Commands (each has its own --help):\n";

static const char tail[] =
    "\n"
    "Traces are tablewalk's own containers (.twt) or raw captures (.h1t, .h1t.zst), told by content; or workloads "
    "that\n"
    "are made while they are read: gen:NAME,key=value,... (see `tablewalk gen`).\n"
    "\n"
    "Examples:\n"
    "  tablewalk study                                  the main job: linear map against vmalloc\n"
    "  tablewalk run --core cortex-a53 a.twt b.twt      two traces through another core\n"
    "  tablewalk cosim a.twt --fst differs.fst          model and RTL in lockstep, waves of a difference\n"
    "  tablewalk dump a.twt --census                    how the memory was mapped\n"
    "  tablewalk check a.twt                            does the kernel change its tables by the rules\n"
    "  tablewalk curve neoverse-n1 --svg curve.svg      where its TLBs end\n"
    "  tablewalk run gen:pattern,region=vmalloc,count=1g   accesses that no file holds\n"
    "  tablewalk import raw/*.h1t.zst -o a.twt          one container of many captures\n"
    "\n"
    "Exit status: 0 done and agreed, 1 answers differ, 2 bad usage or input.\n";

static int print_help(void) {
  fputs(head, stdout);
  for (size_t i = 0; i < SUBCOMMANDS; i++)
    printf("  %-8s %s\n", subcommands[i].name, subcommands[i].about);
  fputs(tail, stdout);
  return fflush(stdout) == 0 ? TW_EXIT_AGREED : tw_complain("standard output: can't be written");
}

static int unknown(const char *name) {
  tw_error error;
  tw_fail(&error,
          "%s is no command, expected one of study, run, cosim, at, gen, import, dump, check, curve, layout, cores "
          "(see `tablewalk --help`)",
          name);
  return tw_complain(error.text);
}

int main(int argc, char **argv) {
  signal(SIGXFSZ, SIG_IGN); // a file that grows over the limit is an error like a full disk
  if (argc < 2)
    return tw_complain("a command is missing (see `tablewalk --help`)");
  const char *name = argv[1];
  if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
    return print_help();
  if (strcmp(name, "--version") == 0) {
    puts("tablewalk " TW_VERSION);
    return TW_EXIT_AGREED;
  }
  for (size_t i = 0; i < SUBCOMMANDS; i++)
    if (strcmp(name, subcommands[i].name) == 0)
      return subcommands[i].run(argc - 1, argv + 1);
  return unknown(name);
}
