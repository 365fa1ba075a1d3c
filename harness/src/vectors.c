// A line is an item; a case ends where the next begins or at `end`. zlib reads plain files as they are.
#include "vectors.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LINE_BYTES = 256, FIELDS_MAX = 7, ITEMS_MAX = 1 << 20 };

struct tw_vectors {
  gzFile file;
  const char *path;
  uint32_t line;
  char text[LINE_BYTES];
  char *field[FIELDS_MAX];
  size_t fields;
  bool pending; // the line that was read begins the next case
  bool ended;   // `end` was read
  bool armv7;   // the first line says so
  tw_vector_word *words;
  tw_vector_at *ats;
  size_t word_count, word_room, at_count, at_room;
};

static const char *const register_names[TW_VECTOR_REGISTERS] = {
    "SCTLR_EL1", "TCR_EL1", "TTBR0_EL1", "TTBR1_EL1", "MAIR_EL1", "HCR_EL2", "VTCR_EL2", "VTTBR_EL2", "SCTLR",
    "TTBCR",     "TTBR0",   "TTBR1",     "DACR",      "MAIR0",    "MAIR1",   "HCR",      "VTCR",      "VTTBR"};

static const tw_vector_op ops[] = {
    {"S1E1R", TW_ACCESS_READ, 1, false, false, false},    {"S1E1W", TW_ACCESS_WRITE, 1, false, false, false},
    {"S1E0R", TW_ACCESS_READ, 0, false, false, false},    {"S1E0W", TW_ACCESS_WRITE, 0, false, false, false},
    {"S12E1R", TW_ACCESS_READ, 1, false, false, true},    {"S12E1W", TW_ACCESS_WRITE, 1, false, false, true},
    {"S12E0R", TW_ACCESS_READ, 0, false, false, true},    {"S12E0W", TW_ACCESS_WRITE, 0, false, false, true},
    {"S1E1RP", TW_ACCESS_READ, 1, true, false, false},    {"S1E1WP", TW_ACCESS_WRITE, 1, true, false, false},
    {"ATS1CPR", TW_ACCESS_READ, 1, false, true, false},   {"ATS1CPW", TW_ACCESS_WRITE, 1, false, true, false},
    {"ATS1CUR", TW_ACCESS_READ, 0, false, true, false},   {"ATS1CUW", TW_ACCESS_WRITE, 0, false, true, false},
    {"ATS12NSOPR", TW_ACCESS_READ, 1, false, true, true}, {"ATS12NSOPW", TW_ACCESS_WRITE, 1, false, true, true},
    {"ATS12NSOUR", TW_ACCESS_READ, 0, false, true, true}, {"ATS12NSOUW", TW_ACCESS_WRITE, 0, false, true, true},
};

const char *tw_vector_register_name(unsigned index) { return register_names[index]; }

static int fail_here(const tw_vectors *v, tw_error *error, const char *found, const char *expected) {
  return tw_fail(error, "%s:%" PRIu32 ": found %.80s, expected %s", v->path, v->line, found, expected);
}

// -- lines --

static void split(tw_vectors *v) {
  char *at = v->text;
  v->fields = 0;
  for (;;) {
    at += strspn(at, " \t");
    if (!*at)
      return;
    if (v->fields < FIELDS_MAX)
      v->field[v->fields] = at;
    v->fields++;
    at += strcspn(at, " \t");
    if (*at)
      *at++ = 0;
  }
}

// What gzip says about the file: cut off, damaged, or unreadable. 0: nothing wrong.
static int check_stream(const tw_vectors *v, tw_error *error) {
  int code;
  const char *text = gzerror(v->file, &code);
  if (code == Z_OK || code == Z_STREAM_END)
    return 0;
  return tw_fail(error, "%s:%" PRIu32 ": found %s, expected more of the gzip stream", v->path, v->line,
                 code == Z_ERRNO       ? strerror(errno)
                 : code == Z_BUF_ERROR ? "its end"
                                       : text);
}

static bool is_text(const char *text) {
  for (; *text; text++)
    if (!isprint((unsigned char)*text) && *text != '\t')
      return false;
  return true;
}

// The next line that is not a comment, in fields: 1, 0 at the end, -1 with `error`.
static int read_line(tw_vectors *v, tw_error *error) {
  do {
    v->line++;
    if (!gzgets(v->file, v->text, LINE_BYTES))
      return check_stream(v, error);
    size_t length = strcspn(v->text, "\r\n");
    if (length + 1 >= LINE_BYTES)
      return fail_here(v, error, "a line of 255 characters or more", "at most 254");
    v->text[length] = 0;
    if (!is_text(v->text))
      return fail_here(v, error, "bytes that are not text", "a vector file, plain or by gzip");
    if (v->text[0] == '#') {
      v->armv7 |= v->line == 1 && strstr(v->text, "class a32_v7") != NULL;
      continue;
    }
    split(v);
  } while (v->text[0] == '#' || v->fields == 0);
  return 1;
}

static int number(const tw_vectors *v, size_t field, int base, uint64_t *value, tw_error *error) {
  const char *text = v->field[field];
  char *end;
  errno = 0;
  *value = strtoull(text, &end, base);
  if (isxdigit((unsigned char)text[0]) && (text[1] | 32) != 'x' && !*end && errno == 0)
    return 0;
  return fail_here(v, error, text, base == 16 ? "a hexadecimal number of 64 bits" : "a decimal number");
}

static int expect_fields(const tw_vectors *v, size_t count, const char *shape, tw_error *error) {
  if (v->fields == count)
    return 0;
  char found[32];
  snprintf(found, sizeof found, "%zu fields", v->fields);
  return fail_here(v, error, found, shape);
}

// -- items --

// Room for one more of `size` bytes in `*items`. 0, or -1 with `error`.
static int grow(const tw_vectors *v, void *items, size_t count, size_t *room, size_t size, tw_error *error) {
  if (count < *room)
    return 0;
  size_t wanted = *room ? *room * 2 : 64;
  void *old, *grown;
  memcpy(&old, items, sizeof old);
  grown = wanted <= ITEMS_MAX ? realloc(old, wanted * size) : NULL;
  if (!grown)
    return fail_here(v, error, "more than fits into memory", "at most 1048576 lines of a kind in a case");
  memcpy(items, &grown, sizeof grown);
  *room = wanted;
  return 0;
}

static int read_register(tw_vectors *v, tw_vector_case *c, tw_error *error) {
  uint64_t value;
  if (expect_fields(v, 3, "reg NAME HEX", error) < 0 || number(v, 2, 16, &value, error) < 0)
    return -1;
  for (unsigned i = 0; i < TW_VECTOR_REGISTERS; i++)
    if (strcmp(v->field[1], register_names[i]) == 0) {
      c->registers[i] = value;
      c->given[i] = true;
      return 0;
    }
  return fail_here(v, error, v->field[1], "the name of a system register");
}

static int read_word(tw_vectors *v, tw_error *error) {
  tw_vector_word word;
  if (expect_fields(v, 3, "w PA VALUE", error) < 0 || number(v, 1, 16, &word.pa, error) < 0 ||
      number(v, 2, 16, &word.value, error) < 0)
    return -1;
  if (word.pa % 8 || word.pa >> 52)
    return fail_here(v, error, v->field[1], "a physical address below 2^52, aligned to 8 bytes");
  if (grow(v, &v->words, v->word_count, &v->word_room, sizeof word, error) < 0)
    return -1;
  v->words[v->word_count++] = word;
  return 0;
}

static const tw_vector_op *op_by_name(const char *name) {
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
    if (strcmp(ops[i].name, name) == 0)
      return &ops[i];
  return NULL;
}

static int read_at(tw_vectors *v, tw_error *error) {
  static const char shape[] = "at OP PAN VA [exc] ANSWER MASK";
  bool abort = v->fields >= 5 && strcmp(v->field[4], "exc") == 0;
  tw_vector_at at = {.line = v->line, .abort = abort};
  uint64_t pan;
  if (v->fields != (abort ? 7U : 6U))
    return expect_fields(v, abort ? 7 : 6, shape, error);
  at.op = op_by_name(v->field[1]);
  if (!at.op)
    return fail_here(v, error, v->field[1], "the name of an AT operation");
  if (number(v, 2, 10, &pan, error) < 0 || number(v, 3, 16, &at.va, error) < 0 ||
      number(v, abort ? 5 : 4, 16, &at.expected, error) < 0 || number(v, abort ? 6 : 5, 16, &at.mask, error) < 0)
    return -1;
  if (pan > 1)
    return fail_here(v, error, v->field[2], "PAN 0 or 1");
  at.pan = (uint8_t)pan;
  if (grow(v, &v->ats, v->at_count, &v->at_room, sizeof at, error) < 0)
    return -1;
  v->ats[v->at_count++] = at;
  return 0;
}

// -- cases --

// A case is of one architecture, and all its registers are given.
static int check_case(const tw_vectors *v, tw_vector_case *c, tw_error *error) {
  c->aarch32 = c->given[TW_VECTOR_TTBCR];
  c->armv7 = v->armv7;
  unsigned from = c->aarch32 ? TW_VECTOR_AARCH32 : 0;
  unsigned to = c->aarch32 ? TW_VECTOR_REGISTERS : TW_VECTOR_AARCH32;
  for (unsigned i = 0; i < TW_VECTOR_REGISTERS; i++)
    if (c->given[i] != (i >= from && i < to))
      return tw_fail(
          error, "%s:%" PRIu32 ": found case %" PRIu64 " %s reg %s, expected all registers of AArch64 or of AArch32",
          v->path, v->line, c->number, c->given[i] ? "with" : "without", register_names[i]);
  for (size_t i = 0; i < v->at_count; i++)
    if (v->ats[i].op->aarch32 != c->aarch32)
      return tw_fail(error, "%s:%" PRIu32 ": found %s, expected an operation of the registers' architecture", v->path,
                     v->ats[i].line, v->ats[i].op->name);
  return 0;
}

// One line of a case: 1 when it is over.
static int read_item(tw_vectors *v, tw_vector_case *c, tw_error *error) {
  const char *item = v->field[0];
  if (strcmp(item, "reg") == 0)
    return read_register(v, c, error);
  if (strcmp(item, "w") == 0)
    return read_word(v, error);
  if (strcmp(item, "at") == 0)
    return read_at(v, error);
  if (strcmp(item, "u") == 0)
    return expect_fields(v, 3, "u PA VALUE", error);
  v->ended = strcmp(item, "end") == 0;
  v->pending = strcmp(item, "case") == 0;
  return v->ended || v->pending ? 1 : fail_here(v, error, item, "case, reg, w, at, u or end");
}

static int read_case(tw_vectors *v, tw_vector_case *c, tw_error *error) {
  int status;
  v->pending = false;
  v->word_count = v->at_count = 0;
  *c = (tw_vector_case){0};
  if (expect_fields(v, 2, "case N", error) < 0 || number(v, 1, 10, &c->number, error) < 0)
    return -1;
  do {
    status = read_line(v, error);
    if (status == 0)
      return fail_here(v, error, "the end of the file", "`end`");
    if (status > 0)
      status = read_item(v, c, error);
  } while (status == 0);
  if (status < 0 || check_case(v, c, error) < 0)
    return -1;
  c->words = v->words;
  c->word_count = v->word_count;
  c->ats = v->ats;
  c->at_count = v->at_count;
  return 1;
}

static int finish(tw_vectors *v, tw_error *error) {
  int got = read_line(v, error);
  return got > 0 ? fail_here(v, error, v->field[0], "nothing after `end`") : got;
}

int tw_vectors_next(tw_vectors *v, tw_vector_case *next, tw_error *error) {
  if (v->ended)
    return finish(v, error);
  if (!v->pending) {
    int got = read_line(v, error);
    if (got < 0)
      return -1;
    if (got == 0)
      return fail_here(v, error, "the end of the file", "`case` or `end`");
    if (strcmp(v->field[0], "end") == 0) {
      v->ended = true;
      return finish(v, error);
    }
    if (strcmp(v->field[0], "case") != 0)
      return fail_here(v, error, v->field[0], "`case`");
  }
  return read_case(v, next, error);
}

tw_vectors *tw_vectors_open(const char *path, tw_error *error) {
  tw_vectors *v = calloc(1, sizeof *v);
  if (!v) {
    tw_fail(error, "%s: out of memory", path);
    return NULL;
  }
  v->path = path;
  v->file = gzopen(path, "rb");
  if (v->file)
    return v;
  tw_fail(error, "%s: can't be opened: %s", path, strerror(errno));
  free(v);
  return NULL;
}

void tw_vectors_close(tw_vectors *v) {
  if (!v)
    return;
  gzclose(v->file);
  free(v->words);
  free(v->ats);
  free(v);
}
