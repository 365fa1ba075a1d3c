// Where Linux puts things in the virtual address space: arm64 of every era, arm, x86-64.
//
// The regions follow from a kernel's macros and a machine's RAM; nothing is mapped by this. Every address has the name
// of the first region that holds it: the special ones stand before the large ones in which they lie.
#ifndef TRACES_LAYOUT_H
#define TRACES_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <traces/error.h>
#include <traces/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tw_linux_layout_machine {
  TW_LINUX_ARM64 = 0,
  TW_LINUX_ARM = 1,
  TW_LINUX_X86_64 = 2
} tw_linux_layout_machine;

/// The parts of a kernel's or a program's image, in bytes; they follow one another from its first address on: head,
/// text, rodata, init, data, bss, tables.
typedef struct tw_linux_layout_image {
  uint64_t text, rodata, data, bss;
  uint64_t head;   ///< of a kernel: before the text proper, from _text to _stext; counts as text
  uint64_t init;   ///< of a kernel: what is freed after boot
  uint64_t tables; ///< of a kernel: behind bss, its first page tables; counts as bss. Since 7.2 their alias differs
} tw_linux_layout_image;

typedef struct tw_linux_layout_config {
  tw_linux_layout_machine machine;
  unsigned linux_major, linux_minor; ///< the version decides the era
  unsigned page_log2;                ///< 12, 14 or 16 (arm64); else 12
  unsigned va_bits;                  ///< arm64: 36, 39, 42, 47, 48 or 52, as the page size has them; x86-64: 48, 57
  bool narrow;                       ///< arm64: a kernel of 52 bits on a machine that has 48 (16K pages: 47)
  bool kasan;                        ///< arm64: the shadow of generic KASAN has its place
  uint64_t ram_first, ram_bytes;     ///< physical; multiples of 2 MiB
  uint64_t kaslr;                    ///< bytes by which the kernel image lies higher: a multiple of 2 MiB
  uint64_t linear_kaslr;             ///< arm64: bytes by which RAM lies higher in the linear map (4.6 to 6.15)
  uint64_t vmalloc_bytes;            ///< arm: `vmalloc=`; a multiple of 1 MiB
  tw_linux_layout_image kernel;
  tw_linux_layout_image program;
  uint64_t heap_bytes, mmap_bytes, stack_bytes; ///< of the program
} tw_linux_layout_config;

enum { TW_LINUX_REGIONS_MAX = 32 };

/// A map. Of overlapping regions the more special stands first.
typedef struct tw_linux_layout {
  tw_region region[TW_LINUX_REGIONS_MAX];
  size_t count;
  const char *era;       ///< "arm64, Linux 6.9 and later"
  uint64_t linear_va;    ///< virtual address of `linear_pa`; the linear map goes on from there
  uint64_t vmemmap_va;   ///< arm64: of the struct page of `linear_pa`
  uint64_t linear_pa;    ///< physical address of the first byte of RAM
  uint64_t linear_bytes; ///< of RAM that the linear map holds: arm has high memory beyond
  uint64_t image_va;     ///< of the kernel's text
  unsigned user_bits;    ///< bits of a user address
} tw_linux_layout;

/// What a user of `machine` mostly has: the newest era, 4K pages, 48 bits, 4 GiB of RAM (arm: 1 GiB).
tw_linux_layout_config tw_linux_layout_usual(tw_linux_layout_machine machine);

/// The map of `config`. 0; -1 and `error`, which names the parameter, what was found and what was expected.
int tw_linux_layout_make(const tw_linux_layout_config *config, tw_linux_layout *layout, tw_error *error);

/// The first region that holds `va`, or NULL.
const tw_region *tw_linux_layout_find(const tw_linux_layout *layout, uint64_t va);

/// The region called `name`, or NULL.
const tw_region *tw_linux_layout_named(const tw_linux_layout *layout, const char *name);

#ifdef __cplusplus
}
#endif
#endif
