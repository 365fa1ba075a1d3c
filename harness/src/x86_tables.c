// The Arm tables are walked where they stand, by the census's own walk, which shares nothing with the model.
#include "x86_tables.h"
#include "x86_leaf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
  ROOM_LOG2 = 30, // for tables
  SLOT_LOG2 = 39, // what an entry of the table of level 4 maps
  SLOTS = 512,
  KERNEL_SLOTS = 256,      // the first one of the kernel's half
  FIRST_KERNEL_SLOT = 273, // the linear map of Linux for x86-64
  INVLPG_MAX = 33,         // Linux for x86-64: tlb_single_page_flush_ceiling
  PLACES_MAX = 16,         // of one table
  PENDING_MAX = 64,
};

#define SLOT_MASK ((1ULL << SLOT_LOG2) - 1)

// A range of addresses, both ends inclusive.
typedef struct range {
  uint64_t first, last;
  uint64_t step; // pending: of the pages that it was mapped by
} range;

// What is being joined to one unit.
typedef struct unit {
  tw_mapping leaf; // the first
  tw_x86_page page;
  uint64_t bytes, whole; // so far, and when it is whole; bytes 0: none
} unit;

struct tw_x86_tables {
  tw_x86_tree tree;
  uint64_t top;
  tw_registers arm;
  tw_x86_counts counts;
  bool counting;
  tw_error *error; // of the walk under way

  bool used[SLOTS];      // by addresses that are not moved, or by one that is
  bool taken[SLOTS];     // by one that is
  uint64_t moved[SLOTS]; // the slots' addresses before, >> SLOT_LOG2
  uint64_t highest;      // physical address that Arm's tables use

  unit unit;
  tw_walked_table *walked; // tables that walks came through; one that no longer leads anywhere is found out later
  size_t walked_count, walked_room;
  range pending[PENDING_MAX]; // leaves larger than a granule that have changed: no TLBI has dropped them yet
  size_t pending_count;

  // a look at one place, before a write
  uint64_t place_pa, place_va;
  bool place_found;
};

tw_x86_tables *tw_x86_tables_create(const tw_x86_memory *memory, unsigned levels, uint64_t top) {
  tw_x86_tables *t = calloc(1, sizeof *t);
  if (!t)
    return NULL;
  t->tree = (tw_x86_tree){.memory = *memory, .levels = levels};
  t->top = top;
  return t;
}

void tw_x86_tables_destroy(tw_x86_tables *t) {
  if (!t)
    return;
  free(t->walked);
  free(t);
}

// -- addresses --

static uint64_t slot_address(unsigned slot) {
  return (slot >= KERNEL_SLOTS ? UINT64_MAX << 48 : 0) | (uint64_t)slot << SLOT_LOG2;
}

static unsigned slot_of(uint64_t va) { return va >> SLOT_LOG2 & (SLOTS - 1); }

static bool is_in_place(const tw_x86_tables *t, uint64_t va) { return tw_x86_is_canonical(va, t->tree.levels); }

uint64_t tw_x86_tables_address(const tw_x86_tables *t, uint64_t va) {
  if (is_in_place(t, va))
    return va;
  for (unsigned slot = 0; slot < SLOTS; slot++)
    if (t->taken[slot] && t->moved[slot] == va >> SLOT_LOG2)
      return slot_address(slot) | (va & SLOT_MASK);
  return va;
}

// A free slot of the address's own half: the kernel's from Linux's linear map upwards, the user's from the top down.
static unsigned free_slot(const tw_x86_tables *t, bool kernel) {
  for (unsigned i = 0; i < KERNEL_SLOTS; i++) {
    unsigned up = KERNEL_SLOTS + (FIRST_KERNEL_SLOT + i) % KERNEL_SLOTS;
    unsigned slot = kernel ? up : KERNEL_SLOTS - 1 - i;
    if (!t->used[slot])
      return slot;
  }
  return SLOTS;
}

// Where a page is to be mapped: moved now if it must be.
static int place(tw_x86_tables *t, uint64_t *va) {
  if (t->tree.levels == 4 && is_in_place(t, *va)) {
    if (t->taken[slot_of(*va)])
      return tw_fail(t->error, "x86-64 tables: found VA 0x%" PRIx64 " mapped later, expected its 512 GiB to stay free",
                     *va);
    t->used[slot_of(*va)] = true;
    return 0;
  }
  uint64_t placed = tw_x86_tables_address(t, *va);
  if (!is_in_place(t, placed)) {
    unsigned slot = free_slot(t, *va >> 55 & 1);
    if (slot == SLOTS)
      return tw_fail(t->error, "x86-64 tables: found VA 0x%" PRIx64 ", which %u levels lack, expected 512 GiB free",
                     *va, t->tree.levels);
    t->used[slot] = t->taken[slot] = true;
    t->moved[slot] = *va >> SLOT_LOG2;
    placed = slot_address(slot) | (*va & SLOT_MASK);
  }
  *va = placed;
  return 0;
}

// -- mapping --

static int map_range(tw_x86_tables *t, tw_x86_page page, uint64_t bytes) {
  while (bytes) {
    tw_x86_page one = page;
    one.size_log2 = (uint8_t)tw_x86_page_size_log2(page.va, page.pa, bytes);
    if (place(t, &one.va) < 0 || tw_x86_tree_map(&t->tree, &one, t->error) < 0)
      return -1;
    uint64_t done = 1ULL << one.size_log2;
    if (t->counting)
      tw_census_add(&t->counts.x86, &(tw_mapping){.bytes = done});
    page.va += done;
    page.pa += done;
    bytes -= done;
  }
  return 0;
}

// A unit that did not become whole is its leaves.
static int give_unit(tw_x86_tables *t) {
  unit *u = &t->unit;
  uint64_t step = u->bytes == u->whole ? u->bytes : u->leaf.bytes;
  for (; u->bytes; u->bytes -= step) {
    if (map_range(t, u->page, step) < 0)
      return -1;
    u->page.va += step;
    u->page.pa += step;
  }
  return 0;
}

static bool joins(const unit *u, const tw_mapping *leaf, const tw_x86_page *page) {
  return u->bytes && u->bytes < u->whole && leaf->va == u->leaf.va + u->bytes && leaf->pa == u->leaf.pa + u->bytes &&
         leaf->bytes == u->leaf.bytes && leaf->attributes == u->leaf.attributes && leaf->half == u->leaf.half &&
         page->writable == u->page.writable && page->executable == u->page.executable && page->user == u->page.user;
}

static int add_leaf(void *context, const tw_mapping *leaf) {
  tw_x86_tables *t = context;
  tw_x86_page page = tw_x86_page_of(&t->arm, leaf);
  if (t->counting)
    tw_census_add(&t->counts.arm, leaf);
  if (joins(&t->unit, leaf, &page)) {
    t->unit.bytes += leaf->bytes;
    return 0;
  }
  if (give_unit(t) < 0)
    return -1;
  uint64_t whole = tw_x86_unit_bytes(&t->arm, leaf);
  bool begins = !(leaf->va & (whole - 1));
  t->unit = (unit){.leaf = *leaf, .page = page, .bytes = leaf->bytes, .whole = begins ? whole : leaf->bytes};
  return 0;
}

static bool is_known(const tw_x86_tables *t, const tw_walked_table *table) {
  for (size_t i = 0; i < t->walked_count; i++)
    if (t->walked[i].pa == table->pa && t->walked[i].va == table->va && t->walked[i].half == table->half &&
        t->walked[i].level == table->level)
      return true;
  return false;
}

static int add_table(void *context, const tw_walked_table *table) {
  tw_x86_tables *t = context;
  if (t->counting)
    t->counts.arm_bytes += (uint64_t)table->entries << table->entry_log2;
  else if (is_known(t, table))
    return 0;
  if (t->walked_count == t->walked_room) {
    size_t room = t->walked_room ? 2 * t->walked_room : 256;
    tw_walked_table *larger = realloc(t->walked, room * sizeof *larger);
    if (!larger)
      return tw_fail(t->error, "x86-64 tables: out of memory");
    t->walked = larger;
    t->walked_room = room;
  }
  t->walked[t->walked_count++] = *table;
  return 0;
}

static bool read_arm(void *context, uint64_t pa, void *value, size_t bytes) {
  const tw_x86_tables *t = context;
  uint64_t word = t->tree.memory.read(t->tree.memory.context, pa & ~7ULL) >> 8 * (pa & 4);
  uint32_t half_word = (uint32_t)word;
  memcpy(value, bytes == 4 ? (void *)&half_word : (void *)&word, bytes);
  return true;
}

static int walk(tw_x86_tables *t, range part, tw_mapping_visitor leaf, tw_table_visitor table, tw_error *error) {
  const tw_table_walk walk = {.registers = &t->arm,
                              .read = read_arm,
                              .visit = leaf,
                              .table = table,
                              .context = t,
                              .first = part.first,
                              .last = part.last};
  t->error = error;
  return tw_table_walk_part(&walk, error);
}

static int map_part(tw_x86_tables *t, range part, tw_error *error) {
  t->unit.bytes = 0;
  return walk(t, part, add_leaf, add_table, error) ? -1 : give_unit(t);
}

// -- all of it --

static int check_registers(const tw_registers *r, tw_error *error) {
  const char *found = NULL;
  if (r->regime != TW_REGIME_EL10 && r->regime != TW_REGIME_EL20 && r->regime != TW_REGIME_PL10)
    found = "the regime of EL2";
  else if (!(r->sctlr & 1))
    found = "stage 1 off (SCTLR.M = 0)";
  else if (r->regime != TW_REGIME_EL20 && (r->hcr & 1 || r->hcr >> 12 & 1))
    found = "stage 2 on (HCR.VM or DC)";
  else if (r->sctlr >> 25 & 1)
    found = "big-endian tables (SCTLR.EE)";
  return found ? tw_fail(error, "x86-64 tables: found %s, expected little-endian stage 1 alone", found) : 0;
}

static void note_highest(tw_x86_tables *t, uint64_t end) { t->highest = end > t->highest ? end : t->highest; }

static int survey_leaf(void *context, const tw_mapping *leaf) {
  tw_x86_tables *t = context;
  note_highest(t, leaf->pa + leaf->bytes);
  for (uint64_t at = 0; at < leaf->bytes; at += SLOT_MASK + 1)
    if (is_in_place(t, leaf->va + at))
      t->used[slot_of(leaf->va + at)] = true;
  return 0;
}

static int survey_table(void *context, const tw_walked_table *table) {
  note_highest(context, table->pa + ((uint64_t)table->entries << table->entry_log2));
  return 0;
}

int tw_x86_tables_build(tw_x86_tables *t, const tw_registers *registers, tw_error *error) {
  const range all = {.last = UINT64_MAX};
  if (check_registers(registers, error) < 0)
    return -1;
  t->arm = *registers;
  t->walked_count = t->pending_count = 0;
  t->highest = 0;
  t->counts = (tw_x86_counts){0};
  memset(t->used, 0, sizeof t->used);
  memset(t->taken, 0, sizeof t->taken);
  if (walk(t, all, survey_leaf, survey_table, error))
    return -1;
  uint64_t base = t->top - (1ULL << ROOM_LOG2);
  if (t->highest > base)
    return tw_fail(error, "x86-64 tables: found memory in use up to 0x%" PRIx64 ", expected it to end at 0x%" PRIx64,
                   t->highest, base);
  if (tw_x86_tree_begin(&t->tree, base, t->top, error) < 0)
    return -1;
  t->counting = true;
  int status = map_part(t, all, error);
  t->counting = false;
  t->counts.x86_bytes = t->tree.tables << 12;
  return status;
}

tw_registers tw_x86_tables_registers(const tw_x86_tables *t) {
  enum { WP_PE = 1 << 16 | 1, PAE_PGE = 1 << 5 | 1 << 7, LA57 = 1 << 12, NXE_LMA_LME_SCE = 0xd01 };
  return (tw_registers){.regime = TW_REGIME_X86,
                        .sctlr = 1ULL << 31 | WP_PE,
                        .tcr = PAE_PGE | (t->tree.levels == 5 ? LA57 : 0),
                        .ttbr0 = t->tree.base,
                        .mair = NXE_LMA_LME_SCE};
}

const tw_x86_counts *tw_x86_tables_counts(const tw_x86_tables *t) { return &t->counts; }

// -- a write --

static range around(uint64_t va, unsigned size_log2) {
  uint64_t mask = (1ULL << size_log2) - 1;
  return (range){.first = va & ~mask, .last = va | mask};
}

// A full list drops nothing: see tw_x86_tables_flush.
static void add_pending(tw_x86_tables *t, const tw_mapping *leaf) {
  uint64_t bytes = tw_x86_unit_bytes(&t->arm, leaf), first = leaf->va & ~(bytes - 1);
  if (bytes <= 1ULL << tw_x86_granule_log2(&t->arm, leaf->half) || t->pending_count == PENDING_MAX)
    return;
  for (size_t i = 0; i < t->pending_count; i++)
    if (t->pending[i].first == first && t->pending[i].last == first + (bytes - 1))
      return;
  unsigned size = tw_x86_tree_look_up(&t->tree, tw_x86_tables_address(t, leaf->va));
  t->pending[t->pending_count++] = (range){first, first + (bytes - 1), 1ULL << (size ? size : 12)};
}

// Before the write: is the table still reached at its place, and what does the descriptor map?
static int look_at_leaf(void *context, const tw_mapping *leaf) {
  tw_x86_tables *t = context;
  if (t->place_found)
    add_pending(t, leaf);
  return 0;
}

static int look_at_table(void *context, const tw_walked_table *table) {
  tw_x86_tables *t = context;
  t->place_found |= table->pa == t->place_pa && table->va == t->place_va;
  return 0;
}

// The places where the descriptor at `pa` is live. -1: there are too many.
static int find_places(tw_x86_tables *t, uint64_t pa, range places[PLACES_MAX], tw_error *error) {
  int count = 0;
  for (size_t i = 0; i < t->walked_count; i++) {
    const tw_walked_table *table = &t->walked[i];
    if (pa < table->pa || (pa - table->pa) >> table->entry_log2 >= table->entries)
      continue;
    uint64_t va = table->va + ((pa - table->pa) >> table->entry_log2 << table->shift);
    t->place_pa = table->pa;
    t->place_va = table->va;
    t->place_found = false;
    if (walk(t, (range){.first = va, .last = va}, look_at_leaf, look_at_table, error))
      return -1;
    if (count == PLACES_MAX)
      return tw_fail(error, "table at 0x%" PRIx64 ": found it at more than %d places, expected fewer", table->pa,
                     PLACES_MAX);
    if (t->place_found)
      places[count++] = around(va, tw_x86_reach_log2(&t->arm, table));
    else
      t->walked[i--] = t->walked[--t->walked_count];
  }
  return count;
}

static int clear_part(tw_x86_tables *t, range part, tw_error *error) {
  for (uint64_t first = part.first;; first = (first | SLOT_MASK) + 1) {
    uint64_t last = (first | SLOT_MASK) < part.last ? first | SLOT_MASK : part.last;
    uint64_t at = tw_x86_tables_address(t, first);
    if (is_in_place(t, at) && tw_x86_tree_clear(&t->tree, at, at + (last - first), error) < 0)
      return -1;
    if (last == part.last)
      return 0;
  }
}

int tw_x86_tables_write(tw_x86_tables *t, uint64_t pa, uint64_t value, unsigned bytes, tw_error *error) {
  range places[PLACES_MAX];
  int count = find_places(t, pa, places, error);
  if (count < 0 || t->tree.memory.write(t->tree.memory.context, pa, value, bytes, error) < 0)
    return -1;
  for (int i = 0; i < count; i++)
    if (clear_part(t, places[i], error) < 0 || map_part(t, places[i], error) < 0)
      return -1;
  return 0;
}

// -- maintenance --

static bool is_by_va(const tw_tlbi *tlbi) {
  unsigned what = tlbi->op & 15;
  return what >= TW_TLBI_VA && what <= TW_TLBI_VAAL && !(tlbi->op & TW_TLBI_RANGE);
}

static uint64_t address_of(const tw_tlbi *tlbi) {
  if (tlbi->op & TW_TLBI_AARCH32)
    return tlbi->operand & 0xfffff000;
  uint64_t va = tlbi->operand << 12 & 0x00fffffffffff000;
  return va >> 55 ? va | 0xffULL << 56 : va;
}

// What an INVLPG each must drop.
static range dropped(tw_x86_tables *t, uint64_t va) {
  for (size_t i = 0; i < t->pending_count; i++)
    if (va >= t->pending[i].first && va <= t->pending[i].last) {
      range found = t->pending[i];
      t->pending[i] = t->pending[--t->pending_count];
      return found;
    }
  unsigned granule = tw_x86_granule_log2(&t->arm, va >> 55 & 1),
           size = tw_x86_tree_look_up(&t->tree, tw_x86_tables_address(t, va));
  range part = around(va, granule);
  part.step = 1ULL << (size > granule ? granule : size ? size : 12);
  return part;
}

tw_x86_flush tw_x86_tables_flush(tw_x86_tables *t, const tw_tlbi *tlbi) {
  if (is_by_va(tlbi) && t->pending_count < PENDING_MAX) {
    range part = dropped(t, address_of(tlbi));
    uint64_t count = (part.last - part.first) / part.step + 1;
    if (count <= INVLPG_MAX)
      return (tw_x86_flush){.what = TW_TLBI_VA,
                            .count = (unsigned)count,
                            .first = tw_x86_tables_address(t, part.first),
                            .step = part.step};
  }
  if ((tlbi->op & 15) == TW_TLBI_ASID)
    return (tw_x86_flush){.what = TW_TLBI_ASID};
  t->pending_count = 0;
  return (tw_x86_flush){.what = TW_TLBI_VMALL};
}
