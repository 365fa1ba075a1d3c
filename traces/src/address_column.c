// The addresses of one class, VA[31:0], as packed numbers.
//
// Differences when the addresses go on from each other: folded so that small negative ones are small, of whole bytes'
// width, which zstd packs well; the few that are wider stand behind the planes. Offsets from the least address when
// they jump about: these need no more bits than the class's range has, and hardly any time.
#include "columns.h"
#include "pack.h"
#include "widest.h"

#include <string.h>

enum {
  TILE = 2048,     // numbers that are unpacked at a time: they stay in the first-level cache
  TIME_SHARE = 16, // offsets may need this share more room: they need less time
};

static uint32_t fold(uint32_t delta) { return delta << 1 ^ (0 - (delta >> 31)); }

static uint32_t unfold(uint32_t folded) { return folded >> 1 ^ (0 - (folded & 1)); }

static unsigned width_of(uint32_t number) { return number ? 32 - (unsigned)__builtin_clz(number) : 0; }

// -- encoding --

// The least whole bytes that all but one in 64 fit.
TW_WIDEST static unsigned choose_width(const uint32_t *numbers, size_t count, uint32_t *wide) {
  uint32_t wider[5] = {0}; // than 0, 1, 2, 3, 4 bytes
  for (size_t i = 0; i < count; i++)
    for (unsigned bytes = 0; bytes < 4; bytes++)
      wider[bytes] += numbers[i] >> 8 * bytes != 0;
  unsigned bytes = 0;
  while (wider[bytes] > count / TW_WIDE_SHARE)
    bytes++;
  *wide = wider[bytes];
  return 8 * bytes;
}

// log2 in units of 1/256, of numbers from 1 on.
static uint32_t log2_256(uint32_t number) {
  uint32_t whole = 31 - (uint32_t)__builtin_clz(number | 1), result = whole << 8;
  uint64_t x = (uint64_t)number << 31 >> whole; // 1 to 2, with 31 bits after the point
  for (uint32_t bit = 128; bit; bit /= 2) {
    x = x * x >> 31;
    if (x >> 32) {
      result += bit;
      x >>= 1;
    }
  }
  return result;
}

// Bits of one byte by the frequencies of its values, in units of 1/256, for all numbers.
static uint64_t byte_entropy_256(const uint32_t seen[256], size_t count) {
  uint64_t sum = 0;
  for (size_t byte = 0; byte < 256; byte++)
    if (seen[byte])
      sum += (uint64_t)seen[byte] * (log2_256((uint32_t)count) - log2_256(seen[byte]));
  return sum;
}

// Bits of a number's whole bytes by their frequencies, in units of 1/256: what an entropy coder would make of them.
static uint64_t entropy_256(const uint32_t *numbers, size_t count) {
  uint32_t seen[4][256] = {{0}};
  for (size_t i = 0; i < count; i++)
    for (unsigned byte = 0; byte < 4; byte++)
      seen[byte][numbers[i] >> 8 * byte & 0xff]++;
  uint64_t sum = 0;
  for (unsigned byte = 0; byte < 4; byte++)
    sum += byte_entropy_256(seen[byte], count);
  return count ? sum / count : 0;
}

TW_WIDEST static void make_differences(tw_class *class, uint32_t *low, size_t count) {
  uint32_t last = class->low, all = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t delta = low[i] - last;
    last = low[i];
    low[i] = delta;
    all |= delta;
  }
  class->mode = TW_CLASS_DELTAS;
  class->shift = all ? (uint8_t)__builtin_ctz(all) : 0;
  for (size_t i = 0; i < count; i++)
    low[i] = fold((uint32_t)((int32_t)low[i] >> class->shift));
  class->bits = (uint8_t)choose_width(low, count, &class->wide);
}

// The class as it would be with offsets.
TW_WIDEST static tw_class offset_class(const tw_class *class, const uint32_t *low, size_t count) {
  uint32_t least = UINT32_MAX, most = 0, all = 0;
  for (size_t i = 0; i < count; i++) {
    least = low[i] < least ? low[i] : least;
    most = low[i] > most ? low[i] : most;
  }
  for (size_t i = 0; i < count; i++)
    all |= low[i] - least;
  tw_class offsets = {.high = class->high, .low = least, .info = class->info, .mode = TW_CLASS_OFFSETS};
  offsets.shift = all ? (uint8_t)__builtin_ctz(all) : 0;
  offsets.bits = (uint8_t)width_of((most - least) >> offsets.shift);
  return offsets;
}

static size_t put_numbers(const tw_class *class, const uint32_t *numbers, size_t count, uint8_t *out) {
  tw_pack(numbers, count, class->bits, out);
  size_t bytes = tw_packed_bytes(class->bits, count);
  for (size_t i = 0; class->wide && i < count; i++)
    if (class->bits < 32 && numbers[i] >> class->bits) {
      uint16_t index = (uint16_t)i;
      memcpy(out + bytes, &index, sizeof index);
      memcpy(out + bytes + 2, &numbers[i], sizeof numbers[i]);
      bytes += TW_WIDE_NUMBER_BYTES;
    }
  return bytes;
}

size_t tw_address_column_encode(tw_class *class, uint32_t *low, size_t count, uint8_t *out) {
  tw_class offsets = offset_class(class, low, count);
  make_differences(class, low, count);
  uint64_t entropy = entropy_256(low, count);
  if (offsets.bits * 256U <= entropy + entropy / TIME_SHARE) {
    uint32_t at = class->low;
    for (size_t i = 0; i < count; i++) {
      at += unfold(low[i]) << class->shift;
      low[i] = (at - offsets.low) >> offsets.shift;
    }
    *class = offsets;
  }
  return put_numbers(class, low, count, out);
}

// -- decoding --

size_t tw_address_column_bytes(const tw_class *class, size_t count) {
  return tw_packed_bytes(class->bits, count) + (size_t)TW_WIDE_NUMBER_BYTES * class->wide;
}

enum { LANES = 8 };
typedef uint32_t lanes __attribute__((vector_size(LANES * sizeof(uint32_t))));

// Running sums of the differences, from `last` on: within eight by three shifted adds, then on from the eight before.
TW_WIDEST static uint32_t add_up(uint32_t *numbers, size_t count, unsigned shift, uint32_t last) {
  size_t i = 0;
  const lanes zero = {0};
  lanes before = zero + last;
  for (; i + LANES <= count; i += LANES) {
    lanes x;
    memcpy(&x, numbers + i, sizeof x);
    x = (x >> 1 ^ (zero - (x & 1))) << shift;
    x += __builtin_shufflevector(zero, x, 0, 8, 9, 10, 11, 12, 13, 14);
    x += __builtin_shufflevector(zero, x, 0, 0, 8, 9, 10, 11, 12, 13);
    x += __builtin_shufflevector(zero, x, 0, 0, 0, 0, 8, 9, 10, 11);
    x += before;
    before = __builtin_shufflevector(x, x, 7, 7, 7, 7, 7, 7, 7, 7);
    memcpy(numbers + i, &x, sizeof x);
  }
  last = before[0];
  for (; i < count; i++)
    numbers[i] = last += unfold(numbers[i]) << shift;
  return last;
}

TW_WIDEST static void add_base(uint32_t *numbers, size_t count, unsigned shift, uint32_t base) {
  for (size_t i = 0; i < count; i++)
    numbers[i] = base + (numbers[i] << shift);
}

typedef struct wide_list {
  const uint8_t *at;
  size_t left;
} wide_list;

static size_t wide_index(const wide_list *wide) {
  uint16_t index;
  memcpy(&index, wide->at, sizeof index);
  return index;
}

// Put the wide numbers of one tile in their places. False: they are out of order.
static bool put_wide(wide_list *wide, size_t from, size_t count, uint32_t *numbers) {
  while (wide->left && wide_index(wide) < from + count) {
    if (wide_index(wide) < from)
      return false;
    memcpy(&numbers[wide_index(wide) - from], wide->at + 2, sizeof *numbers);
    wide->at += TW_WIDE_NUMBER_BYTES;
    wide->left--;
  }
  return true;
}

const char *tw_address_column_decode(const tw_class *class, const uint8_t *raw, size_t count, uint32_t *low) {
  const tw_packed packed = {.data = raw, .count = count, .bits = class->bits};
  wide_list wide = {.at = raw + tw_packed_bytes(class->bits, count), .left = class->wide};
  uint32_t last = class->low;
  for (size_t from = 0; from < count; from += TILE) {
    size_t part = count - from < TILE ? count - from : TILE;
    tw_unpack(&packed, from, part, low + from);
    if (!put_wide(&wide, from, part, low + from))
      break;
    if (class->mode == TW_CLASS_DELTAS)
      last = add_up(low + from, part, class->shift, last);
    else
      add_base(low + from, part, class->shift, class->low);
  }
  return wide.left ? "indexes of the class's accesses, in order" : NULL;
}
