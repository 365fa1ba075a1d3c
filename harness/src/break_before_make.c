// A descriptor that leaves the tables becomes stale: a TLB may hold it until a TLBI reaches it. Whatever is made over
// its VAs while it is stale must agree with it. So one comparison serves both cases, the descriptor written over (no
// break) and the one broken without a TLBI.
#include "break_before_make.h"
#include "bbm_stale.h"

#include <stdlib.h>

struct tw_bbm {
  unsigned level;
  bool aarch32;
  tw_bbm_tables *tables;
  tw_bbm_stales stales;
  tw_bbm_counts counts;
};

// A write on its way through the checker.
typedef struct change {
  tw_bbm *bbm;
  tw_bbm_slot slot;
  uint64_t value;
  tw_bbm_violation *violation;
  bool found, no_memory;
} change;

const char *tw_bbm_change_name(tw_bbm_change c) {
  static const char *const names[TW_BBM_CHANGES] = {"size", "output address", "memory attributes", "global"};
  return names[c];
}

const char *tw_bbm_rule(const tw_bbm_violation *v) {
  static const char *const rules[TW_BBM_CHANGES] = {"two live sizes", "changed output without a break",
                                                    "changed attributes without a break",
                                                    "global over non-global without a break"};
  return v->broken ? "no TLBI between break and make" : rules[v->change];
}

// -- old against new --

static bool size_may_change(const tw_bbm *bbm, const tw_bbm_entry *old, const tw_bbm_entry *new) {
  return bbm->level == 2 || (bbm->level == 1 && (old->nt || new->nt));
}

static uint64_t output_of(const tw_bbm_entry *leaf, uint64_t va) { return leaf->next + (va - leaf->va); }

// What two leaves say differently of `va`; TW_BBM_CHANGES: nothing that needs a break.
static tw_bbm_change compare_leaves(const tw_bbm *bbm, const tw_bbm_entry *old, const tw_bbm_entry *new, uint64_t va) {
  if (old->size_log2 != new->size_log2 && !size_may_change(bbm, old, new))
    return TW_BBM_SIZE;
  if (output_of(old, va) != output_of(new, va))
    return TW_BBM_OUTPUT;
  if (old->attr != new->attr || old->sh != new->sh)
    return TW_BBM_ATTRIBUTES;
  if (old->non_global && !new->non_global)
    return TW_BBM_GLOBAL;
  return TW_BBM_CHANGES;
}

static int tell(change *c, const tw_bbm_stale *stale, const tw_bbm_entry *new, tw_bbm_change what) {
  const tw_bbm_entry *old = &stale->entry;
  uint64_t first = old->va > new->va ? old->va : new->va;
  uint64_t bytes = old->bytes < new->bytes ? old->bytes : new->bytes;
  if (!c->found)
    *c->violation = (tw_bbm_violation){.change = (uint8_t)what,
                                       .broken = stale->broken,
                                       .level = c->slot.level,
                                       .old_level = old->level,
                                       .pa = c->slot.pa,
                                       .first = first,
                                       .last = first + (bytes - 1),
                                       .old_value = old->value,
                                       .value = c->value,
                                       .new_value = new->value};
  c->found = true;
  return 1; // told once
}

// A table that a walk cache may hold, against what stands in its place.
static int check_table(change *c, const tw_bbm_stale *stale) {
  const tw_bbm_entry *old = &stale->entry;
  if (old->level < c->slot.level)
    return 0;
  tw_bbm_entry new = tw_bbm_descend(c->bbm->tables, &c->slot, c->value, old->va, old->level);
  if (new.kind == TW_BBM_LEAF)
    return size_may_change(c->bbm, old, &new) ? 0 : tell(c, stale, &new, TW_BBM_SIZE);
  if (new.kind == TW_BBM_TABLE &&new.next != old->next)
    return tell(c, stale, &new, TW_BBM_OUTPUT);
  return 0;
}

// A leaf that a TLB may hold, against all that now translates its VAs.
static int check_leaf(change *c, const tw_bbm_stale *stale) {
  const tw_bbm_entry *old = &stale->entry;
  uint64_t first = old->va > c->slot.va ? old->va : c->slot.va;
  uint64_t old_last = old->va + (old->bytes - 1), slot_last = c->slot.va + (c->slot.bytes - 1);
  uint64_t last = old_last < slot_last ? old_last : slot_last;
  tw_bbm_entry there = tw_bbm_descend(c->bbm->tables, &c->slot, c->value, first, old->level);
  if (there.kind == TW_BBM_TABLE && there.level == old->level && !size_may_change(c->bbm, old, &there))
    return tell(c, stale, &there, TW_BBM_SIZE);
  for (uint64_t va = first;;) {
    tw_bbm_entry new = tw_bbm_descend(c->bbm->tables, &c->slot, c->value, va, 4);
    tw_bbm_change what = new.kind == TW_BBM_LEAF ? compare_leaves(c->bbm, old, &new, va) : TW_BBM_CHANGES;
    if (what != TW_BBM_CHANGES)
      return tell(c, stale, &new, what);
    uint64_t new_last = new.va + (new.bytes - 1);
    if (new_last >= last)
      return 0;
    va = new_last + 1;
  }
}

static int check_stale(void *context, const tw_bbm_stale *stale) {
  change *c = context;
  return stale->entry.kind == TW_BBM_TABLE ? check_table(c, stale) : check_leaf(c, stale);
}

// -- a write --

static uint16_t asid_of(const tw_bbm *bbm) {
  const tw_registers *r = tw_bbm_tables_registers(bbm->tables);
  uint64_t ttbr = r->tcr >> 22 & 1 ? r->ttbr1 : r->ttbr0;
  return (uint16_t)(ttbr >> 48 & (!bbm->aarch32 && r->tcr >> 36 & 1 ? 0xffff : 0xff));
}

// The MMU may set the access flag by itself, unseen: TCR_EL1.HA.
static bool may_be_cached(const tw_bbm *bbm, const tw_bbm_entry *e) {
  const tw_registers *r = tw_bbm_tables_registers(bbm->tables);
  return e->kind == TW_BBM_TABLE || e->accessed || (!bbm->aarch32 && r->tcr >> 39 & 1);
}

static int retire(void *context, const tw_bbm_slot *slot, const tw_bbm_entry *entry) {
  change *c = context;
  (void)slot;
  if (!may_be_cached(c->bbm, entry))
    return 0;
  c->no_memory = tw_bbm_stales_add(&c->bbm->stales, entry, !(c->value & 1), asid_of(c->bbm)) < 0;
  return c->no_memory;
}

static void count(tw_bbm_counts *counts, bool was, bool is, bool was_broken) {
  counts->changed += was && is;
  counts->broken += was && !is;
  counts->made += !was && is;
  counts->remade += !was && is && was_broken;
  counts->invalid += !was && !is;
}

static void check_slot(change *c) {
  const tw_bbm_layout *layout = tw_bbm_tables_layout(c->bbm->tables, c->slot.half);
  if (tw_bbm_decode(c->bbm->tables, &c->slot, c->value).kind != TW_BBM_INVALID)
    tw_bbm_stales_visit(&c->bbm->stales, layout, c->slot.va, c->slot.va + (c->slot.bytes - 1), check_stale, c);
}

int tw_bbm_write(tw_bbm *bbm, uint64_t pa, uint64_t value, tw_bbm_violation *violation, tw_error *error) {
  tw_bbm_slot slots[TW_BBM_SLOTS_MAX];
  size_t places = tw_bbm_tables_slots(bbm->tables, pa, slots);
  uint64_t old = tw_bbm_tables_read(bbm->tables, pa);
  bool was_broken = tw_bbm_tables_was_broken(bbm->tables, pa);
  bbm->counts.writes++;
  if (places == 0) {
    bbm->counts.elsewhere++;
    return tw_bbm_tables_write(bbm->tables, pa, value, error);
  }
  if (old == value) {
    bbm->counts.same++;
    return 0;
  }
  change c = {.bbm = bbm, .value = value, .violation = violation};
  count(&bbm->counts, tw_bbm_decode(bbm->tables, &slots[0], old).kind != TW_BBM_INVALID,
        tw_bbm_decode(bbm->tables, &slots[0], value).kind != TW_BBM_INVALID, was_broken);
  for (size_t i = 0; i < places; i++) {
    tw_bbm_visit(bbm->tables, &slots[i], old, retire, &c);
    if (c.no_memory)
      return tw_fail(error, "out of memory");
  }
  if (tw_bbm_tables_write(bbm->tables, pa, value, error) < 0)
    return -1;
  for (size_t i = 0; i < places; i++) {
    c.slot = slots[i];
    check_slot(&c);
  }
  return c.found;
}

int tw_bbm_preset(tw_bbm *bbm, uint64_t pa, uint64_t value, tw_error *error) {
  return tw_bbm_tables_write(bbm->tables, pa, value, error);
}

// -- the other events --

static void take_layouts(const tw_bbm *bbm, tw_bbm_layout layout[2]) {
  layout[0] = *tw_bbm_tables_layout(bbm->tables, 0);
  layout[1] = *tw_bbm_tables_layout(bbm->tables, 1);
}

void tw_bbm_tlbi(tw_bbm *bbm, const tw_event *event) {
  tw_bbm_layout layout[2];
  take_layouts(bbm, layout);
  tw_bbm_scope scope = tw_bbm_scope_of(event, bbm->aarch32, tw_bbm_tables_registers(bbm->tables), layout);
  bbm->counts.tlbis++;
  bbm->counts.widened += !scope.known;
  tw_bbm_stales_invalidate(&bbm->stales, layout, &scope);
}

// MSR TTBR0_EL1, TTBR1_EL1, TCR_EL1: S3_0_C2_C0_{0,1,2}.
static uint64_t *register_of(uint32_t word, tw_registers *registers) {
  uint64_t *const by_op2[3] = {&registers->ttbr0, &registers->ttbr1, &registers->tcr};
  unsigned op1 = word >> 16 & 7, crn = word >> 12 & 15, crm = word >> 8 & 15, op2 = word >> 5 & 7;
  return op1 == 0 && crn == 2 && crm == 0 && op2 < 3 ? by_op2[op2] : NULL;
}

// Of AArch32 none: its kernels change TTBR0 alone while they run, and their tables of the kernel stay.
int tw_bbm_register(tw_bbm *bbm, const tw_event *event, tw_error *error) {
  tw_registers registers = *tw_bbm_tables_registers(bbm->tables);
  uint64_t *target = bbm->aarch32 ? NULL : register_of(event->word, &registers);
  if (!target || !event->has_operand) {
    bbm->counts.registers_unknown++;
    return 0;
  }
  *target = event->value;
  return tw_bbm_tables_set_registers(bbm->tables, &registers, error);
}

int tw_bbm_section(tw_bbm *bbm, bool aarch32, const tw_registers *registers, const tw_table_page *pages, size_t count,
                   tw_error *error) {
  tw_bbm_stales_clear(&bbm->stales);
  bbm->aarch32 = aarch32;
  return tw_bbm_tables_load(bbm->tables, aarch32, registers, pages, count, error);
}

tw_bbm *tw_bbm_create(unsigned level) {
  tw_bbm *bbm = calloc(1, sizeof *bbm);
  if (!bbm)
    return NULL;
  bbm->level = level;
  bbm->tables = tw_bbm_tables_create();
  if (bbm->tables)
    return bbm;
  free(bbm);
  return NULL;
}

void tw_bbm_destroy(tw_bbm *bbm) {
  if (!bbm)
    return;
  tw_bbm_stales_clear(&bbm->stales);
  tw_bbm_tables_destroy(bbm->tables);
  free(bbm);
}

const tw_bbm_counts *tw_bbm_counted(const tw_bbm *bbm) { return &bbm->counts; }
