// Virtual to physical pages as DynamoRIO's traces have them beside: v2p.textproto.
#ifndef TRACES_SRC_V2P_H
#define TRACES_SRC_V2P_H

#include <stdint.h>
#include <traces/error.h>

/// Takes one mapping of a page of `page_size` bytes (0: the file does not say). 0; -1 and `error`.
typedef struct tw_v2p_sink {
  int (*take)(void *context, uint64_t va, uint64_t pa, uint64_t page_size, tw_error *error);
  void *context;
} tw_v2p_sink;

/// Read the file at `path` (plain or compressed). 0; -1 and `error`, which names the line.
int tw_v2p_read(const char *path, const tw_v2p_sink *sink, tw_error *error);

#endif
