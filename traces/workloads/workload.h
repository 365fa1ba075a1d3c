// What a workload is made with: parameters, buffers, phases, and accesses with the kernel's events between them.
//
// A workload is a start, which allocates and names what is there before the trace begins, and a step, which makes the
// accesses of one operation (a look-up, a packet, a request). Its reader (generated.c) steps until a batch is full.
#ifndef TRACES_SRC_WORKLOAD_H
#define TRACES_SRC_WORKLOAD_H

#include <traces/workload.h>

enum {
  TW_STEP_FULL = 2048, ///< accesses at which a batch is given out: a first-level cache holds it
  TW_STEP_MOST = 8192, ///< that one step may make beyond
  TW_ROOM = TW_STEP_FULL + TW_STEP_MOST,
  TW_PARAMETERS_MAX = 24,
  TW_RECENT = 1024, ///< pages of which the physical address is at hand
};

/// The info bytes of accesses of 8 bytes, and of a fetch.
enum { TW_READ8 = 3 << 2, TW_WRITE8 = 3 << 2 | TW_ACCESS_WRITE, TW_FETCH4 = 2 << 2 | TW_ACCESS_FETCH };

/// A parameter as it was given.
typedef struct tw_given {
  const tw_workload_parameter *parameter;
  uint64_t number; ///< or of the choice that was taken, from 0
  char text[256];
} tw_given;

/// An event, and how many accesses of the batch come before it.
typedef struct tw_placed_event {
  size_t at;
  tw_event event;
} tw_placed_event;

typedef struct tw_recent_page {
  uint64_t page; ///< its VA, shifted right; UINT64_MAX: none
  uint64_t pa;
} tw_recent_page;

typedef struct tw_workload {
  const char *name;
  tw_kernel *kernel;
  const tw_linux_layout *layout;
  tw_kernel_config config;
  unsigned page_log2;
  tw_given given[TW_PARAMETERS_MAX];
  size_t given_count;
  // accesses that were not read yet
  uint64_t *va, *pa;
  uint8_t *info;
  uint16_t *gap;
  size_t count;
  tw_placed_event *events;
  size_t event_count, event_room;
  tw_recent_page recent[TW_RECENT];
  bool recent_used;
  // the section's
  tw_region *regions; ///< buffers
  tw_phase *phases;
  size_t region_count, phase_count;
  bool in_phase;
  uint32_t phase;
  tw_workload_fact facts[32];
  size_t fact_count;
  uint64_t random; ///< state of the generator
  bool failed;
  tw_error damage;
} tw_workload;

typedef struct tw_workload_kind {
  tw_workload_about about;
  size_t state_bytes;
  /// What the workload wants of the kernel besides the common parameters; may be NULL.
  void (*configure)(const tw_workload *w, tw_kernel_config *config);
  /// Allocate and name; all of it is part of the image. 0; -1 and `error`. `state` is zero.
  int (*start)(tw_workload *w, void *state, tw_error *error);
  /// One operation, at most TW_STEP_MOST accesses. False: that was the last.
  bool (*step)(tw_workload *w, void *state);
  void (*stop)(void *state); ///< free what the state owns, also after a start that failed; may be NULL
} tw_workload_kind;

extern const tw_workload_kind tw_workload_pattern, tw_workload_dentry, tw_workload_netbuf, tw_workload_redis,
    tw_workload_stacks, tw_workload_modules, tw_workload_bpf, tw_workload_numa, tw_workload_pagecache,
    tw_workload_capture;

/// The kind called by the `bytes` characters of `name`, or NULL.
const tw_workload_kind *tw_workload_kind_named(const char *name, size_t bytes);
/// Read "key=value,..." into `given`: each parameter of the workload and each common one has a value afterwards. 0; -1
/// and `error`, which names the parameter, what was found and what was expected.
int tw_parameters_read(const tw_workload_kind *kind, const char *text, tw_workload *w, tw_error *error);
/// The kernel that the common parameters ask for.
int tw_parameters_kernel(const tw_workload *w, tw_kernel_config *config, tw_error *error);

// ---- for workloads ----

/// A parameter's number, or the number of its choice; its text as it was given.
uint64_t tw_number(const tw_workload *w, const char *parameter);
const char *tw_text(const tw_workload *w, const char *parameter);
/// An error that says "gen:NAME: PARAMETER is ...": the text goes on from there. -1.
int tw_refuse(const tw_workload *w, tw_error *error, const char *parameter, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/// xorshift64, as the captures' kernel module has it.
static inline uint64_t tw_xorshift(uint64_t *state) {
  uint64_t x = *state;
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return *state = x;
}
static inline uint64_t tw_random(tw_workload *w) { return tw_xorshift(&w->random); }
/// 0 to n - 1, n at most 2^32.
static inline uint64_t tw_random_below(tw_workload *w, uint64_t n) { return (tw_random(w) >> 32) * n >> 32; }
/// A fixed mix of a number's bits: the same each time.
static inline uint64_t tw_mix(uint64_t x) {
  x ^= x >> 32;
  x *= UINT64_C(0xd6e8feb86659fd93);
  x ^= x >> 32;
  x *= UINT64_C(0xd6e8feb86659fd93);
  return x ^ x >> 32;
}

/// Name a range of addresses in the region map: before the kernel's own regions. 0; -1: out of memory.
int tw_name_region(tw_workload *w, const char *name, uint64_t va, uint64_t bytes);
/// A phase of the trace, told of in its section: only in start. Its id, from 1 on; 0: out of memory.
uint32_t tw_phase_add(tw_workload *w, const char *kind, const char *pattern, uint64_t va, uint64_t bytes);
void tw_phase_begin(tw_workload *w, uint32_t id);
void tw_phase_end(tw_workload *w);
/// What the workload found out; a name that was told before is told anew.
void tw_fact(tw_workload *w, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
/// The trace ends here with an error.
void tw_workload_fail(tw_workload *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// The kernel's sink: an event after the accesses so far.
void tw_workload_event(void *workload, const tw_event *event);
uint64_t tw_look_up(tw_workload *w, uint64_t va);

/// One access, `gap` instructions after the one before it.
static inline void tw_access(tw_workload *w, uint64_t va, uint8_t info, uint16_t gap) {
  if (w->count == TW_ROOM) {
    tw_workload_fail(w, "one step makes more than %d accesses", TW_STEP_MOST);
    return;
  }
  size_t n = w->count++;
  w->va[n] = va;
  w->info[n] = info;
  w->gap[n] = gap;
  uint64_t linear = va - w->layout->linear_va;
  w->pa[n] = linear < w->layout->linear_bytes ? linear + w->layout->linear_pa : tw_look_up(w, va);
}
static inline void tw_read(tw_workload *w, uint64_t va, uint16_t gap) { tw_access(w, va, TW_READ8, gap); }
static inline void tw_write(tw_workload *w, uint64_t va, uint16_t gap) { tw_access(w, va, TW_WRITE8, gap); }
static inline void tw_fetch(tw_workload *w, uint64_t va, uint16_t gap) { tw_access(w, va, TW_FETCH4, gap); }
/// `bytes` from `va` on, an access of `info` every 64.
void tw_sweep(tw_workload *w, uint64_t va, uint64_t bytes, uint8_t info, uint16_t gap);

#endif
