// A kernel that is given a capture's parameters maps what the captured kernel had mapped: leaf by leaf the same
// addresses, sizes and attributes in the linear map, the image, vmemmap and fixmap, and the same sizes in buffers of
// each kind. The parameters (size of text, rodata ..., where the image and the device tree lie) are read off the
// captures' console logs and runs of mappings; what is compared follows from the rules.
#include "traces_case.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traces/census.h>
#include <traces/kernel.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MIB (UINT64_C(1) << 20)

enum { KFENCE_FREED = 12 }; // of 255 objects, in k612-16k-on

typedef struct captured {
  const char *name;
  tw_linux_layout_machine machine;
  unsigned minor, page_log2, va_bits;
  bool narrow, kfence;
  tw_rodata rodata;
  tw_linux_layout_image image;
} captured;

static const captured captures[] = {
    {"k61-4k-full",
     TW_LINUX_ARM64,
     1,
     12,
     48,
     false,
     false,
     TW_RODATA_FULL,
     {.head = 0x10000, .text = 0xcf0000, .rodata = 0x960000, .init = 0x650000, .data = 0x360000}},
    {"k61-4k-on",
     TW_LINUX_ARM64,
     1,
     12,
     48,
     false,
     false,
     TW_RODATA_ON,
     {.head = 0x10000, .text = 0xcf0000, .rodata = 0x960000, .init = 0x650000, .data = 0x360000}},
    {"k612-16k-on",
     TW_LINUX_ARM64,
     12,
     14,
     52,
     true,
     true,
     TW_RODATA_ON,
     {.head = 0x10000, .text = 0xf40000, .rodata = 0xde0000, .init = 0x9c0000, .data = 0x4f0000}},
};

static tw_kernel *kernel_of(const captured *c, tw_rodata rodata) {
  tw_kernel_config config = tw_kernel_config_usual(c->machine);
  config.layout.linux_minor = c->minor;
  config.layout.page_log2 = c->page_log2;
  config.layout.va_bits = c->va_bits;
  config.layout.narrow = c->narrow;
  config.layout.ram_bytes = 1024 * MIB;
  config.layout.kernel = c->image;
  config.rodata = rodata;
  config.kfence = c->kfence;
  config.device_tree_pa = 0x48200000;
  config.device_tree_bytes = MIB;
  tw_error error;
  tw_kernel *kernel = tw_kernel_create(&config, NULL, &error);
  cr_assert(kernel, "%s: %s", c->name, error.text);
  return kernel;
}

static tw_trace *open_capture(const captured *c) {
  char path[512];
  tw_error error;
  tw_batch batch;
  snprintf(path, sizeof path, "%s/traces/captures/%s.twt", TW_SOURCE_DIR, c->name);
  tw_trace *trace = tw_trace_open(path, 0, &error);
  cr_assert(trace, "%s", error.text);
  cr_assert_eq(tw_trace_next(trace, &batch, &error), 1);
  return trace;
}

// ---- leaves ----

typedef struct leaves {
  uint64_t first, last;
  tw_mapping *leaf;
  size_t count, room;
} leaves;

static int collect(void *context, const tw_mapping *mapping) {
  leaves *l = context;
  if (mapping->va < l->first || mapping->va > l->last)
    return 0;
  if (l->count == l->room) {
    l->room = l->room ? 2 * l->room : 4096;
    l->leaf = realloc(l->leaf, l->room * sizeof *l->leaf);
    cr_assert(l->leaf);
  }
  l->leaf[l->count++] = *mapping;
  return 0;
}

static leaves leaves_of(const tw_image *image, uint64_t first, uint64_t last) {
  leaves l = {.first = first, .last = last};
  tw_error error;
  cr_assert_eq(tw_image_walk(image, collect, &l, &error), 0, "%s", error.text);
  return l;
}

static tw_image image_of(tw_kernel *kernel, tw_registers *registers) {
  tw_image image = {.registers = registers};
  *registers = tw_kernel_registers(kernel);
  image.tables = tw_kernel_tables(kernel, &image.count);
  return image;
}

typedef struct difference {
  size_t compared, sizes, places, attributes, read_only;
} difference;

// Without the memory type's read-only pages of rodata=full: aliases of modules' text, which became so after boot.
static difference differ(const leaves *made, const leaves *had, bool places) {
  difference d = {.compared = made->count};
  if (made->count != had->count)
    d.sizes = 1;
  for (size_t i = 0; i < made->count && i < had->count; i++) {
    const tw_mapping *m = &made->leaf[i], *h = &had->leaf[i];
    d.sizes += m->va != h->va || m->bytes != h->bytes || m->contiguous != h->contiguous;
    d.places += places && m->pa != h->pa;
    bool became_read_only = m->writable && !h->writable && m->attr_index == h->attr_index;
    d.read_only += became_read_only;
    d.attributes += !became_read_only && m->attributes != h->attributes;
  }
  return d;
}

typedef struct range {
  const char *name;
  uint64_t first, last;
  bool places; // physical addresses are a matter of rules, too
} range;

// What both kernels mapped at boot.
static size_t ranges_of(const captured *c, const tw_linux_layout *layout, range ranges[4]) {
  uint64_t image = c->image.head + c->image.text + c->image.rodata + c->image.init + c->image.data;
  uint64_t text = layout->image_va + (c->minor < 12 ? c->image.head : 0);
  uint64_t structs = (layout->linear_bytes >> c->page_log2) * 64;
  const tw_region *fixmap = tw_linux_layout_named(layout, "fixmap");
  ranges[0] = (range){"linear map", layout->linear_va, layout->linear_va + layout->linear_bytes - 1, true};
  ranges[1] = (range){"image", text, layout->image_va + image - 1, true};
  ranges[2] = (range){"vmemmap", layout->vmemmap_va, layout->vmemmap_va + structs - 1, false};
  ranges[3] = (range){"fixmap", fixmap->first, fixmap->last, true};
  return 4;
}

static void free_kfence(tw_kernel *kernel, const captured *c, const leaves *had) {
  // Which objects had been freed is the captured kernel's history: guards are no part of it.
  const tw_linux_layout *layout = tw_kernel_layout(kernel);
  uint64_t page = UINT64_C(1) << c->page_log2, pool = layout->linear_va + layout->linear_bytes - 512 * page, pa;
  size_t freed = 0;
  for (uint64_t at = pool; at < pool + 512 * page; at += page) {
    bool there = false;
    for (size_t i = had->count; i-- > 0 && had->leaf[i].va >= at;)
      there |= had->leaf[i].va == at;
    if (there || !tw_kernel_find(kernel, at, &pa))
      continue;
    cr_assert_eq(tw_kernel_set_direct_map(kernel, at, false), 0);
    freed++;
  }
  cr_assert_eq(freed, KFENCE_FREED);
}

Test(kernel_census, boot_maps_what_the_captured_kernel_had_mapped) {
  for (size_t i = 0; i < COUNT(captures); i++) {
    const captured *c = &captures[i];
    tw_trace *trace = open_capture(c);
    tw_image had = tw_trace_image(trace);
    tw_kernel *kernel = kernel_of(c, c->rodata);
    range ranges[4];
    size_t count = ranges_of(c, tw_kernel_layout(kernel), ranges);
    for (size_t r = 0; r < count; r++) {
      leaves captured = leaves_of(&had, ranges[r].first, ranges[r].last);
      if (c->kfence && r == 0)
        free_kfence(kernel, c, &captured);
      tw_registers registers;
      tw_image image = image_of(kernel, &registers);
      leaves made = leaves_of(&image, ranges[r].first, ranges[r].last);
      difference d = differ(&made, &captured, ranges[r].places);
      cr_expect_gt(d.compared, 0, "%s, %s", c->name, ranges[r].name);
      cr_expect_eq(made.count, captured.count, "%s, %s: %zu leaves, captured %zu", c->name, ranges[r].name, made.count,
                   captured.count);
      cr_expect(d.sizes == 0 && d.attributes == 0, "%s, %s: %zu sizes, %zu attributes differ", c->name, ranges[r].name,
                d.sizes, d.attributes);
      cr_expect(d.read_only == 0 || (c->rodata == TW_RODATA_FULL && r == 0 && d.read_only < 200), "%s, %s: %zu",
                c->name, ranges[r].name, d.read_only);
      // The trampoline's place in the image is not known here.
      cr_expect(d.places <= (r == 3 ? 4 : 0), "%s, %s: %zu places differ", c->name, ranges[r].name, d.places);
      free(made.leaf);
      free(captured.leaf);
    }
    tw_kernel_destroy(kernel);
    tw_trace_close(trace);
  }
}
