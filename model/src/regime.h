// Stage 1 registers decoded once for each half of the address space. Twin: rtl/regime.sv.
#ifndef TABLEWALK_REGIME_H
#define TABLEWALK_REGIME_H

#include <stdbool.h>
#include <tablewalk/mmu.h>

#include "layout.h"
#include "permission.h"
#include "stage2.h"

enum { TW_HALF_NONE = 2 };

struct tw_format;

/// What a request to one half (TTBR0 or TTBR1) needs to know.
typedef struct tw_half {
  uint64_t key;                   ///< TLB key without the VA: valid, ASID, half
  uint64_t key_va;                ///< bits of a key that are VA
  uint64_t range[2];              ///< VA bits that must each equal the one below, of data accesses and fetches
  uint64_t base;                  ///< translation table base
  tw_sizes sizes;                 ///< in use: of this half's format, and of stage 2's granule when it is on
  const struct tw_format *format; ///< how its descriptors are found and decoded
  unsigned granule;               ///< log2 of bytes: 12, 14, 16
  unsigned iasize;                ///< bits of input address
  unsigned oasize;                ///< bits of output address
  int start_level;                //
  uint16_t asid;                  //
  bool none;                      ///< no address of it translates (TxSZ out of range; LPAE's gap): Translation fault
  uint8_t fault_level;            ///< level of that fault and of EPD's: 0; AArch32: 1
  bool base_fault;                ///< base outside the output size: Address size fault, level 0
  bool e0pd, nfd, epd, hpd;       //
  bool ha, hd;                    ///< in effect: HD only with HA
  bool ds;                        ///< LPA2: OA[51:50] in descriptor bits [9:8], SH from TCR
  bool wide;                      ///< 64K granule on 52 PA bits: OA[51:48] in descriptor bits [15:12]
  uint8_t sh;                     ///< of TCR, for ds
  tw_sizes probed;                ///< of the L2 TLB: the sizes asked for, the smallest first
  unsigned probes;                ///< how many they are
  bool coalesces;                 ///< four contiguous pages make one mapping
  tw_layout layout;               ///< of 64-bit descriptors
} tw_half;

typedef struct tw_regime {
  tw_half half[3];  ///< TW_HALF_NONE: the gap between LPAE's halves
  uint8_t kind;     ///< tw_regime_kind
  uint8_t syndrome; ///< tw_syndrome_format flags of its answers, but PAR32's dependence on the request and SUPER
  uint32_t world;   ///< tw_world
  uint64_t va_mask; ///< of a request's VA: AArch32 has 32 bits
  bool on;          ///< stage 1 is on
  bool aarch32;
  bool big_endian; ///< stage 1 tables
  bool afe, tre;   ///< short descriptors
  bool bbm;        ///< nT counts
  bool armv7;
  bool range_ds;          ///< TCR.DS in effect, whatever the granule: unit of a range TLBI's base
  bool cr0_wp, smep, pge; ///< x86
  uint64_t mair;
  uint64_t off_range[2][2]; ///< stage 1 off, [VA[55]][fetch]: bits that must be 0
  uint8_t off_attr[2];      ///< stage 1 off, [fetch]
  uint8_t off_sh;           //
  unsigned split[2];        ///< AArch32: VA bits that are 0 in half 0, and that are ones in half 1
  tw_permission_table permissions;
  tw_stage2 stage2;
} tw_regime;

/// Decode. `regime` is all zeros at first, and holds the registers before at later calls.
void tw_regime_decode(tw_regime *regime, const tw_registers *registers, const tw_mmu_config *config);

/// The half of an AArch32 address.
const tw_half *tw_regime_half32(const tw_regime *regime, uint64_t va);

/// The half that translates `va` (already under va_mask). x86-64's two are the same.
static inline const tw_half *tw_regime_half(const tw_regime *regime, uint64_t va) {
  return regime->aarch32 ? tw_regime_half32(regime, va) : &regime->half[tw_bit(va, 55)];
}

/// TLB key of an address of `half`.
static inline uint64_t tw_half_key(const tw_half *half, uint64_t va) { return half->key | (va >> 12 & half->key_va); }

#endif
