// Coalescing: which four descriptors of a line make one mapping of four pages, and what that mapping is. Each case is
// tried by itself and by the ports. Cycles are worked out from the chapter.
#include <criterion/criterion.h>

#include "machine.h"

#define VA 0xffff000000400000ULL
#define PAGE(n) (VA + (n)*0x1000ULL)
enum { READ = TW_ACCESS_READ, WRITE = TW_ACCESS_WRITE, PAGES = 16, ACCESSED = D_AF | D_PAGE, PROBES = 8 };

static tw_mmu_config coalescing(void) {
  tw_mmu_config config = machine_small();
  config.coalesce = 1;
  config.l2.sets = 16;
  return config;
}

static void set_page(machine *m, unsigned n, uint64_t descriptor) { machine_map(m, PAGE(n), 3, descriptor); }

/// Sixteen pages that follow one another, from a multiple of 64K.
static machine with_pages(const tw_mmu_config *config) {
  machine m = machine_new(config, 10);
  for (unsigned i = 0; i < PAGES; i++)
    set_page(&m, i, (0x50000000 + 0x1000 * i) | ACCESSED);
  return m;
}

static tw_response access_by(machine *m, tw_request request, bool by_ports) {
  if (!by_ports)
    return machine_access(m, request);
  tw_response r;
  request.cycle = tw_mmu_now(m->mmu);
  cr_assert_eq(tw_mmu_submit(m->mmu, &request), 0);
  machine_step(m, request.cycle + 200, &r, 1);
  return r;
}

static tw_response read_by(machine *m, uint64_t va, bool by_ports) {
  return access_by(m, (tw_request){.va = va, .el = 1}, by_ports);
}

/// A walk for one page, and the size of the mapping that it finds.
static unsigned size_of(machine *m, uint64_t va, bool by_ports) {
  tw_response r = read_by(m, va, by_ports);
  cr_assert(r.found == TW_FOUND_WALK && !r.fault, "found %u, fsc %x", r.found, r.fsc);
  return r.size_log2;
}

// One walk serves four pages: the others hit the L1, and when that has lost them the L2, in the probe after that of 4K.
Test(coalesce, four_pages) {
  for (unsigned by_ports = 0; by_ports < 2; by_ports++) {
    tw_mmu_config config = coalescing();
    machine m = with_pages(&config);
    tw_response r = read_by(&m, PAGE(6) + 0x123, by_ports);
    cr_assert(r.found == TW_FOUND_WALK && r.size_log2 == 14 && r.pa == 0x50006123);
    cr_assert_eq(r.cycle - r.accepted, 1 + 3 + PROBES - 1 + 1 + 4 * 11, "eight sizes are looked up");
    for (unsigned i = 4; i < 8; i++) {
      r = read_by(&m, PAGE(i) + i, by_ports);
      cr_assert(r.found == TW_FOUND_L1 && r.size_log2 == 14 && r.pa == 0x50000000 + 0x1000 * i + i, "page %u", i);
    }
    for (unsigned i = 0; i < 4; i++) { // the L1 has four entries
      machine_map(&m, VA + (i + 1) * 0x200000, 3, (0x60000000 + i * 0x10000) | ACCESSED);
      cr_assert_eq(size_of(&m, VA + (i + 1) * 0x200000, by_ports), 12, "nothing is mapped beside it");
    }
    r = read_by(&m, PAGE(7), by_ports);
    cr_assert(r.found == TW_FOUND_L2 && r.size_log2 == 14 && r.pa == 0x50007000);
    cr_assert_eq(r.cycle - r.accepted, 1 + 3 + 1);
    cr_assert_eq(read_by(&m, PAGE(8), by_ports).found, TW_FOUND_WALK, "it is of the next four");
    cr_assert_eq(tw_mmu_has_seen(m.mmu).coalesced, 2);
    machine_free(&m);
  }
}

// One bit of one of the others makes it differ, unless it is left to software: [58:55].
Test(coalesce, each_bit) {
  for (unsigned bit = 0; bit < 64; bit++)
    for (unsigned other = 1; other < 4; other++) {
      tw_mmu_config config = coalescing();
      machine m = with_pages(&config);
      uint64_t at = machine_descriptor(&m, PAGE(other), 3);
      tw_memory_write(m.memory, at, tw_memory_read(m.memory, at) ^ 1ULL << bit);
      unsigned expected = bit >= 55 && bit <= 58 ? 14 : 12;
      cr_assert_eq(size_of(&m, PAGE(0), other == 2), expected, "bit %u of page %u", bit, other);
      machine_free(&m);
    }
}

// In each the two lowest bits of its output page are its number in the four.
Test(coalesce, numbers) {
  static const struct {
    unsigned page[4], asked, size;
  } cases[] = {
      {{0, 1, 2, 3}, 0, 14}, {{0, 1, 2, 3}, 3, 14}, {{4, 5, 6, 7}, 2, 14}, // in order
      {{1, 2, 3, 4}, 0, 12}, {{1, 2, 3, 4}, 3, 12},                        // not from a multiple of four on
      {{3, 2, 1, 0}, 1, 12}, {{0, 0, 0, 0}, 0, 12}, {{0, 1, 3, 2}, 0, 12}, // in another order
      {{1, 0, 2, 3}, 2, 12}, {{2, 3, 0, 1}, 0, 12}, {{1, 1, 2, 3}, 1, 12}, // what is asked for in its place or not
      {{0, 1, 2, 7}, 0, 12}, {{0, 1, 2, 7}, 3, 12}, {{4, 1, 2, 3}, 0, 12}, {{4, 1, 2, 3}, 1, 12},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
    for (unsigned by_ports = 0; by_ports < 2; by_ports++) {
      tw_mmu_config config = coalescing();
      machine m = with_pages(&config);
      for (unsigned n = 0; n < 4; n++)
        set_page(&m, n, (0x50000000 + 0x1000 * cases[i].page[n]) | ACCESSED);
      cr_assert_eq(size_of(&m, PAGE(cases[i].asked), by_ports), cases[i].size, "case %u", i);
      cr_assert_eq(read_by(&m, PAGE(cases[i].asked), by_ports).pa, 0x50000000 + 0x1000 * cases[i].page[cases[i].asked]);
      machine_free(&m);
    }
}

/// Tables of TTBR0 with the 16K or the 64K granule: one of level 2 at 0x2000000, one of level 3 at 0x4000000, and
/// eight pages that follow one another.
static machine with_granule(const tw_mmu_config *config, unsigned granule, bool big_endian) {
  machine m = machine_new(config, 10);
  m.registers.tcr = (m.registers.tcr & ~0x3fULL) | 28 | (granule == 14 ? 2ULL : 1ULL) << 14; // 36 bits: from level 2 on
  m.registers.ttbr0 = 0x2000000;
  m.registers.sctlr |= (uint64_t)big_endian << 25;
  machine_set(&m);
  uint64_t table = 0x4000000 | D_TABLE;
  tw_memory_write(m.memory, 0x2000000, big_endian ? __builtin_bswap64(table) : table);
  for (uint64_t n = 0; n < 8; n++) {
    uint64_t page = (0x50000000 + (n << granule)) | ACCESSED;
    tw_memory_write(m.memory, 0x4000000 + 8 * n, big_endian ? __builtin_bswap64(page) : page);
  }
  return m;
}

// 16K: four pages are 64K, which the contiguous groups of that granule are not. 64K: pages stay alone.
Test(coalesce, granules) {
  for (unsigned big_endian = 0; big_endian < 2; big_endian++)
    for (unsigned granule = 14; granule <= 16; granule += 2) {
      tw_mmu_config config = coalescing();
      machine m = with_granule(&config, granule, big_endian);
      uint64_t va = 5ULL << granule;
      tw_response r = machine_read(&m, va);
      cr_assert(r.size_log2 == 16 && r.pa == 0x50000000 + va);
      // probes: five sizes of 16K and one more; five of 64K
      cr_assert_eq(r.cycle - r.accepted, 1 + 3 + (granule == 14 ? 6 : 5) - 1 + 1 + 2 * 11);
      cr_assert_eq(machine_read(&m, 7ULL << granule).found, granule == 14 ? TW_FOUND_L1 : TW_FOUND_WALK);
      cr_assert_eq(machine_read(&m, 3ULL << granule).found, TW_FOUND_WALK);
      machine_free(&m);
    }
}

// The bytes of all four are in the order that SCTLR.EE gives.
Test(coalesce, big_endian) {
  for (unsigned by_ports = 0; by_ports < 2; by_ports++)
    for (unsigned odd = 0; odd < 2; odd++) {
      tw_mmu_config config = coalescing();
      machine m = with_granule(&config, 14, true);
      uint64_t page = (0x50000000 + (2ULL << 14)) | ACCESSED | (odd ? D_UXN : 1ULL << 55);
      tw_memory_write(m.memory, 0x4000010, __builtin_bswap64(page));
      cr_assert_eq(size_of(&m, 0, by_ports), odd ? 14 : 16);
      machine_free(&m);
    }
}

// Off; without the bit in the configuration; in AArch32 and x86-64; with stage 2 on: a page is a page.
Test(coalesce, where_there_is_none) {
  tw_mmu_config config = coalescing();
  config.coalesce = 0;
  machine m = with_pages(&config);
  tw_response r = machine_read(&m, PAGE(0));
  cr_assert(r.size_log2 == 12 && r.cycle - r.accepted == 1 + 3 + 7 - 1 + 1 + 4 * 11);
  machine_free(&m);

  config = coalescing(); // LPAE: TTBCR.EAE, from level 1 on
  m = machine_new(&config, 10);
  m.registers =
      (tw_registers){.regime = TW_REGIME_PL10, .sctlr = 1, .tcr = 1ULL << 31, .ttbr0 = 0x2000000, .mair = 0xff};
  machine_set(&m);
  tw_memory_write(m.memory, 0x2000000, 0x3000000 | D_TABLE);
  tw_memory_write(m.memory, 0x3000000, 0x4000000 | D_TABLE);
  for (uint64_t n = 0; n < 4; n++)
    tw_memory_write(m.memory, 0x4000000 + 8 * n, (0x50000000 + 0x1000 * n) | ACCESSED);
  r = machine_read(&m, 0);
  cr_assert(!r.fault && r.size_log2 == 12 && r.cycle - r.accepted == 1 + 3 + 7 - 1 + 1 + 3 * 11);
  machine_free(&m);

  m = machine_new(&config, 10); // x86-64: CR0.PG, CR4.PAE; present, writable, accessed
  m.registers = (tw_registers){.regime = TW_REGIME_X86, .sctlr = 1ULL << 31, .tcr = 1 << 5, .ttbr0 = 0x1000000};
  machine_set(&m);
  for (uint64_t level = 1; level < 4; level++)
    tw_memory_write(m.memory, level * 0x1000000, (level + 1) * 0x1000000 | 0x23);
  for (uint64_t n = 0; n < 4; n++)
    tw_memory_write(m.memory, 0x4000000 + 8 * n, (0x50000000 + 0x1000 * n) | 0x23);
  r = machine_read(&m, 0);
  cr_assert(!r.fault && r.size_log2 == 12, "fsc %x", r.fsc);
  machine_free(&m);
}

// EL2 has it, and EL1 with its stage 1 on; not once HCR.VM is set.
Test(coalesce, regimes) {
  for (unsigned by_ports = 0; by_ports < 2; by_ports++) {
    tw_mmu_config config = coalescing();
    machine m = machine_new(&config, 10);
    const tw_registers el1 = m.registers;
    m.registers =
        (tw_registers){.regime = TW_REGIME_EL2, .sctlr = 1, .tcr = 34 | 5 << 16, .ttbr0 = 0x2000000, .mair = 0xff};
    machine_set(&m); // 30 bits: from level 2 on
    tw_memory_write(m.memory, 0x2000000, 0x4000000 | D_TABLE);
    for (uint64_t n = 0; n < 4; n++)
      tw_memory_write(m.memory, 0x4000000 + 8 * n, (0x50000000 + 0x1000 * n) | ACCESSED);
    cr_assert_eq(size_of(&m, 0x1000, by_ports), 14);
    // EL1&0 with stage 2: all its 1 GiB are one block of 2^30 bytes (T0SZ 25, SL0 1: level 1), mapped to themselves
    m.registers = el1;
    m.registers.tcr = (el1.tcr & ~0x3fULL) | 34;
    m.registers.ttbr0 = 0x2000000;
    m.registers.hcr = 1;
    m.registers.vtcr = 25 | 1 << 6 | 5 << 16;
    m.registers.vttbr = 0x8000000;
    machine_set(&m);
    for (uint64_t n = 0; n < 2; n++)
      tw_memory_write(m.memory, 0x8000000 + 8 * n, n << 30 | 0xfc | D_AF | D_BLOCK);
    cr_assert_eq(size_of(&m, 0x1000, by_ports), 12);
    machine_free(&m);
  }
}

// A contiguous group is what its own bit says, not four pages of it.
Test(coalesce, contiguous_bit) {
  tw_mmu_config config = coalescing();
  machine m = with_pages(&config);
  for (unsigned i = 0; i < PAGES; i++)
    set_page(&m, i, (0x50000000 + 0x1000 * i) | ACCESSED | D_CONTIGUOUS);
  cr_assert_eq(size_of(&m, PAGE(5), false), 16);
  machine_free(&m);
}

// A walk that ends with an update finds a page. Once all four have the Access flag the next walk finds them together.
Test(coalesce, access_flags) {
  for (unsigned by_ports = 0; by_ports < 2; by_ports++) {
    tw_mmu_config config = coalescing();
    machine m = with_pages(&config);
    m.registers.tcr |= 1ULL << 39; // HA
    machine_set(&m);
    for (unsigned i = 0; i < 4; i++)
      set_page(&m, i, (0x50000000 + 0x1000 * i) | D_PAGE);
    for (unsigned i = 0; i < 4; i++) {
      tw_response r = read_by(&m, PAGE(i), by_ports);
      cr_assert(r.found == TW_FOUND_WALK && r.updates == 1 && r.size_log2 == 12, "page %u", i);
    }
    machine_tlbi(&m, TW_TLBI_VA, PAGE(2), 1);
    tw_response r = read_by(&m, PAGE(2), by_ports);
    cr_assert(r.found == TW_FOUND_WALK && r.updates == 0 && r.size_log2 == 14);
    machine_free(&m);
  }
}

// Clean pages stay alone: a write must set the dirty state of each. Dirty ones do not.
Test(coalesce, dirty_states) {
  for (unsigned by_ports = 0; by_ports < 2; by_ports++) {
    tw_mmu_config config = coalescing();
    machine m = with_pages(&config);
    m.registers.tcr |= 3ULL << 39; // HA, HD
    machine_set(&m);
    for (unsigned i = 0; i < 8; i++)
      set_page(&m, i, (0x50000000 + 0x1000 * i) | ACCESSED | D_DBM | (i < 4 ? D_RO : 0));
    cr_assert_eq(size_of(&m, PAGE(0), by_ports), 12, "clean");
    cr_assert_eq(size_of(&m, PAGE(4), by_ports), 14, "dirty");
    // one of the first four becomes dirty: it differs from the others, and they from it
    tw_response r = access_by(&m, (tw_request){.va = PAGE(1), .el = 1, .kind = WRITE}, by_ports);
    cr_assert(r.updates == 1 && r.size_log2 == 12 && !r.fault);
    machine_tlbi(&m, TW_TLBI_VMALL, 0, 0);
    cr_assert_eq(size_of(&m, PAGE(1), by_ports), 12);
    // without HD the same bits are read-only pages, and DBM is just a bit
    for (unsigned i = 0; i < 4; i++)
      set_page(&m, i, (0x50000000 + 0x1000 * i) | ACCESSED | D_DBM | D_RO);
    m.registers.tcr &= ~(1ULL << 40);
    machine_set(&m);
    machine_tlbi(&m, TW_TLBI_VMALL, 0, 0);
    cr_assert_eq(size_of(&m, PAGE(1), by_ports), 14);
    machine_free(&m);
  }
}

// A TLBI of any of the four drops the mapping; that of a fifth page does not. The level is that of the leaf.
Test(coalesce, maintenance) {
  static const struct {
    tw_tlbi_op op;
    unsigned page, level;
    bool drops;
  } cases[] = {
      {TW_TLBI_VA, 4, 0, true},    {TW_TLBI_VA, 7, 0, true},    {TW_TLBI_VA, 3, 0, false},  {TW_TLBI_VA, 8, 0, false},
      {TW_TLBI_VAL, 6, 0, true},   {TW_TLBI_VAL, 6, 3, true},   {TW_TLBI_VAL, 6, 2, false}, {TW_TLBI_VAAL, 5, 0, true},
      {TW_TLBI_VAAL, 9, 0, false}, {TW_TLBI_VMALL, 0, 0, true},
  };
  for (unsigned splintered = 0; splintered < 2; splintered++)
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
      tw_mmu_config config = coalescing();
      if (splintered) // the L1 has sets, which hold pages alone
        config.l1d = (tw_l1_config){.entries = 8, .ways = 2, .sizes = 1 << 12 | 1 << 14 | 1 << 16};
      machine m = with_pages(&config);
      machine_read(&m, PAGE(5));
      tw_response r = machine_read(&m, PAGE(5));
      cr_assert(r.found == TW_FOUND_L1 && r.size_log2 == (splintered ? 12 : 14));
      uint64_t ttl = cases[i].level ? 4 | cases[i].level : 0; // 4K, the level
      const tw_tlbi tlbi = {.op = (uint8_t)cases[i].op, .operand = tw_tlbi_va(PAGE(cases[i].page), 1) | ttl << 44};
      tw_mmu_maintain(m.mmu, &tlbi, &r);
      cr_assert_eq(machine_read(&m, PAGE(5)).found, cases[i].drops ? TW_FOUND_WALK : TW_FOUND_L1, "case %u", i);
      if (!cases[i].drops)
        cr_assert_eq(machine_read(&m, PAGE(7)).found, splintered ? TW_FOUND_L2 : TW_FOUND_L1, "case %u", i);
      machine_free(&m);
    }
}

// Permission is the leaf's own; an AT and a write see the mapping of four as a read does.
Test(coalesce, other_accesses) {
  tw_mmu_config config = coalescing();
  machine m = with_pages(&config);
  for (unsigned i = 0; i < 4; i++)
    set_page(&m, i, (0x50000000 + 0x1000 * i) | ACCESSED | D_RO);
  tw_response r = machine_access(&m, (tw_request){.va = PAGE(1), .el = 1, .kind = WRITE});
  cr_assert(r.fault && r.size_log2 == 14, "a fault tells the size of what would answer");
  cr_assert_eq(machine_read(&m, PAGE(2)).found, TW_FOUND_L1, "it was filled all the same");
  r = machine_access(&m, (tw_request){.va = PAGE(5), .el = 1, .at = TW_AT_STAGE_1});
  cr_assert(r.found == TW_FOUND_WALK && r.size_log2 == 14 && !r.fault);
  cr_assert_eq(machine_read(&m, PAGE(6)).found, TW_FOUND_WALK, "an AT of stage 1 alone fills nothing");
  machine_free(&m);
}

/// What was read, and whether its line was wanted.
typedef struct spy {
  tw_memory_port memory;
  unsigned reads, lines, wrong;
} spy;

static void watch(void *context, const tw_mem_request *request, tw_mem_response *response) {
  spy *s = context;
  s->memory.access(s->memory.context, request, response);
  s->reads++;
  s->lines += request->line;
  s->wrong += request->line && (request->level != 4 || request->kind != TW_MEM_READ);
}

// The line is asked for where it can matter: reads of the last level.
Test(coalesce, the_line) {
  for (unsigned coalesce = 0; coalesce < 2; coalesce++) {
    tw_mmu_config config = coalescing();
    config.coalesce = coalesce;
    machine m = with_pages(&config);
    m.registers.tcr |= 1ULL << 39;
    set_page(&m, 0, 0x50000000 | D_PAGE); // an update
    machine_map(&m, VA + 0x200000, 2, 0x60000000 | D_AF | D_BLOCK);
    tw_mmu_destroy(m.mmu);
    spy s = {.memory = tw_memory_as_port(m.memory)};
    m.mmu = tw_mmu_create(&config, (tw_memory_port){.access = watch, .context = &s});
    machine_set(&m);
    machine_read(&m, PAGE(0));
    machine_read(&m, VA + 0x200000);
    tw_response r;
    machine_offer(&m, READ, PAGE(4), tw_mmu_now(m.mmu), 1);
    machine_step(&m, tw_mmu_now(m.mmu) + 100, &r, 1);
    // four reads and a swap; one read of level 2; one of level 3
    cr_assert(s.reads == 7 && s.wrong == 0);
    cr_assert_eq(s.lines, coalesce ? 2 : 0);
    machine_free(&m);
  }
}

// What follows a coalesced mapping is 16K on.
Test(coalesce, next_page_prefetch) {
  tw_mmu_config config = coalescing();
  config.prefetch = TW_PREFETCH_NEXT;
  machine m = with_pages(&config);
  machine_read(&m, PAGE(1));
  tw_mmu_run_until(m.mmu, tw_mmu_now(m.mmu) + 100);
  tw_response r = machine_read(&m, PAGE(4));
  cr_assert(r.found == TW_FOUND_L2 && r.size_log2 == 14);
  cr_assert_eq(machine_count(&m, TW_COUNTER_WALK_PREFETCH_FILL), 1);
  machine_free(&m);
}
