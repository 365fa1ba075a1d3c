// Random cores, registers, addresses and requests.
#include "random_world.h"

// ---- the core ----

/// A random subset of all sizes that holds the three page sizes.
static tw_sizes random_sizes(tw_random *random) {
  tw_sizes all = tw_granule_sizes(12) | tw_granule_sizes(14) | tw_granule_sizes(16);
  tw_sizes pages = 1ULL << 12 | 1ULL << 14 | 1ULL << 16;
  if (tw_random_percent(random, 30))
    return all;
  return (all & tw_random_bits(random)) | pages;
}

static uint32_t random_latency(tw_random *random, uint32_t most) {
  return tw_random_percent(random, 60) ? tw_random_from(random, 1, 3) : tw_random_from(random, 1, most);
}

static void random_memory(tw_random *random, tw_memory_config *memory) {
  *memory = (tw_memory_config){.caches = tw_random_below(random, 3)};
  uint32_t latency = tw_random_from(random, 1, 6);
  for (uint32_t i = 0; i < memory->caches; i++) {
    memory->cache[i] = (tw_cache_config){
        .size_kib = 1U << tw_random_below(random, 3), .ways = 1U << tw_random_below(random, 4), .latency = latency};
    latency += tw_random_from(random, 1, 12);
  }
  memory->dram_latency = tw_random_percent(random, 90) ? latency : tw_random_from(random, 1, 200);
  memory->data_traffic = tw_random_below(random, 2);
  if (tw_random_percent(random, 50))
    memory->limit = 1ULL << tw_random_from(random, 31, 48);
}

void tw_random_core(tw_random *random, tw_core *core) {
  static const uint8_t pa_sizes[] = {32, 36, 40, 42, 44, 48, 52, 52, 52};
  tw_mmu_config *mmu = &core->mmu;
  mmu->l1i.sizes = random_sizes(random);
  mmu->l1d.sizes = random_sizes(random);
  mmu->l2.sizes = random_sizes(random);
  mmu->l1_latency = random_latency(random, TW_LATENCY_MAX);
  mmu->l2_latency = random_latency(random, TW_LATENCY_MAX);
  mmu->walk_start = random_latency(random, TW_LATENCY_MAX);
  mmu->walk_step = random_latency(random, TW_LATENCY_MAX);
  mmu->pa_bits = pa_sizes[tw_random_below(random, sizeof pa_sizes)];
  random_memory(random, &core->memory);
}

// ---- registers ----

static unsigned random_txsz(tw_random *random, unsigned granule) {
  unsigned least = granule == 16 ? 12 : 16, most = granule == 16 ? 47 : 48;
  if (tw_random_percent(random, 3))
    return tw_random_below(random, 64);
  if (tw_random_percent(random, 40))
    return tw_random_percent(random, 50) ? 25 : 16;
  return tw_random_from(random, least, most);
}

/// A code of TCR_EL1.TGn for a granule; reserved codes are taken as 4K.
static uint64_t granule_code(tw_random *random, unsigned half, unsigned granule) {
  static const uint8_t tg0[] = {0, 2, 1}, tg1[] = {2, 1, 3};
  if (granule == 12 && tw_random_percent(random, 15))
    return half ? 0 : 3;
  return half ? tg1[(granule - 12) / 2] : tg0[(granule - 12) / 2];
}

/// TTBRn_EL1 for a table; bits that are not of the base are random. A table may lie anywhere.
static uint64_t random_ttbr(tw_random_world *world, tw_random_half *half) {
  static const uint16_t asids[] = {0x0001, 0x0101, 0x0002, 0xff02};
  tw_random *random = &world->random;
  uint64_t asid = asids[tw_random_below(random, 4)];
  half->base = tw_random_table_page(world, half->granule);
  uint64_t ttbr = asid << 48 | (half->base & 0xffffffffffff);
  if (tw_random_percent(random, 30))
    ttbr |= 1; // CnP
  if (half->granule == 16 && world->core.mmu.pa_bits == 52)
    ttbr |= (half->base >> 48 & 15) << 2;
  return ttbr;
}

static uint64_t random_tcr(tw_random_world *world, bool keep) {
  tw_random *random = &world->random;
  tw_random_half *half = world->context.half;
  uint64_t tcr = tw_random_bits(random) & (0x3fULL << 8 | 0x3fULL << 24); // cacheability, shareability: no effect
  for (unsigned i = 0; i < 2; i++) {
    if (!keep) {
      half[i].granule = 12 + 2 * tw_random_below(random, 3);
      half[i].txsz = random_txsz(random, half[i].granule);
    }
    tcr |= (uint64_t)half[i].txsz << (i ? 16 : 0);
    tcr |= granule_code(random, i, half[i].granule) << (i ? 30 : 14);
    tcr |= (uint64_t)tw_random_percent(random, 3) << (i ? 23 : 7);   // EPD
    tcr |= (uint64_t)tw_random_percent(random, 60) << (i ? 38 : 37); // TBI
    tcr |= (uint64_t)tw_random_percent(random, 30) << (i ? 52 : 51); // TBID
    tcr |= (uint64_t)tw_random_percent(random, 25) << (i ? 42 : 41); // HPD
    tcr |= (uint64_t)tw_random_percent(random, 6) << (i ? 56 : 55);  // E0PD
  }
  tcr |= (uint64_t)tw_random_below(random, 2) << 22;                                       // A1
  tcr |= (uint64_t)tw_random_below(random, 2) << 36;                                       // AS
  tcr |= (uint64_t)(tw_random_percent(random, 70) ? 6 : tw_random_below(random, 8)) << 32; // IPS
  return tcr;
}

static uint64_t random_mair(tw_random *random) {
  static const uint8_t usual[] = {0x00, 0x04, 0x0c, 0x44, 0xff, 0xaa, 0xf4, 0x0f};
  uint64_t mair = 0;
  for (unsigned i = 0; i < 8; i++) {
    uint64_t byte = tw_random_percent(random, 70) ? usual[tw_random_below(random, 8)] : tw_random_below(random, 256);
    mair |= byte << (8 * i);
  }
  return mair;
}

void tw_random_registers(tw_random_world *world, bool keep) {
  tw_random *random = &world->random;
  tw_random_context *context = &world->context;
  tw_registers *r = &context->registers;
  context->big_endian = tw_random_percent(random, 15);
  r->sctlr = (uint64_t)tw_random_percent(random, 95) | (uint64_t)tw_random_below(random, 2) << 12 |
             (uint64_t)tw_random_percent(random, 30) << 19 | (uint64_t)context->big_endian << 25;
  r->tcr = random_tcr(world, keep);
  r->ttbr0 = random_ttbr(world, &context->half[0]);
  r->ttbr1 = random_ttbr(world, &context->half[1]);
  r->mair = random_mair(random);
}

// ---- addresses and requests ----

/// An address of a half that its TxSZ allows.
static uint64_t canonical(uint64_t bits, unsigned half, unsigned txsz) {
  if (txsz < 9)
    txsz = 9;
  if (txsz > 51)
    txsz = 51;
  uint64_t inside = (1ULL << (64 - txsz)) - 1;
  return half ? bits | ~inside : bits & inside;
}

/// A few anchors, the rest near them: in the same page, contiguous group, block or table.
void tw_random_addresses(tw_random_world *world) {
  static const uint8_t distance[] = {12, 13, 14, 15, 16, 18, 20, 21, 22, 25, 27, 29, 30, 34, 36, 39, 42};
  tw_random *random = &world->random;
  for (unsigned i = 0; i < TW_RANDOM_VAS; i++) {
    unsigned half = tw_random_below(random, 2);
    uint64_t bits = tw_random_bits(random);
    if (i >= 4 && tw_random_percent(random, 85)) {
      uint64_t anchor = world->va[tw_random_below(random, 4)];
      half = anchor >> 55 & 1;
      bits = anchor ^ (uint64_t)tw_random_below(random, 4) << distance[tw_random_below(random, sizeof distance)];
    }
    world->va[i] = canonical(bits, half, world->context.half[half].txsz);
  }
}

static uint64_t random_va(tw_random_world *world) {
  tw_random *random = &world->random;
  uint32_t pool = tw_random_percent(random, 60) ? 6 : TW_RANDOM_VAS;
  uint64_t va = world->va[tw_random_below(random, pool)];
  va = (va & ~0xfffULL) | (tw_random_bits(random) & 0xfff);
  if (tw_random_percent(random, 15))
    va = (va & ~(0xffULL << 56)) | (tw_random_bits(random) & 0xffULL << 56); // a tag
  if (tw_random_percent(random, 3))
    va ^= 1ULL << tw_random_below(random, 64);
  return va;
}

tw_request tw_random_request(tw_random_world *world, bool fetch) {
  tw_random *random = &world->random;
  tw_request request = {.va = random_va(world), .id = (uint32_t)tw_random_bits(random)};
  request.kind = (uint8_t)(fetch ? TW_ACCESS_FETCH : tw_random_percent(random, 40) ? TW_ACCESS_WRITE : TW_ACCESS_READ);
  request.el = (uint8_t)tw_random_below(random, 2);
  request.pan = (uint8_t)tw_random_percent(random, 30);
  return request;
}

tw_tlbi tw_random_tlbi(tw_random_world *world) {
  static const uint16_t asids[] = {0x0001, 0x0101, 0x0002, 0xff02};
  tw_random *random = &world->random;
  uint32_t op = tw_random_percent(random, 10) ? TW_TLBI_VMALL : tw_random_from(random, TW_TLBI_ASID, TW_TLBI_VAAL);
  if (tw_random_percent(random, 3))
    op = tw_random_from(random, 6, 7); // no op: nothing is dropped
  return (tw_tlbi){.va = random_va(world),
                   .id = (uint32_t)tw_random_bits(random),
                   .asid = tw_random_percent(random, 5) ? (uint16_t)tw_random_bits(random)
                                                        : asids[tw_random_below(random, 4)],
                   .op = (uint8_t)op};
}
