// The columns of a group's classes back to one stream of addresses.
#ifndef TRACES_SRC_MERGE_H
#define TRACES_SRC_MERGE_H

#include "columns.h"

enum {
  TW_MERGE_LANE = 256, // accesses
  TW_MERGE_LANES = 8,
  TW_MERGE_SLICE = TW_MERGE_LANE * TW_MERGE_LANES, // stays in the first-level cache until it is consumed
};

/// One group. The table and the classes are the caller's and must stay.
typedef struct tw_merge {
  const tw_class_table *table;
  const uint8_t *classes;
  size_t count, at;                                                        // accesses, and how many were given out
  uint32_t low[TW_GROUP_ACCESSES];                                         // VA[31:0], class by class
  uint32_t next[TW_GROUP_CLASSES];                                         // each class's next one in `low`
  uint16_t seen[TW_GROUP_ACCESSES / TW_MERGE_LANE * TW_GROUP_CLASSES];     // accesses of each class in each lane
  uint64_t high[TW_GROUP_CLASSES];                                         //
  uint8_t info[TW_GROUP_CLASSES] __attribute__((aligned(TW_MERGE_LANES))); //
} tw_merge;

/// Begin with a group. False: a class is beyond the table. Of a table of one class the column is not looked at.
bool tw_merge_begin(tw_merge *merge, const tw_class_table *table, const uint8_t *classes, size_t count);
/// Decode the columns. NULL, or what was expected.
const char *tw_merge_take(tw_merge *merge, const uint8_t *raw, size_t bytes);
/// The next addresses and infos: TW_MERGE_SLICE of them or what is left. Returns how many.
size_t tw_merge_next(tw_merge *merge, uint64_t *va, uint8_t *info);

#endif
