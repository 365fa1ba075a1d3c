// --issue, --window and --ipc: how the accesses of a replay come.
#include "cmd.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double IPC_MOST = 64;

static int read_mode(const tw_arguments *arguments, const char *command, tw_issue *issue, tw_error *error) {
  static const char *const names[] = {"dependent", "overlapped", "phase"};
  const char *name = arguments->value[TW_OPTION_ISSUE];
  if (!arguments->given[TW_OPTION_ISSUE])
    return 0;
  for (unsigned i = 0; i < 3; i++)
    if (strcmp(name, names[i]) == 0) {
      issue->mode = (tw_issue_mode)i;
      return 0;
    }
  return tw_fail(error, "%s: --issue: found %s, expected dependent, overlapped or phase", command, name);
}

static int read_window(const char *text, const char *command, tw_issue *issue, tw_error *error) {
  char *end;
  errno = 0;
  unsigned long window = strtoul(text, &end, 10);
  if (errno || end == text || *end || *text == '-' || window < 1 || window > TW_WINDOW_MAX)
    return tw_fail(error, "%s: --window: found %s, expected a number from 1 to %d", command, text, TW_WINDOW_MAX);
  issue->window = (uint32_t)window;
  return 0;
}

static int read_ipc(const char *text, const char *command, tw_issue *issue, tw_error *error) {
  char *end;
  double ipc = strtod(text, &end);
  bool good = end != text && *end == 0 && isfinite(ipc) && (ipc == 0 || (ipc >= 0.001 && ipc <= IPC_MOST));
  if (!good)
    return tw_fail(error, "%s: --ipc: found %s, expected a number from 0.001 to %.0f, or 0 for no gaps", command, text,
                   IPC_MOST);
  issue->rate = (uint32_t)lround(ipc * 1000);
  return 0;
}

// A value that would have no effect is an error.
static int check_use(const tw_arguments *arguments, const char *command, const tw_issue *issue, tw_error *error) {
  bool window = arguments->given[TW_OPTION_WINDOW], ipc = arguments->given[TW_OPTION_IPC];
  if (issue->mode != TW_ISSUE_DEPENDENT || (!window && !ipc))
    return 0;
  return tw_fail(error,
                 "%s: found %s where each access waits for the one before it, expected --issue overlapped or phase",
                 command, window ? "--window" : "--ipc");
}

int tw_arguments_issue(const tw_arguments *arguments, const char *command, tw_issue *issue, tw_error *error) {
  issue->window = TW_WINDOW_USUAL;
  issue->rate = TW_RATE_USUAL;
  if (read_mode(arguments, command, issue, error) < 0)
    return -1;
  if (arguments->given[TW_OPTION_WINDOW] && read_window(arguments->value[TW_OPTION_WINDOW], command, issue, error) < 0)
    return -1;
  if (arguments->given[TW_OPTION_IPC] && read_ipc(arguments->value[TW_OPTION_IPC], command, issue, error) < 0)
    return -1;
  return check_use(arguments, command, issue, error);
}
