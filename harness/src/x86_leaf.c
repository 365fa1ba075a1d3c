// Bits of Arm descriptors are the Arm manual's (VMSAv8-64, LPAE and short descriptors, stage 1).
#include "x86_leaf.h"

static bool is_short(const tw_registers *arm) { return arm->regime == TW_REGIME_PL10 && !(arm->tcr >> 31 & 1); }

unsigned tw_x86_granule_log2(const tw_registers *arm, unsigned half) {
  static const uint8_t granule0[4] = {12, 16, 14, 12}, granule1[4] = {12, 14, 12, 16}; // TG0 and TG1 differ
  if (arm->regime == TW_REGIME_PL10)
    return 12;
  return half ? granule1[arm->tcr >> 30 & 3] : granule0[arm->tcr >> 14 & 3];
}

// log2 of a contiguous group's descriptors (Arm ARM, the Contiguous bit).
static unsigned group_log2(unsigned granule, int level) {
  if (level < 1)
    return 0;
  return granule == 12 ? 4 : granule == 14 && level == 3 ? 7 : 5;
}

unsigned tw_x86_reach_log2(const tw_registers *arm, const tw_walked_table *table) {
  if (is_short(arm))
    return table->level == 1 ? 24 : 16;
  return table->shift + group_log2(tw_x86_granule_log2(arm, table->half), table->level);
}

uint64_t tw_x86_unit_bytes(const tw_registers *arm, const tw_mapping *leaf) {
  uint64_t bytes = leaf->bytes;
  if (is_short(arm))
    bytes = bytes == 1 << 20 ? 1 << 21 : bytes;
  else if (leaf->contiguous)
    bytes <<= group_log2(tw_x86_granule_log2(arm, leaf->half), leaf->level);
  return bytes;
}

static bool is_global(const tw_registers *arm, const tw_mapping *leaf) {
  return !(leaf->descriptor >> (is_short(arm) && leaf->level == 1 ? 17 : 11) & 1); // nG
}

// With TCR.HA and HD a clean page is writable by its DBM.
static bool is_writable(const tw_registers *arm, const tw_mapping *leaf) {
  bool dirty_by_hardware = arm->regime != TW_REGIME_PL10 && (arm->tcr >> 39 & 3) == 3;
  return leaf->writable || (dirty_by_hardware && leaf->descriptor >> 51 & 1);
}

// x86-64 has one bit for both levels of privilege: a page of EL0's is executable if EL0 may.
static bool is_executable(const tw_mapping *leaf) { return leaf->el1_exec || (leaf->user && leaf->el0_exec); }

tw_x86_page tw_x86_page_of(const tw_registers *arm, const tw_mapping *leaf) {
  return (tw_x86_page){.va = leaf->va,
                       .pa = leaf->pa,
                       .writable = is_writable(arm, leaf),
                       .user = leaf->user,
                       .executable = is_executable(leaf),
                       .global = is_global(arm, leaf),
                       .uncached = leaf->attr >> 4 == 0 || leaf->attr == 0x44,
                       .write_through = leaf->attr == 0xaa || leaf->attr == 0xbb};
}

unsigned tw_x86_page_size_log2(uint64_t va, uint64_t pa, uint64_t bytes) {
  for (unsigned size = 30; size > 12; size -= 9)
    if (bytes >> size && !((va | pa) & ((1ULL << size) - 1)))
      return size;
  return 12;
}
