// Assertions on the register of prefetch: a candidate is of what was asked for. Verilator alone reads this file.
module prefetch_sva (
  input logic       clk_i,
  input logic       rst_ni,
  input logic [1:0] mode_i,
  input logic       fills,
  input logic       made,
  input logic       proposed,
  input logic       waits_q,
  input logic       wants_o,
  input logic       enters_i,
  input logic       tlbi_first_i,
  input logic       changed_i
);

  OffIsOff : assert property (@(posedge clk_i) disable iff (!rst_ni) (mode_i == 2'd0) |-> !(waits_q || fills));
  MadeOfAFill : assert property (@(posedge clk_i) disable iff (!rst_ni) (proposed || !made) && (fills || !proposed));
  EntersWhenItWants : assert property (@(posedge clk_i) disable iff (!rst_ni) enters_i |-> wants_o);
  NoneAfterATlbi : assert property (@(posedge clk_i) disable iff (!rst_ni)
      (tlbi_first_i || changed_i) |=> !waits_q);
  NoneInATlbi : assert property (@(posedge clk_i) disable iff (!rst_ni) (tlbi_first_i || changed_i) |-> !wants_o);
  OneLeaves : assert property (@(posedge clk_i) disable iff (!rst_ni) (enters_i && !made) |=> !waits_q);

endmodule

bind prefetch prefetch_sva u_sva (.*);
