// A walk over a table image: what the walks of all formats share.
#ifndef TRACES_SRC_CENSUS_WALK_H
#define TRACES_SRC_CENSUS_WALK_H

#include <traces/census.h>

typedef struct tw_image_visit {
  const tw_registers *registers;
  const tw_image *image;        ///< NULL: `reader` has the tables
  const tw_table_page **sorted; ///< by physical address
  const tw_table_walk *reader;
  uint64_t first, last; ///< what is visited
  tw_mapping_visitor visit;
  void *context;
  tw_error *error;
} tw_image_visit;

/// `bytes` (4 or 8) of the image at `pa`. False: the image lacks them.
bool tw_image_look_up(const tw_image_visit *visit, uint64_t pa, void *value, size_t bytes);

/// The indexes of a table's descriptors that meet what is visited: from..end. False: none.
bool tw_image_indexes(const tw_image_visit *visit, const tw_walked_table *table, uint64_t *from, uint64_t *end);
/// Tell of a table; the visitor's result.
int tw_image_give_table(const tw_image_visit *visit, const tw_walked_table *table);
/// Give a leaf to the visitor if it meets what is visited.
int tw_image_give(const tw_image_visit *visit, const tw_mapping *mapping);

/// census_long.c: VMSAv8-64, and AArch32's LPAE. As tw_image_walk.
int tw_image_walk_long(const tw_image_visit *visit);
int tw_image_walk_lpae(const tw_image_visit *visit);
/// census_short.c: AArch32's short descriptors.
int tw_image_walk_short(const tw_image_visit *visit);

#endif
