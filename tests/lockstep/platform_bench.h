// One scenario on the RTL alone: a platform, what is offered to it and when, and what is expected of its answers.
//
// All scenarios: l1_latency 1, l2_latency 3, walk_start 1, walk_step 1, memory gives data after 10 cycles. The L2 holds
// 4K and 64K: two probes. A warm-up has read page 0, so the walk caches know the table of level 3: a walk is one read.
#ifndef TESTS_LOCKSTEP_PLATFORM_BENCH_H
#define TESTS_LOCKSTEP_PLATFORM_BENCH_H

#include <platform.h>

/// Pages with something about them; the others are plain, writable at EL1. Page n leads to 0x80000000 + n pages.
enum { NO_PAGE = 40, CLEAN_PAGE = 41, READ_ONLY_PAGE = 42, NO_FLAG_PAGE = 44, ANSWERS_MOST = 32 };

typedef struct tw_bench {
  tw_platform *platform;
  const char *name;
  const char *variant;             ///< RTL build; NULL: "tiny", or with a fault "tiny-faulty"
  uint64_t start;                  ///< cycle 0 of the scenario
  uint64_t closed_from, closed_to; ///< cycles in which a port of the test's is closed
  tw_response answer[ANSWERS_MOST];
  size_t answers;
  unsigned passed, failed;
  bool quiet; ///< failures are counted, not told
} tw_bench;

/// What is offered: in order for each port, from its cycle (of the scenario) on.
typedef struct tw_offers {
  const tw_request *requests;
  size_t request_count;
  const tw_tlbi *tlbis;
  size_t tlbi_count;
} tw_offers;

tw_mmu_config tw_bench_config(unsigned misses, unsigned walks);
/// The same on another RTL build.
tw_mmu_config tw_bench_config_of(const char *variant, unsigned misses, unsigned walks);
/// The registers that it begins with.
tw_registers tw_bench_registers(void);
/// A platform whose walk caches, and the data L1 and the L2 for page 0, are warm. Its warm-up's miss was of data. No
/// prefetch is under way. With a deliberate fault unless `fault` is 0.
void tw_bench_open(tw_bench *b, const char *name, const tw_mmu_config *config, unsigned fault);
void tw_bench_close(tw_bench *b);

/// At page `page` + 8 * id.
tw_request tw_bench_request(uint64_t cycle, uint32_t id, tw_access_kind kind, unsigned page);
tw_tlbi tw_bench_tlbi(uint64_t cycle, uint32_t id, tw_tlbi_op op, unsigned page, bool outside);

/// Write entry `index` of the table of a level: the tables follow each other, one a level.
void tw_bench_write(tw_bench *b, unsigned level, unsigned index, uint64_t descriptor);
uint64_t tw_bench_read(tw_bench *b, unsigned level, unsigned index);

/// Offer, run `cycles`, collect.
void tw_bench_run(tw_bench *b, const tw_offers *offers, uint64_t cycles);

void tw_bench_equal(tw_bench *b, const char *what, uint64_t found, uint64_t expected);
/// The answer to `id` stands in cycle `cycle` of the scenario and was found there. Gives the answer.
const tw_response *tw_bench_expect(tw_bench *b, uint32_t id, uint64_t cycle, tw_found found);
/// And it leads to the request's place in `page`.
void tw_bench_expect_page(tw_bench *b, uint32_t id, uint64_t cycle, tw_found found, unsigned page);
uint64_t tw_bench_counter(tw_bench *b, tw_counter row);

/// Scenarios, and the deliberate faults (rtl/FAULTS.md) of which each has to make one of them fail.
typedef struct tw_bench_suite {
  void (*const *scenarios)(tw_bench *b, unsigned fault);
  size_t scenario_count;
  const uint8_t *faults;
  size_t fault_count;
} tw_bench_suite;

/// Run the scenarios without a fault, and when they pass once more with each. Prints the sum; the exit status.
int tw_bench_main(const tw_bench_suite *suite);

#endif
