// Requests that overlap: the stages, the miss queue, merging, the look-up of the L2, the walks and their engine. Every
// answer's cycle is worked out from the chapter, in the comments; machine_step sees that none comes a cycle early.
//
// With the latencies of machine_small a request that is accepted in cycle a and misses all enters the queue in a + 1,
// is due in a + 4, has its last probe in a + 10 and its first read in a + 11; a read takes 10, the step to the next
// act 1.
#include <criterion/criterion.h>

#include "machine.h"

#define VA 0xffff000000400000ULL
#define PAGE(n) (VA + (n)*0x1000ULL)
enum { READ = TW_ACCESS_READ, WRITE = TW_ACCESS_WRITE, FETCH = TW_ACCESS_FETCH, PAGES = 16, MISSED = 10, READS = 11 };

static machine with_pages(const tw_mmu_config *config) {
  machine m = machine_new(config, 10);
  for (uint64_t i = 0; i < PAGES; i++)
    machine_map(&m, PAGE(i), 3, (0x50000000 + 0x1000 * i) | D_AF | D_PAGE);
  return m;
}

/// The walk caches know the table of the last level: each walk has one read.
static void warm(machine *m) { machine_read(m, PAGE(PAGES - 1)); }

static void expect(const tw_response *r, uint32_t id, uint64_t accepted, uint64_t cycle, tw_found found) {
  cr_assert_eq(r->id, id, "%u is answered, not %u", r->id, id);
  cr_assert_eq(r->accepted, accepted, "%u: accepted in %llu", id, (unsigned long long)r->accepted);
  cr_assert_eq(r->cycle, cycle, "%u: answered in %llu", id, (unsigned long long)r->cycle);
  cr_assert_eq(r->found, found, "%u: found %u", id, r->found);
}

Test(overlap, a_hit_passes_a_miss) {
  tw_mmu_config config = machine_small();
  machine m = with_pages(&config);
  warm(&m);
  uint64_t n = tw_mmu_now(m.mmu);
  tw_response r[2];
  machine_offer(&m, READ, PAGE(1), n, 1);
  tw_mmu_run_until(m.mmu, n + 1);
  machine_offer(&m, READ, PAGE(PAGES - 1), n + 1, 2);
  machine_step(&m, n + 100, r, 2);
  expect(&r[0], 2, n + 1, n + 2, TW_FOUND_L1);
  expect(&r[1], 1, n, n + MISSED + 1 + READS, TW_FOUND_WALK);
  cr_assert_eq(r[1].walk_cycles, 1 + READS);
  machine_check_counters(&m);
  machine_free(&m);
}

// One stage enters the queue in a cycle: the port that entered last waits.
Test(overlap, the_stages_take_turns) {
  tw_mmu_config config = machine_small();
  machine m = with_pages(&config);
  tw_response r[4];
  // after reset the fetch port waits: data enters in 1, the fetch in 2. The fetch behind it stands at its port in 1,
  // and is accepted in 2. Probes to 10, to 17, to 24; the data walk has level 0's table at 22, those of the fetches too
  machine_offer(&m, READ, PAGE(0), 0, 1);
  machine_offer(&m, FETCH, PAGE(1), 0, 2);
  tw_mmu_run_until(m.mmu, 1);
  machine_offer(&m, FETCH, PAGE(1) + 8, 1, 3);
  machine_step(&m, 200, r, 3);
  expect(&r[0], 1, 0, 10 + 1 + 4 * READS, TW_FOUND_WALK);
  expect(&r[1], 2, 0, 17 + 1 + 4 * READS, TW_FOUND_WALK);
  expect(&r[2], 3, 2, 17 + 1 + 4 * READS + 1, TW_FOUND_MERGED);
  cr_assert_eq(machine_count(&m, TW_COUNTER_STALL_FRONTEND_TLB), 1);
  cr_assert_eq(machine_count(&m, TW_COUNTER_STALL_BACKEND_TLB), 0);
  // the fetch port entered last: data goes; then data entered last, if only by one
  for (unsigned data_last = 0; data_last < 2; data_last++) {
    uint64_t n = 300 + 200 * data_last, first = n + MISSED + 1 + READS;
    unsigned page = 2 + 4 * data_last;
    if (data_last)
      machine_access(&m, (tw_request){.va = PAGE(12), .el = 1, .cycle = 450});
    machine_offer(&m, READ, PAGE(page), n, 1);
    machine_offer(&m, FETCH, PAGE(page + 1), n, 2);
    machine_step(&m, n + 100, r, 2);
    expect(&r[0], data_last ? 2 : 1, n, first, TW_FOUND_WALK);
    expect(&r[1], data_last ? 1 : 2, n, first + 7, TW_FOUND_WALK);
  }
  machine_check_counters(&m);
  machine_free(&m);
}

// With all entries taken a stage stays, and its port is not ready.
Test(overlap, the_miss_queue_is_full) {
  for (unsigned merge = 0; merge < 2; merge++) {
    tw_mmu_config config = machine_small();
    config.misses = 2;
    config.merge = merge;
    machine m = with_pages(&config);
    warm(&m);
    uint64_t n = tw_mmu_now(m.mmu), answer = n + MISSED + 1 + READS, stalls = 0;
    tw_response r[4];
    for (unsigned i = 0; i < 4; i++) {
      machine_offer(&m, READ, PAGE(i == 2 ? 0 : i), n + i, i);
      tw_mmu_run_until(m.mmu, n + i + 1);
      cr_assert_eq(machine_count(&m, TW_COUNTER_STALL_BACKEND_TLB), i == 3, "as they stand at any time");
    }
    // The third stands in its stage from n + 3 on. The first is answered in n + 22, which fills the L1: the stage is
    // held. In the next cycle it hits; the fourth is accepted then, enters a cycle later (one entry is free) and is due
    // in + 3
    machine_step(&m, n + 200, r, 4);
    expect(&r[0], 0, n, answer, TW_FOUND_WALK);
    expect(&r[1], 2, n + 2, answer + 1, TW_FOUND_L1);
    // the second: probes from n + 11 to n + 17
    expect(&r[2], 1, n + 1, n + 17 + 1 + READS, TW_FOUND_WALK);
    // the fourth: seven probes from answer + 5 on, none in n + 29, the cycle of the second's answer
    expect(&r[3], 3, answer + 1, answer + 1 + MISSED + 1 + 1 + READS, TW_FOUND_WALK);
    stalls = answer + 1 - (n + 3);
    cr_assert_eq(machine_count(&m, TW_COUNTER_STALL_BACKEND_TLB), stalls);
    cr_assert_eq(machine_count(&m, TW_COUNTER_L1D_TLB_HIT), 1, "decided often, counted once");
    machine_check_counters(&m);
    machine_free(&m);
  }
}

Test(overlap, merged_ones_are_answered_one_a_cycle) {
  for (unsigned by_l2 = 0; by_l2 < 2; by_l2++) {
    tw_mmu_config config = machine_small();
    machine m = with_pages(&config);
    machine_map(&m, PAGE(3), 3, 0x53000000 | D_AF | D_RO | D_PAGE);
    warm(&m);
    if (by_l2) // fetches fill the L2, not the L1 of data
      machine_access(&m, (tw_request){.va = PAGE(3), .kind = FETCH, .el = 1});
    uint64_t n = tw_mmu_now(m.mmu), answer = by_l2 ? n + 4 : n + MISSED + 1 + READS;
    uint64_t merged = machine_count(&m, TW_COUNTER_L1D_TLB_MERGE), looked_up = machine_count(&m, TW_COUNTER_L2D_TLB);
    tw_response r[3];
    for (unsigned i = 0; i < 3; i++) {
      machine_offer(&m, i == 1 ? WRITE : READ, PAGE(3) + 8 * i, n + i, i);
      tw_mmu_run_until(m.mmu, n + i + 1);
    }
    machine_step(&m, n + 100, r, 3);
    expect(&r[0], 0, n, answer, by_l2 ? TW_FOUND_L2 : TW_FOUND_WALK);
    expect(&r[1], 1, n + 1, answer + 1, TW_FOUND_MERGED);
    expect(&r[2], 2, n + 2, answer + 2, TW_FOUND_MERGED);
    cr_assert(r[1].fault && r[1].fsc == (TW_FSC_PERMISSION | 3), "its own permission");
    cr_assert_eq(r[1].size_log2, 12);
    cr_assert_eq(r[2].pa, 0x53000010, "its own offset");
    cr_assert_eq(r[2].walk_cycles, 0);
    cr_assert_eq(machine_count(&m, TW_COUNTER_L1D_TLB_MERGE), merged + 2);
    cr_assert_eq(machine_count(&m, TW_COUNTER_L2D_TLB), looked_up + 1);
    machine_check_counters(&m);
    machine_free(&m);
  }
}

// What is not merged: another port's, another page's, an AT, and anything with merging off.
Test(overlap, what_does_not_merge) {
  static const struct {
    const char *name;
    tw_request second;
    uint32_t merge;
    tw_found found;
  } cases[] = {
      {"the same", {.va = PAGE(3) + 8, .el = 1}, 1, TW_FOUND_MERGED},
      {"another port", {.va = PAGE(3), .el = 1, .kind = FETCH}, 1, TW_FOUND_L2},
      {"another page", {.va = PAGE(4), .el = 1}, 1, TW_FOUND_WALK},
      {"an AT", {.va = PAGE(3), .el = 1, .at = TW_AT_BOTH}, 1, TW_FOUND_L2},
      {"merging is off", {.va = PAGE(3), .el = 1}, 0, TW_FOUND_L2},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    tw_mmu_config config = machine_small();
    config.merge = cases[i].merge;
    machine m = with_pages(&config);
    warm(&m);
    uint64_t n = tw_mmu_now(m.mmu);
    tw_response r[2];
    tw_request second = cases[i].second;
    second.cycle = n + 14;
    second.id = 2;
    machine_offer(&m, READ, PAGE(3), n, 1);
    cr_assert_eq(tw_mmu_submit(m.mmu, &(tw_request){.va = 0}), -1);
    tw_mmu_run_until(m.mmu, n + 1);
    cr_assert_eq(tw_mmu_submit(m.mmu, &second), 0);
    // the second is due in n + 18; in n + 22 the first's answer fills the L2. Another than it has found by then that
    // the L2 has no entry: the probe for its size came first
    machine_step(&m, n + 100, r, 2);
    tw_found found = cases[i].found == TW_FOUND_L2 ? TW_FOUND_WALK : cases[i].found;
    cr_expect_eq(r[1].found, found, "%s: found %u", cases[i].name, r[1].found);
    uint64_t last_probe = n + 18 + 6 + 1; // none in n + 22
    uint64_t cycle = found == TW_FOUND_MERGED ? n + 23 : last_probe + 1 + READS;
    cr_expect_eq(r[1].cycle, cycle, "%s: %llu", cases[i].name, (unsigned long long)(r[1].cycle - n));
    machine_free(&m);
  }
}

// A walk that faults answers itself alone; those merged with it look for themselves.
Test(overlap, merged_with_a_fault) {
  tw_mmu_config config = machine_small();
  machine m = with_pages(&config);
  warm(&m);
  uint64_t n = tw_mmu_now(m.mmu), answer = n + MISSED + 1 + READS;
  tw_response r[3];
  for (unsigned i = 0; i < 3; i++) {
    machine_offer(&m, READ, PAGE(100) + 8 * i, n + i, i);
    tw_mmu_run_until(m.mmu, n + i + 1);
  }
  // due in answer + 1: seven probes each, one after the other
  machine_step(&m, n + 200, r, 3);
  expect(&r[0], 0, n, answer, TW_FOUND_WALK);
  expect(&r[1], 1, n + 1, answer + 7 + 1 + READS, TW_FOUND_WALK);
  expect(&r[2], 2, n + 2, answer + 14 + 1 + READS, TW_FOUND_WALK);
  for (unsigned i = 0; i < 3; i++)
    cr_assert_eq(r[i].fsc, TW_FSC_TRANSLATION | 3);
  machine_check_counters(&m);
  machine_free(&m);
}

// A write that was merged with a read of a page whose dirty state is not set.
Test(overlap, merged_with_a_clean_entry) {
  tw_mmu_config config = machine_small();
  machine m = with_pages(&config);
  m.registers.tcr |= 3ULL << 39; // HA, HD
  machine_set(&m);
  machine_map(&m, PAGE(3), 3, 0x53000000 | D_AF | D_RO | D_DBM | D_PAGE);
  warm(&m);
  uint64_t n = tw_mmu_now(m.mmu), answer = n + MISSED + 1 + READS;
  tw_response r[3];
  machine_offer(&m, READ, PAGE(3), n, 1);
  tw_mmu_run_until(m.mmu, n + 1);
  machine_offer(&m, WRITE, PAGE(3), n + 1, 2);
  tw_mmu_run_until(m.mmu, n + 2);
  machine_offer(&m, READ, PAGE(3), n + 2, 3);
  // its turn is in answer + 1, it is due in answer + 2: the first probe drops the L2's entry, the seventh is the last;
  // a read and a swap. The other's turn is in answer + 2
  machine_step(&m, n + 200, r, 3);
  expect(&r[0], 1, n, answer, TW_FOUND_WALK);
  expect(&r[1], 3, n + 2, answer + 2, TW_FOUND_MERGED);
  expect(&r[2], 2, n + 1, answer + 8 + 1 + 2 * READS, TW_FOUND_WALK);
  cr_assert_eq(r[2].updates, 1);
  machine_check_counters(&m);
  machine_free(&m);
}

// The L2 is looked up for one at a time, the oldest first; in the cycle of a walk's answer no probe is made.
Test(overlap, the_look_up_of_the_l2) {
  tw_mmu_config config = machine_small();
  config.walks = 4;
  machine m = with_pages(&config);
  warm(&m);
  uint64_t n = tw_mmu_now(m.mmu);
  tw_response r[4];
  for (unsigned i = 0; i < 3; i++) {
    machine_offer(&m, READ, PAGE(i), n + i, i);
    tw_mmu_run_until(m.mmu, n + i + 1);
  }
  // last probes: n + 10; n + 17; n + 24, and one more for the answer in n + 22
  machine_step(&m, n + 100, r, 3);
  expect(&r[0], 0, n, n + 10 + 1 + READS, TW_FOUND_WALK);
  expect(&r[1], 1, n + 1, n + 17 + 1 + READS, TW_FOUND_WALK);
  expect(&r[2], 2, n + 2, n + 25 + 1 + READS, TW_FOUND_WALK);
  // An L2 hit while merged ones are answered waits until none is Woken. A fetch has the page in the L2.
  machine_access(&m, (tw_request){.va = PAGE(9), .kind = FETCH, .el = 1});
  n = tw_mmu_now(m.mmu);
  for (unsigned i = 0; i < 3; i++) {
    machine_offer(&m, READ, PAGE(5), n + i, i);
    tw_mmu_run_until(m.mmu, n + i + 1);
  }
  machine_offer(&m, READ, PAGE(9), n + 19, 3); // due in n + 23
  machine_step(&m, n + 100, r, 4);
  expect(&r[0], 0, n, n + 22, TW_FOUND_WALK);
  expect(&r[1], 1, n + 1, n + 23, TW_FOUND_MERGED);
  expect(&r[2], 2, n + 2, n + 24, TW_FOUND_MERGED);
  expect(&r[3], 3, n + 19, n + 25, TW_FOUND_L2);
  machine_free(&m);
}

// A request that has missed the L2 waits for a walk: the one that ends in a cycle is not yet free in it.
Test(overlap, all_walks_are_busy) {
  tw_mmu_config config = machine_small();
  config.walks = 1;
  machine m = with_pages(&config);
  warm(&m);
  uint64_t n = tw_mmu_now(m.mmu), first = n + MISSED + 1 + READS;
  tw_response r[2];
  for (unsigned i = 0; i < 2; i++) {
    machine_offer(&m, READ, PAGE(i), n + i, i);
    tw_mmu_run_until(m.mmu, n + i + 1);
  }
  machine_step(&m, n + 100, r, 2);
  expect(&r[0], 0, n, first, TW_FOUND_WALK);
  expect(&r[1], 1, n + 1, first + 1 + 1 + READS, TW_FOUND_WALK);
  cr_assert_eq(r[1].walk_cycles, 1 + READS, "waiting is not walking");
  machine_free(&m);
}

// Misses merge within the lesser of both stages' pages: here 64 KiB of stage 1, 4 KiB or none of stage 2.
Test(overlap, the_merge_page) {
  enum { ROOT = 0x40000000, STAGE2 = 0x20000000, NORMAL = 15 << 2, READ_WRITE = 3 << 6 };
  const uint64_t va = 0xfffffc0000010000ULL;
  static const struct {
    uint64_t offset;
    bool stage2, merges;
  } cases[] = {{0x3008, false, true}, {0xfff8, false, true}, {0x10000, false, false},
               {0xff8, true, true},   {0x1000, true, false}, {0x3008, true, false}};
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    tw_mmu_config config = machine_small();
    machine m = machine_new(&config, 10);
    // T1SZ 22, TG1 64K (11): one table of level 2, whose entries are blocks of 512 MiB
    m.registers.tcr = 22ULL << 16 | 1ULL << 22 | 3ULL << 30 | 5ULL << 32 | 1ULL << 36;
    tw_memory_write(m.memory, ROOT, 0x60000000 | D_AF | D_BLOCK);
    for (uint64_t gib = 0; gib < 4; gib++) // T0SZ 25, SL0 1, 4K: a table of level 1
      tw_memory_write(m.memory, STAGE2 + 8 * gib, gib << 30 | D_BLOCK | D_AF | NORMAL | READ_WRITE);
    m.registers.hcr = cases[i].stage2;
    m.registers.vtcr = 25 | 1 << 6 | 5 << 16;
    m.registers.vttbr = STAGE2;
    machine_set(&m);
    tw_response r[2];
    machine_offer(&m, READ, va, 0, 1);
    tw_mmu_run_until(m.mmu, 1);
    machine_offer(&m, READ, va + cases[i].offset, 1, 2);
    machine_step(&m, 200, r, 2);
    cr_expect_eq(r[1].found, cases[i].merges ? TW_FOUND_MERGED : TW_FOUND_WALK, "case %u: %u", i, r[1].found);
    cr_expect_eq(r[1].pa, 0x60010000 + cases[i].offset);
    cr_expect_eq(r[1].size_log2, 29);
    machine_free(&m);
  }
}
