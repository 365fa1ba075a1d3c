// The mappings of a captured kernel's boot as text: a line of parameters, then a line a run of equal leaves.
#include "census_case.h"

#include <inttypes.h>
#include <stdlib.h>

/// A run: address, count, bytes of a mapping ('+' with the contiguous hint), bytes from one to the next, physical
/// address, attributes, index of the memory type, 'w' where it can be written.
static void write_run(const tw_mapping *first, uint64_t count, uint64_t step, FILE *to) {
  fprintf(to, "%#" PRIx64 " %" PRIu64 " %#" PRIx64 "%s %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " %u %s\n", first->va,
          count, first->bytes, first->contiguous ? "+" : "", step, first->pa, first->attributes, first->attr_index,
          first->writable ? "w" : "r");
}

/// Of KFENCE's pool each second page is mapped.
static uint64_t step_from(const tw_mapping *first, const tw_mapping *next) {
  return next->va == first->va + 2 * first->bytes ? 2 * first->bytes : first->bytes;
}

static bool goes_on(const tw_mapping *first, uint64_t offset, const tw_mapping *next) {
  return next->va == first->va + offset && next->pa == first->pa + offset && next->bytes == first->bytes &&
         next->contiguous == first->contiguous && next->attributes == first->attributes &&
         next->writable == first->writable;
}

void census_write(const captured *c, const leaves *had, FILE *to) {
  captured_print(c, to);
  for (size_t i = 0; i < had->count;) {
    const tw_mapping *first = &had->leaf[i];
    uint64_t count = 1, step = i + 1 < had->count ? step_from(first, first + 1) : first->bytes;
    while (i + count < had->count && goes_on(first, count * step, first + count))
      count++;
    write_run(first, count, step, to);
    i += count;
  }
}

static bool read_run(const char *line, leaves *had) {
  tw_mapping m = {0};
  uint64_t count, step;
  char plus[2], written;
  unsigned index;
  if (sscanf(line, "%" SCNx64 " %" SCNu64 " %" SCNx64 "%1[+ ] %" SCNx64 " %" SCNx64 " %" SCNx64 " %u %c", &m.va, &count,
             &m.bytes, plus, &step, &m.pa, &m.attributes, &index, &written) != 9)
    return false;
  m.contiguous = plus[0] == '+';
  m.attr_index = (uint8_t)index;
  m.writable = written == 'w';
  for (; count > 0; count--, m.va += step, m.pa += step)
    leaves_add(had, &m);
  return true;
}

bool census_read(const char *path, captured *c, leaves *had) {
  char line[1024];
  FILE *file = fopen(path, "r");
  bool good = file && fgets(line, sizeof line, file) && captured_set(c, line);
  while (good && fgets(line, sizeof line, file))
    good = read_run(line, had);
  if (!good)
    fprintf(stderr, "%s: found no census, or a line that is no run of mappings\n", path);
  if (file)
    fclose(file);
  return good;
}
