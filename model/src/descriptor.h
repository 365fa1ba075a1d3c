// A VMSAv8-64 descriptor decoded. Twin: rtl/descriptor.sv.
#ifndef TABLEWALK_DESCRIPTOR_H
#define TABLEWALK_DESCRIPTOR_H

#include "entry.h"
#include "permission.h"
#include "regime.h"

/// Bits of the tables above, accumulated from the start of the walk.
typedef struct tw_table_bits {
  uint8_t ap; ///< APTable
  bool uxn, pxn;
} tw_table_bits;

typedef enum tw_descriptor_kind { TW_DESCRIPTOR_FAULT, TW_DESCRIPTOR_TABLE, TW_DESCRIPTOR_LEAF } tw_descriptor_kind;

typedef struct tw_descriptor {
  tw_descriptor_kind kind;
  uint8_t fsc;         ///< fault: code without the level
  uint64_t next;       ///< table: next table's base
  tw_table_bits table; ///< table: accumulated bits, its own included
  tw_translation leaf; ///< leaf: for the request's VA
} tw_descriptor;

/// Decode `bits`, found at `level` on the way to `va`.
tw_descriptor tw_descriptor_decode(const tw_regime *regime, const tw_half *half, int level, uint64_t bits,
                                   tw_table_bits above, uint64_t va);

/// log2 of the bytes that one descriptor at `level` maps.
static inline unsigned tw_level_size(unsigned granule, int level) {
  return granule + (granule - 3) * (unsigned)(3 - level);
}

#endif
