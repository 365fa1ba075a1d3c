// When the granule changes and ASID and world stay. An L1 that has sets: an entry is found again when the page has its
// size again, and never in between; in lockstep, and by the faulty build that does not look at the size. Tables in the
// L2: an entry's own mask decides whether it matches, wherever its set is looked up by; in lockstep.
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

/// The build's L1D has two sets, so VA 0x2000's page of 4 KiB and its page of 64 KiB share set 0.
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

/// 25 bits of VA: with 4 KiB from level 2 on, VA 0x2000 to 0x80002000 alone; with 64 KiB from level 3 on, VA 0 to
/// 0x90000000; there by way of the walk cache too, which knows nothing of granules.
static int make_tables(tw_engine *engine, tw_error *error) {
  static const uint64_t page = 0x403; // AF; readable and writable by EL1
  return tw_engine_write(engine, 0x40000000, 0x40001000 | 3, error) ||
                 tw_engine_write(engine, 0x40001000 + 2 * 8, 0x80002000 | page, error) ||
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
    {false, 0x2000, TW_FOUND_WALK, 0x80002000}, {false, 0x2008, TW_FOUND_L1, 0x80002008},
    {true, 0x2000, TW_FOUND_WALK, 0x90002000},  {true, 0x2010, TW_FOUND_L1, 0x90002010},
    {false, 0x2018, TW_FOUND_L1, 0x80002018},   {false, 0x5000, TW_FOUND_L2, 0x90005000},
    {true, 0x6000, TW_FOUND_L1, 0x90006000},    {false, 0x2020, TW_FOUND_L1, 0x80002020},
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

// ---- tables in the L2 ----

enum { TABLES_4K = 0x40000000, TABLES_16K = 0x50000000 };

/// 39 bits of VA, both granules from level 1 on; the pages of each table of level 3 are alike.
static int make_two_trees(tw_engine *engine, tw_error *error) {
  int failed = tw_engine_write(engine, TABLES_4K, (TABLES_4K + 0x1000) | 3, error) ||
               tw_engine_write(engine, TABLES_4K + 0x1000 + 3 * 8, (TABLES_4K + 0x2000) | 3, error) ||
               tw_engine_write(engine, TABLES_4K + 0x1000 + 54 * 8, (TABLES_4K + 0x3000) | 3, error) ||
               tw_engine_write(engine, TABLES_16K, (TABLES_16K + 0x4000) | 3, error) ||
               tw_engine_write(engine, TABLES_16K + 0x4000, (TABLES_16K + 0x8000) | 3, error) ||
               tw_engine_write(engine, TABLES_16K + 0x4000 + 3 * 8, (TABLES_16K + 0xc000) | 3, error);
  for (unsigned page = 0; page < 8 && !failed; page++)
    failed = tw_engine_write(engine, TABLES_4K + 0x2000 + 8 * page, (0x80000000 + (page << 12)) | 0x403, error) ||
             tw_engine_write(engine, TABLES_4K + 0x3000 + 8 * page, (0x80100000 + (page << 12)) | 0x403, error) ||
             tw_engine_write(engine, TABLES_16K + 0x8000 + 8 * page, (0x90000000 + (page << 14)) | 0x403, error) ||
             tw_engine_write(engine, TABLES_16K + 0xc000 + 8 * page, (0x90100000 + (page << 14)) | 0x403, error);
  return failed ? -1 : 0;
}

/// The build's L2 has three sets. 6 MiB by 4K tables, 0 and 96 MiB by 16K tables, and 108 MiB by 4K tables are all
/// looked up in set 0 at level 2. A table that 4K made for 6 MiB is none for 0, though the bits that 16K looks up by
/// are the same; a table that 16K made for 96 MiB is one for 108 MiB, which 4K tells from it. Each asks for a page of
/// its own.
static void tables_of_two_granules(tw_tally *tally) {
  static const struct {
    bool granule_16k;
    uint64_t va;
  } walks[] = {{false, 0x600000},  {true, 0},          {false, 0x601000},  {true, 0x4000},    {true, 0x6000000},
               {false, 0x6c00000}, {false, 0x6c01000}, {true, 0x6004000},  {true, 0x8000},    {false, 0x602000},
               {true, 0x6c08000},  {false, 0x6c02000}, {false, 0x6003000}, {true, 0x6010000}, {true, 0xc000}};
  const tw_engine_options options = {.kind = TW_ENGINE_LOCKSTEP, .variant = "tiny-tables-in-l2"};
  tw_core core = core_of(options.variant);
  tw_error error = {""};
  tw_engine *engine = tw_engine_open(&core, &options, &error);
  check(tally, engine && !make_two_trees(engine, &error), options.variant, error.text);
  for (unsigned i = 0; engine && i < sizeof walks / sizeof *walks; i++) {
    const tw_registers registers = {.sctlr = 1,
                                    .tcr = 25 | 1ULL << 23 | 5ULL << 32 | (walks[i].granule_16k ? 2ULL << 14 : 0),
                                    .ttbr0 = walks[i].granule_16k ? TABLES_16K : TABLES_4K,
                                    .mair = 0xff};
    const tw_request request = {.va = walks[i].va, .el = 1};
    tw_response r = {0};
    char place[64];
    int failed = tw_engine_set_registers(engine, &registers, &error) ||
                 tw_engine_replay(engine, &request, 1, &r, &error) || tw_engine_differed(engine) != TW_SAME;
    snprintf(place, sizeof place, "tables of two granules, walk %u", i);
    check(tally, !failed && r.found == TW_FOUND_WALK, place, error.text);
  }
  if (engine)
    tw_engine_close(engine);
}

int main(void) {
  tw_tally tally = {0, 0};
  check(&tally, run(&tally, "tiny-arrays-faulty", 0) == TW_SAME, "tiny-arrays-faulty without a fault", "differs");
  tables_of_two_granules(&tally);
  printf("The difference that follows is wanted.\n");
  check(&tally, run(&tally, "tiny-arrays-faulty", 95) != TW_SAME, "fault 95", "is not seen");
  printf("%u checks passed, %u failed\n", tally.passed, tally.failed);
  return tally.failed != 0;
}
