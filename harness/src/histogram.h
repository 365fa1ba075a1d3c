// How often each number of cycles occurred, and the percentiles of that.
#ifndef HARNESS_HISTOGRAM_H
#define HARNESS_HISTOGRAM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  TW_HISTOGRAM_EXACT = 4096,   ///< values below this are counted one by one
  TW_HISTOGRAM_BUCKETS = 1024, ///< those above in sixteen buckets for each power of two
};

/// All zero is an empty histogram.
typedef struct tw_histogram {
  uint64_t count, sum, max;
  uint64_t exact[TW_HISTOGRAM_EXACT];
  uint64_t bucket[TW_HISTOGRAM_BUCKETS];
} tw_histogram;

void tw_histogram_add(tw_histogram *histogram, uint64_t value);
/// The mean, exact for every value; 0 when empty.
double tw_histogram_mean(const tw_histogram *histogram);
/// The percentile by nearest rank: the smallest value that at least `percent` % of all values do not exceed. Exact
/// below TW_HISTOGRAM_EXACT; above it the last value of the bucket (at most 1/16 too high), never more than the
/// maximum. 0 when empty. `percent`: above 0, to 100.
uint64_t tw_histogram_percentile(const tw_histogram *histogram, double percent);

#ifdef __cplusplus
}
#endif
#endif
