// The study as a picture: a panel for each capture and size, a group of bars for each pattern, a bar for each mapping,
// as long as translation takes cycles an access, and across it a line where the phase's cycles an access stand when
// accesses overlap. All panels have one scale, so that they can be held against each
// other.
#include "study.h"

#include "svg.h"

#include <math.h>
#include <string.h>

enum {
  LEFT = 56,
  TOP = 64,
  PANEL_WIDTH = 620,
  PANEL_HEIGHT = 260,
  PLOT_HEIGHT = 170,
  PANEL_TITLE = 28,
  MAPPINGS = 16,
};

static const char *const colours[] = {"#4e79a7", "#e15759", "#f28e2b", "#59a14f", "#b07aa1", "#9c755f"};
enum { COLOURS = sizeof colours / sizeof *colours };

typedef struct chart {
  FILE *out;
  const char *mappings[MAPPINGS]; // in order of colours
  size_t count;
  double top; // of the scale, cycles
} chart;

static size_t mapping_number(chart *c, const char *mapping) {
  for (size_t i = 0; i < c->count; ++i)
    if (strcmp(c->mappings[i], mapping) == 0)
      return i;
  if (c->count < MAPPINGS)
    c->mappings[c->count++] = mapping;
  return c->count - 1;
}

// The next of 1, 2, 5, 10, 20 ... at or above the value.
static double round_up(double value) {
  double power = pow(10.0, floor(log10(value > 1.0 ? value : 1.0)));
  double lead = value / power;
  return power * (lead <= 1.0 ? 1.0 : lead <= 2.0 ? 2.0 : lead <= 5.0 ? 5.0 : 10.0);
}

static void measure(chart *c, const tw_study *study) {
  double most = 1.0;
  for (size_t i = 0; i < study->count; ++i)
    for (size_t r = 0; r < study->captures[i].count; ++r) {
      const tw_study_row *row = &study->captures[i].rows[r];
      mapping_number(c, row->mapping);
      most = fmax(most, fmax(tw_study_cycles(&row->buffer), tw_study_overlapped_cycles(row)));
    }
  // in steps of a fifth of the round number above
  double step = round_up(most) / 5.0;
  c->top = step * ceil(most / step);
}

static const tw_study_row *block_end(const tw_study_capture *capture, const tw_study_row *row) {
  const tw_study_row *end = capture->rows + capture->count, *next = row;
  while (next < end && next->bytes == row->bytes)
    ++next;
  return next;
}

static void axis(const chart *c, double x, double bottom) {
  for (int i = 0; i <= 4; ++i) {
    double value = c->top * i / 4.0, y = bottom - PLOT_HEIGHT * i / 4.0;
    char label[32];
    snprintf(label, sizeof label, "%.3g", value);
    fprintf(c->out, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ccc\"/>\n", x,
            x + PANEL_WIDTH - LEFT - 20, y, y);
    tw_svg_text(c->out, x - 6, y + 4, "end", label);
  }
}

static void bar(chart *c, const tw_study_row *row, double x, double width, double bottom) {
  double cycles = tw_study_cycles(&row->buffer), height = PLOT_HEIGHT * cycles / c->top;
  fprintf(c->out,
          "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"><title>%s %s: %.2f</title></rect>\n",
          x, bottom - height, width, height, colours[mapping_number(c, row->mapping) % COLOURS], row->mapping,
          row->pattern, cycles);
  char label[32];
  snprintf(label, sizeof label, cycles < 9.95 ? "%.2f" : "%.1f", cycles);
  fprintf(c->out, "<g font-size=\"8\">");
  tw_svg_text(c->out, x + width / 2, bottom - height - 3, "middle", label);
  fprintf(c->out, "</g>\n");
}

static void overlapped_line(chart *c, const tw_study_row *row, double x, double width, double bottom) {
  double cycles = tw_study_overlapped_cycles(row), y = bottom - PLOT_HEIGHT * cycles / c->top;
  if (cycles > 0)
    fprintf(c->out,
            "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"black\" stroke-width=\"2\">"
            "<title>%s %s overlapped: %.2f</title></line>\n",
            x, x + width, y, y, row->mapping, row->pattern, cycles);
}

static void panel(chart *c, const tw_study_capture *capture, const tw_study_row *first, double left, double top) {
  const tw_study_row *end = block_end(capture, first);
  size_t groups = 0;
  for (const tw_study_row *row = first; row < end; ++row)
    groups += row == first || strcmp(row->pattern, row[-1].pattern) != 0;
  double x = left + LEFT, bottom = top + PANEL_TITLE + PLOT_HEIGHT;
  double group = (PANEL_WIDTH - LEFT - 20.0) / (double)groups;
  char bytes[24], title[320];
  tw_study_bytes_name(first->bytes, bytes);
  snprintf(title, sizeof title, "%s, %s buffers, %s", capture->title, bytes, capture->core->title);
  tw_svg_text(c->out, x, top + 12, "start", title);
  axis(c, x, bottom);
  size_t in_group = 0, number = 0;
  double width = fmin(group * 0.9 / (double)c->count, 40.0);
  for (const tw_study_row *row = first; row < end; ++row, ++in_group) {
    if (row != first && strcmp(row->pattern, row[-1].pattern) != 0) {
      ++number;
      in_group = 0;
    }
    double start = x + group * (double)number + group * 0.05;
    if (in_group == 0)
      tw_svg_text(c->out, start + group * 0.45, bottom + 16, "middle", row->pattern);
    bar(c, row, start + width * (double)in_group, width * 0.92, bottom);
    overlapped_line(c, row, start + width * (double)in_group, width * 0.92, bottom);
  }
}

static size_t blocks_of(const tw_study_capture *capture) {
  size_t blocks = 0;
  for (const tw_study_row *row = capture->rows; row < capture->rows + capture->count; row = block_end(capture, row))
    ++blocks;
  return blocks;
}

static void legend(const chart *c) {
  double x = LEFT;
  for (size_t i = 0; i < c->count; ++i) {
    fprintf(c->out, "<rect x=\"%.1f\" y=\"34\" width=\"12\" height=\"12\" fill=\"%s\"/>\n", x, colours[i % COLOURS]);
    tw_svg_text(c->out, x + 18, 45, "start", c->mappings[i]);
    x += 40.0 + 7.0 * (double)strlen(c->mappings[i]);
  }
}

int tw_study_write_svg(const tw_study *study, FILE *out) {
  chart c = {.out = out};
  measure(&c, study);
  size_t across = 1;
  for (size_t i = 0; i < study->count; ++i)
    across = blocks_of(&study->captures[i]) > across ? blocks_of(&study->captures[i]) : across;
  tw_svg_begin(out, (double)(across * PANEL_WIDTH + 20), (double)(TOP + study->count * PANEL_HEIGHT), 12);
  tw_svg_text(
      out, LEFT, 20, "start",
      "Bars: translation cycles an access, one after the other. Lines: cycles of the phase an access, overlapped. "
      "Every phase begins cold.");
  legend(&c);
  for (size_t i = 0; i < study->count; ++i) {
    const tw_study_capture *capture = &study->captures[i];
    double left = 0;
    for (const tw_study_row *row = capture->rows; row < capture->rows + capture->count; row = block_end(capture, row)) {
      panel(&c, capture, row, left, TOP + (double)i * PANEL_HEIGHT);
      left += PANEL_WIDTH;
    }
  }
  return tw_svg_end(out);
}
