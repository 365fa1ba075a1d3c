// A replay on x86-64 tables in place of the trace's own: between replay.c and x86_tables.h.
#ifndef HARNESS_REPLAY_X86_H
#define HARNESS_REPLAY_X86_H

#include "x86_tables.h"

#include <harness/replay.h>

#ifdef __cplusplus
extern "C" {
#endif

/// All 0 before tw_replay_x86_open; `tables` is NULL where the trace's own tables are played.
typedef struct tw_replay_x86 {
  tw_engine *engine;
  tw_x86_tables *tables;
  tw_replay_result *result;
  uint64_t *va; ///< of a batch, where the tables have them
  size_t room;
} tw_replay_x86;

int tw_replay_x86_open(tw_replay_x86 *x86, tw_engine *engine, const tw_replay_options *options,
                       tw_replay_result *result, tw_error *error);
void tw_replay_x86_close(tw_replay_x86 *x86);

/// Make the tables for the Arm registers, drop all translations, and use them.
int tw_replay_x86_set_registers(tw_replay_x86 *x86, const tw_registers *arm, tw_error *error);
/// Play what an Arm TLBI becomes; adds its cycles to the result.
int tw_replay_x86_maintain(tw_replay_x86 *x86, const tw_tlbi *tlbi, tw_error *error);
/// Give the batch's addresses as the tables have them.
int tw_replay_x86_place(tw_replay_x86 *x86, tw_batch *batch, tw_error *error);

#ifdef __cplusplus
}
#endif
#endif
