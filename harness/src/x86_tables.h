// A kernel's Arm tables as x86-64 tables: the same virtual addresses, physical addresses and permissions.
//
// The unit is one Arm leaf, or a whole contiguous group, or two sections of 1M that make 2M. It becomes pages of the
// largest of 4K, 2M and 1G that its VA, PA and size allow; units are not joined: what the kernel mapped as pages stays
// pages. Every page is accessed and dirty, so that a walk reads and never updates.
//
// Four levels translate 48 bits with a sign: what Arm has between (the linear map of a 48-bit kernel) is moved to free
// slots of 512 GiB, which changes the number of no read but that of the slot. tw_x86_tables_address gives an address's
// place.
#ifndef HARNESS_X86_TABLES_H
#define HARNESS_X86_TABLES_H

#include "x86_pages.h"

#include <tablewalk/mmu.h>
#include <traces/census.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_x86_tables tw_x86_tables;

typedef struct tw_x86_counts {
  tw_census_row arm, x86;        ///< mappings by size
  uint64_t arm_bytes, x86_bytes; ///< of tables
} tw_x86_counts;

/// No tables yet. `levels`: 4 or 5. `top`: the physical memory's end; the tables are put below it. NULL: out of memory.
tw_x86_tables *tw_x86_tables_create(const tw_x86_memory *memory, unsigned levels, uint64_t top);
void tw_x86_tables_destroy(tw_x86_tables *tables);

/// Make the tables anew from the Arm tables that stand in the memory under `registers`. -1 and `error`: stage 1 is off
/// or stage 2 on, the tables are not little-endian EL1's (EL2&0's), or there is no room.
int tw_x86_tables_build(tw_x86_tables *tables, const tw_registers *registers, tw_error *error);
/// CR0, CR3, CR4 and EFER to use them with.
tw_registers tw_x86_tables_registers(const tw_x86_tables *tables);
/// As the last tw_x86_tables_build made them.
const tw_x86_counts *tw_x86_tables_counts(const tw_x86_tables *tables);
/// Where `va` is mapped; itself, unless it was moved.
uint64_t tw_x86_tables_address(const tw_x86_tables *tables, uint64_t va);

/// Software writes an Arm descriptor of `bytes` (4 or 8) bytes: it goes to the memory, and what it maps is made anew.
int tw_x86_tables_write(tw_x86_tables *tables, uint64_t pa, uint64_t value, unsigned bytes, tw_error *error);

/// What an Arm TLBI becomes.
typedef struct tw_x86_flush {
  uint8_t what;   ///< TW_TLBI_VMALL: everything; TW_TLBI_ASID: a write to CR3; TW_TLBI_VA: INVLPG
  unsigned count; ///< INVLPG: of so many pages of `step` bytes from `first` on
  uint64_t first, step;
} tw_x86_flush;
/// By VA: the pages of the granule, or of all that one Arm leaf mapped when that has changed since. By ASID: CR3, which
/// spares global pages. All others, and more than 33 pages (as Linux for x86-64 has it): everything.
tw_x86_flush tw_x86_tables_flush(tw_x86_tables *tables, const tw_tlbi *tlbi);

#ifdef __cplusplus
}
#endif
#endif
