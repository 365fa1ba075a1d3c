// arm64: one function an era of arch/arm64/include/asm/{memory,pgtable,fixmap}.h, with the macros' own names.
//
// Sources: Documentation/arch(/)arm64/memory.rst (memory.txt) of the era where it has the table, boot logs before that,
// and the macros since the tables were removed from it (Linux 6.9).
#include "layout.h"

typedef struct arm64_sizes {
  unsigned va_bits, va_bits_min, va_bits_actual, page_shift;
  uint64_t page_offset; ///< PAGE_OFFSET: the lowest kernel address since 5.4
  uint64_t page_end;    ///< PAGE_END: the end of the linear map since 5.4
  uint64_t vmemmap;     ///< VMEMMAP_SIZE since 5.4: 64 bytes (struct page) a page of the linear map
  uint64_t pud;         ///< PUD_SIZE, with the levels that are folded
  uint64_t hole;        ///< between PAGE_OFFSET and the linear map: of a narrow machine
  uint64_t hole_pages;  ///< bytes of vmemmap that it would have
} arm64_sizes;

enum { STRUCT_PAGE_SHIFT = 6 };

// What a level-1 entry maps where there are four levels; with fewer PUD_SIZE is PGDIR_SIZE.
static uint64_t pud_size(unsigned va_bits, unsigned page_shift) {
  unsigned stride = page_shift - 3, levels = (va_bits - page_shift + stride - 1) / stride;
  unsigned below = levels > 3 ? 2 : levels - 1;
  return (uint64_t)1 << (page_shift + below * stride);
}

static arm64_sizes sizes_of(const tw_linux_layout_config *config) {
  arm64_sizes s = {.va_bits = config->va_bits, .page_shift = config->page_log2};
  s.va_bits_min = s.va_bits <= 48 ? s.va_bits : s.page_shift == 14 ? 47 : 48;
  s.va_bits_actual = config->narrow ? s.va_bits_min : s.va_bits;
  s.page_offset = tw_below_top(s.va_bits);
  s.page_end = tw_below_top(s.va_bits_min - 1);
  s.vmemmap = (s.page_end - s.page_offset) >> (s.page_shift - STRUCT_PAGE_SHIFT);
  s.pud = pud_size(s.va_bits, s.page_shift);
  s.hole = config->narrow ? tw_below_top(s.va_bits_min) - s.page_offset : 0;
  s.hole_pages = s.hole >> (s.page_shift - STRUCT_PAGE_SHIFT);
  return s;
}

// ---- the kernel image and the linear map ----

static void add_image(tw_linux_layout *layout, const tw_linux_layout_config *config, uint64_t first) {
  layout->image_va = first + config->kaslr;
  tw_linux_layout_add_image(layout, "kernel", &config->kernel, layout->image_va);
}

/// PHYS_OFFSET is a multiple of this (ARM64_MEMSTART_ALIGN), so that blocks of the linear map are not lost: 1 GiB; with
/// 64K pages the block of the PMD, 512 MiB, since sections of memory are not larger than that (5.12).
static uint64_t memstart_align(const arm64_sizes *s, const tw_linux_layout_config *config) {
  return s->page_shift == 16 && tw_linux_layout_since(config, 5, 12) ? TW_GIB / 2 : TW_GIB;
}

/// RAM begins where the linear map does, or as far behind that as it lies behind PHYS_OFFSET; what it does not fill has
/// no pages.
static void add_linear(tw_linux_layout *layout, const tw_linux_layout_config *config, const arm64_sizes *s,
                       uint64_t first, uint64_t end) {
  first += s->hole;
  layout->linear_va = first + (layout->linear_pa & (memstart_align(s, config) - 1));
  if (layout->linear_bytes > end - layout->linear_va)
    layout->linear_bytes = end - layout->linear_va;
  tw_linux_layout_add(layout, "linear", first, end);
}

/// KASAN_SHADOW_START: a byte for 8 of all addresses that the machine has; it ends where a kernel of fewer bits has it.
static uint64_t shadow_start(const arm64_sizes *s, uint64_t end) {
  return end - ((uint64_t)1 << (s->va_bits_actual - 3));
}

/// Since 5.11 KASAN's shadow lies over the end of the linear map.
static void add_shadow(tw_linux_layout *layout, const tw_linux_layout_config *config, const arm64_sizes *s) {
  if (config->kasan)
    tw_linux_layout_add(layout, "KASAN shadow", shadow_start(s, s->page_end), s->page_end);
}

// ---- eras, the newest first ----

static void since_6_9(tw_linux_layout *layout, const tw_linux_layout_config *config, const arm64_sizes *s) {
  uint64_t modules_end = s->page_end + 2 * TW_GIB, vmemmap_end = tw_below_top(30);
  uint64_t vmemmap = vmemmap_end - s->vmemmap + s->hole_pages, pci = vmemmap_end + 8 * TW_MIB,
           fixaddr_top = -(8 * TW_MIB);
  add_image(layout, config, modules_end);
  add_shadow(layout, config, s);
  add_linear(layout, config, s, s->page_offset, s->page_end);
  tw_linux_layout_add(layout, "modules", s->page_end, modules_end);
  tw_linux_layout_add(layout, "vmalloc", modules_end, vmemmap - 8 * TW_MIB);
  tw_linux_layout_add(layout, "vmemmap", vmemmap, vmemmap_end);
  tw_linux_layout_add(layout, "PCI I/O", pci, pci + 16 * TW_MIB);
  tw_linux_layout_add(layout, "fixmap", fixaddr_top - 8 * TW_MIB, fixaddr_top); // FIXADDR_TOT_SIZE is less than that
}

/// 5.11 to 6.8: vmemmap above vmalloc; what stands between linear map and vmalloc differs.
static void since_5_11(tw_linux_layout *layout, const tw_linux_layout_config *config, const arm64_sizes *s) {
  uint64_t bpf_bytes = tw_linux_layout_since(config, 5, 17) ? 0 : 128 * TW_MIB;
  uint64_t modules_bytes = tw_linux_layout_since(config, 6, 5) ? 2 * TW_GIB : 128 * TW_MIB;
  uint64_t modules = s->page_end + bpf_bytes, modules_end = modules + modules_bytes;
  uint64_t vmemmap = tw_below_top(s->va_bits - (s->page_shift - STRUCT_PAGE_SHIFT));
  uint64_t vmalloc_end = vmemmap - 256 * TW_MIB, pci_end = vmemmap - 8 * TW_MIB;
  add_image(layout, config, modules_end);
  add_shadow(layout, config, s);
  add_linear(layout, config, s, s->page_offset, s->page_end);
  tw_linux_layout_add(layout, "BPF JIT", s->page_end, modules);
  tw_linux_layout_add(layout, "modules", modules, modules_end);
  tw_linux_layout_add(layout, "vmalloc", modules_end, vmalloc_end);
  tw_linux_layout_add(layout, "fixmap", vmalloc_end, vmemmap - 32 * TW_MIB);
  tw_linux_layout_add(layout, "PCI I/O", pci_end - 16 * TW_MIB, pci_end);
  tw_linux_layout_add(layout, "vmemmap", vmemmap, vmemmap + s->vmemmap);
}

/// 5.4 to 5.10: the linear map has moved to the bottom, half of the addresses that the machine has, KASAN's shadow
/// above it.
static void since_5_4(tw_linux_layout *layout, const tw_linux_layout_config *config, const arm64_sizes *s) {
  uint64_t shadow_end = config->kasan ? s->page_end + ((uint64_t)1 << (s->va_bits_min - 3)) : s->page_end;
  uint64_t modules = shadow_end + 128 * TW_MIB, modules_end = modules + 128 * TW_MIB;
  uint64_t vmemmap = -s->vmemmap - 2 * TW_MIB, pci_end = vmemmap - 2 * TW_MIB;
  uint64_t fixaddr_top = pci_end - 18 * TW_MIB;
  uint64_t fixaddr_size = s->page_shift == 16 ? 0x470000 : 0x407000; // boot logs; 16K: as 4K
  add_image(layout, config, modules_end);
  add_linear(layout, config, s, s->page_offset, tw_below_top(s->va_bits_actual - 1));
  if (config->kasan)
    tw_linux_layout_add(layout, "KASAN shadow", shadow_start(s, shadow_end), shadow_end);
  tw_linux_layout_add(layout, "BPF JIT", shadow_end, modules);
  tw_linux_layout_add(layout, "modules", modules, modules_end);
  tw_linux_layout_add(layout, "vmalloc", modules_end, -s->pud - s->vmemmap - 64 * TW_KIB);
  tw_linux_layout_add(layout, "fixmap", fixaddr_top - fixaddr_size, fixaddr_top);
  tw_linux_layout_add(layout, "PCI I/O", pci_end - 16 * TW_MIB, pci_end);
  tw_linux_layout_add(layout, "vmemmap", vmemmap, vmemmap + s->vmemmap);
}

/// 4.6 to 5.3: vmalloc below, the linear map in the upper half; the image has moved out of it.
static void since_4_6(tw_linux_layout *layout, const tw_linux_layout_config *config, const arm64_sizes *s) {
  uint64_t va_start = tw_below_top(s->va_bits), page_offset = tw_below_top(s->va_bits - 1);
  uint64_t modules_end = va_start + 128 * TW_MIB;
  uint64_t vmemmap_size = (uint64_t)1 << (s->va_bits - 1 - (s->page_shift - STRUCT_PAGE_SHIFT));
  uint64_t vmemmap = page_offset - vmemmap_size, pci_end = vmemmap - 2 * TW_MIB;
  uint64_t fixaddr_top = pci_end - 18 * TW_MIB;
  add_image(layout, config, modules_end);
  tw_linux_layout_add(layout, "modules", va_start, modules_end);
  tw_linux_layout_add(layout, "vmalloc", modules_end, page_offset - s->pud - vmemmap_size - 64 * TW_KIB);
  tw_linux_layout_add(layout, "fixmap", fixaddr_top - 0x403000, fixaddr_top); // a boot log
  tw_linux_layout_add(layout, "PCI I/O", pci_end - 16 * TW_MIB, pci_end);
  tw_linux_layout_add(layout, "vmemmap", vmemmap, page_offset);
  add_linear(layout, config, s, page_offset, 0);
}

/// Before 4.6: the image lies in the linear map, TEXT_OFFSET (512 KiB) above its beginning.
static void before_4_6(tw_linux_layout *layout, const tw_linux_layout_config *config, const arm64_sizes *s) {
  uint64_t va_start = tw_below_top(s->va_bits), page_offset = tw_below_top(s->va_bits - 1);
  uint64_t vmemmap_size = (uint64_t)1 << (s->va_bits - (s->page_shift - STRUCT_PAGE_SHIFT));
  vmemmap_size = (vmemmap_size + s->pud - 1) & -s->pud;
  uint64_t vmalloc_end = page_offset - s->pud - vmemmap_size - 64 * TW_KIB, vmemmap = vmalloc_end + 64 * TW_KIB;
  uint64_t modules = page_offset - 64 * TW_MIB, pci_end = modules - 2 * TW_MIB;
  uint64_t fixaddr_top = pci_end - 18 * TW_MIB;
  add_image(layout, config, page_offset + 512 * TW_KIB);
  tw_linux_layout_add(layout, "vmalloc", va_start, vmalloc_end);
  tw_linux_layout_add(layout, "fixmap", fixaddr_top - 0x2000, fixaddr_top); // a boot log
  tw_linux_layout_add(layout, "PCI I/O", pci_end - 16 * TW_MIB, pci_end);
  tw_linux_layout_add(layout, "modules", modules, page_offset);
  tw_linux_layout_add(layout, "vmemmap", vmemmap, vmemmap + vmemmap_size);
  add_linear(layout, config, s, page_offset, 0);
}

typedef struct arm64_era {
  unsigned major, minor;
  const char *name;
  void (*make)(tw_linux_layout *layout, const tw_linux_layout_config *config, const arm64_sizes *sizes);
} arm64_era;

static const arm64_era eras[] = {
    {6, 9, "arm64, Linux 6.9 and later", since_6_9}, {6, 5, "arm64, Linux 6.5 to 6.8", since_5_11},
    {5, 17, "arm64, Linux 5.17 to 6.4", since_5_11}, {5, 11, "arm64, Linux 5.11 to 5.16", since_5_11},
    {5, 4, "arm64, Linux 5.4 to 5.10", since_5_4},   {4, 6, "arm64, Linux 4.6 to 5.3", since_4_6},
    {3, 7, "arm64, Linux 3.7 to 4.5", before_4_6},
};

// ---- what can be asked for ----

static bool has_va_bits(const tw_linux_layout_config *config) {
  unsigned bits = config->va_bits;
  bool lpa2 = tw_linux_layout_since(config, 6, 9), lva = tw_linux_layout_since(config, 5, 4);
  switch (config->page_log2) {
  case 12:
    return bits == 39 || bits == 48 || (bits == 52 && lpa2);
  case 14:
    return bits == 36 || bits == 47 || bits == 48 || (bits == 52 && lpa2);
  default:
    return bits == 42 || bits == 48 || (bits == 52 && lva);
  }
}

static int check(const tw_linux_layout_config *config, tw_error *error) {
  static const char *const expected[] = {"39, 48 or, since Linux 6.9, 52", "36, 47, 48 or, since Linux 6.9, 52",
                                         "42, 48 or, since Linux 5.4, 52"};
  if (!tw_linux_layout_since(config, 3, 7))
    return tw_fail(error, "layout: Linux %u.%u, expected 3.7 or later: the first with arm64", config->linux_major,
                   config->linux_minor);
  if (!has_va_bits(config))
    return tw_fail(error, "layout: va_bits is %u, expected %s with pages of %u KiB", config->va_bits,
                   expected[(config->page_log2 - 12) / 2], 1U << (config->page_log2 - 10));
  if (config->narrow && config->va_bits != 52)
    return tw_fail(error, "layout: narrow with va_bits %u, expected 52", config->va_bits);
  if (config->kasan && !tw_linux_layout_since(config, 5, 4))
    return tw_fail(error, "layout: kasan with Linux %u.%u, expected 5.4 or later: its place before is not known here",
                   config->linux_major, config->linux_minor);
  return 0;
}

int tw_linux_layout_arm64(const tw_linux_layout_config *config, tw_linux_layout *layout, tw_error *error) {
  if (check(config, error) < 0)
    return -1;
  const arm64_sizes sizes = sizes_of(config);
  const arm64_era *era = eras;
  while (!tw_linux_layout_since(config, era->major, era->minor))
    era++;
  layout->era = era->name;
  era->make(layout, config, &sizes);
  uint64_t before =
      (layout->linear_pa & (memstart_align(&sizes, config) - 1)) >> (sizes.page_shift - STRUCT_PAGE_SHIFT);
  layout->vmemmap_va = tw_linux_layout_named(layout, "vmemmap")->first + before;
  if (!tw_linux_layout_since(config, 6, 9))
    layout->vmemmap_va += sizes.hole_pages; // since then the region begins behind them
  // User addresses: 48 bits unless a program asks for more (a hint above them); position-independent programs at two
  // thirds of that (ELF_ET_DYN_BASE).
  layout->user_bits = sizes.va_bits_min;
  uint64_t top = (uint64_t)1 << layout->user_bits, page = (uint64_t)1 << sizes.page_shift;
  tw_linux_layout_add_program(layout, config, top / 3 * 2 & -page, top);
  return 0;
}
