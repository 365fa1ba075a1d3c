// What the replay is held against: the same job done barely, on the same addresses, in the same process. No time, no
// counters of a PMU, no permissions, one granule, no configuration.
#ifndef BENCH_REFERENCE_H
#define BENCH_REFERENCE_H

#include "stream.h"

#include <stddef.h>
#include <stdint.h>

/// Read the addresses from memory and add them up: no replay can be faster.
uint64_t reference_sum(const uint64_t *addresses, size_t count);

typedef struct reference_result {
  uint64_t pa_sum; ///< of what is mapped
  uint64_t l1_hits, l2_hits, walks, unmapped;
} reference_result;

/// A replay: a first level of 48 entries with true LRU, found by a hash of the page and verified; a second level of
/// 1280 in 5 ways with LRU; walk caches of 64 entries for each level of tables; walks of four levels that read the
/// descriptors. At most 2^26 addresses.
reference_result reference_replay(const stream_data *data);
/// The same; besides, the last descriptor of what misses the first level is fetched into the cache 12 accesses ahead.
reference_result reference_replay_ahead(const stream_data *data);

#endif
