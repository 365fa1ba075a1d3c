// A made-up program: a loop over 64 KiB of code that calls functions of 2 MiB, two of five instructions access memory:
// most of them a stack and a hot heap, some a heap of 64 MiB at random, some a stream of its own pace.
#include "foreign_files.h"

#include <errno.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

enum { BLOCK = 1 << 20, CHAMPSIM_BYTES = 64, MEMTRACE_BYTES = 12 };

// ---- the program ----

typedef struct program {
  uint64_t state; ///< of its random numbers
  uint64_t pc, number, stream;
} program;

typedef struct instruction {
  uint64_t pc, load, store; ///< 0: none
} instruction;

static uint64_t random_bits(program *p) {
  p->state ^= p->state << 13;
  p->state ^= p->state >> 7;
  p->state ^= p->state << 17;
  return p->state;
}

static uint64_t data_address(program *p, uint64_t random) {
  switch (random & 15) {
  case 0:
    return UINT64_C(0x7f0000000000) + (random >> 20) % (64U << 20) / 8 * 8;
  case 1:
  case 2:
    return UINT64_C(0x7e0000000000) + (p->stream += 8) % (UINT64_C(1) << 30);
  case 3:
  case 4:
  case 5:
  case 6:
    return UINT64_C(0x555555800000) + (random >> 20) % (192U << 10) / 8 * 8;
  default:
    return UINT64_C(0x7ffffffde000) + (random >> 20) % 2048 / 8 * 8;
  }
}

static instruction next_instruction(program *p) {
  uint64_t random = random_bits(p), kind = random >> 60;
  instruction i = {.pc = p->pc};
  if (kind < 4)
    i.load = data_address(p, random);
  else if (kind < 6)
    i.store = data_address(p, random);
  p->pc += 4;
  if (++p->number % 24 == 0) // a branch: in the loop, one of eight times elsewhere
    p->pc = UINT64_C(0x555555554000) +
            (random >> 40 & 7 ? (p->number / 24 * 192) % (64U << 10) : (random >> 30) % (2U << 20) / 64 * 64);
  return i;
}

// ---- records ----

static size_t champsim_record(const instruction *i, uint8_t *at) {
  memset(at, 0, CHAMPSIM_BYTES);
  memcpy(at, &i->pc, 8);
  memcpy(at + 16, &i->store, 8);
  memcpy(at + 32, &i->load, 8);
  return CHAMPSIM_BYTES;
}

static size_t memtrace_record(uint16_t type, uint16_t size, uint64_t address, uint8_t *at) {
  memcpy(at, &type, 2);
  memcpy(at + 2, &size, 2);
  memcpy(at + 4, &address, 8);
  return MEMTRACE_BYTES;
}

static size_t memtrace_records(const instruction *i, uint8_t *at) {
  enum { READ = 0, WRITE = 1, INSTR = 10, ENCODING = 47 };
  size_t bytes = memtrace_record(ENCODING, 4, 0xd503201f, at); // as current versions write them
  bytes += memtrace_record(INSTR, 4, i->pc, at + bytes);
  if (i->load)
    bytes += memtrace_record(READ, 8, i->load, at + bytes);
  if (i->store)
    bytes += memtrace_record(WRITE, 8, i->store, at + bytes);
  return bytes;
}

/// All of the file's plain contents. NULL: out of memory.
static uint8_t *contents(const foreign_file *file, size_t *bytes) {
  enum { HEADER = 25, RECORDS = 4 };
  bool champsim = file->format == TW_FOREIGN_CHAMPSIM;
  uint8_t *data = malloc(file->instructions * (champsim ? CHAMPSIM_BYTES : RECORDS * MEMTRACE_BYTES) + MEMTRACE_BYTES);
  program p = {.state = UINT64_C(0x9e3779b97f4a7c15), .pc = UINT64_C(0x555555554000)};
  *bytes = data && !champsim ? memtrace_record(HEADER, 0, 7, data) : 0;
  for (uint64_t n = 0; data && n < file->instructions; n++) {
    instruction i = next_instruction(&p);
    *bytes += champsim ? champsim_record(&i, data + *bytes) : memtrace_records(&i, data + *bytes);
  }
  return data;
}

// ---- files ----

static bool write_plain(const char *path, const uint8_t *data, size_t bytes) {
  FILE *out = fopen(path, "wb");
  bool written = out && fwrite(data, 1, bytes, out) == bytes;
  return out && !fclose(out) && written;
}

static bool write_gzip(const char *path, const uint8_t *data, size_t bytes) {
  gzFile out = gzopen(path, "wb6");
  bool written = out != NULL;
  for (size_t at = 0; written && at < bytes; at += BLOCK) {
    unsigned part = (unsigned)(bytes - at < BLOCK ? bytes - at : BLOCK);
    written = gzwrite(out, data + at, part) == (int)part;
  }
  return out && gzclose(out) == Z_OK && written;
}

static bool write_xz(const char *path, const uint8_t *data, size_t bytes) {
  size_t room = lzma_stream_buffer_bound(bytes), used = 0;
  uint8_t *packed = malloc(room);
  bool written = packed &&
                 lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, data, bytes, packed, &used, room) == LZMA_OK &&
                 write_plain(path, packed, used);
  free(packed);
  return written;
}

static bool write_zip(const char *path, const uint8_t *data, size_t bytes) {
  enum { MEMBERS = 4 };
  zip_t *zip = zip_open(path, ZIP_CREATE, NULL);
  size_t part = (bytes + MEMBERS - 1) / MEMBERS;
  bool written = zip != NULL;
  for (unsigned i = 0; written && i < MEMBERS; i++) {
    char name[32];
    snprintf(name, sizeof name, "chunk.%04u", i);
    size_t length = bytes - i * part < part ? bytes - i * part : part;
    written = zip_file_add(zip, name, zip_source_buffer(zip, data + i * part, length, 0), 0) >= 0;
  }
  return zip && zip_close(zip) == 0 && written;
}

int foreign_file_make(const foreign_file *file, const char *folder, char path[1024], tw_error *error) {
  static bool (*const writers[])(const char *, const uint8_t *, size_t) = {write_plain, write_gzip, write_xz,
                                                                           write_zip};
  snprintf(path, 1024, "%s/%s", folder, file->name);
  if (access(path, F_OK) == 0)
    return 0;
  size_t bytes;
  uint8_t *data = contents(file, &bytes);
  bool written = data && writers[file->packing](path, data, bytes);
  free(data);
  if (written)
    return 0;
  unlink(path);
  return tw_fail(error, "%s: can't be written", path);
}

// ---- bare reading ----

static uint64_t read_plain(const char *path, uint8_t *block) {
  FILE *in = fopen(path, "rb");
  uint64_t bytes = 0;
  size_t got;
  while (in && (got = fread(block, 1, BLOCK, in)) > 0)
    bytes += got;
  if (in)
    fclose(in);
  return bytes;
}

static uint64_t read_gzip(const char *path, uint8_t *block) {
  gzFile in = gzopen(path, "rb");
  uint64_t bytes = 0;
  int got;
  while (in && (got = gzread(in, block, BLOCK)) > 0)
    bytes += (uint64_t)got;
  if (in)
    gzclose(in);
  return bytes;
}

static uint64_t read_xz(const char *path, uint8_t *block) {
  FILE *in = fopen(path, "rb");
  uint8_t *packed = malloc(BLOCK);
  lzma_stream x = LZMA_STREAM_INIT;
  lzma_ret status = in && packed ? lzma_stream_decoder(&x, UINT64_MAX, 0) : LZMA_PROG_ERROR;
  uint64_t bytes = 0;
  while (status == LZMA_OK) {
    if (x.avail_in == 0) {
      x.next_in = packed;
      x.avail_in = fread(packed, 1, BLOCK, in);
    }
    x.next_out = block;
    x.avail_out = BLOCK;
    status = lzma_code(&x, LZMA_RUN);
    bytes += BLOCK - x.avail_out;
  }
  lzma_end(&x);
  free(packed);
  if (in)
    fclose(in);
  return bytes;
}

static uint64_t read_zip(const char *path, uint8_t *block) {
  zip_t *zip = zip_open(path, ZIP_RDONLY, NULL);
  uint64_t bytes = 0;
  for (zip_int64_t i = 0; zip && i < zip_get_num_entries(zip, 0); i++) {
    zip_file_t *member = zip_fopen_index(zip, (zip_uint64_t)i, 0);
    zip_int64_t got;
    while (member && (got = zip_fread(member, block, BLOCK)) > 0)
      bytes += (uint64_t)got;
    if (member)
      zip_fclose(member);
  }
  if (zip)
    zip_discard(zip);
  return bytes;
}

uint64_t foreign_file_read(const foreign_file *file, const char *path) {
  static uint64_t (*const readers[])(const char *, uint8_t *) = {read_plain, read_gzip, read_xz, read_zip};
  uint8_t *block = malloc(BLOCK);
  uint64_t bytes = block ? readers[file->packing](path, block) : 0;
  free(block);
  return bytes;
}
