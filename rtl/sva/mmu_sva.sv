// Assertions, bound to the modules they watch. Verilator alone reads this file.

// The MMU's ports and states.
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
  input logic        answer,
  input logic        push,
  input logic        line_valid,
  input logic        l1i_hit,
  input logic        l1d_hit,
  input logic        rsp_fault_o,
  input logic [51:0] rsp_pa_o,
  // Memory
  input logic        mem_req_valid_o,
  input logic        mem_req_ready_i,
  input logic [51:0] mem_req_addr_o,
  input logic [2:0]  mem_req_level_o,
  input logic        mem_rsp_valid_i
);

  // Requests that are accepted and not answered, reads that are out
  int   pending_q;
  logic read_out_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pending_q  <= 0;
      read_out_q <= 1'b0;
    end else begin
      pending_q <= pending_q + int'(take_tlbi || take_d || take_i) - int'(rsp_valid_o);
      if (mem_req_valid_o && mem_req_ready_i) read_out_q <= 1'b1;
      else if (mem_rsp_valid_i) read_out_q <= 1'b0;
    end
  end

  OneTaken : assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0({take_tlbi, take_d, take_i}));
  TakenWhenOpen : assert property (@(posedge clk_i) disable iff (!rst_ni) (take_tlbi || take_d || take_i) |-> open);
  ResponseAfterAcceptance : assert property (@(posedge clk_i) disable iff (!rst_ni) rsp_valid_o |-> pending_q > 0);
  OneResponse : assert property (@(posedge clk_i) disable iff (!rst_ni) !(line_valid && answer && !push));
  OneL1 : assert property (@(posedge clk_i) disable iff (!rst_ni) !(l1i_hit && l1d_hit));
  FaultHasNoAddress : assert property (@(posedge clk_i) disable iff (!rst_ni)
      (rsp_valid_o && rsp_fault_o) |-> rsp_pa_o == '0);
  DataOnlyWhenReadIsOut : assert property (@(posedge clk_i) disable iff (!rst_ni) mem_rsp_valid_i |-> read_out_q);
  OneReadOut : assert property (@(posedge clk_i) disable iff (!rst_ni) mem_req_valid_o |-> !read_out_q);
  ReadIsHeld : assert property (@(posedge clk_i) disable iff (!rst_ni)
      (mem_req_valid_o && !mem_req_ready_i) |=> (mem_req_valid_o && $stable(mem_req_addr_o) &&
                                                 $stable(mem_req_level_o)));
  ReadIsAligned : assert property (@(posedge clk_i) disable iff (!rst_ni)
      mem_req_valid_o |-> mem_req_addr_o[2:0] == '0);

endmodule

// An L1: at most one entry matches.
module l1_tlb_sva #(
  parameter int Entries = 48
) (
  input logic               clk_i,
  input logic               rst_ni,
  input logic               lookup_i,
  input logic [Entries-1:0] valid_q,
  input logic [56:0]        key_q [Entries],
  input logic [56:0]        mask_q[Entries],
  input logic [56:0]        probe,
  input logic [Entries-1:0] victim
);

  int matches;
  always_comb begin
    matches = 0;
    if (lookup_i) begin
      for (int i = 0; i < Entries; i++) begin
        if (valid_q[i] && (((key_q[i] ^ probe) & mask_q[i]) == '0)) matches = matches + 1;
      end
    end
  end

  AtMostOneMatch : assert property (@(posedge clk_i) disable iff (!rst_ni) matches <= 1);
  OneVictim : assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0(victim));

endmodule

// An order of uses: the ages are a permutation.
module lru_sva #(
  parameter int Entries = 48
) (
  input logic               clk_i,
  input logic               rst_ni,
  input logic               use_i,
  input logic [Entries-1:0] used_i,
  input logic [Entries-1:0] plane_q[6]
);

  logic [Entries-1:0] seen;
  logic [        5:0] age;
  always_comb begin
    seen = '0;
    age  = '0;
    if (use_i) begin
      for (int i = 0; i < Entries; i++) begin
        for (int b = 0; b < 6; b++) age[b] = plane_q[b][i];
        for (int j = 0; j < Entries; j++) if (age == j[5:0]) seen[j] = 1'b1;
      end
    end
  end

  AgesArePermutation : assert property (@(posedge clk_i) disable iff (!rst_ni) use_i |-> (seen == '1));
  OneUsed : assert property (@(posedge clk_i) disable iff (!rst_ni) use_i |-> $onehot(used_i));

endmodule

bind mmu mmu_sva u_sva (.*);
bind l1_tlb l1_tlb_sva #(.Entries(Entries)) u_sva (.*);
bind lru lru_sva #(.Entries(Entries)) u_sva (.*);
