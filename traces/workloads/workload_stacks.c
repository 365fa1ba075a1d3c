// stacks: tasks that take turns, each with a stack of its own. Since 4.14 stacks lie in vmalloc, four pages each and a
// guard page; before, in the linear map. What does a switch cost either way?
#include "workload.h"

#include <stdlib.h>

static const tw_workload_parameter parameters[] = {
    {.name = "stacks", .usual = "vmalloc", .meaning = "where they lie", .choices = "vmalloc|linear"},
    {.name = "tasks", .usual = "200", .meaning = "that take turns", .least = 1, .most = 1 << 18},
    {.name = "count", .usual = "100k", .meaning = "of switches", .least = 1, .most = UINT64_C(1) << 40},
    {.name = "order", .usual = "rand", .meaning = "of the turns", .choices = "rand|round"},
    {.name = "depth", .usual = "3072", .meaning = "bytes of stack that a turn uses", .least = 256, .most = 8192},
    {.name = "calls", .usual = "8", .meaning = "of functions in a turn", .least = 1, .most = 64},
};

enum { TASK = 4416 }; ///< bytes of a task_struct

typedef struct task {
  uint64_t top, task; ///< end of the stack; task_struct
} task;

typedef struct state {
  task *tasks;
  uint64_t count, left, depth, calls, now;
  bool round;
} state;

static uint64_t stack_bytes(const tw_workload *w) {
  uint64_t bytes = w->config.layout.machine == TW_LINUX_ARM ? 8 << 10 : 16 << 10, page = UINT64_C(1) << w->page_log2;
  return bytes < page ? page : bytes;
}

static uint64_t take_stack(tw_workload *w) {
  unsigned order = 0;
  if (tw_number(w, "stacks") == 0)
    return tw_kernel_stack(w->kernel);
  while (UINT64_C(1) << (order + w->page_log2) < stack_bytes(w))
    order++;
  return tw_kernel_alloc_pages(w->kernel, order);
}

static int start(tw_workload *w, void *context, tw_error *error) {
  state *s = context;
  s->count = tw_number(w, "tasks");
  s->left = tw_number(w, "count");
  s->depth = tw_number(w, "depth");
  s->calls = tw_number(w, "calls");
  s->round = tw_number(w, "order") == 1;
  tw_slab_cache *cache = tw_kernel_cache(w->kernel, "task_struct", TASK, 64);
  s->tasks = calloc(s->count, sizeof *s->tasks);
  if (!cache || !s->tasks)
    return tw_fail(error, "gen:stacks: out of memory");
  for (uint64_t i = 0; i < s->count; i++) {
    uint64_t stack = take_stack(w);
    s->tasks[i] = (task){stack + stack_bytes(w), tw_slab_alloc(cache)};
    if (!stack || !s->tasks[i].task)
      return tw_fail(error, "gen:stacks: no memory for task %llu, expected fewer tasks or more RAM",
                     (unsigned long long)i);
    if (i < 1024 && tw_name_region(w, "task's stack", stack, stack_bytes(w)) < 0)
      return tw_fail(error, "gen:stacks: out of memory");
  }
  return 0;
}

/// cpu_switch_to: thirteen registers out, thirteen in.
static void switch_to(tw_workload *w, const task *from, const task *to) {
  for (unsigned i = 0; i < 13; i++)
    tw_write(w, from->task + 3328 + i * 8, 2);
  for (unsigned i = 0; i < 13; i++)
    tw_read(w, to->task + 3328 + i * 8, 2);
}

static bool step(tw_workload *w, void *context) {
  state *s = context;
  uint64_t next = s->round ? (s->now + 1) % s->count : tw_random(w) % s->count, frame = s->depth / s->calls & ~15ULL;
  const task *to = &s->tasks[next];
  tw_fetch(w, w->layout->image_va + 0x20000, 40);
  switch_to(w, &s->tasks[s->now], to);
  s->now = next;
  for (uint64_t i = 0; i < s->calls; i++) {
    uint64_t top = to->top - 336 - i * frame; // the exception's frame lies above
    tw_fetch(w, w->layout->image_va + tw_mix(i) % 512 * 4096, 20);
    for (unsigned k = 1; k <= 4; k++)
      tw_write(w, top - k * 16, 4);
    tw_read(w, to->task + 64 * (i % 8), 10);
  }
  for (uint64_t i = s->calls; i-- > 0;)
    tw_read(w, to->top - 336 - i * frame - 16, 12);
  return --s->left > 0;
}

static void stop(void *context) { free(((state *)context)->tasks); }

const tw_workload_kind tw_workload_stacks = {
    .about = {.name = "stacks",
              .question = "What do kernel stacks in vmalloc cost at each switch of tasks?",
              .parameters = parameters,
              .parameter_count = sizeof parameters / sizeof *parameters},
    .state_bytes = sizeof(state),
    .start = start,
    .step = step,
    .stop = stop};
