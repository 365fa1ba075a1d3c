// RAM: as ranges during boot (memblock), then as zones of a buddy allocator each.
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

// ---- boot memory ----

static void insert_range(tw_boot_memory *memory, size_t at, tw_boot_range range) {
  if (range.bytes == 0 || memory->count == TW_BOOT_RANGES_MAX)
    return;
  memmove(&memory->free[at + 1], &memory->free[at], (memory->count - at) * sizeof range);
  memory->free[at] = range;
  memory->count++;
}

/// Cut [pa, pa + bytes) out of a free range that holds it.
static void cut(tw_boot_memory *memory, size_t at, uint64_t pa, uint64_t bytes) {
  tw_boot_range from = memory->free[at];
  memory->count--;
  memmove(&memory->free[at], &memory->free[at + 1], (memory->count - at) * sizeof from);
  insert_range(memory, at, (tw_boot_range){pa + bytes, from.pa + from.bytes - (pa + bytes)});
  insert_range(memory, at, (tw_boot_range){from.pa, pa - from.pa});
}

uint64_t tw_boot_take(tw_boot_memory *memory, uint64_t bytes, uint64_t align) {
  for (size_t at = memory->count; at-- > 0;) {
    tw_boot_range range = memory->free[at];
    uint64_t pa = (range.pa + range.bytes - bytes) & -align;
    if (range.bytes < bytes || pa < range.pa || pa > range.pa + range.bytes)
      continue;
    cut(memory, at, pa, bytes);
    return pa;
  }
  return UINT64_MAX;
}

void tw_boot_reserve(tw_boot_memory *memory, uint64_t pa, uint64_t bytes) {
  for (size_t at = memory->count; at-- > 0;) {
    tw_boot_range range = memory->free[at];
    uint64_t first = range.pa > pa ? range.pa : pa;
    uint64_t end = range.pa + range.bytes < pa + bytes ? range.pa + range.bytes : pa + bytes;
    if (first < end)
      cut(memory, at, first, end - first);
  }
}

// ---- zones ----

/// splitmix64 of a page's number: is it one of those that are taken from the start?
static bool is_scattered(const tw_kernel *kernel, uint64_t frame) {
  uint64_t x = frame * UINT64_C(0x9e3779b97f4a7c15) + kernel->config.seed;
  x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
  return (double)((x ^ x >> 31) >> 11) * 0x1p-53 < kernel->config.fragmented;
}

/// All of [frame, end) but the pages that something holds already.
static void give_range(const tw_kernel *kernel, tw_buddy *buddy, uint64_t frame, uint64_t end) {
  if (kernel->config.fragmented <= 0) {
    tw_buddy_give_range(buddy, frame, end - frame);
    return;
  }
  for (uint64_t next = frame; frame < end; frame = next + 1) {
    for (next = frame; next < end && !is_scattered(kernel, next);)
      next++;
    tw_buddy_give_range(buddy, frame, next - frame);
  }
}

static int make_zone(tw_kernel *kernel, const char *name, uint64_t first, uint64_t end, bool high) {
  const tw_boot_memory *memory = &kernel->boot;
  unsigned shift = kernel->page_log2;
  if (first >= end)
    return 0;
  tw_buddy *buddy = tw_buddy_create(first >> shift, (end - first) >> shift, kernel->orders);
  if (!buddy)
    return -1;
  kernel->zone[kernel->zones++] = (tw_zone){.name = name, .buddy = buddy, .high = high};
  for (size_t i = 0; i < memory->count; i++) {
    tw_boot_range range = memory->free[i];
    uint64_t from = range.pa > first ? range.pa : first;
    uint64_t to = range.pa + range.bytes < end ? range.pa + range.bytes : end;
    if (from < to)
      give_range(kernel, buddy, tw_round_up(from, tw_kernel_page(kernel)) >> shift, to >> shift);
  }
  return 0;
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

int tw_kernel_make_zones(tw_kernel *kernel) {
  const tw_linux_layout_config *config = &kernel->config.layout;
  uint64_t first = config->ram_first, end = first + config->ram_bytes;
  uint64_t linear_end = first + kernel->layout.linear_bytes;
  bool arm64 = config->machine == TW_LINUX_ARM64;
  uint64_t dma_end = arm64 ? least(linear_end, UINT64_C(1) << 32) : first; // devices of 32 bits
  if (dma_end < first)
    dma_end = first;
  if (!arm64 && linear_end < end)
    insert_range(&kernel->boot, kernel->boot.count, (tw_boot_range){linear_end, end - linear_end});
  if (make_zone(kernel, "HighMem", linear_end, arm64 ? linear_end : end, true) < 0 ||
      make_zone(kernel, "Normal", dma_end, linear_end, false) < 0 ||
      make_zone(kernel, "DMA", first, dma_end, false) < 0)
    return -1;
  kernel->booted = true;
  return 0;
}

uint64_t tw_kernel_take(tw_kernel *kernel, unsigned order, bool high) {
  for (size_t i = 0; i < kernel->zones; i++) {
    if (kernel->zone[i].high != high || order >= kernel->orders)
      continue;
    uint64_t frame = tw_buddy_take(kernel->zone[i].buddy, order);
    if (frame != UINT64_MAX)
      return frame << kernel->page_log2;
  }
  return UINT64_MAX;
}

uint64_t tw_kernel_take_high_or_low(tw_kernel *kernel, unsigned order) {
  uint64_t pa = tw_kernel_take(kernel, order, true);
  return pa == UINT64_MAX ? tw_kernel_take(kernel, order, false) : pa;
}

void tw_kernel_give(tw_kernel *kernel, uint64_t pa, unsigned order) {
  uint64_t frame = pa >> kernel->page_log2;
  for (size_t i = 0; i < kernel->zones; i++)
    if (tw_buddy_holds(kernel->zone[i].buddy, frame))
      tw_buddy_give(kernel->zone[i].buddy, frame, order);
}

// ---- the pages' public face ----

uint64_t tw_kernel_alloc_pages(tw_kernel *kernel, unsigned order) {
  uint64_t pa = tw_kernel_take(kernel, order, false);
  return pa == UINT64_MAX ? 0 : tw_kernel_to_va(kernel, pa);
}

void tw_kernel_free_pages(tw_kernel *kernel, uint64_t va, unsigned order) {
  if (va)
    tw_kernel_give(kernel, tw_kernel_to_pa(kernel, va), order);
}

static tw_buddy_figures figures_of(const tw_kernel *kernel, unsigned order) {
  tw_buddy_figures figures = {0};
  for (size_t i = 0; i < kernel->zones; i++)
    if (!kernel->zone[i].high)
      tw_buddy_count(kernel->zone[i].buddy, order, &figures);
  return figures;
}

double tw_kernel_fragmentation(const tw_kernel *kernel, unsigned order) {
  tw_buddy_figures figures = figures_of(kernel, order);
  return (double)tw_fragmentation_index(&figures, order) / 1000;
}

double tw_kernel_unusable(const tw_kernel *kernel, unsigned order) {
  tw_buddy_figures figures = figures_of(kernel, order);
  return (double)tw_unusable_free_index(&figures, order) / 1000;
}

uint64_t tw_kernel_free_bytes(const tw_kernel *kernel) {
  return figures_of(kernel, 0).free_frames << kernel->page_log2;
}
