// Accesses and events of a trace decoded: exception levels, TLB maintenance and register writes from their instruction
// words.
#ifndef HARNESS_REPLAY_EVENTS_H
#define HARNESS_REPLAY_EVENTS_H

#include <stdbool.h>
#include <tablewalk/mmu.h>
#include <traces/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The exception level that an access is translated for.
static inline uint8_t tw_replay_el(uint8_t info) { return !(info & TW_INFO_EL0); }

/// What became of an event.
typedef enum tw_decoded {
  TW_DECODED,          ///< as the instruction says
  TW_DECODED_WIDENED,  ///< a TLBI whose operand is not in the trace: all of its kind is dropped
  TW_DECODED_NO_VALUE, ///< a register's new value is not in the trace: it stays
  TW_DECODED_SAME,     ///< a register write that changes nothing here
  TW_DECODED_UNKNOWN,  ///< no instruction that is known here
} tw_decoded;

/// The maintenance that a TLBI asks for: a SYS word of AArch64, an MCR word to CP15 of AArch32. `registers` tell which
/// regime an EL2 host's E1 forms are for, and how wide ASIDs are.
tw_decoded tw_tlbi_decode(tw_architecture architecture, const tw_event *event, const tw_registers *registers,
                          tw_tlbi *tlbi);

/// Write the register that an MSR (AArch64), MCR or MCRR (AArch32) writes into `registers`; one that belongs to
/// another regime than theirs changes nothing.
tw_decoded tw_register_write(tw_architecture architecture, const tw_event *event, tw_registers *registers);

#ifdef __cplusplus
}
#endif
#endif
