// The MMU: requests in, responses out, every one at its exact cycle.
//
// The caller offers requests at the ports (data, fetch, maintenance, outside maintenance; each holds one request until
// it is accepted) and lets time pass with tw_mmu_run_until. Many requests are under way at once. Time is not stepped:
// the model goes from one event to the next. It gives the same responses at the same cycles as the RTL in rtl/, by the
// rules of rtl/README.md.
//
//   tw_mmu *mmu = tw_mmu_create(&config, port);
//   tw_mmu_set_registers(mmu, &registers);
//   tw_mmu_submit(mmu, &request);
//   tw_mmu_run_until(mmu, cycle);
//   while (tw_mmu_collect(mmu, &response, 1)) ...
//
// A replay that has one request after the other takes the short way: tw_mmu_translate. (With translation prefetch on
// there is none: it takes as long as a play.)
#ifndef TABLEWALK_MMU_H
#define TABLEWALK_MMU_H

#include <stddef.h>
#include <tablewalk/config.h>
#include <tablewalk/counters.h>
#include <tablewalk/memory_port.h>
#include <tablewalk/request.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_mmu tw_mmu;

/// The translation regime that requests are made in.
typedef enum tw_regime_kind {
  TW_REGIME_EL10 = 0, ///< EL1&0, AArch64: VMSAv8-64, stage 2 by HCR_EL2
  TW_REGIME_EL2 = 1,  ///< EL2 with E2H = 0
  TW_REGIME_EL20 = 2, ///< EL2&0 (E2H = 1): TCR_EL2 is laid out as TCR_EL1
  TW_REGIME_PL10 = 3, ///< PL1&0, AArch32: short descriptors or LPAE by TTBCR.EAE
  TW_REGIME_X86 = 4,  ///< x86-64: model only, for comparison
} tw_regime_kind;

/// System registers of one translation regime, in the Arm manual's formats. What a regime does not have is 0.
typedef struct tw_registers {
  uint64_t sctlr;      ///< SCTLR_EL1, SCTLR_EL2, SCTLR; x86: CR0
  uint64_t tcr;        ///< TCR_EL1, TCR_EL2, TTBCR; x86: CR4
  uint64_t ttbr0;      ///< TTBR0 of the regime; x86: CR3
  uint64_t ttbr1;      ///< TTBR1
  uint64_t mair;       ///< MAIR_ELx; AArch32: MAIR1:MAIR0, or NMRR:PRRR without EAE; x86: EFER
  uint64_t hcr;        ///< HCR_EL2, HCR
  uint64_t vtcr;       ///< VTCR_EL2, VTCR
  uint64_t vttbr;      ///< VTTBR_EL2, VTTBR
  uint32_t contextidr; ///< AArch32: bits 7:0 are the ASID with short descriptors
  uint32_t dacr;       ///< AArch32 short descriptors
  uint8_t regime;      ///< tw_regime_kind
  uint8_t ee2;         ///< SCTLR_EL2.EE (HSCTLR.EE): stage 2 tables are big-endian
} tw_registers;

/// A new MMU at cycle 0 with empty TLBs and all registers 0 (stage 1 off). NULL: `config` fails tw_mmu_config_check, or
/// memory ran out. The caller owns it; `port` must outlive it.
tw_mmu *tw_mmu_create(const tw_mmu_config *config, tw_memory_port port);
void tw_mmu_destroy(tw_mmu *mmu);

/// When the miss channel takes responses: `open_at` tells the first cycle, from `cycle` on, in which it does. NULL:
/// every cycle. Context is handed to it unread. Set it when nothing is in flight.
typedef struct tw_response_port {
  uint64_t (*open_at)(void *context, uint64_t cycle);
  void *context;
} tw_response_port;
void tw_mmu_set_response_port(tw_mmu *mmu, tw_response_port port);

/// Change the registers, as after a context synchronisation event. TLBs are not touched; a prefetch that waits to begin
/// is dropped. 0; -1: requests or prefetches are in flight. Prefetches go on when all requests have been answered: time
/// must pass, until tw_mmu_next_event is UINT64_MAX at the latest.
int tw_mmu_set_registers(tw_mmu *mmu, const tw_registers *registers);

/// Offer a request at its port. 0; -1: the port still holds one. request->cycle must not lie before tw_mmu_now.
int tw_mmu_submit(tw_mmu *mmu, const tw_request *request);
/// Offer a maintenance request. 0; -1: the port still holds one.
int tw_mmu_submit_tlbi(tw_mmu *mmu, const tw_tlbi *tlbi);

/// Let everything happen that happens before `cycle`. No later request may be offered for an earlier cycle.
void tw_mmu_run_until(tw_mmu *mmu, uint64_t cycle);
/// The cycle up to which everything has happened.
uint64_t tw_mmu_now(const tw_mmu *mmu);
/// The next cycle in which something can happen without new requests; UINT64_MAX: nothing is under way.
uint64_t tw_mmu_next_event(const tw_mmu *mmu);
/// Take up to `max` responses whose cycle has come, in order of their cycles; of one cycle: data, fetch, miss,
/// maintenance channel. Returns how many.
size_t tw_mmu_collect(tw_mmu *mmu, tw_response *responses, size_t max);

/// One request from offer to response, no other one being in flight. Time goes on to the response's cycle, in which the
/// next request may be offered.
void tw_mmu_translate(tw_mmu *mmu, const tw_request *request, tw_response *response);
/// `count` requests likewise, each offered in the cycle of the response before it (or at its own `cycle`, if later).
void tw_mmu_replay(tw_mmu *mmu, const tw_request *requests, size_t count, tw_response *responses);
/// Accesses of a replay in columns: access n is of kind[n] & 3 (tw_access_kind) at va[n]; all at one EL and PAN.
typedef struct tw_stream {
  const uint64_t *va;
  const uint8_t *kind;
  uint8_t el, pan;
} tw_stream;

/// The accesses from the stream's first on, up to `count`, as tw_mmu_replay would, but without a response each; the
/// first that faults is the last. Returns how many; their output addresses go to `pa` unless it is NULL. `fault`: the
/// answer to the access that faulted, its id 0; untouched if none did.
size_t tw_mmu_replay_stream(tw_mmu *mmu, const tw_stream *stream, size_t count, uint64_t *pa, tw_response *fault);
enum { TW_WINDOW_MAX = 256 };
/// Requests that overlap. In each cycle, the responses that stand in it being answered, requests are offered in order:
/// the next one if its port holds none, fewer than `window` are offered and not answered, its own `cycle` has come and
/// gaps[n] cycles have passed since the one before was offered. It stands at its port from then until it is accepted.
typedef struct tw_play {
  const tw_request *requests;
  const uint16_t *gaps; ///< [count], cycles; NULL: none
  size_t count;
  uint32_t window;        ///< 1 to TW_WINDOW_MAX; with 1 and no gaps: as tw_mmu_replay
  tw_response *responses; ///< [count], in the order of the requests
} tw_play;
/// Play until all are answered; time goes on to the cycle of the last response. gaps[0] counts for nothing. 0; -1:
/// requests are in flight, or there is no such window.
int tw_mmu_play(tw_mmu *mmu, const tw_play *play);

/// One TLBI, from offer to response, no request being in flight.
void tw_mmu_maintain(tw_mmu *mmu, const tw_tlbi *tlbi, tw_response *response);

/// The counters as they stand; what is pointed to stays so until the next call.
const tw_counters *tw_mmu_counters(const tw_mmu *mmu);

/// What has happened that no event of the PMU tells: so that a test knows what it has seen.
typedef struct tw_mmu_seen {
  uint64_t coalesced;   ///< walks that found four pages in one
  uint64_t table_hits;  ///< look-ups of tables in the L2 that hit
  uint64_t passed_over; ///< acts of a walk before an older one's look-up, which waited for a TLBI
} tw_mmu_seen;
tw_mmu_seen tw_mmu_has_seen(const tw_mmu *mmu);

#ifdef __cplusplus
}
#endif
#endif
