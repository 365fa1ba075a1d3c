// Stage 1 registers decoded for each half of the address space (Arm ARM: SCTLR_ELx, TCR_ELx, TTBRn_ELx; AArch32 TTBCR;
// x86-64: CR0, CR3, CR4). Twin: rtl/regime.sv.
#include "regime.h"

#include "bits.h"
#include "coalesce.h"
#include "descriptor.h"
#include "entry.h"

/// HCR.DC: stage 1 is off and its memory write-back.
enum { HCR_DC = 12 };

/// Where TCR has its fields: one row for each half of the layout with two halves, one for EL2's own. 0xff: not there.
typedef struct tw_tcr_layout {
  uint8_t txsz, granule, sh, ips, tbi, tbid, ha, hd, hpd, epd, e0pd, nfd, ds;
  const uint8_t *granules; ///< by the number in the granule field
} tw_tcr_layout;

enum { ABSENT = 0xff };
static const uint8_t granules_tg0[4] = {12, 16, 14, 12}, granules_tg1[4] = {12, 14, 12, 16};
static const tw_tcr_layout layouts[3] = {
    {0, 14, 12, 32, 37, 51, 39, 40, 41, 7, 55, 53, 59, granules_tg0},
    {16, 30, 28, 32, 38, 52, 39, 40, 42, 23, 56, 54, 59, granules_tg1},
    {0, 14, 12, 16, 20, 29, 21, 22, 24, ABSENT, ABSENT, ABSENT, 32, granules_tg0},
};

static const tw_tcr_layout *tcr_layout(const tw_registers *r, unsigned half) {
  return &layouts[r->regime == TW_REGIME_EL2 ? 2 : half];
}

static bool tcr_bit(uint64_t tcr, uint8_t n) { return n != ABSENT && tw_bit(tcr, n); }

static unsigned output_size(const tw_half *h, unsigned ips, unsigned pa_bits) {
  static const uint8_t ips_bits[8] = {32, 36, 40, 42, 44, 48, 52, 52};
  unsigned size = ips_bits[ips] < pa_bits ? ips_bits[ips] : pa_bits;
  return size == 52 && h->granule != 16 && !h->ds ? 48 : size;
}

/// Base address: TTBR bits from the start table's size up; OA[51:48] in TTBR[5:2] when 52 bits are in use.
static uint64_t table_base(const tw_half *h, uint64_t ttbr, unsigned top) {
  unsigned align = 3 + (h->iasize - tw_level_size(h->granule, h->start_level));
  if (h->ds || h->oasize == 52)
    return (ttbr & tw_ones(47, align < 6 ? 6 : align)) | tw_field(ttbr, 5, 2) << 48;
  return ttbr & tw_ones(top, align);
}

static void set_start(tw_half *h, uint64_t ttbr, unsigned top) {
  h->start_level = 3 - (int)((h->iasize - 1 - h->granule) / (h->granule - 3));
  h->base = table_base(h, ttbr, top);
  h->base_fault = h->base >> h->oasize;
}

static uint16_t asid64(const tw_registers *r) {
  if (r->regime == TW_REGIME_EL2)
    return 0;
  uint64_t asid = tw_bit(r->tcr, 22) ? r->ttbr1 >> 48 : r->ttbr0 >> 48;
  return (uint16_t)(tw_bit(r->tcr, 36) ? asid : asid & 0xff);
}

static void decode_half64(tw_half *h, unsigned half, const tw_registers *r, const tw_mmu_config *config) {
  const tw_tcr_layout *at = tcr_layout(r, half);
  uint64_t tcr = r->tcr;
  unsigned txsz = (unsigned)tw_field(tcr, at->txsz + 5U, at->txsz);
  bool large = config->pa_bits == 52, tbi = tw_bit(tcr, at->tbi), tbid = tw_bit(tcr, at->tbid);
  h->format = &tw_format_long;
  h->granule = at->granules[tw_field(tcr, at->granule + 1U, at->granule)];
  h->ds = large && h->granule != 16 && tw_bit(tcr, at->ds);
  h->wide = large && h->granule == 16;
  h->sizes = tw_granule_sizes(h->granule);
  h->oasize = output_size(h, (unsigned)tw_field(tcr, at->ips + 2U, at->ips), config->pa_bits);
  h->sh = (uint8_t)tw_field(tcr, at->sh + 1U, at->sh);
  h->epd = tcr_bit(tcr, at->epd);
  h->e0pd = tcr_bit(tcr, at->e0pd);
  h->nfd = tcr_bit(tcr, at->nfd);
  h->hpd = tw_bit(tcr, at->hpd);
  h->ha = tw_bit(tcr, at->ha);
  h->hd = h->ha && tw_bit(tcr, at->hd);
  h->asid = asid64(r);
  h->iasize = 64 - txsz;
  h->range[0] = tw_ones(tbi ? 55 : 63, h->iasize + 1);
  h->range[1] = tw_ones(tbi && !tbid ? 55 : 63, h->iasize + 1);
  h->none = txsz < (h->granule == 16 || h->ds ? 12U : 16U) || txsz > (h->granule == 16 ? 47U : 48U);
  if (r->regime == TW_REGIME_EL2 && half)
    h->none = true; // EL2 alone has one half
  if (!h->none)
    set_start(h, half ? r->ttbr1 : r->ttbr0, 47);
}

static void decode_lpae(tw_half *h, unsigned half, const tw_registers *r, const tw_mmu_config *config) {
  uint64_t ttbr = half ? r->ttbr1 : r->ttbr0;
  h->format = &tw_format_long;
  h->granule = 12;
  h->sizes = tw_granule_sizes(12);
  h->oasize = config->pa_bits < 40 ? config->pa_bits : 40;
  h->iasize = 32 - (unsigned)(half ? tw_field(r->tcr, 18, 16) : tw_field(r->tcr, 2, 0));
  h->epd = tw_bit(r->tcr, half ? 23 : 7);
  h->asid = (uint16_t)((tw_bit(r->tcr, 22) ? r->ttbr1 : r->ttbr0) >> 48 & 0xff);
  h->fault_level = 1;
  set_start(h, ttbr, config->armv7 ? 39 : 47);
}

static void decode_short(tw_half *h, unsigned half, const tw_registers *r) {
  unsigned n = half ? 0 : (unsigned)tw_field(r->tcr, 2, 0);
  h->format = &tw_format_short;
  h->granule = 12;
  h->sizes = tw_short_sizes();
  h->oasize = 40;
  h->iasize = 32 - n;
  h->start_level = 1;
  h->base = (half ? r->ttbr1 : r->ttbr0) & tw_ones(31, 14 - n);
  h->epd = tw_bit(r->tcr, half ? 5 : 4);
  h->asid = (uint16_t)(r->contextidr & 0xff);
  h->fault_level = 1;
}

static void decode_x86(tw_half *h, const tw_registers *r, const tw_mmu_config *config) {
  bool la57 = tw_bit(r->tcr, 12), pcide = tw_bit(r->tcr, 17);
  h->format = &tw_format_x86;
  h->granule = 12;
  h->sizes = (tw_sizes)1 << 12 | (tw_sizes)1 << 21 | (tw_sizes)1 << 30;
  h->oasize = config->pa_bits;
  h->iasize = la57 ? 57 : 48;
  h->range[0] = h->range[1] = tw_ones(63, h->iasize); // canonical
  h->start_level = la57 ? -1 : 0;
  h->base = r->ttbr0 & tw_ones(51, 12) & tw_low(config->pa_bits);
  h->asid = (uint16_t)(pcide ? r->ttbr0 & 0xfff : 0);
}

/// LPAE's halves may meet inside what one level 1 descriptor maps: the key tells them apart.
static void set_key(tw_half *h, unsigned half_bit) {
  bool x86 = h->format == &tw_format_x86;
  uint64_t half = x86 ? 0 : (uint64_t)half_bit << TW_KEY_HALF_SHIFT;
  h->key = TW_KEY_VALID | (uint64_t)h->asid << (x86 ? TW_KEY_PCID_SHIFT : TW_KEY_ASID_SHIFT) | half;
  h->key_va = x86 ? TW_KEY_VA57 : TW_KEY_VA;
}

static void set_coalescing(tw_half *h, const tw_regime *regime, const tw_mmu_config *config) {
  h->coalesces = config->coalesce && regime->kind <= TW_REGIME_EL20 && !regime->stage2.on && h->granule != 16;
  if (h->coalesces)
    h->sizes |= (tw_sizes)1 << (h->granule + TW_COALESCED);
}

/// Key and L2 probes.
static void finish_half(tw_half *h, unsigned half_bit, const tw_stage2 *stage2, tw_sizes l2_sizes) {
  set_key(h, half_bit);
  if (stage2->on)
    h->sizes |= stage2->sizes;
  h->probed = h->sizes & l2_sizes;
  h->probes = (unsigned)__builtin_popcountll(h->probed);
}

static void decode_half(tw_regime *regime, unsigned half, const tw_registers *r, const tw_mmu_config *config) {
  tw_half *h = &regime->half[half];
  if (r->regime == TW_REGIME_X86)
    decode_x86(h, r, config);
  else if (!regime->aarch32)
    decode_half64(h, half, r, config);
  else if (tw_bit(r->tcr, 31))
    decode_lpae(h, half, r, config);
  else
    decode_short(h, half, r);
  set_coalescing(h, regime, config);
  finish_half(h, half, &regime->stage2, config->l2.sizes | config->l2.large.sizes);
  const tw_geometry geometry = {h->granule, h->iasize, h->oasize, h->ds, h->wide, regime->armv7};
  if (h->format == &tw_format_long)
    tw_layout_make(&h->layout, &geometry);
}

/// split[0]: bits that are 0 in half 0; split[1]: bits that are ones in half 1; 0: TxSZ (or N) is 0.
static void decode_split(tw_regime *regime, const tw_registers *r) {
  unsigned t0sz = (unsigned)tw_field(r->tcr, 2, 0), t1sz = (unsigned)tw_field(r->tcr, 18, 16);
  bool lpae = tw_bit(r->tcr, 31);
  regime->split[0] = (unsigned)tw_ones(31, 32 - t0sz);
  regime->split[1] = lpae ? (unsigned)tw_ones(31, 32 - t1sz) : 0;
  regime->half[TW_HALF_NONE] = regime->half[1];
  regime->half[TW_HALF_NONE].none = true;
}

const tw_half *tw_regime_half32(const tw_regime *regime, uint64_t va) {
  unsigned zeros = regime->split[0], ones = regime->split[1];
  if (ones && (va & ones) == ones)
    return &regime->half[1];
  if (!(va & zeros))
    return &regime->half[0];
  return &regime->half[ones ? TW_HALF_NONE : 1];
}

/// What holds when stage 1 is off.
static void decode_off(tw_regime *regime, const tw_registers *r, const tw_mmu_config *config) {
  bool dc = (r->regime == TW_REGIME_EL10 || regime->aarch32) && tw_bit(r->hcr, HCR_DC);
  bool x86 = r->regime == TW_REGIME_X86;
  regime->on = x86 ? tw_bit(r->sctlr, 31) : tw_bit(r->sctlr, 0) && !dc;
  regime->off_attr[0] = dc || x86 ? 0xff : 0x00;
  regime->off_attr[1] = dc || x86 ? 0xff : tw_bit(r->sctlr, 12) ? 0xaa : 0x44;
  regime->off_sh = dc ? 0 : x86 ? 3 : 2;
  if (regime->aarch32 || x86)
    return;
  for (unsigned half = 0; half < 2; half++) {
    const tw_tcr_layout *at = tcr_layout(r, half);
    bool tbi = tw_bit(r->tcr, at->tbi), tbid = tw_bit(r->tcr, at->tbid);
    regime->off_range[half][0] = tw_ones(tbi ? 55 : 63, config->pa_bits);
    regime->off_range[half][1] = tw_ones(tbi && !tbid ? 55 : 63, config->pa_bits);
  }
}

static void decode_controls(tw_regime *regime, const tw_registers *r, const tw_mmu_config *config) {
  bool arm64 = r->regime <= TW_REGIME_EL20;
  regime->mair = r->mair;
  regime->big_endian = r->regime != TW_REGIME_X86 && tw_bit(r->sctlr, 25);
  regime->bbm = arm64 && config->bbm;
  regime->armv7 = regime->aarch32 && config->armv7;
  if (arm64)
    regime->range_ds = config->pa_bits == 52 && tw_bit(r->tcr, tcr_layout(r, 0)->ds);
  if (r->regime == TW_REGIME_X86) {
    regime->syndrome = TW_SYNDROME_X86;
    regime->cr0_wp = tw_bit(r->sctlr, 16);
    regime->pge = tw_bit(r->tcr, 7);
    regime->smep = tw_bit(r->tcr, 20);
  }
  if (!regime->aarch32)
    return;
  bool lpae = tw_bit(r->tcr, 31);
  regime->syndrome = lpae ? TW_SYNDROME_FSR : TW_SYNDROME_FSR | TW_SYNDROME_SHORT | TW_SYNDROME_PAR32;
  regime->tre = tw_bit(r->sctlr, 28);
  regime->afe = tw_bit(r->sctlr, 29);
}

static bool same_controls(const tw_permission_controls *a, const tw_permission_controls *b) {
  return a->wxn == b->wxn && a->uwxn == b->uwxn && a->epan == b->epan && a->aarch32 == b->aarch32 &&
         a->short_domains == b->short_domains && a->off == b->off && a->dacr == b->dacr;
}

/// x86 executes by the rules of AArch32: what can be read and is not execute-never.
static void decode_permissions(tw_regime *regime, const tw_registers *r) {
  bool x86 = r->regime == TW_REGIME_X86, lpae = tw_bit(r->tcr, 31);
  tw_permission_controls controls = {
      .wxn = !x86 && tw_bit(r->sctlr, 19),
      .uwxn = regime->aarch32 && tw_bit(r->sctlr, 20),
      .epan = (r->regime == TW_REGIME_EL10 || r->regime == TW_REGIME_EL20) && tw_bit(r->sctlr, 57),
      .aarch32 = regime->aarch32 || x86,
      .short_domains = regime->aarch32 && !lpae,
      .off = !regime->on,
  };
  controls.dacr = controls.short_domains ? r->dacr : 0;
  bool made = regime->permissions.stage2[TW_S2_ALL] != 0; // nothing is allowed by a table that was never made
  if (!made || !same_controls(&regime->permissions.controls, &controls))
    tw_permission_table_make(&regime->permissions, &controls);
}

void tw_regime_decode(tw_regime *regime, const tw_registers *r, const tw_mmu_config *config) {
  tw_permission_table permissions = regime->permissions;
  *regime = (tw_regime){.kind = r->regime, .aarch32 = r->regime == TW_REGIME_PL10};
  regime->permissions = permissions;
  tw_stage2_decode(&regime->stage2, r, config);
  bool el1 = r->regime == TW_REGIME_EL10 || regime->aarch32;
  regime->world = tw_world(r->regime, el1 ? regime->stage2.vmid : 0);
  regime->va_mask = regime->aarch32 ? UINT32_MAX : UINT64_MAX;
  decode_off(regime, r, config);
  decode_controls(regime, r, config);
  decode_permissions(regime, r);
  for (unsigned half = 0; half < 2; half++)
    decode_half(regime, half, r, config);
  if (regime->aarch32)
    decode_split(regime, r);
}
