// A map of the address space as a table, JSON and a picture.
#include "layout_report.h"

#include "svg.h"
#include "table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/// A region and how many others hold it.
typedef struct row {
  const tw_region *region;
  unsigned depth;
} row;

static bool holds(const tw_region *outer, const tw_region *inner) {
  return outer != inner && outer->first <= inner->first && outer->last >= inner->last;
}

/// The highest first; a region before those inside it.
static int by_address(const void *a, const void *b) {
  const tw_region *x = ((const row *)a)->region, *y = ((const row *)b)->region;
  if (holds(x, y))
    return -1;
  if (holds(y, x))
    return 1;
  return x->first > y->first ? -1 : x->first < y->first;
}

static void order(const tw_linux_layout *layout, row rows[TW_LINUX_REGIONS_MAX]) {
  for (size_t i = 0; i < layout->count; i++) {
    rows[i] = (row){.region = &layout->region[i]};
    for (size_t other = 0; other < layout->count; other++)
      rows[i].depth += holds(&layout->region[other], rows[i].region);
  }
  qsort(rows, layout->count, sizeof *rows, by_address);
}

/// "240 MiB", "124 TiB"; with decimals where that is no whole number: "93.9 TiB".
static void bytes_words(const tw_region *region, char text[24]) {
  static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  uint64_t bytes = region->last - region->first + 1;
  unsigned unit = 0;
  while (unit < 6 && bytes >> (10 * (unit + 1)))
    unit++;
  double value = ldexp((double)bytes, -10 * (int)unit);
  snprintf(text, 24, value < floor(value) + 0.05 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

static tw_table *table_of(const tw_linux_layout *layout) {
  row rows[TW_LINUX_REGIONS_MAX];
  tw_table *table = tw_table_create("<region\t<first\t<last\tbytes");
  order(layout, rows);
  for (size_t i = 0; table && i < layout->count; i++) {
    const tw_region *region = rows[i].region;
    char bytes[24];
    bytes_words(region, bytes);
    tw_table_row(table, "%*s%s\t%016" PRIx64 "\t%016" PRIx64 "\t%s", (int)(2 * rows[i].depth), "", region->name,
                 region->first, region->last, bytes);
  }
  return table;
}

int tw_linux_layout_print(const tw_linux_layout *layout, FILE *out) {
  tw_table *table = table_of(layout);
  fprintf(out, "%s\n\n", layout->era);
  int status = table ? tw_table_print(table, out) : -1;
  tw_table_free(table);
  fprintf(out,
          "\nRAM from %#" PRIx64 " on: %" PRIu64 " MiB at %016" PRIx64 " in the linear map. Kernel text at %016" PRIx64
          ".\n",
          layout->linear_pa, layout->linear_bytes >> 20, layout->linear_va, layout->image_va);
  return ferror(out) ? -1 : status;
}

int tw_linux_layout_csv(const tw_linux_layout *layout, FILE *out) {
  tw_table *table = table_of(layout);
  int status = table ? tw_table_csv(table, out) : -1;
  tw_table_free(table);
  return status;
}

static json_t *hexadecimal(uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%#" PRIx64, value);
  return json_string(text);
}

json_t *tw_linux_layout_json(const tw_linux_layout *layout) {
  row rows[TW_LINUX_REGIONS_MAX];
  json_t *regions = json_array();
  order(layout, rows);
  for (size_t i = 0; i < layout->count; i++) {
    const tw_region *region = rows[i].region;
    json_array_append_new(regions,
                          json_pack("{s:s, s:o, s:o, s:i}", "name", region->name, "first", hexadecimal(region->first),
                                    "last", hexadecimal(region->last), "inside", (int)rows[i].depth));
  }
  return json_pack("{s:s, s:s, s:o, s:o, s:I, s:o, s:o}", "command", "layout", "era", layout->era, "linear_va",
                   hexadecimal(layout->linear_va), "linear_pa", hexadecimal(layout->linear_pa), "linear_bytes",
                   (json_int_t)layout->linear_bytes, "image_va", hexadecimal(layout->image_va), "regions", regions);
}

// ---- the picture ----

enum { LEFT = 190, WIDTH = 260, TOP = 60, LABEL = 250, GAP = 14, INDENT = 14 };

static const char *colour_of(const char *name) {
  static const struct {
    const char *part, *colour;
  } colours[] = {{"kernel", "#e15759"},  {"linear", "#59a14f"},  {"lowmem", "#59a14f"},  {"direct", "#59a14f"},
                 {"vmalloc", "#4e79a7"}, {"vmemmap", "#b07aa1"}, {"modules", "#f28e2b"}, {"user", "#edc948"}};
  for (size_t i = 0; i < sizeof colours / sizeof *colours; i++)
    if (strncmp(name, colours[i].part, strlen(colours[i].part)) == 0)
      return colours[i].colour;
  return "#bab0ac";
}

static double height_of(const tw_region *region) {
  return 14 + 1.2 * fmax(0, log2((double)(region->last - region->first) + 1) - 12);
}

/// Room that a row takes: its own title, and what lies inside it.
static double room_of(const row *rows, size_t count, size_t i) {
  double inside = 0;
  for (size_t n = i + 1; n < count && rows[n].depth > rows[i].depth; n++)
    if (rows[n].depth == rows[i].depth + 1)
      inside += room_of(rows, count, n);
  return inside > 0 ? inside + 22 : height_of(rows[i].region);
}

static void box(FILE *out, const row *r, double y, double height) {
  const tw_region *region = r->region;
  double x = LEFT + INDENT * r->depth, width = WIDTH - 2 * INDENT * r->depth;
  char bytes[24];
  bytes_words(region, bytes);
  fprintf(out,
          "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" fill-opacity=\"0.75\" "
          "stroke=\"#333\"/>\n",
          x, y, width, height, colour_of(region->name));
  fprintf(out, "<text x=\"%.1f\" y=\"%.1f\">%s</text>\n", x + 6, y + 12, region->name);
  fprintf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" font-family=\"monospace\">%016" PRIx64 "</text>\n",
          LEFT - 10, y + height, region->first);
  fprintf(out, "<text x=\"%d\" y=\"%.1f\">%s</text>\n", LEFT + WIDTH + 12, y + 12, bytes);
}

static double draw(FILE *out, const row *rows, size_t count, size_t i, double y) {
  double height = room_of(rows, count, i), inside = y + 18;
  box(out, &rows[i], y, height);
  for (size_t n = i + 1; n < count && rows[n].depth > rows[i].depth; n++)
    if (rows[n].depth == rows[i].depth + 1)
      inside = draw(out, rows, count, n, inside);
  return y + height;
}

int tw_linux_layout_svg(const tw_linux_layout *layout, FILE *out) {
  row rows[TW_LINUX_REGIONS_MAX];
  double height = TOP, y = TOP;
  order(layout, rows);
  for (size_t i = 0; i < layout->count; i++)
    if (rows[i].depth == 0)
      height += room_of(rows, layout->count, i) + GAP;
  tw_svg_begin(out, LEFT + WIDTH + LABEL, height + 20, 11);
  fprintf(out, "<text x=\"%d\" y=\"28\" font-size=\"15\">%s</text>\n", LEFT, layout->era);
  for (size_t i = 0; i < layout->count; i++)
    if (rows[i].depth == 0)
      y = draw(out, rows, layout->count, i, y) + GAP;
  return tw_svg_end(out);
}
