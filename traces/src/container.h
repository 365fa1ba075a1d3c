// The container's layout, shared by its reader and its writer. README.md draws it. All numbers are little-endian.
#ifndef TRACES_SRC_CONTAINER_H
#define TRACES_SRC_CONTAINER_H

#include "section.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the container is copied from and to memory as it stands: little-endian hosts only"
#endif

#define TW_CONTAINER_MAGIC "TWTRACE1"

enum {
  TW_CONTAINER_VERSION = 3,   // and no other is read
  TW_FILE_HEADER_BYTES = 16,  // magic, version, CRC-32 of the 12 bytes before
  TW_CHUNK_HEADER_BYTES = 24, // type, number, raw bytes, stored bytes, check of the stored bytes, CRC-32 of the 20
                              // bytes before
};

typedef enum tw_chunk_type {
  TW_CHUNK_SECTION = 1, // architecture and registers; begins a section
  TW_CHUNK_REGIONS,
  TW_CHUNK_PHASES,
  TW_CHUNK_IMAGE,     // absent: the image of the section before
  TW_CHUNK_GROUP,     // number of accesses and table of classes; the five columns below follow in this order
  TW_CHUNK_CLASSES,   // a class for each access; none when there is one class
  TW_CHUNK_ADDRESSES, // VA[31:0], a column for each class
  TW_CHUNK_GAPS,
  TW_CHUNK_PAS, // where the prediction of pa_column.h is wrong
  TW_CHUNK_EVENTS,
  TW_CHUNK_END, // totals
  TW_CHUNK_TYPES
} tw_chunk_type;

typedef struct tw_chunk_header {
  uint32_t type, number, raw_bytes;
  uint32_t stored_bytes; // raw_bytes: stored as they are; fewer: a zstd frame
  uint32_t check;        // the lower half of XXH64, seed 0, of the stored bytes
} tw_chunk_header;

/// An event and how many of its group's accesses come before it.
typedef struct tw_placed_event {
  uint32_t index;
  tw_event event;
} tw_placed_event;

enum {
  TW_GROUP_ACCESSES = 65536,
  TW_GROUP_EVENTS = 65536,
  TW_GROUP_CLASSES = 256,
  TW_NAMED_BYTES = 32,
  TW_SECTION_BYTES = 88, // before the named registers
  TW_REGION_BYTES = 48,
  TW_PHASE_BYTES = 72,
  TW_PAGE_HEAD_BYTES = 24,
  TW_CLASS_BYTES = 16,
  TW_EVENT_BYTES = 32,
  TW_END_BYTES = 24,
};

typedef struct tw_totals {
  uint64_t accesses, events, sections;
} tw_totals;

uint32_t tw_crc32(const void *data, size_t bytes);
/// XXH64 with seed 0: many bytes a cycle.
uint64_t tw_xxh64(const void *data, size_t bytes);
void tw_chunk_header_put(const tw_chunk_header *header, uint8_t out[TW_CHUNK_HEADER_BYTES]);
/// The most raw bytes that a chunk of the type may have; 0: no such type.
uint32_t tw_chunk_raw_max(uint32_t type);
const char *tw_chunk_name(uint32_t type);

// Raw contents of the chunks of a section. The makers return a new block that the caller frees, NULL: out of memory.
// The takers return NULL, or what they expected instead of what they found.
uint8_t *tw_section_make(const tw_section *section, size_t *bytes);
uint8_t *tw_region_list_make(const tw_section *section, size_t *bytes);
uint8_t *tw_phase_list_make(const tw_section *section, size_t *bytes);
uint8_t *tw_image_make(const tw_section *section, size_t *bytes);
const char *tw_section_take(tw_section *section, const uint8_t *raw, size_t bytes);
const char *tw_region_list_take(tw_section *section, const uint8_t *raw, size_t bytes);
const char *tw_phase_list_take(tw_section *section, const uint8_t *raw, size_t bytes);
/// The section's image is the chunk's raw contents; they become the tables where they stand.
const char *tw_image_take(tw_section *section, size_t bytes);

#endif
