// Translation tables that grow as addresses are met. Of what stands in them only the places are kept, by key: a trace
// that touches a page here and a page there would need a table of the table builder's for each.
#include "address_space.h"
#include "page_format.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TABLES_PA UINT64_C(0x40000000)
#define FRAMES_PA UINT64_C(0x100000000)

enum { VA_BITS = 48, SLOTS_FIRST = 1 << 12 };

/// EL1 reads, writes and executes; attribute 0.
static const tw_page_attributes ATTRIBUTES = {.write = true, .execute = true, .user_execute = true, .shareability = 3};

/// What a key stands for: a mapped page's frame, or the table below an entry. Key 0 is an empty slot.
typedef struct slot {
  uint64_t key, pa;
} slot;

struct tw_address_space {
  tw_recent_pages recent; ///< first: address_space.h
  tw_mapping_policy policy;
  tw_page_format format;
  unsigned granule; ///< log2 of a table's bytes
  unsigned leaf;    ///< depth of the entries that map pages
  uint64_t tables;  ///< made so far
  uint64_t frames;  ///< given out so far
  uint64_t frames_most;
  uint64_t known_sizes; ///< bit n: of some blocks of 2^n bytes it is known where they lie
  unsigned frame_bits;  ///< of the permutation's domain
  slot *slots;          ///< open addressing; a power of two
  size_t slots_mask, used;
};

// ---- what is known, by key ----

/// Keys leave out the bits between the two halves.
static bool is_address(uint64_t va) {
  uint64_t top = va >> VA_BITS;
  return top == 0 || top == (UINT64_C(1) << (64 - VA_BITS)) - 1;
}

static int refuse_address(uint64_t va, tw_error *error) {
  return tw_fail(error, "found address %#" PRIx64 ", expected one of 48 bits, or of the upper half", va);
}

static uint64_t mix(uint64_t x) {
  x ^= x >> 31;
  x *= UINT64_C(0x9e3779b97f4a7c15);
  return x ^ x >> 29;
}

/// Keys tell apart the depth and all address bits that its entry resolves, half included.
static uint64_t key_of(const tw_address_space *space, uint64_t va, unsigned depth) {
  uint64_t half = va >> 63;
  return (uint64_t)(depth + 1) << 56 | half << 55 |
         (va & ((UINT64_C(1) << VA_BITS) - 1)) >> space->format.level[depth].shift;
}

static slot *slot_of(const tw_address_space *space, uint64_t key) {
  size_t i = mix(key) & space->slots_mask;
  while (space->slots[i].key && space->slots[i].key != key)
    i = (i + 1) & space->slots_mask;
  return &space->slots[i];
}

static int grow(tw_address_space *space) {
  slot *old = space->slots;
  size_t count = space->slots ? space->slots_mask + 1 : 0, larger = count ? 2 * count : SLOTS_FIRST;
  slot *slots = calloc(larger, sizeof *slots);
  if (!slots)
    return -1;
  space->slots = slots;
  space->slots_mask = larger - 1;
  for (size_t i = 0; i < count; i++)
    if (old[i].key)
      *slot_of(space, old[i].key) = old[i];
  free(old);
  return 0;
}

static int remember(tw_address_space *space, uint64_t key, uint64_t pa) {
  if (2 * (space->used + 1) > space->slots_mask && grow(space) < 0)
    return -1;
  *slot_of(space, key) = (slot){key, pa};
  space->used++;
  return 0;
}

// ---- frames ----

static bool is_size(unsigned log2, unsigned *granule) {
  static const unsigned sizes[][2] = {{12, 12}, {14, 14}, {16, 16}, {21, 12}, {25, 14}, {29, 16}, {30, 12}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    if (sizes[i][0] == log2) {
      *granule = sizes[i][1];
      return true;
    }
  return false;
}

/// A permutation of the numbers of `bits` bits: four rounds of Feistel's network over two halves, the lower the wider.
static uint64_t permuted(uint64_t n, unsigned bits, uint64_t seed) {
  unsigned low_bits = (bits + 1) / 2, high_bits = bits - low_bits;
  uint64_t low_mask = (UINT64_C(1) << low_bits) - 1, high_mask = (UINT64_C(1) << high_bits) - 1;
  uint64_t low = n & low_mask, high = n >> low_bits;
  for (unsigned round = 0; round < 4; round++) {
    high ^= mix(low * 8 + seed + round) >> 20 & high_mask;
    low ^= mix(high * 8 + seed + round + 4) >> 20 & low_mask;
  }
  return high << low_bits | low;
}

/// Number of the n-th frame. Numbers that the permutation takes out of the memory are passed on until one is inside.
static uint64_t frame_number(const tw_address_space *space, uint64_t n) {
  if (space->policy.placement == TW_PLACE_IN_ORDER)
    return n;
  do
    n = permuted(n, space->frame_bits, space->policy.seed);
  while (n >= space->frames_most);
  return n;
}

static int take_frame(tw_address_space *space, uint64_t *pa, tw_error *error) {
  if (space->frames == space->frames_most)
    return tw_fail(error, "the trace touches more than %" PRIu64 " pages of %" PRIu64 " KiB, expected at most that",
                   space->frames_most, UINT64_C(1) << (space->policy.page_log2 - 10));
  *pa = FRAMES_PA + (frame_number(space, space->frames++) << space->policy.page_log2);
  return 0;
}

static int take_table(tw_address_space *space, uint64_t *pa, tw_error *error) {
  *pa = TABLES_PA + (space->tables << space->granule);
  if (*pa >= FRAMES_PA)
    return tw_fail(error, "the trace needs more than 3 GiB of translation tables, expected at most that");
  space->tables++;
  return 0;
}

// ---- creation ----

tw_mapping_policy tw_mapping_policy_usual(void) {
  return (tw_mapping_policy){
      .page_log2 = 12, .placement = TW_PLACE_IN_ORDER, .frames_bytes = UINT64_C(64) << 30, .seed = 1};
}

static int check(const tw_mapping_policy *policy, unsigned *granule, tw_error *error) {
  if (!is_size(policy->page_log2, granule))
    return tw_fail(error, "page_log2 is %u, expected 12, 14, 16, 21, 25, 29 or 30", policy->page_log2);
  if (policy->frames_bytes == 0 || policy->frames_bytes & ((UINT64_C(1) << policy->page_log2) - 1) ||
      policy->frames_bytes > UINT64_C(1) << 44)
    return tw_fail(error, "frames_bytes is %#" PRIx64 ", expected a multiple of the page up to 2^44",
                   policy->frames_bytes);
  if (policy->placement > TW_PLACE_SCATTERED)
    return tw_fail(error, "placement is %u, expected 0 or 1", (unsigned)policy->placement);
  return 0;
}

tw_address_space *tw_address_space_create(const tw_mapping_policy *policy, tw_error *error) {
  unsigned granule = 0;
  if (check(policy, &granule, error) < 0)
    return NULL;
  tw_page_tables_config config = {.page_log2 = granule, .va_bits = VA_BITS};
  tw_address_space *space = calloc(1, sizeof *space);
  if (space && tw_page_format_make(&config, &space->format, error) < 0) {
    free(space);
    return NULL;
  }
  if (!space || grow(space) < 0) {
    free(space);
    tw_fail(error, "out of memory");
    return NULL;
  }
  space->policy = *policy;
  space->recent.page_log2 = policy->page_log2;
  space->granule = granule;
  while (space->format.level[space->leaf].shift != policy->page_log2)
    space->leaf++;
  space->frames_most = policy->frames_bytes >> policy->page_log2;
  while (UINT64_C(1) << space->frame_bits < space->frames_most)
    space->frame_bits++;
  space->tables = 2; // the roots
  return space;
}

void tw_address_space_destroy(tw_address_space *space) {
  if (space)
    free(space->slots);
  free(space);
}

uint64_t tw_address_space_table_bytes(const tw_address_space *space) { return UINT64_C(1) << space->granule; }

uint64_t tw_address_space_root(const tw_address_space *space, unsigned half) {
  return TABLES_PA + ((uint64_t)half << space->granule);
}

tw_registers tw_address_space_registers(const tw_address_space *space) {
  static const uint64_t tg0[] = {0, 2, 1}, tg1[] = {2, 1, 3}; // of 4K, 16K, 64K
  unsigned granule = (space->granule - 12) / 2;
  uint64_t size = 64 - VA_BITS;
  return (tw_registers){.sctlr = 1U << 12 | 1U << 2 | 1, // I, C, M
                        .tcr = size | size << 16 | 3U << 12 | UINT64_C(3) << 28 | tg0[granule] << 14 |
                               tg1[granule] << 30 | UINT64_C(5) << 32, // IPS: 48 bits
                        .mair = 0xff,                                  // Normal, write-back
                        .ttbr0 = tw_address_space_root(space, 0),
                        .ttbr1 = tw_address_space_root(space, 1)};
}

// ---- pages ----

/// Keys of blocks of which it is known where they lie: their size, half and number.
static uint64_t known_key(uint64_t va, unsigned log2) {
  return UINT64_C(1) << 63 | (uint64_t)log2 << 56 | va >> 63 << 55 | (va & ((UINT64_C(1) << VA_BITS) - 1)) >> log2;
}

/// Where the page of `va` is known to lie, by the smallest block that says so.
static bool known_frame(const tw_address_space *space, uint64_t va, uint64_t *frame) {
  for (unsigned log2 = 0; space->known_sizes >> log2; log2++) {
    if (!(space->known_sizes >> log2 & 1))
      continue;
    const slot *known = slot_of(space, known_key(va, log2));
    if (!known->key)
      continue;
    *frame = known->pa + (va & ((UINT64_C(1) << log2) - 1) & ~((UINT64_C(1) << space->policy.page_log2) - 1));
    return true;
  }
  return false;
}

int tw_address_space_know(tw_address_space *space, uint64_t va, uint64_t pa, unsigned log2, tw_error *error) {
  unsigned page_log2 = space->policy.page_log2, size = log2 > page_log2 ? log2 : page_log2;
  uint64_t low = (UINT64_C(1) << size) - 1, page = ~((UINT64_C(1) << page_log2) - 1);
  if (!is_address(va))
    return refuse_address(va, error);
  if ((va ^ pa) & low & ~UINT64_C(0xfff))
    return tw_fail(error, "found VA %#" PRIx64 " at PA %#" PRIx64 ", expected both to agree in the page's %u bits", va,
                   pa, size);
  if ((pa | low) >> VA_BITS)
    return tw_fail(error, "found PA %#" PRIx64 ", expected one of 48 bits", pa);
  slot *known = slot_of(space, known_key(va, size));
  if (known->key)
    known->pa = pa & ~low;
  else if (remember(space, known_key(va, size), pa & ~low) < 0)
    return tw_fail(error, "out of memory");
  space->known_sizes |= UINT64_C(1) << size;
  const slot *mapped = slot_of(space, key_of(space, va, space->leaf));
  return mapped->key && mapped->pa != ((va & low & page) | (pa & ~low));
}

static void set_recent(tw_address_space *space, uint64_t va, uint64_t pa) {
  uint64_t number = va >> space->policy.page_log2;
  space->recent.page[number % TW_RECENT_PAGES].key = number + 1;
  space->recent.page[number % TW_RECENT_PAGES].pa = pa;
}

bool tw_address_space_search(tw_address_space *space, uint64_t va, uint64_t *pa) {
  const slot *found = slot_of(space, key_of(space, va, space->leaf));
  if (!found->key || !is_address(va))
    return false;
  set_recent(space, va, found->pa);
  *pa = found->pa | (va & ((UINT64_C(1) << space->policy.page_log2) - 1));
  return true;
}

static uint64_t entry_pa(const tw_address_space *space, uint64_t table, uint64_t va, unsigned depth) {
  const tw_format_level *level = &space->format.level[depth];
  return table + (va >> level->shift & ((UINT64_C(1) << level->bits) - 1)) * 8;
}

static tw_descriptor_write leaf_write(const tw_address_space *space, uint64_t table, uint64_t va, uint64_t frame) {
  return (tw_descriptor_write){entry_pa(space, table, va, space->leaf),
                               tw_format_leaf(&space->format, space->leaf, &ATTRIBUTES, false) |
                                   tw_format_address(&space->format, space->leaf, frame, false)};
}

tw_descriptor_write tw_address_space_remap(tw_address_space *space, uint64_t va) {
  uint64_t table = tw_address_space_root(space, (unsigned)(va >> 63)), key = key_of(space, va, space->leaf);
  for (unsigned depth = 0; depth < space->leaf; depth++)
    table = slot_of(space, key_of(space, va, depth))->pa;
  slot *mapped = slot_of(space, key);
  known_frame(space, va, &mapped->pa);
  set_recent(space, va, mapped->pa);
  return leaf_write(space, table, va, mapped->pa);
}

int tw_address_space_map(tw_address_space *space, uint64_t va, tw_descriptor_write writes[TW_WRITES_MAX],
                         tw_error *error) {
  if (!is_address(va))
    return refuse_address(va, error);
  uint64_t table = tw_address_space_root(space, (unsigned)(va >> 63)), frame = 0;
  int count = 0;
  for (unsigned depth = 0; depth < space->leaf; depth++) {
    uint64_t key = key_of(space, va, depth), entry = entry_pa(space, table, va, depth);
    slot *below = slot_of(space, key);
    if (below->key) {
      table = below->pa;
      continue;
    }
    if (take_table(space, &table, error) < 0)
      return -1;
    writes[count++] = (tw_descriptor_write){entry, tw_format_table(&space->format, table)};
    if (remember(space, key, table) < 0)
      return tw_fail(error, "out of memory");
  }
  if (!known_frame(space, va, &frame) && take_frame(space, &frame, error) < 0)
    return -1;
  writes[count++] = leaf_write(space, table, va, frame);
  if (remember(space, key_of(space, va, space->leaf), frame) < 0)
    return tw_fail(error, "out of memory");
  return count;
}
