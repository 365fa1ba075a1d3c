// Assertions on the walks' state: acts are due, data come to an access that is out. Verilator alone reads this file.
module walk_state_sva #(
  parameter int Walks    = 4,
  parameter int WalkBits = 2
) (
  input logic                clk_i,
  input logic                rst_ni,
  input logic                begin_i,
  input logic [WalkBits-1:0] begin_walk_i,
  input logic                act_i,
  input logic [WalkBits-1:0] walk_i,
  input logic                done_i,
  input logic                issue_i,
  input logic                nests_i,
  input logic                mem_rsp_valid_i,
  input logic [Walks-1:0]    due_o,
  input logic [Walks-1:0]    busy_q,
  input logic [Walks-1:0]    out_q,
  input logic [Walks-1:0]    counting_q,
  input logic [Walks-1:0]    arriving
);

  BeginsAFreeOne : assert property (@(posedge clk_i) disable iff (!rst_ni) begin_i |-> !busy_q[begin_walk_i]);
  ActIsDue : assert property (@(posedge clk_i) disable iff (!rst_ni) act_i |-> due_o[walk_i]);
  // At most: a response that the channel has no room for is not made
  ActDoesOneThing : assert property (@(posedge clk_i) disable iff (!rst_ni)
      $onehot0({done_i, issue_i, nests_i}) && (act_i || !(done_i || issue_i || nests_i)));
  DataComeToAnAccess : assert property (@(posedge clk_i) disable iff (!rst_ni) mem_rsp_valid_i |-> $onehot(arriving));
  WaitsForOneThing : assert property (@(posedge clk_i) disable iff (!rst_ni)
      ((out_q & counting_q) == '0) && (((out_q | counting_q) & ~busy_q) == '0));

endmodule

bind walk_state walk_state_sva #(.Walks(Walks), .WalkBits(WalkBits)) u_sva (.*);
