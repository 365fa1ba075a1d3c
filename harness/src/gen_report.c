// Tables of workloads and of their parameters.
#include "gen_report.h"

#include "table.h"

#include <inttypes.h>

static int print_and_free(tw_table *table, FILE *out) {
  int status = table ? tw_table_print(table, out) : -1;
  tw_table_free(table);
  return status;
}

int tw_gen_print_workloads(FILE *out) {
  tw_table *table = tw_table_create("<workload\t<the question");
  const tw_workload_about *about;
  for (size_t i = 0; table && (about = tw_workload_at(i)); i++)
    tw_table_row(table, "%s\t%s", about->name, about->question);
  return print_and_free(table, out);
}

static void values_text(const tw_workload_parameter *p, char text[128]) {
  char least[24], most[24];
  tw_workload_number_text(p->least, least);
  tw_workload_number_text(p->most, most);
  if (p->choices)
    snprintf(text, 128, "%s", p->choices);
  else if (p->least || p->most)
    snprintf(text, 128, "%s to %s", least, most);
  else
    snprintf(text, 128, "text");
}

static void add_parameter(tw_table *table, const tw_workload_about *about, const tw_workload_parameter *p) {
  char usual[64], values[128];
  tw_workload_usual(about, p, usual);
  values_text(p, values);
  tw_table_row(table, "%s\t%s\t%s\t%s", p->name, usual, p->meaning, values);
}

int tw_gen_print_workload(const tw_workload_about *about, FILE *out) {
  size_t count;
  const tw_workload_parameter *common = tw_workload_common(&count);
  fprintf(out, "gen:%s: %s\n\n", about->name, about->question);
  tw_table *table = tw_table_create("<parameter\t<usual\t<meaning\t<values");
  for (size_t i = 0; table && i < about->parameter_count; i++)
    add_parameter(table, about, &about->parameters[i]);
  if (table)
    tw_table_rule(table);
  for (size_t i = 0; table && i < count; i++)
    add_parameter(table, about, &common[i]);
  return print_and_free(table, out);
}

static json_t *parameter_json(const tw_workload_about *about, const tw_workload_parameter *p) {
  char usual[64], values[128];
  tw_workload_usual(about, p, usual);
  values_text(p, values);
  return json_pack("{s:s, s:s, s:s, s:s}", "name", p->name, "usual", usual, "meaning", p->meaning, "values", values);
}

json_t *tw_gen_workload_json(const tw_workload_about *about) {
  size_t count;
  const tw_workload_parameter *common = tw_workload_common(&count);
  json_t *parameters = json_array();
  for (size_t i = 0; i < about->parameter_count + count; i++)
    json_array_append_new(parameters,
                          parameter_json(about, i < about->parameter_count ? &about->parameters[i]
                                                                           : &common[i - about->parameter_count]));
  return json_pack("{s:s, s:s, s:o}", "name", about->name, "question", about->question, "parameters", parameters);
}

json_t *tw_gen_workloads_json(void) {
  json_t *workloads = json_array();
  const tw_workload_about *about;
  for (size_t i = 0; (about = tw_workload_at(i)); i++)
    json_array_append_new(workloads, tw_gen_workload_json(about));
  return json_pack("{s:s, s:o}", "command", "gen", "workloads", workloads);
}

// ---- what a stream held ----

void tw_gen_count(tw_gen_counts *counts, const tw_batch *batch) {
  uint64_t of[4] = {0};
  for (size_t i = 0; i < batch->count; i++) {
    of[batch->info[i] & TW_INFO_KIND]++;
    counts->instructions += batch->gap[i];
  }
  counts->reads += of[TW_ACCESS_READ];
  counts->writes += of[TW_ACCESS_WRITE];
  counts->fetches += of[TW_ACCESS_FETCH];
  counts->tlbi += batch->event.kind == TW_EVENT_TLBI;
  counts->descriptors += batch->event.kind == TW_EVENT_DESCRIPTOR;
  counts->phases += batch->event.kind == TW_EVENT_PHASE_BEGIN;
}

int tw_gen_print_counts(const char *name, const tw_gen_counts *c, const tw_workload_fact *facts, size_t count,
                        FILE *out) {
  fprintf(out,
          "%s: %" PRIu64 " accesses (%" PRIu64 " reads, %" PRIu64 " writes, %" PRIu64 " fetches) in %" PRIu64
          " instructions, %" PRIu64 " phases, %" PRIu64 " TLBIs, %" PRIu64 " descriptor writes\n",
          name, c->reads + c->writes + c->fetches, c->reads, c->writes, c->fetches, c->instructions, c->phases, c->tlbi,
          c->descriptors);
  if (count == 0)
    return 0;
  fputc('\n', out);
  tw_table *table = tw_table_create("<what happened\tvalue");
  for (size_t i = 0; table && i < count; i++)
    tw_table_row(table, "%s\t%s", facts[i].name, facts[i].value);
  return print_and_free(table, out);
}

json_t *tw_gen_counts_json(const char *name, const tw_gen_counts *c, const tw_workload_fact *facts, size_t count) {
  json_t *told = json_object();
  for (size_t i = 0; i < count; i++)
    json_object_set_new(told, facts[i].name, json_string(facts[i].value));
  return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "command", "gen", "trace", name, "reads",
                   (json_int_t)c->reads, "writes", (json_int_t)c->writes, "fetches", (json_int_t)c->fetches,
                   "instructions", (json_int_t)c->instructions, "phases", (json_int_t)c->phases, "tlbi",
                   (json_int_t)c->tlbi, "descriptor_writes", (json_int_t)c->descriptors, "facts", told);
}
