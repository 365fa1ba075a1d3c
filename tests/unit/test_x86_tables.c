// x86-64 tables made of Arm ones. Entries are worked out by hand from the Intel SDM (volume 3, 4-level and 5-level
// paging); what is mapped is found by a walk of the test's own.
#include "x86_tables.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>
#include <tablewalk/memory.h>

#define TOP (1ULL << 40)
#define BASE (TOP - (1ULL << 30))
#define ADDRESS 0x000ffffffffff000ULL

// Arm descriptors, VMSAv8-64: AF, and what the kernel gives its own data.
#define PAGE 0x0060000000000703ULL  // UXN, PXN, AF, SH; writable
#define BLOCK 0x0060000000000701ULL //
#define TEXT 0x0040000000000783ULL  // read-only, executable by EL1
#define CONTIGUOUS (1ULL << 52)

typedef struct machine {
  tw_memory *memory;
  tw_x86_tables *tables;
} machine;

static uint64_t read_memory(void *context, uint64_t pa) { return tw_memory_read(context, pa); }

static int write_memory(void *context, uint64_t pa, uint64_t value, unsigned bytes, tw_error *error) {
  (void)error;
  uint64_t mask = bytes == 4 ? 0xffffffffULL << 8 * (pa & 4) : UINT64_MAX;
  uint64_t other = tw_memory_read(context, pa & ~7ULL) & ~mask;
  return tw_memory_write(context, pa & ~7ULL, other | (value << 8 * (pa & 4) & mask));
}

static machine machine_new(unsigned levels) {
  const tw_memory_config config = {.dram_latency = 1};
  machine m = {.memory = tw_memory_create(&config)};
  const tw_x86_memory memory = {.read = read_memory, .write = write_memory, .context = m.memory};
  m.tables = tw_x86_tables_create(&memory, levels, TOP);
  cr_assert(m.memory && m.tables);
  return m;
}

static void machine_free(machine *m) {
  tw_x86_tables_destroy(m->tables);
  tw_memory_destroy(m->memory);
}

// The entry that maps `va`, and its page's size; 0: none.
static uint64_t find(const machine *m, uint64_t va, unsigned *size_log2) {
  tw_registers r = tw_x86_tables_registers(m->tables);
  uint64_t table = r.ttbr0;
  unsigned top = r.tcr >> 12 & 1 ? 48 : 39;
  va = tw_x86_tables_address(m->tables, va);
  for (unsigned shift = top; shift >= 12; shift -= 9) {
    uint64_t entry = tw_memory_read(m->memory, table + 8 * (va >> shift & 511));
    if (!(entry & 1))
      return 0;
    if (shift == 12 || entry & 0x80) {
      *size_log2 = shift;
      return entry;
    }
    cr_expect_eq(entry & ~ADDRESS, 0x27, "0x%" PRIx64, entry); // P, R/W, U/S, A
    table = entry & ADDRESS;
  }
  return 0;
}

static void expect(const machine *m, uint64_t va, uint64_t entry, unsigned size_log2) {
  unsigned size = 0;
  uint64_t found = find(m, va, &size);
  cr_expect(found == entry && (!entry || size == size_log2),
            "0x%" PRIx64 ": found 0x%" PRIx64 " of 2^%u, expected 0x%" PRIx64 " of 2^%u", va, found, size, entry,
            size_log2);
}

// -- entries --

Test(x86_tables, entries) {
  static const struct {
    tw_x86_page page;
    uint64_t entry;
  } cases[] = {
      // P 0, R/W 1, U/S 2, PWT 3, PCD 4, A 5, D 6, PS 7, G 8, NX 63
      {{.pa = 0x12345000, .size_log2 = 12, .writable = true, .global = true}, 0x8000000012345163},
      {{.pa = 0x12345000, .size_log2 = 12, .executable = true, .global = true}, 0x12345161},
      {{.pa = 0x40000000, .size_log2 = 21, .user = true, .executable = true, .uncached = true}, 0x400000f5},
      {{.pa = 0x140000000, .size_log2 = 30, .writable = true, .executable = true, .write_through = true}, 0x1400000eb},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    cr_expect_eq(tw_x86_page_entry(&cases[i].page), cases[i].entry, "case %zu: 0x%" PRIx64, i,
                 tw_x86_page_entry(&cases[i].page));
  cr_expect_eq(tw_x86_table_entry(0x5000), 0x5027);
}

Test(x86_tables, canonical) {
  cr_expect(tw_x86_is_canonical(0x00007fffffffffff, 4));
  cr_expect(!tw_x86_is_canonical(0x0000800000000000, 4));
  cr_expect(!tw_x86_is_canonical(0xffff7fffffffffff, 4));
  cr_expect(tw_x86_is_canonical(0xffff800000000000, 4));
  cr_expect(tw_x86_is_canonical(0x00ffffffffffffff, 5));
  cr_expect(!tw_x86_is_canonical(0x0100000000000000, 5));
  cr_expect(tw_x86_is_canonical(0xff00000000000000, 5));
}

// Where each entry stands: VA bits 47:39, 38:30, 29:21, 20:12, and with five levels 56:48 before them.
Test(x86_tables, levels) {
  for (unsigned levels = 4; levels <= 5; levels++) {
    machine m = machine_new(levels);
    tw_x86_tree tree = {.memory = {read_memory, write_memory, m.memory}, .levels = levels};
    tw_error error;
    cr_assert_eq(tw_x86_tree_begin(&tree, 0x100000, 0x200000, &error), 0);
    const tw_x86_page page = {.va = 0xffff800012345000, .pa = 0x777000, .size_log2 = 12};
    cr_assert_eq(tw_x86_tree_map(&tree, &page, &error), 0);
    uint64_t table = 0x100000;
    if (levels == 5) {
      cr_expect_eq(tw_memory_read(m.memory, table + 8 * 0x1ff), 0x101027);
      table += 0x1000;
    }
    cr_expect_eq(tw_memory_read(m.memory, table + 8 * 0x100), table + 0x1027);
    cr_expect_eq(tw_memory_read(m.memory, table + 0x1000), table + 0x2027);
    cr_expect_eq(tw_memory_read(m.memory, table + 0x2000 + 8 * 0x91), table + 0x3027);
    cr_expect_eq(tw_memory_read(m.memory, table + 0x3000 + 8 * 0x145), 0x8000000000777061);
    cr_expect_eq(tree.tables, levels);
    cr_expect_eq(tw_x86_tree_look_up(&tree, 0xffff800012345678), 12);
    cr_expect_eq(tw_x86_tree_look_up(&tree, 0xffff800012346000), 0);

    // a large page takes the place of the table, which is used again
    const tw_x86_page large = {.va = 0xffff800012200000, .pa = 0x200000, .size_log2 = 21};
    cr_assert_eq(tw_x86_tree_map(&tree, &large, &error), 0);
    cr_expect_eq(tree.tables, levels - 1);
    cr_expect_eq(tw_x86_tree_look_up(&tree, 0xffff800012345678), 21);
    cr_assert_eq(tw_x86_tree_map(&tree, &page, &error), 0);
    cr_expect_eq(tree.tables, levels);
    cr_expect_eq(tree.next, 0x100000 + levels * 0x1000);
    cr_expect_eq(tw_x86_tree_look_up(&tree, 0xffff800012344000), 0, "a table comes empty");

    // 1G takes the place of two tables, which are both used again
    const tw_x86_page giant = {.va = 0xffff800000000000, .pa = 0x40000000, .size_log2 = 30};
    cr_assert_eq(tw_x86_tree_map(&tree, &giant, &error), 0);
    cr_expect_eq(tree.tables, levels - 2);
    cr_expect_eq(tw_x86_tree_look_up(&tree, page.va), 30);
    cr_assert_eq(tw_x86_tree_map(&tree, &page, &error), 0);
    cr_expect_eq(tree.tables, levels);
    cr_expect_eq(tree.next, 0x100000 + levels * 0x1000);

    cr_assert_eq(tw_x86_tree_clear(&tree, 0xffff800012346000, 0xffffffffffffffff, &error), 0);
    cr_expect_eq(tw_x86_tree_look_up(&tree, page.va), 12);
    cr_assert_eq(tw_x86_tree_clear(&tree, 0xffff800000000000, page.va, &error), 0);
    cr_expect_eq(tw_x86_tree_look_up(&tree, page.va), 0);
    machine_free(&m);
  }
}

Test(x86_tables, no_room_for_tables) {
  machine m = machine_new(4);
  tw_x86_tree tree = {.memory = {read_memory, write_memory, m.memory}, .levels = 4};
  tw_error error;
  cr_assert_eq(tw_x86_tree_begin(&tree, 0x100000, 0x103000, &error), 0);
  const tw_x86_page page = {.va = 0x1000, .size_log2 = 12};
  cr_assert_eq(tw_x86_tree_map(&tree, &page, &error), -1);
  cr_expect_str_eq(error.text,
                   "x86-64 tables: found no room for another one at 0x103000, expected room up to 0x103000");
  machine_free(&m);
}

// -- of Arm tables --

// 48 bits of VA, granule 4K, tables of TTBR1 at 0x40000000; its level 1 table for the linear map, 2 and 3.
static const tw_registers arm_4k = {
    .sctlr = 1, .tcr = 16 | 16 << 16 | 2ULL << 30 | 1 << 7, .ttbr1 = 0x40000000, .mair = 0xff};

static void put(const machine *m, uint64_t pa, uint64_t value) { tw_memory_write(m->memory, pa, value); }

static void put_4k(const machine *m) {
  put(m, 0x40000000, 0x40001003);                           // level 0: 0xffff000000000000, the linear map
  put(m, 0x40000000 + 8 * 256, 0x40004003);                 // and 0xffff800000000000
  put(m, 0x40001000, 0x40002003);                           // level 1
  put(m, 0x40001008, 0x80000000 | BLOCK);                   // 1G
  put(m, 0x40002000, 0x40003003);                           // level 2
  put(m, 0x40002008, 0x48200000 | BLOCK);                   // 2M
  put(m, 0x40002010, 0x48400000 | (BLOCK ^ (PAGE ^ TEXT))); // 2M of text
  for (uint64_t i = 0; i < 512; i++)                        // level 3: contiguous, but pages stay pages
    put(m, 0x40003000 + 8 * i, (0x48000000 + 4096 * i) | PAGE | (i < 16 ? CONTIGUOUS : 0));
  put(m, 0x40004000, 0x40005003);
  for (uint64_t i = 0; i < 16; i++) // a group of 32M
    put(m, 0x40005000 + 8 * i, (0x4a000000 + (i << 21)) | BLOCK | CONTIGUOUS);
}

Test(x86_tables, granule_4k) {
  for (unsigned levels = 4; levels <= 5; levels++) {
    machine m = machine_new(levels);
    tw_error error;
    put_4k(&m);
    cr_assert_eq(tw_x86_tables_build(m.tables, &arm_4k, &error), 0, "%s", error.text);
    expect(&m, 0xffff000000000000, 0x8000000048000163, 12);
    expect(&m, 0xffff0000001ff000, 0x80000000481ff163, 12);
    expect(&m, 0xffff000000200000, 0x80000000482001e3, 21);
    expect(&m, 0xffff000000400000, 0x00000000484001e1, 21);
    expect(&m, 0xffff000000600000, 0, 0);
    expect(&m, 0xffff000040000000, 0x80000000800001e3, 30);
    expect(&m, 0xffff800001e00000, 0x800000004be001e3, 21);
    // 0xffff000000000000 is no address of four levels: it goes to where Linux for x86-64 has its linear map
    uint64_t linear = tw_x86_tables_address(m.tables, 0xffff000000234567);
    cr_expect_eq(linear, levels == 4 ? 0xffff888000234567 : 0xffff000000234567, "0x%" PRIx64, linear);
    cr_expect_eq(tw_x86_tables_address(m.tables, 0xffff800000001000), 0xffff800000001000);
    const tw_x86_counts *counts = tw_x86_tables_counts(m.tables);
    cr_expect_eq(counts->x86.sizes, 3);
    cr_expect_eq(counts->x86.size[0].count, 1);
    cr_expect_eq(counts->x86.size[1].count, 18);
    cr_expect_eq(counts->x86.size[2].count, 512);
    cr_expect_eq(counts->arm_bytes, 6 * 4096);
    tw_registers r = tw_x86_tables_registers(m.tables);
    cr_expect_eq(r.sctlr, 0x80010001);                // CR0: PG, WP, PE
    cr_expect_eq(r.tcr, levels == 5 ? 0x10a0 : 0xa0); // CR4: LA57, PGE, PAE
    cr_expect_eq(r.mair, 0xd01);                      // EFER: NXE, LMA, LME, SCE
    cr_expect_eq(r.ttbr0, BASE);
    machine_free(&m);
  }
}

// 47 bits, granule 16K, TTBR1's level 1 table: a contiguous group of pages makes 2M, a block of 32M sixteen of them.
Test(x86_tables, granule_16k) {
  machine m = machine_new(4);
  const tw_registers arm = {.sctlr = 1, .tcr = 17 << 16 | 1ULL << 30 | 1 << 7, .ttbr1 = 0x40000000, .mair = 0xff};
  tw_error error;
  put(&m, 0x40000000, 0x40004003);
  put(&m, 0x40004000, 0x40008003);
  put(&m, 0x40004008, 0x4a000000 | BLOCK);
  for (uint64_t i = 0; i < 256; i++) // the second group lacks its last page
    if (i != 255)
      put(&m, 0x40008000 + 8 * i, (0x48000000 + (i << 14)) | PAGE | CONTIGUOUS);
  cr_assert_eq(tw_x86_tables_build(m.tables, &arm, &error), 0, "%s", error.text);
  expect(&m, 0xffff800000000000, 0x80000000480001e3, 21);
  expect(&m, 0xffff800000200000, 0x8000000048200163, 12);
  expect(&m, 0xffff8000003fb000, 0x80000000483fb163, 12);
  expect(&m, 0xffff8000003fc000, 0, 0);
  expect(&m, 0xffff800002000000, 0x800000004a0001e3, 21);
  expect(&m, 0xffff800003e00000, 0x800000004be001e3, 21);
  // the missing page makes the group whole; another that leaves breaks it up again
  cr_assert_eq(tw_x86_tables_write(m.tables, 0x400087f8, 0x483fc000 | PAGE | CONTIGUOUS, 8, &error), 0);
  expect(&m, 0xffff800000200000, 0x80000000482001e3, 21);
  cr_assert_eq(tw_x86_tables_write(m.tables, 0x40008400, 0, 8, &error), 0);
  expect(&m, 0xffff800000200000, 0, 0);
  expect(&m, 0xffff800000204000, 0x8000000048204163, 12);
  expect(&m, 0xffff800000000000, 0x80000000480001e3, 21);
  machine_free(&m);
}

// Granule 64K, 42 bits: two blocks of 512M of a group that lacks the others do not become 1G.
Test(x86_tables, granule_64k) {
  machine m = machine_new(4);
  const tw_registers arm = {.sctlr = 1, .tcr = 22 << 16 | 3ULL << 30 | 1 << 7, .ttbr1 = 0x40000000, .mair = 0xff};
  tw_error error;
  for (uint64_t i = 0; i < 34; i++) // the second group has its first two
    put(&m, 0x40000000 + 8 * i, (0x400000000 + (i << 29)) | BLOCK | CONTIGUOUS);
  cr_assert_eq(tw_x86_tables_build(m.tables, &arm, &error), 0, "%s", error.text);
  expect(&m, 0xfffffc0000000000, 0x80000004000001e3, 30);
  expect(&m, 0xfffffc03c0000000, 0x80000007c00001e3, 30);
  expect(&m, 0xfffffc0400000000, 0x80000008000001e3, 21);
  expect(&m, 0xfffffc043fe00000, 0x800000083fe001e3, 21);
  machine_free(&m);
}

// Short descriptors: two sections that go on make 2M; one alone makes pages; a large page makes pages.
Test(x86_tables, short_descriptors) {
  machine m = machine_new(4);
  const tw_registers arm = {.regime = TW_REGIME_PL10, .sctlr = 1, .ttbr0 = 0x40000000};
  tw_error error;
  for (uint64_t i = 0; i < 4; i++) // 0xc0000000, 0xc0100000, 0xc0200000 and 0xc0300000: the last two do not go on
    write_memory(m.memory, 0x40000000 + 4 * (0xc00 + i), (i < 3 ? 0x48000000 + (i << 20) : 0x50000000) | 0x41e, 4,
                 NULL);
  write_memory(m.memory, 0x40000000 + 4 * 0xe00, 0x40010001, 4, NULL);
  for (uint64_t i = 0; i < 16; i++)
    write_memory(m.memory, 0x40010000 + 4 * i, 0x4900801d | 1 << 4, 4, NULL);
  cr_assert_eq(tw_x86_tables_build(m.tables, &arm, &error), 0, "%s", error.text);
  expect(&m, 0xc0000000, 0x80000000480001e3, 21);
  expect(&m, 0xc0200000, 0x8000000048200163, 12);
  expect(&m, 0xc03ff000, 0x80000000500ff163, 12);
  expect(&m, 0xe0000000, 0x8000000049000163, 12);
  expect(&m, 0xe000f000, 0x800000004900f163, 12);
  expect(&m, 0xe0010000, 0, 0);
  // nG (bit 17) of one section: they are no longer one unit
  cr_assert_eq(tw_x86_tables_write(m.tables, 0x40000000 + 4 * 0xc01, 0x4812041e, 4, &error), 0);
  expect(&m, 0xc0000000, 0x8000000048000163, 12);
  expect(&m, 0xc0100000, 0x8000000048100063, 12);
  // what was one page of 2M
  const tw_tlbi tlbi = {.op = TW_TLBI_AARCH32 | TW_TLBI_VA, .operand = 0xc0100012};
  tw_x86_flush found = tw_x86_tables_flush(m.tables, &tlbi);
  cr_expect(found.what == TW_TLBI_VA && found.first == 0xc0000000 && found.count == 1 && found.step == 1 << 21);
  // and now is more pages than single ones are dropped of
  cr_assert_eq(tw_x86_tables_write(m.tables, 0x40000000 + 4 * 0xc01, 0, 4, &error), 0);
  cr_expect_eq(tw_x86_tables_flush(m.tables, &tlbi).what, TW_TLBI_VMALL);
  machine_free(&m);
}

// -- changes --

static tw_x86_flush flush(const machine *m, unsigned op, uint64_t va) {
  const tw_tlbi tlbi = {.op = (uint8_t)op, .operand = tw_tlbi_va(va, 7)};
  return tw_x86_tables_flush(m->tables, &tlbi);
}

static void expect_invlpg(tw_x86_flush found, uint64_t first, unsigned count, uint64_t step) {
  cr_expect(found.what == TW_TLBI_VA && found.first == first && found.count == count && found.step == step,
            "what %u: %u from 0x%" PRIx64 " by 0x%" PRIx64, found.what, found.count, found.first, found.step);
}

// A block of 2M becomes a table of pages, whose descriptors are then written.
Test(x86_tables, a_write_splits) {
  machine m = machine_new(4);
  tw_error error;
  put_4k(&m);
  cr_assert_eq(tw_x86_tables_build(m.tables, &arm_4k, &error), 0);
  for (uint64_t i = 0; i < 512; i++) // not yet reached: it maps nothing
    cr_assert_eq(tw_x86_tables_write(m.tables, 0x40009000 + 8 * i, (0x48200000 + 4096 * i) | PAGE, 8, &error), 0);
  expect(&m, 0xffff000000200000, 0x80000000482001e3, 21);
  cr_assert_eq(tw_x86_tables_write(m.tables, 0x40002008, 0, 8, &error), 0);
  expect(&m, 0xffff000000200000, 0, 0);
  expect(&m, 0xffff000000400000, 0x00000000484001e1, 21);
  // the page of 2M that the block was
  expect_invlpg(flush(&m, TW_TLBI_VAAL, 0xffff000000200000), 0xffff888000200000, 1, 1 << 21);
  cr_assert_eq(tw_x86_tables_write(m.tables, 0x40002008, 0x40009003, 8, &error), 0);
  expect(&m, 0xffff000000200000, 0x8000000048200163, 12);
  expect(&m, 0xffff0000003ff000, 0x80000000483ff163, 12);
  cr_assert_eq(tw_x86_tables_write(m.tables, 0x40009008, 0x48201000 | TEXT, 8, &error), 0);
  expect(&m, 0xffff000000201000, 0x0000000048201161, 12);
  expect(&m, 0xffff000000202000, 0x8000000048202163, 12);
  // the table leaves: its descriptors map nothing any more
  cr_assert_eq(tw_x86_tables_write(m.tables, 0x40002008, 0x48200000 | BLOCK, 8, &error), 0);
  cr_assert_eq(tw_x86_tables_write(m.tables, 0x40009010, 0, 8, &error), 0);
  expect(&m, 0xffff000000202000, 0x80000000482001e3, 21);
  expect_invlpg(flush(&m, TW_TLBI_VAAL, 0xffff000000202000), 0xffff888000202000, 1, 4096);
  machine_free(&m);
}

Test(x86_tables, maintenance) {
  machine m = machine_new(4);
  tw_error error;
  put_4k(&m);
  cr_assert_eq(tw_x86_tables_build(m.tables, &arm_4k, &error), 0);
  expect_invlpg(flush(&m, TW_TLBI_VA, 0xffff000000003000), 0xffff888000003000, 1, 4096);
  expect_invlpg(flush(&m, TW_TLBI_VAA, 0xffff800000003000), 0xffff800000003000, 1, 4096);
  cr_expect_eq(flush(&m, TW_TLBI_ASID, 0).what, TW_TLBI_ASID);
  cr_expect_eq(flush(&m, TW_TLBI_VMALL, 0).what, TW_TLBI_VMALL);
  cr_expect_eq(flush(&m, TW_TLBI_ALL, 0).what, TW_TLBI_VMALL);
  cr_expect_eq(flush(&m, TW_TLBI_RANGE | TW_TLBI_VA, 0).what, TW_TLBI_VMALL);
  // a group changes: its TLBI is all its pages', once
  cr_assert_eq(tw_x86_tables_write(m.tables, 0x40003018, 0, 8, &error), 0);
  expect_invlpg(flush(&m, TW_TLBI_VAAL, 0xffff000000003000), 0xffff888000000000, 16, 4096);
  expect_invlpg(flush(&m, TW_TLBI_VAAL, 0xffff000000004000), 0xffff888000004000, 1, 4096);
  cr_assert_eq(tw_x86_tables_write(m.tables, 0x40005018, 0, 8, &error), 0);
  expect_invlpg(flush(&m, TW_TLBI_VAAL, 0xffff800000600000), 0xffff800000000000, 16, 1 << 21);
  machine_free(&m);
}

// Changes that are too many to remember: the next TLBI by VA drops everything.
Test(x86_tables, many_changes) {
  machine m = machine_new(4);
  tw_error error;
  put_4k(&m);
  for (uint64_t i = 3; i < 70; i++)
    put(&m, 0x40002000 + 8 * i, (0x60000000 + (i << 21)) | BLOCK);
  cr_assert_eq(tw_x86_tables_build(m.tables, &arm_4k, &error), 0);
  for (uint64_t i = 3; i < 70; i++)
    for (unsigned twice = 0; twice < 2; twice++)
      cr_assert_eq(tw_x86_tables_write(m.tables, 0x40002000 + 8 * i, twice ? 0 : 0x60000000 | BLOCK, 8, &error), 0);
  cr_expect_eq(flush(&m, TW_TLBI_VAAL, 0xffff000000003000).what, TW_TLBI_VMALL);
  expect_invlpg(flush(&m, TW_TLBI_VAAL, 0xffff000000003000), 0xffff888000003000, 1, 4096);
  machine_free(&m);
}

// -- addresses that four levels lack --

// The user's upper half goes to the last slots of the lower; a slot that was given away is not given back.
Test(x86_tables, moved) {
  machine m = machine_new(4);
  tw_registers arm = arm_4k;
  arm.tcr &= ~(1ULL << 7); // TTBR0 is walked
  arm.ttbr0 = 0x40010000;
  tw_error error;
  put_4k(&m);
  put(&m, 0x40010000 + 8 * 511, 0x40011003);
  put(&m, 0x40011000 + 8 * 511, 0xc0000000 | BLOCK);
  cr_assert_eq(tw_x86_tables_build(m.tables, &arm, &error), 0, "%s", error.text);
  cr_expect_eq(tw_x86_tables_address(m.tables, 0x0000ffffffff1234), 0x00007fffffff1234);
  cr_expect_eq(tw_x86_tables_address(m.tables, 0x0000800000000000), 0x0000800000000000, "nothing is mapped there");
  expect(&m, 0x0000ffffffff0000, 0x80000000c00001e3, 30);
  cr_expect_eq(tw_x86_tables_write(m.tables, 0x40000000 + 8 * 273, 0x40011003, 8, &error), -1);
  cr_expect_not_null(strstr(error.text, "found VA 0xffff88ffc0000000 mapped later, expected its 512 GiB to stay free"),
                     "%s", error.text);
  machine_free(&m);
}

// 256 slots for the 256 that the kernel has in four levels' own half, and for one more.
Test(x86_tables, no_free_slot) {
  machine m = machine_new(4);
  tw_error error;
  put_4k(&m);
  for (uint64_t slot = 256; slot < 512; slot++)
    put(&m, 0x40000000 + 8 * slot, 0x40004003);
  cr_expect_eq(tw_x86_tables_build(m.tables, &arm_4k, &error), -1);
  cr_expect_str_eq(error.text,
                   "x86-64 tables: found VA 0xffff000000000000, which 4 levels lack, expected 512 GiB free");
  machine_free(&m);
}

// -- what is refused --

// A table that maps seventeen ranges.
Test(x86_tables, too_many_places) {
  machine m = machine_new(4);
  tw_error error;
  put_4k(&m);
  for (uint64_t i = 0; i < 17; i++)
    put(&m, 0x40004000 + 8 * i, 0x40005003);
  cr_assert_eq(tw_x86_tables_build(m.tables, &arm_4k, &error), 0);
  cr_expect_eq(tw_x86_tables_write(m.tables, 0x40005000, 0, 8, &error), -1);
  cr_expect_str_eq(error.text, "table at 0x40005000: found it at more than 16 places, expected fewer");
  machine_free(&m);
}

Test(x86_tables, refusals) {
  static const struct {
    tw_registers arm;
    const char *text;
  } cases[] = {
      {{.sctlr = 0}, "found stage 1 off (SCTLR.M = 0), expected little-endian stage 1 alone"},
      {{.sctlr = 1, .hcr = 1}, "found stage 2 on (HCR.VM or DC)"},
      {{.sctlr = 1 | 1 << 25}, "found big-endian tables (SCTLR.EE)"},
      {{.sctlr = 1, .regime = TW_REGIME_EL2}, "found the regime of EL2"},
  };
  machine m = machine_new(4);
  tw_error error;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    cr_expect_eq(tw_x86_tables_build(m.tables, &cases[i].arm, &error), -1);
    cr_expect_not_null(strstr(error.text, cases[i].text), "%s", error.text);
  }
  put_4k(&m);
  put(&m, 0x40001008, BASE | BLOCK);
  cr_expect_eq(tw_x86_tables_build(m.tables, &arm_4k, &error), -1);
  cr_expect_str_eq(error.text,
                   "x86-64 tables: found memory in use up to 0x10000000000, expected it to end at 0xffc0000000");
  machine_free(&m);
}
