// AArch32 through the whole MMU: walks of 4-byte descriptors in time, in either byte order; PAR, DFSR and IFSR of both
// formats; LPAE. Worked out by hand from the Arm ARM ("VMSAv8-32") and the microarchitecture chapter.
#include <criterion/criterion.h>

#include "watched_case.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define BIT(n) ((uint64_t)1 << (n))
enum { READ = TW_ACCESS_READ, WRITE = TW_ACCESS_WRITE, FETCH = TW_ACCESS_FETCH };
enum {
  ROOT = 0x4000,
  TABLE = 0x8400,
  M = 1,
  WXN = 1 << 19,
  UWXN = 1 << 20,
  EE = 1 << 25,
  TRE = 1 << 28,
  AFE = 1 << 29
};
#define EAE BIT(31)

/// TLBs that hold sections and supersections too: four probes of the L2. Nothing answers from 1 GiB on.
static watched *aarch32(bool sections, const tw_registers *registers) {
  tw_mmu_config config = machine_small();
  if (sections)
    config.l1d.sizes = config.l1i.sizes = config.l2.sizes = config.l2.sizes | tw_short_sizes();
  watched *w = watched_new(&config, 1 << 30);
  w->m.registers = *registers;
  w->m.registers.regime = TW_REGIME_PL10;
  machine_set(&w->m);
  return w;
}

static tw_registers short_registers(void) {
  return (tw_registers){.sctlr = M, .ttbr0 = ROOT, .dacr = 0x55555555, .contextidr = 7};
}

/// Write a descriptor of 4 bytes, in the order that SCTLR.EE says.
static void put(watched *w, uint64_t pa, uint32_t value) {
  if (w->m.registers.sctlr & EE)
    value = value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24;
  unsigned shift = pa & 4 ? 32 : 0;
  uint64_t word = tw_memory_read(w->m.memory, pa & ~7ULL) & ~(UINT64_C(0xffffffff) << shift);
  tw_memory_write(w->m.memory, pa & ~7ULL, word | (uint64_t)value << shift);
}

static tw_response ask(watched *w, uint32_t va, unsigned kind, unsigned el) {
  return watched_access(w, (tw_request){.va = va, .kind = (uint8_t)kind, .el = (uint8_t)el});
}

Test(aarch32, short_walks_in_time) {
  for (unsigned big = 0; big < 2; big++) {
    tw_registers registers = short_registers();
    registers.sctlr |= big ? EE : 0;
    watched *w = aarch32(true, &registers);
    put(w, ROOT + 4 * 3, TABLE | 0x21);   // domain 1
    put(w, TABLE + 4 * 0x45, 0x1234507e); // small page, TEX:C:B 00111
    put(w, TABLE + 4 * 0x46, 0x12346832); // small page, nG, strongly ordered
    put(w, TABLE + 4 * 0x60, 0x5678103d); // large page
    put(w, ROOT + 4 * 0x7ff, 0x80001c0e); // section
    uint64_t missed = 1 + 3 + 4 - 1, begun = missed + 1;
    tw_response r = ask(w, 0x00345678, READ, 0);
    cr_assert(!r.fault && r.pa == 0x12345678 && r.attr == 0xff && r.sh == 0 && r.size_log2 == 12);
    cr_assert_eq(r.cycle - r.accepted, begun + 2 * 11);
    cr_assert_eq(w->accesses, 2);
    static const uint64_t places[2] = {ROOT + 4 * 3, TABLE + 4 * 0x45};
    for (unsigned i = 0; i < 2; i++) {
      cr_assert_eq(w->log[i].pa, places[i]);
      cr_assert_eq(w->log[i].cycle - r.accepted, begun + 11 * i);
      cr_assert(w->log[i].size_log2 == 2 && w->log[i].level == 2 + i && !w->log[i].stage2);
    }
    r = ask(w, 0x00346004, READ, 0); // below the table that is known
    cr_assert(r.pa == 0x12346004 && r.attr == 0 && r.sh == 2 && r.reads[3] == 1 && !r.reads[2]);
    cr_assert_eq(r.cycle - r.accepted, begun + 11);
    r = ask(w, 0x00360abc, READ, 0);
    cr_assert(r.pa == 0x56780abc && r.size_log2 == 16);
    r = ask(w, 0x0036fabc, READ, 0); // of the same large page
    cr_assert(r.pa == 0x5678fabc && r.found == TW_FOUND_L1);
    r = ask(w, 0x7ff12345, READ, 0);
    cr_assert(r.pa == 0x80012345 && r.size_log2 == 20);
    cr_assert_eq(r.cycle - r.accepted, begun + 11);
    // another ASID: nG alone is gone, and the walk cache is the ASID's
    w->m.registers.contextidr = 0x1108;
    machine_set(&w->m);
    cr_assert_eq(ask(w, 0x00345678, READ, 0).found, TW_FOUND_L1);
    cr_assert_eq(ask(w, 0x00346004, READ, 0).reads[2], 1);
    machine_free(&w->m);
  }
}

// TTBCR.N = 2: the lowest GiB is TTBR0's, in a table of 4 KiB. PD0 and PD1 forbid walks.
Test(aarch32, short_halves) {
  tw_registers registers = short_registers();
  registers.tcr = 2;
  registers.ttbr0 = 0x5000;
  registers.ttbr1 = ROOT;
  watched *w = aarch32(true, &registers);
  put(w, 0x5000 + 4 * 0x3ff, 0x10001c0e);
  put(w, ROOT + 4 * 0x400, 0x20001c0e);
  cr_assert_eq(ask(w, 0x3ff00010, READ, 1).pa, 0x10000010);
  cr_assert_eq(ask(w, 0x40000010, READ, 1).pa, 0x20000010);
  w->m.registers.tcr |= 1 << 4;
  machine_set(&w->m);
  tw_response r = ask(w, 0x3fe00000, READ, 1);
  cr_assert(r.fault && r.fsc == 0x05 && r.found == TW_FOUND_WALK && !w->accesses);
  cr_assert_eq(r.cycle - r.accepted, 8);
  cr_assert_eq(ask(w, 0x3ff00010, READ, 1).found, TW_FOUND_L1, "what a TLB holds is used all the same");
  cr_assert_eq(ask(w, 0x40100000, READ, 1).reads[2], 1);
  w->m.registers.tcr = 2 | 1 << 5;
  machine_set(&w->m);
  cr_assert_eq(ask(w, 0x40100000, READ, 1).reads[2], 0);
  cr_assert_eq(ask(w, 0x3fe00000, READ, 1).reads[2], 1);
  machine_free(&w->m);
}

// Linux's PRRR and NMRR; the same without outer shareability.
#define REMAP 0x40e040e0ff0a81a8ULL
#define REMAP_OUTER 0x40e040e0000a81a8ULL

// Of a section (or supersection) that maps offset 0x345678 of 16 MiB.
Test(aarch32, par_of_short_descriptors) {
  static const struct {
    const char *name;
    uint32_t sctlr, bits;
    uint64_t remap;
    uint32_t par32;
    uint64_t par64;
  } cases[] = {
      {"write-back", 0, 0x80001c0e, 0, 0x80045054, 0xff00000080045800},
      {"shared", 0, 0x80011c0e, 0, 0x800450d4, 0xff00000080045900},
      {"remapped 7: inner shareable", TRE, 0x80011c0e, REMAP, 0x800454d4, 0xff00000080045980},
      {"remapped 7: outer shareable", TRE, 0x80011c0e, REMAP_OUTER, 0x800450d4, 0xff00000080045900},
      {"remapped 7: not shared", TRE, 0x80001c0e, REMAP, 0x80045054, 0xff00000080045800},
      {"remapped 1: not cached", TRE, 0x80000c06, REMAP, 0x80045080, 0x4400000080045900},
      {"remapped 4: Device", TRE, 0x80001c02, REMAP, 0x800450b0, 0x0400000080045900},
      {"remapped 0: strongly ordered", TRE, 0x80000c02, REMAP, 0x80045090, 0x0000000080045900},
      {"write-through", 0, 0x80006c0a, 0, 0x80045068, 0xaa00000080045800},
      {"write-back, no allocation", 0, 0x80007c0e, 0, 0x8004507c, 0xee00000080045800},
      {"outer write-back, inner write-through", 0, 0x80005c0a, 0, 0x80045064, 0xfa00000080045800},
      {"outer not cached, inner write-back", 0, 0x80004c06, 0, 0x80045050, 0x4f00000080045800},
      {"TEX 000, C", 0, 0x80000c0a, 0, 0x80045068, 0xaa00000080045800},
      {"TEX 000, C, B", 0, 0x80000c0e, 0, 0x8004507c, 0xee00000080045800},
      {"not cached", 0, 0x80001c02, 0, 0x80045080, 0x4400000080045900},
      {"Device, shared", 0, 0x80000c06, 0, 0x800450b0, 0x0400000080045900},
      {"Device, not shared", 0, 0x80002c02, 0, 0x800450b0, 0x0400000080045900},
      {"strongly ordered", 0, 0x80000c02, 0, 0x80045090, 0x0000000080045900},
      {"reserved: 00101", 0, 0x80001c06, 0, 0x80045090, 0x0000000080045900},
      {"reserved: 00110", 0, 0x80001c0a, 0, 0x80045090, 0x0000000080045900},
      {"reserved: 01001", 0, 0x80002c06, 0, 0x80045090, 0x0000000080045900},
      {"reserved: 01111", 0, 0x80003c0e, 0, 0x80045090, 0x0000000080045900},
      {"supersection", 0, 0x67540c42, 0, 0x67250092, 0x0000002567345900},
      {"supersection, write-back", 0, 0x67541c4e, 0, 0x67250056, 0xff00002567345800},
  };
  for (unsigned sections = 0; sections < 2; sections++) {
    tw_registers registers = short_registers();
    watched *w = aarch32(sections, &registers);
    for (unsigned i = 0; i < COUNT(cases); i++) {
      uint32_t va = (i + 1) << 24 | 0x345678;
      put(w, ROOT + 4 * (va >> 20), cases[i].bits);
      w->m.registers.sctlr = M | cases[i].sctlr;
      w->m.registers.mair = cases[i].remap;
      machine_set(&w->m);
      // by a walk, then by the L1: of supersections and sections only where it has the sizes, else of a splinter
      for (unsigned hit = 0; hit < 2; hit++) {
        tw_request request = {.va = va, .el = 1, .at = TW_AT_BOTH};
        tw_response r = machine_access(&w->m, request);
        cr_expect_eq(r.found, hit ? TW_FOUND_L1 : TW_FOUND_WALK, "%s", cases[i].name);
        cr_expect_eq(tw_par(&r), cases[i].par32, "%s: 0x%llx", cases[i].name, (unsigned long long)tw_par(&r));
        request.par_long = 1;
        r = machine_access(&w->m, request);
        cr_expect_eq(tw_par(&r), cases[i].par64, "%s: 0x%llx", cases[i].name, (unsigned long long)tw_par(&r));
        cr_expect_eq(tw_esr(&r), 0);
      }
    }
    machine_free(&w->m);
  }
}

Test(aarch32, faults_of_short_descriptors) {
  enum { D5 = 5 << 5, NO_ACCESS = 0, CLIENT = 1, RESERVED = 2, MANAGER = 3 };
  static const struct {
    const char *name;
    uint32_t sctlr, ttbr0, level1, level2;
    uint8_t dacr5, kind, el;
    uint8_t fsc; // 0: none
    uint32_t par32, fsr;
  } cases[] = {
      {"translation, level 1", 0, ROOT, 0x80000c00, 0, CLIENT, READ, 1, 0x05, 0x0b, 0x005},
      {"translation, level 1, write", 0, ROOT, 0, 0, CLIENT, WRITE, 0, 0x05, 0x0b, 0x805},
      {"translation, level 2", 0, ROOT, TABLE | 1, 0x12345074, CLIENT, WRITE, 1, 0x06, 0x0f, 0x807},
      {"no access, level 1", 0, ROOT, 0x80000c02 | D5, 0, NO_ACCESS, READ, 1, 0x3d, 0x13, 0x009},
      {"reserved DACR, level 1", 0, ROOT, 0x80000c02 | D5, 0, RESERVED, WRITE, 1, 0x3d, 0x13, 0x809},
      {"no access, level 2", 0, ROOT, TABLE | 1 | D5, 0x1234507e, NO_ACCESS, FETCH, 0, 0x3e, 0x17, 0x00b},
      {"client", 0, ROOT, 0x80000c02 | D5, 0, CLIENT, WRITE, 0, 0, 0, 0},
      {"a supersection is of domain 0", 0, ROOT, 0x67540c02 | D5, 0, NO_ACCESS, WRITE, 0, 0, 0, 0},
      {"privileged alone, level 1", 0, ROOT, 0x80000402 | D5, 0, CLIENT, READ, 0, 0x0d, 0x1b, 0x00d},
      {"users read, level 2", 0, ROOT, TABLE | 1, 0x1234506e, CLIENT, WRITE, 0, 0x0e, 0x1f, 0x80f},
      {"users read, and may", 0, ROOT, TABLE | 1, 0x1234506e, CLIENT, READ, 0, 0, 0, 0},
      {"nobody, AP 000", 0, ROOT, 0x80000002, 0, CLIENT, READ, 1, 0x0d, 0x1b, 0x00d},
      {"read-only for all, AP 111", 0, ROOT, 0x80008c02, 0, CLIENT, WRITE, 1, 0x0d, 0x1b, 0x80d},
      {"XN", 0, ROOT, 0x80000c12 | D5, 0, CLIENT, FETCH, 1, 0x0d, 0x1b, 0x00d},
      {"PXN, users may", 0, ROOT, 0x80000c03, 0, CLIENT, FETCH, 0, 0, 0, 0},
      {"PXN", 0, ROOT, 0x80000c03, 0, CLIENT, FETCH, 1, 0x0d, 0x1b, 0x00d},
      {"PXN of the table", 0, ROOT, TABLE | 5, 0x1234507e, CLIENT, FETCH, 1, 0x0e, 0x1f, 0x00f},
      {"writable", 0, ROOT, 0x80000c02, 0, CLIENT, FETCH, 1, 0, 0, 0},
      {"writable, WXN", WXN, ROOT, 0x80000402, 0, CLIENT, FETCH, 1, 0x0d, 0x1b, 0x00d},
      {"writable by users, WXN", WXN, ROOT, 0x80000c02, 0, CLIENT, FETCH, 0, 0x0d, 0x1b, 0x00d},
      {"read-only, WXN, UWXN", WXN | UWXN, ROOT, 0x80008c02, 0, CLIENT, FETCH, 1, 0, 0, 0},
      {"writable by users, UWXN", UWXN, ROOT, 0x80000c02, 0, CLIENT, FETCH, 1, 0x0d, 0x1b, 0x00d},
      {"UWXN is not the users'", UWXN, ROOT, 0x80000c02, 0, CLIENT, FETCH, 0, 0, 0, 0},
      {"writable by EL1 alone, UWXN", UWXN, ROOT, 0x80000402, 0, CLIENT, FETCH, 1, 0, 0, 0},
      {"manager: XN", 0, ROOT, 0x80000c12 | D5, 0, MANAGER, FETCH, 1, 0, 0, 0},
      {"manager: read-only", 0, ROOT, 0x80008c02 | D5, 0, MANAGER, WRITE, 0, 0, 0, 0},
      {"Access flag, level 1", AFE, ROOT, 0x80000802, 0, CLIENT, READ, 1, 0x09, 0x07, 0x003},
      {"Access flag, level 2", AFE, ROOT, TABLE | 1, 0x1234506e, CLIENT, WRITE, 1, 0x0a, 0x0d, 0x806},
      {"Access flag before domain", AFE, ROOT, 0x80000802 | D5, 0, NO_ACCESS, READ, 1, 0x09, 0x07, 0x003},
      {"AFE: AP[1:0] 01 is privileged alone", AFE, ROOT, 0x80000402, 0, CLIENT, READ, 0, 0x0d, 0x1b, 0x00d},
      {"external abort, level 1", 0, 0x50000000, 0, 0, CLIENT, READ, 1, 0x15, 0x19, 0x00c},
      {"external abort, level 2", 0, ROOT, 0x50000001, 0, CLIENT, FETCH, 1, 0x16, 0x1d, 0x00e},
  };
  for (unsigned i = 0; i < COUNT(cases); i++) {
    tw_registers registers = short_registers();
    registers.sctlr |= cases[i].sctlr;
    registers.ttbr0 = cases[i].ttbr0;
    registers.dacr = (0x55555555U & ~(3U << 10)) | (uint32_t)cases[i].dacr5 << 10;
    watched *w = aarch32(true, &registers);
    put(w, ROOT + 4 * 3, cases[i].level1);
    put(w, TABLE + 4 * 0x45, cases[i].level2);
    // a fault of permission or domain comes from the L1 too; the others walk again
    for (unsigned again = 0; again < 2; again++) {
      tw_response r = ask(w, 0x00345678, cases[i].kind, cases[i].el);
      cr_expect_eq(r.fault, cases[i].fsc != 0, "%s", cases[i].name);
      cr_expect_eq(r.fsc, cases[i].fsc, "%s: 0x%x", cases[i].name, r.fsc);
      cr_expect_eq(tw_esr(&r), cases[i].fsr, "%s: 0x%x", cases[i].name, tw_esr(&r));
      if (r.fault)
        cr_expect_eq(tw_par(&r), cases[i].par32, "%s: 0x%llx", cases[i].name, (unsigned long long)tw_par(&r));
      bool held = !r.fault || (r.fsc & 0xc) == TW_FSC_PERMISSION;
      cr_expect_eq(r.found, held && again ? TW_FOUND_L1 : TW_FOUND_WALK, "%s", cases[i].name);
      cr_expect_eq(tw_is_external_abort(&r), (r.fsc & ~3) == 0x14, "%s", cases[i].name);
    }
    machine_free(&w->m);
  }
}

// -- LPAE --

Test(aarch32, lpae) {
  enum { L1 = 0x4000, L2 = 0x5000, L3 = 0x6000, USER = 1 << 6, RO = 1 << 7 };
  const uint64_t asid = 9;
  tw_registers registers = {.sctlr = M, .tcr = EAE, .ttbr0 = L1 | asid << 48, .mair = 0x0044bbff00000000};
  for (unsigned big = 0; big < 2; big++) {
    registers.sctlr = big ? M | EE : M;
    watched *w = aarch32(false, &registers);
    const struct {
      uint64_t pa, bits;
    } table[] = {
        {L1 + 8, L2 | D_TABLE},                                 // 0x40000000
        {L1 + 16, 0xc0000000 | D_BLOCK | D_AF | 4 << 2},        // 0x80000000: attribute 4
        {L2 + 8, L3 | D_TABLE},                                 // 0x40200000
        {L2 + 16, 0x1200000 | D_BLOCK | D_AF | 6 << 2},         // 0x40400000: attribute 6
        {L3 + 8, 0x1234567000 | D_PAGE | D_AF | 5 << 2 | USER}, // 0x40201000: attribute 5
        {L3 + 16, 0x1234567000 | D_PAGE | 4 << 2},              // 0x40202000: no Access flag
        {L3 + 24, 0x1234567000 | D_PAGE | D_AF | 4 << 2 | RO},  // 0x40203000
        {L3 + 32, BIT(40) | D_PAGE | D_AF | 4 << 2},            // 0x40204000: beyond 40 bits
        {L3 + 40, 0x1234567000 | D_BLOCK | D_AF},               // 0x40205000: reserved
    };
    for (unsigned i = 0; i < COUNT(table); i++)
      tw_memory_write(w->m.memory, table[i].pa, big ? __builtin_bswap64(table[i].bits) : table[i].bits);
    tw_response r = ask(w, 0x40201abc, READ, 0);
    cr_assert(!r.fault && r.pa == 0x1234567abc && r.attr == 0xbb && r.size_log2 == 12);
    cr_assert_eq(tw_par(&r), 0xbb00001234567800, "64 bits: EAE");
    // seven probes; three reads of 8 bytes
    cr_assert_eq(r.cycle - r.accepted, 1 + 3 + 7 - 1 + 1 + 33);
    cr_assert(w->log[0].pa == L1 + 8 && w->log[0].size_log2 == 3 && w->log[0].level == 2 && w->log[2].pa == L3 + 8);
    r = ask(w, 0x80012345, READ, 1);
    cr_assert(r.pa == 0xc0012345 && r.attr == 0xff && r.size_log2 == 30);
    r = ask(w, 0x40412345, READ, 1);
    cr_assert(r.pa == 0x1212345 && r.attr == 0x44 && r.sh == 2 && r.size_log2 == 21);
    const struct {
      uint32_t va;
      uint8_t kind, el, fsc;
      uint32_t fsr;
      uint64_t par;
    } faults[] = {
        {0x00000000, READ, 1, 0x05, 0x205, 0x80b},  {0x40000000, WRITE, 1, 0x06, 0xa06, 0x80d},
        {0x40200000, FETCH, 1, 0x07, 0x207, 0x80f}, {0x40202000, READ, 1, 0x0b, 0x20b, 0x817},
        {0x40203000, WRITE, 1, 0x0f, 0xa0f, 0x81f}, {0x80000000, READ, 0, 0x0d, 0x20d, 0x81b},
        {0x40204000, READ, 1, 0x03, 0x203, 0x807},  {0x40205000, READ, 1, 0x07, 0x207, 0x80f},
    };
    for (unsigned i = 0; i < COUNT(faults); i++) {
      r = ask(w, faults[i].va, faults[i].kind, faults[i].el);
      cr_expect(r.fault && r.fsc == faults[i].fsc, "fault %u: 0x%x", i, r.fsc);
      cr_expect_eq(tw_esr(&r), faults[i].fsr, "fault %u: 0x%x", i, tw_esr(&r));
      cr_expect_eq(tw_par(&r), faults[i].par, "fault %u: 0x%llx", i, (unsigned long long)tw_par(&r));
    }
    machine_free(&w->m);
  }
}

Test(aarch32, lpae_addresses_that_have_no_table) {
  // T0SZ 2, T1SZ 1: 0x40000000 to 0x7fffffff belong to nobody
  tw_registers registers = {.sctlr = M, .tcr = EAE | 1 << 16 | 2, .ttbr0 = 0x4000, .ttbr1 = BIT(40) | 0x5000};
  watched *w = aarch32(false, &registers);
  tw_response r = ask(w, 0x40000000, READ, 1);
  cr_assert(r.fault && r.fsc == 0x05 && r.found == TW_FOUND_NONE && r.cycle - r.accepted == 1);
  // a table beyond 40 bits: Address size fault, level 0, without a read
  r = ask(w, 0x80000000, READ, 1);
  cr_assert(r.fault && r.fsc == 0 && r.found == TW_FOUND_WALK && !w->accesses);
  cr_assert_eq(tw_esr(&r), 0x200);
  cr_assert_eq(tw_par(&r), 0x801);
  for (unsigned half = 0; half < 2; half++) {
    w->m.registers.tcr = EAE | 1 << 16 | 2 | (half ? 1 << 23 : 1 << 7);
    machine_set(&w->m);
    r = ask(w, half ? 0x80000000 : 0, READ, 1);
    cr_assert(r.fault && r.fsc == 0x05 && r.found == TW_FOUND_WALK && !w->accesses, "EPD%u", half);
  }
  machine_free(&w->m);
}

// With stage 2 on, the 32-bit PAR is for an AT of stage 1 alone; faults of stage 2 have the syndrome of a hypervisor.
Test(aarch32, short_descriptors_and_stage_2) {
  enum { STAGE2 = 0x7000, S2_ALL = D_BLOCK | D_AF | 15 << 2 | 3 << 6 };
  tw_registers registers = short_registers();
  registers.hcr = 1;
  registers.vtcr = 1 << 6; // 32 bits, from level 1
  registers.vttbr = STAGE2;
  watched *w = aarch32(false, &registers);
  tw_memory_write(w->m.memory, STAGE2, S2_ALL);                             // the lowest GiB: itself
  tw_memory_write(w->m.memory, STAGE2 + 16, (0x40000000 | S2_ALL) & ~0x80); // the third: read only
  put(w, ROOT + 4 * 3, 0x80001c0e);
  tw_request request = {.va = 0x00345678, .el = 1, .at = TW_AT_STAGE_1};
  tw_response r = machine_access(&w->m, request);
  cr_assert_eq(tw_par(&r), 0x80045054, "the IPA");
  request.at = TW_AT_BOTH;
  r = machine_access(&w->m, request);
  cr_assert_eq(tw_par(&r), 0xff00000040045800);
  r = ask(w, 0x00345678, WRITE, 1);
  cr_assert(r.fault && r.stage == 2 && r.fsc == 0x0d && !r.s1ptw);
  cr_assert_eq(tw_esr(&r), 0x24U << 26 | 1 << 25 | 1 << 6 | 0x0d);
  cr_assert_eq(tw_par(&r), 0xa1b);
  r = ask(w, 0x00400000, WRITE, 1);
  cr_assert_eq(tw_esr(&r), 0x805, "a fault of stage 1: DFSR");
  machine_free(&w->m);
}
