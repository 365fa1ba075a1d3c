// Every policy in a set of the L2: who is replaced, by the chapter's rules (*Replacement*), worked out by hand.
#include <criterion/criterion.h>

#include "machine.h"

#define VA 0xffff000000400000ULL
#define PAGE(n) (VA + (n)*0x1000ULL)
enum { A, B, C, D, PAGES };

/// An L2 of one set of three ways behind an L1 of one entry: another page always goes to the L2.
static machine with_policy(tw_replacement policy) {
  tw_mmu_config config = machine_small();
  config.l1d.entries = 1;
  config.l2.sets = 1;
  config.l2.ways = 3;
  config.l2.replacement = policy;
  machine m = machine_new(&config, 10);
  for (uint64_t i = 0; i < PAGES; i++)
    machine_map(&m, PAGE(i), 3, (0x50000000 + 0x1000 * i) | D_AF | D_PAGE);
  return m;
}

static tw_found found(machine *m, unsigned page) { return (tw_found)machine_read(m, PAGE(page)).found; }

// A, B and C fill ways 0, 1 and 2, A is used again; D takes the place of one of them.
Test(policies, who_is_replaced) {
  static const struct {
    tw_replacement policy;
    unsigned victim;
  } expected[] = {
      {TW_REPLACEMENT_LRU, B},    // used the longest ago
      {TW_REPLACEMENT_PLRU, C},   // A led the root to the upper half, whose only entry is C
      {TW_REPLACEMENT_FIFO, A},   // filled the longest ago
      {TW_REPLACEMENT_RANDOM, C}, // 0xace1 * 3 / 2^16 = 2
      {TW_REPLACEMENT_NRU, A},    // all have been used: all bits are cleared, the lowest goes
  };
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
    for (unsigned page = A; page <= C; page++) {
      machine m = with_policy(expected[i].policy);
      for (unsigned fill = A; fill <= C; fill++)
        cr_assert_eq(found(&m, fill), TW_FOUND_WALK);
      cr_assert_eq(found(&m, A), TW_FOUND_L2);
      cr_assert_eq(found(&m, D), TW_FOUND_WALK);
      tw_found wanted = page == expected[i].victim ? TW_FOUND_WALK : TW_FOUND_L2;
      cr_assert_eq(found(&m, page), wanted, "policy %u, page %u", expected[i].policy, page);
      machine_free(&m);
    }
}
