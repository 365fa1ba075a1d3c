// A timer's interrupt, as it came into the captures' loops.
#ifndef TRACES_SRC_TICK_H
#define TRACES_SRC_TICK_H

#include "workload.h"

typedef struct tw_tick_places {
  uint64_t image;     ///< VA of the kernel image
  uint64_t linear;    ///< VA of RAM's beginning
  uint64_t stack;     ///< of the task that is interrupted: its page in use
  uint64_t irq_stack; ///< the CPU's
  uint64_t device;    ///< a page of vmalloc in the place of the interrupt controller's
  uint64_t module;    ///< text that is interrupted
} tw_tick_places;

/// One interrupt: the pages that it touched in the capture, as often as there. Pages that this kernel does not map are
/// left out.
void tw_tick(tw_workload *w, const tw_tick_places *places);

#endif
