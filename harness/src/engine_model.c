// The engine that is the C model alone.
#include "engine_methods.h"
#include "model_side.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct tw_engine_model {
  tw_engine engine;
  tw_model_side side;
  tw_response last; ///< of tw_engine_replay
} tw_engine_model;

static tw_engine_model *self_of(tw_engine *engine) { return (tw_engine_model *)engine; }

static void close_model(tw_engine *engine) {
  tw_model_side_close(&self_of(engine)->side);
  free(engine);
}

static int renew_memory(tw_engine *engine, tw_error *error) {
  return tw_model_side_renew_memory(&self_of(engine)->side, error);
}

static int cool_memory(tw_engine *engine, tw_error *error) {
  (void)error;
  tw_memory_cool(self_of(engine)->side.memory);
  return 0;
}

static int set_registers(tw_engine *engine, const tw_registers *registers, tw_error *error) {
  return tw_model_side_set_registers(&self_of(engine)->side, registers, error);
}

static int load(tw_engine *engine, uint64_t pa, const void *data, uint64_t bytes, tw_error *error) {
  if (!tw_memory_load(self_of(engine)->side.memory, pa, data, bytes))
    return 0;
  return tw_fail(error, "out of memory: load of %" PRIu64 " bytes at 0x%" PRIx64, bytes, pa);
}

static uint64_t peek(const tw_engine *engine, uint64_t pa) {
  return tw_memory_read(((const tw_engine_model *)engine)->side.memory, pa);
}

static int replay(tw_engine *engine, const tw_request *requests, size_t count, tw_response *responses,
                  tw_error *error) {
  (void)error;
  tw_engine_model *self = self_of(engine);
  tw_mmu_replay(self->side.mmu, requests, count, responses);
  if (count)
    self->last = responses[count - 1];
  return 0;
}

static int play(tw_engine *engine, const tw_play *play, tw_error *error) {
  return tw_mmu_play(self_of(engine)->side.mmu, play) ? tw_fail(error, "a play can't begin: requests are in flight")
                                                      : 0;
}

static size_t replay_stream(tw_engine *engine, const tw_stream *stream, size_t count, uint64_t *pa, tw_response *fault,
                            uint64_t *cycles) {
  tw_mmu *mmu = self_of(engine)->side.mmu;
  uint64_t before = tw_mmu_now(mmu);
  size_t played = tw_mmu_replay_stream(mmu, stream, count, pa, fault);
  *cycles += tw_mmu_now(mmu) - before;
  return played;
}

static int maintain(tw_engine *engine, const tw_tlbi *tlbi, tw_response *response, tw_error *error) {
  (void)error;
  tw_mmu_maintain(self_of(engine)->side.mmu, tlbi, response);
  return 0;
}

static void syndrome(const tw_engine *engine, uint64_t *par, uint32_t *esr) {
  const tw_engine_model *self = (const tw_engine_model *)engine;
  *par = tw_par(&self->last);
  *esr = tw_esr(&self->last);
}

static int counters(tw_engine *engine, tw_counters *counters, tw_error *error) {
  (void)error;
  *counters = *tw_mmu_counters(self_of(engine)->side.mmu);
  return 0;
}

tw_engine *tw_engine_model_open(const tw_core *core, tw_error *error) {
  static const tw_engine_methods methods = {.has_x86 = true,
                                            .close = close_model,
                                            .renew_memory = renew_memory,
                                            .cool_memory = cool_memory,
                                            .set_registers = set_registers,
                                            .load = load,
                                            .peek = peek,
                                            .replay = replay,
                                            .play = play,
                                            .replay_stream = replay_stream,
                                            .maintain = maintain,
                                            .syndrome = syndrome,
                                            .counters = counters,
                                            .finish = tw_engine_finish_nothing,
                                            .compared = tw_engine_compared_nothing,
                                            .differed = tw_engine_differed_nothing};
  tw_engine_model *self = calloc(1, sizeof *self);
  if (!self) {
    tw_fail(error, "out of memory");
    return NULL;
  }
  self->engine.methods = &methods;
  if (!tw_model_side_open(&self->side, core, NULL, error))
    return &self->engine;
  free(self);
  return NULL;
}
