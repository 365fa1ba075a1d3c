// A ring of blocks. The reader fills one with as many batches as it holds, accesses in columns and a part for each
// batch; the taker gives it back when it asks for what follows it. Between them pass whole blocks alone, since batches
// can be as short as one access.
#define _POSIX_C_SOURCE 200809L
#include "ahead.h"

#include "reader.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 3, PARTS = 1024 };

/// One batch: its accesses follow those of the part before.
typedef struct part {
  size_t count;
  uint64_t first;
  tw_event event;
} part;

typedef struct block {
  tw_columns columns;
  size_t accesses, parts;
  part part[PARTS];
  int status; ///< of tw_trace_next after the parts: 1: more follow in the next block
  tw_error error;
} block;

struct tw_ahead {
  tw_trace *trace;
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t filled, emptied;
  size_t full; ///< blocks that are filled and not given back
  bool stopped;
  size_t at;           ///< taker's: number of the block
  size_t part, access; ///< taker's: what comes next in it
  tw_batch left;       ///< reader's: a batch that had no room in the block before
  bool has_left;
  block block[BLOCKS];
};

// ---- the reader ----

static bool has_room(const block *b, const tw_batch *batch) {
  return b->parts < PARTS && b->accesses + batch->count <= TW_BATCH_MAX;
}

static void put(block *b, const tw_batch *batch) {
  size_t at = b->accesses, count = batch->count;
  if (count) {
    memcpy(b->columns.va + at, batch->va, count * sizeof *batch->va);
    memcpy(b->columns.pa + at, batch->pa, count * sizeof *batch->pa);
    memcpy(b->columns.info + at, batch->info, count * sizeof *batch->info);
    memcpy(b->columns.gap + at, batch->gap, count * sizeof *batch->gap);
  }
  b->part[b->parts++] = (part){count, batch->first, batch->event};
  b->accesses += count;
}

/// Batches until the block is full or the trace ends. A batch that has no room stands in `left`: its arrays live until
/// the trace is read on, which is after it was put.
static void fill(tw_ahead *a, block *b) {
  b->accesses = b->parts = 0;
  b->status = 1;
  while (b->status > 0) {
    if (!a->has_left)
      b->status = tw_trace_next(a->trace, &a->left, &b->error);
    a->has_left = b->status > 0 && !has_room(b, &a->left);
    if (a->has_left || b->status <= 0)
      return;
    put(b, &a->left);
  }
}

/// Wait until a block is free. False: there is no need of more.
static bool await_empty(tw_ahead *a) {
  pthread_mutex_lock(&a->mutex);
  while (a->full == BLOCKS && !a->stopped)
    pthread_cond_wait(&a->emptied, &a->mutex);
  bool stopped = a->stopped;
  pthread_mutex_unlock(&a->mutex);
  return !stopped;
}

static void *read_ahead(void *context) {
  tw_ahead *a = context;
  bool going = true;
  for (size_t n = 0; going && await_empty(a); n = (n + 1) % BLOCKS) {
    fill(a, &a->block[n]);
    going = a->block[n].status > 0;
    pthread_mutex_lock(&a->mutex);
    a->full++;
    pthread_cond_signal(&a->filled);
    pthread_mutex_unlock(&a->mutex);
  }
  return NULL;
}

// ---- the taker ----

static void await_filled(tw_ahead *a) {
  pthread_mutex_lock(&a->mutex);
  while (a->full == 0)
    pthread_cond_wait(&a->filled, &a->mutex);
  pthread_mutex_unlock(&a->mutex);
}

static void give_back(tw_ahead *a) {
  a->at = (a->at + 1) % BLOCKS;
  a->part = a->access = 0;
  pthread_mutex_lock(&a->mutex);
  a->full--;
  pthread_cond_signal(&a->emptied);
  pthread_mutex_unlock(&a->mutex);
}

int tw_ahead_next(tw_ahead *a, tw_batch *batch, tw_error *error) {
  await_filled(a);
  const block *b = &a->block[a->at];
  if (a->part == b->parts && b->status > 0) {
    give_back(a);
    await_filled(a);
    b = &a->block[a->at];
  }
  *batch = (tw_batch){0};
  if (a->part == b->parts) {
    if (b->status < 0 && error)
      *error = b->error;
    return b->status;
  }
  const part *p = &b->part[a->part++];
  *batch = (tw_batch){.count = p->count,
                      .va = b->columns.va + a->access,
                      .info = b->columns.info + a->access,
                      .gap = b->columns.gap + a->access,
                      .pa = b->columns.pa + a->access,
                      .event = p->event,
                      .first = p->first};
  a->access += p->count;
  return 1;
}

// ---- start and stop ----

static void free_blocks(tw_ahead *a) {
  for (size_t i = 0; i < BLOCKS; i++)
    tw_columns_destroy(&a->block[i].columns);
  free(a);
}

static bool make_blocks(tw_ahead *a) {
  for (size_t i = 0; i < BLOCKS; i++)
    if (tw_columns_create(&a->block[i].columns) < 0)
      return false;
  return true;
}

tw_ahead *tw_ahead_start(tw_trace *trace, tw_error *error) {
  tw_ahead *a = calloc(1, sizeof *a);
  if (!a || !make_blocks(a)) {
    if (a)
      free_blocks(a);
    tw_fail(error, "out of memory");
    return NULL;
  }
  a->trace = trace;
  pthread_mutex_init(&a->mutex, NULL);
  pthread_cond_init(&a->filled, NULL);
  pthread_cond_init(&a->emptied, NULL);
  int why = pthread_create(&a->thread, NULL, read_ahead, a);
  if (why == 0)
    return a;
  free_blocks(a);
  tw_fail(error, "no thread can be made to read with: %s", strerror(why));
  return NULL;
}

void tw_ahead_stop(tw_ahead *a) {
  if (!a)
    return;
  pthread_mutex_lock(&a->mutex);
  a->stopped = true;
  pthread_cond_signal(&a->emptied);
  pthread_mutex_unlock(&a->mutex);
  pthread_join(a->thread, NULL);
  pthread_cond_destroy(&a->filled);
  pthread_cond_destroy(&a->emptied);
  pthread_mutex_destroy(&a->mutex);
  free_blocks(a);
}
