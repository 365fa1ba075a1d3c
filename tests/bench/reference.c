// The bare replay. A function for each structure; all is inlined into the two loops at the end.
#include "reference.h"

#include <string.h>

enum {
  L1_ENTRIES = 48,
  L1_PADDED = 64,
  BUCKETS_LOG2 = 12,
  L2_SETS = 256,
  L2_WAYS = 5,
  L2_PADDED = 8,
  CACHED_TABLES = 64,
  PAGE_LOG2 = 12,
  LEVEL_LOG2 = 9,
  AHEAD = 12,
};

static const uint64_t ADDRESS = UINT64_C(0x0000fffffffff000), NO_PAGE = UINT64_MAX;

uint64_t reference_sum(const uint64_t *addresses, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; ++i)
    sum += addresses[i];
  return sum;
}

// Entries whose page has this hash: how many, and the exclusive or of their slots. Of one that is its slot.
typedef struct bucket {
  uint8_t count, slots;
} bucket;

typedef struct tlbs {
  bucket buckets[1 << BUCKETS_LOG2];
  uint64_t l1_page[L1_ENTRIES], l1_frame[L1_ENTRIES];
  uint32_t l1_used[L1_PADDED]; // number of the access << 6 | slot: the least is the victim
  uint64_t l2_page[L2_SETS][L2_PADDED], l2_frame[L2_SETS][L2_PADDED];
  uint32_t l2_used[L2_SETS][L2_PADDED]; // number of the access << 3 | way
  uint64_t table_of[3][CACHED_TABLES];  // what part of the address leads to the table, for the levels 1 to 3
  uint64_t table_pa[3][CACHED_TABLES];  //
  const stream_data *data;
  reference_result result;
} tlbs;

static void reset(tlbs *t, const stream_data *data) {
  memset(t, 0, sizeof *t);
  memset(t->l1_page, 0xff, sizeof t->l1_page);
  memset(t->l2_page, 0xff, sizeof t->l2_page);
  memset(t->table_of, 0xff, sizeof t->table_of);
  t->data = data;
  for (uint32_t slot = 0; slot < L1_ENTRIES; ++slot)
    t->l1_used[slot] = slot;
  for (size_t set = 0; set < L2_SETS; ++set)
    for (uint32_t way = 0; way < L2_WAYS; ++way)
      t->l2_used[set][way] = way;
}

// -- first level --

static inline bucket *bucket_of(tlbs *t, uint64_t page) {
  return &t->buckets[page * UINT64_C(0x9e3779b97f4a7c15) >> (64 - BUCKETS_LOG2)];
}

static inline unsigned l1_search(tlbs *t, uint64_t page) {
  const bucket b = *bucket_of(t, page);
  if (b.count == 1)
    return t->l1_page[b.slots] == page ? b.slots : L1_ENTRIES;
  if (b.count == 0)
    return L1_ENTRIES;
  unsigned found = L1_ENTRIES;
  for (unsigned slot = 0; slot < L1_ENTRIES; ++slot)
    found = t->l1_page[slot] == page ? slot : found;
  return found;
}

static void l1_fill(tlbs *t, uint64_t page, uint64_t frame, uint32_t number) {
  uint32_t least = UINT32_MAX;
  for (unsigned slot = 0; slot < L1_ENTRIES; ++slot)
    least = t->l1_used[slot] < least ? t->l1_used[slot] : least;
  unsigned victim = least % L1_PADDED;
  if (t->l1_page[victim] != NO_PAGE) {
    bucket *old = bucket_of(t, t->l1_page[victim]);
    old->count--;
    old->slots ^= (uint8_t)victim;
  }
  bucket *b = bucket_of(t, page);
  b->count++;
  b->slots ^= (uint8_t)victim;
  t->l1_page[victim] = page;
  t->l1_frame[victim] = frame;
  t->l1_used[victim] = number << 6 | victim;
}

// -- second level --

static unsigned l2_search(const tlbs *t, uint64_t page) {
  const uint64_t *set = t->l2_page[page % L2_SETS];
  for (unsigned way = 0; way < L2_WAYS; ++way)
    if (set[way] == page)
      return way;
  return L2_WAYS;
}

static void l2_fill(tlbs *t, uint64_t page, uint64_t frame, uint32_t number) {
  size_t set = page % L2_SETS;
  uint32_t least = UINT32_MAX;
  for (unsigned way = 0; way < L2_WAYS; ++way)
    least = t->l2_used[set][way] < least ? t->l2_used[set][way] : least;
  unsigned victim = least % L2_PADDED;
  t->l2_page[set][victim] = page;
  t->l2_frame[set][victim] = frame;
  t->l2_used[set][victim] = number << 3 | victim;
}

// -- walks --

static inline unsigned shift_of(unsigned level) { return PAGE_LOG2 + LEVEL_LOG2 * (3 - level); }

static inline const uint64_t *descriptor_at(const stream_data *data, uint64_t table, uint64_t va, unsigned level) {
  uint64_t offset = table - data->tables_pa + (va >> shift_of(level) & ((1U << LEVEL_LOG2) - 1)) * 8;
  return offset < data->tables_bytes ? &data->tables[offset / 8] : NULL;
}

static inline size_t cached_slot(uint64_t part) { return (part ^ part >> 6) % CACHED_TABLES; }

// The deepest level whose table is known.
static unsigned find_table(const tlbs *t, uint64_t va, uint64_t *table) {
  for (unsigned level = 3; level; --level) {
    uint64_t part = va >> shift_of(level - 1);
    size_t slot = cached_slot(part);
    if (t->table_of[level - 1][slot] == part) {
      *table = t->table_pa[level - 1][slot];
      return level;
    }
  }
  *table = t->data->ttbr[va >> 55 & 1] & ADDRESS;
  return 0;
}

// The frame of the page, whatever the size of what maps it; NO_PAGE: nothing does.
static uint64_t walk(tlbs *t, uint64_t va) {
  uint64_t table;
  for (unsigned level = find_table(t, va, &table);; ++level) {
    const uint64_t *at = descriptor_at(t->data, table, va, level);
    if (!at || !(*at & 1))
      return NO_PAGE;
    if (level == 3 || !(*at & 2)) {
      uint64_t inside = ((uint64_t)1 << shift_of(level)) - 1;
      return ((*at & ADDRESS & ~inside) | (va & inside)) >> PAGE_LOG2;
    }
    table = *at & ADDRESS;
    uint64_t part = va >> shift_of(level);
    t->table_of[level][cached_slot(part)] = part;
    t->table_pa[level][cached_slot(part)] = table;
  }
}

// Follow the tables without a look at the caches, as far as the last descriptor. Inlined by force: GCC drops calls of a
// function that does nothing but fetch.
static inline __attribute__((always_inline)) void fetch_descriptor(const stream_data *data, uint64_t va) {
  uint64_t table = data->ttbr[va >> 55 & 1] & ADDRESS;
  for (unsigned level = 0; level < 3; ++level) {
    const uint64_t *at = descriptor_at(data, table, va, level);
    if (!at || (*at & 3) != 3)
      return;
    table = *at & ADDRESS;
  }
  const uint64_t *at = descriptor_at(data, table, va, 3);
  if (at)
    __builtin_prefetch(at);
}

// -- the loops --

static __attribute__((noinline)) uint64_t miss(tlbs *t, uint64_t va, uint32_t number) {
  uint64_t page = va >> PAGE_LOG2, frame;
  unsigned way = l2_search(t, page);
  if (way < L2_WAYS) {
    frame = t->l2_frame[page % L2_SETS][way];
    t->l2_used[page % L2_SETS][way] = number << 3 | way;
    t->result.l2_hits++;
  } else {
    frame = walk(t, va);
    t->result.walks++;
    if (frame == NO_PAGE) {
      t->result.unmapped++;
      return 0;
    }
    l2_fill(t, page, frame, number);
  }
  l1_fill(t, page, frame, number);
  return frame << PAGE_LOG2 | (va & ((1U << PAGE_LOG2) - 1));
}

static inline uint64_t translate(tlbs *t, uint64_t va, uint32_t number) {
  unsigned slot = l1_search(t, va >> PAGE_LOG2);
  if (slot == L1_ENTRIES)
    return miss(t, va, number);
  t->l1_used[slot] = number << 6 | slot;
  t->result.l1_hits++;
  return t->l1_frame[slot] << PAGE_LOG2 | (va & ((1U << PAGE_LOG2) - 1));
}

reference_result reference_replay(const stream_data *data) {
  tlbs t;
  reset(&t, data);
  uint64_t sum = 0;
  for (size_t i = 0; i < data->count; ++i)
    sum += translate(&t, data->addresses[i], (uint32_t)i);
  t.result.pa_sum = sum;
  return t.result;
}

reference_result reference_replay_ahead(const stream_data *data) {
  tlbs t;
  reset(&t, data);
  uint64_t sum = 0;
  for (size_t i = 0; i < data->count; ++i) {
    if (i + AHEAD < data->count) {
      uint64_t va = data->addresses[i + AHEAD];
      if (bucket_of(&t, va >> PAGE_LOG2)->count == 0)
        fetch_descriptor(data, va);
    }
    sum += translate(&t, data->addresses[i], (uint32_t)i);
  }
  t.result.pa_sum = sum;
  return t.result;
}
