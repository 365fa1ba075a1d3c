// Instruction words of traces: every TLBI and every register write by its encoding.
#include <criterion/criterion.h>

#include "replay_events.h"

#define ANY 0x12340000deadb000ULL

typedef struct expected {
  uint32_t word;
  unsigned op; // 0x100: unknown
} expected;

static void expect_op(tw_architecture architecture, const tw_registers *registers, const expected *e) {
  const tw_event event = {.word = e->word, .value = ANY, .has_operand = true};
  tw_tlbi tlbi;
  tw_decoded decoded = tw_tlbi_decode(architecture, &event, registers, &tlbi);
  if (e->op == 0x100) {
    cr_expect_eq(decoded, TW_DECODED_UNKNOWN, "0x%08x", e->word);
    return;
  }
  unsigned what = e->op & 15;
  cr_expect_eq(decoded, TW_DECODED, "0x%08x", e->word);
  cr_expect_eq(tlbi.op, e->op, "0x%08x: found 0x%02x", e->word, tlbi.op);
  cr_expect_eq(tlbi.operand, what == 0 || what == 1 || what == 2 ? 0 : ANY, "0x%08x", e->word);
}

// SYS #op1, C<n>, C<m>, #op2, X1
#define SYS(op1, n, m, op2) (0xd5080000U | (op1) << 16 | (n) << 12 | (m) << 8 | (op2) << 5 | 1)
// MCR p15, opc1, r1, c<n>, c<m>, opc2
#define MCR(op1, n, m, op2) (0xee000f10U | (op1) << 21 | (n) << 16 | 1 << 12 | (op2) << 5 | (m))

Test(events, tlbi_aarch64) {
  enum { VA = TW_TLBI_VA, VAL = TW_TLBI_VAL, EL2 = TW_TLBI_EL2, R = TW_TLBI_RANGE, IPA = TW_TLBI_IPAS2 };
  static const expected list[] = {
      {SYS(0, 8, 7, 0), TW_TLBI_VMALL},      // VMALLE1
      {SYS(0, 8, 3, 1), VA},                 // VAE1IS
      {SYS(0, 8, 1, 2), TW_TLBI_ASID},       // ASIDE1OS
      {SYS(0, 9, 7, 3), TW_TLBI_VAA},        // VAAE1nXS
      {SYS(0, 8, 7, 5), VAL},                // VALE1
      {SYS(0, 9, 3, 7), TW_TLBI_VAAL},       // VAALE1ISnXS
      {SYS(0, 8, 6, 1), R | VA},             // RVAE1
      {SYS(0, 8, 2, 3), R | TW_TLBI_VAA},    // RVAAE1IS
      {SYS(0, 8, 5, 5), R | VAL},            // RVALE1OS
      {SYS(0, 9, 6, 7), R | TW_TLBI_VAAL},   // RVAALE1nXS
      {SYS(4, 8, 7, 0), EL2},                // ALLE2
      {SYS(4, 8, 3, 1), EL2 | VA},           // VAE2IS
      {SYS(4, 8, 1, 4), TW_TLBI_ALL},        // ALLE1OS
      {SYS(4, 8, 7, 5), EL2 | VAL},          // VALE2
      {SYS(4, 8, 3, 6), TW_TLBI_VMALLS12},   // VMALLS12E1IS
      {SYS(4, 8, 6, 1), EL2 | R | VA},       // RVAE2
      {SYS(4, 8, 5, 5), EL2 | R | VAL},      // RVALE2OS
      {SYS(4, 8, 4, 1), IPA},                // IPAS2E1
      {SYS(4, 8, 0, 1), IPA},                // IPAS2E1IS
      {SYS(4, 8, 4, 0), IPA},                // IPAS2E1OS
      {SYS(4, 9, 4, 5), TW_TLBI_IPAS2L},     // IPAS2LE1nXS
      {SYS(4, 8, 0, 2), R | IPA},            // RIPAS2E1IS
      {SYS(4, 8, 4, 3), R | IPA},            // RIPAS2E1OS
      {SYS(4, 8, 4, 6), R | TW_TLBI_IPAS2L}, // RIPAS2LE1
      {SYS(6, 8, 7, 0), 0x100},              // ALLE3
      {SYS(0, 8, 7, 4), 0x100},
      {SYS(4, 8, 3, 3), 0x100},
      {SYS(0, 7, 1, 0), 0x100},      // IC IALLUIS
      {0xd5182001, 0x100},           // MSR TTBR0_EL1
      {0xd5088721 | 1 << 21, 0x100}, // SYSL
  };
  const tw_registers registers = {.tcr = 1ULL << 36};
  for (size_t i = 0; i < sizeof list / sizeof *list; i++)
    expect_op(TW_ARCH_AARCH64, &registers, &list[i]);
}

Test(events, tlbi_aarch32) {
  enum { A32 = TW_TLBI_AARCH32, EL2 = TW_TLBI_EL2 };
  static const expected list[] = {
      {MCR(0, 8, 7, 0), A32 | TW_TLBI_VMALL},     // TLBIALL
      {MCR(0, 8, 3, 1), A32 | TW_TLBI_VA},        // TLBIMVAIS
      {MCR(0, 8, 7, 2), A32 | TW_TLBI_ASID},      // TLBIASID
      {MCR(0, 8, 3, 3), A32 | TW_TLBI_VAA},       // TLBIMVAAIS
      {MCR(0, 8, 7, 5), A32 | TW_TLBI_VAL},       // TLBIMVAL
      {MCR(0, 8, 3, 7), A32 | TW_TLBI_VAAL},      // TLBIMVAALIS
      {MCR(0, 8, 5, 0), A32 | TW_TLBI_VMALL},     // ITLBIALL
      {MCR(0, 8, 6, 1), A32 | TW_TLBI_VA},        // DTLBIMVA
      {MCR(0, 8, 6, 2), A32 | TW_TLBI_ASID},      // DTLBIASID
      {MCR(4, 8, 7, 0), A32 | EL2},               // TLBIALLH
      {MCR(4, 8, 3, 1), A32 | EL2 | TW_TLBI_VA},  // TLBIMVAHIS
      {MCR(4, 8, 7, 4), A32},                     // TLBIALLNSNH
      {MCR(4, 8, 7, 5), A32 | EL2 | TW_TLBI_VAL}, // TLBIMVALH
      {MCR(4, 8, 0, 1), A32 | TW_TLBI_IPAS2},     // TLBIIPAS2IS
      {MCR(4, 8, 4, 5), A32 | TW_TLBI_IPAS2L},    // TLBIIPAS2L
      {MCR(0, 8, 5, 3), 0x100},
      {MCR(4, 8, 7, 6), 0x100},
      {MCR(0, 7, 5, 0), 0x100},           // ICIALLU
      {MCR(0, 8, 7, 0) | 1 << 20, 0x100}, // MRC
  };
  const tw_registers registers = {.regime = TW_REGIME_PL10};
  for (size_t i = 0; i < sizeof list / sizeof *list; i++)
    expect_op(TW_ARCH_AARCH32, &registers, &list[i]);
}

Test(events, tlbi_operands) {
  tw_registers registers = {.tcr = 0};
  tw_event event = {.word = SYS(0, 8, 7, 1), .value = 0xab12000000000005};
  tw_tlbi tlbi;
  cr_expect_eq(tw_tlbi_decode(TW_ARCH_AARCH64, &event, &registers, &tlbi), TW_DECODED_WIDENED);
  cr_expect(tlbi.op == TW_TLBI_VMALL && tlbi.operand == 0);
  event.has_operand = true;
  cr_expect_eq(tw_tlbi_decode(TW_ARCH_AARCH64, &event, &registers, &tlbi), TW_DECODED);
  cr_expect_eq(tlbi.operand, 0x0012000000000005, "TCR.AS = 0: ASIDs of 8 bits");
  registers.tcr = 1ULL << 36;
  tw_tlbi_decode(TW_ARCH_AARCH64, &event, &registers, &tlbi);
  cr_expect_eq(tlbi.operand, 0xab12000000000005);
  // an EL2 host's E1 forms are for its own regime
  registers = (tw_registers){.regime = TW_REGIME_EL20, .hcr = 1ULL << 34 | 1 << 27, .tcr = 1ULL << 36};
  tw_tlbi_decode(TW_ARCH_AARCH64, &event, &registers, &tlbi);
  cr_expect_eq(tlbi.op, TW_TLBI_VA | TW_TLBI_EL2);
  event.word = SYS(4, 8, 4, 1);
  event.has_operand = false;
  cr_expect_eq(tw_tlbi_decode(TW_ARCH_AARCH64, &event, &registers, &tlbi), TW_DECODED_WIDENED);
  cr_expect_eq(tlbi.op, TW_TLBI_VMALLS12, "stage 2 is dropped too");
}

// MSR S3_op1_C<n>_C<m>_op2, X1
#define MSR(op1, n, m, op2) (0xd5180000U | (op1) << 16 | (n) << 12 | (m) << 8 | (op2) << 5 | 1)

static tw_decoded put(tw_architecture architecture, uint32_t word, uint64_t value, tw_registers *registers) {
  const tw_event event = {.word = word, .value = value, .has_operand = true};
  return tw_register_write(architecture, &event, registers);
}

Test(events, registers_aarch64) {
  tw_registers r = {.regime = TW_REGIME_EL10};
  cr_expect_eq(put(TW_ARCH_AARCH64, MSR(0, 2, 0, 0), 1, &r), TW_DECODED);
  cr_expect_eq(put(TW_ARCH_AARCH64, MSR(0, 2, 0, 0), 1, &r), TW_DECODED_SAME);
  put(TW_ARCH_AARCH64, MSR(0, 2, 0, 1), 2, &r);
  put(TW_ARCH_AARCH64, MSR(0, 2, 0, 2), 3, &r);
  put(TW_ARCH_AARCH64, MSR(4, 2, 1, 0), 4, &r);
  cr_expect(r.ttbr0 == 1 && r.ttbr1 == 2 && r.tcr == 3 && r.vttbr == 4);
  cr_expect_eq(put(TW_ARCH_AARCH64, MSR(4, 2, 0, 0), 9, &r), TW_DECODED_SAME, "TTBR0_EL2 is another regime's");
  cr_expect_eq(put(TW_ARCH_AARCH64, MSR(0, 13, 0, 1), 9, &r), TW_DECODED_SAME, "CONTEXTIDR_EL1");
  r.regime = TW_REGIME_EL2;
  cr_expect_eq(put(TW_ARCH_AARCH64, MSR(4, 2, 0, 0), 9, &r), TW_DECODED);
  cr_expect_eq(r.ttbr0, 9);
  cr_expect_eq(put(TW_ARCH_AARCH64, MSR(0, 12, 0, 0), 9, &r), TW_DECODED_UNKNOWN, "VBAR_EL1");
  const tw_event event = {.word = MSR(4, 2, 0, 2)};
  cr_expect_eq(tw_register_write(TW_ARCH_AARCH64, &event, &r), TW_DECODED_NO_VALUE);
}

Test(events, registers_aarch32) {
  tw_registers r = {.regime = TW_REGIME_PL10, .ttbr0 = 0x00120000ffffffff};
  put(TW_ARCH_AARCH32, MCR(0, 2, 0, 0), 0x40000000, &r);
  put(TW_ARCH_AARCH32, 0xec421f12, 0x0034000050000000, &r); // MCRR p15, 1, r1, r2, c2: TTBR1
  put(TW_ARCH_AARCH32, MCR(0, 2, 0, 2), 0x80000000, &r);
  put(TW_ARCH_AARCH32, MCR(0, 3, 0, 0), 0x55555555, &r);
  put(TW_ARCH_AARCH32, MCR(0, 13, 0, 1), 0x77, &r);
  put(TW_ARCH_AARCH32, MCR(0, 10, 2, 0), 0x11111111, &r);
  put(TW_ARCH_AARCH32, MCR(0, 10, 2, 1), 0x22222222, &r);
  cr_expect_eq(r.ttbr0, 0x0012000040000000, "MCR leaves the high half");
  cr_expect(r.ttbr1 == 0x0034000050000000 && r.tcr == 0x80000000 && r.mair == 0x2222222211111111);
  cr_expect(r.dacr == 0x55555555 && r.contextidr == 0x77);
  cr_expect_eq(put(TW_ARCH_AARCH32, MCR(0, 12, 0, 0), 9, &r), TW_DECODED_UNKNOWN, "VBAR");
}
