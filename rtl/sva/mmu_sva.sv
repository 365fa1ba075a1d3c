// Assertions on the MMU's ports and states, bound to it. Verilator alone reads this file.
module mmu_sva (
  input logic        clk_i,
  input logic        rst_ni,
  // Acceptance
  input logic        take_tlbi,
  input logic        take_d,
  input logic        take_i,
  input logic        open,
  // Responses
  input logic        rsp_valid_o,
  input logic        rsp_fault_o,
  input logic [51:0] rsp_pa_o,
  // Memory
  input logic        mem_req_valid_o,
  input logic        mem_req_ready_i,
  input logic [51:0] mem_req_addr_o,
  input logic [2:0]  mem_req_level_o,
  input logic        mem_req_stage2_o,
  input logic        mem_req_word_o,
  input logic        mem_req_swap_o,
  input logic [63:0] mem_req_expected_o,
  input logic [63:0] mem_req_desired_o,
  input logic        mem_rsp_valid_i
);

  // Requests that are accepted and not answered; a read or a swap that is out
  int   pending_q;
  logic access_out_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pending_q  <= 0;
      access_out_q <= 1'b0;
    end else begin
      pending_q <= pending_q + int'(take_tlbi || take_d || take_i) - int'(rsp_valid_o);
      if (mem_req_valid_o && mem_req_ready_i) access_out_q <= 1'b1;
      else if (mem_rsp_valid_i) access_out_q <= 1'b0;
    end
  end

  OneTaken : assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0({take_tlbi, take_d, take_i}));
  TakenWhenOpen : assert property (@(posedge clk_i) disable iff (!rst_ni) (take_tlbi || take_d || take_i) |-> open);
  ResponseAfterAcceptance : assert property (@(posedge clk_i) disable iff (!rst_ni) rsp_valid_o |-> pending_q > 0);
  FaultHasNoAddress : assert property (@(posedge clk_i) disable iff (!rst_ni)
      (rsp_valid_o && rsp_fault_o) |-> rsp_pa_o == '0);
  // So a swap too is answered before another access.
  DataOnlyWhenAccessIsOut : assert property (@(posedge clk_i) disable iff (!rst_ni) mem_rsp_valid_i |-> access_out_q);
  OneAccessOut : assert property (@(posedge clk_i) disable iff (!rst_ni) mem_req_valid_o |-> !access_out_q);
  AccessIsHeld : assert property (@(posedge clk_i) disable iff (!rst_ni)
      (mem_req_valid_o && !mem_req_ready_i) |=>
      (mem_req_valid_o && $stable(mem_req_addr_o) && $stable(mem_req_level_o) && $stable(mem_req_stage2_o) &&
       $stable(mem_req_word_o) && $stable(mem_req_swap_o) && $stable(mem_req_expected_o) &&
       $stable(mem_req_desired_o)));
  AccessIsAligned : assert property (@(posedge clk_i) disable iff (!rst_ni)
      mem_req_valid_o |-> mem_req_addr_o[1:0] == '0 && (mem_req_word_o || !mem_req_addr_o[2]));
  SwapChanges : assert property (@(posedge clk_i) disable iff (!rst_ni)
      (mem_req_valid_o && mem_req_swap_o) |-> (!mem_req_word_o && (mem_req_expected_o != mem_req_desired_o)));

endmodule

bind mmu mmu_sva u_sva (.*);
