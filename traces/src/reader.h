// What every format's reader is to the public interface: a few functions and the section it fills.
#ifndef TRACES_SRC_READER_H
#define TRACES_SRC_READER_H

#include "input.h"
#include "section.h"

#include <traces/foreign.h>

enum { TW_BATCH_MAX = 65536 }; // accesses

/// Room for one batch of decoded accesses.
typedef struct tw_columns {
  uint64_t *va, *pa;
  uint8_t *info;
  uint16_t *gap;
} tw_columns;
int tw_columns_create(tw_columns *columns);
void tw_columns_destroy(tw_columns *columns);

typedef struct tw_reader tw_reader;
struct tw_reader {
  int (*next)(tw_reader *reader, tw_batch *batch, tw_error *error);
  void (*close)(tw_reader *reader);
  const char *format;
  const tw_measured *measured; ///< NULL: the format tells nothing of this kind
  tw_section section;
};

/// Open the rest of `input` whose first 8 bytes (`magic`) are read already. They own `input` from then on.
tw_reader *tw_raw_open(tw_input *input, const uint8_t magic[8], tw_error *error);
tw_reader *tw_container_open(tw_input *input, unsigned flags, tw_error *error);
/// Open a file of a foreign format.
tw_reader *tw_foreign_open(const char *path, tw_foreign_format format, const tw_mapping_policy *policy,
                           tw_error *error);

#endif
