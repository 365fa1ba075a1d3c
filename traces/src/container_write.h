// Writes a container: sections, then accesses and events in the order in which they are given.
#ifndef TRACES_SRC_CONTAINER_WRITE_H
#define TRACES_SRC_CONTAINER_WRITE_H

#include "container.h"

typedef struct tw_writer tw_writer;

/// zstd's levels: a capture is written once and kept; a foreign trace is long, and its own file is kept.
typedef enum tw_effort { TW_EFFORT_SMALL = 19, TW_EFFORT_FAST = 1 } tw_effort;

/// Begin the file, beside `path` under a name of its own. NULL and `error` when that fails.
tw_writer *tw_writer_create(const char *path, tw_effort effort, tw_error *error);
/// A new section. An image that is the one before is not stored again.
int tw_writer_section(tw_writer *writer, const tw_section *section, tw_error *error);
/// The batch's accesses and its event, when that is not a section. The batch must have its physical addresses.
int tw_writer_batch(tw_writer *writer, const tw_batch *batch, tw_error *error);
/// End the file and give it its name. `bytes` is its size.
int tw_writer_finish(tw_writer *writer, tw_totals *totals, uint64_t *bytes, tw_error *error);
/// Free the writer. A file that was not finished is removed.
void tw_writer_destroy(tw_writer *writer);

#endif
