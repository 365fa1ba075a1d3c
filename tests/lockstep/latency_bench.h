// Pairs for a latency: an event is not yet there in cycle N - 1 and there in cycle N. A row says what is set, what is
// offered and when, which event, and N; it is run on the C model and on the RTL alike.
//
// Without settings: l1_latency 1, l2_latency 3, walk_start 1, walk_step 1, ipa_latency 1, merging; memory gives data
// after 10 cycles. The L2 holds 4K and 64K, so it makes two probes (cover builds: 32M too, three). Before cycle 0 page
// 0 has been read, so a walk in its table is one read. Then a miss that is accepted in cycle 0 stands in its stage in
// 1, makes probes in 4 and 5, its walk begins in 5, reads in 6, has its datum in 16 and is answered in 17.
#ifndef TESTS_LOCKSTEP_LATENCY_BENCH_H
#define TESTS_LOCKSTEP_LATENCY_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tablewalk/config.h>

/// What is offered. Those of one port are offered in their order.
typedef enum tw_offer_kind {
  OFFER_NOTHING,
  OFFER_READ,
  OFFER_WRITE,
  OFFER_FETCH,
  OFFER_AT,       ///< AT S1E1R
  OFFER_TLBI,     ///< TLBI VAAL of page 50
  OFFER_OUTSIDE,  ///< the same from outside
  OFFER_IPAS2,    ///< TLBI IPAS2 of the tables
  OFFER_DSB,      //
  OFFER_DSB_THERE ///< from outside
} tw_offer_kind;

/// Pages with something about them, by number; those from 48 to 63 are a contiguous group.
enum {
  PAGE_NONE = 40,  ///< a translation fault
  PAGE_CLEAN = 41, ///< writable, not yet written
  PAGE_READ_ONLY = 42,
  PAGE_FAR = 43,     ///< its output is past what stage 2 can translate
  PAGE_NO_FLAG = 44, ///< the Access flag is to be set
  PAGE_CONTIGUOUS = 48,
  PAGE_BLOCK = 64,   ///< in a block of 2M
  PAGE_HALF_1 = 65,  ///< EPD1
  PAGE_BAD = 66,     ///< not canonical
  PAGE_DEEP = 100,   ///< and on: in a region in which all tables and pages are in sets of their own of 5
  PAGE_DEEP_2 = 170, ///< its table of level 2 is another's, of level 1 that of PAGE_DEEP
  PAGE_DEEP_1 = 180, ///< its table of level 1 is another's too
};

typedef struct tw_offer {
  tw_offer_kind kind;
  uint8_t page;
  uint16_t cycle; ///< from cycle 0 of the row on
  uint32_t id;
} tw_offer;

/// One member of tw_mmu_config.
typedef struct tw_setting {
  size_t offset;
  uint32_t value; ///< 0: no setting
} tw_setting;
#define SET(field, number)                                                                                             \
  { offsetof(tw_mmu_config, field), number }

/// Cycles in which a port takes nothing: from .. to - 1.
typedef struct tw_window {
  uint16_t from, to;
} tw_window;

typedef enum tw_event_kind {
  EVENT_ANSWER, ///< the response to `number` stands at its channel; `found` is a tw_found
  EVENT_ACCESS, ///< access `number` of the walk engine since cycle 0, from 0 on
  EVENT_TAKEN,  ///< port `number` (tw_port_number) accepts what stands there
} tw_event_kind;
typedef enum tw_port_number { PORT_DATA, PORT_FETCH, PORT_TLBI, PORT_OUTSIDE } tw_port_number;

typedef struct tw_event {
  tw_event_kind kind;
  uint32_t number;
  unsigned found;
} tw_event;

typedef enum tw_state { STATE_PLAIN, STATE_OFF, STATE_STAGE_2 } tw_state;
enum { OFFERS_MOST = 7, SETTINGS_MOST = 3, WARM_MOST = 2, DELAYS_MOST = 2 };

typedef struct tw_latency_row {
  const char *latency; ///< a name that rows of one latency share
  const char *formula; ///< N, as the chapter has it
  const char *build;   ///< NULL: "tiny"
  tw_setting set[SETTINGS_MOST];
  bool merge_off, cold; ///< cold: nothing has been read before
  tw_sizes more_sizes;  ///< the L2 holds them too
  tw_memory_config memory;
  tw_state state;
  tw_offer warm[WARM_MOST]; ///< before cycle 0, after page 0 (cover builds: instead)
  tw_offer offers[OFFERS_MOST];
  tw_window channel, memory_port; ///< the miss channel, memory: closed
  uint16_t delay[DELAYS_MOST];    ///< of the first accesses; 0: the memory's own
  tw_event event;
  unsigned n;
} tw_latency_row;

/// The rows, in latency_table.c; `count` is set.
const tw_latency_row *tw_latency_rows(size_t *count);

/// One row on one side, with `n` for N. NULL: not there in n - 1, there in n; else what is wrong.
const char *tw_latency_run(const tw_latency_row *row, bool rtl, unsigned n);

#endif
