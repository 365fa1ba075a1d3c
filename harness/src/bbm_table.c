// Memory is kept a page of 512 descriptors at a time; a page nobody has written reads 0, as fresh tables do. Beside it
// stands a list of the live tables by address, so that a write finds what it maps without a walk.
#include "bbm_table.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1 << 12, PAGE_LOG2 = 12, PAGE_WORDS = 512, LIVE_MAX = 1 << 17, LAST_LEVEL = 3 };

typedef struct page {
  struct page *next;
  uint64_t pa;
  uint64_t word[PAGE_WORDS];
  uint64_t broken[PAGE_WORDS / 64]; // a bit a descriptor: it was made invalid once
} page;

// A live table. One that is reached twice has two.
typedef struct live {
  struct live *next;
  uint64_t pa, va;
  int8_t level;
  uint8_t half;
} live;

struct tw_bbm_tables {
  tw_registers registers;
  bool aarch32;
  tw_bbm_layout layout[2];
  page *pages[BUCKETS];
  live *live[BUCKETS];
  size_t live_count;
};

// -- memory --

static size_t bucket_of(uint64_t number) { return (size_t)(number * 0x9e3779b97f4a7c15ULL >> 52); }

static page *find_page(const tw_bbm_tables *t, uint64_t pa) {
  page *at = t->pages[bucket_of(pa >> PAGE_LOG2)];
  while (at && at->pa != pa >> PAGE_LOG2 << PAGE_LOG2)
    at = at->next;
  return at;
}

static page *make_page(tw_bbm_tables *t, uint64_t pa) {
  page *found = find_page(t, pa);
  if (found)
    return found;
  page **head = &t->pages[bucket_of(pa >> PAGE_LOG2)];
  page *made = calloc(1, sizeof *made);
  if (!made)
    return NULL;
  made->pa = pa >> PAGE_LOG2 << PAGE_LOG2;
  made->next = *head;
  return *head = made;
}

uint64_t tw_bbm_tables_read(const tw_bbm_tables *t, uint64_t pa) {
  const page *found = find_page(t, pa);
  return found ? found->word[pa / 8 % PAGE_WORDS] : 0;
}

bool tw_bbm_tables_was_broken(const tw_bbm_tables *t, uint64_t pa) {
  const page *found = find_page(t, pa);
  return found && found->broken[pa / 512 % 8] >> (pa / 8 % 64) & 1;
}

static int load_page(tw_bbm_tables *t, const tw_table_page *from) {
  for (uint64_t at = 0; at + 8 <= from->bytes; at += 8) {
    page *to = make_page(t, from->pa + at);
    if (!to)
      return -1;
    memcpy(&to->word[(from->pa + at) / 8 % PAGE_WORDS], from->data + at, 8);
  }
  return 0;
}

// -- the format --

static unsigned shift_of(const tw_bbm_layout *l, int level) {
  return l->granule_log2 + (unsigned)(LAST_LEVEL - level) * (l->granule_log2 - 3U);
}

static int start_level(const tw_bbm_layout *l) {
  int a_level = l->granule_log2 - 3;
  return 4 - (l->va_bits - l->granule_log2 + a_level - 1) / a_level;
}

static uint64_t entries_of(const tw_bbm_layout *l, int level) {
  if (level == start_level(l))
    return (l->bytes + (1ULL << shift_of(l, level)) - 1) >> shift_of(l, level);
  return 1ULL << (l->granule_log2 - 3);
}

static bool block_allowed(const tw_bbm_layout *l, int level) {
  if (l->granule_log2 == 12)
    return level == 1 || level == 2 || (level == 0 && l->ds);
  return level == 2 || (level == 1 && (l->ds || l->granule_log2 == 16));
}

static uint64_t address_in(const tw_bbm_layout *l, uint64_t value, unsigned shift) {
  uint64_t pa = value & ((1ULL << (l->ds ? 50 : 48)) - 1) & ~((1ULL << shift) - 1);
  if (l->granule_log2 == 16)
    return pa | (value >> 12 & 0xf) << 48;
  return l->ds ? pa | (value >> 8 & 3) << 50 : pa;
}

// log2 of the descriptors of a contiguous group; 0: the bit means nothing at this level.
static unsigned group_log2(const tw_bbm_layout *l, int level) {
  if (l->granule_log2 == 12)
    return level >= 1 ? 4 : 0;
  if (l->granule_log2 == 14)
    return level == 3 ? 7 : level == 2 ? 5 : 0;
  return level >= 2 ? 5 : 0;
}

// Shareability counts for Normal memory that something caches; of Device and Normal Non-cacheable it is outer.
static uint8_t shareability(const tw_bbm_layout *l, uint8_t attr, uint64_t value) {
  if (attr >> 4 == 0 || attr == 0x44)
    return 2;
  return l->ds ? 3 : value >> 8 & 3; // with DS it is TCR's
}

static void decode_leaf(const tw_bbm_tables *t, const tw_bbm_layout *l, tw_bbm_entry *e) {
  unsigned shift = shift_of(l, e->level);
  e->kind = TW_BBM_LEAF;
  e->next = address_in(l, e->value, shift);
  e->contiguous = e->value >> 52 & 1 && group_log2(l, e->level);
  e->size_log2 = (uint8_t)(shift + (e->contiguous ? group_log2(l, e->level) : 0));
  e->attr = (uint8_t)(t->registers.mair >> (e->value >> 2 & 7) * 8);
  e->sh = shareability(l, e->attr, e->value);
  e->non_global = e->value >> 11 & 1;
  e->accessed = e->value >> 10 & 1;
  e->nt = e->level < LAST_LEVEL && e->value >> 16 & 1;
}

tw_bbm_entry tw_bbm_decode(const tw_bbm_tables *t, const tw_bbm_slot *slot, uint64_t value) {
  const tw_bbm_layout *l = &t->layout[slot->half];
  tw_bbm_entry e = {.value = value, .va = slot->va, .bytes = slot->bytes, .level = slot->level, .half = slot->half};
  bool bit1 = value >> 1 & 1;
  if (!(value & 1))
    return e;
  if (slot->level < LAST_LEVEL && bit1) {
    e.kind = TW_BBM_TABLE;
    e.next = address_in(l, value, l->granule_log2);
  } else if (slot->level == LAST_LEVEL ? bit1 : block_allowed(l, slot->level)) {
    decode_leaf(t, l, &e);
  }
  return e;
}

static tw_bbm_layout long_layout(const tw_registers *r, unsigned half) {
  static const uint8_t granule0[4] = {12, 16, 14, 0}, granule1[4] = {0, 14, 12, 16}; // TG0 and TG1 differ
  uint64_t tcr = r->tcr;
  unsigned bits = 64 - (unsigned)(tcr >> (half ? 16 : 0) & 0x3f);
  return (tw_bbm_layout){.on = !(tcr >> (half ? 23 : 7) & 1),
                         .half = (uint8_t)half,
                         .granule_log2 = half ? granule1[tcr >> 30 & 3] : granule0[tcr >> 14 & 3],
                         .va_bits = (uint8_t)bits,
                         .ds = tcr >> 59 & 1,
                         .root = (half ? r->ttbr1 : r->ttbr0) & 0xfffffffffffeULL,
                         .va_base = half ? 0 - (1ULL << (bits & 63)) : 0,
                         .bytes = 1ULL << (bits & 63)};
}

// TTBCR: the halves are told by T0SZ and T1SZ, and may be of different sizes.
static tw_bbm_layout lpae_layout(const tw_registers *r, unsigned half) {
  unsigned t0sz = r->tcr & 7, t1sz = r->tcr >> 16 & 7;
  uint64_t base = t1sz ? 0x100000000ULL - (1ULL << (32 - t1sz)) : 1ULL << (32 - t0sz);
  bool none = half == 1 && t0sz == 0 && t1sz == 0, cut = half == 0 && t0sz == 0 && t1sz != 0;
  unsigned bits = 32 - (half ? t1sz : t0sz);
  return (tw_bbm_layout){.on = !(r->tcr >> (half ? 23 : 7) & 1) && !none,
                         .half = (uint8_t)half,
                         .granule_log2 = 12,
                         .va_bits = (uint8_t)bits,
                         .bytes = cut ? base : 1ULL << bits,
                         .lpae = true,
                         .root = (half ? r->ttbr1 : r->ttbr0) & 0xfffffffff8ULL,
                         .va_base = half && !none && t1sz ? base : 0};
}

static tw_bbm_layout layout_of(const tw_bbm_tables *t, unsigned half) {
  return t->aarch32 ? lpae_layout(&t->registers, half) : long_layout(&t->registers, half);
}

static int check_layout(const tw_bbm_tables *t, const tw_bbm_layout *l, tw_error *error) {
  unsigned long long tcr = t->registers.tcr;
  if (!l->on)
    return 0;
  if (l->granule_log2 == 0)
    return tw_fail(error, "TCR_EL1 0x%016llx: found a reserved granule for TTBR%u, expected 4K, 16K or 64K", tcr,
                   l->half);
  if (l->va_bits > 52 || l->va_bits <= l->granule_log2)
    return tw_fail(error, "TCR_EL1 0x%016llx: found %u bits of VA for TTBR%u, expected %u to 52", tcr, l->va_bits,
                   l->half, l->granule_log2 + 1U);
  return 0;
}

// -- live tables --

static size_t live_bucket(const tw_bbm_layout *l, uint64_t pa) { return bucket_of(pa >> l->granule_log2); }

static tw_bbm_slot slot_in(const tw_bbm_layout *l, const live *table, uint64_t index) {
  unsigned shift = shift_of(l, table->level);
  return (tw_bbm_slot){.pa = table->pa + 8 * index,
                       .va = table->va + (index << shift),
                       .bytes = 1ULL << shift,
                       .level = table->level,
                       .half = l->half};
}

static live below(const tw_bbm_entry *e) {
  return (live){.pa = e->next, .va = e->va, .level = (int8_t)(e->level + 1), .half = e->half};
}

static int add_live(tw_bbm_tables *t, live table, tw_error *error) {
  const tw_bbm_layout *l = &t->layout[table.half];
  if (t->live_count == LIVE_MAX)
    return tw_fail(error, "table at 0x%llx: found more than %d live tables, expected at most that",
                   (unsigned long long)table.pa, LIVE_MAX);
  live **head = &t->live[live_bucket(l, table.pa)];
  live *made = malloc(sizeof *made);
  if (!made)
    return tw_fail(error, "out of memory");
  *made = table;
  made->next = *head;
  *head = made;
  t->live_count++;
  for (uint64_t i = 0; i < entries_of(l, table.level); i++) {
    tw_bbm_slot slot = slot_in(l, &table, i);
    tw_bbm_entry e = tw_bbm_decode(t, &slot, tw_bbm_tables_read(t, slot.pa));
    if (e.kind == TW_BBM_TABLE && add_live(t, below(&e), error) < 0)
      return -1;
  }
  return 0;
}

static void drop_live(tw_bbm_tables *t, live table) {
  const tw_bbm_layout *l = &t->layout[table.half];
  live **at = &t->live[live_bucket(l, table.pa)];
  while (*at &&
         !((*at)->pa == table.pa && (*at)->va == table.va && (*at)->level == table.level && (*at)->half == table.half))
    at = &(*at)->next;
  if (!*at)
    return;
  live *gone = *at;
  *at = gone->next;
  free(gone);
  t->live_count--;
  for (uint64_t i = 0; i < entries_of(l, table.level); i++) {
    tw_bbm_slot slot = slot_in(l, &table, i);
    tw_bbm_entry e = tw_bbm_decode(t, &slot, tw_bbm_tables_read(t, slot.pa));
    if (e.kind == TW_BBM_TABLE)
      drop_live(t, below(&e));
  }
}

static live root_of(const tw_bbm_layout *l) {
  return (live){.pa = l->root, .va = l->va_base, .level = (int8_t)start_level(l), .half = l->half};
}

static bool same_layout(const tw_bbm_layout *a, const tw_bbm_layout *b) {
  return a->on == b->on && a->granule_log2 == b->granule_log2 && a->va_bits == b->va_bits && a->ds == b->ds &&
         a->lpae == b->lpae && a->root == b->root && a->va_base == b->va_base && a->bytes == b->bytes;
}

static int relearn(tw_bbm_tables *t, unsigned half, tw_error *error) {
  tw_bbm_layout layout = layout_of(t, half);
  if (same_layout(&layout, &t->layout[half]))
    return 0;
  if (check_layout(t, &layout, error) < 0)
    return -1;
  if (t->layout[half].on)
    drop_live(t, root_of(&t->layout[half]));
  t->layout[half] = layout;
  return layout.on ? add_live(t, root_of(&layout), error) : 0;
}

// -- what the checker calls --

static void clear(tw_bbm_tables *t) {
  for (size_t i = 0; i < BUCKETS; i++) {
    for (page *p = t->pages[i], *next; p; p = next) {
      next = p->next;
      free(p);
    }
    for (live *l = t->live[i], *next; l; l = next) {
      next = l->next;
      free(l);
    }
  }
  *t = (tw_bbm_tables){.layout[1].half = 1};
}

tw_bbm_tables *tw_bbm_tables_create(void) { return calloc(1, sizeof(tw_bbm_tables)); }

void tw_bbm_tables_destroy(tw_bbm_tables *t) {
  if (t)
    clear(t);
  free(t);
}

int tw_bbm_tables_load(tw_bbm_tables *t, bool aarch32, const tw_registers *registers, const tw_table_page *pages,
                       size_t count, tw_error *error) {
  clear(t);
  t->aarch32 = aarch32;
  for (size_t i = 0; i < count; i++)
    if (load_page(t, &pages[i]) < 0)
      return tw_fail(error, "out of memory");
  return tw_bbm_tables_set_registers(t, registers, error);
}

int tw_bbm_tables_set_registers(tw_bbm_tables *t, const tw_registers *registers, tw_error *error) {
  t->registers = *registers;
  for (unsigned half = 0; half < 2; half++)
    if (relearn(t, half, error) < 0)
      return -1;
  return 0;
}

const tw_registers *tw_bbm_tables_registers(const tw_bbm_tables *t) { return &t->registers; }

const tw_bbm_layout *tw_bbm_tables_layout(const tw_bbm_tables *t, unsigned half) { return &t->layout[half]; }

int tw_bbm_tables_write(tw_bbm_tables *t, uint64_t pa, uint64_t value, tw_error *error) {
  tw_bbm_slot slots[TW_BBM_SLOTS_MAX];
  size_t count = tw_bbm_tables_slots(t, pa, slots);
  page *to = make_page(t, pa);
  if (!to)
    return tw_fail(error, "out of memory");
  uint64_t old = to->word[pa / 8 % PAGE_WORDS];
  for (size_t i = 0; i < count; i++) {
    tw_bbm_entry e = tw_bbm_decode(t, &slots[i], old);
    if (e.kind == TW_BBM_TABLE)
      drop_live(t, below(&e));
  }
  to->word[pa / 8 % PAGE_WORDS] = value;
  if (count && old & 1 && !(value & 1))
    to->broken[pa / 512 % 8] |= 1ULL << (pa / 8 % 64);
  for (size_t i = 0; i < count; i++) {
    tw_bbm_entry e = tw_bbm_decode(t, &slots[i], value);
    if (e.kind == TW_BBM_TABLE && add_live(t, below(&e), error) < 0)
      return -1;
  }
  return 0;
}

size_t tw_bbm_tables_slots(const tw_bbm_tables *t, uint64_t pa, tw_bbm_slot slots[TW_BBM_SLOTS_MAX]) {
  size_t count = 0;
  for (unsigned half = 0; half < 2; half++) {
    const tw_bbm_layout *l = &t->layout[half];
    for (const live *at = l->on ? t->live[live_bucket(l, pa)] : NULL; at; at = at->next) {
      uint64_t offset = pa - at->pa;
      if (at->half == half && pa >= at->pa && offset < 8 * entries_of(l, at->level) && count < TW_BBM_SLOTS_MAX)
        slots[count++] = slot_in(l, at, offset / 8);
    }
  }
  return count;
}

tw_bbm_entry tw_bbm_descend(const tw_bbm_tables *t, const tw_bbm_slot *slot, uint64_t value, uint64_t va, int level) {
  const tw_bbm_layout *l = &t->layout[slot->half];
  tw_bbm_entry e = tw_bbm_decode(t, slot, value);
  while (e.kind == TW_BBM_TABLE && e.level < level) {
    live table = below(&e);
    tw_bbm_slot under = slot_in(l, &table, (va - e.va) >> shift_of(l, table.level));
    e = tw_bbm_decode(t, &under, tw_bbm_tables_read(t, under.pa));
  }
  return e;
}

int tw_bbm_visit(const tw_bbm_tables *t, const tw_bbm_slot *slot, uint64_t value, tw_bbm_visitor visit, void *context) {
  const tw_bbm_layout *l = &t->layout[slot->half];
  tw_bbm_entry e = tw_bbm_decode(t, slot, value);
  if (e.kind == TW_BBM_INVALID)
    return 0;
  int status = visit(context, slot, &e);
  if (e.kind != TW_BBM_TABLE)
    return status;
  live table = below(&e);
  for (uint64_t i = 0; status == 0 && i < entries_of(l, table.level); i++) {
    tw_bbm_slot under = slot_in(l, &table, i);
    status = tw_bbm_visit(t, &under, tw_bbm_tables_read(t, under.pa), visit, context);
  }
  return status;
}
