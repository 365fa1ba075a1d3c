// Conversion: any inputs one after the other into one container.
#include "ahead.h"
#include "container_write.h"

#include <traces/foreign.h>
#include <traces/workload.h>

// The reader's current section, seen through the public interface; nothing is owned.
static tw_section section_of(const tw_trace *trace) {
  tw_section section = {.architecture = tw_trace_architecture(trace), .registers = *tw_trace_registers(trace)};
  section.named = (tw_named_register *)tw_trace_named_registers(trace, &section.named_count);
  section.regions = (tw_region *)tw_trace_regions(trace, &section.region_count);
  section.phases = (tw_phase *)tw_trace_phases(trace, &section.phase_count);
  section.tables = (tw_table_page *)tw_trace_tables(trace, &section.table_count);
  return section;
}

/// `ahead` NULL: the trace itself is read.
static int next_batch(tw_trace *trace, tw_ahead *ahead, tw_batch *batch, tw_error *error) {
  return ahead ? tw_ahead_next(ahead, batch, error) : tw_trace_next(trace, batch, error);
}

/// `accesses` goes on.
static int copy_batches(tw_trace *trace, tw_ahead *ahead, tw_writer *writer, uint64_t *accesses, tw_error *error) {
  tw_batch batch;
  int got;
  while ((got = next_batch(trace, ahead, &batch, error)) > 0) {
    if (tw_writer_batch(writer, &batch, error) < 0)
      return -1;
    *accesses += batch.count;
    if (batch.event.kind == TW_EVENT_SECTION) {
      tw_section section = section_of(trace);
      if (tw_writer_section(writer, &section, error) < 0)
        return -1;
    }
  }
  return got;
}

/// A foreign trace is decompressed and decoded beside the writing.
static int copy_trace(tw_trace *trace, bool foreign, tw_writer *writer, uint64_t *accesses, tw_error *error) {
  tw_ahead *ahead = foreign ? tw_ahead_start(trace, error) : NULL;
  if (foreign && !ahead)
    return -1;
  int status = copy_batches(trace, ahead, writer, accesses, error);
  tw_ahead_stop(ahead);
  return status;
}

static tw_trace *open_input(const tw_foreign_source *from, size_t i, tw_error *error) {
  const unsigned flags = TW_TRACE_PA | TW_TRACE_GAPS;
  return from->policy ? tw_trace_open_foreign(from->inputs[i], from->format, from->policy, flags, error)
                      : tw_trace_open(from->inputs[i], flags, error);
}

/// Some of the files of a foreign trace may be of threads that did nothing, but not all.
static int copy_all(const tw_foreign_source *from, tw_writer *writer, tw_error *error) {
  uint64_t accesses = 0;
  for (size_t i = 0; i < from->count; i++) {
    tw_trace *trace = open_input(from, i, error);
    if (!trace)
      return -1;
    int status = copy_trace(trace, from->policy != NULL, writer, &accesses, error);
    if (from->measured && tw_trace_measured(trace))
      tw_measured_add(from->measured, tw_trace_measured(trace));
    tw_trace_close(trace);
    if (status < 0)
      return -1;
  }
  if (from->policy && from->count && accesses == 0)
    return tw_fail(error, "%s: found no access in it, expected some", from->inputs[from->count - 1]);
  return 0;
}

/// What can be made again, or is kept elsewhere, need not be small.
static tw_effort effort_of(const tw_foreign_source *from) {
  return from->policy || (from->count && tw_workload_is(from->inputs[0])) ? TW_EFFORT_FAST : TW_EFFORT_SMALL;
}

/// A policy of NULL: traces of the project's own formats.
static int import_all(const tw_foreign_source *from, const char *output, tw_import_result *result, tw_error *error) {
  tw_writer *writer = tw_writer_create(output, effort_of(from), error);
  if (!writer)
    return -1;
  tw_totals totals;
  uint64_t bytes;
  int status = copy_all(from, writer, error);
  if (status == 0)
    status = tw_writer_finish(writer, &totals, &bytes, error);
  if (status == 0 && result)
    *result = (tw_import_result){totals.accesses, totals.events, totals.sections, bytes};
  tw_writer_destroy(writer);
  return status;
}

int tw_trace_import(const char *const *inputs, size_t count, const char *output, tw_import_result *result,
                    tw_error *error) {
  return import_all(&(tw_foreign_source){.inputs = inputs, .count = count}, output, result, error);
}

int tw_trace_import_foreign(const tw_foreign_source *source, const char *output, tw_import_result *result,
                            tw_error *error) {
  return import_all(source, output, result, error);
}
