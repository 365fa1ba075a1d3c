// A core's YAML in a file of its own.
#define _POSIX_C_SOURCE 200809L
#include "core_case.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/test_core_XXXXXX";
static char path[sizeof folder + 16];

void core_case_begin(void) {
  cr_assert_not_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/a.yaml", folder);
}

void core_case_end(void) {
  remove(path);
  rmdir(folder);
}

const char *core_case_folder(void) { return folder; }
const char *core_case_path(void) { return path; }

int core_case_load(const char *text, tw_core *core, tw_error *error) {
  FILE *file = fopen(path, "wb");
  cr_assert_not_null(file);
  fputs(text, file);
  cr_assert_eq(fclose(file), 0);
  error->text[0] = 0;
  return tw_core_load(path, core, error);
}

void core_case_refused(const char *text, const char *expected) {
  char whole[700];
  tw_core core;
  tw_error error;
  cr_expect_eq(core_case_load(text, &core, &error), -1, "loaded, expected %s", expected);
  snprintf(whole, sizeof whole, "%s%s", path, expected);
  cr_expect_str_eq(error.text, whole, "\n found    %s\n expected %s", error.text, whole);
}
