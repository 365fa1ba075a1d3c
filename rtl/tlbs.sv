// The TLBs and what is filled into them: both L1s, the L2, and the entry that answers. The first part of mmu.c.
//
// A fill takes the answering entry, splintered to the largest size that the TLB holds. Its address is the answer's with
// the bits below that size cleared.
module tlbs #(
  parameter int L1iEntries = 48,
  parameter int L1dEntries = 48,
  parameter int L2Sets     = 256,
  parameter int L2Ways     = 5
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Configuration
  input logic [63:0] l1i_sizes_i,
  input logic [63:0] l1d_sizes_i,
  input logic [63:0] l2_sizes_i,
  // Address of the request or the TLBI
  input logic        fetch_i,
  input logic [1:0]  granule_i,
  input logic [15:0] asid_i,
  input logic        half_i,
  input logic [39:0] vpn_i,
  // Look-ups
  input  logic       l1_lookup_i,
  output logic       l1_hit_o,
  input  logic       l2_probe_i,
  input  logic [5:0] l2_probe_size_i,
  output logic       l2_hit_o,
  // Walk
  input logic                          walk_i,         // one is under way: its leaf answers
  input logic                          walk_filled_i,  // it ends now, without a fault
  input logic [39:0]                   walk_pa_i,
  input logic [mmu_pkg::LeafWidth-1:0] walk_leaf_i,
  input logic                          walk_global_i,
  // Entry that answers
  output logic [39:0]                   pa_o,      // VA bits below the entry's size filled in
  output logic [mmu_pkg::LeafWidth-1:0] leaf_o,
  output logic                          filled_o,  // and is filled
  // TLBI, its sets in the L2, and the reset's
  input logic        tlbi_i,
  input logic [2:0]  tlbi_op_i,
  input logic        tlbi_set_i,
  input logic        clear_set_i,
  input logic [12:0] step_i
);

  // Entries found
  logic                          l1i_hit;
  logic                          l1d_hit;
  logic [                  39:0] l1i_pa;
  logic [                  39:0] l1d_pa;
  logic [mmu_pkg::LeafWidth-1:0] l1i_leaf;
  logic [mmu_pkg::LeafWidth-1:0] l1d_leaf;
  logic [                   5:0] l1_size;
  logic [                  39:0] l2_pa;
  logic [mmu_pkg::LeafWidth-1:0] l2_leaf;
  logic                          l2_global;
  logic [                   5:0] l2_span;
  logic [                   5:0] l2_size;
  mmu_pkg::leaf_t                entry;  // that answers
  mmu_pkg::leaf_t                l1_leaf;  // as filled
  mmu_pkg::leaf_t                l2_leaf_filled;
  logic                          entry_global;
  logic [                   5:0] entry_span;
  logic [                  39:0] l1_pa_filled;
  logic [                  39:0] l2_pa_filled;

  l1_tlb #(
    .Entries(L1iEntries)
  ) u_l1i (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .asid_i,
    .half_i,
    .vpn_i,
    .lookup_i     (l1_lookup_i && fetch_i),
    .hit_o        (l1i_hit),
    .pa_o         (l1i_pa),
    .leaf_o       (l1i_leaf),
    .fill_i       (filled_o && fetch_i),
    .fill_global_i(entry_global),
    .fill_pa_i    (l1_pa_filled),
    .fill_leaf_i  (l1_leaf),
    .fill_size_i  (l1_size),
    .fill_span_i  (entry_span),
    .tlbi_i,
    .tlbi_op_i
  );

  l1_tlb #(
    .Entries(L1dEntries)
  ) u_l1d (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .asid_i,
    .half_i,
    .vpn_i,
    .lookup_i     (l1_lookup_i && !fetch_i),
    .hit_o        (l1d_hit),
    .pa_o         (l1d_pa),
    .leaf_o       (l1d_leaf),
    .fill_i       (filled_o && !fetch_i),
    .fill_global_i(entry_global),
    .fill_pa_i    (l1_pa_filled),
    .fill_leaf_i  (l1_leaf),
    .fill_size_i  (l1_size),
    .fill_span_i  (entry_span),
    .tlbi_i,
    .tlbi_op_i
  );

  l2_tlb #(
    .Sets(L2Sets),
    .Ways(L2Ways)
  ) u_l2 (
    .clk_i,
    `TW_FAULT_CONNECT(fault_i)
    .asid_i,
    .half_i,
    .vpn_i,
    .probe_i      (l2_probe_i),
    .probe_size_i (l2_probe_size_i),
    .hit_o        (l2_hit_o),
    .pa_o         (l2_pa),
    .leaf_o       (l2_leaf),
    .global_o     (l2_global),
    .span_o       (l2_span),
    .fill_i       (walk_filled_i),
    .fill_global_i(entry_global),
    .fill_pa_i    (l2_pa_filled),
    .fill_leaf_i  (l2_leaf_filled),
    .fill_size_i  (l2_size),
    .fill_span_i  (entry_span),
    .tlbi_i       (tlbi_set_i),
    .clear_i      (clear_set_i),
    .step_i,
    .tlbi_op_i
  );

  assign l1_hit_o = fetch_i ? l1i_hit : l1d_hit;

  // The entry that answers
  always_comb begin
    entry        = fetch_i ? l1i_leaf : l1d_leaf;
    pa_o         = fetch_i ? l1i_pa : l1d_pa;
    entry_global = 1'b0;
    entry_span   = '0;
    if (l2_probe_i) begin
      entry        = l2_leaf;
      pa_o         = l2_pa;
      entry_global = l2_global;
      entry_span   = l2_span;
    end else if (walk_i) begin
      entry        = walk_leaf_i;
      pa_o         = walk_pa_i;
      entry_global = walk_global_i;
      entry_span   = entry.size;
    end
    leaf_o = entry;
  end

  // Fills
  assign filled_o = l2_hit_o || walk_filled_i;
  always_comb begin
    l1_size        = 6'd12;
    l2_size        = 6'd12;
    l1_leaf        = entry;
    l2_leaf_filled = entry;
    l1_pa_filled   = '0;
    l2_pa_filled   = '0;
    if (filled_o) begin
      l1_size      = mmu_pkg::splinter(granule_i, fetch_i ? l1i_sizes_i : l1d_sizes_i, entry.size);
      l1_leaf.size = l1_size;
      l1_pa_filled = pa_o & mmu_pkg::mask_from(l1_size);
    end
    if (walk_filled_i) begin
      l2_size             = mmu_pkg::splinter(granule_i, l2_sizes_i, entry.size);
      l2_leaf_filled.size = l2_size;
      l2_pa_filled        = pa_o & mmu_pkg::mask_from(l2_size);
    end
  end

endmodule
