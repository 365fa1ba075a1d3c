// A capture as it is read: registers, region map, phases, images of the translation tables, and the stream of accesses
// with the events between them. One reader for every known format, told by content; memory does not grow with length.
//
//   tw_trace *trace = tw_trace_open(path, TW_TRACE_PA, &error);
//   while ((got = tw_trace_next(trace, &batch, &error)) > 0) { ... batch.count accesses, then batch.event ... }
//   tw_trace_close(trace);
#ifndef TRACES_TRACE_H
#define TRACES_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tablewalk/mmu.h>
#include <traces/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tw_trace tw_trace;

typedef enum tw_architecture { TW_ARCH_AARCH64 = 0, TW_ARCH_AARCH32 = 1 } tw_architecture;

/// One named register of the capture, in the capture's own names ("tcr", "page_offset").
typedef struct tw_named_register {
  char name[24];
  uint64_t value;
} tw_named_register;

/// A region of the virtual address space, both ends inclusive.
typedef struct tw_region {
  char name[32]; ///< "linear" (AArch32: "lowmem"), "vmalloc", "modules", "kernel image", "buffer lin_pages_4m" ...
  uint64_t first, last;
} tw_region;

/// A phase of the trace: one pattern over one buffer. Buffers of length 0: the phase has none.
typedef struct tw_phase {
  uint32_t id;
  char kind[32];    ///< what was accessed: "vmalloc_4m"
  char pattern[16]; ///< how: "seq", "page", "rand", "seqw", "chase"
  uint64_t va, bytes;
} tw_phase;

/// One page (or smaller) of a translation table, as it stood.
typedef struct tw_table_page {
  uint64_t pa, va_base, bytes;
  int8_t level;
  uint8_t half; ///< 1: reached by TTBR1, 0: by TTBR0
  const uint8_t *data;
} tw_table_page;

typedef enum tw_event_kind {
  TW_EVENT_NONE = 0,    ///< the batch just ended
  TW_EVENT_SECTION,     ///< a new section: registers and image are to be taken afresh, all TLBs are empty
  TW_EVENT_PHASE_BEGIN, ///< id
  TW_EVENT_PHASE_END,   ///< id
  TW_EVENT_TLBI,        ///< instruction word, operand if known
  TW_EVENT_REGISTER,    ///< MSR (MCR) to TTBR0, TTBR1 or TCR (TTBCR): instruction word, operand if known
  TW_EVENT_SYS,         ///< SYS with CRn=7 (DC ZVA and its like): instruction word, operand if known
  TW_EVENT_DESCRIPTOR,  ///< software wrote `value`, of `bytes` bytes, at physical address `pa` in a live table
} tw_event_kind;

typedef struct tw_event {
  uint8_t kind;       ///< tw_event_kind
  bool has_operand;   ///< `value` is the instruction's operand
  uint8_t bytes;      ///< of a descriptor write: 8, or 4 (AArch32 short descriptors); else 0
  uint32_t word;      ///< instruction word, or phase id
  uint64_t pa, value; //
} tw_event;

/// Bits of tw_batch.info.
enum {
  TW_INFO_KIND = 0x03, ///< tw_access_kind
  TW_INFO_SIZE = 0x1c, ///< log2 of the bytes, shifted by 2
  TW_INFO_IO = 0x20,   ///< a device: of `pa` only the page offset can be compared
  TW_INFO_EL0 = 0x40,  ///< as EL0's: from EL0, or by LDTR, STTR (AArch32: LDRT, STRT); else as EL1's
};

/// A run of accesses and the event after them. The arrays are the reader's, valid until the next call.
typedef struct tw_batch {
  size_t count;
  const uint64_t *va;
  const uint8_t *info;
  const uint16_t *gap; ///< instructions since the access before, saturating; NULL unless opened with TW_TRACE_GAPS
  const uint64_t *pa;  ///< what the machine used; NULL unless opened with TW_TRACE_PA
  tw_event event;
  uint64_t first; ///< number of the batch's first access in the trace
} tw_batch;

enum {
  TW_TRACE_PA = 1,         ///< decode the physical addresses too
  TW_TRACE_KEEP_GOING = 2, ///< damage ends the trace instead of failing it; tw_trace_damage tells
  TW_TRACE_GAPS = 4,       ///< decode the gaps too
};

/// Open a container, a raw capture (its snapshots stand beside it) or a workload (workload.h: "gen:..."). NULL and
/// `error` when that fails.
tw_trace *tw_trace_open(const char *path, unsigned flags, tw_error *error);
void tw_trace_close(tw_trace *trace);

/// The next batch: 1, 0 at the end, -1 with `error`. The first batch has no accesses and the event TW_EVENT_SECTION.
int tw_trace_next(tw_trace *trace, tw_batch *batch, tw_error *error);
/// With TW_TRACE_KEEP_GOING: the damage that ended the trace early, or NULL.
const char *tw_trace_damage(const tw_trace *trace);

// What follows is the current section's; the pointers live until the next TW_EVENT_SECTION.
const char *tw_trace_format(const tw_trace *trace); ///< "tablewalk container, version 3", "raw capture (H1TRACE1)"
tw_architecture tw_trace_architecture(const tw_trace *trace);
const tw_registers *tw_trace_registers(const tw_trace *trace);
const tw_named_register *tw_trace_named_registers(const tw_trace *trace, size_t *count);
const tw_region *tw_trace_regions(const tw_trace *trace, size_t *count);
const tw_phase *tw_trace_phases(const tw_trace *trace, size_t *count);
const tw_table_page *tw_trace_tables(const tw_trace *trace, size_t *count);

/// Convert: read `inputs` one after the other and write one container. Nothing is left at `output` when it fails.
typedef struct tw_import_result {
  uint64_t accesses, events, sections, bytes;
} tw_import_result;
int tw_trace_import(const char *const *inputs, size_t count, const char *output, tw_import_result *result,
                    tw_error *error);

#ifdef __cplusplus
}
#endif
#endif
