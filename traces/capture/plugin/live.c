// Tables are kept by their address: in a list for each 4K page of RAM that one begins in. A table counts the slots of
// other tables that link it, and the registers; with the last of them it is dead, but what is known of it stays.
#include "live.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_LOG2 = 12 };

typedef struct table {
  struct table *next;    // that begins in the same 4K page
  struct table *younger; // in the order in which they were found
  table_place place;
  uint32_t links;
  bool root;       // linked by a register
  uint8_t known[]; // as much as place.bytes
} table;

struct live {
  const guest_ram *ram;
  bool aarch64, telling;
  live_tell tell;
  void *context;
  table **begins;  // by page of RAM
  uint8_t *covers; // by page of RAM: how many live tables lie in it, saturating: 255 stays
  table *oldest, *youngest;
  table *roots[CPUS_MAX][2];
};

live *live_create(const guest_ram *ram, bool aarch64, live_tell tell, void *context) {
  live *tables = calloc(1, sizeof *tables);
  if (!tables)
    return NULL;
  *tables = (live){.ram = ram, .aarch64 = aarch64, .tell = tell, .context = context};
  tables->begins = calloc(ram->bytes >> PAGE_LOG2, sizeof(table *));
  tables->covers = calloc(ram->bytes >> PAGE_LOG2, 1);
  if (tables->begins && tables->covers)
    return tables;
  live_destroy(tables);
  return NULL;
}

static void forget_all(live *tables) {
  for (table *t = tables->oldest, *younger; t; t = younger) {
    younger = t->younger;
    free(t);
  }
  tables->oldest = tables->youngest = NULL;
  memset(tables->begins, 0, (tables->ram->bytes >> PAGE_LOG2) * sizeof(table *));
  memset(tables->covers, 0, tables->ram->bytes >> PAGE_LOG2);
  memset(tables->roots, 0, sizeof tables->roots);
}

void live_destroy(live *tables) {
  if (!tables)
    return;
  if (tables->begins && tables->covers)
    forget_all(tables);
  free(tables->begins);
  free(tables->covers);
  free(tables);
}

static uint64_t page_of(const live *tables, uint64_t pa) { return (pa - tables->ram->base) >> PAGE_LOG2; }

bool live_has(const live *tables, uint64_t pa) {
  return guest_ram_at(tables->ram, pa, 1) && tables->covers[page_of(tables, pa)];
}

static void cover(live *tables, const table_place *place, int by) {
  uint64_t last = page_of(tables, place->pa + place->bytes - 1);
  for (uint64_t page = page_of(tables, place->pa); page <= last; page++)
    if (tables->covers[page] < 255)
      tables->covers[page] = (uint8_t)(tables->covers[page] + by);
}

// -- finding and making --

static table *find(const live *tables, const table_place *place) {
  table *t = tables->begins[page_of(tables, place->pa)];
  while (t && (t->place.pa != place->pa || t->place.bytes != place->bytes))
    t = t->next;
  return t;
}

// A new table: nothing of it is known, which a reader takes for zeros. NULL: not in RAM, or out of memory.
static table *make(live *tables, const table_place *place) {
  if (!guest_ram_at(tables->ram, place->pa, place->bytes))
    return NULL;
  table *t = calloc(1, sizeof *t + place->bytes);
  if (!t)
    return NULL;
  t->place = *place;
  table **begins = &tables->begins[page_of(tables, place->pa)];
  t->next = *begins;
  *begins = t;
  if (tables->youngest)
    tables->youngest->younger = t;
  else
    tables->oldest = t;
  tables->youngest = t;
  return t;
}

// -- linking and unlinking: children first, so that a reader never follows a link into what it does not know --

static void link_table(live *tables, const table_place *place, table **linked);

static void learn_word(live *tables, table *t, uint32_t offset) {
  unsigned bytes = format_entry_bytes(&t->place);
  const uint8_t *now = guest_ram_at(tables->ram, t->place.pa + offset, bytes);
  if (tables->telling && memcmp(t->known + offset, now, bytes) != 0)
    tables->tell(tables->context, t->place.pa + offset, format_load(now, bytes), bytes);
  memcpy(t->known + offset, now, bytes);
}

static void link_child(live *tables, const table *t, uint32_t offset) {
  unsigned bytes = format_entry_bytes(&t->place);
  const uint8_t *now = guest_ram_at(tables->ram, t->place.pa + offset, bytes);
  table_place child;
  if (format_child(&t->place, format_load(now, bytes), offset / bytes, &child))
    link_table(tables, &child, NULL);
}

static void come_alive(live *tables, table *t) {
  cover(tables, &t->place, 1);
  unsigned bytes = format_entry_bytes(&t->place);
  for (uint32_t offset = 0; offset < t->place.bytes; offset += bytes) {
    link_child(tables, t, offset);
    learn_word(tables, t, offset);
  }
}

static void link_table(live *tables, const table_place *place, table **linked) {
  table *t = guest_ram_at(tables->ram, place->pa, place->bytes) ? find(tables, place) : NULL;
  if (!t)
    t = make(tables, place);
  if (linked)
    *linked = t;
  if (!t)
    return;
  if (t->links++ == 0) {
    t->place = *place; // a dead one may have stood elsewhere
    come_alive(tables, t);
  }
}

static void unlink_table(live *tables, table *t);

static void unlink_child(live *tables, const table *t, uint32_t offset) {
  unsigned bytes = format_entry_bytes(&t->place);
  table_place child;
  if (!format_child(&t->place, format_load(t->known + offset, bytes), offset / bytes, &child) ||
      !guest_ram_at(tables->ram, child.pa, child.bytes))
    return;
  table *linked = find(tables, &child);
  if (linked)
    unlink_table(tables, linked);
}

static void unlink_table(live *tables, table *t) {
  if (t->links == 0 || --t->links > 0)
    return;
  cover(tables, &t->place, -1);
  unsigned bytes = format_entry_bytes(&t->place);
  for (uint32_t offset = 0; offset < t->place.bytes; offset += bytes)
    unlink_child(tables, t, offset);
}

// -- roots --

// A process's root is linked by no table, and stays linked by the first register that pointed to it until the process
// is gone: then all of it is zero (AArch64), or the kernel's part is left (AArch32: then its memory's next use is told
// as writes of descriptors that nobody reads).
static bool is_empty(const live *tables, const table *t) {
  const uint8_t *now = guest_ram_at(tables->ram, t->place.pa, t->place.bytes);
  for (uint32_t i = 0; i < t->place.bytes; i++)
    if (now[i])
      return false;
  return true;
}

static bool is_current(const live *tables, const table *t) {
  for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++)
    if (tables->roots[cpu][0] == t || tables->roots[cpu][1] == t)
      return true;
  return false;
}

static void drop_if_gone(live *tables, table *root) {
  if (!root || !root->root || is_current(tables, root) || !is_empty(tables, root))
    return;
  root->root = false;
  unlink_table(tables, root);
}

void live_switch(live *tables, unsigned cpu, const guest_registers *registers) {
  for (unsigned half = 0; half < 2; half++) {
    table_place root;
    table *before = tables->roots[cpu][half], *now = NULL;
    if (format_root(registers, tables->aarch64, half, &root) && guest_ram_at(tables->ram, root.pa, root.bytes)) {
      now = find(tables, &root);
      if (!now || !now->root)
        link_table(tables, &root, &now);
      if (now)
        now->root = true;
    }
    tables->roots[cpu][half] = now;
    if (before != now)
      drop_if_gone(tables, before);
  }
}

void live_begin(live *tables, const guest_registers *registers, unsigned count) {
  forget_all(tables);
  tables->telling = false;
  for (unsigned cpu = 0; cpu < count; cpu++)
    live_switch(tables, cpu, &registers[cpu]);
  tables->telling = true;
}

void live_write(const live *tables, FILE *to) {
  for (const table *t = tables->oldest; t; t = t->younger) {
    uint64_t head[4] = {t->place.pa, (uint8_t)t->place.level | (uint64_t)t->place.half << 8, t->place.va_base,
                        t->place.bytes};
    fwrite(head, sizeof head, 1, to);
    fwrite(t->known, 1, t->place.bytes, to);
  }
}

// -- stores --

static void store_word(live *tables, table *t, uint32_t offset) {
  unsigned bytes = format_entry_bytes(&t->place);
  uint64_t pa = t->place.pa + offset;
  uint64_t before = format_load(t->known + offset, bytes),
           now = format_load(guest_ram_at(tables->ram, pa, bytes), bytes);
  table_place old, new;
  bool had = format_child(&t->place, before, offset / bytes, &old);
  bool has = format_child(&t->place, now, offset / bytes, &new);
  bool same = had && has && old.pa == new.pa;
  if (has && !same)
    link_table(tables, &new, NULL);
  if (had && !same)
    unlink_child(tables, t, offset);
  tables->tell(tables->context, pa, now, bytes);
  memcpy(t->known + offset, &now, bytes);
}

// Tables that cover `pa` begin in its 4K page, or are larger than that and aligned to their size.
static table *covering(const live *tables, uint64_t pa) {
  for (unsigned log2 = PAGE_LOG2; log2 <= 16; log2 += 2) {
    uint64_t begin = pa >> log2 << log2;
    if (!guest_ram_at(tables->ram, begin, 1))
      break;
    for (table *t = tables->begins[page_of(tables, begin)]; t; t = t->next)
      if (t->links && pa >= t->place.pa && pa - t->place.pa < t->place.bytes)
        return t;
  }
  return NULL;
}

void live_store(live *tables, uint64_t pa, unsigned bytes) {
  uint64_t end = pa + bytes;
  while (pa < end) {
    table *t = covering(tables, pa);
    unsigned entry = t ? format_entry_bytes(&t->place) : 4;
    uint64_t word = pa & ~(uint64_t)(entry - 1);
    if (t)
      store_word(tables, t, (uint32_t)(word - t->place.pa));
    drop_if_gone(tables, t);
    pa = word + entry;
  }
}
