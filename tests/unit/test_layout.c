// Maps of the address space against the tables of the kernel's own documents and against boot logs.
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>
#include <traces/layout.h>

typedef struct expectation {
  unsigned major, minor, page_log2, va_bits;
  bool kasan;
  const char *region;
  uint64_t first, last;
} expectation;

// Of arm64, where nothing else is said: Documentation/arm64/memory.rst as it was in that version.
static const expectation arm64[] = {
    // A boot log of a kernel before 4.6.
    {4, 4, 12, 48, false, "vmalloc", 0xffff000000000000, 0xffff7bffbffeffff},
    {4, 4, 12, 48, false, "vmemmap", 0xffff7bffc0000000, 0xffff7fffbfffffff},
    {4, 4, 12, 48, false, "fixmap", 0xffff7ffffabfe000, 0xffff7ffffabfffff},
    {4, 4, 12, 48, false, "PCI I/O", 0xffff7ffffae00000, 0xffff7ffffbdfffff},
    {4, 4, 12, 48, false, "modules", 0xffff7ffffc000000, 0xffff7fffffffffff},
    {4, 4, 12, 48, false, "linear", 0xffff800000000000, 0xffffffffffffffff},
    // A boot log of one from 4.6 to 5.3.
    {4, 9, 12, 48, false, "modules", 0xffff000000000000, 0xffff000007ffffff},
    {4, 9, 12, 48, false, "vmalloc", 0xffff000008000000, 0xffff7dffbffeffff},
    {4, 9, 12, 48, false, "fixmap", 0xffff7dfffe7fd000, 0xffff7dfffebfffff},
    {4, 9, 12, 48, false, "PCI I/O", 0xffff7dfffee00000, 0xffff7dffffdfffff},
    {4, 9, 12, 48, false, "vmemmap", 0xffff7e0000000000, 0xffff7fffffffffff},
    {4, 9, 12, 39, false, "linear", 0xffffffc000000000, 0xffffffffffffffff},
    // 5.4: the document has KASAN.
    {5, 4, 12, 48, true, "linear", 0xffff000000000000, 0xffff7fffffffffff},
    {5, 4, 12, 48, true, "KASAN shadow", 0xffff800000000000, 0xffff9fffffffffff},
    {5, 4, 12, 48, true, "BPF JIT", 0xffffa00000000000, 0xffffa00007ffffff},
    {5, 4, 12, 48, true, "modules", 0xffffa00008000000, 0xffffa0000fffffff},
    {5, 4, 12, 48, true, "vmalloc", 0xffffa00010000000, 0xfffffdffbffeffff},
    {5, 4, 12, 48, true, "fixmap", 0xfffffdfffe5f9000, 0xfffffdfffe9fffff},
    {5, 4, 12, 48, true, "PCI I/O", 0xfffffdfffec00000, 0xfffffdffffbfffff},
    {5, 4, 12, 48, true, "vmemmap", 0xfffffdffffe00000, 0xffffffffffdfffff},
    {5, 4, 16, 52, true, "linear", 0xfff0000000000000, 0xfff7ffffffffffff},
    {5, 4, 16, 52, true, "KASAN shadow", 0xfffda00000000000, 0xffff9fffffffffff},
    {5, 4, 16, 52, true, "modules", 0xffffa00008000000, 0xffffa0000fffffff},
    {5, 4, 16, 52, true, "vmalloc", 0xffffa00010000000, 0xfffff81ffffeffff},
    {5, 4, 16, 52, true, "fixmap", 0xfffffc1ffe590000, 0xfffffc1ffe9fffff},
    {5, 4, 16, 52, true, "PCI I/O", 0xfffffc1ffec00000, 0xfffffc1fffbfffff},
    {5, 11, 12, 48, true, "KASAN shadow", 0xffff600000000000, 0xffff7fffffffffff},
    {5, 11, 12, 48, true, "BPF JIT", 0xffff800000000000, 0xffff800007ffffff},
    {5, 11, 12, 48, false, "modules", 0xffff800008000000, 0xffff80000fffffff},
    {5, 11, 12, 48, false, "vmalloc", 0xffff800010000000, 0xfffffbffefffffff},
    {5, 11, 12, 39, false, "modules", 0xffffffc008000000, 0xffffffc00fffffff},
    {5, 11, 12, 39, false, "vmalloc", 0xffffffc010000000, 0xfffffffdefffffff},
    {5, 11, 12, 39, false, "fixmap", 0xfffffffdf0000000, 0xfffffffdfdffffff},
    {5, 11, 12, 39, false, "PCI I/O", 0xfffffffdfe800000, 0xfffffffdff7fffff},
    {5, 11, 12, 39, false, "vmemmap", 0xfffffffe00000000, 0xfffffffeffffffff},
    // The region of BPF's JIT went with b89ddf4cca43, before the modules of 128 MiB.
    {5, 16, 12, 48, false, "BPF JIT", 0xffff800000000000, 0xffff800007ffffff},
    {5, 17, 12, 48, false, "modules", 0xffff800000000000, 0xffff800007ffffff},
    {6, 1, 12, 48, false, "modules", 0xffff800000000000, 0xffff800007ffffff},
    {6, 1, 12, 48, false, "vmalloc", 0xffff800008000000, 0xfffffbffefffffff},
    {6, 5, 12, 48, false, "modules", 0xffff800000000000, 0xffff80007fffffff},
    {6, 5, 12, 48, false, "vmalloc", 0xffff800080000000, 0xfffffbffefffffff},
    {6, 5, 12, 48, false, "fixmap", 0xfffffbfff0000000, 0xfffffbfffdffffff},
    {6, 5, 12, 48, false, "PCI I/O", 0xfffffbfffe800000, 0xfffffbffff7fffff},
    {6, 5, 12, 48, false, "vmemmap", 0xfffffc0000000000, 0xfffffdffffffffff},
    {6, 5, 16, 52, false, "linear", 0xfff0000000000000, 0xffff7fffffffffff},
    {6, 5, 16, 52, true, "KASAN shadow", 0xfffd800000000000, 0xffff7fffffffffff},
    {6, 5, 16, 52, false, "vmalloc", 0xffff800080000000, 0xfffffbffefffffff},
    {6, 5, 16, 52, false, "PCI I/O", 0xfffffbfffe800000, 0xfffffbffff7fffff},
    {6, 5, 16, 52, false, "vmemmap", 0xfffffc0000000000, 0xffffffdfffffffff},
    // The macros by hand, since the document has no table any more.
    {6, 9, 12, 48, false, "vmalloc", 0xffff800080000000, 0xfffffdffbf7fffff},
    {6, 9, 12, 48, false, "vmemmap", 0xfffffdffc0000000, 0xffffffffbfffffff},
    {6, 9, 12, 48, false, "PCI I/O", 0xffffffffc0800000, 0xffffffffc17fffff},
    {6, 9, 12, 39, false, "vmalloc", 0xffffffc080000000, 0xfffffffebf7fffff},
    {6, 9, 12, 52, false, "vmalloc", 0xffff800080000000, 0xffffc1ffbf7fffff},
    {6, 9, 14, 36, false, "vmalloc", 0xfffffff880000000, 0xffffffffb77fffff},
    {6, 9, 14, 36, false, "linear", 0xfffffff000000000, 0xfffffff7ffffffff},
    {6, 9, 14, 47, false, "vmalloc", 0xffffc00080000000, 0xffffffbfbf7fffff},
    {6, 9, 14, 48, false, "vmemmap", 0xffffff7fc0000000, 0xffffffffbfffffff},
    {6, 9, 14, 52, false, "vmalloc", 0xffffc00080000000, 0xfffff03fbf7fffff},
    {6, 9, 16, 48, false, "vmalloc", 0xffff800080000000, 0xffffffdfbf7fffff},
    {6, 5, 16, 42, false, "vmalloc", 0xfffffe0080000000, 0xfffffffeefffffff},
    {6, 5, 16, 42, false, "vmemmap", 0xffffffff00000000, 0xffffffff7fffffff},
};

static tw_linux_layout made(const tw_linux_layout_config *config) {
  tw_linux_layout layout;
  tw_error error = {""};
  cr_assert(tw_linux_layout_make(config, &layout, &error) == 0, "%s", error.text);
  return layout;
}

static void expect_region(const tw_linux_layout *layout, const char *name, uint64_t first, uint64_t last) {
  const tw_region *region = tw_linux_layout_named(layout, name);
  cr_assert(region, "%s: no %s", layout->era, name);
  cr_expect(region->first == first && region->last == last, "%s: %s is %#" PRIx64 " to %#" PRIx64, layout->era, name,
            region->first, region->last);
}

Test(layout, arm64_as_documented) {
  for (size_t i = 0; i < sizeof arm64 / sizeof *arm64; i++) {
    const expectation *e = &arm64[i];
    tw_linux_layout_config config = tw_linux_layout_usual(TW_LINUX_ARM64);
    config.linux_major = e->major;
    config.linux_minor = e->minor;
    config.page_log2 = e->page_log2;
    config.va_bits = e->va_bits;
    config.kasan = e->kasan;
    tw_linux_layout layout = made(&config);
    expect_region(&layout, e->region, e->first, e->last);
  }
}

Test(layout, arm_as_documented) {
  tw_linux_layout_config config = tw_linux_layout_usual(TW_LINUX_ARM);
  tw_linux_layout layout = made(&config);
  expect_region(&layout, "vectors", 0xffff0000, 0xffff1fff);
  expect_region(&layout, "fixmap", 0xffc80000, 0xffefffff);
  expect_region(&layout, "device tree", 0xff800000, 0xffbfffff);
  expect_region(&layout, "vmalloc", 0xf0800000, 0xff7fffff);
  expect_region(&layout, "lowmem", 0xc0000000, 0xefffffff);
  expect_region(&layout, "pkmap", 0xbfe00000, 0xbfffffff);
  expect_region(&layout, "modules", 0xbf000000, 0xbfdfffff);
  cr_expect(layout.linear_bytes == 768U << 20);
  config.ram_bytes = 128 << 20; // no high memory: no pkmap, and modules reach up to PAGE_OFFSET
  layout = made(&config);
  expect_region(&layout, "vmalloc", 0xc8800000, 0xff7fffff);
  expect_region(&layout, "modules", 0xbf000000, 0xbfffffff);
  cr_expect_null(tw_linux_layout_named(&layout, "pkmap"));
  config.ram_bytes = 1 << 30;
  config.linux_major = 5;
  config.linux_minor = 10; // before 7a1be318f579
  layout = made(&config);
  expect_region(&layout, "fixmap", 0xffc00000, 0xffefffff);
  cr_expect_null(tw_linux_layout_named(&layout, "device tree"));
  config.linux_major = 3;
  config.linux_minor = 10;
  layout = made(&config);
  expect_region(&layout, "lowmem", 0xc0000000, 0xef7fffff);
  expect_region(&layout, "vmalloc", 0xf0000000, 0xfeffffff);
  expect_region(&layout, "fixmap", 0xfff00000, 0xfffdffff);
}

Test(layout, x86_64_as_documented) {
  tw_linux_layout_config config = tw_linux_layout_usual(TW_LINUX_X86_64);
  tw_linux_layout layout = made(&config);
  expect_region(&layout, "direct map", 0xffff888000000000, 0xffffc87fffffffff);
  expect_region(&layout, "vmalloc", 0xffffc90000000000, 0xffffe8ffffffffff);
  expect_region(&layout, "modules", 0xffffffffa0000000, 0xfffffffffeffffff);
  config.va_bits = 57;
  layout = made(&config);
  expect_region(&layout, "direct map", 0xff11000000000000, 0xff90ffffffffffff);
  expect_region(&layout, "vmalloc", 0xffa0000000000000, 0xffd1ffffffffffff);
}

// KASLR moves RAM in the linear map, and its struct pages (64 bytes a page of 4K) with it.
Test(layout, ram_moved_by_kaslr) {
  tw_linux_layout_config config = tw_linux_layout_usual(TW_LINUX_ARM64);
  config.linux_major = 6;
  config.linux_minor = 1;
  config.linear_kaslr = UINT64_C(2) << 40;
  tw_linux_layout layout = made(&config);
  cr_expect_eq(layout.linear_va, 0xffff020000000000);
  cr_expect_eq(layout.vmemmap_va, 0xfffffc0800000000);
  config.linear_kaslr = (UINT64_C(1) << 47) - (UINT64_C(4) << 30); // the last place
  layout = made(&config);
  cr_expect_eq(layout.linear_va + layout.linear_bytes, 0xffff800000000000);
}

// PHYS_OFFSET is a multiple of ARM64_MEMSTART_ALIGN: RAM that begins behind it leaves a hole in front.
Test(layout, linear_map_keeps_blocks) {
  tw_linux_layout_config config = tw_linux_layout_usual(TW_LINUX_ARM64);
  config.ram_first = (1ULL << 30) + (6ULL << 20);
  tw_linux_layout layout = made(&config);
  cr_expect_eq(layout.linear_va, 0xffff000000600000);
  cr_expect_eq(layout.vmemmap_va, 0xfffffdffc0000000 + (6ULL << 20) / 4096 * 64);
  config.page_log2 = 16; // 512 MiB
  config.ram_first = (3ULL << 29) + (2ULL << 20);
  layout = made(&config);
  cr_expect_eq(layout.linear_va, 0xffff000000200000);
  config.linux_major = 5; // SECTION_SIZE_BITS was 30, with 64K pages too, until f0b13ee23241 (5.12)
  config.linux_minor = 11;
  layout = made(&config);
  cr_expect_eq(layout.linear_va, 0xffff000020200000);
}

// k612-16k-on: a kernel of 52 bits, its registers.txt and the runs of its mappings.
Test(layout, narrow_machine) {
  tw_linux_layout_config config = tw_linux_layout_usual(TW_LINUX_ARM64);
  config.page_log2 = 14;
  config.va_bits = 52;
  config.narrow = true;
  config.ram_bytes = 1ULL << 30;
  tw_linux_layout layout = made(&config);
  cr_expect_eq(layout.linear_va, 0xffff800000000000);
  cr_expect_eq(layout.vmemmap_va, 0xffffffbfc0000000);
  cr_expect_eq(layout.image_va, 0xffffc00080000000);
  expect_region(&layout, "vmalloc", 0xffffc00080000000, 0xffffffbfbf7fffff);
  expect_region(&layout, "modules", 0xffffc00000000000, 0xffffc0007fffffff);
}

Test(layout, an_address_has_the_name_of_what_is_most_special) {
  tw_linux_layout_config config = tw_linux_layout_usual(TW_LINUX_ARM64);
  tw_linux_layout layout = made(&config);
  cr_expect_str_eq(tw_linux_layout_find(&layout, layout.image_va)->name, "kernel text");
  cr_expect_str_eq(tw_linux_layout_find(&layout, layout.image_va + config.kernel.text)->name, "kernel rodata");
  cr_expect_str_eq(tw_linux_layout_find(&layout, layout.image_va - 1)->name, "modules");
  cr_expect_str_eq(tw_linux_layout_find(&layout, 0xfffffdffbf7fffff)->name, "vmalloc");
  cr_expect_str_eq(tw_linux_layout_find(&layout, layout.linear_va + config.ram_bytes - 1)->name, "linear");
  cr_expect_str_eq(tw_linux_layout_find(&layout, 0xffffffffffff)->name, "user stack");
  cr_expect_null(tw_linux_layout_find(&layout, 0xfffffdffbf800000), "the hole between vmalloc and vmemmap");
  cr_expect_null(tw_linux_layout_find(&layout, 0x1000000000000), "no address");
}

static void refuses(const tw_linux_layout_config *config, const char *expected) {
  tw_linux_layout layout;
  tw_error error = {""};
  cr_expect(tw_linux_layout_make(config, &layout, &error) == -1);
  cr_expect(strstr(error.text, expected), "%s", error.text);
}

Test(layout, what_no_kernel_has_is_refused) {
  const tw_linux_layout_config usual = tw_linux_layout_usual(TW_LINUX_ARM64);
  tw_linux_layout_config config = usual;
  config.page_log2 = 13;
  refuses(&config, "page_log2 is 13, expected 12, 14 or 16");
  config = usual;
  config.va_bits = 47;
  refuses(&config, "va_bits is 47, expected 39, 48 or, since Linux 6.9, 52 with pages of 4 KiB");
  config.va_bits = 52;
  config.linux_minor = 6;
  refuses(&config, "va_bits is 52");
  config = usual;
  config.linux_major = 3;
  config.linux_minor = 2;
  refuses(&config, "Linux 3.2, expected 3.7 or later");
  config.linux_major = 4;
  config.kasan = true;
  refuses(&config, "kasan with Linux 4.2, expected 5.4 or later");
  config = usual;
  config.narrow = true;
  refuses(&config, "narrow with va_bits 48, expected 52");
  config = usual;
  config.linux_major = 6;
  config.linux_minor = 16;
  config.linear_kaslr = UINT64_C(1) << 40;
  refuses(&config, "linear_kaslr with Linux 6.16, expected one from 4.6 to 6.15");
  config.linux_minor = 15;
  config.linear_kaslr += 2 << 20;
  refuses(&config, "linear_kaslr is 0x10000200000, expected a multiple of 0x40000000 that leaves RAM room");
  config.linear_kaslr = (UINT64_C(1) << 47) - (UINT64_C(3) << 30); // RAM has 4 GiB
  refuses(&config, "linear_kaslr is 0x7fff40000000, expected a multiple of 0x40000000 that leaves RAM room");
  config = usual;
  config.ram_bytes = 0;
  refuses(&config, "ram_bytes is 0");
  config.ram_bytes = 4096;
  refuses(&config, "ram_bytes is 0x1000, expected a multiple of 0x200000");
  config = tw_linux_layout_usual(TW_LINUX_ARM);
  config.vmalloc_bytes = 1 << 20;
  refuses(&config, "vmalloc_bytes is 0x100000");
  config = tw_linux_layout_usual(TW_LINUX_X86_64);
  config.va_bits = 52;
  refuses(&config, "va_bits is 52, expected 48 or 57 on x86-64");
}
