// x86-64 through the MMU: addresses of four and five levels, which of their bits tell TLB entries apart, PCIDs, INVLPG.
#include <criterion/criterion.h>
#include <inttypes.h>

#include <tablewalk/memory.h>
#include <tablewalk/mmu.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define BIT(n) ((uint64_t)1 << (n))
// where Linux with five levels has its direct map: VA[56] is 1 and VA[55] 0
#define DIRECT_MAP 0xff11000000000000ULL

enum { ROOT = 0x100000, ENTRY = 0x67, GLOBAL = 1 << 8, LARGE = 1 << 7 }; // ENTRY: D, A, US, RW, P
enum { CR4_PGE = 1 << 7, CR4_LA57 = 1 << 12, CR4_PCIDE = 1 << 17 };
enum { L1 = TW_FOUND_L1, L2 = TW_FOUND_L2, WALK = TW_FOUND_WALK, NONE = TW_FOUND_NONE };
enum { INVLPG = TW_TLBI_X86 | TW_TLBI_VA, CR3_WRITE = TW_TLBI_X86 | TW_TLBI_ASID };

typedef struct x86_machine {
  tw_mmu *mmu;
  tw_memory *memory;
  tw_registers registers;
  unsigned levels;
  uint64_t next; // free memory for tables
} x86_machine;

static void set_pcid(x86_machine *m, unsigned pcid) {
  m->registers.ttbr0 = ROOT | pcid;
  cr_assert_eq(tw_mmu_set_registers(m->mmu, &m->registers), 0);
}

static x86_machine x86_new(unsigned levels, unsigned l1_entries) {
  const tw_sizes pages = BIT(12) | BIT(14) | BIT(16), all = pages | BIT(21) | BIT(30);
  const tw_mmu_config config = {.l1i = {.entries = l1_entries, .sizes = pages},
                                .l1d = {.entries = l1_entries, .sizes = pages},
                                .l2 = {.sets = 8, .ways = 8, .sizes = all},
                                .walk_cache_entries = {8, 8, 8, 8},
                                .misses = 4,
                                .walks = 2,
                                .merge = 1,
                                .l1_latency = 1,
                                .l2_latency = 3,
                                .walk_start = 1,
                                .walk_step = 1,
                                .ipa_cache_entries = 4,
                                .ipa_latency = 1,
                                .pa_bits = 48};
  x86_machine m = {.levels = levels, .next = ROOT + 4096};
  m.memory = tw_memory_create(&(tw_memory_config){.dram_latency = 10, .limit = BIT(42)});
  m.mmu = tw_mmu_create(&config, tw_memory_as_port(m.memory));
  cr_assert(m.mmu && m.memory);
  m.registers = (tw_registers){
      .regime = TW_REGIME_X86, .sctlr = BIT(31) | BIT(16), .tcr = CR4_PGE | CR4_PCIDE | (levels == 5 ? CR4_LA57 : 0)};
  set_pcid(&m, 1);
  return m;
}

static void x86_free(x86_machine *m) {
  tw_mmu_destroy(m->mmu);
  tw_memory_destroy(m->memory);
}

/// Map 2^size bytes (12, 21, 30) at `va`; tables are made on the way.
static void map(x86_machine *m, uint64_t va, unsigned size, uint64_t entry) {
  uint64_t table = ROOT;
  unsigned low = 3 + 9 * m->levels;
  for (; low > size; low -= 9) {
    uint64_t at = table + (va >> low & 511) * 8;
    if (!tw_memory_read(m->memory, at)) {
      tw_memory_write(m->memory, at, m->next | ENTRY);
      m->next += 4096;
    }
    table = tw_memory_read(m->memory, at) & ~(uint64_t)4095;
  }
  tw_memory_write(m->memory, table + (va >> low & 511) * 8, entry | ENTRY | (size > 12 ? LARGE : 0));
}

static tw_response access(x86_machine *m, uint64_t va, unsigned kind) {
  const tw_request request = {.va = va, .kind = (uint8_t)kind, .el = 1};
  tw_response response;
  tw_mmu_translate(m->mmu, &request, &response);
  return response;
}

static tw_response expect(x86_machine *m, uint64_t va, unsigned found, uint64_t pa) {
  tw_response r = access(m, va, TW_ACCESS_READ);
  cr_assert(!r.fault && r.found == found && r.pa == pa,
            "0x%" PRIx64 ": fault %u, fsc 0x%x, found %u instead of %u, PA 0x%" PRIx64 " instead of 0x%" PRIx64, va,
            r.fault, r.fsc, r.found, found, r.pa, pa);
  return r;
}

static void drop(x86_machine *m, unsigned op, uint64_t va, uint16_t pcid) {
  const tw_tlbi tlbi = {.op = (uint8_t)op, .operand = tw_tlbi_x86(va, pcid)};
  tw_response response;
  tw_mmu_maintain(m->mmu, &tlbi, &response);
}

// -- addresses that differ in one bit --

enum { ALIKE = 6 };

/// DIRECT_MAP's page, and those whose addresses differ from it in VA[52], [53], [54], [55] or [56], canonical all.
static uint64_t alike(unsigned i) {
  if (!i)
    return DIRECT_MAP;
  return i == 5 ? DIRECT_MAP & (BIT(56) - 1) : DIRECT_MAP ^ BIT(51 + i);
}

static uint64_t alike_pa(unsigned i) { return 0x40000000 * (uint64_t)(i + 1); }

static void map_alike(x86_machine *m, unsigned size, uint64_t bits) {
  for (unsigned i = 0; i < ALIKE; i++)
    map(m, alike(i), size, alike_pa(i) | bits);
}

static void expect_alike(x86_machine *m, uint64_t offset, unsigned found) {
  for (unsigned i = 0; i < ALIKE; i++)
    expect(m, alike(i) + offset, found, alike_pa(i) + offset);
}

Test(x86, five_levels) {
  x86_machine m = x86_new(5, 8);
  map(&m, DIRECT_MAP, 12, 0x12345000);
  map(&m, DIRECT_MAP + 0x1000, 12, 0x54321000);
  tw_response r = expect(&m, DIRECT_MAP + 0x678, WALK, 0x12345678);
  for (unsigned level = 0; level < 5; level++)
    cr_expect_eq(r.reads[level], 1, "level %d", (int)level - 1);
  cr_expect_eq(r.size_log2, 12);
  expect(&m, DIRECT_MAP + 0x9ab, L1, 0x123459ab);
  r = expect(&m, DIRECT_MAP + 0x1000, WALK, 0x54321000);
  cr_expect(r.reads[4] == 1 && !r.reads[3] && !r.reads[0], "the walk caches know its table");
  x86_free(&m);
}

// Each has its own entry in L1 and L2, global or not, whatever its size.
Test(x86, no_address_stands_for_another) {
  static const unsigned sizes[] = {12, 21, 30};
  for (unsigned test = 0; test < 6; test++) {
    for (unsigned l1_entries = 1; l1_entries <= 8; l1_entries += 7) {
      x86_machine m = x86_new(5, l1_entries);
      map_alike(&m, sizes[test % 3], test < 3 ? 0 : GLOBAL);
      expect_alike(&m, 0x10, WALK);
      expect_alike(&m, 0x20, l1_entries == 1 ? L2 : L1);
      x86_free(&m);
    }
  }
}

Test(x86, walk_caches_tell_addresses_apart) {
  x86_machine m = x86_new(5, 8);
  map_alike(&m, 12, 0);
  for (unsigned i = 0; i < ALIKE; i++)
    map(&m, alike(i) + 0x1000, 12, alike_pa(i) + 0x1000);
  expect_alike(&m, 0, WALK);
  for (unsigned i = 0; i < ALIKE; i++) {
    tw_response r = expect(&m, alike(i) + 0x1000, WALK, alike_pa(i) + 0x1000);
    cr_expect(r.reads[4] == 1 && !r.reads[3], "%u: from its own table", i);
  }
  // an entry of the table of level -1 maps 2^48 bytes: VA[56:48]
  for (unsigned i = 0; i < ALIKE; i++)
    map(&m, alike(i) + BIT(40), 12, alike_pa(i) + 0x2000);
  for (unsigned i = 0; i < ALIKE; i++) {
    tw_response r = expect(&m, alike(i) + BIT(40), WALK, alike_pa(i) + 0x2000);
    cr_expect(!r.reads[0] && r.reads[1] == 1, "%u: below level -1", i);
  }
  x86_free(&m);
}

Test(x86, replay_tells_addresses_apart) {
  x86_machine m = x86_new(5, 8);
  uint64_t va[ALIKE], pa[ALIKE];
  const uint8_t kind[ALIKE] = {0};
  map_alike(&m, 12, GLOBAL);
  for (unsigned i = 0; i < ALIKE; i++)
    va[i] = alike(i);
  expect_alike(&m, 0, WALK);
  const tw_stream stream = {.va = va, .kind = kind, .el = 1};
  tw_response fault = {0};
  cr_assert_eq(tw_mmu_replay_stream(m.mmu, &stream, ALIKE, pa, &fault), ALIKE);
  cr_assert_eq(fault.fault, 0);
  for (unsigned i = 0; i < ALIKE; i++)
    cr_expect_eq(pa[i], alike_pa(i), "%u", i);
  va[2] = 0xfe11000000000000;
  cr_expect_eq(tw_mmu_replay_stream(m.mmu, &stream, ALIKE, pa, &fault), 3, "up to the one that is not canonical");
  cr_expect_eq(fault.fault, 1);
  x86_free(&m);
}

// -- canonical addresses --

Test(x86, canonical) {
  static const struct {
    unsigned levels;
    uint64_t va;
    bool canonical;
  } cases[] = {
      {5, 0x0000000000000000, true},  {5, 0x00ffffffffffffff, true},  {5, 0x0080000000000000, true},
      {5, 0x0010000000000000, true},  {5, 0xff00000000000000, true},  {5, 0xff7fffffffffffff, true},
      {5, 0xffffffffffffffff, true},  {5, 0x0100000000000000, false}, {5, 0x01ffffffffffffff, false},
      {5, 0xfeffffffffffffff, false}, {5, 0xfe11000000000000, false}, {5, 0x7f11000000000000, false},
      {5, 0x8000000000000000, false}, {5, 0xbf80000000000000, false}, {4, 0x00007fffffffffff, true},
      {4, 0xffff800000000000, true},  {4, 0xffffffffffffffff, true},  {4, 0x0000800000000000, false},
      {4, 0xffff7fffffffffff, false}, {4, 0xff11000000000000, false}, {4, 0x0010000000000000, false},
      {4, 0x8000000000000000, false}, {4, 0x7fff800000000000, false},
  };
  for (unsigned i = 0; i < COUNT(cases); i++) {
    x86_machine m = x86_new(cases[i].levels, 8);
    for (unsigned kind = TW_ACCESS_READ; kind <= TW_ACCESS_FETCH; kind++) {
      tw_response r = access(&m, cases[i].va, kind);
      int level = cases[i].levels == 5 ? -1 : 0; // nothing is mapped: the first table's entry is 0
      unsigned fsc = cases[i].canonical && level < 0 ? 0x2b : TW_FSC_TRANSLATION;
      cr_expect(r.fault && r.fsc == fsc && r.found == (cases[i].canonical ? WALK : NONE),
                "case %u: fault %u, fsc 0x%x, found %u", i, r.fault, r.fsc, r.found);
    }
    x86_free(&m);
  }
}

Test(x86, four_levels) {
  x86_machine m = x86_new(4, 8);
  const uint64_t low = 0x00007fff80000000, high = 0xffffffff80000000;
  map(&m, low, 12, 0x1000);
  map(&m, high, 12, 0x2000);
  tw_response r = expect(&m, high, WALK, 0x2000);
  cr_expect(!r.reads[0] && r.reads[1] == 1 && r.reads[4] == 1);
  expect(&m, low, WALK, 0x1000);
  expect(&m, high, L1, 0x2000);
  drop(&m, INVLPG, high, 1);
  expect(&m, low, L1, 0x1000);
  expect(&m, high, WALK, 0x2000);
  drop(&m, INVLPG, low, 1);
  expect(&m, high, L1, 0x2000);
  expect(&m, low, WALK, 0x1000);
  x86_free(&m);
}

// -- PCIDs --

// All twelve bits of a PCID count, and none of them is taken for one of the address.
Test(x86, pcids) {
  static const unsigned pcids[] = {0x000, 0x001, 0x00f, 0x010, 0x7ff, 0x800, 0xfff};
  x86_machine m = x86_new(5, 8);
  map(&m, DIRECT_MAP, 12, 0x1000);
  for (unsigned i = 0; i < COUNT(pcids); i++) {
    set_pcid(&m, pcids[i]);
    tw_response r = expect(&m, DIRECT_MAP, WALK, 0x1000);
    cr_expect_eq(r.reads[0], 1, "walk caches have PCIDs");
  }
  for (unsigned i = 0; i < COUNT(pcids); i++) {
    set_pcid(&m, pcids[i]);
    expect(&m, DIRECT_MAP, L1, 0x1000);
  }
  x86_free(&m);
}

Test(x86, global_pages_serve_every_pcid) {
  x86_machine m = x86_new(5, 8);
  map(&m, DIRECT_MAP, 12, 0x1000 | GLOBAL);
  map(&m, DIRECT_MAP + 0x1000, 12, 0x2000);
  expect(&m, DIRECT_MAP, WALK, 0x1000);
  expect(&m, DIRECT_MAP + 0x1000, WALK, 0x2000);
  set_pcid(&m, 0xfff);
  expect(&m, DIRECT_MAP, L1, 0x1000);
  expect(&m, DIRECT_MAP + 0x1000, WALK, 0x2000);
  for (unsigned i = 1; i < ALIKE; i++) {
    tw_response r = access(&m, alike(i), TW_ACCESS_READ);
    cr_expect(r.fault && r.fsc == 0x2b, "%u: not mapped, but found %u", i, r.found);
  }
  x86_free(&m);
}

// A CR3 write drops its PCID's pages but for the global ones.
Test(x86, cr3_write) {
  static const uint16_t pcids[2] = {0x001, 0x801};
  x86_machine m = x86_new(5, 8);
  map(&m, DIRECT_MAP, 12, 0x1000 | GLOBAL);
  map(&m, DIRECT_MAP + 0x1000, 12, 0x2000);
  for (unsigned i = 0; i < 2; i++) {
    set_pcid(&m, pcids[i]);
    expect(&m, DIRECT_MAP, i ? L1 : WALK, 0x1000);
    expect(&m, DIRECT_MAP + 0x1000, WALK, 0x2000);
  }
  for (unsigned i = 0; i < 2; i++) {
    drop(&m, CR3_WRITE, 0, pcids[i]);
    set_pcid(&m, pcids[!i]);
    expect(&m, DIRECT_MAP + 0x1000, L1, 0x2000);
    set_pcid(&m, pcids[i]);
    expect(&m, DIRECT_MAP, L1, 0x1000);
    tw_response r = expect(&m, DIRECT_MAP + 0x1000, WALK, 0x2000);
    cr_expect_eq(r.reads[0], 1, "the walk caches' too");
  }
  x86_free(&m);
}

// -- INVLPG --

Test(x86, tlbi_operand) {
  cr_expect_eq(tw_tlbi_x86(0, 0xfff), 0xfffULL << 48);
  cr_expect_eq(tw_tlbi_x86(UINT64_MAX, 0), BIT(45) - 1);
  cr_expect_eq(tw_tlbi_x86(DIRECT_MAP, 0x1001), BIT(48) | 0x111000000000ULL, "a PCID has twelve bits");
}

// The page is dropped, of L1 and L2, and no other one. The L1 has pages of 4K: splinters go with their page.
Test(x86, invlpg_drops_one_page) {
  static const unsigned sizes[] = {12, 21, 30};
  for (unsigned test = 0; test < 6; test++) {
    unsigned size = sizes[test % 3];
    uint64_t inside = size > 12 ? 0x5000 : 0;
    for (unsigned victim = 0; victim < ALIKE; victim++) {
      x86_machine m = x86_new(5, 8);
      map_alike(&m, size, test < 3 ? 0 : GLOBAL);
      expect_alike(&m, 0, WALK);
      drop(&m, INVLPG, alike(victim) + inside, 1);
      for (unsigned i = 0; i < ALIKE; i++) {
        tw_response r = expect(&m, alike(i), i == victim ? WALK : L1, alike_pa(i));
        cr_expect(i != victim || r.reads[0] == 1, "the walk caches' entries of the address are gone");
      }
      x86_free(&m);
    }
  }
}

// Of another PCID the global page alone.
Test(x86, invlpg_and_pcids) {
  x86_machine m = x86_new(5, 8);
  map(&m, DIRECT_MAP, 12, 0x1000 | GLOBAL);
  map(&m, DIRECT_MAP + 0x1000, 12, 0x2000);
  expect(&m, DIRECT_MAP, WALK, 0x1000);
  expect(&m, DIRECT_MAP + 0x1000, WALK, 0x2000);
  drop(&m, INVLPG, DIRECT_MAP, 2);
  drop(&m, INVLPG, DIRECT_MAP + 0x1000, 2);
  expect(&m, DIRECT_MAP, WALK, 0x1000);
  expect(&m, DIRECT_MAP + 0x1000, L1, 0x2000);
  drop(&m, INVLPG, DIRECT_MAP + 0x1000, 1);
  expect(&m, DIRECT_MAP, L1, 0x1000);
  expect(&m, DIRECT_MAP + 0x1000, WALK, 0x2000);
  x86_free(&m);
}

// What is no TLBI of x86-64 drops nothing there.
Test(x86, other_tlbis) {
  static const unsigned ops[] = {TW_TLBI_VMALL, TW_TLBI_VA, TW_TLBI_VMALL | TW_TLBI_EL2,
                                 TW_TLBI_RANGE | TW_TLBI_X86 | TW_TLBI_VAA, TW_TLBI_IPAS2 | TW_TLBI_X86};
  x86_machine m = x86_new(5, 8);
  tw_response response;
  map(&m, 0x200000, 12, 0x1000);
  expect(&m, 0x200000, WALK, 0x1000);
  for (unsigned i = 0; i < COUNT(ops); i++) { // ASID 1; page 0x200, and of a range granule 4K
    const tw_tlbi tlbi = {.op = (uint8_t)ops[i], .operand = BIT(48) | BIT(46) | 0x200};
    tw_mmu_maintain(m.mmu, &tlbi, &response);
    expect(&m, 0x200000, L1, 0x1000);
  }
  drop(&m, TW_TLBI_VMALL | TW_TLBI_X86, 0, 0);
  expect(&m, 0x200000, WALK, 0x1000);
  x86_free(&m);
}
