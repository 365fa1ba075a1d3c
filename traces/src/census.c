// The walk over a table image: reads its bytes, and hands on to the walk of the format that the registers say.
#include "census_walk.h"

#include <stdlib.h>
#include <string.h>

static int by_pa(const void *a, const void *b) {
  uint64_t left = (*(const tw_table_page *const *)a)->pa, right = (*(const tw_table_page *const *)b)->pa;
  return left < right ? -1 : left > right;
}

static bool look_up_image(const tw_image_visit *visit, uint64_t pa, void *value, size_t bytes) {
  size_t low = 0, high = visit->image->count;
  while (low < high) { // the first page that begins after `pa`
    size_t middle = low + (high - low) / 2;
    if (visit->sorted[middle]->pa <= pa)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0)
    return false;
  const tw_table_page *page = visit->sorted[low - 1];
  if (pa - page->pa + bytes > page->bytes)
    return false;
  memcpy(value, page->data + (pa - page->pa), bytes);
  return true;
}

bool tw_image_look_up(const tw_image_visit *visit, uint64_t pa, void *value, size_t bytes) {
  if (visit->image)
    return look_up_image(visit, pa, value, bytes);
  return visit->reader->read(visit->reader->context, pa, value, bytes);
}

// -- parts --

bool tw_image_indexes(const tw_image_visit *visit, const tw_walked_table *table, uint64_t *from, uint64_t *end) {
  uint64_t last = table->va + (((uint64_t)table->entries << table->shift) - 1);
  if (visit->last < table->va || visit->first > last)
    return false;
  *from = visit->first > table->va ? (visit->first - table->va) >> table->shift : 0;
  *end = (visit->last < last ? visit->last - table->va : last - table->va) >> table->shift;
  *end += 1;
  return true;
}

int tw_image_give_table(const tw_image_visit *visit, const tw_walked_table *table) {
  return visit->reader && visit->reader->table ? visit->reader->table(visit->context, table) : 0;
}

int tw_image_give(const tw_image_visit *visit, const tw_mapping *mapping) {
  if (mapping->va + (mapping->bytes - 1) < visit->first || mapping->va > visit->last)
    return 0;
  return visit->visit(visit->context, mapping);
}

// -- the walk --

static int walk_format(const tw_image_visit *visit) {
  const tw_registers *registers = visit->registers;
  if (registers->regime != TW_REGIME_PL10)
    return tw_image_walk_long(visit);
  return registers->tcr >> 31 & 1 ? tw_image_walk_lpae(visit) : tw_image_walk_short(visit); // TTBCR.EAE
}

int tw_image_walk(const tw_image *image, tw_mapping_visitor visitor, void *context, tw_error *error) {
  tw_image_visit visit = {.registers = image->registers,
                          .image = image,
                          .last = UINT64_MAX,
                          .visit = visitor,
                          .context = context,
                          .error = error};
  visit.sorted = malloc((image->count + 1) * sizeof *visit.sorted);
  if (!visit.sorted)
    return tw_fail(error, "out of memory");
  for (size_t i = 0; i < image->count; i++)
    visit.sorted[i] = &image->tables[i];
  qsort(visit.sorted, image->count, sizeof *visit.sorted, by_pa);
  int status = walk_format(&visit);
  free(visit.sorted);
  return status;
}

int tw_table_walk_part(const tw_table_walk *walk, tw_error *error) {
  const tw_image_visit visit = {.registers = walk->registers,
                                .reader = walk,
                                .first = walk->first,
                                .last = walk->last,
                                .visit = walk->visit,
                                .context = walk->context,
                                .error = error};
  return walk_format(&visit);
}

tw_image tw_trace_image(const tw_trace *trace) {
  tw_image image = {.registers = tw_trace_registers(trace)};
  image.tables = tw_trace_tables(trace, &image.count);
  return image;
}
