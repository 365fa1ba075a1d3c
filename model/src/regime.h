// Registers decoded once for each half of the address space. Twin: rtl/regime.sv.
#ifndef TABLEWALK_REGIME_H
#define TABLEWALK_REGIME_H

#include <stdbool.h>
#include <tablewalk/mmu.h>

#include "permission.h"

enum { TW_PROBES_MAX = 8 };

/// What a request to one half (TTBR0 or TTBR1) needs to know.
typedef struct tw_half {
  uint64_t key;        ///< TLB key without the VA: valid, ASID, half
  uint64_t range[2];   ///< bits that must all equal VA[55], of data accesses and fetches
  uint64_t base;       ///< translation table base
  tw_sizes sizes;      ///< of the granule
  unsigned granule;    ///< log2 of bytes: 12, 14, 16
  unsigned iasize;     ///< bits of input address
  unsigned oasize;     ///< bits of output address
  int start_level;     //
  uint16_t asid;       //
  bool size_fault;     ///< TxSZ out of range: Translation fault, level 0
  bool base_fault;     ///< base outside the output size: Address size fault, level 0
  bool e0pd, epd, hpd; //
  bool wide;           ///< 64K granule on 52 PA bits: OA[51:48] in descriptor bits [15:12]
  unsigned probes;     ///< of the L2 TLB
  uint8_t probe[TW_PROBES_MAX];
} tw_half;

typedef struct tw_regime {
  tw_half half[2];
  uint64_t mair;
  uint32_t allowed[TW_PERMISSIONS]; ///< tw_permission_table
  uint64_t off_range[2][2];         ///< stage 1 off, [half][fetch]: bits that must be 0
  bool on;                          ///< SCTLR.M
  bool wxn, big_endian, instruction_cache;
} tw_regime;

void tw_regime_decode(tw_regime *regime, const tw_registers *registers, const tw_mmu_config *config);

#endif
