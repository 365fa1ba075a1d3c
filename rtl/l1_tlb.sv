// First-level TLB: fully associative, true LRU, at most one match.
//
// A fill first drops every valid entry that overlaps the new one. Its key's valid bits are one vector apart, so that
// dropping touches no array.
module l1_tlb #(
  parameter int Entries = 48
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Address of the look-up, the fill or the TLBI
  input logic [15:0] asid_i,
  input logic        half_i,
  input logic [39:0] vpn_i,
  // Look-up; a hit is a use
  input  logic                          lookup_i,
  output logic                          hit_o,
  output logic [39:0]                   pa_o,     // VA bits below the entry's size filled in
  output logic [mmu_pkg::LeafWidth-1:0] leaf_o,
  // Fill
  input logic                          fill_i,
  input logic                          fill_global_i,
  input logic [39:0]                   fill_pa_i,
  input logic [mmu_pkg::LeafWidth-1:0] fill_leaf_i,
  input logic [5:0]                    fill_size_i,
  input logic [5:0]                    fill_span_i,  // log2 of the bytes before splintering
  // TLBI
  input logic       tlbi_i,
  input logic [2:0] tlbi_op_i
);

  localparam int IndexBits = (Entries > 1) ? $clog2(Entries) : 1;

  // Entries
  logic [Entries-1:0]            valid_q;
  logic [56:0]                   key_q  [Entries];  // ASID, half, VA
  logic [56:0]                   mask_q [Entries];
  logic [39:0]                   pa_q   [Entries];
  logic [mmu_pkg::LeafWidth-1:0] leaf_q [Entries];
  logic [5:0]                    span_q [Entries];

  // Look-up
  logic [56:0] probe;
  logic [56:0] probe_mask;
  logic [IndexBits-1:0] hit_index;
  assign probe      = {asid_i, half_i, vpn_i};
  assign probe_mask = `TW_FAULT(5) ? {16'd0, 41'h1ff_ffff_ffff} : '1;

  always_comb begin
    hit_o     = 1'b0;
    hit_index = '0;
    if (lookup_i) begin
      for (int i = 0; i < Entries; i++) begin
        if ((((key_q[i] ^ probe) & mask_q[i] & probe_mask) == '0) && valid_q[i]) begin
          hit_o     = 1'b1;
          hit_index = hit_index | i[IndexBits-1:0];
        end
      end
    end
  end

  always_comb begin
    pa_o   = '0;
    leaf_o = '0;
    if (hit_o) begin
      pa_o   = pa_q[hit_index] | (vpn_i & ~mask_q[hit_index][39:0]);
      leaf_o = leaf_q[hit_index];
    end
  end

  // Entries dropped by a fill or a TLBI
  logic [Entries-1:0] drop;
  logic [56:0]        new_mask;
  logic               no_span;
  logic               wide;
  assign wide     = `TW_FAULT(8) && ((fill_size_i == 6'd16) || (fill_size_i == 6'd25));
  assign new_mask = {
    fill_global_i ? 16'd0 : 16'hffff, 1'b1, mmu_pkg::mask_from(wide ? fill_size_i + 6'd1 : fill_size_i)
  };
  assign no_span  = `TW_FAULT(17);

  always_comb begin
    drop = '0;
    if (fill_i) begin
      for (int i = 0; i < Entries; i++) begin
        drop[i] = ((key_q[i] ^ probe) & mask_q[i] & new_mask) == '0;
      end
    end else if (tlbi_i) begin
      for (int i = 0; i < Entries; i++) begin
        drop[i] = mmu_pkg::tlbi_drops(
          tlbi_op_i,
          mask_q[i][56:41] == '0,
          key_q[i][56:41] == asid_i,
          ((key_q[i][40:0] ^ probe[40:0]) &
           {1'b1, no_span ? mask_q[i][39:0] : mmu_pkg::mask_from(span_q[i])}) == '0);
      end
    end
  end

  // Victim: the lowest free entry, else the least recently used
  logic [Entries-1:0] kept;
  logic [Entries-1:0] oldest;
  logic [Entries-1:0] youngest;
  logic [Entries-1:0] victim;
  logic [IndexBits-1:0] victim_index;
  always_comb begin
    kept         = valid_q & ~drop;
    victim       = '0;
    victim_index = '0;
    if (fill_i) begin
      if (kept != '1) victim = ~kept & (kept + 1'b1);
      else if (`TW_FAULT(1)) victim = youngest;
      else victim = oldest;
      for (int i = 0; i < Entries; i++) begin
        if (victim[i]) victim_index = victim_index | i[IndexBits-1:0];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else if (fill_i || tlbi_i) valid_q <= kept | victim;
  end

  always_ff @(posedge clk_i) begin
    if (fill_i) begin
      key_q[victim_index]  <= probe;
      mask_q[victim_index] <= new_mask;
      pa_q[victim_index]   <= fill_pa_i;
      leaf_q[victim_index] <= fill_leaf_i;
      span_q[victim_index] <= fill_span_i;
    end
  end

  // Order of uses
  logic [Entries-1:0] used;
  always_comb begin
    used = victim;
    if (hit_o) used[hit_index] = 1'b1;
  end

  lru #(
    .Entries(Entries)
  ) u_lru (
    .clk_i,
    .rst_ni,
    .use_i     (hit_o || fill_i),
    .used_i    (used),
    .oldest_o  (oldest),
    .youngest_o(youngest)
  );

endmodule
