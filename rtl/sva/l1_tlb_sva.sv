// Assertions on an L1: at most one entry matches. Verilator alone reads this file.
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

  int match_count;
  always_comb begin
    match_count = 0;
    if (lookup_i) begin
      for (int i = 0; i < Entries; i++) begin
        if (valid_q[i] && (((key_q[i] ^ probe) & mask_q[i]) == '0)) match_count = match_count + 1;
      end
    end
  end

  AtMostOneMatch : assert property (@(posedge clk_i) disable iff (!rst_ni) match_count <= 1);
  OneVictim : assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0(victim));

endmodule

bind l1_tlb l1_tlb_sva #(.Entries(Entries)) u_sva (.*);
