// The curves as a picture: cycles an access by pages, both by logarithms, a line for each core, a dot at the end of
// each plateau.
#include "curve.h"

#include "svg.h"

#include <inttypes.h>
#include <math.h>

enum {
  LEFT = 70,
  TOP = 50,
  PLOT_WIDTH = 760,
  PLOT_HEIGHT = 420,
  BOTTOM = 60,
  LEGEND_WIDTH = 210,
  LEGEND_LINE = 20,
};

static const char *const colours[] = {"#4e79a7", "#e15759", "#59a14f", "#f28e2b", "#b07aa1", "#9c755f", "#76b7b2",
                                      "#edc948", "#ff9da7", "#bab0ac", "#1b6e53", "#8c2d04", "#54278f", "#252525"};
enum { COLOURS = sizeof colours / sizeof *colours };

typedef struct chart {
  FILE *out;
  double pages, cycles; // at the right end, at the top
  double least;         // cycles at the bottom
} chart;

static double x_of(const chart *c, double pages) { return LEFT + PLOT_WIDTH * log(pages) / log(c->pages); }

static double y_of(const chart *c, double cycles) {
  return TOP + PLOT_HEIGHT * (1 - log(cycles / c->least) / log(c->cycles / c->least));
}

static void measure(chart *c, const tw_curve *curves, size_t count) {
  double most = 1, least = INFINITY;
  c->pages = 2;
  for (size_t i = 0; i < count; i++)
    for (size_t p = 0; p < curves[i].count; p++) {
      double mean = tw_curve_mean(&curves[i].points[p]);
      most = fmax(most, mean);
      least = fmin(least, mean);
      c->pages = fmax(c->pages, (double)curves[i].points[p].pages);
    }
  c->least = least / 1.25;
  c->cycles = most * 1.25;
}

static void grid_line(const chart *c, double x1, double y1, double x2, double y2) {
  fprintf(c->out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>\n", x1, y1, x2, y2);
}

static void axes(const chart *c) {
  char label[32];
  const double bottom = TOP + PLOT_HEIGHT;
  for (uint64_t pages = 1; (double)pages <= c->pages; pages *= 4) {
    double x = x_of(c, (double)pages);
    grid_line(c, x, TOP, x, bottom);
    snprintf(label, sizeof label, "%" PRIu64, pages);
    tw_svg_text(c->out, x, bottom + 18, "middle", label);
  }
  static const unsigned lead[] = {1, 2, 5};
  for (uint64_t power = 1; (double)power <= c->cycles; power *= 10)
    for (unsigned i = 0; i < 3; i++) {
      double cycles = (double)(power * lead[i]);
      if (cycles < c->least || cycles > c->cycles)
        continue;
      double y = y_of(c, cycles);
      grid_line(c, LEFT, y, LEFT + PLOT_WIDTH, y);
      snprintf(label, sizeof label, "%.0f", cycles);
      tw_svg_text(c->out, LEFT - 8, y + 4, "end", label);
    }
}

static void dot(const chart *c, const tw_plateau *plateau, const char *name, const char *colour) {
  if (plateau->found && plateau->ends)
    fprintf(c->out,
            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"><title>%s: %.2f cycles up to %" PRIu64
            " pages</title></circle>\n",
            x_of(c, (double)plateau->last), y_of(c, plateau->cycles), colour, name, plateau->cycles, plateau->last);
}

static void line(const chart *c, const tw_curve *curve, const char *colour) {
  fprintf(c->out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
  for (size_t i = 0; i < curve->count; i++)
    fprintf(c->out, "%s%.1f,%.1f", i ? " " : "", x_of(c, (double)curve->points[i].pages),
            y_of(c, tw_curve_mean(&curve->points[i])));
  fputs("\"/>\n", c->out);
  dot(c, &curve->l1, curve->core.name, colour);
  dot(c, &curve->l2, curve->core.name, colour);
}

int tw_curve_write_svg(const tw_curve *curves, size_t count, FILE *out) {
  chart c = {.out = out};
  char label[96];
  measure(&c, curves, count);
  double height = fmax(TOP + PLOT_HEIGHT + BOTTOM, TOP + (double)(count + 1) * LEGEND_LINE);
  tw_svg_begin(out, LEFT + PLOT_WIDTH + LEGEND_WIDTH, height, 12);
  snprintf(label, sizeof label, "Cycles of a translation by pages in use (%s each)", curves[0].options.page->name);
  tw_svg_text(out, LEFT, 26, "start", label);
  axes(&c);
  tw_svg_text(out, LEFT + PLOT_WIDTH / 2.0, TOP + PLOT_HEIGHT + 42, "middle", "pages");
  for (size_t i = 0; i < count; i++) {
    const char *colour = colours[i % COLOURS];
    double y = TOP + 10 + (double)i * LEGEND_LINE, x = LEFT + PLOT_WIDTH + 16;
    line(&c, &curves[i], colour);
    fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"12\" height=\"12\" fill=\"%s\"/>\n", x, y, colour);
    tw_svg_text(out, x + 18, y + 11, "start", curves[i].core.title);
  }
  return tw_svg_end(out);
}
