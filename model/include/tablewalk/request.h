// Requests to the MMU and the responses it gives: plain values, no pointers.
//
// A request asks for one translation; a maintenance request is one TLBI. Both carry an id of the caller's choice and
// the first cycle in which they stand at their port. Responses may arrive in any order: match them by id.
#ifndef TABLEWALK_REQUEST_H
#define TABLEWALK_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What the access does. A fetch uses the instruction port, a read or a write the data port.
typedef enum tw_access_kind { TW_ACCESS_READ = 0, TW_ACCESS_WRITE = 1, TW_ACCESS_FETCH = 2 } tw_access_kind;
/// `kind` of a response that tells the completion of a TLBI.
enum { TW_KIND_TLBI = 3 };

/// What asks: an access, or an address translation instruction (AT). An AT makes no dirty-state update.
typedef enum tw_at {
  TW_AT_NONE = 0,    ///< an access
  TW_AT_BOTH = 1,    ///< AT S12E1R and its like: both stages
  TW_AT_STAGE_1 = 2, ///< AT S1E1R and its like, with stage 2 on: the answer is the IPA, and no TLB is used
} tw_at;

/// One translation request.
typedef struct tw_request {
  uint64_t va;      ///< virtual address, all 64 bits, tag byte included; AArch32: bits 31:0
  uint64_t cycle;   ///< first cycle in which the request stands at its port
  uint32_t id;      ///< given back in the response
  uint8_t kind;     ///< tw_access_kind
  uint8_t el;       ///< exception level of the access: 0, 1 or 2; all but 0 are privileged
  uint8_t pan;      ///< PSTATE.PAN (x86: SMAP with AC clear) as it applies to this access: 0 or 1
  uint8_t at;       ///< tw_at; not for fetches
  uint8_t par_long; ///< 1: an AArch32 AT that gives the 64-bit PAR whatever TTBCR.EAE is; not for fetches
  uint8_t nonfault; ///< 1: a non-faulting access (TCR_ELx.NFD); not for fetches
  uint8_t prfm;     ///< 1: a preload (PRFM, PLD, PLI): it differs in what it counts
} tw_request;

/// TLB maintenance: what is dropped (bits 3:0 of the RTL's op_i) and flags to be ORed on. Last-level forms leave the
/// walk caches alone. "Current" VMID: of the VTTBR that the MMU has.
typedef enum tw_tlbi_op {
  TW_TLBI_ALL = 0,          ///< ALLE1, ALLE2, TLBIALLNSNH, TLBIALLH: everything, every VMID, stage 2 too
  TW_TLBI_VMALL = 1,        ///< VMALLE1, TLBIALL: stage 1 and combined entries of the current VMID
  TW_TLBI_VMALLS12 = 2,     ///< VMALLS12E1: of the current VMID, stage 2 too
  TW_TLBI_ASID = 3,         ///< ASIDE1, TLBIASID: non-global entries of the ASID
  TW_TLBI_VA = 4,           ///< VAE1, VAE2, TLBIMVA: the VA, for the ASID and global
  TW_TLBI_VAA = 5,          ///< VAAE1, TLBIMVAA: the VA, any ASID
  TW_TLBI_VAL = 6,          ///< VALE1, VALE2, TLBIMVAL: as VA, last level only
  TW_TLBI_VAAL = 7,         ///< VAALE1, TLBIMVAAL: as VAA, last level only
  TW_TLBI_IPAS2 = 8,        ///< IPAS2E1, TLBIIPAS2: stage 2 entries of the IPA
  TW_TLBI_IPAS2L = 9,       ///< IPAS2LE1, TLBIIPAS2L: as IPAS2, last level only
  TW_TLBI_DSB = 10,         ///< a barrier: all before it, and every miss under way, has been answered
  TW_TLBI_WHATS = 11,       //
  TW_TLBI_RANGE = 1 << 4,   ///< the range form (RVAE1, RIPAS2E1 ...) of VA to IPAS2L
  TW_TLBI_EL2 = 1 << 5,     ///< for EL2 and EL2&0, not for EL1&0
  TW_TLBI_AARCH32 = 1 << 6, ///< the operand is an AArch32 register
  TW_TLBI_X86 = 1 << 7,     ///< x86-64: VA (INVLPG), ASID (CR3 write without bit 63), VMALL; no range; model only
} tw_tlbi_op;

/// One maintenance request.
typedef struct tw_tlbi {
  uint64_t operand; ///< the instruction's register: Xt with ASID, TTL, VA or range; Rt in AArch32. See tw_tlbi_va,
                    ///< tw_tlbi_x86
  uint64_t cycle;   ///< first cycle in which the request stands at its port
  uint32_t id;
  uint8_t op;      ///< tw_tlbi_op and flags
  uint8_t outside; ///< 1: broadcast by another PE; it comes by the outside port
} tw_tlbi;

/// The operand of an AArch64 TLBI by VA (or by IPA, with ASID 0) without TTL.
static inline uint64_t tw_tlbi_va(uint64_t va, uint16_t asid) {
  return (uint64_t)asid << 48 | (va >> 12 & 0xfffffffffffULL);
}

/// The operand of a TLBI for x86-64, by VA or by PCID: the PCID's 12 bits from bit 48 up, VA[56:12] from bit 0 up. The
/// instructions have registers of their own; this layout is the model's.
static inline uint64_t tw_tlbi_x86(uint64_t va, uint16_t pcid) {
  return (uint64_t)(pcid & 0xfff) << 48 | (va >> 12 & 0x1fffffffffffULL);
}

/// Where the answer was found.
typedef enum tw_found {
  TW_FOUND_NONE = 0,        ///< no look-up decided it: stage 1 off, or a fault of the address itself
  TW_FOUND_L1 = 1,          ///< L1 instruction or data TLB
  TW_FOUND_L2 = 2,          ///< shared L2 TLB
  TW_FOUND_WALK = 3,        ///< a translation table walk
  TW_FOUND_MAINTENANCE = 4, ///< not a translation: a TLBI or a DSB has completed
  TW_FOUND_MERGED = 5,      ///< another request's miss to the same page, which it was merged with
} tw_found;

/// Fault status codes: the long-descriptor FSC with its level bits (Arm ARM, ESR_ELx.{I,D}FSC). Level -1 has codes of
/// its own.
enum {
  TW_FSC_ADDRESS_SIZE = 0x00,
  TW_FSC_TRANSLATION = 0x04,
  TW_FSC_ACCESS_FLAG = 0x08,
  TW_FSC_PERMISSION = 0x0c,
  TW_FSC_EXTERNAL_ABORT = 0x10,
  TW_FSC_EXTERNAL_ABORT_ON_WALK = 0x14, ///< synchronous external abort on a translation table walk
  TW_FSC_NO_ATOMICS = 0x31,             ///< unsupported atomic hardware update
  TW_FSC_DOMAIN = 0x3c,                 ///< short descriptors, as the 64-bit PAR tells it
};

/// One answer. `el`, `syndrome` and `ipa` are not part of what is answered: tw_par, tw_esr and tw_hpfar are made from
/// them. The RTL has outputs for PAR, ESR and HPFAR instead, and the lockstep compares those.
typedef struct tw_response {
  uint64_t cycle;       ///< cycle in which the response stands at the port
  uint64_t accepted;    ///< cycle in which the request was accepted
  uint64_t pa;          ///< output address, 52 bits; 0 on a fault
  uint32_t id;          ///< the request's
  uint32_t walk_cycles; ///< cycles from the walk's beginning to the response; 0: no walk of its own
  uint8_t found;        ///< tw_found
  uint8_t fault;        ///< 1: `fsc` is a fault, nothing was translated
  uint8_t fsc;          ///< fault status code in the long-descriptor format, level included
  uint8_t s1ptw;        ///< 1: a stage 2 fault of a stage 1 table access
  uint8_t stage;        ///< of the fault: 1 or 2
  uint8_t attr;         ///< memory attributes, a MAIR byte
  uint8_t sh;           ///< shareability: 0, 2 outer, 3 inner
  uint8_t size_log2;    ///< bytes of the TLB entry or mapping that answered, as a power of two
  uint8_t kind;         ///< the request's; TW_KIND_TLBI: a TLBI has completed
  uint8_t el;           ///< the request's, and where every request counts as privileged never 0
  uint8_t syndrome;     ///< tw_syndrome_format flags: how PAR, ESR and FSR are laid out
  uint8_t reads[5];     ///< stage 1 descriptor reads of the walk at levels -1, 0, 1, 2, 3
  uint8_t stage2_reads; ///< stage 2 descriptor reads of the walk
  uint8_t updates;      ///< compare-and-swaps of the walk
  uint64_t ipa;         ///< stage 2 fault: the IPA, where HPFAR would tell it; else 0
} tw_response;

/// How the syndromes of an answer are laid out.
typedef enum tw_syndrome_format {
  TW_SYNDROME_FSR = 1,   ///< AArch32: stage 1 faults are told by DFSR and IFSR
  TW_SYNDROME_SHORT = 2, ///< and in the short-descriptor format (TTBCR.EAE = 0)
  TW_SYNDROME_PAR32 = 4, ///< the 32-bit PAR
  TW_SYNDROME_SUPER = 8, ///< the mapping is a supersection (PAR.SS)
  TW_SYNDROME_X86 = 16,  ///< x86-64: tw_esr gives the page fault's error code
} tw_syndrome_format;

/// PAR of an answer (Arm ARM, PAR_EL1; AArch32 PAR): what AT would leave there. For an external abort on a walk see
/// tw_esr.
uint64_t tw_par(const tw_response *response);

/// ESR_ELx of a faulting answer (Arm ARM, ESR_ELx, ISS of Instruction and Data Aborts), taken to EL1 or, a stage 2
/// fault, to EL2; AArch32 stage 1: DFSR or IFSR. 0: no fault.
uint32_t tw_esr(const tw_response *response);

/// HPFAR_EL2 (HPFAR) of a stage 2 fault; 0: no such fault, or one that does not tell its IPA.
uint64_t tw_hpfar(const tw_response *response);

/// True when the fault is an external abort on a walk: AT takes an exception then and PAR_EL1 does not tell it.
bool tw_is_external_abort(const tw_response *response);

#ifdef __cplusplus
}
#endif
#endif
