// Replay: batches of a trace become requests in chunks of a fixed size, so that memory does not grow with the trace.
// Accesses that overlap are gathered until something happens that all must be answered before (replay_overlap.h).
//
// All accesses of a capture are the kernel's own: EL1, PAN 0. A descriptor write changes the memory alone; what stands
// in the TLBs is dropped by the trace's own TLBIs, as on the machine.
//
// On x86-64 tables (replay_x86.h) the events go to those who make them.
#include <harness/replay.h>

#include "counter_rules.h"
#include "replay_account.h"
#include "replay_events.h"
#include "replay_overlap.h"
#include "replay_x86.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 2048 }; // requests and responses of a chunk stay in the host's second-level cache

typedef struct replay {
  tw_engine *engine;
  tw_trace *trace;
  const char *path;
  const tw_replay_options *options;
  tw_replay_result *result;
  tw_registers registers;
  tw_replay_x86 x86;
  tw_phase phase; // a copy: the reader's lives until the next section
  bool in_phase;
  tw_region *regions; // likewise
  size_t region_count;
  bool named; // the region of the first difference
  tw_request requests[CHUNK];
  tw_response responses[CHUNK];
  uint64_t pa[CHUNK]; // found for accesses without answers
  tw_overlap overlap;
} replay;

// -- accesses --

static void make_requests(tw_request *requests, const tw_batch *batch, size_t from, size_t count) {
  const uint64_t *va = batch->va + from;
  const uint8_t *info = batch->info + from;
  uint32_t id = (uint32_t)(batch->first + from);
  for (size_t i = 0; i < count; i++)
    requests[i] =
        (tw_request){.va = va[i], .id = id + (uint32_t)i, .kind = info[i] & TW_INFO_KIND, .el = tw_replay_el(info[i])};
}

// How many of `count` accesses are of the first one's exception level: eight at a time.
static size_t same_level(const uint8_t *info, size_t count) {
  const uint64_t bits = TW_INFO_EL0 * UINT64_C(0x0101010101010101);
  uint64_t first = info[0] & TW_INFO_EL0 ? bits : 0, eight;
  size_t n = 0;
  for (; n + sizeof eight <= count; n += sizeof eight) {
    memcpy(&eight, info + n, sizeof eight);
    if ((eight & bits) != first)
      break;
  }
  while (n < count && !((info[n] ^ info[0]) & TW_INFO_EL0))
    n++;
  return n;
}

// The first PA that differs is told with the region of its address.
static void name_region(replay *r) {
  char *text = r->result->first_difference;
  size_t used = strlen(text);
  uint64_t va = r->result->first_difference_va;
  if (!r->result->pa_differed || r->named)
    return;
  r->named = true;
  for (size_t i = 0; i < r->region_count; i++)
    if (va >= r->regions[i].first && va <= r->regions[i].last) {
      snprintf(text + used, sizeof r->result->first_difference - used, ", in %s", r->regions[i].name);
      return;
    }
}

// Answers go to the result and to the caller.
static int deliver(replay *r, tw_answers *answers, const uint64_t *pa, tw_error *error) {
  tw_replay_account(r->result, answers, pa);
  name_region(r);
  if (!r->options->answers)
    return 0;
  answers->phase = r->in_phase ? &r->phase : NULL;
  return r->options->answers(r->options->context, answers, error);
}

static void account_fault(replay *r, const tw_batch *batch, size_t at, const tw_response *fault) {
  make_requests(r->requests, batch, at, 1);
  const tw_answers answers = {
      .count = 1, .requests = r->requests, .responses = fault, .info = batch->info + at, .first = batch->first + at};
  tw_replay_account(r->result, &answers, batch->pa ? batch->pa + at : NULL);
}

static int play_chunk(replay *r, const tw_batch *batch, size_t from, size_t count, tw_error *error) {
  make_requests(r->requests, batch, from, count);
  if (tw_engine_replay(r->engine, r->requests, count, r->responses, error) < 0)
    return -1;
  // Each request is offered in the cycle of the response before it.
  tw_answers answers = {.count = count,
                        .requests = r->requests,
                        .responses = r->responses,
                        .info = batch->info + from,
                        .first = batch->first + from,
                        .cycles = r->responses[count - 1].cycle - r->responses[0].accepted};
  return deliver(r, &answers, batch->pa ? batch->pa + from : NULL, error);
}

// Accesses up to the first that faults, that nobody wants an answer to: returns how many.
static size_t play_stream(replay *r, const tw_batch *batch, size_t from, size_t count) {
  if (r->options->answers)
    return 0;
  const tw_stream stream = {.va = batch->va + from, .kind = batch->info + from, .el = tw_replay_el(batch->info[from])};
  count = same_level(stream.kind, count);
  tw_response fault = {0};
  size_t played =
      tw_engine_replay_stream(r->engine, &stream, count, batch->pa ? r->pa : NULL, &fault, &r->result->cycles);
  size_t translated = played - fault.fault;
  r->result->accesses += translated;
  const tw_hits run = {
      .first = batch->first + from, .va = stream.va, .info = stream.kind, .pa_found = r->pa, .count = translated};
  if (batch->pa)
    tw_replay_account_hits(r->result, &run, batch->pa + from);
  if (fault.fault)
    account_fault(r, batch, from + translated, &fault);
  name_region(r);
  return played;
}

static int play_stretch(replay *r, const tw_batch *batch, size_t from, size_t count, tw_error *error) {
  for (size_t at = 0; at < count;) {
    size_t played = play_stream(r, batch, from + at, count - at);
    if (!played)
      return play_chunk(r, batch, from + at, count - at, error);
    at += played;
  }
  return 0;
}

static void report_progress(const replay *r) {
  if (r->options->progress)
    r->options->progress(r->options->context, r->result->accesses);
}

static int play_dependent(replay *r, const tw_batch *batch, tw_error *error) {
  for (size_t from = 0; from < batch->count; from += CHUNK) {
    size_t left = batch->count - from;
    if (play_stretch(r, batch, from, left < CHUNK ? left : CHUNK, error) < 0)
      return -1;
    report_progress(r);
  }
  return 0;
}

static bool overlaps(const replay *r) {
  tw_issue_mode mode = r->options->issue.mode;
  return mode == TW_ISSUE_OVERLAPPED ||
         (mode == TW_ISSUE_PHASE && !(r->in_phase && tw_pattern_depends(r->phase.pattern)));
}

// All that was gathered is played and answered.
static int settle(replay *r, tw_error *error) {
  tw_answers answers;
  if (!r->overlap.count)
    return 0;
  if (tw_overlap_play(&r->overlap, &r->options->issue, r->engine, &answers, error) < 0 ||
      deliver(r, &answers, r->overlap.has_pa ? r->overlap.pa : NULL, error) < 0)
    return -1;
  report_progress(r);
  return 0;
}

static int play_overlapped(replay *r, const tw_batch *batch, tw_error *error) {
  for (size_t done = 0; done < batch->count;) {
    done += tw_overlap_gather(&r->overlap, &r->options->issue, batch, done);
    if (r->overlap.count == TW_OVERLAP_MOST && settle(r, error) < 0)
      return -1;
  }
  return 0;
}

static int play_accesses(replay *r, const tw_batch *batch, tw_error *error) {
  if (r->options->instructions)
    for (size_t i = 0; i < batch->count; i++)
      r->result->instructions += batch->gap[i];
  return overlaps(r) ? play_overlapped(r, batch, error) : play_dependent(r, batch, error);
}

// -- events --

static int take_regions(replay *r, tw_error *error) {
  size_t count;
  const tw_region *regions = tw_trace_regions(r->trace, &count);
  free(r->regions);
  r->region_count = 0;
  r->regions = malloc((count + 1) * sizeof *r->regions);
  if (!r->regions)
    return tw_fail(error, "%s: out of memory", r->path);
  if (count)
    memcpy(r->regions, regions, count * sizeof *regions);
  r->region_count = count;
  return r->options->section ? r->options->section(r->options->context, regions, count, error) : 0;
}

static int set_registers(replay *r, const tw_registers *registers, tw_error *error) {
  r->registers = *registers;
  if (r->x86.tables)
    return tw_replay_x86_set_registers(&r->x86, registers, error);
  tw_error why;
  if (tw_engine_suits(r->engine, registers, &why) < 0)
    return tw_fail(error, "%s: section %" PRIu64 ", access %" PRIu64 ": %s", r->path, r->result->sections,
                   r->result->accesses, why.text);
  return tw_engine_set_registers(r->engine, registers, error);
}

static int end_phase(replay *r, tw_error *error) {
  if (!r->in_phase)
    return 0;
  r->in_phase = false;
  return r->options->phase ? r->options->phase(r->options->context, &r->phase, false, error) : 0;
}

static int begin_phase(replay *r, uint32_t id, tw_error *error) {
  if (end_phase(r, error) < 0)
    return -1;
  size_t count;
  const tw_phase *phases = tw_trace_phases(r->trace, &count);
  r->phase = (tw_phase){.id = id};
  for (size_t i = 0; i < count; i++)
    if (phases[i].id == id)
      r->phase = phases[i];
  r->in_phase = true;
  if (r->options->cool_phases && tw_engine_cool(r->engine, error) < 0)
    return -1;
  return r->options->phase ? r->options->phase(r->options->context, &r->phase, true, error) : 0;
}

static int begin_section(replay *r, tw_error *error) {
  if (end_phase(r, error) < 0)
    return -1;
  if (take_regions(r, error) < 0 || tw_engine_clear(r->engine, error) < 0)
    return -1;
  size_t count;
  const tw_table_page *tables = tw_trace_tables(r->trace, &count);
  for (size_t i = 0; i < count; i++)
    if (tw_engine_load(r->engine, tables[i].pa, tables[i].data, tables[i].bytes, error) < 0)
      return -1;
  r->result->sections++;
  const tw_registers *registers = tw_trace_registers(r->trace);
  bool aarch32 = tw_trace_architecture(r->trace) == TW_ARCH_AARCH32;
  if (aarch32 != (registers->regime == TW_REGIME_PL10))
    return tw_fail(error, "%s: section %" PRIu64 ": found registers of regime %u, expected those of %s", r->path,
                   r->result->sections, registers->regime, aarch32 ? "AArch32 (3)" : "AArch64 (0 to 2)");
  return set_registers(r, registers, error);
}

static int unknown_word(const replay *r, const tw_event *event, const char *expected, tw_error *error) {
  return tw_fail(error, "%s: access %" PRIu64 ": found instruction 0x%08" PRIx32 ", expected %s", r->path,
                 r->result->accesses, event->word, expected);
}

static int maintain(replay *r, const tw_event *event, tw_error *error) {
  tw_tlbi tlbi;
  tw_response response;
  tw_decoded decoded = tw_tlbi_decode(tw_trace_architecture(r->trace), event, &r->registers, &tlbi);
  if (decoded == TW_DECODED_UNKNOWN)
    return unknown_word(r, event, "a TLBI of EL1 or EL2", error);
  r->result->tlbi++;
  r->result->tlbi_widened += decoded == TW_DECODED_WIDENED;
  tlbi.id = (uint32_t)r->result->tlbi;
  if (r->x86.tables)
    return tw_replay_x86_maintain(&r->x86, &tlbi, error);
  if (tw_engine_maintain(r->engine, &tlbi, &response, error) < 0)
    return -1;
  r->result->cycles += response.cycle - response.accepted;
  return 0;
}

static int write_register(replay *r, const tw_event *event, tw_error *error) {
  tw_registers registers = r->registers;
  tw_decoded decoded = tw_register_write(tw_trace_architecture(r->trace), event, &registers);
  if (decoded == TW_DECODED_UNKNOWN)
    return unknown_word(r, event, "a write to a register of the translation regime", error);
  r->result->register_writes++;
  r->result->register_unknown += decoded == TW_DECODED_NO_VALUE;
  return decoded == TW_DECODED ? set_registers(r, &registers, error) : 0;
}

static int write_descriptor(replay *r, const tw_event *event, tw_error *error) {
  r->result->descriptor_writes++;
  if (r->x86.tables)
    return tw_x86_tables_write(r->x86.tables, event->pa, event->value, event->bytes, error);
  if (event->bytes == 4)
    return tw_engine_write_word(r->engine, event->pa, (uint32_t)event->value, error);
  return tw_engine_write(r->engine, event->pa, event->value, error);
}

static int apply(replay *r, const tw_event *event, tw_error *error) {
  bool changes_nothing = event->kind == TW_EVENT_NONE || event->kind == TW_EVENT_SYS;
  if (!changes_nothing && settle(r, error) < 0)
    return -1;
  switch (event->kind) {
  case TW_EVENT_SECTION:
    return begin_section(r, error);
  case TW_EVENT_PHASE_BEGIN:
    return begin_phase(r, event->word, error);
  case TW_EVENT_PHASE_END:
    return end_phase(r, error);
  case TW_EVENT_TLBI:
    return maintain(r, event, error);
  case TW_EVENT_REGISTER:
    return write_register(r, event, error);
  case TW_EVENT_SYS:
    r->result->sys++;
    return 0;
  case TW_EVENT_DESCRIPTOR:
    return write_descriptor(r, event, error);
  default:
    return 0;
  }
}

// -- the trace --

static int play(replay *r, tw_error *error) {
  tw_batch batch;
  int got;
  while ((got = tw_trace_next(r->trace, &batch, error)) > 0) {
    if (r->x86.tables && tw_replay_x86_place(&r->x86, &batch, error) < 0)
      return -1;
    if (play_accesses(r, &batch, error) < 0 || apply(r, &batch.event, error) < 0)
      return -1;
  }
  if (got < 0 || settle(r, error) < 0 || end_phase(r, error) < 0)
    return -1;
  const char *damage = tw_trace_damage(r->trace);
  if (damage)
    snprintf(r->result->damage, sizeof r->result->damage, "%s", damage);
  tw_counters counters;
  return tw_engine_counters(r->engine, &counters, error) < 0 ? -1 : tw_counters_check(&counters, error);
}

int tw_replay(tw_engine *engine, const char *trace_path, const tw_replay_options *options, tw_replay_result *result,
              tw_error *error) {
  memset(result, 0, sizeof *result);
  unsigned flags = (options->check_pa ? TW_TRACE_PA : 0) | (options->keep_going ? TW_TRACE_KEEP_GOING : 0) |
                   (options->instructions || options->issue.rate ? TW_TRACE_GAPS : 0);
  replay *r = malloc(sizeof *r);
  if (!r)
    return tw_fail(error, "%s: out of memory", trace_path);
  r->engine = engine;
  r->path = trace_path;
  r->options = options;
  r->result = result;
  r->registers = (tw_registers){0};
  r->x86 = (tw_replay_x86){0};
  r->in_phase = false;
  r->regions = NULL;
  r->region_count = 0;
  r->named = false;
  int status = tw_overlap_open(&r->overlap, &options->issue, error);
  status = status ? status : tw_replay_x86_open(&r->x86, engine, options, result, error);
  r->trace = status ? NULL : tw_trace_open(trace_path, flags, error);
  status = r->trace ? play(r, error) : -1;
  tw_trace_close(r->trace);
  tw_replay_x86_close(&r->x86);
  tw_overlap_close(&r->overlap);
  free(r->regions);
  free(r);
  return status;
}
