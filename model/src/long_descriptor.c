// A 64-bit descriptor of either stage decoded (Arm ARM, "VMSAv8-64 translation table format descriptors"; AArch32
// LPAE). Twin: rtl/long_descriptor.sv.
#include "descriptor.h"

#include "attributes.h"

enum { BIT_AP2 = 7, BIT_AF = 10, BIT_NT = 16, BIT_DBM = 51, BIT_CONTIGUOUS = 52 };

/// What both stages' registers say about the layout of descriptors.
typedef struct tw_layout {
  unsigned granule, iasize, oasize;
  bool ds, wide;
  bool armv7; ///< LPAE with 40 address bits: the rest is ignored
} tw_layout;

static inline tw_layout layout_stage1(const tw_regime *regime, const tw_half *h) {
  return (tw_layout){h->granule, h->iasize, h->oasize, h->ds, h->wide, regime->armv7};
}

static inline tw_layout layout_stage2(const tw_stage2 *s) {
  return (tw_layout){s->granule, s->iasize, s->oasize, s->ds, s->wide, s->armv7};
}

/// Size of the contiguous group that an entry of `level` is in; where there are none, the entry's own.
static unsigned contiguous_size(unsigned granule, int level) {
  switch (granule) {
  case 12:
    return level == 3 ? 16 : level == 2 ? 25 : level == 1 ? 34 : 39;
  case 14:
    return level == 3 ? 21 : level == 2 ? 30 : 36;
  default:
    return level == 3 ? 21 : level == 2 ? 34 : 42;
  }
}

static bool block_is_legal(const tw_layout *l, int level) {
  switch (l->granule) {
  case 12:
    return level == 1 || level == 2 || (level == 0 && l->ds);
  case 14:
    return level == 2 || (level == 1 && l->ds);
  default:
    return level == 2 || (level == 1 && l->wide);
  }
}

/// Address field from bit `low` up.
static uint64_t output_address(const tw_layout *l, uint64_t bits, unsigned low) {
  if (l->ds)
    return (bits & tw_ones(49, low)) | tw_field(bits, 9, 8) << 50;
  uint64_t oa = bits & tw_ones(l->armv7 ? 39 : 47, low);
  return l->wide ? oa | tw_field(bits, 15, 12) << 48 : oa;
}

static bool too_large(const tw_layout *l, uint64_t oa) { return !l->armv7 && oa >> l->oasize; }

static unsigned mapping_size(const tw_layout *l, int level, uint64_t bits) {
  unsigned contiguous = contiguous_size(l->granule, level);
  if (tw_bit(bits, BIT_CONTIGUOUS) && contiguous < l->iasize)
    return contiguous;
  return tw_level_size(l->granule, level);
}

static bool held(bool bbm, int level, uint64_t bits) { return !(bbm && level < 3 && tw_bit(bits, BIT_NT)); }

static tw_descriptor fault(uint8_t fsc) { return (tw_descriptor){.kind = TW_DESCRIPTOR_FAULT, .fsc = fsc}; }

/// What bits 1:0 say.
static tw_descriptor_kind classify(const tw_layout *l, int level, uint64_t bits) {
  bool valid = tw_bit(bits, 0), table_or_page = tw_bit(bits, 1);
  if (!valid)
    return TW_DESCRIPTOR_FAULT;
  if (level < 3 && table_or_page)
    return TW_DESCRIPTOR_TABLE;
  if (level == 3 ? !table_or_page : !block_is_legal(l, level))
    return TW_DESCRIPTOR_FAULT;
  return TW_DESCRIPTOR_LEAF;
}

static tw_descriptor decode_table(const tw_layout *l, uint64_t bits) {
  uint64_t next = output_address(l, bits, l->granule);
  if (too_large(l, next))
    return fault(TW_FSC_ADDRESS_SIZE);
  return (tw_descriptor){.kind = TW_DESCRIPTOR_TABLE, .next = next};
}

/// APTable, UXNTable and PXNTable added to what the tables above say. EL2 alone has one privilege level.
static tw_table_bits accumulate(const tw_descriptor_read *read, uint64_t bits) {
  tw_table_bits table = read->above;
  if (read->half->hpd)
    return table;
  bool one_level = read->regime->kind == TW_REGIME_EL2;
  table.ap |= (uint8_t)(tw_field(bits, 62, 61) & (one_level ? 2 : 3));
  table.uxn |= tw_bit(bits, 60);
  table.pxn |= !one_level && tw_bit(bits, 59);
  return table;
}

/// AP[2:1] as it counts: of a descriptor whose dirty state hardware manages AP[2] only says "clean".
static unsigned access_bits(uint64_t bits, bool managed, tw_table_bits above) {
  unsigned ap = (unsigned)tw_field(bits, 7, 6);
  if (managed)
    ap &= 1;
  if (above.ap & 2)
    ap |= 2;
  if (above.ap & 1)
    ap &= 2;
  return ap;
}

static uint8_t leaf_permission(uint8_t kind, unsigned ap, bool pxn, bool uxn) {
  bool user = ap & 1, writable = !(ap & 2);
  if (kind == TW_REGIME_EL2)
    return (uint8_t)(TW_PR | TW_UXN | (writable ? TW_PW : 0) | (uxn ? TW_PXN : 0));
  if (kind == TW_REGIME_PL10)
    pxn = pxn || uxn;
  return (uint8_t)(TW_PR | (writable ? TW_PW : 0) | (user ? TW_UR : 0) | (user && writable ? TW_UW : 0) |
                   (pxn ? TW_PXN : 0) | (uxn ? TW_UXN : 0));
}

static bool write_is_allowed(const tw_descriptor_read *read, const tw_translation *leaf) {
  const tw_request *q = read->request;
  unsigned el = read->regime->kind == TW_REGIME_EL2 ? 1 : q->el;
  return q->kind == TW_ACCESS_WRITE && q->at == TW_AT_NONE &&
         tw_stage1_allows(&read->regime->permissions, leaf) >> tw_access_number(q->kind, el, q->pan) & 1;
}

/// The descriptor as hardware wants it: Access flag set, and dirty by a write that stage 1 allows.
static uint64_t wanted(const tw_descriptor_read *read, uint64_t bits, const tw_translation *leaf) {
  if (read->half->ha)
    bits |= (uint64_t)1 << BIT_AF;
  if (leaf->clean && write_is_allowed(read, leaf))
    bits &= ~((uint64_t)1 << BIT_AP2);
  return bits;
}

/// As it is reported; with stage 2 on the descriptor's own, which combining asks for.
static uint8_t shareability(const tw_descriptor_read *read, uint64_t bits, uint8_t attr) {
  uint8_t sh = read->half->ds ? read->half->sh : (uint8_t)tw_field(bits, 9, 8);
  if (read->regime->stage2.on)
    return sh == 1 ? 0 : sh;
  return tw_shareability(attr, sh);
}

static void fill_leaf(tw_translation *leaf, const tw_descriptor_read *read, const tw_layout *l, uint64_t bits) {
  const tw_half *h = read->half;
  tw_table_bits above = read->above;
  bool managed = h->hd && tw_bit(bits, BIT_DBM);
  unsigned size = mapping_size(l, read->level, bits);
  uint8_t attr = (uint8_t)(read->regime->mair >> 8 * tw_field(bits, 4, 2));
  uint8_t kind = read->regime->kind;
  leaf->span = tw_key_mask(size);
  leaf->size = (uint8_t)size;
  leaf->level = (uint8_t)read->level;
  leaf->attr = attr;
  leaf->sh = shareability(read, bits, attr);
  leaf->global = kind == TW_REGIME_EL2 || !tw_bit(bits, 11);
  leaf->permission = leaf_permission(kind, access_bits(bits, managed, above), tw_bit(bits, 53) || above.pxn,
                                     tw_bit(bits, 54) || above.uxn);
  leaf->stage2 = TW_S2_ALL;
  leaf->clean = managed && tw_bit(bits, BIT_AP2) && !(above.ap & 2);
  leaf->held = held(read->regime->bbm, read->level, bits);
}

static tw_descriptor decode_leaf(const tw_descriptor_read *read, const tw_layout *l, uint64_t bits) {
  unsigned leaf_size = tw_level_size(l->granule, read->level);
  uint64_t oa = output_address(l, bits, leaf_size);
  if (too_large(l, oa))
    return fault(TW_FSC_ADDRESS_SIZE);
  if (!tw_bit(bits, BIT_AF) && !read->half->ha)
    return fault(TW_FSC_ACCESS_FLAG);
  tw_descriptor d = {.kind = TW_DESCRIPTOR_LEAF, .leaf.pa = oa | (read->va & tw_low(leaf_size))};
  fill_leaf(&d.leaf, read, l, bits);
  d.desired = wanted(read, bits, &d.leaf);
  if (d.desired != bits)
    d.kind = TW_DESCRIPTOR_UPDATE;
  return d;
}

static tw_descriptor decode(const tw_descriptor_read *read, uint64_t bits) {
  tw_layout l = layout_stage1(read->regime, read->half);
  switch (classify(&l, read->level, bits)) {
  case TW_DESCRIPTOR_TABLE: {
    tw_descriptor d = decode_table(&l, bits);
    d.table = accumulate(read, bits);
    return d;
  }
  case TW_DESCRIPTOR_LEAF:
    return decode_leaf(read, &l, bits);
  default:
    return fault(TW_FSC_TRANSLATION);
  }
}

static uint64_t address(const tw_half *h, uint64_t base, int level, uint64_t va) {
  // a walk cache filled under other registers may name a level above the first: its index has no bits
  uint64_t index = (va & tw_low(h->iasize)) >> tw_level_size(h->granule, level) & tw_low(h->granule - 3);
  return (base + 8 * index) & tw_ones(51, 0);
}

const tw_format tw_format_long = {.size_log2 = 3, .level_size = tw_level_size, .address = address, .decode = decode};

/// S2AP and XN as what they allow. XN[1:0]: 00 all, 01 not privileged, 10 none, 11 not unprivileged.
static uint8_t stage2_allows(const tw_stage2 *s, uint64_t bits, bool managed) {
  // in the order of XN: 01 is "unprivileged only", 11 "privileged only"
  static const uint8_t execute[4] = {TW_S2_PX | TW_S2_UX, TW_S2_UX, 0, TW_S2_PX};
  bool r = tw_bit(bits, 6), w = tw_bit(bits, 7) || managed;
  uint8_t x = execute[tw_field(bits, 54, 53) & (s->armv7 ? 2 : 3)];
  if (s->aarch32 && !r)
    x = 0;
  return (uint8_t)((r ? TW_S2_R : 0) | (w ? TW_S2_W : 0) | x);
}

static tw_descriptor decode_stage2_leaf(const tw_stage2 *s, const tw_layout *l, int level, uint64_t bits, uint64_t ipa,
                                        bool write) {
  unsigned leaf_size = tw_level_size(l->granule, level);
  uint64_t oa = output_address(l, bits, leaf_size);
  if (too_large(l, oa))
    return fault(TW_FSC_ADDRESS_SIZE);
  if (!tw_bit(bits, BIT_AF) && !s->ha)
    return fault(TW_FSC_ACCESS_FLAG);
  bool managed = s->hd && tw_bit(bits, BIT_DBM);
  uint64_t set = (uint64_t)s->ha << BIT_AF | (uint64_t)(managed && write) << BIT_AP2;
  return (tw_descriptor){
      .kind = (bits | set) == bits ? TW_DESCRIPTOR_LEAF : TW_DESCRIPTOR_UPDATE,
      .desired = bits | set,
      .stage2 = {.pa = oa | (ipa & tw_low(leaf_size)),
                 .size = (uint8_t)mapping_size(l, level, bits),
                 .own_size = (uint8_t)leaf_size,
                 .level = (uint8_t)level,
                 .allows = stage2_allows(s, bits, managed),
                 .memattr = (uint8_t)tw_field(bits, 5, 2),
                 .sh = s->ds ? s->sh : (uint8_t)tw_field(bits, 9, 8),
                 .clean = managed && !tw_bit(bits, BIT_AP2),
                 .held = held(s->bbm, level, bits)},
  };
}

tw_descriptor tw_stage2_descriptor(const tw_stage2 *s, int level, uint64_t bits, uint64_t ipa, bool write) {
  tw_layout l = layout_stage2(s);
  switch (classify(&l, level, bits)) {
  case TW_DESCRIPTOR_TABLE:
    return decode_table(&l, bits);
  case TW_DESCRIPTOR_LEAF:
    return decode_stage2_leaf(s, &l, level, bits, ipa, write);
  default:
    return fault(TW_FSC_TRANSLATION);
  }
}

bool tw_stage2_is_device(const tw_stage2 *s, uint8_t memattr) { return !(memattr & (s->fwb ? 4 : 0xc)); }

uint8_t tw_fsc_at(uint8_t fsc, int level) {
  if (fsc == TW_FSC_NO_ATOMICS || fsc == TW_FSC_EXTERNAL_ABORT)
    return fsc; // they tell no level
  if (level >= 0)
    return (uint8_t)(fsc | level);
  switch (fsc) {
  case TW_FSC_ADDRESS_SIZE:
    return 0x29;
  case TW_FSC_TRANSLATION:
    return 0x2b;
  default:
    return 0x13; // synchronous external abort on the walk
  }
}
