// One scenario on the RTL alone.
#include "platform_bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGES = 64, DELAY = 10 };
static const uint64_t table = 0x40000000, memory_at = 0x80000000;

static void check(tw_bench *b, bool right, const char *what, uint64_t found, uint64_t expected) {
  if (right) {
    b->passed++;
    return;
  }
  b->failed++;
  if (!b->quiet)
    printf("FAIL %s: %s: found %" PRIu64 ", expected %" PRIu64 "\n", b->name, what, found, expected);
}

void tw_bench_equal(tw_bench *b, const char *what, uint64_t found, uint64_t expected) {
  check(b, found == expected, what, found, expected);
}

tw_mmu_config tw_bench_config_of(const char *variant, unsigned misses, unsigned walks) {
  const tw_sizes pages = 1U << 12 | 1U << 14 | 1U << 16;
  tw_mmu_config config = {.l1i.sizes = pages,
                          .l1d.sizes = pages,
                          .l2.sizes = pages,
                          .l1_latency = 1,
                          .l2_latency = 3,
                          .walk_start = 1,
                          .walk_step = 1,
                          .ipa_latency = 1,
                          .pa_bits = 48};
  if (tw_platform_geometry(variant, &config, NULL))
    exit(2);
  config.misses = misses;
  config.walks = walks;
  config.merge = 1;
  return config;
}

tw_mmu_config tw_bench_config(unsigned misses, unsigned walks) { return tw_bench_config_of("tiny", misses, walks); }

static uint64_t page_descriptor(unsigned page) {
  uint64_t at = (memory_at + ((uint64_t)page << 12)) | 0x703; // valid, AF, inner shareable, EL1 alone
  if (page == NO_PAGE)
    return 0;
  if (page == CLEAN_PAGE)
    return at | 1ULL << 51 | 1U << 7; // DBM, AP[2]: writable, not yet written
  if (page == READ_ONLY_PAGE)
    return at | 1U << 7;
  if (page == NO_FLAG_PAGE)
    return at & ~(1ULL << 10);
  return at;
}

static void load_tables(tw_bench *b) {
  tw_memory *memory = tw_platform_memory(b->platform);
  for (unsigned level = 0; level < 3; level++)
    tw_memory_write(memory, table + (level << 12), (table + ((level + 1) << 12)) | 3);
  for (unsigned page = 0; page < PAGES; page++)
    tw_memory_write(memory, table + (3 << 12) + 8 * page, page_descriptor(page));
}

void tw_bench_write(tw_bench *b, unsigned level, unsigned index, uint64_t descriptor) {
  tw_memory_write(tw_platform_memory(b->platform), table + (level << 12) + 8 * index, descriptor);
}

uint64_t tw_bench_read(tw_bench *b, unsigned level, unsigned index) {
  return tw_memory_read(tw_platform_memory(b->platform), table + (level << 12) + 8 * index);
}

tw_request tw_bench_request(uint64_t cycle, uint32_t id, tw_access_kind kind, unsigned page) {
  return (tw_request){.va = ((uint64_t)page << 12) + 8 * id, .cycle = cycle, .id = id, .kind = (uint8_t)kind, .el = 1};
}

tw_registers tw_bench_registers(void) {
  return (tw_registers){.sctlr = 1,
                        .tcr = 16 | 16 << 16 | 1ULL << 31 | 5ULL << 32 | 3ULL << 39, // HA, HD
                        .ttbr0 = table,
                        .mair = 0xff};
}

void tw_bench_open(tw_bench *b, const char *name, const tw_mmu_config *config, unsigned fault) {
  const tw_memory_config memory = {.dram_latency = DELAY};
  const char *variant = b->variant ? b->variant : fault ? "tiny-faulty" : "tiny";
  const tw_platform_options options = {.variant = variant, .fault = fault};
  const tw_registers registers = tw_bench_registers();
  tw_error error = {""};
  b->name = name;
  b->platform = tw_platform_open(config, &memory, &options, &error);
  if (!b->platform) {
    printf("%s\n", error.text);
    exit(2);
  }
  load_tables(b);
  tw_platform_set_registers(b->platform, &registers);
  const tw_request warm = {.va = 0, .el = 1};
  tw_response response;
  tw_platform_replay(b->platform, &warm, 1, &response, NULL);
  tw_platform_run_until(b->platform, tw_platform_now(b->platform) + 1);
  tw_platform_settle(b->platform);
  b->start = tw_platform_now(b->platform) + 3;
  tw_platform_run_until(b->platform, b->start);
  b->answers = 0;
}

void tw_bench_close(tw_bench *b) { tw_platform_close(b->platform); }

static void offer_due(tw_bench *b, const tw_offers *offers, uint64_t offset, bool *done) {
  bool full[3] = {false};
  for (size_t i = 0; i < offers->request_count; i++) {
    tw_request r = offers->requests[i];
    unsigned port = r.kind == TW_ACCESS_FETCH;
    if (done[i] || full[port])
      continue;
    r.cycle = b->start + offset;
    full[port] = offers->requests[i].cycle > offset || tw_platform_submit(b->platform, &r);
    done[i] = !full[port];
  }
  for (size_t i = 0; i < offers->tlbi_count; i++) {
    tw_tlbi t = offers->tlbis[i];
    bool *place = &done[offers->request_count + i];
    if (*place || t.cycle > offset)
      continue;
    t.cycle = b->start + offset;
    *place = !tw_platform_submit_tlbi(b->platform, &t);
  }
}

void tw_bench_run(tw_bench *b, const tw_offers *offers, uint64_t cycles) {
  bool done[64] = {false};
  for (uint64_t offset = 0; offset < cycles; offset++) {
    offer_due(b, offers, offset, done);
    tw_platform_run_until(b->platform, b->start + offset + 1);
  }
  b->answers += tw_platform_collect(b->platform, b->answer + b->answers, NULL, ANSWERS_MOST - b->answers);
}

const tw_response *tw_bench_expect(tw_bench *b, uint32_t id, uint64_t cycle, tw_found found) {
  static const tw_response none;
  for (size_t i = 0; i < b->answers; i++) {
    const tw_response *r = &b->answer[i];
    if (r->id != id)
      continue;
    tw_bench_equal(b, "cycle of an answer", r->cycle - b->start, cycle);
    tw_bench_equal(b, "where it was found", r->found, (uint64_t)found);
    return r;
  }
  check(b, false, "no answer to request", UINT64_MAX, id);
  return &none;
}

void tw_bench_expect_page(tw_bench *b, uint32_t id, uint64_t cycle, tw_found found, unsigned page) {
  const tw_response *r = tw_bench_expect(b, id, cycle, found);
  tw_bench_equal(b, "PA", r->pa, memory_at + ((uint64_t)page << 12) + 8 * id);
}

uint64_t tw_bench_counter(tw_bench *b, tw_counter row) {
  tw_counters counters;
  tw_platform_counters(b->platform, &counters);
  return counters.value[row];
}

tw_tlbi tw_bench_tlbi(uint64_t cycle, uint32_t id, tw_tlbi_op op, unsigned page, bool outside) {
  return (tw_tlbi){
      .operand = tw_tlbi_va((uint64_t)page << 12, 0), .cycle = cycle, .id = id, .op = (uint8_t)op, .outside = outside};
}

static void run_all(const tw_bench_suite *suite, tw_bench *b, unsigned fault) {
  for (size_t i = 0; i < suite->scenario_count; i++)
    suite->scenarios[i](b, fault);
}

static void try_fault(const tw_bench_suite *suite, tw_bench *all, unsigned fault) {
  tw_bench b = {.quiet = true};
  run_all(suite, &b, fault);
  if (b.failed) {
    all->passed++;
    return;
  }
  all->failed++;
  printf("FAIL fault %u is not seen\n", fault);
}

int tw_bench_main(const tw_bench_suite *suite) {
  tw_bench b = {0};
  run_all(suite, &b, 0);
  for (size_t i = 0; i < suite->fault_count && !b.failed; i++)
    try_fault(suite, &b, suite->faults[i]);
  printf("%u passed, %u failed\n", b.passed, b.failed);
  return b.failed != 0;
}
