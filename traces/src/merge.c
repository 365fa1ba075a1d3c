// An access's address is the next one of its class: a chain through memory from each access to the next of its class.
// Eight lanes, neighbouring stretches of the group, are merged side by side so that eight such chains run at once. For
// that the accesses of each class in each lane are counted first.
#include "merge.h"
#include "widest.h"

#include <string.h>

static uint8_t largest_of(const uint8_t *classes, size_t count) {
  uint8_t largest = 0;
  for (size_t i = 0; i < count; i++)
    largest = classes[i] > largest ? classes[i] : largest;
  return largest;
}

static uint16_t *seen_in(tw_merge *merge, size_t lane) { return merge->seen + lane * merge->table->count; }

static void count_slice(const uint8_t *restrict classes, size_t class_count, uint16_t *restrict seen) {
  for (size_t i = 0; i < TW_MERGE_LANE; i++)
    for (size_t lane = 0; lane < TW_MERGE_LANES; lane++)
      seen[lane * class_count + classes[lane * TW_MERGE_LANE + i]]++;
}

static void count_lanes(tw_merge *merge) {
  size_t lanes = (merge->count + TW_MERGE_LANE - 1) / TW_MERGE_LANE, at = 0;
  memset(merge->seen, 0, lanes * merge->table->count * sizeof *merge->seen);
  for (; at + TW_MERGE_SLICE <= merge->count; at += TW_MERGE_SLICE)
    count_slice(merge->classes + at, merge->table->count, seen_in(merge, at / TW_MERGE_LANE));
  for (; at < merge->count; at++)
    seen_in(merge, at / TW_MERGE_LANE)[merge->classes[at]]++;
}

// Of each class, until `next` says where it begins.
static void count_classes(tw_merge *merge) {
  if (merge->table->count == 1) {
    merge->next[0] = (uint32_t)merge->count;
    return;
  }
  count_lanes(merge);
  for (size_t lane = 0; lane * TW_MERGE_LANE < merge->count; lane++)
    for (size_t class = 0; class < merge->table->count; class ++)
      merge->next[class] += seen_in(merge, lane)[class];
}

bool tw_merge_begin(tw_merge *merge, const tw_class_table *table, const uint8_t *classes, size_t count) {
  merge->table = table;
  merge->classes = classes;
  merge->count = count;
  merge->at = 0;
  memset(merge->next, 0, sizeof merge->next);
  if (table->count != 1 && count && largest_of(classes, count) >= table->count)
    return false;
  count_classes(merge);
  for (size_t class = 0; class < table->count; class ++) {
    merge->high[class] = (uint64_t)table->entries[class].high << 32;
    merge->info[class] = table->entries[class].info;
  }
  return true;
}

const char *tw_merge_take(tw_merge *merge, const uint8_t *raw, size_t bytes) {
  const tw_class_table *table = merge->table;
  size_t expected_bytes = 0;
  for (size_t i = 0; i < table->count; i++)
    expected_bytes += tw_address_column_bytes(&table->entries[i], merge->next[i]);
  if (bytes != expected_bytes)
    return "the packed numbers of each class and its wide ones";
  uint32_t at = 0;
  for (size_t i = 0; i < table->count; i++) {
    uint32_t count = merge->next[i];
    const char *expected = tw_address_column_decode(&table->entries[i], raw, count, merge->low + at);
    if (expected)
      return expected;
    raw += tw_address_column_bytes(&table->entries[i], count);
    merge->next[i] = at;
    at += count;
  }
  return NULL;
}

// -- a slice --

// Where each lane begins in each class's addresses.
static void place_lanes(tw_merge *merge, uint32_t cursor[TW_MERGE_LANES][TW_GROUP_CLASSES]) {
  const uint16_t *seen = seen_in(merge, merge->at / TW_MERGE_LANE);
  for (size_t lane = 0; lane < TW_MERGE_LANES; lane++)
    for (size_t class = 0; class < merge->table->count; class ++) {
      cursor[lane][class] = merge->next[class];
      merge->next[class] += *seen++;
    }
}

static void merge_lanes(const uint8_t *restrict classes, const uint32_t *restrict low, const uint64_t *restrict high,
                        uint32_t (*restrict cursor)[TW_GROUP_CLASSES], uint64_t *restrict va) {
  for (size_t i = 0; i < TW_MERGE_LANE; i++)
    for (size_t lane = 0; lane < TW_MERGE_LANES; lane++) {
      size_t at = lane * TW_MERGE_LANE + i, class = classes[at];
      va[at] = high[class] | low[cursor[lane][class]++];
    }
}

static void merge_rest(tw_merge *merge, size_t count, uint64_t *va) {
  const uint8_t *classes = merge->classes + merge->at;
  for (size_t i = 0; i < count; i++)
    va[i] = merge->high[classes[i]] | merge->low[merge->next[classes[i]]++];
}

enum { LOOKUP = 16 };
typedef uint8_t lookup __attribute__((vector_size(LOOKUP)));

// Sixteen at a time, from a table of sixteen for each sixteen classes. Returns how many.
TW_WIDEST static size_t look_up_vectors(const uint8_t *restrict classes, const uint8_t *restrict table,
                                        size_t class_count, size_t count, uint8_t *restrict info) {
  size_t i = 0;
#if defined(__GNUC__) && !defined(__clang__) // which has no shuffle by a variable
  for (; i + LOOKUP <= count; i += LOOKUP) {
    lookup class, entries, found = {0};
    memcpy(&class, classes + i, sizeof class);
    for (size_t first = 0; first < class_count; first += LOOKUP) {
      memcpy(&entries, table + first, sizeof entries);
      found |= __builtin_shuffle(entries, class) & (lookup)(class >> 4 == (uint8_t)(first >> 4));
    }
    memcpy(info + i, &found, sizeof found);
  }
#else
  (void)classes, (void)table, (void)class_count, (void)count, (void)info;
#endif
  return i;
}

static void look_up(const tw_merge *merge, size_t count, uint8_t *info) {
  const uint8_t *classes = merge->classes + merge->at;
  for (size_t i = look_up_vectors(classes, merge->info, merge->table->count, count, info); i < count; i++)
    info[i] = merge->info[classes[i]];
}

TW_WIDEST static void widen(const uint32_t *restrict low, uint64_t high, size_t count, uint64_t *restrict va) {
  for (size_t i = 0; i < count; i++)
    va[i] = high | low[i];
}

static void merge_slice(tw_merge *merge, uint64_t *va) {
  uint32_t cursor[TW_MERGE_LANES][TW_GROUP_CLASSES];
  place_lanes(merge, cursor);
  merge_lanes(merge->classes + merge->at, merge->low, merge->high, cursor, va);
}

size_t tw_merge_next(tw_merge *merge, uint64_t *va, uint8_t *info) {
  size_t left = merge->count - merge->at, count = left < TW_MERGE_SLICE ? left : TW_MERGE_SLICE;
  if (merge->table->count == 1) {
    widen(merge->low + merge->at, merge->high[0], count, va);
    memset(info, merge->info[0], count);
  } else {
    if (count == TW_MERGE_SLICE)
      merge_slice(merge, va);
    else
      merge_rest(merge, count, va);
    look_up(merge, count, info);
  }
  merge->at += count;
  return count;
}
