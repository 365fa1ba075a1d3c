// Translation tables for a run of pages that starts at VA 0: the smallest world in which a TLB can be measured.
#ifndef HARNESS_LINEAR_TABLES_H
#define HARNESS_LINEAR_TABLES_H

#include <harness/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The size of a mapping, and how it is made.
typedef struct tw_linear_size {
  const char *name; ///< "4K"
  unsigned log2;    ///< of its bytes
  unsigned granule; ///< log2 of the bytes of the granule that it belongs to
} tw_linear_size;

/// Size of that name: 4K, 16K, 64K, 2M, 32M, 512M or 1G. NULL: none of these.
const tw_linear_size *tw_linear_size_named(const char *name);

/// Most pages of a size that can be mapped: AArch32 (`armv7`) has 4 GiB of addresses.
uint64_t tw_linear_most(const tw_linear_size *size, bool armv7);

/// Map `pages` pages from VA 0 on to one run of physical memory, read and written at EL1, and set the registers: EL1&0
/// with 48 bits, or for a core of ARMv7 LPAE with 32. The engine must be clear. 0; -1 and `error`: too many pages for
/// the addresses that the core has, or ARMv7 has no such granule.
int tw_linear_map(tw_engine *engine, const tw_core *core, const tw_linear_size *size, uint64_t pages, tw_error *error);

#ifdef __cplusplus
}
#endif
#endif
