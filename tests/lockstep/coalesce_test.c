// Coalescing, on the RTL alone: what is expected is worked out by hand from rtl/README.md, on the build "tiny".
//   coalesce_test
//
// 16K is in use too: three probes. A miss that is alone and is accepted in c: probes in c + 4 to c + 6, level 3 is read
// in c + 7, data in c + 17, response in c + 18; an L2 hit of 16K in c + 5.
#include "platform_bench.h"

#include <stdio.h>

static void open_bench(tw_bench *b, const char *name, bool coalesce) {
  tw_mmu_config config = tw_bench_config(4, 2);
  config.coalesce = coalesce;
  tw_bench_open(b, name, &config, 0);
}

static void run_requests(tw_bench *b, const tw_request *requests, size_t count, uint64_t cycles) {
  const tw_offers offers = {.requests = requests, .request_count = count};
  tw_bench_run(b, &offers, cycles);
}

static void expect_size(tw_bench *b, uint32_t id, uint64_t cycle, tw_found found, unsigned page, unsigned size) {
  tw_bench_expect_page(b, id, cycle, found, page);
  tw_bench_equal(b, "size", tw_bench_expect(b, id, cycle, found)->size_log2, size);
}

/// The four pages are one entry of the L1 and of the L2; a TLBI of any of them drops it.
static void four_pages(tw_bench *b) {
  open_bench(b, "four pages", true);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 5), tw_bench_request(40, 2, TW_ACCESS_READ, 7),
                                 tw_bench_request(60, 3, TW_ACCESS_FETCH, 4),
                                 tw_bench_request(100, 4, TW_ACCESS_READ, 7),
                                 tw_bench_request(140, 5, TW_ACCESS_READ, 8)};
  const tw_tlbi tlbis[] = {tw_bench_tlbi(80, 101, TW_TLBI_VAAL, 6, false)};
  const tw_offers offers = {requests, 5, tlbis, 1};
  tw_bench_run(b, &offers, 180);
  expect_size(b, 1, 18, TW_FOUND_WALK, 5, 14);
  expect_size(b, 2, 41, TW_FOUND_L1, 7, 14);
  expect_size(b, 3, 65, TW_FOUND_L2, 4, 14);
  expect_size(b, 4, 118, TW_FOUND_WALK, 7, 14);
  expect_size(b, 5, 158, TW_FOUND_WALK, 8, 14); // the next four
  tw_bench_close(b);
}

static void switched_off(tw_bench *b) {
  open_bench(b, "no coalescing", false);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 5), tw_bench_request(40, 2, TW_ACCESS_READ, 7)};
  run_requests(b, requests, 2, 80);
  expect_size(b, 1, 17, TW_FOUND_WALK, 5, 12);
  expect_size(b, 2, 57, TW_FOUND_WALK, 7, 12);
  tw_bench_close(b);
}

/// `change` of the descriptor of page 6, before any of the four has been walked: what a walk of page 5 then maps.
static void one_differs(tw_bench *b, const char *name, uint64_t change, unsigned size) {
  open_bench(b, name, true);
  tw_bench_write(b, 3, 6, tw_bench_read(b, 3, 6) ^ change);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 5)};
  run_requests(b, requests, 1, 40);
  expect_size(b, 1, 18, TW_FOUND_WALK, 5, size);
  tw_bench_close(b);
}

/// `change` of all four.
static void all_have(tw_bench *b, const char *name, uint64_t change, uint64_t cycle, unsigned size) {
  open_bench(b, name, true);
  for (unsigned page = 4; page < 8; page++)
    tw_bench_write(b, 3, page, tw_bench_read(b, 3, page) ^ change);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 5)};
  run_requests(b, requests, 1, 60);
  expect_size(b, 1, cycle, TW_FOUND_WALK, 5 ^ (change >> 12 & 3), size);
  tw_bench_close(b);
}

static void big_endian(tw_bench *b) {
  open_bench(b, "big-endian tables", true);
  for (unsigned page = 4; page < 8; page++)
    tw_bench_write(b, 3, page, __builtin_bswap64(tw_bench_read(b, 3, page)));
  tw_registers registers = tw_bench_registers();
  registers.sctlr |= 1U << 25; // EE
  tw_platform_set_registers(b->platform, &registers);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 5)};
  run_requests(b, requests, 1, 40);
  expect_size(b, 1, 18, TW_FOUND_WALK, 5, 14);
  tw_bench_close(b);
}

int main(void) {
  tw_bench b = {0};
  four_pages(&b);
  switched_off(&b);
  one_differs(&b, "bits left to software", 0xfULL << 55, 14);
  one_differs(&b, "another page's Access flag", 1ULL << 10, 12);
  one_differs(&b, "another page's AP[2]", 1ULL << 7, 12);
  one_differs(&b, "another page's UXN", 1ULL << 54, 12);
  one_differs(&b, "another page's contiguous bit", 1ULL << 52, 12);
  one_differs(&b, "another page's number", 1ULL << 12, 12);
  one_differs(&b, "another page's output", 1ULL << 14, 12);
  one_differs(&b, "another page's attributes", 1ULL << 2, 12);
  one_differs(&b, "another page's validity", 1, 12);
  all_have(&b, "four numbers that are not theirs", 1ULL << 13, 18, 12);
  all_have(&b, "four contiguous bits", 1ULL << 52, 18, 16);
  all_have(&b, "four that are clean", 1ULL << 51 | 1ULL << 7, 18, 12);
  all_have(&b, "four without Access flags", 1ULL << 10, 29, 12); // swaps in 18
  big_endian(&b);
  printf("%u passed, %u failed\n", b.passed, b.failed);
  return b.failed != 0;
}
