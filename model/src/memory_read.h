// The model's own memory, asked by the walker without the detour of a port. No twin: it changes no answer and no cycle.
#ifndef TABLEWALK_MEMORY_READ_H
#define TABLEWALK_MEMORY_READ_H

#include <tablewalk/memory.h>

/// What a read of 8 bytes brings.
typedef struct tw_descriptor_arrival {
  uint64_t data;
  uint32_t delay; ///< cycles
  uint32_t error; ///< tw_mem_error
} tw_descriptor_arrival;

/// The memory that a port leads to, if that is all it does and no request of it waits (no MSHRs); else NULL.
tw_memory *tw_memory_behind(const tw_memory_port *port);
/// As the port's access would, of 8 bytes and without their line.
tw_descriptor_arrival tw_memory_read_descriptor(tw_memory *memory, uint64_t pa);

#endif
