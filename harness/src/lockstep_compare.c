// What both sides did, event by event: which is the first that differs.
#include "lockstep.h"

#include <string.h>

// ---- one response ----

/// One field of a response on both sides.
typedef struct tw_field_pair {
  tw_difference kind;
  const char *what;
  uint64_t model, rtl;
} tw_field_pair;

/// The first that differs, in the order of looking; the last one's `what` is NULL.
static const tw_field_pair *first_field(const tw_field_pair *pair) {
  while (pair->what && pair->model == pair->rtl)
    pair++;
  return pair->what ? pair : NULL;
}

/// The reads of a walk by level, in one number.
static uint64_t reads_of(const tw_response *r) {
  uint64_t reads = 0;
  for (unsigned i = 0; i < TW_LEVELS; i++)
    reads = reads << 8 | r->reads[i];
  return reads << 8 | r->stage2_reads;
}

static tw_difference compare_fields(const tw_answer *model, const tw_answer *rtl, const char **what) {
  if (memcmp(model, rtl, sizeof *model) == 0) // nearly always: no field can differ
    return TW_SAME;
  const tw_response *m = &model->response, *r = &rtl->response;
  const tw_field_pair fields[] = {
      {TW_DIFFERENT_FAULT, "fault", m->fault, r->fault},
      {TW_DIFFERENT_FAULT, "fsc", m->fsc, r->fsc},
      {TW_DIFFERENT_FAULT, "s1ptw", m->s1ptw, r->s1ptw},
      {TW_DIFFERENT_FAULT, "stage", m->stage, r->stage},
      {TW_DIFFERENT_FOUND, "found", m->found, r->found},
      {TW_DIFFERENT_ANSWER, "id", m->id, r->id},
      {TW_DIFFERENT_ANSWER, "kind", m->kind, r->kind},
      {TW_DIFFERENT_ANSWER, "pa", m->pa, r->pa},
      {TW_DIFFERENT_ANSWER, "attr", m->attr, r->attr},
      {TW_DIFFERENT_ANSWER, "sh", m->sh, r->sh},
      {TW_DIFFERENT_ANSWER, "size", m->size_log2, r->size_log2},
      {TW_DIFFERENT_ANSWER, "PAR", model->syndrome.par, rtl->syndrome.par},
      {TW_DIFFERENT_ANSWER, "ESR", model->syndrome.esr, rtl->syndrome.esr},
      {TW_DIFFERENT_ANSWER, "HPFAR", model->syndrome.hpfar, rtl->syndrome.hpfar},
      {TW_DIFFERENT_MEMORY, "reads of the walk, by level", reads_of(m), reads_of(r)},
      {TW_DIFFERENT_MEMORY, "compare-and-swaps of the walk", m->updates, r->updates},
      {TW_DIFFERENT_CYCLE, "cycle", m->cycle, r->cycle},
      {TW_DIFFERENT_CYCLE, "cycle of acceptance", m->accepted, r->accepted},
      {TW_DIFFERENT_CYCLE, "walk_cycles", m->walk_cycles, r->walk_cycles},
      {TW_SAME, NULL, 0, 0},
  };
  const tw_field_pair *pair = first_field(fields);
  if (!pair)
    return TW_SAME;
  *what = pair->what;
  return pair->kind;
}

static tw_difference compare_answer(const tw_answer *model, const tw_answer *rtl, const char **what) {
  const tw_response *m = &model->response, *r = &rtl->response;
  if ((m->kind != r->kind || m->id != r->id) && m->cycle != r->cycle) { // another request was answered first
    *what = "order of answers";
    return TW_DIFFERENT_CYCLE;
  }
  return compare_fields(model, rtl, what);
}

// ---- one memory access ----

static tw_difference compare_access(const tw_platform_access *model, const tw_platform_access *rtl, const char **what) {
  const tw_field_pair fields[] = {
      {TW_DIFFERENT_MEMORY, "address of a memory access", model->pa, rtl->pa},
      {TW_DIFFERENT_MEMORY, "level of a memory access", model->level, rtl->level},
      {TW_DIFFERENT_MEMORY, "kind of a memory access", model->kind, rtl->kind},
      {TW_DIFFERENT_MEMORY, "stage of a memory access", model->stage2, rtl->stage2},
      {TW_DIFFERENT_MEMORY, "size of a memory access", model->size_log2, rtl->size_log2},
      {TW_DIFFERENT_MEMORY, "tag of a memory access", model->tag, rtl->tag},
      {TW_DIFFERENT_MEMORY, "expected value of a compare-and-swap", model->expected, rtl->expected},
      {TW_DIFFERENT_MEMORY, "desired value of a compare-and-swap", model->desired, rtl->desired},
      {TW_DIFFERENT_MEMORY, "cycle of a memory access", model->cycle, rtl->cycle},
      {TW_SAME, NULL, 0, 0},
  };
  const tw_field_pair *pair = first_field(fields);
  if (!pair)
    return TW_SAME;
  *what = pair->what;
  return pair->kind;
}

// ---- the first difference of each list ----

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

static tw_lockstep_difference differing_answer(const tw_side_events *m, const tw_side_events *r, size_t *alike) {
  tw_lockstep_difference d = {.kind = TW_SAME};
  size_t i = 0;
  while (i < m->answers && i < r->answers) {
    d.kind = compare_answer(&m->answer[i], &r->answer[i], &d.what);
    if (d.kind != TW_SAME)
      break;
    i++;
  }
  *alike = i;
  d.in_model = i < m->answers;
  d.in_rtl = i < r->answers;
  if (d.kind == TW_SAME && d.in_model != d.in_rtl) {
    d.kind = TW_DIFFERENT_CYCLE;
    d.what = d.in_model ? "response that the RTL does not give" : "response that the model does not give";
  }
  if (d.in_model)
    d.model.answer = m->answer[i];
  if (d.in_rtl)
    d.rtl.answer = r->answer[i];
  d.cycle = earlier(d.in_model ? d.model.answer.response.cycle : UINT64_MAX,
                    d.in_rtl ? d.rtl.answer.response.cycle : UINT64_MAX);
  return d;
}

static tw_lockstep_difference differing_access(const tw_access_list *m, const tw_access_list *r, size_t *alike) {
  tw_lockstep_difference d = {.kind = TW_SAME, .is_access = true};
  size_t i = 0;
  while (i < m->count && i < r->count) {
    d.kind = compare_access(&m->item[i], &r->item[i], &d.what);
    if (d.kind != TW_SAME)
      break;
    i++;
  }
  *alike = i;
  d.in_model = i < m->count;
  d.in_rtl = i < r->count;
  if (d.kind == TW_SAME && d.in_model != d.in_rtl) {
    d.kind = TW_DIFFERENT_MEMORY;
    d.what = d.in_model ? "memory access that the RTL does not make" : "memory access that the model does not make";
  }
  if (d.in_model)
    d.model.access = m->item[i];
  if (d.in_rtl)
    d.rtl.access = r->item[i];
  d.cycle = earlier(d.in_model ? d.model.access.cycle : UINT64_MAX, d.in_rtl ? d.rtl.access.cycle : UINT64_MAX);
  return d;
}

// ---- what was alike ----

static void remember(tw_lockstep *lockstep, const tw_past_event *event) {
  lockstep->history[lockstep->events++ % TW_LOCKSTEP_HISTORY] = *event;
}

static void count_answer(tw_compared *compared, const tw_response *response) {
  if (response->kind == TW_KIND_TLBI) {
    compared->maintenance++;
    return;
  }
  compared->accesses++;
  compared->walks += response->found == TW_FOUND_WALK;
}

/// Put the last of the events that are alike into the history: answers in their order, and as many of the model's
/// accesses, merged by cycle.
static void remember_last(tw_lockstep *lockstep, const tw_answer *list, size_t answers, size_t accesses) {
  const tw_platform_access *item = lockstep->model_events.accesses.item;
  size_t answer = answers > TW_LOCKSTEP_HISTORY ? answers - TW_LOCKSTEP_HISTORY : 0;
  size_t access = accesses > TW_LOCKSTEP_HISTORY ? accesses - TW_LOCKSTEP_HISTORY : 0;
  while (answer < answers || access < accesses) {
    bool takes_access = answer == answers || (access < accesses && item[access].cycle <= list[answer].response.cycle);
    tw_past_event event = {.is_access = takes_access};
    if (takes_access)
      event.access = item[access++];
    else
      event.answer = list[answer++];
    remember(lockstep, &event);
  }
}

/// The cycle of the first difference; UINT64_MAX: there is none.
static uint64_t end_of(const tw_lockstep_difference *answer, const tw_lockstep_difference *access) {
  return earlier(answer->kind == TW_SAME ? UINT64_MAX : answer->cycle,
                 access->kind == TW_SAME ? UINT64_MAX : access->cycle);
}

/// How many of the first `count` accesses, all alike, came no later than `end`.
static size_t accesses_until(const tw_access_list *list, size_t count, uint64_t end) {
  while (count > 0 && list->item[count - 1].cycle > end)
    count--;
  return count;
}

/// Count all events that are alike and keep the last ones.
static void settle(tw_lockstep *lockstep, size_t answers, size_t accesses) {
  const tw_side_events *events = &lockstep->model_events;
  for (size_t i = 0; i < answers; i++)
    count_answer(&lockstep->compared, &events->answer[i].response);
  lockstep->compared.memory_reads += accesses;
  remember_last(lockstep, events->answer, answers, accesses);
}

// ---- the first of both lists ----

static tw_difference conclude(tw_lockstep *lockstep, const tw_lockstep_difference *answer,
                              const tw_lockstep_difference *access) {
  bool access_first = access->kind != TW_SAME && (answer->kind == TW_SAME || access->cycle <= answer->cycle);
  lockstep->difference = access_first ? *access : *answer;
  return lockstep->difference.kind;
}

tw_difference tw_lockstep_compare(tw_lockstep *lockstep) {
  const tw_side_events *m = &lockstep->model_events, *r = &lockstep->rtl_events;
  size_t answers, accesses;
  tw_lockstep_difference answer = differing_answer(m, r, &answers);
  tw_lockstep_difference access = differing_access(&m->accesses, &r->accesses, &accesses);
  uint64_t end = end_of(&answer, &access);
  while (answers > 0 && m->answer[answers - 1].response.cycle > end)
    answers--;
  settle(lockstep, answers, accesses_until(&m->accesses, accesses, end));
  if (r->answers)
    lockstep->last = r->answer[r->answers - 1].syndrome;
  return conclude(lockstep, &answer, &access);
}

// ---- a play: request by request ----

static bool given(const tw_answer *answer) { return answer->response.cycle != UINT64_MAX; }

static tw_difference compare_request(const tw_answer *model, const tw_answer *rtl, const char **what) {
  if (given(model) && given(rtl))
    return compare_fields(model, rtl, what);
  *what = given(model) ? "response that the RTL does not give" : "response that the model does not give";
  return given(model) == given(rtl) ? TW_SAME : TW_DIFFERENT_CYCLE;
}

/// Of all requests whose answers differ, the one that was answered first, on either side.
static tw_lockstep_difference differing_request(const tw_side_events *m, const tw_side_events *r) {
  tw_lockstep_difference first = {.kind = TW_SAME, .cycle = UINT64_MAX};
  for (size_t i = 0; i < m->answers; i++) {
    const char *what = NULL;
    tw_difference kind = compare_request(&m->answer[i], &r->answer[i], &what);
    uint64_t cycle = earlier(m->answer[i].response.cycle, r->answer[i].response.cycle);
    if (kind != TW_SAME && cycle < first.cycle)
      first = (tw_lockstep_difference){.kind = kind,
                                       .cycle = cycle,
                                       .what = what,
                                       .in_model = given(&m->answer[i]),
                                       .in_rtl = given(&r->answer[i]),
                                       .model.answer = m->answer[i],
                                       .rtl.answer = r->answer[i]};
  }
  return first;
}

/// Data, fetch, miss and maintenance channel.
static unsigned channel_of(const tw_response *r) {
  if (r->kind == TW_KIND_TLBI)
    return 3;
  if (r->found != TW_FOUND_NONE && r->found != TW_FOUND_L1)
    return 2;
  return r->kind == TW_ACCESS_FETCH;
}

static bool comes_before(const tw_answer *a, const tw_answer *b) {
  const tw_response *x = &a->response, *y = &b->response;
  return x->cycle != y->cycle ? x->cycle < y->cycle : channel_of(x) < channel_of(y);
}

/// The last answers in order of time; what comes is nearly in order.
typedef struct tw_last_answers {
  tw_answer answer[TW_LOCKSTEP_HISTORY];
  size_t count;
} tw_last_answers;

static void keep_last(tw_last_answers *last, const tw_answer *answer) {
  size_t at = last->count;
  if (at == TW_LOCKSTEP_HISTORY) {
    if (comes_before(answer, &last->answer[0]))
      return;
    at--; // the first one goes
    for (size_t i = 0; i < at; i++)
      last->answer[i] = last->answer[i + 1];
  } else {
    last->count++;
  }
  while (at > 0 && comes_before(answer, &last->answer[at - 1])) {
    last->answer[at] = last->answer[at - 1];
    at--;
  }
  last->answer[at] = *answer;
}

tw_difference tw_lockstep_compare_play(tw_lockstep *lockstep) {
  const tw_side_events *m = &lockstep->model_events, *r = &lockstep->rtl_events;
  size_t accesses;
  tw_lockstep_difference answer = differing_request(m, r);
  tw_lockstep_difference access = differing_access(&m->accesses, &r->accesses, &accesses);
  uint64_t end = end_of(&answer, &access);
  accesses = accesses_until(&m->accesses, accesses, end);
  tw_last_answers last = {.count = 0};
  for (size_t i = 0; i < m->answers; i++) {
    if (m->answer[i].response.cycle >= end)
      continue;
    count_answer(&lockstep->compared, &m->answer[i].response);
    keep_last(&last, &m->answer[i]);
  }
  lockstep->compared.memory_reads += accesses;
  remember_last(lockstep, last.answer, last.count, accesses);
  if (r->answers)
    lockstep->last = r->answer[r->answers - 1].syndrome;
  return conclude(lockstep, &answer, &access);
}

// ---- counters ----

tw_difference tw_lockstep_compare_counters(tw_lockstep *lockstep) {
  tw_counters rtl;
  tw_platform_counters(lockstep->rtl, &rtl);
  const tw_counters *model = tw_mmu_counters(lockstep->model.mmu);
  for (unsigned i = 0; i < TW_COUNTER_COUNT; i++) {
    if (model->value[i] == rtl.value[i]) {
      lockstep->compared.counters++;
      continue;
    }
    lockstep->difference = (tw_lockstep_difference){.kind = TW_DIFFERENT_COUNTER,
                                                    .cycle = tw_lockstep_now(lockstep),
                                                    .what = tw_counter_describe((tw_counter)i).name,
                                                    .counter = (tw_counter)i,
                                                    .counted = {model->value[i], rtl.value[i]}};
    return TW_DIFFERENT_COUNTER;
  }
  return TW_SAME;
}
