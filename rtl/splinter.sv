// What is filled: the mapping, splintered to the largest size in use that each TLB holds. Twin: tlbs.h.
//
// The address of an entry is the answer's with the bits below the entry's size cleared. An L1's first array, where that
// has sets, holds of the sizes in use the least alone.
module splinter #(
  parameter int L1iWays = 0,
  parameter int L1dWays = 0
) (
  // Sizes held, sizes in use of the half
  input mmu_pkg::held_t            held_i,
  input logic [mmu_pkg::Ranks-1:0] in_use_i,
  // The mapping; it goes to the L1 of the port, to the L2
  input logic                          l1_i,
  input logic                          l2_i,
  input logic                          fetch_i,
  input logic [39:0]                   pa_i,
  input logic [mmu_pkg::LeafWidth-1:0] leaf_i,
  // As filled
  output logic [5:0]                    l1_size_o,
  output logic [39:0]                   l1_pa_o,
  output logic [mmu_pkg::LeafWidth-1:0] l1_leaf_o,
  output logic [5:0]                    l2_size_o,
  output logic [39:0]                   l2_pa_o,
  output logic [mmu_pkg::LeafWidth-1:0] l2_leaf_o
);

  mmu_pkg::leaf_t mapping;
  mmu_pkg::leaf_t l1_leaf;
  mmu_pkg::leaf_t l2_leaf;
  assign mapping = leaf_i;

  logic unused_held;
  assign unused_held = ^held_i;

  // Of the L1
  logic [mmu_pkg::Ranks-1:0] l1_held;
  logic                      has_sets;
  always_comb begin
    l1_held  = fetch_i ? held_i.l1i : held_i.l1d;
    has_sets = fetch_i ? (L1iWays != 0) : (L1dWays != 0);
    if (has_sets) l1_held = l1_held | (in_use_i & (~in_use_i + 1'b1));
  end

  always_comb begin
    l1_size_o = 6'd12;
    l1_pa_o   = '0;
    l1_leaf   = '0;
    if (l1_i) begin
      l1_size_o    = mmu_pkg::splinter(l1_held & in_use_i, mapping.size);
      l1_pa_o      = pa_i & mmu_pkg::mask_from(l1_size_o);
      l1_leaf      = mapping;
      l1_leaf.size = l1_size_o;
    end
    l1_leaf_o = l1_leaf;
  end

  always_comb begin
    l2_size_o = 6'd12;
    l2_pa_o   = '0;
    l2_leaf   = '0;
    if (l2_i) begin
      l2_size_o    = mmu_pkg::splinter(held_i.l2 & in_use_i, mapping.size);
      l2_pa_o      = pa_i & mmu_pkg::mask_from(l2_size_o);
      l2_leaf      = mapping;
      l2_leaf.size = l2_size_o;
    end
    l2_leaf_o = l2_leaf;
  end

endmodule
