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
  table->entries[table->count] = (tw_class){.high = high, .info = info};
  return (int)table->count++;
}

void tw_deltas_encode(const uint64_t *va, const uint8_t *classes, size_t count, uint8_t *planes) {
  uint32_t last[TW_GROUP_CLASSES] = {0};
  for (size_t i = 0; i < count; i++) {
    uint32_t delta = (uint32_t)va[i] - last[classes[i]];
    last[classes[i]] = (uint32_t)va[i];
    for (size_t plane = 0; plane < 4; plane++)
      planes[plane * count + i] = (uint8_t)(delta >> 8 * plane);
  }
}

void tw_deltas_decode(const tw_class_table *table, const uint8_t *classes, const uint8_t *planes, size_t count,
                      uint64_t *restrict va, uint8_t *restrict info) {
  uint64_t high[TW_GROUP_CLASSES];
  uint8_t infos[TW_GROUP_CLASSES];
  uint32_t last[TW_GROUP_CLASSES] = {0};
  for (size_t i = 0; i < table->count; i++) {
    high[i] = (uint64_t)table->entries[i].high << 32;
    infos[i] = table->entries[i].info;
  }
  const uint8_t *p0 = planes, *p1 = p0 + count, *p2 = p1 + count, *p3 = p2 + count;
  for (size_t i = 0; i < count; i++) {
    unsigned class = classes[i];
    uint32_t low =
        last[class] + ((uint32_t)p0[i] | (uint32_t)p1[i] << 8 | (uint32_t)p2[i] << 16 | (uint32_t)p3[i] << 24);
    last[class] = low;
    va[i] = high[class] | low;
    info[i] = infos[class];
  }
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
