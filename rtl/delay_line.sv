// Answers of the L1's cycle on their way to the response port when the L1 latency is more than 1.
//
// A ring of 16 slots, one for each of the coming cycles. No twin: the C model dates its responses.
module delay_line (
  input logic clk_i,
  input logic rst_ni,
  // Answer found now, to be given in `ahead` cycles (1 to 14)
  input logic        push_i,
  input logic [3:0]  ahead_i,
  input logic [31:0] id_i,
  input logic [1:0]  kind_i,
  input logic        el_i,
  input logic [2:0]  found_i,
  input logic        fault_i,
  input logic [5:0]  fsc_i,
  input logic [51:0] pa_i,
  input logic [7:0]  attr_i,
  input logic [1:0]  sh_i,
  input logic [5:0]  size_i,
  // Answer to give now
  output logic        valid_o,
  output logic [31:0] id_o,
  output logic [1:0]  kind_o,
  output logic        el_o,
  output logic [2:0]  found_o,
  output logic        fault_o,
  output logic [5:0]  fsc_o,
  output logic [51:0] pa_o,
  output logic [7:0]  attr_o,
  output logic [1:0]  sh_o,
  output logic [5:0]  size_o
);

  // Slots
  logic [15:0] valid_q;
  logic [ 3:0] now_q;
  logic [31:0] id_q  [16];
  logic [51:0] pa_q  [16];
  logic [28:0] rest_q[16];

  logic [ 3:0] slot;
  logic [15:0] valid_d;
  assign slot = now_q + ahead_i;

  always_comb begin
    valid_d        = valid_q;
    valid_d[now_q] = 1'b0;
    if (push_i) valid_d[slot] = 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
      now_q   <= '0;
    end else if (push_i || (valid_q != '0)) begin
      valid_q <= valid_d;
      now_q   <= now_q + 4'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (push_i) begin
      id_q[slot]   <= id_i;
      pa_q[slot]   <= pa_i;
      rest_q[slot] <= {kind_i, el_i, found_i, fault_i, fsc_i, attr_i, sh_i, size_i};
    end
  end

  assign valid_o = valid_q[now_q];
  always_comb begin
    {kind_o, el_o, found_o, fault_o, fsc_o, attr_o, sh_o, size_o} = '0;
    id_o = '0;
    pa_o = '0;
    if (valid_o) begin
      id_o = id_q[now_q];
      pa_o = pa_q[now_q];
      {kind_o, el_o, found_o, fault_o, fsc_o, attr_o, sh_o, size_o} = rest_q[now_q];
    end
  end

endmodule
