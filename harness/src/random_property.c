// The property "a TLB hit answers as the walk would": one scenario.
#include "random_property.h"
#include "engine_methods.h"
#include "random_software.h"
#include "random_tables.h"

#include <inttypes.h>
#include <platform.h>
#include <stdlib.h>
#include <string.h>

enum { TW_RUN = 32 }; ///< requests between two acts of software, at most

typedef struct tw_property {
  tw_software software;
  tw_engine *engine, *reference;
  tw_memory *shadow; ///< what software has written, without what the hardware has updated
  uint64_t *written; ///< addresses of software's writes
  size_t writes, room;
  tw_property_counts *counts;
  tw_error *error;
  FILE *log;
  tw_engine_kind kind;       ///< of the engine under test
  uint64_t tlbis, forgotten; ///< the TLBI that is forgotten; UINT64_MAX: none
  uint64_t requests, seed;
  bool fails;
} tw_property;

// ---- what software does goes to three memories and two MMUs ----

static int note(tw_property *p, uint64_t pa) {
  if (p->writes == p->room) {
    size_t room = p->room ? 2 * p->room : 4096;
    uint64_t *written = realloc(p->written, room * sizeof *written);
    if (!written)
      return tw_fail(p->error, "out of memory");
    p->written = written;
    p->room = room;
  }
  p->written[p->writes++] = pa;
  return 0;
}

static int write_all(void *context, uint64_t pa, uint64_t value) {
  tw_property *p = context;
  if (p->log)
    fprintf(p->log, "write 0x%" PRIx64 " = 0x%016" PRIx64 "\n", pa, value);
  if (note(p, pa) || tw_memory_write(p->shadow, pa, value))
    return -1;
  return tw_engine_write(p->engine, pa, value, p->error) || tw_engine_write(p->reference, pa, value, p->error) ? -1 : 0;
}

static uint64_t read_shadow(void *context, uint64_t pa) { return tw_memory_read(((tw_property *)context)->shadow, pa); }

static int maintain(void *context, const tw_tlbi *tlbi) {
  tw_property *p = context;
  tw_response done;
  p->counts->op[tlbi->op & 127]++;
  bool forgotten = p->tlbis++ == p->forgotten;
  if (p->log)
    fprintf(p->log, "TLBI 0x%02x operand 0x%016" PRIx64 "%s\n", tlbi->op, tlbi->operand, forgotten ? " forgotten" : "");
  if (forgotten)
    return 0;
  return tw_engine_maintain(p->engine, tlbi, &done, p->error);
}

static int set_registers(void *context, const tw_registers *registers) {
  tw_property *p = context;
  if (p->log)
    fprintf(p->log,
            "regime %u SCTLR 0x%" PRIx64 " TCR 0x%" PRIx64 " TTBR0 0x%" PRIx64 " TTBR1 0x%" PRIx64 " HCR 0x%" PRIx64
            " VTCR 0x%" PRIx64 " VTTBR 0x%" PRIx64 " CONTEXTIDR 0x%x\n",
            registers->regime, registers->sctlr, registers->tcr, registers->ttbr0, registers->ttbr1, registers->hcr,
            registers->vtcr, registers->vttbr, registers->contextidr);
  if (tw_engine_set_registers(p->engine, registers, p->error))
    return -1;
  return tw_engine_set_registers(p->reference, registers, p->error);
}

// ---- requests and answers ----

static int cool_reference(tw_property *p) {
  uint8_t regime = p->software.world.context->registers.regime;
  bool el2 = regime == TW_REGIME_EL2 || regime == TW_REGIME_EL20;
  const tw_tlbi all = {.op = (uint8_t)(TW_TLBI_ALL | (el2 ? TW_TLBI_EL2 : 0))};
  tw_response done;
  return tw_engine_maintain(p->reference, &all, &done, p->error);
}

/// In lockstep the syndromes have been compared with the model's, and the response does not carry what they are made
/// of.
static bool same(const tw_property *p, const tw_response *a, const tw_response *b) {
  if (a->fault != b->fault || a->pa != b->pa || a->attr != b->attr || a->sh != b->sh || a->fsc != b->fsc)
    return false;
  if (a->fault && (a->stage != b->stage || a->s1ptw != b->s1ptw))
    return false;
  return p->kind != TW_ENGINE_MODEL || (a->ipa == b->ipa && tw_par(a) == tw_par(b) && tw_esr(a) == tw_esr(b));
}

static void describe(const tw_response *r, char *text, size_t room) {
  static const char *const found[] = {"none", "L1", "L2", "walk", "maintenance", "merged", "?", "?"};
  if (r->fault)
    snprintf(text, room, "%s fault 0x%02x stage %u s1ptw %u IPA 0x%" PRIx64, found[r->found & 7], r->fsc, r->stage,
             r->s1ptw, r->ipa);
  else
    snprintf(text, room, "%s PA 0x%" PRIx64 " attr 0x%02x sh %u PAR 0x%" PRIx64, found[r->found & 7], r->pa, r->attr,
             r->sh, tw_par(r));
}

static void log_answer(const tw_property *p, const tw_request *request, const tw_response *tested) {
  char text[128];
  describe(tested, text, sizeof text);
  fprintf(p->log, "kind %u EL%u AT %u VA 0x%" PRIx64 ": %s, %u bits\n", request->kind, request->el, request->at,
          request->va, text, tested->size_log2);
}

static int tell(tw_property *p, const tw_request *request, const tw_response *tested, const tw_response *walked) {
  char a[128], b[128];
  describe(tested, a, sizeof a);
  describe(walked, b, sizeof b);
  p->fails = true;
  return tw_fail(p->error,
                 "request %" PRIu64 " (kind %u, VA 0x%" PRIx64 ", EL%u, AT %u, regime %u): under test: %s; a walk: %s",
                 p->requests, request->kind, request->va, request->el, request->at,
                 p->software.world.context->registers.regime, a, b);
}

/// Four pages in one: a mapping that is no page's of the granule, nor a contiguous group's.
static bool is_four(const tw_random_context *context, const tw_request *request, const tw_response *r) {
  if (r->fault || r->found == TW_FOUND_NONE || !context->has_stage1 || context->has_stage2)
    return false;
  const tw_random_tree *tree = tw_random_half_of(context, request->va);
  return tree->format == TW_FORMAT_LONG && tree->granule != 16 && r->size_log2 == tree->granule + 2;
}

static void count(tw_property_counts *counts, const tw_response *r) {
  counts->requests++;
  counts->found[r->found]++;
  counts->faults += r->fault;
  counts->stage2_faults += r->fault && r->stage == 2;
  counts->s1ptw += r->s1ptw;
  counts->updates += r->updates;
}

/// One after the other, or overlapping: software does nothing meanwhile, so the answers must be the same.
static int ask(tw_property *p, const tw_request *requests, uint32_t count, tw_response *tested) {
  tw_random *random = &p->software.world.random;
  if (tw_random_percent(random, 40))
    return tw_engine_replay(p->engine, requests, count, tested, p->error);
  const tw_play play = {
      .requests = requests, .count = count, .window = tw_random_from(random, 1, TW_RUN), .responses = tested};
  p->counts->overlapped += count;
  return tw_engine_play(p->engine, &play, p->error);
}

static int run_requests(tw_property *p) {
  tw_request requests[TW_RUN];
  tw_response tested[TW_RUN], walked;
  tw_random *random = &p->software.world.random;
  uint32_t n = tw_random_from(random, 1, TW_RUN);
  for (uint32_t i = 0; i < n; i++)
    requests[i] = tw_random_request(&p->software.world, tw_random_percent(random, 30));
  if (ask(p, requests, n, tested))
    return -1;
  for (uint32_t i = 0; i < n; i++) {
    if (cool_reference(p) || tw_engine_replay(p->reference, &requests[i], 1, &walked, p->error))
      return -1;
    if (p->log)
      log_answer(p, &requests[i], &tested[i]);
    if (!same(p, &tested[i], &walked))
      return tell(p, &requests[i], &tested[i], &walked);
    p->requests++;
    count(p->counts, &tested[i]);
    p->counts->fours += is_four(p->software.world.context, &requests[i], &tested[i]);
  }
  return 0;
}

// ---- the memories at the end ----

/// Access flags and dirty states of a group's descriptors may differ.
static bool may_differ(uint64_t a, uint64_t b) {
  const uint64_t state = 1ULL << 7 | 1ULL << 10, swapped = 1ULL << 63 | 1ULL << 50;
  bool little = a >> 52 & 1 && !((a ^ b) & ~state), big = a >> 12 & 1 && !((a ^ b) & ~swapped);
  return little || big;
}

static int compare_memories(tw_property *p) {
  for (size_t i = 0; i < p->writes; i++) {
    uint64_t pa = p->written[i] & ~7ULL;
    uint64_t a = p->engine->methods->peek(p->engine, pa), b = p->reference->methods->peek(p->reference, pa);
    p->counts->words++;
    if (a == b || may_differ(a, b))
      continue;
    p->fails = true;
    return tw_fail(p->error, "descriptor at 0x%" PRIx64 ": under test 0x%" PRIx64 ", updated by walks 0x%" PRIx64, pa,
                   a, b);
  }
  return 0;
}

// ---- the scenario ----

static int act(tw_property *p) {
  tw_random *random = &p->software.world.random;
  uint32_t chance = tw_random_below(random, 100);
  if (chance < 25)
    return tw_software_switch(&p->software, tw_random_below(random, p->software.contexts));
  if (chance < 32)
    return tw_software_flip(&p->software);
  return chance < 90 ? tw_software_change(&p->software) : 0;
}

static int play(tw_property *p, uint64_t requests, unsigned kinds) {
  tw_software_begin(&p->software, kinds);
  if (tw_software_switch(&p->software, 0))
    return -1;
  while (p->requests < requests)
    if (run_requests(p) || act(p))
      return -1;
  if (compare_memories(p))
    return -1;
  return tw_engine_finish(p->engine, p->error);
}

/// The reference's core: as small as can be.
static tw_core small(const tw_core *core) {
  tw_core least = *core;
  snprintf(least.name, sizeof least.name, "reference");
  least.mmu.l1i = (tw_l1_config){.entries = 1, .sizes = core->mmu.l1i.sizes};
  least.mmu.l1d = (tw_l1_config){.entries = 1, .sizes = core->mmu.l1d.sizes};
  least.mmu.l2 = (tw_l2_config){.sets = 1, .ways = 1, .sizes = core->mmu.l2.sizes};
  memset(least.mmu.walk_cache_entries, 0, sizeof least.mmu.walk_cache_entries);
  least.mmu.walk_caches_in_l2 = 0;
  least.mmu.coalesce = 0;
  least.mmu.ipa_cache_entries = 0;
  return least;
}

static int open_all(tw_property *p, const tw_property_options *options) {
  tw_core *core = &p->software.world.core;
  snprintf(core->name, sizeof core->name, "random core of seed %" PRIu64, p->seed);
  if (tw_platform_geometry(options->variant, &core->mmu, p->error))
    return -1;
  tw_random_core(&p->software.world.random, core);
  const tw_core least = small(core);
  const tw_engine_options tested = {.kind = options->kind, .variant = options->variant};
  const tw_engine_options model = {.kind = TW_ENGINE_MODEL};
  p->shadow = tw_memory_create(&core->memory);
  if (!p->shadow)
    return tw_fail(p->error, "out of memory");
  p->engine = tw_engine_open(core, &tested, p->error);
  p->reference = p->engine ? tw_engine_open(&least, &model, p->error) : NULL;
  return p->reference ? 0 : -1;
}

int tw_property_run(const tw_property_options *options, uint64_t seed, uint64_t requests, tw_property_counts *counts,
                    bool *fails, tw_error *error) {
  tw_property *p = calloc(1, sizeof *p);
  *fails = false;
  if (!p)
    return tw_fail(error, "out of memory");
  p->counts = counts;
  p->error = error;
  p->log = options->log;
  p->kind = options->kind;
  p->seed = seed;
  p->software.world.random.state = seed;
  p->software.world.careful = true;
  p->software.world.store = (tw_random_store){.write = write_all, .read = read_shadow, .context = p};
  p->software.world.context = p->software.context;
  p->software.counts = counts;
  p->software.maintain = maintain;
  p->software.set_registers = set_registers;
  p->software.self = p;
  p->forgotten = options->forgets ? 5 + seed % 50 : UINT64_MAX;
  int result = open_all(p, options) ? -1 : play(p, requests, options->kinds);
  counts->scenarios++;
  *fails = p->fails;
  tw_engine_close(p->engine);
  tw_engine_close(p->reference);
  tw_memory_destroy(p->shadow);
  free(p->written);
  free(p);
  return result;
}
