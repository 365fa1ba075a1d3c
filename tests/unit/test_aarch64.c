// VMSAv8-64 through the whole MMU: stage 1 off, addresses that no table translates, table attributes, updates, and
// walks of stage 2 alone. Worked out by hand from the Arm ARM and the microarchitecture chapter.
#include <criterion/criterion.h>

#include "machine.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define BIT(n) ((uint64_t)1 << (n))
#define VA 0xffff000000400000ULL
#define PAGE (0x50000000ULL | D_AF | D_PAGE)
enum { READ = TW_ACCESS_READ, WRITE = TW_ACCESS_WRITE, FETCH = TW_ACCESS_FETCH };
enum { EL10 = TW_REGIME_EL10, EL2 = TW_REGIME_EL2, EL20 = TW_REGIME_EL20 };
// the L2 makes seven probes: a miss is known in cycle 1 + 3 + 6, and a walk begins one later; a read takes 10 + 1
enum { BEGUN = 11, ACT = 11 };

static uint64_t cycles(const tw_response *r) { return r->cycle - r->accepted; }

Test(aarch64, stage_1_off) {
  enum { I = 1 << 12 };
  // 48 bits of PA. PAR: attributes, PA, SH 2; or Address size fault, level 0
  static const struct {
    const char *name;
    uint8_t regime, kind, el;
    uint32_t sctlr;
    uint64_t tcr, va, par;
    uint32_t esr; // 0: no fault
  } cases[] = {
      {"data", EL10, READ, 0, I, 0, 0x800012345678, 0x0000800012345900, 0},
      {"fetch, cached", EL10, FETCH, 1, I, 0, 0x800012345678, 0xaa00800012345900, 0},
      {"fetch, not cached", EL20, FETCH, 0, 0, 0, 0x1000, 0x4400000000001900, 0},
      {"49 bits", EL10, READ, 1, 0, 0, BIT(48), 0x801, 0x96000000},
      {"49 bits, user writes", EL10, WRITE, 0, 0, 0, BIT(48), 0x801, 0x92000040},
      {"49 bits, fetch", EL20, FETCH, 1, 0, 0, BIT(48), 0x801, 0x86000000},
      {"tag", EL10, READ, 1, 0, 0, 0x5a00000000001000, 0x801, 0x96000000},
      {"tag, TBI0", EL10, READ, 1, 0, BIT(37), 0x5a00000000001000, 0x1900, 0},
      {"tag, TBI1 is the other half's", EL10, READ, 1, 0, BIT(38), 0x5a00000000001000, 0x801, 0x96000000},
      {"tag, TBI0, TBID0", EL10, READ, 1, 0, BIT(37) | BIT(51), 0x5a00000000001000, 0x1900, 0},
      {"tag, TBI0, TBID0, fetch", EL10, FETCH, 1, 0, BIT(37) | BIT(51), 0x5a00000000001000, 0x801, 0x86000000},
      {"bit 55 is none of the tag", EL10, READ, 1, 0, BIT(37) | BIT(38), BIT(55) | 0x1000, 0x801, 0x96000000},
      {"EL2: tag, TBI", EL2, READ, 1, 0, BIT(20), 0xff00000000001000, 0x1900, 0},
      {"EL2: TBI is not EL1's", EL2, READ, 1, 0, BIT(37), 0xff00000000001000, 0x801, 0x96000000},
      {"EL2: tag, TBI, TBID, fetch", EL2, FETCH, 1, 0, BIT(20) | BIT(29), 0xff00000000001000, 0x801, 0x86000000},
  };
  tw_mmu_config config = machine_small();
  config.l1_latency = 5;
  machine m = machine_new(&config, 10);
  for (unsigned i = 0; i < COUNT(cases); i++) {
    m.registers = (tw_registers){.regime = cases[i].regime, .sctlr = cases[i].sctlr, .tcr = cases[i].tcr};
    machine_set(&m);
    tw_response r = machine_access(&m, (tw_request){.va = cases[i].va, .kind = cases[i].kind, .el = cases[i].el});
    cr_expect_eq(tw_par(&r), cases[i].par, "%s: PAR 0x%llx", cases[i].name, (unsigned long long)tw_par(&r));
    cr_expect_eq(tw_esr(&r), cases[i].esr, "%s: ESR 0x%x", cases[i].name, tw_esr(&r));
    cr_expect(r.found == TW_FOUND_NONE && cycles(&r) == 5, "%s", cases[i].name);
    cr_expect_eq(r.pa & 0xfff, cases[i].esr ? 0 : cases[i].va & 0xfff, "%s", cases[i].name);
    cr_expect_eq(r.size_log2, cases[i].esr ? 0 : 12, "%s", cases[i].name);
  }
  machine_free(&m);
}

// Translation faults of level 0 that no look-up decides; and what is close to them but is translated.
Test(aarch64, addresses_without_a_translation) {
  enum { NO = TW_FOUND_NONE, OK = TW_FOUND_WALK };
  const uint64_t t1sz_16 = 16ULL << 16, tg1_64k = 3ULL << 30, tg1_4k = 2ULL << 30;
  const struct {
    const char *name;
    uint64_t tcr; ///< besides IPS
    uint64_t va;
    uint8_t kind, el, nonfault, found;
  } cases[] = {
      {"mapped", t1sz_16 | tg1_4k, VA, READ, 0, 0, OK},
      {"bit 48", t1sz_16 | tg1_4k, VA ^ BIT(48), READ, 1, 0, NO},
      {"bit 54", t1sz_16 | tg1_4k, VA ^ BIT(54), READ, 1, 0, NO},
      {"bit 63", t1sz_16 | tg1_4k, VA ^ BIT(63), READ, 1, 0, NO},
      {"bit 63, TBI1", t1sz_16 | tg1_4k | BIT(38), VA ^ BIT(63), READ, 1, 0, OK},
      {"bit 63, TBI1 and TBID1", t1sz_16 | tg1_4k | BIT(38) | BIT(52), VA ^ BIT(63), WRITE, 1, 0, OK},
      {"bit 63, TBI1 and TBID1, fetch", t1sz_16 | tg1_4k | BIT(38) | BIT(52), VA ^ BIT(63), FETCH, 0, 0, NO},
      {"bit 63, TBI0", t1sz_16 | tg1_4k | BIT(37), VA ^ BIT(63), READ, 1, 0, NO},
      {"T1SZ 15", 15ULL << 16 | tg1_4k, VA, READ, 1, 0, NO},
      {"T1SZ 49", 49ULL << 16 | tg1_4k, ~(uint64_t)0, READ, 1, 0, NO},
      {"T1SZ 48, 64K", 48ULL << 16 | tg1_64k, ~(uint64_t)0, READ, 1, 0, NO},
      {"E0PD1, EL0", t1sz_16 | tg1_4k | BIT(56), VA, READ, 0, 0, NO},
      {"E0PD1, EL1", t1sz_16 | tg1_4k | BIT(56), VA, READ, 1, 0, OK},
      {"E0PD0 is the other half's", t1sz_16 | tg1_4k | BIT(55), VA, READ, 0, 0, OK},
      {"NFD1, non-faulting, EL0", t1sz_16 | tg1_4k | BIT(54), VA, READ, 0, 1, NO},
      {"NFD1, non-faulting, EL1", t1sz_16 | tg1_4k | BIT(54), VA, READ, 1, 1, OK},
      {"NFD1, an access", t1sz_16 | tg1_4k | BIT(54), VA, READ, 0, 0, OK},
      {"NFD0 is the other half's", t1sz_16 | tg1_4k | BIT(53), VA, READ, 0, 1, OK},
  };
  tw_mmu_config config = machine_small();
  for (unsigned i = 0; i < COUNT(cases); i++) {
    machine m = machine_new(&config, 10);
    machine_map(&m, VA, 3, PAGE | D_EL0);
    m.registers.tcr = cases[i].tcr | 5ULL << 32;
    machine_set(&m);
    tw_request request = {.va = cases[i].va, .kind = cases[i].kind, .el = cases[i].el, .nonfault = cases[i].nonfault};
    tw_response r = machine_access(&m, request);
    cr_expect_eq(r.found, cases[i].found, "%s: %u", cases[i].name, r.found);
    if (cases[i].found == OK) {
      cr_expect(!r.fault && r.pa == 0x50000000, "%s", cases[i].name);
    } else {
      cr_expect_eq(tw_par(&r), 0x809, "%s: PAR 0x%llx", cases[i].name, (unsigned long long)tw_par(&r));
      cr_expect_eq(cycles(&r), 1, "%s", cases[i].name);
      cr_expect_eq(tw_mmu_counters(m.mmu)->value[TW_COUNTER_L1D_TLB], 0, "%s", cases[i].name);
    }
    machine_free(&m);
  }
}

// Known after both TLBs missed, without a read: walks that are disabled, and a base beyond the output size.
Test(aarch64, walks_without_a_read) {
  tw_mmu_config config = machine_small();
  machine m = machine_new(&config, 10);
  machine_map(&m, VA, 3, PAGE);
  machine_read(&m, VA);
  uint64_t walked = tw_mmu_counters(m.mmu)->value[TW_COUNTER_DTLB_WALK];
  const tw_registers good = m.registers;
  for (unsigned base = 0; base < 2; base++) {
    m.registers = good;
    if (base)
      m.registers.tcr &= ~(7ULL << 32), m.registers.ttbr1 |= BIT(32); // IPS: 32 bits
    else
      m.registers.tcr |= BIT(23); // EPD1
    machine_set(&m);
    tw_response r = machine_read(&m, VA + 0x1000);
    cr_assert(r.fault && r.found == TW_FOUND_WALK && cycles(&r) == BEGUN && r.walk_cycles == 1);
    cr_assert_eq(tw_par(&r), base ? 0x801 : 0x809, "Address size or Translation fault, level 0");
    cr_assert_eq(machine_read(&m, VA).found, TW_FOUND_L1, "the page that was walked before");
  }
  cr_assert_eq(tw_mmu_counters(m.mmu)->value[TW_COUNTER_DTLB_WALK], walked, "none of these is counted");
  machine_free(&m);
}

// APTable, UXNTable and PXNTable, and HPD1, which takes them away.
Test(aarch64, table_attributes) {
  enum { AP_NO_USER = 1, AP_NO_WRITE = 2 };
  static const struct {
    uint64_t table;
    uint8_t kind, el;
    bool allowed;
  } cases[] = {
      {0, WRITE, 0, true},        {BIT(61), READ, 0, false}, // APTable[0]: no access from EL0
      {BIT(61), WRITE, 1, true},                             //
      {BIT(62), READ, 0, true},                              // APTable[1]: no writes
      {BIT(62), WRITE, 0, false},                            //
      {BIT(62), WRITE, 1, false},                            //
      {0, FETCH, 0, true},                                   //
      {BIT(60), FETCH, 0, false},                            // UXNTable
      {BIT(59), FETCH, 0, true},                             // PXNTable
  };
  tw_mmu_config config = machine_small();
  for (unsigned hpd = 0; hpd < 2; hpd++)
    for (unsigned i = 0; i < COUNT(cases); i++)
      for (int level = 0; level < 3; level++) {
        machine m = machine_new(&config, 10);
        m.registers.tcr |= hpd ? BIT(42) : 0;
        machine_set(&m);
        machine_map(&m, VA, 3, PAGE | D_EL0);
        uint64_t place = machine_descriptor(&m, VA, level);
        tw_memory_write(m.memory, place, tw_memory_read(m.memory, place) | cases[i].table);
        tw_response r = machine_access(&m, (tw_request){.va = VA, .kind = cases[i].kind, .el = cases[i].el});
        cr_expect_eq(r.fault, !(cases[i].allowed || hpd), "case %u, level %d, HPD %u", i, level, hpd);
        cr_expect(!r.fault || r.fsc == 0x0f, "case %u: 0x%x", i, r.fsc);
        machine_free(&m);
      }
  // PXNTable where EL0 can't write: EL1 may fetch but for it
  for (unsigned pxn = 0; pxn < 2; pxn++) {
    machine m = machine_new(&config, 10);
    machine_map(&m, VA, 3, PAGE);
    uint64_t place = machine_descriptor(&m, VA, 1);
    tw_memory_write(m.memory, place, tw_memory_read(m.memory, place) | (pxn ? BIT(59) : 0));
    cr_expect_eq(machine_access(&m, (tw_request){.va = VA, .kind = FETCH, .el = 1}).fault, pxn);
    machine_free(&m);
  }
}

// SCTLR.WXN and EPAN, PSTATE.PAN: taken at the time of the access, whatever entry answers.
Test(aarch64, execute_and_pan) {
  enum { WXN = 1 << 19, USER_RO = D_EL0 | D_RO };
  const uint64_t epan = BIT(57), uxn = D_UXN;
  const struct {
    const char *name;
    uint64_t sctlr, leaf; ///< leaf: besides a page that EL1 writes
    uint8_t kind, el, pan;
    bool allowed;
  } cases[] = {
      {"EL1's, fetched by EL1", 0, 0, FETCH, 1, 0, true},
      {"the same, WXN", WXN, 0, FETCH, 1, 0, false},
      {"read-only, WXN", WXN, D_RO, FETCH, 1, 0, true},
      {"users write it", 0, D_EL0, FETCH, 0, 0, true},
      {"users write it: never for EL1", 0, D_EL0, FETCH, 1, 0, false},
      {"users write it, WXN", WXN, D_EL0, FETCH, 0, 0, false},
      {"users read it, WXN", WXN, USER_RO, FETCH, 0, 0, true},
      {"users read it, WXN, EL1", WXN, USER_RO, FETCH, 1, 0, true},
      {"PAN, EL1's", 0, 0, WRITE, 1, 1, true},
      {"PAN, users'", 0, D_EL0, READ, 1, 1, false},
      {"PAN, users', a write", 0, D_EL0, WRITE, 1, 1, false},
      {"PAN, EL0", 0, D_EL0, WRITE, 0, 1, true},
      {"PAN is not of fetches", 0, USER_RO, FETCH, 1, 1, true},
      {"EPAN, users execute it", epan, 0, READ, 1, 1, false},
      {"EPAN, nobody executes it", epan, uxn, READ, 1, 1, true},
      {"EPAN without PAN", epan, 0, READ, 1, 0, true},
  };
  for (unsigned regime = EL10; regime <= EL20; regime += EL20) {
    tw_mmu_config config = machine_small();
    machine m = machine_new(&config, 10);
    m.registers.regime = (uint8_t)regime;
    machine_set(&m);
    for (uint64_t i = 0; i < COUNT(cases); i++) {
      tw_request request = {.va = VA + (i << 12), .kind = cases[i].kind, .el = cases[i].el, .pan = cases[i].pan};
      machine_map(&m, request.va, 3, PAGE | cases[i].leaf);
      // walked for by a look that no control forbids, then answered by the L1
      m.registers.sctlr = 1;
      machine_set(&m);
      machine_access(&m, (tw_request){.va = request.va, .kind = request.kind, .el = 1});
      m.registers.sctlr = 1 | cases[i].sctlr;
      machine_set(&m);
      tw_response r = machine_access(&m, request);
      cr_expect_eq(r.found, TW_FOUND_L1, "%s", cases[i].name);
      cr_expect_eq(r.fault, !cases[i].allowed, "%s", cases[i].name);
      cr_expect_eq(r.fsc, cases[i].allowed ? 0 : 0x0f, "%s", cases[i].name);
    }
    machine_free(&m);
  }
}

Test(aarch64, updates) {
  static const struct {
    const char *name;
    uint64_t tcr, leaf, wanted;
    uint8_t kind, updates, fsc;
  } cases[] = {
      {"no HA", 0, 0x50000000 | D_PAGE, 0x50000000 | D_PAGE, READ, 0, 0x0b},
      {"HA", BIT(39), 0x50000000 | D_PAGE, PAGE, READ, 1, 0},
      {"HA, done", BIT(39), PAGE, PAGE, READ, 0, 0},
      {"HA, HD", BIT(39) | BIT(40), 0x50000000 | D_PAGE | D_RO | D_DBM, PAGE | D_DBM, WRITE, 1, 0},
      {"HA, HD, a read", BIT(39) | BIT(40), PAGE | D_RO | D_DBM, PAGE | D_RO | D_DBM, READ, 0, 0},
      {"HD alone", BIT(40), PAGE | D_RO | D_DBM, PAGE | D_RO | D_DBM, WRITE, 0, 0x0f},
  };
  tw_mmu_config config = machine_small();
  for (unsigned i = 0; i < COUNT(cases); i++) {
    machine m = machine_new(&config, 10);
    m.registers.tcr |= cases[i].tcr;
    machine_set(&m);
    machine_map(&m, VA, 3, cases[i].leaf);
    tw_response r = machine_access(&m, (tw_request){.va = VA, .kind = cases[i].kind, .el = 1});
    cr_expect(r.fsc == cases[i].fsc && r.fault == (r.fsc != 0), "%s: 0x%x", cases[i].name, r.fsc);
    cr_expect_eq(r.updates, cases[i].updates, "%s", cases[i].name);
    cr_expect_eq(cycles(&r), (uint64_t)BEGUN + (4U + r.updates) * ACT, "%s", cases[i].name);
    cr_expect_eq(tw_memory_read(m.memory, machine_descriptor(&m, VA, 3)), cases[i].wanted, "%s", cases[i].name);
    machine_free(&m);
  }
}

// -- stage 2 alone: stage 1 is off --

enum { STAGE2 = 0x20000000, LEVEL2 = 0x20001000, LEVEL3 = 0x20002000 };
enum { S2_NORMAL = 15 << 2, S2_INNER = 3 << 8, S2_RW = 3 << 6, VM = 1, DC = 1 << 12 };
#define S2_PAGE (0x60000000ULL | D_PAGE | D_AF | S2_NORMAL | S2_INNER | S2_RW)

/// IPAs of 39 bits from level 1 (T0SZ 25, SL0 1), PS 36 bits; IPA 0x40201000 goes through three tables.
static machine stage2_alone(uint64_t hcr, const uint64_t descriptor[3]) {
  tw_mmu_config config = machine_small();
  machine m = machine_new(&config, 10);
  m.registers = (tw_registers){.hcr = hcr, .vtcr = 25 | 1 << 6 | 1 << 16, .vttbr = STAGE2};
  machine_set(&m);
  static const uint64_t place[3] = {STAGE2 + 8, LEVEL2 + 8, LEVEL3 + 8};
  for (unsigned i = 0; i < 3; i++)
    tw_memory_write(m.memory, place[i], descriptor[i]);
  return m;
}

Test(aarch64, stage_2_level_by_level) {
  const struct {
    const char *name;
    uint64_t descriptor[3];
    uint8_t fsc, size, reads;
    uint64_t pa;
  } cases[] = {
      {"page", {LEVEL2 | D_TABLE, LEVEL3 | D_TABLE, S2_PAGE}, 0, 12, 3, 0x60000345},
      {"2 MiB", {LEVEL2 | D_TABLE, 0x80200000 | (S2_PAGE & 0xffd), 0}, 0, 21, 2, 0x80201345},
      {"1 GiB", {0x1c0000000 | (S2_PAGE & 0xffd), 0, 0}, 0, 30, 1, 0x1c0201345},
      {"nothing at level 1", {0, 0, 0}, 0x05, 0, 1, 0},
      {"nothing at level 2", {LEVEL2 | D_TABLE, LEVEL3, 0}, 0x06, 0, 2, 0},
      {"a block at level 3", {LEVEL2 | D_TABLE, LEVEL3 | D_TABLE, S2_PAGE & ~2ULL}, 0x07, 0, 3, 0},
      {"a table beyond 36 bits", {BIT(36) | D_TABLE, 0, 0}, 0x01, 0, 1, 0},
      {"a block beyond 36 bits", {LEVEL2 | D_TABLE, BIT(36) | (S2_PAGE & 0xffd), 0}, 0x02, 0, 2, 0},
      {"a page beyond 36 bits", {LEVEL2 | D_TABLE, LEVEL3 | D_TABLE, BIT(36) | S2_PAGE}, 0x03, 0, 3, 0},
      {"no Access flag, level 1", {(S2_PAGE & 0xffd) ^ D_AF, 0, 0}, 0x09, 0, 1, 0},
      {"no Access flag, level 3", {LEVEL2 | D_TABLE, LEVEL3 | D_TABLE, S2_PAGE ^ D_AF}, 0x0b, 0, 3, 0},
  };
  for (unsigned i = 0; i < COUNT(cases); i++) {
    machine m = stage2_alone(VM, cases[i].descriptor);
    tw_response r = machine_read(&m, 0x40201345);
    cr_expect(r.fsc == cases[i].fsc && r.fault == (r.fsc != 0), "%s: 0x%x", cases[i].name, r.fsc);
    cr_expect(r.pa == cases[i].pa && r.size_log2 == cases[i].size, "%s", cases[i].name);
    // one probe that can't hit, a look-up of the IPA cache in 2, then the reads
    cr_expect_eq(cycles(&r), (uint64_t)5 + 2 + cases[i].reads * ACT, "%s", cases[i].name);
    cr_expect_eq(r.stage2_reads, cases[i].reads, "%s", cases[i].name);
    cr_expect_eq(tw_hpfar(&r), r.fault ? 0x402010 : 0, "%s", cases[i].name);
    if (r.fault)
      cr_expect_eq(tw_esr(&r), 0x92000000U | r.fsc, "%s: to EL2", cases[i].name);
    machine_free(&m);
  }
  // an external abort of a table, and its level
  machine m = stage2_alone(VM, (const uint64_t[]){LEVEL2 | D_TABLE, BIT(35) | D_TABLE, 0});
  tw_memory_destroy(m.memory);
  tw_mmu_destroy(m.mmu);
  m.memory = tw_memory_create(&(tw_memory_config){.dram_latency = 10, .limit = BIT(34)});
  m.mmu = tw_mmu_create(&m.config, tw_memory_as_port(m.memory));
  tw_memory_write(m.memory, STAGE2 + 8, LEVEL2 | D_TABLE);
  tw_memory_write(m.memory, LEVEL2 + 8, BIT(35) | D_TABLE);
  machine_set(&m);
  tw_response r = machine_read(&m, 0x40201345);
  cr_assert(r.fault && r.stage == 2 && r.fsc == 0x17 && !r.s1ptw && tw_is_external_abort(&r));
  machine_free(&m);
}

// HCR.DC makes stage 1's memory write-back; HCR.CD and ID take the caches away from what is Normal.
Test(aarch64, caches_of_stage_2) {
  const uint64_t cd = BIT(32), id = BIT(33), fwb = BIT(46);
  const uint64_t device = S2_PAGE & ~(uint64_t)S2_NORMAL, outer = (S2_PAGE & ~(uint64_t)S2_INNER) | 2 << 8;
  const struct {
    const char *name;
    uint64_t hcr, leaf;
    uint8_t kind, attr, sh;
  } cases[] = {
      {"stage 1 off: Device", VM, S2_PAGE, READ, 0x00, 2},
      {"fetch", VM, S2_PAGE, FETCH, 0x44, 2},
      {"DC", DC, S2_PAGE, READ, 0xff, 3},
      {"DC, outer shareable", DC, outer, WRITE, 0xff, 2},
      {"DC, Device of stage 2", DC, device | 1 << 2, READ, 0x04, 2},
      {"DC and CD", DC | cd, S2_PAGE, READ, 0x44, 2},
      {"DC and CD, fetch", DC | cd, S2_PAGE, FETCH, 0xff, 3},
      {"DC and ID, fetch", DC | id, S2_PAGE, FETCH, 0x44, 2},
      {"DC and ID, data", DC | id, S2_PAGE, WRITE, 0xff, 3},
      {"DC and CD, Device of stage 2", DC | cd, device, READ, 0x00, 2},
      {"FWB: Normal whatever stage 1 says", VM | fwb, device | 6 << 2, READ, 0xff, 2},
      {"FWB: not cached", DC | fwb, device | 5 << 2, READ, 0x44, 2},
      {"FWB: stage 1's", DC | fwb, device | 7 << 2, READ, 0xff, 3},
      {"FWB: Device", DC | fwb, device | 2 << 2, READ, 0x08, 2},
  };
  for (unsigned i = 0; i < COUNT(cases); i++) {
    machine m = stage2_alone(cases[i].hcr, (const uint64_t[]){LEVEL2 | D_TABLE, LEVEL3 | D_TABLE, cases[i].leaf});
    // by a walk and by the IPA cache
    for (unsigned again = 0; again < 2; again++) {
      tw_response r = machine_access(&m, (tw_request){.va = 0x40201000, .kind = cases[i].kind, .el = 1});
      cr_expect(!r.fault && r.pa == 0x60000000 && r.stage2_reads == (again ? 0 : 3), "%s", cases[i].name);
      cr_expect(r.attr == cases[i].attr && r.sh == cases[i].sh, "%s: 0x%x, %u", cases[i].name, r.attr, r.sh);
    }
    // an AT of stage 1 alone: nothing is walked, and stage 2's caches do not count
    tw_response r = machine_access(&m, (tw_request){.va = 0x40201000, .el = 1, .at = TW_AT_STAGE_1});
    bool dc = cases[i].hcr & DC;
    cr_expect(r.found == TW_FOUND_NONE && r.pa == 0x40201000 && r.attr == (dc ? 0xff : 0) && r.sh == (dc ? 0 : 2));
    machine_free(&m);
  }
}
