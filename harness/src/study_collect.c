// Plays a capture and counts answers into rows. An access belongs to the row's buffer when it is a read or a write and
// its address lies in the buffer of the phase; all others of the phase are counted apart.
#include "study.h"

#include <string.h>

static tw_study_row *row_of(tw_study_capture *capture, const tw_phase *phase) {
  for (size_t i = 0; phase && i < capture->count; ++i) {
    tw_study_row *row = &capture->rows[i];
    if (strcmp(row->kind, phase->kind) == 0 && strcmp(row->pattern, phase->pattern) == 0)
      return row;
  }
  return NULL;
}

static void count_part(tw_study_part *part, const tw_response *response) {
  ++part->accesses;
  part->l1 += response->found == TW_FOUND_L1;
  part->l2 += response->found == TW_FOUND_L2;
  part->faults += response->fault;
  part->cycles += response->cycle - response->accepted;
  if (response->found != TW_FOUND_WALK)
    return;
  ++part->walks;
  part->walk_cycles += response->walk_cycles;
  for (int i = 0; i < 5; ++i)
    part->reads[i] += response->reads[i];
}

static bool in_buffer(const tw_study_row *row, const tw_request *request) {
  return request->kind != TW_ACCESS_FETCH && request->va - row->va < row->bytes;
}

void tw_study_count(tw_study_capture *capture, const tw_answers *answers) {
  tw_study_row *row = row_of(capture, answers->phase);
  for (size_t i = 0; i < answers->count; ++i) {
    const tw_response *response = &answers->responses[i];
    if (!row) {
      count_part(&capture->outside, response);
    } else if (!in_buffer(row, &answers->requests[i])) {
      count_part(&row->other, response);
    } else {
      count_part(&row->buffer, response);
      if (response->found == TW_FOUND_WALK) {
        tw_histogram_add(&row->walk_latency, response->walk_cycles);
        ++row->walk_sizes[response->size_log2 & 63];
      }
    }
  }
}

void tw_study_count_overlapped(tw_study_capture *capture, const tw_answers *answers) {
  tw_study_row *row = row_of(capture, answers->phase);
  if (!row)
    return;
  row->overlapped.cycles += answers->cycles;
  for (size_t i = 0; i < answers->count; ++i)
    row->overlapped.accesses += in_buffer(row, &answers->requests[i]);
}

typedef struct replay_context {
  tw_study_capture *capture;
  const tw_study_progress *progress;
  void (*count)(tw_study_capture *capture, const tw_answers *answers);
  size_t phase;
  uint64_t accesses;
} replay_context;

static void report(const replay_context *c) {
  if (c->progress && c->progress->report)
    c->progress->report(c->progress->context, c->phase, c->accesses);
}

static int on_phase(void *context, const tw_phase *phase, bool begins, tw_error *error) {
  replay_context *c = context;
  (void)phase;
  (void)error;
  c->phase += begins;
  report(c);
  return 0;
}

static int on_answers(void *context, const tw_answers *answers, tw_error *error) {
  replay_context *c = context;
  (void)error;
  c->count(c->capture, answers);
  c->accesses += answers->count;
  report(c);
  return 0;
}

// One pass over the capture, by one way of issue.
static int pass(replay_context *context, tw_engine *engine, const tw_issue *issue, tw_replay_result *result,
                tw_error *error) {
  const char *path = context->capture->path;
  const tw_replay_options options = {.check_pa = true,
                                     .cool_phases = true,
                                     .issue = *issue,
                                     .phase = on_phase,
                                     .answers = on_answers,
                                     .context = context};
  if (tw_replay(engine, path, &options, result, error))
    return -1;
  if (result->pa_differed)
    return tw_fail(error, "%s: %llu of %llu physical addresses differ from the machine's; %s", path,
                   (unsigned long long)result->pa_differed, (unsigned long long)result->pa_compared,
                   result->first_difference);
  return 0;
}

int tw_study_replay(tw_study_capture *capture, tw_engine *engine, const tw_study_progress *progress, tw_error *error) {
  const tw_issue dependent = {.mode = TW_ISSUE_DEPENDENT};
  replay_context context = {.capture = capture, .progress = progress, .count = tw_study_count};
  if (pass(&context, engine, &dependent, &capture->result, error))
    return -1;
  context.count = tw_study_count_overlapped;
  return capture->issue.window ? pass(&context, engine, &capture->issue, &capture->overlapped, error) : 0;
}
