// What stands at the ports. Twin: the request inputs of rtl/mmu.sv.
#ifndef TABLEWALK_PORT_H
#define TABLEWALK_PORT_H

#include <stdbool.h>
#include <tablewalk/request.h>

/// The first two have a stage and a channel each.
enum { TW_PORT_DATA, TW_PORT_FETCH, TW_PORT_TLBI, TW_PORT_OUTSIDE, TW_PORTS, TW_STAGES = 2 };

static inline unsigned tw_port_of(unsigned kind) { return kind == TW_ACCESS_FETCH ? TW_PORT_FETCH : TW_PORT_DATA; }

/// What stands at a port.
typedef struct tw_offer {
  bool valid;
  uint64_t cycle;        ///< from which on
  uint64_t stalled_from; ///< the first of these cycles that is not yet counted as a stall
  union {
    tw_request request;
    tw_tlbi tlbi;
  };
} tw_offer;

#endif
