// Walk caches in the L2: the look-ups of a walk, a level a cycle; what they share with pages: sets, ways, replacement,
// the port, TLBIs. Every cycle is worked out from the chapter, in the comments; see test_overlap.c.
//
// With machine_small a request that is accepted in a and misses all has its last probe in a + 10, and its walk's first
// act in a + 11: the look-up of level 2. An access of memory takes 10, the step to the next act 1.
#include <criterion/criterion.h>

#include "machine.h"

#define VA 0xffff000000400000ULL
#define PAGE(n) (VA + (n)*0x1000ULL)
enum { READ = TW_ACCESS_READ, TLBI_ID = 99, MISSED = 10, STEP = 11 };

static tw_mmu_config in_l2(unsigned sets, unsigned ways) {
  tw_mmu_config config = machine_small();
  memset(config.walk_cache_entries, 0, sizeof config.walk_cache_entries);
  config.walk_caches_in_l2 = 1;
  config.l2.sets = sets;
  config.l2.ways = ways;
  return config;
}

static machine with_pages(const tw_mmu_config *config) {
  machine m = machine_new(config, 10);
  for (uint64_t i = 0; i < 16; i++)
    machine_map(&m, PAGE(i), 3, (0x50000000 + 0x1000 * i) | D_AF | D_PAGE);
  return m;
}

/// A lone read and the time that it takes, by itself and, in another machine that has come the same way, by the ports.
static void expect_read(machine *m, machine *twin, uint64_t va, tw_found found, uint64_t cycles) {
  tw_response alone = machine_read(m, va), by_ports;
  uint64_t n = tw_mmu_now(twin->mmu);
  machine_offer(twin, READ, va, n, 1);
  machine_step(twin, n + 400, &by_ports, 1);
  cr_assert_eq(alone.found, found, "%llx: found %u", (unsigned long long)va, alone.found);
  cr_assert_eq(by_ports.found, found);
  cr_assert_eq(alone.cycle - alone.accepted, cycles, "%llx: %llu cycles", (unsigned long long)va,
               (unsigned long long)(alone.cycle - alone.accepted));
  cr_assert_eq(by_ports.cycle - by_ports.accepted, cycles, "by the ports: %llu cycles",
               (unsigned long long)(by_ports.cycle - by_ports.accepted));
  cr_assert(alone.pa == by_ports.pa && alone.walk_cycles == by_ports.walk_cycles);
}

// A walk looks up levels 2, 1, 0 in turn; the one that hits begins the access in its own cycle.
Test(l2_tables, a_level_a_cycle) {
  tw_mmu_config config = in_l2(64, 4);
  machine m = with_pages(&config), twin = with_pages(&config);
  const uint64_t other2 = VA + 0x200000, other1 = VA + (1ULL << 30), other0 = VA + (1ULL << 39);
  machine *all[] = {&m, &twin};
  for (unsigned i = 0; i < 2; i++) {
    machine_map(all[i], other2, 3, 0x60000000 | D_AF | D_PAGE);
    machine_map(all[i], other1, 3, 0x61000000 | D_AF | D_PAGE);
    machine_map(all[i], other0, 3, 0x62000000 | D_AF | D_PAGE);
  }
  // look-ups in 11, 12, 13, all miss: four reads from the root, the first in 13
  expect_read(&m, &twin, PAGE(0), TW_FOUND_WALK, MISSED + 3 + 4 * STEP);
  // level 2 hits in 11: one read
  expect_read(&m, &twin, PAGE(1), TW_FOUND_WALK, MISSED + 1 + STEP);
  // another table of level 3 under the same of level 2: level 1 hits in 12, two reads
  expect_read(&m, &twin, other2, TW_FOUND_WALK, MISSED + 2 + 2 * STEP);
  // level 0 hits in 13, three reads
  expect_read(&m, &twin, other1, TW_FOUND_WALK, MISSED + 3 + 3 * STEP);
  // level 0 is the start level and misses in 13: four
  expect_read(&m, &twin, other0, TW_FOUND_WALK, MISSED + 3 + 4 * STEP);
  expect_read(&m, &twin, other1 + 0x1000, TW_FOUND_WALK, MISSED + 1 + STEP);
  cr_assert(tw_mmu_has_seen(m.mmu).table_hits == 4 && tw_mmu_has_seen(twin.mmu).table_hits == 4);
  machine_free(&m);
  machine_free(&twin);
}

// A walk ends at the start level's look-up. With the 64K granule and 29 bits of addresses level 3 is the start level,
// and nothing is looked up; with 42 bits level 2 is, with 48 level 1. Look-ups count no cycle of the walk's begin.
Test(l2_tables, start_levels) {
  static const struct {
    unsigned bits, look_ups, reads;
  } cases[] = {{29, 0, 1}, {30, 1, 2}, {42, 1, 2}, {43, 2, 3}, {48, 2, 3}};
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    tw_mmu_config config = in_l2(64, 4);
    machine m = machine_new(&config, 10);
    // TTBR0, TG0 = 64K (01). The tables: level 1 at 0x1000000, 2 at 0x2000000, 3 at 0x3000000
    m.registers.tcr = (m.registers.tcr & ~0x3fULL) | (64 - cases[i].bits) | 1ULL << 14;
    m.registers.ttbr0 = (4 - cases[i].reads) * 0x1000000ULL;
    machine_set(&m);
    for (uint64_t level = 1; level < 3; level++)
      tw_memory_write(m.memory, level * 0x1000000, (level + 1) * 0x1000000 | D_TABLE);
    for (uint64_t n = 0; n < 2; n++)
      tw_memory_write(m.memory, 0x3000000 + 8 * n, (0x50000000 + 0x10000 * n) | D_AF | D_PAGE);
    // five sizes: probes in 4 to 8, the first act in 9. The act that is the last look-up is the first read's too
    unsigned first = 9, misses = cases[i].look_ups ? cases[i].look_ups - 1 : 0;
    tw_response r = machine_read(&m, 0);
    cr_assert_eq(r.cycle - r.accepted, first + misses + cases[i].reads * STEP, "%u bits: %llu", cases[i].bits,
                 (unsigned long long)(r.cycle - r.accepted));
    cr_assert_eq(r.walk_cycles, 1 + misses + cases[i].reads * STEP);
    // then level 2 hits, if there is one
    r = machine_read(&m, 0x10000);
    cr_assert(!r.fault && r.pa == 0x50010000);
    cr_assert_eq(r.cycle - r.accepted, first + STEP);
    machine_free(&m);
  }
}

// What the tables above say is kept with the table: the second walk does not read them.
Test(l2_tables, table_attributes) {
  tw_mmu_config config = in_l2(64, 4);
  machine m = with_pages(&config);
  const uint64_t ap_read_only = 2ULL << 61, pxn = 1ULL << 59, uxn = 1ULL << 60;
  uint64_t at = machine_descriptor(&m, VA, 1);
  tw_memory_write(m.memory, at, tw_memory_read(m.memory, at) | ap_read_only | pxn | uxn);
  machine_read(&m, PAGE(0));
  tw_response w = machine_access(&m, (tw_request){.va = PAGE(1), .el = 1, .kind = TW_ACCESS_WRITE});
  cr_assert(w.fault && w.reads[TW_LEVELS - 1] == 1 && w.reads[1] == 0);
  tw_response x = machine_access(&m, (tw_request){.va = PAGE(2), .el = 1, .kind = TW_ACCESS_FETCH});
  cr_assert(x.fault && x.reads[TW_LEVELS - 1] == 1 && x.reads[1] == 0);
  machine_free(&m);
}

// One set of two ways, true LRU: tables and pages take each other's ways. With the size in its place a table never
// answers a page, nor a page a table.
Test(l2_tables, they_share_ways) {
  tw_mmu_config config = in_l2(1, 2);
  config.l1d.entries = 1;
  machine m = with_pages(&config), twin = with_pages(&config);
  // fills: tables of levels 0, 1, 2, then the page: what is left is the table of level 2 and page 0
  expect_read(&m, &twin, PAGE(0), TW_FOUND_WALK, MISSED + 3 + 4 * STEP);
  // level 2 hits, which is a use: page 1 takes the way of page 0
  expect_read(&m, &twin, PAGE(1), TW_FOUND_WALK, MISSED + 1 + STEP);
  expect_read(&m, &twin, PAGE(0), TW_FOUND_WALK, MISSED + 1 + STEP);
  // a use of page 0 by a hit of the L2 (page 1 is in the L1 no more than page 0, which the fill below puts out)
  expect_read(&m, &twin, PAGE(2), TW_FOUND_WALK, MISSED + 1 + STEP);
  expect_read(&m, &twin, PAGE(2), TW_FOUND_L1, 1);
  machine_free(&m);
  machine_free(&twin);
}

// The set of a table is that of its own address bits: VA[51:lo(L)]. 2 sets of 1 way: VA[21] is the set of level 2's,
// VA[30] of level 1's, VA[39] of level 0's, VA[12] of a page's.
Test(l2_tables, sets) {
  tw_mmu_config config = in_l2(2, 1);
  machine m = with_pages(&config), twin = with_pages(&config);
  const uint64_t odd = VA + 0x200000; // level 2: set 1
  machine *all[] = {&m, &twin};
  for (unsigned i = 0; i < 2; i++)
    for (uint64_t n = 0; n < 4; n++)
      machine_map(all[i], odd + n * 0x1000, 3, (0x60000000 + n * 0x1000) | D_AF | D_PAGE);
  // all of this walk's tables are of set 0, the page too (even): only the page is left
  expect_read(&m, &twin, PAGE(0), TW_FOUND_WALK, MISSED + 3 + 4 * STEP);
  // nothing is known. Now the table of level 2 is left in set 0, page 1 in set 1
  expect_read(&m, &twin, PAGE(1), TW_FOUND_WALK, MISSED + 3 + 4 * STEP);
  expect_read(&m, &twin, PAGE(3), TW_FOUND_WALK, MISSED + 1 + STEP);
  // levels 0 and 1 go to set 0, 2 to set 1, the page to set 0 over that of level 1
  expect_read(&m, &twin, odd, TW_FOUND_WALK, MISSED + 3 + 4 * STEP);
  expect_read(&m, &twin, odd + 0x2000, TW_FOUND_WALK, MISSED + 1 + STEP);
  machine_free(&m);
  machine_free(&twin);
}

// A second array takes no tables, whatever its size.
Test(l2_tables, the_first_array_alone) {
  tw_mmu_config config = in_l2(1, 1);
  config.l2.sizes &= ~((tw_sizes)1 << 21);
  config.l2.large = (tw_l2_large_config){.sets = 8, .ways = 4, .sizes = (tw_sizes)1 << 21};
  machine m = with_pages(&config), twin = with_pages(&config);
  expect_read(&m, &twin, PAGE(0), TW_FOUND_WALK, MISSED + 3 + 4 * STEP);
  expect_read(&m, &twin, PAGE(1), TW_FOUND_WALK, MISSED + 3 + 4 * STEP);
  machine_free(&m);
  machine_free(&twin);
}

// A cycle in which the engine looks a table up, or fills one, has no probe.
Test(l2_tables, one_port) {
  // A walk of four reads: look-ups in 11, 12, 13; tables arrive in 24, 35 and 46 (read in 13, 24, 35; step 1), the leaf
  // in 57. A second request that is due in d probes from d to d + 6, and hits nothing: it must wait for the cycles
  // among these in which the port is taken, and its walk begins in its last probe's cycle
  static const struct {
    unsigned accepted, lost;
  } cases[] = {
      {20, 1}, // due in 24: no entry is taken in 24; probes 25 to 31
      {21, 0}, // 25 to 31
      {14, 1}, // 18 to 24: the last probe is made in 25
      {13, 0}, // 17 to 23
      {30, 1}, // 34, 36 to 41
      {31, 1}, // 36 to 42
      {32, 0}, //
      {46, 0}, // 50 to 56: the answer in 57 is no more in the way
      {47, 1}, // and here it is
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    tw_mmu_config config = in_l2(64, 4);
    machine m = with_pages(&config);
    const uint64_t blocked = 0xffff800000000000ULL; // nothing is mapped there
    tw_response r[2];
    uint64_t at = cases[i].accepted;
    machine_offer(&m, READ, PAGE(0), 0, 1);
    tw_mmu_run_until(m.mmu, at);
    machine_offer(&m, READ, blocked, at, 2);
    machine_step(&m, 400, r, 2);
    const tw_response *first = r[0].id == 1 ? &r[0] : &r[1], *second = r[0].id == 2 ? &r[0] : &r[1];
    cr_assert_eq(first->cycle, 57, "%llu", (unsigned long long)first->cycle);
    cr_assert_eq(second->cycle - second->walk_cycles, at + MISSED + cases[i].lost, "accepted %u: %llu", (unsigned)at,
                 (unsigned long long)(second->cycle - second->walk_cycles));
    machine_free(&m);
  }
}

// While a TLBI goes through the L2 a look-up waits, and a younger walk's act goes before it.
Test(l2_tables, look_ups_wait_for_a_tlbi) {
  // a TLBI that drops nothing, of 4 sets, first cycle x: no act in x, no look-up until x + 3
  static const struct {
    unsigned first, late;
  } cases[] = {
      {7, 4},  // no probe in 7 to 10: last one in 14, so the first act in 15, after it
      {11, 4}, // the look-up of 11 is made in 15
      {10, 4}, // the last probe is made in 14
      {12, 4}, // of 12: in 16
      {13, 4}, // of 13: in 17
      {14, 0}, // none is left: an access is under way, the datum's act is in 24
      {23, 0}, // an arrival in the midst of it
      {24, 1}, // in the first cycle no act
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    tw_mmu_config config = in_l2(4, 2);
    machine m = with_pages(&config);
    tw_response r[2];
    machine_offer(&m, READ, PAGE(0), 0, 1);
    tw_mmu_run_until(m.mmu, cases[i].first - 1);
    machine_offer_tlbi(&m, (tw_tlbi){.op = TW_TLBI_WHATS, .cycle = cases[i].first - 1, .id = TLBI_ID});
    machine_step(&m, 400, r, 2);
    const tw_response *read = r[0].id == 1 ? &r[0] : &r[1];
    cr_assert_eq(read->cycle, 57 + cases[i].late, "first %u: %llu", cases[i].first, (unsigned long long)read->cycle);
    machine_free(&m);
  }
}

// The older walk waits for a TLBI to have gone through the L2; an arrival of the younger one goes before it.
Test(l2_tables, others_pass_what_waits) {
  tw_mmu_config config = in_l2(16, 2);
  machine m = with_pages(&config);
  const uint64_t abroad = 0xffff800000000000ULL; // nothing is mapped there
  tw_response r[4];
  // The first faults: probes 4 to 10, look-ups in 11, 12, 13, a read in 13, 24. The second is merged with it. The
  // third probes in 14 to 20, looks up in 21, 22, 23, reads in 23, 34, 45, 56: 67. The second looks again in 25 to 31,
  // level 2's tables in 32; a TLBI from 33 to 48 lets it look up level 1 in 49, level 0 in 50, with its read: 61
  machine_offer(&m, READ, abroad, 0, 1);
  tw_mmu_run_until(m.mmu, 1);
  machine_offer(&m, READ, abroad, 1, 2);
  tw_mmu_run_until(m.mmu, 2);
  machine_offer(&m, READ, PAGE(0), 2, 3);
  tw_mmu_run_until(m.mmu, 3);
  machine_offer_tlbi(&m, (tw_tlbi){.op = TW_TLBI_WHATS, .cycle = 32, .id = TLBI_ID});
  machine_step(&m, 400, r, 4);
  static const struct {
    uint32_t id;
    uint64_t cycle;
  } expected[] = {{1, 24}, {2, 61}, {3, 67}, {TLBI_ID, 68}};
  for (unsigned i = 0; i < 4; i++)
    cr_assert(r[i].id == expected[i].id && r[i].cycle == expected[i].cycle, "answer %u: to %u in %llu", i, r[i].id,
              (unsigned long long)r[i].cycle);
  cr_assert_eq(tw_mmu_has_seen(m.mmu).passed_over, 2, "in 34 and in 45");
  machine_free(&m);
}

// A TLBI drops tables by the walk caches' rule: VA those of the ASID that meet the page; VAL none; ASID those of the
// ASID, though the page itself is global.
Test(l2_tables, maintenance) {
  static const struct {
    tw_tlbi_op op;
    uint64_t va;
    uint16_t asid;
    unsigned reads;
  } cases[] = {
      {TW_TLBI_VMALL, 0, 0, 4},          {TW_TLBI_ASID, 0, 1, 4},      {TW_TLBI_ASID, 0, 2, 1},
      {TW_TLBI_VA, PAGE(0), 1, 4},       {TW_TLBI_VA, PAGE(5), 1, 4},  {TW_TLBI_VA, PAGE(5), 2, 1},
      {TW_TLBI_VAA, PAGE(5), 2, 4},      {TW_TLBI_VAL, PAGE(1), 1, 1}, {TW_TLBI_VAAL, PAGE(1), 1, 1},
      {TW_TLBI_VA, VA + 0x200000, 1, 3}, // it meets the tables of levels 0 and 1; that of level 2 stays, and hits
      {TW_TLBI_VA, VA + 0x200000, 2, 1},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    tw_mmu_config config = in_l2(64, 4);
    machine m = with_pages(&config);
    machine_read(&m, PAGE(0));
    machine_tlbi(&m, cases[i].op, cases[i].va, cases[i].asid);
    tw_response r = machine_read(&m, PAGE(1));
    unsigned reads = 0;
    for (unsigned level = 0; level < TW_LEVELS; level++)
      reads += r.reads[level];
    cr_assert_eq(reads, cases[i].reads == 3 ? 1 : cases[i].reads, "case %u: %u reads", i, reads);
    if (cases[i].reads == 3) { // the tables of levels 0 and 1 are gone
      machine_map(&m, VA + 0x400000, 3, 0x60000000 | D_AF | D_PAGE);
      r = machine_read(&m, VA + 0x400000);
      cr_assert(r.reads[1] == 1 && r.reads[2] == 1 && r.reads[3] == 1);
    }
    machine_free(&m);
  }
}

// Tables belong to the ASID and to the world that they were found in.
Test(l2_tables, asids_and_worlds) {
  tw_mmu_config config = in_l2(64, 4);
  machine m = with_pages(&config);
  machine_read(&m, PAGE(0));
  machine_asid(&m, 7);
  cr_assert_eq(machine_read(&m, PAGE(1)).reads[1], 1, "level 0 is read afresh");
  cr_assert_eq(machine_read(&m, PAGE(2)).reads[1], 0);
  m.registers.vttbr = 5ULL << 48;
  machine_set(&m);
  cr_assert_eq(machine_read(&m, PAGE(3)).reads[1], 1);
  m.registers.vttbr = 0;
  machine_asid(&m, 1);
  cr_assert_eq(machine_read(&m, PAGE(4)).reads[1], 0, "the first ones are still there");
  machine_free(&m);
}

// Two walks that come to one table side by side fill one way.
Test(l2_tables, a_table_found_twice) {
  tw_mmu_config config = in_l2(1, 8);
  config.merge = 0;
  machine m = with_pages(&config);
  tw_response r[2];
  machine_offer(&m, READ, PAGE(0), 0, 1);
  tw_mmu_run_until(m.mmu, 1);
  machine_offer(&m, READ, PAGE(1), 1, 2);
  machine_step(&m, 400, r, 2);
  cr_assert(r[0].reads[1] == 1 && r[1].reads[1] == 1 && r[0].reads[3] == 1 && r[1].reads[3] == 1);
  // three tables and two pages are in the eight ways, and three more pages put nothing out: the table of level 0 is
  // still there
  for (unsigned i = 2; i < 5; i++)
    machine_read(&m, PAGE(i));
  machine_map(&m, VA + (1ULL << 30), 3, 0x60000000 | D_AF | D_PAGE);
  r[0] = machine_read(&m, VA + (1ULL << 30));
  cr_assert(r[0].reads[1] == 0 && r[0].reads[2] == 1);
  machine_free(&m);
}

// What a TLBI has dropped is not found by the look-up that waited for it.
Test(l2_tables, a_look_up_sees_what_is_dropped) {
  for (unsigned drops = 0; drops < 2; drops++) {
    tw_mmu_config config = in_l2(4, 4);
    machine m = with_pages(&config);
    machine_read(&m, PAGE(0));
    uint64_t n = tw_mmu_now(m.mmu);
    tw_response r[2];
    machine_offer(&m, READ, PAGE(1), n, 1);
    tw_mmu_run_until(m.mmu, n + 10);
    machine_offer_tlbi(&m, (tw_tlbi){.op = drops ? TW_TLBI_VMALL : TW_TLBI_WHATS, .cycle = n + 10, .id = TLBI_ID});
    machine_step(&m, n + 400, r, 2);
    // the first look-up is due in 11, made in 15; misses to 17, then four reads; or one
    cr_assert(r[0].id == 1);
    cr_assert_eq(r[0].cycle, n + (drops ? 17 + 4 * STEP : 15 + STEP), "%llu", (unsigned long long)(r[0].cycle - n));
    machine_free(&m);
  }
}

// A stale walk fills no table, and leaves the port to others.
Test(l2_tables, a_stale_walk) {
  tw_mmu_config config = in_l2(4, 8);
  machine m = with_pages(&config);
  tw_response r[2];
  machine_offer(&m, READ, PAGE(0), 0, 1);
  tw_mmu_run_until(m.mmu, 14);
  machine_offer_tlbi(&m, (tw_tlbi){.op = TW_TLBI_WHATS, .cycle = 14, .id = TLBI_ID}); // first cycle: 15
  machine_step(&m, 200, r, 2);
  cr_assert(r[0].id == 1 && r[0].cycle == 57);
  cr_assert_eq(machine_read(&m, PAGE(1)).reads[1], 1, "no table is known");
  machine_free(&m);
}
