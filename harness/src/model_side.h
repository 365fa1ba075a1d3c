// The C model with a memory whose accesses can be logged.
#ifndef HARNESS_MODEL_SIDE_H
#define HARNESS_MODEL_SIDE_H

#include <harness/engine.h>
#include <platform.h>

/// Memory accesses in the order of their cycles.
typedef struct tw_access_list {
  tw_platform_access *item;
  size_t count, capacity;
  bool overflowed; ///< the host's memory ran out: accesses are missing
} tw_access_list;

void tw_access_list_add(tw_access_list *list, const tw_platform_access *access);
void tw_access_list_free(tw_access_list *list);

typedef struct tw_model_side {
  tw_mmu *mmu;
  tw_memory *memory;
  tw_memory_port port; ///< of `memory`
  tw_access_list *log; ///< NULL: accesses are not logged
} tw_model_side;

/// `side` must stay where it is until tw_model_side_close. -1: a configuration is wrong or memory ran out.
int tw_model_side_open(tw_model_side *side, const tw_core *core, tw_access_list *log, tw_error *error);
void tw_model_side_close(tw_model_side *side);
/// Make the memory empty and its caches cold.
int tw_model_side_renew_memory(tw_model_side *side, tw_error *error);
/// One idle cycle, and those in which prefetches go on after the last answer, so that nothing is in flight; then the
/// registers.
int tw_model_side_set_registers(tw_model_side *side, const tw_registers *registers, tw_error *error);

#endif
