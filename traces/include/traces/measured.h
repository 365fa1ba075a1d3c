// What a machine itself measured of a trace's accesses: the translation latencies of Arm SPE, and how perf names what
// the TLB did. It is kept to be compared with what a replay finds. Samples are not a trace: of a single access the two
// can't be compared, of many they can.
#ifndef TRACES_MEASURED_H
#define TRACES_MEASURED_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TW_LATENCY_MOST = 65535, TW_TLB_WORDS = 16 };

/// One name of what the TLB did, in the tool's own words: "TLB-REFILL", "L1 or L2 hit".
typedef struct tw_tlb_word {
  char text[32]; ///< empty: no more follow; "others" stands for those that found no room
  uint64_t count;
} tw_tlb_word;

/// By half of the address space: [0] the lower, [1] the upper. 1 MiB.
typedef struct tw_measured {
  uint64_t samples[2];                        ///< that became accesses
  uint64_t latencies[2][TW_LATENCY_MOST + 1]; ///< translations that took so many cycles
  tw_tlb_word tlb[TW_TLB_WORDS];
} tw_measured;

void tw_measured_sample(tw_measured *measured, uint64_t va);
/// More than TW_LATENCY_MOST cycles count as that.
void tw_measured_latency(tw_measured *measured, uint64_t va, uint64_t cycles);
/// `text` of `length` characters, of which the first 31 count.
void tw_measured_tlb(tw_measured *measured, const char *text, size_t length);
/// Add `more` to `sum`.
void tw_measured_add(tw_measured *sum, const tw_measured *more);

/// Of the translations of a half: how many, their mean, and the cycles that `percent` of them did not exceed (0 to
/// 100). 0 when there are none.
uint64_t tw_measured_count(const tw_measured *measured, unsigned half);
double tw_measured_mean(const tw_measured *measured, unsigned half);
uint64_t tw_measured_percentile(const tw_measured *measured, unsigned half, double percent);

#ifdef __cplusplus
}
#endif
#endif
