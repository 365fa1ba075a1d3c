// The memory behind the walker in time: MSHRs, the walker's entry, open rows, NUMA nodes. Sequences are worked by hand;
// the caches are held against a list.
#include <criterion/criterion.h>
#include <string.h>
#include <tablewalk/memory.h>

static tw_mem_response ask(tw_memory *memory, uint64_t pa, uint64_t cycle) {
  tw_memory_port port = tw_memory_as_port(memory);
  tw_mem_response response = {0};
  port.access(port.context, &(tw_mem_request){.pa = pa, .size_log2 = 3, .cycle = cycle}, &response);
  return response;
}

static uint32_t delay(tw_memory *memory, uint64_t pa, uint64_t cycle) { return ask(memory, pa, cycle).delay; }

static uint64_t open_at(tw_memory *memory, uint64_t cycle) {
  tw_memory_port port = tw_memory_as_port(memory);
  return port.open_at(port.context, cycle);
}

static void check_sum(const tw_memory *memory) {
  tw_memory_counters c = tw_memory_count(memory);
  uint64_t sum = c.dram + c.shared;
  for (unsigned i = 0; i < TW_MEMORY_LEVELS_MAX; i++)
    sum += c.hits[i];
  cr_expect_eq(sum, c.accesses, "each access is a hit, shared, or the DRAM's");
}

// -- MSHRs --

Test(memory_timing, no_mshrs_no_question) {
  tw_memory *memory = tw_memory_create(&(tw_memory_config){.cache = {{1, 2, 4}}, .caches = 1, .dram_latency = 100});
  cr_expect_null(tw_memory_as_port(memory).open_at, "any number of misses: nobody asks");
  cr_expect_eq(delay(memory, 0x1000, 10), 100);
  cr_expect_eq(delay(memory, 0x1008, 11), 4, "and nothing is known of lines under way");
  tw_memory_destroy(memory);
}

// Two MSHRs; misses in cycles 10 and 15 whose data comes in 110 and 115.
Test(memory_timing, port_is_closed_until_the_first_datum) {
  const tw_memory_config config = {.cache = {{1, 2, 4}, {4, 4, 11}}, .caches = 2, .dram_latency = 100, .mshrs = 2};
  tw_memory *memory = tw_memory_create(&config);
  cr_expect_eq(open_at(memory, 0), 0);
  cr_expect_eq(delay(memory, 0x1000, 10), 100);
  cr_expect_eq(open_at(memory, 11), 11, "one is free");
  cr_expect_eq(delay(memory, 0x2000, 15), 100);
  cr_expect_eq(open_at(memory, 16), 110, "both are held");
  cr_expect_eq(open_at(memory, 109), 110, "blocked in the cycle before the datum's");
  cr_expect_eq(open_at(memory, 110), 110, "open in the datum's");
  // the one of cycle 15 is still held: a miss in 110 (data in 210) closes the port until 115
  cr_expect_eq(delay(memory, 0x3000, 110), 100);
  cr_expect_eq(open_at(memory, 111), 115);
  cr_expect_eq(open_at(memory, 114), 115);
  cr_expect_eq(open_at(memory, 115), 115);
  // a hit of the first cache holds none, one of the second does: 1 KiB of 2 ways is 8 sets, so 0x1000, 0x2000 and
  // 0x3000 share one and the first of them is in the second cache alone
  cr_expect_eq(delay(memory, 0x3000 + 8, 300), 4);
  cr_expect_eq(open_at(memory, 301), 301);
  cr_expect_eq(delay(memory, 0x1000, 400), 11);
  cr_expect_eq(delay(memory, 0x4000, 401), 100);
  cr_expect_eq(open_at(memory, 402), 411, "the second cache's datum");
  cr_expect_eq(tw_memory_count(memory).last_mshr, 3, "in 15, 110 and 401");
  check_sum(memory);
  tw_memory_cool(memory);
  cr_expect_eq(open_at(memory, 402), 402, "nothing is under way");
  tw_memory_destroy(memory);
}

// The line asked for in cycle 10 comes in 110.
Test(memory_timing, a_line_under_way_is_shared) {
  const tw_memory_config config = {.cache = {{1, 2, 4}}, .caches = 1, .dram_latency = 100, .mshrs = 1};
  tw_memory *memory = tw_memory_create(&config);
  tw_memory_write(memory, 0x1008, 77);
  cr_expect_eq(delay(memory, 0x1000, 10), 100);
  tw_mem_response shared = ask(memory, 0x1008, 30);
  cr_expect_eq(shared.delay, 80, "what is left");
  cr_expect_eq(shared.data, 77, "its own word");
  cr_expect_eq(delay(memory, 0x1000, 106), 4, "what is left, and the first cache's latency");
  cr_expect_eq(delay(memory, 0x1000, 107), 4, "not less than that");
  cr_expect_eq(delay(memory, 0x1000, 109), 4);
  cr_expect_eq(tw_memory_count(memory).shared, 4);
  cr_expect_eq(delay(memory, 0x1000, 110), 4, "it is there: a hit");
  cr_expect_eq(tw_memory_count(memory).shared, 4);
  cr_expect_eq(tw_memory_count(memory).hits[0], 1);
  cr_expect_eq(open_at(memory, 31), 110, "sharing took none: the one MSHR is free with the first datum");
  check_sum(memory);
  tw_memory_destroy(memory);
}

Test(memory_timing, a_line_driven_out_under_way) {
  const tw_memory_config config = {
      .cache = {{1, 2, 4}}, .caches = 1, .dram_latency = 100, .data_traffic = 1, .mshrs = 4};
  tw_memory *memory = tw_memory_create(&config);
  cr_expect_eq(delay(memory, 0x1000, 10), 100);
  tw_memory_data_access(memory, 0x1200); // two others of the set of 2 ways
  tw_memory_data_access(memory, 0x1400);
  cr_expect_eq(delay(memory, 0x1000, 60), 50, "its data comes in cycle 110 for both");
  cr_expect_eq(delay(memory, 0x1000, 110), 4, "and the second one filled again");
  check_sum(memory);
  tw_memory_destroy(memory);
}

// Where nothing answers, an MSHR is held too, and shared.
Test(memory_timing, an_abort_under_way) {
  const tw_memory_config config = {
      .cache = {{1, 2, 4}}, .caches = 1, .dram_latency = 100, .mshrs = 1, .limit = 0x10000};
  tw_memory *memory = tw_memory_create(&config);
  tw_mem_response first = ask(memory, 0x10000, 5), second = ask(memory, 0x10008, 25);
  cr_expect(first.error == TW_MEM_ABORT && first.delay == 100);
  cr_expect(second.error == TW_MEM_ABORT && second.delay == 80);
  cr_expect_eq(open_at(memory, 26), 105);
  check_sum(memory);
  tw_memory_destroy(memory);
}

// -- where the walker enters --

Test(memory_timing, walker_enters_the_second_cache) {
  const tw_memory_config config = {
      .cache = {{1, 2, 4}, {4, 4, 11}}, .caches = 2, .dram_latency = 100, .data_traffic = 1, .walker_enters = 1};
  tw_memory *memory = tw_memory_create(&config);
  cr_expect_eq(delay(memory, 0x1000, 0), 100);
  cr_expect_eq(delay(memory, 0x1000, 0), 11, "filled from the second cache on");
  // data in the first cache alone is not seen: 4 KiB of 4 ways are 16 sets; four more of the set drive 0x2000 out of
  // the second cache, while the first (8 sets of 2 ways) is not asked
  tw_memory_data_access(memory, 0x2000);
  for (uint64_t i = 1; i <= 4; i++)
    cr_expect_eq(delay(memory, 0x2000 + i * 0x400, 0), 100);
  cr_expect_eq(delay(memory, 0x2000, 0), 100, "in the first cache, where the walker does not look");
  // data that comes through both is found in the second
  tw_memory_data_access(memory, 0x9040);
  cr_expect_eq(delay(memory, 0x9040, 0), 11);
  cr_expect_eq(tw_memory_count(memory).hits[0], 0);
  check_sum(memory);
  tw_memory_destroy(memory);
}

// Lines that are 0x400 apart share a set of both caches. Four of them drive 0x1000 out of the second cache; out of the
// first one, where data enters, only if the walker fills it too. Rows of 4 KiB, one open, tell whether data went to
// DRAM.
Test(memory_timing, walker_leaves_the_first_cache_alone) {
  for (unsigned enters = 0; enters < 2; enters++) {
    const tw_memory_config config = {.cache = {{1, 2, 4}, {4, 4, 11}},
                                     .caches = 2,
                                     .dram_latency = 100,
                                     .data_traffic = 1,
                                     .walker_enters = enters,
                                     .dram_rows = {4096, 1, 40}};
    tw_memory *memory = tw_memory_create(&config);
    tw_memory_data_access(memory, 0x1000);
    for (uint64_t i = 1; i <= 4; i++)
      delay(memory, 0x1000 + i * 0x400, 0); // the last one is in row 2
    tw_memory_data_access(memory, 0x1000);  // row 1, if it comes to that
    cr_expect_eq(delay(memory, 0x2040, 0), enters ? 60 : 100, "row 2 is %s open", enters ? "still" : "not");
    tw_memory_destroy(memory);
  }
}

Test(memory_timing, walker_enters_past_all_caches) {
  const tw_memory_config config = {
      .cache = {{1, 2, 4}}, .caches = 1, .dram_latency = 100, .data_traffic = 1, .mshrs = 1, .walker_enters = 1};
  tw_memory *memory = tw_memory_create(&config);
  tw_memory_data_access(memory, 0x1000);
  cr_expect_eq(delay(memory, 0x1000, 0), 100);
  cr_expect_eq(open_at(memory, 1), 100, "every access holds an MSHR");
  cr_expect_eq(delay(memory, 0x1000, 99), 1, "shared: no cache's latency bounds it");
  cr_expect_eq(delay(memory, 0x1000, 100), 100, "nothing keeps it");
  check_sum(memory);
  tw_memory_destroy(memory);
}

// -- open rows --

// Rows of 1 KiB, two banks: row = pa / 0x400, bank = row mod 2.
Test(memory_timing, rows) {
  const tw_memory_config config = {.dram_latency = 100, .dram_rows = {1024, 2, 40}};
  static const struct {
    uint64_t pa;
    uint32_t delay;
    const char *why;
  } steps[] = {
      {0x0000, 100, "row 0 opens in bank 0"}, {0x03f8, 60, "its last word"},
      {0x0400, 100, "row 1 opens in bank 1"}, {0x0008, 60, "row 0 is still open"},
      {0x0800, 100, "row 2 closes row 0"},    {0x0000, 100, "row 0 closes row 2"},
      {0x07f8, 60, "row 1 has stayed open"},  {0x8000400, 100, "a row of bank 1, far away"},
      {0x0400, 100, "which closed row 1"},
  };
  tw_memory *memory = tw_memory_create(&config);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    cr_expect_eq(delay(memory, steps[i].pa, i), steps[i].delay, "%s", steps[i].why);
  tw_memory_counters c = tw_memory_count(memory);
  cr_expect(c.row_hits == 3 && c.row_misses == 6);
  tw_memory_cool(memory);
  cr_expect_eq(delay(memory, 0x0400, 0), 100, "no row is open");
  tw_memory_destroy(memory);
}

Test(memory_timing, data_opens_rows) {
  for (unsigned traffic = 0; traffic < 2; traffic++) {
    const tw_memory_config config = {.dram_latency = 100, .data_traffic = traffic, .dram_rows = {1024, 2, 40}};
    tw_memory *memory = tw_memory_create(&config);
    delay(memory, 0x0000, 0);
    tw_memory_data_access(memory, 0x0800);
    cr_expect_eq(delay(memory, 0x0000, 0), traffic ? 100 : 60, "row 2 of the same bank");
    cr_expect_eq(tw_memory_count(memory).row_misses, traffic ? 2 : 1, "the walker's alone are counted");
    tw_memory_destroy(memory);
  }
}

// -- nodes --

static const tw_memory_config two_nodes = {
    .dram_latency = 300, .node = {{0x40000000, 0x1000, 180}, {0x80000000, 0x40000000, 120}}, .nodes = 2};

Test(memory_timing, nodes) {
  tw_memory *memory = tw_memory_create(&two_nodes);
  cr_expect_eq(delay(memory, 0x3ffffff8, 0), 300, "before the first");
  cr_expect_eq(delay(memory, 0x40000000, 0), 180, "its first word");
  cr_expect_eq(delay(memory, 0x40000ff8, 0), 180, "its last");
  cr_expect_eq(delay(memory, 0x40001000, 0), 300, "after it");
  cr_expect_eq(delay(memory, 0x80000000, 0), 120);
  cr_expect_eq(delay(memory, 0xbffffff8, 0), 120);
  cr_expect_eq(delay(memory, 0xc0000000, 0), 300);
  tw_memory_counters c = tw_memory_count(memory);
  cr_expect(c.node[0] == 2 && c.node[1] == 2 && c.dram == 7);
  tw_memory_destroy(memory);
}

Test(memory_timing, replicated_tables) {
  tw_memory_config config = two_nodes;
  config.tables_replicated = 1;
  tw_memory *memory = tw_memory_create(&config);
  tw_memory_write(memory, 0x40000000, 5);
  tw_mem_response remote = ask(memory, 0x40000000, 0);
  cr_expect(remote.delay == 120 && remote.data == 5, "the nearest node has a copy");
  cr_expect_eq(delay(memory, 0x1000, 0), 120, "of every table");
  cr_expect_eq(tw_memory_count(memory).node[1], 2);
  tw_memory_destroy(memory);
}

// Each node has banks of its own; data goes to its own node, replicated tables or not.
Test(memory_timing, rows_of_nodes) {
  tw_memory_config config = two_nodes;
  config.dram_rows = (tw_rows_config){1024, 1, 40};
  config.data_traffic = 1;
  tw_memory *memory = tw_memory_create(&config);
  cr_expect_eq(delay(memory, 0x40000000, 0), 180);
  cr_expect_eq(delay(memory, 0x80000000, 0), 120);
  cr_expect_eq(delay(memory, 0x0, 0), 300);
  cr_expect_eq(delay(memory, 0x40000008, 0), 140, "the other node's row, and no node's, left it open");
  cr_expect_eq(delay(memory, 0x80000008, 0), 80);
  cr_expect_eq(delay(memory, 0x8, 0), 260);
  tw_memory_destroy(memory);

  config.tables_replicated = 1;
  memory = tw_memory_create(&config);
  cr_expect_eq(delay(memory, 0x40000000, 0), 120);
  tw_memory_data_access(memory, 0x40000800);
  cr_expect_eq(delay(memory, 0x40000008, 0), 80, "data went to the first node, the table is in the second");
  tw_memory_data_access(memory, 0x80000000);
  cr_expect_eq(delay(memory, 0x40000010, 0), 120, "data went to the second node");
  tw_memory_destroy(memory);
}

// -- the caches, held against a list of lines in the order of their uses --

enum { LIST_WAYS = 16 };
typedef struct list {
  uint64_t line[64][LIST_WAYS];
  uint32_t sets, ways;
} list;

static bool list_use(list *l, uint64_t pa) {
  uint64_t *set = l->line[(pa >> 6) % l->sets], line = (pa >> 6) + 1;
  uint32_t at = 0;
  while (at < l->ways && set[at] != line)
    at++;
  bool hit = at < l->ways;
  memmove(set + 1, set, (hit ? at : l->ways - 1) * sizeof *set);
  set[0] = line;
  return hit;
}

static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

// Every number of ways; from half of the way on some addresses are so high that tags of 32 bits do not hold them.
Test(memory_timing, true_lru_at_any_height) {
  uint64_t random = 88172645463325252;
  for (uint32_t ways = 1; ways <= LIST_WAYS; ways++) {
    const tw_memory_config config = {.cache = {{ways, ways, 3}}, .caches = 1, .dram_latency = 50};
    tw_memory *memory = tw_memory_create(&config);
    cr_assert_not_null(memory);
    static list all;
    all = (list){.sets = 16, .ways = ways}; // `ways` KiB are 16 * ways lines
    size_t hits = 0;
    for (unsigned i = 0; i < 20000; i++) {
      uint64_t r = next_random(&random);
      // three lines for two ways of each set; high ones differ from low ones in bits 42 and up alone
      uint64_t pa = (r % (24 * ways)) << 6 | (i >= 10000 && r >> 60 < 4 ? (r >> 58 & 3) << 50 | 1ULL << 42 : 0);
      bool hit = list_use(&all, pa);
      hits += hit;
      cr_assert_eq(delay(memory, pa, i), hit ? 3 : 50, "%u ways, access %u", ways, i);
      if (i % 7001 == 7000) {
        tw_memory_cool(memory);
        memset(all.line, 0, sizeof all.line);
      }
    }
    cr_expect(hits > 5000 && hits < 19000, "%zu", hits);
    tw_memory_destroy(memory);
  }
}

// -- determinism --

Test(memory_timing, same_calls_same_answers) {
  const tw_memory_config config = {.cache = {{1, 2, 4}, {8, 4, 11}},
                                   .caches = 2,
                                   .dram_latency = 200,
                                   .data_traffic = 1,
                                   .mshrs = 3,
                                   .walker_enters = 1,
                                   .dram_rows = {2048, 4, 50},
                                   .node = {{0, 0x10000, 90}, {0x10000, 0x10000, 150}},
                                   .nodes = 2};
  tw_memory *memory[2] = {tw_memory_create(&config), tw_memory_create(&config)};
  uint64_t random = 12345, cycle = 0;
  for (unsigned i = 0; i < 20000; i++) {
    uint64_t pa = next_random(&random) % 0x30000 & ~7ULL;
    cycle += random >> 32 & 31;
    uint64_t open[2] = {open_at(memory[0], cycle), open_at(memory[1], cycle)};
    cr_assert(open[0] == open[1] && open[0] >= cycle);
    cycle = open[0];
    tw_mem_response r[2] = {ask(memory[0], pa, cycle), ask(memory[1], pa, cycle)};
    cr_assert(r[0].delay == r[1].delay && r[0].data == r[1].data && r[0].delay >= 1 && r[0].delay <= 200);
    if (i % 3 == 0)
      for (unsigned side = 0; side < 2; side++)
        tw_memory_data_access(memory[side], pa ^ 0x8000);
    // a look ahead changes nothing
    tw_memory_port port = tw_memory_as_port(memory[0]);
    port.expect(port.context, pa * 5);
  }
  check_sum(memory[0]);
  tw_memory_counters c = tw_memory_count(memory[0]);
  cr_expect(c.shared && c.row_hits && c.row_misses && c.node[0] && c.node[1] && c.last_mshr && c.hits[1]);
  tw_memory_destroy(memory[0]);
  tw_memory_destroy(memory[1]);
}
