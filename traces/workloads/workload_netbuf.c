// netbuf: a router's buffers on 32-bit Arm. Buffers of 4 to 64 KiB come and go until the buddy has no 128 KiB in one
// piece; a driver that needs them takes vmalloc instead. When does that happen, and what does each such buffer cost
// then?
#include "workload.h"

#include <stdlib.h>

static const tw_workload_parameter parameters[] = {
    {.name = "large",
     .usual = "auto",
     .meaning = "128 KiB from the buddy, from vmalloc, or from vmalloc when the buddy fails",
     .choices = "auto|buddy|vmalloc"},
    {.name = "count", .usual = "20k", .meaning = "of packets", .least = 1, .most = UINT64_C(1) << 40},
    {.name = "held",
     .usual = "70",
     .meaning = "per cent of free low memory that the buffers grow to",
     .least = 1,
     .most = 99},
    {.name = "stay",
     .usual = "10",
     .meaning = "per cent of low memory that buffers of a page take in time, which are never freed",
     .least = 0,
     .most = 50},
    {.name = "burst",
     .usual = "100k",
     .meaning = "buffers between two bursts, in each of which nearly all memory is taken; 0: none come",
     .least = 0,
     .most = 1 << 30},
    {.name = "every", .usual = "16", .meaning = "packets between two large buffers", .least = 1, .most = 1 << 20},
    {.name = "warm",
     .usual = "2m",
     .meaning = "buffers that came and went before the trace begins",
     .least = 0,
     .most = 1 << 30},
};

enum { ORDERS = 5, LARGE_ORDER = 5, RING = 64 };

typedef struct held {
  uint64_t va;
  unsigned order;
} held;

typedef struct state {
  held *buffers;
  uint64_t count, room;  ///< of buffers
  uint64_t bytes;        ///< that they take
  uint64_t most, peak;   ///< that they may take, and in a burst
  uint64_t burst;        ///< buffers from one to the next
  bool bursting;         //
  uint64_t stayed, stay; ///< pages that stay, and how many there will be
  uint64_t ring[RING];   ///< large buffers that the device has; from vmalloc or the buddy
  bool ring_vmalloc[RING];
  uint64_t packets, left, every;
  unsigned large; ///< 0 auto, 1 buddy, 2 vmalloc
  bool failed;    ///< 128 KiB was not to be had
  uint64_t allocations, failures, large_count, large_vmalloc;
} state;

/// Small ones are the most: each size half as often as the one below.
static unsigned random_order(tw_workload *w) {
  unsigned order = 0;
  while (order + 1 < ORDERS && tw_random(w) >> 63)
    order++;
  return order;
}

/// A buffer goes; of the smallest, each sixteenth stays for good, as long as there may be more of these: what was in it
/// is still wanted, a connection's state or a queue that nobody empties.
static void drop(tw_workload *w, state *s, uint64_t which) {
  held *buffer = &s->buffers[which];
  bool stays = buffer->order == 0 && s->stayed < s->stay && tw_random(w) >> 60 == 0;
  s->stayed += stays;
  if (!stays)
    tw_kernel_free_pages(w->kernel, buffer->va, buffer->order);
  s->bytes -= UINT64_C(1) << (buffer->order + w->page_log2);
  *buffer = s->buffers[--s->count];
}

/// A burst lasts until nearly all memory is taken.
static uint64_t limit_of(state *s, uint64_t bytes) {
  if (s->burst && s->allocations % s->burst == s->burst - 1)
    s->bursting = true;
  if (s->bytes + bytes > s->peak)
    s->bursting = false;
  return s->bursting ? s->peak : s->most;
}

/// A new buffer; old ones, any of them, go while there is no room for it. NULL: there is no memory.
static held *renew(tw_workload *w, state *s) {
  unsigned order = random_order(w);
  uint64_t bytes = UINT64_C(1) << (order + w->page_log2), most = limit_of(s, bytes), va = 0;
  while (s->count && (s->bytes + bytes > most || s->count == s->room))
    drop(w, s, tw_random(w) % s->count);
  while (!(va = tw_kernel_alloc_pages(w->kernel, order)) && s->count) {
    s->bursting = false;
    drop(w, s, tw_random(w) % s->count);
  }
  if (!va)
    return NULL;
  s->allocations++;
  s->bytes += bytes;
  s->buffers[s->count] = (held){va, order};
  return &s->buffers[s->count++];
}

/// The first time that it is not to be had.
static void tell_failure(tw_workload *w, state *s) {
  if (s->failed)
    return;
  s->failed = true;
  tw_fact(w, "128 KiB failed first, after allocations", "%llu", (unsigned long long)s->allocations);
  tw_fact(w, "pages stuck until then", "%llu", (unsigned long long)s->stayed);
  tw_fact(w, "free then, MiB", "%llu", (unsigned long long)(tw_kernel_free_bytes(w->kernel) >> 20));
  tw_fact(w, "extfrag index of 128 KiB then", "%.3f", tw_kernel_fragmentation(w->kernel, LARGE_ORDER));
  tw_fact(w, "unusable for 128 KiB then", "%.3f", tw_kernel_unusable(w->kernel, LARGE_ORDER));
}

/// Buffers that came and went before; outside of bursts a driver would have wanted 128 KiB now and then.
static int warm_up(tw_workload *w, state *s, tw_error *error) {
  for (uint64_t i = 0; i < tw_number(w, "warm"); i++) {
    if (!renew(w, s))
      return tw_fail(error, "gen:netbuf: no memory for a buffer, expected more RAM");
    if (i % 64 == 0 && !s->bursting && s->bytes <= s->most && tw_kernel_fragmentation(w->kernel, LARGE_ORDER) > -0.999)
      tell_failure(w, s);
  }
  return 0;
}

static int start(tw_workload *w, void *context, tw_error *error) {
  state *s = context;
  s->left = tw_number(w, "count");
  s->every = tw_number(w, "every");
  s->large = (unsigned)tw_number(w, "large");
  s->most = tw_kernel_free_bytes(w->kernel) / 100 * tw_number(w, "held");
  s->peak = tw_kernel_free_bytes(w->kernel) / 100 * 95;
  s->burst = tw_number(w, "burst");
  s->room = s->peak >> w->page_log2;
  s->stay = tw_kernel_free_bytes(w->kernel) / 100 * tw_number(w, "stay") >> w->page_log2;
  s->buffers = malloc((s->room + 1) * sizeof *s->buffers);
  if (!s->buffers || !s->room)
    return tw_fail(error, "gen:netbuf: out of memory");
  return warm_up(w, s, error);
}

// ---- large buffers ----

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

static void give_large(tw_workload *w, uint64_t va, bool from_vmalloc) {
  if (va && from_vmalloc)
    tw_kernel_vfree(w->kernel, va);
  else if (va)
    tw_kernel_free_pages(w->kernel, va, LARGE_ORDER);
}

/// A new one for the ring, which the device fills; then its oldest goes.
static void large(tw_workload *w, state *s) {
  unsigned slot = (unsigned)(s->packets / s->every % RING);
  bool from_vmalloc;
  uint64_t va = take_large(w, s, &from_vmalloc);
  if (!va)
    return; // the old one is used again
  give_large(w, s->ring[slot], s->ring_vmalloc[slot]);
  s->ring[slot] = va;
  s->ring_vmalloc[slot] = from_vmalloc;
  tw_sweep(w, va, UINT64_C(1) << (LARGE_ORDER + w->page_log2), TW_WRITE8, 6);
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
