// The latencies and limits of rtl/README.md, with N worked out by hand from its rules. Times are those of
// latency_bench.h: of a miss that is alone, a = 0, probes in 4 and 5 (m = 5), first act in 6, datum in 16, answer
// in 17.
#include "latency_bench.h"

#define ANSWER(id, where) .event = {EVENT_ANSWER, id, where}
#define ACCESS(number) .event = {EVENT_ACCESS, number, 0}
#define TAKEN(port) .event = {EVENT_TAKEN, port, 0}

enum { NONE = 0, L1 = 1, L2 = 2, WALK = 3, MAINTENANCE = 4, MERGED = 5 }; // tw_found

static const tw_latency_row rows[] = {
// ---- Time: a request that is alone ----
#define ROW .latency = "l1_latency: a hit", .formula = "a + l1_latency", ANSWER(1, L1)
    {ROW, .offers = {{OFFER_READ, 0, 0, 1}}, .n = 1},
    {ROW, .set = {SET(l1_latency, 4)}, .offers = {{OFFER_READ, 0, 0, 1}}, .n = 4},
    {ROW, .set = {SET(l1_latency, 15)}, .offers = {{OFFER_READ, 0, 0, 1}}, .n = 15},
#undef ROW
#define ROW .latency = "l1_latency: a fault by a hit", .formula = "a + l1_latency", ANSWER(1, L1)
    {ROW, .warm = {{OFFER_READ, PAGE_READ_ONLY}}, .offers = {{OFFER_WRITE, PAGE_READ_ONLY, 0, 1}}, .n = 1},
    {ROW, .set = {SET(l1_latency, 6)}, .warm = {{OFFER_READ, PAGE_READ_ONLY}},
     .offers = {{OFFER_WRITE, PAGE_READ_ONLY, 0, 1}}, .n = 6},
#undef ROW
#define ROW .latency = "l1_latency: address fault", .formula = "a + l1_latency", ANSWER(1, NONE)
    {ROW, .offers = {{OFFER_READ, PAGE_BAD, 0, 1}}, .n = 1},
    {ROW, .set = {SET(l1_latency, 5)}, .offers = {{OFFER_FETCH, PAGE_BAD, 0, 1}}, .n = 5},
#undef ROW
#define ROW .latency = "l1_latency: stage 1 off", .formula = "a + l1_latency", .state = STATE_OFF, ANSWER(1, NONE)
    {ROW, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 1},
    {ROW, .set = {SET(l1_latency, 5)}, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 5},
#undef ROW
#define ROW .latency = "a hit a cycle", .formula = "a + l1_latency, a = 1", ANSWER(2, L1)
    {ROW, .set = {SET(l1_latency, 4)}, .offers = {{OFFER_READ, 0, 0, 1}, {OFFER_READ, 0, 1, 2}}, .n = 1 + 4},
    {ROW, .set = {SET(l1_latency, 7)}, .offers = {{OFFER_READ, 0, 0, 1}, {OFFER_READ, 0, 1, 2}}, .n = 1 + 7},
#undef ROW
#define ROW .latency = "l2_latency: a hit", .formula = "a + l1_latency + l2_latency", ANSWER(1, L2)
    {ROW, .offers = {{OFFER_FETCH, 0, 0, 1}}, .n = 1 + 3},
    {ROW, .set = {SET(l2_latency, 9)}, .offers = {{OFFER_FETCH, 0, 0, 1}}, .n = 1 + 9},
    {ROW, .set = {SET(l2_latency, 1), SET(l1_latency, 3)}, .offers = {{OFFER_FETCH, 0, 0, 1}}, .n = 3 + 1},
#undef ROW
#define ROW .latency = "probes: a hit at probe k", .formula = "a + l1_latency + l2_latency + k", ANSWER(1, L2)
    {ROW, .warm = {{OFFER_READ, PAGE_CONTIGUOUS}}, .offers = {{OFFER_FETCH, PAGE_CONTIGUOUS, 0, 1}}, .n = 1 + 3 + 1},
    {ROW, .more_sizes = 1U << 21, .warm = {{OFFER_READ, PAGE_BLOCK}}, .offers = {{OFFER_FETCH, PAGE_BLOCK, 0, 1}},
     .n = 1 + 3 + 2},
#undef ROW
#define ROW .latency = "probes: a miss", .formula = "a + l1_latency + l2_latency + n - 1 + walk_start", ACCESS(0)
    {ROW, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 1 + 3 + 2 - 1 + 1},
    {ROW, .more_sizes = 1U << 21, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 1 + 3 + 3 - 1 + 1},
    {ROW, .set = {SET(l2_latency, 7)}, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 1 + 7 + 2 - 1 + 1},
    {ROW, .set = {SET(l1_latency, 4)}, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 4 + 3 + 2 - 1 + 1},
#undef ROW
#define ROW .latency = "probes: a bypass", .formula = "a + l1_latency + l2_latency + 1 - 1 + walk_start", ACCESS(0)
    {ROW, .offers = {{OFFER_AT, 1, 0, 1}}, .n = 1 + 3 + 1},
    {ROW, .set = {SET(l2_latency, 6)}, .offers = {{OFFER_AT, 1, 0, 1}}, .n = 1 + 6 + 1},
#undef ROW
#define ROW .latency = "walk_start", .formula = "m + walk_start", ACCESS(0)
    {ROW, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 5 + 1},
    {ROW, .set = {SET(walk_start, 6)}, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 5 + 6},
#undef ROW
#define ROW .latency = "walk_start: EPD", .formula = "m + walk_start", ANSWER(1, WALK)
    {ROW, .offers = {{OFFER_READ, PAGE_HALF_1, 0, 1}}, .n = 5 + 1},
    {ROW, .set = {SET(walk_start, 4)}, .offers = {{OFFER_READ, PAGE_HALF_1, 0, 1}}, .n = 5 + 4},
#undef ROW

// ---- The walk in time ----
#define ROW .latency = "walk_step: the response", .formula = "d + walk_step", ANSWER(1, WALK)
    {ROW, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 16 + 1},
    {ROW, .set = {SET(walk_step, 5)}, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 16 + 5},
#undef ROW
#define ROW .latency = "walk_step: the next read", .formula = "d(i) + walk_step", .cold = true
    {ROW, ACCESS(1), .offers = {{OFFER_READ, 1, 0, 1}}, .n = 6 + 10 + 1},
    {ROW, ACCESS(1), .set = {SET(walk_step, 4)}, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 6 + 10 + 4},
    {ROW, ACCESS(3), .set = {SET(walk_step, 4)}, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 6 + 3 * (10 + 4)},
#undef ROW
#define ROW .latency = "walk_step: to a swap", .formula = "d + walk_step", ACCESS(1)
    {ROW, .offers = {{OFFER_READ, PAGE_NO_FLAG, 0, 1}}, .n = 16 + 1},
    {ROW, .set = {SET(walk_step, 3)}, .offers = {{OFFER_READ, PAGE_NO_FLAG, 0, 1}}, .n = 16 + 3},
#undef ROW
#define ROW .latency = "walk_step: after a swap", .formula = "swap + delay + walk_step", ANSWER(1, WALK)
    {ROW, .offers = {{OFFER_READ, PAGE_NO_FLAG, 0, 1}}, .n = 17 + 10 + 1},
    {ROW, .set = {SET(walk_step, 3)}, .offers = {{OFFER_READ, PAGE_NO_FLAG, 0, 1}}, .n = 19 + 10 + 3},
#undef ROW
#define ROW                                                                                                            \
  .latency = "ipa_latency: to a read", .formula = "m + walk_start + ipa_latency", .state = STATE_STAGE_2, ACCESS(0)
    {ROW, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 6 + 1},
    {ROW, .set = {SET(ipa_latency, 4)}, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 6 + 4},
#undef ROW
#define ROW                                                                                                            \
  .latency = "ipa_latency: to the response", .formula = "d + walk_step + ipa_latency", .state = STATE_STAGE_2,         \
  ANSWER(1, WALK)
    {ROW, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 7 + 10 + 1 + 1},
    {ROW, .set = {SET(ipa_latency, 4)}, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 10 + 10 + 1 + 4},
#undef ROW
#define ROW                                                                                                            \
  .latency = "ipa_latency: a fault", .formula = "d + walk_step + ipa_latency", .state = STATE_STAGE_2, ANSWER(1, WALK)
    {ROW, .offers = {{OFFER_READ, PAGE_FAR, 0, 1}}, .n = 7 + 10 + 1 + 1},
    {ROW, .set = {SET(ipa_latency, 4)}, .offers = {{OFFER_READ, PAGE_FAR, 0, 1}}, .n = 10 + 10 + 1 + 4},
#undef ROW
// What maps the tables is dropped; accepted in 20, so m + walk_start is 26. Its leaf of stage 2 arrives, and in the
// same act stage 1 is read.
#define ROW .latency = "ipa_latency: a miss", .state = STATE_STAGE_2
#define OFFERS .offers = {{OFFER_IPAS2, 0, 0, 101}, {OFFER_READ, 1, 20, 1}}
    {ROW, .formula = "26 + ipa_latency", ACCESS(0), OFFERS, .n = 26 + 1},
    {ROW, .formula = "26 + ipa_latency", ACCESS(0), .set = {SET(ipa_latency, 3)}, OFFERS, .n = 26 + 3},
    {ROW, .formula = "and d + walk_step", ACCESS(1), OFFERS, .n = 27 + 10 + 1},
    {ROW, .formula = "and d + walk_step", ACCESS(1), .set = {SET(ipa_latency, 3)}, OFFERS, .n = 29 + 10 + 1},
#undef OFFERS
#undef ROW
// A walk takes the act of its cycle; those of memory's closed cycles wait, the oldest first.
#define ROW .latency = "one act a cycle", .formula = "one after the other from 21 on", .memory_port = {16, 21}
#define OFFERS .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_READ, 2, 1, 2}, {OFFER_READ, 3, 2, 3}}
    {ROW, OFFERS, ANSWER(1, WALK), .n = 21},
    {ROW, OFFERS, ANSWER(2, WALK), .n = 22},
    {ROW, OFFERS, ANSWER(3, WALK), .n = 23},
#undef OFFERS
#undef ROW

// ---- Memory ----
#define ROW .latency = "delay of memory", .formula = "q + delay + walk_step", ANSWER(1, WALK)
    {ROW, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 6 + 10 + 1},
    {ROW, .memory = {.dram_latency = 25}, .offers = {{OFFER_READ, 1, 0, 1}}, .n = 6 + 25 + 1},
#undef ROW
// The second is read in 8: its datum comes with the first one's, and a cycle later.
#define ROW .latency = "one datum a cycle", .formula = "q + delay + 1 + walk_step", ANSWER(2, WALK)
#define OFFERS .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_READ, 2, 1, 2}}
    {ROW, .delay = {12, 10}, OFFERS, .n = 8 + 10 + 1 + 1},
    {ROW, .delay = {22, 20}, OFFERS, .n = 8 + 20 + 1 + 1},
#undef OFFERS
#undef ROW
#define ROW                                                                                                            \
  .latency = "credit of memory: a read", .formula = "the first open cycle", ACCESS(0), .offers = {{OFFER_READ, 1, 0, 1}}
    {ROW, .memory_port = {6, 7}, .n = 7},
    {ROW, .memory_port = {6, 13}, .n = 13},
#undef ROW
#define ROW                                                                                                            \
  .latency = "credit of memory: a response", .formula = "the first open cycle", ANSWER(1, WALK),                       \
  .offers = {{OFFER_READ, 1, 0, 1}}
    {ROW, .memory_port = {17, 18}, .n = 18},
    {ROW, .memory_port = {17, 24}, .n = 24},
#undef ROW
// Page 1's descriptor lies in the line, and in the row, of page 0's.
#define ROW                                                                                                            \
  .latency = "a cache's latency", .formula = "q + latency + walk_step", ANSWER(1, WALK),                               \
  .offers = {{OFFER_READ, 1, 0, 1}}
    {ROW, .memory = {.dram_latency = 30, .caches = 1, .cache = {{1, 2, 4}}}, .n = 6 + 4 + 1},
    {ROW, .memory = {.dram_latency = 30, .caches = 1, .cache = {{1, 2, 7}}}, .n = 6 + 7 + 1},
#undef ROW
#define ROW .latency = "an open row of the DRAM", ANSWER(1, WALK)
    {ROW, .formula = "q + delay - hit_saves + walk_step", .memory = {.dram_latency = 10, .dram_rows = {64, 1, 4}},
     .offers = {{OFFER_READ, 1, 0, 1}}, .n = 6 + 10 - 4 + 1},
    {ROW, .formula = "q + delay - hit_saves + walk_step", .memory = {.dram_latency = 10, .dram_rows = {64, 1, 7}},
     .offers = {{OFFER_READ, 1, 0, 1}}, .n = 6 + 10 - 7 + 1},
    {ROW, .formula = "another row: q + delay + walk_step", .memory = {.dram_latency = 10, .dram_rows = {64, 1, 7}},
     .offers = {{OFFER_READ, 20, 0, 1}}, .n = 6 + 10 + 1},
#undef ROW
#define ROW                                                                                                            \
  .latency = "a node's latency", .formula = "q + latency + walk_step", ANSWER(1, WALK),                                \
  .offers = {{OFFER_READ, 1, 0, 1}}
    {ROW, .memory = {.dram_latency = 10, .nodes = 1, .node = {{0x40000000, 1U << 20, 15}}}, .n = 6 + 15 + 1},
    {ROW, .memory = {.dram_latency = 10, .nodes = 1, .node = {{0x40000000, 1U << 20, 30}}}, .n = 6 + 30 + 1},
#undef ROW
// Lines of their own; reads from 6 on, every second cycle.
#define ROW .latency = "MSHRs", .formula = "the first datum"
#define OFFERS .offers = {{OFFER_READ, 8, 0, 1}, {OFFER_READ, 16, 1, 2}, {OFFER_READ, 24, 2, 3}}
    {ROW, .memory = {.dram_latency = 10, .caches = 1, .cache = {{1, 2, 4}}, .mshrs = 1}, OFFERS, ACCESS(1),
     .n = 6 + 10},
    {ROW, .memory = {.dram_latency = 20, .caches = 1, .cache = {{1, 2, 4}}, .mshrs = 2}, OFFERS, ACCESS(2),
     .n = 6 + 20},
#undef OFFERS
#undef ROW

// ---- The stages of the L1s ----
#define ROW .latency = "a fill holds the stage", ANSWER(2, L1)
    {ROW, .formula = "before it", .offers = {{OFFER_READ, 3, 0, 1}, {OFFER_READ, 0, 15, 2}}, .n = 16},
    {ROW, .formula = "fill + 1", .offers = {{OFFER_READ, 3, 0, 1}, {OFFER_READ, 0, 16, 2}}, .n = 17 + 1},
    {ROW, .formula = "fill + 1", .memory = {.dram_latency = 20},
     .offers = {{OFFER_READ, 3, 0, 1}, {OFFER_READ, 0, 26, 2}}, .n = 27 + 1},
#undef ROW
#define ROW .latency = "a TLBI holds the stage", ANSWER(1, L1)
    {ROW, .formula = "before it", .offers = {{OFFER_TLBI, 0, 8, 101}, {OFFER_READ, 0, 7, 1}}, .n = 8},
    {ROW, .formula = "x + 1", .offers = {{OFFER_TLBI, 0, 8, 101}, {OFFER_READ, 0, 8, 1}}, .n = 9 + 1},
#undef ROW
#define ROW .latency = "one stage enters in a cycle"
#define OFFERS .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_FETCH, 2, 0, 2}}
    {ROW, .formula = "the port that did not enter last", OFFERS, ANSWER(2, WALK), .n = 17},
    {ROW, .formula = "the other: a cycle, and after its look-up", OFFERS, ANSWER(1, WALK), .n = 17 + 2},
#undef OFFERS
#undef ROW

// ---- The miss queue ----
// The first is answered in 17; one waits in its stage and enters at the end of 18, when the next is accepted.
#define ROW .latency = "misses: the port", .formula = "answer + 1", TAKEN(PORT_DATA)
    {ROW, .set = {SET(misses, 1)}, .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_READ, 2, 1, 2}, {OFFER_READ, 3, 2, 3}},
     .n = 17 + 1},
    {ROW, .set = {SET(misses, 2)},
     .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_READ, 2, 1, 2}, {OFFER_READ, 3, 2, 3}, {OFFER_READ, 4, 3, 4}},
     .n = 17 + 1},
    {ROW, .set = {SET(misses, 2)}, .memory = {.dram_latency = 20},
     .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_READ, 2, 1, 2}, {OFFER_READ, 3, 2, 3}, {OFFER_READ, 4, 3, 4}},
     .n = 27 + 1},
#undef ROW
// Enters at the end of 18: due in 21, probes in 21 and 22, reads in 23.
#define ROW .latency = "misses: the next one", .formula = "as accepted in answer", ANSWER(3, WALK)
    {ROW, .set = {SET(misses, 2)}, .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_READ, 2, 1, 2}, {OFFER_READ, 3, 2, 3}},
     .n = 17 + 17},
    {ROW, .set = {SET(misses, 2), SET(l2_latency, 5)},
     .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_READ, 2, 1, 2}, {OFFER_READ, 3, 2, 3}}, .n = 19 + 19},
#undef ROW
#define ROW .latency = "one look-up at a time", .formula = "the first one's + probes", ANSWER(2, WALK)
#define OFFERS .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_READ, 2, 1, 2}}
    {ROW, OFFERS, .n = 17 + 2},
    {ROW, OFFERS, .more_sizes = 1U << 21, .n = 18 + 3},
#undef OFFERS
#undef ROW
// A fetch of page 0 would hit the L2 four cycles after it is accepted.
#define ROW .latency = "no probe in a walk's response", ANSWER(2, L2)
    {ROW, .formula = "before it", .offers = {{OFFER_READ, 3, 0, 1}, {OFFER_FETCH, 0, 12, 2}}, .n = 12 + 4},
    {ROW, .formula = "response + 1", .offers = {{OFFER_READ, 3, 0, 1}, {OFFER_FETCH, 0, 13, 2}}, .n = 17 + 1},
#undef ROW
#define ROW .latency = "no probe under a TLBI", ANSWER(1, L2)
    {ROW, .formula = "before it", .offers = {{OFFER_TLBI, 0, 8, 101}, {OFFER_FETCH, 0, 4, 1}}, .n = 8},
    {ROW, .formula = "x + S", .offers = {{OFFER_TLBI, 0, 8, 101}, {OFFER_FETCH, 0, 5, 1}}, .n = 9 + 4},
    {ROW, .formula = "x + S", .build = "cover-2", .warm = {{OFFER_READ, 0}},
     .offers = {{OFFER_TLBI, 0, 8, 101}, {OFFER_FETCH, 0, 5, 1}}, .n = 9 + 7},
#undef ROW
// The second's walk begins when the first one's number is free: in 18. With two walks it is the third's, whose first
// act then gives way to the second's response in 19.
#define ROW .latency = "walks"
#define OFFERS .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_READ, 2, 1, 2}, {OFFER_READ, 3, 2, 3}}
    {ROW, .formula = "answer + 1 + walk_start", .set = {SET(walks, 1)}, OFFERS, ACCESS(1), .n = 17 + 1 + 1},
    {ROW, .formula = "answer + 1 + walk_start", .set = {SET(walks, 1)}, OFFERS, ACCESS(2), .n = 30 + 1 + 1},
    {ROW, .formula = "and one act later", .set = {SET(walks, 2)}, OFFERS, ACCESS(2), .n = 17 + 1 + 1 + 1},
#undef OFFERS
#undef ROW
#define ROW .latency = "merge", .offers = {{OFFER_READ, 4, 0, 1}, {OFFER_READ, 4, 1, 2}, {OFFER_READ, 4, 2, 3}}
    {ROW, .formula = "response + 1", ANSWER(2, MERGED), .n = 17 + 1},
    {ROW, .formula = "the next: response + 2", ANSWER(3, MERGED), .n = 17 + 2},
    {ROW, .formula = "off: its own walk", .merge_off = true, ANSWER(2, WALK), .n = 17 + 2},
#undef ROW
#define ROW                                                                                                            \
  .latency = "merge: with an L2 hit", .formula = "hit + 1", ANSWER(2, MERGED),                                         \
  .offers = {{OFFER_FETCH, 0, 0, 1}, {OFFER_FETCH, 0, 1, 2}}
    {ROW, .n = 4 + 1},
    {ROW, .set = {SET(l2_latency, 6)}, .n = 7 + 1},
#undef ROW
// Look in the cycle after the response: probes there and in the next, then as any miss.
#define ROW                                                                                                            \
  .latency = "merge: with a fault", .formula = "response + 2 probes + walk", ANSWER(2, WALK),                          \
  .offers = {{OFFER_READ, PAGE_NONE, 0, 1}, {OFFER_READ, PAGE_NONE, 1, 2}}
    {ROW, .n = 17 + 2 + 1 + 10 + 1},
    {ROW, .memory = {.dram_latency = 20}, .n = 27 + 2 + 1 + 20 + 1},
#undef ROW
// Not served in its turn, response + 1; then likewise, with a swap.
#define ROW                                                                                                            \
  .latency = "merge: a write of a clean page", .formula = "turn + 2 probes + walk with a swap", ANSWER(2, WALK),       \
  .offers = {{OFFER_READ, PAGE_CLEAN, 0, 1}, {OFFER_WRITE, PAGE_CLEAN, 1, 2}}
    {ROW, .n = 18 + 2 + 1 + 2 * (10 + 1)},
    {ROW, .memory = {.dram_latency = 20}, .n = 28 + 2 + 1 + 2 * (20 + 1)},
#undef ROW
#define ROW .latency = "a Woken one under a TLBI", ANSWER(2, MERGED)
    {ROW, .formula = "x + 1", .offers = {{OFFER_READ, 4, 0, 1}, {OFFER_READ, 4, 1, 2}, {OFFER_TLBI, 0, 17, 101}},
     .n = 18 + 1},
    {ROW, .formula = "before it", .offers = {{OFFER_READ, 4, 0, 1}, {OFFER_READ, 4, 1, 2}, {OFFER_TLBI, 0, 18, 101}},
     .n = 18},
#undef ROW
#define ROW .latency = "credit of the miss channel", .formula = "the first open cycle"
    {ROW, .channel = {17, 18}, ANSWER(1, WALK), .offers = {{OFFER_READ, 1, 0, 1}}, .n = 18},
    {ROW, .channel = {17, 25}, ANSWER(1, WALK), .offers = {{OFFER_READ, 1, 0, 1}}, .n = 25},
    {ROW, .channel = {4, 7}, ANSWER(1, L2), .offers = {{OFFER_FETCH, 0, 0, 1}}, .n = 7},
    {ROW, .channel = {4, 11}, ANSWER(1, L2), .offers = {{OFFER_FETCH, 0, 0, 1}}, .n = 11},
    {ROW, .channel = {18, 21}, ANSWER(2, MERGED), .offers = {{OFFER_READ, 4, 0, 1}, {OFFER_READ, 4, 1, 2}}, .n = 21},
#undef ROW
// Both wait for the channel from 17 on: Woken ones go before a walk's response, a walk's before an L2 hit.
#define ROW .latency = "order at the miss channel"
    {ROW, .formula = "a walk's first", .channel = {17, 22}, .offers = {{OFFER_READ, 3, 0, 1}, {OFFER_FETCH, 0, 13, 2}},
     ANSWER(2, L2), .n = 22 + 1},
    {ROW, .formula = "Woken before a walk's", .channel = {18, 22},
     .offers = {{OFFER_READ, 4, 0, 1}, {OFFER_READ, 4, 1, 2}, {OFFER_READ, 5, 2, 3}}, ANSWER(3, WALK), .n = 22 + 1},
#undef ROW

// ---- TLBI ----
#define ROW .latency = "a TLBI alone", .formula = "a + max(1 + S, l1_latency)", ANSWER(101, MAINTENANCE)
    {ROW, .offers = {{OFFER_TLBI, 0, 0, 101}}, .n = 1 + 4},
    {ROW, .build = "cover-2", .offers = {{OFFER_TLBI, 0, 0, 101}}, .n = 1 + 7},
    {ROW, .build = "cover-3", .offers = {{OFFER_OUTSIDE, 0, 0, 101}}, .n = 1 + 1},
    {ROW, .set = {SET(l1_latency, 9)}, .offers = {{OFFER_TLBI, 0, 0, 101}}, .n = 9},
#undef ROW
#define ROW .latency = "a DSB alone", .formula = "a + max(2, l1_latency)", ANSWER(101, MAINTENANCE)
    {ROW, .offers = {{OFFER_DSB, 0, 0, 101}}, .n = 2},
    {ROW, .set = {SET(l1_latency, 6)}, .offers = {{OFFER_DSB, 0, 0, 101}}, .n = 6},
    {ROW, .build = "cover-2", .offers = {{OFFER_DSB_THERE, 0, 0, 101}}, .n = 2},
#undef ROW
#define ROW .latency = "a TLBI awaits", .formula = "the last awaited answer + 1", ANSWER(101, MAINTENANCE)
    {ROW, .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_TLBI, 0, 8, 101}}, .n = 17 + 1},
    {ROW, .memory = {.dram_latency = 20}, .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_TLBI, 0, 8, 101}}, .n = 27 + 1},
#undef ROW
#define ROW .latency = "a DSB awaits", .formula = "the last awaited answer + 1", ANSWER(101, MAINTENANCE)
    {ROW, .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_DSB, 0, 8, 101}}, .n = 17 + 1},
    {ROW, .memory = {.dram_latency = 20}, .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_DSB, 0, 8, 101}}, .n = 27 + 1},
#undef ROW
// x = 9. What is accepted in 7 is valid in 9 and awaited, what is accepted in 8 is not. Under the TLBI there is no
// probe from 9 to 12: those of the first are in 13 and 14.
#define ROW .latency = "what is awaited", ANSWER(101, MAINTENANCE)
    {ROW, .formula = "DSB, entered in x - 1", .offers = {{OFFER_READ, 1, 7, 1}, {OFFER_DSB, 0, 8, 101}}, .n = 24 + 1},
    {ROW, .formula = "DSB, enters in x", .offers = {{OFFER_READ, 1, 8, 1}, {OFFER_DSB, 0, 8, 101}}, .n = 9 + 1},
    {ROW, .formula = "TLBI, entered in x - 1", .offers = {{OFFER_READ, 1, 7, 1}, {OFFER_TLBI, 0, 8, 101}},
     .n = 14 + 1 + 10 + 1 + 1},
    {ROW, .formula = "TLBI, held in x", .offers = {{OFFER_READ, 1, 8, 1}, {OFFER_TLBI, 0, 8, 101}}, .n = 9 + 4},
#undef ROW
// The second is not merged with a stale walk: due in 14, reads in 16.
#define ROW .latency = "a stale walk merges nothing", .formula = "a walk of its own", ANSWER(2, WALK)
    {ROW, .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_TLBI, 0, 8, 101}, {OFFER_READ, 1, 10, 2}}, .n = 16 + 10 + 1},
    {ROW, .offers = {{OFFER_READ, 1, 0, 1}, {OFFER_TLBI, 0, 7, 101}, {OFFER_READ, 1, 10, 2}}, .n = 16 + 10 + 1},
#undef ROW
#define ROW .latency = "one operation at a time", .formula = "response + 1 + S", ANSWER(102, MAINTENANCE)
    {ROW, .offers = {{OFFER_TLBI, 0, 0, 101}, {OFFER_TLBI, 0, 1, 102}}, .n = 5 + 1 + 4},
    {ROW, .build = "cover-2", .offers = {{OFFER_TLBI, 0, 0, 101}, {OFFER_TLBI, 0, 1, 102}}, .n = 8 + 1 + 7},
    {ROW, .build = "cover-3", .offers = {{OFFER_TLBI, 0, 0, 101}, {OFFER_TLBI, 0, 1, 102}}, .n = 2 + 1 + 1},
#undef ROW
#define ROW .latency = "both queues in turn"
#define OFFERS                                                                                                         \
  .offers = {{OFFER_DSB, 0, 0, 101}, {OFFER_DSB_THERE, 0, 0, 201}, {OFFER_DSB, 0, 1, 102}, {OFFER_DSB_THERE, 0, 1, 202}}
    {ROW, .formula = "this PE's first", OFFERS, ANSWER(101, MAINTENANCE), .n = 2},
    {ROW, .formula = "in turn: response + 2", OFFERS, ANSWER(201, MAINTENANCE), .n = 2 + 2},
    {ROW, .formula = "in turn: response + 2", OFFERS, ANSWER(102, MAINTENANCE), .n = 4 + 2},
    {ROW, .formula = "in turn: response + 2", OFFERS, ANSWER(202, MAINTENANCE), .n = 6 + 2},
#undef OFFERS
#undef ROW
// Five have been accepted by the end of 4, the first has left. The second leaves at the end of its first cycle.
#define ROW .latency = "a queue of 4", .formula = "the next one's first cycle + 1"
    {ROW,
     .offers = {{OFFER_TLBI, 0, 0, 1},
                {OFFER_TLBI, 0, 1, 2},
                {OFFER_TLBI, 0, 2, 3},
                {OFFER_TLBI, 0, 3, 4},
                {OFFER_TLBI, 0, 4, 5},
                {OFFER_TLBI, 0, 5, 6}},
     TAKEN(PORT_TLBI), .n = 6 + 1},
    {ROW, .build = "cover-2",
     .offers = {{OFFER_OUTSIDE, 0, 0, 1},
                {OFFER_OUTSIDE, 0, 1, 2},
                {OFFER_OUTSIDE, 0, 2, 3},
                {OFFER_OUTSIDE, 0, 3, 4},
                {OFFER_OUTSIDE, 0, 4, 5},
                {OFFER_OUTSIDE, 0, 5, 6}},
     TAKEN(PORT_OUTSIDE), .n = 9 + 1},
#undef ROW

// ---- Translation prefetch ----
// A walk answered in r: the candidate enters at the end of r + 1, is due l2_latency later.
#define ROW .latency = "a prefetch's first read", ACCESS(1)
    {ROW, .formula = "r + 1 + l2_latency + 1 + walk_start", .set = {SET(prefetch, 1)},
     .offers = {{OFFER_READ, 5, 0, 1}}, .n = 17 + 1 + 3 + 1 + 1},
    {ROW, .formula = "r + 1 + l2_latency + 1 + walk_start", .set = {SET(prefetch, 1), SET(l2_latency, 5)},
     .offers = {{OFFER_READ, 5, 0, 1}}, .n = 19 + 1 + 5 + 1 + 1},
    {ROW, .formula = "r + 1 + l2_latency + 1 + walk_start", .set = {SET(prefetch, 1), SET(walk_start, 4)},
     .offers = {{OFFER_READ, 5, 0, 1}}, .n = 20 + 1 + 3 + 1 + 4},
#undef ROW
// A stage enters at the end of 18: the candidate at the end of 19, is looked up after it, in 23 and 24.
#define ROW .latency = "a stage before a prefetch", ACCESS(2)
    {ROW, .formula = "the stage's look-up + 2 + walk_start", .set = {SET(prefetch, 1)},
     .offers = {{OFFER_READ, 5, 0, 1}, {OFFER_READ, 20, 17, 2}}, .n = 22 + 2 + 1},
    {ROW, .formula = "the stage's look-up + 2 + walk_start", .set = {SET(prefetch, 1)}, .memory = {.dram_latency = 20},
     .offers = {{OFFER_READ, 5, 0, 1}, {OFFER_READ, 20, 27, 2}}, .n = 32 + 2 + 1},
#undef ROW
// With two entries both must be free: after the second answer, in 19, the candidate of that one enters.
#define ROW                                                                                                            \
  .latency = "two free entries for a prefetch", .formula = "r + 1 + l2_latency + 1 + walk_start",                      \
  .offers = {{OFFER_READ, 5, 0, 1}, {OFFER_READ, 20, 1, 2}}
    {ROW, .set = {SET(prefetch, 1), SET(misses, 2)}, ACCESS(2), .n = 19 + 1 + 3 + 1 + 1},
    {ROW, .set = {SET(prefetch, 1), SET(misses, 3)}, ACCESS(2), .n = 17 + 1 + 3 + 1 + 1},
#undef ROW
// Page 6 is filled at the end of 34, a cycle without a probe.
#define ROW .latency = "the fill of a prefetch", .set = {SET(prefetch, 1)}, ANSWER(2, L2)
    {ROW, .formula = "fill + 1", .offers = {{OFFER_READ, 5, 0, 1}, {OFFER_FETCH, 6, 30, 2}}, .n = 34 + 1},
    {ROW, .formula = "after it", .offers = {{OFFER_READ, 5, 0, 1}, {OFFER_FETCH, 6, 32, 2}}, .n = 32 + 4},
#undef ROW
// x = 25: with the longer step the prefetch would read in that cycle, and reads in 26.
#define ROW                                                                                                            \
  .latency = "a TLBI awaits a prefetch", .formula = "its end + 1", ANSWER(101, MAINTENANCE),                           \
  .offers = {{OFFER_READ, 5, 0, 1}, {OFFER_TLBI, 0, 24, 101}}
    {ROW, .set = {SET(prefetch, 1)}, .n = 34 + 1},
    {ROW, .set = {SET(prefetch, 1), SET(walk_step, 3)}, .n = 26 + 10 + 3 + 1},
#undef ROW

// ---- Walk caches in the L2 ----
// "cover-4": five sets of one way, three probes (4, 5, 6), so m + walk_start is 7. The tables of PAGE_DEEP and its page
// 0 are in five sets.
#define ROW .latency = "look-up of a table", .build = "cover-4", ACCESS(0)
    {ROW, .formula = "level 2: q", .warm = {{OFFER_READ, PAGE_DEEP}}, .offers = {{OFFER_READ, PAGE_DEEP + 1, 0, 1}},
     .n = 7},
    {ROW, .formula = "level 1: q + 1", .warm = {{OFFER_READ, PAGE_DEEP}}, .offers = {{OFFER_READ, PAGE_DEEP_2, 0, 1}},
     .n = 7 + 1},
    {ROW, .formula = "level 0: q + 2", .warm = {{OFFER_READ, PAGE_DEEP}}, .offers = {{OFFER_READ, PAGE_DEEP_1, 0, 1}},
     .n = 7 + 2},
    {ROW, .formula = "none: q + 2", .offers = {{OFFER_READ, PAGE_DEEP, 0, 1}}, .n = 7 + 2},
    {ROW, .formula = "none: q + 2", .set = {SET(walk_start, 4)}, .offers = {{OFFER_READ, PAGE_DEEP, 0, 1}},
     .n = 10 + 2},
#undef ROW
// A fetch of PAGE_DEEP, accepted in 1, would hit the L2 after the first one's probes, in 7.
#define ROW                                                                                                            \
  .latency = "no probe in a table's look-up", .build = "cover-4", .warm = {{OFFER_READ, PAGE_DEEP}},                   \
  .offers = {{OFFER_READ, PAGE_DEEP + 1, 0, 1}, {OFFER_FETCH, PAGE_DEEP, 1, 2}}, ANSWER(2, L2)
    {ROW, .formula = "look-up + 1", .n = 7 + 1},
    {ROW, .formula = "before it", .set = {SET(walk_start, 2)}, .n = 7},
#undef ROW
// PAGE_DEEP_1 reads level 1 in 9; its table arrives and is filled in 20. PAGE_DEEP + 3 is in another set.
#define ROW                                                                                                            \
  .latency = "no probe in a table's fill", .build = "cover-4", .warm = {{OFFER_READ, PAGE_DEEP + 3}}, ANSWER(2, L2)
    {ROW, .formula = "before it", .offers = {{OFFER_READ, PAGE_DEEP_1, 0, 1}, {OFFER_FETCH, PAGE_DEEP + 3, 15, 2}},
     .n = 15 + 4},
    {ROW, .formula = "fill + 1", .offers = {{OFFER_READ, PAGE_DEEP_1, 0, 1}, {OFFER_FETCH, PAGE_DEEP + 3, 16, 2}},
     .n = 20 + 1},
#undef ROW
// x = 7, the cycle of its first act; S = 5. Accepted a cycle later the TLBI comes after the act.
#define ROW                                                                                                            \
  .latency = "a table's look-up under a TLBI", .build = "cover-4", .warm = {{OFFER_READ, PAGE_DEEP}}, ACCESS(0)
    {ROW, .formula = "x + S", .offers = {{OFFER_READ, PAGE_DEEP + 1, 0, 1}, {OFFER_TLBI, 0, 6, 101}}, .n = 7 + 5},
    {ROW, .formula = "before it", .offers = {{OFFER_READ, PAGE_DEEP + 1, 0, 1}, {OFFER_TLBI, 0, 7, 101}}, .n = 7},
#undef ROW
};

const tw_latency_row *tw_latency_rows(size_t *count) {
  *count = sizeof rows / sizeof *rows;
  return rows;
}
