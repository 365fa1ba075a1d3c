// What a request is answered: the checks of its address, permission, faults of a walk. Twin: rtl/answer.sv.
#include "answer.h"

static void set_fault(tw_response *r, unsigned fsc) {
  r->fault = 1;
  r->fsc = (uint8_t)fsc;
}

/// The fault of an access that a translation does not allow: domain, stage 1, stage 2, in this order.
TW_APART void tw_answer_set_permission_fault(tw_response *r, const tw_permission_table *table, const tw_translation *t,
                                             unsigned access) {
  r->size_log2 = t->size;
  if (!(table->domain[t->domain] >> access & 1)) {
    set_fault(r, TW_FSC_DOMAIN | t->level);
  } else if (!(tw_stage1_allows(table, t) >> access & 1)) {
    set_fault(r, TW_FSC_PERMISSION | t->level);
  } else {
    set_fault(r, TW_FSC_PERMISSION | t->level2);
    r->stage = 2;
  }
}

/// Stage 2's caches are off (HCR.CD, HCR.ID): Normal memory answers as non-cacheable, whoever made the entry.
static void set_non_cacheable(tw_response *r) {
  if (r->attr >> 4 == 0)
    return;
  r->attr = 0x44;
  r->sh = 2;
}

/// What the answer tells besides, where the registers are not the plain ones.
TW_APART void tw_answer_set_particulars(tw_response *r, const tw_regime *regime, const tw_request *request,
                                        const tw_translation *t) {
  if (regime->stage2.cache_off[r->kind == TW_ACCESS_FETCH] && request->at != TW_AT_STAGE_1)
    set_non_cacheable(r);
  if (regime->syndrome & TW_SYNDROME_SHORT && t->span == tw_key_mask(24))
    r->syndrome |= TW_SYNDROME_SUPER;
}

/// Stage 1 off: true when that is an answer.
static bool answered_with_stage1_off(tw_response *r, const tw_regime *regime, const tw_request *request, uint64_t va) {
  bool fetch = request->kind == TW_ACCESS_FETCH;
  if (va & regime->off_range[tw_bit(va, 55)][fetch]) {
    set_fault(r, TW_FSC_ADDRESS_SIZE);
    return true;
  }
  if (regime->stage2.on && request->at != TW_AT_STAGE_1)
    return false;
  r->pa = va & tw_ones(51, 0);
  r->size_log2 = 12;
  r->attr = regime->off_attr[fetch];
  r->sh = regime->off_sh;
  return true;
}

/// The address has no translation whatever the tables say.
static bool address_faults(const tw_half *half, const tw_request *request, unsigned el, uint64_t va) {
  return tw_out_of_range(half, va, request->kind) || half->none ||
         (el == 0 && (half->e0pd || (half->nfd && request->nonfault)));
}

tw_need tw_answer_without_tlb(const tw_mmu *mmu, const tw_request *request, tw_response *r, const tw_half **half) {
  uint64_t va = request->va & mmu->regime.va_mask;
  if (!mmu->regime.on) {
    *half = &mmu->regime.half[0];
    return answered_with_stage1_off(r, &mmu->regime, request, va) ? TW_NEED_NOTHING : TW_NEED_WALK;
  }
  *half = tw_regime_half(&mmu->regime, va);
  if (address_faults(*half, request, r->el, va)) {
    set_fault(r, TW_FSC_TRANSLATION | (*half)->fault_level);
    return TW_NEED_NOTHING;
  }
  return request->at == TW_AT_STAGE_1 ? TW_NEED_WALK : TW_NEED_LOOK_UP;
}

static void set_walk_fault(tw_response *r, const tw_walk *walk) {
  set_fault(r, walk->fsc);
  r->stage = walk->fault_stage;
  r->s1ptw = tw_walk_s1ptw(walk);
  r->ipa = walk->fault_stage == 2 ? walk->ipa : 0;
}

void tw_answer_by_walk(const tw_mmu *mmu, const tw_request *request, const tw_walk *walk, uint64_t cycles,
                       tw_response *r) {
  const tw_translation *leaf = &walk->leaf;
  memcpy(r->reads, walk->result.reads, sizeof r->reads);
  r->stage2_reads = walk->result.stage2_reads;
  r->updates = walk->result.updates;
  r->cycle = walk->act_at;
  r->walk_cycles = (uint32_t)cycles;
  r->found = TW_FOUND_WALK;
  if (walk->fsc != TW_NO_FAULT) {
    set_walk_fault(r, walk);
    return;
  }
  unsigned access = tw_access_number(request->kind, request->el, request->pan);
  tw_answer_set_translation(r, mmu, request, leaf, leaf->pa, tw_allowed(&mmu->regime.permissions, leaf), access);
}
