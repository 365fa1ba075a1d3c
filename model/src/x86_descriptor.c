// An x86-64 paging entry decoded (Intel SDM volume 3, "4-level and 5-level paging"). No twin: model only.
#include "descriptor.h"

enum { BIT_P = 0, BIT_RW = 1, BIT_US = 2, BIT_PWT = 3, BIT_PCD = 4, BIT_A = 5, BIT_D = 6, BIT_PS = 7, BIT_G = 8 };
enum { BIT_NX = 63, EFER_NXE = 11, NO_USER = 1, NO_WRITE = 2 };

static tw_descriptor fault(uint8_t fsc) { return (tw_descriptor){.kind = TW_DESCRIPTOR_FAULT, .fsc = fsc}; }

static uint64_t address(const tw_half *h, uint64_t base, int level, uint64_t va) {
  unsigned low = tw_level_size(h->granule, level);
  return base + 8 * tw_field(va, low + 8, low);
}

static bool is_leaf(const tw_descriptor_read *read, uint64_t bits) {
  return read->level == 3 || (read->level >= 1 && tw_bit(bits, BIT_PS));
}

/// Bits that must be 0: address bits that are not implemented, those below a large page's, NX without EFER.NXE, PS of
/// the upper levels. Bit 12 of a large page is its PAT.
static uint64_t reserved(const tw_descriptor_read *read, bool leaf) {
  uint64_t bits = tw_ones(51, read->half->oasize);
  if (leaf && read->level < 3)
    bits |= tw_ones(tw_level_size(12, read->level) - 1, 13);
  if (!tw_bit(read->regime->mair, EFER_NXE))
    bits |= (uint64_t)1 << BIT_NX;
  if (read->level < 1)
    bits |= (uint64_t)1 << BIT_PS;
  return bits;
}

/// What this entry and those above take away.
static tw_table_bits restrict_by(tw_table_bits above, uint64_t bits) {
  above.ap |= (uint8_t)((tw_bit(bits, BIT_US) ? 0 : NO_USER) | (tw_bit(bits, BIT_RW) ? 0 : NO_WRITE));
  above.uxn |= tw_bit(bits, BIT_NX);
  above.pxn |= tw_bit(bits, BIT_NX);
  return above;
}

static uint8_t permission(const tw_regime *regime, tw_table_bits bits) {
  bool user = !(bits.ap & NO_USER), writable = !(bits.ap & NO_WRITE);
  bool pxn = bits.pxn || (user && regime->smep);
  return (uint8_t)(TW_PR | (writable || !regime->cr0_wp ? TW_PW : 0) | (user ? TW_UR : 0) |
                   (user && writable ? TW_UW : 0) | (pxn ? TW_PXN : 0) | (bits.uxn ? TW_UXN : 0));
}

/// Memory type by the PAT as it is after reset: its bit PAT changes nothing. PCD: uncached; PWT: write-through.
static uint8_t memory_type(uint64_t bits) {
  if (tw_bit(bits, BIT_PCD))
    return 0x00;
  return tw_bit(bits, BIT_PWT) ? 0xbb : 0xff;
}

static uint64_t wanted(const tw_descriptor_read *read, uint64_t bits, const tw_translation *leaf) {
  const tw_request *q = read->request;
  bool dirty = q->kind == TW_ACCESS_WRITE && q->at == TW_AT_NONE &&
               tw_stage1_allows(&read->regime->permissions, leaf) >> tw_access_number(q->kind, q->el, q->pan) & 1;
  return bits | (uint64_t)1 << BIT_A | (uint64_t)dirty << BIT_D;
}

static tw_descriptor decode_leaf(const tw_descriptor_read *read, uint64_t bits) {
  unsigned size = tw_level_size(12, read->level);
  uint8_t attr = memory_type(bits);
  tw_descriptor d = {
      .kind = TW_DESCRIPTOR_LEAF,
      .leaf = {.pa = (bits & tw_ones(51, size)) | (read->va & tw_low(size)),
               .span = TW_KEY_VA57 & ~(tw_low(size) >> 12),
               .size = (uint8_t)size,
               .level = (uint8_t)read->level,
               .attr = attr,
               .sh = attr ? 3 : 2,
               .global = read->regime->pge && tw_bit(bits, BIT_G),
               .permission = permission(read->regime, restrict_by(read->above, bits)),
               .stage2 = TW_S2_ALL,
               .held = 1},
  };
  d.leaf.clean = !tw_bit(bits, BIT_D) && d.leaf.permission & (TW_PW | TW_UW);
  d.desired = wanted(read, bits, &d.leaf);
  if (d.desired != bits)
    d.kind = TW_DESCRIPTOR_UPDATE;
  return d;
}

static tw_descriptor decode_table(const tw_descriptor_read *read, uint64_t bits) {
  uint64_t accessed = bits | (uint64_t)1 << BIT_A;
  if (accessed != bits)
    return (tw_descriptor){.kind = TW_DESCRIPTOR_UPDATE, .desired = accessed};
  return (tw_descriptor){
      .kind = TW_DESCRIPTOR_TABLE, .next = bits & tw_ones(51, 12), .table = restrict_by(read->above, bits)};
}

static tw_descriptor decode(const tw_descriptor_read *read, uint64_t bits) {
  if (!tw_bit(bits, BIT_P))
    return fault(TW_FSC_TRANSLATION);
  bool leaf = is_leaf(read, bits);
  if (bits & reserved(read, leaf))
    return fault(TW_FSC_ADDRESS_SIZE);
  return leaf ? decode_leaf(read, bits) : decode_table(read, bits);
}

const tw_format tw_format_x86 = {.size_log2 = 3, .level_size = tw_level_size, .address = address, .decode = decode};
