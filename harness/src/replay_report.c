// Rates come from the counters.
#include "replay_report.h"
#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char tw_played_headings[] =
    "<trace\taccesses\tfaults\tPA compared\tPA differ\tcycles\tcycles/access\twalks\treads/walk\t"
    "L1 hit %\tL2 hit %\tMacc/s";

typedef struct rates {
  uint64_t l1, l1_hits, l2, l2_hits, walks; // look-ups of the L1s and the L2; walks
  uint64_t steps, walk_cycles;
} rates;

static rates rates_of(const tw_counters *counters) {
  const uint64_t *v = counters->value;
  return (rates){.l1 = v[TW_COUNTER_L1D_TLB] + v[TW_COUNTER_L1I_TLB],
                 .l1_hits = v[TW_COUNTER_L1D_TLB_HIT] + v[TW_COUNTER_L1I_TLB_HIT],
                 .l2 = v[TW_COUNTER_L2D_TLB],
                 .l2_hits = v[TW_COUNTER_L2D_TLB_HIT],
                 .walks = v[TW_COUNTER_DTLB_WALK] + v[TW_COUNTER_ITLB_WALK],
                 .steps = v[TW_COUNTER_DTLB_STEP] + v[TW_COUNTER_ITLB_STEP],
                 .walk_cycles = v[TW_COUNTER_DTLB_WALK_PERCYC] + v[TW_COUNTER_ITLB_WALK_PERCYC]};
}

static double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

static void row_text(const tw_played *played, char *text, size_t room) {
  const tw_replay_result *r = &played->result;
  rates n = rates_of(&played->counters);
  snprintf(text, room,
           "%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%.3f\t%" PRIu64
           "\t%.3f\t%.3f\t%.3f\t%.1f",
           played->name, r->accesses, r->faults, r->pa_compared, r->pa_differed, r->cycles,
           ratio((double)r->cycles, (double)r->accesses), n.walks, ratio((double)n.steps, (double)n.walks),
           100 * ratio((double)n.l1_hits, (double)n.l1), 100 * ratio((double)n.l2_hits, (double)n.l2),
           ratio((double)r->accesses * 1e-6, played->seconds));
}

void tw_played_row(tw_table *table, const tw_played *played) {
  char text[TW_ROW_TEXT];
  row_text(played, text, sizeof text);
  tw_table_row(table, "%s", text);
}

// -- metrics --

static void put(char *text, size_t room, const char *cell) {
  size_t used = strlen(text);
  snprintf(text + used, room - used, "\t%s", cell);
}

void tw_played_csv_headings(char text[TW_ROW_TEXT]) {
  const tw_counters none = {.value = {0}};
  tw_metric metric;
  snprintf(text, TW_ROW_TEXT, "%s", tw_played_headings);
  for (size_t i = 0; tw_metric_of(i, &none, 0, &metric); i++)
    put(text, TW_ROW_TEXT, metric.name);
}

void tw_played_csv_row(tw_table *table, const tw_played *played) {
  char text[TW_ROW_TEXT];
  tw_metric metric;
  row_text(played, text, sizeof text);
  for (size_t i = 0; tw_metric_of(i, &played->counters, played->result.instructions, &metric); i++) {
    char cell[32] = "";
    if (metric.known)
      snprintf(cell, sizeof cell, "%.6g", metric.value);
    put(text, sizeof text, cell);
  }
  tw_table_row(table, "%s", text);
}

const char tw_metrics_headings[] = "<metric\tvalue\t<";

void tw_metrics_rows(tw_table *table, const tw_played *played) {
  tw_metric metric;
  for (size_t i = 0; tw_metric_of(i, &played->counters, played->result.instructions, &metric); i++)
    if (metric.known && !metric.alias)
      tw_table_row(table, "%s\t%.4g\t%s", metric.name, metric.value, metric.unit);
    else if (!metric.alias)
      tw_table_row(table, "%s\t-\t%s", metric.name, metric.unit);
}

const char tw_counters_headings[] = "<event\t<name\tvalue\t<counts";

void tw_counters_rows(tw_table *table, const tw_counters *counters) {
  for (unsigned i = 0; i < TW_COUNTER_COUNT; i++) {
    tw_counter_info info = tw_counter_describe((tw_counter)i);
    tw_table_row(table, "0x%04x\t%s\t%" PRIu64 "\t%s", info.event, info.name, counters->value[i], info.meaning);
  }
  const tw_event_alias *alias;
  for (size_t i = 0; (alias = tw_event_alias_of(i)); i++)
    tw_table_row(table, "0x%04x\t%s\t%" PRIu64 "\tanother name of %s", alias->event, alias->name,
                 counters->value[alias->counter], tw_counter_describe(alias->counter).name);
}

static json_t *number(uint64_t value) { return json_integer((json_int_t)value); }

static void set(json_t *object, const char *name, uint64_t value) { json_object_set_new(object, name, number(value)); }

static void set_event(json_t *json, const char *name, uint16_t number_of, uint64_t value) {
  char event[8];
  snprintf(event, sizeof event, "0x%04x", number_of);
  json_object_set_new(json, name, json_pack("{s:s, s:o}", "event", event, "value", number(value)));
}

json_t *tw_counters_json(const tw_counters *counters) {
  json_t *json = json_object();
  for (unsigned i = 0; i < TW_COUNTER_COUNT; i++) {
    tw_counter_info info = tw_counter_describe((tw_counter)i);
    set_event(json, info.name, info.event, counters->value[i]);
  }
  const tw_event_alias *alias;
  for (size_t i = 0; (alias = tw_event_alias_of(i)); i++)
    set_event(json, alias->name, alias->event, counters->value[alias->counter]);
  return json;
}

json_t *tw_compared_json(const tw_compared *compared) {
  json_t *json = json_object();
  set(json, "accesses", compared->accesses);
  set(json, "cycles", compared->cycles);
  set(json, "walks", compared->walks);
  set(json, "memory_reads", compared->memory_reads);
  set(json, "maintenance", compared->maintenance);
  set(json, "counters", compared->counters);
  return json;
}

static json_t *pa_json(const tw_replay_result *r) {
  json_t *json = json_object();
  set(json, "compared", r->pa_compared);
  set(json, "differed", r->pa_differed);
  set(json, "of_devices", r->pa_io);
  if (r->first_difference[0])
    json_object_set_new(json, "first_difference", json_string(r->first_difference));
  return json;
}

// -- x86-64 tables --

const char tw_tables_headings[] = "<trace\t<tables\tKiB of tables\t<mappings in the first section";

static void sizes_text(const tw_census_row *row, char *text, size_t room) {
  size_t used = 0;
  text[0] = 0;
  for (size_t i = 0; i < row->sizes && used < room; i++)
    used += (size_t)snprintf(text + used, room - used, "%s%" PRIu64 " x %s", i ? ", " : "", row->size[i].count,
                             row->size[i].name);
}

const char *tw_tables_name(unsigned levels) { return levels == 5 ? "x86-64-la57" : levels == 4 ? "x86-64" : "arm"; }

void tw_tables_rows(tw_table *table, const tw_played *played) {
  const tw_replay_tables *t = &played->result.tables;
  char sizes[512];
  sizes_text(&t->arm, sizes, sizeof sizes);
  tw_table_row(table, "%s\tarm\t%" PRIu64 "\t%s", played->name, t->arm_bytes / 1024, sizes);
  sizes_text(&t->x86, sizes, sizeof sizes);
  tw_table_row(table, "\t%s\t%" PRIu64 "\t%s", tw_tables_name(t->levels), t->x86_bytes / 1024, sizes);
}

static json_t *sizes_json(const tw_census_row *row) {
  json_t *sizes = json_array();
  for (size_t i = 0; i < row->sizes; i++)
    json_array_append_new(sizes, json_pack("{s:s, s:o, s:o}", "size", row->size[i].name, "bytes",
                                           number(row->size[i].bytes), "count", number(row->size[i].count)));
  return sizes;
}

static json_t *tables_json(const tw_replay_tables *t) {
  return json_pack("{s:s, s:i, s:{s:o, s:o}, s:{s:o, s:o}, s:o, s:o, s:o}", "format", tw_tables_name(t->levels),
                   "levels", (int)t->levels, "arm", "bytes", number(t->arm_bytes), "mappings", sizes_json(&t->arm),
                   "x86", "bytes", number(t->x86_bytes), "mappings", sizes_json(&t->x86), "invlpg", number(t->invlpg),
                   "cr3", number(t->cr3), "flushes", number(t->flushes));
}

static json_t *events_json(const tw_replay_result *r) {
  json_t *json = json_object();
  set(json, "sections", r->sections);
  set(json, "tlbi", r->tlbi);
  set(json, "tlbi_widened", r->tlbi_widened);
  set(json, "descriptor_writes", r->descriptor_writes);
  set(json, "register_writes", r->register_writes);
  set(json, "register_writes_of_unknown_value", r->register_unknown);
  set(json, "sys", r->sys);
  return json;
}

// The PMU's derived metrics by the names that Arm's core telemetry gives them (null: nothing to divide by), and two
// that the table shows.
static json_t *metrics_json(const tw_played *played) {
  rates n = rates_of(&played->counters);
  json_t *json = json_object();
  tw_metric metric;
  for (size_t i = 0; tw_metric_of(i, &played->counters, played->result.instructions, &metric); i++)
    json_object_set_new(json, metric.name, metric.known ? json_real(metric.value) : json_null());
  json_object_set_new(json, "walk_cycles_mean", json_real(ratio((double)n.walk_cycles, (double)n.walks)));
  json_object_set_new(json, "walk_reads_mean", json_real(ratio((double)n.steps, (double)n.walks)));
  return json;
}

json_t *tw_played_json(const tw_played *played, bool lockstep) {
  const tw_replay_result *r = &played->result;
  json_t *json = json_object();
  json_object_set_new(json, "trace", json_string(played->name));
  set(json, "accesses", r->accesses);
  set(json, "faults", r->faults);
  set(json, "cycles", r->cycles);
  json_object_set_new(json, "instructions", r->instructions ? number(r->instructions) : json_null());
  json_object_set_new(json, "pa", pa_json(r));
  json_object_set_new(json, "events", events_json(r));
  json_object_set_new(json, "counters", tw_counters_json(&played->counters));
  json_object_set_new(json, "metrics", metrics_json(played));
  if (r->tables.levels)
    json_object_set_new(json, "tables", tables_json(&r->tables));
  if (lockstep)
    json_object_set_new(json, "compared", tw_compared_json(&played->compared));
  json_object_set_new(json, "seconds", json_real(played->seconds));
  if (r->damage[0])
    json_object_set_new(json, "damage", json_string(r->damage));
  return json;
}

static void add_result(tw_replay_result *sum, const tw_replay_result *part) {
  sum->accesses += part->accesses;
  sum->faults += part->faults;
  sum->cycles += part->cycles;
  sum->instructions += part->instructions;
  sum->pa_compared += part->pa_compared;
  sum->pa_differed += part->pa_differed;
  sum->pa_io += part->pa_io;
  sum->tlbi += part->tlbi;
  sum->tlbi_widened += part->tlbi_widened;
  sum->descriptor_writes += part->descriptor_writes;
  sum->register_writes += part->register_writes;
  sum->register_unknown += part->register_unknown;
  sum->sys += part->sys;
  sum->sections += part->sections;
  sum->tables.invlpg += part->tables.invlpg;
  sum->tables.cr3 += part->tables.cr3;
  sum->tables.flushes += part->tables.flushes;
}

void tw_played_add(tw_played *sum, const tw_played *part) {
  add_result(&sum->result, &part->result);
  for (unsigned i = 0; i < TW_COUNTER_COUNT; i++)
    sum->counters.value[i] += part->counters.value[i];
  sum->compared.accesses += part->compared.accesses;
  sum->compared.cycles += part->compared.cycles;
  sum->compared.walks += part->compared.walks;
  sum->compared.memory_reads += part->compared.memory_reads;
  sum->compared.maintenance += part->compared.maintenance;
  sum->compared.counters += part->compared.counters;
  sum->seconds += part->seconds;
}

tw_counters tw_counters_since(const tw_counters *a, const tw_counters *b) {
  tw_counters difference;
  for (unsigned i = 0; i < TW_COUNTER_COUNT; i++)
    difference.value[i] = a->value[i] - b->value[i];
  return difference;
}

tw_compared tw_compared_since(const tw_compared *a, const tw_compared *b) {
  return (tw_compared){.accesses = a->accesses - b->accesses,
                       .cycles = a->cycles - b->cycles,
                       .walks = a->walks - b->walks,
                       .memory_reads = a->memory_reads - b->memory_reads,
                       .maintenance = a->maintenance - b->maintenance,
                       .counters = a->counters - b->counters};
}
