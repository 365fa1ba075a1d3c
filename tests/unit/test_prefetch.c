// Translation prefetch: its life, in cycles that are worked out from the chapter in the comments; see prefetch_case.h.
#include <criterion/criterion.h>

#include "prefetch_case.h"

enum { TLBI_ID = 99 };

// ---- its life ----

Test(prefetch, its_life) {
  // when the next page is asked for, how it is answered: both counted from r
  static const struct {
    uint64_t accepted, answered;
    tw_found found;
  } cases[] = {
      {17, 40, TW_FOUND_WALK}, // probe of 4K in r + 21, none in r + 22, six to r + 28; read in r + 29
      {18, 23, TW_FOUND_L2},   // due in r + 22, in which the L2 is filled
      {19, 23, TW_FOUND_L2},   // due in r + 23
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    machine m = prefetching(TW_PREFETCH_NEXT, 4);
    counts before = warm(&m);
    uint64_t n = tw_mmu_now(m.mmu), r = n + 22, walks = machine_count(&m, TW_COUNTER_DTLB_WALK);
    tw_response answer[2];
    machine_offer(&m, READ, PAGE(3) + 8, n, 1);
    tw_mmu_run_until(m.mmu, r + 10);
    expect_counts(&m, before, (counts){0});
    tw_mmu_run_until(m.mmu, r + 11);
    expect_counts(&m, before, (counts){.look_ups = 1});
    tw_mmu_run_until(m.mmu, r + 12);
    expect_counts(&m, before, (counts){.look_ups = 1, .steps = 1});
    cr_assert_eq(tw_mmu_collect(m.mmu, answer, 2), 1);
    cr_assert(answer[0].cycle == r && answer[0].found == TW_FOUND_WALK && answer[0].reads[4] == 1);
    machine_offer(&m, READ, PAGE(4), r + cases[i].accepted, 2);
    tw_mmu_run_until(m.mmu, r + 22);
    expect_counts(&m, before, (counts){.look_ups = 1, .steps = 1});
    tw_mmu_run_until(m.mmu, r + 23);
    expect_counts(&m, before, (counts){.look_ups = 1, .walks = 1, .fills = 1, .steps = 1});
    machine_step(&m, r + 41, answer, 1);
    cr_expect_eq(answer[0].accepted, r + cases[i].accepted);
    cr_expect_eq(answer[0].cycle, r + cases[i].answered, "case %u: %u", i, (unsigned)(answer[0].cycle - r));
    cr_expect_eq(answer[0].found, cases[i].found);
    cr_expect_eq(answer[0].pa, 0x50004000);
    cr_assert_eq(machine_count(&m, TW_COUNTER_DTLB_WALK), walks + 1 + (cases[i].found == TW_FOUND_WALK));
    cr_assert_eq(machine_count(&m, TW_COUNTER_L2D_TLB_REFILL), machine_count(&m, TW_COUNTER_DTLB_WALK));
    machine_check_counters(&m);
    machine_free(&m);
  }
}

// From its entering in r + 1 it takes l2_latency to its first probe, whatever the L1's latency is.
Test(prefetch, latencies) {
  static const uint32_t latencies[][2] = {{1, 1}, {3, 3}, {15, 5}};
  for (unsigned i = 0; i < 3; i++) {
    tw_mmu_config config = machine_small();
    config.prefetch = TW_PREFETCH_NEXT;
    config.l1_latency = latencies[i][0];
    config.l2_latency = latencies[i][1];
    machine m = machine_new(&config, 10);
    machine_map(&m, PAGE(3), 3, 0x50003000 | D_AF | D_PAGE);
    uint64_t last_probe = machine_read(&m, PAGE(3)).cycle + 1 + config.l2_latency + 6;
    tw_mmu_run_until(m.mmu, last_probe);
    cr_expect_eq(counts_of(&m).look_ups, 0);
    tw_mmu_run_until(m.mmu, last_probe + 1);
    cr_expect_eq(counts_of(&m).look_ups, 1, "latencies %u and %u", latencies[i][0], latencies[i][1]);
    machine_free(&m);
  }
}

static uint64_t never_open(void *context, uint64_t cycle) {
  const uint64_t *from = context;
  return cycle < *from ? cycle : *from + 1000;
}

Test(prefetch, it_needs_no_channel) {
  machine m = prefetching(TW_PREFETCH_NEXT, 4);
  counts before = warm(&m);
  uint64_t n = tw_mmu_now(m.mmu), closed = n + 23;
  tw_mmu_set_response_port(m.mmu, (tw_response_port){never_open, &closed});
  machine_offer(&m, READ, PAGE(3), n, 1);
  tw_mmu_run_until(m.mmu, n + 22 + 23);
  expect_counts(&m, before, (counts){.look_ups = 1, .walks = 1, .fills = 1, .steps = 1});
  machine_free(&m);
}

// What the L2 holds is not fetched again, clean or not, and the entry stays.
Test(prefetch, what_the_l2_holds) {
  for (unsigned clean = 0; clean < 2; clean++) {
    machine m = prefetching(TW_PREFETCH_NEXT, 2);
    if (clean) {
      m.registers.tcr |= 3ULL << 39; // HA, HD
      machine_set(&m);
      machine_map(&m, PAGE(4), 3, 0x50004000 | D_AF | D_PAGE | D_RO | D_DBM);
    }
    machine_access(&m, (tw_request){.va = PAGE(4), .kind = FETCH, .el = 1});
    settle(&m);
    counts before = warm(&m);
    uint64_t n = tw_mmu_now(m.mmu), r = n + 22;
    tw_response answer[3];
    // The candidate enters in r + 1, where it leaves one of the two entries, and is looked up in r + 4. The fetch
    // enters in r + 2; the read must stay in its stage until the prefetch's entry is free: from r + 5 on
    machine_offer(&m, READ, PAGE(3), n, 1);
    tw_mmu_run_until(m.mmu, r + 1);
    machine_offer(&m, FETCH, PAGE(8), r + 1, 2);
    tw_mmu_run_until(m.mmu, r + 2);
    machine_offer(&m, READ, PAGE(4), r + 2, 3);
    tw_mmu_run_until(m.mmu, r + 4);
    expect_counts(&m, before, (counts){0});
    tw_mmu_run_until(m.mmu, r + 5);
    expect_counts(&m, before, (counts){.look_ups = 1, .hits = 1});
    cr_assert_eq(tw_mmu_collect(m.mmu, answer, 3), 1);
    machine_step(&m, r + 24, answer, 2);
    // it enters in r + 5, and is looked up after the fetch: in r + 12, where it hits. The fetch is looked up from r + 5
    // to r + 11, and reads in r + 12
    cr_assert(answer[0].id == 3 && answer[0].found == TW_FOUND_L2 && answer[0].accepted == r + 2);
    cr_assert_eq(answer[0].cycle, r + 12);
    cr_assert(answer[1].id == 2 && answer[1].cycle == r + 23);
    machine_free(&m);
  }
}

// A prefetch leaves one entry of the queue free.
Test(prefetch, it_waits_for_two_free_entries) {
  for (uint32_t misses = 1; misses <= 3; misses++) {
    machine m = prefetching(TW_PREFETCH_NEXT, misses);
    counts before = warm(&m);
    uint64_t n = tw_mmu_now(m.mmu), r = n + 22;
    // Another miss is under way from n + 4 to its answer in r + 7. With two entries the candidate, by then the second
    // answer's, enters in r + 8, is due in r + 11 and has missed in r + 17; with three it enters in r + 1, is due in
    // r + 4 and has missed in r + 11: no probe is made in r + 7
    machine_offer(&m, READ, PAGE(3), n, 1);
    if (misses > 1)
      machine_offer(&m, FETCH, PAGE(9), n + 3, 2);
    uint64_t missed = misses == 2 ? r + 17 : r + 11;
    tw_mmu_run_until(m.mmu, missed);
    expect_counts(&m, before, (counts){0});
    tw_mmu_run_until(m.mmu, missed + 1);
    cr_assert_eq(counts_of(&m).look_ups - before.look_ups, misses > 1, "%u entries", misses);
    machine_free(&m);
  }
}

// A stage that finds no entry free enters when the prefetch's walk has left its own.
Test(prefetch, a_stage_waits_for_its_entry) {
  machine m = prefetching(TW_PREFETCH_NEXT, 2);
  warm(&m);
  uint64_t n = tw_mmu_now(m.mmu), r = n + 22;
  tw_response answer[3];
  machine_offer(&m, READ, PAGE(3), n, 1);
  tw_mmu_run_until(m.mmu, r + 14);
  machine_offer(&m, FETCH, PAGE(8), r + 14, 2);
  machine_offer(&m, READ, PAGE(4), r + 15, 3);
  cr_assert_eq(tw_mmu_collect(m.mmu, answer, 3), 1);
  // The fetch enters in r + 15 and is looked up from r + 18 to r + 25, but not in r + 22, where the prefetch fills the
  // L2. The read stands in its stage from r + 16 to r + 23, and hits in r + 26
  machine_step(&m, r + 60, answer, 2);
  cr_assert(answer[0].id == 3 && answer[0].found == TW_FOUND_L2);
  cr_assert_eq(answer[0].cycle, r + 26, "%u", (unsigned)(answer[0].cycle - r));
  cr_assert(answer[1].id == 2 && answer[1].cycle == r + 25 + 12);
  machine_free(&m);
}

// ---- maintenance and registers ----

Test(prefetch, tlbi_and_dsb) {
  // when it is accepted and answered, both from r, and what becomes of the candidate
  static const struct {
    uint8_t op;
    uint64_t accepted, answered;
    counts expected;
    bool held; ///< what it fetched is in the L2 at the end
  } cases[] = {
      // first cycle r + 1: the candidate is dropped; a response after max(L2Sets, 0) = 4 cycles
      {TW_TLBI_VMALL, 0, 5, {0}, false},
      // first cycle r + 2: it has entered. No probe to r + 5; seven to r + 12; the walk caches are empty: four reads
      // from r + 13 on, the last act in r + 57
      {TW_TLBI_VMALL, 1, 58, {.look_ups = 1, .walks = 1, .fills = 1, .steps = 4}, true},
      // first cycle r + 10: its last probe, due then, is made in r + 14
      {TW_TLBI_VMALL, 9, 60, {.look_ups = 1, .walks = 1, .fills = 1, .steps = 4}, true},
      // first cycle r + 11: its walk, which has begun in r + 10, is stale; its first act in r + 12
      {TW_TLBI_VMALL, 10, 57, {.look_ups = 1, .walks = 1, .steps = 4}, false},
      // first cycle r + 21: it ends in r + 22, stale
      {TW_TLBI_VMALL, 20, 25, {.look_ups = 1, .walks = 1, .steps = 1}, false},
      // no act in its first cycle, r + 22: the last act in r + 23
      {TW_TLBI_VMALL, 21, 26, {.look_ups = 1, .walks = 1, .steps = 1}, false},
      {TW_TLBI_VMALL, 22, 27, {.look_ups = 1, .walks = 1, .fills = 1, .steps = 1}, false},
      // one that enters in the first cycle is not awaited
      {TW_TLBI_DSB, 0, 2, {.look_ups = 1, .walks = 1, .fills = 1, .steps = 1}, true},
      {TW_TLBI_DSB, 1, 23, {.look_ups = 1, .walks = 1, .fills = 1, .steps = 1}, true},
      {TW_TLBI_DSB, 22, 24, {.look_ups = 1, .walks = 1, .fills = 1, .steps = 1}, true},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    machine m = prefetching(TW_PREFETCH_NEXT, 4);
    counts before = warm(&m);
    uint64_t n = tw_mmu_now(m.mmu), r = n + 22;
    tw_response answer[2];
    machine_offer(&m, READ, PAGE(3), n, 1);
    machine_offer_tlbi(&m, (tw_tlbi){.op = cases[i].op, .cycle = r + cases[i].accepted, .id = TLBI_ID});
    machine_step(&m, r + 100, answer, 2);
    cr_expect_eq(answer[1].cycle, r + cases[i].answered, "case %u: %u", i, (unsigned)(answer[1].cycle - r));
    expect_counts(&m, before, cases[i].expected);
    cr_assert_eq(machine_read(&m, PAGE(4)).found, cases[i].held ? TW_FOUND_L2 : TW_FOUND_WALK);
    machine_free(&m);
  }
}

// Registers change when no prefetch is in the queue; a candidate alone is dropped.
Test(prefetch, a_change_of_registers) {
  machine m = prefetching(TW_PREFETCH_NEXT, 4);
  counts before = warm(&m);
  uint64_t r = machine_read(&m, PAGE(3)).cycle;
  m.registers.dacr = 1;
  cr_assert_eq(tw_mmu_set_registers(m.mmu, &m.registers), -1, "in the answer's own cycle");
  tw_mmu_run_until(m.mmu, r + 1);
  machine_set(&m);
  settle(&m);
  expect_counts(&m, before, (counts){0});

  r = machine_read(&m, PAGE(7)).cycle;
  for (uint64_t cycle = r + 2; cycle <= r + 22; cycle++) {
    tw_mmu_run_until(m.mmu, cycle);
    cr_assert_eq(tw_mmu_set_registers(m.mmu, &m.registers), -1);
    cr_assert_neq(tw_mmu_next_event(m.mmu), UINT64_MAX);
  }
  tw_mmu_run_until(m.mmu, r + 23);
  cr_assert_eq(tw_mmu_next_event(m.mmu), UINT64_MAX);
  machine_set(&m);
  expect_counts(&m, before, (counts){.look_ups = 1, .walks = 1, .fills = 1, .steps = 1});
  machine_free(&m);
}
