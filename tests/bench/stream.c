// The raw capture is written beside its snapshot, imported, and removed again.
#define _GNU_SOURCE // MAP_ANONYMOUS
#include "stream.h"
#include "tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <traces/trace.h>
#include <unistd.h>

enum { SNAPSHOT = 1, PAGE = 4096, PHASE = 1 };

typedef struct record {
  uint64_t w0, w1;
} record;

static uint64_t xorshift(uint64_t *state) {
  uint64_t x = *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}

static uint64_t next_offset(const stream *s, uint64_t number, uint64_t *state) {
  if (s->order == STREAM_SEQUENTIAL)
    return number * 64 % (s->pages * PAGE);
  uint64_t random = xorshift(state);
  return (random >> 32) % s->pages * PAGE + (random & (PAGE - 8));
}

// A read of 8 bytes in the kernel's half, one instruction after the one before.
static record access_record(uint64_t offset) {
  uint64_t va = TABLES_VA + offset;
  return (record){.w0 = (va & 0xffffffffffff) | UINT64_C(3) << 48 | UINT64_C(1) << 56 | (va >> 48 & 0xf) << 58,
                  .w1 = (TABLES_PA + offset) | UINT64_C(1) << 48};
}

static record mark_record(unsigned value) { return (record){.w0 = UINT64_C(2) << 52, .w1 = value}; }

static int write_raw(const stream *s, const char *path, tw_error *error) {
  FILE *out = fopen(path, "wb");
  if (!out)
    return tw_fail(error, "%s: %s", path, strerror(errno));
  const uint64_t ram_base = TABLES_BASE;
  const record marks[2] = {mark_record(0xc000 | SNAPSHOT), mark_record(PHASE)};
  uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
  fwrite("H1TRACE1", 8, 1, out);
  fwrite(&ram_base, sizeof ram_base, 1, out);
  fwrite(marks, sizeof *marks, 2, out);
  for (uint64_t n = 0; n < s->accesses; ++n) {
    record r = access_record(next_offset(s, n, &state));
    fwrite(&r, sizeof r, 1, out);
  }
  int failed = ferror(out);
  failed = fclose(out) || failed;
  return failed ? tw_fail(error, "%s: %s", path, strerror(errno)) : 0;
}

int stream_make(const stream *stream, const char *folder, char path[1024], tw_error *error) {
  char raw[1100], snapshot[1100];
  snprintf(path, 1024, "%s/%s.twt", folder, stream->name);
  if (access(path, F_OK) == 0)
    return 0;
  snprintf(raw, sizeof raw, "%s/%s.h1t", folder, stream->name);
  snprintf(snapshot, sizeof snapshot, "%s/snap%d.bin", folder, SNAPSHOT);
  tw_import_result result;
  const char *input = raw;
  int failed = tables_write_snapshot(snapshot, stream->pages, error) || write_raw(stream, raw, error) ||
               tw_trace_import(&input, 1, path, &result, error);
  unlink(raw);
  unlink(snapshot);
  return failed ? -1 : 0;
}

int stream_import(const char *name, const char *const *captures, size_t count, const char *folder, char path[1024],
                  tw_error *error) {
  snprintf(path, 1024, "%s/%s.twt", folder, name);
  tw_import_result result;
  return access(path, F_OK) == 0 ? 0 : tw_trace_import(captures, count, path, &result, error);
}

// -- data for the references --

static bool pages_of_4k(const tw_trace *trace) {
  uint64_t tcr = tw_trace_registers(trace)->tcr;
  bool sizes = (tcr & 0x3f) == 16 && (tcr >> 16 & 0x3f) == 16, granules = !(tcr >> 14 & 3) && (tcr >> 30 & 3) == 2;
  return tw_trace_architecture(trace) == TW_ARCH_AARCH64 && sizes && granules;
}

// Physical memory from the first table to the last, as it stands in the image.
static int load_tables(const tw_trace *trace, stream_data *data, tw_error *error) {
  size_t count;
  const tw_table_page *pages = tw_trace_tables(trace, &count);
  uint64_t first = UINT64_MAX, end = 0;
  if (!pages_of_4k(trace) || count == 0)
    return 0;
  for (size_t i = 0; i < count; ++i) {
    first = pages[i].pa < first ? pages[i].pa : first;
    end = pages[i].pa + pages[i].bytes > end ? pages[i].pa + pages[i].bytes : end;
  }
  void *memory = mmap(NULL, end - first, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return tw_fail(error, "tables: %s", strerror(errno));
  for (size_t i = 0; i < count; ++i)
    memcpy((uint8_t *)memory + (pages[i].pa - first), pages[i].data, pages[i].bytes);
  data->tables = memory;
  data->tables_pa = first;
  data->tables_bytes = end - first;
  data->ttbr[0] = tw_trace_registers(trace)->ttbr0;
  data->ttbr[1] = tw_trace_registers(trace)->ttbr1;
  return 0;
}

static int load_addresses(tw_trace *trace, size_t max, stream_data *data, tw_error *error) {
  tw_batch batch;
  int got;
  while ((got = tw_trace_next(trace, &batch, error)) > 0) {
    size_t take = batch.count < max - data->count ? batch.count : max - data->count;
    memcpy(data->addresses + data->count, batch.va, take * sizeof *data->addresses);
    data->count += take;
  }
  return got;
}

int stream_load(const char *path, size_t max, stream_data *data, tw_error *error) {
  *data = (stream_data){.addresses = malloc(max * sizeof *data->addresses)};
  if (!data->addresses)
    return tw_fail(error, "%s: out of memory", path);
  tw_trace *trace = tw_trace_open(path, 0, error);
  int failed = !trace || load_tables(trace, data, error) || load_addresses(trace, max, data, error);
  tw_trace_close(trace);
  if (failed)
    stream_unload(data);
  return failed ? -1 : 0;
}

void stream_unload(stream_data *data) {
  if (data->tables)
    munmap((void *)data->tables, data->tables_bytes);
  free(data->addresses);
  *data = (stream_data){0};
}

int stream_decode(const char *path, uint64_t *sum, tw_error *error) {
  tw_trace *trace = tw_trace_open(path, 0, error);
  if (!trace)
    return -1;
  tw_batch batch;
  int got;
  while ((got = tw_trace_next(trace, &batch, error)) > 0)
    for (size_t i = 0; i < batch.count; ++i)
      *sum += batch.va[i];
  tw_trace_close(trace);
  return got;
}
