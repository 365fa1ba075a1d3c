// The memory behind the walker: an image, caches and DRAM. No twin: the RTL has the same one behind its port.
#include <tablewalk/memory.h>

#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "memory_read.h"
#include "widest.h"

/// Tags of the first caches are few enough to be in the host's own first cache.
static uint32_t expects_from(const tw_memory *memory) {
  uint32_t i = memory->config.walker_enters;
  while (i < memory->config.caches && memory->config.cache[i].size_kib <= 64)
    i++;
  return i;
}

tw_memory *tw_memory_create(const tw_memory_config *config) {
  if (tw_memory_config_check(config, NULL))
    return NULL;
  tw_memory *memory = calloc(1, sizeof *memory);
  if (!memory)
    return NULL;
  memory->config = *config;
  memory->last = config->limit - 1; // without a limit: the last of all
  memory->dram_is_simple = !config->dram_rows.bytes && !config->nodes;
  memory->mshrs.count = config->mshrs;
  tw_dram_init(&memory->dram, config);
  int failed = tw_image_init(&memory->image);
  for (uint32_t i = 0; i < config->caches && !failed; i++)
    failed = tw_cache_init(&memory->cache[i], &config->cache[i]);
  if (!failed) {
    memory->expects_from = expects_from(memory);
    return memory;
  }
  tw_memory_destroy(memory);
  return NULL;
}

void tw_memory_destroy(tw_memory *memory) {
  if (!memory)
    return;
  for (uint32_t i = 0; i < memory->config.caches; i++)
    tw_cache_free(&memory->cache[i]);
  tw_image_free(&memory->image);
  free(memory);
}

// -- delays --

TW_APART uint32_t tw_memory_rows_and_nodes(tw_memory *memory, uint64_t pa) {
  tw_dram_answer answer = tw_dram_use(&memory->dram, pa, true);
  memory->counters.row_hits += answer.row == TW_ROW_HIT;
  memory->counters.row_misses += answer.row == TW_ROW_MISS;
  if (answer.node < memory->config.nodes)
    memory->counters.node[answer.node]++;
  return answer.delay;
}

static uint32_t delay_with_mshrs(tw_memory *memory, const tw_mem_request *request) {
  const tw_memory_config *config = &memory->config;
  uint64_t pa = request->pa;
  uint32_t first = config->walker_enters, level;
  uint32_t left = tw_mshrs_left(&memory->mshrs, pa >> 6, request->cycle);
  if (left) {
    uint32_t hit = first < config->caches ? config->cache[first].latency : 1;
    memory->counters.accesses++;
    memory->counters.shared++;
    memory->data_line = TW_NO_LINE;
    if (pa <= memory->last)
      tw_caches_use(memory->cache, first, config->caches, pa);
    return left > hit ? left : hit;
  }
  uint32_t delay = tw_memory_delay(memory, pa, &level);
  if (level > first || level == config->caches)
    memory->counters.last_mshr += tw_mshrs_take(&memory->mshrs, pa >> 6, request->cycle, request->cycle + delay);
  return delay;
}

// -- the port --

/// The bytes at the request's address; for a compare-and-swap they are replaced if they are as expected.
TW_APART static void access_image(tw_memory *memory, const tw_mem_request *request, tw_mem_response *response) {
  unsigned shift = request->size_log2 == 2 ? 8 * (unsigned)(request->pa & 4) : 0;
  uint64_t bytes = request->size_log2 == 2 ? tw_ones(31, 0) : UINT64_MAX;
  uint64_t word = tw_image_read(&memory->image, request->pa & ~7ULL);
  response->data = word >> shift & bytes;
  if (request->kind != TW_MEM_COMPARE_SWAP || response->data != request->expected)
    return;
  word = (word & ~(bytes << shift)) | (request->desired & bytes) << shift;
  if (tw_image_write(&memory->image, request->pa & ~7ULL, word))
    response->error = TW_MEM_ABORT;
}

/// A read whose line is wanted too.
TW_APART static void read_line(tw_memory *memory, const tw_mem_request *request, tw_mem_response *response) {
  tw_image_read_line(&memory->image, request->pa & ~31ULL, response->line);
  response->data = response->line[request->pa >> 3 & 3];
}

static inline void respond(tw_memory *memory, const tw_mem_request *request, uint32_t delay,
                           tw_mem_response *response) {
  *response = (tw_mem_response){.delay = delay};
  if (request->pa > memory->last)
    response->error = TW_MEM_ABORT;
  else if (request->line)
    read_line(memory, request, response);
  else if (request->kind == TW_MEM_READ && request->size_log2 == 3)
    response->data = tw_image_read(&memory->image, request->pa);
  else
    access_image(memory, request, response);
}

static void answer(void *context, const tw_mem_request *request, tw_mem_response *response) {
  uint32_t level;
  respond(context, request, tw_memory_delay(context, request->pa, &level), response);
}

tw_memory *tw_memory_behind(const tw_memory_port *port) { return port->access == answer ? port->context : NULL; }

static void answer_with_mshrs(void *context, const tw_mem_request *request, tw_mem_response *response) {
  respond(context, request, delay_with_mshrs(context, request), response);
}

TW_WIDEST static void translated(void *context, uint64_t pa) { tw_memory_use_data(context, pa); }

static void expect(void *context, uint64_t pa) { tw_memory_expect(context, pa); }

static uint64_t open_at(void *context, uint64_t cycle) {
  const tw_memory *memory = context;
  return tw_mshrs_free_at(&memory->mshrs, cycle);
}

tw_memory_port tw_memory_as_port(tw_memory *memory) {
  return (tw_memory_port){.access = memory->mshrs.count ? answer_with_mshrs : answer,
                          .translated = memory->config.data_traffic ? translated : NULL,
                          .expect = expect,
                          .open_at = memory->config.mshrs ? open_at : NULL,
                          .context = memory};
}

int tw_memory_write(tw_memory *memory, uint64_t pa, uint64_t value) {
  return tw_image_write(&memory->image, pa, value);
}

uint64_t tw_memory_read(const tw_memory *memory, uint64_t pa) { return tw_image_read(&memory->image, pa); }

int tw_memory_load(tw_memory *memory, uint64_t pa, const void *data, uint64_t bytes) {
  for (uint64_t i = 0; i < bytes; i += 8) {
    uint64_t word;
    memcpy(&word, (const char *)data + i, sizeof word);
    if (tw_memory_write(memory, pa + i, word))
      return -1;
  }
  return 0;
}

void tw_memory_data_access(tw_memory *memory, uint64_t pa) {
  if (memory->config.data_traffic)
    translated(memory, pa);
}

int tw_memory_renew(tw_memory *memory) {
  tw_image empty;
  if (tw_image_init(&empty))
    return -1;
  tw_image_free(&memory->image);
  memory->image = empty;
  memory->counters = (tw_memory_counters){0};
  tw_memory_cool(memory);
  return 0;
}

void tw_memory_cool(tw_memory *memory) {
  for (uint32_t i = 0; i < memory->config.caches; i++)
    tw_cache_empty(&memory->cache[i]);
  memory->data_line = TW_NO_LINE;
  tw_mshrs_empty(&memory->mshrs);
  tw_dram_close_rows(&memory->dram);
}

tw_memory_counters tw_memory_count(const tw_memory *memory) { return memory->counters; }
