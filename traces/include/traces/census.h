// What a table image maps: its leaf descriptors in order of address, counted a region, or joined to runs.
//
// Stage 1 of VMSAv8-64 (4K, 16K and 64K granules), and of AArch32: short descriptors and LPAE. The decoders are small
// and share nothing with the model on purpose: each can be held against the other.
#ifndef TRACES_CENSUS_H
#define TRACES_CENSUS_H

#include <traces/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One leaf descriptor.
typedef struct tw_mapping {
  uint64_t va, pa, bytes;
  uint64_t descriptor; ///< as it stands in the table
  uint64_t attributes; ///< all of it but the address
  int8_t level;
  uint8_t half;       ///< 1: TTBR1, 0: TTBR0
  bool contiguous;    ///< the contiguous bit is set
  bool writable;      ///< by EL1, table attributes included
  bool user;          ///< accessible at EL0
  bool el1_exec;      ///< PXN (AArch32: and XN) clear, tables included
  bool el0_exec;      ///< UXN (AArch32: XN) clear, tables included
  uint8_t attr_index; ///< short descriptors: TEX[0], C, B
  uint8_t attr;       ///< MAIR byte of that index; what a short descriptor says, as such a byte
} tw_mapping;

typedef struct tw_image {
  const tw_registers *registers;
  const tw_table_page *tables;
  size_t count;
} tw_image;

/// The image of the trace's current section.
tw_image tw_trace_image(const tw_trace *trace);

/// Visits each leaf, TTBR0's half first, ascending. A visitor's result other than 0 ends the walk and is returned.
/// -1 with `error` when the registers say no granule that exists, when memory runs out, when a table leads to
/// itself, or when more than 2^17 tables would be visited. Tables that the image lacks map nothing.
typedef int (*tw_mapping_visitor)(void *context, const tw_mapping *mapping);
int tw_image_walk(const tw_image *image, tw_mapping_visitor visit, void *context, tw_error *error);

/// One table that a walk came through.
typedef struct tw_walked_table {
  uint64_t pa, va;    ///< where it stands; the first address that it maps
  uint32_t entries;   //
  uint8_t entry_log2; ///< log2 of a descriptor's bytes: 3, short descriptors 2
  uint8_t shift;      ///< log2 of the bytes that a descriptor maps
  int8_t level;
  uint8_t half; ///< 1: TTBR1, 0: TTBR0
} tw_walked_table;

/// `bytes` (4 or 8) of the tables at `pa` as they stand now. False: there is nothing, which maps nothing.
typedef bool (*tw_table_reader)(void *context, uint64_t pa, void *value, size_t bytes);
typedef int (*tw_table_visitor)(void *context, const tw_walked_table *table);

/// A walk over tables that change, or over a part of them.
typedef struct tw_table_walk {
  const tw_registers *registers;
  tw_table_reader read;
  tw_mapping_visitor visit;
  tw_table_visitor table; ///< each table before what it maps; may be NULL
  void *context;          ///< of all three
  uint64_t first, last;   ///< only leaves that meet these addresses, and the tables above them
} tw_table_walk;

/// As tw_image_walk.
int tw_table_walk_part(const tw_table_walk *walk, tw_error *error);

/// "4K", "16K+C", "2M", "32M" ... as the mapping has it.
void tw_mapping_size_name(const tw_mapping *mapping, char name[12]);
/// "normal", "normal-nc", "normal-wt", "normal-tagged", "device-nGnRnE" ... or "attr 0x..".
void tw_mair_name(uint8_t attr, char name[24]);

enum { TW_CENSUS_SIZES_MAX = 12 };

/// The leaves of one region by mapping size.
typedef struct tw_census_row {
  char name[32];
  size_t sizes;
  struct {
    char name[12];
    uint64_t bytes;
    uint64_t count;
  } size[TW_CENSUS_SIZES_MAX];
} tw_census_row;

/// Count one leaf in a row; its largest sizes stand first.
void tw_census_add(tw_census_row *row, const tw_mapping *mapping);

/// Count the leaves. A row for each region, then "other" and "TTBR0". A leaf counts in the first region that is not a
/// buffer and holds its address, and besides in every buffer ("buffer ...") that it overlaps. In "TTBR0" are AArch64's
/// leaves of that half; AArch32's halves are no matter of kernel and user, "other" has all the rest of them. The caller
/// frees `rows`.
int tw_census_count(const tw_image *image, const tw_region *regions, size_t region_count, tw_census_row **rows,
                    size_t *row_count, tw_error *error);

/// Neighbouring leaves of one size with equal attributes.
typedef struct tw_run {
  tw_mapping first; ///< its `bytes` is that of one mapping
  uint64_t last;    ///< the last address
  uint64_t count;
} tw_run;

enum { TW_RUNS_BY_PA = 1 }; ///< the physical addresses must go on too

typedef int (*tw_run_visitor)(void *context, const tw_run *run);
int tw_image_runs(const tw_image *image, unsigned flags, tw_run_visitor visit, void *context, tw_error *error);

#ifdef __cplusplus
}
#endif
#endif
