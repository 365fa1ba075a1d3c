// A VMSAv8-64 stage 1 descriptor decoded (Arm ARM, "VMSAv8-64 translation table format descriptors").
// Twin: rtl/descriptor.sv.
#include "descriptor.h"

#include <tablewalk/request.h>

/// Sizes of the contiguous groups, by granule and level (FEAT: none; Arm ARM, "The Contiguous bit").
static unsigned contiguous_size(unsigned granule, int level) {
  switch (granule) {
  case 12:
    return level == 3 ? 16 : level == 2 ? 25 : 34;
  case 14:
    return level == 3 ? 21 : 30;
  default:
    return level == 3 ? 21 : level == 2 ? 34 : 42;
  }
}

static bool block_is_legal(const tw_half *h, int level) {
  switch (h->granule) {
  case 12:
    return level == 1 || level == 2;
  case 14:
    return level == 2;
  default:
    return level == 2 || (level == 1 && h->wide);
  }
}

/// Address field from bit `low` up.
static uint64_t output_address(const tw_half *h, uint64_t bits, unsigned low) {
  uint64_t oa = bits & tw_ones(47, low);
  return h->wide ? oa | tw_field(bits, 15, 12) << 48 : oa;
}

static uint8_t shareability(uint8_t attr, uint8_t sh) {
  bool device = (attr & 0xf0) == 0;
  if (device || attr == 0x44)
    return 2;
  return sh == 1 ? 0 : sh;
}

static tw_descriptor fault(uint8_t fsc) { return (tw_descriptor){.kind = TW_DESCRIPTOR_FAULT, .fsc = fsc}; }

static tw_descriptor decode_table(const tw_half *h, uint64_t bits, tw_table_bits above) {
  uint64_t next = output_address(h, bits, h->granule);
  if (next >> h->oasize)
    return fault(TW_FSC_ADDRESS_SIZE);
  tw_descriptor d = {.kind = TW_DESCRIPTOR_TABLE, .next = next, .table = above};
  if (h->hpd)
    return d;
  d.table.ap |= (uint8_t)tw_field(bits, 62, 61);
  d.table.uxn |= tw_bit(bits, 60);
  d.table.pxn |= tw_bit(bits, 59);
  return d;
}

static tw_permission leaf_permission(uint64_t bits, tw_table_bits above) {
  uint8_t ap = (uint8_t)tw_field(bits, 7, 6);
  if (above.ap & 2)
    ap |= 2;
  if (above.ap & 1)
    ap &= 2;
  return (tw_permission){.ap = ap, .pxn = tw_bit(bits, 53) || above.pxn, .uxn = tw_bit(bits, 54) || above.uxn};
}

static unsigned mapping_size(const tw_half *h, int level, uint64_t bits) {
  unsigned contiguous = contiguous_size(h->granule, level);
  if (tw_bit(bits, 52) && contiguous < h->iasize)
    return contiguous;
  return tw_level_size(h->granule, level);
}

static tw_descriptor decode_leaf(const tw_regime *regime, const tw_half *h, int level, uint64_t bits,
                                 tw_table_bits above, uint64_t va) {
  unsigned leaf_size = tw_level_size(h->granule, level);
  uint64_t oa = output_address(h, bits, leaf_size);
  if (oa >> h->oasize)
    return fault(TW_FSC_ADDRESS_SIZE);
  if (!tw_bit(bits, 10))
    return fault(TW_FSC_ACCESS_FLAG);
  unsigned size = mapping_size(h, level, bits);
  uint8_t attr = (uint8_t)(regime->mair >> 8 * tw_field(bits, 4, 2));
  return (tw_descriptor){
      .kind = TW_DESCRIPTOR_LEAF,
      .leaf = {.pa = oa | (va & tw_low(leaf_size)),
               .span = tw_key_mask(size),
               .allowed = regime->allowed[tw_permission_number(leaf_permission(bits, above))],
               .size = (uint8_t)size,
               .level = (uint8_t)level,
               .attr = attr,
               .sh = shareability(attr, (uint8_t)tw_field(bits, 9, 8)),
               .global = !tw_bit(bits, 11)},
  };
}

tw_descriptor tw_descriptor_decode(const tw_regime *regime, const tw_half *h, int level, uint64_t bits,
                                   tw_table_bits above, uint64_t va) {
  bool valid = tw_bit(bits, 0), table_or_page = tw_bit(bits, 1);
  if (!valid)
    return fault(TW_FSC_TRANSLATION);
  if (level < 3 && table_or_page)
    return decode_table(h, bits, above);
  if (level == 3 ? !table_or_page : !block_is_legal(h, level))
    return fault(TW_FSC_TRANSLATION);
  return decode_leaf(regime, h, level, bits, above, va);
}
