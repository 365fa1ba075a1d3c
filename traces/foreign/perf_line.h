// A line of `perf script` as what it says of an access.
#ifndef TRACES_SRC_PERF_LINE_H
#define TRACES_SRC_PERF_LINE_H

#include "lines.h"

typedef struct tw_perf_line {
  tw_text event;   ///< its name; empty: the line has none
  tw_text op;      ///< of data_src: LOAD, STORE, PFETCH, EXEC, N/A; empty: the line has no data_src
  tw_text tlb;     ///< of data_src
  uint64_t va, pa; ///< pa 0: not known
} tw_perf_line;

/// A sample. False: it is none, or which of its words is the address can't be told.
bool tw_perf_line_parse(tw_text line, tw_perf_line *sample);
/// "[PHYS_ADDR] [page size] [page size]" and nothing more, as it ends a sample, or stands alone behind its call chain.
bool tw_perf_line_physical(tw_text text, uint64_t *pa);

#endif
