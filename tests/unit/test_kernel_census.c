// A kernel that is given a capture's parameters maps what the captured kernel had mapped: leaf by leaf the same
// addresses, sizes and attributes in the linear map, the image, vmemmap and fixmap, and the same sizes in buffers of
// each kind. What the parameters are, and how they are read off a capture, is told in census_case.h.
#include "census_case.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MIB (UINT64_C(1) << 20)

/// `words`: what a container of traces/captures does not show of its kernel; without: a text of tests/unit/census.
static const struct source {
  const char *name, *words;
} sources[] = {
    {"k61-4k-full", "linux=6.1 rodata=full"},
    {"k61-4k-on", "linux=6.1 rodata=on"},
    {"k612-16k-on", "linux=6.12 rodata=on kfence kfence_freed=12"},
    {"k61-a32-armmp", "linux=6.1 rodata=on"},
    {"k61-a32-lpae", "linux=6.1 rodata=on"},
    {"510-full-kaslr-kpti", NULL},
    {"510-on", NULL},
    {"510-off", NULL},
    {"510-on-1500m", NULL},
    {"61-off", NULL},
    {"61-full-kaslr-kpti", NULL},
    {"61-on-kpti", NULL},
    {"61-on-a53-4g", NULL},
    {"61-cloud-on", NULL},
    {"61-rt-on-3g", NULL},
    {"612-full", NULL},
    {"612-full-kpti", NULL},
    {"612-full-kfence", NULL},
    {"612-on", NULL},
    {"612-on-kfence-later", NULL},
    {"612-on-kaslr-kpti", NULL},
    {"612-on-kpti-6g", NULL},
    {"612-on-n1-1500m", NULL},
    {"612-off", NULL},
    {"612-full-lpa2", NULL},
    {"612-on-lpa2", NULL},
    {"612-16k-full", NULL},
    {"612-16k-off", NULL},
    {"612-16k-on-lpa2", NULL},
    {"612-16k-on-1500m", NULL},
    {"612-16k-on-kaslr-4g", NULL},
    {"61-armmp-off", NULL},
    {"61-armmp-on-2g", NULL},
    {"61-armmp-on-1g-vmalloc", NULL},
    {"61-armmp-rt-on", NULL},
    {"61-lpae-on-2g", NULL},
    {"61-lpae-off-256m", NULL},
    {"612-armmp-on", NULL},
    {"612-armmp-lpae-on", NULL},
    {"72-full", NULL},
    {"72-on", NULL},
    {"72-off-kpti", NULL},
    {"73-full", NULL},
    {"73-full-lpa2", NULL},
    {"73-on", NULL},
    {"73-on-kaslr-kpti", NULL},
    {"73-off", NULL},
    {"73-16k-full", NULL},
    {"73-16k-on", NULL},
};

typedef struct capture {
  captured c;
  leaves had; ///< what it had mapped: all of it, or what the text has
} capture;

static capture open_container(const struct source *source) {
  capture capture = {0};
  char path[512];
  tw_error error;
  tw_batch batch;
  snprintf(path, sizeof path, "%s/traces/captures/%s.twt", TW_SOURCE_DIR, source->name);
  tw_trace *trace = tw_trace_open(path, 0, &error);
  cr_assert(trace, "%s", error.text);
  cr_assert_eq(tw_trace_next(trace, &batch, &error), 1);
  tw_image image = tw_trace_image(trace);
  cr_assert(captured_guess(&capture.c, trace, &image) && captured_set(&capture.c, source->words));
  capture.had = leaves_of(&image, 0, UINT64_MAX);
  capture.c.protected_pages = census_protected(&capture.c, &capture.had);
  tw_trace_close(trace);
  return capture;
}

static capture open_capture(const struct source *source) {
  capture capture = {0};
  char path[512];
  if (source->words) {
    capture = open_container(source);
  } else {
    snprintf(path, sizeof path, "%s/tests/unit/census/%s.txt", TW_SOURCE_DIR, source->name);
    cr_assert(census_read(path, &capture.c, &capture.had));
  }
  snprintf(capture.c.name, sizeof capture.c.name, "%s", source->name);
  return capture;
}

static tw_kernel *kernel_of(const captured *c) {
  tw_kernel *kernel = captured_kernel(c);
  cr_assert(kernel);
  return kernel;
}

static difference differ_in(const capture *capture, tw_kernel *kernel, const census_range *range) {
  leaves made = leaves_of_kernel(kernel, range->first, range->last);
  leaves had = leaves_part(&capture->had, range->first, range->last);
  difference d = census_differ(&made, &had, range->places);
  free(made.leaf);
  free(had.leaf);
  return d;
}

Test(kernel_census, boot_maps_what_the_captured_kernel_had_mapped) {
  for (size_t i = 0; i < COUNT(sources); i++) {
    capture capture = open_capture(&sources[i]);
    tw_kernel *kernel = kernel_of(&capture.c);
    if (capture.c.config.kfence)
      cr_expect_eq(census_free_kfence(&capture.c, kernel, &capture.had), capture.c.kfence_freed, "%s", capture.c.name);
    census_range ranges[CENSUS_RANGES];
    size_t count = census_ranges(&capture.c, tw_kernel_layout(kernel), ranges);
    for (size_t r = 0; r < count; r++) {
      difference d = differ_in(&capture, kernel, &ranges[r]);
      cr_expect(census_agrees(&capture.c, &ranges[r], &d),
                "%s, %s: of %zu leaves, %zu sizes, %zu attributes and %zu places differ, %zu became read-only",
                capture.c.name, ranges[r].name, d.compared, d.sizes, d.attributes, d.places, d.read_only);
    }
    tw_kernel_destroy(kernel);
    free(capture.had.leaf);
  }
}

/// Other parameters, each of which must show in the linear map (arm: low memory).
static void mistake(captured *c, unsigned fault) {
  tw_kernel_config *k = &c->config;
  bool arm = k->layout.machine == TW_LINUX_ARM;
  if (fault == 0)
    k->layout.kernel.text += UINT64_C(1) << (arm ? 20 : k->layout.page_log2);
  else if (k->kfence_later)
    k->kfence_later = false;
  else
    k->rodata = arm && k->rodata == TW_RODATA_ON ? TW_RODATA_OFF
                : k->rodata == TW_RODATA_ON      ? TW_RODATA_FULL
                                                 : TW_RODATA_ON;
}

// The same comparison sees another rodata= mode, and an image that is a page too long.
Test(kernel_census, another_kernel_differs) {
  for (size_t i = 0; i < COUNT(sources); i++)
    for (unsigned fault = 0; fault < 2; fault++) {
      capture capture = open_capture(&sources[i]);
      mistake(&capture.c, fault);
      tw_kernel *kernel = kernel_of(&capture.c);
      census_range ranges[CENSUS_RANGES];
      size_t count = census_ranges(&capture.c, tw_kernel_layout(kernel), ranges), differing = 0;
      census_free_kfence(&capture.c, kernel, &capture.had);
      for (size_t r = 0; r < count; r++) {
        difference d = differ_in(&capture, kernel, &ranges[r]);
        differing += !census_agrees(&capture.c, &ranges[r], &d);
      }
      cr_expect_gt(differing, 0, "%s, mistake %u: nothing differs", capture.c.name, fault);
      tw_kernel_destroy(kernel);
      free(capture.had.leaf);
    }
}

// ---- buffers ----

// What the captures' census counts for each buffer.
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
    {"61-off", "vmalloc_huge", 4 * MIB, 0, "2M", 2},
    {"61-full-kaslr-kpti", "vmalloc_huge", 4 * MIB, 0, "2M", 2},
    {"612-full", "vmalloc", 4 * MIB, 0, "4K", 1024},
    {"612-full", "vmalloc_huge", 4 * MIB, 0, "2M", 2},
    {"612-on-lpa2", "vmalloc_huge", 4 * MIB, 0, "2M", 2},
    {"612-on-lpa2", "vmap", 4 * MIB, 0, "4K", 1024},
    {"612-16k-full", "vmalloc_huge", 4 * MIB, 0, "16K", 256},
    {"612-16k-off", "vmalloc_huge", 4 * MIB, 0, "16K", 256},
    {"73-full", "vmalloc_huge", 4 * MIB, 0, "2M", 2},
    {"73-16k-full", "vmalloc_huge", 4 * MIB, 0, "16K+C", 256},
    {"73-16k-on", "vmap", 4 * MIB, 0, "16K", 256},
    {"61-armmp-off", "vmalloc_huge", 4 * MIB, 0, "4K", 1024},
    {"61-lpae-on-2g", "vmalloc_huge", 4 * MIB, 0, "4K", 1024},
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
  for (size_t i = 0; i < COUNT(sources); i++) {
    capture capture = open_capture(&sources[i]);
    const captured *c = &capture.c;
    tw_kernel *kernel = kernel_of(c);
    size_t compared = 0;
    for (size_t n = 0; n < COUNT(buffers); n++) {
      const struct buffer *b = &buffers[n];
      if (strcmp(b->capture, c->name) != 0)
        continue;
      uint64_t va = place_buffer(kernel, b, UINT64_C(1) << c->config.layout.page_log2);
      cr_assert(va, "%s, %s", c->name, b->kind);
      tw_registers registers = tw_kernel_registers(kernel);
      tw_image image = {.registers = &registers};
      image.tables = tw_kernel_tables(kernel, &image.count);
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
    cr_assert(compared >= 5 || !sources[i].words, "%s", c->name);
    free(capture.had.leaf);
    tw_kernel_destroy(kernel);
  }
}
