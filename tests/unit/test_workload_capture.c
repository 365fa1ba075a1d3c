// A generated kernel against captured ones: the same loops over the same buffers must hit and walk as often, phase by
// phase, within 1 %. And a kernel that maps its linear map otherwise must not.
#include <criterion/criterion.h>
#include <harness/core.h>
#include <harness/replay.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PHASES = 64 };

/// Answers of one phase.
typedef struct tally {
  char name[64]; ///< "vmalloc_4m seq"; empty: there was no such phase
  uint64_t data, data_l1, fetches, fetches_l1, walks;
  uint64_t buffer, buffer_l1, buffer_walks; ///< data accesses to the buffer alone
} tally;

static tally *tally_of(void *context, const tw_phase *phase) {
  if (!phase || phase->id >= PHASES || phase->bytes == 0)
    return NULL;
  tally *t = &((tally *)context)[phase->id];
  snprintf(t->name, sizeof t->name, "%s %s", phase->kind, phase->pattern);
  return t;
}

static int count(void *context, const tw_answers *answers, tw_error *error) {
  tally *t = tally_of(context, answers->phase);
  (void)error;
  for (size_t i = 0; t && i < answers->count; i++) {
    const tw_response *response = &answers->responses[i];
    bool fetch = answers->requests[i].kind == TW_ACCESS_FETCH, l1 = response->found == TW_FOUND_L1;
    bool walk = response->found == TW_FOUND_WALK;
    bool buffer = !fetch && answers->requests[i].va - answers->phase->va < answers->phase->bytes;
    t->data += !fetch;
    t->data_l1 += !fetch && l1;
    t->fetches += fetch;
    t->fetches_l1 += fetch && l1;
    t->walks += walk;
    t->buffer += buffer;
    t->buffer_l1 += buffer && l1;
    t->buffer_walks += buffer && walk;
  }
  return 0;
}

/// Each phase begins cold, as in the study.
static void play(const char *path, tally *tallies) {
  tw_core core;
  tw_error error = {""};
  tw_replay_result result;
  const tw_engine_options options = {.kind = TW_ENGINE_MODEL};
  const tw_replay_options how = {.check_pa = true, .cool_phases = true, .answers = count, .context = tallies};
  memset(tallies, 0, PHASES * sizeof *tallies);
  cr_assert_eq(tw_core_load(TW_SOURCE_DIR "/model/cores/neoverse-n1.yaml", &core, &error), 0, "%s", error.text);
  tw_engine *engine = tw_engine_open(&core, &options, &error);
  cr_assert(engine, "%s", error.text);
  cr_assert_eq(tw_replay(engine, path, &how, &result, &error), 0, "%s", error.text);
  cr_assert(result.accesses > 1000000 && result.pa_compared == result.accesses);
  cr_assert_eq(result.pa_differed + result.faults, 0, "%s", result.first_difference);
  tw_engine_close(engine);
}

// ---- when the timer's interrupts came: that is the captured machine's clock, not its memory management ----

/// An interrupt is the first fetch from another page than the loop's since the last access to the buffer.
static void find_ticks(const char *path, char *ticks, size_t room) {
  tw_error error = {""};
  tw_batch batch;
  tw_phase phase = {0};
  uint64_t text = 0, accesses = 0;
  size_t used = 0;
  bool away = false;
  tw_trace *trace = tw_trace_open(path, 0, &error);
  cr_assert(trace, "%s", error.text);
  while (tw_trace_next(trace, &batch, &error) > 0) {
    for (size_t i = 0; i < batch.count && phase.id; i++) {
      uint64_t va = batch.va[i];
      bool fetch = (batch.info[i] & TW_INFO_KIND) == TW_ACCESS_FETCH;
      if (fetch && !text)
        text = va >> 14;
      if (fetch && va >> 14 != text && !away)
        used += (size_t)snprintf(ticks + used, room - used, "%s%u@%" PRIu64, used ? "+" : "", phase.id, accesses);
      away = fetch ? away || va >> 14 != text : away && va - phase.va >= phase.bytes;
      accesses += !fetch && va - phase.va < phase.bytes;
    }
    size_t count;
    const tw_phase *phases = tw_trace_phases(trace, &count);
    if (batch.event.kind == TW_EVENT_PHASE_BEGIN)
      for (size_t i = 0; i < count; i++)
        if (phases[i].id == batch.event.word) {
          phase = phases[i];
          text = accesses = 0;
          away = false;
        }
    if (batch.event.kind == TW_EVENT_PHASE_END)
      phase.id = 0;
  }
  tw_trace_close(trace);
  cr_assert(used > 0 && used < room);
}

// ---- comparison ----

static double rate(uint64_t part, uint64_t whole) { return whole ? (double)part / (double)whole : 1; }

static bool near(double found, double expected) {
  double difference = found - expected;
  return difference <= expected / 100 && -difference <= expected / 100;
}

/// One more or less is no difference where there are fewer than a hundred.
static bool near_count(uint64_t found, uint64_t expected) {
  uint64_t difference = found > expected ? found - expected : expected - found;
  return difference <= 1 || near((double)found, (double)expected);
}

/// A hit rate; where a phase fetches five lines and misses one, the rate of four of five is that of five of six.
static bool near_rate(uint64_t hits, uint64_t all, uint64_t expected_hits, uint64_t expected_all) {
  bool few = all < 100 && near_count(all - hits, expected_all - expected_hits);
  return few || near(rate(hits, all), rate(expected_hits, expected_all));
}

static bool agrees(const tally *g, const tally *c) {
  return near_rate(g->data_l1, g->data, c->data_l1, c->data) &&
         near_rate(g->fetches_l1, g->fetches, c->fetches_l1, c->fetches) &&
         near_rate(g->buffer_l1, g->buffer, c->buffer_l1, c->buffer) && near_count(g->walks, c->walks) &&
         near_count(g->buffer_walks, c->buffer_walks) && g->buffer == c->buffer;
}

typedef struct pair {
  const char *capture, *parameters;
  unsigned phases; ///< that the capture has
} pair;

/// How many of the capture's phases the generated kernel's agree with.
static unsigned compare(const pair *pair, bool must) {
  static tally captured[PHASES], generated[PHASES];
  char path[512], name[2048], ticks[1024] = "";
  unsigned compared = 0, agreed = 0;
  snprintf(path, sizeof path, TW_SOURCE_DIR "/traces/captures/%s.twt", pair->capture);
  find_ticks(path, ticks, sizeof ticks);
  snprintf(name, sizeof name, "gen:capture,%s,ticks=%s", pair->parameters, ticks);
  play(path, captured);
  play(name, generated);
  for (unsigned i = 0; i < PHASES; i++) {
    const tally *c = &captured[i], *g = &generated[i];
    if (!c->name[0])
      continue;
    compared++;
    agreed += agrees(g, c);
    cr_expect_str_eq(g->name, c->name);
    if (must)
      cr_expect(agrees(g, c),
                "%s, %s: found %" PRIu64 " of %" PRIu64 " data and %" PRIu64 " of %" PRIu64
                " fetches in the L1, %" PRIu64 " walks, expected within 1 %% of %" PRIu64 " of %" PRIu64 ", %" PRIu64
                " of %" PRIu64 ", %" PRIu64,
                pair->capture, c->name, g->data_l1, g->data, g->fetches_l1, g->fetches, g->walks, c->data_l1, c->data,
                c->fetches_l1, c->fetches, c->walks);
  }
  cr_assert_eq(compared, pair->phases);
  return agreed;
}

Test(workload_capture, pages_of_4k_and_rodata_full) {
  compare(&(pair){"k61-4k-full", "linux=6.1,rodata=full", 40}, true);
}

Test(workload_capture, pages_of_4k_and_rodata_on) { compare(&(pair){"k61-4k-on", "linux=6.1,rodata=on", 40}, true); }

Test(workload_capture, pages_of_16k_and_rodata_on) {
  compare(&(pair){"k612-16k-on", "linux=6.12,page=16k,rodata=on", 30}, true);
}

// The comparison tells kernels apart: with the other rodata= the ten phases over the linear map must differ, for it has
// other mappings; the vmalloc area's need not.
Test(workload_capture, another_rodata_is_found_out) {
  unsigned agreed = compare(&(pair){"k61-4k-on", "linux=6.1,rodata=full", 40}, false);
  cr_expect(agreed <= 30, "found %u phases that agree, expected the ten over the linear map to differ", agreed);
}
