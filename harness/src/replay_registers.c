// Register writes decoded by the Arm manual's encodings: MSR (register) of AArch64, MCR and MCRR to CP15 of AArch32.
#include "replay_events.h"

#include <stddef.h>

// Whose registers they are: they count while the regime is one of these.
enum {
  OF_EL1 = 1 << TW_REGIME_EL10,
  OF_EL2 = 1 << TW_REGIME_EL2 | 1 << TW_REGIME_EL20,
  OF_HOST = 1 << TW_REGIME_EL20, // by E2H an EL1 name is EL2's register
  OF_STAGE2 = OF_EL1,
  OF_PL1 = 1 << TW_REGIME_PL10,
};

typedef struct target {
  uint8_t op1, crn, crm, op2, regimes;
  uint8_t shift; // low and high half of a register
  uint8_t bits;  // 0: nothing of it counts here
  size_t offset; // in tw_registers
} target;

#define AT(field) offsetof(tw_registers, field)

static const target aarch64_targets[] = {
    {0, 2, 0, 0, OF_EL1 | OF_HOST, 0, 64, AT(ttbr0)},
    {0, 2, 0, 1, OF_EL1 | OF_HOST, 0, 64, AT(ttbr1)},
    {0, 2, 0, 2, OF_EL1 | OF_HOST, 0, 64, AT(tcr)},
    {0, 1, 0, 0, OF_EL1 | OF_HOST, 0, 64, AT(sctlr)},
    {0, 10, 2, 0, OF_EL1 | OF_HOST, 0, 64, AT(mair)},
    {0, 13, 0, 1, 0, 0, 0, 0}, // CONTEXTIDR_EL1: no part of a walk
    {4, 2, 0, 0, OF_EL2, 0, 64, AT(ttbr0)},
    {4, 2, 0, 1, OF_EL2, 0, 64, AT(ttbr1)},
    {4, 2, 0, 2, OF_EL2, 0, 64, AT(tcr)},
    {4, 1, 0, 0, OF_EL2, 0, 64, AT(sctlr)},
    {4, 10, 2, 0, OF_EL2, 0, 64, AT(mair)},
    {4, 13, 0, 1, 0, 0, 0, 0},
    {4, 1, 1, 0, OF_EL1 | OF_EL2, 0, 64, AT(hcr)},
    {4, 2, 1, 0, OF_STAGE2, 0, 64, AT(vttbr)},
    {4, 2, 1, 2, OF_STAGE2, 0, 64, AT(vtcr)},
    {5, 2, 0, 0, OF_EL1, 0, 64, AT(ttbr0)},
    {5, 2, 0, 1, OF_EL1, 0, 64, AT(ttbr1)},
    {5, 2, 0, 2, OF_EL1, 0, 64, AT(tcr)},
};

static const target aarch32_targets[] = {
    {0, 2, 0, 0, OF_PL1, 0, 32, AT(ttbr0)}, {0, 2, 0, 1, OF_PL1, 0, 32, AT(ttbr1)},
    {0, 2, 0, 2, OF_PL1, 0, 32, AT(tcr)},   {0, 3, 0, 0, OF_PL1, 0, 32, AT(dacr)},
    {0, 1, 0, 0, OF_PL1, 0, 32, AT(sctlr)}, {0, 13, 0, 1, OF_PL1, 0, 32, AT(contextidr)},
    {0, 10, 2, 0, OF_PL1, 0, 32, AT(mair)}, {0, 10, 2, 1, OF_PL1, 32, 32, AT(mair)},
    {4, 1, 1, 0, OF_PL1, 0, 32, AT(hcr)},   {4, 2, 1, 2, OF_PL1, 0, 32, AT(vtcr)},
};

// MCRR: by op1, the whole register.
static const target aarch32_long_targets[] = {
    {0, 0, 2, 0, OF_PL1, 0, 64, AT(ttbr0)},
    {1, 0, 2, 0, OF_PL1, 0, 64, AT(ttbr1)},
    {6, 0, 2, 0, OF_PL1, 0, 64, AT(vttbr)},
};

typedef struct word_fields {
  unsigned op1, crn, crm, op2;
} word_fields;

static const target *find(const target *list, size_t count, const word_fields *f) {
  for (size_t i = 0; i < count; i++)
    if (list[i].op1 == f->op1 && list[i].crn == f->crn && list[i].crm == f->crm && list[i].op2 == f->op2)
      return &list[i];
  return NULL;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const target *aarch64_target(uint32_t word) {
  const word_fields f = {word >> 16 & 7, word >> 12 & 15, word >> 8 & 15, word >> 5 & 7};
  bool msr = word >> 19 == 0xd518 >> 3;
  return msr ? find(aarch64_targets, COUNT(aarch64_targets), &f) : NULL;
}

static const target *aarch32_target(uint32_t word) {
  if ((word & 0x0ff00f00) == 0x0c400f00) { // MCRR p15
    const word_fields f = {.op1 = word >> 4 & 15, .crm = word & 15};
    return find(aarch32_long_targets, COUNT(aarch32_long_targets), &f);
  }
  const word_fields f = {word >> 21 & 7, word >> 16 & 15, word & 15, word >> 5 & 7};
  bool mcr_p15 = (word & 0x0f100f10) == 0x0e000f10;
  return mcr_p15 ? find(aarch32_targets, COUNT(aarch32_targets), &f) : NULL;
}

// True: the field changes. DACR and CONTEXTIDR are fields of 32 bits, the others of 64.
static bool put(const target *to, uint64_t value, tw_registers *registers) {
  char *field = (char *)registers + to->offset;
  bool narrow = to->offset == AT(dacr) || to->offset == AT(contextidr);
  uint64_t mask = to->bits == 64 ? ~0ULL : ((1ULL << to->bits) - 1) << to->shift;
  uint64_t before = narrow ? *(uint32_t *)field : *(uint64_t *)field;
  uint64_t after = (before & ~mask) | (value << to->shift & mask);
  if (narrow)
    *(uint32_t *)field = (uint32_t)after;
  else
    *(uint64_t *)field = after;
  return before != after;
}

tw_decoded tw_register_write(tw_architecture architecture, const tw_event *event, tw_registers *registers) {
  const target *to = architecture == TW_ARCH_AARCH64 ? aarch64_target(event->word) : aarch32_target(event->word);
  if (!to)
    return TW_DECODED_UNKNOWN;
  if (!(to->regimes >> registers->regime & 1))
    return TW_DECODED_SAME;
  if (!event->has_operand)
    return TW_DECODED_NO_VALUE;
  return put(to, event->value, registers) ? TW_DECODED : TW_DECODED_SAME;
}
