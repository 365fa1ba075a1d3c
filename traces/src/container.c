// Chunk headers, their limits, and the two checks: CRC-32 of headers, XXH64 of payloads.
#include "container.h"
#include "columns.h"

#include <string.h>

// CRC-32 (IEEE 802.3), a bit at a time: headers are short.
uint32_t tw_crc32(const void *data, size_t bytes) {
  const uint8_t *at = data;
  uint32_t crc = 0xffffffff;
  for (size_t i = 0; i < bytes; i++) {
    crc ^= at[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

// -- XXH64 (xxHash's specification 0.1.1): four sums side by side over blocks of 32 bytes, then what is left --

static const uint64_t P1 = 0x9e3779b185ebca87, P2 = 0xc2b2ae3d27d4eb4f, P3 = 0x165667b19e3779f9,
                      P4 = 0x85ebca77c2b2ae63, P5 = 0x27d4eb2f165667c5;

static uint64_t rotate(uint64_t x, unsigned by) { return x << by | x >> (64 - by); }

static uint64_t word_at(const uint8_t *at) {
  uint64_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

static uint64_t take_word(uint64_t sum, uint64_t word) { return rotate(sum + word * P2, 31) * P1; }

static uint64_t join_sum(uint64_t hash, uint64_t sum) { return (hash ^ take_word(0, sum)) * P1 + P4; }

static uint64_t take_blocks(const uint8_t *at, size_t blocks) {
  uint64_t a = P1 + P2, b = P2, c = 0, d = 0 - P1;
  for (; blocks; blocks--, at += 32) {
    a = take_word(a, word_at(at));
    b = take_word(b, word_at(at + 8));
    c = take_word(c, word_at(at + 16));
    d = take_word(d, word_at(at + 24));
  }
  uint64_t hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
  return join_sum(join_sum(join_sum(join_sum(hash, a), b), c), d);
}

uint64_t tw_xxh64(const void *data, size_t bytes) {
  const uint8_t *at = data;
  size_t blocks = bytes / 32, left = bytes % 32;
  uint64_t hash = (blocks ? take_blocks(at, blocks) : P5) + bytes;
  at += 32 * blocks;
  for (; left >= 8; left -= 8, at += 8)
    hash = rotate(hash ^ take_word(0, word_at(at)), 27) * P1 + P4;
  if (left >= 4) {
    uint32_t half;
    memcpy(&half, at, sizeof half);
    hash = rotate(hash ^ half * P1, 23) * P2 + P3;
    at += 4;
    left -= 4;
  }
  for (; left; left--, at++)
    hash = rotate(hash ^ *at * P5, 11) * P1;
  hash = (hash ^ hash >> 33) * P2;
  hash = (hash ^ hash >> 29) * P3;
  return hash ^ hash >> 32;
}

// -- chunks --

void tw_chunk_header_put(const tw_chunk_header *header, uint8_t out[TW_CHUNK_HEADER_BYTES]) {
  uint32_t words[6] = {header->type, header->number, header->raw_bytes, header->stored_bytes, header->check};
  words[5] = tw_crc32(words, 20);
  memcpy(out, words, sizeof words);
}

static const struct {
  const char *name;
  uint32_t raw_max;
} chunks[TW_CHUNK_TYPES] = {
    [TW_CHUNK_SECTION] = {"section", TW_SECTION_BYTES + TW_NAMED_BYTES *TW_NAMED_REGISTERS_MAX},
    [TW_CHUNK_REGIONS] = {"regions", TW_REGION_BYTES *TW_REGIONS_MAX},
    [TW_CHUNK_PHASES] = {"phases", TW_PHASE_BYTES *TW_PHASES_MAX},
    [TW_CHUNK_IMAGE] = {"image", 8 + TW_PAGE_HEAD_BYTES *TW_TABLE_PAGES_MAX + TW_IMAGE_BYTES_MAX},
    [TW_CHUNK_GROUP] = {"group", 8 + TW_CLASS_BYTES *TW_GROUP_CLASSES},
    [TW_CHUNK_CLASSES] = {"classes", TW_GROUP_ACCESSES},
    [TW_CHUNK_ADDRESSES] = {"addresses", 4 * TW_GROUP_ACCESSES +
                                             TW_WIDE_NUMBER_BYTES *TW_GROUP_ACCESSES / TW_WIDE_SHARE +
                                             3 * TW_GROUP_CLASSES},
    [TW_CHUNK_GAPS] = {"gaps", (1 + TW_WIDE_GAP_BYTES) * TW_GROUP_ACCESSES},
    [TW_CHUNK_PAS] = {"pas", TW_PA_BYTES *TW_GROUP_ACCESSES},
    [TW_CHUNK_EVENTS] = {"events", TW_EVENT_BYTES *TW_GROUP_EVENTS},
    [TW_CHUNK_END] = {"end", TW_END_BYTES},
};

uint32_t tw_chunk_raw_max(uint32_t type) { return type < TW_CHUNK_TYPES ? chunks[type].raw_max : 0; }

const char *tw_chunk_name(uint32_t type) {
  return type < TW_CHUNK_TYPES && chunks[type].name ? chunks[type].name : "unknown";
}
