// Play a trace through an engine: sections load their image and registers, events are applied where they stand, and
// each batch of answers goes to the caller. PAs are checked against the machine's where the trace has them.
#ifndef HARNESS_REPLAY_H
#define HARNESS_REPLAY_H

#include <harness/engine.h>
#include <traces/census.h>
#include <traces/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A run of answered accesses of one phase, in order.
typedef struct tw_answers {
  const tw_phase *phase; ///< NULL: between phases
  size_t count;
  const tw_request *requests;
  const tw_response *responses;
  const uint8_t *info; ///< TW_INFO_*
  uint64_t first;      ///< number of the first access in the trace
  uint64_t cycles;     ///< from the first one's offer to the last response
} tw_answers;

/// How the accesses of a replay come.
typedef enum tw_issue_mode {
  TW_ISSUE_DEPENDENT,  ///< each is offered in the cycle of the response before it
  TW_ISSUE_OVERLAPPED, ///< up to `window` are under way at once: see tw_play
  TW_ISSUE_PHASE,      ///< dependent in phases of a pattern that depends (tw_pattern_depends), else overlapped
} tw_issue_mode;

typedef struct tw_issue {
  tw_issue_mode mode;
  uint32_t window; ///< 1 to TW_WINDOW_MAX; of overlapped accesses
  uint32_t rate;   ///< instructions in 1000 cycles: the gap between two offers is at least what the trace's
                   ///< instructions between them take; 0: no gaps
} tw_issue;

/// Each access of the pattern needs what the one before it has read: a chase of pointers.
bool tw_pattern_depends(const char *pattern);

typedef struct tw_replay_options {
  bool check_pa;       ///< compare each PA with the trace's
  bool instructions;   ///< count the trace's instructions
  bool keep_going;     ///< what stands before damage is enough
  unsigned x86_levels; ///< 4 or 5: on x86-64 tables of as many levels that map the same; 0: on the trace's own
  uint64_t memory_end; ///< x86-64: the end of physical memory; the tables are put below it
  tw_issue issue;      ///< TLBIs and writes of registers and descriptors are applied when all accesses are answered
  bool cool_phases;    ///< each phase begins with empty TLBs and cold caches (tw_engine_cool)
  /// A section begins: its regions, until the call returns; may be NULL.
  int (*section)(void *context, const tw_region *regions, size_t count, tw_error *error);
  int (*phase)(void *context, const tw_phase *phase, bool begins, tw_error *error); ///< may be NULL
  int (*answers)(void *context, const tw_answers *answers, tw_error *error);        ///< may be NULL
  void (*progress)(void *context, uint64_t accesses);                               ///< now and then; may be NULL
  void *context;
} tw_replay_options;

/// On x86-64 tables: the mappings as they were made for the trace's first section.
typedef struct tw_replay_tables {
  unsigned levels;               ///< 0: the trace's own tables
  tw_census_row arm, x86;        ///< mappings by size
  uint64_t arm_bytes, x86_bytes; ///< of tables
  uint64_t invlpg, cr3, flushes; ///< what the trace's TLBIs became: INVLPG, writes to CR3, flushes of everything
} tw_replay_tables;

typedef struct tw_replay_result {
  uint64_t accesses, faults, cycles;
  uint64_t instructions; ///< as far as the trace tells them between its accesses; 0: it does not
  uint64_t pa_compared, pa_differed;
  uint64_t pa_io;              ///< devices: compared by the page offset alone
  uint64_t tlbi, tlbi_widened; ///< widened: the operand is not in the trace, so everything was dropped
  uint64_t descriptor_writes, register_writes, register_unknown, sys, sections;
  char first_difference[256]; ///< of a PA: access number, VA, found, expected, the region of the VA
  uint64_t first_difference_va;
  char damage[512]; ///< with keep_going: what ended the trace early
  tw_replay_tables tables;
} tw_replay_result;

/// 0; -1 with `error`: damage, an access that faults or differs is counted but does not fail here, a lockstep
/// difference does, and counters that contradict each other at the end.
int tw_replay(tw_engine *engine, const char *trace_path, const tw_replay_options *options, tw_replay_result *result,
              tw_error *error);

#ifdef __cplusplus
}
#endif
#endif
