// The mappings of a captured kernel's boot as text: a line of parameters, then a line a run of equal leaves.
#include "census_case.h"

#include <inttypes.h>
#include <stdlib.h>

/// A run: address, count, bytes of a mapping ('+' with the contiguous hint), physical address, attributes, index of the
/// memory type, 'w' where it can be written.
static void write_run(const tw_mapping *first, uint64_t count, FILE *to) {
  fprintf(to, "%#" PRIx64 " %" PRIu64 " %#" PRIx64 "%s %#" PRIx64 " %#" PRIx64 " %u %s\n", first->va, count,
          first->bytes, first->contiguous ? "+" : "", first->pa, first->attributes, first->attr_index,
          first->writable ? "w" : "r");
}

static bool goes_on(const tw_mapping *first, uint64_t count, const tw_mapping *next) {
  return next->va == first->va + count * first->bytes && next->pa == first->pa + count * first->bytes &&
         next->bytes == first->bytes && next->contiguous == first->contiguous &&
         next->attributes == first->attributes && next->writable == first->writable;
}

void census_write(const captured *c, const leaves *had, FILE *to) {
  captured_print(c, to);
  for (size_t i = 0; i < had->count;) {
    uint64_t count = 1;
    while (i + count < had->count && goes_on(&had->leaf[i], count, &had->leaf[i + count]))
      count++;
    write_run(&had->leaf[i], count, to);
    i += count;
  }
}

static bool read_run(const char *line, leaves *had) {
  tw_mapping m = {0};
  uint64_t count;
  char plus[2], written;
  unsigned index;
  if (sscanf(line, "%" SCNi64 " %" SCNu64 " %" SCNi64 "%1[+ ] %" SCNi64 " %" SCNi64 " %u %c", (int64_t *)&m.va, &count,
             (int64_t *)&m.bytes, plus, (int64_t *)&m.pa, (int64_t *)&m.attributes, &index, &written) != 8)
    return false;
  m.contiguous = plus[0] == '+';
  m.attr_index = (uint8_t)index;
  m.writable = written == 'w';
  for (; count > 0; count--, m.va += m.bytes, m.pa += m.bytes)
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
