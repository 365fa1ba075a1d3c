// Events decoded by the Arm manual's encodings of SYS and MSR (register).
#include "replay_events.h"

// Fields of a system instruction's word.
static unsigned op1_of(uint32_t word) { return word >> 16 & 7; }
static unsigned crn_of(uint32_t word) { return word >> 12 & 15; }
static unsigned crm_of(uint32_t word) { return word >> 8 & 15; }
static unsigned op2_of(uint32_t word) { return word >> 5 & 7; }

enum { TW_OP_NONE = 0xff };

// The operation of TLBI op1=0: by op2. CRm 1 (outer shareable), 3 (inner), 7 (this core) are one to a single core.
static unsigned tlbi_op(uint32_t word) {
  static const uint8_t by_op2[8] = {TW_TLBI_VMALL, TW_TLBI_VA,  TW_TLBI_ASID, TW_TLBI_VAA,
                                    TW_OP_NONE,    TW_TLBI_VAL, TW_OP_NONE,   TW_TLBI_VAAL};
  unsigned crm = crm_of(word);
  if (op1_of(word) != 0 || (crm != 1 && crm != 3 && crm != 7))
    return TW_OP_NONE;
  return by_op2[op2_of(word)];
}

bool tw_tlbi_decode(const tw_event *event, unsigned asid_bits, tw_tlbi *tlbi) {
  unsigned op = tlbi_op(event->word);
  *tlbi = (tw_tlbi){.op = TW_TLBI_VMALL};
  if (op == TW_TLBI_VMALL)
    return false;
  if (op == TW_OP_NONE || !event->has_operand)
    return true;
  tlbi->op = (uint8_t)op;
  tlbi->va = event->value << 12 & 0x00fffffffffff000ULL;
  tlbi->asid = (uint16_t)(event->value >> 48 & (asid_bits == 16 ? 0xffff : 0xff));
  return false;
}

uint64_t *tw_msr_target(uint32_t word, tw_registers *registers) {
  if (op1_of(word) != 0 || crn_of(word) != 2 || crm_of(word) != 0)
    return NULL;
  switch (op2_of(word)) {
  case 0:
    return &registers->ttbr0;
  case 1:
    return &registers->ttbr1;
  case 2:
    return &registers->tcr;
  default:
    return NULL;
  }
}
