// capture: what the captures' kernel module does, done here. The same buffers, orders and numbers of accesses, with the
// fetches of its loops, so that what a generated kernel costs can be held against what a captured one does.
#include "buffer.h"
#include "pattern.h"
#include "tick.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const tw_workload_parameter parameters[] = {
    {.name = "buffers",
     .usual = "all",
     .meaning = "all, or some joined by +: lin_pages_4m+vmalloc_4m; their phases have the captures' numbers"},
    {.name = "ticks",
     .usual = "none",
     .meaning = "timer interrupts, as PHASE@ACCESS joined by +: 16@92600; a phase's accesses to its buffer count"},
};

/// Buffers in the captures' order; each has five phases.
typedef struct buffer_kind {
  const char *name;
  tw_buffer_region region;
  uint64_t bytes;
  int alias;   ///< of vmap: the buffer that it maps again
  uint64_t at; ///< of a linear one: where in RAM it lies in the captures (4K, 16K): so do the contiguous groups
  uint64_t at_16k;
} buffer_kind;

#define KIB UINT64_C(1024)
#define MIB UINT64_C(1048576)
static const buffer_kind buffer_kinds[] = {
    {"lin_kmalloc_64k", TW_BUFFER_KMALLOC, 64 * KIB, -1, 0, 0},
    {"vmalloc_64k", TW_BUFFER_VMALLOC, 64 * KIB, -1, 0, 0},
    {"lin_pages_4m", TW_BUFFER_LINEAR, 4 * MIB, -1, 52 * MIB, 68 * MIB},
    {"vmalloc_4m", TW_BUFFER_VMALLOC, 4 * MIB, -1, 0, 0},
    {"vmalloc_huge_4m", TW_BUFFER_VMALLOC_HUGE, 4 * MIB, -1, 0, 0},
    {"vmap_alias_4m", TW_BUFFER_VMAP, 4 * MIB, 2, 0, 0},
    {"lin_pages_64m", TW_BUFFER_LINEAR, 64 * MIB, -1, 56 * MIB, 136 * MIB},
    {"vmalloc_64m", TW_BUFFER_VMALLOC, 64 * MIB, -1, 0, 0},
    {"vmalloc_huge_64m", TW_BUFFER_VMALLOC_HUGE, 64 * MIB, -1, 0, 0},
    {"vmap_alias_64m", TW_BUFFER_VMAP, 64 * MIB, 6, 0, 0},
};
enum { BUFFERS = sizeof buffer_kinds / sizeof *buffer_kinds, PATTERNS = 5, PHASES = BUFFERS * PATTERNS };
enum { TICKS_MAX = 256, CHUNK = 256 };

/// A loop of the module: its lines, as offsets in the text, and the instructions of a turn.
typedef struct loop {
  uint16_t entry;   ///< fetched once, before all accesses
  uint16_t first;   ///< before the first access, besides; 0: none
  uint16_t line[2]; ///< before each further one; 0: none, the loop lies in one line
  uint16_t exit;    ///< after the last; 0: none
  uint16_t gap;
} loop;

/// The module as it was compiled for a kernel: how its code lies on lines differs.
typedef struct build {
  uint16_t caller, mark, dispatch, leave; ///< around each loop; mark 0: none
  loop loops[PATTERNS];
} build;

static const build build_6_1 = {.caller = 0x4bc,
                                .mark = 0xc60,
                                .dispatch = 0xcd4,
                                .leave = 0xce4,
                                .loops = {[TW_PATTERN_SEQ] = {.entry = 0x000, .exit = 0x040, .gap = 8},
                                          [TW_PATTERN_PAGE] = {0x0c0, 0, {0x100, 0x0e8}, 0x100, 10},
                                          [TW_PATTERN_RAND] = {0x140, 0x180, {0x170, 0x180}, 0, 10},
                                          [TW_PATTERN_SEQW] = {.entry = 0x080, .gap = 7},
                                          [TW_PATTERN_CHASE] = {.entry = 0x1c0, .gap = 4}}};
static const build build_6_12 = {.caller = 0x7d0,
                                 .dispatch = 0xb14,
                                 .leave = 0xb24,
                                 .loops = {[TW_PATTERN_SEQ] = {0x848, 0, {0x880, 0x868}, 0x880, 8},
                                           [TW_PATTERN_PAGE] = {0x948, 0, {0x980, 0x968}, 0x980, 10},
                                           [TW_PATTERN_RAND] = {0x9c8, 0xa00, {0x9f8, 0xa00}, 0, 10},
                                           [TW_PATTERN_SEQW] = {.entry = 0x8c8, .exit = 0x900, .gap = 7},
                                           [TW_PATTERN_CHASE] = {.entry = 0xa48, .gap = 4}}};

/// The module's generator: of rand, and of the order of a chase.
static const uint64_t seed_rand = UINT64_C(0x9e3779b97f4a7c15), seed_chase = UINT64_C(0xd1b54a32d192ed03);

typedef struct tick {
  uint32_t phase;
  uint64_t access;
} tick;

typedef struct state {
  tw_buffer buffers[BUFFERS];
  bool wanted[BUFFERS];
  uint64_t text, sink; ///< of the module: its code, and the word that the loops' sums go to
  tw_tick_places places;
  const build *build;
  tick ticks[TICKS_MAX];
  size_t tick_count;
  unsigned phase;    ///< from 0 on
  uint64_t at, left; ///< accesses of the phase
  tw_pattern pattern;
  uint64_t offsets[CHUNK];
} state;

// ---- parameters ----

static bool is_wanted(const char *list, const char *name) {
  size_t length = strlen(name);
  for (const char *at = list; *at; at += strcspn(at, "+") + (at[strcspn(at, "+")] == '+'))
    if (strcspn(at, "+") == length && memcmp(at, name, length) == 0)
      return true;
  return false;
}

static int read_buffers(const tw_workload *w, state *s, tw_error *error) {
  const char *list = tw_text(w, "buffers");
  bool all = strcmp(list, "all") == 0, any = false;
  size_t named = 1, known = 0;
  for (const char *at = list; *at; at++)
    named += *at == '+';
  for (unsigned i = 0; i < BUFFERS; i++) {
    s->wanted[i] = all || is_wanted(list, buffer_kinds[i].name);
    known += s->wanted[i];
    any |= s->wanted[i];
  }
  if (!any || (!all && known != named))
    return tw_refuse(w, error, "buffers",
                     "%s, expected all, or some joined by + of lin_kmalloc_64k, vmalloc_64k, "
                     "and with _4m or _64m lin_pages, vmalloc, vmalloc_huge, vmap_alias",
                     list);
  return 0;
}

static int read_ticks(const tw_workload *w, state *s, tw_error *error) {
  const char *list = tw_text(w, "ticks");
  if (strcmp(list, "none") == 0)
    return 0;
  for (const char *at = list; *at;) {
    unsigned phase = 0;
    int used = 0;
    uint64_t access = 0;
    bool read = sscanf(at, "%9u@%19" SCNu64 "%n", &phase, &access, &used) == 2 && phase >= 1 && phase <= PHASES;
    if (!read || (at[used] && at[used] != '+') || s->tick_count == TICKS_MAX)
      return tw_refuse(w, error, "ticks",
                       "%s, expected none, or at most %d of PHASE@ACCESS joined by +, phases 1 to %d", list, TICKS_MAX,
                       PHASES);
    s->ticks[s->tick_count++] = (tick){phase, access};
    at += used + (at[used] == '+');
  }
  return 0;
}

/// The parts of the captured kernels' images.
static void configure(const tw_workload *w, tw_kernel_config *config) {
  static const tw_linux_layout_image image_6_1 = {
      .head = 0x10000, .text = 0xcf0000, .rodata = 0x960000, .init = 0x650000, .data = 0x360000};
  static const tw_linux_layout_image image_6_12 = {
      .head = 0x10000, .text = 0xf40000, .rodata = 0xde0000, .init = 0x9c0000, .data = 0x4f0000};
  (void)w;
  config->layout.kernel = config->layout.page_log2 == 12 ? image_6_1 : image_6_12;
}

// ---- what is there ----

static int make_buffer(tw_workload *w, state *s, unsigned number, tw_error *error) {
  const buffer_kind *kind = &buffer_kinds[number];
  const tw_buffer_wanted wanted = {.region = kind->region,
                                   .bytes = kind->bytes,
                                   .name = kind->name,
                                   .at = w->page_log2 == 14 ? kind->at_16k : kind->at,
                                   .alias = kind->alias < 0 ? NULL : &s->buffers[kind->alias]};
  return s->buffers[number].va ? 0 : tw_buffer_make(w, &wanted, &s->buffers[number], error);
}

static int make_buffers(tw_workload *w, state *s, tw_error *error) {
  for (unsigned i = 0; i < BUFFERS; i++) {
    if (!s->wanted[i])
      continue;
    int alias = buffer_kinds[i].alias;
    if ((alias >= 0 && make_buffer(w, s, (unsigned)alias, error) < 0) || make_buffer(w, s, i, error) < 0)
      return -1;
  }
  return 0;
}

static int make_module(tw_workload *w, state *s, tw_error *error) {
  uint64_t page = UINT64_C(1) << w->page_log2, data = 128 * KIB;
  s->build = w->page_log2 == 12 ? &build_6_1 : &build_6_12;
  s->text = tw_kernel_module(w->kernel, page, data);
  s->sink = s->text + page + data / 2 + 0x3c0;
  uint64_t stack = tw_kernel_stack(w->kernel), irq_stack = tw_kernel_stack(w->kernel);
  uint64_t device = tw_kernel_vmalloc(w->kernel, page, TW_VMALLOC_PAGES);
  if (!s->text || !stack || !irq_stack || !device)
    return tw_fail(error, "gen:capture: no memory for a module and its stacks, expected more RAM");
  s->places = (tw_tick_places){.image = w->layout->image_va & ~(64 * KIB - 1),
                               .linear = w->layout->linear_va,
                               .stack = stack,
                               .irq_stack = irq_stack,
                               .device = device,
                               .module = s->text};
  bool named = tw_name_region(w, "capture's module", s->text, page + data) == 0 &&
               tw_name_region(w, "task's stack", stack, page) == 0 &&
               tw_name_region(w, "interrupts' stack", irq_stack, page) == 0;
  return named ? 0 : tw_fail(error, "gen:capture: out of memory");
}

static int add_phases(tw_workload *w, const state *s) {
  for (unsigned i = 0; i < PHASES; i++) {
    const tw_buffer *buffer = &s->buffers[i / PATTERNS];
    const char *pattern = tw_pattern_name((tw_pattern_kind)(i % PATTERNS));
    if (!tw_phase_add(w, buffer_kinds[i / PATTERNS].name, pattern, buffer->va, buffer->bytes))
      return -1;
  }
  return 0;
}

static int start(tw_workload *w, void *context, tw_error *error) {
  state *s = context;
  if (w->config.layout.machine != TW_LINUX_ARM64 || w->page_log2 > 14)
    return tw_fail(error, "gen:capture: machine and page are %s and %s, expected arm64 with 4k or 16k",
                   tw_text(w, "machine"), tw_text(w, "page"));
  if (read_buffers(w, s, error) < 0 || read_ticks(w, s, error) < 0 || make_module(w, s, error) < 0 ||
      make_buffers(w, s, error) < 0)
    return -1;
  return add_phases(w, s) < 0 ? tw_fail(error, "gen:capture: out of memory") : 0;
}

// ---- phases ----

static uint64_t least_of(uint64_t a, uint64_t b) { return a < b ? a : b; }

/// As the console says n of each; a chase reads one more, its first node.
static uint64_t accesses_of(tw_pattern_kind kind, uint64_t bytes, unsigned page_log2) {
  uint64_t turns = 4 * (bytes >> page_log2);
  switch (kind) {
  case TW_PATTERN_SEQ:
    return least_of(2 * (bytes / 64), 262144);
  case TW_PATTERN_PAGE:
    return turns < 1024 ? 1024 : least_of(turns, 32768);
  case TW_PATTERN_SEQW:
    return least_of(bytes / 64, 16384);
  case TW_PATTERN_CHASE:
    return 32769;
  default:
    return 32768;
  }
}

static void begin(tw_workload *w, state *s) {
  tw_pattern_kind kind = (tw_pattern_kind)(s->phase % PATTERNS);
  const tw_buffer *buffer = &s->buffers[s->phase / PATTERNS];
  const tw_pattern_config config = {.kind = kind,
                                    .bytes = buffer->bytes,
                                    .page_log2 = w->page_log2,
                                    .stride = 64,
                                    .nodes_most = 65536,
                                    .seed = kind == TW_PATTERN_CHASE ? seed_chase : seed_rand};
  if (tw_pattern_start(&s->pattern, &config) < 0)
    tw_workload_fail(w, "out of memory");
  s->at = 0;
  s->left = accesses_of(kind, buffer->bytes, w->page_log2);
  tw_phase_begin(w, s->phase + 1);
  tw_fetch(w, s->text + s->build->caller, 0);
  if (s->build->mark)
    tw_fetch(w, s->text + s->build->mark, 2);
  tw_fetch(w, s->text + s->build->dispatch, 4);
  tw_fetch(w, s->text + s->build->loops[kind].entry, 4);
}

static void end(tw_workload *w, state *s) {
  const loop *loop = &s->build->loops[s->phase % PATTERNS];
  if (loop->exit)
    tw_fetch(w, s->text + loop->exit, 2);
  tw_fetch(w, s->text + s->build->leave, 11);
  tw_read(w, s->sink, 0);
  tw_write(w, s->sink, 0);
  tw_phase_end(w);
  tw_pattern_stop(&s->pattern);
}

static void interrupt(tw_workload *w, const state *s) {
  for (size_t i = 0; i < s->tick_count; i++)
    if (s->ticks[i].phase == s->phase + 1 && s->ticks[i].access == s->at)
      tw_tick(w, &s->places);
}

static void turn(tw_workload *w, state *s, const loop *loop, uint64_t offset) {
  uint8_t info = s->phase % PATTERNS == TW_PATTERN_SEQW ? TW_WRITE8 : TW_READ8;
  uint16_t gap = loop->gap;
  interrupt(w, s);
  if (s->at == 0 && loop->first) {
    tw_fetch(w, s->text + loop->first, gap);
    gap = 0;
  }
  if (s->at && loop->line[0]) {
    tw_fetch(w, s->text + loop->line[0], 0);
    tw_fetch(w, s->text + loop->line[1], gap);
    gap = 0;
  }
  tw_buffer_access(w, &s->buffers[s->phase / PATTERNS], &offset, 1, info, gap);
  s->at++;
}

/// To the next phase of a buffer that is wanted; false: there is none.
static bool advance(state *s) {
  while (s->phase < PHASES && !s->wanted[s->phase / PATTERNS])
    s->phase += PATTERNS;
  return s->phase < PHASES;
}

static bool step(tw_workload *w, void *context) {
  state *s = context;
  if (s->left == 0) {
    if (!advance(s))
      return false;
    begin(w, s);
  }
  if (w->failed)
    return false;
  size_t count = (size_t)least_of(s->left, CHUNK);
  tw_pattern_offsets(&s->pattern, s->offsets, count);
  for (size_t i = 0; i < count; i++)
    turn(w, s, &s->build->loops[s->phase % PATTERNS], s->offsets[i]);
  s->left -= count;
  if (s->left == 0) {
    end(w, s);
    s->phase++;
  }
  return true;
}

static void stop(void *context) {
  state *s = context;
  tw_pattern_stop(&s->pattern);
  for (unsigned i = 0; i < BUFFERS; i++)
    tw_buffer_free(&s->buffers[i]);
}

const tw_workload_kind tw_workload_capture = {
    .about = {.name = "capture",
              .question = "Does a generated kernel cost what a captured one does?",
              .defaults = "linux=6.1,ram=1g",
              .parameters = parameters,
              .parameter_count = sizeof parameters / sizeof *parameters},
    .state_bytes = sizeof(state),
    .configure = configure,
    .start = start,
    .step = step,
    .stop = stop};
