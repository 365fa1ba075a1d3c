// The memory behind the walker as a TLM-2.0 target. What generic payload has no place for goes in an extension: a
// compare-and-swap, which TLM has no command for, is an ignored command with all of it there.
#ifndef HARNESS_PLATFORM_MEMORY_TARGET_H
#define HARNESS_PLATFORM_MEMORY_TARGET_H

#include <systemc>
#include <tablewalk/memory.h>
#include <tlm>
#include <tlm_utils/simple_target_socket.h>

namespace tw {

/// One cycle of the MMU's clock.
inline sc_core::sc_time cycles(uint64_t count) { return sc_core::sc_time::from_value(count * 1000); }
inline uint64_t to_cycles(const sc_core::sc_time &time) { return time.value() / 1000; }

/// The walker's access, and what the memory answered.
struct WalkExtension : tlm::tlm_extension<WalkExtension> {
  tw_mem_request request = {};
  tw_mem_response response = {};
  tlm::tlm_extension_base *clone() const override { return new WalkExtension(*this); }
  void copy_from(const tlm::tlm_extension_base &other) override { *this = static_cast<const WalkExtension &>(other); }
};

/// Answers reads and compare-and-swaps of 4 and 8 bytes; the latency is annotated on the delay.
class MemoryTarget : public sc_core::sc_module {
public:
  tlm_utils::simple_target_socket<MemoryTarget> socket;

  MemoryTarget(const sc_core::sc_module_name &name, const tw_memory_config &config);
  ~MemoryTarget() override;

  tw_memory *memory() const { return memory_; }
  /// False: the host's memory ran out; the old one stays.
  bool renew();
  /// Accesses go to `port` from now on, until renew(): it stands before the memory's own.
  void interpose(const tw_memory_port &port) { port_ = port; }
  /// A request is taken in `cycle`, all earlier ones having been made.
  bool open(uint64_t cycle) const { return !port_.open_at || port_.open_at(port_.context, cycle) == cycle; }
  /// The data access of a translation goes to `pa`.
  void translated(uint64_t pa) {
    if (port_.translated)
      port_.translated(port_.context, pa);
  }

private:
  void transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);

  tw_memory_config config_;
  tw_memory *memory_;
  tw_memory_port port_;
};

} // namespace tw
#endif
