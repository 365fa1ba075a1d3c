// The miss queue: requests that have missed their L1, from there to their responses. Twin: rtl/miss_queue.sv.
#ifndef TABLEWALK_MISS_QUEUE_H
#define TABLEWALK_MISS_QUEUE_H

#include <tablewalk/mmu.h>

#include "entry.h"
#include "regime.h"

struct tw_cycle;
struct tw_stage_decision;

/// Entries of the queue: bit n is entry n.
typedef uint32_t tw_misses;
enum { TW_NO_MISS = 0xff, TW_NO_PORT = 0xff };

typedef struct tw_miss {
  tw_request request; ///< its privilege as it counts
  const tw_half *half;
  uint64_t va, key;
  uint64_t accepted;
  uint64_t age;    ///< number of its entering
  uint64_t due;    ///< Look: its first probe
  unsigned access; ///< its number
  uint8_t port;    ///< TW_NO_PORT: a prefetch
  bool bypass;     ///< of the TLBs
  uint8_t with;    ///< Merged: the entry it waits for
  uint8_t walk;    ///< Walk: its number
  // Woken: what answered the entry it was merged with
  tw_translation by;
  uint64_t by_pa;
} tw_miss;

typedef struct tw_miss_queue {
  tw_miss entry[TW_MISSES_MAX];
  tw_misses usable;
  tw_misses look, merged, wait, walk, woken; ///< by state: each entry is in one set at most
  tw_misses stale;                           ///< of those that walk
  tw_misses awaited;                         ///< by the maintenance unit
  tw_misses prefetch;                        ///< of no port
  uint64_t entered;                          ///< how many have
  uint8_t entered_last;                      ///< port of the last one
} tw_miss_queue;

static inline tw_misses tw_miss_bit(unsigned entry) { return (tw_misses)1 << entry; }
static inline tw_misses tw_misses_valid(const tw_miss_queue *q) {
  return q->look | q->merged | q->wait | q->walk | q->woken;
}

static inline bool tw_is_prefetch(const tw_miss_queue *q, unsigned entry) { return q->prefetch >> entry & 1; }

/// The oldest of the entries `of`, which are some.
unsigned tw_misses_oldest(const tw_miss_queue *queue, tw_misses of);
/// The oldest of those that are due by `cycle`; TW_NO_MISS.
unsigned tw_misses_oldest_due(const tw_miss_queue *queue, tw_misses of, uint64_t cycle);

void tw_miss_queue_init(tw_miss_queue *queue, const tw_mmu_config *config);

/// The Woken entry whose turn it is, and whether its response stands at the miss channel.
void tw_miss_queue_decide(const tw_mmu *mmu, struct tw_cycle *c);
/// log2 of the bytes within which one translation serves: the lesser of both stages' pages.
unsigned tw_merge_page(const tw_regime *regime, const tw_half *half);
/// The entry that a request entering in this cycle is merged with; TW_NO_MISS.
unsigned tw_miss_queue_merge(const tw_mmu *mmu, unsigned port, const struct tw_stage_decision *d,
                             const struct tw_cycle *c);
/// Take in the request of a port's stage.
void tw_miss_queue_enter(tw_mmu *mmu, unsigned port, const struct tw_cycle *c);
/// Take in a prefetch.
void tw_miss_queue_enter_prefetch(tw_mmu *mmu, uint64_t va, const tw_half *half, const struct tw_cycle *c);
/// An entry is answered: it is free, and those that are merged with it go on, woken by `by` (its output address `pa`)
/// unless that is NULL.
void tw_miss_queue_answered(tw_miss_queue *queue, unsigned entry, uint64_t cycle, const tw_translation *by,
                            uint64_t pa);
/// A Woken entry that its translation does not serve.
void tw_miss_queue_look_again(tw_miss_queue *queue, unsigned entry, uint64_t cycle);

#endif
