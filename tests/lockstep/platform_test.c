// The RTL alone, with requests that overlap: cycles worked out by hand from rtl/README.md, on the build "tiny".
//   platform_test
// Then the deliberate faults of what overlaps (rtl/FAULTS.md): each must make one of these checks fail.
//
// A scenario's cycles are counted from its start. A miss that is alone and is accepted in c: L1 in c + 1, probes in c +
// 4 and c + 5, the walk begins in c + 5, reads in c + 6, data in c + 16, response in c + 17 (platform_bench.h).
#include "platform_bench.h"

#include <stdio.h>

// ---- ports, queue, walks ----

static void run_requests(tw_bench *b, const tw_request *requests, size_t count, uint64_t cycles) {
  const tw_offers offers = {.requests = requests, .request_count = count};
  tw_bench_run(b, &offers, cycles);
}

/// The data port entered last (the warm-up), so the fetch goes first; the look-up of the L2 takes one after the other.
static void both_ports(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(4, 2);
  tw_bench_open(b, "both ports", &config, fault);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 1), tw_bench_request(0, 2, TW_ACCESS_FETCH, 2),
                                 tw_bench_request(40, 3, TW_ACCESS_READ, 3),
                                 tw_bench_request(40, 4, TW_ACCESS_FETCH, 4)};
  run_requests(b, requests, 4, 80);
  tw_bench_expect_page(b, 2, 17, TW_FOUND_WALK, 2);
  tw_bench_expect_page(b, 1, 19, TW_FOUND_WALK, 1); // enters at the end of 2; probes in 6 and 7
  tw_bench_expect_page(b, 4, 57, TW_FOUND_WALK, 4); // data entered last again
  tw_bench_expect_page(b, 3, 59, TW_FOUND_WALK, 3);
  tw_bench_close(b);
}

static void hit_under_miss(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(4, 2);
  tw_bench_open(b, "hit under miss", &config, fault);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 3), tw_bench_request(1, 2, TW_ACCESS_READ, 0),
                                 tw_bench_request(16, 3, TW_ACCESS_WRITE, 0)};
  run_requests(b, requests, 3, 40);
  tw_bench_expect_page(b, 2, 2, TW_FOUND_L1, 0);
  tw_bench_expect_page(b, 1, 17, TW_FOUND_WALK, 3);
  tw_bench_expect_page(b, 3, 18, TW_FOUND_L1, 0); // held in 17: the L1 is filled
  tw_bench_close(b);
}

static void merging(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(5, 3);
  tw_bench_open(b, "merging", &config, fault);
  const tw_request requests[] = {
      tw_bench_request(0, 1, TW_ACCESS_READ, 4),  tw_bench_request(1, 2, TW_ACCESS_WRITE, 4),
      tw_bench_request(2, 3, TW_ACCESS_READ, 4),  tw_bench_request(3, 4, TW_ACCESS_FETCH, 4),
      tw_bench_request(60, 5, TW_ACCESS_READ, 5), tw_bench_request(61, 6, TW_ACCESS_READ, 5 + 16),
      tw_bench_request(62, 7, TW_ACCESS_READ, 5)};
  uint64_t refills = tw_bench_counter(b, TW_COUNTER_L1D_TLB_REFILL);
  run_requests(b, requests, 7, 100);
  tw_bench_expect_page(b, 1, 17, TW_FOUND_WALK, 4);
  tw_bench_expect_page(b, 2, 18, TW_FOUND_MERGED, 4);
  tw_bench_expect_page(b, 3, 19, TW_FOUND_MERGED, 4);
  // The other port does not merge: enters at the end of 4, probes in 7 and 8, reads in 9, data in 19; the channel is
  // not free in 18 and 19
  tw_bench_expect_page(b, 4, 20, TW_FOUND_WALK, 4);
  tw_bench_expect_page(b, 5, 77, TW_FOUND_WALK, 5);
  tw_bench_expect_page(b, 7, 78, TW_FOUND_MERGED, 5);
  tw_bench_expect_page(b, 6, 79, TW_FOUND_WALK, 5 + 16); // probes in 66 and 67
  tw_bench_equal(b, "merged", tw_bench_counter(b, TW_COUNTER_L1D_TLB_MERGE), 3);
  tw_bench_equal(b, "refills", tw_bench_counter(b, TW_COUNTER_L1D_TLB_REFILL) - refills, 3);
  tw_bench_equal(b, "L2", tw_bench_counter(b, TW_COUNTER_L2D_TLB), 1 + 4);
  tw_bench_close(b);
}

/// A page that is read-only: each is asked for its own permission.
static void merged_permission(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(5, 3);
  tw_bench_open(b, "merged ones' permission", &config, fault);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, READ_ONLY_PAGE),
                                 tw_bench_request(1, 2, TW_ACCESS_WRITE, READ_ONLY_PAGE)};
  run_requests(b, requests, 2, 40);
  tw_bench_expect_page(b, 1, 17, TW_FOUND_WALK, READ_ONLY_PAGE);
  const tw_response *refused = tw_bench_expect(b, 2, 18, TW_FOUND_MERGED);
  tw_bench_equal(b, "a fault", refused->fault, 1);
  tw_bench_equal(b, "fault status", refused->fsc, TW_FSC_PERMISSION | 3);
  tw_bench_equal(b, "no address", refused->pa, 0);
  tw_bench_equal(b, "size of what answered", refused->size_log2, 12);
  tw_bench_close(b);
}

/// The walk faults: the merged one is looked up and walks by itself.
static void merged_with_a_fault(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(5, 3);
  tw_bench_open(b, "merged with a fault", &config, fault);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, NO_PAGE),
                                 tw_bench_request(1, 2, TW_ACCESS_READ, NO_PAGE)};
  run_requests(b, requests, 2, 60);
  tw_bench_equal(b, "a fault", tw_bench_expect(b, 1, 17, TW_FOUND_WALK)->fault, 1);
  const tw_response *second = tw_bench_expect(b, 2, 31, TW_FOUND_WALK); // probes in 18 and 19, reads in 20
  tw_bench_equal(b, "a fault too", second->fault, 1);
  tw_bench_equal(b, "cycles of its walk", second->walk_cycles, 12);
  tw_bench_close(b);
}

/// A read fills a clean entry, which does not serve the write that was merged with it.
static void merged_write_of_a_clean_page(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(5, 3);
  tw_bench_open(b, "a merged write of a clean page", &config, fault);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, CLEAN_PAGE),
                                 tw_bench_request(1, 2, TW_ACCESS_WRITE, CLEAN_PAGE),
                                 tw_bench_request(2, 3, TW_ACCESS_READ, CLEAN_PAGE)};
  run_requests(b, requests, 3, 80);
  tw_bench_expect_page(b, 1, 17, TW_FOUND_WALK, CLEAN_PAGE);
  // Not served in 18; probes in 19 (the entry is dropped), 20; reads in 21, swaps in 32
  const tw_response *written = tw_bench_expect(b, 2, 43, TW_FOUND_WALK);
  tw_bench_equal(b, "an update", written->updates, 1);
  tw_bench_equal(b, "a read of level 3", written->reads[4], 1);
  tw_bench_expect_page(b, 3, 19, TW_FOUND_MERGED, CLEAN_PAGE);
  tw_bench_close(b);
}

static void queue_is_full(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(2, 2);
  tw_bench_open(b, "a full queue", &config, fault);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 1), tw_bench_request(1, 2, TW_ACCESS_READ, 2),
                                 tw_bench_request(2, 3, TW_ACCESS_READ, 3), tw_bench_request(3, 4, TW_ACCESS_READ, 4)};
  run_requests(b, requests, 4, 60);
  tw_bench_expect_page(b, 1, 17, TW_FOUND_WALK, 1);
  tw_bench_expect_page(b, 2, 19, TW_FOUND_WALK, 2);
  tw_bench_expect_page(b, 3, 34, TW_FOUND_WALK, 3); // enters at the end of 18
  tw_bench_expect_page(b, 4, 36, TW_FOUND_WALK, 4); // in the stage from 19 on, held in 19, enters at the end of 20
  tw_bench_equal(b, "accepted when the one before enters",
                 tw_bench_expect(b, 4, 36, TW_FOUND_WALK)->accepted - b->start, 18);
  tw_bench_equal(b, "cycles stalled", tw_bench_counter(b, TW_COUNTER_STALL_BACKEND_TLB), 15);
  tw_bench_close(b);
}

static void one_walk(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(4, 1);
  tw_bench_open(b, "one walk", &config, fault);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 1), tw_bench_request(1, 2, TW_ACCESS_READ, 2),
                                 tw_bench_request(2, 3, TW_ACCESS_READ, 3)};
  run_requests(b, requests, 3, 60);
  tw_bench_equal(b, "cycles of a walk", tw_bench_expect(b, 1, 17, TW_FOUND_WALK)->walk_cycles, 12);
  tw_bench_equal(b, "cycles of a walk", tw_bench_expect(b, 2, 30, TW_FOUND_WALK)->walk_cycles, 12); // begins in 18
  tw_bench_equal(b, "cycles of a walk", tw_bench_expect(b, 3, 43, TW_FOUND_WALK)->walk_cycles, 12); // in 31
  tw_bench_close(b);
}

/// Two that become due while a walk's response keeps the look-up from going on: the older one is taken.
static void oldest_probe(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(5, 3);
  tw_bench_open(b, "the oldest is looked up first", &config, fault);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 1), tw_bench_request(1, 2, TW_ACCESS_READ, 2),
                                 tw_bench_request(2, 3, TW_ACCESS_READ, 3), tw_bench_request(3, 4, TW_ACCESS_READ, 4)};
  run_requests(b, requests, 4, 80);
  tw_bench_expect_page(b, 1, 17, TW_FOUND_WALK, 1); // probes in 4 and 5
  tw_bench_expect_page(b, 2, 19, TW_FOUND_WALK, 2); // 6 and 7
  tw_bench_expect_page(b, 3, 21, TW_FOUND_WALK, 3); // 8 and 9
  // 10 and 11; a walk is free in 18; its read is due in 19, the cycle of an older one's response
  tw_bench_expect_page(b, 4, 31, TW_FOUND_WALK, 4);
  tw_bench_close(b);
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
  const tw_mmu_config config = tw_bench_config(4, 3);
  tw_bench_open(b, "memory is closed", &config, fault);
  real_memory = tw_memory_as_port(tw_platform_memory(b->platform));
  b->closed_from = b->start + 16;
  b->closed_to = b->start + 21;
  tw_platform_interpose(b->platform, (tw_memory_port){.access = access_memory, .open_at = open_outside, .context = b});
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 1), tw_bench_request(1, 2, TW_ACCESS_READ, 2),
                                 tw_bench_request(2, 3, TW_ACCESS_READ, 3)};
  run_requests(b, requests, 3, 60);
  tw_bench_expect_page(b, 1, 21, TW_FOUND_WALK, 1);
  tw_bench_expect_page(b, 2, 22, TW_FOUND_WALK, 2);
  tw_bench_expect_page(b, 3, 23, TW_FOUND_WALK, 3);
  tw_bench_close(b);
}

/// The miss channel takes nothing from 17 to 19; hits at the data channel go on.
static void channel_is_closed(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(4, 3);
  tw_bench_open(b, "the miss channel is closed", &config, fault);
  b->closed_from = b->start + 17;
  b->closed_to = b->start + 20;
  tw_platform_set_response_port(b->platform, (tw_response_port){.open_at = open_outside, .context = b});
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 1), tw_bench_request(1, 2, TW_ACCESS_READ, 2),
                                 tw_bench_request(17, 3, TW_ACCESS_READ, 0)};
  run_requests(b, requests, 3, 60);
  tw_bench_expect_page(b, 1, 20, TW_FOUND_WALK, 1);
  tw_bench_expect_page(b, 2, 21, TW_FOUND_WALK, 2);
  tw_bench_expect_page(b, 3, 18, TW_FOUND_L1, 0);
  tw_bench_close(b);
}

/// An L2 hit waits for the channel by making its probe again.
static void l2_hit_waits(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(4, 3);
  tw_bench_open(b, "an L2 hit waits", &config, fault);
  b->closed_from = b->start + 4;
  b->closed_to = b->start + 7;
  tw_platform_set_response_port(b->platform, (tw_response_port){.open_at = open_outside, .context = b});
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_FETCH, 0), tw_bench_request(0, 2, TW_ACCESS_READ, 1),
                                 tw_bench_request(60, 3, TW_ACCESS_FETCH, 0)};
  run_requests(b, requests, 3, 80);
  tw_bench_expect_page(b, 1, 7, TW_FOUND_L2, 0);
  tw_bench_expect_page(b, 2, 21, TW_FOUND_WALK, 1); // probes in 8 and 9
  tw_bench_expect_page(b, 3, 61, TW_FOUND_L1, 0);
  tw_bench_close(b);
}

// ---- maintenance ----

/// The walk under way is awaited, and what it found is not kept.
static void tlbi_with_a_walk(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(4, 3);
  tw_bench_open(b, "TLBI with a walk under way", &config, fault);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 1), tw_bench_request(10, 2, TW_ACCESS_READ, 1),
                                 tw_bench_request(80, 3, TW_ACCESS_READ, 1),
                                 tw_bench_request(120, 4, TW_ACCESS_FETCH, 1)};
  const tw_tlbi tlbis[] = {tw_bench_tlbi(8, 101, TW_TLBI_VAAL, 50, false),
                           tw_bench_tlbi(70, 102, TW_TLBI_VAAL, 50, false)};
  const tw_offers offers = {requests, 4, tlbis, 2};
  tw_bench_run(b, &offers, 160);
  tw_bench_expect_page(b, 1, 17, TW_FOUND_WALK, 1);
  // Its first cycle is 9; the walk's response stands in 17
  tw_bench_expect(b, 101, 18, TW_FOUND_MAINTENANCE);
  // Entered at the end of 11, not merged with a stale one: due in 14, probes in 14 and 15, reads in 16, data in 26
  tw_bench_expect_page(b, 2, 27, TW_FOUND_WALK, 1);
  tw_bench_expect(b, 102, 75, TW_FOUND_MAINTENANCE); // alone: accepted in 70, response 1 + 4 sets later
  tw_bench_expect_page(b, 3, 81, TW_FOUND_L1, 1);
  tw_bench_expect_page(b, 4, 124, TW_FOUND_L2, 1);
  tw_bench_close(b);
}

/// A stale walk fills nothing: neither a TLB nor a walk cache.
static void stale_walk(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(4, 3);
  tw_bench_open(b, "a stale walk", &config, fault);
  const tw_request requests[] = {tw_bench_request(10, 1, TW_ACCESS_READ, 1),
                                 tw_bench_request(100, 2, TW_ACCESS_READ, 1)};
  // All is dropped, so the walk reads all levels: in 16, 27, 38, 49. Then a TLBI between the first and the second.
  const tw_tlbi tlbis[] = {tw_bench_tlbi(0, 101, TW_TLBI_VMALL, 0, false),
                           tw_bench_tlbi(18, 102, TW_TLBI_VAAL, 50, true)};
  const tw_offers offers = {requests, 2, tlbis, 2};
  tw_bench_run(b, &offers, 180);
  tw_bench_expect(b, 101, 5, TW_FOUND_MAINTENANCE);
  tw_bench_expect_page(b, 1, 60, TW_FOUND_WALK, 1);
  tw_bench_expect(b, 102, 61, TW_FOUND_MAINTENANCE);
  const tw_response *again = tw_bench_expect(b, 2, 150, TW_FOUND_WALK);
  tw_bench_equal(b, "a read of level 0", again->reads[1], 1);
  tw_bench_equal(b, "a read of level 1", again->reads[2], 1);
  tw_bench_equal(b, "a read of level 2", again->reads[3], 1);
  tw_bench_close(b);
}

/// A barrier waits for what had entered the queue, and for nothing else.
static void barrier(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(4, 3);
  tw_bench_open(b, "a barrier", &config, fault);
  const tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 1), tw_bench_request(8, 2, TW_ACCESS_READ, 2)};
  const tw_tlbi tlbis[] = {tw_bench_tlbi(8, 101, TW_TLBI_DSB, 0, false), tw_bench_tlbi(60, 102, TW_TLBI_DSB, 0, false)};
  const tw_offers offers = {requests, 2, tlbis, 2};
  tw_bench_run(b, &offers, 80);
  tw_bench_expect_page(b, 1, 17, TW_FOUND_WALK, 1);
  tw_bench_expect_page(b, 2, 25, TW_FOUND_WALK, 2); // enters at the end of 9, the barrier's first cycle
  tw_bench_expect(b, 101, 18, TW_FOUND_MAINTENANCE);
  tw_bench_expect(b, 102, 62, TW_FOUND_MAINTENANCE);
  tw_bench_close(b);
}

/// Both ports' operations in turn, one after the other; a queue takes four.
static void both_maintenance_ports(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(4, 3);
  tw_bench_open(b, "both maintenance ports", &config, fault);
  const tw_tlbi tlbis[] = {tw_bench_tlbi(0, 101, TW_TLBI_DSB, 0, false), tw_bench_tlbi(0, 201, TW_TLBI_DSB, 0, true),
                           tw_bench_tlbi(1, 102, TW_TLBI_VAA, 9, false), tw_bench_tlbi(1, 202, TW_TLBI_DSB, 0, true)};
  const tw_offers offers = {.tlbis = tlbis, .tlbi_count = 4};
  tw_bench_run(b, &offers, 40);
  tw_bench_expect(b, 101, 2, TW_FOUND_MAINTENANCE);
  tw_bench_expect(b, 201, 4, TW_FOUND_MAINTENANCE);
  tw_bench_expect(b, 102, 9, TW_FOUND_MAINTENANCE); // first cycle 5
  tw_bench_expect(b, 202, 11, TW_FOUND_MAINTENANCE);
  tw_bench_close(b);
}

// ---- a play ----

/// At most two at once; ids are the caller's, all the same here.
static void play(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(4, 3);
  tw_bench_open(b, "a play", &config, fault);
  tw_request requests[] = {tw_bench_request(0, 7, TW_ACCESS_READ, 1), tw_bench_request(0, 7, TW_ACCESS_READ, 0),
                           tw_bench_request(0, 7, TW_ACCESS_READ, 2), tw_bench_request(0, 7, TW_ACCESS_FETCH, 3),
                           tw_bench_request(0, 7, TW_ACCESS_READ, 0)};
  const uint16_t gaps[] = {9, 0, 3, 0, 5};
  tw_response responses[5];
  const tw_play plan = {requests, gaps, 5, 2, responses};
  tw_bench_equal(b, "a play", (uint64_t)tw_platform_play(b->platform, &plan, NULL), 0);
  // Offered in 0; 1 (the port holds the first in 0); 4; 17, when the first is answered (no probe in 21, that of the
  // third one's response); 22
  static const struct {
    uint64_t accepted, cycle;
    tw_found found;
  } expected[] = {{0, 17, TW_FOUND_WALK},
                  {1, 2, TW_FOUND_L1},
                  {4, 21, TW_FOUND_WALK},
                  {17, 35, TW_FOUND_WALK},
                  {22, 23, TW_FOUND_L1}};
  for (unsigned i = 0; i < 5; i++) {
    tw_bench_equal(b, "accepted", responses[i].accepted - b->start, expected[i].accepted);
    tw_bench_equal(b, "answered", responses[i].cycle - b->start, expected[i].cycle);
    tw_bench_equal(b, "found", responses[i].found, (uint64_t)expected[i].found);
    tw_bench_equal(b, "id", responses[i].id, 7);
  }
  tw_bench_equal(b, "time", tw_platform_now(b->platform) - b->start, 35);
  tw_bench_close(b);
}

/// Preloads count apart.
static void preloads(tw_bench *b, unsigned fault) {
  const tw_mmu_config config = tw_bench_config(4, 3);
  tw_bench_open(b, "preloads", &config, fault);
  tw_request requests[] = {tw_bench_request(0, 1, TW_ACCESS_READ, 1), tw_bench_request(0, 2, TW_ACCESS_FETCH, 2),
                           tw_bench_request(40, 3, TW_ACCESS_READ, 1)};
  requests[0].prfm = requests[1].prfm = 1;
  run_requests(b, requests, 3, 60);
  tw_bench_equal(b, "L1D_TLB", tw_bench_counter(b, TW_COUNTER_L1D_TLB), 3);
  tw_bench_equal(b, "L1D_TLB_RW", tw_bench_counter(b, TW_COUNTER_L1D_TLB_RW), 2);
  tw_bench_equal(b, "L1D_TLB_PRFM", tw_bench_counter(b, TW_COUNTER_L1D_TLB_PRFM), 1);
  tw_bench_equal(b, "L1I_TLB_PRFM", tw_bench_counter(b, TW_COUNTER_L1I_TLB_PRFM), 1);
  tw_bench_equal(b, "L1I_TLB_RD", tw_bench_counter(b, TW_COUNTER_L1I_TLB_RD), 0);
  tw_bench_equal(b, "L1D_TLB_HIT", tw_bench_counter(b, TW_COUNTER_L1D_TLB_HIT), 1);
  tw_bench_equal(b, "L1D_TLB_MISS", tw_bench_counter(b, TW_COUNTER_L1D_TLB_MISS), 2);
  tw_bench_equal(b, "DTLB_WALK", tw_bench_counter(b, TW_COUNTER_DTLB_WALK), 2);
  tw_bench_equal(b, "DTLB_WALK_RW", tw_bench_counter(b, TW_COUNTER_DTLB_WALK_RW), 1);
  tw_bench_equal(b, "DTLB_WALK_PRFM", tw_bench_counter(b, TW_COUNTER_DTLB_WALK_PRFM), 1);
  tw_bench_equal(b, "ITLB_WALK_PRFM", tw_bench_counter(b, TW_COUNTER_ITLB_WALK_PRFM), 1);
  tw_bench_close(b);
}

// ---- all ----

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

/// By number, as in rtl/FAULTS.md: those that these scenarios reach.
static const uint8_t faults[] = {24, 61, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79};

int main(void) {
  const tw_bench_suite suite = {scenarios, sizeof scenarios / sizeof *scenarios, faults, sizeof faults};
  return tw_bench_main(&suite);
}
