// A kernel's memory management: what it hands out is mapped as it says, the diary of its writes gives the same tables
// as it has, and the buddy allocator's figures are the kernel's.
#include "kernel_case.h"
#include "traces_case.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <traces/kernel.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

// ---- what it hands out ----

static const struct machine_case {
  const char *name;
  unsigned major, minor, page_log2, va_bits, block_log2, group_log2; // 0: a process has none of these
  bool arm, lpae;
} machines[] = {
    {"6.12, 4K", 6, 12, 12, 48, 21, 16, false, false},
    {"6.1, 4K, 39 bits", 6, 1, 12, 39, 21, 16, false, false},
    {"6.1, 16K", 6, 1, 14, 47, 25, 21, false, false},
    {"6.12, 64K", 6, 12, 16, 48, 29, 21, false, false},
    {"5.4, 4K", 5, 4, 12, 48, 21, 16, false, false},
    {"4.14, 4K", 4, 14, 12, 48, 21, 16, false, false},
    {"6.12, 64K, 52", 6, 12, 16, 52, 29, 21, false, false},
    {"6.12, 16K, 52", 6, 12, 14, 52, 25, 21, false, false},
    {"4.4, 64K", 4, 4, 16, 42, 29, 21, false, false},
    {"3.18, 4K", 3, 18, 12, 39, 21, 16, false, false},
    {"5.10, 16K", 5, 10, 14, 47, 25, 21, false, false},
    {"6.6, 64K, 52", 6, 6, 16, 52, 29, 21, false, false},
    {"6.12, 4K, 52", 6, 12, 12, 52, 21, 16, false, false},
    {"3.18, arm", 3, 18, 12, 32, 0, 0, true, false},
    {"arm", 6, 1, 12, 32, 0, 0, true, false},
    {"arm, LPAE", 6, 12, 12, 32, 21, 0, true, true},
};

static tw_kernel_config config_of(const struct machine_case *machine) {
  tw_kernel_config config = tw_kernel_config_usual(machine->arm ? TW_LINUX_ARM : TW_LINUX_ARM64);
  config.lpae = machine->lpae;
  config.layout.linux_major = machine->major;
  config.layout.linux_minor = machine->minor;
  config.layout.page_log2 = machine->page_log2;
  config.layout.va_bits = machine->va_bits;
  return config;
}

static void check_vmalloc(kernel_case *r, const struct machine_case *machine) {
  uint64_t page = UINT64_C(1) << machine->page_log2;
  uint64_t block = UINT64_C(1) << (machine->block_log2 ? machine->block_log2 : 21);
  const tw_region *region = tw_linux_layout_named(tw_kernel_layout(r->kernel), "vmalloc");
  uint64_t va = tw_kernel_vmalloc(r->kernel, 5 * page - 1, TW_VMALLOC_PAGES);
  kernel_case_is_mapped(r, machine->name, va, 5 * page, machine->page_log2, 1);
  kernel_case_is_unmapped(r, "the guard page", va + 5 * page);
  cr_expect(va >= region->first && va + 6 * page <= region->last);
  uint64_t next = tw_kernel_vmalloc(r->kernel, page, TW_VMALLOC_PAGES);
  cr_expect_eq(next, va + 6 * page, "%s: the lowest address after the guard page", machine->name);
  tw_kernel_vfree(r->kernel, va);
  kernel_case_is_unmapped(r, "freed", va);
  uint64_t other = tw_kernel_vmalloc(r->kernel, 5 * page, TW_VMALLOC_PAGES);
  cr_expect_neq(other, va, "freed lazily");
  tw_kernel_vfree(r->kernel, other);
  uint64_t huge = tw_kernel_vmalloc(r->kernel, block, TW_VMALLOC_HUGE);
  bool has_huge = !machine->arm && machine->major > 5; // on arm64 it came with 6.1
  kernel_case_is_mapped(r, "huge", huge, block < 4 * MIB ? block : 4 * MIB,
                        has_huge ? machine->block_log2 : machine->page_log2, 1);
  uint64_t small = tw_kernel_vmalloc(r->kernel, 3 * page, TW_VMALLOC_HUGE);
  kernel_case_is_mapped(r, "huge, but too small", small, 3 * page, machine->page_log2, 1);
}

static void check_vmap(kernel_case *r, const struct machine_case *machine) {
  uint64_t page = UINT64_C(1) << machine->page_log2, pages[6], pa;
  for (size_t i = 0; i < COUNT(pages); i++)
    pages[i] = tw_kernel_alloc_pages(r->kernel, 0);
  uint64_t swapped[] = {pages[3], pages[1], pages[5], pages[0]};
  uint64_t va = tw_kernel_vmap(r->kernel, swapped, COUNT(swapped));
  kernel_case_is_mapped(r, machine->name, va, COUNT(swapped) * page, machine->page_log2, 1);
  for (size_t i = 0; i < COUNT(swapped); i++) {
    uint64_t alias;
    cr_assert(tw_kernel_find(r->kernel, va + i * page, &pa) && tw_kernel_find(r->kernel, swapped[i], &alias));
    cr_expect_eq(pa, alias);
  }
  tw_kernel_vunmap(r->kernel, va);
  kernel_case_is_unmapped(r, "vunmap", va);
  cr_expect(tw_kernel_find(r->kernel, pages[3], &pa), "the pages stay");
}

static void check_user(kernel_case *r, const struct machine_case *machine) {
  const unsigned sizes[] = {machine->page_log2, machine->group_log2, machine->block_log2};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    if (!sizes[i])
      continue;
    uint64_t bytes = UINT64_C(1) << sizes[i], free = tw_kernel_free_bytes(r->kernel);
    uint64_t va = tw_kernel_mmap(r->kernel, bytes, sizes[i]);
    kernel_case_is_mapped(r, machine->name, va, bytes < 4 * MIB ? bytes : 4 * MIB, sizes[i], 0);
    cr_expect(tw_kernel_free_bytes(r->kernel) < free || machine->arm, "of high memory on arm");
    size_t tlbis = r->diary->tlbis;
    tw_kernel_munmap(r->kernel, va);
    kernel_case_is_unmapped(r, "munmap", va);
    // A TLBI for each descriptor: contiguous groups have one a page; arm always goes by pages.
    size_t descriptors =
        sizes[i] == machine->group_log2 || machine->arm ? (size_t)1 << (sizes[i] - machine->page_log2) : 1;
    cr_expect_eq(r->diary->tlbis, tlbis + descriptors);
    cr_expect_eq(tw_kernel_free_bytes(r->kernel), free, "%s: pages and tables have come back", machine->name);
  }
}

Test(kernel, hands_out_what_it_maps) {
  for (size_t i = 0; i < COUNT(machines); i++) {
    tw_kernel_config config = config_of(&machines[i]);
    kernel_case r = kernel_case_new(&config);
    uint64_t page = UINT64_C(1) << machines[i].page_log2;
    uint64_t va = tw_kernel_alloc_pages(r.kernel, 3);
    cr_expect_eq(va % (8 * page), 0, "aligned to its size");
    // rodata=full came with 5.0; arm has sections
    unsigned linear_log2 = machines[i].major < 5 || machines[i].arm ? 0 : machines[i].page_log2;
    kernel_case_is_mapped(&r, machines[i].name, va, 8 * page, linear_log2, 1);
    const tw_region *region = tw_linux_layout_find(tw_kernel_layout(r.kernel), va);
    cr_expect_str_eq(region->name, machines[i].arm ? "lowmem" : "linear", "%s", machines[i].name);
    unsigned log2;
    uint64_t text = tw_kernel_layout(r.kernel)->image_va + (1 << 20), pa = 0;
    cr_expect(tw_kernel_find(r.kernel, text, &pa) && kernel_case_walk(&r, text, TW_ACCESS_FETCH, 1, &log2) == pa,
              "%s: text", machines[i].name);
    cr_expect_eq(kernel_case_walk(&r, text, TW_ACCESS_WRITE, 1, &log2), 0, "%s: text", machines[i].name);
    uint64_t module = tw_kernel_module(r.kernel, 4 * page, page);
    cr_expect(tw_kernel_find(r.kernel, module, &pa) && kernel_case_walk(&r, module, TW_ACCESS_FETCH, 1, &log2) == pa,
              "%s: module", machines[i].name);
    uint64_t object = tw_kernel_kmalloc(r.kernel, 100);
    kernel_case_is_mapped(&r, "kmalloc", object, 1, 0, 1);
    check_vmalloc(&r, &machines[i]);
    check_vmap(&r, &machines[i]);
    check_user(&r, &machines[i]);
    kernel_case_free(&r);
  }
}

// ---- what is freed lazily ----

// lazy_max_pages for one CPU: 32 MiB. Guard pages count.
Test(kernel, purges) {
  tw_kernel_config config = tw_kernel_config_usual(TW_LINUX_ARM64);
  kernel_case r = kernel_case_new(&config);
  uint64_t first = tw_kernel_vmalloc(r.kernel, MIB - 4096, TW_VMALLOC_PAGES);
  for (unsigned i = 0; i < 32; i++)
    tw_kernel_vfree(r.kernel, i ? tw_kernel_vmalloc(r.kernel, MIB - 4096, TW_VMALLOC_PAGES) : first);
  cr_expect_eq(r.diary->tlbis, 0, "32 MiB may wait");
  uint64_t last = tw_kernel_vmalloc(r.kernel, 4096, TW_VMALLOC_PAGES);
  cr_expect_eq(last, first + 32 * MIB);
  tw_kernel_vfree(r.kernel, last);
  cr_expect_eq(r.diary->tlbis, 1);
  cr_expect_eq(r.diary->last_word, 0xd508831f, "TLBI VMALLE1IS: more than 512 pages");
  cr_expect_eq(tw_kernel_vmalloc(r.kernel, 4096, TW_VMALLOC_PAGES), first);
  kernel_case_free(&r);
  config.cpus = 4; // fls(4) is 3: 96 MiB
  r = kernel_case_new(&config);
  for (unsigned i = 0; i < 96; i++)
    tw_kernel_vfree(r.kernel, tw_kernel_vmalloc(r.kernel, MIB - 4096, TW_VMALLOC_PAGES));
  cr_expect_eq(r.diary->tlbis, 0);
  tw_kernel_vfree(r.kernel, tw_kernel_vmalloc(r.kernel, 4096, TW_VMALLOC_PAGES));
  cr_expect_eq(r.diary->tlbis, 1);
  kernel_case_free(&r);
}

// set_memory_ro of a module's text, rodata=full: the alias of each page loses the right to write, page by page; then
// what waits is purged, then the text itself.
Test(kernel, module_text) {
  tw_kernel_config config = tw_kernel_config_usual(TW_LINUX_ARM64);
  kernel_case r = kernel_case_new(&config);
  unsigned log2;
  uint64_t pa;
  uint64_t va = tw_kernel_module(r.kernel, 3 * 4096, 2 * 4096);
  const tw_region *region = tw_linux_layout_find(tw_kernel_layout(r.kernel), va);
  cr_expect_str_eq(region->name, "modules");
  cr_expect_eq(r.diary->tlbis, 3 + 3);
  cr_expect_eq(r.diary->last_word, 0xd50883e0, "TLBI VAALE1IS, X0");
  cr_expect_eq(r.diary->last_operand, (va + 2 * 4096) >> 12 & 0xfffffffffff);
  cr_assert(tw_kernel_find(r.kernel, va, &pa));
  uint64_t alias = tw_kernel_layout(r.kernel)->linear_va + (pa - tw_kernel_layout(r.kernel)->linear_pa);
  cr_expect_eq(kernel_case_walk(&r, va, TW_ACCESS_FETCH, 1, &log2), pa);
  cr_expect_eq(kernel_case_walk(&r, va, TW_ACCESS_WRITE, 1, &log2), 0);
  cr_expect_eq(kernel_case_walk(&r, alias, TW_ACCESS_READ, 1, &log2), pa);
  cr_expect_eq(kernel_case_walk(&r, alias, TW_ACCESS_WRITE, 1, &log2), 0, "the alias");
  cr_expect_eq(kernel_case_walk(&r, va + 3 * 4096, TW_ACCESS_FETCH, 1, &log2), 0, "data");
  cr_expect_neq(kernel_case_walk(&r, va + 3 * 4096, TW_ACCESS_WRITE, 1, &log2), 0);
  r.diary->tlbis = 0;
  tw_kernel_vfree(r.kernel, va);
  cr_expect(r.diary->tlbis == 1 && r.diary->last_word == 0xd508831f, "from the linear map to the area: VMALLE1IS");
  kernel_case_is_unmapped(&r, "freed module", va);
  cr_expect_eq(kernel_case_walk(&r, alias, TW_ACCESS_WRITE, 1, &log2), pa, "vm_reset_perms");
  cr_expect_eq(tw_kernel_module(r.kernel, 3 * 4096, 2 * 4096), va, "not freed lazily");
  kernel_case_free(&r);
}

// The linear map's permissions: by pages they can be changed, blocks only where FEAT_BBM lets them be split.
Test(kernel, set_memory) {
  static const struct {
    tw_rodata rodata;
    unsigned bbm, minor, log2; // of the linear map before
    int result;
  } cases[] = {
      {TW_RODATA_FULL, 0, 12, 12, 0}, {TW_RODATA_ON, 0, 12, 30, -1},  {TW_RODATA_ON, 1, 12, 30, -1},
      {TW_RODATA_ON, 2, 12, 30, 0},   {TW_RODATA_FULL, 2, 12, 12, 0}, {TW_RODATA_FULL, 2, 18, 30, 0},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_kernel_config config = tw_kernel_config_usual(TW_LINUX_ARM64);
    config.rodata = cases[i].rodata;
    config.bbm = cases[i].bbm;
    config.layout.linux_minor = cases[i].minor;
    kernel_case r = kernel_case_new(&config);
    uint64_t va = tw_kernel_layout(r.kernel)->linear_va + 2 * GIB + 5 * 4096, pa = 2 * GIB + GIB + 5 * 4096;
    unsigned log2;
    cr_expect_eq(kernel_case_walk(&r, va, TW_ACCESS_WRITE, 1, &log2), pa);
    cr_expect_eq(log2, cases[i].log2, "case %zu: 2^%u", i, log2);
    cr_expect_eq(tw_kernel_set_memory(r.kernel, va, 4096, false, true), cases[i].result, "case %zu", i);
    bool changed = cases[i].result == 0;
    cr_expect_eq(kernel_case_walk(&r, va, TW_ACCESS_WRITE, 1, &log2), changed ? 0 : pa, "case %zu", i);
    cr_expect_eq(kernel_case_walk(&r, va, TW_ACCESS_FETCH, 1, &log2), changed ? pa : 0, "case %zu", i);
    cr_expect_eq(kernel_case_walk(&r, va + 4096, TW_ACCESS_WRITE, 1, &log2), pa + 4096, "case %zu", i);
    cr_expect_eq(kernel_case_walk(&r, va + GIB - 6 * 4096, TW_ACCESS_WRITE, 1, &log2), pa + GIB - 6 * 4096, "case %zu",
                 i);
    cr_expect_eq(tw_kernel_set_memory(r.kernel, va + 1, 4096, true, false), -1);
    cr_expect_eq(tw_kernel_set_memory(r.kernel, tw_linux_layout_named(tw_kernel_layout(r.kernel), "vmalloc")->first,
                                      4096, true, false),
                 -1, "nothing is there");
    kernel_case_free(&r);
  }
}

// ---- contiguous pages ----

Test(kernel, contiguous_vmalloc) {
  tw_kernel_config config = tw_kernel_config_usual(TW_LINUX_ARM64);
  kernel_case r = kernel_case_new(&config);
  // Fresh RAM: but for what lies around what boot took, pages come one after the other, and groups are contiguous.
  uint64_t va = tw_kernel_vmalloc(r.kernel, 8 * MIB, TW_VMALLOC_CONTIGUOUS);
  size_t groups = 0;
  for (uint64_t at = va; at < va + 8 * MIB; at += 16 * 4096) {
    unsigned log2;
    cr_assert_neq(kernel_case_walk(&r, at, TW_ACCESS_WRITE, 1, &log2), 0);
    groups += log2 == 16;
  }
  cr_expect_geq(groups, 96, "%zu of 128", groups);
  tw_kernel_vfree(r.kernel, va);
  kernel_case_free(&r);
  // No two pages side by side: no group.
  config.fragmented = 0.9;
  r = kernel_case_new(&config);
  kernel_case_is_mapped(&r, "scattered", tw_kernel_vmalloc(r.kernel, 64 * 4096, TW_VMALLOC_CONTIGUOUS), 64 * 4096, 12,
                        1);
  kernel_case_free(&r);
  // vmalloc_huge of less than a block: groups since 6.16
  config.fragmented = 0;
  config.layout.linux_minor = 16;
  r = kernel_case_new(&config);
  kernel_case_is_mapped(&r, "6.16", tw_kernel_vmalloc(r.kernel, 64 << 10, TW_VMALLOC_HUGE), 64 << 10, 16, 1);
  kernel_case_free(&r);
}

// Without blocks of 2 MiB vmalloc_huge falls back to pages.
Test(kernel, huge_falls_back) {
  tw_kernel_config config = tw_kernel_config_usual(TW_LINUX_ARM64);
  config.fragmented = 0.3;
  kernel_case r = kernel_case_new(&config);
  cr_expect_eq(tw_kernel_alloc_pages(r.kernel, 9), 0, "no block of 2 MiB is free");
  cr_expect_gt(tw_kernel_fragmentation(r.kernel, 9), 0.9, "for fragmentation");
  cr_expect_gt(tw_kernel_unusable(r.kernel, 9), 0.99);
  double share = (double)tw_kernel_free_bytes(r.kernel) / (double)(4 * GIB);
  cr_expect(share > 0.6 && share < 0.7, "%g of RAM is free", share);
  kernel_case_is_mapped(&r, "fallen back", tw_kernel_vmalloc(r.kernel, 4 * MIB, TW_VMALLOC_HUGE), 4 * MIB, 12, 1);
  cr_expect_eq(tw_kernel_mmap(r.kernel, 2 * MIB, 21), 0);
  cr_expect_neq(tw_kernel_mmap(r.kernel, 2 * MIB, 12), 0);
  cr_expect_eq(tw_kernel_mmap(r.kernel, 2 * MIB, 13), 0, "no such size");
  kernel_case_free(&r);
}

// The mmap area is filled from its end downwards, the highest hole that fits first.
Test(kernel, mmap_goes_down) {
  tw_kernel_config config = tw_kernel_config_usual(TW_LINUX_ARM64);
  kernel_case r = kernel_case_new(&config);
  uint64_t end = tw_linux_layout_named(tw_kernel_layout(r.kernel), "user mmap")->last + 1;
  uint64_t a = tw_kernel_mmap(r.kernel, MIB, 12), b = tw_kernel_mmap(r.kernel, 3 * MIB, 12);
  uint64_t c = tw_kernel_mmap(r.kernel, 2 * MIB, 21);
  cr_expect(a == end - MIB && b == a - 3 * MIB && c == ((b - 2 * MIB) & -(2 * MIB)));
  tw_kernel_munmap(r.kernel, b);
  cr_expect_eq(tw_kernel_mmap(r.kernel, MIB, 12), a - MIB);
  cr_expect_eq(tw_kernel_mmap(r.kernel, 3 * MIB, 12), c - 3 * MIB);
  cr_expect_eq(tw_kernel_mmap(r.kernel, 2 * GIB, 12), 0, "more than there are addresses");
  // ASIDE1IS from 512 pages on
  uint64_t d = tw_kernel_mmap(r.kernel, 2 * MIB - 4096, 12), e = tw_kernel_mmap(r.kernel, 2 * MIB, 12);
  size_t tlbis = r.diary->tlbis;
  tw_kernel_munmap(r.kernel, d);
  cr_expect_eq(r.diary->tlbis - tlbis, 511);
  tw_kernel_munmap(r.kernel, e);
  cr_expect_eq(r.diary->tlbis - tlbis, 512);
  cr_expect(r.diary->last_word == 0xd5088340 && r.diary->last_operand == 1ULL << 48, "TLBI ASIDE1IS, X0");
  kernel_case_free(&r);
}

// ---- stacks, slabs ----

Test(kernel, stacks) {
  static const struct {
    bool arm;
    unsigned minor;
    const char *region;
    uint64_t bytes, align;
  } cases[] = {{false, 12, "vmalloc", 16 << 10, 32 << 10},
               {true, 12, "vmalloc", 8 << 10, 16 << 10},
               {true, 1, "vmalloc", 8 << 10, 16 << 10}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_kernel_config config = tw_kernel_config_usual(cases[i].arm ? TW_LINUX_ARM : TW_LINUX_ARM64);
    config.layout.linux_minor = cases[i].minor;
    kernel_case r = kernel_case_new(&config);
    uint64_t first = tw_kernel_stack(r.kernel), second = tw_kernel_stack(r.kernel);
    kernel_case_is_mapped(&r, "stack", second, cases[i].bytes, 12, 1);
    kernel_case_is_unmapped(&r, "guard", second + cases[i].bytes);
    cr_expect(second % cases[i].align == 0 && second - first == cases[i].align);
    cr_expect_str_eq(tw_linux_layout_find(tw_kernel_layout(r.kernel), first)->name, cases[i].region);
    tw_kernel_stack_free(r.kernel, first);
    kernel_case_is_unmapped(&r, "freed stack", first);
    kernel_case_free(&r);
  }
}

Test(kernel, slabs) {
  tw_kernel_config config = tw_kernel_config_usual(TW_LINUX_ARM64);
  config.cpus = 4;
  kernel_case r = kernel_case_new(&config);
  uint64_t free = tw_kernel_free_bytes(r.kernel);
  tw_slab_cache *dentries = tw_kernel_cache(r.kernel, "dentry", 192, 64);
  enum { OBJECTS = 21 * 40 };
  static uint64_t object[OBJECTS];
  for (size_t i = 0; i < OBJECTS; i++) {
    object[i] = tw_slab_alloc(dentries);
    cr_assert(object[i] && object[i] % 64 == 0);
    if (i % 21)
      cr_assert_eq(object[i], object[i - 1] + 192, "one after the other in a fresh slab");
  }
  cr_expect_eq(free - tw_kernel_free_bytes(r.kernel), 40 * 4096);
  tw_slab_free(dentries, object[OBJECTS - 3]);
  tw_slab_free(dentries, object[OBJECTS - 9]);
  cr_expect_eq(tw_slab_alloc(dentries), object[OBJECTS - 9], "the last freed");
  cr_expect_eq(tw_slab_alloc(dentries), object[OBJECTS - 3]);
  for (size_t i = 0; i < OBJECTS; i++)
    tw_slab_free(dentries, object[i]);
  // min_partial is 5; what the CPU's list holds is not discarded before it is full: 240 objects, 12 slabs
  cr_expect_leq(free - tw_kernel_free_bytes(r.kernel), (5 + 12 + 1) * 4096);
  cr_expect_geq(free - tw_kernel_free_bytes(r.kernel), 5 * 4096);
  uint64_t before = tw_kernel_free_bytes(r.kernel);
  uint64_t large = tw_kernel_kmalloc(r.kernel, 40000);
  cr_expect_eq(before - tw_kernel_free_bytes(r.kernel), 65536, "pages, a power of two");
  cr_expect_eq(large % 65536, 0);
  tw_kernel_kfree(r.kernel, large);
  cr_expect_eq(before, tw_kernel_free_bytes(r.kernel));
  uint64_t a = tw_kernel_kmalloc(r.kernel, 100), b = tw_kernel_kmalloc(r.kernel, 128);
  cr_expect_eq(b, a + 128, "one cache");
  tw_kernel_kfree(r.kernel, a);
  cr_expect_eq(tw_kernel_kmalloc(r.kernel, 120), a);
  cr_expect(!tw_kernel_cache(r.kernel, "none", 0, 8) && !tw_kernel_cache(r.kernel, "odd", 8, 24));
  kernel_case_free(&r);
}

// Random traffic on several caches: objects never overlap, and memory comes back but for what caches keep.
Test(kernel, slab_soak) {
  static const size_t sizes[] = {8, 24, 100, 192, 700, 2048, 5000};
  enum { HELD = 3000 };
  tw_kernel_config config = tw_kernel_config_usual(TW_LINUX_ARM64);
  config.layout.ram_bytes = 256 * MIB;
  kernel_case r = kernel_case_new(&config);
  static struct {
    uint64_t va;
    size_t kind;
  } held[HELD];
  tw_slab_cache *caches[COUNT(sizes)];
  size_t count = 0;
  uint64_t seed = 9, free = tw_kernel_free_bytes(r.kernel), linear = tw_kernel_layout(r.kernel)->linear_va;
  static uint8_t used[32 << 20]; // a byte for 8 bytes
  for (size_t i = 0; i < COUNT(sizes); i++)
    caches[i] = tw_kernel_cache(r.kernel, "soak", sizes[i], 0);
  for (size_t step = 0; step < 100000; step++) {
    uint64_t random = next_random(&seed);
    bool take = random & 1 && count < HELD;
    size_t kind = (random >> 8) % COUNT(sizes), pick = count ? (random >> 8) % count : 0;
    if (!take && !count)
      continue;
    uint64_t va = take ? tw_slab_alloc(caches[kind]) : held[pick].va;
    size_t bytes = sizes[take ? kind : held[pick].kind];
    cr_assert(va - linear < 256 * MIB);
    for (uint64_t at = 0; at < bytes; at += 8) {
      uint8_t *mark = &used[(va - linear + at) / 8];
      cr_assert_eq(*mark, !take);
      *mark = take;
    }
    if (take) {
      held[count].va = va;
      held[count++].kind = kind;
    } else {
      tw_slab_free(caches[held[pick].kind], va);
      held[pick] = held[--count];
    }
  }
  while (count--)
    tw_slab_free(caches[held[count].kind], held[count].va);
  cr_expect_leq(free - tw_kernel_free_bytes(r.kernel), 16 * MIB);
  kernel_case_free(&r);
}

// ---- arm: high memory ----

Test(kernel, kmap) {
  tw_kernel_config config = tw_kernel_config_usual(TW_LINUX_ARM);
  kernel_case r = kernel_case_new(&config);
  enum { PKMAPS = 512 };
  const tw_region *pkmap = tw_linux_layout_named(tw_kernel_layout(r.kernel), "pkmap");
  uint64_t page[PKMAPS + 2], va[PKMAPS + 2], pa;
  for (size_t i = 0; i < PKMAPS + 2; i++) {
    page[i] = tw_kernel_high_page(r.kernel);
    cr_assert_geq(page[i], 0x40000000 + 768 * MIB);
  }
  for (size_t i = 0; i < PKMAPS; i++) {
    va[i] = tw_kernel_kmap(r.kernel, page[i]);
    cr_assert_eq(va[i], pkmap->first + ((i + 1) % PKMAPS) * 4096, "in turn, from the second on");
  }
  kernel_case_is_mapped(&r, "kmap", va[0], 4096, 12, 1);
  cr_expect_eq(r.diary->tlbis, 0, "no entry was used before");
  cr_expect_eq(tw_kernel_kmap(r.kernel, page[7]), va[7], "mapped already");
  cr_expect_eq(tw_kernel_kmap(r.kernel, page[PKMAPS]), 0, "all are in use: the kernel would wait");
  tw_kernel_kunmap(r.kernel, va[7]);
  tw_kernel_kunmap(r.kernel, va[3]);
  cr_expect(tw_kernel_find(r.kernel, va[3], &pa) && pa == page[3], "it stays mapped");
  cr_expect_eq(tw_kernel_kmap(r.kernel, page[PKMAPS]), va[3], "7 has another user");
  cr_expect_eq(r.diary->tlbis, PKMAPS, "the whole area, page by page");
  cr_expect_eq(r.diary->last_word, 0xee080f33, "TLBIMVAIS");
  cr_expect(tw_kernel_find(r.kernel, va[3], &pa) && pa == page[PKMAPS]);
  uint64_t area = tw_kernel_vmalloc(r.kernel, 4096, TW_VMALLOC_PAGES);
  cr_expect(tw_kernel_find(r.kernel, area, &pa) && pa >= 0x40000000 + 768 * MIB, "vmalloc takes high memory first");
  uint64_t low = tw_kernel_alloc_pages(r.kernel, 0);
  cr_expect(tw_kernel_find(r.kernel, low, &pa) && tw_kernel_kmap(r.kernel, pa) == low, "low memory is mapped");
  kernel_case_free(&r);
  config = tw_kernel_config_usual(TW_LINUX_ARM64);
  r = kernel_case_new(&config);
  cr_expect_eq(tw_kernel_high_page(r.kernel), 0, "arm64 has no high memory");
  kernel_case_free(&r);
}

// ---- what there is none of ----

Test(kernel, refused) {
  static const char *const texts[] = {
      "kernel: machine is x86-64, expected arm64 or arm: only its layout is known",
      "kernel: cpus is 0, expected 1 to 512",
      "kernel: fragmented is 1, expected at least 0 and less than 1",
      "kernel: bbm is 3, expected 0 to 2",
      "kernel: rodata is 3, expected 0 to 2",
      "layout: va_bits is 40, expected 39, 48 or, since Linux 6.9, 52 with pages of 4 KiB",
      "kernel: an image of 0x2200000 bytes at 0x40200000, expected it in RAM",
      "kernel: cma_bytes is 0x1, expected a multiple of 2 MiB, up to half of low memory",
  };
  for (size_t i = 0; i < COUNT(texts); i++) {
    tw_kernel_config config = tw_kernel_config_usual(i == 0 ? TW_LINUX_X86_64 : i == 7 ? TW_LINUX_ARM : TW_LINUX_ARM64);
    config.cpus = i == 1 ? 0 : 1;
    config.fragmented = i == 2 ? 1 : 0;
    config.bbm = i == 3 ? 3 : 0;
    config.rodata = i == 4 ? (tw_rodata)3 : TW_RODATA_ON;
    if (i == 5)
      config.layout.va_bits = 40;
    if (i == 6)
      config.layout.ram_bytes = 32 * MIB;
    if (i == 7)
      config.cma_bytes = 1;
    tw_error error = {"none"};
    cr_expect(!tw_kernel_create(&config, NULL, &error));
    cr_expect_str_eq(error.text, texts[i]);
  }
}
