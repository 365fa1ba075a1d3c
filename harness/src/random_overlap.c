// An acceptance in cycle 0 counts as none: 0 stands for "not yet".
#include "random_overlap.h"

#include <stdbool.h>
#include <stdlib.h>

static void see_acceptance(tw_overlap_watch *watch, uint64_t cycle, unsigned port, tw_overlap_counts *counts) {
  uint8_t bit = (uint8_t)(1U << port);
  if (watch->accepted[cycle % TW_ACCEPTANCES].cycle != cycle) {
    watch->accepted[cycle % TW_ACCEPTANCES].cycle = cycle;
    watch->accepted[cycle % TW_ACCEPTANCES].ports = 0;
  }
  uint8_t ports = watch->accepted[cycle % TW_ACCEPTANCES].ports;
  counts->both_ports += ports && !(ports & bit);
  watch->accepted[cycle % TW_ACCEPTANCES].ports = ports | bit;
}

static void see_walk(tw_overlap_watch *watch, const tw_response *r, tw_overlap_counts *counts) {
  counts->walks_at_once += r->cycle - r->walk_cycles < watch->walk_end;
  watch->walk_end = r->cycle;
}

void tw_overlap_see(tw_overlap_watch *watch, const tw_response *r, tw_overlap_counts *counts) {
  if (r->kind == TW_KIND_TLBI)
    return;
  unsigned port = r->kind == TW_ACCESS_FETCH;
  see_acceptance(watch, r->accepted, port, counts);
  bool hit = r->found == TW_FOUND_L1 || r->found == TW_FOUND_NONE;
  if (!hit) {
    counts->hits_under_miss += watch->hit[port] > r->accepted;
    counts->misses_overtaken += watch->miss[port] > r->accepted;
  }
  uint64_t *latest = hit ? &watch->hit[port] : &watch->miss[port];
  if (r->accepted > *latest)
    *latest = r->accepted;
  if (r->found == TW_FOUND_WALK)
    see_walk(watch, r, counts);
}

static int by_cycle(const void *left, const void *right) {
  const tw_response *a = left, *b = right;
  return a->cycle < b->cycle ? -1 : a->cycle > b->cycle;
}

void tw_overlap_sort(tw_response *responses, size_t count) { qsort(responses, count, sizeof *responses, by_cycle); }
