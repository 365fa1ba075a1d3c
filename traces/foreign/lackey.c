// What Valgrind's lackey prints with --trace-mem=yes: a line an access, of the user half alone.
//
//   I  0023c790,2      an instruction of 2 bytes
//    L be801950,4      a load          S: a store          M: a load and a store
//
// Other lines of Valgrind's (==pid==, --pid--, **pid**, SB) are passed over.
#include "foreign.h"
#include "lines.h"

#include <stdlib.h>
#include <string.h>

typedef struct lackey {
  tw_decoder decoder;
  uint64_t line; ///< of 64 bytes, last one fetched
  uint32_t gap;
  tw_lines lines;
} lackey;

/// A line as it was read: kind, address, bytes.
typedef struct entry {
  char kind;
  uint64_t va, bytes;
} entry;

// ---- lines ----

/// Its messages, what the program has it say (**pid**), and the superblocks of --trace-superblocks=yes.
static bool is_passed_over(tw_text line) {
  static const char *const beginnings[] = {"==", "--", "**", "SB "};
  for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
    if (line.length >= strlen(beginnings[i]) && memcmp(line.at, beginnings[i], strlen(beginnings[i])) == 0)
      return true;
  return line.length == 0;
}

/// "I  " or " L ": 0 when the line begins with neither.
static char kind_of(tw_text line) {
  if (line.length < 3 || line.at[2] != ' ')
    return 0;
  if (line.at[0] == 'I')
    return line.at[1] == ' ' ? 'I' : 0;
  char kind = line.at[1];
  return line.at[0] == ' ' && (kind == 'L' || kind == 'S' || kind == 'M') ? kind : 0;
}

/// "I  0023c790,2": false when the line is none of lackey's.
static bool parse(tw_text line, entry *e) {
  e->kind = kind_of(line);
  if (!e->kind)
    return false;
  const char *at = line.at + 3, *end = line.at + line.length, *comma = memchr(at, ',', (size_t)(end - at));
  if (!comma)
    return false;
  const tw_text address = {at, (size_t)(comma - at)}, bytes = {comma + 1, (size_t)(end - comma - 1)};
  return tw_text_hex(address, &e->va) && tw_text_decimal(bytes, &e->bytes) && e->bytes > 0 && e->bytes <= 65536;
}

// ---- accesses ----

static tw_foreign_access *add(lackey *l, tw_foreign_access *at, const entry *e, unsigned kind) {
  return tw_foreign_put(at, e->va, kind, e->bytes, &l->gap);
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
  tw_text line;
  entry e;
  int status = tw_lines_next(&l->lines, &line, error);
  if (status <= 0 || is_passed_over(line))
    return status;
  if (!parse(line, &e))
    return tw_lines_wrong(&l->lines, line, "I, L, S or M, an address and a size", error);
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
  l->decoder = (tw_decoder){.next = lackey_next, .destroy = lackey_destroy};
  l->line = UINT64_MAX;
  tw_lines_start(&l->lines, input);
  return &l->decoder;
}
