// A machine whose memory accesses are written down.
#include "watched_case.h"

#include <criterion/criterion.h>

static void watch(void *context, const tw_mem_request *request, tw_mem_response *response) {
  watched *w = context;
  if (w->accesses < WATCHED_LOG)
    w->log[w->accesses] = *request;
  w->accesses++;
  bool swaps = request->kind == TW_MEM_COMPARE_SWAP;
  if (swaps && w->races) {
    w->races--;
    tw_memory_write(w->m.memory, request->pa, tw_memory_read(w->m.memory, request->pa) | w->raced);
  }
  w->inner.access(w->inner.context, request, response);
  if (swaps)
    response->error = w->swap_error;
}

watched *watched_new(const tw_mmu_config *config, uint64_t limit) {
  static watched w;
  w = (watched){.m = {.config = *config}};
  w.m.memory = tw_memory_create(&(tw_memory_config){.dram_latency = 10, .limit = limit});
  w.inner = tw_memory_as_port(w.m.memory);
  w.m.mmu = tw_mmu_create(config, (tw_memory_port){.access = watch, .context = &w});
  cr_assert(w.m.memory && w.m.mmu);
  return &w;
}

tw_response watched_access(watched *w, tw_request request) {
  w->accesses = 0;
  return machine_access(&w->m, request);
}
