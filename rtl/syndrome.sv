// PAR_EL1 and ESR_EL1 of an answer.
module syndrome (
  // Answer
  input logic [1:0]  kind_i,
  input logic        el_i,
  input logic        fault_i,
  input logic [5:0]  fsc_i,
  input logic        s1ptw_i,
  input logic        stage2_i,
  input logic [39:0] pa_i,
  input logic [7:0]  attr_i,
  input logic [1:0]  sh_i,
  // Registers
  output logic [63:0] par_o,
  output logic [31:0] esr_o
);

  logic       fetch;
  logic [5:0] ec;  // exception class
  assign fetch = kind_i == mmu_pkg::KindFetch;
  assign ec    = {3'b100, !fetch, 1'b0, el_i};

  always_comb begin
    if (fault_i) begin
      par_o = {52'd0, 1'b1, 1'b0, stage2_i, s1ptw_i, 1'b0, fsc_i, 1'b1};
      esr_o = {ec, 1'b1, 17'd0, s1ptw_i, kind_i == mmu_pkg::KindWrite, fsc_i};
    end else begin
      par_o = {attr_i, 4'd0, pa_i, 1'b1, 2'd0, sh_i, 7'd0};
      esr_o = '0;
    end
  end

endmodule
