// A trace read by a thread of its own, some batches ahead of who takes them: decompressing and decoding go on while
// what was decoded is written. For traces of one section, as foreign ones are: what belongs to it stays as it is.
#ifndef TRACES_SRC_AHEAD_H
#define TRACES_SRC_AHEAD_H

#include <traces/trace.h>

typedef struct tw_ahead tw_ahead;

/// Begin to read `trace`, which was opened with TW_TRACE_PA and TW_TRACE_GAPS, and which no one else may read until
/// tw_ahead_stop. NULL and `error`: out of memory, or no thread can be made.
tw_ahead *tw_ahead_start(tw_trace *trace, tw_error *error);
/// As tw_trace_next.
int tw_ahead_next(tw_ahead *ahead, tw_batch *batch, tw_error *error);
/// Stop reading, wherever it is.
void tw_ahead_stop(tw_ahead *ahead);

#endif
