// Assertions on an L1's channel: one answer at a time. Verilator alone reads this file.
module response_sva (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        answer_i,
  input logic [3:0]  ahead_i,
  input logic        late,
  input logic        waited,
  input logic [15:0] valid_q,
  input logic [3:0]  slot
);

  OneResponse : assert property (@(posedge clk_i) disable iff (!rst_ni) !(waited && answer_i && !late));
  SlotIsFree : assert property (@(posedge clk_i) disable iff (!rst_ni) late |-> !valid_q[slot]);
  AheadFits : assert property (@(posedge clk_i) disable iff (!rst_ni) answer_i |-> (ahead_i <= 4'd14));

endmodule

bind response response_sva u_sva (.*);
