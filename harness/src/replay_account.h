// What answers come to in the result of a replay: counts, and each PA held against the machine's.
#ifndef HARNESS_REPLAY_ACCOUNT_H
#define HARNESS_REPLAY_ACCOUNT_H

#include <harness/replay.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Count a run of answers. `pa`: the machine's addresses; NULL: not known.
void tw_replay_account(tw_replay_result *result, const tw_answers *answers, const uint64_t *pa);

/// A run of `count` accesses that hit without a fault, of which the addresses found are all there is.
typedef struct tw_hits {
  uint64_t first;           ///< number of the first access in the trace
  const uint64_t *va;       //
  const uint8_t *info;      ///< TW_INFO_*
  const uint64_t *pa_found; //
  size_t count;
} tw_hits;
/// Hold their addresses against the machine's, `pa`.
void tw_replay_account_hits(tw_replay_result *result, const tw_hits *hits, const uint64_t *pa);

#ifdef __cplusplus
}
#endif
#endif
