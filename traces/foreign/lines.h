// A text as lines, and what stands in them. No line is longer than TW_LINE_MAX, so that memory has a bound.
#ifndef TRACES_SRC_LINES_H
#define TRACES_SRC_LINES_H

#include "input.h"

#include <stdbool.h>

enum { TW_LINE_MAX = 1 << 16 };

/// Characters that end where they do, without a 0 after them.
typedef struct tw_text {
  const char *at;
  size_t length;
} tw_text;

typedef struct tw_lines {
  tw_input *input; ///< the caller's
  uint64_t number; ///< of the line given last, from 1
  size_t from, to; ///< what is left of the window
  bool ended;
  char window[TW_LINE_MAX];
} tw_lines;

void tw_lines_start(tw_lines *lines, tw_input *input);
/// The next line, without its end, until the next call: 1; 0: none is left; -1 and `error`: it is too long, or the
/// input can't be read.
int tw_lines_next(tw_lines *lines, tw_text *line, tw_error *error);
/// An error about the line given last: file, line, what was found (`what` of it), what was expected. -1.
int tw_lines_wrong(const tw_lines *lines, tw_text what, const char *expected, tw_error *error);

/// Take the next word of `text` (what spaces and tabs part). False: none is left.
bool tw_text_word(tw_text *text, tw_text *word);
bool tw_text_is(tw_text text, const char *word);
/// Where `words` begins in `text`: the text from there on, of length 0 when it is not in it.
tw_text tw_text_find(tw_text text, const char *words);
/// All of `text` as a number of 64 bits; hexadecimal with or without 0x. False: it is none.
bool tw_text_hex(tw_text text, uint64_t *value);
bool tw_text_decimal(tw_text text, uint64_t *value);

#endif
