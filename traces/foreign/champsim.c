// ChampSim's traces: a record an instruction, little-endian, without a header (inc/trace_instruction.h).
//
//   input_instr      ip, is_branch, taken, 2 + 4 registers, 2 addresses stored to, 4 loaded from     64 bytes
//   cloudsuite_instr ip, is_branch, taken, 4 + 4 registers, 4 addresses, 4 addresses, 2 bytes ASID   96 bytes
//
// Address 0 means none. Sizes are not told: 8 bytes are assumed. A record's loads come before its stores.
#include "foreign.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_BYTES_MAX = 96, LOADS = 4, STORES_MAX = 4, ASSUMED_BYTES = 8, FETCH_BYTES = 4 };
enum {
  RECORDS_AT_ONCE = TW_FOREIGN_MAX / (1 + LOADS + STORES_MAX), // decoded
  RECORDS_READ = 2048,                                         // as many bytes as are read past the input's own window
};

typedef struct champsim {
  tw_decoder decoder;
  tw_input *input;
  bool cloudsuite;
  size_t record_bytes;
  uint64_t number; ///< of the record that comes next
  uint64_t line;   ///< last one fetched
  uint32_t gap;
  size_t at, end; ///< bytes that are not decoded yet
  uint8_t records[RECORDS_READ * RECORD_BYTES_MAX];
} champsim;

static uint64_t word(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value); // records are little-endian, as every host is that this builds for
  return value;
}

static inline tw_foreign_access *add(champsim *c, tw_foreign_access *at, uint64_t va, unsigned kind, unsigned bytes) {
  return tw_foreign_put(at, va, kind, bytes, &c->gap);
}

/// The addresses among `count` words. Most instructions load and store nothing.
static inline tw_foreign_access *add_words(champsim *c, tw_foreign_access *at, const uint8_t *from, size_t count,
                                           unsigned kind) {
  uint64_t any = 0;
  for (size_t i = 0; i < count; i++)
    any |= word(from + 8 * i);
  for (size_t i = 0; any && i < count; i++) {
    uint64_t va = word(from + 8 * i);
    if (va)
      at = add(c, at, va, kind, ASSUMED_BYTES);
  }
  return at;
}

/// `stores` is known where it is called: the loops are unrolled.
static inline tw_foreign_access *add_record(champsim *c, tw_foreign_access *at, const uint8_t *record, size_t stores) {
  const uint8_t *stored = record + (stores == STORES_MAX ? 24 : 16), *loaded = stored + 8 * stores;
  uint64_t ip = word(record), line = ip >> TW_FETCH_LOG2;
  c->gap++;
  if (line != c->line)
    at = add(c, at, ip, TW_ACCESS_FETCH, FETCH_BYTES);
  c->line = line;
  at = add_words(c, at, loaded, LOADS, TW_ACCESS_READ);
  return add_words(c, at, stored, stores, TW_ACCESS_WRITE);
}

static int cut(const champsim *c, size_t bytes, tw_error *error) {
  return tw_fail(error, "%s: record %" PRIu64 ", byte %" PRIu64 ": found %zu bytes, expected a record of %zu",
                 tw_input_path(c->input), c->number, c->number * c->record_bytes, bytes, c->record_bytes);
}

static bool is_zero(const uint8_t *bytes, size_t count) {
  return bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0;
}

/// The two bytes that can only be 0 or 1 tell a wrong format; zeros are what was never written.
static int check(const champsim *c, const uint8_t *record, tw_error *error) {
  if (record[8] <= 1 && record[9] <= 1 && (word(record) || !is_zero(record, c->record_bytes)))
    return 0;
  if (record[8] <= 1 && record[9] <= 1)
    return tw_fail(error, "%s: record %" PRIu64 ", byte %" PRIu64 ": found zeros alone, expected an instruction",
                   tw_input_path(c->input), c->number, c->number * c->record_bytes);
  return tw_fail(error,
                 "%s: record %" PRIu64 ", byte %" PRIu64 ": found is_branch %u and branch_taken %u, expected 0 or 1",
                 tw_input_path(c->input), c->number, c->number * c->record_bytes, record[8], record[9]);
}

/// Have records to decode. 1: there are some; 0: none is left; -1 and `error`.
static int fill(champsim *c, tw_error *error) {
  if (c->at < c->end)
    return 1;
  int64_t got = tw_input_read(c->input, c->records, RECORDS_READ * c->record_bytes, error);
  c->at = 0;
  c->end = got > 0 ? (size_t)got : 0;
  return got > 0 ? 1 : (int)got;
}

/// Some records. 1: there were some; 0: none is left; -1 and `error`.
static int next_block(champsim *c, tw_foreign_access **at, tw_error *error) {
  int status = fill(c, error);
  for (unsigned i = 0; status > 0 && i < RECORDS_AT_ONCE && c->at < c->end; i++, c->number++) {
    const uint8_t *record = c->records + c->at;
    if (c->end - c->at < c->record_bytes)
      return cut(c, c->end - c->at, error);
    if (check(c, record, error) < 0)
      return -1;
    *at = c->cloudsuite ? add_record(c, *at, record, STORES_MAX) : add_record(c, *at, record, 2);
    c->at += c->record_bytes;
  }
  return status;
}

static int champsim_next(tw_decoder *decoder, tw_foreign_access *accesses, size_t *count, tw_error *error) {
  champsim *c = (champsim *)decoder;
  tw_foreign_access *at = accesses;
  int status = 1;
  while (status > 0 && at == accesses)
    status = next_block(c, &at, error);
  *count = (size_t)(at - accesses);
  return status < 0 ? -1 : 0;
}

static void champsim_destroy(tw_decoder *decoder) { free(decoder); }

tw_decoder *tw_champsim_create(tw_input *input, bool cloudsuite) {
  champsim *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->decoder = (tw_decoder){.next = champsim_next, .destroy = champsim_destroy};
  c->input = input;
  c->record_bytes = cloudsuite ? 96 : 64;
  c->cloudsuite = cloudsuite;
  c->line = UINT64_MAX;
  return &c->decoder;
}
