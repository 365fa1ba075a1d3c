// mm/highmem.c: pages of high memory, mapped for a while in the pkmap area. Its entries are taken in turn; one that
// nobody uses any more stays mapped until the turn comes round, and then all such go, with one TLB flush of the area.
#include "kernel.h"

/// Users of an entry, plus 1: 1 is an entry that is still mapped and may be in TLBs.
enum { FREE = 0, UNUSED = 1 };

uint64_t tw_kernel_high_page(tw_kernel *kernel) {
  uint64_t pa = tw_kernel_take(kernel, 0, true);
  return pa == UINT64_MAX ? 0 : pa;
}

static uint64_t entry_va(const tw_kernel *kernel, unsigned number) {
  return tw_linux_layout_named(&kernel->layout, "pkmap")->first + ((uint64_t)number << kernel->page_log2);
}

/// flush_all_zero_pkmaps
static void flush_unused(tw_kernel *kernel) {
  bool any = false;
  for (unsigned i = 0; i < TW_PKMAPS; i++) {
    tw_pkmap *entry = &kernel->pkmap[i];
    if (entry->users != UNUSED)
      continue;
    entry->users = FREE;
    tw_number_map_remove(&kernel->pkmap_of, entry->pa);
    tw_page_tables_unmap(kernel->tables, entry_va(kernel, i), tw_kernel_page(kernel));
    any = true;
  }
  if (any)
    tw_kernel_flush(kernel, entry_va(kernel, 0), (uint64_t)TW_PKMAPS << kernel->page_log2);
}

/// map_new_virtual. TW_PKMAPS: all are in use, and the kernel would wait.
static unsigned free_entry(tw_kernel *kernel) {
  for (unsigned tries = 0; tries < 2 * TW_PKMAPS; tries++) {
    kernel->pkmap_last = (kernel->pkmap_last + 1) % TW_PKMAPS;
    if (kernel->pkmap_last == 0)
      flush_unused(kernel);
    if (kernel->pkmap[kernel->pkmap_last].users == FREE)
      return kernel->pkmap_last;
  }
  return TW_PKMAPS;
}

static uint64_t map_page(tw_kernel *kernel, uint64_t pa) {
  uint64_t page = tw_kernel_page(kernel);
  unsigned number = free_entry(kernel);
  tw_page_attributes attributes = tw_kernel_data(kernel, TW_MT_NORMAL);
  if (number == TW_PKMAPS || tw_number_map_set(&kernel->pkmap_of, pa, number) < 0)
    return 0;
  tw_page_range range = {entry_va(kernel, number), pa, page, page};
  if (tw_page_tables_map(kernel->tables, &range, &attributes) != TW_PAGE_OK)
    return 0;
  kernel->pkmap[number] = (tw_pkmap){.pa = pa, .users = UNUSED + 1};
  return range.va;
}

uint64_t tw_kernel_kmap(tw_kernel *kernel, uint64_t page_pa) {
  uint64_t number;
  if (page_pa - kernel->layout.linear_pa < kernel->layout.linear_bytes)
    return tw_kernel_to_va(kernel, page_pa);
  if (!tw_linux_layout_named(&kernel->layout, "pkmap"))
    return 0;
  if (!tw_number_map_get(&kernel->pkmap_of, page_pa, &number))
    return map_page(kernel, page_pa);
  kernel->pkmap[number].users++;
  return entry_va(kernel, (unsigned)number);
}

void tw_kernel_kunmap(tw_kernel *kernel, uint64_t va) {
  const tw_region *region = tw_linux_layout_named(&kernel->layout, "pkmap");
  if (!region || va < region->first || va > region->last)
    return;
  tw_pkmap *entry = &kernel->pkmap[(va - region->first) >> kernel->page_log2];
  if (entry->users > UNUSED)
    entry->users--;
}
