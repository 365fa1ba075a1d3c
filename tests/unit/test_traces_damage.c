// Containers: damage of any kind gives an error or the same stream, never a crash.
#include "traces_case.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

typedef struct damage_case {
  char *folder, *path, *broken;
  uint8_t *data, *copy;
  size_t bytes;
  stream whole;
} damage_case;

static damage_case begin_damage(const char *magic, size_t records) {
  damage_case c = {.folder = new_folder()};
  char *raw = make_raw(c.folder, magic, records, 11);
  c.path = in_folder(c.folder, "whole.twt");
  c.broken = in_folder(c.folder, "broken.twt");
  import_one(raw, c.path);
  free(raw);
  c.data = read_file(c.path, &c.bytes);
  c.copy = malloc(2 * c.bytes + 4096);
  c.whole = read_stream(c.path, TW_TRACE_PA);
  return c;
}

static void end_damage(damage_case *c) {
  free(c->data);
  free(c->copy);
  free(c->whole.items);
  free(c->path);
  free(c->broken);
  remove_folder(c->folder);
}

Test(traces, cut_containers_give_what_came_before, .timeout = 120) {
  damage_case c = begin_damage("H1TRACE1", 3000);
  size_t step = c.bytes / 600 + 1, cuts = 0;
  for (size_t bytes = 0; bytes < c.bytes; bytes += bytes < 300 || bytes + 300 > c.bytes ? 1 : step, cuts++) {
    write_file(c.broken, c.data, bytes);
    stream strict = read_stream(c.broken, TW_TRACE_PA);
    stream lenient = read_stream(c.broken, TW_TRACE_PA | TW_TRACE_KEEP_GOING);
    cr_assert_eq(strict.status, -1, "cut at %zu", bytes);
    cr_assert(strstr(strict.error.text, "broken.twt") && !strchr(strict.error.text, '\n'), "%s", strict.error.text);
    cr_assert(lenient.status < 0 && begins(&c.whole, &lenient), "cut at %zu", bytes);
    free(strict.items);
    free(lenient.items);
  }
  cr_assert_gt(cuts, 900);
  end_damage(&c);
}

// Every byte of a container is under a check, and of what is not decoded too.
static void flip_bits(const char *magic, unsigned flags) {
  damage_case c = begin_damage(magic, 3000);
  uint64_t state = 2024;
  size_t errors = 0;
  for (size_t i = 0; i < 1500; i++) {
    uint64_t bit = next_random(&state) % (8 * c.bytes);
    memcpy(c.copy, c.data, c.bytes);
    c.copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
    write_file(c.broken, c.copy, c.bytes);
    stream found = read_stream(c.broken, flags);
    cr_assert(!(flags & TW_TRACE_PA) || begins(&c.whole, &found), "bit %" PRIu64, bit);
    cr_assert_eq(found.status, -1, "bit %" PRIu64, bit);
    errors += found.status == -1;
    free(found.items);
  }
  cr_assert_eq(errors, 1500);
  end_damage(&c);
}

Test(traces, flipped_bits_give_an_error, .timeout = 120) {
  flip_bits("H1TRACE1", TW_TRACE_PA);
  flip_bits("H1TRAC32", TW_TRACE_PA);
  flip_bits("H1TRACE1", 0);
}

// A header that is right in its check but says something monstrous.
Test(traces, hostile_headers_are_refused) {
  static const struct {
    size_t word;
    uint32_t value;
    const char *expected;
  } cases[] = {{0, 0, "expected 1 to 11"},
               {0, 12, "expected 1 to 11"},
               {0, 0xffffffff, "expected 1 to 11"},
               {0, 2, "expected at most|expected one of type section"},
               {0, 11, "expected at most|expected one of type section"},
               {1, 1, "expected 0"},
               {2, 8281, "expected at most 8280"},
               {2, 0xffffffff, "expected at most 8280"},
               {3, 0xffffffff, "stored bytes, expected at most"},
               {3, 0x10000, "stored bytes, expected at most"}};
  damage_case c = begin_damage("H1TRACE1", 50);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    memcpy(c.copy, c.data, c.bytes);
    memcpy(c.copy + 16 + 4 * cases[i].word, &cases[i].value, 4);
    uint32_t crc = tools_crc32(c.copy + 16, 20);
    memcpy(c.copy + 36, &crc, 4);
    write_file(c.broken, c.copy, c.bytes);
    stream found = read_stream(c.broken, TW_TRACE_PA);
    char expected[128];
    snprintf(expected, sizeof expected, "%s", cases[i].expected);
    char *other = strchr(expected, '|');
    if (other)
      *other++ = 0;
    cr_assert_eq(found.status, -1);
    cr_assert(strstr(found.error.text, expected) || (other && strstr(found.error.text, other)), "%s", found.error.text);
    free(found.items);
  }
  end_damage(&c);
}

// The lower half of XXH64 is what zstd itself puts behind a frame.
static uint32_t payload_check(const void *data, size_t bytes) {
  ZSTD_CCtx *context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  uint8_t *frame = malloc(ZSTD_compressBound(bytes));
  size_t got = ZSTD_compress2(context, frame, ZSTD_compressBound(bytes), data, bytes);
  cr_assert(!ZSTD_isError(got));
  uint32_t check;
  memcpy(&check, frame + got - sizeof check, sizeof check);
  free(frame);
  ZSTD_freeCCtx(context);
  return check;
}

typedef struct chunk {
  uint32_t head[6]; // type, number, raw bytes, stored bytes, check of these, check of the head
  uint8_t *stored;
} chunk;

static void change_contents(chunk *chunk, uint64_t *state) {
  uint32_t *head = chunk->head;
  uint8_t *raw = malloc(head[2]);
  if (head[2] == head[3])
    memcpy(raw, chunk->stored, head[2]);
  else
    cr_assert_eq(ZSTD_decompress(raw, head[2], chunk->stored, head[3]), head[2]);
  for (uint64_t changes = 1 + next_random(state) % 3; changes; changes--)
    raw[next_random(state) % (next_random(state) & 1 ? head[2]
                              : head[2] < 64         ? head[2]
                                                     : 64)] = (uint8_t)next_random(state);
  if (next_random(state) % 4 == 0)
    head[2] = (uint32_t)(next_random(state) % (head[2] + 1));
  head[3] = (uint32_t)ZSTD_compress(chunk->stored, ZSTD_compressBound(head[2]), raw, head[2], 1);
  if (head[3] >= head[2])
    memcpy(chunk->stored, raw, head[3] = head[2]);
  free(raw);
}

// Change the raw contents of one chunk at random, with all checks made right again. Returns the new file's bytes.
static size_t rewrite_chunk(const damage_case *c, size_t which, uint64_t *state) {
  size_t at = 16, out = 16;
  memcpy(c->copy, c->data, 16);
  for (size_t number = 0; at < c->bytes; number++) {
    chunk chunk;
    uint32_t *head = chunk.head;
    memcpy(head, c->data + at, sizeof chunk.head);
    chunk.stored = malloc(ZSTD_compressBound(head[2]) + head[3]);
    memcpy(chunk.stored, c->data + at + sizeof chunk.head, head[3]);
    at += sizeof chunk.head + head[3];
    if (number == which && head[2])
      change_contents(&chunk, state);
    head[4] = payload_check(chunk.stored, head[3]);
    head[5] = tools_crc32(head, 20);
    memcpy(c->copy + out, head, sizeof chunk.head);
    memcpy(c->copy + out + sizeof chunk.head, chunk.stored, head[3]);
    out += sizeof chunk.head + head[3];
    free(chunk.stored);
  }
  return out;
}

static void rewrite_chunks(const char *magic) {
  damage_case c = begin_damage(magic, 400);
  c.copy = realloc(c.copy, 4 * c.bytes + (1 << 20));
  uint64_t state = 31;
  size_t errors = 0;
  for (size_t i = 0; i < 2000; i++) {
    size_t bytes = rewrite_chunk(&c, i % 20, &state);
    write_file(c.broken, c.copy, bytes);
    stream found = read_stream(c.broken, TW_TRACE_PA);
    errors += found.status == -1;
    free(found.items);
  }
  cr_assert_gt(errors, 300);
  end_damage(&c);
}

Test(traces, hostile_contents_do_no_harm, .timeout = 120) {
  rewrite_chunks("H1TRACE1");
  rewrite_chunks("H1TRAC32");
}
