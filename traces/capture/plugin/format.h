// The formats of translation tables, as far as finding every table needs them: VMSAv8-64 with 4K, 16K and 64K granules
// and LPA2, LPAE and the short descriptors of AArch32.
#ifndef CAPTURE_FORMAT_H
#define CAPTURE_FORMAT_H

#include "guest.h"

typedef enum table_kind { TABLE_LONG, TABLE_SHORT } table_kind;

/// How one half of the address space is translated.
typedef struct table_format {
  table_kind kind;
  uint8_t granule_log2; // of TABLE_LONG
  bool lpa2;            // TCR.DS: descriptors hold OA[51:50] in bits 9:8
} table_format;

/// A table as its parent (or a TTBR) tells of it.
typedef struct table_place {
  uint64_t pa, va_base;
  uint32_t bytes;
  int8_t level;
  uint8_t half; // 1: by TTBR1
  table_format format;
} table_place;

/// What an address is translated to.
typedef struct translation {
  uint64_t pa;
  bool writable; // some level of privilege may write, or hardware makes it so (DBM)
} translation;

/// The table that TTBR0 (`half` 0) or TTBR1 points to. False: translation is off, or the half has no tables.
bool format_root(const guest_registers *registers, bool aarch64, unsigned half, table_place *root);

unsigned format_entry_bytes(const table_place *table);
/// Does `descriptor`, entry `index` of `table`, point to another table? If so it is `child`.
bool format_child(const table_place *table, uint64_t descriptor, unsigned index, table_place *child);

/// Walk the live tables for `va`. False: not mapped.
bool format_translate(const guest_ram *ram, const guest_registers *registers, bool aarch64, uint64_t va,
                      translation *found);

/// Entry at `at`, of format_entry_bytes.
uint64_t format_load(const uint8_t *at, unsigned bytes);

#endif
