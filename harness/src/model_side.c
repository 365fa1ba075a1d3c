// The C model with a memory whose accesses can be logged.
#include "model_side.h"

#include <stdlib.h>
#include <string.h>

void tw_access_list_add(tw_access_list *list, const tw_platform_access *access) {
  if (list->count == list->capacity) {
    size_t capacity = list->capacity ? 2 * list->capacity : 1024;
    tw_platform_access *item = realloc(list->item, capacity * sizeof *item);
    if (!item) {
      list->overflowed = true;
      return;
    }
    list->item = item;
    list->capacity = capacity;
  }
  list->item[list->count++] = *access;
}

void tw_access_list_free(tw_access_list *list) {
  free(list->item);
  *list = (tw_access_list){0};
}

// ---- the port of a model whose accesses are logged ----

static void access_memory(void *context, const tw_mem_request *request, tw_mem_response *response) {
  tw_model_side *side = context;
  side->port.access(side->port.context, request, response);
  tw_access_list_add(side->log, request);
}

static void translated(void *context, uint64_t pa) {
  tw_model_side *side = context;
  side->port.translated(side->port.context, pa);
}

static uint64_t open_at(void *context, uint64_t cycle) {
  tw_model_side *side = context;
  return side->port.open_at ? side->port.open_at(side->port.context, cycle) : cycle;
}

static tw_memory_port logging_port(tw_model_side *side) {
  return (tw_memory_port){.access = access_memory,
                          .translated = side->port.translated ? translated : NULL,
                          .open_at = open_at,
                          .context = side};
}

int tw_model_side_renew_memory(tw_model_side *side, tw_error *error) {
  return tw_memory_renew(side->memory) ? tw_fail(error, "out of memory") : 0;
}

int tw_model_side_open(tw_model_side *side, const tw_core *core, tw_access_list *log, tw_error *error) {
  *side = (tw_model_side){.memory = tw_memory_create(&core->memory), .log = log};
  if (!side->memory)
    return tw_fail(error, "out of memory");
  side->port = tw_memory_as_port(side->memory);
  side->mmu = tw_mmu_create(&core->mmu, log ? logging_port(side) : side->port);
  if (side->mmu)
    return 0;
  tw_model_side_close(side);
  return tw_fail(error, "core %s: the model can't be built", core->name);
}

void tw_model_side_close(tw_model_side *side) {
  tw_mmu_destroy(side->mmu);
  tw_memory_destroy(side->memory);
  side->mmu = NULL;
  side->memory = NULL;
}

int tw_model_side_set_registers(tw_model_side *side, const tw_registers *registers, tw_error *error) {
  tw_mmu_run_until(side->mmu, tw_mmu_now(side->mmu) + 1);
  for (uint64_t next; (next = tw_mmu_next_event(side->mmu)) != UINT64_MAX;)
    tw_mmu_run_until(side->mmu, next + 1);
  if (tw_mmu_set_registers(side->mmu, registers))
    return tw_fail(error, "registers can't change: requests are in flight");
  return 0;
}
