// An engine answers requests: the C model, the RTL on the SystemC platform, or both in lockstep. Each side of a
// lockstep has its own memory; what is loaded or written goes to both.
//
// Every function that returns int gives 0, or -1 with `error`. In lockstep -1 also means: the sides differed (see
// tw_engine_differed); the text holds both sides.
#ifndef HARNESS_ENGINE_H
#define HARNESS_ENGINE_H

#include <harness/core.h>
#include <stdbool.h>
#include <tablewalk/memory.h>
#include <tablewalk/mmu.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_engine tw_engine;

typedef enum tw_engine_kind { TW_ENGINE_MODEL, TW_ENGINE_RTL, TW_ENGINE_LOCKSTEP } tw_engine_kind;

typedef struct tw_engine_options {
  tw_engine_kind kind;
  const char *fst;     ///< file that a difference's window of waves is written to; NULL: none
  const char *variant; ///< RTL build to use ("tiny-faulty"); NULL: the first that fits the core
  unsigned fault;      ///< deliberate fault to switch on, in a faulty build alone; 0: none
} tw_engine_options;

/// Build an engine. NULL and `error`: the core is wrong, or no RTL build has its geometry (the parameter is named).
tw_engine *tw_engine_open(const tw_core *core, const tw_engine_options *options, tw_error *error);
void tw_engine_close(tw_engine *engine);

/// Empty TLBs, empty memory, cold caches, registers 0. Time goes on.
int tw_engine_clear(tw_engine *engine, tw_error *error);
/// Empty TLBs, walk caches and IPA cache (a TLBI of everything) and cold memory caches; the image and the registers
/// stay.
int tw_engine_cool(tw_engine *engine, tw_error *error);
/// 0; -1 and `error`: `registers` were written for a core that can more than this one, which would ignore what it does
/// not know and translate nothing as it was meant (TCR.DS of FEAT_LPA2).
int tw_engine_suits(const tw_engine *engine, const tw_registers *registers, tw_error *error);
/// -1 too: the RTL has no x86-64 regime.
int tw_engine_set_registers(tw_engine *engine, const tw_registers *registers, tw_error *error);
/// Write table bytes: `bytes` a multiple of 8 at `pa`.
int tw_engine_load(tw_engine *engine, uint64_t pa, const void *data, uint64_t bytes, tw_error *error);
/// Software writes one descriptor of 8 bytes.
int tw_engine_write(tw_engine *engine, uint64_t pa, uint64_t value, tw_error *error);
/// Software writes one descriptor of 4 bytes.
int tw_engine_write_word(tw_engine *engine, uint64_t pa, uint32_t value, tw_error *error);

/// The 8 bytes at `pa`, a multiple of 8, as they stand.
uint64_t tw_engine_read(const tw_engine *engine, uint64_t pa);

/// One request after the other, each offered in the cycle of the response before it; see tw_mmu_replay.
int tw_engine_replay(tw_engine *engine, const tw_request *requests, size_t count, tw_response *responses,
                     tw_error *error);
/// Requests that overlap: see tw_mmu_play. Nothing else must be in flight.
int tw_engine_play(tw_engine *engine, const tw_play *play, tw_error *error);
/// The accesses from the stream's first on up to the first that faults, without a response each: see
/// tw_mmu_replay_stream. Their cycles are added to `cycles`. The model alone can: 0 from the other kinds, which need
/// every response.
size_t tw_engine_replay_stream(tw_engine *engine, const tw_stream *stream, size_t count, uint64_t *pa,
                               tw_response *fault, uint64_t *cycles);
int tw_engine_maintain(tw_engine *engine, const tw_tlbi *tlbi, tw_response *response, tw_error *error);
/// PAR and ESR (FSR) of the last response of tw_engine_replay as this engine's own side formed them (the RTL's own
/// outputs on TW_ENGINE_RTL).
void tw_engine_syndrome(const tw_engine *engine, uint64_t *par, uint32_t *esr);

/// Counters: the model's, or the RTL's on TW_ENGINE_RTL. In lockstep tw_engine_finish has compared them.
int tw_engine_counters(tw_engine *engine, tw_counters *counters, tw_error *error);

/// What has been compared in lockstep; all 0 for one side alone.
typedef struct tw_compared {
  uint64_t accesses, cycles, walks, memory_reads, maintenance, counters;
} tw_compared;
tw_compared tw_engine_compared(const tw_engine *engine);

/// What kind of difference stopped a lockstep.
typedef enum tw_difference {
  TW_SAME = 0,
  TW_DIFFERENT_CYCLE,  ///< of a response
  TW_DIFFERENT_ANSWER, ///< PA, attributes, size, PAR, ESR, HPFAR
  TW_DIFFERENT_FAULT,
  TW_DIFFERENT_FOUND,
  TW_DIFFERENT_MEMORY, ///< a memory access of the walker: cycle, address, level, stage, kind, size or data
  TW_DIFFERENT_COUNTER,
} tw_difference;
tw_difference tw_engine_differed(const tw_engine *engine);

/// The end of a lockstep: compares the counters. -1 when nothing was compared at all.
int tw_engine_finish(tw_engine *engine, tw_error *error);

#ifdef __cplusplus
}
#endif
#endif
