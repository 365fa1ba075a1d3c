// The container's writer: gathers a group of accesses and events, encodes its columns, compresses each as a chunk.
#define _POSIX_C_SOURCE 200809L
#include "container_write.h"
#include "columns.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define ZSTD_STATIC_LINKING_ONLY // the mode of literals
#include <zstd.h>

enum {
  MATCH_MIN = 5,    // fewer, longer matches: a tenth faster to unpack, and hardly larger
  WORTH_SHARE = 16, // what zstd makes smaller by less than this share is stored as it is
};

struct tw_writer {
  FILE *file;
  char *path, *temporary;
  ZSTD_CCtx *compressor;
  uint8_t *room; ///< what is compressed goes here
  size_t room_bytes;
  uint32_t chunks;
  uint64_t bytes;
  tw_totals totals;
  uint8_t *image; // the chunk last stored
  size_t image_bytes;
  // the group under way
  size_t accesses, events;
  tw_class_table classes;
  tw_columns columns;
  uint8_t class_of[TW_GROUP_ACCESSES];
  tw_placed_event placed[TW_GROUP_EVENTS];
  tw_pa_predictor predictor;
  uint8_t raw[TW_PA_BYTES * TW_GROUP_ACCESSES > TW_EVENT_BYTES *TW_GROUP_EVENTS ? TW_PA_BYTES *TW_GROUP_ACCESSES
                                                                                : TW_EVENT_BYTES *TW_GROUP_EVENTS];
};

static int put(tw_writer *writer, const void *data, size_t bytes, tw_error *error) {
  if (fwrite(data, 1, bytes, writer->file) != bytes)
    return tw_fail(error, "%s: can't be written: %s", writer->path, strerror(errno));
  writer->bytes += bytes;
  return 0;
}

// -1: out of memory.
static int make_room(tw_writer *writer, size_t bytes) {
  if (bytes <= writer->room_bytes)
    return 0;
  free(writer->room);
  writer->room = malloc(bytes);
  writer->room_bytes = writer->room ? bytes : 0;
  return writer->room ? 0 : -1;
}

// The bytes to store: packed into the room, or `raw` itself where that gains little. NULL: out of memory.
static const void *pack(tw_writer *writer, const void *raw, size_t bytes, size_t *stored_bytes) {
  if (make_room(writer, ZSTD_compressBound(bytes)) < 0)
    return NULL;
  size_t got = ZSTD_compress2(writer->compressor, writer->room, writer->room_bytes, raw, bytes);
  if (ZSTD_isError(got))
    return NULL;
  bool worth = got < bytes - bytes / WORTH_SHARE;
  *stored_bytes = worth ? got : bytes;
  return worth ? writer->room : raw;
}

static int put_chunk(tw_writer *writer, tw_chunk_type type, const void *raw, size_t bytes, tw_error *error) {
  if (bytes > tw_chunk_raw_max(type))
    return tw_fail(error, "%s: a chunk of type %s would have %zu bytes, expected at most %u", writer->path,
                   tw_chunk_name(type), bytes, tw_chunk_raw_max(type));
  // Entropy coding of what no match covers is most of the time that addresses take to unpack, and gains a tenth.
  ZSTD_CCtx_setParameter(writer->compressor, ZSTD_c_literalCompressionMode,
                         type == TW_CHUNK_ADDRESSES ? ZSTD_ps_disable : ZSTD_ps_auto);
  size_t stored_bytes = 0;
  const void *stored = pack(writer, raw, bytes, &stored_bytes);
  if (!stored)
    return tw_fail(error, "%s: out of memory", writer->path);
  uint8_t head[TW_CHUNK_HEADER_BYTES];
  tw_chunk_header header = {type, writer->chunks++, (uint32_t)bytes, (uint32_t)stored_bytes,
                            (uint32_t)tw_xxh64(stored, stored_bytes)};
  tw_chunk_header_put(&header, head);
  int status = put(writer, head, sizeof head, error);
  return status == 0 ? put(writer, stored, stored_bytes, error) : status;
}

static bool is_narrow(const tw_event *event) { return event->kind == TW_EVENT_DESCRIPTOR && event->bytes == 4; }

static size_t events_encode(const tw_placed_event *placed, size_t count, uint8_t *raw) {
  for (size_t i = 0; i < count; i++) {
    const tw_event *event = &placed[i].event;
    uint64_t words[4] = {placed[i].index | (uint64_t)event->word << 32, event->pa, event->value,
                         event->kind | (uint64_t)event->has_operand << 8 | (is_narrow(event) ? 4ULL << 16 : 0)};
    memcpy(raw + TW_EVENT_BYTES * i, words, sizeof words);
  }
  return TW_EVENT_BYTES * count;
}

static size_t group_head_encode(const tw_writer *writer, uint8_t *raw) {
  uint32_t head[2] = {(uint32_t)writer->accesses, writer->classes.count};
  memcpy(raw, head, sizeof head);
  for (size_t i = 0; i < writer->classes.count; i++) {
    const tw_class *entry = &writer->classes.entries[i];
    const uint32_t words[3] = {entry->high, entry->low, entry->wide};
    const uint8_t bytes[4] = {entry->info, entry->mode, entry->shift, entry->bits};
    memcpy(raw + 8 + TW_CLASS_BYTES * i, words, sizeof words);
    memcpy(raw + 8 + TW_CLASS_BYTES * i + sizeof words, bytes, sizeof bytes);
  }
  return 8 + TW_CLASS_BYTES * writer->classes.count;
}

static int flush_group(tw_writer *writer, tw_error *error) {
  size_t count = writer->accesses;
  uint8_t *raw = writer->raw, head[8 + TW_CLASS_BYTES * TW_GROUP_CLASSES];
  if (count == 0 && writer->events == 0)
    return 0;
  size_t bytes = tw_addresses_encode(&writer->classes, writer->columns.va, writer->class_of, count, raw);
  size_t class_bytes = writer->classes.count == 1 ? 0 : count;
  if (put_chunk(writer, TW_CHUNK_GROUP, head, group_head_encode(writer, head), error) < 0 ||
      put_chunk(writer, TW_CHUNK_CLASSES, writer->class_of, class_bytes, error) < 0 ||
      put_chunk(writer, TW_CHUNK_ADDRESSES, raw, bytes, error) < 0 ||
      put_chunk(writer, TW_CHUNK_GAPS, raw, tw_gaps_encode(writer->columns.gap, count, raw), error) < 0)
    return -1;
  bytes = tw_pas_encode(&writer->predictor, &writer->columns, writer->class_of, count, raw);
  if (put_chunk(writer, TW_CHUNK_PAS, raw, bytes, error) < 0 ||
      put_chunk(writer, TW_CHUNK_EVENTS, raw, events_encode(writer->placed, writer->events, raw), error) < 0)
    return -1;
  writer->totals.accesses += count;
  writer->totals.events += writer->events;
  writer->accesses = writer->events = 0;
  writer->classes.count = 0;
  return 0;
}

static int put_image(tw_writer *writer, const tw_section *section, tw_error *error) {
  size_t bytes;
  uint8_t *image = tw_image_make(section, &bytes);
  if (!image)
    return tw_fail(error, "%s: out of memory", writer->path);
  if (writer->image && writer->image_bytes == bytes && memcmp(writer->image, image, bytes) == 0) {
    free(image);
    return 0;
  }
  free(writer->image);
  writer->image = image;
  writer->image_bytes = bytes;
  return put_chunk(writer, TW_CHUNK_IMAGE, image, bytes, error);
}

static int put_list(tw_writer *writer, tw_chunk_type type, const tw_section *section,
                    uint8_t *(*make)(const tw_section *, size_t *), tw_error *error) {
  size_t bytes;
  uint8_t *raw = make(section, &bytes);
  int status = raw ? put_chunk(writer, type, raw, bytes, error) : tw_fail(error, "%s: out of memory", writer->path);
  free(raw);
  return status;
}

int tw_writer_section(tw_writer *writer, const tw_section *section, tw_error *error) {
  if (flush_group(writer, error) < 0 || put_list(writer, TW_CHUNK_SECTION, section, tw_section_make, error) < 0 ||
      put_list(writer, TW_CHUNK_REGIONS, section, tw_region_list_make, error) < 0 ||
      put_list(writer, TW_CHUNK_PHASES, section, tw_phase_list_make, error) < 0)
    return -1;
  writer->totals.sections++;
  return put_image(writer, section, error);
}

/// How many accesses of the batch from number `from` on the group takes: until it is full, of accesses or classes.
static size_t classify(tw_writer *writer, const tw_batch *batch, size_t from) {
  size_t left = batch->count - from, room = TW_GROUP_ACCESSES - writer->accesses, count = left < room ? left : room;
  const uint64_t *va = batch->va + from;
  const uint8_t *info = batch->info + from;
  uint8_t *class_of = writer->class_of + writer->accesses;
  for (size_t i = 0; i < count; i++) {
    int class = tw_class_find(&writer->classes, va[i], info[i]);
    if (class < 0)
      return i;
    class_of[i] = (uint8_t) class;
  }
  return count;
}

static void add_accesses(tw_writer *writer, const tw_batch *batch, size_t from, size_t count) {
  size_t at = writer->accesses;
  memcpy(writer->columns.va + at, batch->va + from, count * sizeof *batch->va);
  memcpy(writer->columns.pa + at, batch->pa + from, count * sizeof *batch->pa);
  memcpy(writer->columns.gap + at, batch->gap + from, count * sizeof *batch->gap);
  writer->accesses += count;
}

int tw_writer_batch(tw_writer *writer, const tw_batch *batch, tw_error *error) {
  for (size_t from = 0; from < batch->count;) {
    size_t count = classify(writer, batch, from);
    add_accesses(writer, batch, from, count);
    from += count;
    if (from < batch->count && flush_group(writer, error) < 0)
      return -1;
  }
  if (batch->event.kind == TW_EVENT_NONE || batch->event.kind == TW_EVENT_SECTION)
    return 0;
  if (writer->events == TW_GROUP_EVENTS && flush_group(writer, error) < 0)
    return -1;
  writer->placed[writer->events++] = (tw_placed_event){(uint32_t)writer->accesses, batch->event};
  return 0;
}

// A device or a pipe is written as it is: nothing may be renamed over it.
static bool is_special(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static int open_special(tw_writer *writer, tw_error *error) {
  writer->file = fopen(writer->path, "wb");
  return writer->file ? 0 : tw_fail(error, "%s: can't be written: %s", writer->path, strerror(errno));
}

static int open_temporary(tw_writer *writer, tw_error *error) {
  size_t room = strlen(writer->path) + 16;
  writer->temporary = malloc(room);
  if (!writer->temporary)
    return tw_fail(error, "%s: out of memory", writer->path);
  snprintf(writer->temporary, room, "%s.XXXXXX", writer->path);
  int descriptor = mkstemp(writer->temporary);
  if (descriptor < 0) {
    free(writer->temporary);
    writer->temporary = NULL;
    return tw_fail(error, "%s: can't be created: %s", writer->path, strerror(errno));
  }
  writer->file = fdopen(descriptor, "wb");
  if (!writer->file || fchmod(descriptor, 0644) != 0)
    return tw_fail(error, "%s: can't be created: %s", writer->path, strerror(errno));
  return 0;
}

static int put_file_header(tw_writer *writer, tw_error *error) {
  uint8_t head[TW_FILE_HEADER_BYTES] = TW_CONTAINER_MAGIC;
  const uint32_t version = TW_CONTAINER_VERSION;
  memcpy(head + 8, &version, 4);
  uint32_t crc = tw_crc32(head, 12);
  memcpy(head + 12, &crc, 4);
  return put(writer, head, sizeof head, error);
}

static int open_file(tw_writer *writer, tw_error *error) {
  int status = is_special(writer->path) ? open_special(writer, error) : open_temporary(writer, error);
  return status < 0 ? -1 : put_file_header(writer, error);
}

tw_writer *tw_writer_create(const char *path, tw_effort effort, tw_error *error) {
  tw_writer *writer = calloc(1, sizeof *writer);
  if (writer) {
    writer->path = strdup(path);
    writer->compressor = ZSTD_createCCtx();
  }
  if (!writer || !writer->path || !writer->compressor || tw_columns_create(&writer->columns) < 0) {
    tw_fail(error, "%s: out of memory", path);
    tw_writer_destroy(writer);
    return NULL;
  }
  ZSTD_CCtx_setParameter(writer->compressor, ZSTD_c_compressionLevel, (int)effort);
  ZSTD_CCtx_setParameter(writer->compressor, ZSTD_c_minMatch, MATCH_MIN);
  tw_pa_reset(&writer->predictor);
  if (open_file(writer, error) < 0) {
    tw_writer_destroy(writer);
    return NULL;
  }
  return writer;
}

// Every step can find the disk full.
static int close_file(tw_writer *writer, tw_error *error) {
  bool good = fflush(writer->file) == 0 && (!writer->temporary || fsync(fileno(writer->file)) == 0);
  int why = errno;
  if (fclose(writer->file) != 0 && good) {
    good = false;
    why = errno;
  }
  writer->file = NULL;
  return good ? 0 : tw_fail(error, "%s: can't be written: %s", writer->path, strerror(why));
}

int tw_writer_finish(tw_writer *writer, tw_totals *totals, uint64_t *bytes, tw_error *error) {
  if (flush_group(writer, error) < 0)
    return -1;
  uint64_t end[3] = {writer->totals.accesses, writer->totals.events, writer->totals.sections};
  if (put_chunk(writer, TW_CHUNK_END, end, sizeof end, error) < 0 || close_file(writer, error) < 0)
    return -1;
  if (writer->temporary && rename(writer->temporary, writer->path) != 0)
    return tw_fail(error, "%s: can't be renamed to: %s", writer->path, strerror(errno));
  free(writer->temporary);
  writer->temporary = NULL; // nothing to remove
  *totals = writer->totals;
  *bytes = writer->bytes;
  return 0;
}

void tw_writer_destroy(tw_writer *writer) {
  if (!writer)
    return;
  if (writer->file)
    fclose(writer->file);
  if (writer->temporary)
    unlink(writer->temporary);
  ZSTD_freeCCtx(writer->compressor);
  free(writer->room);
  tw_columns_destroy(&writer->columns);
  free(writer->temporary);
  free(writer->path);
  free(writer->image);
  free(writer);
}
