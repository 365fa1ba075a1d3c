// pattern: what does an order of accesses cost in a region of the kernel's address space?
#include "buffer.h"
#include "pattern.h"

static const tw_workload_parameter parameters[] = {
    {.name = "pattern", .usual = "rand", .meaning = "order of the accesses", .choices = TW_PATTERNS},
    {.name = "region", .usual = "vmalloc", .meaning = "where the buffer lies", .choices = TW_BUFFER_REGIONS},
    {.name = "bytes", .usual = "64m", .meaning = "of the buffer", .least = 4096, .most = UINT64_C(1) << 39},
    {.name = "count", .usual = "1m", .meaning = "of accesses", .least = 1, .most = UINT64_C(1) << 44},
    {.name = "stride", .usual = "64", .meaning = "of seq and seqw", .least = 8, .most = UINT64_C(1) << 30},
    {.name = "nodes", .usual = "64k", .meaning = "of chase, at most", .least = 2, .most = 1 << 24},
    {.name = "alpha", .usual = "99", .meaning = "hundredths of zipf's exponent", .least = 10, .most = 99},
    {.name = "mapping", .usual = "4k", .meaning = "of a user buffer", .choices = "4k|16k|64k|2m|32m|512m|1g"},
    {.name = "gap", .usual = "8", .meaning = "instructions an access", .least = 1, .most = 65535},
};

typedef struct state {
  tw_buffer buffer;
  tw_pattern pattern;
  uint64_t left;
  uint16_t gap;
  uint8_t info;
  uint32_t phase;
  uint64_t offsets[TW_STEP_FULL];
} state;

static unsigned mapping_log2(const tw_workload *w) {
  static const unsigned log2[] = {12, 14, 16, 21, 25, 29, 30};
  return log2[tw_number(w, "mapping")];
}

static int start(tw_workload *w, void *context, tw_error *error) {
  state *s = context;
  tw_pattern_kind kind = (tw_pattern_kind)tw_number(w, "pattern");
  const tw_buffer_wanted wanted = {.region = (tw_buffer_region)tw_number(w, "region"),
                                   .bytes = tw_number(w, "bytes"),
                                   .name = tw_text(w, "region"),
                                   .user_log2 = mapping_log2(w)};
  if (tw_buffer_make(w, &wanted, &s->buffer, error) < 0)
    return -1;
  const tw_pattern_config config = {.kind = kind,
                                    .bytes = s->buffer.bytes,
                                    .page_log2 = w->page_log2,
                                    .stride = tw_number(w, "stride"),
                                    .nodes_most = tw_number(w, "nodes"),
                                    .exponent = (double)tw_number(w, "alpha") / 100,
                                    .seed = w->random};
  s->left = tw_number(w, "count");
  s->gap = (uint16_t)tw_number(w, "gap");
  s->info = kind == TW_PATTERN_SEQW ? TW_WRITE8 : TW_READ8;
  s->phase = tw_phase_add(w, wanted.name, tw_pattern_name(kind), s->buffer.va, s->buffer.bytes);
  if (tw_pattern_start(&s->pattern, &config) < 0 || !s->phase)
    return tw_fail(error, "gen:pattern: out of memory");
  return 0;
}

static bool step(tw_workload *w, void *context) {
  state *s = context;
  if (!w->in_phase)
    tw_phase_begin(w, s->phase);
  size_t count = s->left < TW_STEP_FULL ? (size_t)s->left : TW_STEP_FULL;
  tw_pattern_offsets(&s->pattern, s->offsets, count);
  tw_buffer_access(w, &s->buffer, s->offsets, count, s->info, s->gap);
  s->left -= count;
  return s->left > 0;
}

static void stop(void *context) {
  state *s = context;
  tw_pattern_stop(&s->pattern);
  tw_buffer_free(&s->buffer);
}

const tw_workload_kind tw_workload_pattern = {
    .about = {.name = "pattern",
              .question = "What does an order of accesses cost in this region, by this page size?",
              .parameters = parameters,
              .parameter_count = sizeof parameters / sizeof *parameters},
    .state_bytes = sizeof(state),
    .start = start,
    .step = step,
    .stop = stop};
