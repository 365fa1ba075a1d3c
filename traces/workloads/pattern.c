// Patterns: each a tight loop that fills an array of offsets.
#include "pattern.h"

#include "workload.h"

#include <math.h>
#include <stdlib.h>

static const char *const names[] = {"seq", "page", "rand", "seqw", "chase", "zipf", "matrix"};

const char *tw_pattern_name(tw_pattern_kind kind) { return names[kind]; }

// ---- Zipf's law, as Gray and others sample it (Quickly Generating Billion-Record Synthetic Databases, 1994) ----

static void start_zipf(tw_pattern *p) {
  double theta = p->config.exponent, n = (double)p->pages;
  p->zeta = 0;
  for (uint64_t i = p->pages; i > 0; i--)
    p->zeta += pow((double)i, -theta);
  double zeta2 = 1 + pow(2, -theta);
  p->alpha = 1 / (1 - theta);
  p->half_pow = zeta2;
  p->eta = (1 - pow(2 / n, 1 - theta)) / (1 - zeta2 / p->zeta);
}

static uint64_t zipf_rank(tw_pattern *p) {
  double u = (double)(tw_xorshift(&p->state) >> 11) * 0x1p-53, uz = u * p->zeta;
  if (uz < 1)
    return 0;
  if (uz < p->half_pow)
    return 1;
  uint64_t rank = (uint64_t)((double)p->pages * pow(p->eta * u - p->eta + 1, p->alpha));
  return rank < p->pages ? rank : p->pages - 1;
}

/// Where the page of a rank lies: anywhere. Odd multipliers permute the numbers of so many bits; what falls out of the
/// buffer is passed on.
static uint64_t page_of_rank(const tw_pattern *p, uint64_t rank) {
  uint64_t mask = p->pages - 1;
  for (unsigned shift = 1; shift < 64; shift *= 2)
    mask |= mask >> shift;
  do
    rank = (rank * UINT64_C(0x9e3779b97f4a7c15) + 0x2545) & mask;
  while (rank >= p->pages);
  return rank;
}

// ---- a cycle through all nodes: Sattolo's shuffle, as the captures' kernel module has it ----

static int start_chase(tw_pattern *p) {
  p->nodes = p->config.bytes / 256;
  if (p->nodes > p->config.nodes_most)
    p->nodes = p->config.nodes_most;
  p->node_bytes = p->config.bytes / p->nodes & ~UINT64_C(63);
  p->next = malloc(p->nodes * sizeof *p->next);
  if (!p->next)
    return -1;
  for (uint64_t i = 0; i < p->nodes; i++)
    p->next[i] = (uint32_t)i;
  for (uint64_t i = p->nodes - 1; i > 0; i--) {
    uint64_t j = (tw_xorshift(&p->state) >> 11) % i;
    uint32_t kept = p->next[i];
    p->next[i] = p->next[j];
    p->next[j] = kept;
  }
  return 0;
}

/// A node lies in some line of its share of the buffer, so that not all of them fall into the same sets of a cache.
/// Constant and shift are those of the captures' kernel module.
static uint64_t node_offset(const tw_pattern *p, uint64_t node) {
  uint64_t line = (node * 0x9e3779b1 >> 13) % (p->node_bytes / 64);
  return node * p->node_bytes + line * 64;
}

// ---- offsets ----

static void fill_seq(tw_pattern *p, uint64_t *offsets, size_t count) {
  uint64_t at = p->at, stride = p->config.stride, end = p->config.bytes;
  for (size_t i = 0; i < count;) {
    uint64_t left = (end - at + stride - 1) / stride;
    size_t run = left < count - i ? (size_t)left : count - i;
    for (size_t k = 0; k < run; k++)
      offsets[i + k] = at + k * stride;
    i += run;
    at += run * stride;
    at = at >= end ? 0 : at;
  }
  p->at = at;
}

static void fill_page(tw_pattern *p, uint64_t *offsets, size_t count) {
  uint64_t page = UINT64_C(1) << p->config.page_log2;
  for (size_t i = 0; i < count; i++) {
    offsets[i] = p->at + p->line;
    p->at += page;
    if (p->at >= p->config.bytes) {
      p->at = 0;
      p->line = (p->line + 64) % page;
    }
  }
}

static void fill_rand(tw_pattern *p, uint64_t *offsets, size_t count) {
  uint64_t state = p->state, bytes = p->config.bytes;
  if ((bytes & (bytes - 1)) == 0)
    for (size_t i = 0; i < count; i++)
      offsets[i] = tw_xorshift(&state) & (bytes - 1) & ~UINT64_C(7);
  else
    for (size_t i = 0; i < count; i++)
      offsets[i] = tw_xorshift(&state) % (bytes / 8) * 8;
  p->state = state;
}

static void fill_chase(tw_pattern *p, uint64_t *offsets, size_t count) {
  uint64_t node = p->at;
  for (size_t i = 0; i < count; i++) {
    offsets[i] = node_offset(p, node);
    node = p->next[node];
  }
  p->at = node;
}

static void fill_zipf(tw_pattern *p, uint64_t *offsets, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint64_t page = page_of_rank(p, zipf_rank(p)), lines = UINT64_C(1) << (p->config.page_log2 - 6);
    offsets[i] = (page << p->config.page_log2) + (tw_xorshift(&p->state) & (lines - 1)) * 64;
  }
}

static void fill_matrix(tw_pattern *p, uint64_t *offsets, size_t count) {
  for (size_t i = 0; i < count; i++) {
    offsets[i] = p->at * 8;
    p->at += p->side;
    if (p->at >= p->side * p->side)
      p->at = (p->at + 1) % p->side; // the next column's first element
  }
}

void tw_pattern_offsets(tw_pattern *p, uint64_t *offsets, size_t count) {
  static void (*const fill[])(tw_pattern *, uint64_t *, size_t) = {fill_seq,   fill_page, fill_rand,  fill_seq,
                                                                   fill_chase, fill_zipf, fill_matrix};
  fill[p->config.kind](p, offsets, count);
}

int tw_pattern_start(tw_pattern *p, const tw_pattern_config *config) {
  *p = (tw_pattern){.config = *config, .state = config->seed, .pages = config->bytes >> config->page_log2};
  if (config->kind == TW_PATTERN_ZIPF)
    start_zipf(p);
  if (config->kind == TW_PATTERN_MATRIX)
    p->side = (uint64_t)sqrt((double)config->bytes / 8);
  return config->kind == TW_PATTERN_CHASE ? start_chase(p) : 0;
}

void tw_pattern_stop(tw_pattern *p) {
  free(p->next);
  p->next = NULL;
}
