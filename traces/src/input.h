// A file as a stream of bytes, decompressed on the way when it is zstd. Memory does not grow with its length.
#ifndef TRACES_SRC_INPUT_H
#define TRACES_SRC_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <traces/error.h>

typedef struct tw_input tw_input;

/// Open `path`; NULL and `error` when that fails.
tw_input *tw_input_open(const char *path, tw_error *error);
void tw_input_close(tw_input *input);

/// Read up to `bytes`. Returns how many: fewer only at the end of the file; -1 with `error`.
int64_t tw_input_read(tw_input *input, void *data, size_t bytes, tw_error *error);
/// All that is left, in a new block that the caller frees. At most `limit` bytes, else an error. NULL with `error`.
void *tw_input_read_rest(tw_input *input, size_t limit, size_t *bytes, tw_error *error);

/// Bytes given out so far.
uint64_t tw_input_offset(const tw_input *input);
const char *tw_input_path(const tw_input *input);

#endif
