// How fast traces of other tools are imported.
#ifndef BENCH_IMPORT_H
#define BENCH_IMPORT_H

#include <traces/error.h>

/// A line for each format and compression, read and imported; and the peak of memory, for which `program` is run again.
/// 0; -1 and `error`.
int import_bench(const char *program, const char *folder, tw_error *error);
/// Read the trace of the format `name` at `path` once and print the process's peak of memory in KiB. The exit status.
int import_print_peak(const char *name, const char *path);

#endif
