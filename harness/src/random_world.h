// What a random scenario consists of: a core, register values, translation tables and addresses that use them.
//
// The encoder of tables and registers is this folder's own, written from the Arm manual (VMSAv8-64) and not from the
// model, so that a slip of the model's decoder shows.
#ifndef HARNESS_RANDOM_WORLD_H
#define HARNESS_RANDOM_WORLD_H

#include "random_bits.h"

#include <harness/core.h>
#include <tablewalk/mmu.h>

enum { TW_RANDOM_VAS = 24 };

/// One half of the address space as the encoder sees it.
typedef struct tw_random_half {
  unsigned granule; ///< log2
  unsigned txsz;
  uint64_t base; ///< of the start table
} tw_random_half;

/// Register values and what they were made of.
typedef struct tw_random_context {
  tw_registers registers;
  tw_random_half half[2];
  bool big_endian;
} tw_random_context;

/// Access to both memories of a lockstep.
typedef struct tw_random_store {
  int (*write)(void *lockstep, uint64_t pa, uint64_t value); ///< 0, or -1: stop
  uint64_t (*read)(void *lockstep, uint64_t pa);
  void *lockstep;
} tw_random_store;

typedef struct tw_random_world {
  tw_random random;
  tw_core core;
  tw_random_context context;
  tw_random_store store;
  uint64_t va[TW_RANDOM_VAS];
  uint32_t tables;      ///< table pages handed out
  uint64_t written[64]; ///< addresses of the last descriptors written
  uint32_t writes;
} tw_random_world;

/// Latencies, sizes held, PA size and memory; the geometry in `core` stays.
void tw_random_core(tw_random *random, tw_core *core);
/// New registers. `keep`: granules and sizes of the halves stay, so that what TLBs hold goes on to fit.
void tw_random_registers(tw_random_world *world, bool keep);
/// New addresses to translate.
void tw_random_addresses(tw_random_world *world);
/// Map the world's addresses, each by a walk of its own down to whatever is found or made there. 0, or -1 to stop.
int tw_random_map_all(tw_random_world *world);
/// Software rewrites one descriptor that a walk may have used. 0, or -1 to stop.
int tw_random_rewrite(tw_random_world *world);

tw_request tw_random_request(tw_random_world *world, bool fetch);
tw_tlbi tw_random_tlbi(tw_random_world *world);

// ---- random_tables.c to random_world.c ----

/// A page for a table of 2^granule bytes, sometimes where an address size fault or an external abort is met.
uint64_t tw_random_table_page(tw_random_world *world, unsigned granule);

#endif
