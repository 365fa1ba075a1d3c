// The engines by their public face: what they refuse, that all three agree, what a lockstep does at a difference, and
// that platforms live side by side.
#include <harness/engine.h>
#include <platform.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES = 64, REQUESTS = 300 };
static const uint64_t table = 0x40000000;

typedef struct tw_tally {
  unsigned passed, failed;
} tw_tally;

static void check(tw_tally *tally, bool right, const char *what, const char *text) {
  if (right) {
    tally->passed++;
    return;
  }
  tally->failed++;
  printf("FAIL %s: %s\n", what, text);
}

/// A core with the sizes of the RTL build `variant`.
static tw_core core_of(const char *variant) {
  tw_sizes all = tw_granule_sizes(12) | tw_granule_sizes(14) | tw_granule_sizes(16);
  tw_core core = {.name = "test",
                  .mmu = {.l1i.sizes = all,
                          .l1d.sizes = all,
                          .l2.sizes = all,
                          .misses = 4,
                          .walks = 2,
                          .merge = 1,
                          .l1_latency = 1,
                          .l2_latency = 3,
                          .walk_start = 1,
                          .walk_step = 1,
                          .ipa_latency = 1,
                          .pa_bits = 48},
                  .memory = {.dram_latency = 20}};
  if (tw_platform_geometry(variant, &core.mmu, NULL))
    exit(2);
  return core;
}

// ---- what is refused ----

static void test_refusals(tw_tally *tally) {
  tw_core core = core_of("neoverse-n1");
  tw_engine_options options = {.kind = TW_ENGINE_RTL};
  tw_error error = {""};
  core.mmu.l2.sets = 128;
  check(tally,
        !tw_engine_open(&core, &options, &error) && strstr(error.text, "l2.sets 128") &&
            strstr(error.text, "built: ") && strstr(error.text, "neoverse-n1"),
        "a geometry that is not built", error.text);
  core.mmu.l2.sets = 5000;
  check(tally, !tw_engine_open(&core, &options, &error) && strstr(error.text, "l2.sets is 5000"),
        "a geometry that can't be built", error.text);
  core = core_of("tiny");
  options.variant = "nowhere";
  check(tally, !tw_engine_open(&core, &options, &error) && strstr(error.text, "nowhere"), "a build that is not there",
        error.text);
  options = (tw_engine_options){.kind = TW_ENGINE_RTL, .variant = "tiny", .fault = 1};
  check(tally, !tw_engine_open(&core, &options, &error) && strstr(error.text, "fault 1"),
        "a fault in a build without faults", error.text);
  core.mmu.l1d.entries = 5;
  options.fault = 0;
  check(tally, !tw_engine_open(&core, &options, &error) && strstr(error.text, "l1d.entries is 4"),
        "a named build of another size", error.text);
  core = core_of("tiny");
  core.mmu.ipa_cache_entries = 3;
  check(tally, !tw_engine_open(&core, &options, &error) && strstr(error.text, "ipa_cache_entries is 2"),
        "a named build with another IPA cache", error.text);
}

/// The RTL has no x86-64 regime.
static void test_x86(tw_tally *tally) {
  const tw_registers x86 = {.regime = TW_REGIME_X86}, nonsense = {.regime = 5};
  for (unsigned kind = 0; kind < 3; kind++) {
    tw_core core = core_of("tiny");
    tw_engine_options options = {.kind = (tw_engine_kind)kind};
    tw_error error = {""};
    tw_engine *engine = tw_engine_open(&core, &options, &error);
    bool taken = engine && !tw_engine_set_registers(engine, &x86, &error);
    check(tally, taken == (kind == TW_ENGINE_MODEL) && (taken || strstr(error.text, "x86-64")), "x86-64 registers",
          error.text);
    check(tally, tw_engine_set_registers(engine, &nonsense, &error) && strstr(error.text, "regime 5"),
          "registers of no regime", error.text);
    tw_engine_close(engine);
  }
}

// ---- the same on all three ----

/// Three tables and a table of pages at level 3: VA 0 to PAGES pages go to 0x80000000 and up.
static int load_tables(tw_engine *engine, tw_error *error) {
  uint64_t pages[PAGES];
  for (unsigned i = 0; i < PAGES; i++)
    pages[i] = (0x80000000 + ((uint64_t)i << 12)) | 0x743;
  for (unsigned level = 0; level < 3; level++)
    if (tw_engine_write(engine, table + (level << 12), (table + ((level + 1) << 12)) | 3, error))
      return -1;
  return tw_engine_load(engine, table + (3 << 12), pages, sizeof pages, error);
}

static int prepare(tw_engine *engine, tw_error *error) {
  const tw_registers registers = {
      .sctlr = 1, .tcr = 16 | 16 << 16 | 1ULL << 31 | 5ULL << 32, .ttbr0 = table, .mair = 0xff};
  if (load_tables(engine, error))
    return -1;
  return tw_engine_set_registers(engine, &registers, error);
}

/// Pages and stage 2 blocks whose access flag and dirty state the walk has to set.
static int prepare_updates(tw_engine *engine, tw_error *error) {
  static const uint64_t dbm = 1ULL << 51, stage2 = 0x48000000;
  uint64_t pages[PAGES];
  for (unsigned i = 0; i < PAGES; i++)
    pages[i] = (0x80000000 + ((uint64_t)i << 12)) | 0x3c3 | (i % 2 ? dbm : 0);
  const uint64_t blocks[3] = {0, 0x400003fd, 0x8000037d | dbm};
  // HA, HD; 39 bits of IPA from level 1 on, PS 48 bits, HA, HD
  const tw_registers registers = {.sctlr = 1,
                                  .tcr = 16 | 16 << 16 | 1ULL << 31 | 5ULL << 32 | 3ULL << 39,
                                  .ttbr0 = table,
                                  .mair = 0xff,
                                  .hcr = 1,
                                  .vtcr = 25 | 1 << 6 | 5 << 16 | 3 << 21,
                                  .vttbr = stage2 | 1ULL << 48};
  if (tw_engine_load(engine, table + (3 << 12), pages, sizeof pages, error) ||
      tw_engine_load(engine, stage2, blocks, sizeof blocks, error))
    return -1;
  return tw_engine_set_registers(engine, &registers, error);
}

/// AArch32, short descriptors: a section of 1 MiB at VA 0x100000, to 0x90000000.
static int prepare_short(tw_engine *engine, tw_error *error) {
  const tw_registers registers = {.sctlr = 1, .ttbr0 = 0x50000000, .dacr = 1, .regime = TW_REGIME_PL10};
  if (tw_engine_write_word(engine, 0x50000004, 0x90000c0e, error) ||
      tw_engine_write_word(engine, 0x50000000, 0x00000000, error))
    return -1;
  return tw_engine_set_registers(engine, &registers, error);
}

static void make_requests(tw_request *requests) {
  for (uint32_t i = 0; i < REQUESTS; i++)
    requests[i] = (tw_request){.va = (uint64_t)(i * i % (PAGES + 4)) << 12 | (i & 0xff),
                               .id = i,
                               .kind = (uint8_t)(i % 3),
                               .el = (uint8_t)(i / 7 % 2)};
}

/// What one engine did.
typedef struct tw_run {
  tw_response first[REQUESTS], cooled[REQUESTS], played[REQUESTS], updated[REQUESTS], short_format, cleared;
  tw_response tlbi;
  tw_counters counters;
  uint64_t par;
  uint32_t esr;
  tw_compared compared;
} tw_run;

/// All of them from cold, up to 8 at once, some with a cycle or two between them.
static int play(tw_engine *engine, const tw_request *requests, tw_response *responses, tw_error *error) {
  uint16_t gaps[REQUESTS];
  for (unsigned i = 0; i < REQUESTS; i++)
    gaps[i] = (uint16_t)(i % 5 == 0 ? i % 3 : 0);
  const tw_play play = {.requests = requests, .gaps = gaps, .count = REQUESTS, .window = 8, .responses = responses};
  return tw_engine_cool(engine, error) || tw_engine_play(engine, &play, error) ? -1 : 0;
}

static int run_steps(tw_engine *engine, tw_run *run, tw_error *error) {
  tw_request requests[REQUESTS];
  const tw_tlbi tlbi = {.operand = tw_tlbi_va(0x3000, 0), .op = TW_TLBI_VAA, .id = 7};
  const tw_request in_section = {.va = 0x123456, .el = 1};
  make_requests(requests);
  if (prepare(engine, error) || tw_engine_replay(engine, requests, REQUESTS, run->first, error))
    return -1;
  tw_engine_syndrome(engine, &run->par, &run->esr);
  if (tw_engine_maintain(engine, &tlbi, &run->tlbi, error) || tw_engine_cool(engine, error))
    return -1;
  if (tw_engine_replay(engine, requests, REQUESTS, run->cooled, error))
    return -1;
  if (play(engine, requests, run->played, error))
    return -1;
  if (prepare_updates(engine, error) || tw_engine_replay(engine, requests, REQUESTS, run->updated, error))
    return -1;
  if (prepare_short(engine, error) || tw_engine_replay(engine, &in_section, 1, &run->short_format, error))
    return -1;
  if (tw_engine_clear(engine, error) || tw_engine_replay(engine, requests, 1, &run->cleared, error))
    return -1;
  if (tw_engine_counters(engine, &run->counters, error))
    return -1;
  run->compared = tw_engine_compared(engine);
  return tw_engine_finish(engine, error);
}

static void run_kind(tw_tally *tally, tw_engine_kind kind, tw_run *run) {
  tw_core core = core_of("tiny");
  tw_engine_options options = {.kind = kind};
  tw_error error = {""};
  tw_engine *engine = tw_engine_open(&core, &options, &error);
  check(tally, engine && !run_steps(engine, run, &error), "a run", error.text);
  if (engine)
    check(tally, tw_engine_differed(engine) == TW_SAME, "a run without a difference", error.text);
  tw_engine_close(engine);
}

static bool same_response(const tw_response *a, const tw_response *b) {
  return a->cycle == b->cycle && a->accepted == b->accepted && a->pa == b->pa && a->id == b->id &&
         a->walk_cycles == b->walk_cycles && a->found == b->found && a->fault == b->fault && a->fsc == b->fsc &&
         a->stage == b->stage && a->attr == b->attr && a->sh == b->sh && a->size_log2 == b->size_log2 &&
         a->kind == b->kind && a->el == b->el && a->s1ptw == b->s1ptw && a->stage2_reads == b->stage2_reads &&
         a->updates == b->updates && !memcmp(a->reads, b->reads, sizeof a->reads);
}

static bool same_run(const tw_run *a, const tw_run *b) {
  for (unsigned i = 0; i < REQUESTS; i++)
    if (!same_response(&a->first[i], &b->first[i]) || !same_response(&a->cooled[i], &b->cooled[i]) ||
        !same_response(&a->played[i], &b->played[i]) || !same_response(&a->updated[i], &b->updated[i]))
      return false;
  return same_response(&a->short_format, &b->short_format) && same_response(&a->cleared, &b->cleared) &&
         same_response(&a->tlbi, &b->tlbi) && a->par == b->par && a->esr == b->esr &&
         !memcmp(&a->counters, &b->counters, sizeof a->counters);
}

static uint64_t span_of(const tw_response *responses) {
  uint64_t last = 0;
  for (unsigned i = 0; i < REQUESTS; i++)
    last = responses[i].cycle > last ? responses[i].cycle : last;
  return last - responses[0].accepted;
}

/// Requests that overlap get the same addresses, in less time.
static void check_play(tw_tally *tally, const tw_run *run) {
  bool same = true;
  for (unsigned i = 0; i < REQUESTS; i++)
    same = same && run->played[i].pa == run->cooled[i].pa && run->played[i].fault == run->cooled[i].fault &&
           run->played[i].id == run->cooled[i].id;
  check(tally, same, "answers of a play", "not those of the requests one after the other");
  check(tally, span_of(run->played) < span_of(run->cooled), "time of a play", "no less than one after the other");
}

static void check_kinds_of_walks(tw_tally *tally, const tw_run *run) {
  unsigned updates = 0, stage2_reads = 0;
  for (unsigned i = 0; i < REQUESTS; i++) {
    updates += run->updated[i].updates;
    stage2_reads += run->updated[i].stage2_reads;
  }
  check(tally, updates > 10 && stage2_reads > 0, "updates and stage 2", "none");
  check(tally, run->short_format.pa == 0x90023456 && run->short_format.size_log2 == 20, "a section of 1 MiB",
        "wrong answer");
}

static void test_agreement(tw_tally *tally) {
  tw_run *run = calloc(3, sizeof *run);
  if (!run)
    exit(2);
  for (unsigned kind = 0; kind < 3; kind++)
    run_kind(tally, (tw_engine_kind)kind, &run[kind]);
  check(tally, same_run(&run[0], &run[1]), "model and RTL alone", "differ");
  check(tally, same_run(&run[0], &run[2]), "model alone and in lockstep", "differ");
  const tw_run *lockstep = &run[TW_ENGINE_LOCKSTEP];
  check(tally, lockstep->first[0].found == TW_FOUND_WALK && lockstep->cooled[0].found == TW_FOUND_WALK, "cooled TLBs",
        "hit");
  check(tally,
        lockstep->cleared.found == TW_FOUND_NONE && lockstep->cleared.cycle > lockstep->updated[REQUESTS - 1].cycle,
        "cleared registers", "stage 1 is on, or time is not");
  check_kinds_of_walks(tally, lockstep);
  check_play(tally, lockstep);
  check(tally,
        lockstep->compared.accesses == 4 * REQUESTS + 2 && lockstep->compared.maintenance == 4 &&
            lockstep->compared.memory_reads > PAGES,
        "what was compared", "wrong count");
  check(tally, run[TW_ENGINE_MODEL].compared.accesses == 0, "one side alone", "has compared");
  free(run);
}

// ---- a difference ----

static void test_difference(tw_tally *tally) {
  static const char waves[] = "engine_test.fst";
  tw_core core = core_of("tiny-faulty");
  tw_engine_options options = {.kind = TW_ENGINE_LOCKSTEP, .variant = "tiny-faulty", .fault = 4, .fst = waves};
  tw_error error = {""};
  tw_request requests[REQUESTS];
  tw_response responses[REQUESTS];
  make_requests(requests);
  tw_engine *engine = tw_engine_open(&core, &options, &error);
  check(tally, engine && !prepare(engine, &error), "a faulty build", error.text);
  if (!engine)
    return;
  printf("The difference that follows is wanted.\n");
  fflush(stdout);
  check(tally, tw_engine_replay(engine, requests, REQUESTS, responses, &error) && strstr(error.text, "cycle"),
        "a faulty walk", error.text);
  tw_difference kind = tw_engine_differed(engine);
  check(tally, kind == TW_DIFFERENT_CYCLE || kind == TW_DIFFERENT_MEMORY, "its kind", error.text);
  check(tally, tw_engine_replay(engine, requests, 1, responses, &error) && strstr(error.text, "has stopped"),
        "after a difference", error.text);
  check(tally, tw_engine_finish(engine, &error) == -1, "finish after a difference", error.text);
  tw_engine_close(engine);
  check(tally, !remove(waves), "waves of the difference", "no file");
}

/// The earliest of a play's differences is told, though all of the play has been played.
static void test_difference_in_a_play(tw_tally *tally) {
  tw_core core = core_of("tiny-faulty");
  tw_engine_options options = {.kind = TW_ENGINE_LOCKSTEP, .variant = "tiny-faulty", .fault = 4};
  tw_error error = {""};
  tw_request requests[REQUESTS];
  tw_response responses[REQUESTS];
  make_requests(requests);
  tw_engine *engine = tw_engine_open(&core, &options, &error);
  check(tally, engine && !prepare(engine, &error), "a faulty build", error.text);
  if (!engine)
    return;
  tw_play none = {.requests = requests, .count = REQUESTS, .responses = responses};
  check(tally, tw_engine_play(engine, &none, &error) && strstr(error.text, "window is 0"), "a play without a window",
        error.text);
  printf("The difference that follows is wanted.\n");
  fflush(stdout);
  check(tally, play(engine, requests, responses, &error) && strstr(error.text, "differ in cycle"), "a faulty play",
        error.text);
  tw_difference kind = tw_engine_differed(engine);
  check(tally, kind == TW_DIFFERENT_CYCLE || kind == TW_DIFFERENT_MEMORY, "its kind", error.text);
  check(tally, tw_engine_compared(engine).accesses < REQUESTS / 2, "what was alike before", "too much");
  tw_engine_close(engine);
}

static void test_nothing_compared(tw_tally *tally) {
  tw_core core = core_of("tiny");
  tw_engine_options options = {.kind = TW_ENGINE_LOCKSTEP};
  tw_error error = {""};
  tw_engine *engine = tw_engine_open(&core, &options, &error);
  check(tally, engine && tw_engine_finish(engine, &error) && strstr(error.text, "nothing"), "nothing compared",
        error.text);
  tw_engine_close(engine);
}

// ---- two platforms at once ----

static void test_side_by_side(tw_tally *tally) {
  tw_core core = core_of("tiny");
  tw_platform *p[2] = {tw_platform_open(&core.mmu, &core.memory, NULL, NULL),
                       tw_platform_open(&core.mmu, &core.memory, NULL, NULL)};
  tw_request request = {.va = 0x1234, .id = 1};
  tw_response response[2];
  for (unsigned i = 0; i < 2; i++) {
    tw_platform_submit(p[i], &request);
    check(tally, tw_platform_submit(p[i], &request) == -1, "a second request at a port", "taken");
  }
  check(tally, tw_platform_busy(p[0]) && tw_platform_set_registers(p[0], &(tw_registers){0}) == -1,
        "registers while a request is in flight", "taken");
  for (uint64_t cycle = 1; cycle < 5000; cycle += 7)
    for (unsigned i = 0; i < 2; i++)
      tw_platform_run_until(p[i], cycle * (i + 1));
  for (unsigned i = 0; i < 2; i++)
    check(tally,
          tw_platform_collect(p[i], &response[i], NULL, 1) == 1 && response[i].accepted == 0 &&
              response[i].cycle == 1 && response[i].pa == 0x1234,
          "platforms side by side", "wrong answer");
  tw_platform_close(p[0]);
  tw_platform_run_until(p[1], 20000);
  check(tally, tw_platform_now(p[1]) == 20000 && !tw_platform_busy(p[1]), "the other one goes on", "it does not");
  tw_platform_close(p[1]);
}

int main(void) {
  tw_tally tally = {0, 0};
  test_refusals(&tally);
  test_x86(&tally);
  test_agreement(&tally);
  test_difference(&tally);
  test_difference_in_a_play(&tally);
  test_nothing_compared(&tally);
  test_side_by_side(&tally);
  printf("%u checks passed, %u failed\n", tally.passed, tally.failed);
  return tally.failed != 0;
}
