// mm/vmalloc.c: pages from the buddy allocator, mapped one after the other in areas; areas freed lazily.
#include "kernel.h"

#include <stdlib.h>

typedef enum area_kind { OWNS_PAGES, BORROWS_PAGES } area_kind;

// ---- areas ----

/// lazy_max_pages: this much may wait before TLBs are invalidated for all of it.
static uint64_t lazy_most(const tw_kernel *kernel) {
  unsigned bits = 0;
  for (unsigned cpus = kernel->config.cpus; cpus; cpus >>= 1)
    bits++;
  return (uint64_t)bits << 25; // 32 MiB each
}

/// __purge_vmap_area_lazy
bool tw_kernel_purge(tw_kernel *kernel) {
  uint64_t first, end;
  if (!tw_areas_purge(kernel->areas, &first, &end))
    return false;
  tw_kernel_flush(kernel, first, end - first);
  return true;
}

/// An area in a region, with a guard page behind it. What waits is freed when there is no room otherwise.
static tw_area *take_area(tw_kernel *kernel, const char *region_name, uint64_t bytes, uint64_t align) {
  const tw_region *region = tw_linux_layout_named(&kernel->layout, region_name);
  uint64_t whole = bytes + tw_kernel_page(kernel);
  tw_area *area = tw_areas_take(kernel->areas, region->first, region->last, whole, align);
  if (!area && tw_kernel_purge(kernel))
    area = tw_areas_take(kernel->areas, region->first, region->last, whole, align);
  if (area)
    area->bytes = bytes;
  return area;
}

/// Unmapped at once, its addresses lazily.
static void free_area(tw_kernel *kernel, tw_area *area, bool mapped) {
  if (mapped)
    tw_page_tables_unmap(kernel->tables, area->va, area->bytes);
  if (tw_areas_free_lazily(kernel->areas, area) > lazy_most(kernel))
    tw_kernel_purge(kernel);
}

// ---- pages ----

static void give_pages(tw_kernel *kernel, const tw_area *area) {
  if (area->kind == OWNS_PAGES)
    for (size_t i = 0; i < area->page_count; i++)
      tw_kernel_give(kernel, area->pages[i], area->order);
}

/// Pages one by one, as blocks of 2^together pages while there are any.
static void take_single(tw_kernel *kernel, tw_area *area, size_t count, unsigned together) {
  size_t block = (size_t)1 << together;
  while (area->page_count < count) {
    bool whole = block > 1 && count - area->page_count >= block;
    uint64_t pa = whole ? tw_kernel_take_high_or_low(kernel, together) : UINT64_MAX;
    size_t got = pa == UINT64_MAX ? 1 : block;
    if (pa == UINT64_MAX)
      pa = tw_kernel_take_high_or_low(kernel, 0);
    if (pa == UINT64_MAX)
      return;
    for (size_t i = 0; i < got; i++)
      area->pages[area->page_count++] = pa + i * tw_kernel_page(kernel);
  }
}

static void take_blocks(tw_kernel *kernel, tw_area *area, size_t count, unsigned order) {
  while (area->page_count < count) {
    uint64_t pa = tw_kernel_take_high_or_low(kernel, order);
    if (pa == UINT64_MAX)
      return;
    area->pages[area->page_count++] = pa;
  }
}

/// The largest order of which there is a whole block in `pages`, up to `most`.
static unsigned order_within(uint64_t pages, unsigned most) {
  unsigned order = 0;
  while (order < most && pages >> (order + 1))
    order++;
  return order;
}

/// Since 6.19 as many as can be had come from larger blocks, the largest first, which are split.
static void take_split(tw_kernel *kernel, tw_area *area, size_t count, unsigned order) {
  unsigned most = kernel->orders - 1;
  while (area->page_count < count) {
    unsigned large = order_within((count - area->page_count) << order, most);
    if (large <= order)
      return;
    uint64_t pa = tw_kernel_take_high_or_low(kernel, large);
    most = pa == UINT64_MAX ? large - 1 : most;
    for (size_t i = 0; pa != UINT64_MAX && i < (size_t)1 << (large - order); i++)
      area->pages[area->page_count++] = pa + (i << order) * tw_kernel_page(kernel);
  }
}

/// vm_area_alloc_pages: blocks of 2^order pages for the whole area. -1: there were not enough; what was taken is given
/// back.
static int take_pages(tw_kernel *kernel, tw_area *area, unsigned order, unsigned together) {
  size_t count = (size_t)(area->bytes / (tw_kernel_page(kernel) << order));
  area->order = order;
  area->pages = calloc(count, sizeof *area->pages);
  if (area->pages && tw_kernel_since(kernel, 6, 19))
    take_split(kernel, area, count, order);
  if (area->pages && order)
    take_blocks(kernel, area, count, order);
  else if (area->pages)
    take_single(kernel, area, count, together);
  if (area->pages && area->page_count == count)
    return 0;
  give_pages(kernel, area);
  area->page_count = 0;
  return -1;
}

/// vmap_pages_range; `sizes` may hold that of a contiguous group besides the block's.
static int map_pages(tw_kernel *kernel, const tw_area *area, uint64_t sizes, const tw_page_attributes *attributes) {
  uint64_t block = tw_kernel_page(kernel) << area->order;
  for (size_t i = 0; i < area->page_count;) {
    size_t run = 1; // blocks that happen to follow one another
    while (i + run < area->page_count && area->pages[i + run] == area->pages[i] + run * block)
      run++;
    tw_page_range range = {area->va + i * block, area->pages[i], run * block, sizes};
    if (tw_page_tables_map(kernel->tables, &range, attributes) != TW_PAGE_OK)
      return -1;
    i += run;
  }
  return 0;
}

// ---- vmalloc ----

typedef struct request {
  const char *region;
  uint64_t bytes, align;
  unsigned order;    ///< of its blocks of pages
  unsigned together; ///< of pages: the order of blocks that they are taken from, if there are any
  uint64_t sizes;    ///< of its mappings
  tw_page_attributes attributes;
} request;

static uint64_t allocate(tw_kernel *kernel, const request *request) {
  tw_area *area = take_area(kernel, request->region, request->bytes, request->align);
  if (!area)
    return 0;
  bool mapped = take_pages(kernel, area, request->order, request->together) == 0;
  if (mapped && map_pages(kernel, area, request->sizes, &request->attributes) == 0)
    return area->va;
  give_pages(kernel, area);
  free_area(kernel, area, mapped);
  return 0;
}

static request pages_request(const tw_kernel *kernel, const char *region, uint64_t bytes) {
  uint64_t page = tw_kernel_page(kernel);
  return (request){.region = region,
                   .bytes = tw_round_up(bytes, page),
                   .align = page,
                   .sizes = page,
                   .attributes = tw_kernel_data(kernel, TW_MT_NORMAL)};
}

static unsigned contiguous_log2(const tw_kernel *kernel) {
  return kernel->page_log2 == 12 ? 4 : kernel->page_log2 == 14 ? 7 : 5;
}

/// HAVE_ARCH_HUGE_VMALLOC: arm64 since 6.1; arm has none.
static bool has_huge_vmap(const tw_kernel *kernel) {
  return !tw_kernel_is_arm(kernel) && tw_kernel_since(kernel, 6, 1);
}

/// vmalloc_huge: blocks of the PMD when that much is wanted, contiguous groups since 6.16.
static request huge_request(const tw_kernel *kernel, uint64_t bytes) {
  request request = pages_request(kernel, "vmalloc", bytes);
  if (!has_huge_vmap(kernel))
    return request;
  unsigned order = kernel->page_log2 - 3;
  if (bytes < tw_kernel_page(kernel) << order)
    order = tw_kernel_since(kernel, 6, 16) ? contiguous_log2(kernel) : 0;
  uint64_t block = tw_kernel_page(kernel) << order;
  if (bytes < block || order == 0)
    return request;
  request.order = order;
  request.align = request.sizes = block;
  request.bytes = tw_round_up(bytes, block);
  return request;
}

uint64_t tw_kernel_vmalloc(tw_kernel *kernel, uint64_t bytes, tw_vmalloc_kind kind) {
  request request = pages_request(kernel, "vmalloc", bytes);
  if (bytes == 0)
    return 0;
  if (kind == TW_VMALLOC_CONTIGUOUS && !tw_kernel_is_arm(kernel)) {
    request.together = contiguous_log2(kernel);
    request.align <<= request.together;
    request.sizes |= request.align;
  }
  if (kind == TW_VMALLOC_HUGE) {
    struct request huge = huge_request(kernel, bytes);
    uint64_t va = huge.order ? allocate(kernel, &huge) : 0;
    if (va)
      return va;
  }
  return allocate(kernel, &request);
}

void tw_kernel_vfree(tw_kernel *kernel, uint64_t va) {
  tw_area *area = tw_areas_find(kernel->areas, va);
  if (!area)
    return;
  bool resets = area->alias_changed || area->flush_reset;
  tw_page_tables_unmap(kernel->tables, area->va, area->bytes);
  if (resets)
    tw_kernel_reset_alias(kernel, area);
  give_pages(kernel, area);
  if (resets)
    tw_areas_free(kernel->areas, area);
  else
    free_area(kernel, area, false);
}

// ---- vmap, modules, stacks ----

uint64_t tw_kernel_vmap(tw_kernel *kernel, const uint64_t *pages, size_t count) {
  uint64_t page = tw_kernel_page(kernel);
  tw_page_attributes attributes = tw_kernel_data(kernel, TW_MT_NORMAL);
  tw_area *area = count ? take_area(kernel, "vmalloc", count * page, page) : NULL;
  if (!area)
    return 0;
  area->kind = BORROWS_PAGES;
  area->pages = calloc(count, sizeof *area->pages);
  for (size_t i = 0; area->pages && i < count; i++)
    area->pages[area->page_count++] = tw_kernel_to_pa(kernel, pages[i]);
  if (area->pages && map_pages(kernel, area, page, &attributes) == 0)
    return area->va;
  free_area(kernel, area, true);
  return 0;
}

void tw_kernel_vunmap(tw_kernel *kernel, uint64_t va) { tw_kernel_vfree(kernel, va); }

uint64_t tw_kernel_module(tw_kernel *kernel, uint64_t text_bytes, uint64_t data_bytes) {
  uint64_t page = tw_kernel_page(kernel), text = tw_round_up(text_bytes, page);
  request request = pages_request(kernel, "modules", text + data_bytes);
  uint64_t va = request.bytes ? allocate(kernel, &request) : 0;
  if (va)
    tw_areas_find(kernel->areas, va)->flush_reset = tw_kernel_since(kernel, 5, 2);
  if (va && text) // since 6.4 its data are areas of their own: their alias stays as it is
    tw_kernel_protect_area(kernel, va, text, tw_kernel_since(kernel, 6, 4) ? text : request.bytes);
  return va;
}

/// CONFIG_VMAP_STACK: arm64 since 4.14, arm since 5.18.
static bool has_vmap_stacks(const tw_kernel *kernel) {
  return tw_kernel_is_arm(kernel) ? tw_kernel_since(kernel, 5, 18) : tw_kernel_since(kernel, 4, 14);
}

/// THREAD_SIZE: 16 KiB, or a page where that is more; arm 8 KiB.
static uint64_t stack_bytes(const tw_kernel *kernel) {
  uint64_t page = tw_kernel_page(kernel), bytes = tw_kernel_is_arm(kernel) ? 8 << 10 : 16 << 10;
  return bytes > page ? bytes : page;
}

static unsigned stack_order(const tw_kernel *kernel) {
  unsigned order = 0;
  while (tw_kernel_page(kernel) << order < stack_bytes(kernel))
    order++;
  return order;
}

/// Of vmalloc, aligned to twice its size, so that an overflow shows in one bit of the stack pointer.
uint64_t tw_kernel_stack(tw_kernel *kernel) {
  if (!has_vmap_stacks(kernel))
    return tw_kernel_alloc_pages(kernel, stack_order(kernel));
  request request = pages_request(kernel, "vmalloc", stack_bytes(kernel));
  request.align = 2 * request.bytes;
  return allocate(kernel, &request);
}

void tw_kernel_stack_free(tw_kernel *kernel, uint64_t va) {
  if (has_vmap_stacks(kernel))
    tw_kernel_vfree(kernel, va);
  else
    tw_kernel_free_pages(kernel, va, stack_order(kernel));
}
