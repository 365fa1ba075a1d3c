// A kernel's memory management, as Linux does it: what lies where, in which pages, and which descriptors say so.
//
// No instruction of a kernel runs here. Its allocators do what Linux's do (buddy, slab, vmalloc, the linear map by
// `rodata=` mode), and write translation tables through an encoder of their own (page_tables.h). Each descriptor
// write and each TLBI that the kernel would make is told to a sink, in program order.
//
//   tw_kernel *kernel = tw_kernel_create(&config, &sink, &error);
//   uint64_t va = tw_kernel_vmalloc(kernel, 4 << 20, TW_VMALLOC_PAGES);
//   ... accesses to va ...
//   tw_kernel_vfree(kernel, va);
//   tw_kernel_destroy(kernel);
#ifndef TRACES_KERNEL_H
#define TRACES_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <traces/error.h>
#include <traces/layout.h>
#include <traces/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/// `rodata=` of the command line (arm64). `full`, the default, maps the whole linear map by pages. Since 6.18 what is
/// `full` here is spelled rodata=on there, and what is `on` here rodata=noalias.
typedef enum tw_rodata { TW_RODATA_FULL = 0, TW_RODATA_ON = 1, TW_RODATA_OFF = 2 } tw_rodata;

typedef struct tw_kernel_config {
  tw_linux_layout_config layout; ///< machine, version, page size, address bits, RAM
  tw_rodata rodata;
  unsigned bbm;        ///< FEAT_BBM level, 0 to 2: how a live block may be split
  unsigned cpus;       ///< at most 512; bounds what vmalloc frees lazily (Linux: lazy_max_pages)
  double fragmented;   ///< 0: RAM is fresh. 0.5: half of it is taken by lone pages, scattered by `seed`
  uint64_t seed;       ///< of everything that is random
  uint64_t image_pa;   ///< of the kernel's image, its head; 0: where the boot loader puts it (arm64: RAM + 2 MiB)
  bool hardware_dirty; ///< FEAT_HAFDBS: writable mappings have DBM (arm64)
  bool tlbi_range;     ///< FEAT_TLBIRANGE, and FEAT_TTL with it (Armv8.4): flushes by ranges (arm64, 5.9)
  bool kpti;           ///< the kernel's mappings are not global (arm64: KPTI, which KASLR turns on)
  bool kfence;         ///< KFENCE's pool is set up at boot (arm64, 5.12: kfence.sample_interval=), at the end of RAM
  bool lpae;           ///< arm: long descriptors (CONFIG_ARM_LPAE)
  uint64_t cma_bytes;  ///< arm: kept for DMA at the end of low memory (cma=), mapped by pages; a multiple of 2 MiB
  uint64_t device_tree_pa, device_tree_bytes; ///< 0, 0: 1 MiB, 130 MiB above RAM's beginning if there is that much
} tw_kernel_config;

/// 4K pages, 48 bits, 4 GiB, the newest era, rodata=full, one CPU, fresh RAM, FEAT_HAFDBS.
tw_kernel_config tw_kernel_config_usual(tw_linux_layout_machine machine);

/// Where descriptor writes (TW_EVENT_DESCRIPTOR), TLBIs (TW_EVENT_TLBI) and register writes go. What happens before
/// `tw_kernel_boot_done` is told to nobody: it is the image that a section begins with.
typedef struct tw_kernel_sink {
  void (*event)(void *context, const tw_event *event);
  void *context;
} tw_kernel_sink;

typedef struct tw_kernel tw_kernel;

/// A kernel that has booted: linear map, kernel image, vmemmap, fixmap are mapped. NULL and `error` when `config` is
/// none that Linux has; names the parameter, what was found and what was expected.
tw_kernel *tw_kernel_create(const tw_kernel_config *config, const tw_kernel_sink *sink, tw_error *error);
void tw_kernel_destroy(tw_kernel *kernel);

/// From here on the sink is told. What was allocated before is part of the image.
void tw_kernel_boot_done(tw_kernel *kernel);

const tw_linux_layout *tw_kernel_layout(const tw_kernel *kernel);

// ---- pages: the buddy allocator. All addresses are virtual ones of the linear map (arm: of low memory) ----

/// 2^order contiguous pages, aligned to their size. 0 when there are none.
uint64_t tw_kernel_alloc_pages(tw_kernel *kernel, unsigned order);
void tw_kernel_free_pages(tw_kernel *kernel, uint64_t va, unsigned order);

/// Linux's own figures, each 0 to 1; fragmentation of `order` says why an allocation would fail: towards 0 for lack of
/// memory, towards 1 for fragmentation, -1 where it would not fail (/sys/kernel/debug/extfrag/extfrag_index).
/// Unusable: share of free memory that is in blocks too small for `order` (extfrag/unusable_index).
double tw_kernel_fragmentation(const tw_kernel *kernel, unsigned order);
double tw_kernel_unusable(const tw_kernel *kernel, unsigned order);
uint64_t tw_kernel_free_bytes(const tw_kernel *kernel);

// ---- slab ----

typedef struct tw_slab_cache tw_slab_cache;

/// As kmem_cache_create; owned by the kernel. `align` a power of two, 0: 8. NULL: out of memory.
tw_slab_cache *tw_kernel_cache(tw_kernel *kernel, const char *name, size_t bytes, size_t align);
uint64_t tw_slab_alloc(tw_slab_cache *cache); ///< 0 when there is no memory
void tw_slab_free(tw_slab_cache *cache, uint64_t va);

/// Of the kmalloc caches up to two pages, of pages above. 0 when there is no memory.
uint64_t tw_kernel_kmalloc(tw_kernel *kernel, size_t bytes);
void tw_kernel_kfree(tw_kernel *kernel, uint64_t va);

// ---- vmalloc and its like ----

typedef enum tw_vmalloc_kind {
  TW_VMALLOC_PAGES = 0, ///< vmalloc: pages, wherever they lie; since 6.19 of larger blocks where there are any
  TW_VMALLOC_HUGE = 1,  ///< vmalloc_huge: blocks of the PMD where there are any, contiguous pages as the version has
  /// Pages of larger blocks where there are any, in every version, and the contiguous hint on groups of them, which no
  /// version known here sets for vmalloc.
  TW_VMALLOC_CONTIGUOUS = 2,
} tw_vmalloc_kind;

/// `bytes` in the vmalloc area, a guard page after them. 0 when there is no memory or no room.
uint64_t tw_kernel_vmalloc(tw_kernel *kernel, uint64_t bytes, tw_vmalloc_kind kind);
/// Freed lazily: its addresses come back, and a TLBI is made, when enough has gathered (Linux: purge).
void tw_kernel_vfree(tw_kernel *kernel, uint64_t va);
/// `count` pages that alloc_pages gave (linear map addresses), one after the other in the vmalloc area.
uint64_t tw_kernel_vmap(tw_kernel *kernel, const uint64_t *pages, size_t count);
void tw_kernel_vunmap(tw_kernel *kernel, uint64_t va);
/// In the modules' area: text, then data; as vmalloc otherwise.
uint64_t tw_kernel_module(tw_kernel *kernel, uint64_t text_bytes, uint64_t data_bytes);
/// A task's stack: 16 KiB (arm64; CONFIG_VMAP_STACK) of vmalloc, aligned to twice its size; arm: 8 KiB of pages.
uint64_t tw_kernel_stack(tw_kernel *kernel);
void tw_kernel_stack_free(tw_kernel *kernel, uint64_t va);
/// arm: a page of high memory, and its mapping in the pkmap area. 0 when there is none.
uint64_t tw_kernel_high_page(tw_kernel *kernel); ///< its physical address
uint64_t tw_kernel_kmap(tw_kernel *kernel, uint64_t page_pa);
void tw_kernel_kunmap(tw_kernel *kernel, uint64_t va);

/// Change a range of the linear map's permissions (set_memory_ro, set_memory_x): splits blocks as `bbm` allows. 0; -1
/// where the kernel must refuse.
int tw_kernel_set_memory(tw_kernel *kernel, uint64_t va, uint64_t bytes, bool write, bool execute);
/// set_direct_map_invalid_noflush and set_direct_map_default_noflush (what KFENCE and memfd_secret use): a page of the
/// linear map is unmapped or mapped again, without a TLBI. 0; -1: it is mapped by a larger block.
int tw_kernel_set_direct_map(tw_kernel *kernel, uint64_t va, bool valid);

// ---- user space of one process ----

/// An anonymous mapping whose pages are all touched: `page_log2` 12 (pages), 16 (4K pages with the contiguous hint),
/// 21, 30 and their like of other granules. 0 when there is no memory of that size left.
uint64_t tw_kernel_mmap(tw_kernel *kernel, uint64_t bytes, unsigned page_log2);
void tw_kernel_munmap(tw_kernel *kernel, uint64_t va);

// ---- what a trace begins with ----

/// Physical address that `va` is mapped to; false: to none.
bool tw_kernel_find(const tw_kernel *kernel, uint64_t va, uint64_t *pa);
tw_registers tw_kernel_registers(const tw_kernel *kernel);
/// All tables as they stand now; the array and the bytes belong to the kernel and live until its next call.
const tw_table_page *tw_kernel_tables(tw_kernel *kernel, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
