// What arch/arm64/mm/mmu.c maps at boot: the linear map (map_mem), the kernel's image (map_kernel), vmemmap, fixmap.
#include "kernel.h"

#include <inttypes.h>

// ---- attributes (asm/pgtable-prot.h) ----

enum { SOFTWARE_DIRTY = 1 }; // PTE_DIRTY is bit 55

tw_page_attributes tw_kernel_data(const tw_kernel *kernel, unsigned memory) {
  return (tw_page_attributes){.write = true,
                              .not_global = kernel->config.kpti,
                              .dirty_by_hardware = kernel->config.hardware_dirty,
                              .memory = (uint8_t)memory,
                              .shareability = 3,
                              .software = SOFTWARE_DIRTY};
}

static tw_page_attributes read_only(const tw_kernel *kernel) {
  tw_page_attributes attributes = tw_kernel_data(kernel, TW_MT_NORMAL);
  attributes.write = false;
  return attributes;
}

static tw_page_attributes text(const tw_kernel *kernel) {
  tw_page_attributes attributes = read_only(kernel);
  attributes.execute = true;
  attributes.write = kernel->config.rodata == TW_RODATA_OFF; // PAGE_KERNEL_EXEC
  return attributes;
}

// ---- create_pgd_mapping ----

typedef enum mapping_flags { NO_BLOCKS = 1, NO_CONTIGUOUS = 2 } mapping_flags;

/// Sizes that alloc_init_pud and below may use: the PUD only with pages of 4K (pud_sect_supported).
static uint64_t sizes_of(const tw_kernel *kernel, unsigned flags) {
  uint64_t page = tw_kernel_page(kernel), pmd = page << (kernel->page_log2 - 3);
  uint64_t single = page | (flags & NO_BLOCKS ? 0 : pmd);
  if (kernel->page_log2 == 12 && !(flags & NO_BLOCKS))
    single |= pmd << 9;
  if (flags & NO_CONTIGUOUS)
    return single;
  uint64_t pmd_of_group = kernel->page_log2 == 12 ? 16 : 32;
  uint64_t pages_of_group = kernel->page_log2 == 12 ? 16 : kernel->page_log2 == 14 ? 128 : 32;
  return single | page * pages_of_group | (flags & NO_BLOCKS ? 0 : pmd * pmd_of_group);
}

typedef struct boot_map {
  uint64_t va, pa, bytes;
  unsigned flags;
  tw_page_attributes attributes;
} boot_map;

static int map(tw_kernel *kernel, const boot_map *what, tw_error *error) {
  tw_page_range range = {what->va, what->pa, what->bytes, sizes_of(kernel, what->flags)};
  if (what->bytes == 0 || tw_page_tables_map(kernel->tables, &range, &what->attributes) == TW_PAGE_OK)
    return 0;
  return tw_fail(error, "kernel: %#" PRIx64 " bytes at %#" PRIx64 " can not be mapped, expected more RAM", what->bytes,
                 what->va);
}

// ---- linear map ----

/// can_set_direct_map: permissions of single pages of the linear map may have to be changed later.
static bool is_mapped_by_pages(const tw_kernel *kernel) { return kernel->config.rodata == TW_RODATA_FULL; }

static int map_linear(tw_kernel *kernel, uint64_t first, uint64_t end, unsigned flags, tw_error *error) {
  boot_map what = {.va = tw_kernel_to_va(kernel, first),
                   .pa = first,
                   .bytes = end - first,
                   .flags = flags,
                   .attributes = tw_kernel_data(kernel, TW_MT_NORMAL_TAGGED)};
  return first < end ? map(kernel, &what, error) : 0;
}

/// map_mem: RAM around text and rodata; then these, read-only in the end, never by contiguous groups: the attributes of
/// their alias are changed when they are live.
static int map_mem(tw_kernel *kernel, tw_error *error) {
  const tw_linux_layout_image *image = &kernel->config.layout.kernel;
  uint64_t first = kernel->layout.linear_pa, end = first + kernel->layout.linear_bytes;
  uint64_t text_pa = kernel->image_pa + image->head, init_pa = text_pa + image->text + image->rodata;
  unsigned flags = is_mapped_by_pages(kernel) ? NO_BLOCKS | NO_CONTIGUOUS : 0;
  boot_map alias = {.va = tw_kernel_to_va(kernel, text_pa),
                    .pa = text_pa,
                    .bytes = init_pa - text_pa,
                    .flags = NO_CONTIGUOUS,
                    .attributes = read_only(kernel)};
  if (map_linear(kernel, first, text_pa, flags, error) < 0 || map_linear(kernel, init_pa, end, flags, error) < 0)
    return -1;
  return map(kernel, &alias, error);
}

// ---- image ----

/// map_kernel: text, rodata and data; init was there too, and is gone.
static int map_image(tw_kernel *kernel, tw_error *error) {
  const tw_linux_layout_image *image = &kernel->config.layout.kernel;
  const struct {
    uint64_t bytes;
    bool mapped;
    unsigned flags;
    tw_page_attributes attributes;
  } segments[] = {{image->head, false, 0, {0}},
                  {image->text, true, 0, text(kernel)},
                  {image->rodata, true, NO_CONTIGUOUS, read_only(kernel)},
                  {image->init, false, 0, {0}},
                  {image->data + image->bss, true, 0, tw_kernel_data(kernel, TW_MT_NORMAL)}};
  uint64_t at = 0;
  for (size_t i = 0; i < sizeof segments / sizeof *segments; i++) {
    boot_map what = {.va = kernel->layout.image_va + at,
                     .pa = kernel->image_pa + at,
                     .bytes = segments[i].bytes,
                     .flags = segments[i].flags,
                     .attributes = segments[i].attributes};
    if (segments[i].mapped && map(kernel, &what, error) < 0)
      return -1;
    at += segments[i].bytes;
  }
  return 0;
}

// ---- vmemmap ----

enum { STRUCT_PAGE = 64 };

/// vmemmap_populate of all sections: with 4K pages by blocks of the PMD, whose entries lack what PAGE_KERNEL has of
/// software's bits (PROT_SECT_NORMAL); else by pages.
static int map_vmemmap(tw_kernel *kernel, tw_error *error) {
  const tw_region *region = tw_linux_layout_named(&kernel->layout, "vmemmap");
  uint64_t page = tw_kernel_page(kernel), step = kernel->page_log2 == 12 ? UINT64_C(2) << 20 : page;
  uint64_t bytes = tw_round_up((kernel->layout.linear_bytes >> kernel->page_log2) * STRUCT_PAGE, step);
  tw_page_attributes attributes = tw_kernel_data(kernel, TW_MT_NORMAL);
  if (step != page) {
    attributes.dirty_by_hardware = false;
    attributes.software = 0;
  }
  for (uint64_t at = 0; at < bytes; at += step) {
    tw_page_range range = {region->first + at, tw_boot_take(&kernel->boot, step, step), step, step};
    if (range.pa == UINT64_MAX || tw_page_tables_map(kernel->tables, &range, &attributes) != TW_PAGE_OK)
      return tw_fail(error, "kernel: no RAM for vmemmap, expected more than %#" PRIx64 " bytes of it",
                     kernel->config.layout.ram_bytes);
  }
  return 0;
}

int tw_kernel_boot_arm64(tw_kernel *kernel, tw_error *error) {
  const tw_linux_layout_image *image = &kernel->config.layout.kernel;
  uint64_t bytes = image->head + image->text + image->rodata + image->init + image->data + image->bss;
  kernel->image_pa = kernel->config.image_pa ? kernel->config.image_pa : kernel->layout.linear_pa + (2U << 20);
  if (kernel->image_pa < kernel->layout.linear_pa ||
      kernel->image_pa + bytes > kernel->layout.linear_pa + kernel->layout.linear_bytes)
    return tw_fail(error, "kernel: an image of %#" PRIx64 " bytes at %#" PRIx64 ", expected it in RAM", bytes,
                   kernel->image_pa);
  tw_boot_reserve(&kernel->boot, kernel->image_pa, bytes);
  if (map_mem(kernel, error) < 0 || map_image(kernel, error) < 0 || map_vmemmap(kernel, error) < 0)
    return -1;
  return 0;
}

// ---- registers ----

tw_registers tw_kernel_registers_arm64(const tw_kernel *kernel) {
  static const uint64_t tg0[] = {0, 2, 1}, tg1[] = {2, 1, 3}; // of 4K, 16K, 64K
  const tw_linux_layout_config *config = &kernel->config.layout;
  unsigned granule = (kernel->page_log2 - 12) / 2;
  bool wide = config->va_bits == 52;
  uint64_t user = 64 - config->va_bits, upper = user;
  uint64_t walks = 1U << 8 | 1U << 10 | 3U << 12; // write-back, inner shareable
  uint64_t tcr = user | upper << 16 | walks | walks << 16 | tg0[granule] << 14 | tg1[granule] << 30 |
                 UINT64_C(1) << 22 | UINT64_C(1) << 36 | (wide ? UINT64_C(6) : UINT64_C(5)) << 32; // A1, AS, IPS
  if (kernel->config.hardware_dirty)
    tcr |= UINT64_C(3) << 39; // HA, HD
  if (wide && kernel->page_log2 != 16)
    tcr |= UINT64_C(1) << 59;                            // DS
  return (tw_registers){.sctlr = 1U << 12 | 1U << 2 | 1, // I, C, M
                        .tcr = tcr,
                        .mair = 0x40044ffff,
                        .ttbr0 = tw_page_tables_root(kernel->tables, 0),
                        .ttbr1 = tw_page_tables_root(kernel->tables, 1) | (uint64_t)TW_KERNEL_ASID << 48};
}
