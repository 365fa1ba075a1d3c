// When the granule changes and ASID and world stay. An L1 that has sets: an entry is found again when the page has its
// size again, and never in between; in lockstep, and by the faulty build that does not look at the size. Entries of two
// sizes share a set, and its victims are those of random replacement. Tables in the L2: an entry's own mask decides
// whether it matches, wherever its set is looked up by; in lockstep.
#include <harness/engine.h>
#include <platform.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READS = 8 };

typedef struct tw_tally {
  unsigned passed, failed;
} tw_tally;

static void check(tw_tally *tally, bool right, const char *what, const char *text) {
  right ? tally->passed++ : tally->failed++;
  if (!right)
    printf("FAIL %s: %s\n", what, text);
}

/// The builds' L1Ds have two sets and three, so VA 0x6000's page of 4 KiB and its page of 64 KiB share set 0.
static tw_core core_of(const char *variant) {
  const tw_sizes pages = 1ULL << 12 | 1ULL << 14 | 1ULL << 16, large = 1ULL << 21;
  tw_core core = {.name = "test",
                  .mmu = {.misses = 2,
                          .walks = 1,
                          .l1_latency = 1,
                          .l2_latency = 3,
                          .walk_start = 1,
                          .walk_step = 1,
                          .ipa_latency = 1,
                          .pa_bits = 48},
                  .memory = {.dram_latency = 20}};
  if (tw_platform_geometry(variant, &core.mmu, NULL))
    exit(2);
  core.mmu.l1i.sizes = core.mmu.l1d.sizes = core.mmu.l2.sizes = pages;
  core.mmu.l1i.large.sizes = core.mmu.l1i.large.entries ? large : 0;
  core.mmu.l1d.large.sizes = core.mmu.l1d.large.entries ? large : 0;
  core.mmu.l2.large.sizes = core.mmu.l2.large.sets ? large : 0;
  return core;
}

/// 25 bits of VA: with 4 KiB from level 2 on, VA 0x6000 to 0x80006000 alone; with 64 KiB from level 3 on, VA 0 to
/// 0x90000000; there by way of the walk cache too, which knows nothing of granules.
static int make_tables(tw_engine *engine, tw_error *error) {
  static const uint64_t page = 0x403; // AF; readable and writable by EL1
  return tw_engine_write(engine, 0x40000000, 0x40001000 | 3, error) ||
                 tw_engine_write(engine, 0x40001000 + 6 * 8, 0x80006000 | page, error) ||
                 tw_engine_write(engine, 0x40001000, 0x90000000 | page, error) ||
                 tw_engine_write(engine, 0x40010000, 0x90000000 | page, error)
             ? -1
             : 0;
}

static int read_with(tw_engine *engine, bool granule_64k, uint64_t va, tw_response *response, tw_error *error) {
  const uint64_t tcr = 39 | 39 << 16 | 1ULL << 23 | 5ULL << 32;
  const tw_registers registers = {.sctlr = 1,
                                  .tcr = tcr | (granule_64k ? 1ULL << 14 : 0),
                                  .ttbr0 = granule_64k ? 0x40010000 : 0x40000000,
                                  .mair = 0xff};
  const tw_request request = {.va = va, .el = 1};
  return tw_engine_set_registers(engine, &registers, error) ? -1
                                                            : tw_engine_replay(engine, &request, 1, response, error);
}

/// The reads: granule, address, and by the chapter where each is found and what it gives (0: a fault).
static const struct {
  bool granule_64k;
  uint64_t va;
  uint8_t found;
  uint64_t pa;
} reads[READS] = {
    {false, 0x6000, TW_FOUND_WALK, 0x80006000}, {false, 0x6008, TW_FOUND_L1, 0x80006008},
    {true, 0x6000, TW_FOUND_WALK, 0x90006000},  {true, 0x6010, TW_FOUND_L1, 0x90006010},
    {false, 0x6018, TW_FOUND_L1, 0x80006018},   {false, 0x5000, TW_FOUND_L2, 0x90005000},
    {true, 0x7000, TW_FOUND_L1, 0x90007000},    {false, 0x6020, TW_FOUND_L1, 0x80006020},
};

static tw_difference run(tw_tally *tally, const char *variant, unsigned fault) {
  tw_core core = core_of(variant);
  const tw_engine_options options = {.kind = TW_ENGINE_LOCKSTEP, .variant = variant, .fault = fault};
  tw_error error = {""};
  tw_engine *engine = tw_engine_open(&core, &options, &error);
  check(tally, engine && !make_tables(engine, &error), variant, error.text);
  if (!engine)
    return TW_SAME;
  for (unsigned i = 0; i < READS && tw_engine_differed(engine) == TW_SAME; i++) {
    tw_response r = {0};
    char place[64];
    int failed = read_with(engine, reads[i].granule_64k, reads[i].va, &r, &error);
    if (fault)
      continue;
    snprintf(place, sizeof place, "%s, read %u: found %u, pa %#llx", variant, i, r.found, (unsigned long long)r.pa);
    check(tally, !failed && r.found == reads[i].found && r.pa == reads[i].pa, place, error.text);
  }
  tw_difference kind = tw_engine_differed(engine);
  tw_engine_close(engine);
  return kind;
}

// ---- random replacement ----

enum { RANDOM_READS = 400, PAGES = 12, SETS = 3, WAYS = 4, FIRST_64K = 32 };

/// The L1D of cover-4 by the chapter: sets of pages of both sizes, and one register for all of them.
typedef struct tw_random_l1 {
  uint16_t v;
  unsigned held[SETS][WAYS]; ///< a page's number and its granule; 0: invalid
  unsigned replaced[WAYS];   ///< how often a victim was in each way
} tw_random_l1;

/// Entry v * n / 2^16; then v steps: eight times {v[14:0], v[15] ^ v[13] ^ v[12] ^ v[10]}.
static unsigned victim_of(uint16_t *v) {
  unsigned way = (unsigned)*v * WAYS / 65536;
  for (unsigned i = 0; i < 8; i++) {
    unsigned bits = *v;
    *v = (uint16_t)(bits << 1 | ((bits >> 15 ^ bits >> 13 ^ bits >> 12 ^ bits >> 10) & 1));
  }
  return way;
}

/// Whether a page hits; one that does not is filled.
static bool hits(tw_random_l1 *l1, unsigned page, bool granule_64k) {
  unsigned *held = l1->held[page % SETS], wanted = 2 * page + granule_64k + 1;
  for (unsigned way = 0; way < WAYS; way++)
    if (held[way] == wanted)
      return true;
  for (unsigned way = 0; way < WAYS; way++)
    if (!held[way]) {
      held[way] = wanted;
      return false;
    }
  unsigned way = victim_of(&l1->v);
  held[way] = wanted;
  l1->replaced[way]++;
  return false;
}

/// Pages of 4 KiB from VA 0 on, of 64 KiB from 2 MiB on, apart from each other.
static int make_pages(tw_engine *engine, tw_error *error) {
  int failed = tw_engine_write(engine, 0x40000000, 0x40001000 | 3, error);
  for (unsigned i = 0; i < PAGES && !failed; i++)
    failed = tw_engine_write(engine, 0x40001000 + 8 * i, (0x80000000 + (i << 12)) | 0x403, error) ||
             tw_engine_write(engine, 0x40010000 + 8 * (FIRST_64K + i), (0x90000000 + (i << 16)) | 0x403, error);
  return failed;
}

/// Pages of both sizes in any order: four of each want the four ways of each set, and which of them are still there is
/// told by the chapter's register.
static tw_difference random_victims(tw_tally *tally, const char *variant) {
  const tw_core core = core_of(variant);
  const tw_engine_options options = {.kind = TW_ENGINE_LOCKSTEP, .variant = variant};
  tw_error error = {""};
  tw_engine *engine = tw_engine_open(&core, &options, &error);
  check(tally, engine && !make_pages(engine, &error), variant, error.text);
  check(tally, core.mmu.l1d.entries == SETS * WAYS && core.mmu.l1d.replacement == TW_REPLACEMENT_RANDOM, variant,
        "the L1D is another");
  if (!engine)
    return TW_SAME;
  tw_random_l1 l1 = {.v = 0xace1};
  uint32_t random = 1;
  for (unsigned i = 0; i < RANDOM_READS && tw_engine_differed(engine) == TW_SAME; i++) {
    random = random * 1664525 + 1013904223;
    bool granule_64k = random >> 31;
    unsigned page = (random >> 16) % PAGES + (granule_64k ? FIRST_64K : 0);
    bool hit = hits(&l1, page, granule_64k);
    tw_response r = {0};
    char place[64];
    int failed = read_with(engine, granule_64k, (uint64_t)page << (granule_64k ? 16 : 12), &r, &error);
    snprintf(place, sizeof place, "%s, random read %u: found %u", variant, i, r.found);
    check(tally, !failed && !r.fault && (r.found == TW_FOUND_L1) == hit, place, error.text);
  }
  for (unsigned way = 0; way < WAYS; way++)
    check(tally, l1.replaced[way] >= 20, "victims", "too few in a way");
  tw_difference kind = tw_engine_differed(engine);
  tw_engine_close(engine);
  return kind;
}

// ---- tables in the L2 ----

enum { TABLES_4K = 0x40000000, TABLES_16K = 0x50000000 };

/// 39 bits of VA, both granules from level 1 on; the pages of each table of level 3 are alike.
static int make_two_trees(tw_engine *engine, tw_error *error) {
  int failed = tw_engine_write(engine, TABLES_4K, (TABLES_4K + 0x1000) | 3, error) ||
               tw_engine_write(engine, TABLES_4K + 0x1000 + 6 * 8, (TABLES_4K + 0x2000) | 3, error) ||
               tw_engine_write(engine, TABLES_4K + 0x1000 + 102 * 8, (TABLES_4K + 0x3000) | 3, error) ||
               tw_engine_write(engine, TABLES_16K, (TABLES_16K + 0x4000) | 3, error) ||
               tw_engine_write(engine, TABLES_16K + 0x4000, (TABLES_16K + 0x8000) | 3, error) ||
               tw_engine_write(engine, TABLES_16K + 0x4000 + 6 * 8, (TABLES_16K + 0xc000) | 3, error);
  for (unsigned page = 0; page < 8 && !failed; page++)
    failed = tw_engine_write(engine, TABLES_4K + 0x2000 + 8 * page, (0x80000000 + (page << 12)) | 0x403, error) ||
             tw_engine_write(engine, TABLES_4K + 0x3000 + 8 * page, (0x80100000 + (page << 12)) | 0x403, error) ||
             tw_engine_write(engine, TABLES_16K + 0x8000 + 8 * page, (0x90000000 + (page << 14)) | 0x403, error) ||
             tw_engine_write(engine, TABLES_16K + 0xc000 + 8 * page, (0x90100000 + (page << 14)) | 0x403, error);
  return failed ? -1 : 0;
}

/// The builds' L2s have three sets and two. 12 MiB by 4K tables, 0 and 192 MiB by 16K tables, and 204 MiB by 4K tables
/// are all looked up in set 0 at level 2. A table that 4K made for 12 MiB is none for 0, though the bits that 16K looks
/// up by are the same; a table that 16K made for 192 MiB is one for 204 MiB, which 4K tells from it. Each asks for a
/// page of its own.
static tw_difference tables_of_two_granules(tw_tally *tally, const char *variant, unsigned fault) {
  static const struct {
    bool granule_16k;
    uint64_t va;
  } walks[] = {{false, 0xc00000},  {true, 0},          {false, 0xc01000},  {true, 0x4000},    {true, 0xc000000},
               {false, 0xcc00000}, {false, 0xcc01000}, {true, 0xc004000},  {true, 0x8000},    {false, 0xc02000},
               {true, 0xcc08000},  {false, 0xcc02000}, {false, 0xc003000}, {true, 0xc010000}, {true, 0xc000}};
  const tw_engine_options options = {.kind = TW_ENGINE_LOCKSTEP, .variant = variant, .fault = fault};
  tw_core core = core_of(variant);
  tw_error error = {""};
  tw_engine *engine = tw_engine_open(&core, &options, &error);
  check(tally, engine && !make_two_trees(engine, &error), variant, error.text);
  if (!engine)
    return TW_SAME;
  for (unsigned i = 0; i < sizeof walks / sizeof *walks && tw_engine_differed(engine) == TW_SAME; i++) {
    const tw_registers registers = {.sctlr = 1,
                                    .tcr = 25 | 1ULL << 23 | 5ULL << 32 | (walks[i].granule_16k ? 2ULL << 14 : 0),
                                    .ttbr0 = walks[i].granule_16k ? TABLES_16K : TABLES_4K,
                                    .mair = 0xff};
    const tw_request request = {.va = walks[i].va, .el = 1};
    tw_response r = {0};
    int failed =
        tw_engine_set_registers(engine, &registers, &error) || tw_engine_replay(engine, &request, 1, &r, &error);
    if (fault)
      continue;
    char place[64];
    snprintf(place, sizeof place, "%s, tables of two granules, walk %u", variant, i);
    check(tally, !failed && r.found == TW_FOUND_WALK, place, error.text);
  }
  tw_difference kind = tw_engine_differed(engine);
  tw_engine_close(engine);
  return kind;
}

int main(void) {
  tw_tally tally = {0, 0};
  check(&tally, run(&tally, "tiny-arrays-faulty", 0) == TW_SAME, "tiny-arrays-faulty without a fault", "differs");
  check(&tally, run(&tally, "cover-4", 0) == TW_SAME, "cover-4", "differs");
  check(&tally, random_victims(&tally, "cover-4") == TW_SAME, "cover-4, random victims", "differs");
  check(&tally, tables_of_two_granules(&tally, "tiny-tables-in-l2", 0) == TW_SAME, "tiny-tables-in-l2", "differs");
  printf("The differences that follow are wanted.\n");
  check(&tally, run(&tally, "tiny-arrays-faulty", 95) != TW_SAME, "fault 95", "is not seen");
  check(&tally, tables_of_two_granules(&tally, "tiny-arrays-faulty", 114) != TW_SAME, "fault 114", "is not seen");
  printf("%u checks passed, %u failed\n", tally.passed, tally.failed);
  return tally.failed != 0;
}
