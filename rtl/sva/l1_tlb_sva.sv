// Assertions on an L1: both arrays match only where the first has sets. Verilator alone reads this file.
module l1_tlb_sva #(
  parameter int Ways = 0
) (
  input logic clk_i,
  input logic rst_ni,
  input logic both
);

  OneArrayMatches : assert property (@(posedge clk_i) disable iff (!rst_ni) (Ways == 0) |-> !both);

endmodule

bind l1_tlb l1_tlb_sva #(.Ways(Ways)) u_sva (.*);
