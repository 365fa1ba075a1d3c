// The instructions that a capture is about: TLB maintenance, writes of translation registers, cache maintenance, DC
// ZVA, and the markers of marker.h.
#ifndef CAPTURE_INSTRUCTION_H
#define CAPTURE_INSTRUCTION_H

#include <stdbool.h>
#include <stdint.h>

typedef enum instruction_kind {
  INSTRUCTION_OTHER,
  INSTRUCTION_TLBI,
  INSTRUCTION_REGISTER, // writes a register of the translation regime
  INSTRUCTION_SYS,      // SYS with CRn = 7 but DC ZVA
  INSTRUCTION_ZERO,     // DC ZVA
  INSTRUCTION_MARK,
} instruction_kind;

/// Which field of guest_registers a write is to.
typedef enum register_field {
  FIELD_NONE, // none that is kept
  FIELD_SCTLR,
  FIELD_TCR,
  FIELD_MAIR,      // AArch32: its lower word
  FIELD_MAIR_HIGH, // AArch32: its upper word
  FIELD_TTBR0,
  FIELD_TTBR1,
  FIELD_CONTEXTIDR,
  FIELD_DACR,
} register_field;

typedef struct instruction {
  instruction_kind kind;
  uint32_t word;
  uint8_t rt, rt2;   // general registers of the operand: rt2 is the upper word of an MCRR
  bool has_rt2;      //
  bool broadcast;    // a TLBI of all CPUs (inner or outer shareable)
  bool unprivileged; // a load or store that is translated as EL0's
  register_field field;
  unsigned mark; // CAPTURE_MARK_... of marker.h
} instruction;

/// What `word` is, `bytes` long in memory. AArch32: as an A32 word, but for the marks, which T32 has too.
instruction instruction_decode(uint32_t word, unsigned bytes, bool aarch64);
/// Does the condition of an A32 word hold?
bool instruction_condition(uint32_t word, uint64_t cpsr);

#endif
