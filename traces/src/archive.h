// A zip archive as a stream: its members one after the other, in their order.
#ifndef TRACES_SRC_ARCHIVE_H
#define TRACES_SRC_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <traces/error.h>

typedef struct tw_archive tw_archive;

/// Does a file that begins so look like one?
bool tw_archive_is(const uint8_t *data, size_t bytes);
tw_archive *tw_archive_open(const char *path, tw_error *error);
void tw_archive_close(tw_archive *archive);
/// Up to `bytes`: fewer only at the end; -1 with `error`.
int64_t tw_archive_read(tw_archive *archive, void *data, size_t bytes, tw_error *error);

#endif
