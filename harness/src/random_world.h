// What a random test consists of: a core, contexts (register values and the translation tables they point to) and
// addresses that use them.
//
// The encoder of tables and registers is this folder's own, written from the Arm manual and not from the model, so
// that a slip of the model's decoder shows.
#ifndef HARNESS_RANDOM_WORLD_H
#define HARNESS_RANDOM_WORLD_H

#include "random_bits.h"

#include <harness/core.h>
#include <tablewalk/mmu.h>

enum {
  TW_RANDOM_VAS = 24,
  TW_RANDOM_RUN = 6, ///< the last of them, where a context has a run: at one distance from each other
  TW_RANDOM_CONTEXTS = 8,
  TW_RANDOM_WRITTEN = 64, ///< descriptors remembered
  TW_TABLES_FIRST = 1 << 30,
  TW_TABLES_LAST = 0x7fffffff, ///< tables lie here, data above; in a careless world mostly
};

typedef enum tw_random_format {
  TW_FORMAT_LONG, ///< VMSAv8-64
  TW_FORMAT_LPAE, ///< AArch32, 64-bit descriptors
  TW_FORMAT_SHORT ///< AArch32, 32-bit descriptors
} tw_random_format;

/// What contexts are drawn from: a set of these. A regime with and without stage 2 are two kinds.
typedef enum tw_random_kind {
  TW_KIND_EL10 = 1 << 0,
  TW_KIND_EL10_STAGE2 = 1 << 1,
  TW_KIND_EL2 = 1 << 2,
  TW_KIND_EL20 = 1 << 3,
  TW_KIND_SHORT = 1 << 4,
  TW_KIND_SHORT_STAGE2 = 1 << 5,
  TW_KIND_LPAE = 1 << 6,
  TW_KIND_LPAE_STAGE2 = 1 << 7,
  TW_KIND_ANY = 255,
  TW_KIND_COUNT = 8
} tw_random_kind;

/// The tables of one half of a stage 1, or of a stage 2, as the encoder sees them.
typedef struct tw_random_tree {
  uint64_t base;       ///< of the start table
  uint64_t shift;      ///< stage 2: tables at an IPA lie this much higher
  uint8_t format;      ///< tw_random_format
  uint8_t stage;       ///< 1, 2
  uint8_t granule;     ///< log2
  uint8_t input_bits;  ///< size of the input range, log2
  uint8_t output_bits; ///< where its leaves point, mostly
  uint8_t reach;       ///< the output size that the registers allow, log2
  int8_t start;        ///< level
  bool usable;         ///< false: the registers make every walk fault
  bool high;           ///< half 1
  bool ds;             ///< descriptors of FEAT_LPA2
  bool wide;           ///< 64K granules with OA[51:48] in bits 15:12
  bool big_endian;
  bool careful;   ///< groups are right, no lone contiguous bits
  bool only_ng;   ///< all leaves are non-global
  bool no_dbm;    ///< stage 1: no leaf has a dirty state
  bool writable;  ///< stage 2: all leaves can be written
  bool one_space; ///< EL2: one privilege
} tw_random_tree;

/// Register values and what they were made of.
typedef struct tw_random_context {
  tw_registers registers;
  tw_random_tree half[2], stage2;
  uint8_t kind;    ///< tw_random_kind
  bool has_stage1; ///< SCTLR.M, and no HCR.DC
  bool has_stage2; //
  uint64_t va[TW_RANDOM_VAS];
} tw_random_context;

/// Access to the memories of what is tested.
typedef struct tw_random_store {
  int (*write)(void *context, uint64_t pa, uint64_t value); ///< 8 bytes; 0, or -1: stop
  uint64_t (*read)(void *context, uint64_t pa);
  void *context;
} tw_random_store;

typedef struct tw_random_world {
  tw_random random;
  tw_core core;
  tw_random_store store;
  tw_random_context *context; ///< the current one
  bool careful;               ///< contexts as software that keeps the rules would make them
  uint64_t tables;            ///< bytes of tables handed out
  uint32_t burst;             ///< percent of the requests that go to the page of the one before
  uint64_t last_va;           ///< of the request before
  uint32_t in_run[2];         ///< data requests and fetches: how many of a run are still to come
  struct {
    uint64_t pa;
    uint8_t size_log2;
    bool big_endian;
  } written[TW_RANDOM_WRITTEN]; ///< the last descriptors written
  uint32_t writes;
} tw_random_world;

// ---- random_world.c ----

/// Latencies, sizes held, PA size and memory; the geometry in `core` stays.
void tw_random_core(tw_random *random, tw_core *core);
/// New addresses to translate.
void tw_random_addresses(tw_random_world *world, tw_random_context *context);
/// Room for a table of 2^size bytes; for a careless world sometimes where an address size fault or an external abort is
/// met. `limit_bits`: the address is below 2^limit_bits.
uint64_t tw_random_table(tw_random_world *world, unsigned size, unsigned limit_bits);

// ---- random_registers.c, random_registers32.c, random_stage2.c ----

/// A context of a kind out of the set `kinds`.
void tw_random_registers(tw_random_world *world, tw_random_context *context, unsigned kinds);
/// Change what may change while the tables stay: permissions' controls, tags, ASIDs, hardware updates ...
void tw_random_tweak(tw_random_world *world, tw_random_context *context);
void tw_random_stage2(tw_random_world *world, tw_random_context *context);
void tw_random_pl10(tw_random_world *world, tw_random_context *context, bool is_short);
uint64_t tw_random_mair(tw_random *random);
/// One of a few ASIDs (VMIDs), so that the same ones meet.
uint16_t tw_random_asid(tw_random *random);
/// The output size of a PS field, with what is implemented.
uint8_t tw_random_reach(const tw_random_world *world, uint64_t ps);
/// The level at which a walk of `input_bits` starts.
int tw_random_start(unsigned granule, unsigned input_bits);

// ---- random_requests.c ----

tw_request tw_random_request(tw_random_world *world, bool fetch);
tw_tlbi tw_random_tlbi(tw_random_world *world);

#endif
