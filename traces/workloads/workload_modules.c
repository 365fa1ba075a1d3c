// modules, bpf: code outside of the kernel image. A module's text lies in the modules' area by pages; built in, it lies
// in the image by large blocks. BPF programs are small: a page each, or side by side in shared pages.
#include "workload.h"

#include <stdlib.h>

enum { MODULES_MOST = 4096 };

/// Pieces of code that are called one after the other.
typedef struct code {
  uint64_t *text; ///< of each
  uint64_t count, bytes;
  uint64_t left, calls, lines;
} code;

static int take_code(code *c, tw_workload *w, const char *count, const char *bytes, tw_error *error) {
  c->count = tw_number(w, count);
  c->bytes = tw_number(w, bytes);
  c->left = tw_number(w, "count");
  c->text = calloc(c->count, sizeof *c->text);
  return c->text ? 0 : tw_fail(error, "gen:%s: out of memory", w->name);
}

static void stop(void *context) { free(((code *)context)->text); }

static uint64_t module_of(tw_workload *w, uint64_t text, uint64_t data, tw_error *error) {
  uint64_t va = tw_kernel_module(w->kernel, text, data);
  if (!va)
    tw_fail(error, "gen:%s: no room in the modules' area for %llu KiB more, expected less", w->name,
            (unsigned long long)((text + data) >> 10));
  else if (tw_name_region(w, w->name, va, text) < 0)
    tw_fail(error, "gen:%s: out of memory", w->name);
  else
    return va;
  return 0;
}

/// `lines` lines of code from `va` on.
static void run(tw_workload *w, uint64_t va, uint64_t lines) {
  for (uint64_t i = 0; i < lines; i++)
    tw_fetch(w, va + i * 64, 16);
}

// ---- modules ----

static const tw_workload_parameter modules_parameters[] = {
    {.name = "code", .usual = "module", .meaning = "where the drivers are", .choices = "module|image"},
    {.name = "modules", .usual = "8", .meaning = "drivers that take turns", .least = 1, .most = MODULES_MOST},
    {.name = "text", .usual = "256k", .meaning = "bytes of code of each", .least = 4096, .most = 16 << 20},
    {.name = "calls", .usual = "6", .meaning = "functions of the driver in a request", .least = 1, .most = 256},
    {.name = "count", .usual = "100k", .meaning = "of requests", .least = 1, .most = UINT64_C(1) << 40},
};

/// Built in: side by side in the image's text, from 2 MiB on.
static int built_in(code *c, tw_workload *w, tw_error *error) {
  uint64_t room = w->config.layout.kernel.text - (4 << 20);
  if (c->count * c->bytes > room)
    return tw_refuse(w, error, "text",
                     "%s for each of %s drivers, expected all of them to fit into %llu KiB of the image",
                     tw_text(w, "text"), tw_text(w, "modules"), (unsigned long long)(room >> 10));
  for (uint64_t i = 0; i < c->count; i++)
    c->text[i] = w->layout->image_va + (2 << 20) + i * c->bytes;
  return 0;
}

static int modules_start(tw_workload *w, void *context, tw_error *error) {
  code *c = context;
  if (take_code(c, w, "modules", "text", error) < 0)
    return -1;
  c->calls = tw_number(w, "calls");
  if (tw_number(w, "code") == 1)
    return built_in(c, w, error);
  for (uint64_t i = 0; i < c->count; i++)
    if (!(c->text[i] = module_of(w, c->bytes, 64 << 10, error)))
      return -1;
  return 0;
}

/// Room for a larger kernel: the drivers that are built in.
static void modules_configure(const tw_workload *w, tw_kernel_config *config) {
  (void)w;
  config->layout.kernel.text = 36 << 20;
}

static bool modules_step(tw_workload *w, void *context) {
  code *c = context;
  uint64_t text = c->text[tw_random(w) % c->count];
  run(w, w->layout->image_va + 0x40000, 4); // the subsystem that calls it
  for (uint64_t i = 0; i < c->calls; i++) {
    uint64_t function = tw_random(w) % (c->bytes / 64 - 8) * 64;
    run(w, text + function, 8);
    run(w, w->layout->image_va + 0x80000 + tw_mix(i) % 64 * 4096, 2); // and what it calls
  }
  return --c->left > 0;
}

const tw_workload_kind tw_workload_modules = {
    .about = {.name = "modules",
              .question = "What does a driver as a module cost over the same driver built in?",
              .parameters = modules_parameters,
              .parameter_count = sizeof modules_parameters / sizeof *modules_parameters},
    .state_bytes = sizeof(code),
    .configure = modules_configure,
    .start = modules_start,
    .step = modules_step,
    .stop = stop};

// ---- BPF ----

static const tw_workload_parameter bpf_parameters[] = {
    {.name = "place",
     .usual = "pages",
     .meaning = "a program has pages of its own, or lies beside others",
     .choices = "pages|packed"},
    {.name = "programs", .usual = "100", .meaning = "that are loaded", .least = 1, .most = MODULES_MOST},
    {.name = "bytes", .usual = "1k", .meaning = "of a program", .least = 64, .most = 64 << 10},
    {.name = "chain", .usual = "10", .meaning = "programs that an event runs", .least = 1, .most = 64},
    {.name = "count", .usual = "100k", .meaning = "of events", .least = 1, .most = UINT64_C(1) << 40},
};

static int bpf_start(tw_workload *w, void *context, tw_error *error) {
  code *c = context;
  if (take_code(c, w, "programs", "bytes", error) < 0)
    return -1;
  c->calls = tw_number(w, "chain");
  c->bytes = (c->bytes + 63) & ~UINT64_C(63);
  bool packed = tw_number(w, "place") == 1;
  uint64_t page = UINT64_C(1) << w->page_log2, all = (c->count * c->bytes + page - 1) & -page;
  for (uint64_t i = 0; i < c->count; i++) {
    c->text[i] =
        packed && i ? c->text[0] + i * c->bytes : module_of(w, packed ? all : (c->bytes + page - 1) & -page, 0, error);
    if (!c->text[i])
      return -1;
  }
  return 0;
}

static bool bpf_step(tw_workload *w, void *context) {
  code *c = context;
  uint64_t first = tw_random(w) % c->count;
  for (uint64_t i = 0; i < c->calls; i++) {
    run(w, w->layout->image_va + 0x60000, 2); // the dispatcher
    run(w, c->text[(first + tw_mix(first + i)) % c->count], c->bytes / 64);
  }
  return --c->left > 0;
}

const tw_workload_kind tw_workload_bpf = {
    .about = {.name = "bpf",
              .question = "What does it save to pack BPF programs into shared pages?",
              .parameters = bpf_parameters,
              .parameter_count = sizeof bpf_parameters / sizeof *bpf_parameters},
    .state_bytes = sizeof(code),
    .start = bpf_start,
    .step = bpf_step,
    .stop = stop};
