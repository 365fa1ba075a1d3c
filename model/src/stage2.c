// Stage 2 registers decoded, and the checks of an IPA (Arm ARM: VTCR_EL2, VTTBR_EL2, HCR_EL2; AArch32 VTCR, VTTBR).
// Twin: rtl/stage2.sv.
#include "stage2.h"

#include <tablewalk/request.h>

#include "bits.h"
#include "descriptor.h"

enum { NO_LEVEL = 4 };

/// HCR bits.
enum { HCR_VM = 0, HCR_PTW = 2, HCR_DC = 12, HCR_CD = 32, HCR_ID = 33, HCR_FWB = 46 };

static unsigned output_size(const tw_stage2 *s, uint64_t vtcr, unsigned pa_bits) {
  static const uint8_t ps_bits[8] = {32, 36, 40, 42, 44, 48, 52, 52};
  unsigned ps = s->aarch32 ? 40 : ps_bits[tw_field(vtcr, 18, 16)];
  unsigned size = ps < pa_bits ? ps : pa_bits;
  return size == 52 && s->granule != 16 && !s->ds ? 48 : size;
}

static int start_level_4k(const tw_stage2 *s, unsigned sl0, bool sl2, unsigned pa_bits) {
  static const int8_t levels[4] = {2, 1, 0, 3};
  if (s->ds && sl2)
    return sl0 == 0 ? -1 : NO_LEVEL;
  return sl0 == 2 && pa_bits < 44 ? NO_LEVEL : levels[sl0];
}

static int start_level(const tw_stage2 *s, uint64_t vtcr, unsigned pa_bits) {
  unsigned sl0 = (unsigned)tw_field(vtcr, 7, 6);
  if (s->aarch32)
    return sl0 < 2 ? 2 - (int)sl0 : NO_LEVEL;
  if (s->granule == 12)
    return start_level_4k(s, sl0, tw_bit(vtcr, 33), pa_bits);
  if (sl0 == 2 && pa_bits < (s->granule == 14 ? 42U : 44U))
    return NO_LEVEL;
  if (sl0 == 3 && !s->ds)
    return NO_LEVEL;
  return 3 - (int)sl0;
}

/// Concatenated tables let the start level have up to 4 more index bits than a table has.
static bool start_level_fits(const tw_stage2 *s) {
  if (s->start_level == NO_LEVEL)
    return false;
  unsigned low = tw_level_size(s->granule, s->start_level);
  return low + 1 <= s->iasize && s->iasize <= low + (s->granule - 3) + 4;
}

static bool t0sz_in_range(const tw_stage2 *s, unsigned t0sz) {
  return s->aarch32 || (t0sz >= (s->ds || s->wide ? 12U : 16U) && t0sz <= (s->granule == 16 ? 47U : 48U));
}

static uint64_t table_base(const tw_stage2 *s, uint64_t vttbr) {
  unsigned align = 3 + (s->iasize - tw_level_size(s->granule, s->start_level));
  if (s->ds || s->oasize == 52)
    return (vttbr & tw_ones(47, align < 6 ? 6 : align)) | tw_field(vttbr, 5, 2) << 48;
  return vttbr & tw_ones(s->armv7 ? 39 : 47, align);
}

static void decode_geometry(tw_stage2 *s, const tw_registers *r, const tw_mmu_config *config) {
  static const uint8_t tg0[4] = {12, 16, 14, 12};
  s->granule = s->aarch32 ? 12 : tg0[tw_field(r->vtcr, 15, 14)];
  s->ds = s->range_ds && !s->aarch32 && s->granule != 16;
  s->wide = s->granule == 16 && config->pa_bits == 52;
  s->sizes = tw_granule_sizes(s->granule);
  s->oasize = output_size(s, r->vtcr, config->pa_bits);
  unsigned t0sz = (unsigned)tw_field(r->vtcr, 5, 0);
  // AArch32: a signed number of 4 bits
  s->iasize = s->aarch32 ? 40 - ((unsigned)tw_field(r->vtcr, 3, 0) ^ 8) : 64 - t0sz;
  s->start_level = start_level(s, r->vtcr, config->pa_bits);
  s->size_fault = !t0sz_in_range(s, t0sz) || !start_level_fits(s);
  if (s->size_fault)
    return;
  const tw_geometry geometry = {s->granule, s->iasize, s->oasize, s->ds, s->wide, s->armv7};
  tw_layout_make(&s->layout, &geometry);
  s->base = table_base(s, r->vttbr);
  s->base_fault = s->base >> s->oasize;
}

void tw_stage2_decode(tw_stage2 *s, const tw_registers *r, const tw_mmu_config *config) {
  bool aarch64 = r->regime == TW_REGIME_EL10, aarch32 = r->regime == TW_REGIME_PL10;
  *s = (tw_stage2){.aarch32 = aarch32, .armv7 = aarch32 && config->armv7};
  // TLBIs for EL1 are told by the VMID from EL2's regimes too
  bool wide_vmid = !aarch32 && tw_bit(r->vtcr, 19);
  s->vmid = (uint16_t)(r->vttbr >> 48 & (wide_vmid ? 0xffff : 0xff));
  s->key = TW_KEY_VALID | (uint64_t)s->vmid << TW_KEY_ASID_SHIFT;
  s->range_ds = tw_bit(r->vtcr, 32) && config->pa_bits == 52;
  s->on = (aarch64 || aarch32) && (tw_bit(r->hcr, HCR_VM) || tw_bit(r->hcr, HCR_DC));
  if (!s->on)
    return;
  s->fault_level = aarch32;
  s->big_endian = r->ee2;
  s->ptw = tw_bit(r->hcr, HCR_PTW);
  s->fwb = aarch64 && tw_bit(r->hcr, HCR_FWB);
  s->cache_off[0] = tw_bit(r->hcr, HCR_CD);
  s->cache_off[1] = tw_bit(r->hcr, HCR_ID);
  s->ha = aarch64 && tw_bit(r->vtcr, 21);
  s->hd = s->ha && tw_bit(r->vtcr, 22);
  s->sh = (uint8_t)tw_field(r->vtcr, 13, 12);
  s->bbm = aarch64 && config->bbm;
  decode_geometry(s, r, config);
}

uint8_t tw_stage2_check(const tw_stage2 *s, uint64_t ipa) {
  if (s->size_fault || ipa >> s->iasize)
    return tw_fsc_at(TW_FSC_TRANSLATION, s->fault_level);
  return s->base_fault ? TW_FSC_ADDRESS_SIZE : TW_NO_FAULT;
}

uint64_t tw_stage2_address(const tw_stage2 *s, uint64_t base, int level, uint64_t ipa) {
  unsigned low = tw_level_size(s->granule, level), top = low + s->granule - 3;
  if (level == s->start_level || top > s->iasize)
    top = s->iasize;
  return base + 8 * tw_field(ipa, top - 1, low);
}
