// TLBs and walk caches: replacement, sizes, contiguous groups, ASIDs, maintenance; each by where the answer is found.
#include <criterion/criterion.h>

#include "machine.h"

#define VA 0xffff000000400000ULL
#define PAGE(n) (VA + (uint64_t)(n)*0x1000)
#define LEAF (D_AF | D_PAGE)

static machine with_pages(unsigned pages, uint64_t bits) {
  tw_mmu_config config = machine_small();
  machine m = machine_new(&config, 10);
  for (unsigned i = 0; i < pages; i++)
    machine_map(&m, PAGE(i), 3, (0x50000000ULL + i * 0x1000) | LEAF | bits);
  return m;
}

Test(tlb, l1_replaces_the_least_recently_used) {
  machine m = with_pages(16, 0);
  for (unsigned i = 0; i < 4; i++)
    cr_assert_eq(machine_read(&m, PAGE(i)).found, TW_FOUND_WALK);
  machine_read(&m, PAGE(0));
  machine_read(&m, PAGE(8)); // takes the place of page 1
  cr_assert_eq(machine_read(&m, PAGE(0)).found, TW_FOUND_L1);
  cr_assert_eq(machine_read(&m, PAGE(2)).found, TW_FOUND_L1);
  cr_assert_eq(machine_read(&m, PAGE(1)).found, TW_FOUND_L2);
  machine_free(&m);
}

Test(tlb, l2_replaces_the_least_recently_used_of_a_set) {
  machine m = with_pages(32, 0);
  // pages 0, 4, 8 share a set of two ways
  machine_read(&m, PAGE(0));
  machine_read(&m, PAGE(4));
  for (unsigned i = 1; i < 4; i++)
    machine_read(&m, PAGE(i)); // page 0 leaves the L1
  machine_read(&m, PAGE(5));
  cr_assert_eq(machine_read(&m, PAGE(0)).found, TW_FOUND_L2); // a use: page 4 is the older now
  machine_read(&m, PAGE(8));
  for (unsigned i = 17; i < 21; i++)
    machine_read(&m, PAGE(i == 20 ? 21 : i));
  cr_assert_eq(machine_read(&m, PAGE(0)).found, TW_FOUND_L2);
  cr_assert_eq(machine_read(&m, PAGE(4)).found, TW_FOUND_WALK);
  machine_free(&m);
}

Test(tlb, contiguous_group_is_one_entry) {
  machine m = with_pages(32, D_CONTIGUOUS);
  tw_response first = machine_read(&m, PAGE(3));
  cr_assert_eq(first.found, TW_FOUND_WALK);
  cr_assert_eq(first.size_log2, 16);
  for (unsigned i = 0; i < 16; i++) {
    tw_response r = machine_read(&m, PAGE(i) + 0x123);
    cr_assert_eq(r.found, TW_FOUND_L1);
    cr_assert_eq(r.pa, 0x50000123ULL + i * 0x1000);
  }
  cr_assert_eq(machine_read(&m, PAGE(16)).found, TW_FOUND_WALK);
  machine_tlbi(&m, TW_TLBI_VAAL, PAGE(9), 0); // any member drops the group
  cr_assert_eq(machine_read(&m, PAGE(2)).found, TW_FOUND_WALK);
  machine_free(&m);
}

Test(tlb, a_size_not_held_is_splintered) {
  tw_mmu_config config = machine_small();
  config.l1d.sizes = 1ULL << 12 | 1ULL << 14 | 1ULL << 16;
  machine m = machine_new(&config, 10);
  machine_map(&m, VA, 2, 0x40000000 | D_AF | D_BLOCK);
  cr_assert_eq(machine_read(&m, VA).size_log2, 21);
  tw_response l1 = machine_read(&m, VA + 0xf000);
  cr_assert_eq(l1.found, TW_FOUND_L1);
  cr_assert_eq(l1.size_log2, 16);
  tw_response l2 = machine_read(&m, VA + 0x12345);
  cr_assert_eq(l2.found, TW_FOUND_L2);
  cr_assert_eq(l2.size_log2, 21);
  cr_assert_eq(l2.pa, 0x40012345);
  machine_tlbi(&m, TW_TLBI_VA, VA + 0x1ff000, 1); // far from both splinters, in the block of both
  cr_assert_eq(machine_read(&m, VA).found, TW_FOUND_WALK);
  machine_free(&m);
}

Test(tlb, asid_and_global) {
  for (unsigned global = 0; global < 2; global++) {
    machine m = with_pages(1, global ? 0 : D_NG);
    cr_assert_eq(machine_read(&m, VA).found, TW_FOUND_WALK);
    machine_asid(&m, 2);
    tw_response other = machine_read(&m, VA);
    cr_assert_eq(other.found, global ? TW_FOUND_L1 : TW_FOUND_WALK);
    if (!global)
      cr_assert_eq(other.reads[4] + other.reads[3], 2, "the walk caches are of an ASID too");
    machine_asid(&m, 1);
    cr_assert_eq(machine_read(&m, VA).found, TW_FOUND_L1);
    machine_free(&m);
  }
}

Test(tlb, maintenance) {
  static const struct {
    tw_tlbi_op op;
    uint64_t va;
    uint16_t asid;
    bool global, dropped;
    unsigned reads; ///< of the next walk, when dropped
  } cases[] = {
      {TW_TLBI_VMALL, 0, 9, true, true, 4},      {TW_TLBI_ASID, 0, 1, true, false, 0},
      {TW_TLBI_ASID, 0, 1, false, true, 4},      {TW_TLBI_ASID, 0, 2, false, false, 0},
      {TW_TLBI_VA, PAGE(0), 1, false, true, 4},  {TW_TLBI_VA, PAGE(0), 2, false, false, 0},
      {TW_TLBI_VA, PAGE(0), 2, true, true, 1},   {TW_TLBI_VA, PAGE(1), 1, true, false, 0},
      {TW_TLBI_VAA, PAGE(0), 2, false, true, 4}, {TW_TLBI_VAL, PAGE(0), 1, false, true, 1},
      {TW_TLBI_VAAL, PAGE(0), 7, true, true, 1}, {TW_TLBI_VA, PAGE(0) & ~(1ULL << 55), 1, true, false, 0},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    machine m = with_pages(1, cases[i].global ? 0 : D_NG);
    machine_read(&m, VA);
    machine_tlbi(&m, cases[i].op, cases[i].va, cases[i].asid);
    tw_response r = machine_read(&m, VA);
    unsigned reads = 0;
    for (unsigned level = 0; level < TW_LEVELS; level++)
      reads += r.reads[level];
    cr_assert_eq(r.found, cases[i].dropped ? TW_FOUND_WALK : TW_FOUND_L1, "case %u", i);
    cr_assert_eq(reads, cases[i].reads, "case %u: %u reads", i, reads);
    machine_free(&m);
  }
}

Test(tlb, counters_add_up) {
  machine m = with_pages(16, 0);
  for (unsigned i = 0; i < 200; i++) {
    tw_request request = {.va = PAGE(i * 7 % 20), .el = 1, .kind = (uint8_t)(i % 3)};
    machine_access(&m, request);
  }
  const uint64_t *c = tw_mmu_counters(m.mmu)->value;
  cr_assert_eq(c[TW_COUNTER_L1D_TLB] + c[TW_COUNTER_L1I_TLB], 200);
  cr_assert_eq(c[TW_COUNTER_L1D_TLB_RD] + c[TW_COUNTER_L1D_TLB_WR], c[TW_COUNTER_L1D_TLB]);
  cr_assert_gt(c[TW_COUNTER_DTLB_WALK], 0);
  cr_assert_geq(c[TW_COUNTER_L2D_TLB], c[TW_COUNTER_DTLB_WALK] + c[TW_COUNTER_ITLB_WALK]);
  cr_assert_eq(c[TW_COUNTER_DTLB_WALK_SMALL] + c[TW_COUNTER_ITLB_WALK_SMALL], c[TW_COUNTER_L2D_TLB_REFILL]);
  cr_assert_geq(c[TW_COUNTER_DTLB_STEP], c[TW_COUNTER_DTLB_WALK]);
  machine_free(&m);
}
