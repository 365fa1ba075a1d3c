// The container's reader. One group is decoded at a time and given out as batches, cut at its events. Addresses are
// merged a slice at a time as they are given out, so that they are still in the first-level cache when they are used;
// physical addresses are found for whole groups.
//
// A chunk's header is checked before anything is allocated for it, and a chunk's contents before they are used.
#include "merge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

typedef struct container {
  tw_reader reader;
  tw_input *input;
  unsigned flags;
  ZSTD_DCtx *decoder;
  // the chunk last read
  tw_chunk_header chunk;
  uint64_t chunk_at;
  uint32_t chunks;
  bool held; // its header is read, its payload is not
  uint8_t *stored, *unpacked;
  size_t stored_room, unpacked_room;
  const uint8_t *raw; // its contents: in one of these two
  // the group last decoded
  size_t accesses, events, next_access, next_event;
  tw_class_table classes;
  tw_merge *merge;
  size_t slice, slice_end; // the accesses that `columns` has of it; their gaps are those of the whole group
  tw_columns columns;
  uint8_t *class_of;
  tw_placed_event *placed;
  tw_pa_predictor *predictor;
  tw_totals totals;
  bool opened, ended;
} container;

// "path: chunk 7 (deltas), byte 1234: ..."
__attribute__((format(printf, 3, 4))) static int chunk_error(const container *c, tw_error *error, const char *format,
                                                             ...) {
  char text[320];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return tw_fail(error, "%s: chunk %u (%s), byte %llu: %s", tw_input_path(c->input), c->chunks,
                 tw_chunk_name(c->chunk.type), (unsigned long long)c->chunk_at, text);
}

// -- chunks --

static int check_header(const container *c, tw_error *error) {
  uint32_t max = tw_chunk_raw_max(c->chunk.type);
  if (max == 0)
    return chunk_error(c, error, "found type %u, expected 1 to %d", c->chunk.type, TW_CHUNK_TYPES - 1);
  if (c->chunk.number != c->chunks)
    return chunk_error(c, error, "found number %u, expected %u", c->chunk.number, c->chunks);
  if (c->chunk.raw_bytes > max)
    return chunk_error(c, error, "found %u raw bytes, expected at most %u", c->chunk.raw_bytes, max);
  if (c->chunk.stored_bytes > c->chunk.raw_bytes)
    return chunk_error(c, error, "found %u stored bytes, expected at most %u", c->chunk.stored_bytes,
                       c->chunk.raw_bytes);
  return 0;
}

// Make the next chunk's header the current one.
static int read_header(container *c, tw_error *error) {
  if (c->held)
    return 0;
  uint8_t head[TW_CHUNK_HEADER_BYTES];
  c->chunk = (tw_chunk_header){0};
  c->chunk_at = tw_input_offset(c->input);
  int64_t got = tw_input_read(c->input, head, sizeof head, error);
  if (got < 0)
    return -1;
  if (got < (int64_t)sizeof head)
    return chunk_error(c, error, "found %d bytes, expected a chunk's header of %zu (the file is cut off)", (int)got,
                       sizeof head);
  uint32_t words[6], crc = tw_crc32(head, 20);
  memcpy(words, head, sizeof words);
  if (words[5] != crc)
    return chunk_error(c, error, "found header check 0x%08x, expected 0x%08x", words[5], crc);
  c->chunk = (tw_chunk_header){words[0], words[1], words[2], words[3], words[4]};
  c->held = true;
  return check_header(c, error);
}

static int grow(const container *c, uint8_t **block, size_t *room, size_t bytes, tw_error *error) {
  if (bytes <= *room)
    return 0;
  uint8_t *larger = realloc(*block, bytes);
  if (!larger)
    return chunk_error(c, error, "out of memory");
  *block = larger;
  *room = bytes;
  return 0;
}

// Read the chunk's payload and check it, unpacked or not.
static int read_payload(container *c, tw_error *error) {
  if (grow(c, &c->stored, &c->stored_room, (size_t)c->chunk.stored_bytes + 1, error) < 0)
    return -1;
  int64_t stored = tw_input_read(c->input, c->stored, c->chunk.stored_bytes, error);
  if (stored < 0)
    return -1;
  if (stored < c->chunk.stored_bytes)
    return chunk_error(c, error, "found %lld bytes of its payload, expected %u (the file is cut off)",
                       (long long)stored, c->chunk.stored_bytes);
  uint32_t check = (uint32_t)tw_xxh64(c->stored, c->chunk.stored_bytes);
  if (check != c->chunk.check)
    return chunk_error(c, error, "found a damaged payload (check 0x%08x), expected 0x%08x", check, c->chunk.check);
  c->held = false;
  return 0;
}

static int unpack_into(container *c, uint8_t *out, tw_error *error) {
  size_t raw = ZSTD_decompressDCtx(c->decoder, out, c->chunk.raw_bytes, c->stored, c->chunk.stored_bytes);
  if (ZSTD_isError(raw))
    return chunk_error(c, error, "found a damaged payload (%s), expected a whole zstd frame", ZSTD_getErrorName(raw));
  if (raw != c->chunk.raw_bytes)
    return chunk_error(c, error, "found %zu raw bytes, expected %u", raw, c->chunk.raw_bytes);
  return 0;
}

static int unpack(container *c, tw_error *error) {
  c->raw = c->stored;
  if (c->chunk.stored_bytes == c->chunk.raw_bytes)
    return 0;
  if (grow(c, &c->unpacked, &c->unpacked_room, c->chunk.raw_bytes, error) < 0)
    return -1;
  c->raw = c->unpacked;
  return unpack_into(c, c->unpacked, error);
}

// The chunk is read to its end; the next one's number is one more.
static void leave_chunk(container *c) { c->chunks++; }

static int expect(container *c, tw_chunk_type type, tw_error *error) {
  if (read_header(c, error) < 0)
    return -1;
  if (c->chunk.type != type)
    return chunk_error(c, error, "found a chunk of this type, expected one of type %s", tw_chunk_name(type));
  return 0;
}

// A chunk of the given type into c->raw.
static int read_chunk(container *c, tw_chunk_type type, tw_error *error) {
  if (expect(c, type, error) < 0 || read_payload(c, error) < 0)
    return -1;
  return unpack(c, error);
}

// A chunk that nobody wants.
static int skip_chunk(container *c, tw_chunk_type type, tw_error *error) {
  if (expect(c, type, error) < 0 || read_payload(c, error) < 0)
    return -1;
  leave_chunk(c);
  return 0;
}

static int finish_chunk(container *c, const char *expected, tw_error *error) {
  if (expected)
    return chunk_error(c, error, "found contents of %u bytes that are not valid, expected %s", c->chunk.raw_bytes,
                       expected);
  leave_chunk(c);
  return 0;
}

// -- sections --

static int read_image(container *c, tw_section *section, tw_error *error) {
  if (read_header(c, error) < 0)
    return -1;
  tw_section *old = &c->reader.section;
  if (c->chunk.type != TW_CHUNK_IMAGE) {
    if (c->totals.sections == 0)
      return chunk_error(c, error, "found a chunk of this type, expected the image of the first section");
    section->tables = old->tables;
    section->image = old->image;
    section->table_count = old->table_count;
    old->tables = NULL;
    old->image = NULL;
    return 0;
  }
  // The section keeps the unpacked chunk as it is: an image can be large.
  section->image = malloc((size_t)c->chunk.raw_bytes + 1);
  if (!section->image)
    return chunk_error(c, error, "out of memory");
  if (read_payload(c, error) < 0)
    return -1;
  if (c->chunk.stored_bytes == c->chunk.raw_bytes)
    memcpy(section->image, c->stored, c->chunk.raw_bytes);
  else if (unpack_into(c, section->image, error) < 0)
    return -1;
  return finish_chunk(c, tw_image_take(section, c->chunk.raw_bytes), error);
}

static int read_section_parts(container *c, tw_section *section, tw_error *error) {
  if (read_chunk(c, TW_CHUNK_SECTION, error) < 0 ||
      finish_chunk(c, tw_section_take(section, c->raw, c->chunk.raw_bytes), error) < 0 ||
      read_chunk(c, TW_CHUNK_REGIONS, error) < 0 ||
      finish_chunk(c, tw_region_list_take(section, c->raw, c->chunk.raw_bytes), error) < 0 ||
      read_chunk(c, TW_CHUNK_PHASES, error) < 0 ||
      finish_chunk(c, tw_phase_list_take(section, c->raw, c->chunk.raw_bytes), error) < 0)
    return -1;
  return read_image(c, section, error);
}

static int read_section(container *c, tw_error *error) {
  tw_section section = {0};
  if (read_section_parts(c, &section, error) < 0) {
    tw_section_clear(&section);
    return -1;
  }
  tw_section_clear(&c->reader.section);
  c->reader.section = section;
  c->totals.sections++;
  return 0;
}

// -- groups --

static const char *take_class(const uint8_t *raw, tw_class *class) {
  uint32_t words[3];
  uint8_t bytes[4];
  memcpy(words, raw, sizeof words);
  memcpy(bytes, raw + sizeof words, sizeof bytes);
  if (bytes[0] & ~(TW_INFO_KIND | TW_INFO_SIZE | TW_INFO_IO | TW_INFO_EL0) || (bytes[0] & TW_INFO_KIND) == 3)
    return "access kinds from 0 to 2 and no unknown bits";
  if (bytes[1] > TW_CLASS_OFFSETS || bytes[2] > 31 || bytes[3] > 32)
    return "a mode of 0 or 1, a shift of at most 31 bits, numbers of at most 32";
  *class = (tw_class){.high = words[0],
                      .low = words[1],
                      .wide = words[2],
                      .info = bytes[0],
                      .mode = bytes[1],
                      .shift = bytes[2],
                      .bits = bytes[3]};
  return NULL;
}

static const char *take_group_head(container *c) {
  uint32_t head[2];
  if (c->chunk.raw_bytes < sizeof head)
    return "at least 8 bytes";
  memcpy(head, c->raw, sizeof head);
  if (head[0] > TW_GROUP_ACCESSES || head[1] > TW_GROUP_CLASSES ||
      c->chunk.raw_bytes != sizeof head + (size_t)TW_CLASS_BYTES * head[1])
    return "at most 65536 accesses and as many classes as its count says";
  c->accesses = head[0];
  c->classes.count = head[1];
  for (size_t i = 0; i < head[1]; i++) {
    const char *expected = take_class(c->raw + sizeof head + TW_CLASS_BYTES * i, &c->classes.entries[i]);
    if (expected)
      return expected;
  }
  return NULL;
}

static int read_classes(container *c, tw_error *error) {
  if (read_chunk(c, TW_CHUNK_CLASSES, error) < 0)
    return -1;
  size_t bytes = c->classes.count == 1 ? 0 : c->accesses;
  if (c->chunk.raw_bytes != bytes)
    return chunk_error(c, error, "found %u raw bytes, expected %zu", c->chunk.raw_bytes, bytes);
  if (bytes)
    memcpy(c->class_of, c->raw, bytes);
  else
    memset(c->class_of, 0, c->accesses);
  bool valid = tw_merge_begin(c->merge, &c->classes, c->class_of, c->accesses);
  return finish_chunk(c, valid ? NULL : "classes of the group's table", error);
}

static int read_addresses(container *c, tw_error *error) {
  if (read_chunk(c, TW_CHUNK_ADDRESSES, error) < 0)
    return -1;
  return finish_chunk(c, tw_merge_take(c->merge, c->raw, c->chunk.raw_bytes), error);
}

static int read_gaps(container *c, tw_error *error) {
  if (!(c->flags & TW_TRACE_GAPS))
    return skip_chunk(c, TW_CHUNK_GAPS, error);
  if (read_chunk(c, TW_CHUNK_GAPS, error) < 0)
    return -1;
  return finish_chunk(c, tw_gaps_decode(c->raw, c->chunk.raw_bytes, c->accesses, c->columns.gap), error);
}

static int read_pas(container *c, tw_error *error) {
  if (!(c->flags & TW_TRACE_PA))
    return skip_chunk(c, TW_CHUNK_PAS, error);
  if (read_chunk(c, TW_CHUNK_PAS, error) < 0)
    return -1;
  while (c->slice_end < c->accesses)
    c->slice_end += tw_merge_next(c->merge, c->columns.va + c->slice_end, c->columns.info + c->slice_end);
  const char *expected = tw_pas_decode(c->predictor, c->raw, c->chunk.raw_bytes, c->class_of, c->accesses, &c->columns);
  return finish_chunk(c, expected, error);
}

static const char *take_event(const container *c, const uint8_t *raw, uint32_t least, tw_placed_event *placed) {
  uint64_t words[4];
  memcpy(words, raw, sizeof words);
  *placed = (tw_placed_event){.index = (uint32_t)words[0],
                              .event = {.kind = (uint8_t)words[3],
                                        .has_operand = words[3] >> 8 & 1,
                                        .word = (uint32_t)(words[0] >> 32),
                                        .pa = words[1],
                                        .value = words[2]}};
  uint64_t rest = words[3] >> 9;
  bool descriptor = placed->event.kind == TW_EVENT_DESCRIPTOR;
  if (descriptor && rest == 4U << 7) // a write of 4 bytes
    placed->event.bytes = 4;
  else if (descriptor)
    placed->event.bytes = 8;
  if ((rest && placed->event.bytes != 4) || placed->event.kind < TW_EVENT_PHASE_BEGIN ||
      placed->event.kind > TW_EVENT_DESCRIPTOR)
    return "event kinds from 2 to 7, and writes of 4 or 8 bytes";
  if (placed->index < least || placed->index > c->accesses)
    return "events in the order of the group's accesses";
  return NULL;
}

static int read_events(container *c, tw_error *error) {
  if (read_chunk(c, TW_CHUNK_EVENTS, error) < 0)
    return -1;
  const char *expected = c->chunk.raw_bytes % TW_EVENT_BYTES ? "events of 32 bytes" : NULL;
  size_t count = c->chunk.raw_bytes / TW_EVENT_BYTES;
  uint32_t least = 0;
  for (size_t i = 0; i < count && !expected; i++) {
    expected = take_event(c, c->raw + TW_EVENT_BYTES * i, least, &c->placed[i]);
    least = c->placed[i].index;
  }
  c->events = count;
  return finish_chunk(c, expected, error);
}

static int read_group(container *c, tw_error *error) {
  c->next_access = c->next_event = c->slice = c->slice_end = 0;
  c->accesses = c->events = 0;
  if (read_chunk(c, TW_CHUNK_GROUP, error) < 0 || finish_chunk(c, take_group_head(c), error) < 0 ||
      read_classes(c, error) < 0 || read_addresses(c, error) < 0 || read_gaps(c, error) < 0 || read_pas(c, error) < 0 ||
      read_events(c, error) < 0) {
    c->accesses = c->events = 0; // half a group is not given out
    return -1;
  }
  return 0;
}

// -- the stream --

static int read_end(container *c, tw_error *error) {
  uint64_t found[3];
  if (read_chunk(c, TW_CHUNK_END, error) < 0)
    return -1;
  if (c->chunk.raw_bytes != sizeof found)
    return finish_chunk(c, "24 bytes", error);
  memcpy(found, c->raw, sizeof found);
  const uint64_t expected[3] = {c->totals.accesses, c->totals.events, c->totals.sections};
  for (size_t i = 0; i < 3; i++)
    if (found[i] != expected[i])
      return chunk_error(c, error, "found a total of %llu, expected %llu", (unsigned long long)found[i],
                         (unsigned long long)expected[i]);
  uint8_t more;
  int64_t got = tw_input_read(c->input, &more, 1, error);
  if (got > 0)
    return chunk_error(c, error, "found bytes after the end, expected none");
  c->ended = true;
  return got < 0 ? -1 : 0;
}

static tw_batch take_batch(container *c) {
  if (c->next_access == c->slice_end) {
    c->slice = c->slice_end;
    c->slice_end += tw_merge_next(c->merge, c->columns.va, c->columns.info);
  }
  size_t first = c->next_access, end = c->slice_end, at = first - c->slice;
  tw_batch batch = {.first = c->totals.accesses};
  if (c->next_event < c->events && c->placed[c->next_event].index <= end) {
    end = c->placed[c->next_event].index;
    batch.event = c->placed[c->next_event++].event;
    c->totals.events++;
  }
  batch.count = end - first;
  batch.va = c->columns.va + at;
  batch.info = c->columns.info + at;
  batch.gap = c->columns.gap + first;
  batch.pa = c->columns.pa + at;
  c->next_access = end;
  c->totals.accesses += batch.count;
  return batch;
}

static int container_next(tw_reader *reader, tw_batch *batch, tw_error *error) {
  container *c = (container *)reader;
  if (!c->opened) { // the first section was read when the file was opened
    c->opened = true;
    batch->event.kind = TW_EVENT_SECTION;
    return 1;
  }
  while (c->next_access == c->accesses && c->next_event == c->events) {
    if (c->ended)
      return 0;
    if (read_header(c, error) < 0)
      return -1;
    if (c->chunk.type == TW_CHUNK_END) {
      if (read_end(c, error) < 0)
        return -1;
    } else if (c->chunk.type == TW_CHUNK_SECTION) {
      if (read_section(c, error) < 0)
        return -1;
      batch->event.kind = TW_EVENT_SECTION;
      batch->first = c->totals.accesses;
      return 1;
    } else if (read_group(c, error) < 0) {
      return -1;
    }
  }
  *batch = take_batch(c);
  return 1;
}

static void container_close(tw_reader *reader) {
  container *c = (container *)reader;
  tw_section_clear(&reader->section);
  tw_columns_destroy(&c->columns);
  ZSTD_freeDCtx(c->decoder);
  tw_input_close(c->input);
  free(c->stored);
  free(c->unpacked);
  free(c->merge);
  free(c->class_of);
  free(c->placed);
  free(c->predictor);
  free(c);
}

static int read_file_header(container *c, tw_error *error) {
  uint8_t head[TW_FILE_HEADER_BYTES] = TW_CONTAINER_MAGIC;
  uint32_t found[2];
  int64_t got = tw_input_read(c->input, head + 8, 8, error);
  if (got < 0)
    return -1;
  if (got < 8)
    return tw_fail(error, "%s: byte 8: found %d bytes, expected version and check", tw_input_path(c->input), (int)got);
  memcpy(found, head + 8, sizeof found);
  if (found[1] != tw_crc32(head, 12))
    return tw_fail(error, "%s: byte 12: found header check 0x%08x, expected 0x%08x", tw_input_path(c->input), found[1],
                   tw_crc32(head, 12));
  if (found[0] != TW_CONTAINER_VERSION)
    return tw_fail(error, "%s: byte 8: found version %u, expected %d (import its raw captures again)",
                   tw_input_path(c->input), found[0], TW_CONTAINER_VERSION);
  c->reader.format = "tablewalk container, version 3";
  return 0;
}

static int allocate(container *c, tw_error *error) {
  c->decoder = ZSTD_createDCtx();
  c->class_of = malloc(TW_GROUP_ACCESSES);
  c->merge = malloc(sizeof *c->merge);
  c->placed = malloc(TW_GROUP_EVENTS * sizeof *c->placed);
  c->predictor = malloc(sizeof *c->predictor);
  if (tw_columns_create(&c->columns) < 0 || !c->decoder || !c->class_of || !c->merge || !c->placed || !c->predictor)
    return tw_fail(error, "%s: out of memory", tw_input_path(c->input));
  tw_pa_reset(c->predictor);
  return 0;
}

tw_reader *tw_container_open(tw_input *input, unsigned flags, tw_error *error) {
  container *c = calloc(1, sizeof *c);
  if (!c) {
    tw_fail(error, "%s: out of memory", tw_input_path(input));
    tw_input_close(input);
    return NULL;
  }
  c->reader.next = container_next;
  c->reader.close = container_close;
  c->input = input;
  c->flags = flags;
  if (allocate(c, error) < 0 || read_file_header(c, error) < 0 || read_section(c, error) < 0) {
    container_close(&c->reader);
    return NULL;
  }
  return &c->reader;
}
