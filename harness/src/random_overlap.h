// What of the overlapping can be seen from outside, by the cycles of the answers.
#ifndef HARNESS_RANDOM_OVERLAP_H
#define HARNESS_RANDOM_OVERLAP_H

#include <stddef.h>
#include <tablewalk/request.h>

/// How often it was seen. All members are uint64_t.
typedef struct tw_overlap_counts {
  uint64_t both_ports;       ///< a data request and a fetch accepted in one cycle
  uint64_t hits_under_miss;  ///< a hit answered before an older miss of its port
  uint64_t misses_overtaken; ///< a miss answered before an older one of its port
  uint64_t walks_at_once;    ///< walks that began before another had ended
} tw_overlap_counts;

enum { TW_ACCEPTANCES = 256 };

typedef struct tw_overlap_watch {
  uint64_t hit[2], miss[2]; ///< by port: the latest acceptance of those that have been answered
  uint64_t walk_end;        ///< the last walk's answer
  struct {
    uint64_t cycle;
    uint8_t ports; ///< bit 0: data, bit 1: fetch
  } accepted[TW_ACCEPTANCES];
} tw_overlap_watch;

/// The next answer, in order of their cycles.
void tw_overlap_see(tw_overlap_watch *watch, const tw_response *response, tw_overlap_counts *counts);
/// Bring answers into the order of their cycles.
void tw_overlap_sort(tw_response *responses, size_t count);

#endif
