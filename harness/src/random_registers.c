// Random registers of the AArch64 regimes, and which regime a context has.
#include "random_world.h"

// ---- pieces ----

uint16_t tw_random_asid(tw_random *random) {
  static const uint16_t asids[] = {0x0001, 0x0101, 0x0002, 0xff02};
  return asids[tw_random_below(random, 4)];
}

uint64_t tw_random_mair(tw_random *random) {
  static const uint8_t usual[] = {0x00, 0x04, 0x0c, 0x44, 0xff, 0xaa, 0xf4, 0x0f};
  uint64_t mair = 0;
  for (unsigned i = 0; i < 8; i++) {
    uint64_t byte = tw_random_percent(random, 70) ? usual[tw_random_below(random, 8)] : tw_random_below(random, 256);
    mair |= byte << (8 * i);
  }
  return mair;
}

int tw_random_start(unsigned granule, unsigned input_bits) {
  return 3 - (int)((input_bits - 1 - granule) / (granule - 3));
}

uint8_t tw_random_reach(const tw_random_world *world, uint64_t ps) {
  static const uint8_t sizes[] = {32, 36, 40, 42, 44, 48, 52, 52};
  uint32_t implemented = world->core.mmu.pa_bits;
  return (uint8_t)(sizes[ps & 7] < implemented ? sizes[ps & 7] : implemented);
}

/// Bits that the table at the start level resolves.
static unsigned start_index_bits(const tw_random_tree *tree) {
  unsigned low = tree->granule + (tree->granule - 3U) * (unsigned)(3 - tree->start);
  return tree->input_bits > low ? tree->input_bits - low : 0;
}

static unsigned random_txsz(tw_random_world *world, unsigned granule, bool ds) {
  static const uint8_t usual[] = {16, 25, 25, 28, 32, 12};
  tw_random *random = &world->random;
  unsigned least = granule == 16 || ds ? 12 : 16, most = granule == 16 ? 47 : 48;
  if (!world->careful && tw_random_percent(random, 3))
    return tw_random_below(random, 64);
  if (ds && tw_random_percent(random, granule == 12 ? 65 : 35))
    return tw_random_from(random, 12, 15);
  unsigned chosen = usual[tw_random_below(random, sizeof usual)];
  if (tw_random_percent(random, 50))
    return chosen < least ? least : chosen;
  return tw_random_from(random, least, most);
}

/// A code of TG0 or TG1 for a granule; reserved codes are taken as 4K.
static uint64_t granule_code(tw_random *random, unsigned half, unsigned granule) {
  static const uint8_t tg0[] = {0, 2, 1}, tg1[] = {2, 1, 3};
  if (granule == 12 && tw_random_percent(random, 15))
    return half ? 0 : 3;
  return half ? tg1[(granule - 12) / 2] : tg0[(granule - 12) / 2];
}

/// Where leaves point: mostly addresses that all configurations have.
static uint8_t random_output_bits(tw_random *random, unsigned most) {
  return (uint8_t)(tw_random_percent(random, 75) ? 32 : tw_random_from(random, 32, most));
}

static void random_half(tw_random_world *world, tw_random_context *context, unsigned half, bool ds) {
  tw_random *random = &world->random;
  tw_random_tree *tree = &context->half[half];
  unsigned granule = 12 + 2 * tw_random_below(random, 3);
  *tree = (tw_random_tree){.format = TW_FORMAT_LONG, .stage = 1, .granule = (uint8_t)granule, .high = half};
  tree->ds = ds && granule < 16 && world->core.mmu.pa_bits == 52;
  tree->wide = granule == 16 && world->core.mmu.pa_bits == 52;
  unsigned txsz = random_txsz(world, granule, tree->ds);
  unsigned least = granule == 16 || tree->ds ? 12 : 16, most = granule == 16 ? 47 : 48;
  tree->usable = txsz >= least && txsz <= most;
  tree->input_bits = (uint8_t)(64 - txsz);
  tree->start = (int8_t)tw_random_start(granule, tree->input_bits);
  tree->careful = world->careful;
  tree->output_bits = random_output_bits(random, tree->ds || tree->wide ? 52 : 48);
  if (context->has_stage2 && tree->output_bits > context->stage2.input_bits)
    tree->output_bits = context->stage2.input_bits;
}

/// TTBR's base of a table, and the tree's as the registers tell it.
static uint64_t random_base(tw_random_world *world, tw_random_context *context, tw_random_tree *tree, bool ips_52) {
  if (!tree->usable)
    return tw_random_bits(&world->random) & tw_random_mask(48);
  unsigned size = 3 + start_index_bits(tree);
  bool high = ips_52 && (tree->ds || tree->wide);
  if (high && size < 6)
    size = 6;
  tree->base = tw_random_table(world, size, context->has_stage2 ? context->stage2.input_bits : 52);
  uint64_t ttbr = tree->base & tw_random_mask(48);
  if (high)
    ttbr |= (tree->base >> 48 & 15) << 2;
  else
    tree->base &= tw_random_mask(48);
  if (tw_random_percent(&world->random, 30))
    ttbr |= 1; // CnP
  return ttbr;
}

// ---- TCR ----

/// The bits of TCR_EL1 that may change while the tables stay. `half`: EPD at bit 7 or 23, and so on.
static uint64_t tcr_switches(tw_random *random, unsigned half, bool careful) {
  uint64_t tcr = careful ? 0 : tw_random_flag(random, 3, half ? 23 : 7); // EPD
  tcr |= tw_random_flag(random, 60, half ? 38 : 37);                     // TBI
  tcr |= tw_random_flag(random, 30, half ? 52 : 51);                     // TBID
  tcr |= tw_random_flag(random, 6, half ? 56 : 55);                      // E0PD
  return tcr | tw_random_flag(random, 20, half ? 54 : 53);               // NFD
}

enum {
  TW_TCR_SHAPE_0 = 0xff3f, ///< TxSZ, TG, SH and cacheability of half 0; of half 1 16 bits higher
};

static uint64_t tcr_shape(tw_random *random, const tw_random_tree *tree, unsigned half) {
  unsigned at = half ? 16 : 0;
  uint64_t tcr = (uint64_t)(64 - tree->input_bits) << at | (tw_random_bits(random) & 0x3f) << (at + 8);
  return tcr | granule_code(random, half, tree->granule) << (at + 14) | tw_random_flag(random, 20, half ? 42 : 41);
}

static uint64_t random_ips(tw_random *random) { return tw_random_percent(random, 75) ? 6 : tw_random_below(random, 8); }

static uint64_t random_sctlr(tw_random *random, bool big_endian) {
  return 1 | tw_random_flag(random, 50, 12) | tw_random_flag(random, 25, 19) | (uint64_t)big_endian << 25 |
         tw_random_flag(random, 40, 57); // I, WXN, EE, EPAN
}

static void finish_half(tw_random_context *context, unsigned half, bool big_endian) {
  context->half[half].big_endian = big_endian;
  context->half[half].one_space = context->registers.regime == TW_REGIME_EL2;
}

/// EL1&0 and EL2&0.
static void two_halves(tw_random_world *world, tw_random_context *context) {
  tw_random *random = &world->random;
  tw_registers *r = &context->registers;
  bool ds = tw_random_percent(random, 45), big_endian = tw_random_percent(random, 15);
  uint64_t ips = random_ips(random);
  bool ips_52 = ips >= 6;
  r->sctlr = random_sctlr(random, big_endian);
  r->tcr = (uint64_t)ds << 59 | ips << 32 | tw_random_flag(random, 50, 22) | tw_random_flag(random, 50, 36);
  r->tcr |= tw_random_flag(random, 60, 39) | tw_random_flag(random, 60, 40); // HA, HD
  for (unsigned i = 0; i < 2; i++) {
    random_half(world, context, i, ds);
    r->tcr |= tcr_shape(random, &context->half[i], i) | tcr_switches(random, i, world->careful);
    uint64_t base = random_base(world, context, &context->half[i], ips_52 || context->half[i].ds);
    base |= (uint64_t)tw_random_asid(random) << 48;
    *(i ? &r->ttbr1 : &r->ttbr0) = base;
    context->half[i].reach = tw_random_reach(world, ips);
    finish_half(context, i, big_endian);
  }
}

/// EL2 with E2H = 0: one half, another layout.
static void one_half(tw_random_world *world, tw_random_context *context) {
  tw_random *random = &world->random;
  tw_registers *r = &context->registers;
  bool ds = tw_random_percent(random, 45), big_endian = tw_random_percent(random, 15);
  uint64_t ips = random_ips(random);
  random_half(world, context, 0, ds);
  tw_random_tree *tree = &context->half[0];
  r->sctlr = random_sctlr(random, big_endian);
  r->tcr = tcr_shape(random, tree, 0) & TW_TCR_SHAPE_0;
  r->tcr |= ips << 16 | (uint64_t)ds << 32 | tw_random_flag(random, 60, 20) | tw_random_flag(random, 30, 29) |
            tw_random_flag(random, 60, 21) | tw_random_flag(random, 60, 22) | tw_random_flag(random, 20, 24);
  if (!world->careful)
    r->tcr |= tw_random_flag(random, 20, 7) | tw_random_flag(random, 20, 23); // not EPD here
  r->ttbr0 = random_base(world, context, tree, ips >= 6 || tree->ds);
  r->ttbr1 = tw_random_bits(random);
  tree->reach = tw_random_reach(world, ips);
  finish_half(context, 0, big_endian);
}

// ---- contexts ----

static unsigned choose_kind(tw_random *random, unsigned kinds) {
  for (;;) { // most can happen in EL1&0 with stage 2
    unsigned number = tw_random_below(random, TW_KIND_COUNT + 2);
    unsigned kind = number < TW_KIND_COUNT ? 1U << number : TW_KIND_EL10_STAGE2;
    if (kinds & kind)
      return kind;
  }
}

static uint8_t regime_of(unsigned kind) {
  if (kind & (TW_KIND_EL10 | TW_KIND_EL10_STAGE2))
    return TW_REGIME_EL10;
  if (kind == TW_KIND_EL2)
    return TW_REGIME_EL2;
  return kind == TW_KIND_EL20 ? TW_REGIME_EL20 : TW_REGIME_PL10;
}

static int has_stage2(unsigned kind) {
  return (kind & (TW_KIND_EL10_STAGE2 | TW_KIND_SHORT_STAGE2 | TW_KIND_LPAE_STAGE2)) != 0;
}

/// A write that stage 2 refuses sets stage 1's dirty state when it walks and not when it hits. Where the state must not
/// depend on the TLBs, a context has the one or the other.
static void settle(tw_random *random, tw_random_context *context) {
  bool dirty = tw_random_percent(random, 50);
  context->stage2.writable = dirty;
  context->half[0].no_dbm = context->half[1].no_dbm = !dirty;
}

void tw_random_registers(tw_random_world *world, tw_random_context *context, unsigned kinds) {
  tw_random *random = &world->random;
  unsigned kind = choose_kind(random, kinds ? kinds : TW_KIND_ANY);
  *context = (tw_random_context){.kind = (uint8_t)kind, .has_stage2 = has_stage2(kind), .has_stage1 = true};
  context->registers.regime = regime_of(kind);
  context->registers.mair = tw_random_mair(random);
  tw_random_stage2(world, context);
  if (context->registers.regime == TW_REGIME_PL10)
    tw_random_pl10(world, context, (kind & (TW_KIND_SHORT | TW_KIND_SHORT_STAGE2)) != 0);
  else if (context->registers.regime == TW_REGIME_EL2)
    one_half(world, context);
  else
    two_halves(world, context);
  if (world->careful && context->has_stage2)
    settle(random, context);
  if (!world->careful && tw_random_percent(random, 5))
    context->registers.sctlr &= ~1ULL;
  context->has_stage1 = (context->registers.sctlr & 1) && !(context->has_stage2 && context->registers.hcr >> 12 & 1);
  tw_random_addresses(world, context);
}

// ---- changes while the tables stay ----

static void tweak_two_halves(tw_random_world *world, tw_random_context *context) {
  tw_random *random = &world->random;
  tw_registers *r = &context->registers;
  uint64_t switches = 3ULL << 37 | 3ULL << 51 | 0xfULL << 53 | 1ULL << 7 | 1ULL << 23;
  r->tcr = (r->tcr & ~switches) | tcr_switches(random, 0, false) | tcr_switches(random, 1, false);
  if (tw_random_percent(random, 30))
    r->tcr ^= 1ULL << (39 + tw_random_below(random, 4)); // HA, HD, HPD
  if (tw_random_percent(random, 50))
    r->tcr ^= 1ULL << 22; // A1
  for (unsigned i = 0; i < 2; i++) {
    uint64_t *ttbr = i ? &r->ttbr1 : &r->ttbr0;
    *ttbr = (*ttbr & tw_random_mask(48)) | (uint64_t)tw_random_asid(random) << 48;
  }
}

static void tweak_pl10(tw_random *random, tw_registers *r) {
  r->contextidr = tw_random_asid(random);
  if (tw_random_percent(random, 50))
    r->dacr ^= 1U << tw_random_below(random, 32);
  if (!(r->tcr >> 31 & 1))
    return;
  for (unsigned i = 0; i < 2; i++) {
    uint64_t *ttbr = i ? &r->ttbr1 : &r->ttbr0;
    *ttbr = (*ttbr & tw_random_mask(48)) | (uint64_t)(tw_random_asid(random) & 0xff) << 48;
  }
}

void tw_random_tweak(tw_random_world *world, tw_random_context *context) {
  static const uint8_t sctlr_bits[] = {12, 19, 20, 57, 57, 29, 28};
  tw_random *random = &world->random;
  tw_registers *r = &context->registers;
  r->sctlr ^= 1ULL << sctlr_bits[tw_random_below(random, sizeof sctlr_bits)];
  if (r->regime == TW_REGIME_PL10)
    tweak_pl10(random, r);
  else if (r->regime != TW_REGIME_EL2)
    tweak_two_halves(world, context);
  if (tw_random_percent(random, 20))
    r->mair = tw_random_mair(random);
  if (context->has_stage2 && tw_random_percent(random, 30)) {
    static const uint8_t hcr_bits[] = {2, 32, 33, 46};
    r->hcr ^= 1ULL << hcr_bits[tw_random_below(random, sizeof hcr_bits)];
  }
  if (context->has_stage2 && tw_random_percent(random, 20))
    r->vttbr = (r->vttbr & tw_random_mask(48)) | (uint64_t)tw_random_asid(random) << 48;
}
