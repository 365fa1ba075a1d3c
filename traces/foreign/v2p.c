// Virtual to physical pages as DynamoRIO's traces have them beside: v2p.textproto.
//
//   address_mapping_group { page_size: 2097152
//     address_mapping { virtual_address: 1 physical_address: 2 } ... }
//
// Numbers are decimal or hexadecimal, # begins a comment, and what else the file says is passed over.
#include "v2p.h"

#include "input.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 1 << 14, TOKEN_MAX = 40 };

/// The file as tokens, through a window: memory does not grow with its length.
typedef struct scanner {
  tw_input *input;
  tw_error *error; ///< where a failed reading is told
  bool failed, ended;
  uint64_t line;
  size_t from, to;
  char token[TOKEN_MAX]; ///< its beginning; no word that is looked for is longer
  char window[WINDOW];
} scanner;

/// The character that comes next, or EOF.
static int peek(scanner *s) {
  if (s->from == s->to && !s->ended) {
    int64_t got = tw_input_read(s->input, s->window, WINDOW, s->error);
    s->failed = got < 0;
    s->ended = got <= 0;
    s->from = 0;
    s->to = got > 0 ? (size_t)got : 0;
  }
  return s->from < s->to ? (unsigned char)s->window[s->from] : EOF;
}

static void skip(scanner *s) { s->line += s->window[s->from++] == '\n'; }

static void skip_blank(scanner *s) {
  int c;
  while ((c = peek(s)) != EOF && (isspace(c) || c == '#' || c == ',' || c == ';')) {
    if (c == '#')
      while ((c = peek(s)) != EOF && c != '\n')
        skip(s);
    if (c != EOF)
      skip(s);
  }
}

/// A word, a number or a bracket: its length; 0 at the end.
static size_t token(scanner *s, const char **text) {
  size_t length = 0;
  int c;
  skip_blank(s);
  *text = s->token;
  while ((c = peek(s)) != EOF && (isalnum(c) || c == '_' || c == '-' || length == 0)) {
    if (length < TOKEN_MAX)
      s->token[length] = (char)c;
    length++;
    skip(s);
    if (length == 1 && !isalnum(c) && c != '_' && c != '-')
      break;
  }
  return length;
}

static bool is(const char *text, size_t length, const char *word) {
  return strlen(word) == length && memcmp(text, word, length) == 0;
}

static int wrong(const scanner *s, const char *text, size_t length, const char *expected, tw_error *error) {
  if (s->failed)
    return -1; // that is told already
  return tw_fail(error, "%s: line %" PRIu64 ": found \"%.*s\", expected %s", tw_input_path(s->input), s->line,
                 length < TOKEN_MAX ? (int)length : TOKEN_MAX, text, expected);
}

/// ": N"
static int read_value(scanner *s, uint64_t *value, tw_error *error) {
  const char *text;
  size_t length = token(s, &text);
  if (!is(text, length, ":"))
    return wrong(s, text, length, "a colon", error);
  length = token(s, &text);
  char digits[24] = "", *end;
  if (length && length < sizeof digits)
    memcpy(digits, text, length);
  errno = 0;
  *value = strtoull(digits, &end, 0);
  if (!isdigit((unsigned char)digits[0]) || *end || errno)
    return wrong(s, text, length, "a number", error);
  return 0;
}

typedef struct pair {
  uint64_t page_size, va, pa;
  bool has_va, has_pa;
} pair;

static int take_pair(const scanner *s, pair *p, const tw_v2p_sink *sink, tw_error *error) {
  p->has_va = p->has_pa = false;
  tw_error why;
  if (sink->take(sink->context, p->va, p->pa, p->page_size, &why) == 0)
    return 0;
  return tw_fail(error, "%s: line %" PRIu64 ": %s", tw_input_path(s->input), s->line, why.text);
}

static int scan(scanner *s, const tw_v2p_sink *sink, tw_error *error) {
  pair p = {0};
  const char *text;
  size_t length;
  while ((length = token(s, &text)) > 0) {
    int status = 0;
    if (is(text, length, "page_size")) {
      status = read_value(s, &p.page_size, error);
    } else if (is(text, length, "virtual_address")) {
      status = read_value(s, &p.va, error);
      p.has_va = true;
    } else if (is(text, length, "physical_address")) {
      status = read_value(s, &p.pa, error);
      p.has_pa = true;
    }
    if (status == 0 && p.has_va && p.has_pa)
      status = take_pair(s, &p, sink, error);
    if (status < 0)
      return -1;
  }
  if (s->failed)
    return -1;
  return p.has_va || p.has_pa ? wrong(s, "the end", 7, "both addresses of a mapping", error) : 0;
}

int tw_v2p_read(const char *path, const tw_v2p_sink *sink, tw_error *error) {
  scanner s = {.input = tw_input_open(path, error), .error = error, .line = 1};
  int status = s.input ? scan(&s, sink, error) : -1;
  tw_input_close(s.input);
  return s.failed ? -1 : status;
}
