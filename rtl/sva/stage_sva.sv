// Assertions on an L1's stage. Verilator alone reads this file.
module stage_sva (
  input logic clk_i,
  input logic rst_ni,
  input logic valid_q,
  input logic hold_i,
  input logic direct,
  input logic hit,
  input logic wants_o,
  input logic enters_i,
  input logic leaves,
  input logic fill_i,
  input logic lookup
);

  OneDecision : assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0({direct, hit, wants_o}));
  DecidedWhenNotHeld : assert property (@(posedge clk_i) disable iff (!rst_ni)
      (direct || hit || wants_o || leaves) |-> (valid_q && !hold_i));
  EntersWhenItWants : assert property (@(posedge clk_i) disable iff (!rst_ni) enters_i |-> wants_o);
  NoLookUpWhileFilled : assert property (@(posedge clk_i) disable iff (!rst_ni) !(lookup && fill_i));

endmodule

bind stage stage_sva u_sva (.*);
