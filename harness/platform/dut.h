// One Verilated MMU as the platform sees it: inputs of a cycle in, outputs of the next cycle out.
//
// The platform never sees a Verilated class; verilated_adapter.cpp makes a Dut of each.
#ifndef HARNESS_PLATFORM_DUT_H
#define HARNESS_PLATFORM_DUT_H

#include <memory>
#include <tablewalk/mmu.h>

namespace tw {

/// What is driven in one cycle. Null: that port's valid is low.
struct DutInputs {
  const tw_request *data = nullptr;
  const tw_request *fetch = nullptr;
  const tw_tlbi *tlbi = nullptr;
  const tw_tlbi *outside = nullptr;
  bool miss_ready = true;   ///< credits: the miss channel, and memory, are open in the next cycle
  bool memory_ready = true; //
  bool memory_valid = false;
  uint8_t memory_error = TW_MEM_OK; ///< tw_mem_error
  uint8_t memory_tag = 0;
  uint64_t memory_data = 0;
  const uint64_t *memory_line = nullptr; ///< [4]: the aligned 32 bytes that a read is in; null: they are not looked at
};

/// Ports that are ready in a cycle: bits of what `Dut::cycle` returns.
enum : unsigned { kReadyData = 1, kReadyFetch = 2, kReadyTlbi = 4, kReadyOutside = 8 };

/// Response channels, in the order in which responses of one cycle count.
enum : unsigned { kChannelData, kChannelFetch, kChannelMiss, kChannelTlbi, kChannels };

/// What stands at a response channel. Without `valid` the rest means nothing.
struct DutResponse {
  bool valid = false;
  bool outside = false; ///< maintenance: it came by the outside port
  uint8_t walk = 0;     ///< number of the walk, `found` being a walk
  tw_response response = {};
  uint64_t par = 0;
  uint64_t hpfar = 0;
  uint32_t esr = 0;
};

/// Outputs that depend on state alone, of one cycle.
struct DutOutputs {
  bool responds = false;       ///< at some channel
  bool accesses = false;       ///< without it `access` and `of_prefetch` mean nothing
  bool of_prefetch = false;    ///< the access is a prefetch's: no response tells of it
  bool prefetching = false;    ///< a prefetch is in the miss queue: the registers must not change
  bool prefetch_waits = false; ///< one will enter it
  DutResponse channel[kChannels];
  tw_mem_request access = {}; ///< without its cycle
};

class Dut {
public:
  virtual ~Dut() = default;
  virtual void set_config(const tw_mmu_config &config) = 0;
  virtual void set_registers(const tw_registers &registers) = 0;
  virtual void set_fault(unsigned fault) = 0;
  /// Reset; afterwards stands the first cycle in which the MMU is ready. False: it does not become ready.
  virtual bool reset(DutOutputs *outputs) = 0;
  /// One cycle: drive `inputs`, sample ready, pass the rising edge, give the outputs of the next cycle.
  virtual unsigned cycle(const DutInputs &inputs, DutOutputs *next) = 0;
  virtual uint64_t counter(unsigned row) = 0;
  /// Waves into `path`, from now on. False: this build has none.
  virtual bool open_waves(const char *path) = 0;
  virtual void close_waves() = 0;
};

/// What an RTL build has fixed.
struct L1Geometry {
  uint32_t entries, ways, replacement, large_entries, large_replacement;
};
struct L2Geometry {
  uint32_t sets, ways, replacement, large_sets, large_ways, large_replacement;
};
struct Geometry {
  L1Geometry l1i, l1d;
  L2Geometry l2;
  uint32_t walk_cache_entries[TW_WALK_CACHES], walk_cache_replacement, walk_caches_in_l2, ipa_cache_entries,
      ipa_cache_replacement, misses, walks;
};

/// One RTL build: a call of tablewalk_rtl() in CMakeLists.txt.
struct Variant {
  const char *name;
  Geometry geometry;
  bool faults; ///< deliberate faults are built in
  bool waves;
  std::unique_ptr<Dut> (*create)();
};

/// All builds, in the order of CMakeLists.txt; the count goes to `count`.
const Variant *const *variants(size_t *count);

} // namespace tw
#endif
