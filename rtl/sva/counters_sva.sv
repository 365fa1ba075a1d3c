// Assertions on the counters: what was looked up was found somewhere. Verilator alone reads this file.
module counters_sva (
  input logic             data_clk_i,
  input logic             fetch_clk_i,
  input logic             miss_clk_i,
  input logic             rst_ni,
  input logic             data_i,
  input logic             data_hit_i,
  input logic             fetch_i,
  input logic             fetch_hit_i,
  input logic             rsp_valid_i,
  input mmu_pkg::access_t rsp_access_i,
  input logic [2:0]       rsp_found_i,
  input logic [63:0]      data_q[8],
  input logic [63:0]      fetch_q[4],
  input logic [63:0]      l2_q[3],
  input logic [63:0]      l2_hit_q,
  input logic [63:0]      merge_q[2]
);

  // Any of the clocks
  logic clk;
  assign clk = data_clk_i || fetch_clk_i || miss_clk_i;

  // Counted by themselves: requests that left, that hit, misses under way, responses of counted walks
  logic [63:0] data_left_q;
  logic [63:0] fetch_left_q;
  logic [63:0] data_hit_q;
  logic [63:0] fetch_hit_q;
  logic [63:0] walks_q;
  int          under_way_q;
  logic        counted;
  logic        unused_access;
  assign unused_access = ^rsp_access_i;
  assign counted = rsp_valid_i && (rsp_access_i.at == 2'd0) && !rsp_access_i.bypass;
  always_ff @(posedge clk) begin
    if (!rst_ni) begin
      data_left_q  <= '0;
      fetch_left_q <= '0;
      data_hit_q   <= '0;
      fetch_hit_q  <= '0;
      walks_q      <= '0;
      under_way_q  <= 0;
    end else begin
      data_left_q  <= data_left_q + 64'(data_i);
      fetch_left_q <= fetch_left_q + 64'(fetch_i);
      data_hit_q   <= data_hit_q + 64'(data_i && data_hit_i);
      fetch_hit_q  <= fetch_hit_q + 64'(fetch_i && fetch_hit_i);
      walks_q      <= walks_q + 64'(counted && (rsp_found_i == mmu_pkg::FoundWalk));
      under_way_q  <= under_way_q + int'(data_i && !data_hit_i) + int'(fetch_i && !fetch_hit_i) - int'(counted);
    end
  end

  logic [63:0] data_hits;
  logic [63:0] data_misses;
  logic [63:0] fetch_hits;
  logic [63:0] fetch_misses;
  assign data_misses  = data_q[0] + data_q[1] + data_q[2] + data_q[3];
  assign data_hits    = data_q[4] + data_q[5] + data_q[6] + data_q[7];
  assign fetch_misses = fetch_q[0] + fetch_q[1];
  assign fetch_hits   = fetch_q[2] + fetch_q[3];

  logic [63:0] l2_looked;
  logic [63:0] merged;
  assign l2_looked = l2_q[0] + l2_q[1] + l2_q[2];
  assign merged    = merge_q[0] + merge_q[1];

  // L1x_TLB = L1x_TLB_HIT + L1x_TLB_MISS
  HitsAndMisses : assert property (@(posedge clk) disable iff (!rst_ni)
      (data_hits == data_hit_q) && (data_hits + data_misses == data_left_q) &&
      (fetch_hits == fetch_hit_q) && (fetch_hits + fetch_misses == fetch_left_q));
  // L1D_TLB_MISS + L1I_TLB_MISS = L2D_TLB + L1D_TLB_MERGE + L1I_TLB_MERGE
  MissesAreAnswered : assert property (@(posedge clk) disable iff (!rst_ni)
      (under_way_q == 0) |-> (data_misses + fetch_misses == l2_looked + merged));
  // L2D_TLB = L2D_TLB_HIT + walks
  L2HitsOrWalks : assert property (@(posedge clk) disable iff (!rst_ni) l2_looked == l2_hit_q + walks_q);

endmodule

bind counters counters_sva u_sva (.*);
