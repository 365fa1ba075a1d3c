// Walks tables of 64-bit descriptors: VMSAv8-64, and LPAE, whose tables are those of the 4K granule.
#include "census_walk.h"

enum { VISITS_MAX = 1 << 17, LEAF_LEVEL = 3 };

// Bits of descriptors (Arm ARM, VMSAv8-64 translation table format descriptors).
#define DESCRIPTOR_VALID (1ULL << 0)
#define DESCRIPTOR_TABLE (1ULL << 1) // at level 3: a page
#define DESCRIPTOR_USER (1ULL << 6)  // AP[1]
#define DESCRIPTOR_RO (1ULL << 7)    // AP[2]
#define DESCRIPTOR_CONTIGUOUS (1ULL << 52)
#define DESCRIPTOR_PXN (1ULL << 53)
#define DESCRIPTOR_UXN (1ULL << 54)
// All but the address. Bits 9:8 are address or shareability, by TCR_EL1.DS.
#define ATTRIBUTES 0xfff0000000000cfdULL
#define TABLE_PXN (1ULL << 59)
#define TABLE_UXN (1ULL << 60)
#define TABLE_NO_USER (1ULL << 61) // APTable[0]
#define TABLE_RO (1ULL << 62)      // APTable[1]

// One half of the address space.
typedef struct half_layout {
  unsigned granule_log2, va_bits;
  uint64_t va_base;     // of the first table
  uint64_t first, last; // addresses that the half has
  uint64_t table;       // physical address of the first table
  uint8_t half;
  bool ds; // TCR_EL1.DS: 52-bit addresses with 4K and 16K
} half_layout;

typedef struct walk {
  const tw_image_visit *visit;
  half_layout layout;
  bool exec_never_for_both; // bit 54 is XN, of PL1 too, not UXN
  size_t visits;
  uint64_t path[5]; // the tables from the first to the current one, by level + 1
} walk;

// -- the format --

static unsigned shift_of(const half_layout *layout, int level) {
  return layout->granule_log2 + (unsigned)(LEAF_LEVEL - level) * (layout->granule_log2 - 3);
}

static int start_level(const half_layout *layout) {
  unsigned a_level = layout->granule_log2 - 3;
  return 4 - (int)((layout->va_bits - layout->granule_log2 + a_level - 1) / a_level);
}

static uint64_t output_address(const half_layout *layout, uint64_t descriptor, unsigned shift) {
  uint64_t mask = ((1ULL << (layout->ds ? 50 : 48)) - 1) & ~((1ULL << shift) - 1);
  uint64_t pa = descriptor & mask;
  if (layout->granule_log2 == 16)
    return pa | (descriptor >> 12 & 0xf) << 48;
  return layout->ds ? pa | (descriptor >> 8 & 3) << 50 : pa;
}

static bool block_allowed(const half_layout *layout, int level) {
  if (layout->granule_log2 == 12)
    return level == 1 || level == 2 || (level == 0 && layout->ds);
  return level == 2 || (level == 1 && (layout->ds || layout->granule_log2 == 16));
}

static tw_mapping mapping_of(const walk *walk, uint64_t va, uint64_t descriptor, int level, uint64_t tables) {
  unsigned shift = shift_of(&walk->layout, level);
  uint8_t index = descriptor >> 2 & 7;
  bool uxn = (descriptor & DESCRIPTOR_UXN) || (tables & TABLE_UXN);
  bool pxn = (descriptor & DESCRIPTOR_PXN) || (tables & TABLE_PXN);
  return (tw_mapping){.va = va,
                      .pa = output_address(&walk->layout, descriptor, shift),
                      .bytes = 1ULL << shift,
                      .descriptor = descriptor,
                      .attributes = descriptor & ATTRIBUTES,
                      .level = (int8_t)level,
                      .half = walk->layout.half,
                      .contiguous = (descriptor & DESCRIPTOR_CONTIGUOUS) != 0,
                      .writable = !(descriptor & DESCRIPTOR_RO) && !(tables & TABLE_RO),
                      .user = (descriptor & DESCRIPTOR_USER) && !(tables & TABLE_NO_USER),
                      .el1_exec = !pxn && !(walk->exec_never_for_both && uxn),
                      .el0_exec = !uxn,
                      .attr_index = index,
                      .attr = (uint8_t)(walk->visit->registers->mair >> 8 * index)};
}

// -- the walk --

static int walk_table(walk *walk, uint64_t table, uint64_t va_base, int level, uint64_t tables);

static int walk_descriptor(walk *walk, uint64_t descriptor, uint64_t va, int level, uint64_t tables) {
  bool table_bit = (descriptor & DESCRIPTOR_TABLE) != 0;
  if (!(descriptor & DESCRIPTOR_VALID))
    return 0;
  if (level < LEAF_LEVEL && table_bit)
    return walk_table(walk, output_address(&walk->layout, descriptor, walk->layout.granule_log2), va, level + 1,
                      tables | descriptor);
  if (level == LEAF_LEVEL ? !table_bit : !block_allowed(&walk->layout, level))
    return 0;
  if (va < walk->layout.first || va > walk->layout.last)
    return 0;
  tw_mapping mapping = mapping_of(walk, va, descriptor, level, tables);
  return tw_image_give(walk->visit, &mapping);
}

// True when the current table is one of those that lead to it.
static bool is_loop(const walk *walk, int level) {
  for (int above = start_level(&walk->layout); above < level; above++)
    if (walk->path[above + 1] == walk->path[level + 1])
      return true;
  return false;
}

static int walk_table(walk *walk, uint64_t table, uint64_t va_base, int level, uint64_t tables) {
  unsigned shift = shift_of(&walk->layout, level), bits = walk->layout.granule_log2 - 3;
  if (level == start_level(&walk->layout))
    bits = walk->layout.va_bits - shift;
  walk->path[level + 1] = table;
  if (is_loop(walk, level))
    return tw_fail(walk->visit->error, "table at 0x%llx, level %d: found a loop, expected a tree of tables",
                   (unsigned long long)table, level);
  if (++walk->visits > VISITS_MAX)
    return tw_fail(walk->visit->error, "table at 0x%llx, level %d: found more than %d tables, expected at most that",
                   (unsigned long long)table, level, VISITS_MAX);
  const tw_walked_table walked = {.pa = table,
                                  .va = va_base,
                                  .entries = 1U << bits,
                                  .entry_log2 = 3,
                                  .shift = (uint8_t)shift,
                                  .level = (int8_t)level,
                                  .half = walk->layout.half};
  uint64_t from, end;
  if (!tw_image_indexes(walk->visit, &walked, &from, &end))
    return 0;
  int stop = tw_image_give_table(walk->visit, &walked);
  for (uint64_t index = from; !stop && index < end; index++) {
    uint64_t descriptor;
    if (!tw_image_look_up(walk->visit, table + 8 * index, &descriptor, sizeof descriptor))
      continue;
    stop = walk_descriptor(walk, descriptor, va_base + (index << shift), level, tables);
  }
  return stop;
}

static int walk_half(walk *walk) {
  if (walk->layout.granule_log2 == 0)
    return tw_fail(walk->visit->error,
                   "TCR_EL1 0x%016llx: found a reserved granule for TTBR%u, expected 4K, 16K or 64K",
                   (unsigned long long)walk->visit->registers->tcr, walk->layout.half);
  if (walk->layout.va_bits > 52 || walk->layout.va_bits <= walk->layout.granule_log2)
    return tw_fail(walk->visit->error, "TCR_EL1 0x%016llx: found %u bits of VA for TTBR%u, expected at most 52",
                   (unsigned long long)walk->visit->registers->tcr, walk->layout.va_bits, walk->layout.half);
  return walk_table(walk, walk->layout.table, walk->layout.va_base, start_level(&walk->layout), 0);
}

static half_layout layout_of(const tw_registers *registers, uint8_t half) {
  static const uint8_t granule0[4] = {12, 16, 14, 0}, granule1[4] = {0, 14, 12, 16}; // TG0 and TG1 differ
  uint64_t tcr = registers->tcr, ttbr = half ? registers->ttbr1 : registers->ttbr0;
  unsigned va_bits = 64 - (unsigned)(tcr >> (half ? 16 : 0) & 0x3f);
  return (half_layout){.granule_log2 = half ? granule1[tcr >> 30 & 3] : granule0[tcr >> 14 & 3],
                       .va_bits = va_bits,
                       .va_base = half ? 0 - (1ULL << (va_bits & 63)) : 0,
                       .last = UINT64_MAX,
                       .table = ttbr & 0xfffffffffffeULL,
                       .half = half,
                       .ds = tcr >> 59 & 1};
}

static int walk_halves(walk *walk, half_layout low, half_layout high, bool off_low, bool off_high) {
  walk->layout = low;
  int status = off_low ? 0 : walk_half(walk);
  walk->layout = high;
  return status || off_high ? status : walk_half(walk);
}

int tw_image_walk_long(const tw_image_visit *visit) {
  const tw_registers *registers = visit->registers;
  walk walk = {.visit = visit, .exec_never_for_both = false};
  uint64_t tcr = registers->tcr;
  // TCR_EL1.EPD0 and EPD1
  return walk_halves(&walk, layout_of(registers, 0), layout_of(registers, 1), tcr >> 7 & 1, tcr >> 23 & 1);
}

// -- LPAE --

// TTBCR.T0SZ and T1SZ say how much each half has; where one is 0, the other's half is cut out of 4 GiB.
static half_layout lpae_layout_of(const tw_registers *registers, uint8_t half) {
  unsigned t0sz = registers->tcr & 7, t1sz = registers->tcr >> 16 & 7, txsz = half ? t1sz : t0sz;
  uint64_t all = 1ULL << 32;
  half_layout layout = {.granule_log2 = 12,
                        .va_bits = 32 - txsz,
                        .half = half,
                        .first = half && txsz ? all - (all >> txsz) : 0,
                        .va_base = half && txsz ? all - (all >> txsz) : 0,
                        .last = half || !txsz ? all - 1 : (all >> txsz) - 1};
  unsigned table_bits = layout.va_bits > 30 ? layout.va_bits - 27 : layout.va_bits - 18;
  layout.table = (half ? registers->ttbr1 : registers->ttbr0) & 0xffffffffffULL & ~((1ULL << table_bits) - 1);
  if (half && !t1sz)
    layout.first = all >> t0sz;
  if (!half && !t0sz && t1sz)
    layout.last = all - (all >> t1sz) - 1;
  return layout;
}

int tw_image_walk_lpae(const tw_image_visit *visit) {
  const tw_registers *registers = visit->registers;
  walk walk = {.visit = visit, .exec_never_for_both = true};
  uint64_t tcr = registers->tcr;
  bool one_table = (tcr & 7) == 0 && (tcr >> 16 & 7) == 0; // TTBR0 has all
  return walk_halves(&walk, lpae_layout_of(registers, 0), lpae_layout_of(registers, 1), tcr >> 7 & 1,
                     one_table || tcr >> 23 & 1);
}
