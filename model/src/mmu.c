// The MMU made and set, and one request's way through it with nothing else under way. No twin: rtl/mmu.sv is ports.c
// and machine.c.
//
// The way of a lone request is worked out at once, its acts at cycles known by formulas. It changes no answer and no
// cycle: machine.c gives the same for the same requests at the ports.
#include <stdlib.h>

#include "answer.h"
#include "machine.h"
#include "missed.h"
#include "tlbs.h"
#include "widest.h"

tw_mmu *tw_mmu_create(const tw_mmu_config *config, tw_memory_port port) {
  if (tw_mmu_config_check(config, NULL))
    return NULL;
  tw_mmu *mmu = calloc(1, sizeof *mmu);
  if (!mmu)
    return NULL;
  mmu->config = *config;
  mmu->l1_latency = config->l1_latency;
  mmu->l2_latency = config->l2_latency;
  mmu->port = port;
  tw_walker_init(&mmu->walker, config, port, &mmu->tally, &mmu->l2);
  tw_miss_queue_init(&mmu->queue, config);
  tw_walk_engine_init(&mmu->engine, config);
  tw_maintenance_unit_init(&mmu->unit);
  mmu->told = calloc(1, sizeof *mmu->told);
  int no_memory = tw_l1_tlb_init(&mmu->l1i, &config->l1i) | tw_l1_tlb_init(&mmu->l1d, &config->l1d) |
                  tw_l2_tlb_init(&mmu->l2, &config->l2);
  if (!mmu->told || no_memory) {
    tw_mmu_destroy(mmu);
    return NULL;
  }
  tw_mmu_set_registers(mmu, &(tw_registers){0});
  return mmu;
}

void tw_mmu_destroy(tw_mmu *mmu) {
  if (!mmu)
    return;
  tw_l1_tlb_free(&mmu->l1i);
  tw_l1_tlb_free(&mmu->l1d);
  tw_l2_tlb_free(&mmu->l2);
  free(mmu->told);
  free(mmu);
}

/// No address faults but for its range, and privilege and attributes are the request's and the entry's own.
static bool is_plain(const tw_mmu *mmu) {
  const tw_regime *regime = &mmu->regime;
  const tw_half *low = &regime->half[0], *high = &regime->half[1];
  bool caches = !regime->stage2.cache_off[0] && !regime->stage2.cache_off[1];
  return !mmu->config.prefetch && regime->on && !regime->aarch32 && regime->kind != TW_REGIME_EL2 && caches &&
         !low->none && !high->none && !low->e0pd && !high->e0pd && !low->nfd && !high->nfd;
}

static bool same_registers(const tw_registers *a, const tw_registers *b) {
  return a->sctlr == b->sctlr && a->tcr == b->tcr && a->ttbr0 == b->ttbr0 && a->ttbr1 == b->ttbr1 &&
         a->mair == b->mair && a->hcr == b->hcr && a->vtcr == b->vtcr && a->vttbr == b->vttbr &&
         a->contextidr == b->contextidr && a->dacr == b->dacr && a->regime == b->regime && a->ee2 == b->ee2;
}

int tw_mmu_set_registers(tw_mmu *mmu, const tw_registers *registers) {
  if (!tw_machine_is_quiet(mmu))
    return -1;
  if (!same_registers(&mmu->registers, registers))
    tw_prefetch_forget(&mmu->prefetch);
  mmu->registers = *registers;
  uint32_t before = mmu->regime.world;
  tw_regime_decode(&mmu->regime, registers, &mmu->config);
  uint32_t world = mmu->regime.world;
  mmu->least_el = mmu->regime.kind == TW_REGIME_EL2;
  mmu->plain = is_plain(mmu);
  tw_l1_tlb_enter(&mmu->l1i, &mmu->regime);
  tw_l1_tlb_enter(&mmu->l1d, &mmu->regime);
  if (world != before)
    tw_l2_tlb_enter(&mmu->l2, world);
  tw_walker_enter(&mmu->walker, &mmu->regime);
  return 0;
}

tw_mmu_seen tw_mmu_has_seen(const tw_mmu *mmu) {
  const tw_tally *tally = &mmu->tally;
  return (tw_mmu_seen){
      .coalesced = tally->coalesced, .table_hits = tally->table_hit, .passed_over = tally->passed_over};
}

void tw_mmu_set_response_port(tw_mmu *mmu, tw_response_port port) {
  mmu->channels.port = port;
  mmu->channels.miss_open_at = 0;
}

uint64_t tw_mmu_now(const tw_mmu *mmu) { return mmu->now; }

const tw_counters *tw_mmu_counters(const tw_mmu *mmu) {
  tw_tally_tell(&mmu->tally, mmu->told);
  return mmu->told;
}

// ---- one request: what it does to the rest of the machine ----

TW_HOT void respond(tw_mmu *mmu, const tw_request *request, const tw_response *r) {
  if (mmu->port.translated && tw_accesses(request, r))
    mmu->port.translated(mmu->port.context, r->pa);
}

// ---- a request that missed ----

void tw_answer_missed(tw_mmu *mmu, const tw_missed *missed, tw_response *r) {
  const tw_request *request = &mmu->request;
  if (missed->walk_cycles) {
    tw_answer_by_walk(mmu, request, &mmu->walk, missed->walk_cycles, r);
  } else {
    r->cycle = missed->cycle;
    r->found = TW_FOUND_L2;
    unsigned access = tw_access_number(request->kind, request->el, request->pan);
    tw_answer_set_translation(r, mmu, request, missed->by, missed->pa, missed->allowed, access);
  }
  respond(mmu, request, r);
}

/// mmu->request is the request, its level as it counts.
static inline void take_request(tw_mmu *mmu, const tw_request *request, const tw_response *r) {
  mmu->request = *request;
  mmu->request.el = r->el;
}

TW_WIDEST static void miss_l1(tw_mmu *mmu, const tw_request *request, const tw_half *half, unsigned access,
                              tw_response *r) {
  take_request(mmu, request, r);
  const tw_missed missed = tw_miss_l1(mmu, half, access, r->cycle, false);
  tw_answer_missed(mmu, &missed, r);
}

/// A request that bypasses the TLBs makes one probe that can not hit.
static void bypass(tw_mmu *mmu, const tw_request *request, const tw_half *half, tw_response *r) {
  take_request(mmu, request, r);
  tw_enter_queue(mmu, request);
  const tw_missed missed = tw_miss_l2(mmu, half, r->cycle + mmu->l2_latency, false);
  tw_answer_missed(mmu, &missed, r);
}

// ---- the TLBs ----

/// L1 TLB, L2 TLB, walk, for access number `access`.
TW_APART static void look_up(tw_mmu *mmu, const tw_request *request, const tw_half *half, unsigned access,
                             tw_response *r) {
  uint64_t va = request->va & mmu->regime.va_mask;
  tw_l1_tlb *l1 = tw_l1_of(mmu, request->kind);
  unsigned slot = tw_l1_tlb_find(l1, tw_half_key(half, va));
  if (slot == TW_NO_SLOT || tw_needs_walk(mmu, request, tw_l1_translation(l1, slot), access)) {
    miss_l1(mmu, request, half, access, r);
    return;
  }
  const tw_translation *t = tw_l1_translation(l1, slot);
  mmu->tally.l1_hit[tw_tallied(request)] += request->at == TW_AT_NONE;
  tw_l1_use(l1, slot);
  r->found = TW_FOUND_L1;
  unsigned allowed = tw_allowed(&mmu->regime.permissions, t);
  tw_answer_set_translation(r, mmu, request, t, tw_translation_pa(t, va), allowed, access);
  respond(mmu, request, r);
}

/// An access that is looked up, whatever else stands in its request and in the registers.
TW_HOT bool is_usual(const tw_mmu *mmu, const tw_request *request, const tw_half *half) {
  return mmu->plain && request->at == TW_AT_NONE && !tw_out_of_range(half, request->va, request->kind);
}

/// Begin the answer of a usual access, and give it if the access hits its L1 TLB by its page's hint, without a fault.
/// False: the look-up is still to be made.
TW_HOT bool hit_at_once(tw_mmu *mmu, const tw_request *request, const tw_half *half, unsigned access, uint64_t accepted,
                        tw_response *r) {
  uint64_t va = request->va, key = tw_half_key(half, va);
  tw_l1_tlb *l1 = tw_l1_of(mmu, request->kind);
  unsigned slot = *tw_l1_hint(l1, 0, key);
  tw_answer_begin(r, mmu, request, accepted);
  r->syndrome = mmu->regime.syndrome;
  if (!tw_associative_matches(&l1->entry, slot, key) || !(l1->serves[slot] >> access & 1))
    return false;
  const tw_translation *t = &l1->translation[slot];
  mmu->tally.l1_hit[tw_tallied(request)]++;
  tw_associative_use(&l1->entry, slot);
  r->found = TW_FOUND_L1;
  tw_answer_set_output(r, t, tw_translation_pa(t, va));
  respond(mmu, request, r);
  return true;
}

/// Whatever the request and the registers are; with prefetches there is no other way.
TW_APART static void translate_unusual(tw_mmu *mmu, const tw_request *request, uint64_t accepted, tw_response *r) {
  if (mmu->config.prefetch) {
    tw_mmu_replay(mmu, request, 1, r);
    return;
  }
  const tw_half *half;
  tw_answer_begin(r, mmu, request, accepted);
  tw_answer_set_regime(r, mmu, request);
  switch (tw_answer_without_tlb(mmu, request, r, &half)) {
  case TW_NEED_NOTHING:
    respond(mmu, request, r);
    return;
  case TW_NEED_WALK:
    bypass(mmu, request, half, r);
    return;
  case TW_NEED_LOOK_UP:
    look_up(mmu, request, half, tw_access_number(request->kind, r->el, request->pan), r);
    return;
  }
}

void tw_mmu_translate(tw_mmu *mmu, const tw_request *request, tw_response *response) {
  uint64_t accepted = tw_max(request->cycle, mmu->now);
  const tw_half *half = &mmu->regime.half[tw_bit(request->va, 55)];
  unsigned access = tw_access_number(request->kind, request->el, request->pan);
  if (!is_usual(mmu, request, half))
    translate_unusual(mmu, request, accepted, response);
  else if (!hit_at_once(mmu, request, half, access, accepted, response))
    look_up(mmu, request, half, access, response);
  mmu->now = response->cycle;
}
