// A frame that begins a free block knows the block's order and its neighbours in the order's list. Lists are taken from
// at the head; what is freed goes to the head, unless the block above it is likely to be whole soon
// (buddy_merge_likely): then to the tail, so that its buddy is not taken first.
#include "buddy.h"

#include <stdlib.h>

typedef struct link {
  uint32_t next, prev; ///< frame + 1; 0: none
} link;

struct tw_buddy {
  uint64_t first;
  uint32_t frames;
  unsigned orders;
  uint8_t *order; ///< of a free block's first frame, plus 1; else 0
  link *links;
  struct list {
    uint32_t head, tail; ///< frame + 1
    uint64_t blocks;
  } lists[TW_BUDDY_ORDERS];
};

tw_buddy *tw_buddy_create(uint64_t first, uint64_t frames, unsigned orders) {
  tw_buddy *buddy = calloc(1, sizeof *buddy);
  if (!buddy)
    return NULL;
  buddy->first = first;
  buddy->frames = (uint32_t)frames;
  buddy->orders = orders;
  buddy->order = calloc(frames + 1, sizeof *buddy->order);
  buddy->links = calloc(frames + 1, sizeof *buddy->links);
  if (buddy->order && buddy->links && frames < UINT32_MAX / 2)
    return buddy;
  tw_buddy_destroy(buddy);
  return NULL;
}

void tw_buddy_destroy(tw_buddy *buddy) {
  if (!buddy)
    return;
  free(buddy->order);
  free(buddy->links);
  free(buddy);
}

// ---- lists ----

static void insert(tw_buddy *buddy, uint32_t frame, unsigned order, bool to_tail) {
  struct list *list = &buddy->lists[order];
  uint32_t prev = to_tail ? list->tail : 0, next = to_tail ? 0 : list->head;
  buddy->links[frame] = (link){.next = next, .prev = prev};
  buddy->order[frame] = (uint8_t)(order + 1);
  *(prev ? &buddy->links[prev - 1].next : &list->head) = frame + 1;
  *(next ? &buddy->links[next - 1].prev : &list->tail) = frame + 1;
  list->blocks++;
}

static void drop(tw_buddy *buddy, uint32_t frame, unsigned order) {
  struct list *list = &buddy->lists[order];
  link at = buddy->links[frame];
  *(at.prev ? &buddy->links[at.prev - 1].next : &list->head) = at.next;
  *(at.next ? &buddy->links[at.next - 1].prev : &list->tail) = at.prev;
  buddy->order[frame] = 0;
  list->blocks--;
}

// ---- take ----

uint64_t tw_buddy_take(tw_buddy *buddy, unsigned order) {
  unsigned found = order;
  while (found < buddy->orders && !buddy->lists[found].head)
    found++;
  if (found >= buddy->orders)
    return UINT64_MAX;
  uint32_t frame = buddy->lists[found].head - 1;
  drop(buddy, frame, found);
  while (found > order) { // the upper half goes back, the lower is split on
    found--;
    insert(buddy, frame + (1U << found), found, false);
  }
  return buddy->first + frame;
}

uint64_t tw_buddy_take_large(tw_buddy *buddy, unsigned order) {
  unsigned most = buddy->orders - 1;
  uint64_t block = UINT64_C(1) << most, frames = UINT64_C(1) << order, end = buddy->first + buddy->frames;
  for (uint64_t from = (buddy->first + frames - 1) & -frames; from + frames <= end; from += frames) {
    uint64_t at = from;
    while (at < from + frames && buddy->order[at - buddy->first] == most + 1)
      at += block;
    if (at < from + frames)
      continue;
    for (at = from; at < from + frames; at += block)
      drop(buddy, (uint32_t)(at - buddy->first), most);
    return from;
  }
  return UINT64_MAX;
}

// ---- give ----

/// Physical frame numbers decide who is whose buddy. The buddy of a block, if it is a free one of the same order;
/// UINT32_MAX: not.
static uint32_t free_buddy(const tw_buddy *buddy, uint64_t number, unsigned order) {
  uint64_t other = (number ^ UINT64_C(1) << order) - buddy->first;
  bool inside = other < buddy->frames && (number ^ UINT64_C(1) << order) >= buddy->first;
  return inside && buddy->order[other] == order + 1 ? (uint32_t)other : UINT32_MAX;
}

static void give(tw_buddy *buddy, uint64_t number, unsigned order, bool to_tail) {
  while (order + 1 < buddy->orders) {
    uint32_t other = free_buddy(buddy, number, order);
    if (other == UINT32_MAX)
      break;
    drop(buddy, other, order);
    number &= ~(UINT64_C(1) << order);
    order++;
  }
  if (order + 2 < buddy->orders) {
    uint64_t above = number & ~(UINT64_C(1) << order);
    to_tail |= free_buddy(buddy, above, order + 1) != UINT32_MAX;
  }
  insert(buddy, (uint32_t)(number - buddy->first), order, to_tail);
}

void tw_buddy_give(tw_buddy *buddy, uint64_t frame, unsigned order) { give(buddy, frame, order, false); }

void tw_buddy_give_range(tw_buddy *buddy, uint64_t frame, uint64_t frames) {
  while (frames) {
    unsigned order = buddy->orders - 1;
    while (frame & ((UINT64_C(1) << order) - 1) || UINT64_C(1) << order > frames)
      order--;
    give(buddy, frame, order, true);
    frame += UINT64_C(1) << order;
    frames -= UINT64_C(1) << order;
  }
}

bool tw_buddy_holds(const tw_buddy *buddy, uint64_t frame) {
  return frame >= buddy->first && frame - buddy->first < buddy->frames;
}

// ---- figures ----

uint64_t tw_buddy_free_blocks(const tw_buddy *buddy, unsigned order) { return buddy->lists[order].blocks; }

void tw_buddy_count(const tw_buddy *buddy, unsigned order, tw_buddy_figures *figures) {
  for (unsigned i = 0; i < buddy->orders; i++) {
    uint64_t blocks = buddy->lists[i].blocks;
    figures->free_blocks += blocks;
    figures->free_frames += blocks << i;
    if (i >= order)
      figures->suitable += blocks << (i - order);
  }
}

int64_t tw_fragmentation_index(const tw_buddy_figures *figures, unsigned order) {
  if (!figures->free_blocks)
    return 0;
  if (figures->suitable)
    return -1000;
  return 1000 - (int64_t)((1000 + (figures->free_frames * 1000 >> order)) / figures->free_blocks);
}

int64_t tw_unusable_free_index(const tw_buddy_figures *figures, unsigned order) {
  if (!figures->free_frames)
    return 1000;
  return (int64_t)((figures->free_frames - (figures->suitable << order)) * 1000 / figures->free_frames);
}
