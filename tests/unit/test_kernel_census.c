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
  bool narrow, kfence, lpae;
  tw_rodata rodata;
  uint64_t ram, image_at, device_tree_pa; ///< arm: how far the image lies above its usual place
  tw_linux_layout_image image;
} captured;

static const captured captures[] = {
    {.name = "k61-4k-full",
     .machine = TW_LINUX_ARM64,
     .minor = 1,
     .page_log2 = 12,
     .va_bits = 48,
     .rodata = TW_RODATA_FULL,
     .ram = 1024 * MIB,
     .device_tree_pa = 0x48200000,
     .image = {.head = 0x10000, .text = 0xcf0000, .rodata = 0x960000, .init = 0x650000, .data = 0x360000}},
    {.name = "k61-4k-on",
     .machine = TW_LINUX_ARM64,
     .minor = 1,
     .page_log2 = 12,
     .va_bits = 48,
     .rodata = TW_RODATA_ON,
     .ram = 1024 * MIB,
     .device_tree_pa = 0x48200000,
     .image = {.head = 0x10000, .text = 0xcf0000, .rodata = 0x960000, .init = 0x650000, .data = 0x360000}},
    {.name = "k612-16k-on",
     .machine = TW_LINUX_ARM64,
     .minor = 12,
     .page_log2 = 14,
     .va_bits = 52,
     .narrow = true,
     .kfence = true,
     .rodata = TW_RODATA_ON,
     .ram = 1024 * MIB,
     .device_tree_pa = 0x48200000,
     .image = {.head = 0x10000, .text = 0xf40000, .rodata = 0xde0000, .init = 0x9c0000, .data = 0x4f0000}},
    {.name = "k61-a32-armmp",
     .machine = TW_LINUX_ARM,
     .minor = 1,
     .page_log2 = 12,
     .va_bits = 32,
     .rodata = TW_RODATA_ON,
     .ram = 512 * MIB,
     .image_at = 0x200000,
     .device_tree_pa = 0x48000000,
     .image = {.head = 0xf8000, .text = 0xb00000, .rodata = 0x400000, .init = 0x200000, .data = 0x300000}},
    {.name = "k61-a32-lpae",
     .machine = TW_LINUX_ARM,
     .minor = 1,
     .page_log2 = 12,
     .va_bits = 32,
     .lpae = true,
     .rodata = TW_RODATA_ON,
     .ram = 512 * MIB,
     .image_at = 0x200000,
     .device_tree_pa = 0x48000000,
     .image = {.head = 0x1f8000, .text = 0xc00000, .rodata = 0x400000, .init = 0x200000, .data = 0x300000}},
};

static tw_kernel *kernel_of(const captured *c, tw_rodata rodata) {
  tw_kernel_config config = tw_kernel_config_usual(c->machine);
  config.layout.linux_minor = c->minor;
  config.layout.page_log2 = c->page_log2;
  config.layout.va_bits = c->va_bits;
  config.layout.narrow = c->narrow;
  config.layout.ram_bytes = c->ram;
  config.layout.kaslr = c->image_at;
  config.lpae = c->lpae;
  config.layout.kernel = c->image;
  config.rodata = rodata;
  config.kfence = c->kfence;
  config.device_tree_pa = c->device_tree_pa;
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

static size_t ranges_of_arm(const tw_linux_layout *layout, range ranges[4]) {
  static const char *const names[] = {"lowmem", "device tree", "vectors"};
  for (size_t i = 0; i < COUNT(names); i++) {
    const tw_region *region = tw_linux_layout_named(layout, names[i]);
    ranges[i] = (range){names[i], region->first, region->last, i < 2}; // the vectors stand where there was room
  }
  return COUNT(names);
}

// What both kernels mapped at boot.
static size_t ranges_of(const captured *c, const tw_linux_layout *layout, range ranges[4]) {
  if (c->machine == TW_LINUX_ARM)
    return ranges_of_arm(layout, ranges);
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

// What differs in one range of what boot maps.
static difference differ_in(const captured *c, tw_kernel *kernel, const tw_image *had, const range *range,
                            bool with_kfence) {
  leaves captured = leaves_of(had, range->first, range->last);
  if (with_kfence)
    free_kfence(kernel, c, &captured);
  tw_registers registers;
  tw_image image = image_of(kernel, &registers);
  leaves made = leaves_of(&image, range->first, range->last);
  difference d = differ(&made, &captured, range->places);
  free(made.leaf);
  free(captured.leaf);
  return d;
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
      difference d = differ_in(c, kernel, &had, &ranges[r], c->kfence && r == 0);
      cr_expect_gt(d.compared, 0, "%s, %s", c->name, ranges[r].name);
      cr_expect(d.sizes == 0 && d.attributes == 0, "%s, %s: of %zu leaves, %zu sizes and %zu attributes differ",
                c->name, ranges[r].name, d.compared, d.sizes, d.attributes);
      cr_expect(d.read_only == 0 || (c->rodata == TW_RODATA_FULL && r == 0 && d.read_only < 200), "%s, %s: %zu",
                c->name, ranges[r].name, d.read_only);
      // The trampoline's place in the image is not known here.
      cr_expect(d.places <= (r == 3 ? 4 : 0), "%s, %s: %zu places differ", c->name, ranges[r].name, d.places);
    }
    tw_kernel_destroy(kernel);
    tw_trace_close(trace);
  }
}

// The same comparison sees another rodata= mode, and an image that is a page too long.
Test(kernel_census, another_kernel_differs) {
  for (size_t i = 0; i < COUNT(captures); i++)
    for (unsigned fault = 0; fault < 2; fault++) {
      captured c = captures[i];
      tw_rodata rodata = c.machine == TW_LINUX_ARM  ? TW_RODATA_OFF
                         : c.rodata == TW_RODATA_ON ? TW_RODATA_FULL
                                                    : TW_RODATA_ON;
      if (fault)
        c.image.text += UINT64_C(1) << (c.machine == TW_LINUX_ARM ? 20 : c.page_log2);
      tw_trace *trace = open_capture(&c);
      tw_image had = tw_trace_image(trace);
      tw_kernel *kernel = kernel_of(&c, fault ? c.rodata : rodata);
      range ranges[4];
      ranges_of(&c, tw_kernel_layout(kernel), ranges);
      difference d = differ_in(&c, kernel, &had, &ranges[0], c.kfence);
      cr_expect_gt(d.sizes + d.attributes + (c.rodata == TW_RODATA_FULL ? 0 : d.read_only), 0, "%s: nothing differs",
                   c.name);
      tw_kernel_destroy(kernel);
      tw_trace_close(trace);
    }
}

// ---- buffers ----

// What the captures' census files count for each buffer.
static const struct buffer {
  const char *capture, *kind;
  uint64_t bytes;
  uint64_t va; // of the captured buffer in the linear map or the image; 0: the kernel here places it
  const char *size;
  uint64_t count;
} buffers[] = {
    {"k61-4k-full", "vmalloc", 64 << 10, 0, "4K", 16},
    {"k61-4k-full", "vmalloc", 4 * MIB, 0, "4K", 1024},
    {"k61-4k-full", "vmalloc", 64 * MIB, 0, "4K", 16384},
    {"k61-4k-full", "vmalloc_huge", 4 * MIB, 0, "2M", 2},
    {"k61-4k-full", "vmalloc_huge", 64 * MIB, 0, "2M", 32},
    {"k61-4k-full", "vmap", 4 * MIB, 0, "4K", 1024},
    {"k61-4k-full", "vmap", 64 * MIB, 0, "4K", 16384},
    {"k61-4k-full", "module", 64 << 10, 0, "4K", 16},
    {"k61-4k-full", "linear", 64 << 10, 0xffff000002f10000, "4K", 16},
    {"k61-4k-full", "linear", 64 * MIB, 0xffff000003800000, "4K", 16384},
    {"k61-4k-full", "text", 64 << 10, 0xffff800008320000, "2M", 1},
    {"k61-4k-on", "vmalloc", 64 * MIB, 0, "4K", 16384},
    {"k61-4k-on", "vmalloc_huge", 64 * MIB, 0, "2M", 32},
    {"k61-4k-on", "vmap", 64 * MIB, 0, "4K", 16384},
    {"k61-4k-on", "module", 64 << 10, 0, "4K", 16},
    {"k61-4k-on", "linear", 64 << 10, 0xffff000002f10000, "2M+C", 1},
    {"k61-4k-on", "linear", 4 * MIB, 0xffff000003400000, "2M+C", 2},
    {"k61-4k-on", "linear", 64 * MIB, 0xffff000003800000, "2M+C", 32},
    {"k61-4k-on", "text", 64 << 10, 0xffff800008320000, "2M", 1},
    {"k612-16k-on", "vmalloc", 64 << 10, 0, "16K", 4},
    {"k612-16k-on", "vmalloc", 64 * MIB, 0, "16K", 4096},
    {"k612-16k-on", "vmalloc_huge", 4 * MIB, 0, "16K", 256},
    {"k612-16k-on", "vmalloc_huge", 64 * MIB, 0, "32M", 2},
    {"k612-16k-on", "vmap", 64 * MIB, 0, "16K", 4096},
    {"k612-16k-on", "module", 64 << 10, 0, "16K", 4},
    {"k612-16k-on", "linear", 64 << 10, 0xffff8000087c0000, "32M", 1},
    {"k612-16k-on", "linear", 64 * MIB, 0xffff800008800000, "32M", 3},
    {"k612-16k-on", "text", 64 << 10, 0xffffc000803a0000, "16K+C", 4},
    {"k61-a32-armmp", "vmalloc", 64 << 10, 0, "4K", 16},
    {"k61-a32-armmp", "vmalloc", 64 * MIB, 0, "4K", 16384},
    {"k61-a32-armmp", "vmalloc_huge", 4 * MIB, 0, "4K", 1024},
    {"k61-a32-armmp", "vmalloc_huge", 64 * MIB, 0, "4K", 16384},
    {"k61-a32-armmp", "module", 64 << 10, 0, "4K", 16},
    {"k61-a32-armmp", "linear", 64 << 10, 0xc1dd0000, "1M", 1},
    {"k61-a32-armmp", "linear", 4 * MIB, 0xc2800000, "1M", 4},
    {"k61-a32-armmp", "linear", 64 * MIB, 0xc2c00000, "1M", 64},
    {"k61-a32-armmp", "text", 64 << 10, 0xc0580000, "1M", 1},
    {"k61-a32-lpae", "vmalloc", 64 * MIB, 0, "4K", 16384},
    {"k61-a32-lpae", "vmalloc_huge", 64 * MIB, 0, "4K", 16384},
    {"k61-a32-lpae", "vmap", 4 * MIB, 0, "4K", 1024},
    {"k61-a32-lpae", "module", 64 << 10, 0, "4K", 16},
    {"k61-a32-lpae", "linear", 64 << 10, 0xc25d0000, "2M", 1},
    {"k61-a32-lpae", "linear", 64 * MIB, 0xc3400000, "2M", 32},
    {"k61-a32-lpae", "text", 64 << 10, 0xc0680000, "2M", 1},
};

static uint64_t vmap_pages(tw_kernel *kernel, uint64_t bytes, uint64_t page) {
  size_t count = (size_t)(bytes / page);
  uint64_t *pages = malloc(count * sizeof *pages);
  for (size_t i = 0; i < count; i++)
    cr_assert(pages[i] = tw_kernel_alloc_pages(kernel, 0));
  uint64_t va = tw_kernel_vmap(kernel, pages, count);
  free(pages);
  return va;
}

static uint64_t place_buffer(tw_kernel *kernel, const struct buffer *b, uint64_t page) {
  if (b->va)
    return b->va;
  if (strcmp(b->kind, "vmap") == 0)
    return vmap_pages(kernel, b->bytes, page);
  if (strcmp(b->kind, "module") == 0)
    return tw_kernel_module(kernel, page, b->bytes) + page;
  return tw_kernel_vmalloc(kernel, b->bytes, strcmp(b->kind, "vmalloc") ? TW_VMALLOC_HUGE : TW_VMALLOC_PAGES);
}

Test(kernel_census, buffers_are_mapped_as_captured) {
  for (size_t i = 0; i < COUNT(captures); i++) {
    const captured *c = &captures[i];
    tw_kernel *kernel = kernel_of(c, c->rodata);
    size_t compared = 0;
    for (size_t n = 0; n < COUNT(buffers); n++) {
      const struct buffer *b = &buffers[n];
      if (strcmp(b->capture, c->name) != 0)
        continue;
      uint64_t va = place_buffer(kernel, b, UINT64_C(1) << c->page_log2);
      cr_assert(va, "%s, %s", c->name, b->kind);
      tw_registers registers;
      tw_image image = image_of(kernel, &registers);
      tw_region region = {.first = va, .last = va + b->bytes - 1};
      snprintf(region.name, sizeof region.name, "buffer %s", b->kind);
      tw_census_row *rows;
      size_t row_count;
      cr_assert_eq(tw_census_count(&image, &region, 1, &rows, &row_count, NULL), 0);
      cr_expect(rows[0].sizes == 1 && strcmp(rows[0].size[0].name, b->size) == 0 && rows[0].size[0].count == b->count,
                "%s, %s of %llu: %llu of %s, captured %llu of %s", c->name, b->kind, (unsigned long long)b->bytes,
                (unsigned long long)rows[0].size[0].count, rows[0].size[0].name, (unsigned long long)b->count, b->size);
      free(rows);
      compared++;
    }
    cr_assert_geq(compared, 5, "%s", c->name);
    tw_kernel_destroy(kernel);
  }
}
