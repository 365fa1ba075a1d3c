// An L1's response channel, and the answers on their way to it when the L1 latency is more than 1.
//
// They wait in a ring of 16 slots, one for each of the coming cycles. No twin: the C model dates its responses.
module response (
  input logic clk_i,
  input logic rst_ni,
  // Answer found now, to be given in `ahead` cycles (0 to 14; the same for all)
  input logic        answer_i,
  input logic [3:0]  ahead_i,
  input logic [31:0] id_i,
  input logic [1:0]  kind_i,
  input logic        el_i,
  input logic        found_l1_i,
  input logic        fault_i,
  input logic [5:0]  fsc_i,
  input logic        stage2_i,
  input logic [51:0] pa_i,
  input logic [7:0]  attr_i,
  input logic [1:0]  sh_i,
  input logic [5:0]  size_i,
  input logic        par32_i,
  input logic        supersection_i,
  // Layout of the registers
  input logic aarch32_i,
  input logic short_i,
  // Answers wait
  output logic waits_o,
  // Response
  output logic        rsp_valid_o,
  output logic [31:0] rsp_id_o,
  output logic [1:0]  rsp_kind_o,
  output logic [2:0]  rsp_found_o,
  output logic        rsp_fault_o,
  output logic [5:0]  rsp_fsc_o,
  output logic        rsp_stage2_o,
  output logic [51:0] rsp_pa_o,
  output logic [7:0]  rsp_attr_o,
  output logic [1:0]  rsp_sh_o,
  output logic [5:0]  rsp_size_o,
  output logic [63:0] rsp_par_o,
  output logic [31:0] rsp_esr_o
);

  // Slots
  logic [15:0] valid_q;
  logic [ 3:0] now_q;
  logic [31:0] id_q  [16];
  logic [51:0] pa_q  [16];
  logic [29:0] rest_q[16];

  logic        late;
  logic [ 3:0] slot;
  logic [15:0] valid_d;
  assign waits_o = valid_q != '0;
  assign late = answer_i && (ahead_i != 4'd0);
  assign slot = now_q + ahead_i;

  always_comb begin
    valid_d        = valid_q;
    valid_d[now_q] = 1'b0;
    if (late) valid_d[slot] = 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
      now_q   <= '0;
    end else if (late || (valid_q != '0)) begin
      valid_q <= valid_d;
      now_q   <= now_q + 4'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (late) begin
      id_q[slot]   <= id_i;
      pa_q[slot]   <= pa_i;
      rest_q[slot] <= {
        par32_i, supersection_i, stage2_i, kind_i, el_i, found_l1_i, fault_i, fsc_i, attr_i, sh_i, size_i
      };
    end
  end

  // Channel
  logic waited;
  logic el;
  logic found_l1;
  logic par32;
  logic supersection;
  assign waited      = valid_q[now_q];
  assign rsp_valid_o = waited || (answer_i && !late);

  always_comb begin
    rsp_id_o     = id_i;
    rsp_pa_o     = pa_i;
    par32        = par32_i;
    supersection = supersection_i;
    rsp_stage2_o = stage2_i;
    rsp_kind_o   = kind_i;
    el           = el_i;
    found_l1     = found_l1_i;
    rsp_fault_o  = fault_i;
    rsp_fsc_o    = fsc_i;
    rsp_attr_o   = attr_i;
    rsp_sh_o     = sh_i;
    rsp_size_o   = size_i;
    if (waited) begin
      rsp_id_o = id_q[now_q];
      rsp_pa_o = pa_q[now_q];
      {par32, supersection, rsp_stage2_o, rsp_kind_o, el, found_l1, rsp_fault_o, rsp_fsc_o, rsp_attr_o, rsp_sh_o,
       rsp_size_o} = rest_q[now_q];
    end
    rsp_found_o = found_l1 ? mmu_pkg::FoundL1 : mmu_pkg::FoundNone;
  end

  logic [63:0] unused_hpfar;
  syndrome u_syndrome (
    .valid_i       (rsp_valid_o),
    .kind_i        (rsp_kind_o),
    .el_i          (el),
    .fault_i       (rsp_fault_o),
    .fsc_i         (rsp_fsc_o),
    .s1ptw_i       (1'b0),
    .stage2_i      (rsp_stage2_o),
    .pa_i          (rsp_pa_o[51:12]),
    .attr_i        (rsp_attr_o),
    .sh_i          (rsp_sh_o),
    .ipa_i         ('0),
    .aarch32_i,
    .short_i,
    .par32_i       (par32),
    .supersection_i(supersection),
    .par_o         (rsp_par_o),
    .esr_o         (rsp_esr_o),
    .hpfar_o       (unused_hpfar)
  );

endmodule
