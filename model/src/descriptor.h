// Descriptors decoded. A format is a small table that the walker is given. Twins: rtl/long_descriptor.sv,
// rtl/short_descriptor.sv.
#ifndef TABLEWALK_DESCRIPTOR_H
#define TABLEWALK_DESCRIPTOR_H

#include <tablewalk/request.h>

#include "entry.h"
#include "regime.h"

enum { TW_NO_FAULT = 0xff };

/// What the tables above say, accumulated from the start of the walk.
typedef struct tw_table_bits {
  uint8_t ap; ///< APTable; x86: bit 0 no user access, bit 1 no write
  bool uxn, pxn;
  uint8_t domain; ///< short descriptors
} tw_table_bits;

typedef enum tw_descriptor_kind {
  TW_DESCRIPTOR_FAULT,
  TW_DESCRIPTOR_TABLE,
  TW_DESCRIPTOR_LEAF,
  TW_DESCRIPTOR_UPDATE, ///< must first be replaced by `desired`, atomically
} tw_descriptor_kind;

/// A stage 2 leaf.
typedef struct tw_stage2_leaf {
  uint64_t pa;      ///< of the IPA asked for
  uint8_t size;     ///< log2 of the mapping's bytes
  uint8_t own_size; ///< of the descriptor's own, contiguous or not
  uint8_t level;    //
  uint8_t allows;   ///< TW_S2_R ...
  uint8_t memattr;  ///< MemAttr[3:0]
  uint8_t sh;       //
  uint8_t clean;    ///< a write must set the dirty state first
  uint8_t held;     ///< TLBs may hold what is made of it (not nT)
} tw_stage2_leaf;

typedef struct tw_descriptor {
  tw_descriptor_kind kind;
  uint8_t fsc;         ///< fault: code without the level
  uint64_t next;       ///< table: next table's base
  tw_table_bits table; ///< table: accumulated bits, its own included
  uint64_t desired;    ///< update: the descriptor wanted
  union {
    tw_translation leaf;   ///< stage 1 leaf: for the request's VA; stage2 = TW_S2_ALL, level2 = 0
    tw_stage2_leaf stage2; ///< stage 2 leaf: for the IPA
  };
} tw_descriptor;

/// A descriptor under decoding: what was found at `level` on the way of `request`.
typedef struct tw_descriptor_read {
  const tw_regime *regime;
  const tw_half *half;
  const tw_request *request;
  uint64_t va; ///< the request's, under va_mask
  int level;
  tw_table_bits above;
} tw_descriptor_read;

/// A translation table format of stage 1.
typedef struct tw_format {
  uint8_t size_log2; ///< bytes of a descriptor
  /// log2 of the bytes that one descriptor at `level` maps.
  unsigned (*level_size)(unsigned granule, int level);
  /// Address of the descriptor of `va` in the table of `level` at `base`.
  uint64_t (*address)(const tw_half *half, uint64_t base, int level, uint64_t va);
  tw_descriptor (*decode)(const tw_descriptor_read *read, uint64_t bits);
} tw_format;

extern const tw_format tw_format_long;  ///< VMSAv8-64 and LPAE
extern const tw_format tw_format_short; ///< VMSAv7 short descriptors
extern const tw_format tw_format_x86;   ///< x86-64

/// What the tables `above` say, and a 64-bit table descriptor with them.
tw_table_bits tw_long_accumulate(const tw_descriptor_read *read, tw_table_bits above, uint64_t bits);

/// A 64-bit stage 1 descriptor above the last level, in its usual form: true when it is a table's without a fault; its
/// base goes to `next`.
static inline bool tw_long_table(const tw_half *half, uint64_t bits, uint64_t *next) {
  *next = bits & half->layout.next;
  return (bits & 3) == 3 && !(*next & half->layout.too_large);
}

/// Decode a stage 2 descriptor found at `level` on the way to `ipa`. `write`: the dirty state is to be set (an update
/// of a stage 1 descriptor, or the output of an allowed write).
tw_descriptor tw_stage2_descriptor(const tw_stage2 *stage2, int level, uint64_t bits, uint64_t ipa, bool write);
/// Address of the stage 2 descriptor of `ipa`.
uint64_t tw_stage2_address(const tw_stage2 *stage2, uint64_t base, int level, uint64_t ipa);
/// Is the memory of a stage 2 leaf Device?
bool tw_stage2_is_device(const tw_stage2 *stage2, uint8_t memattr);

/// Fault code with its level; level -1 has codes of its own.
uint8_t tw_fsc_at(uint8_t fsc, int level);

/// log2 of the bytes that one 64-bit descriptor at `level` maps.
static inline unsigned tw_level_size(unsigned granule, int level) {
  return granule + (granule - 3) * (unsigned)(3 - level);
}

#endif
