// The console log of a capture: lines "H1-PHASE id kind pattern va=... len=..." name the phases.
#define _POSIX_C_SOURCE 200809L
#include "input.h"
#include "section.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOG_BYTES_MAX = 16 << 20 };

static uint64_t field(const char *line, const char *name) {
  const char *at = strstr(line, name);
  return at ? strtoull(at + strlen(name), NULL, 0) : 0;
}

// Of the natural phases the console says "natural on ls": their kind is "natural_ls", as the capture's file is named.
static bool parse_phase(const char *line, tw_phase *phase) {
  char third[64] = "", kind[64], pattern[64];
  unsigned id;
  int words = sscanf(line, "H1-PHASE %u %63s %63s %63s", &id, kind, pattern, third);
  if (words < 3)
    return false;
  *phase = (tw_phase){.id = id, .va = field(line, "va="), .bytes = field(line, "len=")};
  bool natural = words == 4 && strchr(third, '=') == NULL;
  snprintf(phase->kind, sizeof phase->kind, natural ? "%.20s_%.10s" : "%.31s", kind, third);
  snprintf(phase->pattern, sizeof phase->pattern, "%.15s", pattern);
  return true;
}

static int add_phase(tw_section *section, tw_phase phase) {
  for (size_t i = 0; i < section->phase_count; i++)
    if (section->phases[i].id == phase.id)
      return 0; // a console may repeat itself; the first line counts
  tw_phase *larger = realloc(section->phases, (section->phase_count + 1) * sizeof *larger);
  if (!larger)
    return -1;
  section->phases = larger;
  section->phases[section->phase_count++] = phase;
  return 0;
}

int tw_console_read(const char *path, tw_section *section, tw_error *error) {
  if (access(path, F_OK) != 0)
    return 0;
  tw_input *input = tw_input_open(path, error);
  if (!input)
    return -1;
  size_t bytes = 0;
  char *log = tw_input_read_rest(input, LOG_BYTES_MAX, &bytes, error);
  tw_input_close(input);
  if (!log)
    return -1;
  int status = 0;
  for (size_t at = 0; at < bytes && status == 0;) {
    char *end = memchr(log + at, '\n', bytes - at);
    size_t length = end ? (size_t)(end - (log + at)) : bytes - at;
    char line[256];
    snprintf(line, sizeof line, "%.*s", (int)(length < 255 ? length : 255), log + at);
    at += length + 1;
    const char *text = strstr(line, "H1-PHASE ");
    tw_phase phase;
    if (text && section->phase_count < TW_PHASES_MAX && parse_phase(text, &phase) && add_phase(section, phase) < 0)
      status = tw_fail(error, "%s: out of memory", path);
  }
  free(log);
  return status;
}
