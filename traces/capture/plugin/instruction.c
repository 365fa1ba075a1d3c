// Decoded by the Arm manual's encodings of system instructions; in AArch32 those of A32.
#include "instruction.h"

#include "../guest/marker.h"

typedef struct system_fields {
  unsigned op0, op1, crn, crm, op2;
} system_fields;

static system_fields fields_of(uint32_t w) {
  return (system_fields){w >> 19 & 3, w >> 16 & 7, w >> 12 & 15, w >> 8 & 15, w >> 5 & 7};
}

/// A register of EL1 that both have, by the same fields.
static register_field field_of(const system_fields *f) {
  if (f->op1 != 0)
    return FIELD_NONE;
  switch (f->crn << 8 | f->crm << 4 | f->op2) {
  case 0x100:
    return FIELD_SCTLR;
  case 0x200:
    return FIELD_TTBR0;
  case 0x201:
    return FIELD_TTBR1;
  case 0x202:
    return FIELD_TCR;
  case 0xa20:
    return FIELD_MAIR;
  case 0xd01:
    return FIELD_CONTEXTIDR;
  default:
    return FIELD_NONE;
  }
}

// -- AArch64 --

static void decode_system(instruction *i) {
  const system_fields f = fields_of(i->word);
  bool tlbi = f.op0 == 1 && (f.crn == 8 || f.crn == 9);
  if (tlbi) {
    i->kind = INSTRUCTION_TLBI;
    i->broadcast = f.crm == 1 || f.crm == 3 || f.crm == 2 || f.crm == 5; // OS, IS, and their ranges
  } else if (f.op0 == 1 && f.crn == 7) {
    bool zero = f.op1 == 3 && f.crm == 4 && f.op2 == 1;
    i->kind = zero ? INSTRUCTION_ZERO : INSTRUCTION_SYS;
  } else if (f.op0 == 3 && field_of(&f) != FIELD_NONE) {
    i->kind = INSTRUCTION_REGISTER;
    i->field = field_of(&f);
  }
}

static bool is_mark64(uint32_t word) {
  unsigned what = word >> 5 & 0xffff;
  return (word & 0xffe0001f) == 0xd280001f && what >= CAPTURE_MARK_FIRST && what <= CAPTURE_MARK_LAST;
}

static void decode_aarch64(instruction *i) {
  i->rt = i->word & 31;
  bool system_write = (i->word & 0xffe00000) == 0xd5000000;
  i->unprivileged = (i->word & 0x3b200c00) == 0x38000800; // LDTR, STTR and their sizes
  if (is_mark64(i->word)) {
    i->kind = INSTRUCTION_MARK;
    i->mark = i->word >> 5 & 0xffff;
  } else if (system_write) {
    decode_system(i);
  }
}

// -- AArch32 --

static register_field mcr_field(const system_fields *f) {
  if (f->op1 != 0)
    return FIELD_NONE;
  switch (f->crn << 8 | f->crm << 4 | f->op2) {
  case 0x300:
    return FIELD_DACR;
  case 0xa21:
    return FIELD_MAIR_HIGH;
  default:
    return field_of(f);
  }
}

static void decode_mcr(instruction *i) {
  const system_fields f = {
      .op1 = i->word >> 21 & 7, .crn = i->word >> 16 & 15, .crm = i->word & 15, .op2 = i->word >> 5 & 7};
  if (f.crn == 8 && f.op1 == 0) {
    i->kind = INSTRUCTION_TLBI;
    i->broadcast = f.crm == 3;
  } else if (mcr_field(&f) != FIELD_NONE) {
    i->kind = INSTRUCTION_REGISTER;
    i->field = mcr_field(&f);
  }
}

static void decode_mcrr(instruction *i) {
  unsigned op1 = i->word >> 4 & 15, crm = i->word & 15;
  if (crm != 2 || op1 > 1)
    return;
  i->kind = INSTRUCTION_REGISTER;
  i->field = op1 ? FIELD_TTBR1 : FIELD_TTBR0;
  i->rt2 = i->word >> 16 & 15;
  i->has_rt2 = true;
}

// Hints that do nothing: 0x60 to 0x6f.
static bool is_mark32(uint32_t word) {
  bool a32 = (word & 0xfffffff0) == 0xe320f060, t32 = (word & 0xfff0ffff) == 0x8060f3af;
  return a32 || t32;
}

static void decode_aarch32(instruction *i) {
  if (is_mark32(i->word)) {
    bool a32 = i->word >> 16 == 0xe320;
    i->kind = INSTRUCTION_MARK;
    i->mark = CAPTURE_MARK_FIRST + (a32 ? i->word & 15 : i->word >> 16 & 15);
    return;
  }
  i->rt = i->word >> 12 & 15;
  i->unprivileged = (i->word & 0x0d200000) == 0x04200000; // LDRT, STRT and their bytes
  if ((i->word & 0x0f100f10) == 0x0e000f10)
    decode_mcr(i);
  else if ((i->word & 0x0ff00f00) == 0x0c400f00)
    decode_mcrr(i);
}

instruction instruction_decode(uint32_t word, unsigned bytes, bool aarch64) {
  instruction i = {.kind = INSTRUCTION_OTHER, .word = word};
  if (bytes != 4)
    return i;
  if (aarch64)
    decode_aarch64(&i);
  else
    decode_aarch32(&i);
  return i;
}

// By the flags N, Z, C and V in CPSR[31:28]; odd conditions are the opposite of the even ones before.
bool instruction_condition(uint32_t word, uint64_t cpsr) {
  bool n = cpsr >> 31 & 1, z = cpsr >> 30 & 1, c = cpsr >> 29 & 1, v = cpsr >> 28 & 1;
  const bool holds[8] = {z, c, n, v, c && !z, n == v, n == v && !z, true};
  unsigned condition = word >> 28;
  return condition == 15 || holds[condition >> 1] != (condition & 1);
}
