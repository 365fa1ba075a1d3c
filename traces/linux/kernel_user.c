// One process: anonymous mappings, all of whose pages are there.
#include "kernel.h"

static tw_page_attributes user_data(const tw_kernel *kernel) {
  tw_page_attributes attributes = tw_kernel_data(kernel, TW_MT_NORMAL);
  attributes.user = attributes.not_global = true;
  return attributes;
}

/// The mmap area is filled from its end downwards: areas are kept as seen from the top of the address space.
static uint64_t mirrored(const tw_kernel *kernel, uint64_t va, uint64_t bytes) {
  return (UINT64_C(1) << kernel->layout.user_bits) - va - bytes;
}

static tw_area *take_area(tw_kernel *kernel, uint64_t bytes, uint64_t align) {
  const tw_region *region = tw_linux_layout_named(&kernel->layout, "user mmap");
  uint64_t first = mirrored(kernel, region->last + 1, 0), end = mirrored(kernel, region->first, 0);
  if (!kernel->user_areas) {
    kernel->user_areas = tw_areas_create();
    if (kernel->user_areas && tw_areas_add(kernel->user_areas, first, end - first) < 0)
      return NULL;
  }
  tw_area *area = kernel->user_areas ? tw_areas_take(kernel->user_areas, first, end - 1, bytes, align) : NULL;
  if (area)
    area->bytes = bytes;
  return area;
}

static uint64_t take_block(tw_kernel *kernel, unsigned order) {
  if (order < kernel->orders)
    return tw_kernel_take_high_or_low(kernel, order);
  for (size_t i = 0; i < kernel->zones; i++) { // alloc_contig_pages
    uint64_t frame = tw_buddy_take_large(kernel->zone[i].buddy, order);
    if (frame != UINT64_MAX)
      return frame << kernel->page_log2;
  }
  return UINT64_MAX;
}

static void give_block(tw_kernel *kernel, uint64_t pa, unsigned order) {
  unsigned most = order < kernel->orders ? order : kernel->orders - 1;
  for (uint64_t i = 0; i < UINT64_C(1) << (order - most); i++)
    tw_kernel_give(kernel, pa + (i << (kernel->page_log2 + most)), most);
}

static void unmap(tw_kernel *kernel, uint64_t va, uint64_t bytes, unsigned page_log2) {
  uint64_t step = UINT64_C(1) << page_log2;
  unsigned order = page_log2 - kernel->page_log2;
  for (uint64_t at = va; at < va + bytes; at += step) {
    uint64_t pa;
    if (!tw_kernel_find(kernel, at, &pa))
      continue;
    tw_page_tables_unmap(kernel->tables, at, step);
    give_block(kernel, pa, order);
  }
}

static void forget(tw_kernel *kernel, uint64_t va, tw_area *area) {
  tw_areas_free(kernel->user_areas, area);
  tw_number_map_remove(&kernel->mappings, va);
}

/// Sizes that Linux gives a process: arm has no contiguous groups, and with short descriptors no huge pages.
static uint64_t user_sizes(const tw_kernel *kernel) {
  if (!tw_kernel_is_arm(kernel))
    return tw_page_tables_sizes(kernel->tables);
  return kernel->config.lpae ? UINT64_C(1) << 12 | UINT64_C(1) << 21 : UINT64_C(1) << 12;
}

uint64_t tw_kernel_mmap(tw_kernel *kernel, uint64_t bytes, unsigned page_log2) {
  if (page_log2 > 63 || !(user_sizes(kernel) >> page_log2 & 1) || bytes == 0)
    return 0;
  tw_page_attributes attributes = user_data(kernel);
  unsigned order = page_log2 - kernel->page_log2;
  uint64_t step = UINT64_C(1) << page_log2;
  bytes = tw_round_up(bytes, step);
  tw_area *area = take_area(kernel, bytes, step);
  if (!area)
    return 0;
  area->page_shift = page_log2;
  uint64_t va = mirrored(kernel, area->va, bytes);
  if (tw_number_map_set(&kernel->mappings, va, area->va) < 0) {
    tw_areas_free(kernel->user_areas, area);
    return 0;
  }
  for (uint64_t at = va; at < va + bytes; at += step) {
    tw_page_range range = {at, take_block(kernel, order), step, step};
    if (range.pa != UINT64_MAX && tw_page_tables_map(kernel->tables, &range, &attributes) == TW_PAGE_OK)
      continue;
    if (range.pa != UINT64_MAX)
      give_block(kernel, range.pa, order);
    unmap(kernel, va, at - va, page_log2);
    forget(kernel, va, area);
    return 0;
  }
  return va;
}

/// tlb_get_unmap_size: what one descriptor maps.
static uint64_t flush_stride(const tw_kernel *kernel, unsigned page_log2) {
  uint64_t fitting = tw_page_tables_single_sizes(kernel->tables) & ((UINT64_C(2) << page_log2) - 1);
  while (fitting & (fitting - 1))
    fitting &= fitting - 1;
  return fitting;
}

void tw_kernel_munmap(tw_kernel *kernel, uint64_t va) {
  uint64_t at;
  if (!tw_number_map_get(&kernel->mappings, va, &at))
    return;
  tw_area *area = tw_areas_find(kernel->user_areas, at);
  unsigned page_log2 = area->page_shift;
  uint64_t bytes = area->bytes;
  unmap(kernel, va, bytes, page_log2);
  forget(kernel, va, area);
  bool tables = tw_page_tables_prune(kernel->tables, va, bytes);
  tw_kernel_flush_user(kernel, va, bytes, flush_stride(kernel, page_log2), tables);
}
