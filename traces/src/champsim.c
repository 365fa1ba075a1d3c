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
enum { RECORDS_AT_ONCE = TW_FOREIGN_MAX / (1 + LOADS + STORES_MAX) };

typedef struct champsim {
  tw_decoder decoder;
  tw_input *input;
  size_t record_bytes, stores, stores_at, loads_at;
  uint64_t number; ///< of the record that comes next
  uint64_t line;   ///< last one fetched
  uint32_t gap;
  uint8_t records[RECORDS_AT_ONCE * RECORD_BYTES_MAX];
} champsim;

static uint64_t word(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value); // records are little-endian, as every host is that this builds for
  return value;
}

static tw_foreign_access *add(champsim *c, tw_foreign_access *at, uint64_t va, unsigned kind, unsigned bytes) {
  *at = tw_foreign_access_of(va, kind, bytes, &c->gap);
  return at + 1;
}

static tw_foreign_access *add_record(champsim *c, tw_foreign_access *at, const uint8_t *record) {
  uint64_t ip = word(record), line = ip >> TW_FETCH_LOG2;
  c->gap++;
  if (line != c->line)
    at = add(c, at, ip, TW_ACCESS_FETCH, FETCH_BYTES);
  c->line = line;
  for (size_t i = 0; i < LOADS; i++) {
    uint64_t va = word(record + c->loads_at + 8 * i);
    if (va)
      at = add(c, at, va, TW_ACCESS_READ, ASSUMED_BYTES);
  }
  for (size_t i = 0; i < c->stores; i++) {
    uint64_t va = word(record + c->stores_at + 8 * i);
    if (va)
      at = add(c, at, va, TW_ACCESS_WRITE, ASSUMED_BYTES);
  }
  return at;
}

static int cut(const champsim *c, size_t bytes, tw_error *error) {
  return tw_fail(error, "%s: record %" PRIu64 ", byte %" PRIu64 ": found %zu bytes, expected a record of %zu",
                 tw_input_path(c->input), c->number, c->number * c->record_bytes, bytes, c->record_bytes);
}

/// The two bytes that can only be 0 or 1 tell a wrong format.
static int check(const champsim *c, const uint8_t *record, tw_error *error) {
  if (record[8] <= 1 && record[9] <= 1)
    return 0;
  return tw_fail(error,
                 "%s: record %" PRIu64 ", byte %" PRIu64 ": found is_branch %u and branch_taken %u, expected 0 or 1",
                 tw_input_path(c->input), c->number, c->number * c->record_bytes, record[8], record[9]);
}

/// One block of records. 1: there was one; 0: none is left; -1 and `error`.
static int next_block(champsim *c, tw_foreign_access **at, tw_error *error) {
  int64_t got = tw_input_read(c->input, c->records, RECORDS_AT_ONCE * c->record_bytes, error);
  if (got <= 0)
    return (int)got;
  size_t whole = (size_t)got / c->record_bytes, rest = (size_t)got % c->record_bytes;
  for (size_t i = 0; i < whole; i++, c->number++) {
    const uint8_t *record = c->records + i * c->record_bytes;
    if (check(c, record, error) < 0)
      return -1;
    *at = add_record(c, *at, record);
  }
  return rest ? cut(c, rest, error) : 1;
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
  c->stores = cloudsuite ? 4 : 2;
  c->stores_at = cloudsuite ? 24 : 16;
  c->loads_at = c->stores_at + 8 * c->stores;
  c->line = UINT64_MAX;
  return &c->decoder;
}
