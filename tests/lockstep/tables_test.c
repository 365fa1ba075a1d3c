// Walk caches in the L2, on the RTL alone: cycles worked out by hand from rtl/README.md, on the build
// "tiny-tables-in-l2".
//   tables_test
//
// There are three probes: 4K, 64K and, in the large array, 2M. A miss that is alone and is accepted in c: L1 in c + 1,
// probes in c + 4 to c + 6, the walk begins in c + 6, the first act, a look-up of level 2, is in c + 7. Where it hits,
// level 3 is read there: data in c + 17, response in c + 18. Each level above that has to be asked is a cycle more.
//
// The first array has 3 sets of 3 ways. The warm-up (page 0) puts its tables of levels 0, 1 and 2 and then its page all
// into set 0: that of level 0 is the victim.
#include "platform_bench.h"

#include <stdio.h>

/// A page in the second 2 MiB, in the second GiB: the same pages, by other tables of level 2 and 1.
enum { SECOND_BLOCK = 512, SECOND_GIB = 512 * 512 };

static void open_bench(tw_bench *b, const char *name) {
  tw_mmu_config config = tw_bench_config_of("tiny-tables-in-l2", 4, 2);
  config.l2.large.sizes = 1U << 21;
  b->variant = "tiny-tables-in-l2";
  tw_bench_open(b, name, &config, 0);
  tw_bench_write(b, 2, 1, tw_bench_read(b, 2, 0));
  tw_bench_write(b, 1, 1, tw_bench_read(b, 1, 0));
}

static void run_requests(tw_bench *b, const tw_request *requests, size_t count, uint64_t cycles) {
  const tw_offers offers = {.requests = requests, .request_count = count};
  tw_bench_run(b, &offers, cycles);
}

/// The answer to `id`: its page, the levels from `first` on were read.
static void expect_walk(tw_bench *b, uint32_t id, uint64_t cycle, unsigned page, int first) {
  tw_bench_expect_page(b, id, cycle, TW_FOUND_WALK, page);
  const tw_response *r = tw_bench_expect(b, id, cycle, TW_FOUND_WALK);
  for (int level = 0; level < 4; level++)
    tw_bench_equal(b, "reads of a level", r->reads[level + 1], level >= first);
}

/// Level 2 is there: a walk of one read. Level 2 of the second block is not, level 1 is: an act more, and then the walk
/// fills level 2: read in 48, arrives in 59.
static void levels(tw_bench *b) {
  open_bench(b, "levels");
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 1),
                                 tw_bench_request(40, 2, TW_ACCESS_READ, SECOND_BLOCK + 2),
                                 tw_bench_request(80, 3, TW_ACCESS_READ, SECOND_BLOCK + 3)};
  run_requests(b, requests, 3, 120);
  expect_walk(b, 1, 18, 1, 3);
  tw_bench_equal(b, "cycles of the walk", tw_bench_expect(b, 1, 18, TW_FOUND_WALK)->walk_cycles, 12);
  expect_walk(b, 2, 70, 2, 2);
  expect_walk(b, 3, 98, 3, 3);
  tw_bench_close(b);
}

/// The second GiB: levels 2, 1 and 0 are looked up in 7, 8 and 9; level 0 is read in 9, level 1 in 20, 2 in 31, 3
/// in 42.
static void none_is_there(tw_bench *b) {
  open_bench(b, "no level is there");
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, SECOND_GIB + 3)};
  run_requests(b, requests, 1, 80);
  expect_walk(b, 1, 53, 3, 0);
  tw_bench_equal(b, "cycles of the walk", tw_bench_expect(b, 1, 53, TW_FOUND_WALK)->walk_cycles, 47);
  tw_bench_close(b);
}

/// The fetch enters first and looks level 2 up in 7. The read could be probed in 7: its probes are in 8 to 10, so its
/// walk begins in 10.
static void look_up_holds_the_probe(tw_bench *b) {
  open_bench(b, "a look-up holds the probe");
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 1), tw_bench_request(0, 2, TW_ACCESS_FETCH, 2)};
  run_requests(b, requests, 2, 40);
  expect_walk(b, 2, 18, 2, 3);
  expect_walk(b, 1, 22, 1, 3);
  tw_bench_close(b);
}

/// The table of level 2 that the read's walk fills arrives in 19: a fetch that was accepted in 15 is probed in 20 to
/// 22, one that was accepted in 14 in 18, 20 and 21.
static void fill_holds_the_probe(tw_bench *b, uint64_t fetch, uint64_t response) {
  open_bench(b, "a fill holds the probe");
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, SECOND_BLOCK + 1),
                                 tw_bench_request(fetch, 2, TW_ACCESS_FETCH, 2)};
  run_requests(b, requests, 2, 60);
  expect_walk(b, 1, 30, 1, 2);
  expect_walk(b, 2, response, 2, 3);
  tw_bench_close(b);
}

/// The TLBI's first cycle is 7, in which no act is made; 3 sets: the look-up is in 10. The walk is stale: it fills
/// nothing. `dropped`: the tables' region is what the TLBI names.
static void passed_over(tw_bench *b, bool dropped) {
  open_bench(b, dropped ? "a TLBI that drops tables" : "a TLBI that leaves tables");
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 1),
                                 tw_bench_request(100, 2, TW_ACCESS_READ, 1)};
  const tw_tlbi tlbis[] = {tw_bench_tlbi(6, 101, dropped ? TW_TLBI_VAA : TW_TLBI_VAAL, 50, false)};
  const tw_offers offers = {requests, 2, tlbis, 1};
  tw_bench_run(b, &offers, 180);
  if (dropped) { // levels 2, 1 and 0 in 10 to 12; reads in 12, 23, 34, 45. Again: in 109, 120, 131, 142
    expect_walk(b, 1, 56, 1, 0);
    tw_bench_expect(b, 101, 57, TW_FOUND_MAINTENANCE);
    expect_walk(b, 2, 153, 1, 0);
  } else {
    expect_walk(b, 1, 21, 1, 3);
    tw_bench_expect(b, 101, 22, TW_FOUND_MAINTENANCE);
    expect_walk(b, 2, 118, 1, 3);
  }
  tw_bench_close(b);
}

/// A TLBI of the last level whose walk is begun, and past its look-up, holds up nothing of it.
static void reads_go_on(tw_bench *b) {
  open_bench(b, "a read during a TLBI");
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 1)};
  const tw_tlbi tlbis[] = {tw_bench_tlbi(7, 101, TW_TLBI_VAAL, 50, false)};
  const tw_offers offers = {requests, 1, tlbis, 1};
  tw_bench_run(b, &offers, 40);
  expect_walk(b, 1, 18, 1, 3);
  tw_bench_expect(b, 101, 19, TW_FOUND_MAINTENANCE);
  tw_bench_close(b);
}

int main(void) {
  tw_bench b = {0};
  levels(&b);
  none_is_there(&b);
  look_up_holds_the_probe(&b);
  fill_holds_the_probe(&b, 14, 33);
  fill_holds_the_probe(&b, 15, 34);
  fill_holds_the_probe(&b, 16, 34); // it would be probed in 20 anyway
  passed_over(&b, false);
  passed_over(&b, true);
  reads_go_on(&b);
  printf("%u passed, %u failed\n", b.passed, b.failed);
  return b.failed != 0;
}
