// What the tests of foreign traces share: a file of given bytes, opened, and held against what is expected of it.
#ifndef TESTS_UNIT_FOREIGN_CASE_H
#define TESTS_UNIT_FOREIGN_CASE_H

#include <stddef.h>
#include <traces/foreign.h>

typedef struct opened {
  char *folder, *path;
  tw_trace *trace;
  tw_error error;
} opened;

/// A file with these bytes, opened with `policy` (NULL: the usual one). `trace` is NULL when that fails.
opened open_bytes(const void *data, size_t bytes, tw_foreign_format format, const tw_mapping_policy *policy);
void finish(opened *o);

typedef struct one_access {
  uint64_t va;
  unsigned kind, size, gap;
} one_access;

/// Every access must be as expected, and must have, by the tables as they stand, the physical address that it says.
void expect_accesses(opened *o, const one_access *expected, size_t count);
/// The trace ends in an error that says so, after `accesses` accesses.
void expect_damage(opened *o, size_t accesses, const char *words);

#endif
