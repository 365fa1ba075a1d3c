// Rows are kept as strings of cells, so that widths are known before the first is printed.
#define _POSIX_C_SOURCE 200809L
#include "table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct row {
  char *text;                             // owned; NULL: a rule
  const char *cell[TW_TABLE_COLUMNS_MAX]; // in `text`; NULL: missing
} row;

struct tw_table {
  row *rows; // the first holds the headings
  size_t count, room;
  size_t columns;
  bool left[TW_TABLE_COLUMNS_MAX];
  bool failed; // memory ran out
};

static void split(row *row) {
  char *at = row->text;
  for (size_t i = 0; i < TW_TABLE_COLUMNS_MAX && at; i++) {
    row->cell[i] = at;
    at = strchr(at, '\t');
    if (at)
      *at++ = 0;
  }
}

// Takes `text`.
static void add(tw_table *table, char *text) {
  if (table->count == table->room) {
    size_t room = table->room ? table->room * 2 : 16;
    row *rows = realloc(table->rows, room * sizeof *rows);
    if (!rows) {
      table->failed = true;
      free(text);
      return;
    }
    table->rows = rows;
    table->room = room;
  }
  row *added = &table->rows[table->count++];
  *added = (row){.text = text};
  if (text)
    split(added);
}

tw_table *tw_table_create(const char *headings) {
  tw_table *table = calloc(1, sizeof *table);
  char *text = strdup(headings);
  if (!table || !text) {
    free(text);
    free(table);
    return NULL;
  }
  add(table, text);
  if (table->failed) {
    tw_table_free(table);
    return NULL;
  }
  row *first = &table->rows[0];
  while (table->columns < TW_TABLE_COLUMNS_MAX && first->cell[table->columns]) {
    bool left = first->cell[table->columns][0] == '<';
    table->left[table->columns] = left;
    first->cell[table->columns++] += left;
  }
  return table;
}

void tw_table_free(tw_table *table) {
  if (!table)
    return;
  for (size_t i = 0; i < table->count; i++)
    free(table->rows[i].text);
  free(table->rows);
  free(table);
}

void tw_table_row(tw_table *table, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  char *text = length < 0 ? NULL : malloc((size_t)length + 1);
  if (text) {
    vsnprintf(text, (size_t)length + 1, format, again);
    add(table, text);
  } else {
    table->failed = true;
  }
  va_end(again);
  va_end(arguments);
}

void tw_table_rule(tw_table *table) { add(table, NULL); }

static const char *cell_of(const row *row, size_t column) { return row->cell[column] ? row->cell[column] : ""; }

static size_t width_of(const tw_table *table, size_t column) {
  size_t width = 0;
  for (size_t i = 0; i < table->count; i++) {
    size_t length = table->rows[i].text ? strlen(cell_of(&table->rows[i], column)) : 0;
    width = length > width ? length : width;
  }
  return width;
}

static void print_row(const tw_table *table, const row *row, const size_t *width, FILE *out) {
  size_t last = table->columns; // no blanks at a line's end
  while (last > 0 && cell_of(row, last - 1)[0] == 0)
    last--;
  for (size_t i = 0; i < last; i++) {
    int space = (int)width[i];
    const char *gap = i ? "  " : "";
    if (!table->left[i])
      fprintf(out, "%s%*s", gap, space, cell_of(row, i));
    else if (i + 1 == last)
      fprintf(out, "%s%s", gap, cell_of(row, i));
    else
      fprintf(out, "%s%-*s", gap, space, cell_of(row, i));
  }
  fputc('\n', out);
}

static void print_rule(const tw_table *table, const size_t *width, FILE *out) {
  for (size_t i = 0; i < table->columns; i++) {
    fputs(i ? "  " : "", out);
    for (size_t n = 0; n < width[i]; n++)
      fputc('-', out);
  }
  fputc('\n', out);
}

int tw_table_print(const tw_table *table, FILE *out) {
  size_t width[TW_TABLE_COLUMNS_MAX];
  if (table->failed)
    return -1;
  for (size_t i = 0; i < table->columns; i++)
    width[i] = width_of(table, i);
  for (size_t i = 0; i < table->count; i++) {
    if (table->rows[i].text)
      print_row(table, &table->rows[i], width, out);
    if (i == 0 || !table->rows[i].text)
      print_rule(table, width, out);
  }
  return ferror(out) ? -1 : 0;
}

static void csv_cell(const char *text, FILE *out) {
  if (!strpbrk(text, ",\"\r\n")) {
    fputs(text, out);
    return;
  }
  fputc('"', out);
  for (; *text; text++) {
    if (*text == '"')
      fputc('"', out);
    fputc(*text, out);
  }
  fputc('"', out);
}

int tw_table_csv(const tw_table *table, FILE *out) {
  if (table->failed)
    return -1;
  for (size_t i = 0; i < table->count; i++) {
    for (size_t c = 0; table->rows[i].text && c < table->columns; c++) {
      if (c)
        fputc(',', out);
      csv_cell(cell_of(&table->rows[i], c), out);
    }
    if (table->rows[i].text)
      fputc('\n', out);
  }
  return ferror(out) ? -1 : 0;
}
