// Columns of classes and gaps; the addresses' columns are made here and merged in merge.c. The scheme: columns.h.
#include "columns.h"

#include <stdbool.h>
#include <string.h>

int tw_class_search(tw_class_table *table, uint64_t va, uint8_t info) {
  uint32_t high = (uint32_t)(va >> 32), i = 0;
  while (i < table->count && (table->entries[i].high != high || table->entries[i].info != info))
    i++;
  if (i == TW_GROUP_CLASSES)
    return -1;
  if (i == table->count)
    table->entries[table->count++] = (tw_class){.high = high, .low = (uint32_t)va, .info = info};
  table->recent[tw_class_guess(high, info)] = (uint8_t)i;
  return (int)i;
}

size_t tw_addresses_encode(tw_class_table *table, const uint64_t *va, const uint8_t *classes, size_t count,
                           uint8_t *out) {
  uint32_t low[TW_GROUP_ACCESSES];
  size_t end[TW_GROUP_CLASSES] = {0}, bytes = 0, from = 0;
  for (size_t i = 0; i < count; i++)
    end[classes[i]]++;
  for (size_t class = 0; class < table->count; class ++) { // where each class's addresses begin
    size_t found = end[class];
    end[class] = from;
    from += found;
  }
  for (size_t i = 0; i < count; i++)
    low[end[classes[i]]++] = (uint32_t)va[i];
  from = 0;
  for (size_t class = 0; class < table->count; class ++) {
    bytes += tw_address_column_encode(&table->entries[class], low + from, end[class] - from, out + bytes);
    from = end[class];
  }
  return bytes;
}

// -- gaps --

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

const char *tw_gaps_decode(const uint8_t *raw, size_t bytes, size_t count, uint16_t *gap) {
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
