// Shift register that chooses the victims of random replacement: x^16 + x^14 + x^13 + x^11 + 1, eight shifts a step.
// Twin: random_victim() in replacement.c.
module lfsr (
  input  logic        clk_i,
  input  logic        reset_i,
  input  logic        step_i,
  output logic [15:0] value_o
);

  localparam logic [15:0] Seed = 16'hace1;

  // Eight shifts at once: the first needs bits 15, 13, 12 and 10, each later one the bits below.
  logic [ 7:0] entering;
  logic [15:0] value_q;
  assign entering = value_q[15:8] ^ value_q[13:6] ^ value_q[12:5] ^ value_q[10:3];
  assign value_o  = value_q;

  always_ff @(posedge clk_i) begin
    if (reset_i) value_q <= Seed;
    else if (step_i) value_q <= {value_q[7:0], entering};
  end

endmodule
