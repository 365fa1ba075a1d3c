// A difference in words: one line as the error's text, all that is known of it as a report.
#include "lockstep.h"

#include <inttypes.h>

enum { TW_EVENT_TEXT = 320 };

const char *tw_difference_name(tw_difference difference) {
  static const char *const names[] = {"nothing", "cycle", "answer", "fault", "found", "memory access", "counter"};
  return names[difference];
}

static const char *kind_name(uint8_t kind) {
  static const char *const names[] = {"read", "write", "fetch", "TLBI"};
  return kind < 4 ? names[kind] : "?";
}

static const char *found_name(uint8_t found) {
  static const char *const names[] = {"none", "L1", "L2", "walk", "maintenance", "merged"};
  return found < 6 ? names[found] : "?";
}

static void describe_access(const tw_platform_access *a, char *text) {
  bool swap = a->kind == TW_MEM_COMPARE_SWAP;
  int n = snprintf(text, TW_EVENT_TEXT, "%10" PRIu64 "  %s of %u bytes, stage %u, level %d, 0x%013" PRIx64, a->cycle,
                   swap ? "compare-and-swap" : "read", 1U << (a->size_log2 & 3), a->stage2 ? 2 : 1, (int)a->level - 1,
                   a->pa);
  if (swap && n > 0 && n < TW_EVENT_TEXT)
    snprintf(text + n, TW_EVENT_TEXT - (size_t)n, " expected 0x%016" PRIx64 " desired 0x%016" PRIx64, a->expected,
             a->desired);
}

static void describe_answer(const tw_answer *answer, char *text) {
  const tw_response *r = &answer->response;
  int n = snprintf(text, TW_EVENT_TEXT, "%10" PRIu64 "  %s id %" PRIu32 " EL%u accepted %" PRIu64 " found %s", r->cycle,
                   kind_name(r->kind), r->id, r->el, r->accepted, found_name(r->found));
  if (r->kind == TW_KIND_TLBI || n < 0 || n >= TW_EVENT_TEXT)
    return;
  char *rest = text + n;
  size_t room = TW_EVENT_TEXT - (size_t)n;
  if (r->fault)
    snprintf(rest, room,
             " fault 0x%02x stage %u s1ptw %u size %u walk %" PRIu32 " PAR 0x%" PRIx64 " ESR 0x%08" PRIx32
             " HPFAR 0x%" PRIx64,
             r->fsc, r->stage, r->s1ptw, r->size_log2, r->walk_cycles, answer->syndrome.par, answer->syndrome.esr,
             answer->syndrome.hpfar);
  else
    snprintf(rest, room, " PA 0x%013" PRIx64 " attr 0x%02x sh %u size %u walk %" PRIu32 " PAR 0x%016" PRIx64, r->pa,
             r->attr, r->sh, r->size_log2, r->walk_cycles, answer->syndrome.par);
}

static void describe(const tw_past_event *event, bool is_access, bool there, char *text) {
  if (!there)
    snprintf(text, TW_EVENT_TEXT, "         -  nothing");
  else if (is_access)
    describe_access(&event->access, text);
  else
    describe_answer(&event->answer, text);
}

static void write_history(const tw_lockstep *lockstep, FILE *out) {
  uint64_t first = lockstep->events > TW_LOCKSTEP_HISTORY ? lockstep->events - TW_LOCKSTEP_HISTORY : 0;
  fprintf(out, "  the last %" PRIu64 " events, alike on both sides:\n", lockstep->events - first);
  for (uint64_t i = first; i < lockstep->events; i++) {
    const tw_past_event *event = &lockstep->history[i % TW_LOCKSTEP_HISTORY];
    char text[TW_EVENT_TEXT];
    describe(event, event->is_access, true, text);
    fprintf(out, "    %s\n", text);
  }
}

static void write_compared(const tw_lockstep *lockstep, FILE *out) {
  const tw_compared *c = &lockstep->compared;
  fprintf(out,
          "  compared before: %" PRIu64 " cycles, %" PRIu64 " accesses, %" PRIu64 " walks, %" PRIu64
          " memory reads, %" PRIu64 " TLBIs\n",
          c->cycles, c->accesses, c->walks, c->memory_reads, c->maintenance);
}

static void write_report(const tw_lockstep *lockstep, const char *model, const char *rtl, FILE *out) {
  const tw_lockstep_difference *d = &lockstep->difference;
  fprintf(out, "lockstep: %s and RTL build %s differ in cycle %" PRIu64 ": %s (%s)\n", lockstep->core,
          tw_platform_variant(lockstep->rtl), d->cycle, d->what, tw_difference_name(d->kind));
  fprintf(out, "  model %s\n  RTL   %s\n", model, rtl);
  write_history(lockstep, out);
  write_compared(lockstep, out);
  fflush(out);
}

int tw_lockstep_tell(tw_lockstep *lockstep, tw_error *error) {
  const tw_lockstep_difference *d = &lockstep->difference;
  char model[TW_EVENT_TEXT], rtl[TW_EVENT_TEXT];
  if (d->kind == TW_DIFFERENT_COUNTER) {
    snprintf(model, sizeof model, "%" PRIu64, d->counted[0]);
    snprintf(rtl, sizeof rtl, "%" PRIu64, d->counted[1]);
  } else {
    describe(&d->model, d->is_access, d->in_model, model);
    describe(&d->rtl, d->is_access, d->in_rtl, rtl);
  }
  if (lockstep->report)
    write_report(lockstep, model, rtl, lockstep->report);
  return tw_fail(error, "model and RTL differ in cycle %" PRIu64 ": %s: model: %.190s; RTL: %.190s", d->cycle, d->what,
                 model, rtl);
}
