// The latency curve: what a translation costs, by how many pages are in use, on one core. As microbenchmarks of
// silicon do it, a chase goes round a random order of the pages, one access a page, each waiting for the one before.
#ifndef HARNESS_CURVE_H
#define HARNESS_CURVE_H

#include "linear_tables.h"
#include "table.h"

#include <harness/core.h>
#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One footprint, measured after it was made warm.
typedef struct tw_curve_point {
  uint64_t pages;
  uint64_t accesses, cycles;        ///< cycles: of all answers, each from its acceptance
  uint64_t l1_hits, l2_hits, walks; ///< of the accesses
} tw_curve_point;

/// A range of footprints at which the mean stays the same (to a thousandth).
typedef struct tw_plateau {
  bool found;
  bool ends;            ///< false: `last` is the largest footprint measured
  uint64_t first, last; ///< pages; `last` is exact: with one more the mean is another
  double cycles;        ///< an access
} tw_plateau;

typedef struct tw_curve_options {
  const tw_linear_size *page;
  uint64_t most;                                                  ///< pages; 0: four times what the core's L2 TLB has
  uint64_t seed;                                                  ///< of the orders
  void (*progress)(void *context, uint64_t done, uint64_t total); ///< may be NULL
  void *context;
} tw_curve_options;

typedef struct tw_curve {
  tw_core core;
  tw_curve_options options; ///< with `most` as it was used
  tw_curve_point *points;   ///< by footprint
  size_t count, capacity;
  tw_plateau l1, l2; ///< the plateau from one page on; the one of L2 hits
} tw_curve;

/// Measure by the C model. 0; -1 and `error`. tw_curve_free in both cases.
int tw_curve_measure(const tw_core *core, const tw_curve_options *options, tw_curve *curve, tw_error *error);
void tw_curve_free(tw_curve *curve);

double tw_curve_mean(const tw_curve_point *point);

/// Entries of a core's L1 data TLB and of its L2 TLB for such pages: of the array that holds them.
uint32_t tw_curve_l1_entries(const tw_core *core, const tw_linear_size *page);
uint32_t tw_curve_l2_entries(const tw_core *core, const tw_linear_size *page);

/// Measure one more footprint, unless it is there: the work of tw_curve_measure for tw_curve_find_plateaus.
typedef struct tw_curve_gauge tw_curve_gauge;
int tw_curve_add(tw_curve_gauge *gauge, uint64_t pages, tw_error *error);
/// Find the plateaus, and measure between points until their ends are exact.
int tw_curve_find_plateaus(tw_curve_gauge *gauge, tw_curve *curve, tw_error *error);

/// A table for people; a sentence with the knees beside what the core's file says.
tw_table *tw_curve_table(const tw_curve *curve);
void tw_curve_sentence(const tw_curve *curve, char *text, size_t size);
json_t *tw_curve_json(const tw_curve *curve);
/// Rows of all points, for a table that begins with tw_curve_csv_headings.
extern const char tw_curve_csv_headings[];
void tw_curve_csv_rows(const tw_curve *curve, tw_table *table);
/// A line chart of several curves. 0; -1: the stream has an error.
int tw_curve_write_svg(const tw_curve *curves, size_t count, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
