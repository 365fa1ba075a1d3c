// Does software change its live translation tables by the architecture's rules?
//
// A valid descriptor that a TLB may hold must not become another valid one that disagrees with it, unless it was
// invalid in between ("break"), and a TLBI took the old one out of the TLBs before the new one was written ("make").
// Arm ARM, "TLB maintenance requirements", "Using break-before-make when updating translation table entries".
#ifndef HARNESS_BREAK_BEFORE_MAKE_H
#define HARNESS_BREAK_BEFORE_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <traces/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What the old and the new descriptor disagree on.
typedef enum tw_bbm_change {
  TW_BBM_SIZE,       ///< block, table, contiguous bit
  TW_BBM_OUTPUT,     ///< output address, or address of the next table
  TW_BBM_ATTRIBUTES, ///< memory type, cacheability, shareability
  TW_BBM_GLOBAL,     ///< global where a non-global one was
  TW_BBM_CHANGES
} tw_bbm_change;

typedef struct tw_bbm_violation {
  uint8_t change;          ///< tw_bbm_change
  bool broken;             ///< it was made invalid in between: what is missing is the TLBI
  int8_t level, old_level; //
  uint64_t pa;             ///< of the descriptor that was written
  uint64_t first, last;    ///< VAs that old and new both translate, or could
  uint64_t old_value;      ///< the descriptor that a TLB may still hold
  uint64_t value;          ///< what was written
  uint64_t new_value;      ///< the descriptor that disagrees: `value`, or one below the table it leads to
} tw_bbm_violation;

/// "changed output without a break", "two live sizes", "no TLBI between break and make" ...
const char *tw_bbm_rule(const tw_bbm_violation *violation);
/// "output address", "size", "memory attributes", "global".
const char *tw_bbm_change_name(tw_bbm_change change);

/// What was looked at.
typedef struct tw_bbm_counts {
  uint64_t writes;            ///< descriptor writes
  uint64_t elsewhere;         ///< not in a live table
  uint64_t same;              ///< of a live descriptor, with the value that it had
  uint64_t broken;            ///< valid to invalid
  uint64_t made;              ///< invalid to valid
  uint64_t remade;            ///< of those: a descriptor that was broken before, where a TLBI can be missing
  uint64_t changed;           ///< valid to valid
  uint64_t invalid;           ///< invalid to invalid
  uint64_t tlbis, widened;    ///< TLBIs; those taken to cover everything, because their operand is not known
  uint64_t registers_unknown; ///< writes of TTBRn, TCR without their value
} tw_bbm_counts;

typedef struct tw_bbm tw_bbm;

/// `level`: of FEAT_BBM. 0: any change of size needs a break; 1: one of a block with nT does not; 2: none does. NULL:
/// out of memory.
tw_bbm *tw_bbm_create(unsigned level);
void tw_bbm_destroy(tw_bbm *bbm);

/// Begin with these registers and tables and empty TLBs.
int tw_bbm_section(tw_bbm *bbm, bool aarch32, const tw_registers *registers, const tw_table_page *pages, size_t count,
                   tw_error *error);
/// Software writes a descriptor. 1: `violation` is filled in; 0: all is well; -1 and `error`.
int tw_bbm_write(tw_bbm *bbm, uint64_t pa, uint64_t value, tw_bbm_violation *violation, tw_error *error);
/// The same for one that is part of the image: a write from before the trace's beginning. 0; -1 and `error`.
int tw_bbm_preset(tw_bbm *bbm, uint64_t pa, uint64_t value, tw_error *error);
/// Events TW_EVENT_TLBI and TW_EVENT_REGISTER. 0; -1 and `error`.
void tw_bbm_tlbi(tw_bbm *bbm, const tw_event *event);
int tw_bbm_register(tw_bbm *bbm, const tw_event *event, tw_error *error);

const tw_bbm_counts *tw_bbm_counted(const tw_bbm *bbm);

#ifdef __cplusplus
}
#endif
#endif
