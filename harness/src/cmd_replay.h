// What `run` and `cosim` have in common: traces played one after the other through one engine, a line each.
#ifndef HARNESS_CMD_REPLAY_H
#define HARNESS_CMD_REPLAY_H

#include "cmd.h"

#include <harness/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Play all traces of the command line and report. Gives the exit status.
int tw_replay_command(const tw_command *command, tw_engine_kind kind, int argc, char **argv);

#ifdef __cplusplus
}
#endif
#endif
