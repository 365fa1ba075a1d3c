// What the fuzz targets share: files in a folder of the process's own, and a capture read from end to end.
#ifndef TESTS_FUZZ_FUZZ_READ_H
#define TESTS_FUZZ_FUZZ_READ_H

#include <stddef.h>
#include <stdint.h>
#include <traces/foreign.h>

enum { FUZZ_PATH = 512 };

/// Each target's: takes any bytes and returns 0. What is wrong ends the process.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes); // NOLINT(readability-identifier-naming): libFuzzer's

/// Write `name` in the folder of this process, which is made at the first call and removed at the end.
void fuzz_write(const char *name, const void *data, size_t bytes);

/// Where it lies.
void fuzz_path(const char *name, char path[FUZZ_PATH]);

/// How a capture ended.
typedef struct fuzz_counts {
  uint64_t whole, damaged, accesses;
} fuzz_counts;
/// Of all captures read by this process.
extern fuzz_counts fuzz_counted;

/// Read the capture `name` twice: with addresses and gaps until damage ends it, and without them until damage fails it.
/// Both must give the same accesses and the same end.
void fuzz_read(const char *name);
/// The same of a trace of another tool, all of whose columns are decoded either way.
void fuzz_read_foreign(const char *name, tw_foreign_format format, const tw_mapping_policy *policy);

#endif
