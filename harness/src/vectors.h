// Recorded address translations: registers, memory and answers of an independent MMU, read case by case from text,
// plain or through gzip. The format is described in tests/vectors/README.md.
#ifndef HARNESS_VECTORS_H
#define HARNESS_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tablewalk/mmu.h>
#include <traces/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/// System registers of both architectures.
typedef enum tw_vector_register {
  TW_VECTOR_SCTLR_EL1,
  TW_VECTOR_TCR_EL1,
  TW_VECTOR_TTBR0_EL1,
  TW_VECTOR_TTBR1_EL1,
  TW_VECTOR_MAIR_EL1,
  TW_VECTOR_HCR_EL2,
  TW_VECTOR_VTCR_EL2,
  TW_VECTOR_VTTBR_EL2,
  TW_VECTOR_AARCH32, ///< from here on AArch32's
  TW_VECTOR_SCTLR = TW_VECTOR_AARCH32,
  TW_VECTOR_TTBCR,
  TW_VECTOR_TTBR0,
  TW_VECTOR_TTBR1,
  TW_VECTOR_DACR,
  TW_VECTOR_MAIR0,
  TW_VECTOR_MAIR1,
  TW_VECTOR_HCR,
  TW_VECTOR_VTCR,
  TW_VECTOR_VTTBR,
  TW_VECTOR_REGISTERS
} tw_vector_register;

/// What an AT operation asks.
typedef struct tw_vector_op {
  const char *name; ///< "S1E1R"
  uint8_t kind;     ///< tw_access_kind
  uint8_t el;
  bool uses_pan;
  bool aarch32;
  bool both_stages; ///< S12E1R, ATS12NSOPR and their like
} tw_vector_op;

typedef struct tw_vector_at {
  const tw_vector_op *op;
  uint64_t va, expected, mask; ///< PAR, or the syndrome of an external abort
  uint32_t line;
  uint8_t pan;
  bool abort; ///< the answer is an external abort, `expected` its ISS
} tw_vector_at;

typedef struct tw_vector_word {
  uint64_t pa, value;
} tw_vector_word;

/// One case; the arrays are the reader's, until the next.
typedef struct tw_vector_case {
  uint64_t number;
  bool aarch32;
  bool armv7; ///< recorded by an ARMv7 core: the file's first line has "class a32_v7"
  uint64_t registers[TW_VECTOR_REGISTERS];
  bool given[TW_VECTOR_REGISTERS];
  const tw_vector_word *words;
  size_t word_count;
  const tw_vector_at *ats;
  size_t at_count;
} tw_vector_case;

typedef struct tw_vectors tw_vectors;

tw_vectors *tw_vectors_open(const char *path, tw_error *error);
void tw_vectors_close(tw_vectors *vectors);
/// The next case: 1, 0 after the last, -1 with `error` (FILE:LINE: what was found and expected).
int tw_vectors_next(tw_vectors *vectors, tw_vector_case *next, tw_error *error);
/// Name of a register: "TCR_EL1".
const char *tw_vector_register_name(unsigned index);

#ifdef __cplusplus
}
#endif
#endif
