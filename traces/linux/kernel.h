// What the parts of a kernel's memory management share.
//
//   kernel.c         creation, what a trace begins with       kernel_vmalloc.c     the vmalloc and modules areas
//   kernel_memory.c  RAM at boot, zones, pages                kernel_user.c        a process
//   kernel_boot_*.c, kernel_fixed_arm64.c   what boot maps    kernel_kmap.c        high memory
//   kernel_attributes.c   protection values                   kernel_set_memory.c  permissions changed while mapped
//   kernel_tlbi.c    TLB maintenance as events
#ifndef TRACES_SRC_KERNEL_H
#define TRACES_SRC_KERNEL_H

#include "areas.h"
#include "buddy.h"
#include "number_map.h"

#include <traces/kernel.h>
#include <traces/page_tables.h>

enum { TW_PKMAPS = 512 }; // LAST_PKMAP: PTRS_PER_PTE

/// An entry of the pkmap area.
typedef struct tw_pkmap {
  uint64_t pa;
  unsigned users; ///< plus 1; 0: it is free
} tw_pkmap;

enum { TW_ZONES_MAX = 3, TW_BOOT_RANGES_MAX = 64, TW_KERNEL_ASID = 1 };

/// arm64's MAIR (arch/arm64/mm/proc.S): the indexes of the memory types.
enum {
  TW_MT_NORMAL = 0,
  TW_MT_NORMAL_TAGGED = 1,
  TW_MT_NORMAL_NC = 2,
  TW_MT_DEVICE_NGNRNE = 3,
  TW_MT_DEVICE_NGNRE = 4
};

/// Virtual addresses.
typedef struct tw_range {
  uint64_t va, bytes;
} tw_range;

typedef struct tw_boot_range {
  uint64_t pa, bytes;
} tw_boot_range;

/// RAM before there is a buddy allocator (memblock): what is free, in order of address.
typedef struct tw_boot_memory {
  tw_boot_range free[TW_BOOT_RANGES_MAX];
  size_t count;
} tw_boot_memory;

typedef struct tw_zone {
  const char *name;
  tw_buddy *buddy;
  bool high; ///< not in the linear map
} tw_zone;

struct tw_kernel {
  tw_kernel_config config;
  tw_linux_layout layout;
  tw_kernel_sink sink;
  bool told;   ///< boot is over: the sink is told
  bool booted; ///< pages come from the zones
  unsigned page_log2, orders;
  tw_page_tables *tables;
  tw_boot_memory boot;
  tw_zone zone[TW_ZONES_MAX]; ///< the one that is asked first, first
  size_t zones;
  unsigned roots;         ///< tables taken from the image
  uint64_t image_pa;      ///< of the image's head
  tw_areas *user_areas;   ///< of the mmap area, seen from the top; NULL: none was asked for yet
  tw_areas *areas;        ///< of vmalloc and modules
  tw_number_map mappings; ///< where in user_areas a mapping is, by its address
  struct tw_slabs *slabs;
  tw_pkmap pkmap[TW_PKMAPS];
  unsigned pkmap_last;    ///< the entry that was taken last
  tw_number_map pkmap_of; ///< entries by physical address
};

static inline uint64_t tw_kernel_page(const tw_kernel *kernel) { return UINT64_C(1) << kernel->page_log2; }
static inline uint64_t tw_kernel_to_va(const tw_kernel *kernel, uint64_t pa) {
  return pa - kernel->layout.linear_pa + kernel->layout.linear_va;
}
static inline uint64_t tw_kernel_to_pa(const tw_kernel *kernel, uint64_t va) {
  return va - kernel->layout.linear_va + kernel->layout.linear_pa;
}
/// Multiples of a power of two.
static inline uint64_t tw_round_up(uint64_t value, uint64_t to) { return (value + to - 1) & -to; }

static inline bool tw_kernel_is_arm(const tw_kernel *kernel) { return kernel->config.layout.machine == TW_LINUX_ARM; }

/// Bits of an address that the tables translate.
static inline unsigned tw_kernel_va_bits(const tw_kernel *kernel) {
  const tw_linux_layout_config *config = &kernel->config.layout;
  return config->narrow ? (config->page_log2 == 14 ? 47 : 48) : config->va_bits;
}

/// Is the version `major.minor` or later?
static inline bool tw_kernel_since(const tw_kernel *kernel, unsigned major, unsigned minor) {
  const tw_linux_layout_config *config = &kernel->config.layout;
  return config->linux_major > major || (config->linux_major == major && config->linux_minor >= minor);
}

/// Is it this version? For what its later stable releases have changed.
static inline bool tw_kernel_is(const tw_kernel *kernel, unsigned major, unsigned minor) {
  const tw_linux_layout_config *config = &kernel->config.layout;
  return config->linux_major == major && config->linux_minor == minor;
}

/// rodata_full: permissions of single pages of the linear map may have to be changed. It came with 5.0; arm has none.
static inline bool tw_kernel_is_rodata_full(const tw_kernel *kernel) {
  return !tw_kernel_is_arm(kernel) && kernel->config.rodata == TW_RODATA_FULL && tw_kernel_since(kernel, 5, 0);
}

/// arm64: is what stands before the text proper a part of it (before 5.11), or mapped as data (since 6.18, and in
/// 6.12.y)?
static inline bool tw_kernel_maps_head(const tw_kernel *kernel) {
  return !tw_kernel_since(kernel, 5, 11) || tw_kernel_since(kernel, 6, 18) || tw_kernel_is(kernel, 6, 12);
}

// ---- kernel_memory.c ----

/// Take the highest free range of boot memory (memblock_phys_alloc). UINT64_MAX: there is none.
uint64_t tw_boot_take(tw_boot_memory *memory, uint64_t bytes, uint64_t align);
/// Take this one; what of it is free.
void tw_boot_reserve(tw_boot_memory *memory, uint64_t pa, uint64_t bytes);
/// Zones, and all that is left of boot memory in them. -1: out of memory.
int tw_kernel_make_zones(tw_kernel *kernel);
/// 2^order pages below the end of the linear map (high: of high memory); UINT64_MAX: there are none.
uint64_t tw_kernel_take(tw_kernel *kernel, unsigned order, bool high);
/// __GFP_HIGHMEM: of high memory, and of the rest when that is gone. vmalloc and processes take these.
uint64_t tw_kernel_take_high_or_low(tw_kernel *kernel, unsigned order);
void tw_kernel_give(tw_kernel *kernel, uint64_t pa, unsigned order);

// ---- kernel_boot_arm64.c, kernel_boot_arm.c: each has the same of its machine ----

/// Where image and device tree lie in RAM. -1 and `error`: in no RAM.
int tw_kernel_place_arm64(tw_kernel *kernel, tw_error *error);
/// Tables of a booted kernel. -1 and `error`: out of RAM.
int tw_kernel_boot_arm64(tw_kernel *kernel, tw_error *error);
tw_registers tw_kernel_registers_arm64(const tw_kernel *kernel);
int tw_kernel_place_arm(tw_kernel *kernel, tw_error *error);
int tw_kernel_boot_arm(tw_kernel *kernel, tw_error *error);
tw_registers tw_kernel_registers_arm(const tw_kernel *kernel);
/// vmemmap and fixmap of arm64.
int tw_kernel_map_fixed(tw_kernel *kernel, tw_error *error);

// ---- kernel_attributes.c ----

/// Linux's PAGE_KERNEL and what it makes of it; `memory`: arm64's TW_MT_..., which on arm stand for what it has.
tw_page_attributes tw_kernel_data(const tw_kernel *kernel, unsigned memory);
tw_page_attributes tw_kernel_read_only(const tw_kernel *kernel);
tw_page_attributes tw_kernel_text(const tw_kernel *kernel);
/// arm: of a section with these attributes, which has no dirty bit.
tw_page_attributes tw_kernel_section(tw_page_attributes attributes);

// ---- kernel_vmalloc.c ----

/// Free what was freed lazily, with a TLB flush from the first to the last of it. False: there was nothing.
bool tw_kernel_purge(tw_kernel *kernel);

// ---- kernel_set_memory.c ----

/// set_memory_rox of an area's first `bytes`, where `alias_bytes` of it change in the linear map.
void tw_kernel_protect_area(tw_kernel *kernel, uint64_t va, uint64_t bytes, uint64_t alias_bytes);
/// vm_reset_perms: before its pages are freed, the linear map's permissions of them are the usual ones again.
void tw_kernel_reset_alias(tw_kernel *kernel, const tw_area *area);

// ---- kernel_tlbi.c ----

/// flush_tlb_kernel_range.
void tw_kernel_flush(tw_kernel *kernel, uint64_t va, uint64_t bytes);
/// __flush_tlb_kernel_pgtable: a table is linked no more.
void tw_kernel_flush_table(tw_kernel *kernel, uint64_t va);
/// flush_tlb_range of the process: by `stride` bytes; `tables`: some have gone as well.
void tw_kernel_flush_user(tw_kernel *kernel, uint64_t va, uint64_t bytes, uint64_t stride, bool tables);

#endif
