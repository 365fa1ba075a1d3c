// The RTL alone, with requests that overlap: cycles worked out by hand from rtl/README.md, on the build "tiny".
//   platform_test
// Then the deliberate faults of what overlaps (rtl/FAULTS.md): each must make one of these checks fail.
//
// All scenarios: l1_latency 1, l2_latency 3, walk_start 1, walk_step 1, memory gives data after 10 cycles. The L2 holds
// 4K and 64K: two probes. A warm-up has read page 0, so the walk caches know the table of level 3: a walk is one read.
// A miss that is alone and is accepted in c: L1 in c + 1, probes in c + 4 and c + 5, the walk begins in c + 5, reads in
// c + 6, data in c + 16, response in c + 17.
#include <inttypes.h>
#include <platform.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES = 64, ANSWERS_MOST = 32, DELAY = 10, NO_PAGE = 40, CLEAN_PAGE = 41, READ_ONLY_PAGE = 42 };
static const uint64_t table = 0x40000000, memory_at = 0x80000000;

// ---- one scenario ----

typedef struct tw_bench {
  tw_platform *platform;
  const char *name;
  uint64_t start;                 ///< cycle 0 of the scenario
  uint64_t closed_from, closed_to; ///< a port's closed cycles
  tw_response answer[ANSWERS_MOST];
  size_t answers;
  unsigned passed, failed;
  bool quiet;
} tw_bench;

static void check(tw_bench *b, bool right, const char *what, uint64_t found, uint64_t expected) {
  if (right) {
    b->passed++;
    return;
  }
  b->failed++;
  if (!b->quiet)
    printf("FAIL %s: %s: found %" PRIu64 ", expected %" PRIu64 "\n", b->name, what, found, expected);
}

static void equal(tw_bench *b, const char *what, uint64_t found, uint64_t expected) {
  check(b, found == expected, what, found, expected);
}

static tw_mmu_config config_of(unsigned misses, unsigned walks) {
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
  if (tw_platform_geometry("tiny", &config, NULL))
    exit(2);
  config.misses = misses;
  config.walks = walks;
  config.merge = 1;
  return config;
}

static uint64_t page_descriptor(unsigned page) {
  uint64_t at = (memory_at + ((uint64_t)page << 12)) | 0x703; // valid, AF, inner shareable, EL1 alone
  if (page == NO_PAGE)
    return 0;
  if (page == CLEAN_PAGE)
    return at | 1ULL << 51 | 1U << 7; // DBM, AP[2]: writable, not yet written
  if (page == READ_ONLY_PAGE)
    return at | 1U << 7;
  return at;
}

static void load_tables(tw_bench *b) {
  tw_memory *memory = tw_platform_memory(b->platform);
  for (unsigned level = 0; level < 3; level++)
    tw_memory_write(memory, table + (level << 12), (table + ((level + 1) << 12)) | 3);
  for (unsigned page = 0; page < PAGES; page++)
    tw_memory_write(memory, table + (3 << 12) + 8 * page, page_descriptor(page));
}

static tw_request request(uint64_t cycle, uint32_t id, tw_access_kind kind, unsigned page) {
  return (tw_request){
      .va = ((uint64_t)page << 12) + 8 * id, .cycle = cycle, .id = id, .kind = (uint8_t)kind, .el = 1};
}

/// A platform whose walk caches, and the data L1 and the L2 for page 0, are warm. Its warm-up's miss was of data.
static void open_bench(tw_bench *b, const char *name, const tw_mmu_config *config, unsigned fault) {
  const tw_memory_config memory = {.dram_latency = DELAY};
  const tw_platform_options options = {.variant = fault ? "tiny-faulty" : "tiny", .fault = fault};
  const tw_registers registers = {.sctlr = 1,
                                  .tcr = 16 | 16 << 16 | 1ULL << 31 | 5ULL << 32 | 3ULL << 39, // HA, HD
                                  .ttbr0 = table,
                                  .mair = 0xff};
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
  b->start = tw_platform_now(b->platform) + 4;
  tw_platform_run_until(b->platform, b->start);
  b->answers = 0;
}

static void close_bench(tw_bench *b) { tw_platform_close(b->platform); }

/// What is offered: in order for each port, from its cycle on.
typedef struct tw_offers {
  const tw_request *requests;
  size_t request_count;
  const tw_tlbi *tlbis;
  size_t tlbi_count;
} tw_offers;

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

/// Offer, run `cycles`, collect.
static void run(tw_bench *b, const tw_offers *offers, uint64_t cycles) {
  bool done[64] = {false};
  for (uint64_t offset = 0; offset < cycles; offset++) {
    offer_due(b, offers, offset, done);
    tw_platform_run_until(b->platform, b->start + offset + 1);
  }
  b->answers += tw_platform_collect(b->platform, b->answer + b->answers, NULL, ANSWERS_MOST - b->answers);
}

static void run_requests(tw_bench *b, const tw_request *requests, size_t count, uint64_t cycles) {
  const tw_offers offers = {.requests = requests, .request_count = count};
  run(b, &offers, cycles);
}

/// The answer to `id` stands in cycle `cycle` of the scenario and was found there; `page`: where it leads, or none.
static const tw_response *expect(tw_bench *b, uint32_t id, uint64_t cycle, tw_found found) {
  static const tw_response none;
  for (size_t i = 0; i < b->answers; i++) {
    const tw_response *r = &b->answer[i];
    if (r->id != id)
      continue;
    equal(b, "cycle of an answer", r->cycle - b->start, cycle);
    equal(b, "where it was found", r->found, (uint64_t)found);
    return r;
  }
  check(b, false, "no answer to request", UINT64_MAX, id);
  return &none;
}

static void expect_page(tw_bench *b, uint32_t id, uint64_t cycle, tw_found found, unsigned page) {
  const tw_response *r = expect(b, id, cycle, found);
  equal(b, "PA", r->pa, memory_at + ((uint64_t)page << 12) + 8 * id);
}

static uint64_t counter(tw_bench *b, tw_counter row) {
  tw_counters counters;
  tw_platform_counters(b->platform, &counters);
  return counters.value[row];
}

// ---- ports, queue, walks ----

/// The data port entered last (the warm-up), so the fetch goes first; the look-up of the L2 takes one after the other.
static void both_ports(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(4, 2);
  open_bench(b, "both ports", &config, fault);
  const tw_request requests[] = {request(0, 1, TW_ACCESS_READ, 1), request(0, 2, TW_ACCESS_FETCH, 2),
                                 request(40, 3, TW_ACCESS_READ, 3), request(40, 4, TW_ACCESS_FETCH, 4)};
  run_requests(b, requests, 4, 80);
  expect_page(b, 2, 17, TW_FOUND_WALK, 2);
  expect_page(b, 1, 19, TW_FOUND_WALK, 1); // enters at the end of 2; probes in 6 and 7
  expect_page(b, 4, 57, TW_FOUND_WALK, 4); // data entered last again
  expect_page(b, 3, 59, TW_FOUND_WALK, 3);
  close_bench(b);
}

static void hit_under_miss(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(4, 2);
  open_bench(b, "hit under miss", &config, fault);
  const tw_request requests[] = {request(0, 1, TW_ACCESS_READ, 3), request(1, 2, TW_ACCESS_READ, 0),
                                 request(16, 3, TW_ACCESS_WRITE, 0)};
  run_requests(b, requests, 3, 40);
  expect_page(b, 2, 2, TW_FOUND_L1, 0);
  expect_page(b, 1, 17, TW_FOUND_WALK, 3);
  expect_page(b, 3, 18, TW_FOUND_L1, 0); // held in 17: the L1 is filled
  close_bench(b);
}

static void merging(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(5, 3);
  open_bench(b, "merging", &config, fault);
  const tw_request requests[] = {
      request(0, 1, TW_ACCESS_READ, 4),  request(1, 2, TW_ACCESS_WRITE, 4), request(2, 3, TW_ACCESS_READ, 4),
      request(3, 4, TW_ACCESS_FETCH, 4), request(60, 5, TW_ACCESS_READ, 5), request(61, 6, TW_ACCESS_READ, 5 + 16),
      request(62, 7, TW_ACCESS_READ, 5)};
  uint64_t refills = counter(b, TW_COUNTER_L1D_TLB_REFILL);
  run_requests(b, requests, 7, 100);
  expect_page(b, 1, 17, TW_FOUND_WALK, 4);
  expect_page(b, 2, 18, TW_FOUND_MERGED, 4);
  expect_page(b, 3, 19, TW_FOUND_MERGED, 4);
  // The other port does not merge: enters at the end of 4, probes in 7 and 8, reads in 9, data in 19; the channel is not
  // free in 18 and 19
  expect_page(b, 4, 20, TW_FOUND_WALK, 4);
  expect_page(b, 5, 77, TW_FOUND_WALK, 5);
  expect_page(b, 7, 78, TW_FOUND_MERGED, 5);
  expect_page(b, 6, 79, TW_FOUND_WALK, 5 + 16); // probes in 66 and 67
  equal(b, "merged", counter(b, TW_COUNTER_L1D_TLB_MERGE), 3);
  equal(b, "refills", counter(b, TW_COUNTER_L1D_TLB_REFILL) - refills, 3);
  equal(b, "L2", counter(b, TW_COUNTER_L2D_TLB), 1 + 4);
  close_bench(b);
}

/// A page that is read-only: each is asked for its own permission.
static void merged_permission(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(5, 3);
  open_bench(b, "merged ones' permission", &config, fault);
  const tw_request requests[] = {request(0, 1, TW_ACCESS_READ, READ_ONLY_PAGE),
                                 request(1, 2, TW_ACCESS_WRITE, READ_ONLY_PAGE)};
  run_requests(b, requests, 2, 40);
  expect_page(b, 1, 17, TW_FOUND_WALK, READ_ONLY_PAGE);
  const tw_response *refused = expect(b, 2, 18, TW_FOUND_MERGED);
  equal(b, "a fault", refused->fault, 1);
  equal(b, "fault status", refused->fsc, TW_FSC_PERMISSION | 3);
  equal(b, "no address", refused->pa, 0);
  equal(b, "size of what answered", refused->size_log2, 12);
  close_bench(b);
}

/// The walk faults: the merged one is looked up and walks by itself.
static void merged_with_a_fault(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(5, 3);
  open_bench(b, "merged with a fault", &config, fault);
  const tw_request requests[] = {request(0, 1, TW_ACCESS_READ, NO_PAGE), request(1, 2, TW_ACCESS_READ, NO_PAGE)};
  run_requests(b, requests, 2, 60);
  equal(b, "a fault", expect(b, 1, 17, TW_FOUND_WALK)->fault, 1);
  const tw_response *second = expect(b, 2, 31, TW_FOUND_WALK); // probes in 18 and 19, reads in 20
  equal(b, "a fault too", second->fault, 1);
  equal(b, "cycles of its walk", second->walk_cycles, 12);
  close_bench(b);
}

/// A read fills a clean entry, which does not serve the write that was merged with it.
static void merged_write_of_a_clean_page(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(5, 3);
  open_bench(b, "a merged write of a clean page", &config, fault);
  const tw_request requests[] = {request(0, 1, TW_ACCESS_READ, CLEAN_PAGE), request(1, 2, TW_ACCESS_WRITE, CLEAN_PAGE),
                                 request(2, 3, TW_ACCESS_READ, CLEAN_PAGE)};
  run_requests(b, requests, 3, 80);
  expect_page(b, 1, 17, TW_FOUND_WALK, CLEAN_PAGE);
  // Not served in 18; probes in 19 (the entry is dropped), 20; reads in 21, swaps in 32
  const tw_response *written = expect(b, 2, 43, TW_FOUND_WALK);
  equal(b, "an update", written->updates, 1);
  equal(b, "a read of level 3", written->reads[4], 1);
  expect_page(b, 3, 19, TW_FOUND_MERGED, CLEAN_PAGE);
  close_bench(b);
}

static void queue_is_full(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(2, 2);
  open_bench(b, "a full queue", &config, fault);
  const tw_request requests[] = {request(0, 1, TW_ACCESS_READ, 1), request(1, 2, TW_ACCESS_READ, 2),
                                 request(2, 3, TW_ACCESS_READ, 3), request(3, 4, TW_ACCESS_READ, 4)};
  run_requests(b, requests, 4, 60);
  expect_page(b, 1, 17, TW_FOUND_WALK, 1);
  expect_page(b, 2, 19, TW_FOUND_WALK, 2);
  expect_page(b, 3, 34, TW_FOUND_WALK, 3); // enters at the end of 18
  expect_page(b, 4, 36, TW_FOUND_WALK, 4); // in the stage from 19 on, held in 19, enters at the end of 20
  equal(b, "accepted when the one before enters", expect(b, 4, 36, TW_FOUND_WALK)->accepted - b->start, 18);
  equal(b, "cycles stalled", counter(b, TW_COUNTER_STALL_BACKEND_TLB), 15);
  close_bench(b);
}

static void one_walk(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(4, 1);
  open_bench(b, "one walk", &config, fault);
  const tw_request requests[] = {request(0, 1, TW_ACCESS_READ, 1), request(1, 2, TW_ACCESS_READ, 2),
                                 request(2, 3, TW_ACCESS_READ, 3)};
  run_requests(b, requests, 3, 60);
  equal(b, "cycles of a walk", expect(b, 1, 17, TW_FOUND_WALK)->walk_cycles, 12);
  equal(b, "cycles of a walk", expect(b, 2, 30, TW_FOUND_WALK)->walk_cycles, 12); // begins in 18
  equal(b, "cycles of a walk", expect(b, 3, 43, TW_FOUND_WALK)->walk_cycles, 12); // in 31
  close_bench(b);
}

/// Two that become due while a walk's response keeps the look-up from going on: the older one is taken.
static void oldest_probe(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(5, 3);
  open_bench(b, "the oldest is looked up first", &config, fault);
  const tw_request requests[] = {request(0, 1, TW_ACCESS_READ, 1), request(1, 2, TW_ACCESS_READ, 2),
                                 request(2, 3, TW_ACCESS_READ, 3), request(3, 4, TW_ACCESS_READ, 4)};
  run_requests(b, requests, 4, 80);
  expect_page(b, 1, 17, TW_FOUND_WALK, 1); // probes in 4 and 5
  expect_page(b, 2, 19, TW_FOUND_WALK, 2); // 6 and 7
  expect_page(b, 3, 21, TW_FOUND_WALK, 3); // 8 and 9
  // 10 and 11; a walk is free in 18; its read is due in 19, the cycle of an older one's response
  expect_page(b, 4, 31, TW_FOUND_WALK, 4);
  close_bench(b);
}

// ---- credits ----

static uint64_t open_outside(void *context, uint64_t cycle) {
  const tw_bench *b = context;
  return cycle >= b->closed_from && cycle < b->closed_to ? b->closed_to : cycle;
}

static tw_memory_port real_memory;
static void access_memory(void *context, const tw_mem_request *request, tw_mem_response *response) {
  (void)context;
  real_memory.access(real_memory.context, request, response);
}

/// Memory takes nothing from 16 to 20, and the engine stands still: both walks' responses wait, the older one's goes
/// first.
static void memory_is_closed(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(4, 3);
  open_bench(b, "memory is closed", &config, fault);
  real_memory = tw_memory_as_port(tw_platform_memory(b->platform));
  b->closed_from = b->start + 16;
  b->closed_to = b->start + 21;
  tw_platform_interpose(b->platform, (tw_memory_port){.access = access_memory, .open_at = open_outside, .context = b});
  const tw_request requests[] = {request(0, 1, TW_ACCESS_READ, 1), request(1, 2, TW_ACCESS_READ, 2),
                                 request(2, 3, TW_ACCESS_READ, 3)};
  run_requests(b, requests, 3, 60);
  expect_page(b, 1, 21, TW_FOUND_WALK, 1);
  expect_page(b, 2, 22, TW_FOUND_WALK, 2);
  expect_page(b, 3, 23, TW_FOUND_WALK, 3);
  close_bench(b);
}

/// The miss channel takes nothing from 17 to 19; hits at the data channel go on.
static void channel_is_closed(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(4, 3);
  open_bench(b, "the miss channel is closed", &config, fault);
  b->closed_from = b->start + 17;
  b->closed_to = b->start + 20;
  tw_platform_set_response_port(b->platform, (tw_response_port){.open_at = open_outside, .context = b});
  const tw_request requests[] = {request(0, 1, TW_ACCESS_READ, 1), request(1, 2, TW_ACCESS_READ, 2),
                                 request(17, 3, TW_ACCESS_READ, 0)};
  run_requests(b, requests, 3, 60);
  expect_page(b, 1, 20, TW_FOUND_WALK, 1);
  expect_page(b, 2, 21, TW_FOUND_WALK, 2);
  expect_page(b, 3, 18, TW_FOUND_L1, 0);
  close_bench(b);
}

/// An L2 hit waits for the channel by making its probe again.
static void l2_hit_waits(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(4, 3);
  open_bench(b, "an L2 hit waits", &config, fault);
  b->closed_from = b->start + 4;
  b->closed_to = b->start + 7;
  tw_platform_set_response_port(b->platform, (tw_response_port){.open_at = open_outside, .context = b});
  const tw_request requests[] = {request(0, 1, TW_ACCESS_FETCH, 0), request(0, 2, TW_ACCESS_READ, 1),
                                 request(60, 3, TW_ACCESS_FETCH, 0)};
  run_requests(b, requests, 3, 80);
  expect_page(b, 1, 7, TW_FOUND_L2, 0);
  expect_page(b, 2, 21, TW_FOUND_WALK, 1); // probes in 8 and 9
  expect_page(b, 3, 61, TW_FOUND_L1, 0);
  close_bench(b);
}

// ---- maintenance ----

static tw_tlbi tlbi(uint64_t cycle, uint32_t id, tw_tlbi_op op, unsigned page, bool outside) {
  return (tw_tlbi){.operand = tw_tlbi_va((uint64_t)page << 12, 0),
                   .cycle = cycle,
                   .id = id,
                   .op = (uint8_t)op,
                   .outside = outside};
}

/// The walk under way is awaited, and what it found is not kept.
static void tlbi_with_a_walk(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(4, 3);
  open_bench(b, "TLBI with a walk under way", &config, fault);
  const tw_request requests[] = {request(0, 1, TW_ACCESS_READ, 1), request(10, 2, TW_ACCESS_READ, 1),
                                 request(80, 3, TW_ACCESS_READ, 1), request(120, 4, TW_ACCESS_FETCH, 1)};
  const tw_tlbi tlbis[] = {tlbi(8, 101, TW_TLBI_VAAL, 50, false), tlbi(70, 102, TW_TLBI_VAAL, 50, false)};
  const tw_offers offers = {requests, 4, tlbis, 2};
  run(b, &offers, 160);
  expect_page(b, 1, 17, TW_FOUND_WALK, 1);
  // Its first cycle is 9; the walk's response stands in 17
  expect(b, 101, 18, TW_FOUND_MAINTENANCE);
  // Entered at the end of 11, not merged with a stale one: due in 14, probes in 14 and 15, reads in 16, data in 26
  expect_page(b, 2, 27, TW_FOUND_WALK, 1);
  expect(b, 102, 75, TW_FOUND_MAINTENANCE); // alone: accepted in 70, response 1 + 4 sets later
  expect_page(b, 3, 81, TW_FOUND_L1, 1);
  expect_page(b, 4, 124, TW_FOUND_L2, 1);
  close_bench(b);
}

/// A stale walk fills nothing: neither a TLB nor a walk cache.
static void stale_walk(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(4, 3);
  open_bench(b, "a stale walk", &config, fault);
  const tw_request requests[] = {request(10, 1, TW_ACCESS_READ, 1), request(100, 2, TW_ACCESS_READ, 1)};
  // All is dropped, so the walk reads all levels: in 16, 27, 38, 49. Then a TLBI between the first and the second.
  const tw_tlbi tlbis[] = {tlbi(0, 101, TW_TLBI_VMALL, 0, false), tlbi(18, 102, TW_TLBI_VAAL, 50, true)};
  const tw_offers offers = {requests, 2, tlbis, 2};
  run(b, &offers, 180);
  expect(b, 101, 5, TW_FOUND_MAINTENANCE);
  expect_page(b, 1, 60, TW_FOUND_WALK, 1);
  expect(b, 102, 61, TW_FOUND_MAINTENANCE);
  const tw_response *again = expect(b, 2, 150, TW_FOUND_WALK);
  equal(b, "a read of level 0", again->reads[1], 1);
  equal(b, "a read of level 1", again->reads[2], 1);
  equal(b, "a read of level 2", again->reads[3], 1);
  close_bench(b);
}

/// A barrier waits for what had entered the queue, and for nothing else.
static void barrier(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(4, 3);
  open_bench(b, "a barrier", &config, fault);
  const tw_request requests[] = {request(0, 1, TW_ACCESS_READ, 1), request(8, 2, TW_ACCESS_READ, 2)};
  const tw_tlbi tlbis[] = {tlbi(8, 101, TW_TLBI_DSB, 0, false), tlbi(60, 102, TW_TLBI_DSB, 0, false)};
  const tw_offers offers = {requests, 2, tlbis, 2};
  run(b, &offers, 80);
  expect_page(b, 1, 17, TW_FOUND_WALK, 1);
  expect_page(b, 2, 25, TW_FOUND_WALK, 2); // enters at the end of 9, the barrier's first cycle
  expect(b, 101, 18, TW_FOUND_MAINTENANCE);
  expect(b, 102, 62, TW_FOUND_MAINTENANCE);
  close_bench(b);
}

/// Both ports' operations in turn, one after the other; a queue takes four.
static void both_maintenance_ports(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(4, 3);
  open_bench(b, "both maintenance ports", &config, fault);
  const tw_tlbi tlbis[] = {tlbi(0, 101, TW_TLBI_DSB, 0, false), tlbi(0, 201, TW_TLBI_DSB, 0, true),
                           tlbi(1, 102, TW_TLBI_VAA, 9, false), tlbi(1, 202, TW_TLBI_DSB, 0, true)};
  const tw_offers offers = {.tlbis = tlbis, .tlbi_count = 4};
  run(b, &offers, 40);
  expect(b, 101, 2, TW_FOUND_MAINTENANCE);
  expect(b, 201, 4, TW_FOUND_MAINTENANCE);
  expect(b, 102, 9, TW_FOUND_MAINTENANCE); // first cycle 5
  expect(b, 202, 11, TW_FOUND_MAINTENANCE);
  close_bench(b);
}

// ---- a play ----

/// At most two at once; ids are the caller's, all the same here.
static void play(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(4, 3);
  open_bench(b, "a play", &config, fault);
  tw_request requests[] = {request(0, 7, TW_ACCESS_READ, 1), request(0, 7, TW_ACCESS_READ, 0),
                           request(0, 7, TW_ACCESS_READ, 2), request(0, 7, TW_ACCESS_FETCH, 3),
                           request(0, 7, TW_ACCESS_READ, 0)};
  const uint16_t gaps[] = {9, 0, 3, 0, 5};
  tw_response responses[5];
  const tw_play plan = {requests, gaps, 5, 2, responses};
  equal(b, "a play", (uint64_t)tw_platform_play(b->platform, &plan, NULL), 0);
  // Offered in 0; 1 (the port holds the first in 0); 4; 17, when the first is answered (no probe in 21, that of the
  // third one's response); 22
  static const struct {
    uint64_t accepted, cycle;
    tw_found found;
  } expected[] = {{0, 17, TW_FOUND_WALK}, {1, 2, TW_FOUND_L1}, {4, 21, TW_FOUND_WALK}, {17, 35, TW_FOUND_WALK},
                  {22, 23, TW_FOUND_L1}};
  for (unsigned i = 0; i < 5; i++) {
    equal(b, "accepted", responses[i].accepted - b->start, expected[i].accepted);
    equal(b, "answered", responses[i].cycle - b->start, expected[i].cycle);
    equal(b, "found", responses[i].found, (uint64_t)expected[i].found);
    equal(b, "id", responses[i].id, 7);
  }
  equal(b, "time", tw_platform_now(b->platform) - b->start, 35);
  close_bench(b);
}

/// Preloads count apart.
static void preloads(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = config_of(4, 3);
  open_bench(b, "preloads", &config, fault);
  tw_request requests[] = {request(0, 1, TW_ACCESS_READ, 1), request(0, 2, TW_ACCESS_FETCH, 2),
                           request(40, 3, TW_ACCESS_READ, 1)};
  requests[0].prfm = requests[1].prfm = 1;
  run_requests(b, requests, 3, 60);
  equal(b, "L1D_TLB", counter(b, TW_COUNTER_L1D_TLB), 3);
  equal(b, "L1D_TLB_RW", counter(b, TW_COUNTER_L1D_TLB_RW), 2);
  equal(b, "L1D_TLB_PRFM", counter(b, TW_COUNTER_L1D_TLB_PRFM), 1);
  equal(b, "L1I_TLB_PRFM", counter(b, TW_COUNTER_L1I_TLB_PRFM), 1);
  equal(b, "L1I_TLB_RD", counter(b, TW_COUNTER_L1I_TLB_RD), 0);
  equal(b, "L1D_TLB_HIT", counter(b, TW_COUNTER_L1D_TLB_HIT), 1);
  equal(b, "L1D_TLB_MISS", counter(b, TW_COUNTER_L1D_TLB_MISS), 2);
  equal(b, "DTLB_WALK", counter(b, TW_COUNTER_DTLB_WALK), 2);
  equal(b, "DTLB_WALK_RW", counter(b, TW_COUNTER_DTLB_WALK_RW), 1);
  equal(b, "DTLB_WALK_PRFM", counter(b, TW_COUNTER_DTLB_WALK_PRFM), 1);
  equal(b, "ITLB_WALK_PRFM", counter(b, TW_COUNTER_ITLB_WALK_PRFM), 1);
  close_bench(b);
}

// ---- all ----

static void run_all(tw_bench *b, unsigned fault) {
  static void (*const scenarios[])(tw_bench *, unsigned) = {both_ports,
                                                            hit_under_miss,
                                                            merging,
                                                            merged_permission,
                                                            merged_with_a_fault,
                                                            merged_write_of_a_clean_page,
                                                            queue_is_full,
                                                            one_walk,
                                                            oldest_probe,
                                                            memory_is_closed,
                                                            channel_is_closed,
                                                            l2_hit_waits,
                                                            tlbi_with_a_walk,
                                                            stale_walk,
                                                            barrier,
                                                            both_maintenance_ports,
                                                            play,
                                                            preloads};
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
    scenarios[i](b, fault);
}

/// By number, as in rtl/FAULTS.md: those that these scenarios reach.
static const uint8_t faults[] = {24, 61, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79};

static void try_fault(tw_bench *all, unsigned fault) {
  tw_bench b = {.quiet = true};
  run_all(&b, fault);
  if (b.failed) {
    all->passed++;
    return;
  }
  all->failed++;
  printf("FAIL fault %u is not seen\n", fault);
}

int main(void) {
  tw_bench b = {0};
  run_all(&b, 0);
  for (size_t i = 0; i < sizeof faults && !b.failed; i++)
    try_fault(&b, faults[i]);
  printf("%u passed, %u failed\n", b.passed, b.failed);
  return b.failed != 0;
}
