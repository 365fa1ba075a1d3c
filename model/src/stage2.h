// Stage 2 registers decoded, and the checks of an IPA. Twin: rtl/stage2.sv.
#ifndef TABLEWALK_STAGE2_H
#define TABLEWALK_STAGE2_H

#include <stdbool.h>
#include <tablewalk/mmu.h>

#include "layout.h"

typedef struct tw_stage2 {
  bool on;
  uint64_t base;       ///< translation table base
  uint64_t key;        ///< IPA cache key without the IPA: valid, VMID
  tw_sizes sizes;      ///< of the granule
  unsigned granule;    ///< log2 of bytes: 12, 14, 16
  unsigned iasize;     ///< bits of IPA
  unsigned oasize;     ///< bits of output address
  int start_level;     //
  uint16_t vmid;       ///< current, whether stage 2 is on or not
  bool size_fault;     ///< T0SZ out of range, or a start level that is none or does not fit
  bool base_fault;     ///< base outside the output size
  uint8_t fault_level; ///< of a Translation fault without a read: 0; AArch32: 1
  bool ha, hd, ds, wide, armv7, aarch32;
  bool big_endian;   ///< SCTLR_EL2.EE
  bool ptw, fwb;     ///< HCR
  bool cache_off[2]; ///< HCR.CD for data [0], HCR.ID for fetches [1]: what answers as Normal is non-cacheable
  bool range_ds;     ///< VTCR.DS in effect: unit of a range TLBI's base
  uint8_t sh;        ///< VTCR.SH0, for ds
  bool bbm;          ///< nT counts
  tw_layout layout;  ///< of descriptors
} tw_stage2;

void tw_stage2_decode(tw_stage2 *stage2, const tw_registers *registers, const tw_mmu_config *config);

/// The fault of `ipa` that needs no read: its fsc, level included; TW_NO_FAULT: none.
uint8_t tw_stage2_check(const tw_stage2 *stage2, uint64_t ipa);

#endif
