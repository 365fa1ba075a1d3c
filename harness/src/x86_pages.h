// x86-64 page tables being made in a memory: the entries (Intel SDM volume 3, "4-level and 5-level paging"), and the
// tree of tables that they are in.
#ifndef HARNESS_X86_PAGES_H
#define HARNESS_X86_PAGES_H

#include <stdbool.h>
#include <stdint.h>
#include <traces/error.h>

#ifdef __cplusplus
extern "C" {
#endif

// Bits of an entry.
#define TW_X86_P (1ULL << 0)
#define TW_X86_RW (1ULL << 1)
#define TW_X86_US (1ULL << 2)
#define TW_X86_PWT (1ULL << 3)
#define TW_X86_PCD (1ULL << 4)
#define TW_X86_A (1ULL << 5)
#define TW_X86_D (1ULL << 6)
#define TW_X86_PS (1ULL << 7)
#define TW_X86_G (1ULL << 8)
#define TW_X86_NX (1ULL << 63)

/// What a page lets the kernel do, and its memory.
typedef struct tw_x86_page {
  uint64_t va, pa;
  uint8_t size_log2; ///< 12, 21 or 30
  bool writable, user, executable, global, uncached, write_through;
} tw_x86_page;

/// The entry of a page: accessed and dirty.
uint64_t tw_x86_page_entry(const tw_x86_page *page);
/// The entry that leads to the table at `pa`: accessed, and it takes nothing away.
uint64_t tw_x86_table_entry(uint64_t pa);

/// The memory that holds Arm's tables and x86-64's. `write` of 8 bytes, or of 4; 0, or -1 with `error`.
typedef struct tw_x86_memory {
  uint64_t (*read)(void *context, uint64_t pa); ///< the 8 bytes there, `pa` being a multiple of 8
  int (*write)(void *context, uint64_t pa, uint64_t value, unsigned bytes, tw_error *error);
  void *context;
} tw_x86_memory;

/// A tree of tables, given out one after the other from `base` on.
typedef struct tw_x86_tree {
  tw_x86_memory memory;
  unsigned levels;          ///< 4 or 5
  uint64_t base, next, end; ///< the first table (CR3), the next new one, and the end of the room for them
  uint64_t spare;           ///< the first table that was left; its first entry is the next one's address; 0: none
  uint64_t tables;          ///< in use
} tw_x86_tree;

/// An empty tree with room for tables from `base` to `end`.
int tw_x86_tree_begin(tw_x86_tree *tree, uint64_t base, uint64_t end, tw_error *error);
/// Map a page: what stood there before goes.
int tw_x86_tree_map(tw_x86_tree *tree, const tw_x86_page *page, tw_error *error);
/// Map nothing from `first` to `last`: a page of which a part lies in there goes as a whole.
int tw_x86_tree_clear(tw_x86_tree *tree, uint64_t first, uint64_t last, tw_error *error);
/// log2 of the page that maps `va`; 0: none does.
unsigned tw_x86_tree_look_up(const tw_x86_tree *tree, uint64_t va);

/// True: `levels` levels of tables can translate `va`.
bool tw_x86_is_canonical(uint64_t va, unsigned levels);

#ifdef __cplusplus
}
#endif
#endif
