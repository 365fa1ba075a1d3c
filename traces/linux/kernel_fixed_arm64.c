// What arm64 maps at boot besides RAM and image: vmemmap and fixmap.
#include "kernel.h"

#include <inttypes.h>

// ---- vmemmap ----

enum { STRUCT_PAGE = 64 };

/// SECTION_SIZE_BITS: memory is described by whole sections, of 1 GiB before 5.12 (f0b13ee23241).
static uint64_t section_bytes(const tw_kernel *kernel) {
  if (!tw_kernel_since(kernel, 5, 12))
    return UINT64_C(1) << 30;
  return UINT64_C(1) << (kernel->page_log2 == 16 ? 29 : 27);
}

/// vmemmap_populate of all sections: with 4K pages by blocks of the PMD, whose entries lack what PAGE_KERNEL has of
/// software's bits (PROT_SECT_NORMAL); else by pages.
static int map_vmemmap(tw_kernel *kernel, tw_error *error) {
  uint64_t page = tw_kernel_page(kernel), step = kernel->page_log2 == 12 ? UINT64_C(2) << 20 : page;
  uint64_t section = section_bytes(kernel), before = kernel->layout.linear_pa % section;
  uint64_t sections = tw_round_up(before + kernel->layout.linear_bytes, section);
  uint64_t first = kernel->layout.vmemmap_va - (before >> kernel->page_log2) * STRUCT_PAGE;
  uint64_t bytes = tw_round_up((sections >> kernel->page_log2) * STRUCT_PAGE, step);
  tw_page_attributes attributes = tw_kernel_data(kernel, TW_MT_NORMAL);
  if (step != page) {
    attributes.dirty_by_hardware = false;
    attributes.software = tw_kernel_since(kernel, 7, 0) ? attributes.software : 0;
  }
  for (uint64_t at = 0; at < bytes; at += step) {
    tw_page_range range = {first + at, tw_boot_take(&kernel->boot, step, step), step, step};
    if (range.pa == UINT64_MAX || tw_page_tables_map(kernel->tables, &range, &attributes) != TW_PAGE_OK)
      return tw_fail(error, "kernel: no RAM for vmemmap, expected more than %#" PRIx64 " bytes of it",
                     kernel->config.layout.ram_bytes);
  }
  return 0;
}

// ---- fixmap ----

enum { TREE_MOST = 2 << 20, TRAMPOLINE_SLOTS = 6, TRAMPOLINE_TEXT = 12 << 10, NR_CPUS = 512 };

/// FIXADDR_TOP and, below it, where the device tree's place begins: FIX_FDT_SIZE is 4 MiB; since 6.4 two pages more
/// than the largest tree, one of them FIX_HOLE.
static uint64_t tree_place(const tw_kernel *kernel) {
  uint64_t top = tw_linux_layout_named(&kernel->layout, "fixmap")->last + 1;
  return tw_kernel_since(kernel, 6, 4) ? top - TREE_MOST - 2 * tw_kernel_page(kernel) : top - 2 * TREE_MOST;
}

/// fixmap_remap_fdt: with 4K pages by blocks of 2 MiB until 6.3, else by pages.
static int map_tree(tw_kernel *kernel, tw_error *error) {
  const tw_kernel_config *config = &kernel->config;
  uint64_t page = tw_kernel_page(kernel), block = page << (kernel->page_log2 - 3);
  uint64_t step = kernel->page_log2 == 12 && !tw_kernel_since(kernel, 6, 4) ? block : page;
  uint64_t pa = config->device_tree_pa & -step, end = config->device_tree_pa + config->device_tree_bytes;
  tw_page_range range = {tree_place(kernel), pa, tw_round_up(end - pa, step), step};
  tw_page_attributes attributes = tw_kernel_read_only(kernel);
  if (tw_page_tables_map(kernel->tables, &range, &attributes) == TW_PAGE_OK)
    return 0;
  return tw_fail(error, "kernel: a device tree of %#" PRIx64 " bytes at %#" PRIx64 ", expected at most 2 MiB in RAM",
                 config->device_tree_bytes, config->device_tree_pa);
}

/// map_entry_trampoline: the text that exceptions from EL0 come through under KPTI, and a page of data behind it; since
/// 5.17 up to 12 KiB of text, which begin where three pages of 4K and that page would. Until 6.7 whether KPTI is on or
/// not.
static int map_trampoline(tw_kernel *kernel, tw_error *error) {
  const tw_linux_layout_image *image = &kernel->config.layout.kernel;
  uint64_t page = tw_kernel_page(kernel), slots = tw_kernel_since(kernel, 5, 17) ? 4 : 2;
  uint64_t pages = tw_kernel_since(kernel, 5, 17) ? tw_round_up(TRAMPOLINE_TEXT, page) / page : 1;
  if (!tw_kernel_since(kernel, 4, 16) || (tw_kernel_since(kernel, 6, 8) && !kernel->config.kpti))
    return 0;
  slots += tw_kernel_since(kernel, 6, 16) ? NR_CPUS + 1 : 0; // FIX_VNCR
  uint64_t va = tree_place(kernel) - (TRAMPOLINE_SLOTS + slots) * page;
  uint64_t pa = kernel->image_pa + image->head + image->text + image->rodata - (pages + 1) * page;
  tw_page_attributes text = tw_kernel_text(kernel), data = tw_kernel_read_only(kernel);
  text.not_global = false;
  tw_page_range code = {va, pa, pages * page, page}, rest = {va + pages * page, pa + pages * page, page, page};
  if (tw_page_tables_map(kernel->tables, &code, &text) == TW_PAGE_OK &&
      tw_page_tables_map(kernel->tables, &rest, &data) == TW_PAGE_OK)
    return 0;
  return tw_fail(error, "kernel: no RAM for tables of the fixmap");
}

int tw_kernel_map_fixed(tw_kernel *kernel, tw_error *error) {
  if (map_vmemmap(kernel, error) < 0 || map_tree(kernel, error) < 0)
    return -1;
  return map_trampoline(kernel, error);
}
