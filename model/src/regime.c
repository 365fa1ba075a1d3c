// Registers decoded for each half of the address space: SCTLR_EL1, TCR_EL1, TTBRn_EL1 (Arm ARM, VMSAv8-64).
// Twin: rtl/regime.sv.
#include "regime.h"

#include <string.h>

#include "bits.h"
#include "entry.h"

static unsigned tcr_granule(uint64_t tcr, unsigned half) {
  static const uint8_t tg0[4] = {12, 16, 14, 12}, tg1[4] = {12, 14, 12, 16};
  return half ? tg1[tw_field(tcr, 31, 30)] : tg0[tw_field(tcr, 15, 14)];
}

static unsigned output_size(uint64_t tcr, unsigned pa_bits, unsigned granule) {
  static const uint8_t ips_bits[8] = {32, 36, 40, 42, 44, 48, 52, 52};
  unsigned ips = ips_bits[tw_field(tcr, 34, 32)];
  unsigned size = ips < pa_bits ? ips : pa_bits;
  return size == 52 && granule != 16 ? 48 : size;
}

/// Base address: TTBR bits from the start table's size up; OA[51:48] in TTBR[5:2] when 52 bits are in use.
static uint64_t table_base(const tw_half *h, uint64_t ttbr) {
  unsigned stride = h->granule - 3;
  unsigned low = h->granule + stride * (unsigned)(3 - h->start_level);
  unsigned align = 3 + (h->iasize - low);
  if (h->oasize < 52)
    return ttbr & tw_ones(47, align);
  return (ttbr & tw_ones(47, align < 6 ? 6 : align)) | tw_field(ttbr, 5, 2) << 48;
}

static void decode_l2_probes(tw_half *h, tw_sizes l2_sizes) {
  h->probes = 0;
  for (unsigned size = 0; size < 64; size++)
    if (tw_bit(h->sizes & l2_sizes, size))
      h->probe[h->probes++] = (uint8_t)size;
}

static void decode_half(tw_half *h, unsigned half, const tw_registers *r, const tw_mmu_config *config) {
  uint64_t tcr = r->tcr, ttbr = half ? r->ttbr1 : r->ttbr0;
  unsigned txsz = (unsigned)(half ? tw_field(tcr, 21, 16) : tw_field(tcr, 5, 0));
  h->granule = tcr_granule(tcr, half);
  h->sizes = tw_granule_sizes(h->granule);
  h->oasize = output_size(tcr, config->pa_bits, h->granule);
  h->wide = h->granule == 16 && config->pa_bits == 52;
  h->iasize = 64 - txsz;
  h->size_fault = txsz < (h->granule == 16 ? 12U : 16U) || txsz > (h->granule == 16 ? 47U : 48U);
  h->epd = tw_bit(tcr, half ? 23 : 7);
  h->hpd = tw_bit(tcr, half ? 42 : 41);
  h->e0pd = tw_bit(tcr, half ? 56 : 55);
  bool tbi = tw_bit(tcr, half ? 38 : 37), tbid = tw_bit(tcr, half ? 52 : 51);
  h->range[0] = tw_ones(tbi ? 55 : 63, h->iasize);
  h->range[1] = tw_ones(tbi && !tbid ? 55 : 63, h->iasize);
  uint64_t asid = tw_bit(tcr, 22) ? r->ttbr1 >> 48 : r->ttbr0 >> 48;
  h->asid = (uint16_t)(tw_bit(tcr, 36) ? asid : asid & 0xff);
  h->key = TW_KEY_VALID | (uint64_t)h->asid << TW_KEY_ASID_SHIFT | (uint64_t)half << TW_KEY_HALF_SHIFT;
  decode_l2_probes(h, config->l2.sizes);
  if (h->size_fault)
    return;
  h->start_level = 3 - (int)((h->iasize - 1 - h->granule) / (h->granule - 3));
  h->base = table_base(h, ttbr);
  h->base_fault = h->base >> h->oasize;
}

void tw_regime_decode(tw_regime *regime, const tw_registers *r, const tw_mmu_config *config) {
  memset(regime, 0, sizeof *regime);
  for (unsigned half = 0; half < 2; half++) {
    decode_half(&regime->half[half], half, r, config);
    bool tbi = tw_bit(r->tcr, half ? 38 : 37), tbid = tw_bit(r->tcr, half ? 52 : 51);
    regime->off_range[half][0] = tw_ones(tbi ? 55 : 63, config->pa_bits);
    regime->off_range[half][1] = tw_ones(tbi && !tbid ? 55 : 63, config->pa_bits);
  }
  tw_permission_table(regime->allowed);
  regime->mair = r->mair;
  regime->on = tw_bit(r->sctlr, 0);
  regime->instruction_cache = tw_bit(r->sctlr, 12);
  regime->wxn = tw_bit(r->sctlr, 19);
  regime->big_endian = tw_bit(r->sctlr, 25);
}

const char *tw_registers_unsupported(const tw_registers *r) {
  // HD alone has no effect (Arm ARM, TCR_EL1.HD: only if HA is set too)
  static const struct {
    uint8_t bit;
    const char *name;
  } tcr_later[] = {{39, "TCR_EL1.HA"}, {59, "TCR_EL1.DS"}};
  for (unsigned i = 0; i < sizeof tcr_later / sizeof *tcr_later; i++)
    if (tw_bit(r->tcr, tcr_later[i].bit))
      return tcr_later[i].name;
  return NULL;
}
