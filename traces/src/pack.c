// Packed numbers: planes of bytes, then of 4, 2 and 1 bits.
#include "pack.h"
#include "widest.h"

#include <string.h>

static size_t part_bytes(unsigned bits, size_t count) { return (count * bits + 7) / 8; }

size_t tw_packed_bytes(unsigned bits, size_t count) {
  size_t bytes = bits / 8 * count;
  for (unsigned part = 4; part; part /= 2)
    if (bits & part)
      bytes += part_bytes(part, count);
  return bytes;
}

/// Part of a number: where it stands and how wide it is; where it goes.
typedef struct piece {
  unsigned shift, bits, to;
} piece;

// A plane narrower than a byte: a row of as many numbers as it has bytes, then the next beside it.
static void put_part(const uint32_t *numbers, size_t count, piece p, uint8_t *plane) {
  size_t bytes = part_bytes(p.bits, count);
  uint32_t mask = (1U << p.bits) - 1;
  for (size_t from = 0; from < count; from += bytes, p.to += p.bits)
    for (size_t i = 0; i < bytes && from + i < count; i++)
      plane[i] = (uint8_t)(plane[i] | (numbers[from + i] >> p.shift & mask) << p.to);
}

void tw_pack(const uint32_t *numbers, size_t count, unsigned bits, uint8_t *out) {
  unsigned at = 0;
  for (; at + 8 <= bits; at += 8)
    for (size_t i = 0; i < count; i++)
      *out++ = (uint8_t)(numbers[i] >> at);
  for (unsigned part = 4; part; part /= 2) {
    if (!(bits & part))
      continue;
    size_t bytes = part_bytes(part, count);
    memset(out, 0, bytes);
    put_part(numbers, count, (piece){.shift = at, .bits = part}, out);
    out += bytes;
    at += part;
  }
}

// One loop a width.
TW_WIDEST static void join_bytes(const tw_packed *packed, size_t from, size_t count, uint32_t *restrict numbers) {
  const uint8_t *p0 = packed->data + from, *p1 = p0 + packed->count, *p2 = p1 + packed->count, *p3 = p2 + packed->count;
  unsigned bytes = packed->bits / 8;
  if (bytes == 0)
    memset(numbers, 0, count * sizeof *numbers);
  else if (bytes == 1)
    for (size_t i = 0; i < count; i++)
      numbers[i] = p0[i];
  else if (bytes == 2)
    for (size_t i = 0; i < count; i++)
      numbers[i] = (uint32_t)p0[i] | (uint32_t)p1[i] << 8;
  else if (bytes == 3)
    for (size_t i = 0; i < count; i++)
      numbers[i] = (uint32_t)p0[i] | (uint32_t)p1[i] << 8 | (uint32_t)p2[i] << 16;
  else
    for (size_t i = 0; i < count; i++)
      numbers[i] = (uint32_t)p0[i] | (uint32_t)p1[i] << 8 | (uint32_t)p2[i] << 16 | (uint32_t)p3[i] << 24;
}

TW_WIDEST static void join_piece(const uint8_t *restrict plane, size_t count, piece p, uint32_t *restrict numbers) {
  const uint32_t mask = (1U << p.bits) - 1;
  for (size_t i = 0; i < count; i++)
    numbers[i] |= ((uint32_t)plane[i] >> p.shift & mask) << p.to;
}

// Part of a plane narrower than a byte: the numbers of one shift stand side by side.
static void join_part(const uint8_t *plane, size_t bytes, size_t from, size_t count, piece p, uint32_t *numbers) {
  size_t end = from + count;
  for (size_t at = from; at < end;) {
    size_t row = at / bytes, stop = (row + 1) * bytes < end ? (row + 1) * bytes : end;
    p.shift = (unsigned)row * p.bits;
    join_piece(plane + (at - row * bytes), stop - at, p, numbers + (at - from));
    at = stop;
  }
}

void tw_unpack(const tw_packed *packed, size_t from, size_t count, uint32_t *numbers) {
  join_bytes(packed, from, count, numbers);
  const uint8_t *plane = packed->data + packed->bits / 8 * packed->count;
  unsigned to = packed->bits / 8 * 8;
  for (unsigned part = 4; part; part /= 2) {
    if (!(packed->bits & part))
      continue;
    size_t bytes = part_bytes(part, packed->count);
    join_part(plane, bytes, from, count, (piece){.bits = part, .to = to}, numbers);
    plane += bytes;
    to += part;
  }
}
