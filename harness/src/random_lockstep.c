// The random lockstep: one scenario.
#include "random_lockstep.h"
#include "lockstep.h"
#include "random_race.h"
#include "random_tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TW_GIVE_UP = 30000 }; ///< cycles for what is in flight to be answered

typedef struct tw_scenario {
  tw_random_world world;
  tw_random_context context[TW_RANDOM_CONTEXTS];
  uint32_t contexts, made;
  unsigned kinds;
  tw_race model_race, rtl_race;
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

static int run_for(tw_scenario *s, uint64_t cycles) {
  if (tw_lockstep_run_until(s->lockstep, tw_lockstep_now(s->lockstep) + cycles, s->error))
    return -1;
  size_t count;
  const tw_answer *answers = tw_lockstep_answers(s->lockstep, &count);
  for (size_t i = 0; i < count; i++)
    count_answer(s->world.context, s->counts, &answers[i].response);
  return 0;
}

/// Until nothing is in flight.
static int run_dry(tw_scenario *s) {
  uint64_t end = tw_lockstep_now(s->lockstep) + TW_GIVE_UP;
  while (tw_platform_busy(s->lockstep->rtl)) {
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

static int offer_request(tw_scenario *s, bool fetch) {
  tw_request request = tw_random_request(&s->world, fetch);
  request.cycle = tw_lockstep_now(s->lockstep);
  if (tw_random_percent(&s->world.random, 30))
    request.cycle += tw_random_below(&s->world.random, 6);
  int submitted = tw_lockstep_submit(s->lockstep, &request, s->error);
  if (!submitted) {
    s->counts->at[request.at]++;
    s->counts->par_long += request.par_long;
    s->counts->nonfault += request.nonfault;
  }
  return count_refusal(s, submitted);
}

static int offer_tlbi(tw_scenario *s, tw_tlbi tlbi) {
  tlbi.cycle = tw_lockstep_now(s->lockstep) + tw_random_below(&s->world.random, 4);
  int submitted = tw_lockstep_submit_tlbi(s->lockstep, &tlbi, s->error);
  if (!submitted && tlbi.op < TW_RANDOM_OPS)
    s->counts->op[tlbi.op]++;
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
  uint32_t gap;                      ///< cycles of a step, at most
} tw_traffic;

static tw_traffic random_traffic(tw_random *random) {
  static const uint8_t percent[] = {0, 20, 60, 90, 100};
  tw_traffic traffic = {.data = percent[tw_random_below(random, 5)],
                        .fetch = percent[tw_random_below(random, 5)],
                        .tlbi = tw_random_percent(random, 50) ? 4 : tw_random_below(random, 60),
                        .write = tw_random_percent(random, 50) ? 4 : tw_random_below(random, 30),
                        .gap = tw_random_percent(random, 50) ? 1 : tw_random_from(random, 1, 12)};
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

static int run_context(tw_scenario *s) {
  if (run_dry(s))
    return -1;
  if (tw_random_percent(&s->world.random, 20) && tw_lockstep_cool_memory(s->lockstep, s->error))
    return -1;
  if (next_context(s) || tw_random_map_all(&s->world))
    return -1;
  if (tw_lockstep_set_registers(s->lockstep, &s->world.context->registers, s->error))
    return -1;
  tw_traffic traffic = random_traffic(&s->world.random);
  uint64_t end = tw_lockstep_now(s->lockstep) + tw_random_from(&s->world.random, 400, 4000);
  while (tw_lockstep_now(s->lockstep) < end)
    if (step(s, &traffic))
      return -1;
  return 0;
}

// ---- the scenario ----

static int play(tw_scenario *s, uint64_t cycles) {
  while (tw_lockstep_now(s->lockstep) < cycles)
    if (run_context(s))
      return -1;
  if (run_dry(s))
    return -1;
  return tw_lockstep_finish(s->lockstep, s->error);
}

static int open_sides(tw_scenario *s, const tw_random_options *options, uint64_t seed) {
  const tw_platform_options platform = {.variant = options->variant, .fault = options->fault, .fst = options->fst};
  if (tw_platform_geometry(options->variant, &s->world.core.mmu, s->error))
    return -1;
  tw_random_core(&s->world.random, &s->world.core);
  s->lockstep = tw_lockstep_open(&s->world.core, &platform, options->report, s->error);
  if (!s->lockstep)
    return -1;
  tw_race_init(&s->model_race, s->lockstep->model.memory, seed);
  tw_race_init(&s->rtl_race, tw_platform_memory(s->lockstep->rtl), seed);
  s->lockstep->model.port = tw_race_as_port(&s->model_race);
  tw_platform_interpose(s->lockstep->rtl, tw_race_as_port(&s->rtl_race));
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
  tw_random_add(counts, &local);
  tw_lockstep_close(s->lockstep);
  free(s);
  return result;
}
