// Random requests and TLB maintenance.
#include "random_world.h"

static uint64_t random_va(tw_random_world *world) {
  tw_random *random = &world->random;
  uint32_t pool = tw_random_percent(random, 60) ? 6 : TW_RANDOM_VAS;
  uint64_t va = world->context->va[tw_random_below(random, pool)];
  va = (va & ~0xfffULL) | (tw_random_bits(random) & 0xfff);
  if (tw_random_percent(random, world->careful ? 4 : 12))
    va = (va & ~(0xffULL << 56)) | (tw_random_bits(random) & 0xffULL << 56); // a tag
  if (tw_random_percent(random, 3))
    va ^= 1ULL << tw_random_below(random, 64);
  return va;
}

/// The last addresses in their order, which may be at one distance from each other: what prefetch by stride foresees.
static bool continue_run(tw_random_world *world, bool fetch, uint64_t *va) {
  uint32_t *left = &world->in_run[fetch];
  if (!*left && tw_random_percent(&world->random, 3))
    *left = TW_RANDOM_RUN;
  if (!*left)
    return false;
  *va = world->context->va[TW_RANDOM_VAS - (*left)--];
  return true;
}

/// Of a request: the last one's page in a burst.
static uint64_t request_va(tw_random_world *world, bool fetch) {
  tw_random *random = &world->random;
  if (continue_run(world, fetch, &world->last_va))
    return world->last_va;
  if (world->burst && tw_random_percent(random, world->burst))
    return (world->last_va & ~0xfffULL) | (tw_random_bits(random) & 0xfff);
  return world->last_va = random_va(world);
}

/// The privileged level of a regime.
static uint8_t privileged(const tw_registers *r) {
  return r->regime == TW_REGIME_EL2 || r->regime == TW_REGIME_EL20 ? 2 : 1;
}

tw_request tw_random_request(tw_random_world *world, bool fetch) {
  tw_random *random = &world->random;
  const tw_registers *r = &world->context->registers;
  tw_request request = {.va = request_va(world, fetch), .id = (uint32_t)tw_random_bits(random)};
  request.kind = (uint8_t)(fetch ? TW_ACCESS_FETCH : tw_random_percent(random, 40) ? TW_ACCESS_WRITE : TW_ACCESS_READ);
  bool unprivileged = r->regime == TW_REGIME_EL2 ? tw_random_percent(random, 3) : tw_random_percent(random, 50);
  request.el = unprivileged ? 0 : privileged(r);
  request.prfm = (uint8_t)tw_random_percent(random, 8);
  if (fetch)
    return request;
  request.pan = (uint8_t)tw_random_percent(random, 30);
  request.nonfault = (uint8_t)tw_random_percent(random, 12);
  if (tw_random_percent(random, 14))
    request.at = (uint8_t)tw_random_from(random, TW_AT_BOTH, TW_AT_STAGE_1);
  request.prfm &= !request.at;
  request.par_long = request.at ? (uint8_t)tw_random_percent(random, 40) : 0;
  return request;
}

// ---- TLBI ----

static uint64_t random_ttl(tw_random *random) {
  return tw_random_percent(random, 65) ? 0 : tw_random_below(random, 16);
}

static uint64_t random_address(tw_random_world *world, bool ipa) {
  tw_random *random = &world->random;
  uint64_t va = random_va(world);
  if (!ipa || tw_random_percent(random, 30))
    return va;
  uint64_t address = tw_random_mix(tw_random_below(random, 6)) + ((uint64_t)tw_random_below(random, 4) << 12);
  if (tw_random_percent(random, 40)) // where stage 1 tables lie
    return (1ULL << 30 | (address & 0x7fffff)) & tw_random_mask(world->context->stage2.input_bits);
  return ((address & 0xffffffff) | 1ULL << 31) & tw_random_mask(world->context->stage2.input_bits);
}

static uint64_t asid_now(tw_random_world *world) {
  const tw_registers *r = &world->context->registers;
  if (tw_random_percent(&world->random, 50))
    return tw_random_asid(&world->random);
  if (r->regime == TW_REGIME_PL10 && !(r->tcr >> 31 & 1))
    return r->contextidr & 0xff;
  uint64_t asid = (r->tcr >> 22 & 1 ? r->ttbr1 : r->ttbr0) >> 48;
  return tw_random_percent(&world->random, 50) ? asid & 0xff : asid;
}

static uint64_t range_operand(tw_random_world *world, uint64_t address) {
  tw_random *random = &world->random;
  uint32_t granule = tw_random_from(random, 1, 3);
  unsigned scale = tw_random_percent(random, 50) ? 0 : tw_random_below(random, 4);
  uint32_t shift = tw_random_percent(random, 25) ? 16 : 10 + 2 * granule;
  uint64_t tg = tw_random_percent(random, 4) ? 0 : granule;
  uint64_t ttl = tw_random_percent(random, 70) ? 0 : tw_random_below(random, 4);
  uint64_t num = tw_random_percent(random, 60) ? tw_random_below(random, 3) : tw_random_below(random, 32);
  return asid_now(world) << 48 | tg << 46 | (uint64_t)scale << 44 | num << 39 | ttl << 37 |
         (address >> shift & tw_random_mask(37));
}

static uint64_t operand_of(tw_random_world *world, unsigned op) {
  unsigned what = op & 15;
  bool ipa = what == TW_TLBI_IPAS2 || what == TW_TLBI_IPAS2L;
  uint64_t address = random_address(world, ipa);
  if (op & TW_TLBI_RANGE)
    return range_operand(world, address);
  if (op & TW_TLBI_AARCH32) {
    if (ipa)
      return address >> 12 & tw_random_mask(28);
    return (what == TW_TLBI_ASID ? 0 : address & 0xfffff000) | (asid_now(world) & 0xff);
  }
  return asid_now(world) << 48 | random_ttl(&world->random) << 44 | (address >> 12 & tw_random_mask(44));
}

static unsigned usual_op(tw_random_world *world) {
  tw_random *random = &world->random;
  const tw_random_context *context = world->context;
  unsigned op = tw_random_percent(random, 8) ? tw_random_below(random, TW_TLBI_ASID)
                                             : tw_random_from(random, TW_TLBI_ASID, TW_TLBI_VAAL);
  if (context->has_stage2 && tw_random_percent(random, 25))
    op = tw_random_from(random, TW_TLBI_IPAS2, TW_TLBI_IPAS2L);
  bool el2 = context->registers.regime == TW_REGIME_EL2 || context->registers.regime == TW_REGIME_EL20;
  if (el2 != tw_random_percent(random, 5))
    op |= TW_TLBI_EL2;
  if (op >= TW_TLBI_VA && tw_random_percent(random, 30))
    return op | TW_TLBI_RANGE;
  if (tw_random_percent(random, context->registers.regime == TW_REGIME_PL10 ? 70 : 8))
    op |= TW_TLBI_AARCH32;
  return op;
}

tw_tlbi tw_random_tlbi(tw_random_world *world) {
  tw_random *random = &world->random;
  unsigned op = tw_random_percent(random, 12) ? tw_random_below(random, TW_TLBI_X86) : usual_op(world);
  if (tw_random_percent(random, 12))
    op = TW_TLBI_DSB;
  uint64_t operand = tw_random_percent(random, 6) ? tw_random_bits(random) : operand_of(world, op);
  return (tw_tlbi){.operand = operand,
                   .id = (uint32_t)tw_random_bits(random),
                   .op = (uint8_t)op,
                   .outside = (uint8_t)tw_random_percent(random, 35)};
}
