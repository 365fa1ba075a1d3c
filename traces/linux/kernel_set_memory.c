// arch/arm64/mm/pageattr.c: permissions of pages of the kernel, changed while they are mapped.
#include "kernel.h"

static int change(tw_kernel *kernel, uint64_t va, uint64_t bytes, bool write, bool execute) {
  tw_page_attributes attributes = write ? tw_kernel_data(kernel, TW_MT_NORMAL) : tw_kernel_read_only(kernel);
  tw_page_leaf leaf;
  if (!tw_page_tables_find(kernel->tables, va, &leaf))
    return -1;
  attributes.memory = leaf.attributes.memory;
  attributes.execute = execute;
  return tw_page_tables_protect(kernel->tables, va, bytes, &attributes) == TW_PAGE_OK ? 0 : -1;
}

/// change_memory_common: with rodata=full the pages' alias in the linear map loses or gains the right to write too;
/// before 6.19 that of all of the area's pages, whatever range is asked for.
static int change_alias(tw_kernel *kernel, uint64_t va, uint64_t bytes, bool write) {
  uint64_t page = tw_kernel_page(kernel), pa;
  for (uint64_t at = va; at < va + bytes; at += page) {
    uint64_t alias = tw_kernel_find(kernel, at, &pa) ? tw_kernel_to_va(kernel, pa) : 0;
    if (!alias || change(kernel, alias, page, write, false) < 0)
      return -1;
    tw_kernel_flush(kernel, alias, page);
  }
  return 0;
}

/// Of vmalloc and modules; the range begins where the area does. `alias_bytes`: of it that change in the linear map.
static int change_area(tw_kernel *kernel, tw_area *area, uint64_t bytes, uint64_t alias_bytes, bool write,
                       bool execute) {
  if (!area || bytes > area->bytes)
    return -1;
  if (tw_kernel_is_rodata_full(kernel)) {
    area->alias_changed |= !write;
    if (change_alias(kernel, area->va, alias_bytes, write) < 0)
      return -1;
  }
  tw_kernel_purge(kernel); // vm_unmap_aliases: nothing may still be mapped by what was freed lazily
  return change(kernel, area->va, bytes, write, execute);
}

int tw_kernel_set_memory(tw_kernel *kernel, uint64_t va, uint64_t bytes, bool write, bool execute) {
  bool linear = va - kernel->layout.linear_va < kernel->layout.linear_bytes;
  if (((va | bytes) & (tw_kernel_page(kernel) - 1)) || bytes == 0 || (linear && tw_kernel_is_arm(kernel)))
    return -1;
  tw_area *area = linear ? NULL : tw_areas_find(kernel->areas, va);
  uint64_t alias_bytes = !area || tw_kernel_since(kernel, 6, 19) ? bytes : area->bytes;
  int changed = linear ? change(kernel, va, bytes, write, execute)
                       : change_area(kernel, area, bytes, alias_bytes, write, execute);
  if (changed == 0)
    tw_kernel_flush(kernel, va, bytes);
  return changed;
}

void tw_kernel_protect_area(tw_kernel *kernel, uint64_t va, uint64_t bytes, uint64_t alias_bytes) {
  if (change_area(kernel, tw_areas_find(kernel->areas, va), bytes, alias_bytes, false, true) == 0)
    tw_kernel_flush(kernel, va, bytes);
}

// ---- the linear map, page by page ----

int tw_kernel_set_direct_map(tw_kernel *kernel, uint64_t va, bool valid) {
  uint64_t page = tw_kernel_page(kernel), pa = tw_kernel_to_pa(kernel, va);
  tw_page_attributes attributes = tw_kernel_data(kernel, TW_MT_NORMAL_TAGGED);
  tw_page_range range = {va, pa, page, page};
  if (tw_kernel_is_arm(kernel) || va - kernel->layout.linear_va >= kernel->layout.linear_bytes || va & (page - 1))
    return -1;
  if (valid)
    return tw_page_tables_map(kernel->tables, &range, &attributes) == TW_PAGE_OK ? 0 : -1;
  return tw_page_tables_unmap(kernel->tables, va, page) == TW_PAGE_OK ? 0 : -1;
}

/// set_area_direct_map: each page of an area's in the linear map. Pages of high memory are not there.
static void set_area(tw_kernel *kernel, const tw_area *area, bool valid) {
  uint64_t page = tw_kernel_page(kernel), block = page << area->order;
  for (size_t i = 0; i < area->page_count; i++)
    for (uint64_t at = 0; at < block; at += page)
      tw_kernel_set_direct_map(kernel, tw_kernel_to_va(kernel, area->pages[i] + at), valid);
}

static void widen(tw_range *range, uint64_t first, uint64_t end) {
  uint64_t range_end = range->va + range->bytes;
  range->va = first < range->va ? first : range->va;
  range->bytes = (end > range_end ? end : range_end) - range->va;
}

/// vm_reset_perms: the area itself, its pages in the linear map and what waits, by one flush.
void tw_kernel_reset_alias(tw_kernel *kernel, const tw_area *area) {
  uint64_t block = tw_kernel_page(kernel) << area->order, first, end;
  tw_range range = {area->va, area->whole};
  for (size_t i = 0; i < area->page_count; i++) {
    uint64_t alias = tw_kernel_to_va(kernel, area->pages[i]);
    if (alias - kernel->layout.linear_va < kernel->layout.linear_bytes)
      widen(&range, alias, alias + block);
  }
  if (area->alias_changed)
    set_area(kernel, area, false);
  if (tw_areas_purge(kernel->areas, &first, &end))
    widen(&range, first, end);
  tw_kernel_flush(kernel, range.va, range.bytes);
  if (area->alias_changed)
    set_area(kernel, area, true);
}
