// The RTL behind a C API: one Verilated MMU and a memory of its own, in a SystemC simulation.
//
// Requests, responses and time mean what they mean in <tablewalk/mmu.h>: cycle 0 is the first cycle after reset in
// which the MMU is ready, the functions below behave as those of the same name there. Every response also carries PAR,
// ESR (or FSR) and HPFAR as the RTL's own outputs told them.
//
// Functions that return int give 0, or -1 with tw_platform_error.
#ifndef HARNESS_PLATFORM_H
#define HARNESS_PLATFORM_H

#include <stddef.h>
#include <stdint.h>
#include <tablewalk/memory.h>
#include <tablewalk/mmu.h>
#include <traces/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_platform tw_platform;

typedef struct tw_platform_options {
  const char *variant; ///< name of an RTL build; NULL: the first without faults that has the geometry
  unsigned fault;      ///< deliberate fault to switch on (rtl/FAULTS.md), in a build with FAULTS alone; 0: none
  const char *fst;     ///< waves go into this file; NULL: none
} tw_platform_options;

/// NULL and `error`: no RTL build has this geometry (parameter, found and built values are named), or a configuration
/// is wrong. The caller owns the platform.
tw_platform *tw_platform_open(const tw_mmu_config *config, const tw_memory_config *memory,
                              const tw_platform_options *options, tw_error *error);
void tw_platform_close(tw_platform *platform);
/// Text of the last error.
const char *tw_platform_error(const tw_platform *platform);
/// Name of the RTL build that runs.
const char *tw_platform_variant(const tw_platform *platform);
/// The names of the RTL builds there are: NULL when `index` is past the last.
const char *tw_platform_built(size_t index);

/// The sizes that an RTL build has fixed go to `config`, the rest of it stays. -1 and `error`: there is no such build.
int tw_platform_geometry(const char *variant, tw_mmu_config *config, tw_error *error);

/// A prefetch that waits to begin is dropped. -1: requests or prefetches are in flight, or a regime that the RTL does
/// not have (x86-64).
int tw_platform_set_registers(tw_platform *platform, const tw_registers *registers);
/// -1: the port still holds one.
int tw_platform_submit(tw_platform *platform, const tw_request *request);
int tw_platform_submit_tlbi(tw_platform *platform, const tw_tlbi *tlbi);
void tw_platform_run_until(tw_platform *platform, uint64_t cycle);
uint64_t tw_platform_now(const tw_platform *platform);
/// Something has been offered and not answered.
bool tw_platform_busy(const tw_platform *platform);
/// With prefetch on: let time pass until no prefetch is under way, nor waits to begin. Else nothing.
void tw_platform_settle(tw_platform *platform);

/// PAR, ESR (AArch32 stage 1: FSR) and HPFAR of one response.
typedef struct tw_platform_syndrome {
  uint64_t par, hpfar;
  uint32_t esr;
} tw_platform_syndrome;

/// Take up to `max` responses whose cycle has come. `syndromes` may be NULL.
size_t tw_platform_collect(tw_platform *platform, tw_response *responses, tw_platform_syndrome *syndromes, size_t max);

/// `count` requests one after the other, as tw_mmu_replay. `syndromes` may be NULL. -1: the RTL does not answer.
int tw_platform_replay(tw_platform *platform, const tw_request *requests, size_t count, tw_response *responses,
                       tw_platform_syndrome *syndromes);
/// One TLBI likewise.
int tw_platform_maintain(tw_platform *platform, const tw_tlbi *tlbi, tw_response *response,
                         tw_platform_syndrome *syndrome);
/// Requests that overlap, as tw_mmu_play. `syndromes` ([count], in the order of the requests) may be NULL. -1: the RTL
/// does not answer, or requests are in flight.
int tw_platform_play(tw_platform *platform, const tw_play *play, tw_platform_syndrome *syndromes);
/// When the miss channel takes responses, as tw_mmu_set_response_port.
void tw_platform_set_response_port(tw_platform *platform, tw_response_port port);

/// One memory access by the walker.
typedef tw_mem_request tw_platform_access;

/// Keep a log of memory accesses from now on, or stop. Off at first.
void tw_platform_log(tw_platform *platform, bool on);
/// Take up to `max` accesses from the log, oldest first.
size_t tw_platform_drain(tw_platform *platform, tw_platform_access *accesses, size_t max);

/// The RTL's counters, as they stand.
void tw_platform_counters(tw_platform *platform, tw_counters *counters);

/// The memory behind the walker; it belongs to the platform.
tw_memory *tw_platform_memory(tw_platform *platform);
/// The walker's accesses go to `port` from now on, until the memory is renewed: a port that stands before the memory's
/// own and lives as long.
void tw_platform_interpose(tw_platform *platform, tw_memory_port port);
/// Put a new, empty memory in its place. -1: the host's memory ran out.
int tw_platform_renew_memory(tw_platform *platform);

/// Cycles of waves in one file. Waves go alternately into `fst` and `fst`.other, each overwritten when its turn comes
/// again: the last TW_PLATFORM_FST_CYCLES at least are kept.
enum { TW_PLATFORM_FST_CYCLES = 1 << 15 };
/// Stop the waves. keep: `fst` holds the last window and `fst`.before the one before it; else both files are removed.
void tw_platform_end_waves(tw_platform *platform, bool keep);

#ifdef __cplusplus
}
#endif
#endif
