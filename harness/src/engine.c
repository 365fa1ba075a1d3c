// The public face of the engines: what all kinds have in common.
#include "engine_methods.h"

#include <inttypes.h>

static tw_engine *open_kind(const tw_core *core, const tw_engine_options *options, tw_error *error) {
  switch (options->kind) {
  case TW_ENGINE_MODEL:
    return tw_engine_model_open(core, error);
  case TW_ENGINE_RTL:
    return tw_engine_rtl_open(core, options, error);
  case TW_ENGINE_LOCKSTEP:
    return tw_engine_lockstep_open(core, options, error);
  }
  tw_fail(error, "engine kind is %d, expected 0 to 2", (int)options->kind);
  return NULL;
}

tw_engine *tw_engine_open(const tw_core *core, const tw_engine_options *options, tw_error *error) {
  tw_engine *engine = tw_core_check(core, error) ? NULL : open_kind(core, options, error);
  if (engine)
    engine->pa_bits = core->mmu.pa_bits;
  return engine;
}

void tw_engine_close(tw_engine *engine) {
  if (engine)
    engine->methods->close(engine);
}

int tw_core_check(const tw_core *core, tw_error *error) {
  tw_config_error wrong;
  if (!tw_mmu_config_check(&core->mmu, &wrong) && !tw_memory_config_check(&core->memory, &wrong))
    return 0;
  return tw_fail(error, "core %s: %s is %" PRIu64 ", expected %s", core->name, wrong.parameter, wrong.found,
                 wrong.expected);
}

static int drop_all(tw_engine *engine, unsigned op, tw_error *error) {
  const tw_tlbi all = {.op = (uint8_t)op};
  tw_response done;
  return engine->methods->maintain(engine, &all, &done, error);
}

// One TLBI for each group of regimes whose translations may be held.
static int drop_translations(tw_engine *engine, tw_error *error) {
  if (drop_all(engine, TW_TLBI_ALL, error))
    return -1;
  if (engine->used_el2 && drop_all(engine, TW_TLBI_ALL | TW_TLBI_EL2, error))
    return -1;
  return engine->used_x86 ? drop_all(engine, TW_TLBI_ALL | TW_TLBI_X86, error) : 0;
}

int tw_engine_clear(tw_engine *engine, tw_error *error) {
  const tw_registers zero = {0};
  if (drop_translations(engine, error))
    return -1;
  if (engine->methods->set_registers(engine, &zero, error))
    return -1;
  return engine->methods->renew_memory(engine, error);
}

int tw_engine_cool(tw_engine *engine, tw_error *error) {
  if (drop_translations(engine, error))
    return -1;
  return engine->methods->cool_memory(engine, error);
}

int tw_engine_suits(const tw_engine *engine, const tw_registers *registers, tw_error *error) {
  bool alone = registers->regime == TW_REGIME_EL2; // TCR_EL2 without E2H has DS elsewhere
  bool aarch64 = registers->regime != TW_REGIME_PL10 && registers->regime != TW_REGIME_X86;
  if (!aarch64 || engine->pa_bits == 52 || !(registers->tcr >> (alone ? 32 : 59) & 1))
    return 0;
  return tw_fail(error,
                 "found TCR.DS, expected a core with FEAT_LPA2 (pa_bits: 52; here it is %" PRIu32
                 "): its kernel has addresses of 52 bits",
                 engine->pa_bits);
}

int tw_engine_set_registers(tw_engine *engine, const tw_registers *registers, tw_error *error) {
  if (registers->regime > TW_REGIME_X86)
    return tw_fail(error, "registers: found regime %u, expected 0 to %d", registers->regime, TW_REGIME_X86);
  if (registers->regime == TW_REGIME_X86 && !engine->methods->has_x86)
    return tw_fail(error,
                   "registers: found regime 4 (x86-64), expected one that the RTL has: the C model alone has it");
  engine->used_el2 |= registers->regime == TW_REGIME_EL2 || registers->regime == TW_REGIME_EL20;
  engine->used_x86 |= registers->regime == TW_REGIME_X86;
  return engine->methods->set_registers(engine, registers, error);
}

int tw_engine_load(tw_engine *engine, uint64_t pa, const void *data, uint64_t bytes, tw_error *error) {
  if (pa % 8 || bytes % 8)
    return tw_fail(error, "load of %" PRIu64 " bytes at 0x%" PRIx64 ": expected multiples of 8", bytes, pa);
  return engine->methods->load(engine, pa, data, bytes, error);
}

int tw_engine_write(tw_engine *engine, uint64_t pa, uint64_t value, tw_error *error) {
  uint8_t bytes[8];
  for (unsigned i = 0; i < 8; i++)
    bytes[i] = (uint8_t)(value >> (8 * i));
  return tw_engine_load(engine, pa, bytes, sizeof bytes, error);
}

int tw_engine_write_word(tw_engine *engine, uint64_t pa, uint32_t value, tw_error *error) {
  if (pa % 4)
    return tw_fail(error, "write of 4 bytes at 0x%" PRIx64 ": expected a multiple of 4", pa);
  unsigned shift = pa & 4 ? 32 : 0;
  uint64_t other = engine->methods->peek(engine, pa & ~7ULL) & ~(0xffffffffULL << shift);
  return tw_engine_write(engine, pa & ~7ULL, other | (uint64_t)value << shift, error);
}

uint64_t tw_engine_read(const tw_engine *engine, uint64_t pa) { return engine->methods->peek(engine, pa); }

int tw_engine_replay(tw_engine *engine, const tw_request *requests, size_t count, tw_response *responses,
                     tw_error *error) {
  return engine->methods->replay(engine, requests, count, responses, error);
}

int tw_engine_play(tw_engine *engine, const tw_play *play, tw_error *error) {
  if (play->window < 1 || play->window > TW_WINDOW_MAX)
    return tw_fail(error, "a play's window is %" PRIu32 ", expected 1 to %d", play->window, TW_WINDOW_MAX);
  return play->count ? engine->methods->play(engine, play, error) : 0;
}

size_t tw_engine_replay_stream(tw_engine *engine, const tw_stream *stream, size_t count, uint64_t *pa,
                               tw_response *fault, uint64_t *cycles) {
  const tw_engine_methods *methods = engine->methods;
  return methods->replay_stream ? methods->replay_stream(engine, stream, count, pa, fault, cycles) : 0;
}

int tw_engine_maintain(tw_engine *engine, const tw_tlbi *tlbi, tw_response *response, tw_error *error) {
  return engine->methods->maintain(engine, tlbi, response, error);
}

void tw_engine_syndrome(const tw_engine *engine, uint64_t *par, uint32_t *esr) {
  engine->methods->syndrome(engine, par, esr);
}

int tw_engine_counters(tw_engine *engine, tw_counters *counters, tw_error *error) {
  return engine->methods->counters(engine, counters, error);
}

int tw_engine_finish(tw_engine *engine, tw_error *error) { return engine->methods->finish(engine, error); }
tw_compared tw_engine_compared(const tw_engine *engine) { return engine->methods->compared(engine); }
tw_difference tw_engine_differed(const tw_engine *engine) { return engine->methods->differed(engine); }

int tw_engine_finish_nothing(tw_engine *engine, tw_error *error) {
  (void)engine;
  (void)error;
  return 0;
}

tw_compared tw_engine_compared_nothing(const tw_engine *engine) {
  (void)engine;
  return (tw_compared){0};
}

tw_difference tw_engine_differed_nothing(const tw_engine *engine) {
  (void)engine;
  return TW_SAME;
}
