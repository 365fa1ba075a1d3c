// Maintenance in time: one operation after the other from both ports' queues, and the reset's way through the L2. In
// maintenance.c.
module maintenance_unit #(
  parameter int L2Sets = 256
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Configuration and registers
  input logic [3:0]  l1_latency_i,
  input logic [15:0] vmid_i,
  input logic        ds1_i,
  input logic        ds2_i,
  // What this PE asks for
  input  logic        own_valid_i,
  output logic        own_ready_o,
  input  logic [7:0]  own_op_i,
  input  logic [63:0] own_operand_i,
  input  logic [31:0] own_id_i,
  // What is broadcast to it
  input  logic        outside_valid_i,
  output logic        outside_ready_o,
  input  logic [7:0]  outside_op_i,
  input  logic [63:0] outside_operand_i,
  input  logic [31:0] outside_id_i,
  // There is an operation, or one comes: else the clock may stand
  output logic moves_o,
  // The MMU accepts requests: the reset has gone through the L2
  output logic running_o,
  // First cycle of an operation, of a TLBI; its set of the L2, or the reset's
  output logic           mark_o,
  output logic           tlbi_first_o,
  output logic           tlbi_step_o,
  output logic           clear_o,
  output logic [12:0]    step_o,
  output mmu_pkg::tlbi_t tlbi_o,
  // Some request is awaited
  input logic awaited_i,
  // Response
  output logic        rsp_valid_o,
  output logic [31:0] rsp_id_o,
  output logic        rsp_outside_o
);

  typedef enum logic [1:0] {
    StClear,   // the L2 after reset, a set a cycle
    StFree,
    StTlbi,
    StBarrier  // a DSB
  } state_e;

  state_e      state_q;
  logic [12:0] step_q;     // cycles since the operation's first one
  logic        own_last_q; // this PE's was served last
  logic        outside_q;
  logic [ 7:0] op_q;
  logic [63:0] operand_q;
  logic [31:0] id_q;

  logic own_head;
  logic outside_head;
  assign moves_o = (state_q != StFree) || own_head || outside_head || own_valid_i || outside_valid_i;

  // Queues
  logic [ 7:0] own_op;
  logic [63:0] own_operand;
  logic [31:0] own_id;
  logic [ 7:0] outside_op;
  logic [63:0] outside_operand;
  logic [31:0] outside_id;
  logic        take;
  logic        take_outside;
  assign running_o    = state_q != StClear;
  assign take         = (state_q == StFree) && (own_head || outside_head);
  assign take_outside = outside_head && (!own_head || own_last_q);

  maintenance_queue u_own (
    .clk_i,
    .rst_ni,
    .running_i     (running_o),
    .valid_i       (own_valid_i),
    .ready_o       (own_ready_o),
    .op_i          (own_op_i),
    .operand_i     (own_operand_i),
    .id_i          (own_id_i),
    .head_o        (own_head),
    .head_op_o     (own_op),
    .head_operand_o(own_operand),
    .head_id_o     (own_id),
    .take_i        (take && !take_outside)
  );
  maintenance_queue u_outside (
    .clk_i,
    .rst_ni,
    .running_i     (running_o),
    .valid_i       (outside_valid_i),
    .ready_o       (outside_ready_o),
    .op_i          (outside_op_i),
    .operand_i     (outside_operand_i),
    .id_i          (outside_id_i),
    .head_o        (outside_head),
    .head_op_o     (outside_op),
    .head_operand_o(outside_operand),
    .head_id_o     (outside_id),
    .take_i        (take && take_outside)
  );

  // The operation
  logic [ 7:0] op;
  logic [63:0] operand;
  logic        is_barrier;
  assign op         = !take ? op_q : take_outside ? outside_op : own_op;
  assign operand    = !take ? operand_q : take_outside ? outside_operand : own_operand;
  assign is_barrier = op[3:0] == mmu_pkg::OpDsb;

  assign mark_o       = take && !(is_barrier && `TW_FAULT(65));
  assign tlbi_first_o = take && !is_barrier;
  assign tlbi_step_o  = tlbi_first_o || ((state_q == StTlbi) && (step_q < 13'(L2Sets)));
  assign clear_o      = state_q == StClear;
  assign step_o       = take ? '0 : step_q;

  maintenance u_maintenance (
    `TW_FAULT_CONNECT(fault_i)
    .active_i (tlbi_step_o),
    .op_i     (op),
    .operand_i(operand),
    .vmid_i,
    .ds1_i,
    .ds2_i,
    .tlbi_o
  );

  // Response: the L2 has been gone through, an L1 hit would have been answered, and so has what is awaited
  logic through;
  always_comb begin
    through = 1'b0;
    if (state_q == StTlbi) through = step_q >= 13'(L2Sets);
    if (state_q == StBarrier) through = 1'b1;
    rsp_valid_o = through && ({1'b0, step_q} + 14'd1 >= {10'd0, l1_latency_i}) &&
                  (!awaited_i || (`TW_FAULT(66) && (state_q == StTlbi)));
  end
  assign rsp_id_o      = id_q;
  assign rsp_outside_o = outside_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q    <= StClear;
      step_q     <= '0;
      own_last_q <= 1'b0;
    end else begin
      case (state_q)
        StClear: begin
          step_q <= step_q + 13'd1;
          if (step_q == 13'(L2Sets - 1)) state_q <= StFree;
        end
        StFree: begin
          if (take) begin
            state_q    <= is_barrier ? StBarrier : StTlbi;
            step_q     <= 13'd1;
            own_last_q <= !take_outside;
          end
        end
        default: begin
          if (rsp_valid_o) state_q <= StFree;
          if (step_q != '1) step_q <= step_q + 13'd1;
        end
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      op_q      <= op;
      operand_q <= operand;
      id_q      <= take_outside ? outside_id : own_id;
      outside_q <= take_outside;
    end
  end

endmodule
