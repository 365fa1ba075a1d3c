// The host has no memory left: whichever allocation fails, the caller is told, nothing leaks, and what there was stays.
// The linker gives this program's calls of the allocator to the functions below.
#include <criterion/criterion.h>
#include <stdlib.h>

#include "machine.h"

// NOLINTBEGIN(readability-identifier-naming): the names are the linker's
void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *memory);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *memory);

static int left = INT32_MAX; // allocations until one fails
static int held;             // blocks not yet freed

static void *handed_out(void *memory) {
  held += memory != NULL;
  return memory;
}
static int none_left(void) { return left == 0 || left-- == 0; }

void *__wrap_calloc(size_t count, size_t size) { return none_left() ? NULL : handed_out(__real_calloc(count, size)); }
void *__wrap_malloc(size_t size) { return none_left() ? NULL : handed_out(__real_malloc(size)); }
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  return none_left() ? NULL : handed_out(__real_aligned_alloc(alignment, size));
}
void __wrap_free(void *memory) {
  held -= memory != NULL;
  __real_free(memory);
}
// NOLINTEND(readability-identifier-naming)

Test(no_memory, nothing_is_created) {
  const tw_memory_config config = {.cache = {{1, 2, 4}, {8, 4, 11}}, .caches = 2, .dram_latency = 9};
  tw_memory *memory = NULL;
  int n = 0;
  for (; !memory && n < 100; n++) {
    left = n;
    memory = tw_memory_create(&config);
    cr_assert(memory || !held, "%d blocks are left behind after %d", held, n);
  }
  cr_assert_eq(n, 5, "itself, its image, two caches");
  left = INT32_MAX;
  tw_memory_destroy(memory);
  cr_assert_eq(held, 0);

  const tw_mmu_config small = machine_small();
  tw_mmu *mmu = NULL;
  for (n = 0; !mmu && n < 100; n++) {
    left = n;
    mmu = tw_mmu_create(&small, (tw_memory_port){0});
    cr_assert(mmu || !held, "%d blocks are left behind after %d", held, n);
  }
  cr_assert_gt(n, 2);
  left = INT32_MAX;
  tw_mmu_destroy(mmu);
  cr_assert_eq(held, 0);
  tw_mmu_destroy(NULL);
  tw_memory_destroy(NULL);
}

Test(no_memory, a_word_can_not_be_written) {
  tw_memory *memory = tw_memory_create(&(tw_memory_config){.dram_latency = 9});
  // the first page wants two blocks
  for (int n = 0; n < 2; n++) {
    left = n;
    cr_assert_eq(tw_memory_write(memory, 0x1000, 7), -1);
    cr_assert_eq(tw_memory_load(memory, 0x1000, &(uint64_t){7}, 8), -1);
    cr_assert_eq(tw_memory_read(memory, 0x1000), 0);
  }
  left = INT32_MAX;
  cr_assert_eq(tw_memory_write(memory, 0x1000, 7), 0);
  // pages are added until some block is wanted: then the write is refused, and those before can be read
  uint64_t pages = 1;
  for (left = 0; pages < 10000 && tw_memory_write(memory, pages << 12, pages) == 0;)
    pages++;
  cr_assert_lt(pages, 10000);
  cr_assert_eq(tw_memory_read(memory, pages << 12), 0);
  cr_assert_eq(tw_memory_write(memory, 0x1008, 8), 0, "a page that is there wants no block");
  // now with memory for a block of pages, but none for the larger table of them
  left = INT32_MAX;
  for (int refused = 0; refused < 2 && pages < 10000; pages++) {
    left = refused ? 0 : 2;
    if (tw_memory_write(memory, pages << 12, pages) == 0)
      continue;
    refused++;
    left = INT32_MAX;
    cr_assert_eq(tw_memory_write(memory, pages << 12, pages), 0);
  }
  for (uint64_t page = 2; page < pages; page++)
    cr_assert_eq(tw_memory_read(memory, page << 12), page);
  left = INT32_MAX;
  tw_memory_destroy(memory);
  cr_assert_eq(held, 0);
}

Test(no_memory, a_swap_is_an_external_abort) {
  tw_memory *memory = tw_memory_create(&(tw_memory_config){.dram_latency = 9});
  tw_memory_port port = tw_memory_as_port(memory);
  const tw_mem_request swap = {
      .pa = 0x2000, .kind = TW_MEM_COMPARE_SWAP, .size_log2 = 3, .expected = 0, .desired = 0x403};
  tw_mem_response response;
  left = 0;
  port.access(port.context, &swap, &response);
  cr_assert_eq(response.error, TW_MEM_ABORT);
  left = INT32_MAX;
  port.access(port.context, &swap, &response);
  cr_assert_eq(response.error, TW_MEM_OK);
  cr_assert_eq(tw_memory_read(memory, 0x2000), 0x403);
  tw_memory_destroy(memory);
}
