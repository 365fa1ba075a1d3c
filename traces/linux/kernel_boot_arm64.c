// What arch/arm64/mm/mmu.c maps at boot: the linear map (map_mem), the kernel's image (map_kernel), vmemmap, fixmap.
#include "kernel.h"

#include <inttypes.h>

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

enum { KFENCE_PAGES = 512 };

/// Before 4.6 the image lay in the linear map.
static bool is_in_linear_map(const tw_kernel *kernel) { return !tw_kernel_since(kernel, 4, 6); }

/// Before 6.4, but for 6.1.y, KFENCE's pool was taken from a linear map that is made of pages.
static bool has_kfence_by_pages(const tw_kernel *kernel) {
  return kernel->config.kfence && !tw_kernel_since(kernel, 6, 4) && !tw_kernel_is(kernel, 6, 1);
}

/// can_set_direct_map (since 6.18 force_pte_mapping): a live block can not be split without FEAT_BBM level 2.
static bool is_mapped_by_pages(const tw_kernel *kernel) {
  bool splits = kernel->config.bbm == 2 && tw_kernel_since(kernel, 6, 18);
  return (tw_kernel_is_rodata_full(kernel) && !splits) || has_kfence_by_pages(kernel);
}

static int map_linear(tw_kernel *kernel, uint64_t first, uint64_t end, unsigned flags, tw_error *error) {
  boot_map what = {.va = tw_kernel_to_va(kernel, first),
                   .pa = first,
                   .bytes = end - first,
                   .flags = flags,
                   .attributes = tw_kernel_data(kernel, TW_MT_NORMAL_TAGGED)};
  return first < end ? map(kernel, &what, error) : 0;
}

/// What of the image map_mem keeps apart: from _text, or from _stext on where the head is not mapped, up to init.
static tw_boot_range alias_of(const tw_kernel *kernel) {
  const tw_linux_layout_image *image = &kernel->config.layout.kernel;
  uint64_t head = tw_kernel_maps_head(kernel) ? 0 : image->head;
  return (tw_boot_range){kernel->image_pa + head, image->head - head + image->text + image->rodata};
}

/// KFENCE's pool: 255 objects of a page, a page in front of each, and one more pair (KFENCE_POOL_SIZE); by pages. Of
/// these, the first two and each second one from there on are guards, which are never mapped.
static int map_kfence(tw_kernel *kernel, uint64_t pool, tw_error *error) {
  uint64_t page = tw_kernel_page(kernel), end = pool + KFENCE_PAGES * page;
  if (map_linear(kernel, pool, end, NO_BLOCKS | NO_CONTIGUOUS, error) < 0)
    return -1;
  for (uint64_t at = pool; at < end; at += page)
    if (at == pool || (at - pool) / page % 2)
      tw_page_tables_unmap(kernel->tables, tw_kernel_to_va(kernel, at), page);
  return 0;
}

/// map_mem: RAM around text and rodata; then these, read-only in the end, never by contiguous groups: the attributes of
/// their alias are changed when they are live.
static int map_mem(tw_kernel *kernel, tw_error *error) {
  const tw_boot_range alias = alias_of(kernel);
  uint64_t first = kernel->layout.linear_pa, end = first + kernel->layout.linear_bytes;
  unsigned flags = is_mapped_by_pages(kernel) ? NO_BLOCKS | NO_CONTIGUOUS : 0;
  boot_map text_alias = {.va = tw_kernel_to_va(kernel, alias.pa),
                         .pa = alias.pa,
                         .bytes = alias.bytes,
                         .flags = NO_CONTIGUOUS,
                         .attributes = tw_kernel_read_only(kernel)};
  if (is_in_linear_map(kernel)) {
    text_alias.attributes = tw_kernel_text(kernel);
    text_alias.flags = 0;
  }
  uint64_t pool = end;
  if (kernel->config.kfence)
    pool = tw_boot_take(&kernel->boot, KFENCE_PAGES * tw_kernel_page(kernel), tw_kernel_page(kernel));
  if (pool == UINT64_MAX)
    return tw_fail(error, "kernel: no RAM for KFENCE's pool");
  if (map_linear(kernel, first, alias.pa, flags, error) < 0 ||
      map_linear(kernel, alias.pa + alias.bytes, pool, flags, error) < 0 || map(kernel, &text_alias, error) < 0)
    return -1;
  return kernel->config.kfence ? map_kfence(kernel, pool, error) : 0;
}

// ---- image ----

/// map_kernel: text, rodata and data; init was there too, and is gone. Before 5.11 the head is the text's first part.
static int map_image(tw_kernel *kernel, tw_error *error) {
  if (is_in_linear_map(kernel))
    return 0;
  const tw_linux_layout_image *image = &kernel->config.layout.kernel;
  uint64_t head = tw_kernel_since(kernel, 5, 11) ? image->head : 0;
  const struct {
    uint64_t bytes;
    bool mapped;
    unsigned flags;
    tw_page_attributes attributes;
  } segments[] = {{head, tw_kernel_maps_head(kernel), NO_CONTIGUOUS, tw_kernel_read_only(kernel)},
                  {image->head - head + image->text, true, 0, tw_kernel_text(kernel)},
                  {image->rodata, true, NO_CONTIGUOUS, tw_kernel_read_only(kernel)},
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

static void place_tree(tw_kernel *kernel) {
  tw_kernel_config *config = &kernel->config;
  if (config->device_tree_bytes)
    return;
  bool room = kernel->layout.linear_bytes >= 256U << 20;
  config->device_tree_pa = kernel->layout.linear_pa + (room ? 130U << 20 : 0);
  config->device_tree_bytes = 1U << 20;
}

int tw_kernel_place_arm64(tw_kernel *kernel, tw_error *error) {
  const tw_linux_layout_image *image = &kernel->config.layout.kernel;
  uint64_t bytes = image->head + image->text + image->rodata + image->init + image->data + image->bss;
  uint64_t first = kernel->layout.linear_pa, end = first + kernel->layout.linear_bytes;
  kernel->image_pa = kernel->config.image_pa ? kernel->config.image_pa : first + (2U << 20);
  if (is_in_linear_map(kernel))
    kernel->image_pa = tw_kernel_to_pa(kernel, kernel->layout.image_va);
  if (kernel->image_pa < first || kernel->image_pa + bytes > end)
    return tw_fail(error, "kernel: an image of %#" PRIx64 " bytes at %#" PRIx64 ", expected it in RAM", bytes,
                   kernel->image_pa);
  if (image->rodata < 4 * tw_kernel_page(kernel) || image->text == 0)
    return tw_fail(error, "kernel: an image with %#" PRIx64 " bytes of rodata, expected 4 pages at least",
                   image->rodata);
  place_tree(kernel);
  tw_boot_reserve(&kernel->boot, kernel->image_pa, bytes);
  tw_boot_reserve(&kernel->boot, kernel->config.device_tree_pa, kernel->config.device_tree_bytes);
  return 0;
}

int tw_kernel_boot_arm64(tw_kernel *kernel, tw_error *error) {
  if (map_mem(kernel, error) < 0 || map_image(kernel, error) < 0)
    return -1;
  return tw_kernel_map_fixed(kernel, error);
}

// ---- registers ----

tw_registers tw_kernel_registers_arm64(const tw_kernel *kernel) {
  static const uint64_t tg0[] = {0, 2, 1}, tg1[] = {2, 1, 3}; // of 4K, 16K, 64K
  const tw_linux_layout_config *config = &kernel->config.layout;
  unsigned granule = (kernel->page_log2 - 12) / 2;
  bool wide = config->va_bits == 52 && !config->narrow;
  uint64_t user = 64 - tw_kernel_va_bits(kernel), upper = user;
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
