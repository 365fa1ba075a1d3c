// A walk over a table image: what the walks of all formats share.
#ifndef TRACES_SRC_CENSUS_WALK_H
#define TRACES_SRC_CENSUS_WALK_H

#include <traces/census.h>

typedef struct tw_image_visit {
  const tw_image *image;
  const tw_table_page **sorted; ///< by physical address
  tw_mapping_visitor visit;
  void *context;
  tw_error *error;
} tw_image_visit;

/// `bytes` (4 or 8) of the image at `pa`. False: the image lacks them.
bool tw_image_look_up(const tw_image_visit *visit, uint64_t pa, void *value, size_t bytes);

/// census_long.c: VMSAv8-64, and AArch32's LPAE. As tw_image_walk.
int tw_image_walk_long(const tw_image_visit *visit);
int tw_image_walk_lpae(const tw_image_visit *visit);
/// census_short.c: AArch32's short descriptors.
int tw_image_walk_short(const tw_image_visit *visit);

#endif
