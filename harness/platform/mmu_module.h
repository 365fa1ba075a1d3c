// The MMU's clock domain as a SystemC module: ports, the Verilated MMU, and its walker's accesses as TLM transactions.
//
// An SC_METHOD runs up to kQuantum cycles an activation and then waits until SystemC's time has come to its own. In
// between nothing outside can happen: requests are offered and collected between two calls of run_until or replay, and
// the memory answers a transaction at once with its delay annotated.
#ifndef HARNESS_PLATFORM_MMU_MODULE_H
#define HARNESS_PLATFORM_MMU_MODULE_H

#include "dut.h"
#include "memory_target.h"
#include "platform.h"

#include <deque>
#include <string>
#include <tlm_utils/simple_initiator_socket.h>
#include <vector>

namespace tw {

struct Answer {
  tw_response response;
  tw_platform_syndrome syndrome;
};

/// A batch that is played: requests, at most `window` at once, or one TLBI.
struct Batch {
  const tw_request *requests = nullptr;
  const uint16_t *gaps = nullptr; ///< cycles from one offer to the next at least; null: none
  const tw_tlbi *tlbi = nullptr;
  size_t count = 0;
  uint32_t window = 1;
  tw_response *responses = nullptr; ///< in the order of the requests
  tw_platform_syndrome *syndromes = nullptr;
  size_t offered = 0, answered = 0;
  uint64_t offered_at = 0; ///< cycle of the last offer
};

class MmuModule : public sc_core::sc_module {
public:
  tlm_utils::simple_initiator_socket<MmuModule> socket;

  /// lines: the MMU looks at the 32 bytes around a descriptor (`coalesce`).
  MmuModule(const sc_core::sc_module_name &name, std::unique_ptr<Dut> dut, MemoryTarget &memory, bool lines);

  Dut &dut() { return *dut_; }
  uint64_t now() const { return now_; }
  bool busy() const;
  /// A prefetch is under way: the registers must not change.
  bool prefetching() const { return outputs_.prefetching; }
  /// Let time pass until none is, and none waits to begin.
  void settle();
  bool ready_after_reset() const { return ready_; }

  bool offer(const tw_request &request);
  bool offer(const tw_tlbi &tlbi);
  void run_until(uint64_t cycle);
  void set_response_port(const tw_response_port &port) { response_port_ = port; }
  /// False: the RTL did not answer in time.
  bool play(Batch *batch);
  size_t collect(tw_response *responses, tw_platform_syndrome *syndromes, size_t max);

  void log(bool on) { logging_ = on; }
  size_t drain(tw_platform_access *accesses, size_t max);

  bool open_waves(const char *path);
  void end_waves(bool keep);

private:
  enum : uint64_t { kQuantum = 1000, kHangCycles = 100000 };
  enum : unsigned { kPortData, kPortFetch, kPorts };
  enum : unsigned { kOwn, kOutside, kMaintenancePorts };

  struct InFlight {
    uint64_t accepted;
    uint32_t id;
    uint8_t kind, el, at, outside;
  };
  struct Arrival {
    uint64_t cycle, data;
    uint8_t tag, error;
    bool lined; ///< the line is in line_, by the tag
  };
  /// What a response tells of its walk's accesses.
  struct WalkCounts {
    uint8_t reads[TW_LEVELS], stage2_reads, updates;
  };

  void run();
  void step();
  void wake_and_run();
  bool hung() const;
  void drive(DutInputs *inputs);
  void accept(const DutInputs &inputs, unsigned ready);
  void drive_maintenance(DutInputs *inputs);
  void drive_credits(DutInputs *inputs);
  void deliver(DutInputs *inputs);
  void access_memory();
  bool keep_line(const tw_mem_request &request, const tw_mem_response &response);
  uint64_t free_cycle(uint64_t cycle) const;
  void count_access(const tw_mem_request &request);
  void observe();
  void take_response(const DutResponse &response);
  InFlight match(const DutResponse &response, bool *exactly);
  void answer_batch(const Answer &answer, const InFlight &request, bool exactly);
  void feed_batch();
  bool feed_request();
  void turn_waves();
  std::string other_waves() const { return waves_path_ + ".other"; }

  std::unique_ptr<Dut> dut_;
  MemoryTarget &memory_;
  sc_core::sc_event wake_;
  DutOutputs outputs_; ///< of cycle now_
  bool ready_;
  const bool lines_; ///< reads of 8 bytes want their line
  uint64_t now_ = 0, until_ = 0;
  uint64_t awaited_since_ = 0; ///< cycle since which the batch waits for its next answer
  tw_response_port response_port_ = {};
  // ports
  bool held_[kPorts] = {}, held_tlbi_[kMaintenancePorts] = {};
  tw_request request_[kPorts] = {};
  tw_tlbi tlbi_[kMaintenancePorts] = {};
  // under way
  std::vector<InFlight> in_flight_;      ///< in order of acceptance
  std::vector<Arrival> arrivals_;        ///< no two of one cycle
  WalkCounts counts_[TW_WALKS_MAX] = {}; ///< by the walk's number
  uint64_t line_[TW_WALKS_MAX][4] = {};  ///< likewise: each has one access out at most
  // done
  std::deque<Answer> answers_;
  Batch *batch_ = nullptr;
  // log
  bool logging_ = false;
  std::vector<tw_platform_access> log_;
  size_t drained_ = 0;
  // the transaction that all accesses use
  tlm::tlm_generic_payload payload_;
  WalkExtension *walk_ = new WalkExtension; ///< belongs to payload_
  uint64_t data_ = 0;
  // waves
  std::string waves_path_;
  uint64_t waves_turn_ = 0; ///< cycle in which the other file's turn comes
  bool waves_in_other_ = false, waves_turned_ = false;
};

} // namespace tw
#endif
