// The engine that is the RTL alone, on the SystemC platform.
#include "engine_methods.h"

#include <inttypes.h>
#include <platform.h>
#include <stdlib.h>

enum { TW_CHUNK = 1024 };

typedef struct tw_engine_rtl {
  tw_engine engine;
  tw_platform *platform;
  tw_platform_syndrome syndromes[TW_CHUNK];
  tw_platform_syndrome last; ///< of tw_engine_replay
} tw_engine_rtl;

static tw_engine_rtl *self_of(tw_engine *engine) { return (tw_engine_rtl *)engine; }

static int pass_on(const tw_engine_rtl *self, int failed, tw_error *error) {
  return failed ? tw_fail(error, "%s", tw_platform_error(self->platform)) : 0;
}

static void close_rtl(tw_engine *engine) {
  tw_engine_rtl *self = self_of(engine);
  tw_platform_end_waves(self->platform, true);
  tw_platform_close(self->platform);
  free(self);
}

static int renew_memory(tw_engine *engine, tw_error *error) {
  tw_engine_rtl *self = self_of(engine);
  return pass_on(self, tw_platform_renew_memory(self->platform), error);
}

static int cool_memory(tw_engine *engine, tw_error *error) {
  (void)error;
  tw_memory_cool(tw_platform_memory(self_of(engine)->platform));
  return 0;
}

/// One idle cycle first: a response may still stand at the port in this one; and prefetches go on for a while.
static int set_registers(tw_engine *engine, const tw_registers *registers, tw_error *error) {
  tw_engine_rtl *self = self_of(engine);
  tw_platform_run_until(self->platform, tw_platform_now(self->platform) + 1);
  tw_platform_settle(self->platform);
  return pass_on(self, tw_platform_set_registers(self->platform, registers), error);
}

static int load(tw_engine *engine, uint64_t pa, const void *data, uint64_t bytes, tw_error *error) {
  if (!tw_memory_load(tw_platform_memory(self_of(engine)->platform), pa, data, bytes))
    return 0;
  return tw_fail(error, "out of memory: load of %" PRIu64 " bytes at 0x%" PRIx64, bytes, pa);
}

static uint64_t peek(const tw_engine *engine, uint64_t pa) {
  return tw_memory_read(tw_platform_memory(((const tw_engine_rtl *)engine)->platform), pa);
}

static int replay(tw_engine *engine, const tw_request *requests, size_t count, tw_response *responses,
                  tw_error *error) {
  tw_engine_rtl *self = self_of(engine);
  for (size_t done = 0; done < count;) {
    size_t chunk = count - done < TW_CHUNK ? count - done : TW_CHUNK;
    if (tw_platform_replay(self->platform, requests + done, chunk, responses + done, self->syndromes))
      return pass_on(self, -1, error);
    self->last = self->syndromes[chunk - 1];
    done += chunk;
  }
  return 0;
}

static int play(tw_engine *engine, const tw_play *play, tw_error *error) {
  tw_engine_rtl *self = self_of(engine);
  return pass_on(self, tw_platform_play(self->platform, play, NULL), error);
}

static int maintain(tw_engine *engine, const tw_tlbi *tlbi, tw_response *response, tw_error *error) {
  tw_engine_rtl *self = self_of(engine);
  return pass_on(self, tw_platform_maintain(self->platform, tlbi, response, NULL), error);
}

static void syndrome(const tw_engine *engine, uint64_t *par, uint32_t *esr) {
  const tw_engine_rtl *self = (const tw_engine_rtl *)engine;
  *par = self->last.par;
  *esr = self->last.esr;
}

/// Counted at the end of the last response's cycle: that cycle passes first.
static int counters(tw_engine *engine, tw_counters *counters, tw_error *error) {
  (void)error;
  tw_engine_rtl *self = self_of(engine);
  tw_platform_run_until(self->platform, tw_platform_now(self->platform) + 1);
  tw_platform_counters(self->platform, counters);
  return 0;
}

tw_engine *tw_engine_rtl_open(const tw_core *core, const tw_engine_options *options, tw_error *error) {
  static const tw_engine_methods methods = {.close = close_rtl,
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
                                            .finish = tw_engine_finish_nothing,
                                            .compared = tw_engine_compared_nothing,
                                            .differed = tw_engine_differed_nothing};
  const tw_platform_options platform = {.variant = options->variant, .fault = options->fault, .fst = options->fst};
  tw_engine_rtl *self = calloc(1, sizeof *self);
  if (!self) {
    tw_fail(error, "out of memory");
    return NULL;
  }
  self->engine.methods = &methods;
  self->platform = tw_platform_open(&core->mmu, &core->memory, &platform, error);
  if (self->platform)
    return &self->engine;
  free(self);
  return NULL;
}
