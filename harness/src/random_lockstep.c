// The random lockstep: one scenario.
#include "random_lockstep.h"
#include "counter_rules.h"
#include "lockstep.h"
#include "random_gate.h"
#include "random_race.h"
#include "random_tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
  TW_GIVE_UP = 1000000, ///< cycles for what is in flight to be answered: more than a full queue of the longest walks
                        ///< takes behind gates that are hardly ever open
  TW_PLAY_MOST = 400,   ///< requests of a play
  TW_PLAY_WINDOW = 64,
};

typedef struct tw_scenario {
  tw_random_world world;
  tw_random_context context[TW_RANDOM_CONTEXTS];
  uint32_t contexts, made;
  unsigned kinds;
  tw_race model_race, rtl_race;
  tw_gate model_gate, rtl_gate; ///< of responses
  tw_overlap_watch watch;
  uint32_t late; ///< percent of the requests that come to their port some cycles after they are offered
  tw_request requests[TW_PLAY_MOST];
  tw_response responses[TW_PLAY_MOST];
  uint16_t gaps[TW_PLAY_MOST];
  tw_lockstep *lockstep;
  tw_random_counts *counts;
  tw_error *error;
} tw_scenario;

// ---- the store of the table encoder ----

static int write_both(void *context, uint64_t pa, uint64_t value) {
  tw_scenario *s = context;
  return tw_lockstep_load(s->lockstep, pa, &value, sizeof value, s->error);
}

static uint64_t read_one(void *context, uint64_t pa) {
  tw_scenario *s = context;
  return tw_memory_read(s->lockstep->model.memory, pa);
}

// ---- counts ----

/// EL1&0, EL2, EL2&0, LPAE, short descriptors.
static unsigned format_of(const tw_random_context *context) {
  const tw_registers *r = &context->registers;
  if (r->regime != TW_REGIME_PL10)
    return r->regime;
  return r->tcr >> 31 & 1 ? 3 : 4;
}

static unsigned number_of(unsigned kind) {
  unsigned number = 0;
  while (kind >> number > 1)
    number++;
  return number;
}

static void count_answer(const tw_random_context *context, tw_random_counts *counts, const tw_response *r) {
  counts->found[r->found]++;
  if (r->kind == TW_KIND_TLBI)
    return;
  counts->kind[r->kind]++;
  counts->answers[number_of(context->kind)]++;
  if (r->fault)
    counts->fault[format_of(context)][r->stage == 2][r->fsc & 63]++;
  else if (r->found != TW_FOUND_NONE)
    counts->size[r->size_log2 & 63]++;
  counts->off += !(context->registers.sctlr & 1);
  counts->s1ptw[context->registers.regime == TW_REGIME_PL10] += r->s1ptw;
  counts->stage2_reads += r->stage2_reads;
  for (unsigned i = 0; i < TW_LEVELS; i++)
    counts->reads[i] += r->reads[i];
}

static void count_races(const tw_race *race, tw_random_counts *counts) {
  for (unsigned i = 0; i < 2; i++) {
    counts->swaps[i] += race->by_stage[i];
    counts->lost[i] += race->lost[i];
  }
  counts->swap_aborts += race->aborts;
  counts->swap_refusals += race->refused;
}

// ---- time ----

static void see(tw_scenario *s, const tw_response *response) {
  count_answer(s->world.context, s->counts, response);
  tw_overlap_see(&s->watch, response, &s->counts->overlap);
}

static int run_for(tw_scenario *s, uint64_t cycles) {
  if (tw_lockstep_run_until(s->lockstep, tw_lockstep_now(s->lockstep) + cycles, s->error))
    return -1;
  size_t count;
  const tw_answer *answers = tw_lockstep_answers(s->lockstep, &count);
  for (size_t i = 0; i < count; i++)
    see(s, &answers[i].response);
  return 0;
}

/// A request is in flight on one side; a prefetch tells nobody that it is but by what the model has still to do.
static bool is_busy(const tw_lockstep *lockstep) {
  return tw_platform_busy(lockstep->rtl) || tw_mmu_next_event(lockstep->model.mmu) != UINT64_MAX;
}

/// Until nothing is in flight.
static int run_dry(tw_scenario *s) {
  uint64_t end = tw_lockstep_now(s->lockstep) + TW_GIVE_UP;
  while (is_busy(s->lockstep)) {
    if (run_for(s, 16))
      return -1;
    if (tw_lockstep_now(s->lockstep) > end)
      return tw_fail(s->error, "a request is never answered by either side");
  }
  return run_for(s, 2 + s->world.core.mmu.l1_latency);
}

// ---- requests ----

/// 0; -1: a difference. A port that holds one is no error.
static int count_refusal(tw_scenario *s, int submitted) {
  if (submitted < 0)
    return -1;
  s->counts->refused += (uint64_t)submitted;
  return 0;
}

static tw_request new_request(tw_scenario *s, bool fetch) {
  tw_request request = tw_random_request(&s->world, fetch);
  request.cycle = tw_lockstep_now(s->lockstep);
  if (tw_random_percent(&s->world.random, s->late))
    request.cycle += tw_random_below(&s->world.random, 6);
  return request;
}

static void count_request(tw_random_counts *counts, const tw_request *request) {
  counts->at[request->at]++;
  counts->par_long += request->par_long;
  counts->nonfault += request->nonfault;
  counts->prfm[request->kind] += request->prfm;
}

static int offer_request(tw_scenario *s, bool fetch) {
  tw_request request = new_request(s, fetch);
  int submitted = tw_lockstep_submit(s->lockstep, &request, s->error);
  if (!submitted)
    count_request(s->counts, &request);
  return count_refusal(s, submitted);
}

static int offer_tlbi(tw_scenario *s, tw_tlbi tlbi) {
  tlbi.cycle = tw_lockstep_now(s->lockstep) + tw_random_below(&s->world.random, 4);
  int submitted = tw_lockstep_submit_tlbi(s->lockstep, &tlbi, s->error);
  if (!submitted && tlbi.op < TW_RANDOM_OPS) {
    s->counts->op[tlbi.op]++;
    s->counts->outside += tlbi.outside;
  }
  return count_refusal(s, submitted);
}

static int maintain_all(tw_scenario *s) {
  if (offer_tlbi(s, (tw_tlbi){.op = TW_TLBI_ALL}) || run_dry(s))
    return -1;
  return offer_tlbi(s, (tw_tlbi){.op = TW_TLBI_ALL | TW_TLBI_EL2}) ? -1 : run_dry(s);
}

// ---- contexts ----

/// How requests come, for the length of a context.
typedef struct tw_traffic {
  uint32_t data, fetch, tlbi, write; ///< percent a step; tlbi and write: per 1000
  uint32_t gap;                      ///< cycles of a step, at most; of a play, from an offer to the next
  bool plays;                        ///< requests come as plays
} tw_traffic;

/// `sparse`: sometimes so little that the miss queue has room for prefetches.
static tw_traffic random_traffic(tw_random *random, bool sparse) {
  static const uint8_t percent[] = {0, 20, 60, 90, 100};
  static const uint16_t tlbi[] = {4, 4, 30, 60, 400}; // the last one keeps both queues full
  tw_traffic traffic = {.data = percent[tw_random_below(random, 5)],
                        .fetch = percent[tw_random_below(random, 5)],
                        .tlbi = tlbi[tw_random_below(random, sizeof tlbi / sizeof *tlbi)],
                        .write = tw_random_percent(random, 50) ? 4 : tw_random_below(random, 30),
                        .gap = tw_random_percent(random, 50) ? 1 : tw_random_from(random, 1, 12),
                        .plays = tw_random_percent(random, 35)};
  if (sparse && tw_random_percent(random, 60))
    traffic.gap = tw_random_from(random, 20, 150);
  if (traffic.data + traffic.fetch == 0)
    traffic.data = traffic.fetch = 80;
  return traffic;
}

/// A context that is new, with or without an empty TLB.
static int make_context(tw_scenario *s, uint32_t number) {
  s->world.context = &s->context[number];
  tw_random_registers(&s->world, s->world.context, s->kinds);
  s->counts->contexts++;
  s->made |= 1U << number;
  return 0;
}

/// The context that comes next: the same with other switches, another one that was before, or a new one.
static int next_context(tw_scenario *s) {
  tw_random *random = &s->world.random;
  uint32_t number = tw_random_below(random, s->contexts);
  bool fresh = !s->made || tw_random_percent(random, 22);
  if (fresh && s->made && tw_random_percent(random, 50) && maintain_all(s))
    return -1;
  if (fresh || !(s->made >> number & 1))
    return make_context(s, number);
  if (tw_random_percent(random, 45)) {
    tw_random_tweak(&s->world, s->world.context);
    return 0;
  }
  s->counts->switches += s->world.context != &s->context[number];
  s->world.context = &s->context[number];
  return 0;
}

static int step(tw_scenario *s, const tw_traffic *traffic) {
  tw_random *random = &s->world.random;
  if (tw_random_percent(random, traffic->data) && offer_request(s, false))
    return -1;
  if (tw_random_percent(random, traffic->fetch) && offer_request(s, true))
    return -1;
  if (tw_random_below(random, 1000) < traffic->tlbi && offer_tlbi(s, tw_random_tlbi(&s->world)))
    return -1;
  if (tw_random_below(random, 1000) < traffic->write) {
    s->counts->writes++;
    if (tw_random_rewrite(&s->world))
      return -1;
  }
  return run_for(s, tw_random_from(random, 1, traffic->gap));
}

// ---- plays ----

/// Requests that overlap, with nothing beside them.
static int play_some(tw_scenario *s, const tw_traffic *traffic) {
  tw_random *random = &s->world.random;
  uint32_t fetches = traffic->fetch * 100 / (traffic->data + traffic->fetch);
  uint32_t count = tw_random_from(random, 1, TW_PLAY_MOST), gap = tw_random_from(random, 1, 8 + traffic->gap);
  bool gapless = tw_random_percent(random, 40);
  for (uint32_t i = 0; i < count; i++) {
    s->requests[i] = new_request(s, tw_random_percent(random, fetches));
    s->gaps[i] = (uint16_t)(tw_random_percent(random, 50) ? 0 : tw_random_below(random, gap));
    count_request(s->counts, &s->requests[i]);
  }
  s->gaps[0] = 0; // there is none before it
  const tw_play play = {.requests = s->requests,
                        .gaps = gapless ? NULL : s->gaps,
                        .count = count,
                        .window = tw_random_from(random, 1, TW_PLAY_WINDOW),
                        .responses = s->responses};
  if (tw_lockstep_play(s->lockstep, &play, s->error))
    return -1;
  tw_overlap_sort(s->responses, count);
  for (uint32_t i = 0; i < count; i++)
    see(s, &s->responses[i]);
  s->counts->plays++;
  s->counts->played += count;
  return 0;
}

/// A play, and some acts of software after it.
static int play_step(tw_scenario *s, const tw_traffic *traffic) {
  tw_random *random = &s->world.random;
  if (run_dry(s) || play_some(s, traffic))
    return -1;
  if (tw_random_below(random, 100) < traffic->tlbi && offer_tlbi(s, tw_random_tlbi(&s->world)))
    return -1;
  if (tw_random_below(random, 100) >= traffic->write)
    return 0;
  s->counts->writes++;
  return tw_random_rewrite(&s->world);
}

static int run_context(tw_scenario *s) {
  if (run_dry(s))
    return -1;
  if (tw_random_percent(&s->world.random, 20) && tw_lockstep_cool_memory(s->lockstep, s->error))
    return -1;
  if (next_context(s) || tw_random_map_all(&s->world))
    return -1;
  if (tw_lockstep_set_registers(s->lockstep, &s->world.context->registers, s->error))
    return -1;
  tw_traffic traffic = random_traffic(&s->world.random, s->world.core.mmu.prefetch != TW_PREFETCH_NONE);
  s->world.burst = tw_random_percent(&s->world.random, 50) ? 0 : tw_random_from(&s->world.random, 20, 90);
  s->late = tw_random_percent(&s->world.random, 50) ? 0 : 30;
  uint64_t end = tw_lockstep_now(s->lockstep) + tw_random_from(&s->world.random, 400, 4000);
  while (tw_lockstep_now(s->lockstep) < end)
    if (traffic.plays ? play_step(s, &traffic) : step(s, &traffic))
      return -1;
  return 0;
}

// ---- the scenario ----

static int play(tw_scenario *s, uint64_t cycles) {
  while (tw_lockstep_now(s->lockstep) < cycles)
    if (run_context(s))
      return -1;
  if (run_dry(s) || tw_lockstep_finish(s->lockstep, s->error))
    return -1;
  const tw_counters *counters = tw_mmu_counters(s->lockstep->model.mmu);
  s->counts->stalls[0] += counters->value[TW_COUNTER_STALL_BACKEND_TLB];
  s->counts->stalls[1] += counters->value[TW_COUNTER_STALL_FRONTEND_TLB];
  s->counts->prefetches += counters->value[TW_COUNTER_L2D_TLB_PREFETCH];
  s->counts->prefetch_hits += counters->value[TW_COUNTER_L2D_TLB_PREFETCH_HIT];
  s->counts->prefetch_walks += counters->value[TW_COUNTER_WALK_PREFETCH];
  s->counts->prefetch_fills += counters->value[TW_COUNTER_WALK_PREFETCH_FILL];
  const tw_mmu_seen seen = tw_mmu_has_seen(s->lockstep->model.mmu);
  s->counts->coalescing += s->world.core.mmu.coalesce;
  s->counts->coalesced += seen.coalesced;
  s->counts->in_l2 += s->world.core.mmu.walk_caches_in_l2;
  s->counts->table_hits += seen.table_hits;
  s->counts->table_passed_over += seen.passed_over;
  return tw_counters_check(counters, s->error);
}

/// Races at compare-and-swaps and back-pressure, alike on both sides.
static void disturb(tw_scenario *s, uint64_t seed) {
  tw_lockstep *lockstep = s->lockstep;
  tw_race_init(&s->model_race, lockstep->model.memory, seed);
  tw_race_init(&s->rtl_race, tw_platform_memory(lockstep->rtl), seed);
  s->model_race.gate = s->rtl_race.gate = tw_gate_random(&s->world.random);
  lockstep->model.port = tw_race_as_port(&s->model_race);
  tw_platform_interpose(lockstep->rtl, tw_race_as_port(&s->rtl_race));
  s->model_gate = s->rtl_gate = tw_gate_random(&s->world.random);
  tw_mmu_set_response_port(lockstep->model.mmu, (tw_response_port){tw_gate_open_at, &s->model_gate});
  tw_platform_set_response_port(lockstep->rtl, (tw_response_port){tw_gate_open_at, &s->rtl_gate});
}

static int open_sides(tw_scenario *s, const tw_random_options *options, uint64_t seed) {
  const tw_platform_options platform = {.variant = options->variant, .fault = options->fault, .fst = options->fst};
  if (tw_platform_geometry(options->variant, &s->world.core.mmu, s->error))
    return -1;
  tw_random_core(&s->world.random, &s->world.core);
  s->lockstep = tw_lockstep_open(&s->world.core, &platform, options->report, s->error);
  if (!s->lockstep)
    return -1;
  disturb(s, seed);
  return 0;
}

int tw_random_lockstep(const tw_random_options *options, uint64_t seed, uint64_t cycles, tw_random_counts *counts,
                       tw_difference *difference, tw_error *error) {
  tw_scenario *s = calloc(1, sizeof *s);
  *difference = TW_SAME;
  if (!s)
    return tw_fail(error, "out of memory");
  tw_random_counts local = {.scenarios = 1};
  s->counts = &local;
  s->error = error;
  s->kinds = options->kinds;
  s->world.random.state = seed;
  s->world.context = s->context;
  s->world.store = (tw_random_store){.write = write_both, .read = read_one, .context = s};
  s->contexts = tw_random_from(&s->world.random, 1, 4);
  snprintf(s->world.core.name, sizeof s->world.core.name, "random core of seed %" PRIu64, seed);
  int result = open_sides(s, options, seed) ? -1 : play(s, cycles);
  if (s->lockstep) {
    local.compared = s->lockstep->compared;
    *difference = s->lockstep->difference.kind;
  }
  count_races(&s->model_race, &local);
  local.held[0] = s->model_gate.held;
  local.held[1] = s->model_race.gate.held;
  tw_random_add(counts, &local);
  tw_lockstep_close(s->lockstep);
  free(s);
  return result;
}
