// The response channels and the answers that wait for their caller. Twin: rtl/response.sv.
#include "response.h"

#include "mmu_internal.h"

// ---- given ----

static void give(tw_mmu *mmu, const tw_response *response, bool accesses) {
  tw_channels *channels = &mmu->channels;
  channels->given[(channels->first + channels->count++) % TW_ANSWERS] = *response;
  if (accesses && mmu->port.translated)
    mmu->port.translated(mmu->port.context, response->pa);
}

void tw_respond(tw_mmu *mmu, const tw_request *request, const tw_response *response) {
  give(mmu, response, request && tw_accesses(request, response));
}

const tw_response *tw_channels_take_last(tw_channels *channels) {
  return &channels->given[(channels->first + --channels->count) % TW_ANSWERS];
}

size_t tw_mmu_collect(tw_mmu *mmu, tw_response *responses, size_t max) {
  tw_channels *channels = &mmu->channels;
  size_t count = 0;
  for (; count < max && channels->count; count++) {
    responses[count] = channels->given[channels->first];
    channels->first = (channels->first + 1) % TW_ANSWERS;
    channels->count--;
  }
  return count;
}

// ---- on their way ----

void tw_respond_later(tw_mmu *mmu, unsigned port, const tw_request *request, const tw_response *response) {
  tw_delay_line *line = &mmu->channels.line[port];
  line->answer[(line->first + line->count++) % TW_LINE] = (tw_delayed){*response, tw_accesses(request, response)};
}

void tw_delay_line_do(tw_mmu *mmu, unsigned port, uint64_t cycle) {
  tw_delay_line *line = &mmu->channels.line[port];
  const tw_delayed *next = &line->answer[line->first];
  if (!line->count || next->response.cycle != cycle)
    return;
  give(mmu, &next->response, next->accesses);
  line->first = (line->first + 1) % TW_LINE;
  line->count--;
}

uint64_t tw_delay_lines_next(const tw_channels *channels) {
  uint64_t next = UINT64_MAX;
  for (unsigned port = 0; port < TW_STAGES; port++) {
    const tw_delay_line *line = &channels->line[port];
    if (line->count && line->answer[line->first].response.cycle < next)
      next = line->answer[line->first].response.cycle;
  }
  return next;
}
