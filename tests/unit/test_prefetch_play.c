// Translation prefetch beside many requests: it changes no answer but in time and place, whichever way requests are
// given; and what is not waited for goes on.
#include <criterion/criterion.h>
#include <string.h>

#include "machine.h"

#define VA MACHINE_VA
enum { REQUESTS = 2000, SHAPES = MACHINE_SHAPES };

static machine of_shape(unsigned shape, tw_prefetch prefetch) {
  tw_mmu_config config = machine_small();
  config.prefetch = prefetch;
  config.l2 = (tw_l2_config){.sets = 16, .ways = 4, .sizes = config.l2.sizes}; // room for what is fetched early
  config.misses = 2 + 5 * shape % 15;
  return machine_of_shape(config, shape);
}

/// Runs of pages in order, at strides, and anywhere.
static void make_requests(tw_request *requests, uint16_t *gaps, uint64_t seed) {
  uint64_t page = 0;
  for (unsigned i = 0; i < REQUESTS; i++) {
    uint64_t r = machine_random(&seed);
    page = r % 8 ? page + 1 + (i / 100 % 3) : r / 8;
    page %= 128;
    gaps[i] = r >> 50 & 7 ? 0 : (uint16_t)(r >> 53 & 31);
    requests[i] = (tw_request){.va = VA + page * 0x1000 + (r >> 40 & 0xff8),
                               .id = i,
                               .kind = r >> 20 & 7 ? r >> 23 & 1 : TW_ACCESS_FETCH,
                               .el = 1};
  }
}

/// Nothing is under way: prefetches have ended in one of two ways.
static void settle(machine *m) {
  for (uint64_t next; (next = tw_mmu_next_event(m->mmu)) != UINT64_MAX;)
    tw_mmu_run_until(m->mmu, next + 1);
  cr_assert_eq(machine_count(m, TW_COUNTER_L2D_TLB_PREFETCH),
               machine_count(m, TW_COUNTER_L2D_TLB_PREFETCH_HIT) + machine_count(m, TW_COUNTER_WALK_PREFETCH));
  cr_assert_leq(machine_count(m, TW_COUNTER_WALK_PREFETCH_FILL), machine_count(m, TW_COUNTER_WALK_PREFETCH));
  machine_check_counters(m);
}

Test(prefetch_play, no_answer_changes) {
  static tw_request requests[REQUESTS];
  static uint16_t gaps[REQUESTS];
  static tw_response with[REQUESTS], without[REQUESTS];
  static const uint32_t windows[] = {1, 3, 16, TW_WINDOW_MAX};
  uint64_t fills[3] = {0};
  for (unsigned shape = 0; shape < SHAPES; shape++)
    for (unsigned w = 0; w < 4; w++)
      for (unsigned prefetch = TW_PREFETCH_NEXT; prefetch <= TW_PREFETCH_STRIDE; prefetch++) {
        make_requests(requests, gaps, 1234567 + 10 * shape + w);
        machine a = of_shape(shape, prefetch), b = of_shape(shape, TW_PREFETCH_NONE);
        tw_play play = {requests, w % 2 ? gaps : NULL, REQUESTS, windows[w], with};
        cr_assert_eq(tw_mmu_play(a.mmu, &play), 0);
        play.responses = without;
        cr_assert_eq(tw_mmu_play(b.mmu, &play), 0);
        for (unsigned i = 0; i < REQUESTS; i++) {
          const tw_response *p = &with[i], *q = &without[i];
          cr_assert(p->id == q->id && p->pa == q->pa && p->fault == q->fault && p->fsc == q->fsc &&
                        p->stage == q->stage && p->attr == q->attr,
                    "shape %u, window %u, prefetch %u, request %u", shape, windows[w], prefetch, i);
        }
        settle(&a), settle(&b);
        fills[prefetch] += machine_count(&a, TW_COUNTER_WALK_PREFETCH_FILL);
        machine_free(&a), machine_free(&b);
      }
  cr_assert(fills[TW_PREFETCH_NEXT] > 200 && fills[TW_PREFETCH_STRIDE] > 50, "%u and %u fills",
            (unsigned)fills[TW_PREFETCH_NEXT], (unsigned)fills[TW_PREFETCH_STRIDE]);
}

// Page after page, so slowly that each prefetch is in time. Only a walk makes a candidate, and a page that has been
// fetched is no walk: of the next page every second one is left; by stride three of four, for after an L2 hit the
// distance to the last walk is 2, then 1, and 1 again.
Test(prefetch_play, what_is_saved) {
  enum { SCANNED = 88 };
  static const unsigned walks[3] = {SCANNED, SCANNED / 2, SCANNED / 4 * 3};
  for (unsigned prefetch = 0; prefetch < 3; prefetch++) {
    tw_mmu_config config = machine_small();
    config.prefetch = prefetch;
    machine m = machine_new(&config, 3);
    tw_request requests[SCANNED];
    uint16_t gaps[SCANNED];
    tw_response r[SCANNED];
    for (unsigned i = 0; i < SCANNED; i++) {
      machine_map(&m, VA + i * 0x1000ULL, 3, (0x50000000 + i * 0x1000ULL) | D_AF | D_PAGE);
      requests[i] = (tw_request){.va = VA + i * 0x1000ULL, .el = 1};
      gaps[i] = 100;
    }
    const tw_play play = {requests, gaps, SCANNED, 1, r};
    cr_assert_eq(tw_mmu_play(m.mmu, &play), 0);
    cr_assert_eq(machine_count(&m, TW_COUNTER_DTLB_WALK), walks[prefetch]);
    cr_assert_eq(machine_count(&m, TW_COUNTER_L2D_TLB_HIT), SCANNED - walks[prefetch]);
    settle(&m);
    machine_free(&m);
  }
}

static void expect_same(const tw_response *a, const tw_response *b, unsigned count, const char *what) {
  for (unsigned i = 0; i < count; i++)
    // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): both are written by the same code, padding included
    cr_assert_eq(memcmp(&a[i], &b[i], sizeof *a), 0, "%s: request %u", what, i);
}

// One after the other: translated each by itself, replayed in pieces, played, and given at the ports.
Test(prefetch_play, all_ways_are_one) {
  static tw_request requests[REQUESTS];
  static uint16_t gaps[REQUESTS];
  static tw_response one[REQUESTS], other[REQUESTS];
  for (unsigned shape = 0; shape < SHAPES; shape++)
    for (unsigned prefetch = TW_PREFETCH_NEXT; prefetch <= TW_PREFETCH_STRIDE; prefetch++) {
      make_requests(requests, gaps, 88172645463325252ULL + shape);
      machine a = of_shape(shape, prefetch), b = of_shape(shape, prefetch), c = of_shape(shape, prefetch);
      const tw_play play = {.requests = requests, .count = REQUESTS, .window = 1, .responses = one};
      cr_assert_eq(tw_mmu_play(a.mmu, &play), 0);
      for (unsigned i = 0, piece = 1; i < REQUESTS; i += piece, piece = piece % 7 + 1)
        if (piece == 1)
          tw_mmu_translate(b.mmu, &requests[i], &other[i]);
        else
          tw_mmu_replay(b.mmu, &requests[i], REQUESTS - i < piece ? REQUESTS - i : piece, &other[i]);
      expect_same(one, other, REQUESTS, "pieces");
      cr_assert_eq(tw_mmu_now(a.mmu), tw_mmu_now(b.mmu));
      unsigned count = 0;
      for (unsigned i = 0; i < REQUESTS; i++) {
        tw_mmu_run_until(c.mmu, one[i].accepted);
        requests[i].cycle = one[i].accepted;
        cr_assert_eq(tw_mmu_submit(c.mmu, &requests[i]), 0);
        count += (unsigned)tw_mmu_collect(c.mmu, other + count, 1);
      }
      tw_mmu_run_until(c.mmu, one[REQUESTS - 1].cycle + 1);
      count += (unsigned)tw_mmu_collect(c.mmu, other + count, REQUESTS - count);
      cr_assert_eq(count, REQUESTS);
      expect_same(one, other, REQUESTS, "ports");
      settle(&a), settle(&b), settle(&c);
      cr_assert_eq(memcmp(tw_mmu_counters(a.mmu), tw_mmu_counters(b.mmu), sizeof(tw_counters)), 0);
      cr_assert_eq(memcmp(tw_mmu_counters(a.mmu), tw_mmu_counters(c.mmu), sizeof(tw_counters)), 0);
      machine_free(&a), machine_free(&b), machine_free(&c);
    }
}

Test(prefetch_play, maintenance_between) {
  machine a = of_shape(4, TW_PREFETCH_NEXT), b = of_shape(4, TW_PREFETCH_NEXT);
  uint64_t random = 4711;
  for (unsigned i = 0; i < 500; i++) {
    uint64_t r = machine_random(&random), page = r >> 8 & 63;
    tw_response one, other;
    if (r & 3) {
      uint64_t va = VA + (r >> 16 & 1 ? page : i % 96) * 0x1000;
      one = machine_read(&a, va);
      const tw_request request = {.va = va, .el = 1, .cycle = one.accepted};
      tw_mmu_run_until(b.mmu, one.accepted);
      cr_assert_eq(tw_mmu_submit(b.mmu, &request), 0);
    } else {
      tw_tlbi tlbi = {.op = (uint8_t)(r & 4 ? TW_TLBI_DSB : TW_TLBI_VA),
                      .operand = tw_tlbi_va(VA + (page << 12), 1),
                      .outside = r >> 3 & 1};
      tw_mmu_maintain(a.mmu, &tlbi, &one);
      tlbi.cycle = one.accepted;
      tw_mmu_run_until(b.mmu, one.accepted);
      cr_assert_eq(tw_mmu_submit_tlbi(b.mmu, &tlbi), 0);
    }
    cr_assert_eq(tw_mmu_now(a.mmu), one.cycle);
    // the answer's cycle itself is left: what is offered in it comes next
    tw_mmu_run_until(b.mmu, one.cycle);
    cr_assert_eq(tw_mmu_collect(b.mmu, &other, 1), 0);
    tw_mmu_run_until(a.mmu, one.cycle + 1);
    tw_mmu_run_until(b.mmu, one.cycle + 1);
    cr_assert_eq(tw_mmu_collect(b.mmu, &other, 1), 1);
    expect_same(&one, &other, 1, "maintenance");
  }
  settle(&a), settle(&b);
  cr_assert_eq(memcmp(tw_mmu_counters(a.mmu), tw_mmu_counters(b.mmu), sizeof(tw_counters)), 0);
  cr_assert_gt(machine_count(&a, TW_COUNTER_WALK_PREFETCH), 50);
  machine_free(&a), machine_free(&b);
}

static uint64_t page_after_page(uint64_t random, uint64_t before) {
  return random >> 8 & 3 ? (before + 1) % 96 : random >> 12 & 127;
}

// The caller's steps change nothing: cycles that are passed over are empty.
Test(prefetch_play, steps_change_nothing) {
  static tw_response one[REQUESTS], other[REQUESTS];
  for (unsigned shape = 0; shape < SHAPES; shape++)
    for (unsigned prefetch = TW_PREFETCH_NEXT; prefetch <= TW_PREFETCH_STRIDE; prefetch++) {
      machine a = of_shape(shape, prefetch), b = of_shape(shape, prefetch);
      const machine_stream stream = {99 + shape, VA, REQUESTS, page_after_page};
      unsigned count = machine_drive(&a, &stream, 1, one);
      cr_assert_eq(machine_drive(&b, &stream, 1000, other), count);
      cr_assert_gt(count, 1000);
      expect_same(one, other, count, "steps");
      settle(&a), settle(&b);
      cr_assert_eq(memcmp(tw_mmu_counters(a.mmu), tw_mmu_counters(b.mmu), sizeof(tw_counters)), 0);
      cr_assert_gt(machine_count(&a, TW_COUNTER_L2D_TLB_PREFETCH), prefetch == TW_PREFETCH_NEXT ? 30 : 0);
      machine_free(&a), machine_free(&b);
    }
}

// A stream is answered as its requests are one by one: with prefetches they go beside walks that nobody waits for.
Test(prefetch_play, streams) {
  for (unsigned prefetch = 0; prefetch < 3; prefetch++) {
    machine a = of_shape(4, prefetch), b = of_shape(4, prefetch);
    const uint64_t va[] = {VA + 0x1000, VA + 0x1008, VA + 0x2000};
    const uint8_t kind[] = {0, 0, 0};
    const tw_stream stream = {.va = va, .kind = kind, .el = 1};
    tw_response fault = {0};
    cr_assert_eq(tw_mmu_replay_stream(a.mmu, &stream, 3, NULL, &fault), 3);
    cr_assert_eq(fault.fault, 0);
    for (unsigned i = 0; i < 3; i++)
      machine_read(&b, va[i]);
    cr_assert_eq(tw_mmu_now(a.mmu), tw_mmu_now(b.mmu));
    cr_assert_eq(memcmp(tw_mmu_counters(a.mmu), tw_mmu_counters(b.mmu), sizeof(tw_counters)), 0);
    machine_free(&a), machine_free(&b);
  }
}
