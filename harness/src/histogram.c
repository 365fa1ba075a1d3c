// A value of 4096 or more with its top bit at n lies in bucket 16 * (n - 12) + the four bits below the top one.
#include "histogram.h"

enum { EXACT_LOG2 = 12, PARTS_LOG2 = 4 };

static unsigned top_bit(uint64_t value) { return 63U - (unsigned)__builtin_clzll(value); }

static unsigned bucket_of(uint64_t value) {
  unsigned top = top_bit(value);
  unsigned part = (unsigned)(value >> (top - PARTS_LOG2)) & ((1U << PARTS_LOG2) - 1U);
  return ((top - EXACT_LOG2) << PARTS_LOG2) + part;
}

static uint64_t bucket_last(unsigned bucket) {
  unsigned top = EXACT_LOG2 + (bucket >> PARTS_LOG2);
  uint64_t part = bucket & ((1U << PARTS_LOG2) - 1U);
  uint64_t width = UINT64_C(1) << (top - PARTS_LOG2);
  return (UINT64_C(1) << top) + part * width + (width - 1);
}

void tw_histogram_add(tw_histogram *histogram, uint64_t value) {
  ++histogram->count;
  histogram->sum += value;
  if (value > histogram->max)
    histogram->max = value;
  if (value < TW_HISTOGRAM_EXACT)
    ++histogram->exact[value];
  else
    ++histogram->bucket[bucket_of(value)];
}

double tw_histogram_mean(const tw_histogram *histogram) {
  return histogram->count ? (double)histogram->sum / (double)histogram->count : 0.0;
}

// Rank 1 is the smallest value.
static uint64_t nearest_rank(uint64_t count, double percent) {
  double exact = (double)count * percent / 100.0;
  uint64_t rank = (uint64_t)exact;
  if ((double)rank < exact)
    ++rank;
  if (rank < 1)
    return 1;
  return rank > count ? count : rank;
}

uint64_t tw_histogram_percentile(const tw_histogram *histogram, double percent) {
  if (histogram->count == 0)
    return 0;
  uint64_t rank = nearest_rank(histogram->count, percent);
  uint64_t seen = 0;
  for (unsigned value = 0; value < TW_HISTOGRAM_EXACT; ++value) {
    seen += histogram->exact[value];
    if (seen >= rank)
      return value;
  }
  for (unsigned bucket = 0; bucket < TW_HISTOGRAM_BUCKETS; ++bucket) {
    seen += histogram->bucket[bucket];
    if (seen >= rank)
      return bucket_last(bucket) < histogram->max ? bucket_last(bucket) : histogram->max;
  }
  return histogram->max;
}
