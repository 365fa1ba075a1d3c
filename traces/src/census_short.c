// Walks tables of AArch32 short descriptors: sections, supersections, large and small pages.
//
// Names of fields are the Arm manual's (VMSAv7, short-descriptor translation table format). A supersection and a large
// page stand in their table 16 times and are one mapping.
#include "census_walk.h"

enum { REPEATS = 16, TABLE_ENTRIES = 256 };

#define SCTLR_TRE (1U << 28)
#define SCTLR_AFE (1U << 29)

typedef struct walk {
  const tw_image_visit *visit;
  uint8_t half; // 1: TTBR1, 0: TTBR0
} walk;

/// What a leaf's fields say, wherever its format keeps them.
typedef struct leaf {
  uint64_t va, pa, bytes;
  uint32_t descriptor;
  int8_t level;
  unsigned ap, tex, cb;
  bool xn, pxn;
} leaf;

static unsigned field(uint32_t value, unsigned high, unsigned low) { return value >> low & ((2U << (high - low)) - 1); }

// -- memory attributes, as a byte of MAIR --

// IRn and ORn of NMRR, and the cacheable forms of TEX: no, write-back with allocation, write-through, write-back.
static uint8_t cacheability(unsigned code) {
  static const uint8_t mair[4] = {0x4, 0xf, 0xa, 0xe};
  return mair[code & 3];
}

static uint8_t remapped(uint64_t mair, unsigned n) {
  uint32_t prrr = (uint32_t)mair, nmrr = (uint32_t)(mair >> 32);
  unsigned type = prrr >> 2 * n & 3; // PRRR.TRn: strongly-ordered, device, normal
  if (type != 2)
    return type == 0 ? 0x00 : 0x04;
  return (uint8_t)(cacheability(nmrr >> (16 + 2 * n)) << 4 | cacheability(nmrr >> 2 * n));
}

static uint8_t not_remapped(unsigned tex, unsigned cb) {
  if (tex & 4)
    return (uint8_t)(cacheability(tex) << 4 | cacheability(cb));
  switch (tex << 2 | cb) {
  case 0:
    return 0x00; // strongly-ordered
  case 1:
  case 8:
    return 0x04; // device
  case 2:
    return 0xaa;
  case 3:
    return 0xee;
  case 7:
    return 0xff;
  default:
    return 0x44;
  }
}

static uint8_t attr_of(const tw_registers *registers, unsigned tex, unsigned cb) {
  if (registers->sctlr & SCTLR_TRE)
    return remapped(registers->mair, (tex & 1) << 2 | cb);
  return not_remapped(tex, cb);
}

// -- leaves --

// AP[2:0], or AP[2:1] with SCTLR.AFE. A mapping that not even PL1 may use is not writable.
static bool is_writable(const tw_registers *registers, unsigned ap) {
  return !(ap & 4) && (registers->sctlr & SCTLR_AFE || (ap & 3));
}

static int give(const walk *walk, const leaf *leaf) {
  const tw_registers *registers = walk->visit->registers;
  tw_mapping mapping = {.va = leaf->va,
                        .pa = leaf->pa,
                        .bytes = leaf->bytes,
                        .descriptor = leaf->descriptor,
                        .attributes = leaf->descriptor & (leaf->bytes - 1),
                        .level = leaf->level,
                        .half = walk->half,
                        .writable = is_writable(registers, leaf->ap),
                        .user = leaf->ap & 2,
                        .el1_exec = !leaf->xn && !leaf->pxn,
                        .el0_exec = !leaf->xn,
                        .attr_index = (uint8_t)((leaf->tex & 1) << 2 | leaf->cb),
                        .attr = attr_of(registers, leaf->tex, leaf->cb)};
  if (leaf->bytes == 1U << 24) // bits 23:20 and 8:5 are PA[35:32] and PA[39:36]
    mapping.attributes &= 0xffe1f;
  return tw_image_give(walk->visit, &mapping);
}

static int give_section(const walk *walk, uint32_t d, uint64_t va) {
  bool super = d >> 18 & 1;
  uint64_t high = (uint64_t)field(d, 23, 20) << 32 | (uint64_t)field(d, 8, 5) << 36;
  leaf section = {.va = super ? va & 0xff000000 : va,
                  .pa = super ? high | (d & 0xff000000) : d & 0xfff00000,
                  .bytes = super ? 1U << 24 : 1U << 20,
                  .descriptor = d,
                  .level = 1,
                  .ap = field(d, 15, 15) << 2 | field(d, 11, 10),
                  .tex = field(d, 14, 12),
                  .cb = field(d, 3, 2),
                  .xn = d >> 4 & 1,
                  .pxn = d & 1};
  return give(walk, &section);
}

static int give_page(const walk *walk, uint32_t d, uint64_t va, bool pxn) {
  bool large = !(d & 2);
  leaf page = {.va = large ? va & 0xffff0000 : va,
               .pa = large ? d & 0xffff0000 : d & 0xfffff000,
               .bytes = large ? 1U << 16 : 1U << 12,
               .descriptor = d,
               .level = 2,
               .ap = field(d, 9, 9) << 2 | field(d, 5, 4),
               .tex = large ? field(d, 14, 12) : field(d, 8, 6),
               .cb = field(d, 3, 2),
               .xn = large ? d >> 15 & 1 : d & 1,
               .pxn = pxn};
  return give(walk, &page);
}

// -- tables --

// A group of repeated descriptors is visited from its first one.
static bool indexes(const walk *walk, const tw_walked_table *table, uint64_t *from, uint64_t *end) {
  bool some = tw_image_indexes(walk->visit, table, from, end);
  *from &= ~(uint64_t)(REPEATS - 1);
  return some;
}

static int walk_pages(const walk *walk, uint32_t table, uint64_t va) {
  const tw_walked_table walked = {.pa = table & 0xfffffc00,
                                  .va = va,
                                  .entries = TABLE_ENTRIES,
                                  .entry_log2 = 2,
                                  .shift = 12,
                                  .level = 2,
                                  .half = walk->half};
  uint64_t from, end;
  if (!indexes(walk, &walked, &from, &end))
    return 0;
  uint32_t d = 0, before = 0;
  int status = tw_image_give_table(walk->visit, &walked);
  for (uint64_t i = from; !status && i < end; i++, before = d) {
    if (!tw_image_look_up(walk->visit, walked.pa + 4 * i, &d, 4))
      d = 0;
    bool repeated = (d & 3) == 1 && i % REPEATS && d == before;
    if ((d & 3) && !repeated)
      status = give_page(walk, d, va + 4096 * i, table >> 2 & 1);
  }
  return status;
}

static int walk_first(const walk *walk, uint64_t table, unsigned first, unsigned last) {
  const tw_walked_table walked = {.pa = table + 4ULL * first,
                                  .va = (uint64_t)first << 20,
                                  .entries = last - first,
                                  .entry_log2 = 2,
                                  .shift = 20,
                                  .level = 1,
                                  .half = walk->half};
  uint64_t from, end;
  if (!indexes(walk, &walked, &from, &end))
    return 0;
  uint32_t d = 0, before = 0;
  int status = tw_image_give_table(walk->visit, &walked);
  for (uint64_t i = first + from; !status && i < first + end; i++, before = d) {
    if (!tw_image_look_up(walk->visit, table + 4 * i, &d, 4))
      d = 0;
    uint64_t va = i << 20;
    bool repeated = (d & 2) && d >> 18 & 1 && i % REPEATS && i > first && d == before;
    if (d & 2 && !repeated)
      status = give_section(walk, d, va);
    else if ((d & 3) == 1)
      status = walk_pages(walk, d, va);
  }
  return status;
}

int tw_image_walk_short(const tw_image_visit *visit) {
  const tw_registers *registers = visit->registers;
  unsigned n = registers->tcr & 7;          // TTBCR.N
  unsigned split = n ? 4096U >> n : 4096;   // entries of TTBR0's table
  bool off0 = n && registers->tcr >> 4 & 1; // TTBCR.PD0
  bool off1 = n && registers->tcr >> 5 & 1; // TTBCR.PD1
  uint64_t table0 = registers->ttbr0 & 0xffffffff & ~((1ULL << (14 - n)) - 1);
  walk low = {.visit = visit, .half = 0}, high = {.visit = visit, .half = 1};
  int status = off0 ? 0 : walk_first(&low, table0, 0, split);
  if (status == 0 && n && !off1)
    status = walk_first(&high, registers->ttbr1 & 0xffffc000, split, 4096);
  return status;
}
