// The MMU: ports, arbitration, one request's state machine. Every cycle and bit is defined in README.md.
//
// Inputs are registered before they are used, except the choice of the request that is taken. So nothing large hangs
// on an input, and responses depend on state alone.
module mmu #(
  parameter int L1iEntries          = 48,
  parameter int L1iWays             = 0,
  parameter int L1iReplacement      = 0,
  parameter int L1iLargeEntries     = 0,
  parameter int L1iLargeReplacement = 0,
  parameter int L1dEntries          = 48,
  parameter int L1dWays             = 0,
  parameter int L1dReplacement      = 0,
  parameter int L1dLargeEntries     = 0,
  parameter int L1dLargeReplacement = 0,
  parameter int L2Sets              = 256,
  parameter int L2Ways              = 5,
  parameter int L2Replacement       = 0,
  parameter int L2LargeSets         = 0,
  parameter int L2LargeWays         = 1,
  parameter int L2LargeReplacement  = 0,
  parameter int WcEntriesM1         = 0,
  parameter int WcEntries0          = 8,
  parameter int WcEntries1          = 16,
  parameter int WcEntries2          = 32,
  parameter int WcReplacement       = 0,
  parameter int IpaEntries          = 16,
  parameter int IpaReplacement      = 0,
  parameter int Misses              = 6,
  parameter int Walks               = 4
) (
  input logic clk_i,
  input logic rst_ni,
`ifdef TW_FAULTS
  // Deliberate fault (FAULTS.md); 0: none
  input logic [7:0] fault_i,
`endif
  // Configuration: does not change while the MMU runs
  input logic [63:0] cfg_l1i_sizes_i,
  input logic [63:0] cfg_l1i_large_sizes_i,
  input logic [63:0] cfg_l1d_sizes_i,
  input logic [63:0] cfg_l1d_large_sizes_i,
  input logic [63:0] cfg_l2_sizes_i,
  input logic [63:0] cfg_l2_large_sizes_i,
  input logic [3:0]  cfg_l1_latency_i,
  input logic [3:0]  cfg_l2_latency_i,
  input logic [3:0]  cfg_walk_start_i,
  input logic [3:0]  cfg_walk_step_i,
  input logic [3:0]  cfg_ipa_latency_i,
  input logic        cfg_armv7_i,
  input logic [1:0]  cfg_bbm_i,
  input logic [2:0]  cfg_pa_size_i,
  // Registers: change only when nothing is in flight
  input logic [2:0]  reg_regime_i,
  input logic [63:0] reg_sctlr_i,
  input logic [63:0] reg_tcr_i,
  input logic [63:0] reg_ttbr0_i,
  input logic [63:0] reg_ttbr1_i,
  input logic [63:0] reg_mair_i,
  input logic [63:0] reg_hcr_i,
  input logic [63:0] reg_vtcr_i,
  input logic [63:0] reg_vttbr_i,
  input logic [31:0] reg_contextidr_i,
  input logic [31:0] reg_dacr_i,
  input logic        reg_ee2_i,
  // Data requests
  input  logic        d_req_valid_i,
  output logic        d_req_ready_o,
  input  logic [63:0] d_req_va_i,
  input  logic [31:0] d_req_id_i,
  input  logic        d_req_write_i,
  input  logic        d_req_el_i,
  input  logic        d_req_pan_i,
  input  logic [1:0]  d_req_at_i,
  input  logic        d_req_par_long_i,
  input  logic        d_req_nonfault_i,
  // Fetch requests
  input  logic        i_req_valid_i,
  output logic        i_req_ready_o,
  input  logic [63:0] i_req_va_i,
  input  logic [31:0] i_req_id_i,
  input  logic        i_req_el_i,
  // Maintenance
  input  logic        tlbi_valid_i,
  output logic        tlbi_ready_o,
  input  logic [7:0]  tlbi_op_i,
  input  logic [63:0] tlbi_operand_i,
  input  logic [31:0] tlbi_id_i,
  // Responses
  output logic        rsp_valid_o,
  output logic [31:0] rsp_id_o,
  output logic [1:0]  rsp_kind_o,
  output logic [2:0]  rsp_found_o,
  output logic        rsp_fault_o,
  output logic [5:0]  rsp_fsc_o,
  output logic        rsp_s1ptw_o,
  output logic        rsp_stage2_o,
  output logic [51:0] rsp_pa_o,
  output logic [7:0]  rsp_attr_o,
  output logic [1:0]  rsp_sh_o,
  output logic [5:0]  rsp_size_o,
  output logic [31:0] rsp_walk_cycles_o,
  output logic [63:0] rsp_par_o,
  output logic [31:0] rsp_esr_o,
  output logic [63:0] rsp_hpfar_o,
  // Memory
  output logic        mem_req_valid_o,
  input  logic        mem_req_ready_i,
  output logic [51:0] mem_req_addr_o,
  output logic [2:0]  mem_req_level_o,
  output logic        mem_req_stage2_o,
  output logic        mem_req_word_o,
  output logic        mem_req_swap_o,
  output logic [63:0] mem_req_expected_o,
  output logic [63:0] mem_req_desired_o,
  output logic [3:0]  mem_req_tag_o,
  input  logic        mem_rsp_valid_i,
  input  logic [3:0]  mem_rsp_tag_i,
  input  logic [63:0] mem_rsp_data_i,
  input  logic [1:0]  mem_rsp_error_i,
  // Counters
  input  logic [4:0]  cnt_sel_i,
  output logic [63:0] cnt_value_o
);

  // Sets that a TLBI and the reset go through
  localparam int L2Steps = (L2LargeSets > L2Sets) ? L2LargeSets : L2Sets;

  typedef enum logic [2:0] {
    StClear,    // the L2 after reset, a set a cycle
    StIdle,
    StLookup,   // L1
    StProbe,    // L2
    StWalk,
    StMaintain
  } state_e;

  // Registers: configuration
  logic [63:0] l1i_sizes_q;
  logic [63:0] l1i_large_sizes_q;
  logic [63:0] l1d_sizes_q;
  logic [63:0] l1d_large_sizes_q;
  logic [63:0] l2_sizes_q;
  logic [63:0] l2_large_sizes_q;
  logic [ 3:0] l1_latency_q;
  logic [ 3:0] l2_latency_q;
  logic [ 3:0] walk_start_q;
  logic [ 3:0] walk_step_q;
  logic [ 3:0] ipa_latency_q;
  logic        armv7_q;
  logic [ 1:0] bbm_q;
  logic [ 2:0] pa_size_q;
  always_ff @(posedge clk_i) begin
    l1i_sizes_q   <= cfg_l1i_sizes_i;
    l1i_large_sizes_q <= cfg_l1i_large_sizes_i;
    l1d_sizes_q   <= cfg_l1d_sizes_i;
    l1d_large_sizes_q <= cfg_l1d_large_sizes_i;
    l2_sizes_q    <= cfg_l2_sizes_i;
    l2_large_sizes_q <= cfg_l2_large_sizes_i;
    l1_latency_q  <= cfg_l1_latency_i;
    l2_latency_q  <= cfg_l2_latency_i;
    walk_start_q  <= cfg_walk_start_i;
    walk_step_q   <= cfg_walk_step_i;
    ipa_latency_q <= cfg_ipa_latency_i;
    armv7_q       <= cfg_armv7_i;
    bbm_q         <= cfg_bbm_i;
    pa_size_q     <= cfg_pa_size_i;
  end
`ifdef TW_FAULTS
  logic [7:0] fault_q;
  always_ff @(posedge clk_i) fault_q <= fault_i;
`endif

  // Registers: the request and its state
  state_e      state_q;
  logic [63:0] va_q;         // or operand
  logic [31:0] id_q;
  logic [ 1:0] kind_q;
  logic        el_q;
  logic        pan_q;
  logic [ 1:0] at_q;
  logic        par_long_q;
  logic        nonfault_q;
  logic [ 7:0] op_q;
  logic [ 4:0] count_q;      // cycles until the first probe
  logic [12:0] step_q;       // set of the reset or the TLBI

  logic fetch;
  logic maintain_first;
  assign fetch          = kind_q == mmu_pkg::KindFetch;
  assign maintain_first = (state_q == StMaintain) && (step_q == '0);

  // Registers, decoded for the request
  logic [mmu_pkg::WorldWidth-1:0] world;
  logic                           world_change;
  logic                           aarch32;
  logic                           privileged;
  logic                           stage1_on;
  logic                           half;
  logic [39:0]                    vpn;
  logic                           short_format;
  logic [15:0]                    asid;
  logic                           address_fault;
  logic [ 5:0]                    address_fsc;
  logic [ 7:0]                    flat_attr;
  logic [ 1:0]                    flat_sh;
  logic [51:0]                    flat_pa;
  logic [ 1:0]                    granule;
  logic                           ds1;
  logic                           ds2;
  logic                           check;
  logic [51:0]                    ipa;
  logic                           check_fault;
  logic [ 5:0]                    check_fsc;
  mmu_pkg::control_t              control;
  mmu_pkg::stage1_t               stage1;
  mmu_pkg::stage2_t               stage2;

  registers u_registers (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_q)
    .pa_size_i     (pa_size_q),
    .armv7_i       (armv7_q),
    .bbm_i         (bbm_q),
    .reg_regime_i,
    .reg_sctlr_i,
    .reg_tcr_i,
    .reg_ttbr0_i,
    .reg_ttbr1_i,
    .reg_mair_i,
    .reg_hcr_i,
    .reg_vtcr_i,
    .reg_vttbr_i,
    .reg_contextidr_i,
    .reg_dacr_i,
    .reg_ee2_i,
    .va_i          (va_q),
    .fetch_i       (fetch),
    .el_i          (el_q),
    .nonfault_i    (nonfault_q),
    .world_o       (world),
    .world_change_o(world_change),
    .aarch32_o     (aarch32),
    .privileged_o  (privileged),
    .stage1_on_o   (stage1_on),
    .half_o        (half),
    .vpn_o         (vpn),
    .short_o       (short_format),
    .asid_o        (asid),
    .fault_o       (address_fault),
    .fsc_o         (address_fsc),
    .flat_attr_o   (flat_attr),
    .flat_sh_o     (flat_sh),
    .flat_pa_o     (flat_pa),
    .control_o     (control),
    .granule_o     (granule),
    .ds1_o         (ds1),
    .ds2_o         (ds2),
    .walk_i        (state_q == StWalk),
    .stage1_o      (stage1),
    .stage2_o      (stage2),
    .check_i       (check),
    .ipa_i         (ipa),
    .check_fault_o (check_fault),
    .check_fsc_o   (check_fsc)
  );

  mmu_pkg::tlbi_t tlbi;
  maintenance u_maintenance (
    `TW_FAULT_CONNECT(fault_q)
    .active_i (state_q == StMaintain),
    .op_i     (op_q),
    .operand_i(va_q),
    .vmid_i   (stage2.vmid),
    .ds1_i    (ds1),
    .ds2_i    (ds2),
    .tlbi_o   (tlbi)
  );

  // A request that does not use the TLBs, and one that needs neither them nor a walk
  logic bypass;
  logic direct;
  assign bypass = stage1_on ? (at_q == 2'd2) : stage2.on;
  assign direct = (state_q == StLookup) && (address_fault || (!stage1_on && (!stage2.on || (at_q == 2'd2))));

  // TLBs
  logic                          lookup;
  logic                          l1_match;
  logic                          probe;
  logic                          last_probe;
  logic                          l2_match;
  logic                          serves;
  logic [                  39:0] entry_pa;
  logic [mmu_pkg::LeafWidth-1:0] entry;
  logic [                   5:0] entry_span;
  logic                          filled;
  logic                          walk_done;
  logic                          walk_fill;
  logic [                  39:0] walk_pa;
  logic [mmu_pkg::LeafWidth-1:0] walk_leaf;
  logic [                   5:0] walk_span;
  logic                          walk_global;

  tlbs #(
    .L1iEntries         (L1iEntries),
    .L1iWays            (L1iWays),
    .L1iReplacement     (L1iReplacement),
    .L1iLargeEntries    (L1iLargeEntries),
    .L1iLargeReplacement(L1iLargeReplacement),
    .L1dEntries         (L1dEntries),
    .L1dWays            (L1dWays),
    .L1dReplacement     (L1dReplacement),
    .L1dLargeEntries    (L1dLargeEntries),
    .L1dLargeReplacement(L1dLargeReplacement),
    .L2Sets             (L2Sets),
    .L2Ways             (L2Ways),
    .L2Replacement      (L2Replacement),
    .L2LargeSets        (L2LargeSets),
    .L2LargeWays        (L2LargeWays),
    .L2LargeReplacement (L2LargeReplacement)
  ) u_tlbs (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_q)
    .l1i_sizes_i    (l1i_sizes_q),
    .l1i_large_sizes_i(l1i_large_sizes_q),
    .l1d_sizes_i    (l1d_sizes_q),
    .l1d_large_sizes_i(l1d_large_sizes_q),
    .l2_sizes_i     (l2_sizes_q),
    .l2_large_sizes_i(l2_large_sizes_q),
    .world_i        (world),
    .world_change_i (world_change),
    .fetch_i        (fetch),
    .asid_i         (asid),
    .half_i         (half),
    .vpn_i          (vpn),
    .short_i        (short_format),
    .granule_i      (granule),
    .stage2_i       (stage2.on),
    .granule2_i     (stage2.granule),
    .start_i        (state_q == StLookup),
    .l1_lookup_i    (lookup),
    .l1_match_o     (l1_match),
    .probe_i        (probe),
    .last_o         (last_probe),
    .l2_match_o     (l2_match),
    .serves_i       (serves),
    .walk_i         (state_q == StWalk),
    .walk_filled_i  (walk_fill),
    .walk_pa_i      (walk_pa),
    .walk_leaf_i    (walk_leaf),
    .walk_span_i    (walk_span),
    .walk_global_i  (walk_global),
    .pa_o           (entry_pa),
    .leaf_o         (entry),
    .span_o         (entry_span),
    .filled_o       (filled),
    .tlbi_valid_i   (maintain_first),
    .tlbi_step_i    ((state_q == StMaintain) && (step_q < 13'(L2Steps))),
    .tlbi_i         (tlbi),
    .clear_set_i    (state_q == StClear),
    .step_i         (step_q)
  );

  // Walker
  logic        walk_begin;
  logic        walk_fault;
  logic [ 5:0] walk_fsc;
  logic        walk_s1ptw;
  logic        walk_stage2;
  logic [39:0] walk_hpfar;
  logic        walk_read;
  logic [31:0] walk_cycles;
  logic        stage1_allows;
  walker #(
    .WcEntriesM1   (WcEntriesM1),
    .WcEntries0    (WcEntries0),
    .WcEntries1    (WcEntries1),
    .WcEntries2    (WcEntries2),
    .WcReplacement (WcReplacement),
    .IpaEntries    (IpaEntries),
    .IpaReplacement(IpaReplacement)
  ) u_walker (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_q)
    .walk_start_i   (walk_start_q),
    .walk_step_i    (walk_step_q),
    .ipa_latency_i  (ipa_latency_q),
    .stage1_on_i    (stage1_on),
    .stage1_i       (stage1),
    .stage2_i       (stage2),
    .control_i      (control),
    .world_i        (world),
    .world_change_i (world_change),
    .kind_i         (kind_q),
    .at_i           (at_q),
    .privileged_i   (privileged),
    .pan_i          (pan_q),
    .bypass_i       (bypass),
    .asid_i         (asid),
    .half_i         (half),
    .vpn_i          (vpn),
    .flat_pa_i      (flat_pa[51:12]),
    .flat_attr_i    (flat_attr),
    .flat_sh_i      (flat_sh),
    .start_i        (walk_begin),
    .stage1_allows_i(stage1_allows),
    .check_o        (check),
    .ipa_o          (ipa),
    .check_fault_i  (check_fault),
    .check_fsc_i    (check_fsc),
    .tlbi_valid_i   (maintain_first),
    .tlbi_i         (tlbi),
    .done_o         (walk_done),
    .fault_o        (walk_fault),
    .fsc_o          (walk_fsc),
    .s1ptw_o        (walk_s1ptw),
    .stage2_o       (walk_stage2),
    .hpfar_o        (walk_hpfar),
    .pa_o           (walk_pa),
    .leaf_o         (walk_leaf),
    .span_o         (walk_span),
    .global_o       (walk_global),
    .fill_o         (walk_fill),
    .read_o         (walk_read),
    .cycles_o       (walk_cycles),
    .mem_req_valid_o,
    .mem_req_ready_i,
    .mem_req_addr_o,
    .mem_req_level_o,
    .mem_req_stage2_o,
    .mem_req_word_o,
    .mem_req_swap_o,
    .mem_req_expected_o,
    .mem_req_desired_o,
    .mem_rsp_valid_i(mem_rsp_valid_i && (mem_rsp_tag_i == 4'd0)),
    .mem_rsp_data_i,
    .mem_rsp_error_i
  );
  assign mem_req_tag_o = '0;

  // Look-ups
  assign lookup = (state_q == StLookup) && stage1_on && !address_fault && !bypass;
  assign probe  = (state_q == StProbe) && (count_q == '0);

  // Answer
  logic        maintained;
  logic        found_answer;
  logic [ 2:0] found;
  logic        fault;
  logic [ 5:0] fsc;
  logic        s1ptw;
  logic        fault_stage2;
  logic [39:0] hpfar;
  logic [51:0] pa;
  logic [ 7:0] attr;
  logic [ 1:0] sh;
  logic [ 5:0] answer_size;
  assign maintained = (state_q == StMaintain) && (step_q >= 13'(L2Steps)) && (step_q + 13'd1 >= {9'd0, l1_latency_q});

  answer u_answer (
    `TW_FAULT_CONNECT(fault_q)
    .kind_i         (kind_q),
    .at_i           (at_q),
    .privileged_i   (privileged),
    .pan_i          (pan_q),
    .control_i      (control),
    .low_i          (va_q[11:0]),
    .direct_i       (direct),
    .stage1_on_i    (stage1_on),
    .address_fault_i(address_fault),
    .address_fsc_i  (address_fsc),
    .flat_pa_i      (flat_pa),
    .flat_attr_i    (flat_attr),
    .flat_sh_i      (flat_sh),
    .cache_off_i    (stage2.on && (fetch ? stage2.fetch_off : stage2.data_off)),
    .maintained_i   (maintained),
    .l1_match_i     (l1_match),
    .l2_match_i     (l2_match),
    .walk_i         (state_q == StWalk),
    .walk_done_i    (walk_done),
    .pa_i           (entry_pa),
    .leaf_i         (entry),
    .walk_fault_i   (walk_fault),
    .walk_fsc_i     (walk_fsc),
    .walk_s1ptw_i   (walk_s1ptw),
    .walk_stage2_i  (walk_stage2),
    .walk_hpfar_i   (walk_hpfar),
    .serves_o       (serves),
    .stage1_allows_o(stage1_allows),
    .answer_o       (found_answer),
    .found_o        (found),
    .fault_o        (fault),
    .fsc_o          (fsc),
    .s1ptw_o        (s1ptw),
    .stage2_o       (fault_stage2),
    .hpfar_o        (hpfar),
    .pa_o           (pa),
    .attr_o         (attr),
    .sh_o           (sh),
    .size_o         (answer_size)
  );

  // Ports
  logic open;
  logic take_tlbi;
  logic take_d;
  logic take_i;
  logic take;
  assign open         = (state_q == StIdle) || found_answer;
  assign tlbi_ready_o = open;
`ifdef TW_FAULTS
  assign d_req_ready_o = open && !tlbi_valid_i && !((fault_q == 8'd24) && i_req_valid_i);
  assign i_req_ready_o = open && !tlbi_valid_i && !((fault_q != 8'd24) && d_req_valid_i);
`else
  assign d_req_ready_o = open && !tlbi_valid_i;
  assign i_req_ready_o = open && !tlbi_valid_i && !d_req_valid_i;
`endif
  assign take_tlbi = tlbi_valid_i && tlbi_ready_o;
  assign take_d    = d_req_valid_i && d_req_ready_o;
  assign take_i    = i_req_valid_i && i_req_ready_o;
  assign take      = take_tlbi || take_d || take_i;

  // State
  logic [4:0] first_probe;  // cycles from the miss to it, less 1
`ifdef TW_FAULTS
  assign first_probe = {1'b0, l1_latency_q} + {1'b0, l2_latency_q} - ((fault_q == 8'd3) ? 5'd1 : 5'd2);
`else
  assign first_probe = {1'b0, l1_latency_q} + {1'b0, l2_latency_q} - 5'd2;
`endif
  assign walk_begin = probe && !(l2_match && serves) && last_probe;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StClear;
      count_q <= '0;
      step_q  <= '0;
    end else begin
      if (count_q != '0) count_q <= count_q - 5'd1;
      if (state_q == StLookup) count_q <= first_probe;
      if (open) begin
        state_q <= StIdle;
        if (take) state_q <= take_tlbi ? StMaintain : StLookup;
        step_q <= '0;
      end else begin
        case (state_q)
          StClear: begin
            step_q <= step_q + 13'd1;
            if (step_q == 13'(L2Steps - 1)) state_q <= StIdle;
          end
          StLookup: state_q <= StProbe;
          StProbe: if (walk_begin) state_q <= StWalk;
          StWalk: ;
          StMaintain: step_q <= step_q + 13'd1;
          default: state_q <= StIdle;  // coverage: waived, no other state
        endcase
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (take_tlbi) begin
      va_q       <= tlbi_operand_i;
      id_q       <= tlbi_id_i;
      kind_q     <= mmu_pkg::KindTlbi;
      el_q       <= 1'b1;
      pan_q      <= 1'b0;
      at_q       <= '0;
      par_long_q <= 1'b0;
      nonfault_q <= 1'b0;
      op_q       <= tlbi_op_i;
    end else if (take_d) begin
      va_q       <= d_req_va_i;
      id_q       <= d_req_id_i;
      kind_q     <= d_req_write_i ? mmu_pkg::KindWrite : mmu_pkg::KindRead;
      el_q       <= d_req_el_i;
      pan_q      <= d_req_pan_i;
      at_q       <= d_req_at_i;
      par_long_q <= d_req_par_long_i;
      nonfault_q <= d_req_nonfault_i;
    end else if (take_i) begin
      va_q       <= i_req_va_i;
      id_q       <= i_req_id_i;
      kind_q     <= mmu_pkg::KindFetch;
      el_q       <= i_req_el_i;
      pan_q      <= 1'b0;
      at_q       <= '0;
      par_long_q <= 1'b0;
      nonfault_q <= 1'b0;
    end
  end

  // Responses
  logic late;
  logic counted;
  assign late = (l1_latency_q > 4'd1) && found_answer && (state_q == StLookup);

  response u_response (
    .clk_i,
    .rst_ni,
    .answer_i      (found_answer),
    .late_i        (late),
    .ahead_i       (l1_latency_q - 4'd1),
    .id_i          (id_q),
    .kind_i        (kind_q),
    .el_i          (privileged),
    .found_i       (found),
    .fault_i       (fault),
    .fsc_i         (fsc),
    .s1ptw_i       (s1ptw),
    .stage2_i      (fault_stage2),
    .hpfar_i       (hpfar),
    .pa_i          (pa),
    .attr_i        (attr),
    .sh_i          (sh),
    .size_i        (answer_size),
    .walk_cycles_i (walk_cycles),
    .counted_i     (at_q == 2'd0),
    .par32_i       (short_format && !par_long_q && ((at_q == 2'd2) || !stage2.on)),
    .supersection_i(entry_span == 6'd24),
    .aarch32_i     (aarch32),
    .short_i       (short_format),
    .rsp_valid_o,
    .rsp_id_o,
    .rsp_kind_o,
    .rsp_found_o,
    .rsp_fault_o,
    .rsp_fsc_o,
    .rsp_s1ptw_o,
    .rsp_stage2_o,
    .rsp_pa_o,
    .rsp_attr_o,
    .rsp_sh_o,
    .rsp_size_o,
    .rsp_walk_cycles_o,
    .rsp_par_o,
    .rsp_esr_o,
    .rsp_hpfar_o,
    .rsp_counted_o (counted)
  );

  // Counters. The mapping's size is the answer's wherever a walk has filled.
  counters u_counters (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_q)
    .rsp_valid_i      (rsp_valid_o),
    .rsp_kind_i       (rsp_kind_o),
    .rsp_found_i      (rsp_found_o),
    .rsp_counted_i    (counted),
    .rsp_bypass_i     (bypass),
    .rsp_filled_i     (filled),
    .rsp_read_i       (walk_read),
    .rsp_size_i       (rsp_size_o),
    .rsp_walk_cycles_i(rsp_walk_cycles_o),
    .access_i         (mem_req_valid_o),
    .ready_i          (mem_req_ready_i),
    .swap_i           (mem_req_swap_o),
    .fetch_i          (fetch),
    .sel_i            (cnt_sel_i),
    .value_o          (cnt_value_o)
  );

endmodule
