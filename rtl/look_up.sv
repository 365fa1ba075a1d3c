// The L2 TLB and its look-ups: one entry of the miss queue at a time, a probe a size, a probe a cycle. Twin: l2_look_up.c.
module look_up #(
  parameter int Sets        = 256,
  parameter int Ways        = 5,
  parameter int Policy      = 0,
  parameter int LargeSets   = 0,
  parameter int LargeWays   = 1,
  parameter int LargePolicy = 0,
  parameter int IndexBits   = 3
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Configuration and registers: sizes that the L2 holds, those of its second array, sizes in use of the probed entry's
  // half
  input logic [mmu_pkg::Ranks-1:0]      ranks_i,
  input logic [63:0]                    large_sizes_i,
  input logic [mmu_pkg::Ranks-1:0]      in_use_i,
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic [15:0]                    asid_i,
  // The entry that would be taken; no probe is made now
  input  logic                 look_i,
  input  logic [IndexBits-1:0] look_index_i,
  input  logic                 hold_i,
  // The entry that is probed
  output logic                 probe_o,
  output logic [IndexBits-1:0] index_o,
  input  logic                 bypass_i,
  input  logic                 prefetch_i,
  input  logic                 half_i,
  input  logic [39:0]          vpn_i,
  // What the probe finds; the match serves; the miss channel is free
  output logic                          match_o,
  output logic [39:0]                   pa_o,
  output logic [mmu_pkg::LeafWidth-1:0] leaf_o,
  output logic                          global_o,
  output logic [5:0]                    span_o,
  input  logic                          serves_i,
  input  logic                          free_i,
  output logic                          done_o,     // the response stands
  output logic                          dropped_o,  // a prefetch has hit: nobody waits for it
  output logic                          missed_o,   // it was the last probe
  // Fill, by a walk's response
  input logic                          fill_i,
  input logic                          fill_half_i,
  input logic [39:0]                   fill_vpn_i,
  input logic                          fill_global_i,
  input logic [39:0]                   fill_pa_i,
  input logic [mmu_pkg::LeafWidth-1:0] fill_leaf_i,
  input logic [5:0]                    fill_size_i,
  input logic [5:0]                    fill_span_i,
  // TLBI, its sets, and the reset's
  input logic           tlbi_step_i,
  input mmu_pkg::tlbi_t tlbi_i,
  input logic           clear_set_i,
  input logic [12:0]    step_i
);

  // The entry that is looked up, and the sizes that it is still to be probed by
  logic                      looking_q;
  logic [     IndexBits-1:0] index_q;
  logic [mmu_pkg::Ranks-1:0] ranks_q;
  logic [mmu_pkg::Ranks-1:0] ranks;
  logic [mmu_pkg::Ranks-1:0] ranks_left;
  logic [               5:0] size;
  logic                      l2_probe;
  logic                      hit;
  assign probe_o  = (looking_q || look_i) && !hold_i;
  assign index_o  = looking_q ? index_q : look_index_i;
  assign l2_probe = probe_o && (ranks != '0);

  always_comb begin
    ranks      = '0;
    ranks_left = '0;
    size       = '0;
    if (probe_o) begin
      ranks = looking_q ? ranks_q : (bypass_i ? '0 : ranks_i & in_use_i);
      for (int rank = mmu_pkg::Ranks - 1; rank >= 0; rank--) begin
        if (ranks[rank]) size = mmu_pkg::size_of_rank(rank[3:0]);
      end
      ranks_left = ranks & (ranks - 1'b1);
    end
  end

  assign hit       = match_o && serves_i;
  assign done_o    = hit && free_i && !prefetch_i;
  assign dropped_o = hit && prefetch_i;
  assign missed_o  = probe_o && !hit && (ranks_left == '0);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) looking_q <= 1'b0;
    else if (probe_o) looking_q <= !done_o && !dropped_o && !missed_o;
  end

  always_ff @(posedge clk_i) begin
    if (probe_o) begin
      index_q <= index_o;
      ranks_q <= hit ? ranks : ranks_left;
    end
  end

  l2_tlb #(
    .Sets       (Sets),
    .Ways       (Ways),
    .Policy     (Policy),
    .LargeSets  (LargeSets),
    .LargeWays  (LargeWays),
    .LargePolicy(LargePolicy)
  ) u_l2 (
    .clk_i,
    `TW_FAULT_CONNECT(fault_i)
    .large_sizes_i,
    .world_i,
    .asid_i,
    .half_i       (fill_i ? fill_half_i : half_i),
    .vpn_i        (fill_i ? fill_vpn_i : vpn_i),
    .probe_i      (l2_probe),
    .probe_size_i (size),
    .serves_i,
    .use_i        (done_o),
    .match_o,
    .pa_o,
    .leaf_o,
    .global_o,
    .span_o,
    .fill_i,
    .fill_global_i,
    .fill_pa_i,
    .fill_leaf_i,
    .fill_size_i,
    .fill_span_i,
    .tlbi_step_i,
    .clear_i      (clear_set_i),
    .step_i,
    .tlbi_i
  );

endmodule
