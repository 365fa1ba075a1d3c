// Events decoded by the Arm manual's encodings: TLBI (SYS of AArch64, MCR of AArch32).
#include "replay_events.h"

enum {
  NONE = 0xff, // no instruction
  R = TW_TLBI_RANGE,
  EL2 = TW_TLBI_EL2,
};

typedef struct fields {
  unsigned op1, crn, crm, op2;
} fields;

// -- AArch64: by CRm and op2. To a single core inner shareable, outer shareable and neither are the same, as are the
// nXS forms (CRn 9) --

// op1 = 0: EL1&0. CRm 1, 3, 7 are single, CRm 2, 5, 6 ranges.
static const uint8_t el1_forms[8] = {TW_TLBI_VMALL, TW_TLBI_VA,  TW_TLBI_ASID, TW_TLBI_VAA,
                                     NONE,          TW_TLBI_VAL, NONE,         TW_TLBI_VAAL};
static const uint8_t el1_ranges[8] = {NONE, R | TW_TLBI_VA,  NONE, R | TW_TLBI_VAA,
                                      NONE, R | TW_TLBI_VAL, NONE, R | TW_TLBI_VAAL};
// op1 = 4: from EL2.
static const uint8_t el2_forms[8] = {EL2 | TW_TLBI_ALL, EL2 | TW_TLBI_VA, NONE, NONE, TW_TLBI_ALL,
                                     EL2 | TW_TLBI_VAL, TW_TLBI_VMALLS12, NONE};
static const uint8_t el2_ranges[8] = {NONE, EL2 | R | TW_TLBI_VA, NONE, NONE, NONE, EL2 | R | TW_TLBI_VAL, NONE, NONE};
static const uint8_t ipa_inner[8] = {NONE, TW_TLBI_IPAS2,  R | TW_TLBI_IPAS2,  NONE, // CRm 0: inner shareable
                                     NONE, TW_TLBI_IPAS2L, R | TW_TLBI_IPAS2L, NONE};
static const uint8_t ipa_forms[8] = {TW_TLBI_IPAS2,  TW_TLBI_IPAS2,  R | TW_TLBI_IPAS2,  R | TW_TLBI_IPAS2,
                                     TW_TLBI_IPAS2L, TW_TLBI_IPAS2L, R | TW_TLBI_IPAS2L, R | TW_TLBI_IPAS2L};

static unsigned aarch64_op(const fields *f) {
  if ((f->crn != 8 && f->crn != 9) || (f->op1 != 0 && f->op1 != 4))
    return NONE;
  switch (f->crm) {
  case 0:
    return f->op1 == 4 ? ipa_inner[f->op2] : NONE;
  case 4:
    return f->op1 == 4 ? ipa_forms[f->op2] : NONE;
  case 1:
  case 3:
  case 7:
    return (f->op1 == 4 ? el2_forms : el1_forms)[f->op2];
  case 2:
  case 5:
  case 6:
    return (f->op1 == 4 ? el2_ranges : el1_ranges)[f->op2];
  default:
    return NONE;
  }
}

static unsigned aarch64_tlbi(uint32_t word) {
  const fields f = {word >> 16 & 7, word >> 12 & 15, word >> 8 & 15, word >> 5 & 7};
  return word >> 19 == 0xd508 >> 3 ? aarch64_op(&f) : NONE;
}

// -- AArch32: MCR p15, CRn 8. The separate instruction and data forms are the unified ones here --

static unsigned aarch32_op(const fields *f) {
  if (f->crn != 8)
    return NONE;
  if (f->op1 == 4 && (f->crm == 0 || f->crm == 4)) // TLBIIPAS2, TLBIIPAS2L
    return f->op2 == 1 ? TW_TLBI_IPAS2 : f->op2 == 5 ? TW_TLBI_IPAS2L : NONE;
  if (f->op1 == 4 && (f->crm == 3 || f->crm == 7)) // TLBIALLH, TLBIMVAH, TLBIALLNSNH, TLBIMVALH
    return f->op2 == 6 ? NONE : el2_forms[f->op2];
  if (f->op1 == 0 && (f->crm == 3 || f->crm == 7)) // TLBIALL, TLBIMVA, TLBIASID, TLBIMVAA, TLBIMVAL, TLBIMVAAL
    return el1_forms[f->op2];
  if (f->op1 == 0 && (f->crm == 5 || f->crm == 6)) // ITLBIALL, ITLBIMVA, ITLBIASID, and DTLBI...
    return f->op2 < 3 ? el1_forms[f->op2] : NONE;
  return NONE;
}

static unsigned aarch32_tlbi(uint32_t word) {
  const fields f = {word >> 21 & 7, word >> 16 & 15, word & 15, word >> 5 & 7};
  bool mcr_p15 = (word & 0x0f100f10) == 0x0e000f10;
  unsigned op = mcr_p15 ? aarch32_op(&f) : NONE;
  return op == NONE ? NONE : op | TW_TLBI_AARCH32;
}

// -- both --

static bool has_operand_field(unsigned op) {
  unsigned what = op & 15;
  return what != TW_TLBI_ALL && what != TW_TLBI_VMALL && what != TW_TLBI_VMALLS12;
}

// Everything that the operation can drop, whatever its operand.
static unsigned widened(unsigned op) {
  unsigned what = op & 15;
  bool stage2 = what == TW_TLBI_IPAS2 || what == TW_TLBI_IPAS2L;
  return (op & (TW_TLBI_EL2 | TW_TLBI_AARCH32)) | (stage2 ? TW_TLBI_VMALLS12 : TW_TLBI_VMALL);
}

// An EL2 host (HCR_EL2.{E2H, TGE} = {1, 1}) maintains its own regime by the E1 forms.
static bool is_host(const tw_registers *r) { return r->regime == TW_REGIME_EL20 && r->hcr >> 27 & 1; }

static bool is_stage1_form(unsigned op) {
  unsigned what = op & 15;
  return what == TW_TLBI_VMALL || (what >= TW_TLBI_ASID && what <= TW_TLBI_VAAL);
}

// With TCR.AS = 0 bits 15:8 of an ASID are ignored.
static uint64_t operand_of(const tw_event *event, unsigned op, const tw_registers *r) {
  bool narrow = !(op & TW_TLBI_AARCH32) && is_stage1_form(op) && r->regime != TW_REGIME_EL2 && !(r->tcr >> 36 & 1);
  return narrow ? event->value & ~(0xffULL << 56) : event->value;
}

tw_decoded tw_tlbi_decode(tw_architecture architecture, const tw_event *event, const tw_registers *registers,
                          tw_tlbi *tlbi) {
  unsigned op = architecture == TW_ARCH_AARCH64 ? aarch64_tlbi(event->word) : aarch32_tlbi(event->word);
  *tlbi = (tw_tlbi){.op = 0};
  if (op == NONE)
    return TW_DECODED_UNKNOWN;
  if (is_host(registers) && is_stage1_form(op))
    op |= TW_TLBI_EL2;
  if (!has_operand_field(op)) {
    tlbi->op = (uint8_t)op;
    return TW_DECODED;
  }
  if (!event->has_operand) {
    tlbi->op = (uint8_t)widened(op);
    return TW_DECODED_WIDENED;
  }
  tlbi->op = (uint8_t)op;
  tlbi->operand = operand_of(event, op, registers);
  return TW_DECODED;
}
