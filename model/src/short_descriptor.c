// A 32-bit descriptor of VMSAv7 decoded (Arm ARM, "VMSAv8-32 Short-descriptor translation table format").
// Twin: rtl/short_descriptor.sv.
#include "attributes.h"
#include "descriptor.h"

/// The fields of a leaf that stand elsewhere in each kind of it.
typedef struct tw_short_leaf {
  uint64_t oa;
  unsigned size;
  unsigned ap;  ///< AP[2:0]
  unsigned tex; //
  bool xn, pxn, s, ng;
  uint8_t domain;
} tw_short_leaf;

static tw_descriptor fault(uint8_t fsc) { return (tw_descriptor){.kind = TW_DESCRIPTOR_FAULT, .fsc = fsc}; }

static unsigned level_size(unsigned granule, int level) {
  (void)granule;
  return level == 1 ? 20 : 12;
}

static uint64_t address(const tw_half *h, uint64_t base, int level, uint64_t va) {
  return base + 4 * (level == 1 ? tw_field(va, h->iasize - 1, 20) : tw_field(va, 19, 12));
}

static uint8_t permission(const tw_regime *regime, const tw_short_leaf *leaf) {
  // AP[1:0]: 00 nothing, 01 privileged, 10 all but unprivileged writes, 11 all. AP[2] takes the writes away
  static const uint8_t by_ap[4] = {0, TW_PR | TW_PW, TW_PR | TW_PW | TW_UR, TW_PR | TW_PW | TW_UR | TW_UW};
  // with the Access flag in AP[0]: AP[1] is for unprivileged accesses
  static const uint8_t by_ap1[2] = {TW_PR | TW_PW, TW_PR | TW_PW | TW_UR | TW_UW};
  unsigned rights = regime->afe ? by_ap1[leaf->ap >> 1 & 1] : by_ap[leaf->ap & 3];
  if (leaf->ap & 4)
    rights &= ~(unsigned)(TW_PW | TW_UW);
  return (uint8_t)(rights | (leaf->pxn || leaf->xn ? TW_PXN : 0) | (leaf->xn ? TW_UXN : 0));
}

static tw_descriptor decode_leaf(const tw_descriptor_read *read, uint64_t bits, const tw_short_leaf *leaf) {
  if (read->regime->afe && !(leaf->ap & 1))
    return fault(TW_FSC_ACCESS_FLAG);
  unsigned tex_c_b = leaf->tex << 2 | (unsigned)tw_field(bits, 3, 2);
  tw_attributes attributes = tw_short_attributes(read->regime, tex_c_b, leaf->s);
  return (tw_descriptor){
      .kind = TW_DESCRIPTOR_LEAF,
      .leaf = {.pa = leaf->oa | (read->va & tw_low(leaf->size)),
               .span = tw_key_mask(leaf->size),
               .size = (uint8_t)leaf->size,
               .level = (uint8_t)read->level,
               .attr = attributes.attr,
               .sh = attributes.sh,
               .global = !leaf->ng,
               .permission = permission(read->regime, leaf),
               .domain = leaf->domain,
               .stage2 = TW_S2_ALL,
               .held = 1},
  };
}

static unsigned ap_field(uint64_t bits, unsigned ap2, unsigned ap0) {
  return (tw_bit(bits, ap2) ? 4U : 0U) | (unsigned)tw_field(bits, ap0 + 1, ap0);
}

static tw_descriptor decode_section(const tw_descriptor_read *read, uint64_t bits) {
  bool super = tw_bit(bits, 18);
  uint64_t high = tw_field(bits, 8, 5) << 36 | tw_field(bits, 23, 20) << 32;
  tw_short_leaf leaf = {
      .oa = super ? (bits & tw_ones(31, 24)) | high : bits & tw_ones(31, 20),
      .size = super ? 24 : 20,
      .ap = ap_field(bits, 15, 10),
      .tex = (unsigned)tw_field(bits, 14, 12),
      .xn = tw_bit(bits, 4),
      .pxn = tw_bit(bits, 0),
      .s = tw_bit(bits, 16),
      .ng = tw_bit(bits, 17),
      .domain = super ? 0 : (uint8_t)tw_field(bits, 8, 5),
  };
  return decode_leaf(read, bits, &leaf);
}

static tw_descriptor decode_page(const tw_descriptor_read *read, uint64_t bits) {
  bool small = tw_bit(bits, 1);
  unsigned size = small ? 12 : 16, tex_low = small ? 6 : 12;
  tw_short_leaf leaf = {
      .oa = bits & tw_ones(31, size),
      .size = size,
      .ap = ap_field(bits, 9, 4),
      .tex = (unsigned)tw_field(bits, tex_low + 2, tex_low),
      .xn = tw_bit(bits, small ? 0 : 15),
      .pxn = read->above.pxn,
      .s = tw_bit(bits, 10),
      .ng = tw_bit(bits, 11),
      .domain = read->above.domain,
  };
  return decode_leaf(read, bits, &leaf);
}

static tw_descriptor decode_table(uint64_t bits) {
  return (tw_descriptor){
      .kind = TW_DESCRIPTOR_TABLE,
      .next = bits & tw_ones(31, 10),
      .table = {.pxn = tw_bit(bits, 2), .domain = (uint8_t)tw_field(bits, 8, 5)},
  };
}

static tw_descriptor decode(const tw_descriptor_read *read, uint64_t bits) {
  unsigned type = bits & 3;
  if (type == 0)
    return fault(TW_FSC_TRANSLATION);
  if (read->level == 2)
    return decode_page(read, bits);
  return type == 1 ? decode_table(bits) : decode_section(read, bits);
}

const tw_format tw_format_short = {.size_log2 = 2, .level_size = level_size, .address = address, .decode = decode};
