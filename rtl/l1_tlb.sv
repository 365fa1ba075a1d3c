// First-level TLB: an array that is fully associative or has sets, and one for large pages. The first array's entry
// answers where both match, which a fully associative one rules out.
module l1_tlb #(
  parameter int Entries      = 48,
  parameter int Ways         = 0,  // 0: fully associative
  parameter int Policy       = 0,
  parameter int LargeEntries = 0,
  parameter int LargePolicy  = 0
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Configuration: sizes that the second array holds
  input logic [63:0] large_sizes_i,
  // World of the request, and whether it is another one than in the cycle before
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic                           world_change_i,
  // Address of the look-up, and the least size in use; the fill's ASID and world are the same
  input logic [15:0] asid_i,
  input logic        half_i,
  input logic [39:0] vpn_i,
  input logic [5:0]  page_i,
  // Look-up; a match that serves is a use
  input  logic                          lookup_i,
  input  logic                          serves_i,
  output logic                          match_o,
  output logic [39:0]                   pa_o,      // VA bits below the entry's size filled in
  output logic [mmu_pkg::LeafWidth-1:0] leaf_o,
  output logic [5:0]                    span_o,
  // Fill, of the largest size that either array holds
  input logic                          fill_i,
  input logic                          fill_half_i,
  input logic [39:0]                   fill_vpn_i,
  input logic [5:0]                    fill_page_i,
  input logic                          fill_global_i,
  input logic [39:0]                   fill_pa_i,
  input logic [mmu_pkg::LeafWidth-1:0] fill_leaf_i,
  input logic [5:0]                    fill_size_i,
  input logic [5:0]                    fill_span_i,  // log2 of the bytes before splintering
  // TLBI
  input logic           tlbi_valid_i,
  input mmu_pkg::tlbi_t tlbi_i
);

  // The array that a fill goes to
  logic to_large;
  assign to_large = (LargeEntries != 0) && fill_i && large_sizes_i[fill_size_i];

  // The first array
  logic                          both;  // arrays match
  logic                          match;
  logic [                  39:0] pa;
  logic [mmu_pkg::LeafWidth-1:0] leaf;
  logic [                   5:0] span;

  if (Ways == 0) begin : gen_full
    logic unused_pages;
    assign unused_pages = ^{page_i, fill_page_i};
    l1_full #(
      .Entries(Entries),
      .Policy (Policy)
    ) u_first (
      .clk_i,
      .rst_ni,
      `TW_FAULT_CONNECT(fault_i)
      .world_i,
      .world_change_i,
      .asid_i,
      .half_i,
      .vpn_i,
      .lookup_i,
      .serves_i,
      .match_o (match),
      .pa_o    (pa),
      .leaf_o  (leaf),
      .span_o  (span),
      .fill_i  (fill_i && !(to_large && `TW_FAULT(97))),
      .here_i  (!to_large),
      .fill_half_i,
      .fill_vpn_i,
      .fill_global_i,
      .fill_pa_i,
      .fill_leaf_i,
      .fill_size_i,
      .fill_span_i,
      .tlbi_valid_i,
      .tlbi_i
    );
  end else begin : gen_sets
    l1_sets #(
      .Sets  (Entries / Ways),
      .Ways  (Ways),
      .Policy(Policy)
    ) u_first (
      .clk_i,
      .rst_ni,
      `TW_FAULT_CONNECT(fault_i)
      .world_i,
      .asid_i,
      .half_i,
      .vpn_i,
      .page_i,
      .lookup_i,
      .use_i  (match && serves_i),
      .match_o(match),
      .pa_o   (pa),
      .leaf_o (leaf),
      .span_o (span),
      .fill_i,
      .here_i (!to_large),
      .fill_half_i,
      .fill_vpn_i,
      .fill_page_i,
      .fill_global_i,
      .fill_pa_i,
      .fill_leaf_i,
      .fill_size_i,
      .fill_span_i,
      .tlbi_valid_i,
      .tlbi_i
    );
  end

  // The second array
  if (LargeEntries == 0) begin : gen_one
    logic unused_inputs;
    assign unused_inputs = ^{large_sizes_i, world_change_i, both};
    assign both    = 1'b0;
    assign match_o = match;
    assign pa_o    = pa;
    assign leaf_o  = leaf;
    assign span_o  = span;
  end else begin : gen_large
    logic                          large_match;
    logic [                  39:0] large_pa;
    logic [mmu_pkg::LeafWidth-1:0] large_leaf;
    logic [                   5:0] large_span;

    l1_full #(
      .Entries(LargeEntries),
      .Policy (LargePolicy)
    ) u_large (
      .clk_i,
      .rst_ni,
      `TW_FAULT_CONNECT(fault_i)
      .world_i,
      .world_change_i,
      .asid_i,
      .half_i,
      .vpn_i,
      .lookup_i,
      .serves_i(serves_i && !match),
      .match_o (large_match),
      .pa_o    (large_pa),
      .leaf_o  (large_leaf),
      .span_o  (large_span),
      .fill_i,
      .here_i  (to_large),
      .fill_half_i,
      .fill_vpn_i,
      .fill_global_i,
      .fill_pa_i,
      .fill_leaf_i,
      .fill_size_i,
      .fill_span_i,
      .tlbi_valid_i,
      .tlbi_i
    );

    assign both    = match && large_match;
    assign match_o = match || large_match;
    assign pa_o    = match ? pa : large_pa;
    assign leaf_o  = match ? leaf : large_leaf;
    assign span_o  = match ? span : large_span;
  end

endmodule
