// Which entry of a full group a fill replaces: LRU, tree PLRU, FIFO, random, NRU. Twins: rtl/lru.sv, rtl/plru.sv,
// rtl/lfsr.sv, rtl/nru.sv.
//
// A group is a set, or all entries of a fully associative array. Where the RTL keeps trees and bits, here stands the
// time of each entry's last use: a hit writes one number whatever the policy, and the victim is worked out at the fill.
#ifndef TABLEWALK_REPLACEMENT_H
#define TABLEWALK_REPLACEMENT_H

#include <tablewalk/config.h>

/// The part of a policy's state that all groups of an array share.
typedef struct tw_replacer {
  uint32_t policy; ///< tw_replacement
  uint16_t lfsr;
} tw_replacer;

/// A full group at a fill. Times grow with every use and fill of the array and are never 0; 0: not since the reset.
typedef struct tw_group {
  const uint64_t *used;   ///< [count]: last use by a hit or a fill; dropping an entry leaves it
  const uint64_t *filled; ///< [count]: last fill
  uint64_t *cleared;      ///< NRU: when all bits were last cleared; a bit is set if its entry was used since
  uint64_t now;           ///< of the array's last use or fill
  unsigned count;         ///< 1 to 64
} tw_group;

void tw_replacer_init(tw_replacer *replacer, uint32_t policy);
/// The entry of a full group that a fill replaces. It is not yet used.
unsigned tw_replacer_victim(tw_replacer *replacer, const tw_group *group);

#endif
