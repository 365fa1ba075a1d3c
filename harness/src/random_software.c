// Changes of tables and registers by software that keeps the rules.
#include "random_software.h"
#include "random_descriptor.h"

static int drop(tw_software *software, const tw_random_need *need) {
  tw_tlbi tlbi[2];
  size_t count = tw_random_maintenance(&software->world.random, need, tlbi);
  for (size_t i = 0; i < count; i++)
    if (software->maintain(software->self, &tlbi[i]))
      return -1;
  return 0;
}

// ---- what a change concerns ----

static bool is_global(const tw_random_step *step) {
  if (step->tree->one_space)
    return true;
  unsigned bit = step->tree->format == TW_FORMAT_SHORT && step->level == 1 ? 17 : 11;
  return !(step->descriptor >> bit & 1);
}

/// No other context walks this tree.
static bool is_private(const tw_software *software, const tw_random_tree *tree) {
  const tw_random_context *context = software->world.context;
  unsigned members = 0;
  for (uint32_t i = 0; i < software->contexts; i++)
    members += software->group[i] == software->group[context - software->context];
  return members == 1 || tree == &context->half[0];
}

static tw_random_need need_of(const tw_software *software, const tw_random_step *step, unsigned group, bool leaf) {
  const tw_random_context *context = software->world.context;
  uint64_t bytes = 1ULL << (step->low + group);
  bool own = is_private(software, step->tree);
  tw_random_need need = {.context = context,
                         .first = step->va & ~(bytes - 1),
                         .last = step->va | (bytes - 1),
                         .asid = tw_random_effective_asid(context),
                         .granule = step->tree->granule,
                         .level = (int8_t)(leaf ? step->level : -2),
                         .leaf = leaf,
                         .stage2 = step->tree->stage == 2,
                         .has_lpa2 = software->world.core.mmu.pa_bits == 52};
  need.va_suffices = own || (leaf && is_global(step));
  need.asid_suffices = own && step->tree->only_ng;
  return need;
}

static unsigned group_of(const tw_random_step *step) {
  bool grouped = tw_descriptor_is_grouped(step->tree, step->level, step->descriptor);
  return grouped ? tw_tree_group(step->tree, step->level) : 0;
}

// ---- leaves ----

static int repermit(tw_software *software, const tw_random_step *step, unsigned group) {
  uint64_t changed = tw_descriptor_repermit(&software->world.random, step->tree, step->level, step->descriptor);
  if (tw_random_replace(&software->world, step, group, changed))
    return -1;
  tw_random_need need = need_of(software, step, group, true);
  return drop(software, &need);
}

/// Break before make; the make comes later when somebody maps the address again.
static int unmap(tw_software *software, const tw_random_step *step, unsigned group) {
  if (tw_random_replace(&software->world, step, group, 0))
    return -1;
  tw_random_need need = need_of(software, step, group, true);
  return drop(software, &need);
}

static int change_leaf(tw_software *software, const tw_random_step *step, bool may_move) {
  tw_random *random = &software->world.random;
  unsigned group = group_of(step);
  if (!may_move || tw_random_percent(random, 45))
    return repermit(software, step, group);
  if (unmap(software, step, group))
    return -1;
  if (tw_random_percent(random, 30))
    return 0;
  if (step->tree->stage == 1)
    return tw_random_map_both(&software->world, step->va);
  return tw_random_map(&software->world, step->tree, step->below, step->va);
}

// ---- tables ----

/// Take a table out, or change its permissions: all that lies below it is concerned.
static int change_table(tw_software *software, uint64_t va) {
  tw_random_world *world = &software->world;
  const tw_random_tree *tree = tw_random_half_of(world->context, va);
  tw_random_step step;
  int last = tw_tree_last(tree);
  int level = tree->start < last
                  ? (int)tw_random_from(&world->random, 0, (uint32_t)(last - 1 - tree->start)) + tree->start
                  : last;
  if (!tw_random_walk(world, tree, tw_random_below_of(world->context), va, level, &step) ||
      !tw_descriptor_is_table(tree, step.level, step.descriptor))
    return 0;
  uint64_t changed = 0;
  if (tw_random_percent(&world->random, 60))
    changed = tw_descriptor_repermit_table(&world->random, tree, step.descriptor);
  software->counts->table_changes++;
  // a table's descriptor is no leaf: no output to move
  if (tw_random_replace(world, &step, 0, changed))
    return -1;
  tw_random_need need = need_of(software, &step, 0, false);
  if (step.low >= 55 || step.top == tree->input_bits) { // a range can't tell it
    need.first = 0;
    need.last = UINT64_MAX;
  }
  return drop(software, &need);
}

// ---- stage 2 ----

/// The IPA of a VA's data, or of a table.
static bool some_ipa(tw_software *software, uint64_t va, uint64_t *ipa) {
  tw_random_world *world = &software->world;
  const tw_random_context *context = world->context;
  const tw_random_tree *half = tw_random_half_of(context, va);
  if (!context->has_stage1) {
    *ipa = va & tw_random_mask(48);
    return true;
  }
  if (tw_random_percent(&world->random, 75))
    return tw_random_look_up(world, half, &context->stage2, va, ipa);
  tw_random_step step;
  if (!tw_random_walk(world, half, &context->stage2, va, 4, &step))
    return false;
  *ipa = step.table;
  return true;
}

static bool holds_tables(const tw_random_step *step, unsigned group) {
  uint64_t bytes = 1ULL << (step->low + group), first = step->va & ~(bytes - 1), last = step->va | (bytes - 1);
  return first <= TW_TABLES_LAST && last >= TW_TABLES_FIRST;
}

static int change_stage2(tw_software *software, uint64_t va) {
  tw_random_world *world = &software->world;
  const tw_random_tree *tree = &world->context->stage2;
  uint64_t ipa;
  tw_random_step step;
  if (!some_ipa(software, va, &ipa) || ipa >> tree->input_bits || !tw_random_walk(world, tree, NULL, ipa, 4, &step))
    return 0;
  software->counts->stage2_changes++;
  if (!tw_descriptor_is_leaf(tree, step.level, step.descriptor))
    return tw_random_map(world, tree, NULL, ipa);
  return change_leaf(software, &step, !holds_tables(&step, group_of(&step)));
}

// ---- registers ----

/// A change that TLB entries hold: all contexts of the group have it, and all entries are dropped.
static int change_registers(tw_software *software) {
  tw_random_world *world = &software->world;
  tw_random *random = &world->random;
  uint32_t current = (uint32_t)(world->context - software->context);
  bool pl10 = world->context->registers.regime == TW_REGIME_PL10;
  uint64_t mair = tw_random_percent(random, 60) ? tw_random_mair(random) : world->context->registers.mair;
  uint64_t hcr = world->context->has_stage2 && tw_random_percent(random, 50)
                     ? tw_random_flag(random, 40, 46) | tw_random_flag(random, 40, 2) | tw_random_flag(random, 30, 32) |
                           tw_random_flag(random, 30, 33)
                     : 0;
  uint64_t sctlr = pl10 ? tw_random_flag(random, 30, 28) | tw_random_flag(random, 30, 29) : 0;
  for (uint32_t i = 0; i < software->contexts; i++) {
    if (software->group[i] != software->group[current])
      continue;
    tw_registers *r = &software->context[i].registers;
    r->mair = mair;
    r->hcr ^= hcr;
    r->sctlr ^= sctlr;
  }
  software->counts->register_changes++;
  if (software->set_registers(software->self, &world->context->registers))
    return -1;
  tw_random_need need = {.context = world->context, .level = -2, .last = UINT64_MAX, .granule = 12};
  return drop(software, &need);
}

int tw_software_flip(tw_software *software) {
  tw_random_world *world = &software->world;
  tw_random *random = &world->random;
  tw_registers *r = &world->context->registers;
  static const uint8_t tcr_bits[] = {37, 38, 51, 52, 53, 54, 55, 56};
  static const uint8_t sctlr_bits[] = {12, 19, 57, 20};
  if (r->regime == TW_REGIME_EL2)
    r->tcr ^= 1ULL << (tw_random_percent(random, 50) ? 20 : 29); // TBI, TBID
  else if (r->regime != TW_REGIME_PL10)
    r->tcr ^= 1ULL << tcr_bits[tw_random_below(random, sizeof tcr_bits)];
  else
    r->dacr ^= 1U << tw_random_below(random, 32);
  r->sctlr ^= 1ULL << sctlr_bits[tw_random_below(random, sizeof sctlr_bits)];
  if (tw_random_percent(random, r->sctlr & 1 ? 6 : 70))
    r->sctlr ^= 1; // M: what the TLBs hold stays and is right again later
  world->context->has_stage1 = (r->sctlr & 1) && !(world->context->has_stage2 && r->hcr >> 12 & 1);
  return software->set_registers(software->self, r);
}

// ---- one change ----

int tw_software_change(tw_software *software) {
  tw_random_world *world = &software->world;
  tw_random *random = &world->random;
  const tw_random_context *context = world->context;
  uint64_t va = context->va[tw_random_below(random, tw_random_percent(random, 60) ? 6 : TW_RANDOM_VAS)];
  uint32_t chance = tw_random_below(random, 100);
  if (chance < 4)
    return change_registers(software);
  if (context->has_stage2 && chance < 30)
    return change_stage2(software, va);
  if (!context->has_stage1)
    return 0;
  if (chance < 42)
    return change_table(software, va);
  tw_random_step step;
  const tw_random_tree *tree = tw_random_half_of(context, va), *below = tw_random_below_of(context);
  if (!tw_random_walk(world, tree, below, va, 4, &step))
    return 0;
  if (tw_descriptor_is_leaf(tree, step.level, step.descriptor)) {
    software->counts->leaf_changes++;
    return change_leaf(software, &step, true);
  }
  software->counts->made++;
  return tw_random_map_both(world, va);
}
