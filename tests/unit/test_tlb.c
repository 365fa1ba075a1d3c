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

/// Read the pages in turn, 'a' being page 0, and tell where each was found: w a walk, 2 the L2, 1 the L1.
static void expect_found(const tw_mmu_config *config, const char *pages, const char *found) {
  char seen[64] = "";
  machine m = machine_new(config, 10);
  for (unsigned i = 0; i < 26; i++)
    machine_map(&m, PAGE(i), 3, (0x50000000ULL + i * 0x1000) | LEAF);
  for (unsigned i = 0; pages[i]; i++) {
    unsigned where = machine_read(&m, PAGE(pages[i] - 'a')).found;
    seen[i] = where == TW_FOUND_WALK ? 'w' : where == TW_FOUND_L2 ? '2' : '1';
  }
  cr_expect_str_eq(seen, found, "%s: found %s, expected %s", pages, seen, found);
  machine_free(&m);
}

/// An L1 of one policy before an L2 that keeps all pages. What is expected is worked out from the chapter's
/// definitions.
static void expect_l1(tw_replacement replacement, uint32_t entries, const char *pages, const char *found) {
  tw_mmu_config config = machine_small();
  config.l1d.entries = entries;
  config.l1d.replacement = replacement;
  config.l2.sets = 64;
  expect_found(&config, pages, found);
}

Test(tlb, l1_true_lru) {
  // d takes the place of b, the least recently used, not of a; b takes c's
  expect_l1(TW_REPLACEMENT_LRU, 3, "abcadabc", "www1w122");
}

Test(tlb, l1_tree_plru) {
  // Five entries, eight leaves. a to e are filled in 0 to 4: the root leads to the lower half (4 was used last), there
  // to {0, 1} (3 was), there to 0 (1 was).
  //   f: 0 (a leaves). The root leads up now: through two halves without entries above, to 4.
  //   a: 4 (e leaves). The root leads down, to {2, 3} since f was in 0, to 2 since d is in 3.
  //   e: 2 (c leaves). b and d are still in 1 and 3: hits; d's is the last, so: root up, {0, 1}, 0.
  //   c: 4 (a leaves). a: 0 (f leaves). b, e, d, c hit, f does not.
  expect_l1(TW_REPLACEMENT_PLRU, 5, "abcdefaebdcabedcf", "wwwwww22112211112");
  // one entry: nothing to choose. Two: the one that was not used last
  expect_l1(TW_REPLACEMENT_PLRU, 1, "aabab", "w1w22");
  expect_l1(TW_REPLACEMENT_PLRU, 2, "abacab", "ww1w12");
}

Test(tlb, l1_fifo) {
  // a's hit does not count: d takes a's place, a takes b's, c hits, b takes c's
  expect_l1(TW_REPLACEMENT_FIFO, 3, "abcadacbc", "www1w2122");
}

Test(tlb, l1_random) {
  // v = ace1, e1e4, e455, 55dd, dd17 at the first five victims. v * 5 / 65536 = 3.4, 4.4, 4.5, 1.7, 4.3.
  //   f: 3 (d leaves), g: 4 (e), h: 4 (g), i: 1 (b), d: 4 (h)
  expect_l1(TW_REPLACEMENT_RANDOM, 5, "abcdefghidacfidb", "wwwwwwwww2111112");
}

Test(tlb, l1_nru) {
  // a to d set all four bits.
  //   e: all cleared, 0 (a leaves). d hits: bits 0 and 3. f: 1 (b). g: 2 (c): all set again.
  //   a: all cleared, 0 (e). b: 1 (f). d hits. e: 2 (g): all set. f: all cleared, 0 (a). a: 1 (b). d hits. b: 2 (e)
  expect_l1(TW_REPLACEMENT_NRU, 4, "abcdedfgabdefadb", "wwwww1ww22122212");
}

Test(tlb, a_dropped_entry_comes_first_and_changes_no_order) {
  // Four entries. a to d are filled; b is dropped; e goes to its place, by whatever policy; then f: LRU and FIFO: a.
  // PLRU: e's use in 1 leaves the root leading up, there to 2 (d in 3 was used last). NRU: all four are used, so 0.
  // Random: the first v is still ace1: 44257 * 4 / 65536 = 2.7.
  static const unsigned leaves[TW_REPLACEMENTS] = {0, 2, 0, 2, 0};
  for (unsigned policy = 0; policy < TW_REPLACEMENTS; policy++) {
    tw_mmu_config config = machine_small();
    config.l1d.replacement = policy;
    config.l2.sets = 64;
    machine m = machine_new(&config, 10);
    for (unsigned i = 0; i < 6; i++)
      machine_map(&m, PAGE(i), 3, (0x50000000ULL + i * 0x1000) | LEAF);
    for (unsigned i = 0; i < 4; i++)
      machine_read(&m, PAGE(i));
    machine_tlbi(&m, TW_TLBI_VAAL, PAGE(1), 0);
    machine_read(&m, PAGE(4));
    machine_read(&m, PAGE(5));
    cr_expect_eq(machine_read(&m, PAGE(leaves[policy])).found, TW_FOUND_L2, "policy %u", policy);
    machine_free(&m);
  }
}

Test(tlb, l2_sets_of_any_number) {
  // Page 0 is number 0xf000000400, 1 more than a multiple of 3: pages 0, 3, 6 share a set of three, 0 and 4 do not.
  tw_mmu_config config = machine_small();
  config.l1d.entries = 1;
  config.l2.sets = 3;
  config.l2.ways = 1;
  expect_found(&config, "abcabcdbcae", "www222w22ww");
}

#define BLOCK(n) (VA + 0x400000 + (uint64_t)(n)*0x200000)
static const tw_sizes page_sizes = 1ULL << 12 | 1ULL << 14 | 1ULL << 16;

/// Pages from PAGE(0) on, blocks of 2 MiB from BLOCK(0) on, no walk caches.
static machine with_blocks(tw_mmu_config config) {
  for (unsigned i = 0; i < TW_WALK_CACHES; i++)
    config.walk_cache_entries[i] = 0;
  machine m = machine_new(&config, 10);
  for (unsigned i = 0; i < 8; i++)
    machine_map(&m, PAGE(i), 3, (0x50000000ULL + i * 0x1000) | LEAF);
  for (unsigned i = 0; i < 4; i++)
    machine_map(&m, BLOCK(i), 2, (0x60000000ULL + i * 0x200000) | D_AF | D_BLOCK);
  return m;
}

/// Make the pages a block, as no kernel may without TLBI: their old entries and the block's can then be there together.
static void become_block(machine *m) { machine_map(m, VA, 2, 0x70000000ULL | D_AF | D_BLOCK); }

Test(tlb, l1_array_of_large_pages) {
  tw_mmu_config config = machine_small();
  config.l1d = (tw_l1_config){.entries = 2, .sizes = page_sizes, .large = {.entries = 1, .sizes = 1ULL << 21}};
  machine m = with_blocks(config);
  machine_read(&m, BLOCK(0));
  machine_read(&m, PAGE(0));
  machine_read(&m, PAGE(1));
  cr_expect_eq(machine_read(&m, BLOCK(0)).found, TW_FOUND_L1, "pages take no place of a block's");
  machine_read(&m, BLOCK(1));
  cr_expect_eq(machine_read(&m, PAGE(0)).found, TW_FOUND_L1, "nor a block of a page's");
  cr_expect_eq(machine_read(&m, PAGE(1)).found, TW_FOUND_L1);
  cr_expect_eq(machine_read(&m, BLOCK(0)).found, TW_FOUND_L2, "there is one place for blocks");
  // a fill drops what it overlaps in either array
  become_block(&m);
  cr_expect_eq(machine_read(&m, PAGE(0)).size_log2, 12, "the old entry");
  cr_expect_eq(machine_read(&m, PAGE(3)).found, TW_FOUND_WALK);
  tw_response r = machine_read(&m, PAGE(0) + 8);
  cr_expect(r.found == TW_FOUND_L1 && r.size_log2 == 21 && r.pa == 0x70000008);
  machine_tlbi(&m, TW_TLBI_VAAL, PAGE(5), 0);
  cr_expect_eq(machine_read(&m, PAGE(0)).found, TW_FOUND_L2, "the page's old entry is in the L2 still");
  machine_free(&m);
}

Test(tlb, l1_with_sets) {
  // two sets of two ways: the even pages share one. e takes the place of a, though b's set has one left
  tw_mmu_config config = machine_small();
  config.l1d = (tw_l1_config){.entries = 4, .ways = 2, .sizes = page_sizes};
  config.l2.sets = 64;
  expect_found(&config, "acbecba", "wwww112");
  // three sets of one way: page 0's number is 1 more than a multiple of 3
  config.l1d.entries = 3;
  config.l1d.ways = 1;
  expect_found(&config, "abcabcdbca", "www111w112");
  // a group of sixteen pages is held page by page
  config = machine_small();
  config.l1d = (tw_l1_config){.entries = 4, .ways = 2, .sizes = page_sizes};
  machine m = machine_new(&config, 10);
  for (unsigned i = 0; i < 16; i++)
    machine_map(&m, PAGE(i), 3, (0x50000000ULL + i * 0x1000) | LEAF | D_CONTIGUOUS);
  machine_read(&m, PAGE(3));
  tw_response next = machine_read(&m, PAGE(4)), again = machine_read(&m, PAGE(3) + 4);
  cr_expect(next.found == TW_FOUND_L2 && next.size_log2 == 16);
  cr_expect(again.found == TW_FOUND_L1 && again.size_log2 == 12 && again.pa == 0x50003004);
  machine_free(&m);
}

Test(tlb, l1_with_sets_and_large_pages) {
  tw_mmu_config config = machine_small();
  config.l1d = (tw_l1_config){
      .entries = 2, .ways = 1, .sizes = page_sizes, .large = {.entries = 2, .sizes = 1ULL << 21 | 1ULL << 30}};
  machine m = with_blocks(config);
  machine_read(&m, PAGE(0)); // set 0
  machine_read(&m, PAGE(1)); // set 1
  become_block(&m);
  cr_expect_eq(machine_read(&m, PAGE(3)).found, TW_FOUND_WALK); // fills the block and looks for overlaps in set 1
  tw_response r = machine_read(&m, PAGE(1));
  cr_expect(r.found == TW_FOUND_L1 && r.size_log2 == 21 && r.pa == 0x70001000);
  r = machine_read(&m, PAGE(0)); // of both that match, the first array's
  cr_expect(r.found == TW_FOUND_L1 && r.size_log2 == 12 && r.pa == 0x50000000);
  r = machine_read(&m, PAGE(2)); // set 0 again, another page
  cr_expect(r.found == TW_FOUND_L1 && r.size_log2 == 21);
  machine_tlbi(&m, TW_TLBI_VMALL, 0, 0);
  cr_expect_eq(machine_read(&m, PAGE(0)).found, TW_FOUND_WALK);
  machine_free(&m);
}

Test(tlb, l2_array_of_large_pages) {
  tw_mmu_config config = machine_small();
  config.l1d = (tw_l1_config){.entries = 1, .sizes = page_sizes};
  config.l2 =
      (tw_l2_config){.sets = 4, .ways = 2, .sizes = page_sizes, .large = {.sets = 9, .ways = 1, .sizes = 1ULL << 21}};
  machine m = with_blocks(config);
  // blocks 0 and 9 share one of nine sets, whatever block 0's number is
  machine_map(&m, BLOCK(9), 2, 0x68000000ULL | D_AF | D_BLOCK);
  machine_read(&m, BLOCK(0));
  machine_read(&m, BLOCK(1));
  tw_response r = machine_read(&m, BLOCK(0) + 0x5000);
  cr_expect(r.found == TW_FOUND_L2 && r.size_log2 == 21 && r.pa == 0x60005000);
  cr_expect_eq(r.cycle - r.accepted, 1 + 3 + 2, "4K, 64K and 2M are probed in this order");
  machine_read(&m, BLOCK(9));
  cr_expect_eq(machine_read(&m, BLOCK(1) + 0x5000).found, TW_FOUND_L2);
  cr_expect_eq(machine_read(&m, BLOCK(0) + 0x6000).found, TW_FOUND_WALK, "block 9 has taken its place");
  // the sets of the larger array, one a cycle
  tw_response tlbi;
  tw_mmu_maintain(m.mmu, &(tw_tlbi){.op = TW_TLBI_VMALL}, &tlbi);
  cr_expect_eq(tlbi.cycle - tlbi.accepted, 1 + 9);
  cr_expect_eq(machine_read(&m, BLOCK(1) + 0x7000).found, TW_FOUND_WALK);
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
