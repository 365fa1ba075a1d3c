// The memory behind the walker as a TLM-2.0 target.
#include "memory_target.h"

#include <cstring>

namespace tw {

MemoryTarget::MemoryTarget(const sc_core::sc_module_name &name, const tw_memory_config &config)
    : sc_core::sc_module(name), socket("socket"), config_(config), memory_(tw_memory_create(&config)), port_{} {
  if (memory_)
    port_ = tw_memory_as_port(memory_);
  socket.register_b_transport(this, &MemoryTarget::transport);
}

MemoryTarget::~MemoryTarget() { tw_memory_destroy(memory_); }

bool MemoryTarget::renew() {
  tw_memory *fresh = tw_memory_create(&config_);
  if (!fresh)
    return false;
  tw_memory_destroy(memory_);
  memory_ = fresh;
  port_ = tw_memory_as_port(memory_);
  return true;
}

/// The payload says what its extension says.
static bool is_walkers(const tlm::tlm_generic_payload &payload, const tw_mem_request &request) {
  tlm::tlm_command command = request.kind == TW_MEM_READ ? tlm::TLM_READ_COMMAND : tlm::TLM_IGNORE_COMMAND;
  return payload.get_command() == command && payload.get_address() == request.pa &&
         payload.get_data_length() == 1u << request.size_log2 && payload.get_data_length() <= sizeof(uint64_t);
}

void MemoryTarget::transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay) {
  WalkExtension *walk = payload.get_extension<WalkExtension>();
  if (!walk || !is_walkers(payload, walk->request)) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return;
  }
  walk->response = {};
  port_.access(port_.context, &walk->request, &walk->response);
  if (walk->request.kind == TW_MEM_READ)
    std::memcpy(payload.get_data_ptr(), &walk->response.data, payload.get_data_length());
  delay += cycles(walk->response.delay);
  payload.set_response_status(walk->response.error ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
}

} // namespace tw
