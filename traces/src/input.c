// A file as a stream of bytes: plain, or through the streaming decoder of its compression.
#define _POSIX_C_SOURCE 200809L
#include "input.h"

#include "archive.h"
#include "decompress.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES = 1 << 17 };

/// What was read of the file and not yet given out.
typedef struct window {
  size_t size, pos;
} window;

struct tw_input {
  FILE *file;
  char *path;
  tw_decompressor *decoder; // NULL: the file is plain
  tw_archive *archive;      // of a zip file, which is read by it alone
  bool inside_unit;
  uint64_t offset;      // of the bytes given out
  uint64_t file_offset; // of the bytes read from the file
  window window;
  uint8_t buffer[FILE_BYTES];
};

static int read_error(const tw_input *input, tw_error *error) {
  return tw_fail(error, "%s: byte %llu: can't be read: %s", input->path, (unsigned long long)input->file_offset,
                 strerror(errno));
}

// Read more of the file into the empty window. 0 at its end, -1 with `error`.
static int refill(tw_input *input, tw_error *error) {
  size_t got = fread(input->buffer, 1, FILE_BYTES, input->file);
  if (got == 0 && ferror(input->file))
    return read_error(input, error);
  input->window = (window){.size = got};
  input->file_offset += got;
  return got > 0;
}

static int start(tw_input *input, tw_error *error) {
  if (refill(input, error) < 0)
    return -1;
  if (tw_archive_is(input->buffer, input->window.size)) {
    input->archive = tw_archive_open(input->path, error);
    return input->archive ? 0 : -1;
  }
  const char *refused = tw_decompressor_refused(input->buffer, input->window.size);
  if (refused)
    return tw_fail(error, "%s: byte 0: found %s, expected a plain file or one of zstd, gzip, xz or zip", input->path,
                   refused);
  bool known;
  input->decoder = tw_decompressor_for(input->buffer, input->window.size, &known);
  return known && !input->decoder ? tw_fail(error, "%s: out of memory", input->path) : 0;
}

tw_input *tw_input_open(const char *path, tw_error *error) {
  tw_input *input = calloc(1, sizeof *input);
  if (input)
    input->path = strdup(path);
  if (!input || !input->path) {
    free(input);
    tw_fail(error, "%s: out of memory", path);
    return NULL;
  }
  input->file = fopen(path, "rb");
  if (!input->file)
    tw_fail(error, "%s: can't be opened: %s", path, strerror(errno));
  else
    setvbuf(input->file, NULL, _IONBF, 0); // the window is the buffer
  if (!input->file || start(input, error) < 0) {
    tw_input_close(input);
    return NULL;
  }
  return input;
}

void tw_input_close(tw_input *input) {
  if (!input)
    return;
  if (input->file)
    fclose(input->file);
  tw_archive_close(input->archive);
  tw_decompressor_destroy(input->decoder);
  free(input->path);
  free(input);
}

static int decompress(tw_input *input, uint8_t *out, size_t bytes, size_t *made, tw_error *error) {
  tw_decompression step = {.in = input->buffer + input->window.pos,
                           .in_bytes = input->window.size - input->window.pos,
                           .out = out,
                           .out_bytes = bytes};
  const char *why;
  int status = tw_decompress(input->decoder, &step, &why);
  input->window.pos += step.used;
  *made = step.made;
  if (status < 0)
    return tw_fail(error, "%s: byte %llu: found damaged data (%s), expected a whole %s", input->path,
                   (unsigned long long)(input->file_offset - input->window.size + input->window.pos), why,
                   tw_decompressor_unit(input->decoder));
  input->inside_unit = status > 0;
  return 0;
}

static int64_t read_compressed(tw_input *input, uint8_t *data, size_t bytes, tw_error *error) {
  size_t done = 0;
  while (done < bytes) {
    // Inside a unit the decoder may hold output back: it is asked even when no input is left.
    bool ask = input->inside_unit || input->window.pos < input->window.size;
    size_t made = 0;
    if (ask && decompress(input, data + done, bytes - done, &made, error) < 0)
      return -1;
    done += made;
    if (made > 0 || input->window.pos < input->window.size)
      continue;
    int got = refill(input, error);
    if (got < 0)
      return -1;
    if (got > 0)
      continue;
    if (input->inside_unit)
      return tw_fail(error, "%s: byte %llu: found the end of the file, expected more of a %s", input->path,
                     (unsigned long long)input->file_offset, tw_decompressor_unit(input->decoder));
    break;
  }
  return (int64_t)done;
}

// What is left of the window, then straight from the file what would fill the window anyway.
static int64_t read_plain(tw_input *input, void *data, size_t bytes, tw_error *error) {
  uint8_t *at = data;
  size_t held = input->window.size - input->window.pos, done = held < bytes ? held : bytes;
  memcpy(at, input->buffer + input->window.pos, done);
  input->window.pos += done;
  if (bytes - done >= FILE_BYTES / 2) {
    size_t got = fread(at + done, 1, bytes - done, input->file);
    input->file_offset += got;
    done += got;
    if (done < bytes && ferror(input->file))
      return read_error(input, error);
  }
  while (done < bytes) {
    int got = refill(input, error);
    if (got <= 0)
      return got < 0 ? -1 : (int64_t)done;
    size_t part = input->window.size < bytes - done ? input->window.size : bytes - done;
    memcpy(at + done, input->buffer, part);
    input->window.pos = part;
    done += part;
  }
  return (int64_t)done;
}

static int64_t read_some(tw_input *input, void *data, size_t bytes, tw_error *error) {
  if (input->archive)
    return tw_archive_read(input->archive, data, bytes, error);
  return input->decoder ? read_compressed(input, data, bytes, error) : read_plain(input, data, bytes, error);
}

int64_t tw_input_read(tw_input *input, void *data, size_t bytes, tw_error *error) {
  int64_t got = read_some(input, data, bytes, error);
  if (got > 0)
    input->offset += (uint64_t)got;
  return got;
}

void *tw_input_read_rest(tw_input *input, size_t limit, size_t *bytes, tw_error *error) {
  uint8_t *data = NULL;
  size_t used = 0, room = 0;
  for (;;) {
    if (used == room) {
      room = room ? 2 * room : 1 << 16;
      uint8_t *larger = realloc(data, room);
      if (!larger) {
        tw_fail(error, "%s: out of memory", input->path);
        break;
      }
      data = larger;
    }
    int64_t got = tw_input_read(input, data + used, room - used, error);
    if (got < 0)
      break;
    if (got == 0) {
      *bytes = used;
      return data;
    }
    used += (size_t)got;
    if (used > limit) {
      tw_fail(error, "%s: found more than %zu bytes, expected at most that", input->path, limit);
      break;
    }
  }
  free(data);
  return NULL;
}

uint64_t tw_input_offset(const tw_input *input) { return input->offset; }

const char *tw_input_path(const tw_input *input) { return input->path; }
