// Kept by half, level and VA: what a page's write or a TLBI by VA meets is found by one look-up a level. Only what is
// smaller than the VAs asked for needs a look at all.
#include "bbm_stale.h"

#include <stdlib.h>
#include <string.h>

enum { ANY_LEVEL = -2, LEVELS = 5 };

static tw_bbm_stale **bucket_of(tw_bbm_stales *s, unsigned half, int level, uint64_t va) {
  uint64_t key = (va >> 12 << 4 | (unsigned)(level + 1) << 1 | half) * 0x9e3779b97f4a7c15ULL;
  return &s->bucket[key >> 50];
}

// What a TLB would not tell apart: software bits, permissions and the like may differ.
static bool alike(const tw_bbm_entry *a, const tw_bbm_entry *b) {
  return a->va == b->va && a->level == b->level && a->half == b->half && a->kind == b->kind && a->next == b->next &&
         a->size_log2 == b->size_log2 && a->attr == b->attr && a->sh == b->sh && a->non_global == b->non_global &&
         a->nt == b->nt;
}

int tw_bbm_stales_add(tw_bbm_stales *s, const tw_bbm_entry *entry, bool broken, uint16_t asid) {
  tw_bbm_stale **head = bucket_of(s, entry->half, entry->level, entry->va);
  for (tw_bbm_stale *at = *head; at; at = at->next)
    if (alike(&at->entry, entry) && (!entry->non_global || at->asid == asid)) {
      at->broken = broken;
      return 0;
    }
  tw_bbm_stale *made = malloc(sizeof *made);
  if (!made)
    return -1;
  *made = (tw_bbm_stale){.next = *head, .entry = *entry, .broken = broken, .asid = asid};
  *head = made;
  s->count++;
  s->at_level[entry->level + 1]++;
  return 0;
}

static void drop(tw_bbm_stales *s, tw_bbm_stale **at) {
  tw_bbm_stale *gone = *at;
  *at = gone->next;
  s->count--;
  s->at_level[gone->entry.level + 1]--;
  free(gone);
}

void tw_bbm_stales_clear(tw_bbm_stales *s) {
  for (size_t i = 0; s->count && i < TW_BBM_STALE_BUCKETS; i++)
    while (s->bucket[i])
      drop(s, &s->bucket[i]);
}

static bool meets(const tw_bbm_entry *e, unsigned half, uint64_t first, uint64_t last) {
  return e->half == half && e->va <= last && e->va + (e->bytes - 1) >= first;
}

// One bucket; true: the visitor wants no more.
static bool visit_bucket(tw_bbm_stales *s, tw_bbm_stale **at, const uint64_t range[2], unsigned half,
                         tw_bbm_stale_visitor visit, void *context) {
  while (*at) {
    int answer = meets(&(*at)->entry, half, range[0], range[1]) ? visit(context, *at) : 0;
    if (answer)
      drop(s, at);
    else
      at = &(*at)->next;
    if (answer == 2)
      return true;
  }
  return false;
}

static uint64_t bytes_at(const tw_bbm_layout *l, int level) {
  unsigned shift = l->granule_log2 + (unsigned)(3 - level) * (l->granule_log2 - 3U);
  return shift < 64 ? 1ULL << shift : 0;
}

// The levels of which the range holds at most one place are looked up; true: all were.
static bool by_look_up(const tw_bbm_stales *s, const tw_bbm_layout *l, uint64_t first, uint64_t last) {
  for (int level = -1; level < LEVELS - 1; level++) {
    uint64_t bytes = bytes_at(l, level);
    if (s->at_level[level + 1] && bytes && (first & ~(bytes - 1)) != (last & ~(bytes - 1)))
      return false;
  }
  return true;
}

void tw_bbm_stales_visit(tw_bbm_stales *s, const tw_bbm_layout *l, uint64_t first, uint64_t last,
                         tw_bbm_stale_visitor visit, void *context) {
  const uint64_t range[2] = {first, last};
  if (s->count == 0)
    return;
  if (!l->on || !by_look_up(s, l, first, last)) {
    for (size_t i = 0; i < TW_BBM_STALE_BUCKETS; i++)
      if (visit_bucket(s, &s->bucket[i], range, l->half, visit, context))
        return;
    return;
  }
  for (int level = -1; level < LEVELS - 1; level++) {
    uint64_t bytes = bytes_at(l, level);
    if (s->at_level[level + 1] && bytes &&
        visit_bucket(s, bucket_of(s, l->half, level, first & ~(bytes - 1)), range, l->half, visit, context))
      return;
  }
}

// -- TLBIs --

static const tw_bbm_scope unknown = {.all = true, .level = ANY_LEVEL};

// AArch64 operations op2 of op1=0; AArch32's opc2 are the same numbers.
enum { OP_ALL = 0, OP_VA = 1, OP_ASID = 2, OP_VAA = 3, OP_VAL = 5, OP_VAAL = 7 };

static tw_bbm_scope scope_of_op(unsigned op) {
  return (tw_bbm_scope){.known = true,
                        .nothing = op == 4 || op == 6,
                        .all = op == OP_ALL || op == OP_ASID,
                        .by_asid = op == OP_VA || op == OP_ASID || op == OP_VAL,
                        .globals = op != OP_ASID,
                        .leaves = op == OP_VAL || op == OP_VAAL,
                        .level = ANY_LEVEL};
}

// TLBI VA: page [43:0] of which bit 43 is VA[55], TTL [47:44], ASID [63:48].
static void take_va(tw_bbm_scope *scope, uint64_t operand) {
  uint64_t page = operand & 0xfffffffffffULL;
  unsigned ttl = operand >> 44 & 15;
  scope->half = page >> 43 & 1;
  scope->first = (page << 12) | (scope->half ? 0xff00000000000000ULL : 0);
  scope->last = scope->first | 0xfff;
  if (ttl >> 2 && !(ttl >> 2 >= 2 && (ttl & 3) == 0))
    scope->level = (int8_t)(ttl & 3);
}

// TLBI RVA: base [36:0] (of which bit 36 is the sign) in units of the granule, TTL [38:37], NUM, SCALE, TG.
static void take_range(tw_bbm_scope *scope, uint64_t operand, bool ds) {
  static const uint8_t granules[4] = {0, 12, 14, 16};
  unsigned granule = granules[operand >> 46 & 3], ttl = operand >> 37 & 3, scale = operand >> 44 & 3;
  uint64_t base = operand & 0x1fffffffffULL, bytes = ((operand >> 39 & 31) + 1) << (5 * scale + 1 + granule);
  scope->nothing |= granule == 0;
  scope->half = base >> 36 & 1;
  if (scope->half)
    base |= ~0x1fffffffffULL;
  scope->first = base << (ds ? 16 : granule);
  scope->last = scope->first + (bytes - 1);
  if (scope->last < scope->first)
    scope->last = ~0ULL;
  if (ttl)
    scope->level = (int8_t)ttl;
}

static tw_bbm_scope scope_a64(const tw_event *event, const tw_registers *r) {
  unsigned op1 = event->word >> 16 & 7, crm = event->word >> 8 & 15, op2 = event->word >> 5 & 7;
  bool range = crm == 2 || crm == 5 || crm == 6, plain = crm == 1 || crm == 3 || crm == 7;
  if (op1 == 4 && plain && (op2 == 4 || op2 == 6)) // ALLE1, VMALLS12E1
    return (tw_bbm_scope){.known = true, .all = true, .level = ANY_LEVEL};
  if (op1 == 4) // of EL2, or of stage 2
    return (tw_bbm_scope){.known = true, .nothing = true};
  if (op1 != 0 || (!plain && !range))
    return unknown;
  tw_bbm_scope scope = scope_of_op(op2);
  if (scope.nothing || op2 == OP_ALL)
    return scope;
  if (!event->has_operand)
    return unknown;
  scope.asid = (uint16_t)(event->value >> 48 & (r->tcr >> 36 & 1 ? 0xffff : 0xff));
  if (range)
    take_range(&scope, event->value, r->tcr >> 59 & 1);
  else if (op2 != OP_ASID)
    take_va(&scope, event->value);
  return scope;
}

// MCR p15, 0, Rt, c8, CRm, opc2: 3 inner shareable, 5 instruction, 6 data, 7 unified. VA [31:12], ASID [7:0].
static tw_bbm_scope scope_a32(const tw_event *event, const tw_bbm_layout layout[2]) {
  unsigned opc1 = event->word >> 21 & 7, crm = event->word & 15, opc2 = event->word >> 5 & 7;
  if (opc1 != 0 || (crm != 3 && crm != 7) || !event->has_operand)
    return unknown;
  tw_bbm_scope scope = scope_of_op(opc2);
  scope.asid = event->value & 0xff;
  scope.first = event->value & 0xfffff000;
  scope.last = scope.first | 0xfff;
  scope.half = layout[1].on && scope.first >= layout[1].va_base;
  return scope;
}

tw_bbm_scope tw_bbm_scope_of(const tw_event *event, bool aarch32, const tw_registers *registers,
                             const tw_bbm_layout layout[2]) {
  return aarch32 ? scope_a32(event, layout) : scope_a64(event, registers);
}

static int reached(void *context, const tw_bbm_stale *stale) {
  const tw_bbm_scope *scope = context;
  bool table = stale->entry.kind == TW_BBM_TABLE;
  if ((scope->leaves && table) || (scope->level != ANY_LEVEL && scope->level != stale->entry.level))
    return 0;
  if (!scope->by_asid)
    return 1;
  // Walk caches hold tables under the ASID of the walk.
  if (table || stale->entry.non_global)
    return stale->asid == scope->asid;
  return scope->globals;
}

void tw_bbm_stales_invalidate(tw_bbm_stales *s, const tw_bbm_layout layout[2], const tw_bbm_scope *scope) {
  tw_bbm_scope copy = *scope;
  if (scope->nothing)
    return;
  if (!scope->all) {
    tw_bbm_stales_visit(s, &layout[scope->half], scope->first, scope->last, reached, &copy);
    return;
  }
  for (unsigned half = 0; half < 2; half++)
    tw_bbm_stales_visit(s, &layout[half], 0, ~0ULL, reached, &copy);
}
