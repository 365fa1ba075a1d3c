// A core's `prefetch`: what it may be, what it is when it is not there, and what is said of anything else.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core_case.h"

enum { TEXT_MAX = 8192 };

/// The text of a preset, which says nothing of prefetch, with `line` put before it.
static const char *with(const char *line) {
  static char text[TEXT_MAX];
  size_t length = strlen(line);
  memcpy(text, line, length);
  FILE *file = fopen(TW_SOURCE_DIR "/model/cores/cortex-a53.yaml", "r");
  cr_assert_not_null(file);
  length += fread(text + length, 1, TEXT_MAX - length, file);
  fclose(file);
  cr_assert(length > strlen(line) && length < TEXT_MAX);
  text[length] = 0;
  return text;
}

Test(core_prefetch, what_it_may_be, .init = core_case_begin, .fini = core_case_end) {
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
    cr_assert_eq(core_case_load(with(cases[i].line), &core, &error), 0, "%s", error.text);
    cr_expect_eq(core.mmu.prefetch, cases[i].expected, "%s", cases[i].line);
  }
}

Test(core_prefetch, what_it_may_not_be, .init = core_case_begin, .fini = core_case_end) {
  static const struct {
    const char *line, *found;
  } cases[] = {{"prefetch: yes\n", "'yes'"}, {"prefetch: Next\n", "'Next'"}, {"prefetch: [next]\n", "a list"}};
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    char expected[256];
    snprintf(expected, sizeof expected, ":1: prefetch: found %s, expected none, next or stride", cases[i].found);
    core_case_refused(with(cases[i].line), expected);
  }
}
