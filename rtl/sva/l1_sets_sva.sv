// Assertions on an L1's array that has sets: at most one way matches. Verilator alone reads this file.
module l1_sets_sva #(
  parameter int Ways = 4
) (
  input logic            clk_i,
  input logic            rst_ni,
  input logic [Ways-1:0] match
);

  AtMostOneMatch : assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0(match));

endmodule

bind l1_sets l1_sets_sva #(.Ways(Ways)) u_sva (.*);
