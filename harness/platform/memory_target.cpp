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

void MemoryTarget::transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay) {
  WalkExtension *walk = payload.get_extension<WalkExtension>();
  if (payload.get_command() != tlm::TLM_READ_COMMAND || payload.get_data_length() != sizeof(uint64_t) || !walk) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return;
  }
  tw_mem_request request = {};
  request.pa = payload.get_address();
  request.cycle = walk->cycle;
  request.kind = TW_MEM_READ;
  request.size_log2 = 3;
  request.tag = walk->tag;
  request.level = walk->level;
  tw_mem_response response = {};
  port_.access(port_.context, &request, &response);
  std::memcpy(payload.get_data_ptr(), &response.data, sizeof response.data);
  delay += cycles(response.delay);
  payload.set_response_status(response.error ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
}

} // namespace tw
