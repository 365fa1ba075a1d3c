// The MMU: its ports, the registers, both stages, the way past the L1s, maintenance, counters. Every cycle and bit is
// defined in README.md.
//
// Inputs are registered before they are used. So nothing large hangs on an input, and all outputs depend on state alone.
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
  parameter int WcInL2              = 0,
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
  input logic [4:0]  cfg_misses_i,
  input logic [4:0]  cfg_walks_i,
  input logic        cfg_merge_i,
  input logic [1:0]  cfg_prefetch_i,
  input logic        cfg_coalesce_i,
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
  input  logic        d_req_prfm_i,
  // Fetch requests
  input  logic        i_req_valid_i,
  output logic        i_req_ready_o,
  input  logic [63:0] i_req_va_i,
  input  logic [31:0] i_req_id_i,
  input  logic        i_req_el_i,
  input  logic        i_req_prfm_i,
  // Maintenance: what this PE asks for, what is broadcast to it
  input  logic        tlbi_valid_i,
  output logic        tlbi_ready_o,
  input  logic [7:0]  tlbi_op_i,
  input  logic [63:0] tlbi_operand_i,
  input  logic [31:0] tlbi_id_i,
  input  logic        out_valid_i,
  output logic        out_ready_o,
  input  logic [7:0]  out_op_i,
  input  logic [63:0] out_operand_i,
  input  logic [31:0] out_id_i,
  // Data responses
  output logic        d_rsp_valid_o,
  output logic [31:0] d_rsp_id_o,
  output logic [1:0]  d_rsp_kind_o,
  output logic [2:0]  d_rsp_found_o,
  output logic        d_rsp_fault_o,
  output logic [5:0]  d_rsp_fsc_o,
  output logic        d_rsp_stage2_o,
  output logic [51:0] d_rsp_pa_o,
  output logic [7:0]  d_rsp_attr_o,
  output logic [1:0]  d_rsp_sh_o,
  output logic [5:0]  d_rsp_size_o,
  output logic [63:0] d_rsp_par_o,
  output logic [31:0] d_rsp_esr_o,
  // Fetch responses
  output logic        i_rsp_valid_o,
  output logic [31:0] i_rsp_id_o,
  output logic [2:0]  i_rsp_found_o,
  output logic        i_rsp_fault_o,
  output logic [5:0]  i_rsp_fsc_o,
  output logic        i_rsp_stage2_o,
  output logic [51:0] i_rsp_pa_o,
  output logic [7:0]  i_rsp_attr_o,
  output logic [1:0]  i_rsp_sh_o,
  output logic [5:0]  i_rsp_size_o,
  output logic [63:0] i_rsp_par_o,
  output logic [31:0] i_rsp_esr_o,
  // Miss responses; ready is a credit for the next cycle
  input  logic        m_rsp_ready_i,
  output logic        m_rsp_valid_o,
  output logic [31:0] m_rsp_id_o,
  output logic [1:0]  m_rsp_kind_o,
  output logic [2:0]  m_rsp_found_o,
  output logic        m_rsp_fault_o,
  output logic [5:0]  m_rsp_fsc_o,
  output logic        m_rsp_s1ptw_o,
  output logic        m_rsp_stage2_o,
  output logic [51:0] m_rsp_pa_o,
  output logic [7:0]  m_rsp_attr_o,
  output logic [1:0]  m_rsp_sh_o,
  output logic [5:0]  m_rsp_size_o,
  output logic [3:0]  m_rsp_walk_o,
  output logic [31:0] m_rsp_walk_cycles_o,
  output logic [63:0] m_rsp_par_o,
  output logic [31:0] m_rsp_esr_o,
  output logic [63:0] m_rsp_hpfar_o,
  // Maintenance responses
  output logic        tlbi_rsp_valid_o,
  output logic [31:0] tlbi_rsp_id_o,
  output logic        tlbi_rsp_outside_o,
  // Memory; ready likewise
  output logic         mem_req_valid_o,
  input  logic         mem_req_ready_i,
  output logic [51:0]  mem_req_addr_o,
  output logic [2:0]   mem_req_level_o,
  output logic         mem_req_stage2_o,
  output logic         mem_req_word_o,
  output logic         mem_req_swap_o,
  output logic [63:0]  mem_req_expected_o,
  output logic [63:0]  mem_req_desired_o,
  output logic [3:0]   mem_req_tag_o,
  output logic         mem_req_prefetch_o,
  input  logic         mem_rsp_valid_i,
  input  logic [3:0]   mem_rsp_tag_i,
  input  logic [63:0]  mem_rsp_data_i,
  input  logic [255:0] mem_rsp_line_i,  // of a read of 8 bytes: the aligned 32 that it is in
  input  logic [1:0]   mem_rsp_error_i,
  // Prefetches: one waits to enter; one is in the miss queue, and the registers do not change
  output logic [1:0]  prefetching_o,
  // Counters
  input  logic [5:0]  cnt_sel_i,
  output logic [63:0] cnt_value_o
);

  // Sets that a TLBI and the reset go through
  localparam int L2Steps = (L2LargeSets > L2Sets) ? L2LargeSets : L2Sets;

  // The clock of the configuration, the registers and maintenance
  logic registers_move;
  logic maintenance_moves;
  logic control_clk;
  clock_gate u_control_clock (
    .clk_i,
    .enable_i(!rst_ni || registers_move || maintenance_moves),
    .clk_o   (control_clk)
  );

  // Configuration, registered
  mmu_pkg::config_t cfg_q;
  mmu_pkg::held_t   held_q;
  always_ff @(posedge control_clk) begin
    if (!rst_ni) begin
      held_q.l1i       <= mmu_pkg::ranks_held(((L1iWays == 0) ? cfg_l1i_sizes_i : '0) | cfg_l1i_large_sizes_i);
      held_q.l1d       <= mmu_pkg::ranks_held(((L1dWays == 0) ? cfg_l1d_sizes_i : '0) | cfg_l1d_large_sizes_i);
      held_q.l2        <= mmu_pkg::ranks_held(cfg_l2_sizes_i | cfg_l2_large_sizes_i);
      held_q.l1i_large <= cfg_l1i_large_sizes_i;
      held_q.l1d_large <= cfg_l1d_large_sizes_i;
      held_q.l2_large  <= cfg_l2_large_sizes_i;
      cfg_q <= {
        cfg_misses_i, cfg_walks_i, cfg_merge_i, cfg_prefetch_i, cfg_coalesce_i, cfg_l1_latency_i, cfg_l2_latency_i,
        cfg_walk_start_i, cfg_walk_step_i, cfg_ipa_latency_i, cfg_armv7_i, cfg_bbm_i, cfg_pa_size_i
      };
    end
  end

  logic unused_sizes;
  assign unused_sizes = ^{cfg_l1i_sizes_i, cfg_l1d_sizes_i, cfg_l2_sizes_i};
`ifdef TW_FAULTS
  logic [7:0] fault_q;
  always_ff @(posedge clk_i) fault_q <= fault_i;
`endif
  // Registers, decoded
  logic                           busy;
  logic [mmu_pkg::WorldWidth-1:0] world;
  logic                           world_change;
  mmu_pkg::lookup_t               lookup;
  logic [15:0]                    asid;
  logic [5:0]                     page_lower;
  logic [5:0]                     page_upper;
  mmu_pkg::control_t              control;
  logic                           watch;
  logic                           changes;
  mmu_pkg::misses_t               misses;
  logic                           ds1;
  logic                           ds2;
  mmu_pkg::stage1_t               walk_lower;
  mmu_pkg::stage1_t               walk_upper;
  mmu_pkg::stage2_t               stage2;

  registers u_registers (
    .clk_i(control_clk), .rst_ni,
    `TW_FAULT_CONNECT(fault_q)
    .pa_size_i     (cfg_q.pa_size),
    .armv7_i       (cfg_q.armv7),
    .coalesce_i    (cfg_q.coalesce),
    .bbm_i         (cfg_q.bbm),
    .busy_i        (busy),
    .watch_i       (watch),
    .changes_o     (changes),
    .moves_o       (registers_move),
    .reg_regime_i, .reg_sctlr_i, .reg_tcr_i, .reg_ttbr0_i, .reg_ttbr1_i, .reg_mair_i, .reg_hcr_i, .reg_vtcr_i,
    .reg_vttbr_i, .reg_contextidr_i, .reg_dacr_i, .reg_ee2_i,
    .world_o       (world),
    .world_change_o(world_change),
    .lookup_o      (lookup),
    .asid_o        (asid),
    .control_o     (control),
    .page_lower_o  (page_lower),
    .page_upper_o  (page_upper),
    .misses_o      (misses),
    .ds1_o         (ds1),
    .ds2_o         (ds2),
    .walk_lower_o  (walk_lower),
    .walk_upper_o  (walk_upper),
    .stage2_o      (stage2)
  );

  // Maintenance
  logic           running;
  logic           mark;
  logic           tlbi_first;
  logic           tlbi_step;
  logic           clear;
  logic [12:0]    step;
  logic           awaited;
  mmu_pkg::tlbi_t tlbi;
  maintenance_unit #(
    .L2Sets(L2Steps)
  ) u_maintenance_unit (
    .clk_i(control_clk), .rst_ni,
    `TW_FAULT_CONNECT(fault_q)
    .l1_latency_i     (cfg_q.l1_latency),
    .vmid_i           (stage2.vmid),
    .ds1_i            (ds1),
    .ds2_i            (ds2),
    .own_valid_i      (tlbi_valid_i),
    .own_ready_o      (tlbi_ready_o),
    .own_op_i         (tlbi_op_i),
    .own_operand_i    (tlbi_operand_i),
    .own_id_i         (tlbi_id_i),
    .outside_valid_i  (out_valid_i),
    .outside_ready_o  (out_ready_o),
    .outside_op_i     (out_op_i),
    .outside_operand_i(out_operand_i),
    .outside_id_i     (out_id_i),
    .moves_o          (maintenance_moves),
    .running_o        (running),
    .mark_o           (mark),
    .tlbi_first_o     (tlbi_first),
    .tlbi_step_o      (tlbi_step),
    .clear_o          (clear),
    .step_o           (step),
    .tlbi_o           (tlbi),
    .awaited_i        (awaited),
    .rsp_valid_o      (tlbi_rsp_valid_o),
    .rsp_id_o         (tlbi_rsp_id_o),
    .rsp_outside_o    (tlbi_rsp_outside_o)
  );

  // What is filled into an L1
  logic                          fill;
  logic                          fill_fetch;
  logic                          fill_half;
  logic [                  39:0] fill_vpn;
  logic                          fill_global;
  logic [                  39:0] fill_pa;
  logic [mmu_pkg::LeafWidth-1:0] fill_leaf;
  logic [                   5:0] fill_size;
  logic [                   5:0] fill_span;

  // The stages
  logic             data_clk;
  logic             fetch_clk;
  logic             data_wants;
  logic             data_enters;
  mmu_pkg::access_t data_access;
  logic [51:0]      data_va;
  logic [31:0]      data_id;
  logic             data_counted;
  logic             data_hit;
  logic             fetch_wants;
  logic             fetch_enters;
  mmu_pkg::access_t fetch_access;
  logic [51:0]      fetch_va;
  logic [31:0]      fetch_id;
  logic             fetch_counted;
  logic             fetch_hit;
  stages #(
    .L1iEntries         (L1iEntries),
    .L1iWays            (L1iWays),
    .L1iReplacement     (L1iReplacement),
    .L1iLargeEntries    (L1iLargeEntries),
    .L1iLargeReplacement(L1iLargeReplacement),
    .L1dEntries         (L1dEntries),
    .L1dWays            (L1dWays),
    .L1dReplacement     (L1dReplacement),
    .L1dLargeEntries    (L1dLargeEntries),
    .L1dLargeReplacement(L1dLargeReplacement)
  ) u_stages (
    .clk_i, .rst_ni,
    `TW_FAULT_CONNECT(fault_q)
    .running_i      (running),
    .cfg_i          (cfg_q),
    .held_i         (held_q),
    .lookup_i       (lookup),
    .control_i      (control),
    .world_i        (world),
    .world_change_i (world_change),
    .asid_i         (asid),
    .page_lower_i   (page_lower),
    .page_upper_i   (page_upper),
    .d_req_valid_i, .d_req_ready_o, .d_req_va_i, .d_req_id_i, .d_req_write_i, .d_req_el_i, .d_req_pan_i, .d_req_at_i,
    .d_req_par_long_i, .d_req_nonfault_i, .d_req_prfm_i,
    .i_req_valid_i, .i_req_ready_o, .i_req_va_i, .i_req_id_i, .i_req_el_i, .i_req_prfm_i,
    .busy_o         (busy),
    .data_wants_o   (data_wants),
    .data_enters_i  (data_enters),
    .data_access_o  (data_access),
    .data_va_o      (data_va),
    .data_id_o      (data_id),
    .fetch_wants_o  (fetch_wants),
    .fetch_enters_i (fetch_enters),
    .fetch_access_o (fetch_access),
    .fetch_va_o     (fetch_va),
    .fetch_id_o     (fetch_id),
    .fill_i         (fill),
    .fill_fetch_i   (fill_fetch),
    .fill_half_i    (fill_half),
    .fill_vpn_i     (fill_vpn),
    .fill_global_i  (fill_global),
    .fill_pa_i      (fill_pa),
    .fill_leaf_i    (fill_leaf),
    .fill_size_i    (fill_size),
    .fill_span_i    (fill_span),
    .tlbi_first_i   (tlbi_first),
    .tlbi_i         (tlbi),
    .d_rsp_valid_o, .d_rsp_id_o, .d_rsp_kind_o, .d_rsp_found_o, .d_rsp_fault_o, .d_rsp_fsc_o, .d_rsp_stage2_o,
    .d_rsp_pa_o, .d_rsp_attr_o, .d_rsp_sh_o, .d_rsp_size_o, .d_rsp_par_o, .d_rsp_esr_o,
    .i_rsp_valid_o, .i_rsp_id_o, .i_rsp_found_o, .i_rsp_fault_o, .i_rsp_fsc_o, .i_rsp_stage2_o, .i_rsp_pa_o,
    .i_rsp_attr_o, .i_rsp_sh_o, .i_rsp_size_o, .i_rsp_par_o, .i_rsp_esr_o,
    .data_clk_o(data_clk), .data_counted_o(data_counted), .data_hit_o(data_hit),
    .fetch_clk_o(fetch_clk), .fetch_counted_o(fetch_counted), .fetch_hit_o(fetch_hit)
  );

  // Past the L1s
  mmu_pkg::access_t rsp_access;
  mmu_pkg::events_t events;
  logic             miss_clk;
  miss_path #(
    .L1iWays           (L1iWays),
    .L1dWays           (L1dWays),
    .L2Sets            (L2Sets),
    .L2Ways            (L2Ways),
    .L2Replacement     (L2Replacement),
    .L2LargeSets       (L2LargeSets),
    .L2LargeWays       (L2LargeWays),
    .L2LargeReplacement(L2LargeReplacement),
    .WcEntriesM1       (WcEntriesM1),
    .WcEntries0        (WcEntries0),
    .WcEntries1        (WcEntries1),
    .WcEntries2        (WcEntries2),
    .WcReplacement     (WcReplacement),
    .WcInL2            (WcInL2),
    .IpaEntries        (IpaEntries),
    .IpaReplacement    (IpaReplacement),
    .Misses            (Misses),
    .Walks             (Walks)
  ) u_miss_path (
    .clk_i, .rst_ni,
    `TW_FAULT_CONNECT(fault_q)
    .cfg_i            (cfg_q),
    .held_i           (held_q),
    .lookup_i         (lookup),
    .control_i        (control),
    .walk_lower_i     (walk_lower),
    .walk_upper_i     (walk_upper),
    .stage2_i         (stage2),
    .world_i          (world),
    .world_change_i   (world_change),
    .asid_i           (asid),
    .misses_i         (misses),
    .watch_o          (watch),
    .changes_i        (changes),
    .prefetching_o,
    .data_wants_i     (data_wants),
    .data_access_i    (data_access),
    .data_va_i        (data_va),
    .data_id_i        (data_id),
    .data_enters_o    (data_enters),
    .fetch_wants_i    (fetch_wants),
    .fetch_access_i   (fetch_access),
    .fetch_va_i       (fetch_va),
    .fetch_id_i       (fetch_id),
    .fetch_enters_o   (fetch_enters),
    .mark_i           (mark),
    .tlbi_first_i     (tlbi_first),
    .tlbi_step_i      (tlbi_step),
    .clear_i          (clear),
    .step_i           (step),
    .tlbi_i           (tlbi),
    .awaited_o        (awaited),
    .fill_o           (fill),
    .fill_fetch_o     (fill_fetch),
    .fill_half_o      (fill_half),
    .fill_vpn_o       (fill_vpn),
    .fill_global_o    (fill_global),
    .fill_pa_o(fill_pa), .fill_leaf_o(fill_leaf),
    .fill_size_o(fill_size), .fill_span_o(fill_span),
    .rsp_ready_i      (m_rsp_ready_i),
    .rsp_valid_o      (m_rsp_valid_o),
    .rsp_id_o         (m_rsp_id_o),
    .rsp_access_o     (rsp_access),
    .rsp_found_o      (m_rsp_found_o),
    .rsp_fault_o      (m_rsp_fault_o),
    .rsp_fsc_o        (m_rsp_fsc_o),
    .rsp_s1ptw_o      (m_rsp_s1ptw_o),
    .rsp_stage2_o     (m_rsp_stage2_o),
    .rsp_pa_o         (m_rsp_pa_o),
    .rsp_attr_o       (m_rsp_attr_o),
    .rsp_sh_o         (m_rsp_sh_o),
    .rsp_size_o       (m_rsp_size_o),
    .rsp_walk_o(m_rsp_walk_o), .rsp_walk_cycles_o(m_rsp_walk_cycles_o),
    .rsp_par_o(m_rsp_par_o), .rsp_esr_o(m_rsp_esr_o), .rsp_hpfar_o(m_rsp_hpfar_o),
    .clk_o            (miss_clk),
    .events_o         (events),
    .mem_req_valid_o, .mem_req_ready_i, .mem_req_addr_o, .mem_req_level_o, .mem_req_stage2_o, .mem_req_word_o,
    .mem_req_swap_o, .mem_req_expected_o, .mem_req_desired_o, .mem_req_tag_o, .mem_req_prefetch_o, .mem_rsp_valid_i,
    .mem_rsp_tag_i, .mem_rsp_data_i, .mem_rsp_line_i, .mem_rsp_error_i
  );
  assign m_rsp_kind_o = rsp_access.kind;
  // Counters. The mapping's size is the answer's wherever a walk has filled
  counters u_counters (
    .data_clk_i(data_clk), .fetch_clk_i(fetch_clk), .miss_clk_i(miss_clk), .rst_ni,
    `TW_FAULT_CONNECT(fault_q)
    .data_i           (data_counted),
    .data_hit_i       (data_hit),
    .data_write_i     (data_access.kind[0]),
    .data_prfm_i      (data_access.prfm),
    .fetch_i          (fetch_counted),
    .fetch_hit_i      (fetch_hit),
    .fetch_prfm_i     (fetch_access.prfm),
    .data_stall_i     (d_req_valid_i && !d_req_ready_o),
    .fetch_stall_i    (i_req_valid_i && !i_req_ready_o),
    .rsp_valid_i      (m_rsp_valid_o),
    .rsp_access_i     (rsp_access),
    .rsp_found_i      (m_rsp_found_o),
    .rsp_filled_i     (fill),
    .rsp_size_i       (m_rsp_size_o),
    .rsp_walk_cycles_i(m_rsp_walk_cycles_o),
    .access_i         (mem_req_valid_o),
    .access_swap_i    (mem_req_swap_o),
    .events_i         (events),
    .sel_i            (cnt_sel_i),
    .value_o          (cnt_value_o)
  );

endmodule
