// The streaming decoders of the compressions that a file can have: zstd, gzip, xz. Told by their magic.
#ifndef TRACES_SRC_DECOMPRESS_H
#define TRACES_SRC_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tw_decompressor tw_decompressor;

/// What is there to decode, and where to: `used` and `made` are what a step took and gave.
typedef struct tw_decompression {
  const uint8_t *in;
  size_t in_bytes;
  uint8_t *out;
  size_t out_bytes;
  size_t used, made;
} tw_decompression;

/// The decoder for data that begins so; NULL and `*known` false: plain data; NULL and `*known` true: out of memory.
tw_decompressor *tw_decompressor_for(const uint8_t *data, size_t bytes, bool *known);
/// The name of what data that begins so is, which can't be read: "lz4". NULL: it is none of those.
const char *tw_decompressor_refused(const uint8_t *data, size_t bytes);
void tw_decompressor_destroy(tw_decompressor *decompressor);

/// "zstd frame", "gzip member", "xz stream".
const char *tw_decompressor_unit(const tw_decompressor *decompressor);
/// Decode some. 1: the unit goes on; 0: a unit ended, and another may follow; -1: damaged, and `*why` tells.
int tw_decompress(tw_decompressor *decompressor, tw_decompression *step, const char **why);

#endif
