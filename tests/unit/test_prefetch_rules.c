// Translation prefetch: what makes a candidate, and what a prefetch leaves alone.
#include <criterion/criterion.h>

#include "prefetch_case.h"

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
  machine m = prefetching(TW_PREFETCH_NEXT, 4);
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
  machine m = prefetching(TW_PREFETCH_NEXT, 4);
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

  m = prefetching(TW_PREFETCH_STRIDE, 4);
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
  machine m = prefetching(TW_PREFETCH_NEXT, 4);
  m.registers.tcr |= 1ULL << 37; // TBI0
  machine_set(&m);
  expect_candidate(&m, 0xab00000000000000ULL | LOW(3), LOW(4), 0x50004000);
  machine_free(&m);
}

Test(prefetch, strides) {
  machine m = prefetching(TW_PREFETCH_STRIDE, 4);
  machine_map(&m, VA + 0x400000, 3, 0x54000000 | D_AF | D_PAGE);
  expect_none(&m, (tw_request){.va = LOW(0)}); // page 0x400: no stride from 0, which would be this one again
  expect_none(&m, (tw_request){.va = LOW(0) + 0x400000});
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
  machine m = prefetching(TW_PREFETCH_STRIDE, 4);
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

  m = prefetching(TW_PREFETCH_STRIDE, 4);
  expect_none(&m, (tw_request){.va = LOW(0)});
  expect_none(&m, (tw_request){.va = PAGE(3)});
  expect_none(&m, (tw_request){.va = PAGE(6)}); // one stride, where a half's number apart there would be two
  expect_candidate(&m, PAGE(9), PAGE(12), 0x5000c000);
  machine_free(&m);

  for (unsigned change = 0; change < 2; change++) {
    m = prefetching(TW_PREFETCH_STRIDE, 4);
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
  machine m = prefetching(TW_PREFETCH_NEXT, 4);
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
    machine m = prefetching(TW_PREFETCH_NEXT, 4);
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
  machine m = prefetching(TW_PREFETCH_NEXT, 4);
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
  machine m = prefetching(TW_PREFETCH_NEXT, 4);
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
    machine m = prefetching(TW_PREFETCH_NEXT, 4);
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

// With prefetch off nothing of it is there.
Test(prefetch, none) {
  machine m = prefetching(TW_PREFETCH_NONE, 4);
  for (uint64_t i = 0; i < PAGES; i++)
    expect_none(&m, (tw_request){.va = PAGE(i)});
  cr_assert_eq(machine_count(&m, TW_COUNTER_DTLB_WALK), PAGES);
  machine_free(&m);
}
