// One request's way through the TLBs and the walker. Twin: rtl/mmu.sv.
//
// Time: `open_at` is the first cycle in which a request can be accepted. What a request does between its acceptance and
// its response is worked out at once, except the acts of a walk: each is made when time has come to its cycle.
#include "mmu_internal.h"

#include <stdlib.h>
#include <string.h>

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
  tw_walker_init(&mmu->walker, config, port, &mmu->counters);
  int no_memory = tw_l1_tlb_init(&mmu->l1i, &config->l1i) | tw_l1_tlb_init(&mmu->l1d, &config->l1d) |
                  tw_l2_tlb_init(&mmu->l2, &config->l2);
  if (no_memory) {
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
  free(mmu);
}

static bool nothing_in_flight(const tw_mmu *mmu) {
  for (unsigned port = 0; port < TW_PORTS; port++)
    if (mmu->pending[port].valid)
      return false;
  return !mmu->walking;
}

/// No address faults but for its range, and privilege and attributes are the request's and the entry's own.
static bool is_plain(const tw_regime *regime) {
  const tw_half *low = &regime->half[0], *high = &regime->half[1];
  bool caches = !regime->stage2.cache_off[0] && !regime->stage2.cache_off[1];
  return regime->on && !regime->aarch32 && regime->kind != TW_REGIME_EL2 && caches && !low->none && !high->none &&
         !low->e0pd && !high->e0pd && !low->nfd && !high->nfd;
}

int tw_mmu_set_registers(tw_mmu *mmu, const tw_registers *registers) {
  if (!nothing_in_flight(mmu))
    return -1;
  uint32_t before = mmu->regime.world;
  tw_regime_decode(&mmu->regime, registers, &mmu->config);
  uint32_t world = mmu->regime.world;
  mmu->least_el = mmu->regime.kind == TW_REGIME_EL2;
  mmu->plain = is_plain(&mmu->regime);
  tw_l1_tlb_enter(&mmu->l1i, &mmu->regime);
  tw_l1_tlb_enter(&mmu->l1d, &mmu->regime);
  if (world != before) {
    tw_l2_tlb_enter(&mmu->l2, world);
    tw_walker_enter(&mmu->walker, world);
  }
  return 0;
}

// ---- decide: what one request is answered ----

/// Begin the answer. Field by field into its place: a copy of 64 bytes written in pieces would stall.
TW_HOT void begin_response(tw_response *r, const tw_mmu *mmu, const tw_request *request, uint64_t accepted) {
  memset(r, 0, sizeof *r);
  r->id = request->id;
  r->accepted = accepted;
  r->cycle = accepted + mmu->l1_latency;
  r->kind = request->kind;
  r->el = request->el;
  r->stage = 1;
}

/// What the regime says of the answer, for which a request of the usual kind need not ask.
static void set_regime(tw_response *r, const tw_mmu *mmu, const tw_request *request) {
  const tw_regime *regime = &mmu->regime;
  bool par64 = request->par_long || (regime->stage2.on && request->at != TW_AT_STAGE_1);
  r->el |= mmu->least_el;
  r->syndrome = par64 ? regime->syndrome & (uint8_t)~TW_SYNDROME_PAR32 : regime->syndrome;
}

static void set_fault(tw_response *r, unsigned fsc) {
  r->fault = 1;
  r->fsc = (uint8_t)fsc;
}

/// The fault of an access that a translation does not allow: domain, stage 1, stage 2, in this order.
TW_APART static void set_permission_fault(tw_response *r, const tw_permission_table *table, const tw_translation *t,
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

TW_HOT void set_output(tw_response *r, const tw_translation *t, uint64_t pa) {
  r->size_log2 = t->size;
  r->pa = pa;
  r->attr = t->attr;
  r->sh = t->sh;
}

/// Stage 2's caches are off (HCR.CD, HCR.ID): Normal memory answers as non-cacheable, whoever made the entry.
static void set_non_cacheable(tw_response *r) {
  if (r->attr >> 4 == 0)
    return;
  r->attr = 0x44;
  r->sh = 2;
}

/// What the answer tells besides, where the registers are not the plain ones.
TW_APART static void set_particulars(tw_response *r, const tw_regime *regime, const tw_request *request,
                                     const tw_translation *t) {
  if (regime->stage2.cache_off[r->kind == TW_ACCESS_FETCH] && request->at != TW_AT_STAGE_1)
    set_non_cacheable(r);
  if (regime->syndrome & TW_SYNDROME_SHORT && t->span == tw_key_mask(24))
    r->syndrome |= TW_SYNDROME_SUPER;
}

/// The answer to access number `access` by a translation that was found and allows `allowed`.
TW_HOT void set_translation(tw_response *r, const tw_mmu *mmu, const tw_request *request, const tw_translation *t,
                            uint64_t pa, unsigned allowed, unsigned access) {
  if (!(allowed >> access & 1)) {
    set_permission_fault(r, &mmu->regime.permissions, t, access);
    return;
  }
  set_output(r, t, pa);
  if (!mmu->plain)
    set_particulars(r, &mmu->regime, request, t);
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

// ---- do: take a request, step its walk, end it ----

/// What a response does to the rest of the machine. An AT accesses nothing.
TW_HOT void respond(tw_mmu *mmu, const tw_request *request, const tw_response *r) {
  if (mmu->port.translated && !r->fault && request->at == TW_AT_NONE)
    mmu->port.translated(mmu->port.context, r->pa);
}

static inline void fill_l1(tw_mmu *mmu, const tw_request *request, const tw_half *half, uint64_t key,
                           const tw_translation *t, uint64_t pa, unsigned allowed) {
  tw_l1_tlb_fill(tw_l1_of(mmu, request->kind), key, t, half->sizes, pa, allowed);
  if (request->at == TW_AT_NONE)
    tw_count_l1_refill(&mmu->counters, request->kind);
}

static void fill_tlbs(tw_mmu *mmu, unsigned allowed) {
  const tw_walk *walk = &mmu->walk;
  tw_l2_tlb_fill(&mmu->l2, walk->key, &walk->leaf, walk->at.half->sizes, walk->leaf.pa);
  if (mmu->request.at == TW_AT_NONE)
    tw_count_l2_refill(&mmu->counters, mmu->request.kind);
  fill_l1(mmu, &mmu->request, walk->at.half, walk->key, &walk->leaf, walk->leaf.pa, allowed);
  tw_foresight_learn(&mmu->foresight, walk);
}

static void set_walk_fault(tw_response *r, const tw_walk *walk) {
  set_fault(r, walk->fsc);
  r->stage = walk->fault_stage;
  r->s1ptw = tw_walk_s1ptw(walk);
  r->ipa = walk->fault_stage == 2 ? walk->ipa : 0;
}

/// The answer by what a walk found.
static void take_leaf(tw_mmu *mmu, tw_response *r) {
  const tw_translation *leaf = &mmu->walk.leaf;
  unsigned allowed = tw_allowed(&mmu->regime.permissions, leaf);
  unsigned access = tw_access_number(mmu->request.kind, mmu->request.el, mmu->request.pan);
  set_translation(r, mmu, &mmu->request, leaf, leaf->pa, allowed, access);
  if (mmu->walk.result.fills)
    fill_tlbs(mmu, allowed);
}

static void end_walk(tw_mmu *mmu) {
  const tw_walk *walk = &mmu->walk;
  const tw_request *request = &mmu->request;
  tw_response *r = mmu->answer;
  unsigned reads = walk->result.stage2_reads;
  for (unsigned i = 0; i < TW_LEVELS; i++)
    reads += r->reads[i] = walk->result.reads[i];
  r->stage2_reads = walk->result.stage2_reads;
  r->updates = walk->result.updates;
  r->cycle = walk->act_at;
  r->walk_cycles = (uint32_t)(walk->act_at - mmu->missed);
  r->found = TW_FOUND_WALK;
  if (walk->fsc == TW_NO_FAULT)
    take_leaf(mmu, r);
  else
    set_walk_fault(r, walk);
  if (reads && request->at == TW_AT_NONE)
    tw_count_walk(&mmu->counters, request->kind, r->walk_cycles, walk->result.fills ? walk->leaf.size : 0);
  mmu->walking = false;
  mmu->open_at = r->cycle;
  respond(mmu, request, r);
}

void tw_mmu_step_walk(tw_mmu *mmu) {
  if (mmu->walk.act != TW_ACT_DONE)
    tw_walk_step(&mmu->walk, &mmu->walker);
  if (mmu->walk.act == TW_ACT_DONE)
    end_walk(mmu);
}

/// Walk for a request that has missed after `probes` probes.
static void begin_walk(tw_mmu *mmu, const tw_request *request, const tw_half *half, uint64_t va, unsigned probes,
                       tw_response *r) {
  mmu->missed = r->cycle + mmu->l2_latency + probes - 1;
  mmu->request = *request;
  mmu->request.el = r->el;
  mmu->answer = r;
  mmu->walking = true;
  tw_walk *walk = &mmu->walk;
  walk->at.regime = &mmu->regime;
  walk->at.half = half;
  walk->at.request = &mmu->request;
  walk->at.va = va;
  walk->key = tw_half_key(half, va);
  walk->bypass = !mmu->regime.on || request->at == TW_AT_STAGE_1;
  tw_walk_begin(walk, mmu->missed, &mmu->walker);
}

TW_APART static void finish_walk(tw_mmu *mmu) {
  while (mmu->walking)
    tw_mmu_step_walk(mmu);
}

/// L2 TLB and then the walk, for a request that missed the L1.
static void miss_l1(tw_mmu *mmu, const tw_request *request, const tw_half *half, uint64_t va, unsigned access,
                    tw_response *r, bool to_the_end) {
  unsigned probe = 0;
  uint64_t key = tw_half_key(half, va);
  bool writes = request->kind == TW_ACCESS_WRITE && request->at == TW_AT_NONE;
  if (request->at == TW_AT_NONE)
    tw_count_l2(&mmu->counters, request->kind);
  const tw_l2_lookup lookup = {half, key, writes ? &mmu->regime.permissions : NULL, access};
  const tw_translation *t = tw_l2_tlb_lookup(&mmu->l2, &lookup, &probe);
  if (!t) {
    begin_walk(mmu, request, half, va, half->probes, r);
    if (to_the_end)
      finish_walk(mmu);
    return;
  }
  uint64_t pa = tw_translation_pa(t, va);
  unsigned allowed = tw_allowed(&mmu->regime.permissions, t);
  r->cycle += mmu->l2_latency + probe;
  r->found = TW_FOUND_L2;
  set_translation(r, mmu, request, t, pa, allowed, access);
  fill_l1(mmu, request, half, key, t, pa, allowed);
  mmu->open_at = r->cycle;
  respond(mmu, request, r);
}

/// The entry does not serve the access: a write that must set the dirty state.
static bool needs_walk(const tw_mmu *mmu, const tw_request *request, const tw_translation *t, unsigned access) {
  return request->kind == TW_ACCESS_WRITE && request->at == TW_AT_NONE &&
         tw_must_set_dirty(&mmu->regime.permissions, t, access);
}

/// L1 TLB, L2 TLB, walk, for access number `access`. The walk has begun afterwards; `to_the_end`: it is over.
TW_APART static void look_up(tw_mmu *mmu, const tw_request *request, const tw_half *half, unsigned access,
                             tw_response *r, bool to_the_end) {
  uint64_t va = request->va & mmu->regime.va_mask;
  tw_l1_tlb *l1 = tw_l1_of(mmu, request->kind);
  if (request->at == TW_AT_NONE)
    tw_count_l1(&mmu->counters, request->kind);
  unsigned slot = tw_l1_tlb_find(l1, tw_half_key(half, va));
  if (slot == TW_NO_SLOT || needs_walk(mmu, request, tw_l1_translation(l1, slot), access)) {
    miss_l1(mmu, request, half, va, access, r, to_the_end);
    return;
  }
  const tw_translation *t = tw_l1_translation(l1, slot);
  tw_l1_use(l1, slot);
  r->found = TW_FOUND_L1;
  set_translation(r, mmu, request, t, tw_translation_pa(t, va), tw_allowed(&mmu->regime.permissions, t), access);
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
  begin_response(r, mmu, request, accepted);
  r->syndrome = mmu->regime.syndrome;
  mmu->open_at = accepted + 1;
  if (!tw_associative_matches(&l1->entry, slot, key) || !(l1->serves[slot] >> access & 1))
    return false;
  const tw_translation *t = &l1->translation[slot];
  tw_count_l1(&mmu->counters, request->kind);
  tw_associative_use(&l1->entry, slot);
  r->found = TW_FOUND_L1;
  set_output(r, t, tw_translation_pa(t, va));
  respond(mmu, request, r);
  return true;
}

void tw_mmu_take(tw_mmu *mmu, const tw_request *request, uint64_t accepted, tw_response *r) {
  uint64_t va = request->va & mmu->regime.va_mask;
  begin_response(r, mmu, request, accepted);
  set_regime(r, mmu, request);
  mmu->open_at = accepted + 1;
  if (!mmu->regime.on) {
    if (answered_with_stage1_off(r, &mmu->regime, request, va))
      respond(mmu, request, r);
    else
      begin_walk(mmu, request, &mmu->regime.half[0], va, 1, r);
    return;
  }
  const tw_half *half = tw_regime_half(&mmu->regime, va);
  if (address_faults(half, request, r->el, va))
    set_fault(r, TW_FSC_TRANSLATION | half->fault_level);
  else if (request->at == TW_AT_STAGE_1)
    begin_walk(mmu, request, half, va, 1, r);
  else
    look_up(mmu, request, half, tw_access_number(request->kind, r->el, request->pan), r, false);
}

TW_APART static void take_and_walk(tw_mmu *mmu, const tw_request *request, uint64_t accepted, tw_response *r) {
  tw_mmu_take(mmu, request, accepted, r);
  if (mmu->walking)
    finish_walk(mmu);
}

void tw_mmu_translate(tw_mmu *mmu, const tw_request *request, tw_response *response) {
  uint64_t accepted = tw_max(tw_max(request->cycle, mmu->now), mmu->open_at);
  const tw_half *half = &mmu->regime.half[tw_bit(request->va, 55)];
  unsigned access = tw_access_number(request->kind, request->el, request->pan);
  if (!is_usual(mmu, request, half))
    take_and_walk(mmu, request, accepted, response);
  else if (!hit_at_once(mmu, request, half, access, accepted, response))
    look_up(mmu, request, half, access, response, true);
  mmu->now = response->cycle;
}

void tw_mmu_take_tlbi(tw_mmu *mmu, const tw_tlbi *tlbi, uint64_t accepted, tw_response *answer) {
  const tw_regime *regime = &mmu->regime;
  const tw_maintenance_context context = {
      .vmid = regime->stage2.vmid, .va_ds = regime->range_ds, .stage2_ds = regime->stage2.range_ds};
  const tw_maintenance maintenance = tw_maintenance_decode(tlbi, &context);
  tw_l1_tlb_maintain(&mmu->l1i, &maintenance);
  tw_l1_tlb_maintain(&mmu->l1d, &maintenance);
  tw_l2_tlb_maintain(&mmu->l2, &maintenance);
  tw_walker_maintain(&mmu->walker, &maintenance);
  mmu->open_at = accepted + tw_max(1 + mmu->l2.sets, mmu->l1_latency);
  *answer = (tw_response){
      .id = tlbi->id, .accepted = accepted, .cycle = mmu->open_at, .kind = TW_KIND_TLBI, .found = TW_FOUND_MAINTENANCE};
}

const tw_counters *tw_mmu_counters(const tw_mmu *mmu) { return &mmu->counters; }
