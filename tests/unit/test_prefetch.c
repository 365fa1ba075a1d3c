// Translation prefetch: what makes a candidate, and its life. Every cycle is worked out from the chapter, in the
// comments.
//
// With the latencies of machine_small a request that is accepted in cycle a is due at the L2 in a + 4, has its last
// probe in a + 10 and, the walk caches knowing the last table, its only read in a + 11; it is answered in r = a + 22.
// The candidate of that answer enters the miss queue in r + 1, is due in r + 4, misses in r + 10, reads in r + 11, and
// fills the L2 in r + 22.
#include <criterion/criterion.h>

#include "machine.h"

#define VA 0xffff000000400000ULL
#define PAGE(n) (VA + (n)*0x1000ULL)
#define LOW(n) (PAGE(n) & 0xffffffffffffULL) ///< the same place in the other half
enum { READ = TW_ACCESS_READ, WRITE = TW_ACCESS_WRITE, FETCH = TW_ACCESS_FETCH, PAGES = 16, APART = 200, TLBI_ID = 99 };

/// Pages 0 to PAGES - 1, and one apart from them; both halves have the same tables.
static machine with(tw_prefetch prefetch, uint32_t misses) {
  tw_mmu_config config = machine_small();
  config.prefetch = prefetch;
  config.misses = misses;
  machine m = machine_new(&config, 10);
  m.registers.ttbr0 = m.registers.ttbr1 & ((1ULL << 48) - 1);
  machine_set(&m);
  for (uint64_t i = 0; i < PAGES; i++)
    machine_map(&m, PAGE(i), 3, (0x50000000 + 0x1000 * i) | D_AF | D_PAGE);
  machine_map(&m, PAGE(APART), 3, 0x51000000 | D_AF | D_PAGE);
  return m;
}

/// Until nothing is under way.
static void settle(machine *m) {
  for (uint64_t next; (next = tw_mmu_next_event(m->mmu)) != UINT64_MAX;)
    tw_mmu_run_until(m->mmu, next + 1);
}

static tw_response read_and_settle(machine *m, uint64_t va) {
  tw_response r = machine_read(m, va);
  settle(m);
  return r;
}

typedef struct counts {
  uint64_t look_ups, hits, walks, fills, steps;
} counts;

static counts counts_of(const machine *m) {
  return (counts){machine_count(m, TW_COUNTER_L2D_TLB_PREFETCH), machine_count(m, TW_COUNTER_L2D_TLB_PREFETCH_HIT),
                  machine_count(m, TW_COUNTER_WALK_PREFETCH), machine_count(m, TW_COUNTER_WALK_PREFETCH_FILL),
                  machine_count(m, TW_COUNTER_PREFETCH_STEP)};
}

/// What has been counted since `before`.
static void expect_counts(const machine *m, counts before, counts expected) {
  counts c = counts_of(m);
  cr_assert_eq(c.look_ups - before.look_ups, expected.look_ups, "%u look-ups",
               (unsigned)(c.look_ups - before.look_ups));
  cr_assert_eq(c.hits - before.hits, expected.hits, "%u hits", (unsigned)(c.hits - before.hits));
  cr_assert_eq(c.walks - before.walks, expected.walks, "%u walks", (unsigned)(c.walks - before.walks));
  cr_assert_eq(c.fills - before.fills, expected.fills, "%u fills", (unsigned)(c.fills - before.fills));
  cr_assert_eq(c.steps - before.steps, expected.steps, "%u steps", (unsigned)(c.steps - before.steps));
}

/// The walk caches know the table of the last level; the prefetch after it has found nothing.
static counts warm(machine *m) {
  read_and_settle(m, PAGE(APART));
  return counts_of(m);
}

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
    machine m = with(TW_PREFETCH_NEXT, 4);
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

static uint64_t never_open(void *context, uint64_t cycle) {
  const uint64_t *from = context;
  return cycle < *from ? cycle : *from + 1000;
}

Test(prefetch, it_needs_no_channel) {
  machine m = with(TW_PREFETCH_NEXT, 4);
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
    machine m = with(TW_PREFETCH_NEXT, 2);
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
    machine m = with(TW_PREFETCH_NEXT, misses);
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

// ---- what makes a candidate ----

/// Read `va`: afterwards the L2 has `prefetched`, and nothing else has been looked up for prefetches.
static void expect_candidate(machine *m, uint64_t va, uint64_t prefetched, uint64_t pa) {
  counts before = counts_of(m);
  cr_assert_eq(read_and_settle(m, va).found, TW_FOUND_WALK);
  cr_assert_eq(counts_of(m).look_ups - before.look_ups, 1, "after 0x%llx", (unsigned long long)va);
  cr_assert_eq(counts_of(m).fills - before.fills, 1, "after 0x%llx", (unsigned long long)va);
  tw_response r = read_and_settle(m, prefetched);
  cr_assert(r.found == TW_FOUND_L2 && r.pa == pa, "0x%llx", (unsigned long long)prefetched);
  cr_assert_eq(counts_of(m).look_ups - before.look_ups, 1, "an L2 hit makes none");
}

static void expect_none(machine *m, tw_request request) {
  uint64_t before = counts_of(m).look_ups;
  request.el = 1;
  machine_access(m, request);
  settle(m);
  cr_assert_eq(counts_of(m).look_ups, before, "0x%llx", (unsigned long long)request.va);
}

Test(prefetch, the_next_page_follows_the_mapping) {
  machine m = with(TW_PREFETCH_NEXT, 4);
  for (uint64_t i = 0; i < 16; i++) // a contiguous group of 64 KiB, and the page behind it
    machine_map(&m, PAGE(32 + i), 3, 0x52000000 | i << 12 | D_AF | D_CONTIGUOUS | D_PAGE);
  machine_map(&m, PAGE(48), 3, 0x53000000 | D_AF | D_PAGE);
  machine_map(&m, VA + 0x200000, 2, 0x60000000 | D_AF | D_BLOCK);
  machine_map(&m, VA + 0x400000, 2, 0x70000000 | D_AF | D_BLOCK);
  expect_candidate(&m, PAGE(3) + 0x123, PAGE(4), 0x50004000);
  expect_candidate(&m, PAGE(37), PAGE(48), 0x53000000);
  expect_candidate(&m, VA + 0x245678, VA + 0x5ff000, 0x701ff000);
  machine_free(&m);
}

// The top of one half is not followed by the bottom of the other, nor by what no half has.
Test(prefetch, borders) {
  machine m = with(TW_PREFETCH_NEXT, 4);
  const uint64_t top = 0xfffffffffffff000ULL, middle = 0x00007ffffffff000ULL;
  machine_map(&m, top, 3, 0x50100000 | D_AF | D_PAGE);
  machine_map(&m, top - 0x1000, 3, 0x50101000 | D_AF | D_PAGE);
  machine_map(&m, middle, 3, 0x50102000 | D_AF | D_PAGE);
  machine_map(&m, middle + 0x1000, 3, 0x50103000 | D_AF | D_PAGE);
  expect_none(&m, (tw_request){.va = top});
  expect_none(&m, (tw_request){.va = top & 0xffffffffffffULL});
  machine_tlbi(&m, TW_TLBI_VMALL, 0, 0);
  expect_candidate(&m, top - 0x1000, top, 0x50100000);
  expect_candidate(&m, middle, middle + 0x1000, 0x50103000); // no border
  expect_candidate(&m, middle | 0xffff000000000000ULL, (middle + 0x1000) | 0xffff000000000000ULL, 0x50103000);
  machine_free(&m);

  m = with(TW_PREFETCH_STRIDE, 4);
  for (uint64_t i = 0; i < 3; i++)
    machine_map(&m, 0x1000 * (2 - i), 3, (0x50200000 + 0x1000 * i) | D_AF | D_PAGE);
  for (uint64_t i = 0; i < 3; i++) // downwards, past the bottom of a half
    expect_none(&m, (tw_request){.va = 0x1000 * (2 - i)});
  machine_tlbi(&m, TW_TLBI_VMALL, 0, 0);
  for (uint64_t i = 0; i < 3; i++)
    expect_none(&m, (tw_request){.va = 0xffff000000000000ULL | 0x1000 * (2 - i)});
  machine_free(&m);
}

// A tag is no part of the candidate's address.
Test(prefetch, a_tag) {
  machine m = with(TW_PREFETCH_NEXT, 4);
  m.registers.tcr |= 1ULL << 37; // TBI0
  machine_set(&m);
  expect_candidate(&m, 0xab00000000000000ULL | LOW(3), LOW(4), 0x50004000);
  machine_free(&m);
}

Test(prefetch, strides) {
  machine m = with(TW_PREFETCH_STRIDE, 4);
  expect_none(&m, (tw_request){.va = PAGE(0)});
  expect_none(&m, (tw_request){.va = PAGE(3)});
  expect_candidate(&m, PAGE(6), PAGE(9), 0x50009000);
  expect_none(&m, (tw_request){.va = PAGE(12)}); // 6 from the last walk
  expect_none(&m, (tw_request){.va = PAGE(1)});
  machine_tlbi(&m, TW_TLBI_VMALL, 0, 0);
  // downwards
  expect_none(&m, (tw_request){.va = PAGE(9)});
  expect_none(&m, (tw_request){.va = PAGE(7)});
  expect_candidate(&m, PAGE(5), PAGE(3), 0x50003000);
  // the same page again and again
  for (unsigned i = 0; i < 4; i++) {
    machine_tlbi(&m, TW_TLBI_VMALL, 0, 0);
    expect_none(&m, (tw_request){.va = PAGE(0)});
  }
  machine_free(&m);
}

// Each port has a history of its own; a walk in the other half begins it anew, and so does a change of the registers.
Test(prefetch, histories) {
  machine m = with(TW_PREFETCH_STRIDE, 4);
  expect_none(&m, (tw_request){.va = PAGE(0)});
  expect_none(&m, (tw_request){.va = PAGE(8), .kind = FETCH});
  expect_none(&m, (tw_request){.va = PAGE(3)});
  expect_none(&m, (tw_request){.va = PAGE(10), .kind = FETCH});
  expect_candidate(&m, PAGE(6), PAGE(9), 0x50009000);
  counts before = counts_of(&m);
  machine_access(&m, (tw_request){.va = PAGE(12), .kind = FETCH, .el = 1});
  settle(&m);
  expect_counts(&m, before, (counts){.look_ups = 1, .walks = 1, .fills = 1, .steps = 1});
  machine_free(&m);

  m = with(TW_PREFETCH_STRIDE, 4);
  expect_none(&m, (tw_request){.va = LOW(0)});
  expect_none(&m, (tw_request){.va = PAGE(3)});
  expect_none(&m, (tw_request){.va = PAGE(6)}); // one stride, where a half's number apart there would be two
  expect_candidate(&m, PAGE(9), PAGE(12), 0x5000c000);
  machine_free(&m);

  for (unsigned change = 0; change < 2; change++) {
    m = with(TW_PREFETCH_STRIDE, 4);
    expect_none(&m, (tw_request){.va = PAGE(0)});
    expect_none(&m, (tw_request){.va = PAGE(3)});
    m.registers.dacr = change; // of no meaning here, but a change
    machine_set(&m);
    if (change)
      expect_none(&m, (tw_request){.va = PAGE(6)});
    else
      expect_candidate(&m, PAGE(6), PAGE(9), 0x50009000);
    machine_free(&m);
  }
}

Test(prefetch, what_makes_none) {
  machine m = with(TW_PREFETCH_NEXT, 4);
  machine_map(&m, PAGE(8), 3, 0x50008000 | D_AF | D_PAGE | D_RO);
  warm(&m);
  expect_none(&m, (tw_request){.va = PAGE(20)});                  // a fault
  expect_none(&m, (tw_request){.va = PAGE(2), .at = TW_AT_BOTH}); // an AT
  expect_none(&m, (tw_request){.va = PAGE(2), .kind = FETCH});    // an L2 hit
  expect_none(&m, (tw_request){.va = PAGE(2)});                   // an L1 hit
  expect_none(&m, (tw_request){.va = VA ^ 1ULL << 60});           // a fault of the address
  machine_tlbi(&m, TW_TLBI_VMALL, 0, 0);                          // and a TLBI
  counts before = counts_of(&m);
  // a walk that fills does, though the access faults; and its prefetch makes no other
  tw_response r = machine_access(&m, (tw_request){.va = PAGE(8), .kind = WRITE, .el = 1});
  settle(&m);
  cr_assert(r.fault && r.found == TW_FOUND_WALK);
  expect_counts(&m, before, (counts){.look_ups = 1, .walks = 1, .fills = 1, .steps = 1});
  machine_free(&m);
}

/// AArch32, short descriptors: sections of 1 MiB, each to its own address, at `tables`; half 1 from the middle on if
/// `n`.
static void sections(machine *m, uint64_t tables, unsigned n) {
  for (uint64_t i = 0; i < 4096; i += 2) {
    uint64_t section = 3 << 10 | 2, words = i << 20 | section | ((i + 1) << 20 | section) << 32;
    tw_memory_write(m->memory, tables + 4 * i, words);
  }
  m->registers =
      (tw_registers){.regime = TW_REGIME_PL10, .sctlr = 1, .tcr = n, .ttbr0 = tables, .ttbr1 = tables, .dacr = 1};
  machine_set(m);
}

// 32 bits of address: the last section is followed by the first, unless that is the other half's.
Test(prefetch, aarch32) {
  for (unsigned n = 0; n < 2; n++) {
    machine m = with(TW_PREFETCH_NEXT, 4);
    sections(&m, 0x100000, n);
    expect_candidate(&m, 0x12345678, 0x12400000, 0x12400000);
    if (n) {
      expect_none(&m, (tw_request){.va = 0x7ff00000});
      expect_none(&m, (tw_request){.va = 0xfff00000});
    } else {
      expect_candidate(&m, 0x7ff00000, 0x80000000, 0x80000000);
      expect_candidate(&m, 0xfff00000, 0, 0);
    }
    machine_free(&m);
  }
}

// Stage 1 permission ends no prefetch, though with stage 2 on it ends a walk.
Test(prefetch, no_permission_is_asked) {
  enum { STAGE2 = 0x20000000, NORMAL = 15 << 2, READ_WRITE = 3 << 6 };
  machine m = with(TW_PREFETCH_NEXT, 4);
  sections(&m, 0x100000, 0);
  tw_memory_write(m.memory, 0x100000 + 8, 0x00200002 | (0x00300000ULL | 3 << 10 | 2) << 32); // 2 MiB: nobody's
  for (uint64_t gib = 0; gib < 4; gib++)
    tw_memory_write(m.memory, STAGE2 + 8 * gib, gib << 30 | D_BLOCK | D_AF | NORMAL | READ_WRITE);
  m.registers.hcr = 1; // VM. T0SZ 0, SL0 1 (level 1)
  m.registers.vtcr = 1 << 6;
  m.registers.vttbr = STAGE2;
  machine_set(&m);
  counts before = warm(&m);
  cr_assert(read_and_settle(&m, 0x100000).found == TW_FOUND_WALK);
  cr_assert_eq(counts_of(&m).fills - before.fills, 1);
  tw_response r = machine_read(&m, 0x200000);
  cr_assert(r.found == TW_FOUND_L2 && r.fault && r.fsc == (TW_FSC_PERMISSION | 1));
  machine_free(&m);
}

// ---- what it leaves alone ----

Test(prefetch, no_update) {
  machine m = with(TW_PREFETCH_NEXT, 4);
  m.registers.tcr |= 3ULL << 39; // HA, HD
  machine_set(&m);
  machine_map(&m, PAGE(4), 3, 0x50004000 | D_PAGE);
  machine_map(&m, PAGE(8), 3, 0x50008000 | D_AF | D_PAGE | D_RO | D_DBM);
  counts before = warm(&m);
  read_and_settle(&m, PAGE(3));
  expect_counts(&m, before, (counts){.look_ups = 1, .walks = 1, .steps = 1});
  cr_assert_eq(tw_memory_read(m.memory, machine_descriptor(&m, PAGE(4), 3)), 0x50004000 | D_PAGE);
  cr_assert_eq(read_and_settle(&m, PAGE(4)).updates, 1, "the access makes it");
  // the entry of what a write must mark first is clean
  read_and_settle(&m, PAGE(7));
  tw_response r = machine_access(&m, (tw_request){.va = PAGE(8), .kind = WRITE, .el = 1});
  cr_assert(r.found == TW_FOUND_WALK && r.updates == 1);
  machine_free(&m);
}

// Nor of stage 2's descriptors.
Test(prefetch, no_update_of_stage_2) {
  enum { STAGE2 = 0x20000000, NORMAL = 15 << 2, READ_WRITE = 3 << 6 };
  const uint64_t unused = 300ULL << 30;
  for (unsigned accessed = 0; accessed < 2; accessed++) {
    machine m = with(TW_PREFETCH_NEXT, 4);
    for (uint64_t gib = 0; gib < 512; gib++)
      tw_memory_write(m.memory, STAGE2 + 8 * gib,
                      gib << 30 | D_BLOCK | NORMAL | READ_WRITE | (gib != 300 || accessed ? D_AF : 0));
    m.registers.hcr = 1; // VM. T0SZ 25, SL0 1 (level 1), PS 48 bits, HA
    m.registers.vtcr = 25 | 1 << 6 | 5 << 16 | 1 << 21;
    m.registers.vttbr = STAGE2 | 3ULL << 48;
    machine_set(&m);
    machine_map(&m, PAGE(4), 3, unused | D_AF | D_PAGE);
    counts before = warm(&m);
    read_and_settle(&m, PAGE(3));
    // the read of stage 1, and that of stage 2
    expect_counts(&m, before, (counts){.look_ups = 1, .walks = 1, .fills = accessed, .steps = 2});
    cr_assert_eq(tw_memory_read(m.memory, STAGE2 + 8 * 300ULL) & D_AF, accessed ? D_AF : 0);
    cr_assert_eq(machine_read(&m, PAGE(4)).found, accessed ? TW_FOUND_L2 : TW_FOUND_WALK);
    machine_free(&m);
  }
}

// ---- maintenance and registers ----

Test(prefetch, tlbi_and_dsb) {
  // when it is accepted and answered, both from r, and what becomes of the candidate
  static const struct {
    uint8_t op;
    uint64_t accepted, answered;
    counts expected;
  } cases[] = {
      // first cycle r + 1: the candidate is dropped; a response after max(L2Sets, 0) = 4 cycles
      {TW_TLBI_VMALL, 0, 5, {0}},
      // first cycle r + 2: it has entered. No probe to r + 5; seven to r + 12; the walk caches are empty: four reads
      // from r + 13 on, the last act in r + 57
      {TW_TLBI_VMALL, 1, 58, {.look_ups = 1, .walks = 1, .fills = 1, .steps = 4}},
      // first cycle r + 10: its last probe, due then, is made in r + 14
      {TW_TLBI_VMALL, 9, 60, {.look_ups = 1, .walks = 1, .fills = 1, .steps = 4}},
      // first cycle r + 11: its walk, which has begun in r + 10, is stale; its first act in r + 12
      {TW_TLBI_VMALL, 10, 57, {.look_ups = 1, .walks = 1, .steps = 4}},
      // first cycle r + 21: it ends in r + 22, stale
      {TW_TLBI_VMALL, 20, 25, {.look_ups = 1, .walks = 1, .steps = 1}},
      // no act in its first cycle, r + 22: the last act in r + 23
      {TW_TLBI_VMALL, 21, 26, {.look_ups = 1, .walks = 1, .steps = 1}},
      {TW_TLBI_VMALL, 22, 27, {.look_ups = 1, .walks = 1, .fills = 1, .steps = 1}},
      // one that enters in the first cycle is not awaited
      {TW_TLBI_DSB, 0, 2, {.look_ups = 1, .walks = 1, .fills = 1, .steps = 1}},
      {TW_TLBI_DSB, 1, 23, {.look_ups = 1, .walks = 1, .fills = 1, .steps = 1}},
      {TW_TLBI_DSB, 22, 24, {.look_ups = 1, .walks = 1, .fills = 1, .steps = 1}},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    machine m = with(TW_PREFETCH_NEXT, 4);
    counts before = warm(&m);
    uint64_t n = tw_mmu_now(m.mmu), r = n + 22;
    tw_response answer[2];
    machine_offer(&m, READ, PAGE(3), n, 1);
    machine_offer_tlbi(&m, (tw_tlbi){.op = cases[i].op, .cycle = r + cases[i].accepted, .id = TLBI_ID});
    machine_step(&m, r + 100, answer, 2);
    cr_expect_eq(answer[1].cycle, r + cases[i].answered, "case %u: %u", i, (unsigned)(answer[1].cycle - r));
    expect_counts(&m, before, cases[i].expected);
    machine_free(&m);
  }
}

// Registers change when no prefetch is in the queue; a candidate alone is dropped.
Test(prefetch, a_change_of_registers) {
  machine m = with(TW_PREFETCH_NEXT, 4);
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

// With prefetch off nothing of it is there.
Test(prefetch, none) {
  machine m = with(TW_PREFETCH_NONE, 4);
  for (uint64_t i = 0; i < PAGES; i++)
    expect_none(&m, (tw_request){.va = PAGE(i)});
  cr_assert_eq(machine_count(&m, TW_COUNTER_DTLB_WALK), PAGES);
  machine_free(&m);
}
