// The streams of records: for each CPU the file of the kind that is captured now. Records: traces/README.md.
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include "guest.h"
#include "instruction.h"

enum { RECORD_NAME_MAX = 32 };

typedef struct streams streams;

/// An access as it is recorded.
typedef struct record_access {
  uint64_t va, pa;
  uint8_t size_log2;
  bool fetch, store, io, user;
} record_access;

/// NULL: out of memory. `folder` is the caller's and must outlive it.
streams *streams_create(const char *folder, unsigned cpus, bool aarch64, uint64_t ram_base);
void streams_destroy(streams *s);

/// Go on to the files of `kind`, at their end. False: they can not be opened.
bool streams_open(streams *s, const char *kind);
/// What could not be written ends QEMU.
void streams_close(streams *s);
bool streams_are_open(const streams *s);

/// `gap`: instructions of the CPU since its record before.
void streams_access(streams *s, unsigned cpu, const record_access *access, uint64_t gap);
void streams_instruction(streams *s, unsigned cpu, const instruction *i, uint64_t operand, uint64_t gap);
void streams_mark(streams *s, unsigned cpu, unsigned mark);
/// To all CPUs.
void streams_descriptor(streams *s, uint64_t pa, uint64_t value, unsigned bytes);
/// All records so far.
uint64_t streams_records(const streams *s);

#endif
