// A clock that runs in the cycles in which it is enabled. No twin: the C model does nothing where nothing happens.
//
// A part of the MMU enables its clock in every cycle at whose end a register of it may change. The enable goes through a
// latch that is open while the clock is low: what follows from the rising edge itself makes no second one.
module clock_gate (
  input  logic clk_i,
  input  logic enable_i,
  output logic clk_o
);

  logic enable_q;
  always_latch begin
    if (!clk_i) enable_q = enable_i;
  end
  assign clk_o = clk_i && enable_q;

endmodule
