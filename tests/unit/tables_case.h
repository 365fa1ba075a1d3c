// What the tests of table builders share: where tables stand, what was written, and the two decoders that read them.
#ifndef TESTS_UNIT_TABLES_CASE_H
#define TESTS_UNIT_TABLES_CASE_H

#include <stddef.h>
#include <stdint.h>
#include <tablewalk/memory.h>
#include <tablewalk/mmu.h>
#include <traces/census.h>
#include <traces/page_tables.h>

/// An allocator of tables and a diary of what the builder does.
typedef struct tables_case {
  uint64_t next; ///< physical address of the next table
  size_t taken, given, written, invalidated, tables_invalidated;
  size_t taken_most;            ///< tables that can be had; 0: any number
  uint64_t last_va, last_bytes; ///< of the last invalidation
  uint64_t log[64];             ///< the last writes: values, in order; invalidations as 0xdead
  size_t logged;
  tw_memory *memory; ///< NULL, or where each write goes too
} tables_case;

tw_page_tables_port case_port(tables_case *c);

/// An MMU that looks at tables: it holds nothing for long.
typedef struct reader_case {
  tw_memory *memory;
  tw_mmu *mmu;
} reader_case;

/// `registers` and tables as they stand.
reader_case reader_new(const tw_registers *registers, const tw_table_page *pages, size_t count);
void reader_free(reader_case *reader);
tw_response reader_access(reader_case *reader, uint64_t va, unsigned kind, unsigned el);

/// The leaf that the census finds at `va`; false: there is none.
bool census_at(const tw_registers *registers, const tw_table_page *pages, size_t count, uint64_t va, tw_mapping *leaf);

#endif
