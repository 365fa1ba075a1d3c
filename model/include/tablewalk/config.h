// The geometry and the latencies of one MMU. A configuration is a value: copy it, change it, check it, build from it.
#ifndef TABLEWALK_CONFIG_H
#define TABLEWALK_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  TW_LEVELS = 5,            ///< translation table levels -1, 0, 1, 2, 3: index level + 1
  TW_WALK_CACHES = 4,       ///< levels -1, 0, 1, 2: index level + 1
  TW_L1_ENTRIES_MAX = 64,   ///< entries of a fully associative structure
  TW_L1_SETS_MAX = 256,     ///< of an L1 that has sets
  TW_L2_SETS_MAX = 4096,    //
  TW_L2_WAYS_MAX = 16,      //
  TW_MISSES_MAX = 16,       ///< entries of the miss queue
  TW_WALKS_MAX = 16,        ///< walks at once
  TW_LATENCY_MAX = 15,      ///< cycles, of any one latency below
  TW_MEMORY_LEVELS_MAX = 4, ///< caches before the DRAM
  TW_MEMORY_LATENCY_MAX = 1023,
  TW_MSHRS_MAX = 64,       ///< misses of the first cache at once
  TW_MEMORY_NODES_MAX = 8, ///< NUMA nodes
  TW_DRAM_BANKS_MAX = 64,  ///< of one node: a power of two
};

/// Sizes that a TLB holds: bit n set means 2^n bytes. The sizes of VMSAv8-64 are 2^{12,14,16,21,25,29,30,34,36,39,42},
/// those of short descriptors 2^{12,16,20,24}. A mapping larger than any held size of its format is splintered into the
/// largest smaller one held.
typedef uint64_t tw_sizes;

/// Which entry a fill replaces where none is free. The chapter defines each bit by bit; the values are the RTL's.
typedef enum tw_replacement {
  TW_REPLACEMENT_LRU,    ///< used the longest ago
  TW_REPLACEMENT_PLRU,   ///< a binary tree that leads away from what was used last
  TW_REPLACEMENT_FIFO,   ///< filled the longest ago
  TW_REPLACEMENT_RANDOM, ///< by a shift register with a fixed seed
  TW_REPLACEMENT_NRU,    ///< a bit an entry: the lowest that was not used since the bits were cleared
  TW_REPLACEMENTS
} tw_replacement;

/// A second array of a first-level TLB, for sizes of its own: fully associative. All 0: there is none.
typedef struct tw_l1_large_config {
  uint32_t entries; ///< 1 to TW_L1_ENTRIES_MAX
  tw_sizes sizes;   ///< none that the first array holds
  uint32_t replacement;
} tw_l1_large_config;

/// A first-level TLB.
typedef struct tw_l1_config {
  uint32_t entries;     ///< 1 to TW_L1_ENTRIES_MAX, with those of `large`; with ways: ways * (1 to TW_L1_SETS_MAX)
  tw_sizes sizes;       ///< must hold the page size of each granule the MMU has; with ways: these alone
  uint32_t replacement; ///< tw_replacement
  uint32_t ways;        ///< 0: fully associative; else 1 to TW_L2_WAYS_MAX, entries / ways sets
  tw_l1_large_config large;
} tw_l1_config;

/// A second array of the second-level TLB, for sizes of its own. All 0: there is none.
typedef struct tw_l2_large_config {
  uint32_t sets;  ///< 1 to TW_L2_SETS_MAX
  uint32_t ways;  ///< 1 to TW_L2_WAYS_MAX
  tw_sizes sizes; ///< none that the first array holds
  uint32_t replacement;
} tw_l2_large_config;

/// The shared second-level TLB: set-associative, one probe for each size.
typedef struct tw_l2_config {
  uint32_t sets; ///< 1 to TW_L2_SETS_MAX, not only powers of two
  uint32_t ways; ///< 1 to TW_L2_WAYS_MAX
  tw_sizes sizes;
  uint32_t replacement; ///< tw_replacement, in a set
  tw_l2_large_config large;
} tw_l2_config;

/// Translation prefetch: what is walked ahead of being asked for. It fills the L2 TLB alone.
typedef enum tw_prefetch {
  TW_PREFETCH_NONE = 0,
  TW_PREFETCH_NEXT = 1,   ///< after a walk: what follows the mapping that it found
  TW_PREFETCH_STRIDE = 2, ///< after two walks at the same distance: what is as far again
} tw_prefetch;

/// One MMU. Every latency is in cycles; the microarchitecture chapter (rtl/README.md) draws what each one spans.
typedef struct tw_mmu_config {
  tw_l1_config l1i, l1d;
  tw_l2_config l2;
  uint32_t walk_cache_entries[TW_WALK_CACHES]; ///< fully associative, one cache a level; 0: that level has none
  uint32_t walk_cache_replacement;             ///< tw_replacement, of each of them
  uint32_t walk_caches_in_l2;                  ///< 1: the L2 holds table descriptors; walk_cache_entries are all 0
  uint32_t ipa_cache_entries;                  ///< stage 2 translations, fully associative, 0 to TW_L1_ENTRIES_MAX
  uint32_t ipa_cache_replacement;              ///< tw_replacement
  uint32_t misses;                             ///< requests past the L1s at once: 1 to TW_MISSES_MAX
  uint32_t walks;                              ///< of those, walks at once: 1 to TW_WALKS_MAX
  uint32_t merge;                              ///< 1: misses of one port to one page share a look-up and a walk
  uint32_t prefetch;                           ///< tw_prefetch: of translations
  uint32_t coalesce;                           ///< 1: four contiguous pages in one fetched line make one mapping
  uint32_t l1_latency;                         ///< acceptance to an L1 hit's response: 1 to 15
  uint32_t l2_latency;                         ///< from there to the first probe's hit: 1 to 15
  uint32_t walk_start;                         ///< from the last probe's miss to the first read: 1 to 15
  uint32_t walk_step;   ///< from a descriptor's arrival to the next read or the response: 1 to 15
  uint32_t ipa_latency; ///< a look-up of the IPA cache, hit or miss: 1 to 15
  uint32_t pa_bits;     ///< implemented PA size: 32, 36, 40, 42, 44, 48 or 52 (52: with FEAT_LPA2 and FEAT_LPA)
  uint32_t armv7;       ///< 1: AArch32 as ARMv7 has it: address bits [47:40] and stage 2 XN[0] are ignored
  uint32_t bbm;         ///< FEAT_BBM level, 0 to 2: from 1 on, a block with nT is not held
} tw_mmu_config;

/// One cache of the memory behind the walker.
typedef struct tw_cache_config {
  uint32_t size_kib; ///< 1 to 65536; sets (size / 64 / ways) must be a power of two
  uint32_t ways;     ///< 1 to 16
  uint32_t latency;  ///< cycles from request to data for a hit here: 1 to TW_MEMORY_LATENCY_MAX
} tw_cache_config;

/// Open rows of the DRAM. Row n (address / bytes) is in bank n mod banks; an access opens its row, and only another row
/// of the bank closes it. JEDEC's parts have rows of 1 to 2 KiB, 8 KiB over the eight of a 64-bit channel, and 16
/// (DDR4) or 32 (DDR5) banks; what an open row saves is tRP + tRCD, about 28 ns.
typedef struct tw_rows_config {
  uint32_t bytes;     ///< of a row: a power of two, 64 to 65536; 0: no row stays open, the other two mean nothing
  uint32_t banks;     ///< of one node: a power of two, 1 to TW_DRAM_BANKS_MAX
  uint32_t hit_saves; ///< cycles by which an access to an open row is faster: 1 to the least latency of the DRAM - 1
} tw_rows_config;

/// The DRAM of one NUMA node, as seen from this core: which node the core is in is told by the latencies alone.
typedef struct tw_node_config {
  uint64_t first;   ///< physical address, a multiple of 4 KiB
  uint64_t bytes;   ///< a multiple of 4 KiB, at least that
  uint32_t latency; ///< cycles from request to data: 1 to TW_MEMORY_LATENCY_MAX
} tw_node_config;

/// The memory behind the walker. What is 0 from `mshrs` on is not there.
typedef struct tw_memory_config {
  tw_cache_config cache[TW_MEMORY_LEVELS_MAX];
  uint32_t caches;       ///< how many of `cache` are there, nearest first; 0: DRAM alone
  uint32_t dram_latency; ///< cycles from request to data, where no node is: 1 to TW_MEMORY_LATENCY_MAX
  uint32_t data_traffic; ///< 1: the accesses that are translated fill the same caches and open the same rows
  uint64_t limit;        ///< first physical address with nothing behind it (external abort); 0: none
  uint32_t mshrs; ///< walker's accesses at once that miss the first cache it looks in: 1 to TW_MSHRS_MAX; 0: any number
  uint32_t walker_enters; ///< the first cache that the walker looks in and fills: 0 (as data does) to `caches` (none)
  tw_rows_config dram_rows;
  tw_node_config node[TW_MEMORY_NODES_MAX];
  uint32_t nodes;             ///< how many of `node` are there; they do not overlap
  uint32_t tables_replicated; ///< 1: each node has the tables; the walker's accesses go to the nearest node's DRAM
} tw_memory_config;

/// Why a configuration can't be built.
typedef struct tw_config_error {
  const char *parameter; ///< name, as in the YAML files: "l2.sets"
  const char *expected;  ///< "1 to 4096"
  uint64_t found;
} tw_config_error;

/// 0 when `config` can be built; else -1 and the first wrong parameter in `error`.
int tw_mmu_config_check(const tw_mmu_config *config, tw_config_error *error);
int tw_memory_config_check(const tw_memory_config *config, tw_config_error *error);

/// Sizes of VMSAv8-64 that a granule of 2^granule_log2 bytes (12, 14, 16) can map: pages, blocks and contiguous groups.
tw_sizes tw_granule_sizes(unsigned granule_log2);
/// Sizes that short descriptors (VMSAv7) can map: small and large pages, sections, supersections.
tw_sizes tw_short_sizes(void);

#ifdef __cplusplus
}
#endif
#endif
