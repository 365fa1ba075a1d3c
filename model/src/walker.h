// The walk: descriptor reads from the deepest table that is known down to the leaf. Twin: rtl/walker.sv.
#ifndef TABLEWALK_WALKER_H
#define TABLEWALK_WALKER_H

#include <tablewalk/memory_port.h>

#include "walk_cache.h"

/// One walk under way. It goes read by read; between two reads nothing of it can change.
typedef struct tw_walk {
  const tw_half *half;
  uint64_t va, key;
  uint64_t read_at;    ///< cycle of the next read; when done, cycle of the response
  uint64_t base;       ///< of the table to read next
  tw_table_bits bits;  ///< of the tables above
  int level;           ///< of the table to read next
  bool done;           //
  uint8_t fsc;         ///< when done: fault with its level; 0xff: none
  uint8_t reads[5];    ///< by level + 1
  tw_translation leaf; ///< when done without a fault
} tw_walk;

enum { TW_NO_FAULT = 0xff };

typedef struct tw_walker {
  tw_walk_cache cache[TW_WALK_CACHES]; ///< by level + 1
  tw_memory_port port;
  uint32_t walk_start, walk_step;
} tw_walker;

void tw_walker_init(tw_walker *walker, const tw_mmu_config *config, tw_memory_port port);
/// Begin a walk whose miss was known in cycle `missed`.
void tw_walk_begin(tw_walk *walk, const tw_half *half, uint64_t va, uint64_t key, uint64_t missed,
                   const tw_walker *walker);
/// Make the read of cycle walk->read_at and what follows from it.
void tw_walk_step(tw_walk *walk, tw_walker *walker, const tw_regime *regime);
void tw_walker_maintain(tw_walker *walker, const tw_tlbi *tlbi);

#endif
