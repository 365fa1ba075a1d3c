// Event counters, by the Arm PMU's names and numbers (Arm ARM, PMU events; Arm's published core event lists). Numbers
// from 0xc000 on are IMPLEMENTATION DEFINED: these are the model's own. When each counts: rtl/README.md.
#ifndef TABLEWALK_COUNTERS_H
#define TABLEWALK_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// X(name, PMU event number, what it counts here)
#define TW_COUNTERS(X)                                                                                                 \
  X(L1I_TLB_REFILL, 0x0002, "L1 instruction TLB entries filled for a request")                                         \
  X(L1D_TLB_REFILL, 0x0005, "L1 data TLB entries filled for a request")                                                \
  X(L1D_TLB, 0x0025, "data requests that looked up the L1 data TLB")                                                   \
  X(L1I_TLB, 0x0026, "fetch requests that looked up the L1 instruction TLB")                                           \
  X(L2D_TLB_REFILL, 0x002d, "L2 TLB entries filled")                                                                   \
  X(L2D_TLB, 0x002f, "requests that looked up the L2 TLB")                                                             \
  X(DTLB_WALK, 0x0034, "walks for data requests that read memory")                                                     \
  X(ITLB_WALK, 0x0035, "walks for fetches that read memory")                                                           \
  X(L1D_TLB_REFILL_RD, 0x004c, "L1D_TLB_REFILL for reads")                                                             \
  X(L1D_TLB_REFILL_WR, 0x004d, "L1D_TLB_REFILL for writes")                                                            \
  X(L1D_TLB_RD, 0x004e, "L1D_TLB for reads")                                                                           \
  X(L1D_TLB_WR, 0x004f, "L1D_TLB for writes")                                                                          \
  X(L2D_TLB_REFILL_RD, 0x005c, "L2D_TLB_REFILL for reads and fetches")                                                 \
  X(L2D_TLB_REFILL_WR, 0x005d, "L2D_TLB_REFILL for writes")                                                            \
  X(L2D_TLB_RD, 0x005e, "L2D_TLB for reads and fetches")                                                               \
  X(L2D_TLB_WR, 0x005f, "L2D_TLB for writes")                                                                          \
  X(DTLB_WALK_PERCYC, 0x8128, "cycles with a walk for a data request under way")                                       \
  X(ITLB_WALK_PERCYC, 0x8129, "cycles with a walk for a fetch under way")                                              \
  X(DTLB_HWUPD, 0x8134, "updates of descriptors by walks for data requests")                                           \
  X(ITLB_HWUPD, 0x8135, "updates of descriptors by walks for fetches")                                                 \
  X(DTLB_STEP, 0x8136, "descriptor reads of walks for data requests")                                                  \
  X(ITLB_STEP, 0x8137, "descriptor reads of walks for fetches")                                                        \
  X(DTLB_WALK_LARGE, 0x8138, "data walks without a fault that ended in 2 MiB or more")                                 \
  X(ITLB_WALK_LARGE, 0x8139, "fetch walks without a fault that ended in 2 MiB or more")                                \
  X(DTLB_WALK_SMALL, 0x813a, "data walks without a fault that ended in less than 2 MiB")                               \
  X(ITLB_WALK_SMALL, 0x813b, "fetch walks without a fault that ended in less than 2 MiB")                              \
  X(L1D_TLB_RW, 0x8130, "L1D_TLB for reads and writes")                                                                \
  X(L1I_TLB_RD, 0x8131, "L1I_TLB for fetches")                                                                         \
  X(L1D_TLB_PRFM, 0x8132, "L1D_TLB for data preloads")                                                                 \
  X(L1I_TLB_PRFM, 0x8133, "L1I_TLB for instruction preloads")                                                          \
  X(DTLB_WALK_RW, 0x813c, "DTLB_WALK for reads and writes")                                                            \
  X(ITLB_WALK_RD, 0x813d, "ITLB_WALK for fetches")                                                                     \
  X(DTLB_WALK_PRFM, 0x813e, "DTLB_WALK for data preloads")                                                             \
  X(ITLB_WALK_PRFM, 0x813f, "ITLB_WALK for instruction preloads")                                                      \
  X(STALL_FRONTEND_TLB, 0x815c, "cycles in which a fetch stood at its port and was not accepted")                      \
  X(STALL_BACKEND_TLB, 0x8167, "cycles in which a data request stood at its port and was not accepted")                \
  X(L1D_TLB_HIT, 0xc000, "of L1D_TLB, those that hit")                                                                 \
  X(L1I_TLB_HIT, 0xc001, "of L1I_TLB, those that hit")                                                                 \
  X(L1D_TLB_MISS, 0xc002, "of L1D_TLB, those that missed")                                                             \
  X(L1I_TLB_MISS, 0xc003, "of L1I_TLB, those that missed")                                                             \
  X(L1D_TLB_MERGE, 0xc004, "data requests answered by another's miss")                                                 \
  X(L1I_TLB_MERGE, 0xc005, "fetches answered by another's miss")                                                       \
  X(L2D_TLB_HIT, 0xc006, "of L2D_TLB, those that hit")                                                                 \
  X(L2D_TLB_PREFETCH, 0xc007, "prefetches that looked up the L2 TLB")                                                  \
  X(L2D_TLB_PREFETCH_HIT, 0xc008, "of those, those that hit: dropped")                                                 \
  X(WALK_PREFETCH, 0xc009, "walks of prefetches")                                                                      \
  X(WALK_PREFETCH_FILL, 0xc00a, "of those, those that filled the L2 TLB")                                              \
  X(PREFETCH_STEP, 0xc00b, "descriptor reads of prefetches")

typedef enum tw_counter {
#define X(name, event, meaning) TW_COUNTER_##name,
  TW_COUNTERS(X)
#undef X
      TW_COUNTER_COUNT
} tw_counter;

typedef struct tw_counters {
  uint64_t value[TW_COUNTER_COUNT];
} tw_counters;

/// A counter's name, PMU event number and meaning.
typedef struct tw_counter_info {
  const char *name;
  const char *meaning;
  uint16_t event;
} tw_counter_info;
tw_counter_info tw_counter_describe(tw_counter counter);

#ifdef __cplusplus
}
#endif
#endif
