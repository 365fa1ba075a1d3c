// What a request is answered. Twin: rtl/answer.sv.
#ifndef TABLEWALK_ANSWER_H
#define TABLEWALK_ANSWER_H

#include <string.h>

#include "mmu_internal.h"

/// What a request needs.
typedef enum tw_need {
  TW_NEED_NOTHING, ///< it is answered
  TW_NEED_LOOK_UP, ///< of the TLBs
  TW_NEED_WALK,    ///< it bypasses the TLBs
} tw_need;

/// Begin the answer. Field by field into its place: a copy of 64 bytes written in pieces would stall.
TW_HOT void tw_answer_begin(tw_response *r, const tw_mmu *mmu, const tw_request *request, uint64_t accepted) {
  memset(r, 0, sizeof *r);
  r->id = request->id;
  r->accepted = accepted;
  r->cycle = accepted + mmu->l1_latency;
  r->kind = request->kind;
  r->el = request->el;
  r->stage = 1;
}

/// What the regime says of the answer, for which a request of the usual kind need not ask.
static inline void tw_answer_set_regime(tw_response *r, const tw_mmu *mmu, const tw_request *request) {
  const tw_regime *regime = &mmu->regime;
  bool par64 = request->par_long || (regime->stage2.on && request->at != TW_AT_STAGE_1);
  r->el |= mmu->least_el;
  r->syndrome = par64 ? regime->syndrome & (uint8_t)~TW_SYNDROME_PAR32 : regime->syndrome;
}

TW_HOT void tw_answer_set_output(tw_response *r, const tw_translation *t, uint64_t pa) {
  r->size_log2 = t->size;
  r->pa = pa;
  r->attr = t->attr;
  r->sh = t->sh;
}

/// The slow halves of what follows.
void tw_answer_set_permission_fault(tw_response *r, const tw_permission_table *table, const tw_translation *t,
                                    unsigned access);
void tw_answer_set_particulars(tw_response *r, const tw_regime *regime, const tw_request *request,
                               const tw_translation *t);

/// The answer to access number `access` by a translation that was found and allows `allowed`.
TW_HOT void tw_answer_set_translation(tw_response *r, const tw_mmu *mmu, const tw_request *request,
                                      const tw_translation *t, uint64_t pa, unsigned allowed, unsigned access) {
  if (!(allowed >> access & 1)) {
    tw_answer_set_permission_fault(r, &mmu->regime.permissions, t, access);
    return;
  }
  tw_answer_set_output(r, t, pa);
  if (!mmu->plain)
    tw_answer_set_particulars(r, &mmu->regime, request, t);
}

/// What the request needs, and its half of the addresses; the answer if it needs nothing.
tw_need tw_answer_without_tlb(const tw_mmu *mmu, const tw_request *request, tw_response *r, const tw_half **half);

/// The answer by the walk that has ended in cycle walk->act_at, and began `cycles` before.
void tw_answer_by_walk(const tw_mmu *mmu, const tw_request *request, const tw_walk *walk, uint64_t cycles,
                       tw_response *r);

/// The entry does not serve the access: a write that must set the dirty state.
static inline bool tw_needs_walk(const tw_mmu *mmu, const tw_request *request, const tw_translation *t,
                                 unsigned access) {
  return request->kind == TW_ACCESS_WRITE && request->at == TW_AT_NONE &&
         tw_must_set_dirty(&mmu->regime.permissions, t, access);
}

#endif
