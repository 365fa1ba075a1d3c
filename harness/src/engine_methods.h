// What an engine of a kind has to do. engine.c calls these; engine_model.c, engine_rtl.c and engine_lockstep.c are
// them.
#ifndef HARNESS_ENGINE_METHODS_H
#define HARNESS_ENGINE_METHODS_H

#include <harness/engine.h>

typedef struct tw_engine_methods {
  bool has_x86; ///< can be given registers of TW_REGIME_X86
  void (*close)(tw_engine *engine);
  int (*renew_memory)(tw_engine *engine, tw_error *error);
  int (*cool_memory)(tw_engine *engine, tw_error *error);
  int (*set_registers)(tw_engine *engine, const tw_registers *registers, tw_error *error);
  int (*load)(tw_engine *engine, uint64_t pa, const void *data, uint64_t bytes, tw_error *error);
  uint64_t (*peek)(const tw_engine *engine, uint64_t pa); ///< the 8 bytes there, `pa` being aligned
  int (*replay)(tw_engine *engine, const tw_request *requests, size_t count, tw_response *responses, tw_error *error);
  int (*play)(tw_engine *engine, const tw_play *play, tw_error *error);
  size_t (*replay_stream)(tw_engine *engine, const tw_stream *stream, size_t count, uint64_t *pa, tw_response *last,
                          uint64_t *cycles); ///< or NULL
  int (*maintain)(tw_engine *engine, const tw_tlbi *tlbi, tw_response *response, tw_error *error);
  void (*syndrome)(const tw_engine *engine, uint64_t *par, uint32_t *esr);
  int (*counters)(tw_engine *engine, tw_counters *counters, tw_error *error);
  int (*finish)(tw_engine *engine, tw_error *error);
  tw_compared (*compared)(const tw_engine *engine);
  tw_difference (*differed)(const tw_engine *engine);
} tw_engine_methods;

/// The head of each kind's own struct.
struct tw_engine {
  const tw_engine_methods *methods;
  uint32_t pa_bits;        ///< of the core
  bool used_el2, used_x86; ///< registers of such a regime have been set: its translations may be held
};

tw_engine *tw_engine_model_open(const tw_core *core, tw_error *error);
tw_engine *tw_engine_rtl_open(const tw_core *core, const tw_engine_options *options, tw_error *error);
tw_engine *tw_engine_lockstep_open(const tw_core *core, const tw_engine_options *options, tw_error *error);

/// Methods of the kinds that compare nothing.
int tw_engine_finish_nothing(tw_engine *engine, tw_error *error);
tw_compared tw_engine_compared_nothing(const tw_engine *engine);
tw_difference tw_engine_differed_nothing(const tw_engine *engine);

/// 0 when both configurations of `core` can be built.
int tw_core_check(const tw_core *core, tw_error *error);

#endif
