// No request or prefetch starves: the cycles that an entry is valid with the channel and memory open are bounded. Verilator alone
// reads this file.
module miss_path_sva #(
  parameter int Misses = 6
) (
  input logic              clk_i,
  input logic              rst_ni,
  input logic              rsp_ready_i,
  input logic              mem_req_ready_i,
  input logic              tlbi_step_i,
  input logic [Misses-1:0] valid,
  input logic [Misses-1:0] answered
);

  // More than all walks of a full queue take with the slowest memory that the tests have
  localparam int Longest = 200000;

  int   waited_q[Misses];
  logic open_q;
  logic starved;
  always_ff @(posedge clk_i) open_q <= (rsp_ready_i && mem_req_ready_i) || !rst_ni;
  always_comb begin
    starved = 1'b0;
    for (int i = 0; i < Misses; i++) if (waited_q[i] > Longest) starved = 1'b1;
  end
  always_ff @(posedge clk_i) begin
    for (int i = 0; i < Misses; i++) begin
      if (!rst_ni || !valid[i] || answered[i]) waited_q[i] <= 0;
      else if (open_q && !tlbi_step_i) waited_q[i] <= waited_q[i] + 1;
    end
  end

  NoRequestStarves : assert property (@(posedge clk_i) disable iff (!rst_ni) !starved);

endmodule

bind miss_path miss_path_sva #(
  .Misses(Misses)
) u_sva (
  .clk_i,
  .rst_ni,
  .rsp_ready_i,
  .mem_req_ready_i,
  .tlbi_step_i,
  .valid          (u_queue.valid_q),
  .answered       (u_queue.freed)
);
