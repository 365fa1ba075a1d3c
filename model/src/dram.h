// The DRAM behind the caches: NUMA nodes and open rows, for their timing alone. No twin: the RTL reaches the same
// through its memory port.
#ifndef TABLEWALK_DRAM_H
#define TABLEWALK_DRAM_H

#include <stdbool.h>
#include <tablewalk/config.h>

typedef struct tw_dram {
  uint32_t latency; ///< where no node is
  tw_rows_config rows;
  tw_node_config node[TW_MEMORY_NODES_MAX];
  uint32_t nodes;   ///< this number stands for "no node"
  uint32_t nearest; ///< the node of the least latency, the lowest of several
  bool replicated;
  uint8_t row_log2;
  uint64_t open[TW_MEMORY_NODES_MAX + 1][TW_DRAM_BANKS_MAX]; ///< row + 1; 0: none
} tw_dram;

typedef enum tw_row { TW_ROW_NONE, TW_ROW_HIT, TW_ROW_MISS } tw_row;

typedef struct tw_dram_answer {
  uint32_t delay; ///< cycles
  uint32_t node;  ///< dram->nodes: none
  tw_row row;
} tw_dram_answer;

void tw_dram_init(tw_dram *dram, const tw_memory_config *config);
void tw_dram_close_rows(tw_dram *dram);
/// An access, by the walker or by data traffic; its row is open afterwards.
tw_dram_answer tw_dram_use(tw_dram *dram, uint64_t pa, bool by_walker);

#endif
