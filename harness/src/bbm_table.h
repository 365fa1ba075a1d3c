// The live translation tables of a trace as software has written them: which descriptor maps what.
//
// A walk of its own, that shares nothing with the model. VMSAv8-64 stage 1 (4K, 16K, 64K) and AArch32 LPAE.
#ifndef HARNESS_BBM_TABLE_H
#define HARNESS_BBM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <traces/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One half of the address space.
typedef struct tw_bbm_layout {
  bool on; ///< it is walked (not EPD)
  uint8_t half;
  uint8_t granule_log2, va_bits;
  bool ds, lpae;
  uint64_t root, va_base;
  uint64_t bytes; ///< of addresses that are the half's: LPAE's lower one may end where the upper one begins
} tw_bbm_layout;

/// The place of one descriptor in a live table.
typedef struct tw_bbm_slot {
  uint64_t pa, va, bytes; ///< where it stands, and what it maps
  int8_t level;
  uint8_t half;
} tw_bbm_slot;

typedef enum tw_bbm_kind { TW_BBM_INVALID, TW_BBM_TABLE, TW_BBM_LEAF } tw_bbm_kind;

/// A descriptor decoded.
typedef struct tw_bbm_entry {
  uint8_t kind; ///< tw_bbm_kind
  uint8_t half;
  int8_t level;
  uint8_t size_log2; ///< leaf: of the mapping, contiguous ones as a whole
  uint8_t attr;      ///< leaf: the MAIR byte
  uint8_t sh;        ///< leaf: shareability; 2 where the type decides it (Device, Normal Non-cacheable)
  bool non_global, accessed, contiguous;
  bool nt;              ///< block: bit 16
  uint64_t value, va;   ///< va: the first address of its slot
  uint64_t bytes, next; ///< of its slot; the output address or the next table
} tw_bbm_entry;

typedef struct tw_bbm_tables tw_bbm_tables;

/// No tables yet. NULL: out of memory.
tw_bbm_tables *tw_bbm_tables_create(void);
void tw_bbm_tables_destroy(tw_bbm_tables *tables);

/// Take registers and table pages in place of all that was. -1 and `error`: no layout that exists, or out of memory.
int tw_bbm_tables_load(tw_bbm_tables *tables, bool aarch32, const tw_registers *registers, const tw_table_page *pages,
                       size_t count, tw_error *error);
/// Change registers: a half whose layout or root differs is walked anew.
int tw_bbm_tables_set_registers(tw_bbm_tables *tables, const tw_registers *registers, tw_error *error);
const tw_registers *tw_bbm_tables_registers(const tw_bbm_tables *tables);
const tw_bbm_layout *tw_bbm_tables_layout(const tw_bbm_tables *tables, unsigned half);

/// The descriptor at `pa`; 0 where nothing is known.
uint64_t tw_bbm_tables_read(const tw_bbm_tables *tables, uint64_t pa);
/// It was live and was made invalid before.
bool tw_bbm_tables_was_broken(const tw_bbm_tables *tables, uint64_t pa);
/// Software writes a descriptor: memory, and which tables are live. -1 and `error`: out of memory, too many tables.
int tw_bbm_tables_write(tw_bbm_tables *tables, uint64_t pa, uint64_t value, tw_error *error);

enum { TW_BBM_SLOTS_MAX = 16 };
/// The live places of the descriptor at `pa`: more than one when tables are shared, 0 when it is in no live table.
size_t tw_bbm_tables_slots(const tw_bbm_tables *tables, uint64_t pa, tw_bbm_slot slots[TW_BBM_SLOTS_MAX]);

/// What `value` means in a slot.
tw_bbm_entry tw_bbm_decode(const tw_bbm_tables *tables, const tw_bbm_slot *slot, uint64_t value);
/// The descriptor for `va` (in the slot), `value` standing in the slot, walking down as far as `level`.
tw_bbm_entry tw_bbm_descend(const tw_bbm_tables *tables, const tw_bbm_slot *slot, uint64_t value, uint64_t va,
                            int level);

/// Visit what `value` in a slot reaches: itself when it is valid, and every valid descriptor below it.
typedef int (*tw_bbm_visitor)(void *context, const tw_bbm_slot *slot, const tw_bbm_entry *entry);
int tw_bbm_visit(const tw_bbm_tables *tables, const tw_bbm_slot *slot, uint64_t value, tw_bbm_visitor visit,
                 void *context);

#ifdef __cplusplus
}
#endif
#endif
