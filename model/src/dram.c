// The DRAM behind the caches: NUMA nodes and open rows, for their timing alone. No twin.
#include "dram.h"

#include <string.h>

void tw_dram_init(tw_dram *dram, const tw_memory_config *config) {
  *dram = (tw_dram){.latency = config->dram_latency,
                    .rows = config->dram_rows,
                    .nodes = config->nodes,
                    .replicated = config->tables_replicated};
  memcpy(dram->node, config->node, sizeof dram->node);
  for (uint32_t i = 1; i < config->nodes; i++)
    if (config->node[i].latency < config->node[dram->nearest].latency)
      dram->nearest = i;
  if (config->dram_rows.bytes)
    dram->row_log2 = (uint8_t)__builtin_ctz(config->dram_rows.bytes);
}

void tw_dram_close_rows(tw_dram *dram) { memset(dram->open, 0, sizeof dram->open); }

static uint32_t node_of(const tw_dram *dram, uint64_t pa) {
  uint32_t i = 0;
  while (i < dram->nodes && pa - dram->node[i].first >= dram->node[i].bytes)
    i++;
  return i;
}

static tw_row use_row(tw_dram *dram, uint32_t node, uint64_t pa) {
  if (!dram->rows.bytes)
    return TW_ROW_NONE;
  uint64_t row = pa >> dram->row_log2;
  uint64_t *open = &dram->open[node][row & (dram->rows.banks - 1)];
  if (*open == row + 1)
    return TW_ROW_HIT;
  *open = row + 1;
  return TW_ROW_MISS;
}

tw_dram_answer tw_dram_use(tw_dram *dram, uint64_t pa, bool by_walker) {
  uint32_t node = by_walker && dram->replicated ? dram->nearest : node_of(dram, pa);
  uint32_t delay = node < dram->nodes ? dram->node[node].latency : dram->latency;
  tw_row row = use_row(dram, node, pa);
  return (tw_dram_answer){.delay = row == TW_ROW_HIT ? delay - dram->rows.hit_saves : delay, .node = node, .row = row};
}
