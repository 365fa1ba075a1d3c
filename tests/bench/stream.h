// Streams of accesses to measure with: generated, written as a raw capture with its snapshot, and imported into a
// container, so that the replay is measured on what users have.
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <traces/error.h>

typedef enum stream_order {
  STREAM_RANDOM,     ///< a random word of a random page
  STREAM_SEQUENTIAL, ///< every 64th byte, from the first page on, again from the start at the end
} stream_order;

/// A stream of reads of 8 bytes over `pages` pages of 4K, one after the other in the kernel's half.
typedef struct stream {
  const char *name;
  stream_order order;
  uint64_t pages, accesses;
} stream;

enum { STREAM_PAGES_MAX = 1 << 20 };

/// Make FOLDER/NAME.twt unless it exists; its path goes to `path`. 0; -1 and `error`.
int stream_make(const stream *stream, const char *folder, char path[1024], tw_error *error);
/// The addresses of the container at `path`, at most `max`; the caller frees them. NULL and `error`.
uint64_t *stream_load(const char *path, size_t max, size_t *count, tw_error *error);
/// Decode the container at `path` and add up its addresses. 0; -1 and `error`.
int stream_decode(const char *path, uint64_t *sum, tw_error *error);

#endif
