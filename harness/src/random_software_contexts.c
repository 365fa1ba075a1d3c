// The contexts of the property test: groups of one regime and VMID, whose members differ by ASID and lower half.
#include "random_descriptor.h"
#include "random_software.h"

#include <string.h>

static bool has_asids(const tw_random_context *context) { return context->registers.regime != TW_REGIME_EL2; }

// ---- numbers that tell contexts apart ----

static void set_asid(tw_random_context *context, unsigned number) {
  tw_registers *r = &context->registers;
  bool is_short = r->regime == TW_REGIME_PL10 && !(r->tcr >> 31 & 1);
  bool wide = r->regime != TW_REGIME_PL10 && (r->tcr >> 36 & 1);
  uint64_t asid = number + 1 + (wide ? (uint64_t)number << 8 : 0);
  if (is_short)
    r->contextidr = (r->contextidr & 0xffffff00) | (uint32_t)asid;
  else if (r->tcr >> 22 & 1)
    r->ttbr1 = (r->ttbr1 & tw_random_mask(48)) | asid << 48;
  else
    r->ttbr0 = (r->ttbr0 & tw_random_mask(48)) | asid << 48;
}

static void set_vmid(tw_random_context *context, unsigned number) {
  tw_registers *r = &context->registers;
  bool wide = r->regime == TW_REGIME_EL10 && (r->vtcr >> 19 & 1);
  uint64_t vmid = number + 1 + (wide ? (uint64_t)number << 8 : 0);
  r->vttbr = (r->vttbr & tw_random_mask(48)) | vmid << 48;
}

// ---- groups ----

/// A lower half of the member's own, of the leader's shape.
static void own_lower_half(tw_software *software, tw_random_context *context) {
  tw_random_tree *tree = &context->half[0];
  unsigned low = tw_tree_low(tree, tree->start);
  unsigned size = tw_tree_entry(tree) + (tree->input_bits > low ? tree->input_bits - low : 0);
  if (tree->format == TW_FORMAT_SHORT && size < 7)
    size = 7;
  if (size < 6)
    size = 6;
  tree->base = tw_random_table(&software->world, size, context->has_stage2 ? context->stage2.input_bits : 32);
  context->registers.ttbr0 = (context->registers.ttbr0 & ~tw_random_mask(48)) | tree->base;
}

static void add_member(tw_software *software, uint32_t leader, unsigned number) {
  tw_random_context *context = &software->context[software->contexts];
  *context = software->context[leader];
  own_lower_half(software, context);
  tw_random_addresses(&software->world, context);
  // some addresses are the leader's, so that ASIDs meet
  for (unsigned i = 0; i < TW_RANDOM_VAS / 2; i++)
    context->va[i] = software->context[leader].va[i];
  set_asid(context, number);
  software->group[software->contexts++] = software->group[leader];
}

static void add_group(tw_software *software, unsigned number, unsigned kinds) {
  tw_random *random = &software->world.random;
  uint32_t leader = software->contexts++;
  tw_random_context *context = &software->context[leader];
  tw_random_registers(&software->world, context, kinds);
  software->group[leader] = (uint8_t)number;
  set_vmid(context, number);
  if (!has_asids(context))
    return;
  set_asid(context, 0);
  unsigned members = tw_random_below(random, 3);
  context->half[0].only_ng = members > 0;
  for (unsigned i = 1; i <= members && software->contexts < TW_RANDOM_CONTEXTS; i++)
    add_member(software, leader, i);
}

/// The regimes of EL2 have no VMID: one group each.
static unsigned kinds_left(const tw_software *software, unsigned kinds) {
  for (uint32_t i = 0; i < software->contexts; i++)
    if (software->context[i].kind & (TW_KIND_EL2 | TW_KIND_EL20))
      kinds &= ~(unsigned)software->context[i].kind;
  return kinds;
}

void tw_software_begin(tw_software *software, unsigned kinds) {
  unsigned groups = tw_random_from(&software->world.random, 1, 3), left = kinds ? kinds : TW_KIND_ANY;
  for (unsigned i = 0; i < groups && left && software->contexts < TW_RANDOM_CONTEXTS; i++) {
    add_group(software, i, left);
    left = kinds_left(software, left);
  }
}

int tw_software_switch(tw_software *software, uint32_t number) {
  tw_random_context *context = &software->context[number];
  software->counts->switches += software->world.context != context;
  software->world.context = context;
  if (tw_random_map_all(&software->world))
    return -1;
  return software->set_registers(software->self, &context->registers);
}
