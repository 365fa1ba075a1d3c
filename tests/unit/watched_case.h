// A machine whose memory accesses are written down, and raced by another processor where a test says so.
#ifndef TESTS_WATCHED_CASE_H
#define TESTS_WATCHED_CASE_H

#include "machine.h"

enum { WATCHED_LOG = 16 };

typedef struct watched {
  machine m;
  tw_memory_port inner;
  tw_mem_request log[WATCHED_LOG]; ///< the first ones of the last watched_access
  unsigned accesses;
  unsigned races;     ///< how many swaps to come are raced: just before them another processor writes there
  uint64_t raced;     ///< the bits that it sets
  uint8_t swap_error; ///< of all swaps
} watched;

/// Memory answers after 10 cycles, and nothing from `limit` on; no registers yet. The same place each time: one at a
/// time, to be freed by machine_free.
watched *watched_new(const tw_mmu_config *config, uint64_t limit);
tw_response watched_access(watched *w, tw_request request);

#endif
