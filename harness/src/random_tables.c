// Random translation tables: what is written where.
#include "random_tables.h"
#include "random_descriptor.h"

enum { TW_FOUR_LOG2 = 2 }; ///< descriptors of a line of 32 bytes

// ---- which tree ----

/// The bits 31 down to 32 - count are all ones, or all zeros.
static bool ones(uint64_t va, unsigned count) { return !(~va >> (32 - count) & tw_random_mask(count)); }
static bool zeros(uint64_t va, unsigned count) { return !(va >> (32 - count) & tw_random_mask(count)); }

static bool in_high_half_32(const tw_random_context *context, uint64_t va) {
  const tw_registers *r = &context->registers;
  unsigned t0 = r->tcr & 7, t1 = r->tcr >> 16 & 7;
  if (!(r->tcr >> 31 & 1))
    return t0 && !zeros(va, t0);
  if (!t0)
    return t1 && ones(va, t1);
  return !zeros(va, t0);
}

const tw_random_tree *tw_random_half_of(const tw_random_context *context, uint64_t va) {
  switch (context->registers.regime) {
  case TW_REGIME_EL2:
    return &context->half[0];
  case TW_REGIME_PL10:
    return &context->half[in_high_half_32(context, va)];
  default:
    return &context->half[va >> 55 & 1];
  }
}

const tw_random_tree *tw_random_below_of(const tw_random_context *context) {
  return context->has_stage2 ? &context->stage2 : NULL;
}

// ---- descriptors in memory ----

static uint64_t swap_bytes(uint64_t value, unsigned size_log2) {
  uint64_t swapped = 0;
  for (unsigned i = 0; i < 1U << size_log2; i++)
    swapped = swapped << 8 | (value >> (8 * i) & 0xff);
  return swapped;
}

static uint64_t index_of(const tw_random_step *s) { return s->va >> s->low & tw_random_mask(s->top - s->low); }

/// The physical address of entry `index` of the step's table.
static uint64_t place_of(tw_random_world *world, const tw_random_step *s, uint64_t index) {
  uint64_t address = s->table + (index << tw_tree_entry(s->tree)), pa;
  if (s->below && tw_random_look_up(world, s->below, NULL, address, &pa))
    return pa;
  return address & tw_random_mask(52);
}

static uint64_t read_at(tw_random_world *world, uint64_t pa, unsigned size_log2, bool big_endian) {
  uint64_t value = world->store.read(world->store.context, pa & ~7ULL);
  if (size_log2 == 2)
    value = (pa & 4 ? value >> 32 : value) & 0xffffffff;
  return big_endian ? swap_bytes(value, size_log2) : value;
}

static int write_at(tw_random_world *world, uint64_t pa, unsigned size_log2, bool big_endian, uint64_t value) {
  if (big_endian)
    value = swap_bytes(value, size_log2);
  if (size_log2 == 2) { // the other half of the word stays
    unsigned shift = pa & 4 ? 32 : 0;
    uint64_t other = world->store.read(world->store.context, pa & ~7ULL) & ~(0xffffffffULL << shift);
    value = other | (value & 0xffffffff) << shift;
  }
  return world->store.write(world->store.context, pa & ~7ULL, value);
}

static int write_entry(tw_random_world *world, const tw_random_step *s, uint64_t index, uint64_t descriptor) {
  uint64_t pa = place_of(world, s, index);
  uint32_t slot = world->writes++ % TW_RANDOM_WRITTEN;
  world->written[slot].pa = pa;
  world->written[slot].size_log2 = (uint8_t)tw_tree_entry(s->tree);
  world->written[slot].big_endian = s->tree->big_endian;
  return write_at(world, pa, tw_tree_entry(s->tree), s->tree->big_endian, descriptor);
}

static uint64_t read_entry(tw_random_world *world, const tw_random_step *s) {
  return read_at(world, place_of(world, s, index_of(s)), tw_tree_entry(s->tree), s->tree->big_endian);
}

// ---- the walk by software ----

static bool begin(const tw_random_tree *tree, const tw_random_tree *below, uint64_t va, tw_random_step *s) {
  if (!tree->usable)
    return false;
  *s = (tw_random_step){.tree = tree, .below = below, .va = va, .table = tree->base, .level = tree->start};
  s->top = tree->input_bits;
  s->low = tw_tree_low(tree, tree->start);
  return true;
}

static void descend(tw_random_step *s, uint64_t next) {
  s->table = next;
  s->level++;
  s->top = s->low;
  s->low = tw_tree_low(s->tree, s->level);
}

bool tw_random_walk(tw_random_world *world, const tw_random_tree *tree, const tw_random_tree *below, uint64_t va,
                    int level, tw_random_step *end) {
  if (!begin(tree, below, va, end))
    return false;
  for (;;) {
    end->descriptor = read_entry(world, end);
    if (end->level == level || !tw_descriptor_is_table(tree, end->level, end->descriptor))
      return true;
    descend(end, tw_descriptor_address(tree, end->level, end->descriptor));
  }
}

bool tw_random_look_up(tw_random_world *world, const tw_random_tree *tree, const tw_random_tree *below, uint64_t va,
                       uint64_t *output) {
  tw_random_step end;
  if (tree->input_bits < 64 && tree->stage == 2 && va >> tree->input_bits)
    return false;
  if (!tw_random_walk(world, tree, below, va, 4, &end) || !tw_descriptor_is_leaf(tree, end.level, end.descriptor))
    return false;
  bool grouped = tree->format == TW_FORMAT_SHORT && tw_descriptor_is_grouped(tree, end.level, end.descriptor);
  unsigned size = end.low + (grouped ? 4 : 0);
  *output = tw_descriptor_address(tree, end.level, end.descriptor) | (va & tw_random_mask(size));
  return true;
}

// ---- what is mapped ----

/// An output address for a leaf of 2^low bytes: near one of a few places, so that stage 2 is met twice there. Data lies
/// above 2 GiB, tables below.
static uint64_t output_address(tw_random_world *world, const tw_random_tree *tree, unsigned low) {
  tw_random *random = &world->random;
  uint64_t address = tw_random_bits(random);
  if (tw_random_percent(random, 60))
    address = tw_random_mix(tw_random_below(random, 6)) + ((uint64_t)tw_random_below(random, 4) << 12);
  unsigned bits = tw_random_percent(random, 92) ? tree->output_bits : tw_random_from(random, 32, 52);
  if (low >= bits)
    bits = tw_random_percent(random, 50) ? 52 : low;
  address &= tw_random_mask(bits);
  if (bits >= 32)
    address |= 1ULL << 31;
  return address >> low << low;
}

/// Which descriptor of a group the hardware has marked depends on the TLBs. Below a stage 2 it must not matter: the
/// update can be refused there.
static uint64_t mark_group(const tw_random_step *step, uint64_t descriptor) {
  if (!step->tree->careful || !step->below || step->tree->format != TW_FORMAT_LONG)
    return descriptor;
  return (descriptor | 1ULL << 10) & ~(1ULL << 51);
}

int tw_random_replace(tw_random_world *world, const tw_random_step *step, unsigned group_log2, uint64_t descriptor) {
  if (descriptor && group_log2)
    descriptor = mark_group(step, descriptor);
  uint64_t count = 1ULL << group_log2, first = index_of(step) & ~(count - 1);
  uint64_t pa = tw_descriptor_address(step->tree, step->level, descriptor) >> (step->low + group_log2)
                                                                                  << (step->low + group_log2);
  for (uint64_t i = 0; i < count; i++) {
    uint64_t value = descriptor;
    if (descriptor && group_log2)
      value = tw_descriptor_move(step->tree, step->level, descriptor, pa + (i << step->low));
    if (write_entry(world, step, first + i, value))
      return -1;
  }
  return 0;
}

/// A contiguous group as it has to be: all entries alike, consecutive outputs. Or with a slip.
static int write_group(tw_random_world *world, const tw_random_step *s, unsigned group, bool plain) {
  tw_random *random = &world->random;
  uint64_t pa = plain ? (s->va + s->tree->shift) >> (s->low + group) << (s->low + group)
                      : output_address(world, s->tree, s->low + group);
  uint64_t descriptor = plain ? tw_encode_plain(random, s->tree, s->level, true, pa)
                              : tw_encode_leaf(random, s->tree, s->level, true, pa);
  if (tw_random_replace(world, s, group, descriptor))
    return -1;
  if (s->tree->careful || !tw_random_percent(random, 25))
    return 0;
  uint64_t wrong =
      tw_encode_leaf(random, s->tree, s->level, tw_random_percent(random, 50), output_address(world, s->tree, s->low));
  return write_entry(world, s, index_of(s), wrong);
}

/// A careful world's groups take only entries that are free.
static bool entries_are_free(tw_random_world *world, const tw_random_step *s, unsigned group) {
  uint64_t first = index_of(s) >> group << group;
  for (uint64_t i = 0; i < 1ULL << group; i++)
    if (read_at(world, place_of(world, s, first + i), tw_tree_entry(s->tree), s->tree->big_endian))
      return false;
  return true;
}

/// Three of the four descriptors of a line stay as they are, and this one does not: what is left to software, or what
/// tells four pages apart. It must not be more than what other pages could say.
static uint64_t slip(tw_random *random, const tw_random_step *s, uint64_t descriptor) {
  static const uint8_t careless[] = {0, 1, 7, 10, 11, 12, 13, 14, 15, 16, 47, 50, 51, 52, 59, 63};
  if (tw_random_percent(random, 25))
    return descriptor ^ (uint64_t)tw_random_from(random, 1, 15) << 55;
  if (tw_random_percent(random, 20))
    return 0;
  if (s->tree->careful || tw_random_percent(random, 50))
    return tw_descriptor_repermit(random, s->tree, s->level, descriptor);
  return descriptor ^ 1ULL << careless[tw_random_below(random, sizeof careless)];
}

/// The pages of one line of descriptors, contiguous and alike: all of them, or all but one. In many of them what is
/// left to software differs.
static int write_four(tw_random_world *world, const tw_random_step *s) {
  tw_random *random = &world->random;
  uint64_t pa = output_address(world, s->tree, s->low + TW_FOUR_LOG2), first = index_of(s) >> TW_FOUR_LOG2;
  uint64_t descriptor = tw_encode_leaf(random, s->tree, s->level, false, pa);
  if (tw_random_percent(random, 70)) // accessed, and not clean
    descriptor = (descriptor | 1ULL << 10) & ~(1ULL << 51);
  bool software = tw_random_percent(random, 30);
  uint64_t slips = tw_random_percent(random, 55) ? tw_random_below(random, 4) : 4;
  for (uint64_t i = 0; i < 1U << TW_FOUR_LOG2; i++) {
    uint64_t value = tw_descriptor_move(s->tree, s->level, descriptor, pa + (i << s->low));
    if (software)
      value ^= (tw_random_bits(random) & 15) << 55;
    if (i == slips)
      value = slip(random, s, value);
    if (write_entry(world, s, (first << TW_FOUR_LOG2) + i, value))
      return -1;
  }
  return 0;
}

/// In a careful world no leaf for data reaches to where stage 2 maps tables.
static bool may_be_leaf(const tw_random_step *s, unsigned group, bool plain) {
  if (!s->tree->careful || s->tree->stage == 1 || plain)
    return true;
  return s->va >> (s->low + group) << (s->low + group) > TW_TABLES_LAST;
}

/// The group does not fit when the table has fewer entries or the input range is no larger.
static bool group_fits(tw_random_world *world, const tw_random_step *s, unsigned group, bool plain) {
  if (!group || s->top - s->low < group || s->low + group >= s->tree->input_bits || !may_be_leaf(s, group, plain))
    return false;
  if (!s->tree->careful)
    return true;
  return s->low + group <= s->tree->reach && entries_are_free(world, s, group); // all of it can be reached
}

/// Four pages that may make one mapping.
static bool may_be_four(tw_random_world *world, const tw_random_step *s, bool plain) {
  if (s->tree->format != TW_FORMAT_LONG || s->tree->stage != 1 || s->level != 3 || plain ||
      s->top - s->low < TW_FOUR_LOG2)
    return false;
  return !s->tree->careful || (s->low + TW_FOUR_LOG2 <= s->tree->reach && entries_are_free(world, s, TW_FOUR_LOG2));
}

static int write_leaf(tw_random_world *world, const tw_random_step *s, bool plain) {
  tw_random *random = &world->random;
  unsigned group = tw_tree_group(s->tree, s->level);
  if (tw_random_percent(random, world->core.mmu.coalesce ? 65 : 10) && may_be_four(world, s, plain))
    return write_four(world, s);
  if (tw_random_percent(random, 28) && group_fits(world, s, group, plain))
    return write_group(world, s, group, plain);
  bool lone = !s->tree->careful && tw_random_percent(random, 6);
  uint64_t pa = plain ? s->va + s->tree->shift : output_address(world, s->tree, s->low);
  if (plain)
    return write_entry(world, s, index_of(s), tw_encode_plain(random, s->tree, s->level, false, pa));
  return write_entry(world, s, index_of(s), tw_encode_leaf(random, s->tree, s->level, lone, pa));
}

/// Something that is neither a table nor a leaf that is legal there.
static int write_nonsense(tw_random_world *world, const tw_random_step *s) {
  uint64_t descriptor = tw_random_bits(&world->random) & ~3ULL;
  bool legal = s->tree->format == TW_FORMAT_SHORT || tw_tree_block_is_legal(s->tree, s->level);
  if (tw_random_percent(&world->random, 50) && !(s->tree->careful && legal))
    descriptor |= 1; // reserved at level 3, a block elsewhere
  return write_entry(world, s, index_of(s), descriptor);
}

/// A new table for the level below.
static int write_table(tw_random_world *world, const tw_random_step *s, uint64_t *next) {
  unsigned size = s->tree->format == TW_FORMAT_SHORT ? 10 : s->tree->granule;
  unsigned limit = s->below ? s->below->input_bits : 52;
  *next = tw_random_table(world, size, limit);
  if (s->below && tw_random_map_tables(world, s->below, *next, 1ULL << size))
    return -1;
  return write_entry(world, s, index_of(s), tw_encode_table(&world->random, s->tree, *next));
}

/// Make the descriptor of one step. 1: it is a table and the walk goes on; 0: it ends here; -1: stop.
static int make_step(tw_random_world *world, tw_random_step *s, bool plain) {
  tw_random *random = &world->random;
  if (tw_random_percent(random, plain ? 1 : 3))
    return write_nonsense(world, s);
  bool last = s->level == tw_tree_last(s->tree);
  bool block = tw_tree_block_is_legal(s->tree, s->level) && may_be_leaf(s, 0, plain);
  if (last || (block && tw_random_percent(random, 30)))
    return write_leaf(world, s, plain && (s->tree->careful || !tw_random_percent(random, 6)));
  uint64_t next;
  if (write_table(world, s, &next))
    return -1;
  descend(s, next);
  return 1;
}

/// One step of the walk that maps: follow a table that is there, mostly, else make something new.
static int map_step(tw_random_world *world, tw_random_step *s, bool plain) {
  bool careless = !s->tree->careful;
  uint64_t there = read_entry(world, s);
  bool table = tw_descriptor_is_table(s->tree, s->level, there);
  if (table && !(careless && !plain && tw_random_percent(&world->random, 6))) {
    descend(s, tw_descriptor_address(s->tree, s->level, there));
    return 1;
  }
  if (!there || (careless && !plain && tw_random_percent(&world->random, 25)))
    return make_step(world, s, plain);
  return 0;
}

static int map_as(tw_random_world *world, const tw_random_tree *tree, const tw_random_tree *below, uint64_t va,
                  bool plain) {
  tw_random_step s;
  if (!begin(tree, below, va, &s))
    return 0;
  int on = 1;
  while (on == 1)
    on = map_step(world, &s, plain);
  return on;
}

int tw_random_map(tw_random_world *world, const tw_random_tree *tree, const tw_random_tree *below, uint64_t va) {
  return map_as(world, tree, below, va, false);
}

int tw_random_map_tables(tw_random_world *world, const tw_random_tree *tree, uint64_t ipa, uint64_t bytes) {
  uint64_t page = 1ULL << tree->granule, last = ipa + bytes - 1;
  for (uint64_t at = ipa & ~(page - 1); at <= last; at += page)
    if (map_as(world, tree, NULL, at & tw_random_mask(tree->input_bits), true))
      return -1;
  return 0;
}

int tw_random_map_both(tw_random_world *world, uint64_t va) {
  const tw_random_context *context = world->context;
  const tw_random_tree *below = tw_random_below_of(context), *half = tw_random_half_of(context, va);
  uint64_t ipa = va & tw_random_mask(48);
  if (context->has_stage1 && tw_random_map(world, half, below, va))
    return -1;
  if (!below || (context->has_stage1 && !tw_random_look_up(world, half, below, va, &ipa)))
    return 0;
  ipa &= tw_random_mask(below->input_bits);
  if (world->careful && ipa <= TW_TABLES_LAST)
    return 0;
  return tw_random_map(world, below, NULL, ipa);
}

/// The start tables of stage 1 must be reached too.
static int map_start(tw_random_world *world, const tw_random_tree *half, const tw_random_tree *below) {
  if (!half->usable || !below->usable)
    return 0;
  unsigned low = tw_tree_low(half, half->start);
  unsigned index = half->input_bits > low ? half->input_bits - low : 0;
  return tw_random_map_tables(world, below, half->base, 1ULL << (tw_tree_entry(half) + index));
}

int tw_random_map_all(tw_random_world *world) {
  const tw_random_context *context = world->context;
  const tw_random_tree *below = tw_random_below_of(context);
  for (unsigned i = 0; below && context->has_stage1 && i < 2; i++)
    if (map_start(world, &context->half[i], below))
      return -1;
  for (unsigned i = 0; i < TW_RANDOM_VAS; i++)
    if (tw_random_map_both(world, world->context->va[i]))
      return -1;
  return 0;
}

/// Flip a bit, take it out, or map its address anew.
int tw_random_rewrite(tw_random_world *world) {
  tw_random *random = &world->random;
  if (!world->writes || tw_random_percent(random, 40))
    return tw_random_map_both(world, world->context->va[tw_random_below(random, TW_RANDOM_VAS)]);
  uint32_t known = world->writes < TW_RANDOM_WRITTEN ? world->writes : TW_RANDOM_WRITTEN;
  uint32_t slot = tw_random_below(random, known);
  uint64_t pa = world->written[slot].pa;
  unsigned size = world->written[slot].size_log2;
  bool big_endian = world->written[slot].big_endian;
  uint64_t descriptor = read_at(world, pa, size, big_endian);
  if (tw_random_percent(random, 50))
    descriptor ^= 1ULL << tw_random_below(random, 8U << size);
  else
    descriptor = tw_random_percent(random, 50) ? 0 : descriptor ^ 1ULL << 10;
  return write_at(world, pa, size, big_endian, descriptor);
}
