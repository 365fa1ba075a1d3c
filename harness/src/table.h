// A table of text with aligned columns, also as CSV.
#ifndef HARNESS_TABLE_H
#define HARNESS_TABLE_H

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TW_TABLE_COLUMNS_MAX = 48 };

typedef struct tw_table tw_table;

/// Headings split by tabs; one that begins with '<' is of a left-aligned column, all others are right-aligned. NULL:
/// out of memory.
tw_table *tw_table_create(const char *headings);
void tw_table_free(tw_table *table);

/// Add a row: printf-style, cells split by tabs. Cells that are missing are empty. Memory that runs out is told by the
/// printing functions.
__attribute__((format(printf, 2, 3))) void tw_table_row(tw_table *table, const char *format, ...);
/// Add a line between the rows before and those after.
void tw_table_rule(tw_table *table);

/// 0, or -1: memory ran out or the stream has an error.
int tw_table_print(const tw_table *table, FILE *out);
int tw_table_csv(const tw_table *table, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
