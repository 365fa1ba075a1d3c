// Assertions on a fully associative array of an L1: at most one live entry matches. Verilator alone reads this file.
module l1_full_sva #(
  parameter int Entries = 48
) (
  input logic                           clk_i,
  input logic                           rst_ni,
  input logic                           lookup_i,
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic [Entries-1:0]             valid,
  input logic [Entries-1:0]             live,
  input logic [56:0]                    key_q  [Entries],
  input logic [56:0]                    mask_q [Entries],
  input logic [mmu_pkg::WorldWidth-1:0] world_q[Entries],
  input logic [56:0]                    probe,
  input logic [Entries-1:0]             victim
);

  int match_count;
  logic live_is_current;
  always_comb begin
    match_count     = 0;
    live_is_current = 1'b1;
    if (lookup_i) begin
      for (int i = 0; i < Entries; i++) begin
        if (valid[i] && live[i] && (((key_q[i] ^ probe) & mask_q[i]) == '0)) match_count = match_count + 1;
        if (valid[i] && (live[i] != (world_q[i] == world_i))) live_is_current = 1'b0;
      end
    end
  end

  AtMostOneMatch : assert property (@(posedge clk_i) disable iff (!rst_ni) match_count <= 1);
  LiveIsCurrent : assert property (@(posedge clk_i) disable iff (!rst_ni) live_is_current);
  OneVictim : assert property (@(posedge clk_i) disable iff (!rst_ni) $onehot0(victim));

endmodule

bind l1_full l1_full_sva #(.Entries(Entries)) u_sva (.*);
