// numa: a process whose memory and tables lie in one of two nodes. What its walks cost by the node is the core's to say
// (memory.nodes, memory.tables_replicated): the CPU is in node 0.
#include "buffer.h"
#include "pattern.h"

#include <stdlib.h>

static const tw_workload_parameter parameters[] = {
    {.name = "tables", .usual = "near", .meaning = "in the first half of RAM, or in the second", .choices = "near|far"},
    {.name = "mapping", .usual = "4k", .meaning = "pages of the process", .choices = "4k|64k|2m"},
    {.name = "bytes", .usual = "512m", .meaning = "that it reads", .least = 1 << 20, .most = UINT64_C(1) << 39},
    {.name = "pattern", .usual = "rand", .meaning = "in which order", .choices = TW_PATTERNS},
    {.name = "count", .usual = "1m", .meaning = "of accesses", .least = 1, .most = UINT64_C(1) << 44},
};

enum { BLOCK_LOG2 = 22 };

typedef struct state {
  tw_buffer buffer;
  tw_pattern pattern;
  uint64_t left;
  uint64_t *taken; ///< blocks of the other node, held back while the process starts
  size_t taken_count;
  uint64_t offsets[TW_STEP_FULL];
} state;

static bool is_far(const tw_workload *w, uint64_t va) {
  return va - w->layout->linear_va >= w->layout->linear_bytes / 2;
}

static void give_back(tw_workload *w, const uint64_t *blocks, size_t count) {
  for (size_t i = 0; i < count; i++)
    tw_kernel_free_pages(w->kernel, blocks[i], BLOCK_LOG2 - w->page_log2);
}

/// As a policy that binds a process to a node: nothing of the other one can be had.
static int bind_to(tw_workload *w, state *s, bool far, tw_error *error) {
  size_t most = (size_t)(w->layout->linear_bytes >> BLOCK_LOG2), wanted = 0;
  uint64_t *own = malloc((most + 1) * sizeof *own), va;
  s->taken = malloc((most + 1) * sizeof *s->taken);
  if (!own || !s->taken) {
    free(own);
    return tw_fail(error, "gen:numa: out of memory");
  }
  while ((va = tw_kernel_alloc_pages(w->kernel, BLOCK_LOG2 - w->page_log2)) != 0)
    if (is_far(w, va) == far)
      own[wanted++] = va;
    else
      s->taken[s->taken_count++] = va;
  give_back(w, own, wanted);
  free(own);
  return 0;
}

static int make_process(tw_workload *w, state *s, tw_error *error) {
  static const unsigned log2[] = {12, 16, 21};
  const tw_buffer_wanted wanted = {.region = TW_BUFFER_USER,
                                   .bytes = tw_number(w, "bytes"),
                                   .name = "process",
                                   .user_log2 = log2[tw_number(w, "mapping")]};
  if (bind_to(w, s, tw_number(w, "tables") == 1, error) < 0 || tw_buffer_make(w, &wanted, &s->buffer, error) < 0)
    return -1;
  give_back(w, s->taken, s->taken_count);
  return 0;
}

static int start(tw_workload *w, void *context, tw_error *error) {
  state *s = context;
  if (w->page_log2 != 12)
    return tw_refuse(w, error, "page", "%s, expected 4k", tw_text(w, "page"));
  if (make_process(w, s, error) < 0)
    return -1;
  s->left = tw_number(w, "count");
  const tw_pattern_config config = {.kind = (tw_pattern_kind)tw_number(w, "pattern"),
                                    .bytes = s->buffer.bytes,
                                    .page_log2 = w->page_log2,
                                    .stride = 64,
                                    .nodes_most = 1 << 20,
                                    .exponent = 0.99,
                                    .seed = w->random};
  return tw_pattern_start(&s->pattern, &config) < 0 ? tw_fail(error, "gen:numa: out of memory") : 0;
}

static bool step(tw_workload *w, void *context) {
  state *s = context;
  size_t count = s->left < TW_STEP_FULL ? (size_t)s->left : TW_STEP_FULL;
  tw_pattern_offsets(&s->pattern, s->offsets, count);
  tw_buffer_access(w, &s->buffer, s->offsets, count, s->pattern.config.kind == TW_PATTERN_SEQW ? TW_WRITE8 : TW_READ8,
                   8);
  s->left -= count;
  return s->left > 0;
}

static void stop(void *context) {
  state *s = context;
  tw_pattern_stop(&s->pattern);
  tw_buffer_free(&s->buffer);
  free(s->taken);
}

const tw_workload_kind tw_workload_numa = {
    .about = {.name = "numa",
              .question = "What do translation tables in another node cost, and what do replicated ones save?",
              .parameters = parameters,
              .parameter_count = sizeof parameters / sizeof *parameters},
    .state_bytes = sizeof(state),
    .start = start,
    .step = step,
    .stop = stop};
