// Which TLBIs suffice after a change of a translation table.
#include "random_maintain.h"

uint16_t tw_random_effective_asid(const tw_random_context *context) {
  const tw_registers *r = &context->registers;
  if (r->regime == TW_REGIME_EL2)
    return 0;
  if (r->regime == TW_REGIME_PL10 && !(r->tcr >> 31 & 1))
    return r->contextidr & 0xff;
  uint64_t asid = (r->tcr >> 22 & 1 ? r->ttbr1 : r->ttbr0) >> 48;
  bool wide = r->regime != TW_REGIME_PL10 && (r->tcr >> 36 & 1);
  return (uint16_t)(wide ? asid : asid & 0xff);
}

static bool is_el2(const tw_random_need *need) {
  return need->context->registers.regime == TW_REGIME_EL2 || need->context->registers.regime == TW_REGIME_EL20;
}

static bool is_aarch32(const tw_random_need *need) { return need->context->registers.regime == TW_REGIME_PL10; }

/// The flags that every operation of the regime has; AArch32 operands at choice.
static uint8_t flags_of(tw_random *random, const tw_random_need *need) {
  if (is_el2(need))
    return TW_TLBI_EL2;
  return is_aarch32(need) && tw_random_percent(random, 70) ? TW_TLBI_AARCH32 : 0;
}

/// Operations without an address: the operand means nothing.
static tw_tlbi whole(tw_random *random, const tw_random_need *need, unsigned what) {
  return (tw_tlbi){.op = (uint8_t)(what | flags_of(random, need)), .operand = tw_random_bits(random)};
}

static tw_tlbi by_asid(tw_random *random, const tw_random_need *need) {
  uint8_t flags = flags_of(random, need);
  uint64_t operand = flags & TW_TLBI_AARCH32 ? need->asid : (uint64_t)need->asid << 48;
  return (tw_tlbi){.op = (uint8_t)(TW_TLBI_ASID | flags), .operand = operand};
}

// ---- by address ----

/// A page of what is concerned.
static uint64_t some_address(tw_random *random, const tw_random_need *need) {
  uint64_t bytes = need->last - need->first;
  return need->first + (bytes == UINT64_MAX ? tw_random_bits(random) : tw_random_bits(random) % (bytes + 1));
}

/// TTL: no hint, or the leaf's granule and level. Short descriptors' levels are no granule's.
static uint64_t ttl_of(tw_random *random, const tw_random_need *need) {
  bool known = need->level > 0 || (need->level == 0 && need->granule == 12);
  if (!known || (is_aarch32(need) && !need->stage2) || tw_random_percent(random, 50))
    return tw_random_percent(random, 80) ? 0 : tw_random_below(random, 4); // granule 00: no hint
  return (uint64_t)((need->granule - 12) / 2 + 1) << 2 | (uint64_t)need->level;
}

static tw_tlbi by_page(tw_random *random, const tw_random_need *need, unsigned what) {
  uint8_t flags = flags_of(random, need);
  uint64_t address = some_address(random, need), operand;
  if (flags & TW_TLBI_AARCH32)
    operand = need->stage2 ? address >> 12 & tw_random_mask(28) : (address & 0xfffff000) | (need->asid & 0xff);
  else if (need->stage2)
    operand = (address >> 12 & tw_random_mask(40)) | ttl_of(random, need) << 44;
  else
    operand = tw_tlbi_va(address, need->asid) | ttl_of(random, need) << 44;
  return (tw_tlbi){.op = (uint8_t)(what | flags), .operand = operand};
}

static bool has_ds(const tw_random_need *need) {
  const tw_registers *r = &need->context->registers;
  if (!need->has_lpa2)
    return false;
  return need->stage2 ? r->vtcr >> 32 & 1 : r->tcr >> (r->regime == TW_REGIME_EL2 ? 32 : 59) & 1;
}

/// False: no range is long enough.
static bool by_range(tw_random *random, const tw_random_need *need, unsigned what, tw_tlbi *tlbi) {
  unsigned unit = has_ds(need) ? 16 : need->granule;
  uint64_t from = need->leaf ? some_address(random, need) : need->first;
  uint64_t base = from >> unit << unit, to = need->leaf ? from : need->last;
  uint64_t granules = ((to - base) >> need->granule) + 1;
  unsigned least = 0;
  while (least <= 3 && granules > 32ULL << (5 * least + 1))
    least++;
  if (least > 3)
    return false;
  unsigned scale = tw_random_percent(random, 70) ? least : tw_random_from(random, least, 3);
  uint64_t step = 2ULL << (5 * scale), num = (granules + step - 1) / step - 1;
  if (num < 31 && tw_random_percent(random, 30))
    num = tw_random_from(random, (uint32_t)num, 31);
  uint64_t ttl = need->level > 0 && !is_aarch32(need) && tw_random_percent(random, 40) ? (uint64_t)need->level : 0;
  tlbi->op = (uint8_t)(what | TW_TLBI_RANGE | (is_el2(need) ? TW_TLBI_EL2 : 0));
  tlbi->operand = (need->stage2 ? 0 : (uint64_t)need->asid << 48) | (uint64_t)((need->granule - 12) / 2 + 1) << 46 |
                  (uint64_t)scale << 44 | num << 39 | ttl << 37 | (base >> unit & tw_random_mask(37));
  return true;
}

static tw_tlbi by_address(tw_random *random, const tw_random_need *need, unsigned what, unsigned instead) {
  tw_tlbi tlbi;
  if ((!need->leaf || tw_random_percent(random, 35)) && by_range(random, need, what, &tlbi))
    return tlbi;
  return need->leaf ? by_page(random, need, what) : whole(random, need, instead);
}

// ---- the choice ----

static tw_tlbi of_stage1(tw_random *random, const tw_random_need *need) {
  uint32_t chance = tw_random_below(random, 100);
  if (chance < 8)
    return whole(random, need, tw_random_below(random, TW_TLBI_ASID));
  if (chance < 20 && need->asid_suffices)
    return by_asid(random, need);
  bool last_level = need->leaf && tw_random_percent(random, 60);
  bool with_asid = need->va_suffices && tw_random_percent(random, 60);
  unsigned what = with_asid ? TW_TLBI_VA : TW_TLBI_VAA;
  return by_address(random, need, last_level ? what + (TW_TLBI_VAL - TW_TLBI_VA) : what, TW_TLBI_VMALL);
}

size_t tw_random_maintenance(tw_random *random, const tw_random_need *need, tw_tlbi tlbi[2]) {
  if (!need->stage2) {
    tlbi[0] = of_stage1(random, need);
    return 1;
  }
  if (tw_random_percent(random, 15)) {
    tlbi[0] = whole(random, need, tw_random_percent(random, 70) ? TW_TLBI_VMALLS12 : TW_TLBI_ALL);
    return 1;
  }
  bool last_level = need->leaf && tw_random_percent(random, 60);
  tlbi[0] = by_address(random, need, last_level ? TW_TLBI_IPAS2L : TW_TLBI_IPAS2, TW_TLBI_VMALLS12);
  tlbi[1] = whole(random, need, TW_TLBI_VMALL);
  return 2;
}
