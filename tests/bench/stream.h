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
/// FOLDER/NAME.twt from captures of any format unless it exists.
int stream_import(const char *name, const char *const *captures, size_t count, const char *folder, char path[1024],
                  tw_error *error);

/// What a bare reference needs of a container: its addresses, and the tables of its first section.
typedef struct stream_data {
  uint64_t *addresses;
  size_t count;
  const uint64_t *tables;           ///< physical memory with the tables; NULL: not 4K pages and 48 bits
  uint64_t tables_pa, tables_bytes; ///< where that memory begins, and how much it is
  uint64_t ttbr[2];
} stream_data;

/// At most `max` addresses. 0; -1 and `error`.
int stream_load(const char *path, size_t max, stream_data *data, tw_error *error);
void stream_unload(stream_data *data);
/// Decode the container at `path` and add up its addresses. 0; -1 and `error`.
int stream_decode(const char *path, uint64_t *sum, tw_error *error);

#endif
