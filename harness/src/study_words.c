// Words and numbers of the study's sentences.
#include "study_words.h"

#include <stdarg.h>
#include <string.h>

void tw_say(tw_text *t, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int wrote = vsnprintf(t->at, t->room, format, arguments);
  va_end(arguments);
  size_t used = wrote < 0 ? 0 : (size_t)wrote;
  if (used >= t->room)
    used = t->room ? t->room - 1 : 0;
  t->at += used;
  t->room -= used;
}

const char *tw_pattern_words(const char *pattern) {
  static const char *const words[][2] = {{"seq", "sequential reads"},
                                         {"page", "reads of one word a page"},
                                         {"rand", "random reads"},
                                         {"seqw", "sequential writes"},
                                         {"chase", "a chase of pointers"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
    if (strcmp(pattern, words[i][0]) == 0)
      return words[i][1];
  return pattern;
}

void tw_size_words(uint64_t bytes, char name[24]) {
  tw_study_bytes_name(bytes, name);
  size_t end = strlen(name);
  if (end > 0 && strchr("KMGTPE", name[end - 1]) && end + 3 < 24)
    snprintf(name + end - 1, 24 - end + 1, " %ciB", name[end - 1]);
}

void tw_say_entries(tw_text *t, const tw_study_row *row) {
  char size[24];
  uint64_t entries = tw_study_entries(row);
  tw_study_bytes_name(UINT64_C(1) << tw_study_entry_log2(row), size);
  tw_say(t, "%llu mapping%s of %s", (unsigned long long)entries, entries == 1 ? "" : "s", size);
}

const char *tw_linear_words(const tw_study_row *linear) {
  return strcmp(linear->mapping, "linear map") == 0 ? "the linear map" : linear->mapping;
}
