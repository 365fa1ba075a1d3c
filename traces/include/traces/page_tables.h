// Translation tables as software writes them: ranges mapped, unmapped, protected and split, descriptor by descriptor.
//
// An encoder of its own, from the Arm manual's tables; it shares nothing with the model's decoder. Tables stand where
// the caller's allocator puts them. Each descriptor write is told to a sink in program order.
//
//   tw_page_tables *tables = tw_page_tables_create(&config, &error);
//   tw_page_tables_map(tables, &(tw_page_range){va, pa, bytes, tw_page_tables_sizes(tables)}, &attributes);
//   tw_page_tables_destroy(tables);
#ifndef TRACES_PAGE_TABLES_H
#define TRACES_PAGE_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <traces/error.h>
#include <traces/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tw_table_format {
  TW_TABLES_VMSA64 = 0, ///< VMSAv8-64, stage 1 of EL1&0
  TW_TABLES_LPAE = 1,   ///< AArch32's long descriptors: one tree of 4 GiB
  TW_TABLES_SHORT = 2,  ///< AArch32's short descriptors: likewise
} tw_table_format;

/// What a mapping is, by meaning.
typedef struct tw_page_attributes {
  bool write;             ///< software may write
  bool clean;             ///< and has not yet: read-only until hardware (`dirty_by_hardware`) or a fault says otherwise
  bool execute;           ///< at EL1 (PL1)
  bool user;              ///< EL0 may access
  bool user_execute;      ///< at EL0
  bool not_global;        ///< nG
  bool dirty_by_hardware; ///< DBM, where `write` (FEAT_HAFDBS); VMSAv8-64 alone
  uint8_t memory;         ///< index of MAIR; short descriptors: TEX[0], C, B
  uint8_t shareability;   ///< SH; short descriptors: not 0: S
  uint8_t software;       ///< bits 58:55 of a long descriptor, which hardware ignores
} tw_page_attributes;

/// How the builder asks for what it does not do itself. All but `take` may be NULL.
typedef struct tw_page_tables_port {
  /// Physical address of `bytes` zeroed bytes, aligned to their size; UINT64_MAX: there are none.
  uint64_t (*take)(void *context, unsigned bytes);
  /// A table that is linked no more.
  void (*give)(void *context, uint64_t pa, unsigned bytes);
  /// `value`, of `bytes` bytes, was written at `pa`.
  void (*written)(void *context, uint64_t pa, uint64_t value, unsigned bytes);
  /// Software must invalidate what TLBs hold of these addresses, and wait, before the next write; `table`: a table that
  /// was linked there, which maps nothing.
  void (*invalidate)(void *context, uint64_t va, uint64_t bytes, bool table);
  void *context;
} tw_page_tables_port;

typedef struct tw_page_tables_config {
  tw_table_format format;
  unsigned page_log2; ///< 12, 14 or 16; AArch32: 12
  unsigned va_bits;   ///< of each half, 25 to 52; AArch32: 32
  bool wide;          ///< 52-bit physical addresses: LPA2 (TCR_EL1.DS) with 4K and 16K; 64K has them anyway (FEAT_LPA)
  unsigned bbm;       ///< FEAT_BBM level, 0 to 2
  bool break_before_make; ///< without level 2, a live mapping is split through an invalid one; false: it is refused
  tw_page_tables_port port;
} tw_page_tables_config;

typedef struct tw_page_tables tw_page_tables;

/// Empty tables: the roots alone. NULL and `error`: no such format, or no memory.
tw_page_tables *tw_page_tables_create(const tw_page_tables_config *config, tw_error *error);
void tw_page_tables_destroy(tw_page_tables *tables);

/// Physical address of a half's root (AArch32: of the one root).
uint64_t tw_page_tables_root(const tw_page_tables *tables, unsigned half);

/// Physical address of the table of `level` (as the Arm manual counts) that maps `va`; UINT64_MAX: there is none.
uint64_t tw_page_tables_table(const tw_page_tables *tables, uint64_t va, int level);

/// All sizes that a mapping can have, contiguous ones included: bit n stands for 2^n bytes.
uint64_t tw_page_tables_sizes(const tw_page_tables *tables);
/// Of these, the page and the blocks: one descriptor each.
uint64_t tw_page_tables_single_sizes(const tw_page_tables *tables);

typedef enum tw_page_result {
  TW_PAGE_OK = 0,
  TW_PAGE_NO_MEMORY = -1, ///< no table could be had
  TW_PAGE_REFUSED = -2,   ///< a live mapping would have to be split, and must not be
  TW_PAGE_OCCUPIED = -3,  ///< something is mapped there
  TW_PAGE_RANGE = -4,     ///< not a multiple of the page, outside the address space, or no allowed size fits
} tw_page_result;

typedef struct tw_page_range {
  uint64_t va, pa, bytes;
  uint64_t sizes; ///< that may be used; everywhere the largest that fits is
} tw_page_range;

/// Map what is not mapped. On failure a first part may be mapped.
tw_page_result tw_page_tables_map(tw_page_tables *tables, const tw_page_range *range,
                                  const tw_page_attributes *attributes);
/// Nothing is mapped there afterwards; tables stay. TLBs are the caller's matter.
tw_page_result tw_page_tables_unmap(tw_page_tables *tables, uint64_t va, uint64_t bytes);
/// What is mapped there has these attributes afterwards; mappings keep their sizes where they lie in the range.
tw_page_result tw_page_tables_protect(tw_page_tables *tables, uint64_t va, uint64_t bytes,
                                      const tw_page_attributes *attributes);
/// No mapping reaches across `va` afterwards.
tw_page_result tw_page_tables_split(tw_page_tables *tables, uint64_t va);
/// Give back all tables that meet the range and map nothing (free_pgtables). Whether there were any.
bool tw_page_tables_prune(tw_page_tables *tables, uint64_t va, uint64_t bytes);

typedef struct tw_page_leaf {
  uint64_t va, pa, bytes; ///< of the mapping, the contiguous group as a whole
  tw_page_attributes attributes;
} tw_page_leaf;

/// The mapping that holds `va`.
bool tw_page_tables_find(const tw_page_tables *tables, uint64_t va, tw_page_leaf *leaf);

/// All tables; the array lives until the next call, the bytes are as they stand.
const tw_table_page *tw_page_tables_pages(const tw_page_tables *tables, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
