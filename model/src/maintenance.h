// TLB maintenance: what a TLBI's operation and operand name, and what that drops. Twin: rtl/maintenance.sv.
#ifndef TABLEWALK_MAINTENANCE_H
#define TABLEWALK_MAINTENANCE_H

#include <stdbool.h>
#include <tablewalk/request.h>

#include "entry.h"

enum { TW_ANY_LEVEL = 0xff };

/// What the registers say to a TLBI.
typedef struct tw_maintenance_context {
  uint16_t vmid;         ///< current
  bool va_ds, stage2_ds; ///< the base of a range is in units of 64 KiB
} tw_maintenance_context;

/// A TLBI decoded. Pages are of 4 KiB.
typedef struct tw_maintenance {
  uint8_t what;         ///< tw_tlbi_op without its flags; TW_TLBI_WHATS: drops nothing
  uint8_t level;        ///< of the leaf; TW_ANY_LEVEL
  uint8_t regimes;      ///< bit n: worlds of regime n
  bool any_vmid;        ///< of those
  bool el1;             ///< of EL1&0: ALL and VMALLS12 then reach the IPA cache
  bool x86;             ///< never does
  bool half;            //
  uint16_t vmid, asid;  //
  uint8_t asid_shift;   ///< lowest bit of a key's ASID
  uint64_t va_bits;     ///< bits of a key that are VA
  uint64_t first, last; ///< pages
} tw_maintenance;

tw_maintenance tw_maintenance_decode(const tw_tlbi *tlbi, const tw_maintenance_context *context);

/// Does it drop this TLB entry?
bool tw_maintenance_drops(const tw_maintenance *m, uint32_t world, uint64_t key, const tw_translation *t);
/// This entry of a walk cache?
bool tw_maintenance_drops_table(const tw_maintenance *m, uint32_t world, uint64_t key, uint64_t mask);
/// This entry of the IPA cache?
bool tw_maintenance_drops_stage2(const tw_maintenance *m, uint64_t key, uint64_t mask, unsigned level);

#endif
