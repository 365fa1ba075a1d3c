// A trace read ahead by another thread gives what the trace gives, however short its batches are, and can be left.
#include <ahead.h>

#include "foreign_case.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_BYTES = 64, LOADS_AT = 32 };

/// ChampSim's records, of which the first `new_pages` touch a page each that no one before did, all others touch them
/// anew.
static uint8_t *records(size_t count, size_t new_pages) {
  uint8_t *data = calloc(count, RECORD_BYTES);
  for (size_t i = 0; i < count; i++) {
    uint64_t ip = 0x401000 + 4 * i % 4096, load = 0x7f0000000000 + (i % new_pages << 12) + i % 512 * 8;
    memcpy(data + RECORD_BYTES * i, &ip, sizeof ip);
    memcpy(data + RECORD_BYTES * i + LOADS_AT, &load, sizeof load);
  }
  return data;
}

typedef struct sums {
  uint64_t accesses, events, access_sum, event_sum;
} sums;

/// All that a batch says, in its order.
static void add(sums *s, const tw_batch *batch) {
  cr_assert(batch->first == s->accesses);
  for (size_t i = 0; i < batch->count; i++)
    s->access_sum = s->access_sum * 31 + batch->va[i] + 3 * batch->pa[i] + 5 * batch->info[i] + 7 * batch->gap[i];
  s->accesses += batch->count;
  if (batch->event.kind == TW_EVENT_NONE)
    return;
  s->events++;
  s->event_sum = s->event_sum * 31 + batch->event.pa + 3 * batch->event.value + 5 * s->accesses + batch->event.kind;
}

static sums read_straight(opened *o, int *last) {
  sums s = {0};
  tw_batch batch;
  while ((*last = tw_trace_next(o->trace, &batch, &o->error)) > 0)
    add(&s, &batch);
  return s;
}

static sums read_ahead(opened *o, int *last) {
  sums s = {0};
  tw_batch batch;
  tw_ahead *ahead = tw_ahead_start(o->trace, &o->error);
  cr_assert(ahead, "%s", o->error.text);
  while ((*last = tw_ahead_next(ahead, &batch, &o->error)) > 0)
    add(&s, &batch);
  cr_expect(tw_ahead_next(ahead, &batch, &o->error) == *last); // it stays so
  tw_ahead_stop(ahead);
  return s;
}

Test(ahead, the_same_as_the_trace) {
  // Pages: one, many more than a block has parts, and as many as there are records. The last file is cut.
  static const struct {
    size_t records, pages, cut;
  } cases[] = {{1, 1, 0}, {20000, 5000, 0}, {9000, 9000, 0}, {200000, 3, 0}, {20000, 5000, 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int straight_end, ahead_end;
    uint8_t *data = records(cases[i].records, cases[i].pages);
    size_t bytes = cases[i].records * RECORD_BYTES - cases[i].cut;
    opened o = open_bytes(data, bytes, TW_FOREIGN_CHAMPSIM, NULL),
           p = open_bytes(data, bytes, TW_FOREIGN_CHAMPSIM, NULL);
    sums straight = read_straight(&o, &straight_end), ahead = read_ahead(&p, &ahead_end);
    cr_expect(memcmp(&straight, &ahead, sizeof ahead) == 0, "%zu: %" PRIu64 " accesses, %" PRIu64, i, straight.accesses,
              ahead.accesses);
    cr_expect(straight_end == ahead_end && straight_end == (cases[i].cut ? -1 : 0));
    cr_expect(!cases[i].cut || strstr(p.error.text, "record 19999, byte 1279936: found 63 bytes"), "%s", p.error.text);
    cr_expect(straight.accesses >= cases[i].records - cases[i].cut && straight.events > cases[i].pages);
    finish(&o);
    finish(&p);
    free(data);
  }
}

Test(ahead, left_on_the_way) {
  uint8_t *data = records(300000, 20000);
  for (unsigned batches = 0; batches < 5000; batches = 3 * batches + 1) {
    opened o = open_bytes(data, (size_t)300000 * RECORD_BYTES, TW_FOREIGN_CHAMPSIM, NULL);
    tw_ahead *ahead = tw_ahead_start(o.trace, &o.error);
    tw_batch batch;
    for (unsigned i = 0; i < batches; i++)
      cr_assert(tw_ahead_next(ahead, &batch, &o.error) == 1);
    tw_ahead_stop(ahead);
    finish(&o);
  }
  free(data);
}
