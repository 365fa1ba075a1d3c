// x86-64 entries through the MMU: accessed and dirty flags, permissions, reserved bits, error codes of page faults,
// memory types, paging off. Worked out from the Intel SDM (volume 3, "4-level paging and 5-level paging", "Access
// rights", "Page-fault exceptions").
#include <criterion/criterion.h>

#include "watched_case.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define BIT(n) ((uint64_t)1 << (n))
#define NX BIT(63)
enum { READ = TW_ACCESS_READ, WRITE = TW_ACCESS_WRITE, FETCH = TW_ACCESS_FETCH };
enum { P = 1, RW = 2, US = 4, PWT = 8, PCD = 16, A = 32, D = 64, PS = 128, G = 256, PAT_LARGE = 1 << 12 };
enum { ROOT = 0x10000, TABLES = P | RW | US | A };
enum { CR4_LA57 = 1 << 12, CR4_SMEP = 1 << 20, EFER_NXE = 1 << 11 };
#define CR0_PG BIT(31)
#define CR0_WP BIT(16)
#define VA 0x00007f0040201000ULL // indices 254, 1, 1, 1 from level 0 down
#define LIMIT BIT(40)

/// Table `level` (-1 to 3) on the way to VA.
static uint64_t table_at(int level) { return ROOT + 0x1000 * (uint64_t)(level + 1); }
static uint64_t place(int level) {
  static const unsigned index[5] = {0, 254, 1, 1, 1};
  return table_at(level) + 8 * index[level + 1];
}

/// Tables down to VA, accessed all; latencies of 1, one probe of the L2 a size (three), memory in 10.
static watched *x86_new(bool la57, uint64_t leaf) {
  const tw_sizes sizes = tw_granule_sizes(12) | tw_granule_sizes(14) | tw_granule_sizes(16);
  const tw_mmu_config config = {.l1i = {.entries = 8, .sizes = sizes},
                                .l1d = {.entries = 8, .sizes = sizes},
                                .l2 = {.sets = 16, .ways = 4, .sizes = sizes},
                                .walk_cache_entries = {0, 0, 0, 4},
                                .misses = 4,
                                .walks = 2,
                                .merge = 1,
                                .l1_latency = 1,
                                .l2_latency = 1,
                                .walk_start = 1,
                                .walk_step = 1,
                                .ipa_latency = 1,
                                .pa_bits = 44};
  watched *w = watched_new(&config, LIMIT);
  w->m.registers = (tw_registers){.regime = TW_REGIME_X86,
                                  .sctlr = CR0_PG | CR0_WP,
                                  .mair = EFER_NXE,
                                  .tcr = la57 ? CR4_LA57 : 0,
                                  .ttbr0 = table_at(la57 ? -1 : 0)};
  machine_set(&w->m);
  for (int level = -1; level < 3; level++)
    tw_memory_write(w->m.memory, place(level), table_at(level + 1) | TABLES);
  tw_memory_write(w->m.memory, place(3), leaf);
  return w;
}

static tw_response access(watched *w, unsigned kind, unsigned el) {
  return watched_access(w, (tw_request){.va = VA + 0x123, .kind = (uint8_t)kind, .el = (uint8_t)el});
}

Test(x86_entries, accessed_and_dirty) {
  for (unsigned la57 = 0; la57 < 2; la57++) {
    unsigned levels = la57 ? 5 : 4;
    watched *w = x86_new(la57, 0x5555000 | P | RW);
    for (int level = -1; level < 3; level++)
      tw_memory_write(w->m.memory, place(level), table_at(level + 1) | (TABLES & ~A));
    // each entry is read, and swapped for the one with A: missed in cycle 1 + 1 + 3 - 1, then 11 for each
    tw_response r = access(w, READ, 1);
    cr_assert(!r.fault && r.pa == 0x5555123 && r.updates == levels);
    cr_assert_eq(r.cycle - r.accepted, 4 + 1 + 2 * levels * 11);
    cr_assert_eq(w->accesses, 2 * levels);
    for (unsigned i = 0; i < levels; i++) {
      int level = 4 - (int)levels + (int)i;
      const tw_mem_request *read = &w->log[2 * i], *swap = read + 1;
      cr_expect(read->kind == TW_MEM_READ && read->pa == place(level) && read->level == level + 1);
      cr_expect(swap->kind == TW_MEM_COMPARE_SWAP && swap->pa == place(level));
      cr_expect_eq(swap->desired, swap->expected | A, "level %d", level);
    }
    cr_assert_eq(tw_memory_read(w->m.memory, place(3)), 0x5555000 | P | RW | A);
    cr_assert_eq(access(w, READ, 1).found, TW_FOUND_L1);
    // an AT of a write leaves D as it is; the write itself sets it, below the table that is known
    r = watched_access(w, (tw_request){.va = VA, .kind = WRITE, .el = 1, .at = TW_AT_BOTH});
    cr_assert(!r.fault && r.found == TW_FOUND_L1);
    r = access(w, WRITE, 1);
    cr_assert(r.found == TW_FOUND_WALK && r.updates == 1 && w->accesses == 2);
    cr_assert_eq(tw_memory_read(w->m.memory, place(3)), 0x5555000 | P | RW | A | D);
    cr_assert_eq(access(w, WRITE, 1).found, TW_FOUND_L1);
    machine_free(&w->m);
  }
  // both flags in one swap; a write that is not allowed sets A alone
  watched *w = x86_new(false, 0x5555000 | P | RW | US);
  cr_assert_eq(access(w, WRITE, 0).updates, 1);
  cr_assert_eq(tw_memory_read(w->m.memory, place(3)) & (A | D), A | D);
  machine_free(&w->m);
  w = x86_new(false, 0x5555000 | P | US);
  cr_assert_eq(access(w, WRITE, 0).fault, 1);
  cr_assert_eq(tw_memory_read(w->m.memory, place(3)) & (A | D), A);
  machine_free(&w->m);
  // another processor sets A first: its entry is taken as just read, and D is still to be set
  w = x86_new(false, 0x5555000 | P | RW);
  w->races = 1;
  w->raced = A;
  tw_response r = access(w, WRITE, 1);
  cr_assert(!r.fault && r.updates == 2 && w->log[5].expected == (0x5555000 | P | RW | A));
  machine_free(&w->m);
}

// What each access may do, and the error code: P (1) W (2) U (4) RSVD (8) I (16).
Test(x86_entries, permissions) {
  enum { KERNEL = P | RW | A | D, USER = KERNEL | US };
  static const struct {
    const char *name;
    uint64_t table, leaf; ///< of level 1 and of level 3; or with PS of level 1: a page of 1 GiB
    uint64_t cr0, cr4;
    uint8_t kind, el, pan;
    int code; ///< -1: allowed
  } cases[] = {
      {"kernel page", TABLES, KERNEL, 0, 0, WRITE, 1, 0, -1},
      {"kernel page, user", TABLES, KERNEL, 0, 0, READ, 0, 0, 5},
      {"kernel page, user writes", TABLES, KERNEL, 0, 0, WRITE, 0, 0, 7},
      {"kernel page, user fetches", TABLES, KERNEL, 0, 0, FETCH, 0, 0, 21},
      {"user page", TABLES, USER, 0, 0, WRITE, 0, 0, -1},
      {"kernel table above a user page", TABLES & ~US, USER, 0, 0, READ, 0, 0, 5},
      {"read-only table above", TABLES & ~RW, USER, 0, 0, WRITE, 0, 0, 7},
      {"read-only page, WP", TABLES, KERNEL & ~RW, CR0_WP, 0, WRITE, 1, 0, 3},
      {"read-only page, no WP", TABLES, KERNEL & ~RW, 0, 0, WRITE, 1, 0, -1},
      {"read-only user page, no WP", TABLES, USER & ~RW, 0, 0, WRITE, 0, 0, 7},
      {"NX", TABLES, USER | NX, 0, 0, FETCH, 0, 0, 21},
      {"NX, kernel", TABLES, KERNEL | NX, 0, 0, FETCH, 1, 0, 17},
      {"NX of the table", TABLES | NX, KERNEL, 0, 0, FETCH, 1, 0, 17},
      {"NX is of fetches", TABLES | NX, KERNEL, 0, 0, READ, 1, 0, -1},
      {"kernel fetches of a user page", TABLES, USER, 0, 0, FETCH, 1, 0, -1},
      {"SMEP", TABLES, USER, 0, CR4_SMEP, FETCH, 1, 0, 17},
      {"SMEP, user", TABLES, USER, 0, CR4_SMEP, FETCH, 0, 0, -1},
      {"SMEP, kernel page", TABLES, KERNEL, 0, CR4_SMEP, FETCH, 1, 0, -1},
      {"SMAP", TABLES, USER, 0, 0, READ, 1, 1, 1},
      {"SMAP, write", TABLES, USER, 0, 0, WRITE, 1, 1, 3},
      {"SMAP, kernel page", TABLES, KERNEL, 0, 0, WRITE, 1, 1, -1},
      {"1 GiB", 0x80000000 | PS | USER, 0, 0, 0, WRITE, 0, 0, -1},
      {"1 GiB, read-only", 0x80000000 | PS | (USER & ~RW), 0, 0, 0, WRITE, 0, 0, 7},
  };
  for (unsigned i = 0; i < COUNT(cases); i++) {
    watched *w = x86_new(false, 0x5555000 | cases[i].leaf);
    bool giant = cases[i].table & PS;
    tw_memory_write(w->m.memory, place(1), giant ? cases[i].table : table_at(2) | cases[i].table);
    w->m.registers.sctlr = CR0_PG | cases[i].cr0;
    w->m.registers.tcr = cases[i].cr4;
    machine_set(&w->m);
    tw_request request = {.va = VA, .kind = cases[i].kind, .el = cases[i].el, .pan = cases[i].pan};
    for (unsigned again = 0; again < 2; again++) {
      tw_response r = watched_access(w, request);
      cr_expect_eq(r.fault, cases[i].code >= 0, "%s", cases[i].name);
      cr_expect_eq(tw_esr(&r), cases[i].code >= 0 ? (uint32_t)cases[i].code : 0, "%s: %u", cases[i].name, tw_esr(&r));
      cr_expect_eq(r.found, again ? TW_FOUND_L1 : TW_FOUND_WALK, "%s: it is held whatever it allows", cases[i].name);
      cr_expect_eq(r.pa, r.fault ? 0 : giant ? 0x80201000 : 0x5555000, "%s", cases[i].name);
    }
    machine_free(&w->m);
  }
}

// An entry that is not present, one with a reserved bit, a table where nothing answers.
Test(x86_entries, entries_that_end_a_walk) {
  static const struct {
    const char *name;
    int level; ///< of the entry
    uint64_t entry, efer;
    uint8_t kind, el;
    unsigned code, fsc;
  } cases[] = {
      {"level 0 not present", 0, TABLES & ~P, EFER_NXE, READ, 1, 0, 0x04},
      {"level 1 not present", 1, 0, EFER_NXE, WRITE, 0, 6, 0x05},
      {"level 2 not present", 2, ~(uint64_t)P, EFER_NXE, FETCH, 1, 16, 0x06},
      {"level 3 not present", 3, 0, EFER_NXE, FETCH, 0, 20, 0x07},
      {"level -1 not present", -1, 0, EFER_NXE, READ, 0, 4, 0x2b},
      {"PS at level 0", 0, 0x12000 | TABLES | PS, EFER_NXE, READ, 1, 9, 0x00},
      {"PS at level -1", -1, 0x11000 | TABLES | PS, EFER_NXE, WRITE, 1, 11, 0x29},
      {"bit 44 of an address", 2, BIT(44) | TABLES, EFER_NXE, READ, 0, 13, 0x02},
      {"bit 51 of a page", 3, BIT(51) | TABLES, EFER_NXE, READ, 0, 13, 0x03},
      {"2 MiB, bit 13", 2, 0x200000 | BIT(13) | TABLES | PS, EFER_NXE, FETCH, 1, 25, 0x02},
      {"2 MiB, bit 20", 2, 0x200000 | BIT(20) | TABLES | PS, EFER_NXE, READ, 1, 9, 0x02},
      {"1 GiB, bit 29", 1, 0x40000000 | BIT(29) | TABLES | PS, EFER_NXE, READ, 1, 9, 0x01},
      {"NX without EFER.NXE", 3, NX | 0x5555000 | TABLES, 0, READ, 1, 9, 0x03},
      {"NX of a table without EFER.NXE", 1, NX | 0x13000 | TABLES, 0, READ, 0, 13, 0x01},
  };
  for (unsigned i = 0; i < COUNT(cases); i++) {
    watched *w = x86_new(cases[i].level < 0, 0x5555000 | TABLES);
    w->m.registers.mair = cases[i].efer;
    machine_set(&w->m);
    tw_memory_write(w->m.memory, place(cases[i].level), cases[i].entry);
    tw_response r = access(w, cases[i].kind, cases[i].el);
    cr_expect(r.fault && r.found == TW_FOUND_WALK, "%s", cases[i].name);
    cr_expect_eq(tw_esr(&r), cases[i].code, "%s: %u", cases[i].name, tw_esr(&r));
    cr_expect_eq(r.fsc, cases[i].fsc, "%s: 0x%x", cases[i].name, r.fsc);
    cr_expect(!r.updates && !tw_is_external_abort(&r), "%s", cases[i].name);
    machine_free(&w->m);
  }
  for (int level = -1; level < 3; level++) {
    watched *w = x86_new(true, 0x5555000 | TABLES);
    tw_memory_write(w->m.memory, place(level), LIMIT | TABLES);
    tw_response r = access(w, READ, 1);
    cr_expect(r.fault && tw_is_external_abort(&r));
    cr_expect_eq(r.fsc, 0x14 | (level + 1), "no table of level %d: 0x%x", level + 1, r.fsc);
    machine_free(&w->m);
  }
  watched *w = x86_new(true, 0);
  w->m.registers.ttbr0 = LIMIT;
  machine_set(&w->m);
  tw_response r = access(w, READ, 1);
  cr_assert(r.fsc == 0x13 && tw_is_external_abort(&r), "nor of level -1");
  machine_free(&w->m);
}

// Write-back, write-through by PWT, uncached by PCD: the PAT's first entries as they are after reset.
Test(x86_entries, memory_types_and_sizes) {
  static const struct {
    int level;
    uint64_t entry, pa;
    uint8_t size, attr, sh;
  } cases[] = {
      {3, 0x5555000, 0x5555000, 12, 0xff, 3},
      {3, 0x5555000 | PWT, 0x5555000, 12, 0xbb, 3},
      {3, 0x5555000 | PCD, 0x5555000, 12, 0x00, 2},
      {3, 0x5555000 | PCD | PWT | G, 0x5555000, 12, 0x00, 2},
      {2, 0x8200000 | PS, 0x8201000, 21, 0xff, 3},
      {2, 0x8200000 | PS | PWT | PAT_LARGE, 0x8201000, 21, 0xbb, 3},
      {1, 0x1c0000000 | PS | PCD, 0x1c0201000, 30, 0x00, 2},
      {1, 0x1c0000000 | PS | PAT_LARGE, 0x1c0201000, 30, 0xff, 3},
  };
  for (unsigned i = 0; i < COUNT(cases); i++) {
    watched *w = x86_new(false, 0);
    tw_memory_write(w->m.memory, place(cases[i].level), cases[i].entry | TABLES | D);
    tw_response r = watched_access(w, (tw_request){.va = VA, .el = 1});
    cr_expect(!r.fault && r.pa == cases[i].pa && r.size_log2 == cases[i].size, "case %u: size %u", i, r.size_log2);
    cr_expect(r.attr == cases[i].attr && r.sh == cases[i].sh, "case %u: 0x%x, %u", i, r.attr, r.sh);
    machine_free(&w->m);
  }
}

Test(x86_entries, paging_off) {
  watched *w = x86_new(false, 0);
  w->m.registers.sctlr = CR0_WP;
  machine_set(&w->m);
  for (unsigned kind = READ; kind <= FETCH; kind++) {
    tw_response r = access(w, kind, 0);
    cr_assert(!r.fault && r.pa == VA + 0x123 && r.found == TW_FOUND_NONE && r.attr == 0xff && !w->accesses);
    cr_assert_eq(r.cycle - r.accepted, 1);
  }
  machine_free(&w->m);
}
