// Fuzz target: a container. The first byte says whether the rest is read as it stands (even) or with its numbers and
// checks made right (odd): no mutation gets past a CRC by itself.
#include "fuzz_read.h"

#include <container.h>
#include <stdlib.h>
#include <string.h>

static void seal_file_header(uint8_t *data) {
  static const char magic[] = TW_CONTAINER_MAGIC;
  const uint32_t version = TW_CONTAINER_VERSION;
  memcpy(data, magic, sizeof magic - 1);
  memcpy(data + 8, &version, sizeof version);
  uint32_t check = tw_crc32(data, 12);
  memcpy(data + 12, &check, sizeof check);
}

/// One chunk of `left` bytes at the most; gives its length.
static size_t seal_chunk(uint8_t *data, size_t left, uint32_t number) {
  uint32_t words[4];
  memcpy(words, data, sizeof words);
  size_t room = left - TW_CHUNK_HEADER_BYTES, stored = words[3] < room ? words[3] : room;
  // Type and raw bytes are the mutation's. Stored as they are: both lengths are one.
  tw_chunk_header header = {.type = words[0],
                            .number = number,
                            .raw_bytes = words[2] == words[3] ? (uint32_t)stored : words[2],
                            .stored_bytes = (uint32_t)stored,
                            .check = (uint32_t)tw_xxh64(data + TW_CHUNK_HEADER_BYTES, stored)};
  tw_chunk_header_put(&header, data);
  return TW_CHUNK_HEADER_BYTES + stored;
}

static void seal(uint8_t *data, size_t bytes) {
  if (bytes < TW_FILE_HEADER_BYTES)
    return;
  seal_file_header(data);
  size_t at = TW_FILE_HEADER_BYTES;
  for (uint32_t number = 0; bytes - at >= TW_CHUNK_HEADER_BYTES; number++)
    at += seal_chunk(data + at, bytes - at, number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
  if (bytes == 0)
    return 0;
  uint8_t *file = malloc(bytes);
  if (!file)
    abort();
  memcpy(file, data + 1, bytes - 1);
  if (data[0] & 1)
    seal(file, bytes - 1);
  fuzz_write("capture.twt", file, bytes - 1);
  free(file);
  fuzz_read("capture.twt");
  return 0;
}
