// Measuring. A random order that is gone round again and again is a random cyclic permutation: each page comes back
// after all others have, so that a TLB with true LRU and one entry too few holds none of them, and its capacity shows
// as an edge. An access in page n goes to the page's line n: with all in one line of their pages, the data would crowd
// into one set of the caches that the walker reads through.
#include "curve.h"
#include "random_bits.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
  WARM_ROUNDS = 2,
  ACCESSES_LEAST = 2048, // measured at each footprint, in whole rounds
  BATCH = 2048,
  STEPS_AN_OCTAVE = 4,
  LINE_LOG2 = 6,
};

struct tw_curve_gauge {
  tw_curve *curve;
  tw_engine *engine;
  uint32_t *order;
  tw_request requests[BATCH];
  tw_response responses[BATCH];
};

double tw_curve_mean(const tw_curve_point *point) {
  return point->accesses ? (double)point->cycles / (double)point->accesses : 0;
}

// -- one footprint --

static void shuffle(uint32_t *order, uint64_t pages, uint64_t seed) {
  tw_random random = {.state = seed ^ tw_random_mix(pages)};
  for (uint64_t i = 0; i < pages; i++)
    order[i] = (uint32_t)i;
  for (uint64_t i = pages - 1; i > 0; i--) {
    uint64_t other = tw_random_below(&random, (uint32_t)(i + 1));
    uint32_t page = order[i];
    order[i] = order[other];
    order[other] = page;
  }
}

static tw_request access_of(const tw_linear_size *page, uint64_t number) {
  uint64_t within = (number << LINE_LOG2) & ((UINT64_C(1) << page->log2) - 1);
  return (tw_request){.va = number << page->log2 | within, .kind = TW_ACCESS_READ, .el = 1};
}

static int take(tw_curve_point *point, const tw_response *response, const tw_request *request, tw_error *error) {
  if (response->fault)
    return tw_fail(error, "curve: VA 0x%" PRIx64 ": found fault status 0x%02x, expected a translation", request->va,
                   response->fsc);
  point->accesses++;
  point->cycles += response->cycle - response->accepted;
  point->l1_hits += response->found == TW_FOUND_L1;
  point->l2_hits += response->found == TW_FOUND_L2;
  point->walks += response->found == TW_FOUND_WALK;
  return 0;
}

// Once round the order; what is found is added to `point`.
static int go_round(tw_curve_gauge *gauge, uint64_t pages, tw_curve_point *point, tw_error *error) {
  const tw_linear_size *page = gauge->curve->options.page;
  for (uint64_t first = 0; first < pages; first += BATCH) {
    size_t count = pages - first < BATCH ? (size_t)(pages - first) : BATCH;
    for (size_t i = 0; i < count; i++)
      gauge->requests[i] = access_of(page, gauge->order[first + i]);
    if (tw_engine_replay(gauge->engine, gauge->requests, count, gauge->responses, error) < 0)
      return -1;
    for (size_t i = 0; i < count; i++)
      if (take(point, &gauge->responses[i], &gauge->requests[i], error) < 0)
        return -1;
  }
  return 0;
}

static int measure(tw_curve_gauge *gauge, uint64_t pages, tw_curve_point *point, tw_error *error) {
  tw_curve_point warming = {.pages = pages};
  shuffle(gauge->order, pages, gauge->curve->options.seed);
  if (tw_engine_cool(gauge->engine, error) < 0)
    return -1;
  for (unsigned round = 0; round < WARM_ROUNDS; round++)
    if (go_round(gauge, pages, &warming, error) < 0)
      return -1;
  *point = (tw_curve_point){.pages = pages};
  while (point->accesses < ACCESSES_LEAST)
    if (go_round(gauge, pages, point, error) < 0)
      return -1;
  return 0;
}

// -- many --

static int make_room(tw_curve *curve, tw_error *error) {
  if (curve->count < curve->capacity)
    return 0;
  size_t capacity = curve->capacity ? 2 * curve->capacity : 128;
  tw_curve_point *points = realloc(curve->points, capacity * sizeof *points);
  if (!points)
    return tw_fail(error, "curve: out of memory");
  curve->points = points;
  curve->capacity = capacity;
  return 0;
}

int tw_curve_add(tw_curve_gauge *gauge, uint64_t pages, tw_error *error) {
  tw_curve *curve = gauge->curve;
  size_t at = curve->count;
  while (at > 0 && curve->points[at - 1].pages >= pages)
    at--;
  if (at < curve->count && curve->points[at].pages == pages)
    return 0;
  tw_curve_point point;
  if (make_room(curve, error) < 0 || measure(gauge, pages, &point, error) < 0)
    return -1;
  memmove(curve->points + at + 1, curve->points + at, (curve->count - at) * sizeof point);
  curve->points[at] = point;
  curve->count++;
  return 0;
}

// The footprint after `pages` on the grid: a fixed number to an octave, as whole pages.
static uint64_t next_footprint(uint64_t pages) {
  uint64_t octave = 1;
  while (octave * 2 <= pages)
    octave *= 2;
  uint64_t step = octave / STEPS_AN_OCTAVE;
  return pages + (step ? step : 1);
}

static int measure_grid(tw_curve_gauge *gauge, tw_error *error) {
  const tw_curve_options *options = &gauge->curve->options;
  uint64_t total = 0, done = 0;
  for (uint64_t pages = 1; pages < options->most; pages = next_footprint(pages))
    total += pages;
  for (uint64_t pages = 1; pages < options->most; pages = next_footprint(pages)) {
    if (tw_curve_add(gauge, pages, error) < 0)
      return -1;
    done += pages;
    if (options->progress)
      options->progress(options->context, done, total + options->most);
  }
  return tw_curve_add(gauge, options->most, error);
}

uint32_t tw_curve_l1_entries(const tw_core *core, const tw_linear_size *page) {
  const tw_l1_config *l1 = &core->mmu.l1d;
  return l1->large.sizes >> page->log2 & 1 ? l1->large.entries : l1->entries;
}

uint32_t tw_curve_l2_entries(const tw_core *core, const tw_linear_size *page) {
  const tw_l2_config *l2 = &core->mmu.l2;
  return l2->large.sizes >> page->log2 & 1 ? l2->large.sets * l2->large.ways : l2->sets * l2->ways;
}

static uint64_t default_most(const tw_core *core, const tw_linear_size *page) {
  uint64_t wanted = 4 * (uint64_t)tw_curve_l2_entries(core, page);
  uint64_t possible = tw_linear_most(page, core->mmu.armv7);
  wanted = wanted < 64 ? 64 : wanted;
  return wanted < possible ? wanted : possible;
}

int tw_curve_measure(const tw_core *core, const tw_curve_options *options, tw_curve *curve, tw_error *error) {
  *curve = (tw_curve){.core = *core, .options = *options};
  if (!options->most)
    curve->options.most = default_most(core, options->page);
  const tw_engine_options engine = {.kind = TW_ENGINE_MODEL};
  tw_curve_gauge *gauge = calloc(1, sizeof *gauge);
  if (!gauge)
    return tw_fail(error, "curve: out of memory");
  gauge->curve = curve;
  gauge->engine = tw_engine_open(core, &engine, error);
  int status = gauge->engine ? tw_linear_map(gauge->engine, core, options->page, curve->options.most, error) : -1;
  gauge->order = status == 0 ? malloc(curve->options.most * sizeof *gauge->order) : NULL;
  if (status == 0 && !gauge->order)
    status = tw_fail(error, "curve: out of memory");
  if (status == 0)
    status = measure_grid(gauge, error);
  if (status == 0)
    status = tw_curve_find_plateaus(gauge, curve, error);
  if (gauge->engine)
    tw_engine_close(gauge->engine);
  free(gauge->order);
  free(gauge);
  return status;
}

void tw_curve_free(tw_curve *curve) {
  free(curve->points);
  curve->points = NULL;
  curve->count = curve->capacity = 0;
}
