// The ports in time: what they refuse, what is told of the future; and the counters' names and events.
#include <criterion/criterion.h>
#include <string.h>

#include "machine.h"

#define VA 0xffff000000400000ULL
enum { DATA, FETCH, TLBI, PORTS };

static machine with_page(unsigned l1_latency) {
  tw_mmu_config config = machine_small();
  config.l1_latency = l1_latency;
  machine m = machine_new(&config, 10);
  machine_map(&m, VA, 3, 0x50000000 | D_AF | D_PAGE);
  return m;
}

static int offer(machine *m, unsigned port, uint64_t cycle, uint32_t id) {
  if (port == TLBI)
    return tw_mmu_submit_tlbi(m->mmu, &(tw_tlbi){.op = TW_TLBI_VMALL, .cycle = cycle, .id = id});
  uint8_t kind = port == FETCH ? TW_ACCESS_FETCH : TW_ACCESS_READ;
  return tw_mmu_submit(m->mmu, &(tw_request){.va = VA, .kind = kind, .el = 1, .cycle = cycle, .id = id});
}

/// The only answer there is.
static tw_response only(machine *m) {
  tw_response r[2];
  cr_assert_eq(tw_mmu_collect(m->mmu, r, 2), 1);
  return r[0];
}

Test(ports, each_holds_one) {
  for (unsigned port = 0; port < PORTS; port++) {
    machine m = with_page(1);
    cr_assert_eq(offer(&m, port, 5, 1), 0);
    cr_assert_eq(offer(&m, port, 6, 2), -1);
    tw_mmu_run_until(m.mmu, 5);
    cr_assert_eq(offer(&m, port, 6, 2), -1, "it is accepted in cycle 5");
    tw_mmu_run_until(m.mmu, 6);
    cr_assert_eq(offer(&m, port, 6, 3), 0);
    tw_mmu_run_until(m.mmu, 1000);
    tw_response r[3];
    cr_assert_eq(tw_mmu_collect(m.mmu, r, 3), 2);
    cr_assert(r[0].id == 1 && r[1].id == 3, "the one that was refused is not there");
    cr_assert_eq(r[0].accepted, 5);
    cr_assert_eq(r[0].kind, port == TLBI ? TW_KIND_TLBI : port == FETCH ? TW_ACCESS_FETCH : TW_ACCESS_READ);
    machine_free(&m);
  }
}

Test(ports, all_accept_in_one_cycle) {
  machine m = with_page(1);
  tw_response r[4];
  for (unsigned port = 0; port < PORTS; port++)
    cr_assert_eq(offer(&m, port, 20, port), 0);
  tw_mmu_run_until(m.mmu, 200);
  cr_assert_eq(tw_mmu_collect(m.mmu, r, 1), 1, "no more than asked for");
  cr_assert_eq(tw_mmu_collect(m.mmu, r + 1, 3), 2);
  for (unsigned i = 0; i < 3; i++)
    cr_assert_eq(r[i].accepted, 20);
  // the TLBI's first cycle is 21, its four sets last to 24
  cr_assert(r[0].id == TLBI && r[0].cycle == 25 && r[0].found == TW_FOUND_MAINTENANCE);
  cr_assert_eq(tw_par(&r[0]), 0x800);
  // the stages are held in 21; in 22 the data request enters the queue, in 23 the fetch. The L2 is free from 25 on:
  // seven probes for the one to 31, for the other to 38. Four reads of 10 + 1 each, walk_start 1
  cr_assert(r[1].id == DATA && r[1].cycle == 31 + 1 + 44 && r[1].found == TW_FOUND_WALK);
  cr_assert(r[2].id == FETCH && r[2].cycle == 38 + 1 + 44 && r[2].found == TW_FOUND_WALK);
  // a hit is through before the TLBI of the next cycle; a request that is accepted with the TLBI is not
  cr_assert_eq(offer(&m, FETCH, 210, 1), 0);
  cr_assert_eq(offer(&m, DATA, 211, 2), 0);
  cr_assert_eq(offer(&m, TLBI, 211, 3), 0);
  tw_mmu_run_until(m.mmu, 300);
  cr_assert_eq(tw_mmu_collect(m.mmu, r, 4), 3);
  cr_assert(r[0].id == 1 && r[0].accepted == 210 && r[0].cycle == 211 && r[0].found == TW_FOUND_L1);
  cr_assert(r[1].id == 3 && r[1].accepted == 211 && r[1].cycle == 216);
  // it enters in 213, is due in 216, and the L2 is free from 216 on: last probe in 222
  cr_assert(r[2].id == 2 && r[2].accepted == 211 && r[2].cycle == 222 + 1 + 44);
  machine_free(&m);
}

// An L1 hit on its way answers before the TLBI behind it: that takes l1_latency, if the sets are through earlier.
Test(ports, a_tlbi_waits_for_the_hits_before_it) {
  machine m = with_page(9);
  machine_read(&m, VA);
  uint64_t now = tw_mmu_now(m.mmu);
  cr_assert_eq(offer(&m, DATA, now, 1), 0);
  cr_assert_eq(offer(&m, TLBI, now + 1, 2), 0);
  tw_mmu_run_until(m.mmu, now + 100);
  tw_response r[2];
  cr_assert_eq(tw_mmu_collect(m.mmu, r, 2), 2);
  cr_assert(r[0].id == 1 && r[0].found == TW_FOUND_L1 && r[0].cycle == now + 9);
  cr_assert(r[1].id == 2 && r[1].cycle == now + 1 + 9);
  machine_free(&m);
}

Test(ports, registers_wait_until_nothing_is_in_flight) {
  machine m = with_page(1);
  tw_registers off = m.registers;
  off.sctlr = 0;
  for (unsigned port = 0; port < PORTS; port++) {
    uint64_t now = tw_mmu_now(m.mmu);
    cr_assert_eq(offer(&m, port, now + 3, 1), 0);
    cr_assert_eq(tw_mmu_set_registers(m.mmu, &off), -1, "a request stands at port %u", port);
    tw_mmu_run_until(m.mmu, now + 3 + 1);
    // a walk of four reads; the L2 has the page then; a TLBI
    uint64_t answer = now + 3 + (port == TLBI ? 5 : port == DATA ? 55 : 4);
    for (uint64_t cycle = now + 4; cycle <= answer; cycle++) {
      tw_mmu_run_until(m.mmu, cycle);
      cr_assert_eq(tw_mmu_set_registers(m.mmu, &off), -1, "port %u is not answered in cycle %u", port,
                   (unsigned)(cycle - now));
    }
    tw_mmu_run_until(m.mmu, answer + 1);
    cr_assert_eq(tw_mmu_set_registers(m.mmu, &m.registers), 0, "port %u", port);
    tw_mmu_run_until(m.mmu, now + 500);
    cr_assert_eq(only(&m).fault, 0);
    cr_assert_eq(tw_mmu_set_registers(m.mmu, &m.registers), 0);
  }
  cr_assert_eq(machine_read(&m, VA).pa, 0x50000000, "what was refused changed nothing");
  cr_assert_eq(tw_mmu_set_registers(m.mmu, &off), 0);
  cr_assert_eq(machine_read(&m, 0x1234).pa, 0x1234);
  machine_free(&m);
}

Test(ports, the_next_event) {
  machine m = with_page(3);
  cr_assert_eq(tw_mmu_next_event(m.mmu), UINT64_MAX);
  cr_assert_eq(offer(&m, DATA, 7, 1), 0);
  cr_assert_eq(tw_mmu_next_event(m.mmu), 7);
  // acceptance, the stage, the first probe and the last (between them are those for sizes that the L2 has nothing of),
  // then the reads of a walk, then the answer
  uint64_t missed = 7 + 3 + 3 + 7 - 1;
  const uint64_t events[] = {8, 7 + 3 + 3, missed, missed + 1, missed + 12, missed + 23, missed + 34, missed + 45};
  for (unsigned i = 0; i < sizeof events / sizeof *events; i++) {
    tw_mmu_run_until(m.mmu, tw_mmu_next_event(m.mmu) + 1);
    cr_assert_eq(tw_mmu_next_event(m.mmu), events[i], "event %u", i);
  }
  tw_response r;
  tw_mmu_run_until(m.mmu, missed + 45);
  cr_assert_eq(tw_mmu_collect(m.mmu, &r, 1), 0, "its cycle is not over");
  tw_mmu_run_until(m.mmu, missed + 46);
  cr_assert_eq(only(&m).cycle, missed + 45);
  cr_assert_eq(tw_mmu_next_event(m.mmu), UINT64_MAX);
  // time does not go back
  tw_mmu_run_until(m.mmu, 3);
  cr_assert_eq(tw_mmu_now(m.mmu), missed + 46);
  // two hits under way: the older's answer, then the younger's; a request that is not yet accepted comes later
  uint64_t now = missed + 46;
  cr_assert_eq(offer(&m, DATA, now, 1), 0);
  tw_mmu_run_until(m.mmu, now + 1);
  cr_assert_eq(offer(&m, DATA, now + 1, 2), 0);
  tw_mmu_run_until(m.mmu, now + 2);
  cr_assert_eq(offer(&m, DATA, now + 50, 3), 0);
  cr_assert_eq(tw_mmu_next_event(m.mmu), now + 2, "the second is in its stage");
  tw_mmu_run_until(m.mmu, now + 3);
  cr_assert_eq(tw_mmu_next_event(m.mmu), now + 3);
  tw_mmu_run_until(m.mmu, now + 4);
  cr_assert_eq(only(&m).id, 1);
  cr_assert_eq(tw_mmu_next_event(m.mmu), now + 4);
  tw_mmu_run_until(m.mmu, now + 5);
  cr_assert_eq(only(&m).id, 2);
  cr_assert_eq(tw_mmu_next_event(m.mmu), now + 50);
  machine_free(&m);
}

// A caller that does not collect is refused in time: no answer is lost.
Test(ports, answers_that_nobody_collects) {
  enum { MANY = 5000 };
  machine m = with_page(1);
  machine_read(&m, VA);
  uint32_t accepted = 0;
  for (; accepted < MANY; accepted++) {
    uint64_t now = tw_mmu_now(m.mmu);
    if (offer(&m, DATA, now, accepted))
      break;
    tw_mmu_run_until(m.mmu, now + 1);
  }
  cr_assert(accepted > 64 && accepted < MANY);
  cr_assert_eq(offer(&m, TLBI, tw_mmu_now(m.mmu), 0), -1);
  static tw_response r[MANY];
  tw_mmu_run_until(m.mmu, tw_mmu_now(m.mmu) + 10);
  cr_assert_eq(tw_mmu_collect(m.mmu, r, MANY), accepted);
  for (uint32_t i = 0; i < accepted; i++)
    cr_assert_eq(r[i].id, i);
  cr_assert_eq(offer(&m, DATA, tw_mmu_now(m.mmu), 7), 0);
  tw_mmu_run_until(m.mmu, tw_mmu_now(m.mmu) + 10);
  cr_assert_eq(only(&m).id, 7);
  machine_free(&m);
}

Test(counters, names_and_numbers) {
  // Arm ARM, "The PMU event number space and common events"
  static const struct {
    tw_counter counter;
    const char *name;
    uint16_t event;
  } known[] = {
      {TW_COUNTER_L1I_TLB_REFILL, "L1I_TLB_REFILL", 0x02},
      {TW_COUNTER_L1D_TLB_REFILL, "L1D_TLB_REFILL", 0x05},
      {TW_COUNTER_L1D_TLB, "L1D_TLB", 0x25},
      {TW_COUNTER_L1I_TLB, "L1I_TLB", 0x26},
      {TW_COUNTER_L2D_TLB_REFILL, "L2D_TLB_REFILL", 0x2d},
      {TW_COUNTER_L2D_TLB, "L2D_TLB", 0x2f},
      {TW_COUNTER_DTLB_WALK, "DTLB_WALK", 0x34},
      {TW_COUNTER_ITLB_WALK, "ITLB_WALK", 0x35},
      {TW_COUNTER_DTLB_HWUPD, "DTLB_HWUPD", 0x8134},
      {TW_COUNTER_ITLB_WALK_SMALL, "ITLB_WALK_SMALL", 0x813b},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    tw_counter_info info = tw_counter_describe(known[i].counter);
    cr_expect_str_eq(info.name, known[i].name);
    cr_expect_eq(info.event, known[i].event, "%s", info.name);
  }
  for (unsigned a = 0; a < TW_COUNTER_COUNT; a++) {
    tw_counter_info info = tw_counter_describe((tw_counter)a);
    cr_expect(info.meaning && strlen(info.meaning) > 10, "%s", info.name);
    for (unsigned b = 0; b < a; b++)
      cr_expect_neq(tw_counter_describe((tw_counter)b).event, info.event, "%s", info.name);
  }
}

// A read, a write and a fetch of a page each, of a block each, and an update for each.
Test(counters, what_each_kind_counts) {
  tw_mmu_config config = machine_small();
  machine m = machine_new(&config, 10);
  m.registers.tcr |= 3ULL << 39; // HA, HD
  machine_set(&m);
  for (uint64_t kind = 0; kind < 3; kind++) {
    machine_map(&m, VA + 0x1000 * kind, 3, 0x50000000 | D_PAGE);
    machine_map(&m, VA + 0x40000000 + 0x200000 * kind, 2, 0x50000000 | D_AF | D_BLOCK);
    machine_access(&m, (tw_request){.va = VA + 0x1000 * kind, .kind = (uint8_t)kind, .el = 1});
    machine_access(&m,
                   (tw_request){.va = VA + 0x40000000 + 0x200000 * kind, .kind = (uint8_t)kind, .el = 1, .prfm = 1});
    machine_access(&m, (tw_request){.va = VA + 0x1000 * kind, .kind = (uint8_t)kind, .el = 1});
  }
  machine_check_counters(&m);
  // reads: 4 of the first page, 2 of the first block (level 0 is known), then 1 each; 11 cycles each, and 11 for a swap
  static const struct {
    tw_counter counter;
    uint64_t value;
  } counts[] = {
      {TW_COUNTER_L1D_TLB, 6},
      {TW_COUNTER_L1D_TLB_RD, 3},
      {TW_COUNTER_L1D_TLB_WR, 3},
      {TW_COUNTER_L1I_TLB, 3},
      {TW_COUNTER_L1D_TLB_REFILL, 4},
      {TW_COUNTER_L1D_TLB_REFILL_RD, 2},
      {TW_COUNTER_L1D_TLB_REFILL_WR, 2},
      {TW_COUNTER_L1I_TLB_REFILL, 2},
      {TW_COUNTER_L2D_TLB, 6},
      {TW_COUNTER_L2D_TLB_RD, 4},
      {TW_COUNTER_L2D_TLB_WR, 2},
      {TW_COUNTER_L2D_TLB_REFILL, 6},
      {TW_COUNTER_L2D_TLB_REFILL_RD, 4},
      {TW_COUNTER_L2D_TLB_REFILL_WR, 2},
      {TW_COUNTER_DTLB_WALK, 4},
      {TW_COUNTER_ITLB_WALK, 2},
      {TW_COUNTER_DTLB_STEP, 8},
      {TW_COUNTER_ITLB_STEP, 2},
      {TW_COUNTER_DTLB_HWUPD, 2},
      {TW_COUNTER_ITLB_HWUPD, 1},
      {TW_COUNTER_DTLB_WALK_PERCYC, 4 + 11 * 10},
      {TW_COUNTER_ITLB_WALK_PERCYC, 2 + 11 * 3},
      {TW_COUNTER_DTLB_WALK_LARGE, 2},
      {TW_COUNTER_DTLB_WALK_SMALL, 2},
      {TW_COUNTER_ITLB_WALK_LARGE, 1},
      {TW_COUNTER_ITLB_WALK_SMALL, 1},
      {TW_COUNTER_L1D_TLB_HIT, 2},
      {TW_COUNTER_L1I_TLB_HIT, 1},
      {TW_COUNTER_L1D_TLB_MISS, 4},
      {TW_COUNTER_L1I_TLB_MISS, 2},
      {TW_COUNTER_L2D_TLB_HIT, 0},
      {TW_COUNTER_L1D_TLB_MERGE, 0},
      // the accesses of the blocks are preloads
      {TW_COUNTER_L1D_TLB_RW, 4},
      {TW_COUNTER_L1D_TLB_PRFM, 2},
      {TW_COUNTER_L1I_TLB_RD, 2},
      {TW_COUNTER_L1I_TLB_PRFM, 1},
      {TW_COUNTER_DTLB_WALK_RW, 2},
      {TW_COUNTER_DTLB_WALK_PRFM, 2},
      {TW_COUNTER_ITLB_WALK_RD, 1},
      {TW_COUNTER_ITLB_WALK_PRFM, 1},
  };
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    cr_expect_eq(tw_mmu_counters(m.mmu)->value[counts[i].counter], counts[i].value, "%s: %llu",
                 tw_counter_describe(counts[i].counter).name,
                 (unsigned long long)tw_mmu_counters(m.mmu)->value[counts[i].counter]);
  machine_free(&m);
}

// An AT and a request that bypasses the TLBs count neither L1 nor L2 events, a fault of the address no event at all; a
// walk that faults is a walk.
Test(counters, what_is_not_counted) {
  tw_mmu_config config = machine_small();
  machine m = machine_new(&config, 10);
  machine_map(&m, VA, 3, 0x50000000 | D_AF | D_PAGE);
  machine_access(&m, (tw_request){.va = VA, .el = 1, .at = TW_AT_BOTH});    // 4 reads
  machine_access(&m, (tw_request){.va = VA, .el = 1, .at = TW_AT_STAGE_1}); // bypasses: 1 read
  machine_access(&m, (tw_request){.va = VA ^ 1ULL << 50, .el = 1});
  for (unsigned i = 0; i < TW_COUNTER_COUNT; i++)
    cr_expect_eq(machine_count(&m, (tw_counter)i), i == TW_COUNTER_DTLB_STEP ? 5 : 0, "%s",
                 tw_counter_describe((tw_counter)i).name);
  machine_access(&m, (tw_request){.va = VA + 0x1000, .el = 1}); // no such page: 1 read
  static const tw_counter once[] = {TW_COUNTER_L1D_TLB,      TW_COUNTER_L1D_TLB_RD,  TW_COUNTER_L1D_TLB_RW,
                                    TW_COUNTER_L1D_TLB_MISS, TW_COUNTER_L2D_TLB,     TW_COUNTER_L2D_TLB_RD,
                                    TW_COUNTER_DTLB_WALK,    TW_COUNTER_DTLB_WALK_RW};
  uint64_t expected[TW_COUNTER_COUNT] = {[TW_COUNTER_DTLB_STEP] = 6, [TW_COUNTER_DTLB_WALK_PERCYC] = 12};
  for (unsigned i = 0; i < sizeof once / sizeof *once; i++)
    expected[once[i]] = 1;
  for (unsigned i = 0; i < TW_COUNTER_COUNT; i++)
    cr_expect_eq(machine_count(&m, (tw_counter)i), expected[i], "%s", tw_counter_describe((tw_counter)i).name);
  machine_check_counters(&m);
  machine_free(&m);
}
