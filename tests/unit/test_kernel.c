// A kernel's memory management: what it hands out is mapped as it says, the diary of its writes gives the same tables
// as it has, and the buddy allocator's figures are the kernel's.
#include "tables_case.h"
#include "traces_case.h"

#include <criterion/criterion.h>
#include <string.h>
#include <traces/kernel.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

// ---- a sink that keeps the tables as the diary says they are ----

typedef struct diary {
  tw_memory *memory;
  size_t writes, tlbis;
  uint32_t last_word;
  uint64_t last_operand;
} diary;

static void hear(void *context, const tw_event *event) {
  diary *d = context;
  if (event->kind == TW_EVENT_TLBI) {
    d->tlbis++;
    d->last_word = event->word;
    d->last_operand = event->value;
    return;
  }
  cr_assert_eq(event->kind, TW_EVENT_DESCRIPTOR);
  cr_assert_eq(event->bytes, 8);
  d->writes++;
  if (d->memory)
    tw_memory_write(d->memory, event->pa, event->value);
}

typedef struct running {
  tw_kernel *kernel;
  diary *diary;
  reader_case reader;
} running;

static running run(const tw_kernel_config *config) {
  running r = {.diary = calloc(1, sizeof(diary))};
  tw_error error = {"none"};
  r.kernel = tw_kernel_create(config, &(tw_kernel_sink){hear, r.diary}, &error);
  cr_assert(r.kernel, "%s", error.text);
  cr_assert_eq(r.diary->writes, 0, "boot is told to nobody");
  tw_kernel_boot_done(r.kernel);
  tw_registers registers = tw_kernel_registers(r.kernel);
  size_t count;
  const tw_table_page *pages = tw_kernel_tables(r.kernel, &count);
  r.reader = reader_new(&registers, pages, count);
  r.diary->memory = r.reader.memory;
  return r;
}

static void stop(running *r) {
  reader_free(&r->reader);
  tw_kernel_destroy(r->kernel);
  free(r->diary);
}

// The model's walk over the diary's tables: where an access goes. 0: a fault.
static uint64_t walked(running *r, uint64_t va, unsigned kind, unsigned el, unsigned *log2) {
  tw_mmu_maintain(r->reader.mmu, &(tw_tlbi){.op = TW_TLBI_ALL}, &(tw_response){0});
  tw_response response = reader_access(&r->reader, va, kind, el);
  *log2 = response.size_log2;
  return response.fault ? 0 : response.pa;
}

// Every page of [va, va + bytes) can be read and written, is where tw_kernel_find says, in mappings of 2^log2 bytes.
static void check_range(running *r, const char *name, uint64_t va, uint64_t bytes, unsigned log2, unsigned el) {
  uint64_t page = UINT64_C(1) << 12;
  cr_assert(va, "%s", name);
  for (uint64_t at = va; at < va + bytes; at += page) {
    uint64_t pa = 1;
    unsigned size;
    cr_assert(tw_kernel_find(r->kernel, at, &pa), "%s: %llx", name, (unsigned long long)at);
    cr_assert_eq(walked(r, at, TW_ACCESS_WRITE, el, &size), pa, "%s: %llx", name, (unsigned long long)at);
    cr_assert(log2 == 0 || size == log2, "%s: 2^%u, expected 2^%u", name, size, log2);
  }
}

static void check_unmapped(running *r, const char *name, uint64_t va) {
  uint64_t pa;
  unsigned size;
  cr_expect(!tw_kernel_find(r->kernel, va, &pa), "%s", name);
  cr_expect_eq(walked(r, va, TW_ACCESS_READ, 1, &size), 0, "%s", name);
}

// ---- what it hands out ----

static const struct machine_case {
  const char *name;
  unsigned major, minor, page_log2, va_bits, block_log2, group_log2;
} machines[] = {
    {"6.12, 4K", 6, 12, 12, 48, 21, 16},      {"6.1, 4K, 39 bits", 6, 1, 12, 39, 21, 16},
    {"6.1, 16K", 6, 1, 14, 47, 25, 21},       {"6.12, 64K", 6, 12, 16, 48, 29, 21},
    {"5.4, 4K", 5, 4, 12, 48, 21, 16},        {"4.14, 4K", 4, 14, 12, 48, 21, 16},
    {"6.12, 64K, 52", 6, 12, 16, 52, 29, 21},
};

static tw_kernel_config config_of(const struct machine_case *machine) {
  tw_kernel_config config = tw_kernel_config_usual(TW_LINUX_ARM64);
  config.layout.linux_major = machine->major;
  config.layout.linux_minor = machine->minor;
  config.layout.page_log2 = machine->page_log2;
  config.layout.va_bits = machine->va_bits;
  return config;
}

static void check_vmalloc(running *r, const struct machine_case *machine) {
  uint64_t page = UINT64_C(1) << machine->page_log2, block = UINT64_C(1) << machine->block_log2;
  const tw_region *region = tw_linux_layout_named(tw_kernel_layout(r->kernel), "vmalloc");
  uint64_t va = tw_kernel_vmalloc(r->kernel, 5 * page - 1, TW_VMALLOC_PAGES);
  check_range(r, machine->name, va, 5 * page, machine->page_log2, 1);
  check_unmapped(r, "the guard page", va + 5 * page);
  cr_expect(va >= region->first && va + 6 * page <= region->last);
  uint64_t next = tw_kernel_vmalloc(r->kernel, page, TW_VMALLOC_PAGES);
  cr_expect_eq(next, va + 6 * page, "%s: the lowest address after the guard page", machine->name);
  tw_kernel_vfree(r->kernel, va);
  check_unmapped(r, "freed", va);
  cr_expect_neq(tw_kernel_vmalloc(r->kernel, 5 * page, TW_VMALLOC_PAGES), va, "freed lazily");
  uint64_t huge = tw_kernel_vmalloc(r->kernel, block, TW_VMALLOC_HUGE);
  bool has_huge = machine->major > 5 || machine->minor >= 18; // vmalloc_huge on arm64
  check_range(r, "huge", huge, block < 4 * MIB ? block : 4 * MIB, has_huge ? machine->block_log2 : machine->page_log2,
              1);
  uint64_t small = tw_kernel_vmalloc(r->kernel, 3 * page, TW_VMALLOC_HUGE);
  check_range(r, "huge, but too small", small, 3 * page, machine->page_log2, 1);
}

static void check_vmap(running *r, const struct machine_case *machine) {
  uint64_t page = UINT64_C(1) << machine->page_log2, pages[6], pa;
  for (size_t i = 0; i < COUNT(pages); i++)
    pages[i] = tw_kernel_alloc_pages(r->kernel, 0);
  uint64_t swapped[] = {pages[3], pages[1], pages[5], pages[0]};
  uint64_t va = tw_kernel_vmap(r->kernel, swapped, COUNT(swapped));
  check_range(r, machine->name, va, COUNT(swapped) * page, machine->page_log2, 1);
  for (size_t i = 0; i < COUNT(swapped); i++) {
    uint64_t alias;
    cr_assert(tw_kernel_find(r->kernel, va + i * page, &pa) && tw_kernel_find(r->kernel, swapped[i], &alias));
    cr_expect_eq(pa, alias);
  }
  tw_kernel_vunmap(r->kernel, va);
  check_unmapped(r, "vunmap", va);
  cr_expect(tw_kernel_find(r->kernel, pages[3], &pa), "the pages stay");
}

static void check_user(running *r, const struct machine_case *machine) {
  const unsigned sizes[] = {machine->page_log2, machine->group_log2, machine->block_log2};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    uint64_t bytes = UINT64_C(1) << sizes[i], free = tw_kernel_free_bytes(r->kernel);
    uint64_t va = tw_kernel_mmap(r->kernel, bytes, sizes[i]);
    check_range(r, machine->name, va, bytes < 4 * MIB ? bytes : 4 * MIB, sizes[i], 0);
    cr_expect_lt(tw_kernel_free_bytes(r->kernel), free);
    size_t tlbis = r->diary->tlbis;
    tw_kernel_munmap(r->kernel, va);
    check_unmapped(r, "munmap", va);
    cr_expect_eq(r->diary->tlbis, tlbis + 1);
    cr_expect_eq(tw_kernel_free_bytes(r->kernel), free, "pages and tables have come back");
  }
}

Test(kernel, hands_out_what_it_maps) {
  for (size_t i = 0; i < COUNT(machines); i++) {
    tw_kernel_config config = config_of(&machines[i]);
    running r = run(&config);
    uint64_t page = UINT64_C(1) << machines[i].page_log2;
    uint64_t va = tw_kernel_alloc_pages(r.kernel, 3);
    cr_expect_eq(va % (8 * page), 0, "aligned to its size");
    check_range(&r, machines[i].name, va, 8 * page, machines[i].page_log2, 1);
    const tw_region *region = tw_linux_layout_find(tw_kernel_layout(r.kernel), va);
    cr_expect_str_eq(region->name, "linear", "%s", machines[i].name);
    uint64_t object = tw_kernel_kmalloc(r.kernel, 100);
    check_range(&r, "kmalloc", object, 1, 0, 1);
    check_vmalloc(&r, &machines[i]);
    check_vmap(&r, &machines[i]);
    check_user(&r, &machines[i]);
    stop(&r);
  }
}
