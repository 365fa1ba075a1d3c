// Columns of virtual addresses, infos and gaps. The scheme is told in columns.h.
#include "columns.h"

#include <string.h>

int tw_class_find(tw_class_table *table, uint64_t va, uint8_t info) {
  uint32_t high = (uint32_t)(va >> 32);
  for (uint32_t i = 0; i < table->count; i++)
    if (table->entries[i].high == high && table->entries[i].info == info)
      return (int)i;
  if (table->count == TW_GROUP_CLASSES)
    return -1;
  table->entries[table->count] = (tw_class){.high = high, .low = (uint32_t)va, .info = info};
  return (int)table->count++;
}

// Small negative differences are small numbers too.
static uint32_t fold(uint32_t delta) { return delta << 1 ^ (0 - (delta >> 31)); }

static uint32_t unfold(uint32_t folded) { return folded >> 1 ^ (0 - (folded & 1)); }

static void differences(const tw_class_table *table, const uint64_t *va, const uint8_t *classes, size_t count,
                        uint32_t *folded) {
  uint32_t last[TW_GROUP_CLASSES];
  for (size_t i = 0; i < table->count; i++)
    last[i] = table->entries[i].low;
  for (size_t i = 0; i < count; i++) {
    folded[i] = fold((uint32_t)va[i] - last[classes[i]]);
    last[classes[i]] = (uint32_t)va[i];
  }
}

// The least width in bytes that all but one in 64 fit.
static unsigned choose_width(const uint32_t *folded, size_t count) {
  size_t wider[4] = {0}; // than 0, 1, 2, 3 bytes
  for (size_t i = 0; i < count; i++)
    for (unsigned width = 0; width < 4; width++)
      wider[width] += folded[i] >> 8 * width != 0;
  unsigned width = 0;
  while (width < 4 && wider[width] > count / 64)
    width++;
  return width;
}

size_t tw_deltas_encode(const tw_class_table *table, const uint64_t *va, const uint8_t *classes, size_t count,
                        uint8_t *out) {
  uint32_t folded[TW_GROUP_ACCESSES];
  differences(table, va, classes, count, folded);
  unsigned width = choose_width(folded, count);
  out[0] = (uint8_t)width;
  for (size_t plane = 0; plane < width; plane++)
    for (size_t i = 0; i < count; i++)
      out[1 + plane * count + i] = (uint8_t)(folded[i] >> 8 * plane);
  size_t bytes = 1 + width * count;
  for (size_t i = 0; i < count; i++)
    if (width < 4 && folded[i] >> 8 * width) {
      uint16_t index = (uint16_t)i;
      memcpy(out + bytes, &index, sizeof index);
      memcpy(out + bytes + 2, &folded[i], sizeof folded[i]);
      bytes += TW_WIDE_DELTA_BYTES;
    }
  return bytes;
}

// One loop a width: each is a few vector instructions.
static void join_planes(const uint8_t *planes, unsigned width, size_t count, uint32_t *restrict folded) {
  const uint8_t *p0 = planes, *p1 = p0 + count, *p2 = p1 + count, *p3 = p2 + count;
  if (width == 0)
    memset(folded, 0, count * sizeof *folded);
  else if (width == 1)
    for (size_t i = 0; i < count; i++)
      folded[i] = p0[i];
  else if (width == 2)
    for (size_t i = 0; i < count; i++)
      folded[i] = (uint32_t)p0[i] | (uint32_t)p1[i] << 8;
  else if (width == 3)
    for (size_t i = 0; i < count; i++)
      folded[i] = (uint32_t)p0[i] | (uint32_t)p1[i] << 8 | (uint32_t)p2[i] << 16;
  else
    for (size_t i = 0; i < count; i++)
      folded[i] = (uint32_t)p0[i] | (uint32_t)p1[i] << 8 | (uint32_t)p2[i] << 16 | (uint32_t)p3[i] << 24;
}

static const char *join_deltas(const uint8_t *raw, size_t bytes, size_t count, uint32_t *folded) {
  if (bytes == 0 || raw[0] > 4)
    return "a width of 0 to 4 bytes";
  size_t wide_at = 1 + raw[0] * count;
  if (bytes < wide_at || (bytes - wide_at) % TW_WIDE_DELTA_BYTES)
    return "a plane for each byte of width and wide differences of 6 bytes";
  join_planes(raw + 1, raw[0], count, folded);
  for (size_t at = wide_at; at < bytes; at += TW_WIDE_DELTA_BYTES) {
    uint16_t index;
    memcpy(&index, raw + at, sizeof index);
    if (index >= count)
      return "the index of an access of the group";
    memcpy(&folded[index], raw + at + 2, sizeof *folded);
  }
  return NULL;
}

static void add_up(const tw_class_table *table, const uint8_t *restrict classes, const uint32_t *restrict folded,
                   size_t count, uint64_t *restrict va, uint8_t *restrict info) {
  uint64_t high[TW_GROUP_CLASSES];
  uint8_t infos[TW_GROUP_CLASSES];
  uint32_t last[TW_GROUP_CLASSES];
  for (size_t i = 0; i < table->count; i++) {
    high[i] = (uint64_t)table->entries[i].high << 32;
    last[i] = table->entries[i].low;
    infos[i] = table->entries[i].info;
  }
  for (size_t i = 0; i < count; i++) {
    unsigned class = classes[i];
    uint32_t low = last[class] + unfold(folded[i]);
    last[class] = low;
    va[i] = high[class] | low;
    info[i] = infos[class];
  }
}

const char *tw_deltas_decode(const tw_class_table *table, const uint8_t *raw, size_t bytes, const uint8_t *classes,
                             size_t count, uint64_t *va, uint8_t *info) {
  uint32_t folded[TW_GROUP_ACCESSES];
  const char *expected = join_deltas(raw, bytes, count, folded);
  if (!expected)
    add_up(table, classes, folded, count, va, info);
  return expected;
}

bool tw_classes_valid(const tw_class_table *table, const uint8_t *classes, size_t count) {
  uint8_t largest = 0;
  for (size_t i = 0; i < count; i++)
    largest = classes[i] > largest ? classes[i] : largest;
  return count == 0 || largest < table->count;
}

size_t tw_gaps_encode(const uint16_t *gap, size_t count, uint8_t *out) {
  size_t bytes = count;
  for (size_t i = 0; i < count; i++) {
    out[i] = (uint8_t)gap[i];
    if (gap[i] > 0xff) {
      uint16_t wide[2] = {(uint16_t)i, gap[i]};
      memcpy(out + bytes, wide, sizeof wide);
      bytes += sizeof wide;
    }
  }
  return bytes;
}

const char *tw_gaps_decode(const uint8_t *raw, size_t bytes, size_t count, uint16_t *restrict gap) {
  if (bytes < count || (bytes - count) % TW_WIDE_GAP_BYTES)
    return "a byte for each access and wide gaps of 4 bytes";
  for (size_t i = 0; i < count; i++)
    gap[i] = raw[i];
  for (size_t at = count; at < bytes; at += TW_WIDE_GAP_BYTES) {
    uint16_t wide[2];
    memcpy(wide, raw + at, sizeof wide);
    if (wide[0] >= count)
      return "the index of an access of the group";
    gap[wide[0]] = wide[1];
  }
  return NULL;
}
