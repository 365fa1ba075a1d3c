// Reads a trace once: a section where it begins, accesses and events counted into the phase that is open.
#include "dump.h"

#include <stdlib.h>
#include <string.h>

typedef struct counts {
  uint64_t accesses, reads, writes, fetches, instructions;
  uint64_t tlbi, descriptor_writes, register_writes;
} counts;

typedef struct dump {
  const char *path;
  const tw_dump_options *options;
  tw_trace *trace;
  json_t *sections, *phases;
  tw_dump_words *words;
  size_t word_count;
  counts total, phase_counts;
  tw_phase phase;
  bool in_phase;
} dump;

// -- counting --

static void count_batch(counts *c, const tw_batch *batch) {
  uint64_t kinds[4] = {0}, gaps = 0;
  for (size_t i = 0; i < batch->count; i++) {
    kinds[batch->info[i] & TW_INFO_KIND]++;
    gaps += batch->gap[i];
  }
  c->accesses += batch->count;
  c->reads += kinds[TW_ACCESS_READ];
  c->writes += kinds[TW_ACCESS_WRITE];
  c->fetches += kinds[TW_ACCESS_FETCH];
  c->instructions += gaps;
}

static void count_event(counts *c, const tw_event *event) {
  c->tlbi += event->kind == TW_EVENT_TLBI;
  c->descriptor_writes += event->kind == TW_EVENT_DESCRIPTOR;
  c->register_writes += event->kind == TW_EVENT_REGISTER;
}

static void set(json_t *object, const char *name, uint64_t value) {
  json_object_set_new(object, name, json_integer((json_int_t)value));
}

static void set_counts(json_t *json, const counts *c) {
  set(json, "accesses", c->accesses);
  set(json, "reads", c->reads);
  set(json, "writes", c->writes);
  set(json, "fetches", c->fetches);
  set(json, "instructions", c->instructions);
  set(json, "tlbi", c->tlbi);
  set(json, "descriptor_writes", c->descriptor_writes);
  set(json, "register_writes", c->register_writes);
}

// -- phases --

static void end_phase(dump *d) {
  if (!d->in_phase)
    return;
  d->in_phase = false;
  json_t *json = json_pack("{s:I, s:I, s:s, s:s, s:o, s:I}", "section", (json_int_t)json_array_size(d->sections), "id",
                           (json_int_t)d->phase.id, "kind", d->phase.kind, "pattern", d->phase.pattern, "va",
                           tw_dump_hex(d->phase.va), "bytes", (json_int_t)d->phase.bytes);
  set_counts(json, &d->phase_counts);
  json_array_append_new(d->phases, json);
}

static void begin_phase(dump *d, uint32_t id) {
  size_t count;
  const tw_phase *phases = tw_trace_phases(d->trace, &count);
  end_phase(d);
  d->phase = (tw_phase){.id = id};
  for (size_t i = 0; i < count; i++)
    if (phases[i].id == id)
      d->phase = phases[i];
  d->phase_counts = (counts){0};
  d->in_phase = true;
}

static int begin_section(dump *d, tw_error *error) {
  end_phase(d);
  json_t *section = tw_dump_section(d->trace, d->options, error);
  if (!section)
    return -1;
  json_array_append_new(d->sections, section);
  return 0;
}

static int take_event(dump *d, const tw_event *event, tw_error *error) {
  count_event(&d->total, event);
  if (d->in_phase)
    count_event(&d->phase_counts, event);
  bool instruction = event->kind == TW_EVENT_TLBI || event->kind == TW_EVENT_REGISTER || event->kind == TW_EVENT_SYS;
  if (instruction && tw_dump_count_word(&d->words, &d->word_count, tw_trace_architecture(d->trace), event) < 0)
    return tw_fail(error, "%s: out of memory", d->path);
  if (event->kind == TW_EVENT_SECTION)
    return begin_section(d, error);
  if (event->kind == TW_EVENT_PHASE_BEGIN)
    begin_phase(d, event->word);
  if (event->kind == TW_EVENT_PHASE_END)
    end_phase(d);
  return 0;
}

// -- the trace --

static int read_all(dump *d, tw_error *error) {
  tw_batch batch;
  int got;
  while ((got = tw_trace_next(d->trace, &batch, error)) > 0) {
    count_batch(&d->total, &batch);
    if (d->in_phase)
      count_batch(&d->phase_counts, &batch);
    if (take_event(d, &batch.event, error) < 0)
      return -1;
    tw_progress_show(d->options->progress, d->path, 0, 0, d->total.accesses);
  }
  end_phase(d);
  return got;
}

static json_t *result(dump *d) {
  json_t *total = json_object();
  json_t *json = json_object();
  const char *damage = tw_trace_damage(d->trace);
  set_counts(total, &d->total);
  json_object_set_new(json, "trace", json_string(d->path));
  json_object_set_new(json, "format", json_string(tw_trace_format(d->trace)));
  json_object_set(json, "sections", d->sections);
  if (d->options->phases) {
    json_object_set(json, "phases", d->phases);
    json_object_set_new(json, "instructions", tw_dump_words_list(d->words, d->word_count));
  }
  json_object_set_new(json, "total", total);
  if (damage)
    json_object_set_new(json, "damage", json_string(damage));
  return json;
}

json_t *tw_dump_trace(const char *path, const tw_dump_options *options, tw_error *error) {
  dump d = {.path = path, .options = options};
  d.trace = tw_trace_open(path, TW_TRACE_GAPS | (options->keep_going ? TW_TRACE_KEEP_GOING : 0), error);
  if (!d.trace)
    return NULL;
  d.sections = json_array();
  d.phases = json_array();
  json_t *json = read_all(&d, error) == 0 ? result(&d) : NULL;
  json_decref(d.sections);
  json_decref(d.phases);
  free(d.words);
  tw_trace_close(d.trace);
  return json;
}
