// Chunk headers and their limits.
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

void tw_chunk_header_put(const tw_chunk_header *header, uint8_t out[TW_CHUNK_HEADER_BYTES]) {
  uint32_t words[5] = {header->type, header->number, header->raw_bytes, header->stored_bytes};
  words[4] = tw_crc32(words, 16);
  memcpy(out, words, sizeof words);
}

static const struct {
  const char *name;
  uint32_t raw_max;
} chunks[TW_CHUNK_TYPES] = {
    [TW_CHUNK_SECTION] = {"section", TW_SECTION_BYTES + TW_SECTION_MORE_BYTES + TW_NAMED_BYTES *TW_NAMED_REGISTERS_MAX},
    [TW_CHUNK_REGIONS] = {"regions", TW_REGION_BYTES *TW_REGIONS_MAX},
    [TW_CHUNK_PHASES] = {"phases", TW_PHASE_BYTES *TW_PHASES_MAX},
    [TW_CHUNK_IMAGE] = {"image", 8 + TW_PAGE_HEAD_BYTES *TW_TABLE_PAGES_MAX + TW_IMAGE_BYTES_MAX},
    [TW_CHUNK_GROUP] = {"group", 8 + TW_CLASS_BYTES *TW_GROUP_CLASSES},
    [TW_CHUNK_CLASSES] = {"classes", TW_GROUP_ACCESSES},
    [TW_CHUNK_DELTAS] = {"deltas", 1 + 4 * TW_GROUP_ACCESSES + TW_WIDE_DELTA_BYTES *TW_GROUP_ACCESSES / 64},
    [TW_CHUNK_GAPS] = {"gaps", (1 + TW_WIDE_GAP_BYTES) * TW_GROUP_ACCESSES},
    [TW_CHUNK_PAS] = {"pas", TW_PA_BYTES *TW_GROUP_ACCESSES},
    [TW_CHUNK_EVENTS] = {"events", TW_EVENT_BYTES *TW_GROUP_EVENTS},
    [TW_CHUNK_END] = {"end", TW_END_BYTES},
};

uint32_t tw_chunk_raw_max(uint32_t type) { return type < TW_CHUNK_TYPES ? chunks[type].raw_max : 0; }

const char *tw_chunk_name(uint32_t type) {
  return type < TW_CHUNK_TYPES && chunks[type].name ? chunks[type].name : "unknown";
}
