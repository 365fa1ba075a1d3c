// The memory's state, and its descriptors as the walker reads them without the detour of a port. No twin: it changes no
// answer and no cycle.
#ifndef TABLEWALK_MEMORY_READ_H
#define TABLEWALK_MEMORY_READ_H

#include <tablewalk/memory.h>

#include "cache_use.h"
#include "dram.h"
#include "image.h"
#include "mshrs.h"

struct tw_memory {
  tw_memory_config config;
  tw_image image;
  tw_cache cache[TW_MEMORY_LEVELS_MAX];
  uint32_t expects_from; ///< the first cache whose tags are worth fetching early
  uint64_t last;         ///< the last address with something behind it
  bool dram_is_simple;   ///< one latency
  tw_memory_counters counters;
  uint64_t data_line; ///< of the last use of all, if it was of data: a use of it again changes nothing
  tw_mshrs mshrs;
  tw_dram dram;
};

enum { TW_NO_LINE = 0 };

/// What a read of 8 bytes brings.
typedef struct tw_descriptor_arrival {
  uint64_t data;
  uint32_t delay; ///< cycles
  uint32_t error; ///< tw_mem_error
} tw_descriptor_arrival;

/// The memory that a port leads to, if that is all it does and no request of it waits (no MSHRs); else NULL.
tw_memory *tw_memory_behind(const tw_memory_port *port);
/// The delay of a DRAM with rows or nodes, counted.
uint32_t tw_memory_rows_and_nodes(tw_memory *memory, uint64_t pa);

TW_HOT uint32_t tw_memory_dram_delay(tw_memory *memory, uint64_t pa) {
  memory->counters.dram++;
  return memory->dram_is_simple ? memory->config.dram_latency : tw_memory_rows_and_nodes(memory, pa);
}

/// Use what there is on the way to `pa`. In `level` the cache that had the line; config.caches: none.
TW_HOT uint32_t tw_memory_delay(tw_memory *memory, uint64_t pa, uint32_t *level) {
  const tw_memory_config *config = &memory->config;
  memory->counters.accesses++;
  memory->data_line = TW_NO_LINE;
  if (pa > memory->last) {
    *level = config->caches;
    memory->counters.dram++;
    return config->dram_latency;
  }
  *level = tw_caches_use(memory->cache, config->walker_enters, config->caches, pa);
  if (*level == config->caches)
    return tw_memory_dram_delay(memory, pa);
  memory->counters.hits[*level]++;
  return config->cache[*level].latency;
}

/// As the port's access would, of 8 bytes and without their line.
TW_HOT tw_descriptor_arrival tw_memory_read_descriptor(tw_memory *memory, uint64_t pa) {
  uint32_t level, delay = tw_memory_delay(memory, pa, &level);
  bool answered = pa <= memory->last;
  return (tw_descriptor_arrival){.data = answered ? tw_image_read(&memory->image, pa) : 0,
                                 .delay = delay,
                                 .error = answered ? TW_MEM_OK : TW_MEM_ABORT};
}

/// An access of data traffic.
TW_HOT void tw_memory_use_data(tw_memory *memory, uint64_t pa) {
  uint64_t line = (pa >> 6) + 1;
  uint32_t caches = memory->config.caches;
  if (memory->data_line == line)
    return;
  memory->data_line = caches ? line : TW_NO_LINE;
  if (tw_caches_use(memory->cache, 0, caches, pa) == caches && !memory->dram_is_simple)
    (void)tw_dram_use(&memory->dram, pa, false);
}

/// Have the host fetch what a read of `pa` reads.
TW_HOT void tw_memory_expect(const tw_memory *memory, uint64_t pa) {
  __builtin_prefetch(tw_image_word(&memory->image, pa));
  for (uint32_t i = memory->expects_from; i < memory->config.caches; i++)
    tw_cache_expect(&memory->cache[i], pa);
}

#endif
