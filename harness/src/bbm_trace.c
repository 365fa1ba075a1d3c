// A trace's sections, writes and TLBIs, one after the other, through the checker.
#include "bbm_trace.h"

#include <stdlib.h>
#include <string.h>

typedef struct checking {
  const tw_bbm_options *options;
  tw_bbm_result *result;
  tw_trace *trace;
  tw_bbm *bbm;
  tw_bbm_place place;
  uint64_t section_began; // the number of its first access
  bool understood;        // the section's tables are of a format that is checked
} checking;

static void begin_phase(checking *c, uint32_t id) {
  size_t count;
  const tw_phase *phases = tw_trace_phases(c->trace, &count);
  c->place.phase = (tw_phase){.id = id};
  for (size_t i = 0; i < count; i++)
    if (phases[i].id == id)
      c->place.phase = phases[i];
  c->place.in_phase = true;
}

static int begin_section(checking *c, tw_error *error) {
  size_t count;
  const tw_table_page *pages = tw_trace_tables(c->trace, &count);
  const tw_registers *registers = tw_trace_registers(c->trace);
  bool aarch32 = tw_trace_architecture(c->trace) == TW_ARCH_AARCH32;
  c->place.section = c->result->sections++;
  c->place.in_phase = false;
  c->section_began = c->place.access;
  c->understood = !aarch32 || registers->tcr >> 31 & 1; // TTBCR.EAE
  c->result->not_understood += !c->understood;
  return c->understood ? tw_bbm_section(c->bbm, aarch32, registers, pages, count, error) : 0;
}

static int write_descriptor(checking *c, const tw_event *event, tw_error *error) {
  tw_bbm_violation violation;
  if (!c->understood) {
    c->result->not_checked++;
    return 0;
  }
  if (c->place.access == c->section_began) { // since the snapshot was taken; the TLBIs of that time are not here
    c->result->early++;
    return tw_bbm_preset(c->bbm, event->pa, event->value, error);
  }
  int found = tw_bbm_write(c->bbm, event->pa, event->value, &violation, error);
  if (found <= 0)
    return found;
  c->result->violations++;
  if (violation.broken)
    c->result->no_tlbi++;
  else
    c->result->by_change[violation.change]++;
  if (c->options->violation)
    c->options->violation(c->options->context, &c->place, &violation);
  return 0;
}

static int apply(checking *c, const tw_event *event, tw_error *error) {
  switch (event->kind) {
  case TW_EVENT_SECTION:
    return begin_section(c, error);
  case TW_EVENT_PHASE_BEGIN:
    begin_phase(c, event->word);
    return 0;
  case TW_EVENT_PHASE_END:
    c->place.in_phase = false;
    return 0;
  case TW_EVENT_DESCRIPTOR:
    return write_descriptor(c, event, error);
  case TW_EVENT_TLBI:
    if (c->understood)
      tw_bbm_tlbi(c->bbm, event);
    return 0;
  case TW_EVENT_REGISTER:
    return c->understood ? tw_bbm_register(c->bbm, event, error) : 0;
  default:
    return 0;
  }
}

static int read_all(checking *c, tw_error *error) {
  tw_batch batch;
  tw_error reason;
  int got;
  while ((got = tw_trace_next(c->trace, &batch, error)) > 0) {
    c->place.access += batch.count;
    if (apply(c, &batch.event, &reason) < 0)
      return tw_fail(error, "%s: access %llu: %.400s", c->place.trace, (unsigned long long)c->place.access,
                     reason.text);
    if (c->options->progress)
      c->options->progress(c->options->context, c->place.access);
  }
  const char *damage = tw_trace_damage(c->trace);
  if (damage)
    snprintf(c->result->damage, sizeof c->result->damage, "%s", damage);
  return got;
}

int tw_bbm_trace(const char *path, const tw_bbm_options *options, tw_bbm_result *result, tw_error *error) {
  checking c = {.options = options, .result = result, .place.trace = path};
  *result = (tw_bbm_result){.trace = path};
  c.bbm = tw_bbm_create(options->level);
  if (!c.bbm)
    return tw_fail(error, "%s: out of memory", path);
  c.trace = tw_trace_open(path, options->keep_going ? TW_TRACE_KEEP_GOING : 0, error);
  int status = c.trace ? read_all(&c, error) : -1;
  result->accesses = c.place.access;
  result->counts = *tw_bbm_counted(c.bbm);
  tw_trace_close(c.trace);
  tw_bbm_destroy(c.bbm);
  return status;
}

uint64_t tw_bbm_changes(const tw_bbm_result *r) { return r->counts.broken + r->counts.made + r->counts.changed; }

uint64_t tw_bbm_checked(const tw_bbm_result *r) { return r->counts.changed + r->counts.remade; }

void tw_bbm_result_add(tw_bbm_result *sum, const tw_bbm_result *r) {
  sum->accesses += r->accesses;
  sum->sections += r->sections;
  sum->not_understood += r->not_understood;
  sum->not_checked += r->not_checked;
  sum->early += r->early;
  sum->violations += r->violations;
  sum->no_tlbi += r->no_tlbi;
  for (size_t i = 0; i < TW_BBM_CHANGES; i++)
    sum->by_change[i] += r->by_change[i];
  sum->counts.writes += r->counts.writes;
  sum->counts.elsewhere += r->counts.elsewhere;
  sum->counts.same += r->counts.same;
  sum->counts.broken += r->counts.broken;
  sum->counts.made += r->counts.made;
  sum->counts.remade += r->counts.remade;
  sum->counts.changed += r->counts.changed;
  sum->counts.invalid += r->counts.invalid;
  sum->counts.tlbis += r->counts.tlbis;
  sum->counts.widened += r->counts.widened;
  sum->counts.registers_unknown += r->counts.registers_unknown;
}
