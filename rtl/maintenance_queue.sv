// Operations of maintenance that one port has accepted and that wait for the unit: at most four. In maintenance.c.
module maintenance_queue (
  input logic clk_i,
  input logic rst_ni,
  // Port
  input  logic        running_i,
  input  logic        valid_i,
  output logic        ready_o,
  input  logic [7:0]  op_i,
  input  logic [63:0] operand_i,
  input  logic [31:0] id_i,
  // There is one; the one that was accepted first, while it is taken
  output logic        head_o,
  output logic [7:0]  head_op_o,
  output logic [63:0] head_operand_o,
  output logic [31:0] head_id_o,
  input  logic        take_i
);

  logic [ 2:0] count_q;
  logic [ 1:0] first_q;
  logic [ 7:0] op_q     [4];
  logic [63:0] operand_q[4];
  logic [31:0] id_q     [4];

  logic accept;
  logic [1:0] last;
  assign ready_o = running_i && !count_q[2];
  assign accept  = valid_i && ready_o;
  assign last    = first_q + count_q[1:0];
  assign head_o  = count_q != '0;

  always_comb begin
    head_op_o      = '0;
    head_operand_o = '0;
    head_id_o      = '0;
    if (take_i) begin
      head_op_o      = op_q[first_q];
      head_operand_o = operand_q[first_q];
      head_id_o      = id_q[first_q];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q <= '0;
      first_q <= '0;
    end else begin
      if (accept && !take_i) count_q <= count_q + 3'd1;
      else if (take_i && !accept) count_q <= count_q - 3'd1;
      if (take_i) first_q <= first_q + 2'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept) begin
      op_q[last]      <= op_i;
      operand_q[last] <= operand_i;
      id_q[last]      <= id_i;
    end
  end

endmodule
