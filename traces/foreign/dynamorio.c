// DynamoRIO's offline memory traces (drmemtrace, *.memtrace.zip or *.trace.gz): records of 12 bytes, little-endian.
//
//   16 bits type, 16 bits size, 64 bits address              (clients/drcachesim/common/trace_entry.h)
//
// A header record comes first and a footer last. Markers say the physical address of a page before its first access.
#include "foreign.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  RECORD_BYTES = 12,
  RECORDS_AT_ONCE = TW_FOREIGN_MAX / 8, // decoded; a bundle is of 8 instructions
  RECORDS_READ = 8192,                  // as many bytes as are read past the input's own window
};

enum {
  TYPE_READ = 0,
  TYPE_WRITE = 1,
  TYPE_PREFETCH = 2, // to 9: by kind
  TYPE_PREFETCH_INSTR = 9,
  TYPE_INSTR = 10, // to 16: by kind of branch
  TYPE_INSTR_RETURN = 16,
  TYPE_INSTR_BUNDLE = 17,
  TYPE_HEADER = 25,
  TYPE_FOOTER = 26,
  TYPE_HARDWARE_PREFETCH = 27,
  TYPE_MARKER = 28,
  TYPE_INSTR_NO_FETCH = 29,
  TYPE_INSTR_MAYBE_FETCH = 30,
  TYPE_INSTR_SYSENTER = 31,
  TYPE_PREFETCH_READ_L1_NT = 32, // to 46: by level
  TYPE_PREFETCH_WRITE_L3_NT = 46,
  TYPE_INSTR_TAKEN_JUMP = 48,
  TYPE_INSTR_UNTAKEN_JUMP = 49,
  TYPES = 64, // newer traces may have some that are not known here: they carry no access
};

enum { MARKER_PHYSICAL_ADDRESS = 15, MARKER_VIRTUAL_ADDRESS = 17 };

typedef struct dynamorio {
  tw_decoder decoder;
  tw_input *input;
  uint64_t number;   ///< of the record that comes next
  uint64_t line;     ///< last one fetched
  uint64_t next_pc;  ///< of a bundle: after the last instruction
  uint64_t physical; ///< of the marker before
  bool has_physical;
  uint32_t gap;
  size_t at, end; ///< bytes that are not decoded yet
  uint8_t records[RECORDS_READ * RECORD_BYTES];
} dynamorio;

typedef struct record {
  uint16_t type, size;
  uint64_t address;
} record;

static record record_at(const uint8_t *bytes) {
  record r;
  memcpy(&r.type, bytes, 2);
  memcpy(&r.size, bytes + 2, 2);
  memcpy(&r.address, bytes + 4, 8);
  return r;
}

__attribute__((format(printf, 3, 4))) static int wrong(const dynamorio *d, tw_error *error, const char *format, ...) {
  char text[160];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return tw_fail(error, "%s: record %" PRIu64 ", byte %" PRIu64 ": %s", tw_input_path(d->input), d->number,
                 d->number * RECORD_BYTES, text);
}

// ---- records ----

static inline tw_foreign_access *add(dynamorio *d, tw_foreign_access *at, const record *r, unsigned kind) {
  return tw_foreign_put(at, r->address, kind, r->size, &d->gap);
}

static inline tw_foreign_access *add_instruction(dynamorio *d, tw_foreign_access *at, const record *r) {
  uint64_t line = r->address >> TW_FETCH_LOG2;
  d->gap += r->size != 0;
  d->next_pc = r->address + r->size;
  // Without bytes it only says the PC of the accesses that follow (filtered traces).
  if (line == d->line || r->size == 0)
    return at;
  d->line = line;
  return add(d, at, r, TW_ACCESS_FETCH);
}

/// Up to 8 instructions follow the one before; the bytes of the address are their lengths.
static tw_foreign_access *add_bundle(dynamorio *d, tw_foreign_access *at, const record *r) {
  for (unsigned i = 0; i < r->size; i++) {
    const record one = {TYPE_INSTR, (uint8_t)(r->address >> (8 * i)), d->next_pc};
    at = add_instruction(d, at, &one);
  }
  return at;
}

static tw_foreign_access *add_marker(dynamorio *d, tw_foreign_access *at, const record *r) {
  bool maps = r->size == MARKER_VIRTUAL_ADDRESS && d->has_physical;
  d->has_physical = r->size == MARKER_PHYSICAL_ADDRESS;
  if (d->has_physical)
    d->physical = r->address;
  if (!maps)
    return at;
  *at = (tw_foreign_access){.va = r->address, .kind = TW_FOREIGN_MAPPING, .pa = d->physical};
  return at + 1;
}

/// Sets of types, a bit each.
#define TYPE_SET(first, last) (UINT64_MAX >> (63 - (last) + (first)) << (first))
static const uint64_t instructions = TYPE_SET(TYPE_INSTR, TYPE_INSTR_RETURN) | UINT64_C(1) << TYPE_INSTR_SYSENTER |
                                     TYPE_SET(TYPE_INSTR_TAKEN_JUMP, TYPE_INSTR_UNTAKEN_JUMP);
// A preload translates as a read does.
static const uint64_t data = TYPE_SET(TYPE_READ, TYPE_WRITE) | TYPE_SET(TYPE_PREFETCH, TYPE_PREFETCH_INSTR) |
                             TYPE_SET(TYPE_PREFETCH_READ_L1_NT, TYPE_PREFETCH_WRITE_L3_NT);

// Instructions and data first: most records are one of them, or an encoding.
static inline tw_foreign_access *add_record(dynamorio *d, tw_foreign_access *at, const record *r) {
  if (instructions >> r->type & 1)
    return add_instruction(d, at, r);
  if (data >> r->type & 1)
    return add(d, at, r, r->type == TYPE_WRITE ? TW_ACCESS_WRITE : TW_ACCESS_READ);
  switch (r->type) {
  case TYPE_INSTR_BUNDLE:
    return add_bundle(d, at, r);
  case TYPE_INSTR_NO_FETCH:
  case TYPE_INSTR_MAYBE_FETCH:
    d->gap += r->size != 0;
    return at;
  case TYPE_MARKER:
    return add_marker(d, at, r);
  default: // Threads, processes, flushes and encodings are no accesses.
    return at;
  }
}

static inline bool is_right(const record *r) {
  return r->type < TYPES && (r->type != TYPE_INSTR_BUNDLE || r->size <= 8);
}

static int refuse(const dynamorio *d, const uint8_t *bytes, tw_error *error) {
  record r = record_at(bytes);
  if (r.type >= TYPES)
    return wrong(d, error, "found type %u, expected one below %d", r.type, TYPES);
  return wrong(d, error, "found a bundle of %u instructions, expected at most 8", r.size);
}

/// The first record, whose address is a version. Where addresses have 4 bytes, the next record begins in it.
static int check_header(const dynamorio *d, const uint8_t *bytes, tw_error *error) {
  record r = record_at(bytes);
  if (r.type != TYPE_HEADER)
    return wrong(d, error, "found type %u, expected the header's, %d", r.type, TYPE_HEADER);
  if (r.address >> 32)
    return wrong(d, error, "found version %#" PRIx64 ", expected one of 32 bits, as traces of 64-bit machines have",
                 r.address);
  return 0;
}

// ---- the decoder ----

/// Have records to decode. 1: there are some; 0: none is left; -1 and `error`.
static int fill(dynamorio *d, tw_error *error) {
  if (d->at < d->end)
    return 1;
  int64_t got = tw_input_read(d->input, d->records, sizeof d->records, error);
  if (got == 0 && d->number == 0)
    return wrong(d, error, "found the end of the file, expected a header");
  d->at = 0;
  d->end = got > 0 ? (size_t)got : 0;
  return got > 0 ? 1 : (int)got;
}

/// Whole records until `stop` or one that is wrong; `*at` goes on. How many bytes were decoded.
static size_t decode(dynamorio *d, const uint8_t *from, const uint8_t *stop, tw_foreign_access **at) {
  const uint8_t *record_bytes = from;
  for (; record_bytes < stop; record_bytes += RECORD_BYTES) {
    record r = record_at(record_bytes);
    if (!is_right(&r))
      break;
    *at = add_record(d, *at, &r);
  }
  return (size_t)(record_bytes - from);
}

/// Some records. 1: there were some; 0: none is left; -1 and `error`.
static int next_block(dynamorio *d, tw_foreign_access **at, tw_error *error) {
  int status = fill(d, error);
  if (status <= 0)
    return status;
  size_t left = (d->end - d->at) / RECORD_BYTES, records = left < RECORDS_AT_ONCE ? left : RECORDS_AT_ONCE;
  if (records == 0)
    return wrong(d, error, "found %zu bytes, expected a record of %d", d->end - d->at, RECORD_BYTES);
  const uint8_t *from = d->records + d->at;
  if (d->number == 0 && check_header(d, from, error) < 0)
    return -1;
  size_t bytes = decode(d, from, from + records * RECORD_BYTES, at);
  d->at += bytes;
  d->number += bytes / RECORD_BYTES;
  return bytes == records * RECORD_BYTES ? 1 : refuse(d, d->records + d->at, error);
}

static int dynamorio_next(tw_decoder *decoder, tw_foreign_access *accesses, size_t *count, tw_error *error) {
  dynamorio *d = (dynamorio *)decoder;
  tw_foreign_access *at = accesses;
  int status = 1;
  while (status > 0 && at == accesses)
    status = next_block(d, &at, error);
  *count = (size_t)(at - accesses);
  return status < 0 ? -1 : 0;
}

static void dynamorio_destroy(tw_decoder *decoder) { free(decoder); }

tw_decoder *tw_dynamorio_create(tw_input *input) {
  dynamorio *d = calloc(1, sizeof *d);
  if (!d)
    return NULL;
  // A thread may have done nothing while it was traced.
  d->decoder = (tw_decoder){.next = dynamorio_next, .destroy = dynamorio_destroy, .may_be_empty = true};
  d->input = input;
  d->line = UINT64_MAX;
  return &d->decoder;
}
