// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Buffers by every way in which the kernel gets memory mapped.
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#include "kit.h"

enum { BLOCKS_MAX = 128, MODULE_BYTES = SZ_64K };

static char module_data[MODULE_BYTES] __aligned(SZ_64K);

void kit_size_name(char *name, size_t room, const char *kind, unsigned long bytes) {
  bool mega = bytes >= SZ_1M;

  snprintf(name, room, "%s_%lu%c", kind, bytes >> (mega ? 20 : 10), mega ? 'm' : 'k');
}

// -- the linear map: blocks of the buddy allocator, and enough of them side by side --

struct run {
  struct page *blocks[BLOCKS_MAX];
  unsigned int count, first, needed, order;
};

static int by_frame(const void *a, const void *b) {
  unsigned long x = page_to_pfn(*(struct page *const *)a), y = page_to_pfn(*(struct page *const *)b);

  return x < y ? -1 : x > y;
}

/* The first of `needed` adjacent blocks, aligned to their size as one block would be; -1: there is none. */
static int find_run(const struct run *run, unsigned long alignment) {
  unsigned int i, n;

  for (i = 0; i + run->needed <= run->count; i++) {
    if (page_to_pfn(run->blocks[i]) % alignment)
      continue;
    for (n = 1; n < run->needed; n++)
      if (page_to_pfn(run->blocks[i + n]) != page_to_pfn(run->blocks[i]) + ((unsigned long)n << run->order))
        break;
    if (n == run->needed)
      return i;
  }
  return -1;
}

static void free_run(struct run *run, bool keep) {
  unsigned int i;

  for (i = 0; i < run->count; i++)
    if (!keep || i < run->first || i >= run->first + run->needed)
      __free_pages(run->blocks[i], run->order);
}

static unsigned int largest_order(void) {
#if defined MAX_PAGE_ORDER
  return MAX_PAGE_ORDER;
#else
  return MAX_ORDER - 1;
#endif
}

static struct page *allocate_run(struct run *run, unsigned long bytes) {
  unsigned int budget;
  int first;

  run->order = min_t(unsigned int, get_order(bytes), largest_order());
  run->needed = bytes >> (PAGE_SHIFT + run->order);
  budget = run->needed == 1 ? 1 : min_t(unsigned int, BLOCKS_MAX, SZ_512M >> (PAGE_SHIFT + run->order));
  for (run->count = 0; run->count < budget; run->count++) {
    run->blocks[run->count] = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY, run->order);
    if (!run->blocks[run->count])
      break;
  }
  sort(run->blocks, run->count, sizeof(run->blocks[0]), by_frame, NULL);
  first = find_run(run, 1UL << run->order);
  if (first < 0) {
    free_run(run, false);
    return NULL;
  }
  run->first = first;
  free_run(run, true);
  return run->blocks[first];
}

static void free_pages_of(struct run *run) {
  unsigned int i;

  for (i = run->first; i < run->first + run->needed; i++)
    __free_pages(run->blocks[i], run->order);
}

/* The pages of `first` again, by vmap. */
static void *alias(struct page *first, unsigned long bytes) {
  unsigned long count = bytes >> PAGE_SHIFT, i;
  struct page **pages = vmalloc(count * sizeof(*pages));
  void *at;

  if (!pages)
    return NULL;
  for (i = 0; i < count; i++)
    pages[i] = first + i;
  at = vmap(pages, count, VM_MAP, PAGE_KERNEL);
  vfree(pages);
  return at;
}

// -- one kind after the other --

static bool make(struct kit_buffer *buffer, const char *kind, unsigned long bytes) {
  kit_size_name(buffer->name, sizeof(buffer->name), kind, bytes);
  buffer->bytes = bytes;
  return kit_wanted(buffer->name);
}

static int use_linear(unsigned long bytes, void (*use)(const struct kit_buffer *)) {
  struct run *run;
  struct kit_buffer linear = {}, mapped = {};
  bool wants_linear = make(&linear, "lin_pages", bytes), wants_alias = make(&mapped, "vmap_alias", bytes);
  struct page *first;

  if (!wants_linear && !wants_alias)
    return 0;
  run = kzalloc(sizeof(*run), GFP_KERNEL);
  first = run ? allocate_run(run, bytes) : NULL;
  if (!first) {
    pr_err("capture kit: found no %lu adjacent bytes of memory\n", bytes);
    kfree(run);
    return -ENOMEM;
  }
  linear.at = page_address(first);
  if (wants_linear)
    use(&linear);
  mapped.at = wants_alias ? alias(first, bytes) : NULL;
  if (mapped.at) {
    use(&mapped);
    vunmap(mapped.at);
  }
  free_pages_of(run);
  kfree(run);
  return wants_alias && !mapped.at ? -ENOMEM : 0;
}

static int use_allocated(const char *kind, unsigned long bytes, void *(*allocate)(unsigned long),
                         void (*use)(const struct kit_buffer *)) {
  struct kit_buffer buffer = {};

  if (!make(&buffer, kind, bytes))
    return 0;
  buffer.at = allocate(bytes);
  if (!buffer.at) {
    pr_err("capture kit: found no memory for %s\n", buffer.name);
    return -ENOMEM;
  }
  memset(buffer.at, 0, bytes);
  use(&buffer);
  kvfree(buffer.at);
  return 0;
}

static void *by_kmalloc(unsigned long bytes) { return kmalloc(bytes, GFP_KERNEL); }

static void *by_vmalloc(unsigned long bytes) { return vmalloc(bytes); }

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
static void *by_vmalloc_huge(unsigned long bytes) { return vmalloc_huge(bytes, GFP_KERNEL); }
#else
static void *const by_vmalloc_huge = NULL; /* before, modules had no way to it */
#endif

int kit_each_buffer(unsigned long bytes, void (*use)(const struct kit_buffer *buffer)) {
  int error = 0;

  if (bytes <= SZ_64K)
    error = use_allocated("lin_kmalloc", bytes, by_kmalloc, use);
  if (!error && bytes > SZ_64K)
    error = use_linear(bytes, use);
  if (!error)
    error = use_allocated("vmalloc", bytes, by_vmalloc, use);
  if (!error && bytes > SZ_64K && by_vmalloc_huge)
    error = use_allocated("vmalloc_huge", bytes, by_vmalloc_huge, use);
  return error;
}

void kit_fixed_buffers(void (*use)(const struct kit_buffer *buffer)) {
  struct kit_buffer data = {.name = "module_data_64k", .at = module_data, .bytes = MODULE_BYTES};
  struct kit_buffer text = {
      .name = "ktext_64k", .at = (void *)((unsigned long)&vfree & ~(SZ_64K - 1UL)), .bytes = SZ_64K, .read_only = true};

  if (kit_wanted(data.name))
    use(&data);
  if (kit_wanted(text.name))
    use(&text);
}
