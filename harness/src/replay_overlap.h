// Accesses that are issued without waiting for the answers of those before: they are gathered over the batches of a
// trace and played together, so that the draining at a play's end hardly counts.
#ifndef HARNESS_REPLAY_OVERLAP_H
#define HARNESS_REPLAY_OVERLAP_H

#include <harness/replay.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TW_OVERLAP_MOST = 1 << 16 }; ///< accesses of a play

typedef struct tw_overlap {
  tw_request *requests; ///< [TW_OVERLAP_MOST], as all that follow
  tw_response *responses;
  uint16_t *gaps;
  uint8_t *info;
  uint64_t *pa; ///< the machine's
  size_t count;
  uint64_t first;     ///< number of the first access in the trace
  uint64_t remainder; ///< of the gaps: instructions that make no whole cycle yet, times 1000
  bool has_pa;
} tw_overlap;

/// -1 and `error`: the issue's window is out of range, or memory ran out.
int tw_overlap_open(tw_overlap *overlap, const tw_issue *issue, tw_error *error);
void tw_overlap_close(tw_overlap *overlap);
/// Take accesses of the batch, from `from` on: as many as there is room for. Returns how many.
size_t tw_overlap_gather(tw_overlap *overlap, const tw_issue *issue, const tw_batch *batch, size_t from);
/// Play what was gathered; `answers` tells it, all but the phase. Valid until the next tw_overlap_gather.
int tw_overlap_play(tw_overlap *overlap, const tw_issue *issue, tw_engine *engine, tw_answers *answers,
                    tw_error *error);

#ifdef __cplusplus
}
#endif
#endif
