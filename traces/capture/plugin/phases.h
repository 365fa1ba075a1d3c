// Phases: from a mark that begins one to the mark that ends it. Those of one kind go into one file for each CPU, which
// begins with a snapshot of the tables.
#ifndef CAPTURE_PHASES_H
#define CAPTURE_PHASES_H

#include "live.h"
#include "machine.h"
#include "stream.h"

typedef struct phases phases;

/// Told when recording begins or ends.
typedef void (*phases_switch)(void *context, bool recording);

/// NULL and a line on stderr: `folder` can not be written. `machine` and `folder` are the caller's.
phases *phases_create(machine *m, const char *folder, phases_switch tell, void *context);
void phases_destroy(phases *p);
/// The machine's memory has been found. False: out of memory.
bool phases_memory_found(phases *p);

/// A mark of marker.h, by `cpu`, whose callback runs.
void phases_mark(phases *p, unsigned cpu, unsigned mark);

bool phases_recording(const phases *p);
/// Where the records go, and the tables: NULL while no file is open.
streams *phases_streams(const phases *p);
live *phases_tables(const phases *p);
/// "3 phases, ..." on stderr.
void phases_sum_up(const phases *p);

#endif
