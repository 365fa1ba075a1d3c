// Gaps are the trace's instruction counts at the issue's rate; what is left over by rounding is carried on, so that the
// rate holds on the whole.
#include "replay_overlap.h"

#include "replay_events.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool tw_pattern_depends(const char *pattern) { return strcmp(pattern, "chase") == 0; }

int tw_overlap_open(tw_overlap *overlap, const tw_issue *issue, tw_error *error) {
  *overlap = (tw_overlap){0};
  if (issue->mode == TW_ISSUE_DEPENDENT)
    return 0;
  if (issue->window < 1 || issue->window > TW_WINDOW_MAX)
    return tw_fail(error, "overlapped accesses: found a window of %" PRIu32 ", expected 1 to %d", issue->window,
                   TW_WINDOW_MAX);
  overlap->requests = malloc(TW_OVERLAP_MOST * sizeof *overlap->requests);
  overlap->responses = malloc(TW_OVERLAP_MOST * sizeof *overlap->responses);
  overlap->gaps = malloc(TW_OVERLAP_MOST * sizeof *overlap->gaps);
  overlap->info = malloc(TW_OVERLAP_MOST * sizeof *overlap->info);
  overlap->pa = malloc(TW_OVERLAP_MOST * sizeof *overlap->pa);
  if (overlap->requests && overlap->responses && overlap->gaps && overlap->info && overlap->pa)
    return 0;
  tw_overlap_close(overlap);
  return tw_fail(error, "out of memory");
}

void tw_overlap_close(tw_overlap *overlap) {
  free(overlap->requests);
  free(overlap->responses);
  free(overlap->gaps);
  free(overlap->info);
  free(overlap->pa);
  *overlap = (tw_overlap){0};
}

static uint16_t gap_of(tw_overlap *overlap, uint32_t rate, uint16_t instructions) {
  if (!rate)
    return 0;
  uint64_t due = overlap->remainder + (uint64_t)instructions * 1000;
  uint64_t gap = due / rate;
  overlap->remainder = due % rate;
  return gap < UINT16_MAX ? (uint16_t)gap : UINT16_MAX;
}

size_t tw_overlap_gather(tw_overlap *overlap, const tw_issue *issue, const tw_batch *batch, size_t from) {
  size_t at = overlap->count, room = TW_OVERLAP_MOST - at, left = batch->count - from;
  size_t count = left < room ? left : room;
  if (at == 0)
    overlap->first = batch->first + from;
  for (size_t i = 0; i < count; i++) {
    uint8_t info = batch->info[from + i];
    overlap->requests[at + i] = (tw_request){.va = batch->va[from + i],
                                             .id = (uint32_t)(batch->first + from + i),
                                             .kind = info & TW_INFO_KIND,
                                             .el = tw_replay_el(info)};
    overlap->info[at + i] = info;
    overlap->gaps[at + i] = gap_of(overlap, issue->rate, batch->gap[from + i]);
  }
  overlap->has_pa = batch->pa != NULL;
  if (batch->pa)
    memcpy(overlap->pa + at, batch->pa + from, count * sizeof *overlap->pa);
  overlap->count += count;
  return count;
}

// From the first offer, in the cycle of its acceptance since the ports were empty, to the last response.
static uint64_t span_of(const tw_response *responses, size_t count) {
  uint64_t last = 0;
  for (size_t i = 0; i < count; i++)
    last = responses[i].cycle > last ? responses[i].cycle : last;
  return last - responses[0].accepted;
}

int tw_overlap_play(tw_overlap *overlap, const tw_issue *issue, tw_engine *engine, tw_answers *answers,
                    tw_error *error) {
  const tw_play play = {.requests = overlap->requests,
                        .gaps = issue->rate ? overlap->gaps : NULL,
                        .count = overlap->count,
                        .window = issue->window,
                        .responses = overlap->responses};
  overlap->gaps[0] = 0; // there is none before it
  overlap->count = 0;
  overlap->remainder = 0;
  if (tw_engine_play(engine, &play, error) < 0)
    return -1;
  *answers = (tw_answers){.count = play.count,
                          .requests = overlap->requests,
                          .responses = overlap->responses,
                          .info = overlap->info,
                          .first = overlap->first,
                          .cycles = span_of(overlap->responses, play.count)};
  return 0;
}
