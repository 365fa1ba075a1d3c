// Traces of other tools. They have addresses but no translation tables: these are made as the addresses are met, by a
// stated policy, as a kernel maps a page at its first touch.
//
// A trace that is opened here is read as any other (trace.h): the section's image holds two empty tables, and before
// the first access to a page come the descriptor writes that map it. Memory grows with the pages that are touched, not
// with the trace's length.
#ifndef TRACES_FOREIGN_H
#define TRACES_FOREIGN_H

#include <stdint.h>
#include <traces/layout.h>
#include <traces/measured.h>
#include <traces/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tw_foreign_format {
  TW_FOREIGN_CHAMPSIM = 0,   ///< ChampSim's input_instr: 64 bytes an instruction
  TW_FOREIGN_CLOUDSUITE = 1, ///< ChampSim's cloudsuite_instr: 96 bytes an instruction
  TW_FOREIGN_LACKEY = 2,     ///< what `valgrind --tool=lackey --trace-mem=yes` prints
  TW_FOREIGN_DYNAMORIO = 3,  ///< DynamoRIO's offline traces (drmemtrace): 12 bytes a record, mostly in a zip archive
  TW_FOREIGN_PERF = 4,       ///< `perf script` of samples of memory accesses: perf mem, Arm SPE
  TW_FOREIGN_SPE = 5,        ///< `perf script -D` of Arm SPE: its packets, with the latency of each translation
  TW_FOREIGN_GEM5 = 6,       ///< gem5's packet traces (MemTraceProbe): protobuf messages
  TW_FOREIGN_FORMATS
} tw_foreign_format;

/// Name of a format ("champsim", "cloudsuite", "lackey", "dynamorio", "perf", "spe", "gem5"); NULL past the last.
const char *tw_foreign_name(unsigned format);

typedef enum tw_placement {
  TW_PLACE_IN_ORDER = 0,  ///< each new page lies after the one before: a fresh machine
  TW_PLACE_SCATTERED = 1, ///< by a fixed permutation of all frames: a machine whose memory is fragmented
} tw_placement;

/// How pages are mapped, but for those of which the trace itself tells (DynamoRIO's markers, perf's phys_addr). The
/// tables are VMSAv8-64 with 48 bits in each half, at PA 0x40000000; frames follow from 0x100000000 on.
typedef struct tw_mapping_policy {
  unsigned page_log2; ///< of every mapping: 12, 14, 16, 21 (4K granule), 25 (16K), 29 (64K) or 30 (4K)
  tw_placement placement;
  uint64_t frames_bytes; ///< physical memory for pages: a multiple of the page, up to 16 TiB
  uint64_t seed;         ///< of the permutation
  const char *v2p;       ///< NULL, or a v2p.textproto: pages that it names lie where it says
  /// NULL, or the kernel's map that regions are named by: its large regions, not the parts of an image, whose places
  /// differ from boot to boot and from program to program. What it does not name is "user" or "kernel", as all is
  /// without it.
  const tw_linux_layout *layout;
} tw_mapping_policy;

/// 4K pages, in order, 64 GiB.
tw_mapping_policy tw_mapping_policy_usual(void);

/// Open `path` (plain, zstd, gzip, xz or zip) as `format`. `flags` as of tw_trace_open. NULL and `error` when that
/// fails.
tw_trace *tw_trace_open_foreign(const char *path, tw_foreign_format format, const tw_mapping_policy *policy,
                                unsigned flags, tw_error *error);

/// What the machine measured of the accesses read so far; it lives as long as the trace. NULL: the format tells none.
const tw_measured *tw_trace_measured(const tw_trace *trace);

/// What is imported, and how.
typedef struct tw_foreign_source {
  const char *const *inputs;
  size_t count;
  tw_foreign_format format;
  const tw_mapping_policy *policy;
  tw_measured *measured; ///< NULL, or what the machine measured is added to it
} tw_foreign_source;

/// As tw_trace_import, of traces of a foreign format, each with tables of its own.
int tw_trace_import_foreign(const tw_foreign_source *source, const char *output, tw_import_result *result,
                            tw_error *error);

#ifdef __cplusplus
}
#endif
#endif
