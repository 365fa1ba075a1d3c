// gem5's packet traces. The messages are written here by hand, from protobuf's wire format: a key (number << 3 | type)
// and a varint for each field.
#include "foreign_case.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct packets {
  uint8_t bytes[4096];
  size_t count;
} packets;

static void put_varint(packets *p, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    p->bytes[p->count++] = (uint8_t)(value | 0x80);
  p->bytes[p->count++] = (uint8_t)value;
}

static void put_field(packets *p, unsigned number, uint64_t value) {
  put_varint(p, number << 3);
  put_varint(p, value);
}

static void put_message(packets *p, const packets *m) {
  put_varint(p, m->count);
  memcpy(p->bytes + p->count, m->bytes, m->count);
  p->count += m->count;
}

/// The magic, and a header with names of requestors, which are passed over.
static void begin(packets *p) {
  packets m = {.count = 0};
  static const char name[] = "\x0a\x07monitor", ids[] = "\x22\x0a\x08\x01\x12\x06mem.wb";
  memcpy(p->bytes, "gem5", 4);
  p->count = 4;
  memcpy(m.bytes, name, sizeof name - 1);
  m.count = sizeof name - 1;
  put_field(&m, 3, 1000000000000);
  memcpy(m.bytes + m.count, ids, sizeof ids - 1);
  m.count += sizeof ids - 1;
  put_message(p, &m);
}

static void packet(packets *p, uint64_t command, uint64_t address, uint64_t bytes, uint64_t flags) {
  packets m = {.count = 0};
  put_field(&m, 1, 500 * p->count);
  put_field(&m, 2, command);
  put_field(&m, 3, address);
  put_field(&m, 4, bytes);
  if (flags)
    put_field(&m, 5, flags);
  put_field(&m, 7, 0x400000); // the PC
  put_message(p, &m);
}

static const one_access accesses[] = {
    {0x80000040, TW_ACCESS_FETCH, 6, 0},     {0x7fff0000, TW_ACCESS_READ, 3, 1},
    {0x123456789abc, TW_ACCESS_WRITE, 2, 1}, {0xffff800012345678, TW_ACCESS_READ, 0, 1},
    {0x80000080, TW_ACCESS_FETCH, 2, 0},     {0x1000, TW_ACCESS_WRITE, 7, 1},
};

static void small_trace(packets *p) {
  enum { INST_FETCH = 0x100, PT_WALK = 0x20000000 };
  begin(p);
  packet(p, 1, 0x80000040, 64, INST_FETCH); // ReadReq
  packet(p, 1, 0x80000044, 4, INST_FETCH);  // of the same line
  packet(p, 1, 0x7fff0000, 8, 0);
  packet(p, 1, 0x5000, 8, PT_WALK);
  packet(p, 4, 0x123456789abc, 4, 0);      // WriteReq
  packet(p, 7, 0x6000, 64, 0);             // WritebackDirty
  packet(p, 26, 0xffff800012345678, 1, 0); // LoadLockedReq
  packet(p, 1, 0x80000080, 4, INST_FETCH);
  packet(p, 34, 0x1000, 1 << 20, 0); // SwapReq
}

static opened open_packets(const packets *p, size_t bytes) {
  return open_bytes(p->bytes, bytes, TW_FOREIGN_GEM5, NULL);
}

Test(gem5, packets) {
  packets p;
  small_trace(&p);
  opened o = open_packets(&p, p.count);
  expect_accesses(&o, accesses, 6);
  finish(&o);
}

Test(gem5, more_packets_than_the_window_holds) {
  enum { PACKETS = 40000 };
  packets p, one = {.count = 0};
  begin(&p);
  packet(&one, 1, 0x7fff0000, 8, 0);
  uint8_t *data = malloc(p.count + PACKETS * one.count);
  memcpy(data, p.bytes, p.count);
  for (size_t i = 0; i < PACKETS; i++)
    memcpy(data + p.count + i * one.count, one.bytes, one.count);
  opened o = open_bytes(data, p.count + PACKETS * one.count, TW_FOREIGN_GEM5, NULL);
  tw_batch batch;
  size_t seen = 0;
  while (tw_trace_next(o.trace, &batch, &o.error) > 0)
    for (size_t i = 0; i < batch.count; i++)
      seen += batch.va[i] == 0x7fff0000;
  cr_expect(seen == PACKETS, "%zu: %s", seen, o.error.text);
  finish(&o);
  free(data);
}

/// A trace that ends after `whole` bytes of the small one, then `tail`.
static void expect_wrong(const packets *p, size_t whole, const char *tail, size_t tail_bytes, const char *words) {
  packets q = {.count = whole + tail_bytes};
  memcpy(q.bytes, p->bytes, whole);
  memcpy(q.bytes + whole, tail, tail_bytes);
  opened o = open_packets(&q, q.count);
  expect_damage(&o, whole == p->count ? 6 : 0, words);
  finish(&o);
}

Test(gem5, damage) {
  packets p;
  small_trace(&p);
  expect_wrong(&p, 0, "", 0, "byte 0: found no \"gem5\", expected it before the messages");
  expect_wrong(&p, 0, "\x1f\x8b\x00\x00\x00", 5, "byte 0: found no \"gem5\"");
  expect_wrong(&p, 4, "", 0, "message 0, byte 4: found no PacketHeader, expected one with obj_id and tick_freq");
  expect_wrong(&p, 4, "\x02\x18\x01", 3, "message 0, byte 5: found no PacketHeader"); // no obj_id
  expect_wrong(&p, 20, "", 0, "message 0, byte 5: found 15 bytes and the end of the file, expected a message of");
  char words[96];
  snprintf(words, sizeof words, "message 10, byte %zu: found the end of the file, expected more of a message's",
           p.count);
  expect_wrong(&p, p.count, "\x80", 1, words);
  expect_wrong(&p, p.count, "\xff\xff\xff\xff\xff\xff", 6, "found a message of 34359738367 bytes or more, expected at");
  expect_wrong(&p, p.count, "\x81\x20", 2, "found a message of 4097 bytes or more, expected at most 4096");
  expect_wrong(&p, p.count, "\x00", 1, "found no Packet, expected one with tick, cmd, addr and size");
  expect_wrong(&p, p.count, "\x04\x08\x01\x10\x01", 5, "found no Packet"); // no address
  expect_wrong(&p, p.count, "\x08\x08\x01\x10\x40\x18\x01\x20\x01", 9, "found command 64, expected one below 64");
}

Test(gem5, a_message_takes_no_more_than_its_block) {
  // A header of 2^18 bytes, all of them fields that are not known: each would take more memory than it has bytes.
  enum { BYTES = 1 << 18 };
  static const uint8_t head[] = {'g', 'e', 'm', '5', 0x80, 0x80, 0x10};
  uint8_t *data = malloc(sizeof head + BYTES);
  memcpy(data, head, sizeof head);
  for (size_t i = 0; i < BYTES; i += 2) {
    data[sizeof head + i] = 15 << 3;
    data[sizeof head + i + 1] = 1;
  }
  opened o = open_bytes(data, sizeof head + BYTES, TW_FOREIGN_GEM5, NULL);
  expect_damage(&o, 0, "message 0, byte 7: found no PacketHeader");
  finish(&o);
  free(data);
}
