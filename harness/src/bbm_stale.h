// Translations that a TLB or a walk cache may still hold although the tables no longer have them.
#ifndef HARNESS_BBM_STALE_H
#define HARNESS_BBM_STALE_H

#include "bbm_table.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_bbm_stale {
  struct tw_bbm_stale *next;
  tw_bbm_entry entry;
  bool broken; ///< it was made invalid; false: it was written over
  uint16_t asid;
} tw_bbm_stale;

enum { TW_BBM_STALE_BUCKETS = 1 << 14 };
typedef struct tw_bbm_stales {
  tw_bbm_stale *bucket[TW_BBM_STALE_BUCKETS];
  size_t count;
  size_t at_level[6]; ///< how many, by level + 1
} tw_bbm_stales;

/// Remember one; the same again is how it went last. -1: out of memory.
int tw_bbm_stales_add(tw_bbm_stales *stales, const tw_bbm_entry *entry, bool broken, uint16_t asid);
void tw_bbm_stales_clear(tw_bbm_stales *stales);

/// Visit those whose VAs meet [first, last] of a half. The visitor's answer: 0 keep it, 1 drop it, 2 drop it and stop.
typedef int (*tw_bbm_stale_visitor)(void *context, const tw_bbm_stale *stale);
void tw_bbm_stales_visit(tw_bbm_stales *stales, const tw_bbm_layout *layout, uint64_t first, uint64_t last,
                         tw_bbm_stale_visitor visit, void *context);

/// What one TLBI reaches.
typedef struct tw_bbm_scope {
  bool known;           ///< false: the instruction or its operand is not known
  bool nothing;         ///< it drops nothing here
  bool all;             ///< every address
  bool by_asid;         ///< entries of the ASID
  bool globals;         ///< with by_asid: global ones too
  bool leaves;          ///< last level only
  int8_t level;         ///< entries of this level only; -2: of any
  uint8_t half;         //
  uint16_t asid;        //
  uint64_t first, last; ///< VAs
} tw_bbm_scope;

/// Decode a TLBI of AArch64 (or the MCR of AArch32) by the Arm manual's encodings.
tw_bbm_scope tw_bbm_scope_of(const tw_event *event, bool aarch32, const tw_registers *registers,
                             const tw_bbm_layout layout[2]);
/// Drop what the TLBI reaches.
void tw_bbm_stales_invalidate(tw_bbm_stales *stales, const tw_bbm_layout layout[2], const tw_bbm_scope *scope);

#ifdef __cplusplus
}
#endif
#endif
