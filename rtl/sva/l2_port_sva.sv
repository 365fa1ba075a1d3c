// Assertions on the L2's one port: who uses it in a cycle. Bound to what is past the L1s. Verilator alone reads this file.
module l2_port_sva #(
  parameter int WcInL2 = 0
) (
  input logic clk_i,
  input logic rst_ni,
  input logic act,
  input logic probe,
  input logic walk_fill,
  input logic table_look,
  input logic table_fill,
  input logic tlbi_step_i,
  input logic clear_i
);

  OnePortOfTheL2 : assert property (@(posedge clk_i) disable iff (!rst_ni)
      $onehot0({probe, walk_fill, table_look, table_fill}));
  TablesAreUsedByActs : assert property (@(posedge clk_i) disable iff (!rst_ni) (table_look || table_fill) |-> act);
  TablesInTheL2Alone : assert property (@(posedge clk_i) disable iff (!rst_ni)
      (WcInL2 != 0) || !(table_look || table_fill));
  // A TLBI has the L2 for itself but for fills. (A walk that began before it is stale and fills no table.)
  NoLookUpDuringASweep : assert property (@(posedge clk_i) disable iff (!rst_ni)
      (tlbi_step_i || clear_i) |-> !(probe || table_look || table_fill));

endmodule

bind miss_path l2_port_sva #(.WcInL2(WcInL2)) u_l2_port_sva (.*);
