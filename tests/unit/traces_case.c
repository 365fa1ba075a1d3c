// Tools of the tests of traces.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "traces_case.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef TW_SHARED_DIR
#define TW_SHARED_DIR "../shared"
#endif

const char *shared_dir(void) {
  const char *set = getenv("TABLEWALK_SHARED");
  return set ? set : TW_SHARED_DIR;
}

// -- small tools --

uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

char *in_folder(const char *folder, const char *name) {
  char *path = malloc(4096);
  snprintf(path, 4096, "%s/%s", folder, name);
  return path;
}

char *new_folder(void) {
  char *folder = strdup("/tmp/test_traces.XXXXXX");
  cr_assert_not_null(mkdtemp(folder));
  return folder;
}

void remove_folder(char *folder) {
  char command[256];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  cr_assert_eq(system(command), 0);
  free(folder);
}

void write_file(const char *path, const void *data, size_t bytes) {
  FILE *file = fopen(path, "wb");
  cr_assert_not_null(file);
  cr_assert_eq(fwrite(data, 1, bytes, file), bytes);
  fclose(file);
}

uint8_t *read_file(const char *path, size_t *bytes) {
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

uint32_t tools_crc32(const void *data, size_t bytes) {
  const uint8_t *at = data;
  uint32_t crc = 0xffffffff;
  for (size_t i = 0; i < bytes; i++) {
    crc ^= at[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

// -- a stream, independent of how it is cut into batches --

static uint64_t hash(uint64_t seed, const void *data, size_t bytes) {
  const uint8_t *at = data;
  for (size_t i = 0; i < bytes; i++)
    seed = (seed ^ at[i]) * 0x100000001b3ULL;
  return seed;
}

static uint64_t hash_section(const tw_trace *trace) {
  size_t count;
  const tw_registers *registers = tw_trace_registers(trace);
  uint64_t sum = hash(tw_trace_architecture(trace), registers, offsetof(tw_registers, regime)); // no padding
  sum = hash(sum, &registers->regime, 2);
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

static void add_item(stream *stream, item item) {
  if (stream->count == stream->room) {
    stream->room = stream->room ? 2 * stream->room : 1024;
    stream->items = realloc(stream->items, stream->room * sizeof item);
  }
  stream->items[stream->count++] = item;
}

static void read_into(stream *stream, const char *path, unsigned flags) {
  stream->status = -1;
  tw_trace *trace = tw_trace_open(path, flags | TW_TRACE_GAPS, &stream->error);
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

stream read_stream(const char *path, unsigned flags) {
  stream stream = {0};
  read_into(&stream, path, flags);
  return stream;
}

bool same_item(const item *a, const item *b) {
  return a->va == b->va && a->pa == b->pa && a->gap == b->gap && a->info == b->info && a->section == b->section &&
         a->event.kind == b->event.kind && a->event.has_operand == b->event.has_operand &&
         a->event.word == b->event.word && a->event.pa == b->event.pa && a->event.bytes == b->event.bytes &&
         a->event.value == b->event.value;
}

bool begins(const stream *whole, const stream *part) {
  if (part->count > whole->count)
    return false;
  for (size_t i = 0; i < part->count; i++)
    if (!same_item(&whole->items[i], &part->items[i]))
      return false;
  return true;
}

// -- a capture of our own, with every kind of record --

void add_record(records *records, uint64_t w0, uint64_t w1) {
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
    add_record(records, 5ULL << 52 | (r >> 8 & 3) << 48 | (address & 0xfffffffff8), r);
  } else {
    static const uint64_t types[] = {3, 4, 6, 3};
    uint64_t rt = r & 0xf; // in the fields of both architectures
    bool known = r >> 40 & 1;
    add_record(records, types[kind & 3] << 52, (r & 0x7fff0fe0) | rt << 12 | (known ? rt : r & 0x1f) | 3ULL << 48);
    if (known)
      add_record(records, 7ULL << 52 | rt, address);
  }
}

void write_snapshot(const char *folder, unsigned number, uint64_t seed, uint64_t tcr) {
  uint64_t words[1 + 512 + 2 * (4 + 512)] = {0};
  memcpy(words, "H1PTSNAP", 8);
  for (size_t i = 0; i < 35; i++)
    words[1 + i] = next_random(&seed);
  if (tcr)
    words[1 + 4 + 2] = tcr;
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

void write_raw(const char *path, const char *magic, const records *records) {
  FILE *file = fopen(path, "wb");
  uint64_t base = 0x40000000;
  fwrite(magic, 1, 8, file);
  fwrite(&base, 8, 1, file);
  fwrite(records->words, 8, records->count, file);
  fclose(file);
}

char *make_raw(const char *folder, const char *magic, size_t count, uint64_t seed) {
  records *records = calloc(1, sizeof *records);
  write_snapshot(folder, 2, 5, 0);
  write_snapshot(folder, 3, 9, 0);
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

void import_one(const char *input, const char *output) {
  tw_error error;
  tw_import_result result;
  cr_assert_eq(tw_trace_import(&input, 1, output, &result, &error), 0, "%s", error.text);
  struct stat stat_result;
  cr_assert_eq(stat(output, &stat_result), 0);
  cr_assert_eq((uint64_t)stat_result.st_size, result.bytes);
}
