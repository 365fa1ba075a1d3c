// Every latency of the microarchitecture chapter, as pairs: blocked at cycle N-1, ready at N.
#include <criterion/criterion.h>

#include "machine.h"

#define VA 0xffff000000400000ULL

/// Submit at cycle 0 and tell the cycle of the response, which must not be there a cycle earlier.
static uint64_t response_cycle(machine *m, uint64_t va, uint64_t start) {
  tw_request request = {.va = va, .cycle = start, .id = 7, .el = 1};
  tw_response response;
  cr_assert_eq(tw_mmu_submit(m->mmu, &request), 0);
  for (uint64_t cycle = start; cycle < start + 5000; cycle++) {
    tw_mmu_run_until(m->mmu, cycle + 1);
    if (!tw_mmu_collect(m->mmu, &response, 1))
      continue;
    cr_assert_eq(response.cycle, cycle);
    cr_assert_eq(response.id, 7);
    return cycle - start;
  }
  cr_assert_fail("no response");
  return 0;
}

Test(timing, walk_then_l1_hit_then_l2_hit) {
  for (unsigned l1 = 1; l1 <= 15; l1 += 7)
    for (unsigned l2 = 1; l2 <= 15; l2 += 7)
      for (unsigned start = 1; start <= 15; start += 7)
        for (unsigned step = 1; step <= 15; step += 7) {
          tw_mmu_config config = machine_small();
          config.l1_latency = l1, config.l2_latency = l2, config.walk_start = start, config.walk_step = step;
          unsigned delay = 20, probes = 7;
          machine m = machine_new(&config, delay);
          for (unsigned page = 0; page < 6; page++)
            machine_map(&m, VA + page * 0x1000, 3, 0x50000000 | D_AF | D_PAGE);
          uint64_t missed = l1 + l2 + probes - 1;
          // four reads from the root; then one, by the walk cache of level 2
          cr_assert_eq(response_cycle(&m, VA, 0), missed + start + 4 * (delay + step));
          cr_assert_eq(response_cycle(&m, VA, 1000), l1);
          for (unsigned page = 1; page < 5; page++)
            cr_assert_eq(response_cycle(&m, VA + page * 0x1000, 1000 + page * 1000), missed + start + delay + step);
          // the L1 of 4 has lost the first page, the L2 still holds it: probe 0
          cr_assert_eq(response_cycle(&m, VA, 10000), l1 + l2);
          machine_free(&m);
        }
}

Test(timing, acceptance) {
  tw_mmu_config config = machine_small();
  config.l1_latency = 3;
  machine m = machine_new(&config, 10);
  machine_map(&m, VA, 3, 0x50000000 | D_AF | D_PAGE);
  machine_read(&m, VA);
  uint64_t now = tw_mmu_now(m.mmu) + 10;
  // hits: one a cycle at each port, both in one cycle
  tw_response r[5];
  machine_access(&m, (tw_request){.va = VA, .el = 1, .kind = TW_ACCESS_FETCH, .cycle = now});
  now += 100;
  for (unsigned i = 0; i < 2; i++) {
    tw_request data = {.va = VA, .el = 1, .cycle = now + i, .id = i};
    tw_request fetch = {.va = VA, .el = 1, .cycle = now + i, .id = 10 + i, .kind = TW_ACCESS_FETCH};
    cr_assert_eq(tw_mmu_submit(m.mmu, &data), 0);
    cr_assert_eq(tw_mmu_submit(m.mmu, &fetch), 0);
    cr_assert_eq(tw_mmu_submit(m.mmu, &data), -1, "the port holds one");
    tw_mmu_run_until(m.mmu, now + i + 1);
  }
  tw_mmu_run_until(m.mmu, now + 3);
  cr_assert_eq(tw_mmu_collect(m.mmu, r, 5), 0, "latency 3: not yet in cycle 2");
  tw_mmu_run_until(m.mmu, now + 6);
  cr_assert_eq(tw_mmu_collect(m.mmu, r, 5), 4);
  for (unsigned i = 0; i < 4; i++) {
    cr_assert_eq(r[i].id, i / 2 + (i % 2 ? 10 : 0), "in a cycle data goes before instructions");
    cr_assert_eq(r[i].accepted, now + i / 2);
    cr_assert_eq(r[i].cycle, now + i / 2 + 3);
  }
  machine_free(&m);
}

Test(timing, maintenance_takes_a_cycle_a_set) {
  tw_mmu_config config = machine_small();
  machine m = machine_new(&config, 10);
  tw_response r;
  tw_mmu_maintain(m.mmu, &(tw_tlbi){.op = TW_TLBI_VMALL, .cycle = 5, .id = 3}, &r);
  cr_assert_eq(r.accepted, 5);
  cr_assert_eq(r.cycle, 5 + 1 + 4);
  cr_assert_eq(r.id, 3);
  tw_response next = machine_read(&m, 0);
  cr_assert_eq(next.accepted, r.cycle);
  machine_free(&m);
}

Test(timing, memory_writes_are_seen_by_reads_of_their_cycle_or_later) {
  tw_mmu_config config = machine_small();
  machine m = machine_new(&config, 10);
  machine_map(&m, VA, 3, 0x50000000 | D_AF | D_PAGE);
  // the leaf is read in cycle 1 + 3 + 6 + 1 + 3 * 11
  uint64_t leaf_read = 44;
  for (unsigned late = 0; late < 2; late++) {
    machine_tlbi(&m, TW_TLBI_VMALL, 0, 0);
    tw_memory_write(m.memory, machine_descriptor(&m, VA, 3), 0x50000000 | D_AF | D_PAGE);
    uint64_t start = tw_mmu_now(m.mmu);
    tw_request request = {.va = VA, .cycle = start, .el = 1};
    tw_response r;
    tw_mmu_submit(m.mmu, &request);
    tw_mmu_run_until(m.mmu, start + leaf_read + late);
    tw_memory_write(m.memory, machine_descriptor(&m, VA, 3), 0x60000000 | D_AF | D_PAGE);
    tw_mmu_run_until(m.mmu, start + 1000);
    cr_assert_eq(tw_mmu_collect(m.mmu, &r, 1), 1);
    cr_assert_eq(r.pa, late ? 0x50000000 : 0x60000000);
  }
  machine_free(&m);
}
