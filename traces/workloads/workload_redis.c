// redis: a store of keys and values in a process's memory, by pages of 4K, 64K (contiguous), 2M and 1G. Each request
// finds a key through the dictionary and reads or writes its value.
#include "buffer.h"
#include "pattern.h"

#include <stdlib.h>

static const tw_workload_parameter parameters[] = {
    {.name = "mapping", .usual = "4k", .meaning = "pages of the store", .choices = "4k|64k|2m|1g"},
    {.name = "keys", .usual = "1m", .meaning = "in the store", .least = 1000, .most = UINT64_C(1) << 30},
    {.name = "value", .usual = "512", .meaning = "bytes of a value", .least = 16, .most = 1 << 17},
    {.name = "count", .usual = "100k", .meaning = "of requests", .least = 1, .most = UINT64_C(1) << 40},
    {.name = "sets", .usual = "10", .meaning = "per cent of them that write", .least = 0, .most = 100},
    {.name = "keys_by", .usual = "zipf", .meaning = "which keys are asked for", .choices = "zipf|rand"},
    {.name = "deleted",
     .usual = "26",
     .meaning = "per cent of the keys that are deleted at the end, for the facts",
     .least = 0,
     .most = 99},
    {.name = "instructions", .usual = "20k", .meaning = "of a request, network included", .least = 100, .most = 65535},
};

enum { ENTRY = 32, KEY = 32, OBJECT = 16, CLIENT = 64 << 10 };

typedef struct state {
  tw_buffer store, client;
  tw_pattern keys_by;
  uint64_t keys, value, slots;              ///< value: with its header, rounded as the allocator's size classes are
  uint64_t entries, names, objects, values; ///< offsets of the arrays
  uint64_t left, sets, instructions, page;
} state;

/// jemalloc's size classes: four a doubling.
static uint64_t size_class(uint64_t bytes) {
  uint64_t step = 16;
  while (step * 8 < bytes)
    step *= 2;
  return (bytes + step - 1) / step * step;
}

static int make_store(tw_workload *w, state *s, tw_error *error) {
  static const unsigned log2[] = {12, 16, 21, 30};
  unsigned mapping = log2[tw_number(w, "mapping")];
  for (s->slots = 1; s->slots < s->keys;)
    s->slots *= 2;
  s->entries = s->slots * 8;
  s->names = s->entries + s->keys * ENTRY;
  s->objects = s->names + s->keys * KEY;
  s->values = s->objects + s->keys * OBJECT;
  s->page = UINT64_C(1) << mapping;
  const tw_buffer_wanted store = {
      .region = TW_BUFFER_USER, .bytes = s->values + s->keys * s->value, .name = "store", .user_log2 = mapping};
  const tw_buffer_wanted client = {
      .region = TW_BUFFER_USER, .bytes = CLIENT, .name = "client", .user_log2 = w->page_log2};
  double before = tw_kernel_unusable(w->kernel, 9);
  if (tw_buffer_make(w, &store, &s->store, error) < 0 || tw_buffer_make(w, &client, &s->client, error) < 0)
    return -1;
  tw_fact(w, "store, MiB", "%llu", (unsigned long long)(store.bytes >> 20));
  tw_fact(w, "mapped beyond it, per cent", "%.2f",
          100.0 * (double)(s->store.bytes - store.bytes) / (double)store.bytes);
  tw_fact(w, "free memory unusable for 2M: before, with the store", "%.3f, %.3f", before,
          tw_kernel_unusable(w->kernel, 9));
  return 0;
}

static int start(tw_workload *w, void *context, tw_error *error) {
  state *s = context;
  s->keys = tw_number(w, "keys");
  s->value = size_class(tw_number(w, "value") + 9);
  s->left = tw_number(w, "count");
  s->sets = tw_number(w, "sets");
  s->instructions = tw_number(w, "instructions");
  // Zipf over keys, each a "page" of a line.
  const tw_pattern_config config = {.kind = tw_number(w, "keys_by") ? TW_PATTERN_RAND : TW_PATTERN_ZIPF,
                                    .bytes = s->keys * 64,
                                    .page_log2 = 6,
                                    .exponent = 0.99,
                                    .seed = w->random};
  if (w->page_log2 != 12)
    return tw_refuse(w, error, "page", "%s, expected 4k: the pages in question are those of that granule",
                     tw_text(w, "page"));
  if (make_store(w, s, error) < 0)
    return -1;
  return tw_pattern_start(&s->keys_by, &config) < 0 ? tw_fail(error, "gen:redis: out of memory") : 0;
}

/// Of values deleted at random nothing goes back to the kernel but pages that are empty: what is held over what lives.
static void tell_deleted(tw_workload *w, const state *s) {
  uint64_t deleted = tw_number(w, "deleted"), live = 0, held = 0, value_bytes = s->keys * s->value;
  uint64_t last = UINT64_MAX;
  for (uint64_t i = 0; i < s->keys; i++) {
    if (tw_random_below(w, 100) < deleted)
      continue;
    uint64_t first_page = i * s->value / s->page, last_page = ((i + 1) * s->value - 1) / s->page;
    live += s->value;
    held += last == UINT64_MAX || first_page > last ? last_page - first_page + 1 : last_page - last;
    last = last_page;
  }
  uint64_t bytes = held * s->page < value_bytes ? held * s->page : value_bytes; // the last page is shared
  tw_fact(w, "held over live after deletions, per cent", "%.1f",
          live ? 100.0 * ((double)bytes / (double)live - 1) : 0.0);
}

static void at(tw_workload *w, const tw_buffer *buffer, uint64_t offset, uint8_t info, uint16_t gap) {
  tw_buffer_access(w, buffer, &offset, 1, info, gap);
}

static bool step(tw_workload *w, void *context) {
  state *s = context;
  uint64_t offset;
  tw_pattern_offsets(&s->keys_by, &offset, 1);
  uint64_t key = offset / 64;
  bool sets = tw_random_below(w, 100) < s->sets;
  at(w, &s->client, key % 16 * 64, TW_READ8, (uint16_t)s->instructions);
  at(w, &s->store, tw_mix(key) % s->slots * 8, TW_READ8, 60);
  at(w, &s->store, s->entries + key * ENTRY, TW_READ8, 8);
  at(w, &s->store, s->names + key * KEY, TW_READ8, 8);
  at(w, &s->store, s->objects + key * OBJECT, TW_READ8, 12);
  for (uint64_t i = 0; i < s->value; i += 64) {
    at(w, &s->store, s->values + key * s->value + i, sets ? TW_WRITE8 : TW_READ8, 4);
    at(w, &s->client, 4096 + i % (CLIENT - 4096), sets ? TW_READ8 : TW_WRITE8, 4);
  }
  if (--s->left == 0)
    tell_deleted(w, s);
  return s->left > 0;
}

static void stop(void *context) {
  state *s = context;
  tw_pattern_stop(&s->keys_by);
  tw_buffer_free(&s->store);
  tw_buffer_free(&s->client);
}

const tw_workload_kind tw_workload_redis = {
    .about = {.name = "redis",
              .question = "What do pages of 64K, 2M and 1G change for a key-value store: latency, fragmentation?",
              .parameters = parameters,
              .parameter_count = sizeof parameters / sizeof *parameters},
    .state_bytes = sizeof(state),
    .start = start,
    .step = step,
    .stop = stop};
