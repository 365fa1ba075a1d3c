// The public interface: tells the format by content, then hands on to that format's reader.
#include "container.h"
#include "generated.h"
#include "reader.h"

#include <stdlib.h>
#include <string.h>

struct tw_trace {
  tw_reader *reader;
  unsigned flags;
  bool ended, damaged;
  tw_error damage;
};

int tw_columns_create(tw_columns *columns) {
  *columns = (tw_columns){.va = malloc(TW_BATCH_MAX * sizeof *columns->va),
                          .pa = malloc(TW_BATCH_MAX * sizeof *columns->pa),
                          .info = malloc(TW_BATCH_MAX * sizeof *columns->info),
                          .gap = malloc(TW_BATCH_MAX * sizeof *columns->gap)};
  if (columns->va && columns->pa && columns->info && columns->gap)
    return 0;
  tw_columns_destroy(columns);
  return -1;
}

void tw_columns_destroy(tw_columns *columns) {
  free(columns->va);
  free(columns->pa);
  free(columns->info);
  free(columns->gap);
  *columns = (tw_columns){0};
}

static tw_reader *open_reader(const char *path, unsigned flags, tw_error *error) {
  if (tw_workload_is(path))
    return tw_generated_open(path, error);
  tw_input *input = tw_input_open(path, error);
  if (!input)
    return NULL;
  uint8_t magic[8] = {0};
  int64_t got = tw_input_read(input, magic, sizeof magic, error);
  if (got == (int64_t)sizeof magic) {
    if (memcmp(magic, TW_CONTAINER_MAGIC, 8) == 0)
      return tw_container_open(input, flags, error);
    if (memcmp(magic, "H1TRACE1", 8) == 0 || memcmp(magic, "H1TRAC32", 8) == 0)
      return tw_raw_open(input, magic, error);
  }
  if (got >= 0) {
    uint64_t found = 0;
    for (size_t i = 0; i < sizeof magic; i++)
      found = found << 8 | magic[i];
    tw_fail(error, "%s: byte 0: found 0x%016llx, expected the magic %s, H1TRACE1 or H1TRAC32", path,
            (unsigned long long)found, TW_CONTAINER_MAGIC);
  }
  tw_input_close(input);
  return NULL;
}

/// A trace of a reader that could be opened, or NULL.
static tw_trace *trace_of(tw_reader *reader, unsigned flags, const char *path, tw_error *error) {
  tw_trace *trace = reader ? calloc(1, sizeof *trace) : NULL;
  if (trace) {
    trace->flags = flags;
    trace->reader = reader;
  } else if (reader) {
    reader->close(reader);
    tw_fail(error, "%s: out of memory", path);
  }
  return trace;
}

tw_trace *tw_trace_open(const char *path, unsigned flags, tw_error *error) {
  return trace_of(open_reader(path, flags, error), flags, path, error);
}

tw_trace *tw_trace_open_foreign(const char *path, tw_foreign_format format, const tw_mapping_policy *policy,
                                unsigned flags, tw_error *error) {
  return trace_of(tw_foreign_open(path, format, policy, error), flags, path, error);
}

void tw_trace_close(tw_trace *trace) {
  if (!trace)
    return;
  trace->reader->close(trace->reader);
  free(trace);
}

int tw_trace_next(tw_trace *trace, tw_batch *batch, tw_error *error) {
  *batch = (tw_batch){0};
  if (trace->ended)
    return 0;
  int got = trace->reader->next(trace->reader, batch, &trace->damage);
  if (got == 1 && !(trace->flags & TW_TRACE_PA))
    batch->pa = NULL;
  if (got == 1 && !(trace->flags & TW_TRACE_GAPS))
    batch->gap = NULL;
  if (got == 0)
    trace->ended = true;
  if (got < 0 && trace->flags & TW_TRACE_KEEP_GOING) {
    trace->ended = trace->damaged = true;
    return 0;
  }
  if (got < 0 && error)
    *error = trace->damage;
  return got;
}

const tw_workload_fact *tw_trace_facts(const tw_trace *trace, size_t *count) {
  return tw_generated_facts(trace->reader, count);
}

const char *tw_trace_damage(const tw_trace *trace) { return trace->damaged ? trace->damage.text : NULL; }

const char *tw_trace_format(const tw_trace *trace) { return trace->reader->format; }

const tw_measured *tw_trace_measured(const tw_trace *trace) { return trace->reader->measured; }

tw_architecture tw_trace_architecture(const tw_trace *trace) { return trace->reader->section.architecture; }

const tw_registers *tw_trace_registers(const tw_trace *trace) { return &trace->reader->section.registers; }

const tw_named_register *tw_trace_named_registers(const tw_trace *trace, size_t *count) {
  *count = trace->reader->section.named_count;
  return trace->reader->section.named;
}

const tw_region *tw_trace_regions(const tw_trace *trace, size_t *count) {
  *count = trace->reader->section.region_count;
  return trace->reader->section.regions;
}

const tw_phase *tw_trace_phases(const tw_trace *trace, size_t *count) {
  *count = trace->reader->section.phase_count;
  return trace->reader->section.phases;
}

const tw_table_page *tw_trace_tables(const tw_trace *trace, size_t *count) {
  *count = trace->reader->section.table_count;
  return trace->reader->section.tables;
}
