// TLB maintenance in time: what a TLBI and a DSB cost, what they wait for, and what was under way when a TLBI came.
// Cycles are worked out from the chapter: see test_overlap.c. The L2 has four sets.
#include <criterion/criterion.h>

#include "machine.h"

#define VA 0xffff000000400000ULL
#define PAGE(n) (VA + (n)*0x1000ULL)
enum { READ = TW_ACCESS_READ, WRITE = TW_ACCESS_WRITE, FETCH = TW_ACCESS_FETCH, TLBI_ID = 99 };

static machine with_pages(const tw_mmu_config *config) {
  machine m = machine_new(config, 10);
  for (uint64_t i = 0; i < 16; i++)
    machine_map(&m, PAGE(i), 3, (0x50000000 + 0x1000 * i) | D_AF | D_PAGE);
  return m;
}

static void offer_tlbi(machine *m, unsigned op, uint64_t cycle, uint32_t id, bool outside) {
  machine_offer_tlbi(m, (tw_tlbi){.op = (uint8_t)op, .cycle = cycle, .id = id, .outside = outside});
}

Test(maintenance_time, alone) {
  for (unsigned l1_latency = 1; l1_latency <= 15; l1_latency += 7)
    for (unsigned sets = 1; sets <= 16; sets *= 4)
      for (unsigned dsb = 0; dsb < 2; dsb++) {
        tw_mmu_config config = machine_small();
        config.l1_latency = l1_latency;
        config.l2.sets = sets;
        machine m = with_pages(&config);
        const tw_tlbi tlbi = {.op = dsb ? TW_TLBI_DSB | TW_TLBI_EL2 : TW_TLBI_VMALL, .cycle = 7, .id = 3};
        uint64_t least = dsb ? 2 : 1 + sets, cycles = l1_latency > least ? l1_latency : least;
        tw_response r, by_ports;
        tw_mmu_maintain(m.mmu, &tlbi, &r);
        cr_assert_eq(r.cycle, 7 + cycles);
        cr_assert_eq(tw_mmu_now(m.mmu), r.cycle);
        // the next one can be offered in the cycle of the answer
        machine_offer_tlbi(&m, (tw_tlbi){.op = tlbi.op, .cycle = r.cycle, .id = 4});
        machine_step(&m, r.cycle + 100, &by_ports, 1);
        cr_assert_eq(by_ports.accepted, r.cycle);
        cr_assert_eq(by_ports.cycle, r.cycle + cycles);
        cr_assert(by_ports.found == TW_FOUND_MAINTENANCE && by_ports.kind == TW_KIND_TLBI && by_ports.id == 4);
        machine_free(&m);
      }
}

// A DSB drops nothing.
Test(maintenance_time, a_barrier_drops_nothing) {
  tw_mmu_config config = machine_small();
  machine m = with_pages(&config);
  machine_read(&m, PAGE(0));
  machine_tlbi(&m, TW_TLBI_DSB, 0, 0);
  cr_assert_eq(machine_read(&m, PAGE(0)).found, TW_FOUND_L1);
  machine_free(&m);
}

// The walk of a request that has come before is answered by the old translation, and fills nothing; the operation
// completes in the cycle after. A barrier waits likewise, and the walk fills. What comes later is not waited for.
Test(maintenance_time, a_walk_under_way) {
  for (unsigned dsb = 0; dsb < 2; dsb++) {
    tw_mmu_config config = machine_small();
    machine m = with_pages(&config);
    tw_response r[3];
    machine_offer(&m, READ, PAGE(0), 0, 1);
    tw_mmu_run_until(m.mmu, 1);
    offer_tlbi(&m, dsb ? TW_TLBI_DSB : TW_TLBI_VMALL, 29, TLBI_ID, false); // its first cycle: 30
    machine_offer(&m, READ, PAGE(1), 31, 2);                               // enters in 32, is not awaited
    machine_step(&m, 56, r, 1);
    // reads in 11, 22, 33, 44; answer in 55
    cr_assert(r[0].id == 1 && r[0].cycle == 55 && r[0].found == TW_FOUND_WALK && r[0].pa == 0x50000000);
    cr_assert_eq(machine_count(&m, TW_COUNTER_L1D_TLB_REFILL), dsb);
    cr_assert_eq(machine_count(&m, TW_COUNTER_L2D_TLB_REFILL), dsb);
    cr_assert_eq(machine_count(&m, TW_COUNTER_DTLB_WALK_SMALL), dsb);
    machine_step(&m, 57, r, 1);
    cr_assert(r[0].id == TLBI_ID && r[0].cycle == 56);
    // The younger: due in 35, last probe in 41, first act in 42. After the TLBI it knows no table, and the stale walk
    // fills none: reads of levels 0 (42), 1 (53), 2 (64), 3 (75). After the barrier it knows levels 0 and 1, found in
    // 22 and 33: reads in 42 (level 2) and 53
    machine_step(&m, 200, r, 1);
    cr_assert(r[0].id == 2 && r[0].cycle == (dsb ? 64 : 86), "%llu", (unsigned long long)r[0].cycle);
    cr_assert_eq(machine_read(&m, PAGE(0)).found, dsb ? TW_FOUND_L1 : TW_FOUND_WALK);
    machine_check_counters(&m);
    machine_free(&m);
  }
}

// The first cycle of a TLBI: no act, no probe, no decision of a stage, no answer to a merged request.
Test(maintenance_time, the_first_cycle) {
  enum { PROBES, ACT, ANSWER, MERGED, STAGE };
  static const struct {
    unsigned first, answer;
  } cases[] = {
      // a walk of four reads: 4 to 10, then 11, 22, 33, 44, 55. A TLBI in the middle of its probes takes their cycles
      [PROBES] = {5, 55 + 4}, [ACT] = {33, 56}, // it is stale, and each act is a cycle later
      [ANSWER] = {55, 56},                      //
      [MERGED] = {56, 57},                      // the second request of the page, which has been woken
      [STAGE] = {101, 102},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
    for (unsigned late = 0; late < 2; late++) {
      tw_mmu_config config = machine_small();
      machine m = with_pages(&config);
      tw_response r[4];
      unsigned answers = 2;
      machine_offer(&m, READ, PAGE(0), 0, 1);
      tw_mmu_run_until(m.mmu, 1);
      // a TLBI that drops nothing, and holds all the same; or one that comes too late
      uint64_t first = late ? 150 : cases[i].first;
      offer_tlbi(&m, TW_TLBI_WHATS, first - 1, TLBI_ID, false);
      uint32_t asked = 1;
      if (i == MERGED) {
        machine_offer(&m, READ, PAGE(0), 1, asked = 2);
        answers++;
      } else if (i == STAGE) {
        machine_offer(&m, READ, PAGE(0), 100, asked = 2);
        answers++;
      }
      machine_step(&m, 300, r, answers);
      uint64_t answer = i == PROBES || i == ACT || i == ANSWER ? 55 : cases[i].answer - 1;
      for (unsigned j = 0; j < answers; j++)
        if (r[j].id == asked)
          cr_assert_eq(r[j].cycle, late ? answer : cases[i].answer, "case %u, late %u: %llu", i, late,
                       (unsigned long long)r[j].cycle);
      machine_free(&m);
    }
}

// A walk that waits may begin in the first cycle of a TLBI, and is not stale: it has read nothing.
Test(maintenance_time, a_walk_that_begins_with_it) {
  tw_mmu_config config = machine_small();
  config.walks = 1;
  machine m = with_pages(&config);
  tw_response r[3];
  machine_offer(&m, READ, PAGE(0), 0, 1);
  tw_mmu_run_until(m.mmu, 1);
  machine_offer(&m, READ, PAGE(1), 1, 2);
  // The second has missed in 17 and waits; the first is answered in 55; the second's walk begins in 56
  offer_tlbi(&m, TW_TLBI_VMALL, 55, TLBI_ID, false);
  machine_step(&m, 300, r, 3);
  cr_assert(r[0].id == 1 && r[0].cycle == 55);
  cr_assert(r[1].id == 2 && r[1].cycle == 57 + 44 && r[1].walk_cycles == 45);
  cr_assert(r[2].id == TLBI_ID && r[2].cycle == 102, "it is awaited");
  cr_assert_eq(machine_read(&m, PAGE(1)).found, TW_FOUND_L1);
  cr_assert_eq(machine_read(&m, PAGE(0)).found, TW_FOUND_WALK);
  machine_free(&m);
}

// A request is not merged with one whose walk is stale.
Test(maintenance_time, no_merging_with_a_stale_walk) {
  for (unsigned tlbi = 0; tlbi < 2; tlbi++) {
    tw_mmu_config config = machine_small();
    machine m = with_pages(&config);
    tw_response r[4];
    machine_offer(&m, READ, PAGE(0), 0, 1);
    tw_mmu_run_until(m.mmu, 1);
    machine_offer(&m, READ, PAGE(0), 1, 2); // merged before
    if (tlbi)
      offer_tlbi(&m, TW_TLBI_VMALL, 19, TLBI_ID, false);
    tw_mmu_run_until(m.mmu, 25);
    machine_offer(&m, READ, PAGE(0), 25, 3); // after
    machine_step(&m, 300, r, tlbi ? 4 : 3);
    cr_assert(r[0].id == 1 && r[0].cycle == 55 && r[0].found == TW_FOUND_WALK);
    // The third enters in 26: probes from 29 to 35, then four reads from 36 on. The second looks again: probes from 56
    // to 62, then two reads, since the third's have filled walk caches. The TLBI awaits the two of before
    if (tlbi) {
      cr_assert(r[1].id == 3 && r[1].found == TW_FOUND_WALK && r[1].cycle == 36 + 44);
      cr_assert(r[2].id == 2 && r[2].found == TW_FOUND_WALK && r[2].cycle == 63 + 22,
                "a stale walk answers nobody else");
      cr_assert(r[3].id == TLBI_ID && r[3].cycle == 86);
    } else {
      cr_assert(r[1].id == 2 && r[1].cycle == 56 && r[1].found == TW_FOUND_MERGED);
      cr_assert(r[2].id == 3 && r[2].found == TW_FOUND_MERGED && r[2].cycle == 57);
    }
    machine_check_counters(&m);
    machine_free(&m);
  }
}

// Two queues of four, served in turn; a port whose queue is full is not ready.
Test(maintenance_time, two_queues) {
  tw_mmu_config config = machine_small();
  machine m = with_pages(&config);
  tw_response r[12];
  // each takes 5 from its first cycle to the next one's: 1, 6, 11, ... this PE's first
  for (uint32_t i = 0; i < 2; i++) {
    offer_tlbi(&m, TW_TLBI_VMALL, i, i, false);
    offer_tlbi(&m, TW_TLBI_VMALL, i, 10 + i, true);
    tw_mmu_run_until(m.mmu, i + 1);
  }
  machine_step(&m, 100, r, 4);
  static const uint32_t ids[] = {0, 10, 1, 11};
  for (unsigned i = 0; i < 4; i++) {
    cr_assert_eq(r[i].id, ids[i]);
    cr_assert_eq(r[i].accepted, i / 2);
    cr_assert_eq(r[i].cycle, 1 + 4 + 5 * i);
  }
  // one queue by itself: taken in n + 1, n + 6, n + 11. Four stand in it at the beginning of n + 5: the sixth is
  // accepted when the second has been taken
  uint64_t n = tw_mmu_now(m.mmu);
  for (uint32_t i = 0; i < 6; i++) {
    offer_tlbi(&m, TW_TLBI_VMALL, n + i, i, false);
    if (i < 5)
      tw_mmu_run_until(m.mmu, n + i + 1);
  }
  machine_step(&m, n + 100, r, 6);
  for (uint32_t i = 0; i < 6; i++) {
    cr_assert(r[i].id == i && r[i].accepted == n + (i < 5 ? i : 7), "%u", (unsigned)(r[i].accepted - n));
    cr_assert_eq(r[i].cycle, n + 5 + 5 * i);
  }
  // the turn goes on over what is done without the ports: this PE's was the last, so the outside's goes first
  n = tw_mmu_now(m.mmu);
  tw_mmu_maintain(m.mmu, &(tw_tlbi){.op = TW_TLBI_VMALL, .cycle = n}, r);
  n = tw_mmu_now(m.mmu) + 10;
  offer_tlbi(&m, TW_TLBI_VMALL, n, 0, false);
  offer_tlbi(&m, TW_TLBI_VMALL, n, 10, true);
  machine_step(&m, n + 100, r, 2);
  cr_assert(r[0].id == 10 && r[1].id == 0);
  machine_free(&m);
}

// A TLBI goes through the L2 one set a cycle. A walk that has begun with it may fill meanwhile: in a set that is done,
// in this cycle's, which keeps what it is filled with, or in one that the TLBI comes to later, and drops it.
Test(maintenance_time, a_fill_while_a_tlbi_goes_through_the_l2) {
  for (unsigned page = 10; page < 15; page++) {
    tw_mmu_config config = machine_small();
    config.l2.sets = 64;
    config.walks = 1;
    machine m = with_pages(&config);
    tw_response r[3];
    machine_offer(&m, READ, PAGE(0), 0, 1);
    tw_mmu_run_until(m.mmu, 1);
    machine_offer(&m, READ, PAGE(page), 1, 2);
    // as above: the second's walk begins in 56, the TLBI's first cycle; it knows the table, reads in 57 and is answered
    // in 68, when the TLBI is in set 12
    machine_offer_tlbi(&m,
                       (tw_tlbi){.op = TW_TLBI_VAAL, .operand = tw_tlbi_va(PAGE(page), 0), .cycle = 55, .id = TLBI_ID});
    machine_step(&m, 300, r, 3);
    cr_assert(r[1].id == 2 && r[1].cycle == 68);
    cr_assert(r[2].id == TLBI_ID && r[2].cycle == 56 + 64);
    tw_response fetch = machine_access(&m, (tw_request){.va = PAGE(page), .kind = FETCH, .el = 1});
    cr_assert_eq(fetch.found, page <= 12 ? TW_FOUND_L2 : TW_FOUND_WALK, "set %u", page);
    machine_free(&m);
  }
}
