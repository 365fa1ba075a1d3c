// A text as lines: a window of the input, in which the lines lie as they were read.
#define _GNU_SOURCE // memmem
#include "lines.h"

#include <inttypes.h>
#include <string.h>

void tw_lines_start(tw_lines *lines, tw_input *input) {
  lines->input = input;
  lines->number = 0;
  lines->from = lines->to = 0;
  lines->ended = false;
}

/// Read on after what is left of the window. -1 and `error`.
static int refill(tw_lines *l, tw_error *error) {
  memmove(l->window, l->window + l->from, l->to - l->from);
  l->to -= l->from;
  l->from = 0;
  if (l->to == TW_LINE_MAX)
    return tw_fail(error, "%s: line %" PRIu64 ": found more than %d characters, expected a shorter line",
                   tw_input_path(l->input), l->number + 1, TW_LINE_MAX);
  int64_t got = tw_input_read(l->input, l->window + l->to, TW_LINE_MAX - l->to, error);
  if (got < 0)
    return -1;
  l->ended = got == 0;
  l->to += (size_t)got;
  return 0;
}

int tw_lines_next(tw_lines *l, tw_text *line, tw_error *error) {
  for (;;) {
    const char *at = l->window + l->from, *end = memchr(at, '\n', l->to - l->from);
    if (end || (l->ended && l->from < l->to)) {
      size_t length = end ? (size_t)(end - at) : l->to - l->from;
      l->from += length + (end != NULL);
      l->number++;
      if (length && at[length - 1] == '\r')
        length--;
      *line = (tw_text){at, length};
      return 1;
    }
    if (l->ended)
      return 0;
    if (refill(l, error) < 0)
      return -1;
  }
}

int tw_lines_wrong(const tw_lines *l, tw_text what, const char *expected, tw_error *error) {
  char shown[64];
  size_t length = 0;
  // Any file may be given as a text: what a terminal would not show is not shown.
  for (; length < what.length && length < sizeof shown - 4; length++)
    shown[length] = what.at[length] >= ' ' && what.at[length] <= '~' ? what.at[length] : '?';
  shown[length] = 0;
  return tw_fail(error, "%s: line %" PRIu64 ": found \"%s\", expected %s", tw_input_path(l->input), l->number, shown,
                 expected);
}

// ---- what stands in a line ----

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool tw_text_word(tw_text *text, tw_text *word) {
  while (text->length && is_blank(*text->at)) {
    text->at++;
    text->length--;
  }
  *word = (tw_text){text->at, 0};
  while (text->length && !is_blank(*text->at)) {
    text->at++;
    text->length--;
    word->length++;
  }
  return word->length > 0;
}

bool tw_text_is(tw_text text, const char *word) {
  return strlen(word) == text.length && memcmp(text.at, word, text.length) == 0;
}

tw_text tw_text_find(tw_text text, const char *words) {
  const char *found = memmem(text.at, text.length, words, strlen(words));
  const char *end = text.at + text.length;
  return found ? (tw_text){found, (size_t)(end - found)} : (tw_text){end, 0};
}

static int digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool tw_text_hex(tw_text text, uint64_t *value) {
  if (text.length > 2 && text.at[0] == '0' && (text.at[1] | 0x20) == 'x')
    text = (tw_text){text.at + 2, text.length - 2};
  *value = 0;
  for (size_t i = 0; i < text.length; i++) {
    if (digit(text.at[i]) < 0)
      return false;
    *value = *value << 4 | (uint64_t)digit(text.at[i]);
  }
  return text.length > 0 && text.length <= 16;
}

bool tw_text_decimal(tw_text text, uint64_t *value) {
  *value = 0;
  for (size_t i = 0; i < text.length; i++) {
    if (text.at[i] < '0' || text.at[i] > '9')
      return false;
    *value = 10 * *value + (uint64_t)(text.at[i] - '0');
  }
  return text.length > 0 && text.length <= 19; // fewer digits than could overflow
}
