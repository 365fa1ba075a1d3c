// What workloads say while they run: accesses, events, phases, names, facts.
#include "workload.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- accesses ----

static void forget_pages(tw_workload *w) {
  for (size_t i = 0; w->recent_used && i < TW_RECENT; i++)
    w->recent[i].page = UINT64_MAX;
  w->recent_used = false;
}

uint64_t tw_look_up(tw_workload *w, uint64_t va) {
  uint64_t page = va >> w->page_log2, low = va & ((UINT64_C(1) << w->page_log2) - 1);
  tw_recent_page *recent = &w->recent[page % TW_RECENT];
  if (recent->page != page) {
    uint64_t pa;
    if (!tw_kernel_find(w->kernel, va, &pa)) {
      tw_workload_fail(w, "access to %#" PRIx64 ", expected an address that is mapped", va);
      return 0;
    }
    *recent = (tw_recent_page){page, pa - low};
    w->recent_used = true;
  }
  return recent->pa + low;
}

void tw_sweep(tw_workload *w, uint64_t va, uint64_t bytes, uint8_t info, uint16_t gap) {
  for (uint64_t at = 0; at < bytes; at += 64)
    tw_access(w, va + at, info, gap);
}

// ---- events ----

/// Tables change: what was known of pages may be so no longer.
void tw_workload_event(void *workload, const tw_event *event) {
  tw_workload *w = workload;
  if (event->kind == TW_EVENT_DESCRIPTOR || event->kind == TW_EVENT_REGISTER)
    forget_pages(w);
  if (w->event_count == w->event_room) {
    size_t room = w->event_room ? 2 * w->event_room : 256;
    tw_placed_event *larger = realloc(w->events, room * sizeof *larger);
    if (!larger) {
      tw_workload_fail(w, "out of memory");
      return;
    }
    w->events = larger;
    w->event_room = room;
  }
  w->events[w->event_count++] = (tw_placed_event){w->count, *event};
}

void tw_phase_begin(tw_workload *w, uint32_t id) {
  tw_phase_end(w);
  tw_workload_event(w, &(tw_event){.kind = TW_EVENT_PHASE_BEGIN, .word = id});
  w->in_phase = true;
  w->phase = id;
}

void tw_phase_end(tw_workload *w) {
  if (w->in_phase)
    tw_workload_event(w, &(tw_event){.kind = TW_EVENT_PHASE_END, .word = w->phase});
  w->in_phase = false;
}

// ---- what the section tells ----

int tw_name_region(tw_workload *w, const char *name, uint64_t va, uint64_t bytes) {
  tw_region *larger = realloc(w->regions, (w->region_count + 1) * sizeof *larger);
  if (!larger)
    return -1;
  w->regions = larger;
  tw_region *region = &larger[w->region_count++];
  *region = (tw_region){.first = va, .last = va + bytes - 1};
  snprintf(region->name, sizeof region->name, "%s", name);
  return 0;
}

uint32_t tw_phase_add(tw_workload *w, const char *kind, const char *pattern, uint64_t va, uint64_t bytes) {
  tw_phase *larger = realloc(w->phases, (w->phase_count + 1) * sizeof *larger);
  if (!larger)
    return 0;
  w->phases = larger;
  tw_phase *phase = &larger[w->phase_count++];
  *phase = (tw_phase){.id = (uint32_t)w->phase_count, .va = va, .bytes = bytes};
  snprintf(phase->kind, sizeof phase->kind, "%s", kind);
  snprintf(phase->pattern, sizeof phase->pattern, "%s", pattern);
  return phase->id;
}

// ---- what it found out ----

void tw_fact(tw_workload *w, const char *name, const char *format, ...) {
  size_t at = 0;
  while (at < w->fact_count && strcmp(w->facts[at].name, name) != 0)
    at++;
  if (at == sizeof w->facts / sizeof *w->facts)
    return;
  w->fact_count += at == w->fact_count;
  tw_workload_fact *fact = &w->facts[at];
  snprintf(fact->name, sizeof fact->name, "%s", name);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(fact->value, sizeof fact->value, format, arguments);
  va_end(arguments);
}

void tw_workload_fail(tw_workload *w, const char *format, ...) {
  if (w->failed)
    return;
  char text[400];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  w->failed = true;
  tw_fail(&w->damage, "gen:%s: %s", w->name, text);
}
