// Stage 2 decoded and combined with stage 1; x86-64 entries; syndromes of AArch32. The values are worked out from the
// architectures' tables.
#include <criterion/criterion.h>
#include <string.h>

#include "attributes.h"
#include "descriptor.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define BIT(n) ((uint64_t)1 << (n))

enum { HCR_VM = 1, EL10 = TW_REGIME_EL10, PL10 = TW_REGIME_PL10 };

static tw_stage2 stage2_of(uint8_t regime, uint64_t vtcr, uint64_t vttbr, unsigned pa_bits, unsigned armv7) {
  tw_mmu_config config = {.pa_bits = pa_bits, .armv7 = armv7};
  tw_registers registers = {.regime = regime, .hcr = HCR_VM, .vtcr = vtcr, .vttbr = vttbr};
  tw_stage2 stage2;
  tw_stage2_decode(&stage2, &registers, &config);
  return stage2;
}

Test(stage2, start_levels) {
  enum { NONE = 9, TG16K = 2 << 14, TG64K = 1 << 14 };
  const uint64_t ds = BIT(32), sl2 = BIT(33);
  const struct {
    uint8_t regime;
    unsigned pa_bits;
    uint64_t vtcr;
    int level; ///< NONE: Translation fault
  } cases[] = {
      {EL10, 40, 1 << 6 | 24, 1},            // 40 bits from level 1: two tables
      {EL10, 48, 2 << 6 | 16, 0},            //
      {EL10, 42, 2 << 6 | 24, NONE},         // level 0 needs 44 PA bits
      {EL10, 48, 0 << 6 | 24, NONE},         // 40 bits don't fit level 2
      {EL10, 48, 0 << 6 | 30, 2},            // 34 bits do: 16 tables
      {EL10, 48, 0 << 6 | 43, NONE},         // 21 bits are less than an index
      {EL10, 48, 0 << 6 | 42, 2},            //
      {EL10, 48, 3 << 6 | 43, 3},            // small translation tables
      {EL10, 48, 1 << 6 | 15, NONE},         // T0SZ
      {EL10, 48, TG16K | 1 << 6 | 24, 2},    //
      {EL10, 40, TG16K | 2 << 6 | 24, NONE}, // level 1 needs 42 PA bits
      {EL10, 48, TG16K | 3 << 6 | 16, NONE}, // level 0 needs LPA2
      {EL10, 48, TG64K | 1 << 6 | 24, 2},    //
      {EL10, 48, TG64K | 3 << 6 | 24, NONE}, //
      {EL10, 52, ds | sl2 | 12, -1},         //
      {EL10, 52, ds | sl2 | 1 << 6 | 12, NONE},
      {EL10, 52, ds | TG16K | 3 << 6 | 16, 0},
      {PL10, 40, 1 << 6 | 0, 1},
      {PL10, 40, 1 << 6 | 8, 1}, // T0SZ = -8
      {PL10, 40, 0 << 6 | 0, 2},
      {PL10, 40, 1 << 6 | 7, NONE},
      {PL10, 52, ds | 1 << 6 | 0, 1}, // DS is AArch64's
      {PL10, 40, 2 << 6 | 0, NONE},
  };
  for (unsigned i = 0; i < COUNT(cases); i++) {
    tw_stage2 s = stage2_of(cases[i].regime, cases[i].vtcr, 0, cases[i].pa_bits, 0);
    cr_assert_eq(s.size_fault, cases[i].level == NONE, "case %u", i);
    uint8_t translation = cases[i].regime == PL10 ? 5 : 4;
    cr_assert_eq(tw_stage2_check(&s, 0), s.size_fault ? translation : TW_NO_FAULT, "case %u", i);
    if (!s.size_fault)
      cr_assert_eq(s.start_level, cases[i].level, "case %u: %d", i, s.start_level);
  }
}

Test(stage2, base_and_range) {
  tw_stage2 s = stage2_of(EL10, 2 << 16 | 1 << 6 | 24, 0x12ULL << 48 | 0x40003000, 40, 0);
  cr_assert_eq(s.vmid, 0x12);
  cr_assert_eq(s.base, 0x40002000, "two concatenated tables");
  cr_assert_eq(tw_stage2_address(&s, s.base, 1, 0xffc0000000), 0x40003ff8);
  cr_assert_eq(tw_stage2_address(&s, 0x5000, 2, 0xffffe00000), 0x5ff8);
  cr_assert_eq(tw_stage2_check(&s, 0xffffffffff), TW_NO_FAULT);
  cr_assert_eq(tw_stage2_check(&s, BIT(40)), 0x04);
  s = stage2_of(EL10, 1 << 6 | 24, BIT(32), 40, 0);
  cr_assert_eq(tw_stage2_check(&s, 0), 0x00, "the base lies beyond VTCR.PS");
  s = stage2_of(PL10, 1 << 6, BIT(40), 40, 0);
  cr_assert_eq(tw_stage2_check(&s, 0), 0x00);
  s = stage2_of(PL10, 1 << 6, BIT(40), 40, 1);
  cr_assert_eq(tw_stage2_check(&s, 0), TW_NO_FAULT, "ARMv7 ignores base bits 47:40");
  cr_assert_eq(tw_stage2_check(&s, BIT(32)), 0x05);
  cr_assert_eq(tw_fsc_at(TW_FSC_TRANSLATION, -1), 0x2b);
  cr_assert_eq(tw_fsc_at(TW_FSC_ADDRESS_SIZE, -1), 0x29);
  cr_assert_eq(tw_fsc_at(TW_FSC_EXTERNAL_ABORT_ON_WALK, -1), 0x13);
}

Test(stage2, leaves) {
  enum { RW = TW_S2_R | TW_S2_W };
  const uint64_t hafdbs = BIT(21) | BIT(22), dbm = BIT(51), xn1 = BIT(54), xn0 = BIT(53);
  const struct {
    uint8_t regime, armv7, write;
    uint64_t vtcr, bits, wanted;
    uint8_t allows, clean;
  } cases[] = {
      {EL10, 0, 0, 0, 0x7ff, 0x7ff, TW_S2_ALL, 0},
      {EL10, 0, 0, 0, 0x7ff | xn1, 0x7ff | xn1, RW, 0},
      {EL10, 0, 0, 0, 0x7ff | xn0, 0x7ff | xn0, RW | TW_S2_UX, 0},
      {EL10, 0, 0, 0, 0x7ff | xn1 | xn0, 0x7ff | xn1 | xn0, RW | TW_S2_PX, 0},
      {PL10, 1, 0, 0, 0x7ff | xn0, 0x7ff | xn0, TW_S2_ALL, 0},
      {PL10, 1, 0, 0, 0x7ff | xn1 | xn0, 0x7ff | xn1 | xn0, RW, 0},
      {EL10, 0, 0, 0, 0x7bf, 0x7bf, TW_S2_W | TW_S2_PX | TW_S2_UX, 0},
      {PL10, 0, 0, 0, 0x7bf, 0x7bf, TW_S2_W, 0}, // execution needs the right to read
      {EL10, 0, 0, hafdbs, 0x3ff, 0x7ff, TW_S2_ALL, 0},
      {EL10, 0, 1, hafdbs, 0x77f | dbm, 0x7ff | dbm, TW_S2_ALL, 1},
      {EL10, 0, 0, hafdbs, 0x77f | dbm, 0x77f | dbm, TW_S2_ALL, 1},
      {EL10, 0, 1, BIT(22), 0x77f | dbm, 0x77f | dbm, TW_S2_ALL & ~TW_S2_W, 0},
      {EL10, 0, 1, hafdbs, 0x77f, 0x77f, TW_S2_ALL & ~TW_S2_W, 0},
  };
  for (unsigned i = 0; i < COUNT(cases); i++) {
    tw_stage2 s = stage2_of(cases[i].regime, cases[i].vtcr | 2 << 16 | 1 << 6 | 24, 0, 40, cases[i].armv7);
    tw_descriptor d = tw_stage2_descriptor(&s, 3, cases[i].bits | 0x5000, 0x1234, cases[i].write);
    bool update = cases[i].wanted != cases[i].bits;
    cr_assert_eq(d.kind, update ? TW_DESCRIPTOR_UPDATE : TW_DESCRIPTOR_LEAF, "case %u", i);
    cr_assert_eq(d.desired, cases[i].wanted | 0x5000, "case %u: 0x%lx", i, (unsigned long)d.desired);
    cr_assert_eq(d.stage2.allows, cases[i].allows, "case %u: 0x%x", i, d.stage2.allows);
    cr_assert_eq(d.stage2.clean, cases[i].clean, "case %u", i);
    cr_assert(d.stage2.pa == 0x5234 && d.stage2.memattr == 15 && d.stage2.sh == 3, "case %u", i);
  }
}

Test(stage2, attributes_combined) {
  enum { FWB = 2 };
  const struct {
    uint8_t fwb, attr1, sh1, memattr, sh2;
    uint64_t hcr;
    uint8_t attr, sh;
  } cases[] = {
      {0, 0xff, 3, 0xf, 3, 0, 0xff, 3}, {0, 0xff, 3, 0x5, 3, 0, 0x44, 2}, {0, 0xff, 0, 0xa, 0, 0, 0xbb, 0},
      {0, 0x00, 2, 0xf, 3, 0, 0x00, 2}, {0, 0xff, 3, 0x1, 0, 0, 0x04, 2}, {0, 0x0c, 2, 0x2, 0, 0, 0x08, 2},
      {0, 0x44, 2, 0xf, 3, 0, 0x44, 2}, {0, 0x04, 2, 0x3, 0, 0, 0x04, 2}, {0, 0xbb, 0, 0xf, 3, 0, 0xbb, 3},
      {0, 0xff, 2, 0xf, 0, 0, 0xff, 2}, {0, 0xff, 3, 0xd, 3, 0, 0xf4, 3}, {0, 0x77, 0, 0xb, 0, 0, 0x37, 0},
      {FWB, 0x00, 2, 6, 0, 0, 0xff, 2}, {FWB, 0x44, 2, 6, 0, 0, 0xff, 2}, {FWB, 0xbb, 3, 6, 3, 0, 0xff, 3},
      {FWB, 0x44, 2, 7, 3, 0, 0x44, 2}, {FWB, 0xff, 3, 5, 3, 0, 0x44, 2}, {FWB, 0x00, 2, 5, 3, 0, 0x00, 2},
      {FWB, 0xff, 3, 1, 3, 0, 0x04, 2}, {FWB, 0x08, 2, 1, 0, 0, 0x04, 2}, {FWB, 0x0c, 2, 3, 0, 0, 0x0c, 2},
  };
  tw_mmu_config config = {.pa_bits = 40};
  for (unsigned i = 0; i < COUNT(cases); i++) {
    tw_registers registers = {.hcr = HCR_VM | cases[i].hcr | (cases[i].fwb ? BIT(46) : 0), .vtcr = 1 << 6 | 24};
    tw_stage2 s;
    tw_stage2_decode(&s, &registers, &config);
    tw_stage2_leaf leaf = {.memattr = cases[i].memattr, .sh = cases[i].sh2};
    tw_attributes a = tw_combined_attributes(&s, (tw_attributes){cases[i].attr1, cases[i].sh1}, &leaf);
    cr_assert_eq(a.attr, cases[i].attr, "case %u: 0x%x", i, a.attr);
    cr_assert_eq(a.sh, cases[i].sh, "case %u: %u", i, a.sh);
  }
}

Test(x86, entries) {
  enum { LEAF = TW_DESCRIPTOR_LEAF, TABLE = TW_DESCRIPTOR_TABLE, UPDATE = TW_DESCRIPTOR_UPDATE };
  enum { FAULT = TW_DESCRIPTOR_FAULT, WP = 1 << 16, SMEP = 1 << 20, NXE = 1 << 11 };
  enum { KRW = TW_PR | TW_PW, URW = TW_PR | TW_PW | TW_UR | TW_UW, XN = TW_PXN | TW_UXN };
  const struct {
    uint64_t wp, smep, nxe;
    int level;
    uint64_t bits;
    int write, kind;
    uint64_t value; ///< address of a leaf or table, entry wanted, fault code
    uint8_t size, attr, permission, clean, global;
  } cases[] = {
      {WP, 0, NXE, 3, 0x8000000012345067, 0, LEAF, 0x12345123, 12, 0xff, URW | XN, 0, 0},
      {WP, 0, NXE, 2, 0x402001e3, 0, LEAF, 0x40200123, 21, 0xff, KRW, 0, 1},
      {WP, 0, NXE, 1, 0x400001e3, 0, LEAF, 0x40000123, 30, 0xff, KRW, 0, 1},
      {WP, 0, 0, 3, 0x1025, 1, LEAF, 0x1123, 12, 0xff, TW_PR | TW_UR, 0, 0},
      {0, 0, 0, 3, 0x1065, 1, LEAF, 0x1123, 12, 0xff, KRW | TW_UR, 0, 0},
      {WP, 0, 0, 3, 0x1001, 0, UPDATE, 0x1021, 0, 0, 0, 0, 0},
      {WP, 0, 0, 3, 0x1027, 1, UPDATE, 0x1067, 0, 0, 0, 0, 0},
      {WP, 0, 0, 3, 0x1027, 0, LEAF, 0x1123, 12, 0xff, URW, 1, 0},
      {WP, SMEP, 0, 3, 0x1067, 0, LEAF, 0x1123, 12, 0xff, URW | TW_PXN, 0, 0},
      {WP, 0, 0, 3, 0x106f, 0, LEAF, 0x1123, 12, 0xbb, URW, 0, 0},
      {WP, 0, 0, 3, 0x107f, 0, LEAF, 0x1123, 12, 0x00, URW, 0, 0},
      {WP, 0, 0, 2, 0x5067, 0, TABLE, 0x5000, 0, 0, 0, 0, 0},
      {WP, 0, 0, 2, 0x5047, 0, UPDATE, 0x5067, 0, 0, 0, 0, 0},
      {WP, 0, 0, 3, 0xfffe, 0, FAULT, TW_FSC_TRANSLATION, 0, 0, 0, 0, 0},
      {WP, 0, 0, 3, 0x4000000001067, 0, FAULT, TW_FSC_ADDRESS_SIZE, 0, 0, 0, 0, 0},
      {WP, 0, 0, 0, 0x10e7, 0, FAULT, TW_FSC_ADDRESS_SIZE, 0, 0, 0, 0, 0},
      {WP, 0, 0, 3, 0x8000000012345067, 0, FAULT, TW_FSC_ADDRESS_SIZE, 0, 0, 0, 0, 0},
      {WP, 0, 0, 2, 0x402021e3, 0, FAULT, TW_FSC_ADDRESS_SIZE, 0, 0, 0, 0, 0},
  };
  tw_mmu_config config = {.pa_bits = 48, .l2.sizes = UINT64_MAX};
  for (unsigned i = 0; i < COUNT(cases); i++) {
    tw_registers registers = {
        .regime = TW_REGIME_X86, .sctlr = BIT(31) | cases[i].wp, .tcr = 0xa0 | cases[i].smep, .mair = cases[i].nxe};
    tw_regime regime;
    memset(&regime, 0, sizeof regime);
    tw_regime_decode(&regime, &registers, &config);
    tw_request request = {.va = 0x123, .kind = cases[i].write ? TW_ACCESS_WRITE : TW_ACCESS_READ, .el = 1};
    tw_descriptor_read read = {&regime, &regime.half[0], &request, 0x123, cases[i].level, {0}};
    tw_descriptor d = tw_format_x86.decode(&read, cases[i].bits);
    cr_assert_eq((int)d.kind, cases[i].kind, "case %u: kind %d", i, (int)d.kind);
    uint64_t values[] = {d.fsc, d.next, d.leaf.pa, d.desired};
    cr_assert_eq(values[d.kind], cases[i].value, "case %u: 0x%lx", i, (unsigned long)values[d.kind]);
    if (d.kind != TW_DESCRIPTOR_LEAF)
      continue;
    cr_assert(d.leaf.size == cases[i].size && d.leaf.attr == cases[i].attr, "case %u", i);
    cr_assert_eq(d.leaf.permission, cases[i].permission, "case %u: 0x%x", i, d.leaf.permission);
    cr_assert(d.leaf.clean == cases[i].clean && d.leaf.global == cases[i].global, "case %u", i);
  }
}

Test(syndrome32, par_fsr_and_others) {
  enum { PAR32 = TW_SYNDROME_PAR32 | TW_SYNDROME_SHORT | TW_SYNDROME_FSR, SUPER = PAR32 | TW_SYNDROME_SUPER };
  enum { LPAE = TW_SYNDROME_FSR, SHORT = TW_SYNDROME_FSR | TW_SYNDROME_SHORT, X86 = TW_SYNDROME_X86 };
  enum { READ = TW_ACCESS_READ, WRITE = TW_ACCESS_WRITE, FETCH = TW_ACCESS_FETCH };
  static const struct {
    tw_response r;
    bool par;
    uint64_t value;
  } cases[] = {
      {{.pa = 0x80023456, .attr = 0xff, .sh = 3, .syndrome = PAR32}, true, 0x800234d4},
      {{.pa = 0x80023456, .attr = 0x00, .sh = 2, .syndrome = PAR32}, true, 0x80023090},
      {{.pa = 0x80023456, .attr = 0x04, .sh = 2, .syndrome = PAR32}, true, 0x800230b0},
      {{.pa = 0x80023456, .attr = 0x44, .sh = 2, .syndrome = PAR32}, true, 0x80023080},
      {{.pa = 0x80023456, .attr = 0xaa, .sh = 0, .syndrome = PAR32}, true, 0x80023068},
      {{.pa = 0x80023456, .attr = 0xee, .sh = 0, .syndrome = PAR32}, true, 0x8002307c},
      {{.pa = 0x2567345678, .attr = 0x00, .sh = 2, .syndrome = SUPER}, true, 0x67250092},
      {{.fault = 1, .fsc = 0x05, .stage = 1, .syndrome = PAR32}, true, 0x0b},
      {{.fault = 1, .fsc = 0x0e, .stage = 1, .syndrome = PAR32}, true, 0x1f},
      {{.fault = 1, .fsc = 0x09, .stage = 1, .syndrome = PAR32}, true, 0x07},
      {{.fault = 1, .fsc = 0x05, .stage = 1, .syndrome = SHORT, .kind = READ}, false, 0x005},
      {{.fault = 1, .fsc = 0x0e, .stage = 1, .syndrome = SHORT, .kind = WRITE}, false, 0x80f},
      {{.fault = 1, .fsc = 0x3e, .stage = 1, .syndrome = SHORT, .kind = FETCH}, false, 0x00b},
      {{.fault = 1, .fsc = 0x15, .stage = 1, .syndrome = SHORT, .kind = READ}, false, 0x00c},
      {{.fault = 1, .fsc = 0x06, .stage = 1, .syndrome = LPAE, .kind = READ}, false, 0x206},
      {{.fault = 1, .fsc = 0x0f, .stage = 1, .syndrome = LPAE, .kind = WRITE}, false, 0xa0f},
      {{.fault = 1, .fsc = 0x06, .stage = 2, .el = 1, .syndrome = LPAE, .kind = READ}, false, 0x92000006},
      {{.fault = 1, .fsc = 0x06, .stage = 2, .s1ptw = 1, .kind = READ}, false, 0x92000086},
      {{.fault = 1, .fsc = 0x06, .stage = 2, .s1ptw = 1}, true, 0xb0d},
      {{.fault = 1, .fsc = 0x07, .stage = 1, .syndrome = X86, .kind = WRITE, .el = 0}, false, 0x06},
      {{.fault = 1, .fsc = 0x0f, .stage = 1, .syndrome = X86, .kind = READ, .el = 1}, false, 0x01},
      {{.fault = 1, .fsc = 0x03, .stage = 1, .syndrome = X86, .kind = FETCH, .el = 0}, false, 0x1d},
  };
  for (unsigned i = 0; i < COUNT(cases); i++) {
    uint64_t value = cases[i].par ? tw_par(&cases[i].r) : tw_esr(&cases[i].r);
    cr_assert_eq(value, cases[i].value, "case %u: 0x%lx", i, (unsigned long)value);
  }
  tw_response fault = {.fault = 1, .fsc = 0x06, .stage = 2, .ipa = 0x12345678};
  cr_assert_eq(tw_hpfar(&fault), 0x123450);
  fault.stage = 1;
  cr_assert_eq(tw_hpfar(&fault), 0);
}
