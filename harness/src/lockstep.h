// The model and the RTL side by side: everything goes to both, everything that comes back is compared.
//
// Compared are all responses (each field but `el`, `syndrome` and `ipa`, which are no outputs of the RTL; in their
// place PAR, ESR and HPFAR, which the model makes from them; the cycles of acceptance and answer, the reads of its walk
// by level), all memory accesses of the walker (cycle, address, level, stage, kind, size, tag, the data of a
// compare-and-swap), whether a port takes a request, and at the end the counters.
//
// The first difference stops the lockstep: from then on every function gives -1. First is what differs earliest in
// time; of an access and a response in one cycle, the access. Responses are held against each other in their order
// (cycle, then channel), those of a play request by request. In a response the order of looking is: fault, found,
// answer (PA, attributes, size, PAR, ESR, HPFAR, id), cycle (answer, acceptance, walk). A response that one side does
// not give is a difference of its cycle.
#ifndef HARNESS_LOCKSTEP_H
#define HARNESS_LOCKSTEP_H

#include "model_side.h"

#include <stdio.h>

enum { TW_LOCKSTEP_BATCH = 1024, TW_LOCKSTEP_HISTORY = 16 };

/// A response with what the RTL's outputs, or the model's functions, say of it.
typedef struct tw_answer {
  tw_response response;
  tw_platform_syndrome syndrome;
} tw_answer;

/// What one side did since the last comparison.
typedef struct tw_side_events {
  tw_answer *answer; ///< room for TW_LOCKSTEP_BATCH at least; of a play in the order of its requests
  size_t answers, room;
  tw_access_list accesses;
} tw_side_events;

/// One thing that happened alike on both sides.
typedef struct tw_past_event {
  bool is_access;
  tw_platform_access access;
  tw_answer answer;
} tw_past_event;

/// Where the sides differ.
typedef struct tw_lockstep_difference {
  tw_difference kind;
  uint64_t cycle;           ///< the earlier one of both sides
  const char *what;         ///< the field: "rsp.pa"
  bool is_access;           ///< else a response
  bool in_model, in_rtl;    ///< that side has the event at all
  tw_past_event model, rtl; ///< the events
  tw_counter counter;       ///< with TW_DIFFERENT_COUNTER
  uint64_t counted[2];      ///< model, RTL
} tw_lockstep_difference;

typedef struct tw_lockstep {
  tw_model_side model;
  tw_platform *rtl;
  tw_side_events model_events, rtl_events;
  tw_past_event history[TW_LOCKSTEP_HISTORY];
  uint64_t events; ///< in all; the last ones are in `history`
  tw_compared compared;
  uint64_t cycles_from; ///< cycle up to which `compared.cycles` has been counted
  tw_lockstep_difference difference;
  tw_platform_syndrome last; ///< the RTL's, of the last response
  FILE *report;              ///< where a difference is told in full; NULL: nowhere
  char core[64];
  size_t batch;                    ///< requests in a batch
  tw_platform_syndrome *syndromes; ///< [model_events.room], what the RTL tells of a batch or play
  bool has_waves;
} tw_lockstep;

/// NULL and `error` on failure. The caller owns it. A difference is told on `report`, which may be NULL.
tw_lockstep *tw_lockstep_open(const tw_core *core, const tw_platform_options *options, FILE *report, tw_error *error);
void tw_lockstep_close(tw_lockstep *lockstep);

int tw_lockstep_set_registers(tw_lockstep *lockstep, const tw_registers *registers, tw_error *error);
int tw_lockstep_load(tw_lockstep *lockstep, uint64_t pa, const void *data, uint64_t bytes, tw_error *error);
int tw_lockstep_renew_memory(tw_lockstep *lockstep, tw_error *error);
int tw_lockstep_cool_memory(tw_lockstep *lockstep, tw_error *error);

/// 0: both took it; 1: the port holds one on both sides.
int tw_lockstep_submit(tw_lockstep *lockstep, const tw_request *request, tw_error *error);
int tw_lockstep_submit_tlbi(tw_lockstep *lockstep, const tw_tlbi *tlbi, tw_error *error);
/// Time passes on both sides, what happened is compared.
int tw_lockstep_run_until(tw_lockstep *lockstep, uint64_t cycle, tw_error *error);
/// The responses of the last tw_lockstep_run_until.
const tw_answer *tw_lockstep_answers(const tw_lockstep *lockstep, size_t *count);
uint64_t tw_lockstep_now(const tw_lockstep *lockstep);

int tw_lockstep_replay(tw_lockstep *lockstep, const tw_request *requests, size_t count, tw_response *responses,
                       tw_error *error);
/// Requests that overlap. With waves it is cut into pieces, so that a difference lies in the last window: between them
/// everything is answered.
int tw_lockstep_play(tw_lockstep *lockstep, const tw_play *play, tw_error *error);
int tw_lockstep_maintain(tw_lockstep *lockstep, const tw_tlbi *tlbi, tw_response *response, tw_error *error);

/// Compare the counters. -1 too when nothing has been compared.
int tw_lockstep_finish(tw_lockstep *lockstep, tw_error *error);

// ---- between lockstep.c, lockstep_compare.c and lockstep_report.c ----

/// Find the first difference among the events of both sides; TW_SAME: none. Counts what was compared.
tw_difference tw_lockstep_compare(tw_lockstep *lockstep);
/// The same for the answers of a play, which stand in the order of requests; a cycle of UINT64_MAX: none was given.
tw_difference tw_lockstep_compare_play(tw_lockstep *lockstep);
/// Find a counter that differs.
tw_difference tw_lockstep_compare_counters(tw_lockstep *lockstep);
/// Write the error text and the report of the difference. Gives -1.
int tw_lockstep_tell(tw_lockstep *lockstep, tw_error *error);
/// "cycle", "answer", ...
const char *tw_difference_name(tw_difference difference);

#endif
