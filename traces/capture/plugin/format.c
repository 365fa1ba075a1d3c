// Tables are found by the Arm manual's rules for TTBR, TCR (TTBCR) and table descriptors alone; attributes do not
// matter.
#include "format.h"

#include <string.h>

enum { LAST_LEVEL = 3, SHORT_L1_BYTES = 16384, SHORT_L2_BYTES = 1024 };

uint64_t format_load(const uint8_t *at, unsigned bytes) {
  uint64_t value = 0;
  memcpy(&value, at, bytes);
  return value;
}

static uint64_t bits(uint64_t value, unsigned high, unsigned low) {
  return value >> low & (~0ULL >> (63 - (high - low)));
}

// -- VMSAv8-64 and LPAE --

static unsigned stride(const table_format *format) { return format->granule_log2 - 3U; }

static unsigned level_shift(const table_format *format, int level) {
  return format->granule_log2 + (unsigned)(LAST_LEVEL - level) * stride(format);
}

// The root of `va_bits` of address: its level is the first whose table has more than one entry.
static void place_root(table_place *root, unsigned va_bits, uint64_t ttbr) {
  int level = LAST_LEVEL;
  while (level_shift(&root->format, level) + stride(&root->format) < va_bits)
    level--;
  root->level = (int8_t)level;
  root->bytes = 8U << (va_bits - level_shift(&root->format, level));
  uint64_t align = root->bytes < 64 ? 64 : root->bytes;
  root->pa = bits(ttbr, 47, 1) << 1 & ~(align - 1);
}

static unsigned granule_of(uint64_t tcr, unsigned half) {
  static const uint8_t granule0[4] = {12, 16, 14, 12}, granule1[4] = {12, 14, 12, 16};
  return half ? granule1[bits(tcr, 31, 30)] : granule0[bits(tcr, 15, 14)];
}

static bool root_aarch64(const guest_registers *registers, unsigned half, table_place *root) {
  uint64_t tcr = registers->tcr;
  unsigned va_bits = 64 - (unsigned)bits(tcr, half ? 21 : 5, half ? 16 : 0);
  bool disabled = bits(tcr, half ? 23 : 7, half ? 23 : 7);
  if (disabled || va_bits < 16 || va_bits > 56)
    return false;
  *root = (table_place){
      .half = (uint8_t)half,
      .va_base = half ? 0 - (1ULL << va_bits) : 0,
      .format = {.kind = TABLE_LONG, .granule_log2 = (uint8_t)granule_of(tcr, half), .lpa2 = bits(tcr, 59, 59)}};
  place_root(root, va_bits, half ? registers->ttbr1 : registers->ttbr0);
  return true;
}

// TTBCR.T1SZ says how much of the top is TTBR1's. Where it is 0, TTBR1 has all that T0SZ leaves, by a table of 4 GiB;
// that is how 6.10 and later keep the kernel from user memory (CONFIG_CPU_TTBR0_PAN). Where both are, TTBR0 has all.
static bool root_lpae(const guest_registers *registers, unsigned half, table_place *root) {
  unsigned t0sz = (unsigned)bits(registers->tcr, 2, 0), t1sz = (unsigned)bits(registers->tcr, 18, 16);
  bool disabled = bits(registers->tcr, half ? 23 : 7, half ? 23 : 7);
  if (disabled || (half && !t1sz && !t0sz))
    return false;
  unsigned va_bits = 32 - (half ? t1sz : t0sz);
  *root = (table_place){.half = (uint8_t)half,
                        .va_base = half ? (1ULL << 32) - (1ULL << va_bits) : 0,
                        .format = {.kind = TABLE_LONG, .granule_log2 = 12}};
  place_root(root, va_bits, bits(half ? registers->ttbr1 : registers->ttbr0, 39, 0));
  return true;
}

static bool long_child(const table_place *table, uint64_t descriptor, unsigned index, table_place *child) {
  if ((descriptor & 3) != 3 || table->level == LAST_LEVEL)
    return false;
  const table_format *format = &table->format;
  uint64_t pa = bits(descriptor, format->lpa2 ? 49 : 47, format->granule_log2) << format->granule_log2;
  if (format->lpa2)
    pa |= bits(descriptor, 9, 8) << 50;
  *child = *table;
  child->pa = pa;
  child->level++;
  child->bytes = 1U << format->granule_log2;
  child->va_base = table->va_base + ((uint64_t)index << level_shift(format, table->level));
  return true;
}

// -- short descriptors --

// With TTBCR.N = 0 everything is TTBR0's. A smaller TTBR0 table leaves the rest to TTBR1, whose table is whole.
static bool root_short(const guest_registers *registers, unsigned half, table_place *root) {
  unsigned n = (unsigned)bits(registers->tcr, 2, 0);
  if (half && !n)
    return false;
  uint32_t bytes = half ? SHORT_L1_BYTES : (uint32_t)SHORT_L1_BYTES >> n;
  *root = (table_place){.pa = bits(half ? registers->ttbr1 : registers->ttbr0, 31, 0) & ~(uint64_t)(bytes - 1),
                        .bytes = bytes,
                        .level = 1,
                        .half = (uint8_t)half,
                        .format = {.kind = TABLE_SHORT}};
  return true;
}

static bool short_child(const table_place *table, uint64_t descriptor, unsigned index, table_place *child) {
  if (table->level != 1 || (descriptor & 3) != 1)
    return false;
  *child = *table;
  child->pa = descriptor & 0xfffffc00;
  child->level = 2;
  child->bytes = SHORT_L2_BYTES;
  child->va_base = (uint64_t)index << 20;
  return true;
}

// -- both --

bool format_root(const guest_registers *registers, bool aarch64, unsigned half, table_place *root) {
  if (!(registers->sctlr & 1))
    return false;
  if (aarch64)
    return root_aarch64(registers, half, root);
  return registers->tcr >> 31 & 1 ? root_lpae(registers, half, root) : root_short(registers, half, root);
}

unsigned format_entry_bytes(const table_place *table) { return table->format.kind == TABLE_SHORT ? 4 : 8; }

bool format_child(const table_place *table, uint64_t descriptor, unsigned index, table_place *child) {
  return table->format.kind == TABLE_SHORT ? short_child(table, descriptor, index, child)
                                           : long_child(table, descriptor, index, child);
}

// -- translation of one address --

static unsigned entry_shift(const table_place *table) {
  if (table->format.kind == TABLE_SHORT)
    return table->level == 1 ? 20 : 12;
  return level_shift(&table->format, table->level);
}

static bool long_leaf(const table_place *table, uint64_t descriptor, uint64_t va, translation *found) {
  unsigned shift = entry_shift(table);
  bool page = table->level == LAST_LEVEL;
  if ((descriptor & 3) != (page ? 3 : 1))
    return false;
  uint64_t pa = bits(descriptor, table->format.lpa2 ? 49 : 47, shift) << shift;
  if (table->format.lpa2)
    pa |= bits(descriptor, 9, 8) << 50;
  bool read_only = bits(descriptor, 7, 7), dirty_by_hardware = bits(descriptor, 51, 51);
  *found = (translation){.pa = pa | (va & ((1ULL << shift) - 1)), .writable = !read_only || dirty_by_hardware};
  return true;
}

static bool short_leaf(const table_place *table, uint64_t descriptor, uint64_t va, translation *found) {
  bool section = table->level == 1 && (descriptor & 3) >= 2, large = table->level == 2 && (descriptor & 3) == 1;
  bool small = table->level == 2 && (descriptor & 3) >= 2;
  if (!section && !large && !small)
    return false;
  unsigned shift = section ? (bits(descriptor, 18, 18) ? 24 : 20) : large ? 16 : 12;
  bool read_only = section ? bits(descriptor, 15, 15) : bits(descriptor, 9, 9);
  *found = (translation){.pa = (bits(descriptor, 31, shift) << shift) | (va & ((1ULL << shift) - 1)),
                         .writable = !read_only};
  return true;
}

static unsigned half_of(const guest_registers *registers, bool aarch64, uint64_t va) {
  table_place root;
  if (aarch64)
    return va >> 55 & 1;
  if (!format_root(registers, false, 1, &root))
    return false;
  unsigned lower_bits = 32 - (unsigned)bits(registers->tcr, 2, 0); // N, T0SZ
  return root.va_base ? va >= root.va_base : va >> lower_bits != 0;
}

bool format_translate(const guest_ram *ram, const guest_registers *registers, bool aarch64, uint64_t va,
                      translation *found) {
  table_place table;
  if (!format_root(registers, aarch64, half_of(registers, aarch64, va), &table))
    return false;
  for (;;) {
    unsigned bytes = format_entry_bytes(&table);
    uint64_t index = (va - table.va_base) >> entry_shift(&table);
    if (index >= table.bytes / bytes)
      return false;
    const uint8_t *at = guest_ram_at(ram, table.pa + index * bytes, bytes);
    if (!at)
      return false;
    uint64_t descriptor = format_load(at, bytes);
    table_place child;
    if (!format_child(&table, descriptor, (unsigned)index, &child))
      return table.format.kind == TABLE_SHORT ? short_leaf(&table, descriptor, va, found)
                                              : long_leaf(&table, descriptor, va, found);
    table = child;
  }
}
