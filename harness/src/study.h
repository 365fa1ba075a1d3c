// The study: what an access through vmalloc costs over one through the linear map, from captures of real kernels.
//
// tw_study_plan reads a capture once and makes its empty rows; tw_study_replay plays it and fills them; the writers
// print tables, the sentences that the figures support, JSON, CSV and a chart. All memory is owned by the tw_study.
#ifndef HARNESS_STUDY_H
#define HARNESS_STUDY_H

#include "histogram.h"
#include <harness/engine.h>
#include <harness/replay.h>
#include <stdio.h>
#include <traces/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What some of a phase's accesses came to.
typedef struct tw_study_part {
  uint64_t accesses, l1, l2, walks, faults;
  uint64_t cycles;      ///< from acceptance to response, summed
  uint64_t walk_cycles; ///< of those, spent in walks
  uint64_t reads[5];    ///< descriptor reads at levels -1, 0, 1, 2, 3
} tw_study_part;

/// What a phase takes when its accesses overlap.
typedef struct tw_study_overlapped {
  uint64_t accesses; ///< data accesses to the buffer
  uint64_t cycles;   ///< from the first offer of the phase to the last response, its other accesses and the
                     ///< instructions between them included
} tw_study_overlapped;

/// One pattern over one buffer.
typedef struct tw_study_row {
  char kind[32];    ///< the buffer's name in the capture: "vmalloc_huge_4m"
  char mapping[32]; ///< how it is mapped: "linear map" (AArch32: "lowmem"), or the kind without its size
  char pattern[16]; //
  char mapped[40];  ///< leaf descriptors of the buffer: "16384 x 4K"; "" when the image does not tell
  bool linear;      ///< the buffer lies in the linear map
  uint64_t va, bytes;
  uint64_t walk_sizes[64];   ///< walks for the buffer by log2 of the mapping that they found
  tw_study_part buffer;      ///< data accesses to the buffer
  tw_study_part other;       ///< everything else in the phase: fetches, stack, the kernel's own
  tw_histogram walk_latency; ///< cycles of the buffer's walks
  tw_study_overlapped overlapped;
} tw_study_row;

typedef struct tw_study_capture {
  char path[1024];
  char name[64];       ///< the file's, without folders and ending: "k61-4k-on"
  char title[128];     ///< "Linux 6.1, 4K pages, rodata=on", "Linux 6.1, 32-bit, LPAE"
  const tw_core *core; ///< that it is played on; NULL: only planned
  tw_architecture architecture;
  bool lpae; ///< AArch32: TTBCR.EAE
  unsigned granule_log2, va_bits;
  tw_study_row *rows; ///< in the order of the tables: by size, pattern, mapping
  size_t count;
  size_t phases;           ///< that will be played
  uint64_t accesses;       ///< that will be played
  tw_study_part outside;   ///< between phases, and in phases that have no buffer
  tw_replay_result result; ///< of the accesses one after the other
  tw_issue issue;          ///< of the accesses that overlap; window 0: these are not played
  tw_replay_result overlapped;
} tw_study_capture;

enum { TW_STUDY_CORES_MAX = 4 };

typedef struct tw_study {
  tw_core cores[TW_STUDY_CORES_MAX];
  size_t core_count;
  tw_issue issue;             ///< how accesses overlap
  tw_engine_kind kind;        ///< TW_ENGINE_LOCKSTEP or TW_ENGINE_MODEL
  tw_study_capture *captures; ///< a core's stand together
  size_t count;
  tw_compared compared; ///< in lockstep, by all captures
  double seconds;       ///< of host time, of the replay
} tw_study;

void tw_study_free(tw_study *study);

// -- study_plan.c --

/// Read the capture at `path` once: its phases, and how their buffers are mapped. 0; -1 and `error`: unreadable, of
/// both architectures, or without one phase that has a buffer. `capture` is freed by tw_study_free either way.
int tw_study_plan(tw_study_capture *capture, const char *path, tw_error *error);
/// The mapping's name of a buffer's kind: without a size at its end ("vmalloc_4m": "vmalloc").
void tw_study_mapping_name(const char *kind, char name[32]);
/// Add a copy of what was planned, to be played on a core of the study. 0; -1: out of memory.
int tw_study_add(tw_study *study, const tw_study_capture *planned, const tw_core *core);
/// A readable title from a file's name like k61-4k-full (kernel, page, rodata=) or k61-a32-lpae; else the name and the
/// page size or AArch32's format.
void tw_study_title(tw_study_capture *capture);

// -- study_collect.c --

/// Called with how far a capture's replay has come.
typedef struct tw_study_progress {
  void (*report)(void *context, size_t phase, uint64_t accesses); ///< may be NULL
  void *context;
} tw_study_progress;

/// Count a run of answers.
void tw_study_count(tw_study_capture *capture, const tw_answers *answers);
/// Count a run of answers to accesses that overlapped.
void tw_study_count_overlapped(tw_study_capture *capture, const tw_answers *answers);
/// Play the capture, every phase beginning cold, and fill its rows: its accesses one after the other, then as
/// `capture->issue` says.
int tw_study_replay(tw_study_capture *capture, tw_engine *engine, const tw_study_progress *progress, tw_error *error);

// -- study_figures.c --

double tw_study_l1_rate(const tw_study_part *part);          ///< hits an access, 0 to 1
double tw_study_l2_rate(const tw_study_part *part);          ///< hits an L1 miss, 0 to 1; 0 without L1 misses
double tw_study_miss_rate(const tw_study_part *part);        ///< walks an access, 0 to 1
double tw_study_cycles(const tw_study_part *part);           ///< translation cycles an access
double tw_study_reads(const tw_study_part *part, int level); ///< descriptor reads a walk at a level, -1 to 3
double tw_study_all_reads(const tw_study_part *part);        ///< descriptor reads a walk
double tw_study_other_share(const tw_study_row *row);        ///< of the phase's translation cycles, 0 to 1
/// log2 of the size that most of the buffer's walks found; 0: no walk.
unsigned tw_study_entry_log2(const tw_study_row *row);
/// TLB entries of that size that cover the buffer; 0: no walk.
uint64_t tw_study_entries(const tw_study_row *row);
/// The row of the capture with this mapping (NULL: the linear one), pattern and size; NULL: none.
const tw_study_row *tw_study_find(const tw_study_capture *capture, const char *mapping, const char *pattern,
                                  uint64_t bytes);
/// Cycles of the phase an access to the buffer, its accesses overlapping; 0: not played so, or the pattern's accesses
/// wait for each other (tw_pattern_depends).
double tw_study_overlapped_cycles(const tw_study_row *row);
/// The row's penalty against the linear map's row of the same pattern and size.
typedef struct tw_penalty {
  bool known;     ///< there is such a row, and it is not this one
  double cycles;  ///< an access
  double percent; ///< of the linear map's cycles
} tw_penalty;
tw_penalty tw_study_penalty(const tw_study_capture *capture, const tw_study_row *row);
/// The same where accesses overlap.
tw_penalty tw_study_overlapped_penalty(const tw_study_capture *capture, const tw_study_row *row);
/// "64K", "4M", "2G" for a number of bytes.
void tw_study_bytes_name(uint64_t bytes, char name[24]);

// -- the writers: 0, or -1 when the stream has an error --

int tw_study_print_tables(const tw_study *study, FILE *out);
int tw_study_print_findings(const tw_study *study, FILE *out);
int tw_study_print_compared(const tw_study *study, FILE *out);
/// The sentences for one capture, wrapped nowhere. Never empty.
void tw_study_finding(const tw_study_capture *capture, char *text, size_t room);
/// The sentences on AArch32's two formats on one core; "" unless the study has a capture of each.
void tw_study_formats(const tw_study *study, const tw_core *core, char *text, size_t room);
int tw_study_write_json(const tw_study *study, FILE *out);
int tw_study_write_csv(const tw_study *study, FILE *out);
int tw_study_write_svg(const tw_study *study, FILE *out);
typedef int (*tw_study_writer)(const tw_study *study, FILE *out);

// -- study_files.c --

/// The folder of the captures that come with tablewalk: $TABLEWALK_CAPTURES, else the source tree's, else the installed
/// one. NULL: there is none.
const char *tw_study_captures_folder(void);
/// Make the folder unless it is there. 0; -1 and `error`.
int tw_study_make_folder(const char *folder, tw_error *error);
/// Write study.json, study.csv and study.svg into `folder`. 0; -1 and `error`.
int tw_study_write_files(const tw_study *study, const char *folder, tw_error *error);

/// Write one of them to `path`, whole or not at all; NULL: to standard output. 0; -1 and `error`.
int tw_study_write_file(const tw_study *study, const char *path, tw_study_writer write, tw_error *error);

#ifdef __cplusplus
}
#endif
#endif
