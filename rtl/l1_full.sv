// A fully associative array of a first-level TLB: at most one match.
//
// A fill first drops every valid entry that overlaps the new one. Its key's valid bits are one vector apart, so that
// dropping touches no array; another vector says which entries belong to the current world: the others lie dormant.
module l1_full #(
  parameter int Entries = 48,
  parameter int Policy  = 0
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // World of the request, and whether it is another one than in the cycle before
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic                           world_change_i,
  // Address of the look-up; the fill's ASID and world are the same
  input logic [15:0] asid_i,
  input logic        half_i,
  input logic [39:0] vpn_i,
  // Look-up; a match that serves is a use
  input  logic                          lookup_i,
  input  logic                          serves_i,
  output logic                          match_o,
  output logic [39:0]                   pa_o,      // VA bits below the entry's size filled in
  output logic [mmu_pkg::LeafWidth-1:0] leaf_o,
  output logic [5:0]                    span_o,
  // Fill of this TLB: here, or in another array, and then what it overlaps is dropped alone
  input logic                          fill_i,
  input logic                          here_i,
  input logic                          fill_half_i,
  input logic [39:0]                   fill_vpn_i,
  input logic                          fill_global_i,
  input logic [39:0]                   fill_pa_i,
  input logic [mmu_pkg::LeafWidth-1:0] fill_leaf_i,
  input logic [5:0]                    fill_size_i,
  input logic [5:0]                    fill_span_i,  // log2 of the bytes before splintering
  // TLBI
  input logic           tlbi_valid_i,
  input mmu_pkg::tlbi_t tlbi_i
);

  localparam int IndexBits = (Entries > 1) ? $clog2(Entries) : 1;

  // Entries
  logic [Entries-1:0]             valid;
  logic [Entries-1:0]             live_q;             // of the world of the cycle before
  logic [Entries-1:0]             live;               // of the current world
  logic [56:0]                    key_q    [Entries];  // ASID, half, VA
  logic [56:0]                    mask_q   [Entries];
  logic [39:0]                    pa_q     [Entries];
  logic [mmu_pkg::LeafWidth-1:0]  leaf_q   [Entries];
  logic [5:0]                     span_q   [Entries];
  logic [mmu_pkg::WorldWidth-1:0] world_q  [Entries];

  // Look-up
  logic [Entries-1:0] active;
  logic [56:0] probe;
  logic [56:0] probe_mask;
  logic [IndexBits-1:0] hit_index;
  assign active     = valid & live;
  assign probe      = {asid_i, half_i, vpn_i};
  assign probe_mask = `TW_FAULT(5) ? {16'd0, 41'h1ff_ffff_ffff} : '1;

  always_comb begin
    match_o   = 1'b0;
    hit_index = '0;
    if (lookup_i) begin
      for (int i = 0; i < Entries; i++) begin
        if (((key_q[i] ^ probe) & mask_q[i] & probe_mask) == '0) begin
          if (active[i]) begin
            match_o   = 1'b1;
            hit_index = hit_index | i[IndexBits-1:0];
          end
        end
      end
    end
  end

  always_comb begin
    pa_o   = '0;
    leaf_o = '0;
    span_o = '0;
    if (match_o) begin
      pa_o   = pa_q[hit_index] | (vpn_i & ~mask_q[hit_index][39:0]);
      leaf_o = leaf_q[hit_index];
      span_o = span_q[hit_index];
    end
  end

  // Entries dropped by a fill or a TLBI
  logic [Entries-1:0] drop;
  logic [56:0]        new_key;
  logic [56:0]        new_mask;
  logic               no_span;
  logic               wide;
  logic               met;
  assign wide    = `TW_FAULT(8) && ((fill_size_i == 6'd16) || (fill_size_i == 6'd25));
  assign no_span = `TW_FAULT(17);

  always_comb begin
    drop     = '0;
    met      = 1'b0;
    new_key  = {asid_i, fill_half_i, fill_vpn_i};
    new_mask = '0;
    if (fill_i) begin
      new_mask = {fill_global_i ? 16'd0 : 16'hffff, 1'b1, mmu_pkg::mask_from(wide ? fill_size_i + 6'd1 : fill_size_i)};
      for (int i = 0; i < Entries; i++) begin
        drop[i] = live[i] && (((key_q[i] ^ new_key) & mask_q[i] & new_mask) == '0);
      end
    end else if (tlbi_valid_i) begin
      for (int i = 0; i < Entries; i++) begin
        met = mmu_pkg::tlbi_same_half(key_q[i][40], tlbi_i.half, world_q[i][18:16]) &&
              mmu_pkg::tlbi_meets(key_q[i][39:0], no_span ? mask_q[i][39:0] : mmu_pkg::mask_from(span_q[i]),
                                  tlbi_i.first, tlbi_i.last) &&
              (!tlbi_i.by_level || (leaf_q[i][mmu_pkg::LeafWidth-7-:2] == tlbi_i.level));
        drop[i] = mmu_pkg::tlbi_names(tlbi_i.el2, tlbi_i.any_vmid, tlbi_i.vmid, world_q[i]) &&
                  mmu_pkg::tlbi_drops(tlbi_i.what, mask_q[i][56:41] == '0, key_q[i][56:41] == tlbi_i.asid, met);
      end
    end
  end

  logic [Entries-1:0]   victim;
  logic [IndexBits-1:0] victim_index;
  replacement #(
    .Entries(Entries),
    .Policy (Policy)
  ) u_replacement (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .drops_i       (fill_i || tlbi_valid_i),
    .drop_i        (drop),
    .valid_o       (valid),
    .hit_i         (match_o && serves_i),
    .hit_index_i   (hit_index),
    .fill_i        (fill_i && here_i),
    .newest_i      (`TW_FAULT(1)),
    .victim_o      (victim),
    .victim_index_o(victim_index)
  );

  always_comb begin
    live = live_q;
    if (world_change_i) begin
      for (int i = 0; i < Entries; i++) live[i] = world_q[i] == world_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (world_change_i || (fill_i && here_i)) live_q <= live | victim;
  end

  always_ff @(posedge clk_i) begin
    if (fill_i && here_i) begin
      key_q[victim_index]   <= new_key;
      mask_q[victim_index]  <= new_mask;
      pa_q[victim_index]    <= fill_pa_i;
      leaf_q[victim_index]  <= fill_leaf_i;
      span_q[victim_index]  <= fill_span_i;
      world_q[victim_index] <= world_i;
    end
  end

endmodule
