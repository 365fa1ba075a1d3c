#include "census_case.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MIB (UINT64_C(1) << 20)

void captured_begin(captured *c, tw_linux_layout_machine machine) {
  c->config = tw_kernel_config_usual(machine);
  c->config.layout.kernel = (tw_linux_layout_image){0};
  c->config.device_tree_bytes = MIB; // as QEMU makes it
}

// ---- parameters as text ----

static const char *const rodata_names[] = {"full", "on", "off"}, *const machine_names[] = {"arm64", "arm"};

/// Where the number of a parameter is kept.
static bool number_of(captured *c, const char *key, uint64_t **number) {
  tw_kernel_config *k = &c->config;
  tw_linux_layout_image *image = &k->layout.kernel;
  const struct {
    const char *key;
    uint64_t *number;
  } numbers[] = {
      {"ram", &k->layout.ram_bytes},
      {"ram_at", &k->layout.ram_first},
      {"image_at", &k->layout.kaslr},
      {"image_pa", &k->image_pa},
      {"linear_at", &k->layout.linear_kaslr},
      {"device_tree_pa", &k->device_tree_pa},
      {"cma", &k->cma_bytes},
      {"vmalloc", &k->layout.vmalloc_bytes},
      {"kfence_freed", &c->kfence_freed},
      {"protected_pages", &c->protected_pages},
      {"head", &image->head},
      {"text", &image->text},
      {"rodata_bytes", &image->rodata},
      {"init", &image->init},
      {"data", &image->data},
      {"tables", &image->tables},
  };
  for (size_t i = 0; i < COUNT(numbers); i++)
    if (strcmp(numbers[i].key, key) == 0) {
      *number = numbers[i].number;
      return true;
    }
  return false;
}

static bool flag_of(captured *c, const char *key, bool **flag) {
  tw_kernel_config *k = &c->config;
  const struct {
    const char *key;
    bool *flag;
  } flags[] = {{"narrow", &k->layout.narrow},      {"kpti", &k->kpti}, {"kfence", &k->kfence},
               {"kfence_later", &k->kfence_later}, {"lpae", &k->lpae}, {"other_fixmap", &c->other_fixmap}};
  for (size_t i = 0; i < COUNT(flags); i++)
    if (strcmp(flags[i].key, key) == 0) {
      *flag = flags[i].flag;
      return true;
    }
  return false;
}

static bool choose(const char *const *names, size_t count, const char *value, unsigned *chosen) {
  for (*chosen = 0; *chosen < count; ++*chosen)
    if (strcmp(names[*chosen], value) == 0)
      return true;
  return false;
}

static bool set_value(captured *c, const char *key, const char *value) {
  tw_linux_layout_config *layout = &c->config.layout;
  uint64_t *number;
  unsigned chosen;
  char *end = "";
  if (number_of(c, key, &number))
    *number = strtoull(value, &end, 0);
  else if (strcmp(key, "linux") == 0)
    return sscanf(value, "%3u.%3u", &layout->linux_major, &layout->linux_minor) == 2;
  else if (strcmp(key, "page_log2") == 0)
    layout->page_log2 = (unsigned)strtoul(value, &end, 0);
  else if (strcmp(key, "va_bits") == 0)
    layout->va_bits = (unsigned)strtoul(value, &end, 0);
  else if (strcmp(key, "rodata") == 0 && choose(rodata_names, COUNT(rodata_names), value, &chosen))
    c->config.rodata = (tw_rodata)chosen;
  else if (strcmp(key, "machine") == 0 && choose(machine_names, COUNT(machine_names), value, &chosen))
    captured_begin(c, (tw_linux_layout_machine)chosen);
  else
    return false;
  return *end == 0;
}

static bool set_word(captured *c, const char *word, size_t bytes) {
  char key[64];
  snprintf(key, sizeof key, "%.*s", (int)bytes, word);
  char *value = strchr(key, '=');
  bool *flag, set = false;
  if (value) {
    *value++ = 0;
    set = set_value(c, key, value);
  } else if (flag_of(c, key, &flag)) {
    set = *flag = true;
  }
  if (set)
    return true;
  fprintf(stderr, "%s: found '%.*s', expected a parameter that is known here\n", c->name, (int)bytes, word);
  return false;
}

bool captured_set(captured *c, const char *words) {
  while (*words) {
    size_t bytes = strcspn(words, " \n");
    if (bytes && !set_word(c, words, bytes))
      return false;
    words += bytes + (words[bytes] != 0);
  }
  return true;
}

void captured_print(const captured *c, FILE *to) {
  static const char *const numbers[] = {
      "ram_at",       "ram",  "image_at", "image_pa", "linear_at", "device_tree_pa", "head",         "text",
      "rodata_bytes", "init", "data",     "tables",   "cma",       "vmalloc",        "kfence_freed", "protected_pages"};
  static const char *const flags[] = {"narrow", "kpti", "kfence", "kfence_later", "lpae", "other_fixmap"};
  captured copy = *c;
  uint64_t *number;
  bool *flag;
  const tw_linux_layout_config *layout = &c->config.layout;
  fprintf(to, "machine=%s linux=%u.%u page_log2=%u va_bits=%u rodata=%s", machine_names[layout->machine],
          layout->linux_major, layout->linux_minor, layout->page_log2, layout->va_bits, rodata_names[c->config.rodata]);
  for (size_t i = 0; i < COUNT(numbers); i++)
    if (number_of(&copy, numbers[i], &number) && *number)
      fprintf(to, " %s=%#" PRIx64, numbers[i], *number);
  for (size_t i = 0; i < COUNT(flags); i++)
    if (flag_of(&copy, flags[i], &flag) && *flag)
      fprintf(to, " %s", flags[i]);
  fprintf(to, "\n");
}

tw_kernel *captured_kernel(const captured *c) {
  tw_error error;
  tw_kernel *kernel = tw_kernel_create(&c->config, NULL, &error);
  if (!kernel)
    fprintf(stderr, "%s: %s\n", c->name, error.text);
  return kernel;
}

// ---- leaves ----

void leaves_add(leaves *l, const tw_mapping *mapping) {
  if (l->count == l->room) {
    l->room = l->room ? 2 * l->room : 4096;
    l->leaf = realloc(l->leaf, l->room * sizeof *l->leaf);
    if (!l->leaf)
      abort();
  }
  l->leaf[l->count++] = *mapping;
}

typedef struct collection {
  leaves leaves;
  uint64_t first, last;
} collection;

static int collect(void *context, const tw_mapping *mapping) {
  collection *c = context;
  if (mapping->va >= c->first && mapping->va <= c->last)
    leaves_add(&c->leaves, mapping);
  return 0;
}

leaves leaves_of(const tw_image *image, uint64_t first, uint64_t last) {
  collection c = {.first = first, .last = last};
  tw_error error;
  if (tw_image_walk(image, collect, &c, &error) != 0) {
    fprintf(stderr, "%s\n", error.text);
    abort();
  }
  return c.leaves;
}

leaves leaves_of_kernel(tw_kernel *kernel, uint64_t first, uint64_t last) {
  tw_registers registers = tw_kernel_registers(kernel);
  tw_image image = {.registers = &registers};
  image.tables = tw_kernel_tables(kernel, &image.count);
  return leaves_of(&image, first, last);
}

leaves leaves_part(const leaves *of, uint64_t first, uint64_t last) {
  leaves part = {0};
  for (size_t i = 0; i < of->count; i++)
    if (of->leaf[i].va >= first && of->leaf[i].va <= last)
      leaves_add(&part, &of->leaf[i]);
  return part;
}

// ---- what boot maps ----

static size_t ranges_of_arm(const tw_linux_layout *layout, census_range ranges[CENSUS_RANGES]) {
  static const char *const names[] = {"lowmem", "device tree", "vectors"};
  for (size_t i = 0; i < COUNT(names); i++) {
    const tw_region *region = tw_linux_layout_named(layout, names[i]);
    ranges[i] = (census_range){names[i], region->first, region->last, i < 2}; // the vectors stand where there was room
  }
  return COUNT(names);
}

size_t census_ranges(const captured *c, const tw_linux_layout *layout, census_range ranges[CENSUS_RANGES]) {
  const tw_linux_layout_config *config = &c->config.layout;
  if (config->machine == TW_LINUX_ARM)
    return ranges_of_arm(layout, ranges);
  const tw_linux_layout_image *image = &config->kernel;
  uint64_t bytes = image->head + image->text + image->rodata + image->init + image->data + image->tables;
  bool head = config->linux_major > 6 || config->linux_minor >= 12;
  uint64_t text = layout->image_va + (head ? 0 : image->head);
  const tw_region *vmemmap = tw_linux_layout_named(layout, "vmemmap");
  const tw_region *fixmap = tw_linux_layout_named(layout, "fixmap");
  ranges[0] = (census_range){"linear map", layout->linear_va, layout->linear_va + layout->linear_bytes - 1, true};
  ranges[1] = (census_range){"image", text, layout->image_va + bytes - 1, true};
  ranges[2] = (census_range){"vmemmap", vmemmap->first, vmemmap->last, false};
  ranges[3] = (census_range){"fixmap", fixmap->first, fixmap->last, true};
  return c->other_fixmap ? 3 : 4;
}

uint64_t census_free_kfence(const captured *c, tw_kernel *kernel, const leaves *had) {
  const tw_linux_layout *layout = tw_kernel_layout(kernel);
  uint64_t page = UINT64_C(1) << c->config.layout.page_log2, pa, freed = 0;
  uint64_t pool = layout->linear_va + layout->linear_bytes - 512 * page;
  for (uint64_t at = pool; at < pool + 512 * page; at += page) {
    bool there = false;
    for (size_t i = had->count; i-- > 0 && had->leaf[i].va >= at;)
      there |= had->leaf[i].va == at;
    if (!there && tw_kernel_find(kernel, at, &pa) && tw_kernel_set_direct_map(kernel, at, false) == 0)
      freed++;
  }
  return freed;
}

difference census_differ(const leaves *made, const leaves *had, bool places) {
  difference d = {.compared = made->count, .first = made->count};
  for (size_t i = 0; i < made->count && i < had->count; i++) {
    const tw_mapping *m = &made->leaf[i], *h = &had->leaf[i];
    bool became_read_only = m->writable && !h->writable && m->attr_index == h->attr_index;
    bool size = m->va != h->va || m->bytes != h->bytes || m->contiguous != h->contiguous;
    bool place = places && m->pa != h->pa, attributes = !became_read_only && m->attributes != h->attributes;
    d.sizes += size;
    d.places += place;
    d.read_only += became_read_only;
    d.attributes += attributes;
    if ((size || place || attributes) && d.first == made->count)
      d.first = i;
  }
  d.sizes += made->count != had->count;
  if (made->count > had->count && d.first > had->count)
    d.first = had->count;
  return d;
}

// -- what rodata=full has protected after boot --

static int by_pa(const void *a, const void *b) {
  uint64_t x = ((const tw_mapping *)a)->pa, y = ((const tw_mapping *)b)->pa;
  return x < y ? -1 : x > y;
}

static bool has_pa(const leaves *sorted, uint64_t pa) {
  size_t low = 0, high = sorted->count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (sorted->leaf[middle].pa <= pa)
      low = middle + 1;
    else
      high = middle;
  }
  return low > 0 && pa - sorted->leaf[low - 1].pa < sorted->leaf[low - 1].bytes;
}

static leaves mapped_above(const leaves *had, uint64_t va) {
  leaves above = {0};
  for (size_t i = 0; i < had->count; i++)
    if (had->leaf[i].va >= va)
      leaves_add(&above, &had->leaf[i]);
  if (above.count)
    qsort(above.leaf, above.count, sizeof *above.leaf, by_pa);
  return above;
}

uint64_t census_protected(const captured *c, const leaves *had) {
  tw_kernel *kernel = c->config.rodata == TW_RODATA_FULL ? captured_kernel(c) : NULL;
  if (!kernel || c->config.layout.machine == TW_LINUX_ARM)
    return 0;
  const tw_linux_layout *layout = tw_kernel_layout(kernel);
  uint64_t end = layout->linear_va + layout->linear_bytes, count = 0;
  leaves above = mapped_above(had, end), made = leaves_of_kernel(kernel, layout->linear_va, end - 1);
  size_t m = 0;
  for (size_t i = 0; i < had->count && had->leaf[i].va < end; i++) {
    while (m < made.count && made.leaf[m].va < had->leaf[i].va)
      m++;
    bool became =
        m < made.count && made.leaf[m].va == had->leaf[i].va && made.leaf[m].writable && !had->leaf[i].writable;
    count += became && has_pa(&above, had->leaf[i].pa);
  }
  free(above.leaf);
  free(made.leaf);
  tw_kernel_destroy(kernel);
  return count;
}

bool census_agrees(const captured *c, const census_range *range, const difference *d) {
  bool linear = strcmp(range->name, "linear map") == 0;
  // The trampoline's place in the image is not known here.
  size_t places = strcmp(range->name, "fixmap") == 0 ? 4 : 0;
  return d->compared > 0 && d->sizes == 0 && d->attributes == 0 && d->places <= places &&
         d->read_only == (linear ? c->protected_pages : 0);
}
