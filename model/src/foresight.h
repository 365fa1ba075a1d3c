// Which descriptors the requests ahead will read, so that the host fetches them in time. No twin: it changes no answer
// and no cycle, only the model's own speed.
#ifndef TABLEWALK_FORESIGHT_H
#define TABLEWALK_FORESIGHT_H

#include "walker.h"

enum { TW_FORESIGHT_PLACES = 4096, TW_FORESIGHT_AHEAD = 32, TW_FORESIGHT_SHIFT = 9 };

/// The tables that leaf descriptors were last read from, by 2 MiB of virtual addresses: bits 43:12 of their addresses;
/// 0: none. Whether it was this region's is not asked: little is lost if it was another's.
typedef struct tw_foresight {
  uint32_t table[TW_FORESIGHT_PLACES];
} tw_foresight;

static inline unsigned tw_foresight_place(uint64_t region) {
  return (unsigned)((region * 0x9e3779b97f4a7c15ULL) >> 52);
}

/// The way of leaf descriptors in these registers can be foreseen: 64-bit ones at addresses that are physical.
static inline bool tw_foresight_knows(const tw_regime *regime) {
  return !regime->stage2.on && !regime->aarch32 && regime->kind != TW_REGIME_X86;
}

/// A walk has ended in a leaf at level 3 of the table at walk->base.
static inline void tw_foresight_learn(tw_foresight *f, const tw_walk *walk) {
  if (walk->at.level != 3 || !tw_foresight_knows(walk->at.regime))
    return;
  f->table[tw_foresight_place(walk->key >> TW_FORESIGHT_SHIFT)] = (uint32_t)(walk->base >> 12);
}

/// Address of the descriptor that a walk for `key` would read last; 0: its table does not seem to be known.
static inline uint64_t tw_foresight_of(const tw_foresight *f, uint64_t key, unsigned granule) {
  uint64_t table = (uint64_t)f->table[tw_foresight_place(key >> TW_FORESIGHT_SHIFT)] << 12;
  return table ? table | (key >> (granule - 12) & tw_low(granule - 3)) << 3 : 0;
}

#endif
