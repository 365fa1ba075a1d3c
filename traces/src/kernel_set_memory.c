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

/// change_memory_common: with rodata=full the pages' alias in the linear map loses or gains the right to write too.
static int change_alias(tw_kernel *kernel, const tw_area *area, uint64_t va, uint64_t bytes, bool write) {
  uint64_t page = tw_kernel_page(kernel);
  for (uint64_t at = va; at < va + bytes; at += page) {
    uint64_t pa;
    if (!tw_kernel_find(kernel, at, &pa))
      return -1;
    uint64_t alias = tw_kernel_to_va(kernel, pa);
    if (change(kernel, alias, page, write, false) < 0)
      return -1;
    tw_kernel_flush(kernel, alias, page);
  }
  return area ? 0 : -1;
}

static tw_area *area_of(const tw_kernel *kernel, uint64_t va) {
  // Areas are found by their first address: what is asked for begins there.
  return tw_areas_find(kernel->areas, va);
}

int tw_kernel_set_memory(tw_kernel *kernel, uint64_t va, uint64_t bytes, bool write, bool execute) {
  uint64_t page = tw_kernel_page(kernel);
  bool linear = va - kernel->layout.linear_va < kernel->layout.linear_bytes;
  const tw_area *area = linear ? NULL : area_of(kernel, va);
  if (linear && tw_kernel_is_arm(kernel))
    return -1; // change_memory_common: vmalloc and modules alone
  if (((va | bytes) & (page - 1)) || bytes == 0 || (!linear && (!area || bytes > area->bytes)))
    return -1;
  if (area && !tw_kernel_is_arm(kernel) && kernel->config.rodata == TW_RODATA_FULL &&
      change_alias(kernel, area, va, bytes, write) < 0)
    return -1;
  if (area)
    tw_kernel_purge(kernel); // vm_unmap_aliases: nothing may still be mapped by what was freed lazily
  if (change(kernel, va, bytes, write, execute) < 0)
    return -1;
  tw_kernel_flush(kernel, va, bytes);
  return 0;
}

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
