// A whole trace held against the break-before-make rules, and what came of it.
#ifndef HARNESS_BBM_TRACE_H
#define HARNESS_BBM_TRACE_H

#include "break_before_make.h"

#include <jansson.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Where in the trace a violation stands.
typedef struct tw_bbm_place {
  const char *trace;
  uint64_t section; ///< from 0
  bool in_phase;
  tw_phase phase;
  uint64_t access; ///< number of the access that comes next
} tw_bbm_place;

typedef struct tw_bbm_result {
  const char *trace;
  uint64_t accesses, sections;
  uint64_t not_understood; ///< sections of short descriptors
  uint64_t not_checked;    ///< descriptor writes in them
  uint64_t early;          ///< writes before a section's first access: taken as part of its image
  tw_bbm_counts counts;
  uint64_t violations, by_change[TW_BBM_CHANGES], no_tlbi; ///< no_tlbi: those that were broken; not in by_change
  char damage[512];                                        ///< what ended the trace early, or ""
} tw_bbm_result;

typedef struct tw_bbm_options {
  unsigned level;  ///< of FEAT_BBM
  bool keep_going; ///< damage ends the trace instead of failing it
  void (*violation)(void *context, const tw_bbm_place *place, const tw_bbm_violation *violation);
  void (*progress)(void *context, uint64_t accesses);
  void *context;
} tw_bbm_options;

/// Read the trace to its end. 0; -1 and `error`.
int tw_bbm_trace(const char *path, const tw_bbm_options *options, tw_bbm_result *result, tw_error *error);

/// Changes of live descriptors.
uint64_t tw_bbm_changes(const tw_bbm_result *result);
/// Those over something that was mapped before: only they can break a rule.
uint64_t tw_bbm_checked(const tw_bbm_result *result);
/// Add a result to a sum.
void tw_bbm_result_add(tw_bbm_result *sum, const tw_bbm_result *result);

/// A violation for people, on two lines; and as JSON.
void tw_bbm_violation_print(const tw_bbm_place *place, const tw_bbm_violation *violation, FILE *out);
json_t *tw_bbm_violation_json(const tw_bbm_place *place, const tw_bbm_violation *violation);
json_t *tw_bbm_result_json(const tw_bbm_result *result);
/// What was looked at and what was found, on some lines.
void tw_bbm_result_print(const tw_bbm_result *result, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
