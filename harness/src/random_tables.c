// Random translation tables: an encoder of VMSAv8-64 descriptors (Arm ARM, VMSAv8-64 translation table format
// descriptors) that also makes every mistake there is to make.
#include "random_world.h"

enum {
  TW_TABLE_PAGES = 40,   ///< table pages in use before they are used again
  TW_TABLES_AT = 1 << 30 ///< where they lie
};

uint64_t tw_random_table_page(tw_random_world *world, unsigned granule) {
  tw_random *random = &world->random;
  uint64_t pa = (uint64_t)TW_TABLES_AT + ((uint64_t)(world->tables++ % TW_TABLE_PAGES) << 16);
  if (granule < 16 && tw_random_percent(random, 50))
    pa += 1ULL << granule; // not all at one place in a cache
  if (tw_random_percent(random, 94))
    return pa;
  // anywhere: above the output size, above the memory's limit, above 48 bits
  return (tw_random_bits(random) & ((1ULL << tw_random_from(random, 32, 52)) - 1)) >> granule << granule;
}

// ---- encode ----

static bool has_52_bits(const tw_random_world *world, unsigned granule) {
  return granule == 16 && world->core.mmu.pa_bits == 52;
}

/// The address field: OA[47:low], with 64K granules and 52 bits OA[51:48] in bits 15:12.
static uint64_t address_field(const tw_random_world *world, unsigned granule, unsigned low, uint64_t pa) {
  uint64_t field = pa & ((1ULL << 48) - 1) & ~((1ULL << low) - 1);
  if (has_52_bits(world, granule))
    field |= (pa >> 48 & 15) << 12;
  return field;
}

static uint64_t encode_table(tw_random_world *world, unsigned granule, uint64_t next) {
  tw_random *random = &world->random;
  uint64_t descriptor = 3 | address_field(world, granule, granule, next);
  if (tw_random_percent(random, 25))
    descriptor |= (uint64_t)tw_random_below(random, 4) << 61; // APTable
  if (tw_random_percent(random, 15))
    descriptor |= 1ULL << 60; // UXNTable
  if (tw_random_percent(random, 15))
    descriptor |= 1ULL << 59; // PXNTable
  if (tw_random_percent(random, 50))
    descriptor |= tw_random_bits(random) & 0x07f00000000000fc; // ignored bits
  return descriptor;
}

static uint64_t leaf_attributes(tw_random *random) {
  uint64_t descriptor = (uint64_t)tw_random_below(random, 8) << 2; // AttrIndx
  descriptor |= (uint64_t)tw_random_below(random, 4) << 6;         // AP[2:1]
  descriptor |= (uint64_t)tw_random_below(random, 4) << 8;         // SH
  if (!tw_random_percent(random, 4))
    descriptor |= 1ULL << 10; // AF
  if (tw_random_percent(random, 60))
    descriptor |= 1ULL << 11; // nG
  if (tw_random_percent(random, 25))
    descriptor |= 1ULL << 53; // PXN
  if (tw_random_percent(random, 25))
    descriptor |= 1ULL << 54; // UXN
  if (tw_random_percent(random, 50))
    descriptor |= tw_random_bits(random) & (0xfULL << 55 | 1ULL << 5); // ignored, NS
  return descriptor;
}

/// An output address for a leaf of 2^low bytes.
static uint64_t output_address(tw_random_world *world, unsigned low) {
  tw_random *random = &world->random;
  unsigned bits = tw_random_percent(random, 90) ? 32 : tw_random_from(random, 32, 52);
  if (low >= bits)
    bits = tw_random_percent(random, 50) ? 52 : low;
  return (tw_random_bits(random) & ((1ULL << bits) - 1)) >> low << low;
}

static uint64_t encode_leaf(tw_random_world *world, unsigned granule, int level, unsigned low, uint64_t pa) {
  uint64_t type = level == 3 ? 3 : 1;
  return type | leaf_attributes(&world->random) | address_field(world, granule, low, pa);
}

// ---- write ----

static uint64_t swap_bytes(uint64_t value) {
  uint64_t swapped = 0;
  for (unsigned i = 0; i < 8; i++)
    swapped |= (value >> (8 * i) & 0xff) << (56 - 8 * i);
  return swapped;
}

static int write_descriptor(tw_random_world *world, uint64_t pa, uint64_t descriptor) {
  world->written[world->writes++ % 64] = pa;
  return world->store.write(world->store.lockstep, pa, world->context.big_endian ? swap_bytes(descriptor) : descriptor);
}

static uint64_t read_descriptor(tw_random_world *world, uint64_t pa) {
  uint64_t value = world->store.read(world->store.lockstep, pa);
  return world->context.big_endian ? swap_bytes(value) : value;
}

/// Where one walk stands.
typedef struct tw_random_step {
  unsigned granule;
  unsigned top; ///< input address bits that this level resolves end here
  unsigned low; ///< and begin here
  int level;
  uint64_t table, va;
} tw_random_step;

static uint64_t index_of(const tw_random_step *s) { return s->va >> s->low & ((1ULL << (s->top - s->low)) - 1); }
static uint64_t place_of(const tw_random_step *s) { return s->table + 8 * index_of(s); }

static unsigned contiguous_entries(const tw_random_step *s) {
  if (s->granule == 12)
    return s->level >= 1 ? 16 : 0;
  if (s->granule == 14)
    return s->level == 3 ? 128 : s->level == 2 ? 32 : 0;
  return s->level >= 2 ? 32 : 0;
}

/// A contiguous group as it has to be: all entries alike, consecutive outputs. Or with a slip.
static int write_group(tw_random_world *world, const tw_random_step *s, unsigned entries) {
  tw_random *random = &world->random;
  uint64_t first = index_of(s) & ~(uint64_t)(entries - 1);
  unsigned log2_entries = 0;
  while (1U << log2_entries < entries)
    log2_entries++;
  uint64_t pa = output_address(world, s->low + log2_entries);
  uint64_t descriptor = encode_leaf(world, s->granule, s->level, s->low, 0) | 1ULL << 52;
  for (unsigned i = 0; i < entries; i++) {
    uint64_t value = descriptor | address_field(world, s->granule, s->low, pa + ((uint64_t)i << s->low));
    if (first + i >= 1ULL << (s->top - s->low))
      break;
    if (write_descriptor(world, s->table + 8 * (first + i), value))
      return -1;
  }
  if (!tw_random_percent(random, 25))
    return 0;
  uint64_t wrong = encode_leaf(world, s->granule, s->level, s->low, output_address(world, s->low)) |
                   (uint64_t)tw_random_below(random, 2) << 52;
  return write_descriptor(world, place_of(s), wrong);
}

static bool block_is_legal(const tw_random_world *world, const tw_random_step *s) {
  if (s->granule == 12)
    return s->level == 1 || s->level == 2;
  return s->level == 2 || (s->level == 1 && has_52_bits(world, s->granule));
}

static int write_leaf(tw_random_world *world, const tw_random_step *s) {
  tw_random *random = &world->random;
  unsigned entries = contiguous_entries(s);
  if (entries && tw_random_percent(random, 30))
    return write_group(world, s, entries);
  uint64_t descriptor = encode_leaf(world, s->granule, s->level, s->low, output_address(world, s->low));
  if (tw_random_percent(random, 8))
    descriptor |= 1ULL << 52; // alone with the bit set
  return write_descriptor(world, place_of(s), descriptor);
}

/// Something that is neither a table nor a leaf that is legal there.
static int write_nonsense(tw_random_world *world, const tw_random_step *s) {
  uint64_t descriptor = tw_random_bits(&world->random) & ~3ULL;
  if (tw_random_percent(&world->random, 50))
    descriptor |= 1; // reserved at level 3, a block elsewhere
  return write_descriptor(world, place_of(s), descriptor);
}

static bool goes_to_table(uint64_t descriptor, int level) { return level < 3 && (descriptor & 3) == 3; }

static uint64_t table_of(const tw_random_world *world, unsigned granule, uint64_t descriptor) {
  uint64_t table = descriptor & ((1ULL << 48) - 1) & ~((1ULL << granule) - 1);
  return has_52_bits(world, granule) ? table | (descriptor >> 12 & 15) << 48 : table;
}

/// Make the descriptor of one step. 1: it is a table and the walk goes on; 0: it ends here; -1: stop.
static int make_step(tw_random_world *world, tw_random_step *s) {
  tw_random *random = &world->random;
  if (tw_random_percent(random, 3))
    return write_nonsense(world, s);
  if (s->level == 3 || (block_is_legal(world, s) && tw_random_percent(random, 30)))
    return write_leaf(world, s);
  uint64_t next = tw_random_table_page(world, s->granule);
  if (write_descriptor(world, place_of(s), encode_table(world, s->granule, next)))
    return -1;
  s->table = next;
  return 1;
}

/// One step of the walk that maps: follow a table that is there, mostly, else make something new.
static int walk_step(tw_random_world *world, tw_random_step *s) {
  uint64_t there = read_descriptor(world, place_of(s));
  int on = 1;
  if (goes_to_table(there, s->level) && tw_random_percent(&world->random, 92))
    s->table = table_of(world, s->granule, there);
  else if (!there || tw_random_percent(&world->random, 25))
    on = make_step(world, s);
  else
    on = 0;
  s->top = s->low;
  s->low -= s->granule - 3;
  s->level++;
  return on;
}

static int map_one(tw_random_world *world, uint64_t va) {
  const tw_random_half *half = &world->context.half[va >> 55 & 1];
  unsigned most = half->granule == 16 ? 47 : 48, least = half->granule == 16 ? 12 : 16;
  if (half->txsz < least || half->txsz > most)
    return 0;
  tw_random_step s = {.granule = half->granule, .top = 64 - half->txsz, .low = half->granule, .level = 3};
  while (s.low + half->granule - 3 < s.top) {
    s.low += half->granule - 3;
    s.level--;
  }
  s.table = half->base;
  s.va = va;
  int on = 1;
  while (on == 1 && s.level <= 3)
    on = walk_step(world, &s);
  return on < 0 ? -1 : 0;
}

int tw_random_map_all(tw_random_world *world) {
  for (unsigned i = 0; i < TW_RANDOM_VAS; i++)
    if (map_one(world, world->va[i]))
      return -1;
  return 0;
}

/// Flip a bit, take it out, or map its address anew.
int tw_random_rewrite(tw_random_world *world) {
  tw_random *random = &world->random;
  if (!world->writes || tw_random_percent(random, 40))
    return map_one(world, world->va[tw_random_below(random, TW_RANDOM_VAS)]);
  uint32_t known = world->writes < 64 ? world->writes : 64;
  uint64_t pa = world->written[tw_random_below(random, known)];
  uint64_t descriptor = read_descriptor(world, pa);
  if (tw_random_percent(random, 50))
    return write_descriptor(world, pa, descriptor ^ 1ULL << tw_random_below(random, 64));
  return write_descriptor(world, pa, tw_random_percent(random, 50) ? 0 : descriptor | 1ULL << 10);
}
