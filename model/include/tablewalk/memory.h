// A memory behind a walker: an image of physical memory, and the caches and the DRAM that give its latency.
//
// Deterministic: the same calls in the same order give the same data and delays. Words never written read 0.
//
// An access looks through the caches from the first on (the walker: from config.walker_enters on) and fills those that
// miss, at once, whenever the data comes. With config.mshrs, each access of the walker that misses its first cache
// holds an MSHR from its cycle until, not including, the cycle of its data (cycle + delay). While all are held, the
// port is not open. An access to a line that is under way takes none: its delay is what is left of that line's, but not
// less than the first cache's latency (1 without one). Data traffic has no cycle: it takes none and waits for none.
#ifndef TABLEWALK_MEMORY_H
#define TABLEWALK_MEMORY_H

#include <tablewalk/config.h>
#include <tablewalk/memory_port.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_memory tw_memory;

/// A new, empty memory with cold caches; NULL when `config` fails tw_memory_config_check or memory runs out.
/// The caller owns it.
tw_memory *tw_memory_create(const tw_memory_config *config);
void tw_memory_destroy(tw_memory *memory);

/// The port for tw_mmu_create. Lives as long as `memory`.
tw_memory_port tw_memory_as_port(tw_memory *memory);

/// Write the 64-bit little-endian word at `pa` (8-byte aligned). 0, or -1 when memory runs out.
/// Changes no cache state: software's writes are not this model's subject.
int tw_memory_write(tw_memory *memory, uint64_t pa, uint64_t value);
/// The word at `pa` (8-byte aligned), without time passing.
uint64_t tw_memory_read(const tw_memory *memory, uint64_t pa);
/// Write `bytes` (a multiple of 8) at `pa` (8-byte aligned). 0, or -1 when memory runs out.
int tw_memory_load(tw_memory *memory, uint64_t pa, const void *data, uint64_t bytes);

/// The access at `pa` that a translation was for: it fills the caches when the configuration has data_traffic.
void tw_memory_data_access(tw_memory *memory, uint64_t pa);

/// Make the memory as it was when it was new: an empty image, cold caches, counters of 0. 0, or -1 when memory runs
/// out: then nothing has changed.
int tw_memory_renew(tw_memory *memory);
/// Make the caches cold again: nothing is under way, no row is open. The image stays.
void tw_memory_cool(tw_memory *memory);

/// The walker's accesses. Each is one of `hits`, `shared` or `dram`.
typedef struct tw_memory_counters {
  uint64_t accesses;
  uint64_t hits[TW_MEMORY_LEVELS_MAX]; ///< by cache
  uint64_t dram;                       ///< went to the DRAM, or to where nothing answers
  uint64_t shared;                     ///< waited for a line that an earlier access had asked for
  uint64_t last_mshr;                  ///< took the last free MSHR: the port was closed until one was free again
  uint64_t row_hits;                   ///< of `dram`, found their row open
  uint64_t row_misses;                 ///< of `dram`, opened their row
  uint64_t node[TW_MEMORY_NODES_MAX];  ///< of `dram`, by node
} tw_memory_counters;
tw_memory_counters tw_memory_count(const tw_memory *memory);

#ifdef __cplusplus
}
#endif
#endif
