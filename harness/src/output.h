// A result file: written beside its place and renamed when complete, so that no half of it is ever left behind.
#ifndef HARNESS_OUTPUT_H
#define HARNESS_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <traces/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_output {
  FILE *file;
  const char *path; ///< NULL: standard output
  char *temporary;  ///< what is written until the end; NULL: `path` itself (a device, a pipe)
} tw_output;

/// Open `path` (NULL: standard output), which the caller keeps. 0; -1 and `error`.
int tw_output_open(tw_output *output, const char *path, tw_error *error);
/// Close: `keep` puts the file in its place, else it is removed. -1 and `error` when it could not all be written; then
/// nothing is left.
int tw_output_close(tw_output *output, bool keep, tw_error *error);

/// Write `json` to `path` (NULL: standard output) with two-blank indents and a newline. Takes the reference.
int tw_output_json(const char *path, json_t *json, tw_error *error);
/// What stands in standard output's buffer goes out. -1 and `error`: it could not.
int tw_output_flush(tw_error *error);

#ifdef __cplusplus
}
#endif
#endif
