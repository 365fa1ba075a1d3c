// Buffers: allocated as a kernel's user would, then found once, so that an access costs no walk.
#include "buffer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- contiguous pages of the linear map, of any size ----

/// Blocks of 4 MiB: of the largest order with pages of 4K; with larger ones the buddy has larger still.
enum { BLOCK_LOG2 = 22 };

typedef struct blocks {
  uint64_t *va;
  size_t count, room;
} blocks;

static int ascending(const void *left, const void *right) {
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return a < b ? -1 : a > b;
}

static bool take_block(tw_workload *w, blocks *taken, unsigned order) {
  if (taken->count == taken->room) {
    size_t room = taken->room ? 2 * taken->room : 64;
    uint64_t *larger = realloc(taken->va, room * sizeof *larger);
    if (!larger)
      return false;
    taken->va = larger;
    taken->room = room;
  }
  uint64_t va = tw_kernel_alloc_pages(w->kernel, order);
  if (va)
    taken->va[taken->count++] = va;
  return va != 0;
}

/// Number of the first of `need` adjacent blocks that begins where it was wanted, or SIZE_MAX.
static size_t find_run(const tw_workload *w, blocks *taken, size_t need, const tw_buffer_wanted *wanted) {
  qsort(taken->va, taken->count, sizeof *taken->va, ascending);
  for (size_t first = 0; first + need <= taken->count; first++) {
    uint64_t from_ram = taken->va[first] - w->layout->linear_va;
    bool adjacent = taken->va[first + need - 1] - taken->va[first] == (uint64_t)(need - 1) << BLOCK_LOG2;
    if (adjacent && (wanted->at == 0 || from_ram == wanted->at))
      return first;
  }
  return SIZE_MAX;
}

/// As the captures' kernel module does: take blocks until enough of them are adjacent, give the others back.
static uint64_t take_adjacent(tw_workload *w, const tw_buffer_wanted *wanted) {
  blocks taken = {0};
  unsigned order = BLOCK_LOG2 - w->page_log2;
  size_t need = (size_t)((wanted->bytes + (UINT64_C(1) << BLOCK_LOG2) - 1) >> BLOCK_LOG2);
  size_t found = SIZE_MAX, tried = need - 1;
  while (found == SIZE_MAX && take_block(w, &taken, order))
    if (taken.count > tried) {
      found = find_run(w, &taken, need, wanted);
      tried = taken.count + taken.count / 8;
    }
  if (found == SIZE_MAX && taken.count)
    found = find_run(w, &taken, need, wanted);
  uint64_t va = found == SIZE_MAX ? 0 : taken.va[found];
  for (size_t i = 0; i < taken.count; i++)
    if (found == SIZE_MAX || i < found || i >= found + need)
      tw_kernel_free_pages(w->kernel, taken.va[i], order);
  free(taken.va);
  return va;
}

static unsigned order_of(const tw_workload *w, uint64_t bytes) {
  unsigned order = 0;
  while (UINT64_C(1) << (order + w->page_log2) < bytes)
    order++;
  return order;
}

static uint64_t take_linear(tw_workload *w, const tw_buffer_wanted *wanted) {
  unsigned order = order_of(w, wanted->bytes);
  if (wanted->at == 0 && order + w->page_log2 <= BLOCK_LOG2)
    return tw_kernel_alloc_pages(w->kernel, order);
  return take_adjacent(w, wanted);
}

// ---- the other regions ----

static uint64_t take_vmap(tw_workload *w, const tw_buffer_wanted *wanted) {
  uint64_t page = UINT64_C(1) << w->page_log2, va = wanted->alias ? wanted->alias->va : take_linear(w, wanted);
  size_t count = (size_t)(wanted->bytes / page);
  uint64_t *pages = va ? malloc(count * sizeof *pages) : NULL;
  for (size_t i = 0; pages && i < count; i++)
    pages[i] = va + i * page;
  uint64_t mapped = pages ? tw_kernel_vmap(w->kernel, pages, count) : 0;
  free(pages);
  return mapped;
}

static uint64_t take(tw_workload *w, const tw_buffer_wanted *wanted) {
  switch (wanted->region) {
  case TW_BUFFER_LINEAR:
    return take_linear(w, wanted);
  case TW_BUFFER_KMALLOC:
    return tw_kernel_kmalloc(w->kernel, wanted->bytes);
  case TW_BUFFER_VMALLOC:
    return tw_kernel_vmalloc(w->kernel, wanted->bytes, TW_VMALLOC_PAGES);
  case TW_BUFFER_VMALLOC_HUGE:
    return tw_kernel_vmalloc(w->kernel, wanted->bytes, TW_VMALLOC_HUGE);
  case TW_BUFFER_VMALLOC_CONTIGUOUS:
    return tw_kernel_vmalloc(w->kernel, wanted->bytes, TW_VMALLOC_CONTIGUOUS);
  case TW_BUFFER_VMAP:
    return take_vmap(w, wanted);
  case TW_BUFFER_MODULE: {
    uint64_t page = UINT64_C(1) << w->page_log2, text = tw_kernel_module(w->kernel, page, wanted->bytes);
    return text ? text + page : 0; // its data follow its text
  }
  case TW_BUFFER_USER:
    return tw_kernel_mmap(w->kernel, wanted->bytes, wanted->user_log2);
  case TW_BUFFER_STACK:
    break;
  }
  return 0;
}

/// A stack is 16 KiB, or a page where that is larger; arm's are 8 KiB.
static unsigned stack_log2(const tw_workload *w) {
  if (w->config.layout.machine == TW_LINUX_ARM)
    return 13;
  return w->page_log2 > 14 ? w->page_log2 : 14;
}

static int take_stacks(tw_workload *w, tw_buffer *buffer) {
  buffer->piece_log2 = stack_log2(w);
  size_t count = (size_t)((buffer->bytes + (UINT64_C(1) << buffer->piece_log2) - 1) >> buffer->piece_log2);
  buffer->pieces = calloc(count, sizeof *buffer->pieces);
  buffer->bytes = (uint64_t)count << buffer->piece_log2;
  buffer->piece = buffer->pieces;
  for (size_t i = 0; buffer->pieces && i < count; i++)
    if (!(buffer->pieces[i] = tw_kernel_stack(w->kernel)))
      return -1;
  return buffer->pieces ? 0 : -1;
}

// ---- where it lies ----

static bool is_linear(const tw_workload *w, const tw_buffer *buffer) {
  uint64_t from = buffer->va - w->layout->linear_va;
  return !buffer->piece && from < w->layout->linear_bytes && buffer->bytes <= w->layout->linear_bytes - from;
}

static int find_frames(tw_workload *w, tw_buffer *buffer, tw_error *error) {
  uint64_t page = UINT64_C(1) << w->page_log2;
  if (is_linear(w, buffer)) {
    buffer->delta = w->layout->linear_pa - w->layout->linear_va;
    return 0;
  }
  size_t count = (size_t)(buffer->bytes >> w->page_log2);
  buffer->frame = malloc((count + 1) * sizeof *buffer->frame);
  if (!buffer->frame)
    return tw_fail(error, "gen:%s: out of memory", w->name);
  for (size_t i = 0; i < count; i++) {
    uint64_t va = tw_buffer_at(buffer, i * page);
    if (!tw_kernel_find(w->kernel, va, &buffer->frame[i]))
      return tw_fail(error, "gen:%s: %#" PRIx64 " of a buffer is not mapped, expected it to be", w->name, va);
  }
  return 0;
}

static int name_it(tw_workload *w, const char *name, const tw_buffer *buffer) {
  char text[32];
  snprintf(text, sizeof text, "buffer %.24s", name);
  if (!buffer->piece)
    return tw_name_region(w, text, buffer->va, buffer->bytes);
  size_t count = (size_t)(buffer->bytes >> buffer->piece_log2);
  for (size_t i = 0; i < count && i < 1024; i++)
    if (tw_name_region(w, text, buffer->piece[i], UINT64_C(1) << buffer->piece_log2) < 0)
      return -1;
  return 0;
}

int tw_buffer_make(tw_workload *w, const tw_buffer_wanted *wanted, tw_buffer *buffer, tw_error *error) {
  uint64_t page = UINT64_C(1) << (wanted->region == TW_BUFFER_USER ? wanted->user_log2 : w->page_log2);
  tw_buffer_wanted whole = *wanted;
  whole.bytes = (wanted->bytes + page - 1) & -page;
  *buffer = (tw_buffer){
      .bytes = whole.bytes, .piece_log2 = w->page_log2, .info = wanted->region == TW_BUFFER_USER ? TW_INFO_EL0 : 0};
  bool made = false;
  if (wanted->region == TW_BUFFER_STACK) {
    made = take_stacks(w, buffer) == 0;
    buffer->va = made ? buffer->piece[0] : 0;
  } else {
    buffer->va = take(w, &whole);
    made = buffer->va != 0;
  }
  if (!made)
    return tw_fail(error, "gen:%s: no memory or no room for %s of %" PRIu64 " KiB, expected less, or more RAM", w->name,
                   wanted->name, whole.bytes >> 10);
  if (find_frames(w, buffer, error) < 0)
    return -1;
  return name_it(w, wanted->name, buffer) < 0 ? tw_fail(error, "gen:%s: out of memory", w->name) : 0;
}

void tw_buffer_free(tw_buffer *buffer) {
  free(buffer->pieces);
  free(buffer->frame);
  *buffer = (tw_buffer){0};
}

// ---- accesses ----

static void place_linear(const tw_buffer *b, const uint64_t *offsets, size_t count, uint64_t *va, uint64_t *pa) {
  for (size_t i = 0; i < count; i++) {
    va[i] = b->va + offsets[i];
    pa[i] = b->va + offsets[i] + b->delta;
  }
}

static void place_pages(const tw_workload *w, const tw_buffer *b, const uint64_t *offsets, size_t count, size_t at) {
  uint64_t *va = w->va + at, *pa = w->pa + at, low = (UINT64_C(1) << w->page_log2) - 1;
  for (size_t i = 0; i < count; i++) {
    va[i] = b->va + offsets[i];
    pa[i] = b->frame[offsets[i] >> w->page_log2] + (offsets[i] & low);
  }
  for (size_t i = 0; b->piece && i < count; i++)
    va[i] = tw_buffer_at(b, offsets[i]);
}

void tw_buffer_access(tw_workload *w, const tw_buffer *buffer, const uint64_t *offsets, size_t count, uint8_t info,
                      uint16_t gap) {
  size_t at = w->count;
  if (count > TW_ROOM - at) {
    tw_workload_fail(w, "one step makes more than %d accesses", TW_STEP_MOST);
    return;
  }
  if (buffer->frame)
    place_pages(w, buffer, offsets, count, at);
  else
    place_linear(buffer, offsets, count, w->va + at, w->pa + at);
  memset(w->info + at, info | buffer->info, count);
  for (size_t i = 0; i < count; i++)
    w->gap[at + i] = gap;
  w->count += count;
}
