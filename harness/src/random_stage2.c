// Random registers of stage 2.
#include "random_world.h"

/// The start levels that fit an input size. Gives how many.
static unsigned fitting(unsigned granule, unsigned input_bits, bool ds, unsigned pa_bits, int *level) {
  unsigned count = 0;
  for (int l = ds && granule == 12 ? -1 : 0; l <= 3; l++) {
    unsigned k = (unsigned)(3 - l), least = k * (granule - 3) + granule + 1, most = least + granule - 3 + 3;
    bool exists = granule == 12   ? l != 0 || pa_bits >= 44
                  : granule == 14 ? (l != 1 || pa_bits >= 42) && (l != 0 || ds)
                                  : l >= 1 && (l != 1 || pa_bits >= 44);
    if (exists && input_bits >= least && input_bits <= most)
      level[count++] = l;
  }
  return count;
}

/// SL0 at bit 6, SL2 at bit 33.
static uint64_t start_code(unsigned granule, int level) {
  if (granule == 12)
    return level == -1 ? 1ULL << 33 : (uint64_t)(level == 3 ? 3 : 2 - level) << 6;
  return (uint64_t)(3 - level) << 6;
}

static unsigned random_input_bits(tw_random_world *world, unsigned granule, bool ds) {
  static const uint8_t usual[] = {32, 36, 40, 42, 44, 48, 39, 33};
  tw_random *random = &world->random;
  unsigned most = ds || (granule == 16 && world->core.mmu.pa_bits == 52) ? 52 : 48;
  if (tw_random_percent(random, ds ? 50 : 15))
    return most;
  if (tw_random_percent(random, 60) || world->careful)
    return usual[tw_random_below(random, sizeof usual)];
  if (tw_random_percent(random, 5))
    return tw_random_from(random, 1, 64);
  return tw_random_from(random, granule == 16 ? 17 : 16, most);
}

static uint64_t granule_code(unsigned granule) { return granule == 12 ? 0 : granule == 14 ? 2 : 1; }

/// VTTBR's base, and the tree's.
static uint64_t random_base(tw_random_world *world, tw_random_tree *tree, bool high) {
  unsigned low = tree->granule + (tree->granule - 3U) * (unsigned)(3 - tree->start);
  unsigned size = 3 + (tree->input_bits > low ? tree->input_bits - low : 0);
  if (high && size < 6)
    size = 6;
  tree->base = tw_random_table(world, size, 52);
  if (high)
    return (tree->base & tw_random_mask(48)) | (tree->base >> 48 & 15) << 2;
  tree->base &= tw_random_mask(48);
  return tree->base;
}

/// Registers that do not fit together: all sorts of faults before the first read.
static void unfit(tw_random_world *world, tw_random_tree *tree, tw_registers *r) {
  tree->usable = false;
  r->vtcr ^= (uint64_t)tw_random_from(&world->random, 0, 3) << 6;
  r->vttbr |= tw_random_bits(&world->random) & tw_random_mask(48) & ~0xfffULL;
}

static void long_stage2(tw_random_world *world, tw_random_context *context) {
  tw_random *random = &world->random;
  tw_registers *r = &context->registers;
  tw_random_tree *tree = &context->stage2;
  tree->format = TW_FORMAT_LONG;
  tree->granule = (uint8_t)(12 + 2 * tw_random_below(random, 3));
  bool ds = tw_random_percent(random, 40);
  uint64_t ps = tw_random_percent(random, 80) ? 6 : tw_random_below(random, 8);
  tree->ds = ds && tree->granule < 16 && world->core.mmu.pa_bits == 52;
  tree->wide = tree->granule == 16 && world->core.mmu.pa_bits == 52;
  tree->input_bits = (uint8_t)random_input_bits(world, tree->granule, tree->ds);
  int level[8];
  unsigned levels = fitting(tree->granule, tree->input_bits, tree->ds, world->core.mmu.pa_bits, level);
  unsigned least = tree->ds || tree->wide ? 12 : 16;
  tree->usable = levels && 64U - tree->input_bits >= least;
  tree->start = (int8_t)(levels ? level[tw_random_below(random, levels)] : 1);
  r->vtcr = ((64U - tree->input_bits) & 63) | start_code(tree->granule, tree->start) |
            (uint64_t)tw_random_below(random, 4) << 12 | granule_code(tree->granule) << 14 | ps << 16 |
            tw_random_flag(random, 50, 19) | tw_random_flag(random, 55, 21) | tw_random_flag(random, 60, 22) |
            (uint64_t)ds << 32;
  tree->reach = tw_random_reach(world, ps);
  r->vttbr = random_base(world, tree, tree->ds || (tree->wide && ps >= 6));
}

/// VTCR of AArch32: T0SZ is a signed 4-bit number.
static void lpae_stage2(tw_random_world *world, tw_random_context *context) {
  tw_random *random = &world->random;
  tw_registers *r = &context->registers;
  tw_random_tree *tree = &context->stage2;
  tree->format = TW_FORMAT_LPAE;
  tree->granule = 12;
  tree->input_bits = (uint8_t)(world->careful || tw_random_percent(random, 70) ? tw_random_from(random, 33, 40)
                                                                               : tw_random_from(random, 25, 40));
  bool level1 = tree->input_bits > 34 || (tree->input_bits > 30 && tw_random_percent(random, 60));
  tree->start = level1 ? 1 : 2;
  tree->usable = true;
  tree->reach = tw_random_reach(world, 2);
  r->vtcr = ((32U - tree->input_bits) & 15) | (uint64_t)level1 << 6 | (tw_random_bits(random) & 0x3f00);
  r->vttbr = random_base(world, tree, false) & tw_random_mask(40);
  tree->base &= tw_random_mask(40);
}

static uint64_t random_hcr(tw_random *random, bool careful) {
  uint64_t hcr = 1 | tw_random_flag(random, 30, 46) | tw_random_flag(random, 20, 2);
  hcr |= tw_random_flag(random, 8, 32) | tw_random_flag(random, 8, 33);
  if (tw_random_percent(random, careful ? 3 : 6))
    hcr = (hcr | 1ULL << 12) & ~tw_random_flag(random, 50, 0); // DC, with and without VM
  return hcr;
}

void tw_random_stage2(tw_random_world *world, tw_random_context *context) {
  tw_random *random = &world->random;
  tw_registers *r = &context->registers;
  tw_random_tree *tree = &context->stage2;
  *tree = (tw_random_tree){.stage = 2, .careful = world->careful};
  if (r->regime == TW_REGIME_PL10)
    lpae_stage2(world, context);
  else
    long_stage2(world, context);
  tree->big_endian = tw_random_percent(random, 15);
  tree->shift = (uint64_t)tw_random_below(random, 2) << 30;
  tree->output_bits = (uint8_t)(tw_random_percent(random, 80) ? 32 : tw_random_from(random, 32, 48));
  if (!world->careful && tw_random_percent(random, 4))
    unfit(world, tree, r);
  r->ee2 = tree->big_endian;
  r->vttbr |= (uint64_t)tw_random_asid(random) << 48;
  if (context->has_stage2)
    r->hcr = random_hcr(random, world->careful);
  else
    r->hcr = tw_random_bits(random) & (1ULL << 46 | 1ULL << 32 | 1ULL << 2); // no stage 2 to change
}
