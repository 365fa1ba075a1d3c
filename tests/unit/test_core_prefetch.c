// A core's `prefetch`: what it may be, what it is when it is not there, and what is said of anything else.
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <harness/core.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TEXT_MAX = 8192 };

static char path[] = "/tmp/test_core_prefetch_XXXXXX";

static void make_file(void) { cr_assert_geq(close(mkstemp(path)), 0); }
static void remove_file(void) { remove(path); }

/// A preset's text, which says nothing of prefetch.
static size_t preset(char *text) {
  FILE *file = fopen(TW_SOURCE_DIR "/model/cores/cortex-a53.yaml", "r");
  cr_assert_not_null(file);
  size_t length = fread(text, 1, TEXT_MAX, file);
  fclose(file);
  cr_assert(length > 0 && length < TEXT_MAX);
  return length;
}

/// Load the preset with a line put before it.
static int load(const char *line, tw_core *core, tw_error *error) {
  static char text[TEXT_MAX];
  size_t length = preset(text);
  FILE *file = fopen(path, "w");
  cr_assert_not_null(file);
  fputs(line, file);
  cr_assert_eq(fwrite(text, 1, length, file), length);
  cr_assert_eq(fclose(file), 0);
  error->text[0] = 0;
  return tw_core_load(path, core, error);
}

Test(core_prefetch, what_it_may_be, .init = make_file, .fini = remove_file) {
  static const struct {
    const char *line;
    tw_prefetch expected;
  } cases[] = {{"", TW_PREFETCH_NONE},
               {"prefetch: none\n", TW_PREFETCH_NONE},
               {"prefetch: next\n", TW_PREFETCH_NEXT},
               {"prefetch: stride\n", TW_PREFETCH_STRIDE}};
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    tw_core core = {.mmu.prefetch = 77};
    tw_error error;
    cr_assert_eq(load(cases[i].line, &core, &error), 0, "%s", error.text);
    cr_expect_eq(core.mmu.prefetch, cases[i].expected, "%s", cases[i].line);
  }
}

Test(core_prefetch, what_it_may_not_be, .init = make_file, .fini = remove_file) {
  static const struct {
    const char *line, *found;
  } cases[] = {{"prefetch: yes\n", "'yes'"}, {"prefetch: Next\n", "'Next'"}, {"prefetch: [next]\n", "a list"}};
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    tw_core core;
    tw_error error;
    char expected[256];
    cr_assert_eq(load(cases[i].line, &core, &error), -1);
    snprintf(expected, sizeof expected, "%s:1: prefetch: found %s, expected none, next or stride", path,
             cases[i].found);
    cr_expect_str_eq(error.text, expected, "%s", error.text);
  }
}
