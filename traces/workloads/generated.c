// A workload as a reader: it steps until a batch is full, and gives out what lies between two events.
#include "generated.h"

#include "workload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "gen:";

typedef struct generated {
  tw_reader reader;
  const tw_workload_kind *kind;
  void *state;
  bool begun, ended;
  size_t taken, event_taken; ///< of what the workload made
  uint64_t accesses;         ///< given out
  tw_workload workload;
} generated;

bool tw_workload_is(const char *path) { return strncmp(path, prefix, sizeof prefix - 1) == 0; }

// ---- the stream ----

/// Make more, until a batch is full or the workload's end.
static void refill(generated *g) {
  tw_workload *w = &g->workload;
  w->count = w->event_count = 0;
  g->taken = g->event_taken = 0;
  while (!g->ended && !w->failed && w->count < TW_STEP_FULL)
    if (!g->kind->step(w, g->state)) {
      tw_phase_end(w);
      g->ended = true;
    }
}

static bool is_empty(const generated *g) {
  return g->taken == g->workload.count && g->event_taken == g->workload.event_count;
}

static int generated_next(tw_reader *reader, tw_batch *batch, tw_error *error) {
  generated *g = (generated *)reader;
  tw_workload *w = &g->workload;
  if (!g->begun) {
    g->begun = true;
    *batch = (tw_batch){.event = {.kind = TW_EVENT_SECTION}};
    return 1;
  }
  if (is_empty(g))
    refill(g);
  if (w->failed) {
    if (error)
      *error = w->damage;
    return -1;
  }
  if (is_empty(g))
    return 0;
  bool has_event = g->event_taken < w->event_count;
  size_t end = has_event ? w->events[g->event_taken].at : w->count;
  *batch = (tw_batch){.count = end - g->taken,
                      .va = w->va + g->taken,
                      .info = w->info + g->taken,
                      .gap = w->gap + g->taken,
                      .pa = w->pa + g->taken,
                      .first = g->accesses};
  if (has_event)
    batch->event = w->events[g->event_taken++].event;
  g->accesses += batch->count;
  g->taken = end;
  return 1;
}

static void generated_close(tw_reader *reader) {
  generated *g = (generated *)reader;
  tw_workload *w = &g->workload;
  if (g->state && g->kind->stop)
    g->kind->stop(g->state);
  free(g->state);
  tw_kernel_destroy(w->kernel);
  tw_section_clear(&reader->section);
  free(w->va);
  free(w->pa);
  free(w->info);
  free(w->gap);
  free(w->events);
  free(w->regions);
  free(w->phases);
  free(g);
}

const tw_workload_fact *tw_generated_facts(const tw_reader *reader, size_t *count) {
  *count = 0;
  if (reader->next != generated_next)
    return NULL;
  const generated *g = (const generated *)reader;
  *count = g->workload.fact_count;
  return g->workload.facts;
}

// ---- the section ----

/// Buffers, then what the kernel has where.
static int make_regions(tw_section *section, const tw_workload *w) {
  size_t count = w->region_count + w->layout->count;
  section->regions = calloc(count, sizeof *section->regions);
  if (!section->regions)
    return -1;
  if (w->region_count)
    memcpy(section->regions, w->regions, w->region_count * sizeof *w->regions);
  memcpy(section->regions + w->region_count, w->layout->region, w->layout->count * sizeof *w->layout->region);
  section->region_count = count;
  return 0;
}

/// A copy of the tables: the kernel goes on to change its own.
static int make_image(tw_section *section, tw_kernel *kernel) {
  size_t count, bytes = 0;
  const tw_table_page *tables = tw_kernel_tables(kernel, &count);
  for (size_t i = 0; i < count; i++)
    bytes += tables[i].bytes;
  section->image = malloc(bytes + 1);
  section->tables = calloc(count + 1, sizeof *section->tables);
  if (!tables || !section->image || !section->tables)
    return -1;
  uint8_t *at = section->image;
  for (size_t i = 0; i < count; i++) {
    memcpy(at, tables[i].data, tables[i].bytes);
    section->tables[i] = tables[i];
    section->tables[i].data = at;
    at += tables[i].bytes;
  }
  section->table_count = count;
  return 0;
}

static int make_phases(tw_section *section, const tw_workload *w) {
  section->phases = calloc(w->phase_count + 1, sizeof *section->phases);
  if (!section->phases)
    return -1;
  if (w->phase_count)
    memcpy(section->phases, w->phases, w->phase_count * sizeof *w->phases);
  section->phase_count = w->phase_count;
  return 0;
}

static int make_section(generated *g) {
  tw_section *section = &g->reader.section;
  tw_workload *w = &g->workload;
  section->architecture = w->config.layout.machine == TW_LINUX_ARM ? TW_ARCH_AARCH32 : TW_ARCH_AARCH64;
  section->registers = tw_kernel_registers(w->kernel);
  return make_regions(section, w) < 0 || make_image(section, w->kernel) < 0 || make_phases(section, w) < 0 ? -1 : 0;
}

// ---- opening ----

static int make_room(tw_workload *w) {
  w->va = malloc(TW_ROOM * sizeof *w->va);
  w->pa = malloc(TW_ROOM * sizeof *w->pa);
  w->info = malloc(TW_ROOM * sizeof *w->info);
  w->gap = malloc(TW_ROOM * sizeof *w->gap);
  for (size_t i = 0; i < TW_RECENT; i++)
    w->recent[i].page = UINT64_MAX;
  return w->va && w->pa && w->info && w->gap ? 0 : -1;
}

static int make_kernel(const tw_workload_kind *kind, tw_workload *w, tw_error *error) {
  const tw_kernel_sink sink = {.event = tw_workload_event, .context = w};
  tw_error why = {"out of memory"};
  if (tw_parameters_kernel(w, &w->config, error) < 0)
    return -1;
  if (kind->configure)
    kind->configure(w, &w->config);
  w->kernel = tw_kernel_create(&w->config, &sink, &why);
  if (!w->kernel)
    return tw_fail(error, "gen:%s: %.480s", w->name, why.text);
  w->layout = tw_kernel_layout(w->kernel);
  w->page_log2 = w->config.layout.page_log2;
  // xorshift has no state 0; the first seed's is that of the captures' kernel module.
  w->random = tw_number(w, "seed") * UINT64_C(0x9e3779b97f4a7c15);
  w->random += w->random == 0;
  return 0;
}

static int start(generated *g, tw_error *error) {
  tw_workload *w = &g->workload;
  if (make_kernel(g->kind, w, error) < 0 || g->kind->start(w, g->state, error) < 0)
    return -1;
  if (w->failed) {
    *error = w->damage;
    return -1;
  }
  if (make_section(g) < 0)
    return tw_fail(error, "gen:%s: out of memory", w->name);
  w->event_count = 0;
  tw_kernel_boot_done(w->kernel);
  return 0;
}

static const tw_workload_kind *kind_of(const char *name, const char **parameters, tw_error *error) {
  name += sizeof prefix - 1;
  size_t bytes = strcspn(name, ",");
  const tw_workload_kind *kind = tw_workload_kind_named(name, bytes);
  *parameters = name + bytes + (name[bytes] == ',');
  if (!kind)
    tw_fail(error, "gen:%.*s is no workload (see `tablewalk gen`)", (int)bytes, name);
  return kind;
}

tw_reader *tw_generated_open(const char *name, tw_error *error) {
  tw_error unread;
  const char *parameters;
  error = error ? error : &unread;
  const tw_workload_kind *kind = kind_of(name, &parameters, error);
  if (!kind)
    return NULL;
  generated *g = calloc(1, sizeof *g);
  if (!g) {
    tw_fail(error, "%s: out of memory", name);
    return NULL;
  }
  g->reader = (tw_reader){.next = generated_next, .close = generated_close, .format = "workload"};
  g->kind = kind;
  g->state = calloc(1, kind->state_bytes);
  tw_fail(error, "%.400s: out of memory", name);
  if (g->state && make_room(&g->workload) == 0 && tw_parameters_read(kind, parameters, &g->workload, error) == 0 &&
      start(g, error) == 0)
    return &g->reader;
  generated_close(&g->reader);
  return NULL;
}
