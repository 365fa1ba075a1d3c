// A memory behind a walker: an image of physical memory, and the caches and the DRAM that give its latency.
//
// Deterministic: the same calls in the same order give the same data and delays. Words never written read 0.
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

/// Make the caches cold again. The image stays.
void tw_memory_cool(tw_memory *memory);

typedef struct tw_memory_counters {
  uint64_t accesses;                   ///< by the walker
  uint64_t hits[TW_MEMORY_LEVELS_MAX]; ///< of those, by cache
  uint64_t dram;                       ///< of those, by the DRAM
} tw_memory_counters;
tw_memory_counters tw_memory_count(const tw_memory *memory);

#ifdef __cplusplus
}
#endif
#endif
