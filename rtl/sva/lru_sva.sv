// Assertions on an order of uses: the ages are a permutation. Verilator alone reads this file.
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

bind lru lru_sva #(.Entries(Entries)) u_sva (.*);
