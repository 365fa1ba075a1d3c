// A Verilated MMU as a Dut. The one file that sees a Verilated class; compiled once for each RTL build with
//   TW_VERILATED_CLASS   the class                    TW_VERILATED_HEADER  its header
//   TW_VARIANT           the symbol of its Variant    TW_VARIANT_NAME      its name
//   TW_GEOMETRY          its sizes, as tw::Geometry   TW_WITH_FAULTS, TW_WITH_WAVES  0 or 1
#include "dut.h"

#include <verilated.h>
#if TW_WITH_WAVES
#include <verilated_fst_c.h>
#endif
#if VM_COVERAGE
#include "coverage.h"
#endif

#include TW_VERILATED_HEADER

namespace tw {
namespace {

enum : unsigned { kResetCycles = 4, kClearCyclesMax = 2 * TW_L2_SETS_MAX, kNoCounter = 63 };

/// ID_AA64MMFR0_EL1.PARange of a size.
unsigned pa_range(uint32_t bits) {
  static const uint8_t sizes[] = {32, 36, 40, 42, 44, 48, 52};
  unsigned range = 0;
  while (range < 6 && sizes[range] != bits)
    range++;
  return range;
}

class VerilatedDut final : public Dut {
public:
  VerilatedDut() {
    context_.fatalOnError(true);
    context_.traceEverOn(TW_WITH_WAVES);
    rtl_ = std::make_unique<TW_VERILATED_CLASS>(&context_, "mmu");
    rtl_->cnt_sel_i = kNoCounter;
  }
  ~VerilatedDut() override {
    // Its scopes leave the context that this thread used last: that may be another one's, which is gone
    Verilated::threadContextp(&context_);
    close_waves();
    rtl_->final();
#if VM_COVERAGE
    add_coverage(&context_);
#endif
  }

  void set_config(const tw_mmu_config &config) override {
    rtl_->cfg_l1i_sizes_i = config.l1i.sizes;
    rtl_->cfg_l1i_large_sizes_i = config.l1i.large.sizes;
    rtl_->cfg_l1d_sizes_i = config.l1d.sizes;
    rtl_->cfg_l1d_large_sizes_i = config.l1d.large.sizes;
    rtl_->cfg_l2_sizes_i = config.l2.sizes;
    rtl_->cfg_misses_i = static_cast<CData>(config.misses);
    rtl_->cfg_walks_i = static_cast<CData>(config.walks);
    rtl_->cfg_merge_i = config.merge != 0;
    rtl_->cfg_l2_large_sizes_i = config.l2.large.sizes;
    rtl_->cfg_prefetch_i = static_cast<CData>(config.prefetch);
    rtl_->cfg_coalesce_i = config.coalesce != 0;
    rtl_->cfg_l1_latency_i = static_cast<CData>(config.l1_latency);
    rtl_->cfg_l2_latency_i = static_cast<CData>(config.l2_latency);
    rtl_->cfg_walk_start_i = static_cast<CData>(config.walk_start);
    rtl_->cfg_walk_step_i = static_cast<CData>(config.walk_step);
    rtl_->cfg_ipa_latency_i = static_cast<CData>(config.ipa_latency);
    rtl_->cfg_pa_size_i = static_cast<CData>(pa_range(config.pa_bits));
    rtl_->cfg_armv7_i = config.armv7 != 0;
    rtl_->cfg_bbm_i = static_cast<CData>(config.bbm);
  }

  void set_registers(const tw_registers &registers) override {
    rtl_->reg_regime_i = registers.regime;
    rtl_->reg_sctlr_i = registers.sctlr;
    rtl_->reg_tcr_i = registers.tcr;
    rtl_->reg_ttbr0_i = registers.ttbr0;
    rtl_->reg_ttbr1_i = registers.ttbr1;
    rtl_->reg_mair_i = registers.mair;
    rtl_->reg_hcr_i = registers.hcr;
    rtl_->reg_vtcr_i = registers.vtcr;
    rtl_->reg_vttbr_i = registers.vttbr;
    rtl_->reg_contextidr_i = registers.contextidr;
    rtl_->reg_dacr_i = registers.dacr;
    rtl_->reg_ee2_i = registers.ee2 != 0;
  }

  void set_fault([[maybe_unused]] unsigned fault) override {
#if TW_WITH_FAULTS
    rtl_->fault_i = static_cast<CData>(fault);
#endif
  }

  bool reset(DutOutputs *outputs) override {
    drive({});
    rtl_->rst_ni = 0;
    for (unsigned i = 0; i < kResetCycles; i++)
      clock();
    rtl_->rst_ni = 1;
    for (unsigned i = 0; i < kClearCyclesMax; i++) {
      low();
      if (rtl_->d_req_ready_o) {
        observe(outputs);
        return true;
      }
      high();
    }
    return false;
  }

  unsigned cycle(const DutInputs &inputs, DutOutputs *next) override {
    drive(inputs);
    low();
    unsigned ready = (rtl_->d_req_ready_o ? kReadyData : 0u) | (rtl_->i_req_ready_o ? kReadyFetch : 0u) |
                     (rtl_->tlbi_ready_o ? kReadyTlbi : 0u) | (rtl_->out_ready_o ? kReadyOutside : 0u);
    high();
    observe(next);
    return ready;
  }

  uint64_t counter(unsigned row) override {
    rtl_->cnt_sel_i = static_cast<CData>(row);
    rtl_->eval();
    uint64_t value = rtl_->cnt_value_o;
    rtl_->cnt_sel_i = kNoCounter; // nothing is added up while cycles pass
    return value;
  }

  bool open_waves([[maybe_unused]] const char *path) override {
#if TW_WITH_WAVES
    if (!waves_) {
      waves_ = std::make_unique<VerilatedFstC>();
      rtl_->trace(waves_.get(), 99);
    }
    close_waves();
    waves_->open(path);
    return waves_->isOpen();
#else
    return false;
#endif
  }

  void close_waves() override {
#if TW_WITH_WAVES
    if (waves_ && waves_->isOpen())
      waves_->close();
#endif
  }

private:
  void drive(const DutInputs &in) {
    rtl_->d_req_valid_i = in.data != nullptr;
    rtl_->i_req_valid_i = in.fetch != nullptr;
    rtl_->tlbi_valid_i = in.tlbi != nullptr;
    rtl_->out_valid_i = in.outside != nullptr;
    rtl_->m_rsp_ready_i = in.miss_ready;
    rtl_->mem_req_ready_i = in.memory_ready;
    rtl_->mem_rsp_valid_i = in.memory_valid;
    if (in.data)
      drive_data(*in.data);
    if (in.fetch)
      drive_fetch(*in.fetch);
    if (in.tlbi)
      drive_tlbi(*in.tlbi);
    if (in.outside)
      drive_outside(*in.outside);
    if (in.memory_valid) {
      rtl_->mem_rsp_tag_i = in.memory_tag;
      rtl_->mem_rsp_data_i = in.memory_data;
      rtl_->mem_rsp_error_i = in.memory_error;
      if (in.memory_line)
        drive_line(in.memory_line);
    }
  }

  void drive_line(const uint64_t *line) {
    for (unsigned word = 0; word < 8; word++)
      rtl_->mem_rsp_line_i[word] = static_cast<EData>(line[word / 2] >> 32 * (word % 2));
  }

  void drive_data(const tw_request &request) {
    rtl_->d_req_va_i = request.va;
    rtl_->d_req_id_i = request.id;
    rtl_->d_req_write_i = request.kind == TW_ACCESS_WRITE;
    rtl_->d_req_el_i = request.el != 0;
    rtl_->d_req_pan_i = request.pan != 0;
    rtl_->d_req_at_i = request.at;
    rtl_->d_req_par_long_i = request.par_long != 0;
    rtl_->d_req_nonfault_i = request.nonfault != 0;
    rtl_->d_req_prfm_i = request.prfm != 0;
  }

  void drive_fetch(const tw_request &request) {
    rtl_->i_req_va_i = request.va;
    rtl_->i_req_id_i = request.id;
    rtl_->i_req_el_i = request.el != 0;
    rtl_->i_req_prfm_i = request.prfm != 0;
  }

  void drive_tlbi(const tw_tlbi &tlbi) {
    rtl_->tlbi_op_i = tlbi.op;
    rtl_->tlbi_operand_i = tlbi.operand;
    rtl_->tlbi_id_i = tlbi.id;
  }

  void drive_outside(const tw_tlbi &tlbi) {
    rtl_->out_op_i = tlbi.op;
    rtl_->out_operand_i = tlbi.operand;
    rtl_->out_id_i = tlbi.id;
  }

  void observe(DutOutputs *out) {
    out->channel[kChannelData].valid = rtl_->d_rsp_valid_o;
    out->channel[kChannelFetch].valid = rtl_->i_rsp_valid_o;
    out->channel[kChannelMiss].valid = rtl_->m_rsp_valid_o;
    out->channel[kChannelTlbi].valid = rtl_->tlbi_rsp_valid_o;
    out->responds = rtl_->d_rsp_valid_o | rtl_->i_rsp_valid_o | rtl_->m_rsp_valid_o | rtl_->tlbi_rsp_valid_o;
    out->accesses = rtl_->mem_req_valid_o;
    out->prefetching = rtl_->prefetching_o & 1;
    out->prefetch_waits = rtl_->prefetching_o >> 1;
    if (rtl_->d_rsp_valid_o)
      observe_data(&out->channel[kChannelData]);
    if (rtl_->i_rsp_valid_o)
      observe_fetch(&out->channel[kChannelFetch]);
    if (rtl_->m_rsp_valid_o)
      observe_miss(&out->channel[kChannelMiss]);
    if (rtl_->tlbi_rsp_valid_o)
      observe_maintenance(&out->channel[kChannelTlbi]);
    if (out->accesses) {
      out->of_prefetch = rtl_->mem_req_prefetch_o;
      observe_access(&out->access);
    }
  }

  void observe_access(tw_mem_request *access) {
    *access = {};
    access->pa = rtl_->mem_req_addr_o;
    access->kind = rtl_->mem_req_swap_o ? TW_MEM_COMPARE_SWAP : TW_MEM_READ;
    if (rtl_->mem_req_swap_o) {
      access->expected = rtl_->mem_req_expected_o;
      access->desired = rtl_->mem_req_desired_o;
    }
    access->size_log2 = rtl_->mem_req_word_o ? 2 : 3;
    access->tag = rtl_->mem_req_tag_o;
    access->level = rtl_->mem_req_level_o;
    access->stage2 = rtl_->mem_req_stage2_o;
  }

  void observe_data(DutResponse *out) {
    tw_response &r = out->response;
    r = {};
    r.pa = rtl_->d_rsp_pa_o;
    r.id = rtl_->d_rsp_id_o;
    r.found = rtl_->d_rsp_found_o;
    r.fault = rtl_->d_rsp_fault_o;
    r.fsc = rtl_->d_rsp_fsc_o;
    r.kind = rtl_->d_rsp_kind_o;
    r.stage = rtl_->d_rsp_stage2_o ? 2 : 1;
    r.attr = rtl_->d_rsp_attr_o;
    r.sh = rtl_->d_rsp_sh_o;
    r.size_log2 = rtl_->d_rsp_size_o;
    out->par = rtl_->d_rsp_par_o;
    out->esr = rtl_->d_rsp_esr_o;
    out->hpfar = 0;
  }

  void observe_fetch(DutResponse *out) {
    tw_response &r = out->response;
    r = {};
    r.pa = rtl_->i_rsp_pa_o;
    r.id = rtl_->i_rsp_id_o;
    r.found = rtl_->i_rsp_found_o;
    r.fault = rtl_->i_rsp_fault_o;
    r.fsc = rtl_->i_rsp_fsc_o;
    r.kind = TW_ACCESS_FETCH;
    r.stage = rtl_->i_rsp_stage2_o ? 2 : 1;
    r.attr = rtl_->i_rsp_attr_o;
    r.sh = rtl_->i_rsp_sh_o;
    r.size_log2 = rtl_->i_rsp_size_o;
    out->par = rtl_->i_rsp_par_o;
    out->esr = rtl_->i_rsp_esr_o;
    out->hpfar = 0;
  }

  void observe_miss(DutResponse *out) {
    tw_response &r = out->response;
    r = {};
    r.pa = rtl_->m_rsp_pa_o;
    r.id = rtl_->m_rsp_id_o;
    r.walk_cycles = rtl_->m_rsp_walk_cycles_o;
    r.found = rtl_->m_rsp_found_o;
    r.fault = rtl_->m_rsp_fault_o;
    r.fsc = rtl_->m_rsp_fsc_o;
    r.s1ptw = rtl_->m_rsp_s1ptw_o;
    r.kind = rtl_->m_rsp_kind_o;
    r.stage = rtl_->m_rsp_stage2_o ? 2 : 1;
    r.attr = rtl_->m_rsp_attr_o;
    r.sh = rtl_->m_rsp_sh_o;
    r.size_log2 = rtl_->m_rsp_size_o;
    out->walk = rtl_->m_rsp_walk_o;
    out->par = rtl_->m_rsp_par_o;
    out->esr = rtl_->m_rsp_esr_o;
    out->hpfar = rtl_->m_rsp_hpfar_o;
    r.ipa = out->hpfar >> 4 << 12;
  }

  /// A completion has no address and no fault; PAR shows the fixed bit of its 64-bit format.
  void observe_maintenance(DutResponse *out) {
    out->response = {};
    out->response.id = rtl_->tlbi_rsp_id_o;
    out->response.kind = TW_KIND_TLBI;
    out->response.found = TW_FOUND_MAINTENANCE;
    out->outside = rtl_->tlbi_rsp_outside_o;
    out->par = 0x800;
    out->esr = 0;
    out->hpfar = 0;
  }

  void low() {
    rtl_->clk_i = 0;
    settle();
  }
  void high() {
    rtl_->clk_i = 1;
    settle();
  }
  void clock() {
    low();
    high();
  }

  void settle() {
    rtl_->eval();
#if TW_WITH_WAVES
    if (waves_ && waves_->isOpen())
      waves_->dump(time_);
    time_++;
#endif
  }

  VerilatedContext context_;
  std::unique_ptr<TW_VERILATED_CLASS> rtl_;
#if TW_WITH_WAVES
  std::unique_ptr<VerilatedFstC> waves_;
  uint64_t time_ = 0; ///< half cycles
#endif
};

std::unique_ptr<Dut> create() { return std::make_unique<VerilatedDut>(); }

} // namespace

extern const Variant TW_VARIANT;
const Variant TW_VARIANT = {TW_VARIANT_NAME, TW_GEOMETRY, TW_WITH_FAULTS != 0, TW_WITH_WAVES != 0, create};

} // namespace tw
