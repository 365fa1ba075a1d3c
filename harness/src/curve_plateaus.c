// The plateaus are found by the means alone, as a reader of a measured curve would: nothing of the core's file is
// looked at. What the responses tell (an L1 hit, a walk) only keeps another flat part from being taken for them.
#include "curve.h"

#include <math.h>

static const double TOLERANCE = 1e-3; // of the plateau's height
static const double SPAN = 1.5;       // a plateau of L2 hits is at least as long, last footprint by first

static bool is_level(double plateau, double mean) { return fabs(mean - plateau) <= TOLERANCE * plateau; }

// Points from `first` on that stay on its level.
static size_t run_from(const tw_curve *curve, size_t first) {
  double height = tw_curve_mean(&curve->points[first]);
  size_t end = first + 1;
  while (end < curve->count && is_level(height, tw_curve_mean(&curve->points[end])))
    end++;
  return end - first;
}

// Halve the gap between the last point on the plateau and the first off it, until there is none.
static int find_end(tw_curve_gauge *gauge, tw_curve *curve, tw_plateau *plateau, size_t first, tw_error *error) {
  for (;;) {
    size_t last = first + run_from(curve, first) - 1;
    plateau->last = curve->points[last].pages;
    plateau->ends = last + 1 < curve->count;
    if (!plateau->ends || curve->points[last + 1].pages == plateau->last + 1)
      return 0;
    if (tw_curve_add(gauge, (plateau->last + curve->points[last + 1].pages) / 2, error) < 0)
      return -1;
  }
}

static bool is_long(const tw_curve *curve, size_t first) {
  const tw_curve_point *last = &curve->points[first + run_from(curve, first) - 1];
  return (double)last->pages >= SPAN * (double)curve->points[first].pages;
}

static size_t find_l2(const tw_curve *curve) {
  size_t first = run_from(curve, 0);
  while (first < curve->count &&
         (curve->points[first].walks || curve->points[first].l2_hits == 0 || !is_long(curve, first)))
    first++;
  return first;
}

static int find_plateau(tw_curve_gauge *gauge, tw_curve *curve, tw_plateau *plateau, size_t first, tw_error *error) {
  *plateau =
      (tw_plateau){.found = true, .first = curve->points[first].pages, .cycles = tw_curve_mean(&curve->points[first])};
  return find_end(gauge, curve, plateau, first, error);
}

int tw_curve_find_plateaus(tw_curve_gauge *gauge, tw_curve *curve, tw_error *error) {
  if (curve->points[0].l1_hits < curve->points[0].accesses)
    return 0;
  if (find_plateau(gauge, curve, &curve->l1, 0, error) < 0)
    return -1;
  size_t first = find_l2(curve);
  return first < curve->count ? find_plateau(gauge, curve, &curve->l2, first, error) : 0;
}
