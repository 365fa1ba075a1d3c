// Events of a trace decoded: TLB maintenance and register writes from their instruction words.
#ifndef HARNESS_REPLAY_EVENTS_H
#define HARNESS_REPLAY_EVENTS_H

#include <stdbool.h>
#include <tablewalk/mmu.h>
#include <traces/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The maintenance that a TLBI instruction asks for; `asid_bits` is 8 or 16 (TCR_EL1.AS). True: it was widened to
/// everything, because its operand is not in the trace or it is a form that the MMU does not have (ranges, EL2).
bool tw_tlbi_decode(const tw_event *event, unsigned asid_bits, tw_tlbi *tlbi);

/// The register of `registers` that an MSR instruction writes; NULL: none of TTBR0_EL1, TTBR1_EL1, TCR_EL1.
uint64_t *tw_msr_target(uint32_t word, tw_registers *registers);

#ifdef __cplusplus
}
#endif
#endif
