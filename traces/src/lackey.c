// What Valgrind's lackey prints with --trace-mem=yes: a line an access, of the user half alone.
//
//   I  0023c790,2      an instruction of 2 bytes
//    L be801950,4      a load          S: a store          M: a load and a store
//
// Valgrind's own lines (==pid==, --pid--) are passed over.
#include "foreign.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 1 << 16 };

typedef struct lackey {
  tw_decoder decoder;
  tw_input *input;
  uint64_t number; ///< of the line that comes next, from 1
  uint64_t line;   ///< of 64 bytes, last one fetched
  uint32_t gap;
  size_t from, to; ///< what is left of the window
  bool ended;
  char window[WINDOW];
} lackey;

/// A line as it was read: kind, address, bytes.
typedef struct entry {
  char kind;
  uint64_t va, bytes;
} entry;

// ---- lines ----

/// The next line, without its end: its length, or -1 with `error`; `*line` NULL: there is none.
static int next_line(lackey *l, const char **line, tw_error *error) {
  *line = NULL;
  for (;;) {
    char *end = memchr(l->window + l->from, '\n', l->to - l->from);
    if (end || (l->ended && l->from < l->to)) {
      *line = l->window + l->from;
      size_t length = (end ? (size_t)(end - l->window) : l->to) - l->from;
      l->from += length + (end != NULL);
      l->number++;
      return (int)length;
    }
    if (l->ended)
      return 0;
    memmove(l->window, l->window + l->from, l->to - l->from);
    l->to -= l->from;
    l->from = 0;
    if (l->to == WINDOW)
      return tw_fail(error, "%s: line %" PRIu64 ": found more than %d characters, expected a line of lackey's",
                     tw_input_path(l->input), l->number + 1, WINDOW);
    int64_t got = tw_input_read(l->input, l->window + l->to, WINDOW - l->to, error);
    if (got < 0)
      return -1;
    l->ended = got == 0;
    l->to += (size_t)got;
  }
}

static bool is_valgrinds(const char *line, int length) {
  return length == 0 || (length >= 2 && (memcmp(line, "==", 2) == 0 || memcmp(line, "--", 2) == 0));
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// "I  0023c790,2": false when the line is none of lackey's.
static bool parse(const char *line, int length, entry *e) {
  const char *at = line, *end = line + length;
  if (length && end[-1] == '\r')
    end--;
  if (end - at < 6 || at[2] != ' ' || (at[0] == 'I' ? at[1] != ' ' : at[0] != ' ' || !strchr("LSM", at[1]) || !at[1]))
    return false;
  e->kind = at[0] == 'I' ? 'I' : at[1];
  at += 3;
  unsigned digits = 0;
  for (e->va = 0; at < end && hex_digit(*at) >= 0; at++, digits++)
    e->va = e->va << 4 | (uint64_t)hex_digit(*at);
  if (digits == 0 || digits > 16 || at == end || *at++ != ',' || at == end)
    return false;
  for (e->bytes = 0; at < end && *at >= '0' && *at <= '9' && e->bytes < 65536; at++)
    e->bytes = 10 * e->bytes + (uint64_t)(*at - '0');
  return at == end && e->bytes > 0 && e->bytes <= 65536;
}

// ---- accesses ----

static tw_foreign_access *add(lackey *l, tw_foreign_access *at, const entry *e, unsigned kind) {
  *at = tw_foreign_access_of(e->va, kind, e->bytes, &l->gap);
  return at + 1;
}

static tw_foreign_access *add_entry(lackey *l, tw_foreign_access *at, const entry *e) {
  if (e->kind == 'I') {
    l->gap++;
    bool enters = e->va >> TW_FETCH_LOG2 != l->line;
    l->line = e->va >> TW_FETCH_LOG2;
    return enters ? add(l, at, e, TW_ACCESS_FETCH) : at;
  }
  if (e->kind != 'S')
    at = add(l, at, e, TW_ACCESS_READ);
  return e->kind != 'L' ? add(l, at, e, TW_ACCESS_WRITE) : at;
}

/// One line. 1: there was one; 0: none is left; -1 and `error`.
static int take_line(lackey *l, tw_foreign_access **at, tw_error *error) {
  const char *line;
  entry e;
  int length = next_line(l, &line, error);
  if (length < 0)
    return -1;
  if (!line)
    return 0;
  if (is_valgrinds(line, length))
    return 1;
  if (!parse(line, length, &e))
    return tw_fail(error, "%s: line %" PRIu64 ": found \"%.*s\", expected I, L, S or M, an address and a size",
                   tw_input_path(l->input), l->number, length < 60 ? length : 60, line);
  *at = add_entry(l, *at, &e);
  return 1;
}

static int lackey_next(tw_decoder *decoder, tw_foreign_access *accesses, size_t *count, tw_error *error) {
  lackey *l = (lackey *)decoder;
  tw_foreign_access *at = accesses;
  int status = 1;
  while (status > 0 && at < accesses + TW_FOREIGN_MAX - 2)
    status = take_line(l, &at, error);
  *count = (size_t)(at - accesses);
  return status < 0 ? -1 : 0;
}

static void lackey_destroy(tw_decoder *decoder) { free(decoder); }

tw_decoder *tw_lackey_create(tw_input *input) {
  lackey *l = calloc(1, sizeof *l);
  if (!l)
    return NULL;
  l->decoder = (tw_decoder){lackey_next, lackey_destroy};
  l->input = input;
  l->line = UINT64_MAX;
  return &l->decoder;
}
