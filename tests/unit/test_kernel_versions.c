// What changed from one Linux version to the next: each cut-over from both sides. The expectations are those of the
// kernel's source at the commit named, worked out by hand.
#include "kernel_case.h"

#include <criterion/criterion.h>
#include <string.h>
#include <traces/kernel.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static tw_kernel_config config_of(unsigned major, unsigned minor, tw_rodata rodata) {
  tw_kernel_config config = tw_kernel_config_usual(TW_LINUX_ARM64);
  config.layout.linux_major = major;
  config.layout.linux_minor = minor;
  config.rodata = rodata;
  return config;
}

// ---- what boot maps ----

/// Of the address space of 48 bits with pages of 4K that 5.11 to 6.8 have: FIXADDR_TOP is VMEMMAP_START - 32 MiB.
static const uint64_t FIXADDR_TOP = 0xfffffbfffe000000;

// 414c109bdf49 (6.4): FIX_FDT is slot 1024 and mapped by blocks before, slot 514 and mapped by pages since.
Test(kernel_versions, device_tree) {
  static const struct {
    unsigned minor, log2;
    uint64_t below;
  } cases[] = {{3, 21, 4 << 20}, {4, 12, 514 << 12}, {8, 12, 514 << 12}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_kernel_config config = config_of(6, cases[i].minor, TW_RODATA_FULL);
    kernel_case r = kernel_case_new(&config);
    unsigned log2;
    uint64_t pa = kernel_case_walk(&r, FIXADDR_TOP - cases[i].below, TW_ACCESS_READ, 1, &log2);
    cr_expect(pa == GIB + 130 * MIB && log2 == cases[i].log2, "6.%u: %llx, 2^%u", cases[i].minor,
              (unsigned long long)pa, log2);
    kernel_case_free(&r);
  }
}

// 6d4fff3b5209, merged as 8885c7398fe5 (6.8): without KPTI there is no trampoline. FIX_ENTRY_TRAMP_TEXT1 is slot 524.
Test(kernel_versions, trampoline) {
  static const struct {
    unsigned minor;
    bool kpti, mapped;
  } cases[] = {{7, false, true}, {7, true, true}, {8, false, false}, {8, true, true}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_kernel_config config = config_of(6, cases[i].minor, TW_RODATA_FULL);
    config.kpti = cases[i].kpti;
    kernel_case r = kernel_case_new(&config);
    unsigned log2;
    uint64_t pa = kernel_case_walk(&r, FIXADDR_TOP - (524 << 12), TW_ACCESS_FETCH, 1, &log2);
    cr_expect_eq(pa != 0, cases[i].mapped, "6.%u, KPTI %d", cases[i].minor, cases[i].kpti);
    kernel_case_free(&r);
  }
}

// e2a073dde921 (5.11) leaves [_text, _stext) out; 5973a62efa34 (6.18, and 6.12.y) maps it read-only, not to be
// executed.
Test(kernel_versions, head_of_the_image) {
  static const struct {
    unsigned major, minor;
    bool read, fetched;
  } cases[] = {{5, 10, true, true},   {5, 11, false, false}, {6, 11, false, false}, {6, 12, true, false},
               {6, 13, false, false}, {6, 17, false, false}, {6, 18, true, false}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_kernel_config config = config_of(cases[i].major, cases[i].minor, TW_RODATA_FULL);
    config.layout.kernel.head = 64 << 10;
    kernel_case r = kernel_case_new(&config);
    uint64_t va = tw_kernel_layout(r.kernel)->image_va;
    unsigned log2, text_log2;
    bool read = kernel_case_walk(&r, va, TW_ACCESS_READ, 1, &log2) != 0;
    bool fetched = kernel_case_walk(&r, va, TW_ACCESS_FETCH, 1, &log2) != 0;
    cr_expect(read == cases[i].read && fetched == cases[i].fetched, "%u.%u: %d, %d", cases[i].major, cases[i].minor,
              read, fetched);
    cr_expect_eq(kernel_case_walk(&r, va, TW_ACCESS_WRITE, 1, &log2), 0);
    cr_expect_neq(kernel_case_walk(&r, va + (64 << 10), TW_ACCESS_FETCH, 1, &text_log2), 0);
    cr_expect(cases[i].major == 6 || cases[i].minor > 10 || text_log2 == 21, "5.10: head and text are one range");
    kernel_case_free(&r);
  }
}

// bfa7965b33ab (6.4, and 6.1.y): KFENCE no longer needs all of the linear map by pages. KFENCE came with 5.12.
Test(kernel_versions, kfence) {
  static const struct {
    unsigned major, minor, log2;
  } cases[] = {{5, 12, 12}, {6, 0, 12}, {6, 1, 30}, {6, 3, 12}, {6, 4, 30}, {6, 12, 30}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_kernel_config config = config_of(cases[i].major, cases[i].minor, TW_RODATA_ON);
    config.kfence = true;
    kernel_case r = kernel_case_new(&config);
    unsigned log2;
    cr_expect_neq(kernel_case_walk(&r, tw_kernel_layout(r.kernel)->linear_va + 2 * GIB, TW_ACCESS_WRITE, 1, &log2), 0);
    cr_expect_eq(log2, cases[i].log2, "%u.%u: 2^%u", cases[i].major, cases[i].minor, log2);
    kernel_case_free(&r);
  }
  tw_kernel_config config = config_of(5, 11, TW_RODATA_ON);
  tw_error error = {"none"};
  config.kfence = true;
  cr_expect(!tw_kernel_create(&config, NULL, &error));
  cr_expect_str_eq(error.text, "kernel: kfence with Linux 5.11, expected 5.12 or later");
  config.kfence = false;
  config.kfence_later = true;
  cr_expect(!tw_kernel_create(&config, NULL, &error));
  config = tw_kernel_config_usual(TW_LINUX_ARM);
  config.kfence = true;
  cr_expect(!tw_kernel_create(&config, NULL, &error));
  cr_expect_str_eq(error.text, "kernel: kfence on arm, expected none");
}

// ---- allocators ----

// e92072237e6c (6.1): HAVE_ARCH_HUGE_VMALLOC; 6.16: contiguous groups for less than a block.
Test(kernel_versions, vmalloc_huge) {
  static const struct {
    unsigned major, minor, block_log2, group_log2;
  } cases[] = {{5, 18, 12, 12}, {6, 0, 12, 12}, {6, 1, 21, 12}, {6, 15, 21, 12}, {6, 16, 21, 16}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_kernel_config config = config_of(cases[i].major, cases[i].minor, TW_RODATA_FULL);
    kernel_case r = kernel_case_new(&config);
    kernel_case_is_mapped(&r, "a block", tw_kernel_vmalloc(r.kernel, 2 * MIB, TW_VMALLOC_HUGE), 2 * MIB,
                          cases[i].block_log2, 1);
    kernel_case_is_mapped(&r, "a group", tw_kernel_vmalloc(r.kernel, 64 << 10, TW_VMALLOC_HUGE), 64 << 10,
                          cases[i].group_log2, 1);
    kernel_case_free(&r);
  }
}

// "mm/vmalloc: request large order pages from buddy allocator" (6.19): 100 pages are blocks of 64, 32 and 4, each
// aligned to its size, and still mapped by pages.
Test(kernel_versions, vmalloc_splits_blocks) {
  static const unsigned blocks[][2] = {{0, 64}, {64, 32}, {96, 4}};
  static uint64_t held[4096];
  for (unsigned minor = 18; minor <= 19; minor++) {
    tw_kernel_config config = config_of(6, minor, TW_RODATA_FULL);
    kernel_case r = kernel_case_new(&config);
    for (size_t i = 0; i < COUNT(held); i++)
      held[i] = tw_kernel_alloc_pages(r.kernel, 0);
    for (size_t i = 0; i < COUNT(held); i++)
      if (held[i] >> 12 & 1) // what is free singly has no neighbour
        tw_kernel_free_pages(r.kernel, held[i], 0);
    uint64_t va = tw_kernel_vmalloc(r.kernel, 100 << 12, TW_VMALLOC_PAGES), first, pa;
    kernel_case_is_mapped(&r, "vmalloc", va, 100 << 12, 12, 1);
    size_t whole = 0;
    for (size_t i = 0; i < COUNT(blocks); i++) {
      cr_assert(tw_kernel_find(r.kernel, va + (blocks[i][0] << 12), &first));
      bool together = first % (blocks[i][1] << 12) == 0;
      for (unsigned k = 0; k < blocks[i][1]; k++)
        together &= tw_kernel_find(r.kernel, va + ((blocks[i][0] + k) << 12), &pa) && pa == first + (k << 12);
      whole += together;
    }
    cr_expect_eq(whole, minor == 19 ? COUNT(blocks) : 0, "6.%u: %zu", minor, whole);
    uint64_t free = tw_kernel_free_bytes(r.kernel);
    tw_kernel_vfree(r.kernel, va);
    cr_expect_eq(tw_kernel_free_bytes(r.kernel) - free, 100 << 12, "page by page");
    kernel_case_free(&r);
  }
}

// 0fe2735d5e2e, 5886fc82b6e3 (6.7): two objects of 11000 bytes leave 10768 of 32768, more than a fourth. Before, one is
// put into 16384; since, up to half of a slab may be left, and no wish is given up.
Test(kernel_versions, slab_order) {
  static const struct {
    unsigned minor;
    uint64_t bytes;
  } cases[] = {{6, 16384}, {7, 32768}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_kernel_config config = config_of(6, cases[i].minor, TW_RODATA_FULL);
    kernel_case r = kernel_case_new(&config);
    uint64_t free = tw_kernel_free_bytes(r.kernel);
    cr_expect_neq(tw_slab_alloc(tw_kernel_cache(r.kernel, "large", 11000, 0)), 0);
    cr_expect_eq(free - tw_kernel_free_bytes(r.kernel), cases[i].bytes, "6.%u", cases[i].minor);
    kernel_case_free(&r);
  }
}

// 9382bc44b5f5 (6.5): arm64's kmalloc caches were of multiples of ARCH_DMA_MINALIGN, 128; arm's are of 64.
Test(kernel_versions, kmalloc_alignment) {
  static const struct {
    bool arm;
    unsigned minor;
    size_t bytes;
    uint64_t apart;
  } cases[] = {{false, 4, 8, 128}, {false, 4, 130, 256}, {false, 5, 8, 8},    {false, 5, 130, 192},
               {true, 1, 8, 64},   {true, 12, 70, 128},  {true, 12, 130, 192}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_kernel_config config = tw_kernel_config_usual(cases[i].arm ? TW_LINUX_ARM : TW_LINUX_ARM64);
    config.layout.linux_minor = cases[i].minor;
    kernel_case r = kernel_case_new(&config);
    uint64_t a = tw_kernel_kmalloc(r.kernel, cases[i].bytes), b = tw_kernel_kmalloc(r.kernel, cases[i].bytes);
    cr_expect_eq(b - a, cases[i].apart, "case %zu: %llu", i, (unsigned long long)(b - a));
    kernel_case_free(&r);
  }
}

// ---- permissions and TLB maintenance ----

// change_memory_common changed the alias of all of an area's pages, each with a flush; since 37cb0aab9068 (6.19) that
// of the range. Since ac3b43283923 (6.4) a module's data are in areas of their own.
Test(kernel_versions, aliases) {
  static const struct {
    unsigned minor;
    size_t area_tlbis, module_tlbis;
    bool data_written;
  } cases[] = {{3, 4 + 1, 5 + 3, false}, {4, 4 + 1, 3 + 3, true}, {18, 4 + 1, 3 + 3, true}, {19, 1 + 1, 3 + 3, true}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_kernel_config config = config_of(6, cases[i].minor, TW_RODATA_FULL);
    kernel_case r = kernel_case_new(&config);
    unsigned log2;
    uint64_t pa;
    uint64_t area = tw_kernel_vmalloc(r.kernel, 4 * 4096, TW_VMALLOC_PAGES);
    cr_expect_eq(tw_kernel_set_memory(r.kernel, area, 4096, false, false), 0);
    cr_expect_eq(r.diary->tlbis, cases[i].area_tlbis, "6.%u: %zu", cases[i].minor, r.diary->tlbis);
    cr_expect_neq(kernel_case_walk(&r, area + 4096, TW_ACCESS_WRITE, 1, &log2), 0, "the range alone");
    r.diary->tlbis = 0;
    uint64_t module = tw_kernel_module(r.kernel, 3 * 4096, 2 * 4096);
    cr_expect_eq(r.diary->tlbis, cases[i].module_tlbis, "6.%u: %zu", cases[i].minor, r.diary->tlbis);
    cr_assert(tw_kernel_find(r.kernel, module + 3 * 4096, &pa));
    uint64_t alias = tw_kernel_layout(r.kernel)->linear_va + (pa - tw_kernel_layout(r.kernel)->linear_pa);
    cr_expect_eq(kernel_case_walk(&r, alias, TW_ACCESS_WRITE, 1, &log2) != 0, cases[i].data_written);
    tw_kernel_vfree(r.kernel, module);
    cr_expect_eq(kernel_case_walk(&r, alias, TW_ACCESS_WRITE, 1, &log2), pa, "vm_reset_perms");
    kernel_case_free(&r);
  }
}

// 868b104d7379 (5.2): a module is not freed lazily, with rodata=on neither: VM_FLUSH_RESET_PERMS.
Test(kernel_versions, modules_freed) {
  for (unsigned minor = 1; minor <= 2; minor++) {
    tw_kernel_config config = config_of(5, minor, TW_RODATA_ON);
    kernel_case r = kernel_case_new(&config);
    uint64_t va = tw_kernel_module(r.kernel, 4096, 4096);
    r.diary->tlbis = 0;
    tw_kernel_vfree(r.kernel, va);
    cr_expect_eq(r.diary->tlbis, minor - 1, "5.%u", minor);
    cr_expect_eq(tw_kernel_module(r.kernel, 4096, 4096) == va, minor == 2, "5.%u", minor);
    kernel_case_free(&r);
  }
}

// 7ffc13e23395, a923705c69f7 (6.13): flush_tlb_kernel_range has the limit of a process' range: 512 pages are too many.
Test(kernel_versions, kernel_flush) {
  static const struct {
    unsigned minor, pages;
    size_t tlbis;
    uint32_t word;
  } cases[] = {
      {12, 512, 512, 0xd50883e0}, {12, 513, 1, 0xd508831f}, {13, 511, 511, 0xd50883e0}, {13, 512, 1, 0xd508831f}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    tw_kernel_config config = config_of(6, cases[i].minor, TW_RODATA_ON);
    kernel_case r = kernel_case_new(&config);
    uint64_t bytes = (uint64_t)cases[i].pages << 12;
    uint64_t va = tw_kernel_vmalloc(r.kernel, bytes, TW_VMALLOC_PAGES);
    cr_expect_eq(tw_kernel_set_memory(r.kernel, va, bytes, false, false), 0);
    cr_expect_eq(r.diary->tlbis, cases[i].tlbis, "6.%u, %u: %zu", cases[i].minor, cases[i].pages, r.diary->tlbis);
    cr_expect_eq(r.diary->last_word, cases[i].word);
    kernel_case_free(&r);
  }
}
