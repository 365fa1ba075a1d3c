// Sentences of the study: text that grows in a buffer, and how a row's parts are called in words.
#ifndef HARNESS_STUDY_WORDS_H
#define HARNESS_STUDY_WORDS_H

#include "study.h"

/// What is left of a buffer. Text that does not fit is cut off.
typedef struct tw_text {
  char *at;
  size_t room;
} tw_text;

__attribute__((format(printf, 2, 3))) void tw_say(tw_text *t, const char *format, ...);
/// "16384 mappings of 4K": what covers the row's buffer.
void tw_say_entries(tw_text *t, const tw_study_row *row);
/// "random reads" for "rand".
const char *tw_pattern_words(const char *pattern);
/// "64 MiB".
void tw_size_words(uint64_t bytes, char name[24]);
/// The linear map in a sentence. "lowmem" is a name, and goes without an article.
const char *tw_linear_words(const tw_study_row *linear);

#endif
