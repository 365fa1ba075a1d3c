// Requests that overlap, as a play: with one at a time it is a replay; whatever the order and the gaps, the answers are
// the same, and the counters agree.
#include <criterion/criterion.h>
#include <string.h>

#include "machine.h"

#define VA MACHINE_VA
enum { REQUESTS = 3000, SHAPES = MACHINE_SHAPES };

static machine of_shape(unsigned shape) {
  tw_mmu_config config = machine_small();
  config.misses = 1 + 5 * shape % 16;
  machine m = machine_of_shape(config, shape);
  for (unsigned i = 32; i < 48; i++) // one whole contiguous group
    machine_map(&m, VA + i * 0x1000ULL, 3, (0x50000000ULL + i * 0x1000) | D_PAGE | D_CONTIGUOUS | D_AF);
  return m;
}

static void make_requests(tw_request *requests, uint16_t *gaps, uint64_t seed) {
  for (unsigned i = 0; i < REQUESTS; i++) {
    uint64_t r = machine_random(&seed);
    uint64_t page = r % 4 ? r / 4 % 6 : r / 4 % 600;
    gaps[i] = r >> 50 & 7 ? 0 : (uint16_t)(r >> 53 & 31);
    requests[i] = (tw_request){.va = (VA + page * 0x1000 + (r >> 40 & 0xff8)) ^ (r % 97 ? 0 : 1ULL << 50),
                               .id = i ^ 0x5a5a0000,
                               .kind = (uint8_t)(r >> 20) % 3,
                               .prfm = r >> 23 & 1,
                               .el = 1};
  }
}

Test(play, one_at_a_time_is_a_replay) {
  static tw_request requests[REQUESTS];
  static uint16_t gaps[REQUESTS];
  static tw_response played[REQUESTS], replayed[REQUESTS];
  for (unsigned shape = 0; shape < SHAPES; shape++) {
    make_requests(requests, gaps, 88172645463325252ULL + shape);
    machine a = of_shape(shape), b = of_shape(shape);
    // twice: the second time after an L1's worth of history, and from a cycle of its own
    for (unsigned i = 0; i < 2; i++) {
      const tw_play play = {.requests = requests, .count = REQUESTS / 2, .window = 1, .responses = played};
      cr_assert_eq(tw_mmu_play(a.mmu, &play), 0);
      tw_mmu_replay(b.mmu, requests, REQUESTS / 2, replayed);
      for (unsigned j = 0; j < REQUESTS / 2; j++)
        // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): both are written by the same code, padding included
        cr_assert_eq(memcmp(&played[j], &replayed[j], sizeof played[j]), 0, "shape %u, request %u", shape, j);
      cr_assert_eq(tw_mmu_now(a.mmu), tw_mmu_now(b.mmu));
      // and each goes on as the other: the short way after a play, a play after the short way
      tw_mmu_replay(a.mmu, requests + REQUESTS / 2, 100, played);
      const tw_play other = {.requests = requests + REQUESTS / 2, .count = 100, .window = 1, .responses = replayed};
      cr_assert_eq(tw_mmu_play(b.mmu, &other), 0);
      for (unsigned j = 0; j < 100; j++)
        // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): see above
        cr_assert_eq(memcmp(&played[j], &replayed[j], sizeof played[j]), 0, "shape %u, request %u", shape, j);
    }
    cr_assert_eq(memcmp(tw_mmu_counters(a.mmu), tw_mmu_counters(b.mmu), sizeof(tw_counters)), 0);
    machine_free(&a), machine_free(&b);
  }
}

/// What is answered, whenever and wherever it was found.
static void expect_same(const tw_response *a, const tw_response *b, unsigned shape, unsigned window) {
  cr_assert_eq(a->id, b->id);
  cr_assert_eq(a->pa, b->pa, "shape %u, window %u, request %u: 0x%llx", shape, window, a->id ^ 0x5a5a0000,
               (unsigned long long)a->pa);
  cr_assert(a->fault == b->fault && a->fsc == b->fsc && a->stage == b->stage && a->attr == b->attr && a->sh == b->sh);
}

Test(play, overlapping_changes_no_answer) {
  static tw_request requests[REQUESTS];
  static uint16_t gaps[REQUESTS];
  static tw_response played[REQUESTS], replayed[REQUESTS];
  static const uint32_t windows[] = {2, 5, 16, TW_WINDOW_MAX};
  for (unsigned shape = 0; shape < SHAPES; shape++)
    for (unsigned w = 0; w < 4; w++) {
      make_requests(requests, gaps, 1234567 + 10 * shape + w);
      machine a = of_shape(shape), b = of_shape(shape);
      const tw_play play = {.requests = requests,
                            .gaps = w % 2 ? gaps : NULL,
                            .count = REQUESTS,
                            .window = windows[w],
                            .responses = played};
      cr_assert_eq(tw_mmu_play(a.mmu, &play), 0);
      tw_mmu_replay(b.mmu, requests, REQUESTS, replayed);
      unsigned merged = 0;
      uint64_t last = 0;
      for (unsigned i = 0; i < REQUESTS; i++) {
        expect_same(&played[i], &replayed[i], shape, windows[w]);
        merged += played[i].found == TW_FOUND_MERGED;
        last = played[i].cycle > last ? played[i].cycle : last;
      }
      cr_assert_eq(tw_mmu_now(a.mmu), last, "time goes on to the last answer");
      cr_assert_lt(last, tw_mmu_now(b.mmu), "overlapping saves time");
      cr_assert((merged > 0) == (a.config.merge && a.config.misses > 1), "shape %u: %u merged", shape, merged);
      machine_check_counters(&a);
      machine_check_counters(&b);
      machine_free(&a), machine_free(&b);
    }
}

static uint64_t few_pages(uint64_t random, uint64_t before) {
  (void)before;
  return random >> 8 & 7 ? random >> 12 & 7 : random >> 12 & 127;
}

// The caller's steps change nothing: cycles that are passed over are empty.
Test(play, steps_change_nothing) {
  static tw_response one[REQUESTS], other[REQUESTS];
  for (unsigned shape = 0; shape < SHAPES; shape++) {
    machine a = of_shape(shape), b = of_shape(shape);
    const machine_stream stream = {99 + shape, VA, REQUESTS, few_pages};
    unsigned count = machine_drive(&a, &stream, 1, one);
    cr_assert_eq(machine_drive(&b, &stream, 1000, other), count);
    cr_assert_gt(count, 1000);
    for (unsigned i = 0; i < count; i++)
      // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): both are written by the same code, padding included
      cr_assert_eq(memcmp(&one[i], &other[i], sizeof one[i]), 0, "shape %u, answer %u", shape, i);
    cr_assert_eq(memcmp(tw_mmu_counters(a.mmu), tw_mmu_counters(b.mmu), sizeof(tw_counters)), 0);
    cr_assert_gt(machine_count(&a, TW_COUNTER_STALL_BACKEND_TLB), 0);
    for (unsigned i = 1; i < count; i++)
      cr_assert_leq(one[i - 1].cycle, one[i].cycle);
    machine_check_counters(&a);
    machine_free(&a), machine_free(&b);
  }
}

Test(play, windows_and_gaps) {
  tw_mmu_config config = machine_small();
  config.l1_latency = 3;
  machine m = machine_new(&config, 10);
  machine_map(&m, VA, 3, 0x50000000 | D_AF | D_PAGE);
  machine_read(&m, VA);
  machine_access(&m, (tw_request){.va = VA, .el = 1, .kind = TW_ACCESS_FETCH});
  enum { DATA = TW_ACCESS_READ, FETCH = TW_ACCESS_FETCH, COUNT = 4 };
  // hits of three cycles: in which cycle each is accepted
  static const struct {
    uint8_t kind[COUNT];
    uint16_t gap[COUNT];
    uint64_t cycle; ///< the last request's own
    uint32_t window;
    uint64_t accepted[COUNT];
  } cases[] = {
      {{DATA, DATA, DATA, DATA}, {0}, 0, 1, {0, 3, 6, 9}},           // in the cycle of the answer before
      {{DATA, DATA, DATA, DATA}, {0}, 0, 2, {0, 1, 3, 4}},           //
      {{DATA, DATA, DATA, DATA}, {0}, 0, 3, {0, 1, 2, 3}},           // one a cycle at a port
      {{DATA, FETCH, DATA, FETCH}, {0}, 0, 4, {0, 0, 1, 1}},         // both ports
      {{DATA, FETCH, DATA, FETCH}, {0}, 0, 3, {0, 0, 1, 3}},         // fewer than the window
      {{DATA, DATA, FETCH, DATA}, {2, 5, 0, 1}, 0, 8, {0, 5, 5, 6}}, // gaps: the first counts for nothing
      {{DATA, DATA, DATA, DATA}, {0, 0, 9, 0}, 20, 8, {0, 1, 10, 20}},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint64_t n = tw_mmu_now(m.mmu);
    tw_request requests[COUNT];
    tw_response r[COUNT];
    for (unsigned j = 0; j < COUNT; j++)
      requests[j] = (tw_request){.va = VA, .kind = cases[i].kind[j], .el = 1, .id = 7};
    requests[COUNT - 1].cycle = n + cases[i].cycle;
    const tw_play play = {requests, cases[i].gap, COUNT, cases[i].window, r};
    cr_assert_eq(tw_mmu_play(m.mmu, &play), 0);
    for (unsigned j = 0; j < COUNT; j++) {
      cr_expect_eq(r[j].accepted, n + cases[i].accepted[j], "case %u, request %u: %u", i, j,
                   (unsigned)(r[j].accepted - n));
      cr_expect_eq(r[j].cycle, r[j].accepted + 3);
      cr_expect_eq(r[j].id, 7);
    }
    cr_expect_eq(tw_mmu_now(m.mmu), r[COUNT - 1].cycle);
  }
  machine_free(&m);
}

Test(play, what_is_refused) {
  machine m = of_shape(0);
  tw_request requests[2] = {{.va = VA + 0x1000, .el = 1}, {.va = VA + 0x2000, .el = 1}};
  tw_response r[2], earlier;
  tw_play play = {.requests = requests, .count = 2, .window = 0, .responses = r};
  cr_assert_eq(tw_mmu_play(m.mmu, &play), -1);
  play.window = TW_WINDOW_MAX + 1;
  cr_assert_eq(tw_mmu_play(m.mmu, &play), -1);
  play.window = TW_WINDOW_MAX;
  machine_offer(&m, TW_ACCESS_READ, VA + 0x3000, 0, 77);
  cr_assert_eq(tw_mmu_play(m.mmu, &play), -1, "a request stands at its port");
  tw_mmu_run_until(m.mmu, 5);
  cr_assert_eq(tw_mmu_play(m.mmu, &play), -1, "it is under way");
  tw_mmu_run_until(m.mmu, 500);
  // its answer has not been collected: it stays there
  cr_assert_eq(tw_mmu_play(m.mmu, &play), 0);
  cr_assert(r[0].pa == 0x50001000 && r[1].pa == 0x50002000);
  cr_assert_eq(tw_mmu_collect(m.mmu, &earlier, 1), 1);
  cr_assert(earlier.id == 77 && earlier.pa == 0x50003000);
  play.count = 0;
  uint64_t now = tw_mmu_now(m.mmu);
  cr_assert_eq(tw_mmu_play(m.mmu, &play), 0);
  cr_assert_eq(tw_mmu_now(m.mmu), now);
  machine_free(&m);
}
