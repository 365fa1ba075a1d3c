// Coalescing: four pages whose descriptors stand in one fetched line, and are contiguous, make one mapping. Twin:
// rtl/coalesce.sv.
#ifndef TABLEWALK_COALESCE_H
#define TABLEWALK_COALESCE_H

#include <stdbool.h>

#include "entry.h"

enum { TW_LINE_WORDS = 4, TW_COALESCED = 2 }; // descriptors of a line, and the log2 of that

/// Four page descriptors, in the order of their addresses, map four pages that follow one another and begin at a
/// multiple of four; and else they differ in bits alone that are left to software.
static inline bool tw_line_is_contiguous(const uint64_t line[TW_LINE_WORDS], unsigned granule, bool big_endian) {
  const uint64_t number = tw_ones(granule + TW_COALESCED - 1, granule), alike = ~(number | tw_ones(58, 55));
  uint64_t first = big_endian ? __builtin_bswap64(line[0]) : line[0], differs = first & number;
  for (uint64_t i = 1; i < TW_LINE_WORDS; i++) {
    uint64_t bits = big_endian ? __builtin_bswap64(line[i]) : line[i];
    differs |= (bits ^ first) & alike;
    differs |= (bits & number) ^ i << granule;
  }
  return !differs;
}

/// The page `leaf`, of descriptor `bits` in such a line, becomes a mapping of four; unless it has a mapping of its own
/// (contiguous) or must first be made dirty. True: it has.
static inline bool tw_coalesce(tw_translation *leaf, uint64_t bits, unsigned granule) {
  enum { CONTIGUOUS = 52 };
  if (tw_bit(bits, CONTIGUOUS) || leaf->clean)
    return false;
  leaf->size = (uint8_t)(granule + TW_COALESCED);
  leaf->span = tw_key_mask(leaf->size);
  return true;
}

#endif
