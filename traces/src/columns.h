// A group of accesses as columns of fixed width, so that decoding is a few plain loops (no varints).
//
// A class is a pair {info, VA[63:32]}: a byte names it, a table in the group's head lists it. Accesses of one class
// walk one region, so that VA[31:0] is kept as the difference to the class's access before, folded so that small
// negative ones are small (zig-zag). The group's differences have one width, 0 to 4 bytes, stored as byte planes,
// which zstd packs better than words; the few that are wider stand behind them, as do gaps that are wider than a byte.
// Physical addresses are predicted from the virtual ones; only wrong predictions are stored.
#ifndef TRACES_SRC_COLUMNS_H
#define TRACES_SRC_COLUMNS_H

#include "container.h"
#include "reader.h"

enum {
  TW_WIDE_DELTA_BYTES = 6, // u16 index, u32 difference
  TW_WIDE_GAP_BYTES = 4,   // u16 index, u16 gap
  TW_PA_BYTES = 10,        // u16 index; u64 difference to the misprediction before
};

typedef struct tw_class {
  uint32_t high; // VA[63:32]
  uint32_t low;  // VA[31:0] of the class's first access
  uint8_t info;
} tw_class;

/// Classes of one group.
typedef struct tw_class_table {
  uint32_t count;
  tw_class entries[TW_GROUP_CLASSES];
} tw_class_table;

/// The class of {va, info}, a new one if need be; -1: the table is full.
int tw_class_find(tw_class_table *table, uint64_t va, uint8_t info);

/// Returns the bytes written, at most 1 + 4 * count.
size_t tw_deltas_encode(const tw_class_table *table, const uint64_t *va, const uint8_t *classes, size_t count,
                        uint8_t *out);
/// And back to addresses and infos. Every class must be in the table. NULL, or what was expected.
const char *tw_deltas_decode(const tw_class_table *table, const uint8_t *raw, size_t bytes, const uint8_t *classes,
                             size_t count, uint64_t *va, uint8_t *info);
/// True when no class is beyond the table.
bool tw_classes_valid(const tw_class_table *table, const uint8_t *classes, size_t count);

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
