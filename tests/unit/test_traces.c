// Traces: every format gives the same stream, and damage of any kind gives an error or that stream, never a crash.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <criterion/criterion.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <traces/census.h>
#include <traces/trace.h>
#include <unistd.h>
#include <zstd.h>

#ifndef TW_SHARED_DIR
#define TW_SHARED_DIR "../shared"
#endif

static const char *shared_dir(void) {
  const char *set = getenv("TABLEWALK_SHARED");
  return set ? set : TW_SHARED_DIR;
}

// -- small tools --

static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static char *in_folder(const char *folder, const char *name) {
  char *path = malloc(4096);
  snprintf(path, 4096, "%s/%s", folder, name);
  return path;
}

static char *new_folder(void) {
  char *folder = strdup("/tmp/test_traces.XXXXXX");
  cr_assert_not_null(mkdtemp(folder));
  return folder;
}

static void remove_folder(char *folder) {
  char command[256];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  cr_assert_eq(system(command), 0);
  free(folder);
}

static void write_file(const char *path, const void *data, size_t bytes) {
  FILE *file = fopen(path, "wb");
  cr_assert_not_null(file);
  cr_assert_eq(fwrite(data, 1, bytes, file), bytes);
  fclose(file);
}

static uint8_t *read_file(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  cr_assert_not_null(file, "%s", path);
  fseek(file, 0, SEEK_END);
  *bytes = (size_t)ftell(file);
  rewind(file);
  uint8_t *data = malloc(*bytes + 1);
  cr_assert_eq(fread(data, 1, *bytes, file), *bytes);
  fclose(file);
  return data;
}

// -- a stream, independent of how it is cut into batches --

typedef struct item {
  tw_event event; // kind 0: an access
  uint64_t va, pa;
  uint16_t gap;
  uint8_t info;
  uint64_t section; // for a section: a hash of all that it has
} item;

static uint64_t hash(uint64_t seed, const void *data, size_t bytes) {
  const uint8_t *at = data;
  for (size_t i = 0; i < bytes; i++)
    seed = (seed ^ at[i]) * 0x100000001b3ULL;
  return seed;
}

static uint64_t hash_section(const tw_trace *trace) {
  size_t count;
  const tw_registers *registers = tw_trace_registers(trace);
  uint64_t sum = hash(tw_trace_architecture(trace), registers, sizeof *registers);
  const tw_named_register *named = tw_trace_named_registers(trace, &count);
  sum = hash(sum, named, count * sizeof *named);
  const tw_region *regions = tw_trace_regions(trace, &count);
  sum = hash(sum, regions, count * sizeof *regions);
  const tw_phase *phases = tw_trace_phases(trace, &count);
  for (size_t i = 0; i < count; i++) {
    sum = hash(sum, &phases[i].id, sizeof phases[i].id);
    sum = hash(sum, phases[i].kind, sizeof phases[i].kind);
    sum = hash(sum, phases[i].pattern, sizeof phases[i].pattern);
    sum = hash(sum, &phases[i].va, 16);
  }
  const tw_table_page *tables = tw_trace_tables(trace, &count);
  for (size_t i = 0; i < count; i++) {
    sum = hash(sum, &tables[i].pa, 24);
    sum = hash(sum, &tables[i].level, 2);
    sum = hash(sum, tables[i].data, (size_t)tables[i].bytes);
  }
  return sum;
}

typedef struct stream {
  item *items;
  size_t count, room;
  int status; // of the last call
  tw_error error;
} stream;

static void add_item(stream *stream, item item) {
  if (stream->count == stream->room) {
    stream->room = stream->room ? 2 * stream->room : 1024;
    stream->items = realloc(stream->items, stream->room * sizeof item);
  }
  stream->items[stream->count++] = item;
}

static void read_into(stream *stream, const char *path, unsigned flags) {
  stream->status = -1;
  tw_trace *trace = tw_trace_open(path, flags, &stream->error);
  if (!trace)
    return;
  tw_batch batch;
  uint64_t accesses = 0;
  while ((stream->status = tw_trace_next(trace, &batch, &stream->error)) > 0) {
    cr_assert_eq(batch.first, accesses);
    accesses += batch.count;
    for (size_t i = 0; i < batch.count; i++)
      add_item(stream,
               (item){.va = batch.va[i], .pa = batch.pa ? batch.pa[i] : 0, .gap = batch.gap[i], .info = batch.info[i]});
    if (batch.event.kind) {
      uint64_t section = batch.event.kind == TW_EVENT_SECTION ? hash_section(trace) : 0;
      add_item(stream, (item){.event = batch.event, .section = section});
    }
  }
  if (tw_trace_damage(trace))
    stream->status = -2; // ended by damage
  tw_trace_close(trace);
}

static stream read_stream(const char *path, unsigned flags) {
  stream stream = {0};
  read_into(&stream, path, flags);
  return stream;
}

static bool same_item(const item *a, const item *b) {
  return a->va == b->va && a->pa == b->pa && a->gap == b->gap && a->info == b->info && a->section == b->section &&
         a->event.kind == b->event.kind && a->event.has_operand == b->event.has_operand &&
         a->event.word == b->event.word && a->event.pa == b->event.pa && a->event.value == b->event.value;
}

// True when `part` is `whole`, or its beginning.
static bool begins(const stream *whole, const stream *part) {
  if (part->count > whole->count)
    return false;
  for (size_t i = 0; i < part->count; i++)
    if (!same_item(&whole->items[i], &part->items[i]))
      return false;
  return true;
}

// -- a capture of our own, with every kind of record --

typedef struct records {
  uint64_t words[2 * 200000 + 2];
  size_t count; // of words
} records;

static void add_record(records *records, uint64_t w0, uint64_t w1) {
  records->words[records->count++] = w0;
  records->words[records->count++] = w1;
}

static void add_random_record(records *records, uint64_t *state) {
  uint64_t r = next_random(state), kind = r % 64, address = next_random(state);
  if (kind < 56) {
    static const uint64_t bases[] = {0xffff00000000, 0xffff80000000, 0x800000001000, 0xfc0000000000};
    uint64_t va = (bases[r >> 8 & 3] + (r >> 16 & 3 ? address & 0xffff : address & 0x3fffffff)) & 0xffffffffffff;
    uint64_t w0 = va | (r >> 20 & 3) << 48 | (kind & 1) << 51 | (kind > 40 ? 1ULL : 0) << 52 | 1ULL << 56 |
                  (kind == 7 ? 1ULL : 0) << 57 | (r >> 24 & 15) << 58;
    add_record(records, w0, ((va ^ (r >> 28 & 1)) & 0xffffffff) | (r >> 32 & (kind == 5 ? 0xffff : 7)) << 48);
  } else if (kind < 58) {
    add_record(records, 2ULL << 52, r & 0x100 ? 0xffff : r >> 16 & 0x3f);
  } else if (kind < 60) {
    add_record(records, 5ULL << 52 | (address & 0xfffffffff8), r);
  } else {
    static const uint64_t types[] = {3, 4, 6, 3};
    uint64_t rt = r & 0xf; // in the fields of both architectures
    bool known = r >> 40 & 1;
    add_record(records, types[kind & 3] << 52, (r & 0x7fff0fe0) | rt << 12 | (known ? rt : r & 0x1f) | 3ULL << 48);
    if (known)
      add_record(records, 7ULL << 52 | rt, address);
  }
}

static void write_snapshot(const char *folder, unsigned number, uint64_t seed) {
  uint64_t words[1 + 512 + 2 * (4 + 512)] = {0};
  memcpy(words, "H1PTSNAP", 8);
  for (size_t i = 0; i < 35; i++)
    words[1 + i] = next_random(&seed);
  for (size_t page = 0; page < 2; page++) {
    uint64_t *at = words + 513 + page * 516;
    at[0] = 0x40000000 + 4096 * page;
    at[1] = page ? 3 | 1 << 8 : 0;
    at[3] = 4096;
    for (size_t i = 0; i < 512; i++)
      at[4 + i] = i % 7 ? 0 : next_random(&seed);
  }
  char name[32];
  snprintf(name, sizeof name, "snap%u.bin", number);
  char *path = in_folder(folder, name);
  write_file(path, words, sizeof words);
  free(path);
}

static void write_raw(const char *path, const char *magic, const records *records) {
  FILE *file = fopen(path, "wb");
  uint64_t base = 0x40000000;
  fwrite(magic, 1, 8, file);
  fwrite(&base, 8, 1, file);
  fwrite(records->words, 8, records->count, file);
  fclose(file);
}

// `count` records, two snapshots; returns the capture's path.
static char *make_raw(const char *folder, const char *magic, size_t count, uint64_t seed) {
  records *records = calloc(1, sizeof *records);
  write_snapshot(folder, 2, 5);
  write_snapshot(folder, 3, 9);
  char *log = in_folder(folder, "console.log");
  static const char text[] = "[ 1.0] H1-PHASE 7 vmalloc_4m seq va=0xffff80000a5e1000 len=0x400000 n=1\r\n"
                             "noise\n[ 2.0] H1-PHASE 62 natural on ls\nH1-PHASE broken\n";
  write_file(log, text, strlen(text));
  free(log);
  add_record(records, 2ULL << 52, 0xc002);
  for (size_t i = 0; i < count; i++) {
    add_random_record(records, &seed);
    if (i == count / 2)
      add_record(records, 2ULL << 52, 0xc003);
  }
  char *path = in_folder(folder, "own.h1t");
  write_raw(path, magic, records);
  free(records);
  return path;
}

static void import_one(const char *input, const char *output) {
  tw_error error;
  tw_import_result result;
  cr_assert_eq(tw_trace_import(&input, 1, output, &result, &error), 0, "%s", error.text);
  struct stat stat_result;
  cr_assert_eq(stat(output, &stat_result), 0);
  cr_assert_eq((uint64_t)stat_result.st_size, result.bytes);
}

static void check_round_trip(const char *raw, const char *folder) {
  char *once = in_folder(folder, "once.twt"), *twice = in_folder(folder, "twice.twt");
  import_one(raw, once);
  import_one(once, twice);
  stream expected = read_stream(raw, TW_TRACE_PA), found = read_stream(once, TW_TRACE_PA),
         again = read_stream(twice, TW_TRACE_PA);
  cr_assert_eq(expected.status, 0, "%s", expected.error.text);
  cr_assert_eq(found.status, 0, "%s", found.error.text);
  cr_assert(found.count == expected.count && begins(&expected, &found), "%s: streams differ", raw);
  cr_assert(again.count == expected.count && begins(&expected, &again), "%s: streams differ", raw);
  free(expected.items);
  free(found.items);
  free(again.items);
  free(once);
  free(twice);
}

Test(traces, raw_and_container_give_the_same_stream, .timeout = 300) {
  static const struct {
    const char *magic;
    size_t records;
  } own[] = {{"H1TRACE1", 0}, {"H1TRACE1", 1}, {"H1TRACE1", 3000}, {"H1TRACE1", 190000}, {"H1TRAC32", 20000}};
  static const char *const shared[] = {
      "k61-4k-on/vmalloc_4m",      "k61-4k-full/lin_kmalloc_64k", "k61-4k-on-tlbi/vmallocfree_cycle",
      "k612-16k-on/lin_pages_4m",  "k61-a32-lpae/vmalloc_64k",    "k61-a32-armmp/lin_kmalloc_64k",
      "k61-4k-full/vmap_alias_4m", "k61-4k-full/crc32",           "k61-4k-on/memcpy"};
  char *folder = new_folder();
  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
    char *raw = make_raw(folder, own[i].magic, own[i].records, 77 + i);
    check_round_trip(raw, folder);
    free(raw);
  }
  for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
    char raw[4096];
    snprintf(raw, sizeof raw, "%s/captures/%s.h1t.zst", shared_dir(), shared[i]);
    if (access(raw, F_OK) == 0)
      check_round_trip(raw, folder);
  }
  remove_folder(folder);
}

// A raw and a container input, one section each and the image stored once.
Test(traces, several_inputs_become_one) {
  char *folder = new_folder();
  char *raw = make_raw(folder, "H1TRACE1", 2000, 3), *one = in_folder(folder, "one.twt"),
       *two = in_folder(folder, "two.twt");
  import_one(raw, one);
  const char *inputs[] = {raw, one};
  tw_error error;
  tw_import_result result;
  cr_assert_eq(tw_trace_import(inputs, 2, two, &result, &error), 0, "%s", error.text);
  cr_assert_eq(result.sections, 4);
  stream single = read_stream(raw, TW_TRACE_PA), both = read_stream(two, TW_TRACE_PA);
  cr_assert_eq(both.count, 2 * single.count);
  for (size_t i = 0; i < both.count; i++)
    cr_assert(same_item(&both.items[i], &single.items[i % single.count]), "item %zu", i);
  free(single.items);
  free(both.items);
  free(raw);
  free(one);
  free(two);
  remove_folder(folder);
}

// -- damage --

typedef struct damage_case {
  char *folder, *path, *broken;
  uint8_t *data, *copy;
  size_t bytes;
  stream whole;
} damage_case;

static damage_case begin_damage(size_t records) {
  damage_case c = {.folder = new_folder()};
  char *raw = make_raw(c.folder, "H1TRACE1", records, 11);
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
  damage_case c = begin_damage(3000);
  size_t step = c.bytes / 400 + 1, cuts = 0;
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

Test(traces, flipped_bits_give_an_error_or_the_same_stream, .timeout = 120) {
  damage_case c = begin_damage(3000);
  uint64_t state = 2024;
  size_t errors = 0;
  for (size_t i = 0; i < 1500; i++) {
    uint64_t bit = next_random(&state) % (8 * c.bytes);
    memcpy(c.copy, c.data, c.bytes);
    c.copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
    write_file(c.broken, c.copy, c.bytes);
    stream found = read_stream(c.broken, TW_TRACE_PA);
    cr_assert(begins(&c.whole, &found), "bit %" PRIu64, bit);
    cr_assert(found.status == -1 || found.count == c.whole.count, "bit %" PRIu64, bit);
    errors += found.status == -1;
    free(found.items);
  }
  cr_assert_gt(errors, 1400);
  end_damage(&c);
}

static uint32_t crc32(const uint8_t *data, size_t bytes) {
  uint32_t crc = 0xffffffff;
  for (size_t i = 0; i < bytes; i++) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
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
               {2, 8241, "expected at most 8240"},
               {2, 0xffffffff, "expected at most 8240"},
               {3, 0xffffffff, "stored bytes, expected at most"},
               {3, 0x10000, "stored bytes, expected at most"}};
  damage_case c = begin_damage(50);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    memcpy(c.copy, c.data, c.bytes);
    memcpy(c.copy + 16 + 4 * cases[i].word, &cases[i].value, 4);
    uint32_t crc = crc32(c.copy + 16, 16);
    memcpy(c.copy + 32, &crc, 4);
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

// Change the raw contents of one chunk at random, with all checks made right again. Returns the new file's bytes.
static size_t rewrite_chunk(const damage_case *c, size_t which, uint64_t *state) {
  size_t at = 16, out = 16;
  memcpy(c->copy, c->data, 16);
  for (size_t number = 0; at < c->bytes; number++) {
    uint32_t head[5];
    memcpy(head, c->data + at, sizeof head);
    const uint8_t *stored = c->data + at + sizeof head;
    at += sizeof head + head[3];
    uint8_t *packed = malloc(ZSTD_compressBound(head[2]) + head[3]);
    memcpy(packed, stored, head[3]);
    if (number == which && head[2]) {
      uint8_t *raw = malloc(head[2]);
      cr_assert_eq(ZSTD_decompress(raw, head[2], stored, head[3]), head[2]);
      for (uint64_t changes = 1 + next_random(state) % 3; changes; changes--)
        raw[next_random(state) % (next_random(state) & 1 ? head[2]
                                  : head[2] < 64         ? head[2]
                                                         : 64)] = (uint8_t)next_random(state);
      if (next_random(state) % 4 == 0)
        head[2] = (uint32_t)(next_random(state) % (head[2] + 1));
      head[3] = (uint32_t)ZSTD_compress(packed, ZSTD_compressBound(head[2]), raw, head[2], 1);
      free(raw);
    }
    head[4] = crc32((const uint8_t *)head, 16);
    memcpy(c->copy + out, head, sizeof head);
    memcpy(c->copy + out + sizeof head, packed, head[3]);
    out += sizeof head + head[3];
    free(packed);
  }
  return out;
}

Test(traces, hostile_contents_do_no_harm, .timeout = 120) {
  damage_case c = begin_damage(400);
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

// -- raw captures --

typedef struct raw_case {
  const char *magic;
  uint64_t words[8];
  size_t bytes;
  const char *expected;
} raw_case;

Test(traces, wrong_raw_captures_say_where) {
  const uint64_t mark = 2ULL << 52, base = 0x40000000, snapshot = 0xc002;
  const raw_case cases[] = {
      {"NOTMAGIC", {base, mark, snapshot}, 24, "byte 0: found 0x4e4f544d41474943, expected the magic"},
      {"H1TRACE1", {base}, 8, "record 0, byte 16: found the end of the file, expected a snapshot's mark"},
      {"H1TRACE1", {base}, 3, "byte 8: found 3 bytes, expected the RAM base"},
      {"H1TRACE1", {base, mark, 0x10}, 24, "record 0, byte 16: found type 2, value 0x10, expected a snapshot's mark"},
      {"H1TRACE1", {base, mark, 0xc009}, 24, "found the mark of snapshot 9, expected snap9.bin.zst beside"},
      {"H1TRACE1", {base, mark, snapshot, 0, 1}, 35, "record 1, byte 32: found 11 bytes, expected a record of 16"},
      {"H1TRACE1", {base, mark, snapshot, 9ULL << 52, 1}, 40, "record 1, byte 32: found type 9, expected 0 to 7"},
      {"H1TRAC32", {base, mark, snapshot, 7ULL << 52 | 4, 1}, 40, "found an operand (of register 4)"},
      {"H1TRACE1", {base, mark, snapshot, 3ULL << 52, 5, 7ULL << 52 | 4, 1}, 56, "record 2, byte 48: found an operand"},
  };
  char *folder = new_folder();
  free(make_raw(folder, "H1TRACE1", 10, 1));
  char *path = in_folder(folder, "wrong.h1t");
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    uint8_t data[72];
    memcpy(data, cases[i].magic, 8);
    memcpy(data + 8, cases[i].words, cases[i].bytes);
    write_file(path, data, 8 + cases[i].bytes);
    stream found = read_stream(path, TW_TRACE_PA);
    cr_assert_eq(found.status, -1, "case %zu", i);
    cr_assert(strstr(found.error.text, cases[i].expected), "case %zu: %s", i, found.error.text);
    cr_assert_not_null(strstr(found.error.text, "wrong.h1t"));
    free(found.items);
  }
  free(path);
  remove_folder(folder);
}

Test(traces, cut_raw_captures_give_what_came_before) {
  char *folder = new_folder();
  char *raw = make_raw(folder, "H1TRACE1", 5000, 8), *cut = in_folder(folder, "cut.h1t.zst");
  size_t bytes;
  uint8_t *data = read_file(raw, &bytes), *packed = malloc(ZSTD_compressBound(bytes));
  size_t packed_bytes = ZSTD_compress(packed, ZSTD_compressBound(bytes), data, bytes, 3);
  stream whole = read_stream(raw, TW_TRACE_PA);
  for (size_t part = 0; part <= 40; part++) {
    write_file(cut, packed, packed_bytes * part / 40);
    stream found = read_stream(cut, TW_TRACE_PA | TW_TRACE_KEEP_GOING);
    cr_assert(begins(&whole, &found), "%zu of 40", part);
    cr_assert(part == 40 ? found.status == 0 && found.count == whole.count : found.status < 0, "%zu of 40", part);
    free(found.items);
  }
  free(whole.items);
  free(packed);
  free(data);
  free(cut);
  free(raw);
  remove_folder(folder);
}

Test(traces, operands_and_phases_are_joined) {
  records *records = calloc(1, sizeof *records);
  char *folder = new_folder();
  free(make_raw(folder, "H1TRACE1", 10, 1));
  const uint64_t mark = 2ULL << 52, kernel = 1ULL << 56;
  add_record(records, mark, 0xc002);
  add_record(records, mark, 5);
  add_record(records, kernel | 0xffff00001000, 0x40001000 | 3ULL << 48);
  add_record(records, 3ULL << 52, 0xd508831f | 4ULL << 48); // TLBI VMALLE1IS: xzr
  add_record(records, 6ULL << 52, 0xd50b7428 | 2ULL << 48);
  add_record(records, 7ULL << 52 | 8, 0x1234);
  add_record(records, kernel | 0xfULL << 58 | 0xffff00001008, 0x40001008 | 1ULL << 48);
  add_record(records, mark, 6 | 9ULL << 48);
  add_record(records, kernel | 0xffff00001010, 0x40001010 | 1ULL << 48);
  char *path = in_folder(folder, "joined.h1t");
  write_raw(path, "H1TRACE1", records);
  stream found = read_stream(path, TW_TRACE_PA);
  static const item expected[] = {
      {.event = {.kind = TW_EVENT_PHASE_BEGIN, .word = 5}},
      {.va = 0xfff0ffff00001000, .pa = 0x40001000, .gap = 3},
      {.event = {.kind = TW_EVENT_TLBI, .word = 0xd508831f, .has_operand = true}},
      {.event = {.kind = TW_EVENT_SYS, .word = 0xd50b7428, .has_operand = true, .value = 0x1234}},
      {.va = 0xffffffff00001008, .pa = 0x40001008, .gap = 7},
      {.event = {.kind = TW_EVENT_PHASE_END, .word = 5}},
      {.event = {.kind = TW_EVENT_PHASE_BEGIN, .word = 6}},
      {.va = 0xfff0ffff00001010, .pa = 0x40001010, .gap = 1},
      {.event = {.kind = TW_EVENT_PHASE_END, .word = 6}},
  };
  cr_assert_eq(found.count, 1 + sizeof expected / sizeof expected[0]);
  for (size_t i = 0; i + 1 < found.count; i++)
    cr_assert(same_item(&found.items[i + 1], &expected[i]), "item %zu", i);
  free(found.items);
  free(path);
  free(records);
  remove_folder(folder);
}

// -- writing --

static size_t files_in(const char *folder) {
  char command[256];
  snprintf(command, sizeof command, "ls -A '%s' | wc -l", folder);
  FILE *pipe = popen(command, "r");
  size_t count = 0;
  cr_assert_eq(fscanf(pipe, "%zu", &count), 1);
  pclose(pipe);
  return count;
}

Test(traces, failed_imports_leave_nothing) {
  char *folder = new_folder(), *out = in_folder(folder, "out");
  cr_assert_eq(mkdir(out, 0755), 0);
  char *raw = make_raw(folder, "H1TRACE1", 4000, 5), *output = in_folder(out, "a.twt");
  char *missing = in_folder(folder, "missing.h1t"), *nowhere = in_folder(folder, "nowhere/a.twt");
  const char *good_and_missing[] = {raw, missing};
  tw_error error;
  cr_assert_eq(tw_trace_import(good_and_missing, 2, output, NULL, &error), -1);
  cr_assert_not_null(strstr(error.text, "missing.h1t"));
  cr_assert_eq(tw_trace_import(good_and_missing, 1, nowhere, NULL, &error), -1);
  cr_assert_not_null(strstr(error.text, "nowhere/a.twt"));
  // The disk is full: as good as a limit on the size of files.
  struct rlimit old, small;
  getrlimit(RLIMIT_FSIZE, &old);
  small = old;
  small.rlim_cur = 2000;
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  int status = tw_trace_import(good_and_missing, 1, output, NULL, &error);
  setrlimit(RLIMIT_FSIZE, &old);
  cr_assert_eq(status, -1);
  cr_assert_not_null(strstr(error.text, "a.twt: can't be written"), "%s", error.text);
  cr_assert_eq(files_in(out), 0);
  free(raw);
  free(output);
  free(missing);
  free(nowhere);
  free(out);
  remove_folder(folder);
}

// -- census --

// A row as the captures' census writes it, its sizes in any order: {'4K': 16, '2M': 1}
static bool row_agrees(const tw_census_row *row, const char *text) {
  size_t sizes = 0;
  for (const char *at = text; (at = strchr(at, ':')); at++)
    sizes++;
  for (size_t i = 0; i < row->sizes; i++) {
    char pair[64];
    snprintf(pair, sizeof pair, "'%s': %" PRIu64, row->size[i].name, row->size[i].count);
    const char *at = strstr(text, pair);
    if (!at || !strchr(",}", at[strlen(pair)]))
      return false;
  }
  return sizes == row->sizes;
}

static const tw_census_row *find_row(const tw_census_row *rows, size_t count, const char *name) {
  char wanted[80];
  if (strncmp(name, "buf:", 4) == 0)
    snprintf(wanted, sizeof wanted, "buffer %s", name + 4);
  else if (strcmp(name, "kernel-image") == 0)
    strcpy(wanted, "kernel image");
  else
    snprintf(wanted, sizeof wanted, "%.*s", (int)strcspn(name, "("), name);
  for (size_t i = 0; i < count; i++)
    if (strcmp(rows[i].name, wanted) == 0)
      return &rows[i];
  return NULL;
}

static size_t check_census_file(const char *path, const tw_census_row *rows, size_t count) {
  FILE *file = fopen(path, "r");
  char line[4096], name[64];
  size_t checked = 0;
  while (fgets(line, sizeof line, file)) {
    char *counts = strchr(line, '{');
    if (!counts || line[0] == ' ' || strncmp(line, "granule", 7) == 0 || sscanf(line, "%63s", name) != 1)
      continue;
    const tw_census_row *row = find_row(rows, count, name);
    cr_assert(row && row_agrees(row, counts), "%s: %s", path, line);
    checked++;
  }
  fclose(file);
  return checked;
}

static int count_run(void *context, const tw_run *run) {
  *(size_t *)context += run->first.half;
  return 0;
}

Test(traces, census_agrees_with_the_captures_own) {
  static const struct {
    const char *folder;
    size_t runs; // of the kernel half, by physical address, as in mapruns-snap2.txt
  } captures[] = {{"k61-4k-full", 398}, {"k61-4k-on", 400}, {"k61-4k-on-tlbi", 0}, {"k612-16k-on", 416}};
  for (size_t i = 0; i < sizeof captures / sizeof captures[0]; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/captures/%s/vmalloc_64m.h1t.zst", shared_dir(), captures[i].folder);
    if (access(path, F_OK) != 0)
      continue;
    tw_error error;
    tw_trace *trace = tw_trace_open(path, 0, &error);
    cr_assert_not_null(trace, "%s", error.text);
    tw_image image = tw_trace_image(trace);
    size_t region_count, count, runs = 0;
    const tw_region *regions = tw_trace_regions(trace, &region_count);
    tw_census_row *rows;
    cr_assert_eq(tw_census_count(&image, regions, region_count, &rows, &count, &error), 0, "%s", error.text);
    snprintf(path, sizeof path, "%s/captures/%s/census-snap2.txt", shared_dir(), captures[i].folder);
    cr_assert_geq(check_census_file(path, rows, count), 17);
    cr_assert_eq(tw_image_runs(&image, TW_RUNS_BY_PA, count_run, &runs, &error), 0);
    if (captures[i].runs)
      cr_assert_eq(runs, captures[i].runs);
    free(rows);
    tw_trace_close(trace);
  }
}

// Tables that point at themselves end in an error, not in a very long walk.
Test(traces, census_refuses_loops) {
  static uint64_t table[512];
  for (size_t i = 0; i < 512; i++)
    table[i] = 0x40000003;
  const tw_table_page page = {.pa = 0x40000000, .bytes = 4096, .half = 1, .data = (const uint8_t *)table};
  const tw_registers registers = {.tcr = 0x5001f2b5503510, .ttbr0 = 0x40000000, .ttbr1 = 0x40000000};
  const tw_image image = {&registers, &page, 1};
  tw_census_row *rows;
  size_t count;
  tw_error error;
  cr_assert_eq(tw_census_count(&image, NULL, 0, &rows, &count, &error), -1);
  cr_assert_not_null(strstr(error.text, "found a loop"));
}
