// The miss status holding registers (MSHRs) of the walker's first cache. No twin: the RTL sees them as a memory port
// that is not open.
#ifndef TABLEWALK_MSHRS_H
#define TABLEWALK_MSHRS_H

#include <stdbool.h>
#include <tablewalk/config.h>

typedef struct tw_mshr {
  uint64_t line;  ///< physical address / 64
  uint64_t ready; ///< cycle of its data: held before, free from then on
} tw_mshr;

typedef struct tw_mshrs {
  uint32_t count; ///< 0: any number of misses, nothing is kept of them
  tw_mshr item[TW_MSHRS_MAX];
} tw_mshrs;

void tw_mshrs_empty(tw_mshrs *mshrs);
/// Cycles from `cycle` until the data of `line`, which is under way; 0: it is not.
uint32_t tw_mshrs_left(const tw_mshrs *mshrs, uint64_t line, uint64_t cycle);
/// A miss in `cycle` whose data comes in `ready`. True: all are held now. When they were before (who calls did not ask
/// whether the port is open), the one that would be free first is given up.
bool tw_mshrs_take(tw_mshrs *mshrs, uint64_t line, uint64_t cycle, uint64_t ready);
/// The first cycle from `cycle` on in which one is free.
uint64_t tw_mshrs_free_at(const tw_mshrs *mshrs, uint64_t cycle);

#endif
