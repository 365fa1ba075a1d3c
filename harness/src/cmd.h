// The subcommands of `tablewalk` and what they share: options, exit statuses, errors.
#ifndef HARNESS_CMD_H
#define HARNESS_CMD_H

#include <harness/core.h>
#include <harness/replay.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <traces/layout.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Exit statuses of every subcommand.
enum {
  TW_EXIT_AGREED = 0,  ///< what was asked for was done, and agreed
  TW_EXIT_DIFFERS = 1, ///< it was done, and answers differ
  TW_EXIT_BAD = 2,     ///< bad usage or bad input, or a file that can't be written
};

typedef enum tw_option {
  TW_OPTION_CORE,
  TW_OPTION_JSON,
  TW_OPTION_CSV,
  TW_OPTION_RTL,
  TW_OPTION_FST,
  TW_OPTION_NO_DATA_TRAFFIC,
  TW_OPTION_TABLES,
  TW_OPTION_ISSUE,
  TW_OPTION_WINDOW,
  TW_OPTION_IPC,
  TW_OPTION_COUNTERS,
  TW_OPTION_BY_REGION,
  TW_OPTION_OUTPUT,
  TW_OPTION_PHASES,
  TW_OPTION_CENSUS,
  TW_OPTION_RUNS,
  TW_OPTION_REGISTERS,
  TW_OPTION_KEEP_GOING,
  TW_OPTION_MODEL_ONLY,
  TW_OPTION_OUT,
  TW_OPTION_NO_FILES,
  TW_OPTION_BBM,
  TW_OPTION_SVG,
  TW_OPTION_PAGE,
  TW_OPTION_PAGES,
  TW_OPTION_SEED,
  TW_OPTION_FORMAT,
  TW_OPTION_PLACEMENT,
  TW_OPTION_FRAMES,
  TW_OPTION_V2P,
  TW_OPTION_LAYOUT,
  TW_OPTION_LINUX,
  TW_OPTION_VA_BITS,
  TW_OPTION_RAM,
  TW_OPTION_KASAN,
  TW_OPTION_QUIET,
  TW_OPTION_HELP,
  TW_OPTIONS
} tw_option;

/// What a subcommand is, for its --help and for reading its command line.
typedef struct tw_command {
  const char *name;
  const char *arguments; ///< "TRACE...", for the usage line
  const char *about;     ///< what it does, some lines
  const char *examples;  ///< lines, each with two blanks before it
  uint64_t options;      ///< bit n: takes tw_option n
  size_t least, most;    ///< number of arguments
} tw_command;

/// A command line that has been read.
typedef struct tw_arguments {
  bool given[TW_OPTIONS];
  const char *value[TW_OPTIONS]; ///< NULL: without a value
  char **argument;
  size_t count;
} tw_arguments;

/// Read the command line. True: go on; false: leave with `status` (--help was printed, or an error).
bool tw_arguments_read(tw_arguments *arguments, const tw_command *command, int argc, char **argv, int *status);

/// Print an error in one line to standard error; gives TW_EXIT_BAD.
int tw_complain(const char *text);
/// A value of bytes: "64K", "4G", "4096". 0; -1 and `error`.
int tw_read_bytes(const char *command, const char *option, const char *text, uint64_t *bytes, tw_error *error);
/// A value of bytes that is a power of two: its logarithm. 0; -1 and `error`, which says `expected`.
int tw_read_log2(const char *command, const char *option, const char *text, const char *expected, unsigned *log2,
                 tw_error *error);
/// A whole number, decimal or 0x. 0; -1 and `error`.
int tw_read_number(const char *command, const char *option, const char *text, uint64_t *number, tw_error *error);
/// A version of Linux: "6.12"; a machine of a layout: "arm64". 0; -1 and `error`.
int tw_read_version(const char *command, const char *text, tw_linux_layout_config *config, tw_error *error);
int tw_read_machine(const char *command, const char *text, tw_linux_layout_machine *machine, tw_error *error);
/// The core of --core, with --no-data-traffic applied. 0; -1 and `error`.
int tw_arguments_core(const tw_arguments *arguments, tw_core *core, tw_error *error);

enum {
  /// More than the miss queues (6 in Neoverse N1), stages and ports hold: the MMU is the limit, not the window; and
  /// less
  /// than what the load and store queues of an out-of-order core hold.
  TW_WINDOW_USUAL = 16,
  /// Instructions in 1000 cycles: four a cycle is what the widest of the presets' cores decode.
  TW_RATE_USUAL = 4000,
};
/// How accesses come, by --issue, --window and --ipc; `issue->mode` stays where --issue is not given. 0; -1 and
/// `error`.
int tw_arguments_issue(const tw_arguments *arguments, const char *command, tw_issue *issue, tw_error *error);

int tw_cmd_at(int argc, char **argv);
int tw_cmd_check(int argc, char **argv);
int tw_cmd_cores(int argc, char **argv);
int tw_cmd_cosim(int argc, char **argv);
int tw_cmd_curve(int argc, char **argv);
int tw_cmd_dump(int argc, char **argv);
int tw_cmd_gen(int argc, char **argv);
int tw_cmd_import(int argc, char **argv);
int tw_cmd_layout(int argc, char **argv);
int tw_cmd_run(int argc, char **argv);
int tw_cmd_study(int argc, char **argv);

#ifdef __cplusplus
}
#endif
#endif
