// One cycle of the machine: first everything is decided, as it stands at the cycle's beginning; then it is done. No
// twin: the RTL's modules are wired.
//
// A cycle has two halves: its responses, and then what is left of it. In between the caller can offer what is accepted
// in this very cycle. A play ends between the two when anything is under way that it does not wait for.
#ifndef TABLEWALK_MACHINE_H
#define TABLEWALK_MACHINE_H

#include "mmu_internal.h"

/// Decide cycle `at` and give its responses, in mmu->cycle. Nothing, if that has been done before.
void tw_machine_answer(tw_mmu *mmu, uint64_t at);
/// Do the rest of it, and accept what stands at the ports.
void tw_machine_finish(tw_mmu *mmu);
/// Let time stand in the cycle whose responses have been given: what is offered now is accepted in it.
void tw_machine_stand(tw_mmu *mmu);
/// tw_mmu_maintain by the ports.
void tw_maintain_in_time(tw_mmu *mmu, const tw_tlbi *tlbi, tw_response *response);
/// The next cycle, from mmu->now on, in which something happens; UINT64_MAX: none.
uint64_t tw_machine_next(const tw_mmu *mmu);
/// Nothing stands at a port, and everything accepted has been answered.
bool tw_machine_is_idle(const tw_mmu *mmu);
/// And no prefetch is in the miss queue.
bool tw_machine_is_quiet(const tw_mmu *mmu);

#endif
