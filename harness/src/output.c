// A regular file is written as PATH.part and renamed; devices and pipes are written as they are.
#define _POSIX_C_SOURCE 200809L
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_special(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static int open_file(tw_output *output, tw_error *error) {
  const char *path = output->path;
  if (!is_special(path)) {
    size_t room = strlen(path) + sizeof ".part";
    output->temporary = malloc(room);
    if (!output->temporary)
      return tw_fail(error, "%s: out of memory", path);
    snprintf(output->temporary, room, "%s.part", path);
  }
  output->file = fopen(output->temporary ? output->temporary : path, "wb");
  if (output->file)
    return 0;
  tw_fail(error, "%s: can't be written: %s", path, strerror(errno));
  free(output->temporary);
  return -1;
}

int tw_output_open(tw_output *output, const char *path, tw_error *error) {
  *output = (tw_output){.file = stdout, .path = path};
  return path ? open_file(output, error) : 0;
}

int tw_output_flush(tw_error *error) {
  if (fflush(stdout) == 0 && !ferror(stdout))
    return 0;
  return tw_fail(error, "standard output: can't be written: %s", strerror(errno));
}

static int close_file(tw_output *output, bool keep, tw_error *error) {
  bool failed = ferror(output->file) != 0;
  failed = fclose(output->file) != 0 || failed;
  if (!failed && keep && output->temporary)
    failed = rename(output->temporary, output->path) != 0;
  int reason = errno;
  if (output->temporary && (failed || !keep))
    remove(output->temporary);
  return failed ? tw_fail(error, "%s: can't be written: %s", output->path, strerror(reason)) : 0;
}

int tw_output_close(tw_output *output, bool keep, tw_error *error) {
  if (!output->path)
    return tw_output_flush(error);
  int status = close_file(output, keep, error);
  free(output->temporary);
  return status;
}

int tw_output_json(const char *path, json_t *json, tw_error *error) {
  tw_output output;
  if (!json)
    return tw_fail(error, "%s: out of memory", path ? path : "standard output");
  if (tw_output_open(&output, path, error) < 0) {
    json_decref(json);
    return -1;
  }
  int failed = json_dumpf(json, output.file, JSON_INDENT(2));
  failed = fputc('\n', output.file) == EOF || failed;
  json_decref(json);
  int status = tw_output_close(&output, !failed, error);
  if (failed && status == 0)
    return tw_fail(error, "%s: can't be written", path ? path : "standard output");
  return status;
}
