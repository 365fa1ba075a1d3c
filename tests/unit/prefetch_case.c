// Machines for the tests of translation prefetch, and what they count.
#include "prefetch_case.h"

#include <criterion/criterion.h>

machine prefetching(tw_prefetch prefetch, uint32_t misses) {
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

void settle(machine *m) {
  for (uint64_t next; (next = tw_mmu_next_event(m->mmu)) != UINT64_MAX;)
    tw_mmu_run_until(m->mmu, next + 1);
}

tw_response read_and_settle(machine *m, uint64_t va) {
  tw_response r = machine_read(m, va);
  settle(m);
  return r;
}

counts counts_of(const machine *m) {
  return (counts){machine_count(m, TW_COUNTER_L2D_TLB_PREFETCH), machine_count(m, TW_COUNTER_L2D_TLB_PREFETCH_HIT),
                  machine_count(m, TW_COUNTER_WALK_PREFETCH), machine_count(m, TW_COUNTER_WALK_PREFETCH_FILL),
                  machine_count(m, TW_COUNTER_PREFETCH_STEP)};
}

void expect_counts(const machine *m, counts before, counts expected) {
  counts c = counts_of(m);
  cr_assert_eq(c.look_ups - before.look_ups, expected.look_ups, "%u look-ups",
               (unsigned)(c.look_ups - before.look_ups));
  cr_assert_eq(c.hits - before.hits, expected.hits, "%u hits", (unsigned)(c.hits - before.hits));
  cr_assert_eq(c.walks - before.walks, expected.walks, "%u walks", (unsigned)(c.walks - before.walks));
  cr_assert_eq(c.fills - before.fills, expected.fills, "%u fills", (unsigned)(c.fills - before.fills));
  cr_assert_eq(c.steps - before.steps, expected.steps, "%u steps", (unsigned)(c.steps - before.steps));
}

counts warm(machine *m) {
  read_and_settle(m, PAGE(APART));
  return counts_of(m);
}
