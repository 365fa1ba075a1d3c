// netbuf: a router's buffers on 32-bit Arm. Buffers of 4 to 64 KiB come and go until the buddy has no 128 KiB in one
// piece; a driver that needs them takes vmalloc instead. When does that happen, and what does each such buffer cost then?
#include "workload.h"

#include <stdlib.h>

static const tw_workload_parameter parameters[] = {
    {.name = "large", .usual = "auto", .meaning = "128 KiB from the buddy, from vmalloc, or from vmalloc when the buddy fails",
     .choices = "auto|buddy|vmalloc"},
    {.name = "count", .usual = "20k", .meaning = "of packets", .least = 1, .most = UINT64_C(1) << 40},
    {.name = "held", .usual = "90", .meaning = "per cent of free low memory that the buffers grow to", .least = 1, .most = 99},
    {.name = "every", .usual = "16", .meaning = "packets between two large buffers", .least = 1, .most = 1 << 20},
    {.name = "warm", .usual = "200k", .meaning = "buffers that came and went before the trace begins", .least = 0, .most = 1 << 30},
};

enum { ORDERS = 5, LARGE_ORDER = 5, RING = 64 };

typedef struct held {
  uint64_t va;
  unsigned order;
} held;

typedef struct state {
  held *buffers;
  uint64_t count, room;  ///< of buffers
  uint64_t bytes, most;  ///< that they take
  uint64_t ring[RING];   ///< large buffers that the device has; from vmalloc or the buddy
  bool ring_vmalloc[RING];
  uint64_t packets, left, every;
  unsigned large; ///< 0 auto, 1 buddy, 2 vmalloc
  uint64_t allocations, failures, large_count, large_vmalloc;
} state;

/// Small ones are the most: each size half as often as the one below.
static unsigned random_order(tw_workload *w) {
  unsigned order = 0;
  while (order + 1 < ORDERS && tw_random(w) >> 63)
    order++;
  return order;
}

static void drop(tw_workload *w, state *s, uint64_t which) {
  held *buffer = &s->buffers[which];
  tw_kernel_free_pages(w->kernel, buffer->va, buffer->order);
  s->bytes -= UINT64_C(1) << (buffer->order + w->page_log2);
  *buffer = s->buffers[--s->count];
}

/// A new buffer; old ones, any of them, go while there is no room for it. NULL: there is no memory.
static held *renew(tw_workload *w, state *s) {
  unsigned order = random_order(w);
  uint64_t bytes = UINT64_C(1) << (order + w->page_log2), va = 0;
  while (s->count && (s->bytes + bytes > s->most || s->count == s->room))
    drop(w, s, tw_random(w) % s->count);
  while (!(va = tw_kernel_alloc_pages(w->kernel, order)) && s->count)
    drop(w, s, tw_random(w) % s->count);
  if (!va)
    return NULL;
  s->allocations++;
  s->bytes += bytes;
  s->buffers[s->count] = (held){va, order};
  return &s->buffers[s->count++];
}

static int start(tw_workload *w, void *context, tw_error *error) {
  state *s = context;
  s->left = tw_number(w, "count");
  s->every = tw_number(w, "every");
  s->large = (unsigned)tw_number(w, "large");
  s->most = tw_kernel_free_bytes(w->kernel) / 100 * tw_number(w, "held");
  s->room = s->most >> w->page_log2;
  s->buffers = malloc((s->room + 1) * sizeof *s->buffers);
  if (!s->buffers || !s->room)
    return tw_fail(error, "gen:netbuf: out of memory");
  for (uint64_t i = 0; i < tw_number(w, "warm"); i++)
    if (!renew(w, s))
      return tw_fail(error, "gen:netbuf: no memory for a buffer, expected more RAM");
  return 0;
}

// ---- large buffers ----

static void tell_failure(tw_workload *w, const state *s) {
  if (s->failures != 1)
    return;
  tw_fact(w, "128 KiB failed first, after allocations", "%llu", (unsigned long long)s->allocations);
  tw_fact(w, "free then, MiB", "%llu", (unsigned long long)(tw_kernel_free_bytes(w->kernel) >> 20));
  tw_fact(w, "extfrag index of 128 KiB then", "%.3f", tw_kernel_fragmentation(w->kernel, LARGE_ORDER));
  tw_fact(w, "unusable for 128 KiB then", "%.3f", tw_kernel_unusable(w->kernel, LARGE_ORDER));
}

static uint64_t take_large(tw_workload *w, state *s, bool *from_vmalloc) {
  uint64_t bytes = UINT64_C(1) << (LARGE_ORDER + w->page_log2), va = 0;
  *from_vmalloc = s->large == 2;
  if (!*from_vmalloc && !(va = tw_kernel_alloc_pages(w->kernel, LARGE_ORDER))) {
    s->failures++;
    tell_failure(w, s);
    *from_vmalloc = s->large == 0;
  }
  if (*from_vmalloc)
    va = tw_kernel_vmalloc(w->kernel, bytes, TW_VMALLOC_PAGES);
  s->large_vmalloc += *from_vmalloc && va;
  s->large_count += va != 0;
  return va;
}

/// The ring's oldest goes, a new one is filled by the device and read by the driver.
static void large(tw_workload *w, state *s) {
  unsigned slot = (unsigned)(s->packets / s->every % RING);
  if (s->ring[slot] && s->ring_vmalloc[slot])
    tw_kernel_vfree(w->kernel, s->ring[slot]);
  else if (s->ring[slot])
    tw_kernel_free_pages(w->kernel, s->ring[slot], LARGE_ORDER);
  s->ring[slot] = take_large(w, s, &s->ring_vmalloc[slot]);
  if (s->ring[slot])
    tw_sweep(w, s->ring[slot], UINT64_C(1) << (LARGE_ORDER + w->page_log2), TW_WRITE8, 6);
  // Frames that came into the other large buffers meanwhile: their headers are looked at.
  for (unsigned i = 0; i < RING; i++)
    if (s->ring[i])
      tw_read(w, s->ring[i] + tw_random(w) % 32 * 4096, 20);
}

static void tell(tw_workload *w, const state *s) {
  tw_fact(w, "large buffers", "%llu", (unsigned long long)s->large_count);
  tw_fact(w, "of them from vmalloc", "%llu", (unsigned long long)s->large_vmalloc);
  tw_fact(w, "allocations of 128 KiB that failed", "%llu", (unsigned long long)s->failures);
  tw_fact(w, "free at the end, MiB", "%llu", (unsigned long long)(tw_kernel_free_bytes(w->kernel) >> 20));
  tw_fact(w, "unusable for 128 KiB at the end", "%.3f", tw_kernel_unusable(w->kernel, LARGE_ORDER));
}

static bool step(tw_workload *w, void *context) {
  state *s = context;
  const held *buffer = renew(w, s);
  if (!buffer) {
    tw_workload_fail(w, "no memory for a buffer, expected more RAM");
    return false;
  }
  tw_sweep(w, buffer->va, UINT64_C(1) << (buffer->order + w->page_log2), TW_WRITE8, 6);
  tw_read(w, buffer->va, 30);
  if (s->packets++ % s->every == 0)
    large(w, s);
  if (--s->left == 0)
    tell(w, s);
  return s->left > 0;
}

static void stop(void *context) { free(((state *)context)->buffers); }

const tw_workload_kind tw_workload_netbuf = {
    .about = {.name = "netbuf",
              .question = "When can a 32-bit router no longer have 128 KiB, and what does vmalloc in its place cost?",
              .defaults = "machine=arm,ram=1g",
              .parameters = parameters,
              .parameter_count = sizeof parameters / sizeof *parameters},
    .state_bytes = sizeof(state),
    .start = start,
    .step = step,
    .stop = stop};
