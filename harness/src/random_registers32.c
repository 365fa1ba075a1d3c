// Random registers of AArch32's PL1&0: short descriptors and LPAE.
#include "random_world.h"

static uint64_t random_sctlr(tw_random *random, bool big_endian) {
  return 1 | tw_random_flag(random, 50, 12) | tw_random_flag(random, 20, 19) | tw_random_flag(random, 20, 20) |
         (uint64_t)big_endian << 25 | tw_random_flag(random, 35, 28) | tw_random_flag(random, 40, 29); // I ... TRE, AFE
}

static uint8_t output_bits(tw_random *random, const tw_random_context *context, unsigned most) {
  unsigned bits = tw_random_percent(random, 75) ? 32 : tw_random_from(random, 32, most);
  if (context->has_stage2 && bits > context->stage2.input_bits)
    bits = context->stage2.input_bits;
  return (uint8_t)bits;
}

/// The most input bits that a stage 1 table's address has.
static unsigned table_bits(const tw_random_context *context, unsigned most) {
  return context->has_stage2 && context->stage2.input_bits < most ? context->stage2.input_bits : most;
}

// ---- short descriptors ----

static void short_half(tw_random_world *world, tw_random_context *context, unsigned half, unsigned n) {
  tw_random_tree *tree = &context->half[half];
  *tree = (tw_random_tree){.format = TW_FORMAT_SHORT,
                           .stage = 1,
                           .granule = 12,
                           .start = 1,
                           .usable = true,
                           .high = half,
                           .reach = 40,
                           .careful = world->careful};
  tree->input_bits = (uint8_t)(half ? 32 : 32 - n);
  tree->output_bits = output_bits(&world->random, context, 32);
  tree->base = tw_random_table(world, tree->input_bits - 18U, table_bits(context, 32)) & 0xffffffff;
}

static uint32_t random_dacr(tw_random *random, bool careful) {
  uint32_t dacr = 0;
  for (unsigned i = 0; i < 16; i++)
    dacr |= (tw_random_percent(random, careful ? 85 : 75) ? 1U : tw_random_below(random, 4)) << (2 * i);
  return dacr;
}

static void short_registers(tw_random_world *world, tw_random_context *context) {
  tw_random *random = &world->random;
  tw_registers *r = &context->registers;
  unsigned n = tw_random_percent(random, 35) ? 0 : tw_random_below(random, 8);
  short_half(world, context, 0, n);
  short_half(world, context, 1, n);
  r->tcr = n;
  if (!world->careful)
    r->tcr |= tw_random_flag(random, 4, 4) | tw_random_flag(random, 4, 5); // PD0, PD1
  uint64_t ignored = tw_random_bits(random) & 0x7f;                        // cacheability, shareability
  r->ttbr0 = context->half[0].base | ignored;
  r->ttbr1 = context->half[1].base | ignored;
  r->contextidr = tw_random_asid(random) | (uint32_t)(tw_random_bits(random) & 0xffff0000);
  r->dacr = random_dacr(random, world->careful);
  r->mair = tw_random_bits(random);
}

// ---- LPAE ----

static void lpae_half(tw_random_world *world, tw_random_context *context, unsigned half, unsigned txsz) {
  tw_random_tree *tree = &context->half[half];
  *tree = (tw_random_tree){.format = TW_FORMAT_LPAE,
                           .stage = 1,
                           .granule = 12,
                           .usable = true,
                           .high = half,
                           .careful = world->careful,
                           .input_bits = (uint8_t)(32 - txsz)};
  tree->start = (int8_t)tw_random_start(12, tree->input_bits);
  tree->reach = tw_random_reach(world, 2);
  tree->output_bits = output_bits(&world->random, context, 40);
  unsigned low = 12 + 9 * (unsigned)(3 - tree->start);
  tree->base = tw_random_table(world, 3 + tree->input_bits - low, table_bits(context, 40)) & tw_random_mask(40);
}

static void lpae_registers(tw_random_world *world, tw_random_context *context) {
  tw_random *random = &world->random;
  tw_registers *r = &context->registers;
  unsigned txsz[2];
  for (unsigned i = 0; i < 2; i++) {
    txsz[i] = tw_random_percent(random, 45) ? 0 : tw_random_below(random, 8);
    lpae_half(world, context, i, txsz[i]);
  }
  r->tcr = 1ULL << 31 | txsz[0] | txsz[1] << 16 | tw_random_flag(random, 50, 22) |
           (tw_random_bits(random) & (0x3f << 8 | 0x3f << 24)); // EAE, A1, SH and cacheability
  if (!world->careful)
    r->tcr |= tw_random_flag(random, 4, 7) | tw_random_flag(random, 4, 23); // EPD
  for (unsigned i = 0; i < 2; i++)
    *(i ? &r->ttbr1 : &r->ttbr0) = context->half[i].base | (uint64_t)(tw_random_asid(random) & 0xff) << 48;
  if (!world->careful && tw_random_percent(random, 10))
    r->ttbr0 |= 0xffULL << 40;
  r->contextidr = (uint32_t)tw_random_bits(random);
  r->dacr = (uint32_t)tw_random_bits(random);
}

void tw_random_pl10(tw_random_world *world, tw_random_context *context, bool is_short) {
  bool big_endian = tw_random_percent(&world->random, 15);
  context->registers.sctlr = random_sctlr(&world->random, big_endian);
  if (is_short)
    short_registers(world, context);
  else
    lpae_registers(world, context);
  context->half[0].big_endian = context->half[1].big_endian = big_endian;
}
