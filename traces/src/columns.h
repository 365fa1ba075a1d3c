// A group of accesses as columns of fixed width, so that decoding is a few plain loops (no varints).
//
// A class is a pair {info, VA[63:32]}: a byte names it for each access, a table in the group's head lists it. What is
// left of the addresses, VA[31:0], is a column for each class (address_column.c): accesses of one class walk one
// region. The columns are decoded one after the other, then merged in the order of the class bytes (merge.c).
// Physical addresses are predicted from the virtual ones; only wrong predictions are stored.
#ifndef TRACES_SRC_COLUMNS_H
#define TRACES_SRC_COLUMNS_H

#include "container.h"
#include "reader.h"

enum {
  TW_RECENT_CLASSES = 256,
  TW_WIDE_NUMBER_BYTES = 6, // u16 index, u32 number
  TW_WIDE_SHARE = 64,       // of so many numbers one may be wide
  TW_WIDE_GAP_BYTES = 4,    // u16 index, u16 gap
  TW_PA_BYTES = 10,         // u16 index; u64 difference to the misprediction before
};

/// How a class's addresses are numbers.
typedef enum tw_class_mode {
  TW_CLASS_DELTAS, ///< address less the one before, folded (zig-zag)
  TW_CLASS_OFFSETS ///< address less the least one
} tw_class_mode;

typedef struct tw_class {
  uint32_t high;       // VA[63:32]
  uint32_t low;        // VA[31:0]: what the first difference is to, or the least
  uint8_t info, mode;  //
  uint8_t shift, bits; // so many low bits are always 0 and not stored; width of a number
  uint32_t wide;       // how many numbers are wider
} tw_class;

/// Classes of one group.
typedef struct tw_class_table {
  uint32_t count;
  tw_class entries[TW_GROUP_CLASSES];
  uint8_t recent[TW_RECENT_CLASSES]; ///< found last, by a hash of {high, info}: a guess
} tw_class_table;

/// Where `recent` has a guess at the class of {high, info}.
static inline size_t tw_class_guess(uint32_t high, uint8_t info) {
  return (high ^ high >> 8 ^ (uint32_t)info << 2) % TW_RECENT_CLASSES;
}
/// The class of {va, info}, a new one if need be, among all; -1: the table is full.
int tw_class_search(tw_class_table *table, uint64_t va, uint8_t info);
/// The same; of most accesses the guess is right.
static inline int tw_class_find(tw_class_table *table, uint64_t va, uint8_t info) {
  uint32_t high = (uint32_t)(va >> 32);
  uint32_t guess = table->recent[tw_class_guess(high, info)];
  const tw_class *class = &table->entries[guess];
  return guess < table->count && class->high == high && class->info == info ? (int)guess
                                                                            : tw_class_search(table, va, info);
}

/// Bytes of the class's column of `count` addresses.
size_t tw_address_column_bytes(const tw_class *class, size_t count);
/// Chooses how the class's addresses are stored, stores them, and returns the bytes written. `low` is overwritten.
size_t tw_address_column_encode(tw_class *class, uint32_t *low, size_t count, uint8_t *out);
/// `raw` has tw_address_column_bytes. NULL, or what was expected.
const char *tw_address_column_decode(const tw_class *class, const uint8_t *raw, size_t count, uint32_t *low);

/// All classes' columns. Returns the bytes written, at most tw_chunk_raw_max(TW_CHUNK_ADDRESSES).
size_t tw_addresses_encode(tw_class_table *table, const uint64_t *va, const uint8_t *classes, size_t count,
                           uint8_t *out);

/// Returns the bytes written, at most 5 * count.
size_t tw_gaps_encode(const uint16_t *gap, size_t count, uint8_t *out);
/// NULL, or what was expected.
const char *tw_gaps_decode(const uint8_t *raw, size_t bytes, size_t count, uint16_t *gap);

/// Predicts PA - VA by the page's last one, else by the class's last one. Lives as long as the file.
typedef struct tw_pa_predictor {
  uint64_t page[65536];
  uint64_t offset[65536];
} tw_pa_predictor;
void tw_pa_reset(tw_pa_predictor *predictor);
/// Returns the bytes written, at most 10 * count.
size_t tw_pas_encode(tw_pa_predictor *predictor, const tw_columns *columns, const uint8_t *classes, size_t count,
                     uint8_t *out);
/// Fills columns->pa from columns->va. NULL, or what was expected.
const char *tw_pas_decode(tw_pa_predictor *predictor, const uint8_t *raw, size_t bytes, const uint8_t *classes,
                          size_t count, tw_columns *columns);

#endif
