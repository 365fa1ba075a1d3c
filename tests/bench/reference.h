// What the replay is held against: the least that could be done with the same addresses, in the same process.
#ifndef BENCH_REFERENCE_H
#define BENCH_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

/// Read the addresses from memory and add them up.
uint64_t reference_sum(const uint64_t *addresses, size_t count);
/// A TLB of 4096 direct-mapped slots indexed by a hash of the page: no time, no counters, no ways, a miss just fills.
/// Gives the number of hits.
uint64_t reference_hash_tlb(const uint64_t *addresses, size_t count);

#endif
