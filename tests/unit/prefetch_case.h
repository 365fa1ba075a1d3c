// Machines for the tests of translation prefetch, and what they count.
//
// With the latencies of machine_small a request that is accepted in cycle a is due at the L2 in a + 4, has its last
// probe in a + 10 and, the walk caches knowing the last table, its only read in a + 11; it is answered in r = a + 22.
// The candidate of that answer enters the miss queue in r + 1, is due in r + 4, misses in r + 10, reads in r + 11, and
// fills the L2 in r + 22.
#ifndef TESTS_PREFETCH_CASE_H
#define TESTS_PREFETCH_CASE_H

#include "machine.h"

#define VA 0xffff000000400000ULL
#define PAGE(n) (VA + (n)*0x1000ULL)
#define LOW(n) (PAGE(n) & 0xffffffffffffULL) ///< the same place in the other half
enum { READ = TW_ACCESS_READ, WRITE = TW_ACCESS_WRITE, FETCH = TW_ACCESS_FETCH, PAGES = 16, APART = 200 };

/// A small machine with pages 0 to PAGES - 1 at 0x50000000, and one apart from them; both halves have the same tables.
machine prefetching(tw_prefetch prefetch, uint32_t misses);
/// Until nothing is under way.
void settle(machine *m);
tw_response read_and_settle(machine *m, uint64_t va);

typedef struct counts {
  uint64_t look_ups, hits, walks, fills, steps;
} counts;

counts counts_of(const machine *m);
/// What has been counted since `before`.
void expect_counts(const machine *m, counts before, counts expected);
/// Let the walk caches know the table of the last level; the prefetch after it finds nothing. The counts then.
counts warm(machine *m);

#endif
