#include "census_case.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MIB (UINT64_C(1) << 20)

// ---- parameters as text ----

static const char *const rodata_names[] = {"full", "on", "off"}, *const machine_names[] = {"arm64", "arm"};

/// Where the number of a parameter is kept.
static uint64_t *number_of(captured *c, const char *key) {
  tw_kernel_config *k = &c->config;
  tw_linux_layout_image *image = &k->layout.kernel;
  const struct {
    const char *key;
    uint64_t *number;
  } numbers[] = {
      {"ram", &k->layout.ram_bytes},     {"ram_at", &k->layout.ram_first},         {"image_at", &k->layout.kaslr},
      {"image_pa", &k->image_pa}, {"linear_at", &k->layout.linear_kaslr},        {"device_tree_pa", &k->device_tree_pa},   {"cma", &k->cma_bytes},
      {"vmalloc", &k->layout.vmalloc_bytes}, {"kfence_freed", &c->kfence_freed},   {"head", &image->head},
      {"text", &image->text},            {"rodata_bytes", &image->rodata},         {"init", &image->init},
      {"data", &image->data},
  };
  for (size_t i = 0; i < COUNT(numbers); i++)
    if (strcmp(numbers[i].key, key) == 0)
      return numbers[i].number;
  return NULL;
}

static bool *flag_of(captured *c, const char *key) {
  tw_kernel_config *k = &c->config;
  const struct {
    const char *key;
    bool *flag;
  } flags[] = {{"narrow", &k->layout.narrow}, {"kpti", &k->kpti}, {"kfence", &k->kfence}, {"kfence_later", &k->kfence_later}, {"lpae", &k->lpae}};
  for (size_t i = 0; i < COUNT(flags); i++)
    if (strcmp(flags[i].key, key) == 0)
      return flags[i].flag;
  return NULL;
}

static bool choose(const char *const *names, size_t count, const char *value, unsigned *chosen) {
  for (*chosen = 0; *chosen < count; ++*chosen)
    if (strcmp(names[*chosen], value) == 0)
      return true;
  return false;
}

static bool set_value(captured *c, const char *key, const char *value) {
  tw_linux_layout_config *layout = &c->config.layout;
  uint64_t *number = number_of(c, key);
  unsigned chosen;
  char *end = "";
  if (number)
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
    c->config = tw_kernel_config_usual((tw_linux_layout_machine)chosen);
  else
    return false;
  return *end == 0;
}

bool captured_set(captured *c, const char *words) {
  char all[1024], *rest;
  snprintf(all, sizeof all, "%s", words);
  for (char *word = strtok_r(all, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
    char *value = strchr(word, '=');
    bool *flag = flag_of(c, word);
    if (value)
      *value++ = 0;
    if (value ? !set_value(c, word, value) : !flag) {
      fprintf(stderr, "%s: found '%s', expected a parameter that is known here\n", c->name, word);
      return false;
    }
    if (!value)
      *flag = true;
  }
  return true;
}

void captured_print(const captured *c, FILE *to) {
  static const char *const numbers[] = {"ram_at", "ram",  "image_at",     "image_pa", "linear_at", "device_tree_pa", "head", "text",
                                        "rodata_bytes", "init", "data", "cma", "vmalloc", "kfence_freed"};
  static const char *const flags[] = {"narrow", "kpti", "kfence", "kfence_later", "lpae"};
  captured copy = *c;
  const tw_linux_layout_config *layout = &c->config.layout;
  fprintf(to, "machine=%s linux=%u.%u page_log2=%u va_bits=%u rodata=%s", machine_names[layout->machine],
          layout->linux_major, layout->linux_minor, layout->page_log2, layout->va_bits, rodata_names[c->config.rodata]);
  for (size_t i = 0; i < COUNT(numbers); i++)
    if (*number_of(&copy, numbers[i]))
      fprintf(to, " %s=%#" PRIx64, numbers[i], *number_of(&copy, numbers[i]));
  for (size_t i = 0; i < COUNT(flags); i++)
    if (*flag_of(&copy, flags[i]))
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

// ---- what a capture shows of its kernel ----

static uint64_t word(tw_trace *trace, const char *name) {
  size_t count;
  const tw_named_register *registers = tw_trace_named_registers(trace, &count);
  for (size_t i = 0; i < count; i++)
    if (strcmp(registers[i].name, name) == 0)
      return registers[i].value;
  return 0;
}

/// The end of the mappings that follow one another from leaf `at` on and are like it: executable or not, writable or
/// not. All of the image is contiguous in both kinds of addresses.
static size_t end_of_segment(const leaves *l, size_t at) {
  size_t next = at + 1;
  while (next < l->count && l->leaf[next].va == l->leaf[next - 1].va + l->leaf[next - 1].bytes &&
         l->leaf[next].pa == l->leaf[next - 1].pa + l->leaf[next - 1].bytes &&
         l->leaf[next].el1_exec == l->leaf[at].el1_exec && l->leaf[next].writable == l->leaf[at].writable)
    next++;
  return next;
}

static uint64_t end_va(const leaves *l, size_t end) { return l->leaf[end - 1].va + l->leaf[end - 1].bytes; }

/// The first leaf of the segment that holds `va`.
static size_t begin_of_segment(const leaves *l, uint64_t va) {
  size_t at = 0;
  while (at < l->count && end_of_segment(l, at) < l->count && end_va(l, end_of_segment(l, at)) <= va)
    at = end_of_segment(l, at);
  return at;
}

/// Text is what can be executed, rodata follows it, writable with rodata=off; where init was is a hole.
static void guess_image(captured *c, const leaves *l, uint64_t text_va, uint64_t offset) {
  tw_linux_layout_image *image = &c->config.layout.kernel;
  size_t text = begin_of_segment(l, text_va), rodata = end_of_segment(l, text);
  uint64_t base = l->leaf[text].va & -(2 * MIB), begin = l->leaf[text].va;
  size_t end = rodata < l->count && l->leaf[rodata].va == end_va(l, rodata) ? end_of_segment(l, rodata) : rodata;
  size_t data = end;
  while (data < l->count && l->leaf[data].va - l->leaf[data].pa != offset)
    data++;
  uint64_t text_end = end_va(l, rodata), rodata_end = end_va(l, end);
  image->bss = 0; // counted with the data
  image->head = begin - base;
  image->text = text_end - begin;
  image->rodata = rodata_end - text_end;
  image->init = data < l->count ? l->leaf[data].va - rodata_end : 0;
  image->data = data < l->count ? end_va(l, end_of_segment(l, data)) - l->leaf[data].va : 0;
  c->config.image_pa = base - offset;
}

/// The last that is read-only, as the fixmap stands last: the device tree.
static uint64_t guess_tree(const leaves *l) {
  size_t at = l->count - 1;
  while (at > 0 && (l->leaf[at].writable || l->leaf[at].el1_exec))
    at--;
  while (at > 0 && end_va(l, at) == l->leaf[at].va && end_of_segment(l, at - 1) > at)
    at--;
  return l->leaf[at].pa;
}

static void guess_arm64(captured *c, tw_trace *trace, const tw_image *image) {
  tw_kernel_config *k = &c->config;
  tw_linux_layout_config *layout = &k->layout;
  uint64_t page_offset = word(trace, "page_offset"), modules = word(trace, "modules_vaddr");
  unsigned bits = 64 - (unsigned)(tw_trace_registers(trace)->tcr >> 16 & 63);
  layout->page_log2 = (unsigned)word(trace, "page_shift");
  layout->va_bits = (unsigned)word(trace, "va_bits");
  layout->narrow = layout->va_bits > bits;
  leaves linear = leaves_of(image, page_offset, modules - 1);
  leaves upper = leaves_of(image, word(trace, "modules_end"), UINT64_MAX);
  if (!linear.count || !upper.count)
    abort();
  const tw_mapping *last = &linear.leaf[linear.count - 1];
  layout->ram_first = linear.leaf[0].pa;
  layout->ram_bytes = (last->pa + last->bytes - layout->ram_first + 2 * MIB - 1) & -(2 * MIB); // guards at the end
  uint64_t lowest = layout->narrow ? -(UINT64_C(1) << bits) : page_offset, gib = 1024 * MIB;
  layout->linear_kaslr = linear.leaf[0].va - lowest - layout->ram_first % gib;
  k->kpti = linear.leaf[0].attributes >> 11 & 1;
  guess_image(c, &upper, word(trace, "vmalloc_fn_va"), word(trace, "kimage_voff"));
  layout->kaslr = k->image_pa + word(trace, "kimage_voff") - word(trace, "modules_end");
  k->device_tree_pa = guess_tree(&upper);
  free(linear.leaf);
  free(upper.leaf);
}

static void guess_arm(captured *c, tw_trace *trace, const tw_image *image) {
  tw_kernel_config *k = &c->config;
  tw_linux_layout_config *layout = &k->layout;
  uint64_t page_offset = word(trace, "page_offset"), high_memory = word(trace, "vmemmap_start");
  leaves lowmem = leaves_of(image, page_offset, high_memory - 1);
  leaves tree = leaves_of(image, 0xff800000, 0xffbfffff);
  size_t text = 0, pages = lowmem.count;
  while (text < lowmem.count && !lowmem.leaf[text].el1_exec)
    text++;
  if (text == lowmem.count || !tree.count)
    abort();
  while (pages > 0 && lowmem.leaf[pages - 1].bytes == 4096)
    pages--;
  size_t rodata = end_of_segment(&lowmem, text), end = end_of_segment(&lowmem, rodata);
  uint64_t base = page_offset + 0x208000, begin = lowmem.leaf[text].va;
  k->lpae = tw_trace_registers(trace)->tcr >> 31;
  layout->kaslr = 2 * MIB;
  layout->ram_first = lowmem.leaf[0].pa;
  layout->ram_bytes = high_memory - page_offset;
  layout->kernel = (tw_linux_layout_image){.head = begin - base,
                                           .text = end_va(&lowmem, rodata) - begin,
                                           .rodata = end_va(&lowmem, end) - end_va(&lowmem, rodata),
                                           .init = 2 * MIB,
                                           .data = 3 * MIB};
  k->cma_bytes = high_memory - (pages ? end_va(&lowmem, pages) : page_offset);
  k->device_tree_pa = tree.leaf[0].pa;
  free(lowmem.leaf);
  free(tree.leaf);
}

void captured_guess(captured *c, tw_trace *trace, const tw_image *image) {
  bool arm = tw_trace_architecture(trace) == TW_ARCH_AARCH32;
  c->config = tw_kernel_config_usual(arm ? TW_LINUX_ARM : TW_LINUX_ARM64);
  c->config.device_tree_bytes = MIB; // as QEMU makes it
  c->config.rodata = TW_RODATA_ON;
  (arm ? guess_arm : guess_arm64)(c, trace, image);
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
  uint64_t bytes = image->head + image->text + image->rodata + image->init + image->data;
  uint64_t text = layout->image_va + (config->linux_minor < 12 ? image->head : 0);
  uint64_t structs = (layout->linear_bytes >> config->page_log2) * 64;
  const tw_region *fixmap = tw_linux_layout_named(layout, "fixmap");
  ranges[0] = (census_range){"linear map", layout->linear_va, layout->linear_va + layout->linear_bytes - 1, true};
  ranges[1] = (census_range){"image", text, layout->image_va + bytes - 1, true};
  ranges[2] = (census_range){"vmemmap", layout->vmemmap_va, layout->vmemmap_va + structs - 1, false};
  ranges[3] = (census_range){"fixmap", fixmap->first, fixmap->last, true};
  return 4;
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

bool census_agrees(const captured *c, const census_range *range, const difference *d) {
  bool full = c->config.rodata == TW_RODATA_FULL && strcmp(range->name, "linear map") == 0;
  // The trampoline's place in the image is not known here.
  size_t places = strcmp(range->name, "fixmap") == 0 ? 4 : 0;
  return d->compared > 0 && d->sizes == 0 && d->attributes == 0 && d->places <= places &&
         d->read_only < (full ? 200 : 1);
}

// ---- the text ----

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
