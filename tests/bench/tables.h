// Translation tables for the streams: pages of 4K from one virtual address on, mapped to one run of physical memory.
#ifndef BENCH_TABLES_H
#define BENCH_TABLES_H

#include <stdint.h>
#include <traces/error.h>

#define TABLES_VA UINT64_C(0xffff000000000000)
#define TABLES_PA UINT64_C(0x100000000)  ///< of the first page
#define TABLES_BASE UINT64_C(0x40000000) ///< of the tables

/// Write the snapshot that maps `pages` pages at TABLES_VA to TABLES_PA. 0; -1 and `error`.
int tables_write_snapshot(const char *path, uint64_t pages, tw_error *error);

#endif
