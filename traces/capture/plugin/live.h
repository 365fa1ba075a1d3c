// The live translation tables: which memory they are, and what a reader of the streams knows to be in them.
//
// A snapshot tells a reader every table that is reachable when it is taken. From then on a store into one is told as it
// happens. A table that becomes reachable later (a new process, a new page of a table) was written before anybody knew
// that it was one: what its words are and the reader does not know is told when it is linked, before the link is.
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include "format.h"

#include <stdio.h>

typedef struct live live;

/// A word of `bytes` (4 or 8) at `pa` has become `value`.
typedef void (*live_tell)(void *context, uint64_t pa, uint64_t value, unsigned bytes);

/// NULL: out of memory. `ram` is the caller's and must outlive it.
live *live_create(const guest_ram *ram, bool aarch64, live_tell tell, void *context);
void live_destroy(live *tables);

/// Begin anew: all that is reachable by the `count` CPUs' registers, and nothing else, is known.
void live_begin(live *tables, const guest_registers *registers, unsigned count);
/// Write the tables in the form of a snapshot, after its page of registers. The roots come first.
void live_write(const live *tables, FILE *to);

/// `cpu` wrote a register: its roots may be new ones.
void live_switch(live *tables, unsigned cpu, const guest_registers *registers);
/// A store of `bytes` at `pa` has been done.
void live_store(live *tables, uint64_t pa, unsigned bytes);
/// Is any live table in the 4K page of `pa`? Quick: for every store.
bool live_has(const live *tables, uint64_t pa);

#endif
