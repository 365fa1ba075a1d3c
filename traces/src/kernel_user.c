// One process: anonymous mappings, all of whose pages are there.
#include "kernel.h"

static uint64_t user_pages_order(const tw_kernel *kernel, unsigned page_log2) { return page_log2 - kernel->page_log2; }

static tw_page_attributes user_data(const tw_kernel *kernel) {
  tw_page_attributes attributes = tw_kernel_data(kernel, TW_MT_NORMAL);
  attributes.user = attributes.not_global = true;
  return attributes;
}

/// The mmap area is filled from its end downwards.
static uint64_t take_address(tw_kernel *kernel, uint64_t bytes, uint64_t align) {
  const tw_region *region = tw_linux_layout_named(&kernel->layout, "user mmap");
  uint64_t end = kernel->user_next ? kernel->user_next : region->last + 1;
  uint64_t va = (end - bytes) & -align;
  if (bytes > end - region->first || va < region->first)
    return 0;
  kernel->user_next = va;
  return va;
}

static uint64_t take_block(tw_kernel *kernel, unsigned order) {
  if (order < kernel->orders)
    return tw_kernel_take(kernel, order, false);
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
  unsigned order = (unsigned)user_pages_order(kernel, page_log2);
  for (uint64_t at = va; at < va + bytes; at += step) {
    uint64_t pa;
    if (!tw_kernel_find(kernel, at, &pa))
      continue;
    tw_page_tables_unmap(kernel->tables, at, step);
    give_block(kernel, pa, order);
  }
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
  uint64_t step = UINT64_C(1) << page_log2;
  bytes = tw_round_up(bytes, step);
  uint64_t va = take_address(kernel, bytes, step);
  if (!va || tw_number_map_set(&kernel->mappings, va, bytes | page_log2) < 0)
    return 0;
  for (uint64_t at = va; at < va + bytes; at += step) {
    tw_page_range range = {at, take_block(kernel, (unsigned)user_pages_order(kernel, page_log2)), step, step};
    if (range.pa != UINT64_MAX && tw_page_tables_map(kernel->tables, &range, &attributes) == TW_PAGE_OK)
      continue;
    if (range.pa != UINT64_MAX)
      give_block(kernel, range.pa, (unsigned)user_pages_order(kernel, page_log2));
    unmap(kernel, va, at - va, page_log2);
    tw_number_map_remove(&kernel->mappings, va);
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
  uint64_t value;
  if (!tw_number_map_get(&kernel->mappings, va, &value))
    return;
  unsigned page_log2 = value & 63;
  uint64_t bytes = value & ~UINT64_C(63);
  unmap(kernel, va, bytes, page_log2);
  tw_number_map_remove(&kernel->mappings, va);
  bool tables = tw_page_tables_prune(kernel->tables, va, bytes);
  tw_kernel_flush_user(kernel, va, bytes, flush_stride(kernel, page_log2), tables);
}
