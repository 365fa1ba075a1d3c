// The memory behind the walker: an image, caches and DRAM. No twin: the RTL has the same one behind its port.
#include <tablewalk/memory.h>

#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "cache.h"
#include "image.h"

struct tw_memory {
  tw_memory_config config;
  tw_image image;
  tw_cache cache[TW_MEMORY_LEVELS_MAX];
  tw_memory_counters counters;
};

tw_memory *tw_memory_create(const tw_memory_config *config) {
  if (tw_memory_config_check(config, NULL))
    return NULL;
  tw_memory *memory = calloc(1, sizeof *memory);
  if (!memory)
    return NULL;
  memory->config = *config;
  int failed = tw_image_init(&memory->image);
  for (uint32_t i = 0; i < config->caches && !failed; i++)
    failed = tw_cache_init(&memory->cache[i], &config->cache[i]);
  if (!failed)
    return memory;
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

/// The first cache that has the line; all nearer ones have it afterwards. config.caches: none had it.
static uint32_t look_through_caches(tw_memory *memory, uint64_t pa) {
  uint32_t level = 0;
  while (level < memory->config.caches && !tw_cache_use(&memory->cache[level], pa))
    level++;
  return level;
}

/// The bytes at the request's address; for a compare-and-swap they are replaced if they are as expected.
static void access_image(tw_memory *memory, const tw_mem_request *request, tw_mem_response *response) {
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

static void answer(void *context, const tw_mem_request *request, tw_mem_response *response) {
  tw_memory *memory = context;
  const tw_memory_config *config = &memory->config;
  memory->counters.accesses++;
  *response = (tw_mem_response){.delay = config->dram_latency};
  if (config->limit && request->pa >= config->limit) {
    memory->counters.dram++;
    response->error = TW_MEM_ABORT;
    return;
  }
  uint32_t level = look_through_caches(memory, request->pa);
  if (level < config->caches) {
    memory->counters.hits[level]++;
    response->delay = config->cache[level].latency;
  } else {
    memory->counters.dram++;
  }
  access_image(memory, request, response);
}

static void translated(void *context, uint64_t pa) { look_through_caches(context, pa); }

static void expect(void *context, uint64_t pa) {
  const tw_memory *memory = context;
  tw_image_expect(&memory->image, pa);
  for (uint32_t i = 0; i < memory->config.caches; i++)
    tw_cache_expect(&memory->cache[i], pa);
}

tw_memory_port tw_memory_as_port(tw_memory *memory) {
  return (tw_memory_port){.access = answer,
                          .translated = memory->config.data_traffic ? translated : NULL,
                          .expect = expect,
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
    look_through_caches(memory, pa);
}

void tw_memory_cool(tw_memory *memory) {
  for (uint32_t i = 0; i < memory->config.caches; i++)
    tw_cache_empty(&memory->cache[i]);
}

tw_memory_counters tw_memory_count(const tw_memory *memory) { return memory->counters; }
