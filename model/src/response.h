// The response channels and the answers that wait for their caller. Twin: rtl/response.sv.
#ifndef TABLEWALK_RESPONSE_H
#define TABLEWALK_RESPONSE_H

#include <tablewalk/mmu.h>

#include "port.h"

enum { TW_LINE = 16, TW_ANSWERS = 1024, TW_ANSWERS_ROOM = 128 };

/// An answer on its way to its channel.
typedef struct tw_delayed {
  tw_response response;
  bool accesses; ///< its data access goes to memory
} tw_delayed;

/// Answers of an L1 whose cycle has not come.
typedef struct tw_delay_line {
  tw_delayed answer[TW_LINE];
  unsigned first, count;
} tw_delay_line;

typedef struct tw_channels {
  tw_delay_line line[TW_STAGES];
  tw_response_port port;
  uint64_t miss_open_at; ///< the miss channel takes nothing before
  // given, in order, and not yet collected
  tw_response given[TW_ANSWERS];
  size_t first, count;
} tw_channels;

/// Give an answer that stands at its channel now. `request`: what was asked, NULL for maintenance.
void tw_respond(tw_mmu *mmu, const tw_request *request, const tw_response *response);
/// Let an answer of a stage stand at its channel at its cycle.
void tw_respond_later(tw_mmu *mmu, unsigned port, const tw_request *request, const tw_response *response);
/// Give what stands in `cycle` at the channel of a stage.
void tw_delay_line_do(tw_mmu *mmu, unsigned port, uint64_t cycle);
/// The next cycle in which something stands at the channel of a stage; UINT64_MAX: none.
uint64_t tw_delay_lines_next(const tw_channels *channels);

static inline bool tw_channels_have_room(const tw_channels *channels) {
  return channels->count <= TW_ANSWERS - TW_ANSWERS_ROOM;
}
/// The answer given last, taken back.
const tw_response *tw_channels_take_last(tw_channels *channels);

/// What a response does to memory. An AT accesses nothing.
static inline bool tw_accesses(const tw_request *request, const tw_response *r) {
  return !r->fault && request->at == TW_AT_NONE;
}

#endif
