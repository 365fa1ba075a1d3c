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

/// One translation request.
typedef struct tw_request {
  uint64_t va;    ///< virtual address, all 64 bits, tag byte included
  uint64_t cycle; ///< first cycle in which the request stands at its port
  uint32_t id;    ///< given back in the response
  uint8_t kind;   ///< tw_access_kind
  uint8_t el;     ///< exception level of the access: 0 or 1
  uint8_t pan;    ///< PSTATE.PAN as it applies to this access: 0 or 1
} tw_request;

/// TLB maintenance. The values are the RTL's op_i. Last-level forms leave the walk caches alone.
typedef enum tw_tlbi_op {
  TW_TLBI_VMALL = 0, ///< TLBI VMALLE1: everything
  TW_TLBI_ASID = 1,  ///< TLBI ASIDE1: all non-global entries of the ASID
  TW_TLBI_VA = 2,    ///< TLBI VAE1: the VA, for the ASID and global
  TW_TLBI_VAA = 3,   ///< TLBI VAAE1: the VA, any ASID
  TW_TLBI_VAL = 4,   ///< TLBI VALE1: as VA, last level only
  TW_TLBI_VAAL = 5,  ///< TLBI VAALE1: as VAA, last level only
  TW_TLBI_OPS
} tw_tlbi_op;

/// One maintenance request.
typedef struct tw_tlbi {
  uint64_t va;    ///< any address in the page; bits 63:56 and 11:0 are ignored; bit 55 chooses the half
  uint64_t cycle; ///< first cycle in which the request stands at its port
  uint32_t id;
  uint16_t asid;
  uint8_t op; ///< tw_tlbi_op
} tw_tlbi;

/// Where the answer was found.
typedef enum tw_found {
  TW_FOUND_NONE = 0,   ///< no look-up decided it: stage 1 off, or a fault of the address itself
  TW_FOUND_L1 = 1,     ///< L1 instruction or data TLB
  TW_FOUND_L2 = 2,     ///< shared L2 TLB
  TW_FOUND_WALK = 3,   ///< a translation table walk
  TW_FOUND_MAINTENANCE ///< not a translation: a TLBI has completed
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
};

/// One answer.
typedef struct tw_response {
  uint64_t cycle;       ///< cycle in which the response stands at the port
  uint64_t accepted;    ///< cycle in which the request was accepted
  uint64_t pa;          ///< output address, 52 bits; 0 on a fault
  uint32_t id;          ///< the request's
  uint32_t walk_cycles; ///< cycles from the walk's first to the response; 0: no walk
  uint8_t found;        ///< tw_found
  uint8_t fault;        ///< 1: `fsc` is a fault, nothing was translated
  uint8_t fsc;          ///< fault status code, level included
  uint8_t s1ptw;        ///< 1: a stage 2 fault of a stage 1 table access
  uint8_t stage;        ///< of the fault: 1 or 2
  uint8_t attr;         ///< memory attributes, a MAIR byte
  uint8_t sh;           ///< shareability: 0, 2 outer, 3 inner
  uint8_t size_log2;    ///< bytes of the TLB entry or mapping that answered, as a power of two
  uint8_t kind;         ///< the request's; TW_KIND_TLBI: a TLBI has completed
  uint8_t el;           ///< the request's
  uint8_t reads[5];     ///< descriptor reads of the walk at levels -1, 0, 1, 2, 3
} tw_response;

/// PAR_EL1 of an answer (Arm ARM, PAR_EL1): what AT would leave there. For an external abort on a walk see tw_esr.
uint64_t tw_par(const tw_response *response);

/// ESR_ELx of a faulting answer (Arm ARM, ESR_ELx, ISS of Instruction and Data Aborts), taken to EL1; 0: no fault.
uint32_t tw_esr(const tw_response *response);

/// True when the fault is an external abort on a walk: AT takes an exception then and PAR_EL1 does not tell it.
bool tw_is_external_abort(const tw_response *response);

#ifdef __cplusplus
}
#endif
#endif
