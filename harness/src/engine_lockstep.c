// The engine that is the model and the RTL in lockstep. A difference is told in full on stderr.
#include "engine_methods.h"
#include "lockstep.h"

#include <stdlib.h>

typedef struct tw_engine_lockstep {
  tw_engine engine;
  tw_lockstep *lockstep;
} tw_engine_lockstep;

static tw_lockstep *lockstep_of(const tw_engine *engine) { return ((const tw_engine_lockstep *)engine)->lockstep; }

static void close_lockstep(tw_engine *engine) {
  tw_lockstep_close(lockstep_of(engine));
  free(engine);
}

static int renew_memory(tw_engine *engine, tw_error *error) {
  return tw_lockstep_renew_memory(lockstep_of(engine), error);
}

static int cool_memory(tw_engine *engine, tw_error *error) {
  return tw_lockstep_cool_memory(lockstep_of(engine), error);
}

static int set_registers(tw_engine *engine, const tw_registers *registers, tw_error *error) {
  return tw_lockstep_set_registers(lockstep_of(engine), registers, error);
}

static int load(tw_engine *engine, uint64_t pa, const void *data, uint64_t bytes, tw_error *error) {
  return tw_lockstep_load(lockstep_of(engine), pa, data, bytes, error);
}

static uint64_t peek(const tw_engine *engine, uint64_t pa) {
  return tw_memory_read(lockstep_of(engine)->model.memory, pa);
}

static int replay(tw_engine *engine, const tw_request *requests, size_t count, tw_response *responses,
                  tw_error *error) {
  return tw_lockstep_replay(lockstep_of(engine), requests, count, responses, error);
}

static int play(tw_engine *engine, const tw_play *play, tw_error *error) {
  return tw_lockstep_play(lockstep_of(engine), play, error);
}

static int maintain(tw_engine *engine, const tw_tlbi *tlbi, tw_response *response, tw_error *error) {
  return tw_lockstep_maintain(lockstep_of(engine), tlbi, response, error);
}

static void syndrome(const tw_engine *engine, uint64_t *par, uint32_t *esr) {
  const tw_lockstep *lockstep = lockstep_of(engine);
  *par = lockstep->last.par;
  *esr = lockstep->last.esr;
}

static int counters(tw_engine *engine, tw_counters *counters, tw_error *error) {
  (void)error;
  *counters = *tw_mmu_counters(lockstep_of(engine)->model.mmu);
  return 0;
}

static int finish(tw_engine *engine, tw_error *error) { return tw_lockstep_finish(lockstep_of(engine), error); }
static tw_compared compared(const tw_engine *engine) { return lockstep_of(engine)->compared; }
static tw_difference differed(const tw_engine *engine) { return lockstep_of(engine)->difference.kind; }

tw_engine *tw_engine_lockstep_open(const tw_core *core, const tw_engine_options *options, tw_error *error) {
  static const tw_engine_methods methods = {.close = close_lockstep,
                                            .renew_memory = renew_memory,
                                            .cool_memory = cool_memory,
                                            .set_registers = set_registers,
                                            .load = load,
                                            .peek = peek,
                                            .replay = replay,
                                            .play = play,
                                            .maintain = maintain,
                                            .syndrome = syndrome,
                                            .counters = counters,
                                            .finish = finish,
                                            .compared = compared,
                                            .differed = differed};
  const tw_platform_options platform = {.variant = options->variant, .fault = options->fault, .fst = options->fst};
  tw_engine_lockstep *self = calloc(1, sizeof *self);
  if (!self) {
    tw_fail(error, "out of memory");
    return NULL;
  }
  self->engine.methods = &methods;
  self->lockstep = tw_lockstep_open(core, &platform, stderr, error);
  if (self->lockstep)
    return &self->engine;
  free(self);
  return NULL;
}
