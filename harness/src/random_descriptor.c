// The encoder of descriptors.
#include "random_descriptor.h"

// ---- levels ----

int tw_tree_last(const tw_random_tree *tree) { return tree->format == TW_FORMAT_SHORT ? 2 : 3; }

unsigned tw_tree_low(const tw_random_tree *tree, int level) {
  if (tree->format == TW_FORMAT_SHORT)
    return level == 1 ? 20 : 12;
  return tree->granule + (tree->granule - 3U) * (unsigned)(3 - level);
}

unsigned tw_tree_entry(const tw_random_tree *tree) { return tree->format == TW_FORMAT_SHORT ? 2 : 3; }

bool tw_tree_block_is_legal(const tw_random_tree *tree, int level) {
  if (tree->format == TW_FORMAT_SHORT)
    return true;
  if (tree->granule == 12)
    return level == 1 || level == 2 || (level == 0 && tree->ds);
  if (tree->granule == 14)
    return level == 2 || (level == 1 && tree->ds);
  return level == 2 || (level == 1 && tree->wide);
}

unsigned tw_tree_group(const tw_random_tree *tree, int level) {
  if (tree->format == TW_FORMAT_SHORT)
    return 4;
  if (tree->granule == 12)
    return level >= 1 ? 4 : 0;
  if (tree->granule == 14)
    return level == 3 ? 7 : level == 2 ? 5 : 0;
  return level >= 2 ? 5 : 0;
}

// ---- decode: only what a walk by software needs ----

bool tw_descriptor_is_table(const tw_random_tree *tree, int level, uint64_t descriptor) {
  if (tree->format == TW_FORMAT_SHORT)
    return level == 1 && (descriptor & 3) == 1;
  return level < 3 && (descriptor & 3) == 3;
}

bool tw_descriptor_is_leaf(const tw_random_tree *tree, int level, uint64_t descriptor) {
  if (tree->format == TW_FORMAT_SHORT)
    return level == 1 ? (descriptor & 2) != 0 : (descriptor & 3) != 0;
  if (level == 3)
    return (descriptor & 3) == 3;
  return (descriptor & 3) == 1 && tw_tree_block_is_legal(tree, level);
}

bool tw_descriptor_is_grouped(const tw_random_tree *tree, int level, uint64_t descriptor) {
  if (tree->format == TW_FORMAT_SHORT)
    return level == 1 ? descriptor >> 18 & 1 : (descriptor & 3) == 1;
  return tw_tree_group(tree, level) && (descriptor >> 52 & 1);
}

static uint64_t short_address(int level, uint64_t descriptor) {
  if (level == 2)
    return (descriptor & 3) == 1 ? descriptor & 0xffff0000 : descriptor & 0xfffff000;
  if ((descriptor & 3) == 1)
    return descriptor & 0xfffffc00;
  if (!(descriptor >> 18 & 1))
    return descriptor & 0xfff00000;
  return (descriptor & 0xff000000) | (descriptor >> 20 & 15) << 32 | (descriptor >> 5 & 15) << 36;
}

uint64_t tw_descriptor_address(const tw_random_tree *tree, int level, uint64_t descriptor) {
  if (tree->format == TW_FORMAT_SHORT)
    return short_address(level, descriptor);
  unsigned low = tw_descriptor_is_table(tree, level, descriptor) ? tree->granule : tw_tree_low(tree, level);
  uint64_t address = descriptor & tw_random_mask(tree->ds ? 50 : 48) & ~tw_random_mask(low);
  if (tree->ds)
    address |= (descriptor >> 8 & 3) << 50;
  if (tree->wide)
    address |= (descriptor >> 12 & 15) << 48;
  return address;
}

// ---- encode: long descriptors ----

/// The address field of a long descriptor: bits from `low` up.
static uint64_t address_field(const tw_random_tree *tree, unsigned low, uint64_t pa) {
  uint64_t field = pa & tw_random_mask(tree->ds ? 50 : 48) & ~tw_random_mask(low);
  if (tree->ds)
    field |= (pa >> 50 & 3) << 8;
  if (tree->wide)
    field |= (pa >> 48 & 15) << 12;
  return field;
}

/// APTable, UXNTable, PXNTable.
static uint64_t table_permissions(tw_random *random) {
  uint64_t bits = tw_random_flag(random, 12, 60) | tw_random_flag(random, 12, 59);
  if (tw_random_percent(random, 20))
    bits |= (uint64_t)tw_random_below(random, 4) << 61;
  return bits;
}

static uint64_t long_table(tw_random *random, const tw_random_tree *tree, uint64_t next) {
  uint64_t descriptor = 3 | address_field(tree, tree->granule, next);
  if (tree->stage == 1)
    descriptor |= table_permissions(random);
  if (tw_random_percent(random, 40))
    descriptor |= tw_random_bits(random) & 0x00f00000000000fc; // ignored bits
  if (tree->stage == 2 && tw_random_percent(random, 30))
    descriptor |= tw_random_bits(random) & 0xf800000000000000; // no attributes at stage 2
  return descriptor;
}

static uint64_t permissions(tw_random *random, const tw_random_tree *tree) {
  uint64_t bits = tw_random_flag(random, 85, 10) | tw_random_flag(random, tree->no_dbm ? 0 : 45, 51); // AF, DBM
  if (tree->stage == 2)
    return bits | tw_random_flag(random, 92, 6) | tw_random_flag(random, tree->writable ? 100 : 70, 7) |
           tw_random_flag(random, 20, 53) | tw_random_flag(random, 20, 54);
  bits |= (uint64_t)tw_random_below(random, 4) << 6; // AP[2:1]
  return bits | tw_random_flag(random, 20, 53) | tw_random_flag(random, 20, 54);
}

static uint64_t long_attributes(tw_random *random, const tw_random_tree *tree, int level) {
  uint64_t descriptor = 0;
  if (tree->stage == 1)
    descriptor |= (uint64_t)tw_random_below(random, 8) << 2; // AttrIndx
  else
    descriptor |= (uint64_t)(tw_random_percent(random, 40) ? 15 : tw_random_below(random, 16)) << 2; // MemAttr
  if (!tree->ds)
    descriptor |= (uint64_t)tw_random_below(random, 4) << 8; // SH
  if (tree->stage == 1)
    descriptor |= tree->only_ng ? 1ULL << 11 : tw_random_flag(random, 50, 11); // nG
  if (level < 3)
    descriptor |= tw_random_flag(random, 6, 16); // nT
  if (tw_random_percent(random, 40))
    descriptor |= tw_random_bits(random) & (0xfULL << 55); // ignored
  if (tree->stage == 1 && tw_random_percent(random, 40))
    descriptor |= 1ULL << 5; // NS
  return descriptor;
}

static uint64_t long_leaf(tw_random *random, const tw_random_tree *tree, int level, bool grouped, uint64_t pa) {
  return (level == 3 ? 3 : 1) | (grouped ? 1ULL << 52 : 0) | permissions(random, tree) |
         long_attributes(random, tree, level) | address_field(tree, tw_tree_low(tree, level), pa);
}

// ---- encode: short descriptors ----

static uint64_t short_table(tw_random *random, uint64_t next) {
  return 1 | (next & 0xfffffc00) | tw_random_flag(random, 15, 2) | (uint64_t)tw_random_below(random, 16) << 5 |
         (tw_random_bits(random) & (1 << 9 | 1 << 3)); // PXN, domain, ignored, NS
}

/// AP[1:0] at `low`, AP[2] at `high`. AP[0] is the access flag with SCTLR.AFE.
static uint64_t short_permissions(tw_random *random, unsigned low, unsigned high) {
  uint64_t ap = tw_random_below(random, 8);
  if (tw_random_percent(random, 60))
    ap |= 1;
  return (ap & 3) << low | (ap >> 2) << high;
}

static uint64_t short_leaf(tw_random *random, const tw_random_tree *tree, int level, bool grouped, uint64_t pa) {
  uint64_t cb = (uint64_t)tw_random_below(random, 4) << 2, tex = tw_random_below(random, 8);
  uint64_t ng = tree->only_ng || tw_random_percent(random, 50);
  if (level == 2) {
    uint64_t both = cb | short_permissions(random, 4, 9) | tw_random_flag(random, 50, 10) | ng << 11;
    if (grouped)
      return 1 | both | (pa & 0xffff0000) | tex << 12 | tw_random_flag(random, 20, 15);
    return 2 | both | (pa & 0xfffff000) | tex << 6 | tw_random_flag(random, 20, 0);
  }
  uint64_t section = 2 | cb | tex << 12 | short_permissions(random, 10, 15) | tw_random_flag(random, 15, 0) |
                     tw_random_flag(random, 15, 4) | tw_random_flag(random, 50, 16) | ng << 17 |
                     tw_random_flag(random, 20, 19);
  if (grouped)
    return section | 1 << 18 | (pa & 0xff000000) | (pa >> 32 & 15) << 20 | (pa >> 36 & 15) << 5;
  return section | (pa & 0xfff00000) | (uint64_t)tw_random_below(random, 16) << 5;
}

// ---- both ----

uint64_t tw_encode_table(tw_random *random, const tw_random_tree *tree, uint64_t next) {
  return tree->format == TW_FORMAT_SHORT ? short_table(random, next) : long_table(random, tree, next);
}

uint64_t tw_encode_leaf(tw_random *random, const tw_random_tree *tree, int level, bool grouped, uint64_t pa) {
  return tree->format == TW_FORMAT_SHORT ? short_leaf(random, tree, level, grouped, pa)
                                         : long_leaf(random, tree, level, grouped, pa);
}

uint64_t tw_encode_plain(tw_random *random, const tw_random_tree *tree, int level, bool grouped, uint64_t pa) {
  uint64_t plain = (level == 3 ? 3 : 1) | (grouped ? 1ULL << 52 : 0) | 0x4fc | (tree->ds ? 0 : 3 << 8) |
                   address_field(tree, tw_tree_low(tree, level), pa);
  if (tree->format == TW_FORMAT_LONG && tw_random_percent(random, tree->careful ? 4 : 15))
    plain &= ~(1ULL << 10); // AF
  if (tree->format == TW_FORMAT_LONG && !tree->writable && tw_random_percent(random, 15))
    plain = (plain | 1ULL << 51) & ~(1ULL << 7); // DBM, not yet dirty
  return plain;
}

uint64_t tw_descriptor_move(const tw_random_tree *tree, int level, uint64_t descriptor, uint64_t pa) {
  if (tree->format == TW_FORMAT_SHORT)
    return descriptor; // the entries of a group are all alike
  unsigned low = tw_tree_low(tree, level);
  uint64_t field = address_field(tree, low, tw_random_mask(52));
  return (descriptor & ~field) | address_field(tree, low, pa);
}

uint64_t tw_descriptor_repermit(tw_random *random, const tw_random_tree *tree, int level, uint64_t descriptor) {
  if (tree->format != TW_FORMAT_SHORT)
    return (descriptor & ~(3ULL << 6 | 1ULL << 10 | 1ULL << 51 | 3ULL << 53)) | permissions(random, tree);
  if (level == 1)
    return (descriptor & ~(uint64_t)(3 << 10 | 1 << 15 | 1 << 4)) | short_permissions(random, 10, 15) |
           tw_random_flag(random, 20, 4);
  return (descriptor & ~(uint64_t)(3 << 4 | 1 << 9)) | short_permissions(random, 4, 9);
}

uint64_t tw_descriptor_repermit_table(tw_random *random, const tw_random_tree *tree, uint64_t descriptor) {
  if (tree->format == TW_FORMAT_SHORT)
    return descriptor ^ 4; // PXN
  return tree->stage == 2 ? descriptor : (descriptor & ~(0xfULL << 59)) | table_permissions(random);
}
