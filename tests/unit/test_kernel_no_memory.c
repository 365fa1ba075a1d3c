// A kernel whose host has no memory left says so, wherever that happens: nothing is lost, nothing crashes. The linker
// gives this program's calls of the allocator to the functions below.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <traces/kernel.h>

// NOLINTBEGIN(readability-identifier-naming): the names are the linker's
void *__real_calloc(size_t count, size_t bytes);
void *__real_malloc(size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void __real_free(void *memory);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
void __wrap_free(void *memory);

static size_t calls, fails_at; // this call fails, and all after it
static int held;               // blocks not yet freed

static int none_left(void) { return ++calls >= fails_at; }
static void *handed_out(void *memory) {
  held += memory != NULL;
  return memory;
}

void *__wrap_calloc(size_t count, size_t bytes) { return none_left() ? NULL : handed_out(__real_calloc(count, bytes)); }
void *__wrap_malloc(size_t bytes) { return none_left() ? NULL : handed_out(__real_malloc(bytes)); }
void *__wrap_realloc(void *old, size_t bytes) {
  void *memory = none_left() ? NULL : __real_realloc(old, bytes);
  held += memory && !old;
  return memory;
}
void __wrap_free(void *memory) {
  held -= memory != NULL;
  __real_free(memory);
}
// NOLINTEND(readability-identifier-naming)

// Some of everything. Whether the kernel could be made.
static bool scenario(const tw_kernel_config *config) {
  tw_error error = {""};
  tw_kernel *kernel = tw_kernel_create(config, NULL, &error);
  if (!kernel) {
    cr_expect_neq(error.text[0], 0);
    return false;
  }
  uint64_t pages[3], areas[4];
  for (size_t i = 0; i < 3; i++)
    pages[i] = tw_kernel_alloc_pages(kernel, 0);
  areas[0] = tw_kernel_vmalloc(kernel, 1 << 20, TW_VMALLOC_PAGES);
  areas[1] = tw_kernel_vmalloc(kernel, 4 << 20, TW_VMALLOC_HUGE);
  areas[2] = tw_kernel_stack(kernel);
  areas[3] = tw_kernel_vmap(kernel, pages, 3);
  tw_kernel_module(kernel, 8192, 8192);
  for (size_t i = 0; i < 4; i++)
    if (areas[i])
      tw_kernel_vfree(kernel, areas[i]);
  for (size_t i = 0; i < 200; i++)
    tw_kernel_kfree(kernel, tw_kernel_kmalloc(kernel, i * 70));
  tw_kernel_munmap(kernel, tw_kernel_mmap(kernel, 1 << 20, 12));
  tw_kernel_destroy(kernel);
  return true;
}

Test(kernel_no_memory, every_allocation_may_fail) {
  for (unsigned machine = 0; machine < 2; machine++) {
    tw_kernel_config config = tw_kernel_config_usual(machine ? TW_LINUX_ARM : TW_LINUX_ARM64);
    config.layout.ram_bytes = 128 << 20;
    config.layout.mmap_bytes = 16 << 20;
    calls = 0;
    fails_at = SIZE_MAX;
    cr_assert(scenario(&config));
    size_t all = calls, made = 0;
    cr_assert(all > 100 && held == 0);
    for (size_t at = 1; at <= all; at++) {
      calls = 0;
      fails_at = at;
      made += scenario(&config);
      cr_expect_eq(held, 0, "call %zu: %d blocks are lost", at, held);
    }
    fails_at = SIZE_MAX;
    cr_expect(made > 0 && made < all, "%zu of %zu", made, all);
  }
}
