// Virtual to physical pages as DynamoRIO's traces have them beside: v2p.textproto.
//
//   address_mapping_group { page_size: 2097152
//     address_mapping { virtual_address: 1 physical_address: 2 } ... }
//
// Numbers are decimal or hexadecimal, # begins a comment, and what else the file says is passed over.
#include "v2p.h"

#include "input.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 1 << 30 };

typedef struct scanner {
  const char *path, *at, *end;
  uint64_t line;
} scanner;

static void skip_blank(scanner *s) {
  while (s->at < s->end && (isspace((unsigned char)*s->at) || *s->at == '#' || *s->at == ',' || *s->at == ';')) {
    if (*s->at == '#')
      while (s->at < s->end && *s->at != '\n')
        s->at++;
    s->line += s->at < s->end && *s->at == '\n';
    s->at += s->at < s->end;
  }
}

/// A word, a number or a bracket: its length; 0 at the end.
static size_t token(scanner *s, const char **text) {
  skip_blank(s);
  *text = s->at;
  if (s->at == s->end)
    return 0;
  while (s->at < s->end && (isalnum((unsigned char)*s->at) || *s->at == '_' || *s->at == '-'))
    s->at++;
  s->at += s->at == *text;
  return (size_t)(s->at - *text);
}

static bool is(const char *text, size_t length, const char *word) {
  return strlen(word) == length && memcmp(text, word, length) == 0;
}

static int wrong(const scanner *s, const char *text, size_t length, const char *expected, tw_error *error) {
  return tw_fail(error, "%s: line %" PRIu64 ": found \"%.*s\", expected %s", s->path, s->line,
                 length < 40 ? (int)length : 40, text, expected);
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
  *value = strtoull(digits, &end, 0);
  if (!isdigit((unsigned char)digits[0]) || *end)
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
  return tw_fail(error, "%s: line %" PRIu64 ": %s", s->path, s->line, why.text);
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
  return p.has_va || p.has_pa ? wrong(s, "the end", 7, "both addresses of a mapping", error) : 0;
}

int tw_v2p_read(const char *path, const tw_v2p_sink *sink, tw_error *error) {
  tw_input *input = tw_input_open(path, error);
  size_t bytes;
  char *data = input ? tw_input_read_rest(input, FILE_BYTES_MAX, &bytes, error) : NULL;
  tw_input_close(input);
  if (!data)
    return -1;
  scanner s = {path, data, data + bytes, 1};
  int status = scan(&s, sink, error);
  free(data);
  return status;
}
