// Numbers and byte counts of command lines.
#include "cmd.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The number that `text` begins with; false: there is none, or it is too large.
static bool begins_with_number(const char *text, uint64_t *number, const char **rest) {
  char *end;
  errno = 0;
  *number = strtoull(text, &end, 0);
  *rest = end;
  return errno == 0 && isdigit((unsigned char)*text);
}

int tw_read_number(const char *command, const char *option, const char *text, uint64_t *number, tw_error *error) {
  const char *rest;
  if (begins_with_number(text, number, &rest) && !*rest)
    return 0;
  return tw_fail(error, "%s: --%s %s, expected a number", command, option, text);
}

int tw_read_bytes(const char *command, const char *option, const char *text, uint64_t *bytes, tw_error *error) {
  static const char units[] = "KMGT";
  const char *rest;
  bool number = begins_with_number(text, bytes, &rest);
  const char *unit = *rest ? strchr(units, *rest) : NULL;
  unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
  if (!number || (*rest && (!unit || rest[1])) || *bytes << shift >> shift != *bytes)
    return tw_fail(error, "%s: --%s %s, expected bytes, with K, M, G or T", command, option, text);
  *bytes <<= shift;
  return 0;
}

int tw_read_log2(const char *command, const char *option, const char *text, const char *expected, unsigned *log2,
                 tw_error *error) {
  uint64_t bytes;
  if (tw_read_bytes(command, option, text, &bytes, error) < 0)
    return -1;
  *log2 = bytes ? (unsigned)__builtin_ctzll(bytes) : 0;
  if (bytes != (uint64_t)1 << *log2)
    return tw_fail(error, "%s: --%s %s, expected %s", command, option, text, expected);
  return 0;
}

int tw_read_version(const char *command, const char *text, tw_linux_layout_config *config, tw_error *error) {
  char end;
  if (sscanf(text, "%3u.%3u%c", &config->linux_major, &config->linux_minor, &end) == 2)
    return 0;
  return tw_fail(error, "%s: --linux %s, expected a version like 6.12", command, text);
}

int tw_read_machine(const char *command, const char *text, tw_linux_layout_machine *machine, tw_error *error) {
  static const char *const names[] = {"arm64", "arm", "x86-64"};
  for (unsigned i = 0; i < 3; i++)
    if (strcmp(text, names[i]) == 0) {
      *machine = (tw_linux_layout_machine)i;
      return 0;
    }
  return tw_fail(error, "%s: %s is no machine, expected arm64, arm or x86-64", command, text);
}
