// The column of physical addresses: only what the prediction gets wrong.
//
// A page that was seen before maps as it did; a new page of a class maps as the class's last access did, which is
// right in the linear map and inside blocks. Reader and writer run the same predictor over the same addresses.
#include "columns.h"

#include <string.h>

enum { PAGE_LOG2 = 12, SLOTS = 65536 };

static size_t slot_of(uint64_t page) { return (page ^ page >> 16) % SLOTS; }

void tw_pa_reset(tw_pa_predictor *predictor) {
  memset(predictor->page, 0xff, sizeof predictor->page); // no page has this number
  memset(predictor->offset, 0, sizeof predictor->offset);
}

static uint64_t predict(const tw_pa_predictor *predictor, uint64_t va, uint64_t class_offset) {
  uint64_t page = va >> PAGE_LOG2;
  size_t slot = slot_of(page);
  return va + (predictor->page[slot] == page ? predictor->offset[slot] : class_offset);
}

static void learn(tw_pa_predictor *predictor, uint64_t va, uint64_t offset) {
  uint64_t page = va >> PAGE_LOG2;
  predictor->page[slot_of(page)] = page;
  predictor->offset[slot_of(page)] = offset;
}

// Indexes first, then eight byte planes.
static void put_wrong(uint8_t *out, size_t wrong, const uint16_t *index, const uint64_t *pa) {
  memcpy(out, index, 2 * wrong);
  uint64_t last = 0;
  for (size_t i = 0; i < wrong; i++) {
    uint64_t delta = pa[index[i]] - last;
    last = pa[index[i]];
    for (size_t plane = 0; plane < 8; plane++)
      out[(2 + plane) * wrong + i] = (uint8_t)(delta >> 8 * plane);
  }
}

size_t tw_pas_encode(tw_pa_predictor *predictor, const tw_columns *columns, const uint8_t *classes, size_t count,
                     uint8_t *out) {
  uint64_t class_offset[TW_GROUP_CLASSES] = {0};
  uint16_t index[TW_GROUP_ACCESSES];
  size_t wrong = 0;
  for (size_t i = 0; i < count; i++) {
    uint64_t va = columns->va[i], pa = columns->pa[i];
    if (predict(predictor, va, class_offset[classes[i]]) != pa)
      index[wrong++] = (uint16_t)i;
    learn(predictor, va, pa - va);
    class_offset[classes[i]] = pa - va;
  }
  put_wrong(out, wrong, index, columns->pa);
  return TW_PA_BYTES * wrong;
}

static uint64_t wrong_delta(const uint8_t *raw, size_t wrong, size_t i) {
  uint64_t delta = 0;
  for (size_t plane = 0; plane < 8; plane++)
    delta |= (uint64_t)raw[(2 + plane) * wrong + i] << 8 * plane;
  return delta;
}

const char *tw_pas_decode(tw_pa_predictor *predictor, const uint8_t *raw, size_t bytes, const uint8_t *classes,
                          size_t count, tw_columns *columns) {
  if (bytes % TW_PA_BYTES || bytes / TW_PA_BYTES > count)
    return "at most 10 bytes for each access";
  size_t wrong = bytes / TW_PA_BYTES, next = 0;
  uint64_t class_offset[TW_GROUP_CLASSES] = {0};
  uint64_t last = 0;
  for (size_t i = 0; i < count; i++) {
    uint64_t va = columns->va[i];
    uint64_t pa = predict(predictor, va, class_offset[classes[i]]);
    uint16_t index = 0;
    if (next < wrong)
      memcpy(&index, raw + 2 * next, sizeof index);
    if (next < wrong && index == i)
      pa = last += wrong_delta(raw, wrong, next++);
    columns->pa[i] = pa;
    learn(predictor, va, pa - va);
    class_offset[classes[i]] = pa - va;
  }
  return next == wrong ? NULL : "indexes of accesses of the group, in order";
}
