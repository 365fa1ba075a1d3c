// A 64-bit descriptor of either stage decoded (Arm ARM, "VMSAv8-64 translation table format descriptors"; AArch32
// LPAE). Twin: rtl/long_descriptor.sv.
#include "descriptor.h"

#include "attributes.h"

enum { BIT_AP2 = 7, BIT_AF = 10, BIT_NT = 16, BIT_DBM = 51, BIT_CONTIGUOUS = 52 };

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

static bool leaf_is_legal(const tw_geometry *g, int level) {
  if (level == 3)
    return true;
  switch (g->granule) {
  case 12:
    return level == 1 || level == 2 || (level == 0 && g->ds);
  case 14:
    return level == 2 || (level == 1 && g->ds);
  default:
    return level == 2 || (level == 1 && g->wide);
  }
}

/// Address field from bit `low` up, without what stands elsewhere.
static uint64_t address_field(const tw_geometry *g, unsigned low) {
  return tw_ones(g->ds ? 49 : g->armv7 ? 39 : 47, low);
}

static void make_level(tw_layout_level *at, const tw_geometry *g, int level) {
  unsigned low = tw_level_size(g->granule, level), top = low + g->granule - 3;
  unsigned group = contiguous_size(g->granule, level);
  if (low > 63)
    return; // 64K: there is no level -1
  // a walk cache filled under other registers may name a level above the first: its index has no bits
  unsigned end = top < g->iasize ? top : g->iasize;
  at->index = (end > 63 ? UINT64_MAX : tw_low(end)) & ~tw_low(low);
  at->output = address_field(g, low);
  at->size = (uint8_t)low;
  at->group = (uint8_t)(group < g->iasize ? group : low);
  at->leaf = leaf_is_legal(g, level);
}

void tw_layout_make(tw_layout *layout, const tw_geometry *g) {
  *layout = (tw_layout){.ds = g->ds, .wide = g->wide};
  for (int level = -1; level < TW_LAYOUT_LEVELS - 1; level++)
    make_level(&layout->level[level + 1], g, level);
  layout->next = address_field(g, g->granule);
  layout->too_large = g->armv7 ? 0 : ~tw_low(g->oasize);
}

/// The address in a descriptor. `field`: its bits that are one, but for the uppermost.
static inline uint64_t output_address(const tw_layout *l, uint64_t bits, uint64_t field) {
  uint64_t oa = bits & field;
  if (l->ds)
    return oa | tw_field(bits, 9, 8) << 50;
  return l->wide ? oa | tw_field(bits, 15, 12) << 48 : oa;
}

static inline unsigned mapping_size(const tw_layout_level *at, uint64_t bits) {
  return tw_bit(bits, BIT_CONTIGUOUS) ? at->group : at->size;
}

static bool held(bool bbm, int level, uint64_t bits) { return !(bbm && level < 3 && tw_bit(bits, BIT_NT)); }

// A descriptor is decoded into its place, and only what its kind has: to clear the rest would cost as much again. The
// decoder of leaves stands apart: inlined, its fields would be gathered elsewhere and copied in the end.

static inline void set_fault(tw_descriptor *d, uint8_t fsc) {
  d->kind = TW_DESCRIPTOR_FAULT;
  d->fsc = fsc;
}

/// What bits 1:0 say.
static inline tw_descriptor_kind classify(const tw_layout_level *at, int level, uint64_t bits) {
  bool valid = tw_bit(bits, 0), table_or_page = tw_bit(bits, 1);
  if (!valid)
    return TW_DESCRIPTOR_FAULT;
  if (level < 3 && table_or_page)
    return TW_DESCRIPTOR_TABLE;
  if (!at->leaf || (level == 3 && !table_or_page))
    return TW_DESCRIPTOR_FAULT;
  return TW_DESCRIPTOR_LEAF;
}

static inline void decode_table(tw_descriptor *d, const tw_layout *l, uint64_t bits) {
  d->kind = TW_DESCRIPTOR_TABLE;
  d->next = output_address(l, bits, l->next);
  if (d->next & l->too_large)
    set_fault(d, TW_FSC_ADDRESS_SIZE);
}

/// APTable, UXNTable and PXNTable added to what the tables above say. EL2 alone has one privilege level.
tw_table_bits tw_long_accumulate(const tw_descriptor_read *read, tw_table_bits above, uint64_t bits) {
  tw_table_bits table = above;
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

/// The descriptor as hardware wants it, where it updates any: Access flag set, and dirty by a write that stage 1
/// allows.
static uint64_t wanted(const tw_descriptor_read *read, uint64_t bits, const tw_translation *leaf) {
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

static inline void fill_leaf(tw_translation *leaf, const tw_descriptor_read *read, unsigned size, uint64_t bits) {
  const tw_half *h = read->half;
  tw_table_bits above = read->above;
  bool managed = h->hd && tw_bit(bits, BIT_DBM);
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
  leaf->domain = 0;
  leaf->stage2 = TW_S2_ALL;
  leaf->level2 = 0;
  leaf->clean = managed && tw_bit(bits, BIT_AP2) && !(above.ap & 2);
  leaf->held = held(read->regime->bbm, read->level, bits);
}

TW_APART static void decode_leaf(tw_descriptor *d, const tw_descriptor_read *read, const tw_layout_level *at,
                                 uint64_t bits) {
  const tw_half *h = read->half;
  uint64_t oa = output_address(&h->layout, bits, at->output);
  if (oa & h->layout.too_large) {
    set_fault(d, TW_FSC_ADDRESS_SIZE);
    return;
  }
  if (!tw_bit(bits, BIT_AF) && !h->ha) {
    set_fault(d, TW_FSC_ACCESS_FLAG);
    return;
  }
  d->leaf.pa = oa | (read->va & tw_low(at->size));
  fill_leaf(&d->leaf, read, mapping_size(at, bits), bits);
  d->desired = h->ha ? wanted(read, bits, &d->leaf) : bits;
  d->kind = d->desired == bits ? TW_DESCRIPTOR_LEAF : TW_DESCRIPTOR_UPDATE;
}

static tw_descriptor decode(const tw_descriptor_read *read, uint64_t bits) {
  const tw_layout *l = &read->half->layout;
  const tw_layout_level *at = &l->level[read->level + 1];
  tw_descriptor d;
  switch (classify(at, read->level, bits)) {
  case TW_DESCRIPTOR_TABLE:
    decode_table(&d, l, bits);
    d.table = tw_long_accumulate(read, read->above, bits);
    break;
  case TW_DESCRIPTOR_LEAF:
    decode_leaf(&d, read, at, bits);
    break;
  default:
    set_fault(&d, TW_FSC_TRANSLATION);
  }
  return d;
}

static uint64_t address(const tw_half *h, uint64_t base, int level, uint64_t va) {
  const tw_layout_level *at = &h->layout.level[level + 1];
  return (base + ((va & at->index) >> (at->size - 3))) & tw_ones(51, 0);
}

const tw_format tw_format_long = {.size_log2 = 3, .level_size = tw_level_size, .address = address, .decode = decode};

/// A stage 2 descriptor under decoding.
typedef struct tw_stage2_read {
  int level;
  uint64_t ipa;
  bool write; ///< the dirty state is to be set
} tw_stage2_read;

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

static void decode_stage2_leaf(tw_descriptor *d, const tw_stage2 *s, const tw_stage2_read *read, uint64_t bits) {
  const tw_layout_level *at = &s->layout.level[read->level + 1];
  uint64_t oa = output_address(&s->layout, bits, at->output);
  if (oa & s->layout.too_large) {
    set_fault(d, TW_FSC_ADDRESS_SIZE);
    return;
  }
  if (!tw_bit(bits, BIT_AF) && !s->ha) {
    set_fault(d, TW_FSC_ACCESS_FLAG);
    return;
  }
  bool managed = s->hd && tw_bit(bits, BIT_DBM);
  d->desired = bits | (uint64_t)s->ha << BIT_AF | (uint64_t)(managed && read->write) << BIT_AP2;
  d->kind = d->desired == bits ? TW_DESCRIPTOR_LEAF : TW_DESCRIPTOR_UPDATE;
  d->stage2 = (tw_stage2_leaf){.pa = oa | (read->ipa & tw_low(at->size)),
                               .size = (uint8_t)mapping_size(at, bits),
                               .own_size = at->size,
                               .level = (uint8_t)read->level,
                               .allows = stage2_allows(s, bits, managed),
                               .memattr = (uint8_t)tw_field(bits, 5, 2),
                               .sh = s->ds ? s->sh : (uint8_t)tw_field(bits, 9, 8),
                               .clean = managed && !tw_bit(bits, BIT_AP2),
                               .held = held(s->bbm, read->level, bits)};
}

tw_descriptor tw_stage2_descriptor(const tw_stage2 *s, int level, uint64_t bits, uint64_t ipa, bool write) {
  const tw_stage2_read read = {level, ipa, write};
  tw_descriptor d;
  switch (classify(&s->layout.level[level + 1], level, bits)) {
  case TW_DESCRIPTOR_TABLE:
    decode_table(&d, &s->layout, bits);
    break;
  case TW_DESCRIPTOR_LEAF:
    decode_stage2_leaf(&d, s, &read, bits);
    break;
  default:
    set_fault(&d, TW_FSC_TRANSLATION);
  }
  return d;
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
