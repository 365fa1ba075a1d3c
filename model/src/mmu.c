// Ports, arbitration and one request's way through the TLBs and the walker. Twin: rtl/mmu.sv.
//
// Time: `open_at` is the first cycle in which a request can be accepted. What a request does between its acceptance and
// its response is worked out at once, except the reads of a walk: each is made when time has come to its cycle.
#include <tablewalk/mmu.h>

#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "foresight.h"
#include "l1_tlb.h"
#include "l2_tlb.h"
#include "walker.h"

enum { TW_PORT_MAINTENANCE, TW_PORT_DATA, TW_PORT_FETCH, TW_PORTS, TW_QUEUE = 1024, TW_QUEUE_ROOM = 8 };

typedef struct tw_pending {
  bool valid;
  uint64_t cycle; ///< first cycle at the port
} tw_pending;

struct tw_mmu {
  // state that every request touches stands first
  uint64_t open_at, now;
  tw_regime regime;
  tw_mmu_config config;
  uint32_t l1_latency, l2_latency;
  tw_memory_port port;
  tw_counters counters;
  tw_l1_tlb l1d, l1i;
  tw_l2_tlb l2;
  tw_walker walker;
  // the request under way, while it walks
  bool walking;
  tw_walk walk;
  tw_request request;
  uint64_t missed;
  tw_response *answer;
  tw_foresight foresight;
  // ports and the queue of responses
  tw_pending pending[TW_PORTS];
  tw_request offered[TW_PORTS];
  tw_tlbi offered_tlbi;
  tw_response queue[TW_QUEUE];
  size_t queue_first, queue_count;
};

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
  tw_l1_tlb_init(&mmu->l1i, &config->l1i);
  tw_l1_tlb_init(&mmu->l1d, &config->l1d);
  tw_walker_init(&mmu->walker, config, port);
  if (tw_l2_tlb_init(&mmu->l2, &config->l2)) {
    tw_mmu_destroy(mmu);
    return NULL;
  }
  tw_mmu_set_registers(mmu, &(tw_registers){0});
  return mmu;
}

void tw_mmu_destroy(tw_mmu *mmu) {
  if (!mmu)
    return;
  tw_l2_tlb_free(&mmu->l2);
  free(mmu);
}

static bool nothing_in_flight(const tw_mmu *mmu) {
  for (unsigned port = 0; port < TW_PORTS; port++)
    if (mmu->pending[port].valid)
      return false;
  return !mmu->walking;
}

int tw_mmu_set_registers(tw_mmu *mmu, const tw_registers *registers) {
  if (!nothing_in_flight(mmu))
    return -1;
  tw_regime_decode(&mmu->regime, registers, &mmu->config);
  return 0;
}

// ---- decide: what one request is answered ----

/// Begin the answer. Field by field into its place: a copy of 48 bytes written in pieces would stall.
static inline void begin_response(tw_response *r, const tw_request *request, uint64_t accepted, uint64_t cycle) {
  memset(r, 0, sizeof *r);
  r->id = request->id;
  r->accepted = accepted;
  r->cycle = cycle;
  r->kind = request->kind;
  r->el = request->el;
  r->stage = 1;
}

static void set_fault(tw_response *r, uint8_t fsc) {
  r->fault = 1;
  r->fsc = fsc;
}

/// The answer by a translation that was found, permission faults included.
static void set_translation(tw_response *r, const tw_mmu *mmu, const tw_request *request, const tw_translation *t,
                            uint64_t pa) {
  unsigned access = tw_permission_index(request->kind, request->el, request->pan, mmu->regime.wxn);
  r->size_log2 = t->size;
  if (!(t->allowed >> access & 1)) {
    set_fault(r, TW_FSC_PERMISSION | t->level);
    return;
  }
  r->pa = pa;
  r->attr = t->attr;
  r->sh = t->sh;
}

static void set_stage_1_off(tw_response *r, const tw_regime *regime, const tw_request *request) {
  bool fetch = request->kind == TW_ACCESS_FETCH;
  if (request->va & regime->off_range[tw_bit(request->va, 55)][fetch]) {
    set_fault(r, TW_FSC_ADDRESS_SIZE);
    return;
  }
  r->pa = request->va & tw_ones(51, 0);
  r->size_log2 = 12;
  r->attr = !fetch ? 0x00 : regime->instruction_cache ? 0xaa : 0x44;
  r->sh = 2;
}

/// The answer that needs no look-up: true when there is one.
static bool answered_without_lookup(tw_response *r, const tw_regime *regime, const tw_half *half,
                                    const tw_request *request) {
  if (!regime->on) {
    set_stage_1_off(r, regime, request);
    return true;
  }
  uint64_t range = half->range[request->kind == TW_ACCESS_FETCH];
  uint64_t wanted = tw_bit(request->va, 55) ? range : 0;
  if (half->size_fault || (request->va & range) != wanted || (half->e0pd && request->el == 0)) {
    set_fault(r, TW_FSC_TRANSLATION);
    return true;
  }
  return false;
}

// ---- do: take a request, step its walk, end it ----

static tw_l1_tlb *l1_of(tw_mmu *mmu, unsigned kind) { return kind == TW_ACCESS_FETCH ? &mmu->l1i : &mmu->l1d; }

/// What a response does to the rest of the machine.
static void respond(tw_mmu *mmu, const tw_response *r) {
  if (mmu->port.translated && !r->fault)
    mmu->port.translated(mmu->port.context, r->pa);
}

static void fill_l1(tw_mmu *mmu, const tw_request *request, const tw_half *half, const tw_translation *t, uint64_t pa) {
  uint64_t key = half->key | tw_key_va(request->va);
  tw_l1_tlb_fill(l1_of(mmu, request->kind), key, t, half->sizes, pa);
  tw_count_l1_refill(&mmu->counters, request->kind);
}

static void end_walk(tw_mmu *mmu) {
  const tw_walk *walk = &mmu->walk;
  const tw_request *request = &mmu->request;
  tw_response *r = mmu->answer;
  unsigned reads = 0;
  for (unsigned i = 0; i < TW_LEVELS; i++)
    reads += r->reads[i] = walk->reads[i];
  r->cycle = walk->read_at;
  r->walk_cycles = (uint32_t)(walk->read_at - mmu->missed);
  r->found = TW_FOUND_WALK;
  if (walk->fsc == TW_NO_FAULT) {
    set_translation(r, mmu, request, &walk->leaf, walk->leaf.pa);
    tw_l2_tlb_fill(&mmu->l2, walk->key, &walk->leaf, walk->half->sizes, walk->leaf.pa);
    tw_count_l2_refill(&mmu->counters, request->kind);
    fill_l1(mmu, request, walk->half, &walk->leaf, walk->leaf.pa);
    tw_foresight_learn(&mmu->foresight, walk);
  } else {
    set_fault(r, walk->fsc);
  }
  tw_count_walk(&mmu->counters, request->kind, reads, r->walk_cycles, walk->fsc == TW_NO_FAULT ? walk->leaf.size : 0);
  mmu->walking = false;
  mmu->open_at = r->cycle;
  respond(mmu, r);
}

static void step_walk(tw_mmu *mmu) {
  if (!mmu->walk.done)
    tw_walk_step(&mmu->walk, &mmu->walker, &mmu->regime);
  if (mmu->walk.done)
    end_walk(mmu);
}

/// L2 TLB and then the walk, for a request that missed the L1.
static void miss_l1(tw_mmu *mmu, const tw_request *request, const tw_half *half, uint64_t key, tw_response *r) {
  unsigned probe = 0;
  uint64_t first_probe = r->accepted + mmu->l1_latency + mmu->l2_latency;
  tw_count_l2(&mmu->counters, request->kind);
  const tw_translation *t = tw_l2_tlb_lookup(&mmu->l2, half, key, &probe);
  if (t) {
    uint64_t pa = tw_translation_pa(t, request->va);
    r->cycle = first_probe + probe;
    r->found = TW_FOUND_L2;
    set_translation(r, mmu, request, t, pa);
    fill_l1(mmu, request, half, t, pa);
    mmu->open_at = r->cycle;
    respond(mmu, r);
    return;
  }
  mmu->missed = first_probe + half->probes - 1;
  mmu->request = *request;
  mmu->answer = r;
  mmu->walking = true;
  tw_walk_begin(&mmu->walk, half, request->va, key, mmu->missed, &mmu->walker);
}

/// Take `request` in cycle `accepted`. It has been answered in `r` afterwards, or walks.
static inline void take_request(tw_mmu *mmu, const tw_request *request, uint64_t accepted, tw_response *r) {
  const tw_half *half = &mmu->regime.half[tw_bit(request->va, 55)];
  begin_response(r, request, accepted, accepted + mmu->l1_latency);
  mmu->open_at = accepted + 1;
  if (answered_without_lookup(r, &mmu->regime, half, request)) {
    respond(mmu, r);
    return;
  }
  tw_l1_tlb *l1 = l1_of(mmu, request->kind);
  uint64_t key = half->key | tw_key_va(request->va);
  tw_count_l1(&mmu->counters, request->kind);
  unsigned slot = tw_l1_tlb_find(l1, key);
  if (slot == TW_NO_SLOT) {
    miss_l1(mmu, request, half, key, r);
    return;
  }
  tw_associative_use(&l1->entry, slot);
  const tw_translation *t = &l1->translation[slot];
  r->found = TW_FOUND_L1;
  set_translation(r, mmu, request, t, tw_translation_pa(t, request->va));
  respond(mmu, r);
}

static void take_tlbi(tw_mmu *mmu, const tw_tlbi *tlbi, uint64_t accepted, tw_response *answer) {
  tw_l1_tlb_maintain(&mmu->l1i, tlbi);
  tw_l1_tlb_maintain(&mmu->l1d, tlbi);
  tw_l2_tlb_maintain(&mmu->l2, tlbi);
  tw_walker_maintain(&mmu->walker, tlbi);
  mmu->open_at = accepted + tw_max(1 + mmu->l2.sets, mmu->l1_latency);
  *answer = (tw_response){
      .id = tlbi->id, .accepted = accepted, .cycle = mmu->open_at, .kind = TW_KIND_TLBI, .found = TW_FOUND_MAINTENANCE};
}

// ---- ports ----

static int offer(tw_mmu *mmu, unsigned port, uint64_t cycle) {
  if (mmu->pending[port].valid || mmu->queue_count > TW_QUEUE - TW_QUEUE_ROOM)
    return -1;
  mmu->pending[port] = (tw_pending){.valid = true, .cycle = cycle};
  return 0;
}

int tw_mmu_submit(tw_mmu *mmu, const tw_request *request) {
  unsigned port = request->kind == TW_ACCESS_FETCH ? TW_PORT_FETCH : TW_PORT_DATA;
  if (offer(mmu, port, request->cycle))
    return -1;
  mmu->offered[port] = *request;
  return 0;
}

int tw_mmu_submit_tlbi(tw_mmu *mmu, const tw_tlbi *tlbi) {
  if (offer(mmu, TW_PORT_MAINTENANCE, tlbi->cycle))
    return -1;
  mmu->offered_tlbi = *tlbi;
  return 0;
}

/// The first cycle in which a request at a port can be accepted; UINT64_MAX: none stands there.
static uint64_t next_acceptance(const tw_mmu *mmu) {
  uint64_t next = UINT64_MAX;
  for (unsigned port = 0; port < TW_PORTS; port++)
    if (mmu->pending[port].valid && mmu->pending[port].cycle < next)
      next = mmu->pending[port].cycle;
  return next == UINT64_MAX ? next : tw_max(next, mmu->open_at);
}

/// Accept in `cycle` the request of the first port, by priority, that has one standing.
static void accept(tw_mmu *mmu, uint64_t cycle) {
  unsigned port = 0;
  while (!mmu->pending[port].valid || mmu->pending[port].cycle > cycle)
    port++;
  tw_response *answer = &mmu->queue[(mmu->queue_first + mmu->queue_count++) % TW_QUEUE];
  mmu->pending[port].valid = false;
  if (port == TW_PORT_MAINTENANCE)
    take_tlbi(mmu, &mmu->offered_tlbi, cycle, answer);
  else
    take_request(mmu, &mmu->offered[port], cycle, answer);
}

void tw_mmu_run_until(tw_mmu *mmu, uint64_t cycle) {
  for (;;) {
    if (mmu->walking) {
      if (mmu->walk.read_at >= cycle)
        break;
      step_walk(mmu);
      continue;
    }
    uint64_t next = next_acceptance(mmu);
    if (next >= cycle)
      break;
    accept(mmu, next);
  }
  mmu->now = tw_max(mmu->now, cycle);
}

uint64_t tw_mmu_now(const tw_mmu *mmu) { return mmu->now; }

/// The oldest answer in the queue has come or will come at a known cycle: it is not the one that walks.
static bool front_is_answered(const tw_mmu *mmu) {
  return mmu->queue_count > 0 && !(mmu->walking && mmu->answer == &mmu->queue[mmu->queue_first]);
}

uint64_t tw_mmu_next_event(const tw_mmu *mmu) {
  uint64_t next = mmu->walking ? mmu->walk.read_at : next_acceptance(mmu);
  if (front_is_answered(mmu) && mmu->queue[mmu->queue_first].cycle < next)
    next = mmu->queue[mmu->queue_first].cycle;
  return next;
}

size_t tw_mmu_collect(tw_mmu *mmu, tw_response *responses, size_t max) {
  size_t count = 0;
  while (count < max && front_is_answered(mmu) && mmu->queue[mmu->queue_first].cycle < mmu->now) {
    responses[count++] = mmu->queue[mmu->queue_first];
    mmu->queue_first = (mmu->queue_first + 1) % TW_QUEUE;
    mmu->queue_count--;
  }
  return count;
}

// ---- one after the other ----

void tw_mmu_translate(tw_mmu *mmu, const tw_request *request, tw_response *response) {
  take_request(mmu, request, tw_max(tw_max(request->cycle, mmu->now), mmu->open_at), response);
  while (mmu->walking)
    step_walk(mmu);
  mmu->now = response->cycle;
}

/// Translate a stretch of requests, looking ahead for descriptors that they will read.
static void replay_with_foresight(tw_mmu *mmu, const tw_request *requests, size_t count, size_t ahead,
                                  tw_response *responses) {
  for (size_t i = 0; i < count; i++) {
    if (i + TW_FORESIGHT_AHEAD < ahead) {
      uint64_t va = requests[i + TW_FORESIGHT_AHEAD].va;
      const tw_half *half = &mmu->regime.half[tw_bit(va, 55)];
      uint64_t key = half->key | tw_key_va(va);
      tw_foresight_expect(&mmu->foresight, &mmu->port, key, half->granule);
      tw_l2_tlb_expect(&mmu->l2, key, half->granule);
    }
    tw_mmu_translate(mmu, &requests[i], &responses[i]);
  }
}

void tw_mmu_replay(tw_mmu *mmu, const tw_request *requests, size_t count, tw_response *responses) {
  enum { STRETCH = 64, MANY = STRETCH / 8 };
  bool many_walks = false;
  for (size_t i = 0; i < count; i += STRETCH) {
    size_t stretch = count - i < STRETCH ? count - i : STRETCH;
    uint64_t walks = mmu->counters.value[TW_COUNTER_DTLB_WALK];
    if (many_walks && mmu->port.expect)
      replay_with_foresight(mmu, requests + i, stretch, count - i, responses + i);
    else
      for (size_t j = i; j < i + stretch; j++)
        tw_mmu_translate(mmu, &requests[j], &responses[j]);
    many_walks = mmu->counters.value[TW_COUNTER_DTLB_WALK] - walks >= MANY;
  }
}

/// The L1 entry that answers an access without a fault, counted as used; NULL: there is none.
static inline const tw_translation *hit(tw_mmu *mmu, uint64_t va, unsigned kind, unsigned permission) {
  const tw_half *half = &mmu->regime.half[tw_bit(va, 55)];
  uint64_t range = half->range[kind == TW_ACCESS_FETCH];
  if ((va & range) != (tw_bit(va, 55) ? range : 0))
    return NULL;
  tw_l1_tlb *l1 = l1_of(mmu, kind);
  uint64_t key = half->key | tw_key_va(va);
  unsigned slot = tw_l1_tlb_find(l1, key);
  if (slot == TW_NO_SLOT)
    return NULL;
  const tw_translation *t = &l1->translation[slot];
  if (!(t->allowed >> permission & 1))
    return NULL;
  tw_associative_use(&l1->entry, slot);
  return t;
}

static void count_hits(tw_mmu *mmu, const size_t hits[3]) {
  uint64_t *c = mmu->counters.value;
  c[TW_COUNTER_L1D_TLB] += hits[TW_ACCESS_READ] + hits[TW_ACCESS_WRITE];
  c[TW_COUNTER_L1D_TLB_RD] += hits[TW_ACCESS_READ];
  c[TW_COUNTER_L1D_TLB_WR] += hits[TW_ACCESS_WRITE];
  c[TW_COUNTER_L1I_TLB] += hits[TW_ACCESS_FETCH];
}

size_t tw_mmu_replay_hits(tw_mmu *mmu, const tw_stream *stream, size_t count, uint64_t *pa) {
  size_t hits[3] = {0}, i = 0;
  bool needs_pa = pa || mmu->port.translated;
  bool el0_barred = stream->el == 0 && (mmu->regime.half[0].e0pd || mmu->regime.half[1].e0pd);
  if (!mmu->regime.on || mmu->regime.half[0].size_fault || mmu->regime.half[1].size_fault || el0_barred)
    return 0;
  unsigned permission = tw_permission_index(0, stream->el, stream->pan, mmu->regime.wxn);
  for (; i < count; i++) {
    unsigned kind = stream->kind[i] & 3;
    const tw_translation *t = hit(mmu, stream->va[i], kind, permission + kind);
    if (!t)
      break;
    hits[kind]++;
    if (!needs_pa)
      continue;
    uint64_t found = tw_translation_pa(t, stream->va[i]);
    if (pa)
      pa[i] = found;
    if (mmu->port.translated)
      mmu->port.translated(mmu->port.context, found);
  }
  if (!i)
    return 0;
  count_hits(mmu, hits);
  uint64_t first = tw_max(mmu->now, mmu->open_at);
  mmu->open_at = first + (i - 1) * mmu->l1_latency + 1;
  mmu->now = first + i * mmu->l1_latency;
  return i;
}

void tw_mmu_maintain(tw_mmu *mmu, const tw_tlbi *tlbi, tw_response *response) {
  take_tlbi(mmu, tlbi, tw_max(tw_max(tlbi->cycle, mmu->now), mmu->open_at), response);
  mmu->now = response->cycle;
}

const tw_counters *tw_mmu_counters(const tw_mmu *mmu) { return &mmu->counters; }
