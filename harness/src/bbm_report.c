// Violations and sums of the break-before-make check, for people and as JSON.
#include "bbm_trace.h"

#include <inttypes.h>

static void print_place(const tw_bbm_place *p, FILE *out) {
  fprintf(out, "%s: section %" PRIu64 ", ", p->trace, p->section);
  if (p->in_phase)
    fprintf(out, "phase %" PRIu32 "%s%s%s%s%s, ", p->phase.id, p->phase.kind[0] ? " (" : "", p->phase.kind,
            p->phase.pattern[0] ? " " : "", p->phase.pattern, p->phase.kind[0] ? ")" : "");
  fprintf(out, "before access %" PRIu64 ": ", p->access);
}

void tw_bbm_violation_print(const tw_bbm_place *place, const tw_bbm_violation *v, FILE *out) {
  print_place(place, out);
  fputs(tw_bbm_rule(v), out);
  if (v->broken)
    fprintf(out, " (%s)", tw_bbm_change_name((tw_bbm_change)v->change));
  fprintf(out,
          "\n  descriptor at PA 0x%" PRIx64 ", level %d, VA 0x%" PRIx64 " to 0x%" PRIx64 ": 0x%016" PRIx64
          " (level %d) became 0x%016" PRIx64,
          v->pa, v->level, v->first, v->last, v->old_value, v->old_level, v->value);
  if (v->new_value != v->value)
    fprintf(out, ", where 0x%016" PRIx64 " stands", v->new_value);
  fputc('\n', out);
}

static json_t *hex(uint64_t value) { return json_sprintf("0x%016" PRIx64, value); }

json_t *tw_bbm_violation_json(const tw_bbm_place *p, const tw_bbm_violation *v) {
  json_t *json = json_pack("{s:s, s:s, s:s, s:I, s:I}", "rule", tw_bbm_rule(v), "change",
                           tw_bbm_change_name((tw_bbm_change)v->change), "trace", p->trace, "section",
                           (json_int_t)p->section, "before_access", (json_int_t)p->access);
  if (p->in_phase)
    json_object_set_new(
        json, "phase",
        json_pack("{s:i, s:s, s:s}", "id", (int)p->phase.id, "kind", p->phase.kind, "pattern", p->phase.pattern));
  json_object_update_new(json,
                         json_pack("{s:o, s:i, s:o, s:o, s:o, s:i, s:o, s:o}", "pa", hex(v->pa), "level", v->level,
                                   "first", hex(v->first), "last", hex(v->last), "old", hex(v->old_value), "old_level",
                                   v->old_level, "written", hex(v->value), "new", hex(v->new_value)));
  return json;
}

static json_t *counts_json(const tw_bbm_result *r) {
  const tw_bbm_counts *c = &r->counts;
  return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "checked",
                   (json_int_t)tw_bbm_checked(r), "changes", (json_int_t)tw_bbm_changes(r), "valid_to_valid",
                   (json_int_t)c->changed, "valid_to_invalid", (json_int_t)c->broken, "invalid_to_valid",
                   (json_int_t)c->made, "of_those_broken_before", (json_int_t)c->remade, "invalid_to_invalid",
                   (json_int_t)c->invalid, "same_value", (json_int_t)c->same, "not_in_a_live_table",
                   (json_int_t)c->elsewhere, "before_the_first_access", (json_int_t)r->early, "not_understood",
                   (json_int_t)r->not_checked, "total", (json_int_t)(c->writes + r->early + r->not_checked));
}

static json_t *rules_json(const tw_bbm_result *r) {
  json_t *json = json_object();
  for (unsigned i = 0; i < TW_BBM_CHANGES; i++) {
    tw_bbm_violation v = {.change = (uint8_t)i};
    json_object_set_new(json, tw_bbm_rule(&v), json_integer((json_int_t)r->by_change[i]));
  }
  tw_bbm_violation v = {.broken = true};
  json_object_set_new(json, tw_bbm_rule(&v), json_integer((json_int_t)r->no_tlbi));
  return json;
}

json_t *tw_bbm_result_json(const tw_bbm_result *r) {
  return json_pack("{s:s, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:o}", "trace", r->trace, "accesses",
                   (json_int_t)r->accesses, "sections", (json_int_t)r->sections, "sections_not_understood",
                   (json_int_t)r->not_understood, "descriptor_writes", counts_json(r), "tlbis",
                   (json_int_t)r->counts.tlbis, "tlbis_without_operand", (json_int_t)r->counts.widened,
                   "register_writes_without_operand", (json_int_t)r->counts.registers_unknown, "violations",
                   (json_int_t)r->violations, "by_rule", rules_json(r));
}

static void print_notes(const tw_bbm_result *r, FILE *out) {
  const tw_bbm_counts *c = &r->counts;
  if (tw_bbm_changes(r) && tw_bbm_checked(r) == 0)
    fputs("  No descriptor was written over, or made again after a break: no rule could be broken here.\n", out);
  if (c->widened)
    fprintf(out, "  %" PRIu64 " of %" PRIu64 " TLBIs were taken to cover every address: %s\n", c->widened, c->tlbis,
            "their operand is not in the trace, so a TLBI of the wrong address is not seen.");
  if (r->early)
    fprintf(out, "  %" PRIu64 " writes before a section's first access were taken as part of its tables, unchecked.\n",
            r->early);
  if (c->elsewhere)
    fprintf(out, "  %" PRIu64 " writes went to tables that no TTBR reached: nothing can be wrong with those.\n",
            c->elsewhere);
  if (r->not_understood)
    fprintf(out, "  %" PRIu64 " sections have short descriptors, with %" PRIu64 " writes: not checked.\n",
            r->not_understood, r->not_checked);
}

void tw_bbm_result_print(const tw_bbm_result *r, FILE *out) {
  const tw_bbm_counts *c = &r->counts;
  fprintf(out, "%s: ", r->trace);
  if (tw_bbm_changes(r) == 0) {
    fprintf(out, "nothing could be checked: no change of a live descriptor in %" PRIu64 " accesses\n", r->accesses);
  } else {
    fprintf(out,
            "%" PRIu64 " changes of live descriptors: %" PRIu64 " valid to valid, %" PRIu64 " to invalid, %" PRIu64
            " from invalid (%" PRIu64 " of them again); %" PRIu64 " TLBIs; %" PRIu64 " violation%s\n",
            tw_bbm_changes(r), c->changed, c->broken, c->made, c->remade, c->tlbis, r->violations,
            r->violations == 1 ? "" : "s");
  }
  print_notes(r, out);
}
