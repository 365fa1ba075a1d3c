// What arch/arm/mm/{mmu,init}.c map at boot: low memory by sections, text and rodata with their own permissions, the
// pages kept for DMA, the device tree and the vectors.
#include "kernel.h"

#include <inttypes.h>

static const uint64_t MIB = 1 << 20, VECTORS = 0xffff0000, PAGE = 4096;

enum { ATOMIC_POOL = 256 << 10, STRUCT_PAGE = 36 };

/// 1 MiB; the block of the second level with long descriptors.
static uint64_t section_bytes(const tw_kernel *kernel) { return kernel->config.lpae ? 2 * MIB : MIB; }

static int map(tw_kernel *kernel, tw_page_range range, const tw_page_attributes *attributes, tw_error *error) {
  if (range.bytes == 0 || tw_page_tables_map(kernel->tables, &range, attributes) == TW_PAGE_OK)
    return 0;
  return tw_fail(error, "kernel: %#" PRIx64 " bytes at %#" PRIx64 " can not be mapped, expected more RAM", range.bytes,
                 range.va);
}

static int map_sections(tw_kernel *kernel, uint64_t va, uint64_t end, const tw_page_attributes *attributes,
                        tw_error *error) {
  tw_page_attributes of_section = tw_kernel_section(*attributes);
  tw_page_range range = {va, tw_kernel_to_pa(kernel, va), end - va, section_bytes(kernel)};
  return va < end ? map(kernel, range, &of_section, error) : 0;
}

// ---- low memory ----

/// map_lowmem, then fix_kernmem_perms: text alone may be executed; it and rodata are read-only unless rodata=off, which
/// leaves both writable. Their ends are a section's (CONFIG_STRICT_KERNEL_RWX).
static int map_sections_of_lowmem(tw_kernel *kernel, uint64_t end, tw_error *error) {
  const tw_linux_layout_image *image = &kernel->config.layout.kernel;
  uint64_t section = section_bytes(kernel), first = kernel->layout.linear_va;
  uint64_t text = (kernel->layout.image_va + image->head) & -section;
  uint64_t rodata = tw_round_up(kernel->layout.image_va + image->head + image->text, section);
  uint64_t init = tw_round_up(kernel->layout.image_va + image->head + image->text + image->rodata, section);
  tw_page_attributes data = tw_kernel_data(kernel, TW_MT_NORMAL), code = tw_kernel_text(kernel);
  tw_page_attributes constant = kernel->config.rodata == TW_RODATA_OFF ? data : tw_kernel_read_only(kernel);
  if (map_sections(kernel, first, text, &data, error) < 0 || map_sections(kernel, text, rodata, &code, error) < 0 ||
      map_sections(kernel, rodata, init, &constant, error) < 0)
    return -1;
  return map_sections(kernel, init, end, &data, error);
}

/// cma_declare_contiguous: in high memory where it fits (dma_contiguous_reserve, 3.18), else the end of low memory.
static uint64_t cma_of_lowmem(const tw_kernel *kernel) {
  uint64_t high = kernel->config.layout.ram_bytes - kernel->layout.linear_bytes, bytes = kernel->config.cma_bytes;
  return high >= bytes && tw_kernel_since(kernel, 3, 18) ? 0 : bytes;
}

/// dma_contiguous_remap: by pages, so that single ones can be made uncached, as the pool for atomic allocations is.
static int map_cma(tw_kernel *kernel, uint64_t va, uint64_t end, tw_error *error) {
  tw_page_attributes data = tw_kernel_data(kernel, TW_MT_NORMAL), uncached = tw_kernel_data(kernel, TW_MT_NORMAL_NC);
  uint64_t pa = tw_kernel_to_pa(kernel, va);
  if (va == end)
    return 0;
  if (map(kernel, (tw_page_range){va, pa, ATOMIC_POOL, PAGE}, &uncached, error) < 0)
    return -1;
  tw_page_range rest = {va + ATOMIC_POOL, pa + ATOMIC_POOL, end - va - ATOMIC_POOL, PAGE};
  return map(kernel, rest, &data, error);
}

// ---- device tree, vectors ----

/// FDT_FIXED_BASE: two sections, read-only.
static int map_tree(tw_kernel *kernel, tw_error *error) {
  const tw_region *region = tw_linux_layout_named(&kernel->layout, "device tree");
  uint64_t section = section_bytes(kernel);
  tw_page_attributes attributes = tw_kernel_section(tw_kernel_read_only(kernel));
  if (!region)
    return 0;
  tw_page_range range = {region->first, kernel->config.device_tree_pa & -section, 2 * section, section};
  return map(kernel, range, &attributes, error);
}

/// devicemaps_init: the vectors, which EL0 may read and execute (kuser helpers), and their stubs.
static int map_vectors(tw_kernel *kernel, tw_error *error) {
  uint64_t pa = tw_boot_take(&kernel->boot, 2 * PAGE, 2 * PAGE);
  tw_page_attributes stubs = tw_kernel_read_only(kernel);
  stubs.execute = true;
  tw_page_attributes vectors = stubs;
  vectors.user = vectors.user_execute = true;
  if (pa == UINT64_MAX || map(kernel, (tw_page_range){VECTORS, pa, PAGE, PAGE}, &vectors, error) < 0)
    return tw_fail(error, "kernel: no RAM for the vectors");
  return map(kernel, (tw_page_range){VECTORS + PAGE, pa + PAGE, PAGE, PAGE}, &stubs, error);
}

// ---- boot ----

int tw_kernel_place_arm(tw_kernel *kernel, tw_error *error) {
  tw_kernel_config *config = &kernel->config;
  uint64_t bytes = tw_kernel_image_bytes(kernel);
  uint64_t first = kernel->layout.linear_pa, cma = cma_of_lowmem(kernel);
  uint64_t end = first + kernel->layout.linear_bytes - cma;
  kernel->image_pa = tw_kernel_to_pa(kernel, kernel->layout.image_va);
  if (config->cma_bytes % (2 * MIB) || config->cma_bytes > kernel->layout.linear_bytes / 2)
    return tw_fail(error, "kernel: cma_bytes is %#" PRIx64 ", expected a multiple of 2 MiB, up to half of low memory",
                   config->cma_bytes);
  if (kernel->image_pa + tw_round_up(bytes, 4 * MIB) > end)
    return tw_fail(error, "kernel: an image of %#" PRIx64 " bytes, expected it in low memory", bytes);
  if (!config->device_tree_bytes) {
    config->device_tree_pa = first + (kernel->layout.linear_bytes >= 256 * MIB ? 128 * MIB : 0);
    config->device_tree_bytes = MIB;
  }
  tw_boot_reserve(&kernel->boot, first, kernel->image_pa - first + bytes);
  tw_boot_reserve(&kernel->boot, config->device_tree_pa, config->device_tree_bytes);
  tw_boot_reserve(&kernel->boot, end, cma);
  return 0;
}

int tw_kernel_boot_arm(tw_kernel *kernel, tw_error *error) {
  uint64_t end = kernel->layout.linear_va + kernel->layout.linear_bytes, cma = end - cma_of_lowmem(kernel);
  uint64_t structs = (kernel->config.layout.ram_bytes >> kernel->page_log2) * STRUCT_PAGE; // mem_map
  if (tw_boot_take(&kernel->boot, tw_round_up(structs, PAGE), PAGE) == UINT64_MAX)
    return tw_fail(error, "kernel: no RAM for mem_map");
  if (map_sections_of_lowmem(kernel, cma, error) < 0 || map_cma(kernel, cma, end, error) < 0)
    return -1;
  if (map_tree(kernel, error) < 0)
    return -1;
  return map_vectors(kernel, error);
}

// ---- registers ----

/// TTBCR with EAE: TTBR1 has the last GiB, by the second level alone; TTBR0 the rest.
tw_registers tw_kernel_registers_arm(const tw_kernel *kernel) {
  uint64_t root = tw_page_tables_root(kernel->tables, 0);
  tw_registers registers = {.regime = TW_REGIME_PL10, .sctlr = 0x10c5387d, .dacr = 0x55, .contextidr = TW_KERNEL_ASID};
  if (kernel->config.lpae) {
    registers.sctlr = 0x30c5387d;
    registers.tcr = 0xb5023500;
    registers.mair = 0xff000004eeaa4400;
    registers.ttbr0 = root | (uint64_t)TW_KERNEL_ASID << 48;
    registers.ttbr1 = tw_page_tables_table(kernel->tables, kernel->layout.linear_va, 2);
    return registers;
  }
  registers.mair = 0x40e040e0ff0a81a8; // NMRR, PRRR
  registers.ttbr0 = registers.ttbr1 = root | 0x6a;
  return registers;
}
