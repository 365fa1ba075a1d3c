// Translation prefetch on the RTL alone: cycles worked out by hand from rtl/README.md, on the build "tiny".
//   prefetch_test
// Then the deliberate faults of prefetches (rtl/FAULTS.md): each must make one of these checks fail.
//
// The times of a miss that is alone, as in platform_test: accepted in c, response in c + 17. What it makes a candidate
// enters the queue at the end of c + 18, is probed in c + 21 and c + 22, walks from c + 22, reads in c + 23, gets its
// data in c + 33, and fills the L2 at the end of c + 34.
#include "platform_bench.h"

#include <stdio.h>

static void open_with(tw_bench *b, const char *name, unsigned fault, tw_prefetch prefetch, unsigned misses) {
  tw_mmu_config config = tw_bench_config(misses, 3);
  config.prefetch = prefetch;
  tw_bench_open(b, name, &config, fault);
}

static void run_requests(tw_bench *b, const tw_request *requests, size_t count, uint64_t cycles) {
  const tw_offers offers = {.requests = requests, .request_count = count};
  tw_bench_run(b, &offers, cycles);
}

static void expect_counts(tw_bench *b, uint64_t looked, uint64_t hit, uint64_t walked, uint64_t filled) {
  tw_bench_equal(b, "L2D_TLB_PREFETCH", tw_bench_counter(b, TW_COUNTER_L2D_TLB_PREFETCH), looked);
  tw_bench_equal(b, "L2D_TLB_PREFETCH_HIT", tw_bench_counter(b, TW_COUNTER_L2D_TLB_PREFETCH_HIT), hit);
  tw_bench_equal(b, "WALK_PREFETCH", tw_bench_counter(b, TW_COUNTER_WALK_PREFETCH), walked);
  tw_bench_equal(b, "WALK_PREFETCH_FILL", tw_bench_counter(b, TW_COUNTER_WALK_PREFETCH_FILL), filled);
}

/// The next page comes into the L2, and no further: its first use is an L2 hit. The warm-up has fetched page 1.
static void next_page(tw_bench *b, unsigned fault) {
  open_with(b, "the next page", fault, TW_PREFETCH_NEXT, 5);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 5), tw_bench_request(40, 2, TW_ACCESS_READ, 6)};
  run_requests(b, requests, 2, 80);
  tw_bench_expect_page(b, 1, 17, TW_FOUND_WALK, 5);
  tw_bench_expect_page(b, 2, 44, TW_FOUND_L2, 6); // an L2 hit makes no candidate
  expect_counts(b, 2, 0, 2, 2);
  tw_bench_equal(b, "PREFETCH_STEP", tw_bench_counter(b, TW_COUNTER_PREFETCH_STEP), 2);
  tw_bench_equal(b, "DTLB_STEP", tw_bench_counter(b, TW_COUNTER_DTLB_STEP), 4 + 1);
  tw_bench_equal(b, "DTLB_WALK", tw_bench_counter(b, TW_COUNTER_DTLB_WALK), 2);
  tw_bench_equal(b, "L2D_TLB_REFILL", tw_bench_counter(b, TW_COUNTER_L2D_TLB_REFILL), 2);
  tw_bench_close(b);
}

/// The cycle of the fill, in which no probe is made: one that is due there hits a cycle later.
static void fill_in_its_cycle(tw_bench *b, unsigned fault) {
  open_with(b, "the cycle of the fill", fault, TW_PREFETCH_NEXT, 5);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 5),
                                 tw_bench_request(30, 2, TW_ACCESS_FETCH, 6)};
  run_requests(b, requests, 2, 60);
  tw_bench_expect_page(b, 2, 35, TW_FOUND_L2, 6);
  tw_bench_close(b);
}

/// A cycle earlier: the probe of 4K misses in 33, that of 64K in 35; a walk of its own, from 35.
static void too_early_for_the_fill(tw_bench *b, unsigned fault) {
  open_with(b, "a probe before the fill", fault, TW_PREFETCH_NEXT, 5);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 5),
                                 tw_bench_request(29, 2, TW_ACCESS_FETCH, 6)};
  run_requests(b, requests, 2, 60);
  tw_bench_expect_page(b, 2, 47, TW_FOUND_WALK, 6);
  tw_bench_close(b);
}

/// Page 8 is there when page 7 makes it a candidate: the prefetch is dropped by its first probe.
static void already_there(tw_bench *b, unsigned fault) {
  open_with(b, "a page that is there", fault, TW_PREFETCH_NEXT, 5);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 8), tw_bench_request(40, 2, TW_ACCESS_READ, 7)};
  run_requests(b, requests, 2, 80);
  tw_bench_expect_page(b, 2, 57, TW_FOUND_WALK, 7);
  expect_counts(b, 3, 1, 2, 2);
  tw_bench_close(b);
}

/// Pages 0 (the warm-up), 3 and 6: a stride of 3, seen twice. Then page 9 is there.
static void stride(tw_bench *b, unsigned fault) {
  open_with(b, "a stride", fault, TW_PREFETCH_STRIDE, 5);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 3), tw_bench_request(40, 2, TW_ACCESS_READ, 6),
                                 tw_bench_request(80, 3, TW_ACCESS_READ, 9)};
  run_requests(b, requests, 3, 120);
  tw_bench_expect_page(b, 1, 17, TW_FOUND_WALK, 3);
  tw_bench_expect_page(b, 2, 57, TW_FOUND_WALK, 6);
  tw_bench_expect_page(b, 3, 84, TW_FOUND_L2, 9);
  expect_counts(b, 1, 0, 1, 1);
  tw_bench_close(b);
}

/// A queue of two: the candidate of page 5 never finds both entries free, that of page 20 takes its place.
static void two_are_free(tw_bench *b, unsigned fault) {
  open_with(b, "two entries must be free", fault, TW_PREFETCH_NEXT, 2);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 5), tw_bench_request(1, 2, TW_ACCESS_READ, 20),
                                 tw_bench_request(60, 3, TW_ACCESS_READ, 6),
                                 tw_bench_request(100, 4, TW_ACCESS_READ, 21)};
  run_requests(b, requests, 4, 140);
  tw_bench_expect_page(b, 1, 17, TW_FOUND_WALK, 5);
  tw_bench_expect_page(b, 2, 19, TW_FOUND_WALK, 20);
  tw_bench_expect_page(b, 3, 77, TW_FOUND_WALK, 6);
  tw_bench_expect_page(b, 4, 104, TW_FOUND_L2, 21);
  tw_bench_close(b);
}

/// The descriptor needs its Access flag set: the prefetch ends, the request makes the update.
static void no_update(tw_bench *b, unsigned fault) {
  open_with(b, "no update by a prefetch", fault, TW_PREFETCH_NEXT, 5);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, NO_FLAG_PAGE - 1),
                                 tw_bench_request(60, 2, TW_ACCESS_READ, NO_FLAG_PAGE)};
  run_requests(b, requests, 2, 90);
  // Reads in 66, swaps in 77. What its walk's number did before for a prefetch is not its own.
  const tw_response *r = tw_bench_expect(b, 2, 88, TW_FOUND_WALK);
  tw_bench_equal(b, "an update", r->updates, 1);
  tw_bench_equal(b, "one read of level 3", r->reads[4], 1);
  expect_counts(b, 2, 0, 2, 1);
  tw_bench_close(b);
}

/// A TLBI awaits a prefetch that walks, which then fills nothing.
static void tlbi_awaits(tw_bench *b, unsigned fault) {
  open_with(b, "a TLBI awaits a prefetch", fault, TW_PREFETCH_NEXT, 5);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 5), tw_bench_request(60, 2, TW_ACCESS_READ, 6)};
  const tw_tlbi tlbis[] = {tw_bench_tlbi(24, 101, TW_TLBI_VAAL, 50, false)};
  const tw_offers offers = {requests, 2, tlbis, 1};
  tw_bench_run(b, &offers, 90);
  tw_bench_expect(b, 101, 35, TW_FOUND_MAINTENANCE);
  tw_bench_expect_page(b, 2, 77, TW_FOUND_WALK, 6);
  tw_bench_close(b);
}

/// In a TLBI's first cycle, 18, nothing enters, and what waits is forgotten.
static void tlbi_empties(tw_bench *b, unsigned fault) {
  open_with(b, "a TLBI empties the register", fault, TW_PREFETCH_NEXT, 5);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 5), tw_bench_request(60, 2, TW_ACCESS_READ, 6)};
  const tw_tlbi tlbis[] = {tw_bench_tlbi(17, 101, TW_TLBI_VAAL, 50, false)};
  const tw_offers offers = {requests, 2, tlbis, 1};
  tw_bench_run(b, &offers, 76);
  tw_bench_expect(b, 101, 22, TW_FOUND_MAINTENANCE);
  expect_counts(b, 1, 0, 1, 1); // the warm-up's
  tw_bench_run(b, &(tw_offers){0}, 90);
  tw_bench_expect_page(b, 2, 77, TW_FOUND_WALK, 6);
  tw_bench_close(b);
}

/// Registers do not change under a prefetch, which ends in 34; one that waits, in 18, is dropped by a change.
static void registers(tw_bench *b, unsigned fault) {
  open_with(b, "registers and a prefetch under way", fault, TW_PREFETCH_NEXT, 5);
  const tw_request first = tw_bench_request(0, 1, TW_ACCESS_READ, 5);
  run_requests(b, &first, 1, 25);
  tw_registers changed = tw_bench_registers();
  changed.mair = 0x44;
  tw_bench_equal(b, "a change is refused", (uint64_t)(tw_platform_set_registers(b->platform, &changed) != 0), 1);
  tw_platform_settle(b->platform);
  tw_bench_equal(b, "the prefetch has ended", tw_platform_now(b->platform) - b->start, 35);
  tw_bench_equal(b, "a change", (uint64_t)(tw_platform_set_registers(b->platform, &changed) == 0), 1);
  tw_bench_close(b);

  open_with(b, "registers and a prefetch that waits", fault, TW_PREFETCH_NEXT, 5);
  run_requests(b, &first, 1, 18);
  tw_bench_equal(b, "a change", (uint64_t)(tw_platform_set_registers(b->platform, &changed) == 0), 1);
  const tw_request again = tw_bench_request(60, 2, TW_ACCESS_READ, 6);
  run_requests(b, &again, 1, 76);
  expect_counts(b, 1, 0, 1, 1); // the warm-up's
  run_requests(b, NULL, 0, 90);
  tw_bench_expect_page(b, 2, 77, TW_FOUND_WALK, 6);
  tw_bench_close(b);
}

static void (*const scenarios[])(tw_bench *, unsigned) = {
    next_page, fill_in_its_cycle, too_early_for_the_fill, already_there, stride, two_are_free,
    no_update, tlbi_awaits,       tlbi_empties,           registers};

/// By number, as in rtl/FAULTS.md.
static const uint8_t faults[] = {100, 101, 102};

int main(void) {
  const tw_bench_suite suite = {scenarios, sizeof scenarios / sizeof *scenarios, faults, sizeof faults};
  return tw_bench_main(&suite);
}
