// Memory attributes: of short descriptors (TEX, C, B and their remap by PRRR and NMRR), and of both stages combined
// (Arm ARM: stage 1 and stage 2 attributes; FEAT_S2FWB). Twin: rtl/attributes.sv.
#include "attributes.h"

enum { NON_CACHEABLE = 0x44, NIBBLE_NON_CACHEABLE = 4 };

static bool is_device(uint8_t attr) { return (attr & 0xf0) == 0; }

uint8_t tw_shareability(uint8_t attr, uint8_t sh) {
  if (is_device(attr) || attr == NON_CACHEABLE)
    return 2;
  return sh == 1 ? 0 : sh;
}

/// Attribute of a cache policy of two bits, outer and inner, as TEX and NMRR tell it.
static uint8_t of_policies(unsigned outer, unsigned inner) {
  static const uint8_t nibble[4] = {0x4, 0xf, 0xa, 0xe};
  return (uint8_t)(nibble[outer & 3] << 4 | nibble[inner & 3]);
}

static uint8_t plain_attr(unsigned tex_c_b) {
  static const uint8_t low[9] = {0x00, 0x04, 0xaa, 0xee, NON_CACHEABLE, 0x00, 0x00, 0xff, 0x04};
  if (tex_c_b & 16)
    return of_policies(tex_c_b >> 2, tex_c_b);
  return tex_c_b < 9 ? low[tex_c_b] : 0x00;
}

static uint8_t remapped_attr(uint64_t prrr_nmrr, unsigned n) {
  unsigned type = (unsigned)tw_field(prrr_nmrr, 2 * n + 1, 2 * n);
  if (type < 2)
    return (uint8_t)(type * 4);
  uint64_t nmrr = prrr_nmrr >> 32;
  return of_policies((unsigned)tw_field(nmrr, 17 + 2 * n, 16 + 2 * n), (unsigned)tw_field(nmrr, 2 * n + 1, 2 * n));
}

static uint8_t remapped_sh(uint64_t prrr, unsigned n, bool s) {
  if (!tw_bit(prrr, s ? 19 : 18))
    return 0;
  return tw_bit(prrr, 24 + n) ? 3 : 2;
}

tw_attributes tw_short_attributes(const tw_regime *regime, unsigned tex_c_b, bool s) {
  unsigned n = tex_c_b & 7;
  uint8_t attr = regime->tre ? remapped_attr(regime->mair, n) : plain_attr(tex_c_b & 31);
  uint8_t sh = regime->tre ? remapped_sh(regime->mair, n, s) : (uint8_t)(s ? 2 : 0);
  return (tw_attributes){.attr = attr, .sh = tw_shareability(attr, sh)};
}

static uint8_t lesser(uint8_t a, uint8_t b) { return a < b ? a : b; }

/// Stage 2 Device: the stricter of two Device types; Normal gives way.
static uint8_t with_device(uint8_t attr1, unsigned type2) {
  uint8_t device2 = (uint8_t)((type2 & 3) * 4);
  return is_device(attr1) ? lesser(attr1, device2) : device2;
}

static unsigned forced_write_back(unsigned nibble) { return nibble == NIBBLE_NON_CACHEABLE ? 0xf : nibble | 4; }

static uint8_t forced(uint8_t attr1, unsigned memattr) {
  unsigned choice = memattr & 7;
  if (choice < 4)
    return with_device(attr1, choice);
  if (choice == 7)
    return attr1;
  if (choice < 6)
    return is_device(attr1) ? attr1 : NON_CACHEABLE;
  if (is_device(attr1))
    return 0xff;
  return (uint8_t)(forced_write_back(attr1 >> 4) << 4 | forced_write_back(attr1 & 15U));
}

/// The weaker of a nibble of stage 1 and two bits of stage 2.
static unsigned weaker(unsigned nibble, unsigned policy2) {
  if (nibble == NIBBLE_NON_CACHEABLE || policy2 < 2)
    return NIBBLE_NON_CACHEABLE;
  return policy2 == 2 ? nibble & ~4U : nibble;
}

static uint8_t combined(uint8_t attr1, unsigned memattr) {
  if ((memattr & 0xc) == 0)
    return with_device(attr1, memattr);
  if (is_device(attr1))
    return attr1;
  return (uint8_t)(weaker(attr1 >> 4, memattr >> 2 & 3) << 4 | weaker(attr1 & 15U, memattr & 3));
}

tw_attributes tw_combined_attributes(const tw_stage2 *stage2, tw_attributes stage1, const tw_stage2_leaf *leaf) {
  uint8_t attr = stage2->fwb ? forced(stage1.attr, leaf->memattr) : combined(stage1.attr, leaf->memattr);
  uint8_t sh = 0;
  if (stage1.sh == 2 || leaf->sh == 2)
    sh = 2;
  else if (stage1.sh == 3 || leaf->sh == 3)
    sh = 3;
  return (tw_attributes){.attr = attr, .sh = tw_shareability(attr, sh)};
}
