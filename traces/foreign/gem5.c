// gem5's packet traces (MemTraceProbe): the word "gem5", then protobuf messages, each after its length as a varint.
//
// Ticks tell no instructions: each data access counts as one. gem5's own page-table walks are passed over, and what
// caches send on their own (write-backs, upgrades, hardware prefetches): they are no accesses of a program.
#include "foreign.h"

#include "gem5_packet.pb-c.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_MOST = 1 << 18, PACKET_MOST = 1 << 12, ARENA = 1 << 20, VARINT_MOST = 5, COMMANDS = 64 };

/// MemCmd::Command (src/mem/packet.hh). gem5's own tools for these traces know ReadReq and WriteReq alone.
enum {
  READ_REQ = 1,
  WRITE_REQ = 4,
  SOFT_PF_REQ = 11,
  SOFT_PF_EX_REQ = 12,
  WRITE_LINE_REQ = 16,
  READ_EX_REQ = 22,
  READ_CLEAN_REQ = 24,
  READ_SHARED_REQ = 25,
  LOAD_LOCKED_REQ = 26,
  STORE_COND_REQ = 27,
  LOCKED_RMW_READ_REQ = 30,
  LOCKED_RMW_WRITE_REQ = 32,
  SWAP_REQ = 34,
};
/// Request::Flags (src/mem/request.hh).
enum { INST_FETCH = 0x100, PT_WALK = 0x20000000 };

static const uint8_t magic[4] = {'g', 'e', 'm', '5'};

/// What a message takes while it is decoded: a block of its own, so that no message can take more.
typedef struct arena {
  size_t used;
  _Alignas(max_align_t) uint8_t block[ARENA];
} arena;

typedef struct gem5 {
  tw_decoder decoder;
  tw_input *input;
  bool begun, ended;
  uint64_t number; ///< of the message that comes next; 0: the header
  uint64_t offset; ///< of `from` in the file
  uint64_t line;   ///< of 64 bytes, last one fetched
  ProtobufCAllocator allocator;
  arena arena;
  size_t from, to; ///< what is left of the window
  uint8_t window[HEADER_MOST + VARINT_MOST];
} gem5;

static void *take_bytes(void *context, size_t bytes) {
  arena *a = context;
  size_t whole = (bytes + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
  if (bytes > ARENA || whole > ARENA - a->used)
    return NULL;
  a->used += whole;
  return a->block + a->used - whole;
}

/// All of it is taken back at once, before the next message.
static void give_back(void *context, void *bytes) {
  (void)context;
  (void)bytes;
}

__attribute__((format(printf, 3, 4))) static int wrong(const gem5 *g, tw_error *error, const char *format, ...) {
  char text[160];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return tw_fail(error, "%s: message %" PRIu64 ", byte %" PRIu64 ": %s", tw_input_path(g->input), g->number, g->offset,
                 text);
}

// ---- messages ----

typedef struct message {
  const uint8_t *data;
  size_t bytes;
} message;

/// Have `bytes` bytes in the window, or what is left of the file.
static int fill(gem5 *g, size_t bytes, tw_error *error) {
  if (g->to - g->from >= bytes || g->ended)
    return 0;
  memmove(g->window, g->window + g->from, g->to - g->from);
  g->to -= g->from;
  g->from = 0;
  int64_t got = tw_input_read(g->input, g->window + g->to, sizeof g->window - g->to, error);
  if (got < 0)
    return -1;
  g->to += (size_t)got;
  g->ended = g->to < sizeof g->window;
  return 0;
}

static void take(gem5 *g, size_t bytes) {
  g->from += bytes;
  g->offset += bytes;
}

/// The length before a message: 1; 0: the file ends here; -1 and `error`.
static int take_length(gem5 *g, size_t most, size_t *length, tw_error *error) {
  if (fill(g, VARINT_MOST, error) < 0)
    return -1;
  uint64_t value = 0;
  size_t left = g->to - g->from;
  if (left == 0)
    return 0;
  for (unsigned i = 0; i < VARINT_MOST; i++) {
    if (i == left)
      return wrong(g, error, "found the end of the file, expected more of a message's length");
    uint8_t byte = g->window[g->from + i];
    value |= (uint64_t)(byte & 0x7f) << (7 * i);
    if (byte & 0x80)
      continue;
    if (value > most)
      break;
    take(g, i + 1);
    *length = (size_t)value;
    return 1;
  }
  return wrong(g, error, "found a message of %" PRIu64 " bytes or more, expected at most %zu", value, most);
}

/// The next message, until the one after it: 1; 0: none is left; -1 and `error`.
static int next_message(gem5 *g, size_t most, message *m, tw_error *error) {
  int status = take_length(g, most, &m->bytes, error);
  if (status <= 0 || fill(g, m->bytes, error) < 0)
    return status <= 0 ? status : -1;
  size_t left = g->to - g->from;
  if (left < m->bytes)
    return wrong(g, error, "found %zu bytes and the end of the file, expected a message of %zu", left, m->bytes);
  m->data = g->window + g->from;
  g->arena.used = 0;
  return 1;
}

static int take_header(gem5 *g, tw_error *error) {
  message m = {0};
  if (fill(g, sizeof magic, error) < 0)
    return -1;
  if (g->to - g->from < sizeof magic || memcmp(g->window + g->from, magic, sizeof magic) != 0)
    return tw_fail(error, "%s: byte 0: found no \"gem5\", expected it before the messages", tw_input_path(g->input));
  take(g, sizeof magic);
  int status = next_message(g, HEADER_MOST, &m, error);
  if (status < 0)
    return -1;
  if (status == 0 || !gem5_header__unpack(&g->allocator, m.bytes, m.data))
    return wrong(g, error, "found no PacketHeader, expected one with obj_id and tick_freq");
  take(g, m.bytes);
  g->number++;
  return 0;
}

// ---- packets ----

/// The kind of access, by command and flags; -1: it is none of a program's.
static int kind_of(const Gem5Packet *packet) {
  if (packet->has_flags && packet->flags & PT_WALK)
    return -1;
  switch (packet->cmd) {
  case READ_REQ:
  case SOFT_PF_REQ:
  case SOFT_PF_EX_REQ:
  case READ_EX_REQ:
  case READ_CLEAN_REQ:
  case READ_SHARED_REQ:
  case LOAD_LOCKED_REQ:
  case LOCKED_RMW_READ_REQ:
    return packet->has_flags && packet->flags & INST_FETCH ? TW_ACCESS_FETCH : TW_ACCESS_READ;
  case WRITE_REQ:
  case WRITE_LINE_REQ:
  case STORE_COND_REQ:
  case LOCKED_RMW_WRITE_REQ:
  case SWAP_REQ:
    return TW_ACCESS_WRITE;
  default:
    return -1;
  }
}

static tw_foreign_access *add_packet(gem5 *g, tw_foreign_access *at, const Gem5Packet *packet) {
  int kind = kind_of(packet);
  if (kind < 0)
    return at;
  uint32_t gap = kind != TW_ACCESS_FETCH;
  if (kind == TW_ACCESS_FETCH && packet->addr >> TW_FETCH_LOG2 == g->line)
    return at;
  if (kind == TW_ACCESS_FETCH)
    g->line = packet->addr >> TW_FETCH_LOG2;
  return tw_foreign_put(at, packet->addr, (unsigned)kind, packet->size, &gap);
}

/// One packet. 1: there was one; 0: none is left; -1 and `error`.
static int take_packet(gem5 *g, tw_foreign_access **at, tw_error *error) {
  message m = {0};
  int status = next_message(g, PACKET_MOST, &m, error);
  if (status <= 0)
    return status;
  const Gem5Packet *packet = gem5_packet__unpack(&g->allocator, m.bytes, m.data);
  if (!packet)
    return wrong(g, error, "found no Packet, expected one with tick, cmd, addr and size");
  if (packet->cmd >= COMMANDS)
    return wrong(g, error, "found command %" PRIu32 ", expected one below %d", packet->cmd, COMMANDS);
  *at = add_packet(g, *at, packet);
  take(g, m.bytes);
  g->number++;
  return 1;
}

// ---- the decoder ----

static int gem5_next(tw_decoder *decoder, tw_foreign_access *accesses, size_t *count, tw_error *error) {
  gem5 *g = (gem5 *)decoder;
  tw_foreign_access *at = accesses;
  int status = 1;
  *count = 0;
  if (!g->begun && take_header(g, error) < 0)
    return -1;
  g->begun = true;
  while (status > 0 && at < accesses + TW_FOREIGN_MAX)
    status = take_packet(g, &at, error);
  *count = (size_t)(at - accesses);
  return status < 0 ? -1 : 0;
}

static void gem5_destroy(tw_decoder *decoder) { free(decoder); }

tw_decoder *tw_gem5_create(tw_input *input) {
  gem5 *g = calloc(1, sizeof *g);
  if (!g)
    return NULL;
  g->decoder = (tw_decoder){.next = gem5_next, .destroy = gem5_destroy};
  g->input = input;
  g->line = UINT64_MAX;
  g->allocator = (ProtobufCAllocator){take_bytes, give_back, &g->arena};
  return &g->decoder;
}
