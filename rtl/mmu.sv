// The MMU: ports, arbitration, one request's state machine. Every cycle and bit is defined in README.md.
//
// Inputs are registered before they are used, except the choice of the request that is taken. So nothing large hangs
// on an input, and responses depend on state alone.
module mmu #(
  parameter int L1iEntries  = 48,
  parameter int L1dEntries  = 48,
  parameter int L2Sets      = 256,
  parameter int L2Ways      = 5,
  parameter int WcEntriesM1 = 0,
  parameter int WcEntries0  = 8,
  parameter int WcEntries1  = 16,
  parameter int WcEntries2  = 32
) (
  input logic clk_i,
  input logic rst_ni,
`ifdef TW_FAULTS
  // Deliberate fault (FAULTS.md); 0: none
  input logic [7:0] fault_i,
`endif
  // Configuration: does not change while the MMU runs
  input logic [63:0] cfg_l1i_sizes_i,
  input logic [63:0] cfg_l1d_sizes_i,
  input logic [63:0] cfg_l2_sizes_i,
  input logic [3:0]  cfg_l1_latency_i,
  input logic [3:0]  cfg_l2_latency_i,
  input logic [3:0]  cfg_walk_start_i,
  input logic [3:0]  cfg_walk_step_i,
  input logic [2:0]  cfg_pa_size_i,
  // Registers: change only when nothing is in flight
  input logic [63:0] reg_sctlr_i,
  input logic [63:0] reg_tcr_i,
  input logic [63:0] reg_ttbr0_i,
  input logic [63:0] reg_ttbr1_i,
  input logic [63:0] reg_mair_i,
  // Data requests
  input  logic        d_req_valid_i,
  output logic        d_req_ready_o,
  input  logic [63:0] d_req_va_i,
  input  logic [31:0] d_req_id_i,
  input  logic        d_req_write_i,
  input  logic        d_req_el_i,
  input  logic        d_req_pan_i,
  // Fetch requests
  input  logic        i_req_valid_i,
  output logic        i_req_ready_o,
  input  logic [63:0] i_req_va_i,
  input  logic [31:0] i_req_id_i,
  input  logic        i_req_el_i,
  // Maintenance
  input  logic        tlbi_valid_i,
  output logic        tlbi_ready_o,
  input  logic [2:0]  tlbi_op_i,
  input  logic [63:0] tlbi_va_i,
  input  logic [15:0] tlbi_asid_i,
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
  // Memory
  output logic        mem_req_valid_o,
  input  logic        mem_req_ready_i,
  output logic [51:0] mem_req_addr_o,
  output logic [2:0]  mem_req_level_o,
  output logic [3:0]  mem_req_tag_o,
  input  logic        mem_rsp_valid_i,
  input  logic [3:0]  mem_rsp_tag_i,
  input  logic [63:0] mem_rsp_data_i,
  input  logic        mem_rsp_error_i,
  // Counters
  input  logic [4:0]  cnt_sel_i,
  output logic [63:0] cnt_value_o
);

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
  logic [63:0] l1d_sizes_q;
  logic [63:0] l2_sizes_q;
  logic [63:0] sctlr_q;
  logic [63:0] tcr_q;
  logic [63:0] ttbr0_q;
  logic [63:0] ttbr1_q;
  logic [63:0] mair_q;
  logic [ 3:0] l1_latency_q;
  logic [ 3:0] l2_latency_q;
  logic [ 3:0] walk_start_q;
  logic [ 3:0] walk_step_q;
  logic [ 2:0] pa_size_q;
  always_ff @(posedge clk_i) begin
    l1i_sizes_q  <= cfg_l1i_sizes_i;
    l1d_sizes_q  <= cfg_l1d_sizes_i;
    l2_sizes_q   <= cfg_l2_sizes_i;
    l1_latency_q <= cfg_l1_latency_i;
    l2_latency_q <= cfg_l2_latency_i;
    walk_start_q <= cfg_walk_start_i;
    walk_step_q  <= cfg_walk_step_i;
    pa_size_q    <= cfg_pa_size_i;
    sctlr_q      <= reg_sctlr_i;
    tcr_q        <= reg_tcr_i;
    ttbr0_q      <= reg_ttbr0_i;
    ttbr1_q      <= reg_ttbr1_i;
    mair_q       <= reg_mair_i;
  end
`ifdef TW_FAULTS
  logic [7:0] fault_q;
  always_ff @(posedge clk_i) fault_q <= fault_i;
`endif

  // Registers: the request and its state
  state_e      state_q;
  state_e      state_d;
  logic [63:0] va_q;
  logic [31:0] id_q;
  logic [ 1:0] kind_q;
  logic        el_q;
  logic        pan_q;
  logic [ 2:0] op_q;
  logic [15:0] tlbi_asid_q;
  logic [ 4:0] count_q;      // cycles until the first probe
  logic [ 4:0] count_d;
  logic [ 5:0] ranks_q;      // sizes still to be probed
  logic [ 5:0] ranks_d;
  logic [12:0] step_q;       // set of the reset or the TLBI
  logic [12:0] step_d;

  logic [39:0] vpn;
  logic        fetch;
  logic        maintain_first;
  assign vpn            = va_q[51:12];
  assign fetch          = kind_q == mmu_pkg::KindFetch;
  assign maintain_first = (state_q == StMaintain) && (step_q == '0);

  // Regime
  logic        stage1;
  logic        half;
  logic [ 1:0] granule;
  logic [15:0] regime_asid;
  logic [15:0] asid;  // of the request, or of the TLBI
  logic        address_fault;
  logic [ 5:0] address_fsc;
  logic [ 7:0] flat_attr;
  logic        wxn;
  logic        big_endian;
  logic        hpd;
  logic        epd;
  logic [ 5:0] input_size;
  logic [ 5:0] output_size;
  logic [ 2:0] start_level;
  logic [51:0] base;
  logic        base_fault;
  assign asid = (state_q == StMaintain) ? tlbi_asid_q : regime_asid;

  regime u_regime (
`ifdef TW_FAULTS
    .fault_i      (fault_q),
`endif
    .sctlr_i      (sctlr_q),
    .tcr_i        (tcr_q),
    .ttbr0_i      (ttbr0_q),
    .ttbr1_i      (ttbr1_q),
    .pa_size_i    (pa_size_q),
    .va_i         (va_q),
    .fetch_i      (fetch),
    .el_i         (el_q),
    .stage1_o     (stage1),
    .half_o       (half),
    .granule_o    (granule),
    .asid_o       (regime_asid),
    .fault_o      (address_fault),
    .fsc_o        (address_fsc),
    .flat_attr_o  (flat_attr),
    .wxn_o        (wxn),
    .walk_i       (state_q == StWalk),
    .big_endian_o (big_endian),
    .hpd_o        (hpd),
    .epd_o        (epd),
    .input_size_o (input_size),
    .output_size_o(output_size),
    .start_level_o(start_level),
    .base_o       (base),
    .base_fault_o (base_fault)
  );

  // TLBs
  logic                          lookup;
  logic                          l1_hit;
  logic                          probe;
  logic [                   5:0] probe_size;
  logic                          l2_hit;
  logic [                  39:0] entry_pa;
  mmu_pkg::leaf_t                entry;
  logic                          filled;
  logic                          walk_done;
  logic                          walk_fault;
  logic [                   5:0] walk_fsc;
  logic [                  39:0] walk_pa;
  logic [mmu_pkg::LeafWidth-1:0] walk_leaf;
  logic                          walk_global;
  logic                          walk_read;
  logic [                  31:0] walk_cycles;

  tlbs #(
    .L1iEntries(L1iEntries),
    .L1dEntries(L1dEntries),
    .L2Sets    (L2Sets),
    .L2Ways    (L2Ways)
  ) u_tlbs (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_q)
    .l1i_sizes_i    (l1i_sizes_q),
    .l1d_sizes_i    (l1d_sizes_q),
    .l2_sizes_i     (l2_sizes_q),
    .fetch_i        (fetch),
    .granule_i      (granule),
    .asid_i         (asid),
    .half_i         (half),
    .vpn_i          (vpn),
    .l1_lookup_i    (lookup),
    .l1_hit_o       (l1_hit),
    .l2_probe_i     (probe),
    .l2_probe_size_i(probe_size),
    .l2_hit_o       (l2_hit),
    .walk_i         (state_q == StWalk),
    .walk_filled_i  (walk_done && !walk_fault),
    .walk_pa_i      (walk_pa),
    .walk_leaf_i    (walk_leaf),
    .walk_global_i  (walk_global),
    .pa_o           (entry_pa),
    .leaf_o         (entry),
    .filled_o       (filled),
    .tlbi_i         (maintain_first),
    .tlbi_op_i      (op_q),
    .tlbi_set_i     ((state_q == StMaintain) && (step_q < 13'(L2Sets))),
    .clear_set_i    (state_q == StClear),
    .step_i         (step_q)
  );

  // Walker
  logic walk_begin;
  walker #(
    .WcEntriesM1(WcEntriesM1),
    .WcEntries0 (WcEntries0),
    .WcEntries1 (WcEntries1),
    .WcEntries2 (WcEntries2)
  ) u_walker (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_q)
    .walk_start_i   (walk_start_q),
    .walk_step_i    (walk_step_q),
    .pa_size_i      (pa_size_q),
    .mair_i         (mair_q),
    .granule_i      (granule),
    .asid_i         (asid),
    .half_i         (half),
    .vpn_i          (vpn),
    .big_endian_i   (big_endian),
    .hpd_i          (hpd),
    .epd_i          (epd),
    .input_size_i   (input_size),
    .output_size_i  (output_size),
    .start_level_i  (start_level),
    .base_i         (base),
    .base_fault_i   (base_fault),
    .start_i        (walk_begin),
    .tlbi_i         (maintain_first),
    .tlbi_op_i      (op_q),
    .done_o         (walk_done),
    .fault_o        (walk_fault),
    .fsc_o          (walk_fsc),
    .pa_o           (walk_pa),
    .leaf_o         (walk_leaf),
    .global_o       (walk_global),
    .read_o         (walk_read),
    .cycles_o       (walk_cycles),
    .mem_req_valid_o,
    .mem_req_ready_i,
    .mem_req_addr_o,
    .mem_req_level_o,
    .mem_rsp_valid_i(mem_rsp_valid_i && (mem_rsp_tag_i == 4'd0)),
    .mem_rsp_data_i,
    .mem_rsp_error_i
  );
  assign mem_req_tag_o = '0;

  // Look-ups
  logic [5:0] ranks_held;
  logic [5:0] ranks_left;  // after this probe
  assign lookup = (state_q == StLookup) && stage1 && !address_fault;
  assign probe  = (state_q == StProbe) && (count_q == '0);

  always_comb begin
    ranks_held = '0;
    if (lookup && !l1_hit) ranks_held = mmu_pkg::ranks_held(granule, l2_sizes_q);
  end

  always_comb begin
    probe_size = '0;
    ranks_left = '0;
    if (probe) begin
      for (int rank = mmu_pkg::Ranks - 1; rank >= 0; rank--) begin
        if (ranks_q[rank]) probe_size = mmu_pkg::size_of_rank(granule, rank[2:0]);
      end
      ranks_left = ranks_q & (ranks_q - 6'd1);
    end
  end

  // Permission
  logic allowed;
  permission u_permission (
`ifdef TW_FAULTS
    .fault_i  (fault_q),
`endif
    .kind_i   (kind_q),
    .el_i     (el_q),
    .pan_i    (pan_q),
    .wxn_i    (wxn),
    .ap_i     (entry.ap),
    .pxn_i    (entry.pxn),
    .uxn_i    (entry.uxn),
    .allowed_o(allowed)
  );

  // Answer
  logic        answer;
  logic        maintained;
  logic [ 2:0] found;
  logic        fault;
  logic [ 5:0] fsc;
  logic [51:0] pa;
  logic [ 7:0] attr;
  logic [ 1:0] sh;
  logic [ 5:0] answer_size;
  assign maintained = (state_q == StMaintain) && (step_q >= 13'(L2Sets)) && (step_q + 13'd1 >= {9'd0, l1_latency_q});

  always_comb begin
    answer      = 1'b0;
    found       = mmu_pkg::FoundNone;
    fault       = 1'b0;
    fsc         = '0;
    pa          = '0;
    attr        = '0;
    sh          = '0;
    answer_size = '0;
    if ((state_q == StLookup) && !lookup) begin
      answer = 1'b1;
      fault  = address_fault;
      if (address_fault) fsc = mmu_pkg::fault_code(address_fsc, 3'd1);
      else begin
        pa          = va_q[51:0];
        attr        = flat_attr;
        sh          = 2'd2;
        answer_size = 6'd12;
      end
    end else if (maintained) begin
      answer = 1'b1;
      found  = mmu_pkg::FoundMaintenance;
    end else if (walk_done && walk_fault) begin
      answer = 1'b1;
      found  = mmu_pkg::FoundWalk;
      fault  = 1'b1;
      fsc    = walk_fsc;
    end else if (l1_hit || l2_hit || walk_done) begin
      answer      = 1'b1;
      found       = l1_hit ? mmu_pkg::FoundL1 : l2_hit ? mmu_pkg::FoundL2 : mmu_pkg::FoundWalk;
      answer_size = entry.size;
      fault       = !allowed;
      if (!allowed) fsc = mmu_pkg::fault_code(mmu_pkg::FscPermission, {1'b0, entry.level} + 3'd1);
      else begin
        pa   = {entry_pa, va_q[11:0]};
        attr = entry.attr;
        sh   = entry.sh;
      end
    end
  end

  // Ports
  logic open;
  logic take_tlbi;
  logic take_d;
  logic take_i;
  logic take;
  assign open         = (state_q == StIdle) || answer;
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

  // Next state
  logic [4:0] first_probe;  // cycles from the miss to it, less 1
`ifdef TW_FAULTS
  assign first_probe = {1'b0, l1_latency_q} + {1'b0, l2_latency_q} - ((fault_q == 8'd3) ? 5'd1 : 5'd2);
`else
  assign first_probe = {1'b0, l1_latency_q} + {1'b0, l2_latency_q} - 5'd2;
`endif
  assign walk_begin = probe && !l2_hit && (ranks_left == '0);

  always_comb begin
    state_d = state_q;
    count_d = (count_q == '0) ? '0 : count_q - 5'd1;
    ranks_d = probe ? ranks_left : ranks_q;
    step_d  = step_q;
    case (state_q)
      StClear: begin
        step_d = step_q + 13'd1;
        if (step_q == 13'(L2Sets - 1)) state_d = StIdle;
      end
      StIdle: ;
      StLookup: begin
        count_d = first_probe;
        ranks_d = ranks_held;
        state_d = StProbe;
      end
      StProbe: if (walk_begin) state_d = StWalk;
      StWalk: ;
      StMaintain: step_d = step_q + 13'd1;
      default: state_d = StIdle;
    endcase
    if (open) begin
      state_d = StIdle;
      if (take) state_d = take_tlbi ? StMaintain : StLookup;
      step_d = '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StClear;
      count_q <= '0;
      ranks_q <= '0;
      step_q  <= '0;
    end else begin
      state_q <= state_d;
      count_q <= count_d;
      ranks_q <= ranks_d;
      step_q  <= step_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take_tlbi) begin
      va_q        <= tlbi_va_i;
      id_q        <= tlbi_id_i;
      kind_q      <= mmu_pkg::KindTlbi;
      el_q        <= 1'b1;
      pan_q       <= 1'b0;
      op_q        <= tlbi_op_i;
      tlbi_asid_q <= tlbi_asid_i;
    end else if (take_d) begin
      va_q   <= d_req_va_i;
      id_q   <= d_req_id_i;
      kind_q <= d_req_write_i ? mmu_pkg::KindWrite : mmu_pkg::KindRead;
      el_q   <= d_req_el_i;
      pan_q  <= d_req_pan_i;
    end else if (take_i) begin
      va_q   <= i_req_va_i;
      id_q   <= i_req_id_i;
      kind_q <= mmu_pkg::KindFetch;
      el_q   <= i_req_el_i;
      pan_q  <= 1'b0;
    end
  end

  // Responses
  logic push;
  assign push = (l1_latency_q > 4'd1) && answer && (state_q == StLookup);

  response u_response (
    .clk_i,
    .rst_ni,
    .answer_i     (answer),
    .late_i       (push),
    .ahead_i      (l1_latency_q - 4'd1),
    .id_i         (id_q),
    .kind_i       (kind_q),
    .el_i         (el_q),
    .found_i      (found),
    .fault_i      (fault),
    .fsc_i        (fsc),
    .pa_i         (pa),
    .attr_i       (attr),
    .sh_i         (sh),
    .size_i       (answer_size),
    .walk_cycles_i(walk_cycles),
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
    .rsp_esr_o
  );

  // Counters. The mapping's size is the answer's wherever a walk has filled.
  counters u_counters (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_q)
    .rsp_valid_i      (rsp_valid_o),
    .rsp_kind_i       (rsp_kind_o),
    .rsp_found_i      (rsp_found_o),
    .rsp_filled_i     (filled),
    .rsp_read_i       (walk_read),
    .rsp_size_i       (rsp_size_o),
    .rsp_walk_cycles_i(rsp_walk_cycles_o),
    .step_i           (mem_req_valid_o && mem_req_ready_i),
    .step_kind_i      (kind_q),
    .sel_i            (cnt_sel_i),
    .value_o          (cnt_value_o)
  );

endmodule
