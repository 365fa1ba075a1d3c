// The model and the RTL side by side: what goes to both, and when to compare.
#include "lockstep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
  TW_BATCH_WITH_WAVES = 64,  ///< small, so that a difference lies in the last window
  TW_PLAY_WITH_WAVES = 1024, ///< likewise
  TW_CHANNELS = 4,           ///< responses in one cycle, at most
  TW_GRACE = 8192,           ///< cycles that a side is given for a response that the other has given
};

/// Room for `count` answers on both sides.
static int make_room(tw_lockstep *lockstep, size_t count, tw_error *error) {
  tw_side_events *sides[] = {&lockstep->model_events, &lockstep->rtl_events};
  for (size_t i = 0; i < 2; i++) {
    if (count <= sides[i]->room)
      continue;
    tw_answer *answer = realloc(sides[i]->answer, count * sizeof *answer);
    if (!answer)
      return tw_fail(error, "out of memory");
    sides[i]->answer = answer;
    tw_platform_syndrome *syndromes = realloc(lockstep->syndromes, count * sizeof *syndromes);
    if (!syndromes)
      return tw_fail(error, "out of memory");
    lockstep->syndromes = syndromes;
    sides[i]->room = count;
  }
  return 0;
}

tw_lockstep *tw_lockstep_open(const tw_core *core, const tw_platform_options *options, FILE *report, tw_error *error) {
  tw_lockstep *lockstep = calloc(1, sizeof *lockstep);
  if (!lockstep) {
    tw_fail(error, "out of memory");
    return NULL;
  }
  snprintf(lockstep->core, sizeof lockstep->core, "%s", core->name);
  lockstep->report = report;
  lockstep->has_waves = options->fst != NULL;
  lockstep->batch = lockstep->has_waves ? TW_BATCH_WITH_WAVES : TW_LOCKSTEP_BATCH;
  if (make_room(lockstep, TW_LOCKSTEP_BATCH, error)) {
    tw_lockstep_close(lockstep);
    return NULL;
  }
  lockstep->rtl = tw_platform_open(&core->mmu, &core->memory, options, error);
  if (!lockstep->rtl || tw_model_side_open(&lockstep->model, core, &lockstep->model_events.accesses, error)) {
    tw_lockstep_close(lockstep);
    return NULL;
  }
  tw_platform_log(lockstep->rtl, true);
  return lockstep;
}

void tw_lockstep_close(tw_lockstep *lockstep) {
  if (!lockstep)
    return;
  if (lockstep->rtl)
    tw_platform_end_waves(lockstep->rtl, lockstep->difference.kind != TW_SAME);
  tw_platform_close(lockstep->rtl);
  tw_model_side_close(&lockstep->model);
  tw_access_list_free(&lockstep->model_events.accesses);
  tw_access_list_free(&lockstep->rtl_events.accesses);
  free(lockstep->model_events.answer);
  free(lockstep->rtl_events.answer);
  free(lockstep->syndromes);
  free(lockstep);
}

uint64_t tw_lockstep_now(const tw_lockstep *lockstep) { return tw_mmu_now(lockstep->model.mmu); }

static int stopped(const tw_lockstep *lockstep, tw_error *error) {
  if (lockstep->difference.kind == TW_SAME)
    return 0;
  return tw_fail(error, "the lockstep has stopped at a difference of %s in cycle %" PRIu64,
                 tw_difference_name(lockstep->difference.kind), lockstep->difference.cycle);
}

// ---- what goes to both ----

int tw_lockstep_load(tw_lockstep *lockstep, uint64_t pa, const void *data, uint64_t bytes, tw_error *error) {
  if (stopped(lockstep, error))
    return -1;
  if (tw_memory_load(lockstep->model.memory, pa, data, bytes) ||
      tw_memory_load(tw_platform_memory(lockstep->rtl), pa, data, bytes))
    return tw_fail(error, "out of memory: load of %" PRIu64 " bytes at 0x%" PRIx64, bytes, pa);
  return 0;
}

int tw_lockstep_renew_memory(tw_lockstep *lockstep, tw_error *error) {
  if (stopped(lockstep, error))
    return -1;
  if (tw_platform_renew_memory(lockstep->rtl))
    return tw_fail(error, "%s", tw_platform_error(lockstep->rtl));
  return tw_model_side_renew_memory(&lockstep->model, error);
}

int tw_lockstep_cool_memory(tw_lockstep *lockstep, tw_error *error) {
  if (stopped(lockstep, error))
    return -1;
  tw_memory_cool(lockstep->model.memory);
  tw_memory_cool(tw_platform_memory(lockstep->rtl));
  return 0;
}

int tw_lockstep_set_registers(tw_lockstep *lockstep, const tw_registers *registers, tw_error *error) {
  if (tw_lockstep_run_until(lockstep, tw_lockstep_now(lockstep) + 1, error))
    return -1;
  // prefetches go on after the last answer
  for (uint64_t next; (next = tw_mmu_next_event(lockstep->model.mmu)) != UINT64_MAX;)
    if (tw_lockstep_run_until(lockstep, next + 1, error))
      return -1;
  if (tw_platform_set_registers(lockstep->rtl, registers))
    return tw_fail(error, "%s", tw_platform_error(lockstep->rtl));
  if (tw_mmu_set_registers(lockstep->model.mmu, registers))
    return tw_fail(error, "registers can't change: requests are in flight");
  return 0;
}

// ---- compare ----

static void drain_rtl(tw_lockstep *lockstep) {
  tw_platform_access access[64];
  size_t count;
  while ((count = tw_platform_drain(lockstep->rtl, access, sizeof access / sizeof *access)) > 0)
    for (size_t i = 0; i < count; i++)
      tw_access_list_add(&lockstep->rtl_events.accesses, &access[i]);
}

/// Compare what both sides did by `find`, then forget it.
static int compare(tw_lockstep *lockstep, tw_difference (*find)(tw_lockstep *), tw_error *error) {
  drain_rtl(lockstep);
  if (lockstep->model_events.accesses.overflowed || lockstep->rtl_events.accesses.overflowed)
    return tw_fail(error, "out of memory: the log of memory accesses");
  if (find(lockstep) != TW_SAME)
    return tw_lockstep_tell(lockstep, error);
  lockstep->compared.cycles += tw_lockstep_now(lockstep) - lockstep->cycles_from;
  lockstep->cycles_from = tw_lockstep_now(lockstep);
  lockstep->model_events.accesses.count = 0;
  lockstep->rtl_events.accesses.count = 0;
  return 0;
}

static tw_answer answer_of_model(const tw_response *response) {
  return (tw_answer){.response = *response,
                     .syndrome = {.par = tw_par(response), .hpfar = tw_hpfar(response), .esr = tw_esr(response)}};
}

static void collect_model(tw_lockstep *lockstep) {
  tw_side_events *events = &lockstep->model_events;
  tw_response response;
  while (events->answers < TW_LOCKSTEP_BATCH && tw_mmu_collect(lockstep->model.mmu, &response, 1))
    events->answer[events->answers++] = answer_of_model(&response);
}

static void collect_rtl(tw_lockstep *lockstep) {
  tw_side_events *events = &lockstep->rtl_events;
  while (events->answers < TW_LOCKSTEP_BATCH) {
    tw_answer *answer = &events->answer[events->answers];
    if (!tw_platform_collect(lockstep->rtl, &answer->response, &answer->syndrome, 1))
      break;
    events->answers++;
  }
}

static void run_both(tw_lockstep *lockstep, uint64_t cycle) {
  tw_mmu_run_until(lockstep->model.mmu, cycle);
  tw_platform_run_until(lockstep->rtl, cycle);
  collect_model(lockstep);
  collect_rtl(lockstep);
  drain_rtl(lockstep);
}

/// One side has done more than the other: what is missing may come yet.
static bool one_is_ahead(const tw_lockstep *lockstep) {
  const tw_side_events *model = &lockstep->model_events, *rtl = &lockstep->rtl_events;
  return model->answers != rtl->answers || model->accesses.count != rtl->accesses.count;
}

int tw_lockstep_run_until(tw_lockstep *lockstep, uint64_t cycle, tw_error *error) {
  if (stopped(lockstep, error))
    return -1;
  lockstep->model_events.answers = lockstep->rtl_events.answers = 0;
  uint64_t now = tw_lockstep_now(lockstep);
  while (now < cycle) {
    // so few cycles that the lists do not overflow
    now = cycle - now < TW_LOCKSTEP_BATCH / TW_CHANNELS ? cycle : now + TW_LOCKSTEP_BATCH / TW_CHANNELS;
    lockstep->model_events.answers = lockstep->rtl_events.answers = 0;
    run_both(lockstep, now);
    if (one_is_ahead(lockstep))
      run_both(lockstep, now + TW_GRACE);
    if (compare(lockstep, tw_lockstep_compare, error))
      return -1;
  }
  return 0;
}

const tw_answer *tw_lockstep_answers(const tw_lockstep *lockstep, size_t *count) {
  *count = lockstep->rtl_events.answers;
  return lockstep->rtl_events.answer;
}

// ---- requests at the ports ----

/// Whether both sides took an offer: `model` and `rtl` are their refusals. When they disagree, an earlier acceptance
/// differed; its answer tells more.
static int both_took(tw_lockstep *lockstep, int model, int rtl, tw_error *error) {
  if (!model == !rtl)
    return model ? 1 : 0;
  uint64_t now = tw_lockstep_now(lockstep);
  lockstep->model_events.answers = lockstep->rtl_events.answers = 0;
  run_both(lockstep, now + TW_GRACE);
  if (tw_lockstep_compare(lockstep) == TW_SAME)
    lockstep->difference = (tw_lockstep_difference){
        .kind = TW_DIFFERENT_CYCLE, .cycle = now, .what = model ? "port held by the model" : "port held by the RTL"};
  return tw_lockstep_tell(lockstep, error);
}

int tw_lockstep_submit(tw_lockstep *lockstep, const tw_request *request, tw_error *error) {
  if (stopped(lockstep, error))
    return -1;
  int model = tw_mmu_submit(lockstep->model.mmu, request);
  return both_took(lockstep, model, tw_platform_submit(lockstep->rtl, request), error);
}

int tw_lockstep_submit_tlbi(tw_lockstep *lockstep, const tw_tlbi *tlbi, tw_error *error) {
  if (stopped(lockstep, error))
    return -1;
  int model = tw_mmu_submit_tlbi(lockstep->model.mmu, tlbi);
  return both_took(lockstep, model, tw_platform_submit_tlbi(lockstep->rtl, tlbi), error);
}

// ---- one after the other ----

/// The model's answers go from `responses` to the list, where the RTL's shall stand now: none yet.
static void take_from_model(tw_lockstep *lockstep, tw_response *responses, size_t count) {
  for (size_t i = 0; i < count; i++)
    lockstep->model_events.answer[i] = answer_of_model(&responses[i]);
  for (size_t i = 0; i < count; i++)
    responses[i].cycle = UINT64_MAX;
  lockstep->model_events.answers = count;
}

static void take_from_rtl(tw_lockstep *lockstep, const tw_response *responses, size_t count) {
  for (size_t i = 0; i < count; i++)
    lockstep->rtl_events.answer[i] = (tw_answer){.response = responses[i], .syndrome = lockstep->syndromes[i]};
  lockstep->rtl_events.answers = count;
}

static int replay_batch(tw_lockstep *lockstep, const tw_request *requests, size_t count, tw_response *responses,
                        tw_error *error) {
  tw_mmu_replay(lockstep->model.mmu, requests, count, responses);
  take_from_model(lockstep, responses, count);
  size_t answered = count;
  if (tw_platform_replay(lockstep->rtl, requests, count, responses, lockstep->syndromes)) {
    answered = 0;
    while (answered < count && responses[answered].cycle != UINT64_MAX)
      answered++;
  }
  take_from_rtl(lockstep, responses, answered);
  return compare(lockstep, tw_lockstep_compare, error);
}

int tw_lockstep_replay(tw_lockstep *lockstep, const tw_request *requests, size_t count, tw_response *responses,
                       tw_error *error) {
  if (stopped(lockstep, error))
    return -1;
  for (size_t done = 0; done < count;) {
    size_t batch = count - done < lockstep->batch ? count - done : lockstep->batch;
    if (replay_batch(lockstep, requests + done, batch, responses + done, error))
      return -1;
    done += batch;
  }
  return 0;
}

int tw_lockstep_maintain(tw_lockstep *lockstep, const tw_tlbi *tlbi, tw_response *response, tw_error *error) {
  if (stopped(lockstep, error))
    return -1;
  tw_mmu_maintain(lockstep->model.mmu, tlbi, response);
  lockstep->model_events.answer[0] = answer_of_model(response);
  lockstep->model_events.answers = 1;
  tw_answer *rtl = &lockstep->rtl_events.answer[0];
  lockstep->rtl_events.answers = tw_platform_maintain(lockstep->rtl, tlbi, response, &rtl->syndrome) ? 0 : 1;
  rtl->response = *response;
  return compare(lockstep, tw_lockstep_compare, error);
}

// ---- requests that overlap ----

static int play_piece(tw_lockstep *lockstep, const tw_play *play, tw_error *error) {
  if (make_room(lockstep, play->count, error))
    return -1;
  if (tw_mmu_play(lockstep->model.mmu, play))
    return tw_fail(error, "a play can't begin: requests are in flight");
  take_from_model(lockstep, play->responses, play->count);
  memset(lockstep->syndromes, 0, play->count * sizeof *lockstep->syndromes);
  int failed = tw_platform_play(lockstep->rtl, play, lockstep->syndromes);
  take_from_rtl(lockstep, play->responses, play->count);
  if (compare(lockstep, tw_lockstep_compare_play, error))
    return -1;
  return failed ? tw_fail(error, "%s", tw_platform_error(lockstep->rtl)) : 0;
}

int tw_lockstep_play(tw_lockstep *lockstep, const tw_play *play, tw_error *error) {
  if (stopped(lockstep, error))
    return -1;
  for (size_t done = 0; done < play->count;) {
    tw_play piece = *play;
    piece.requests += done;
    piece.responses += done;
    if (play->gaps)
      piece.gaps += done;
    piece.count -= done;
    if (lockstep->has_waves && piece.count > TW_PLAY_WITH_WAVES)
      piece.count = TW_PLAY_WITH_WAVES;
    if (play_piece(lockstep, &piece, error))
      return -1;
    done += piece.count;
  }
  return 0;
}

int tw_lockstep_finish(tw_lockstep *lockstep, tw_error *error) {
  if (tw_lockstep_run_until(lockstep, tw_lockstep_now(lockstep) + 2, error))
    return -1;
  if (tw_lockstep_compare_counters(lockstep) != TW_SAME)
    return tw_lockstep_tell(lockstep, error);
  const tw_compared *c = &lockstep->compared;
  if (c->accesses)
    return 0;
  return tw_fail(error, "the lockstep has compared nothing: %" PRIu64 " accesses, %" PRIu64 " TLBIs", c->accesses,
                 c->maintenance);
}
