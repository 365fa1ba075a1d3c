// Second-level TLB: an array of sets, and one more for the sizes of large pages. Each size belongs to one of them.
// Table descriptors, with Tables, belong to the first.
module l2_tlb #(
  parameter int Sets        = 256,
  parameter int Ways        = 5,
  parameter int Policy      = 0,
  parameter int LargeSets   = 0,
  parameter int LargeWays   = 1,
  parameter int LargePolicy = 0,
  parameter int Tables      = 0
) (
  input logic clk_i,
  `TW_FAULT_PORT
  // Configuration: sizes that the second array holds
  input logic [63:0] large_sizes_i,
  // World and address of the probe or the fill
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic [15:0] asid_i,
  input logic        half_i,
  input logic [39:0] vpn_i,
  // Probe of one size, whose pages begin at bit `low`, or of a level; a match that serves is a use if it answers, one that does not serve is dropped
  input  logic                          probe_i,
  input  logic [5:0]                    probe_size_i,
  input  logic [5:0]                    probe_low_i,
  input  logic                          serves_i,
  input  logic                          use_i,
  output logic                          match_o,
  output logic [39:0]                   pa_o,      // VA bits below the entry's size filled in
  output logic [mmu_pkg::LeafWidth-1:0] leaf_o,
  output logic                          global_o,
  output logic [5:0]                    span_o,
  // Fill
  input logic                          fill_i,
  input logic                          fill_global_i,
  input logic [39:0]                   fill_pa_i,
  input logic [mmu_pkg::LeafWidth-1:0] fill_leaf_i,
  input logic [5:0]                    fill_size_i,
  input logic [5:0]                    fill_low_i,
  input logic [5:0]                    fill_span_i,  // log2 of the bytes before splintering
  // One set of a TLBI, or of the reset
  input logic           tlbi_step_i,
  input logic           clear_i,
  input logic [12:0]    step_i,
  input mmu_pkg::tlbi_t tlbi_i
);

  // Which array it is
  logic probe_large;
  logic fill_large;
  assign probe_large = (LargeSets != 0) && probe_i && large_sizes_i[probe_size_i];
  assign fill_large  = (LargeSets != 0) && fill_i && large_sizes_i[fill_size_i];

  // The first array
  logic                          match;
  logic [                  39:0] pa;
  logic [mmu_pkg::LeafWidth-1:0] leaf;
  logic                          is_global;
  logic [                   5:0] span;
  logic                          in_sets;  // the step is
  assign in_sets = step_i < 13'(Sets);

  l2_array #(
    .Sets  (Sets),
    .Ways  (Ways),
    .Policy(Policy),
    .Tables(Tables)
  ) u_array (
    .clk_i,
    `TW_FAULT_CONNECT(fault_i)
    .world_i,
    .asid_i,
    .half_i,
    .vpn_i,
    .probe_i     (probe_i && !probe_large),
    .probe_size_i,
    .probe_low_i,
    .serves_i,
    .use_i       (use_i && !probe_large),
    .match_o     (match),
    .pa_o        (pa),
    .leaf_o      (leaf),
    .global_o    (is_global),
    .span_o      (span),
    .fill_i      (fill_i && !fill_large),
    .fill_global_i,
    .fill_pa_i,
    .fill_leaf_i,
    .fill_size_i,
    .fill_low_i,
    .fill_span_i,
    .tlbi_step_i (tlbi_step_i && in_sets),
    .clear_i     (clear_i && in_sets),
    .step_i,
    .tlbi_i
  );

  // The second array
  if (LargeSets == 0) begin : gen_one
    logic unused_sizes;
    assign unused_sizes = ^large_sizes_i;
    assign match_o  = match;
    assign pa_o     = pa;
    assign leaf_o   = leaf;
    assign global_o = is_global;
    assign span_o   = span;
  end else begin : gen_large
    logic                          large_match;
    logic [                  39:0] large_pa;
    logic [mmu_pkg::LeafWidth-1:0] large_leaf;
    logic                          large_global;
    logic [                   5:0] large_span;
    logic                          in_large_sets;
    assign in_large_sets = (step_i < 13'(LargeSets)) && !(`TW_FAULT(94) && (step_i >= 13'(Sets)));

    l2_array #(
      .Sets  (LargeSets),
      .Ways  (LargeWays),
      .Policy(LargePolicy)
    ) u_array (
      .clk_i,
      `TW_FAULT_CONNECT(fault_i)
      .world_i,
      .asid_i,
      .half_i,
      .vpn_i,
      .probe_i     (probe_large),
      .probe_size_i,
      .probe_low_i,
      .serves_i,
      .use_i       (use_i && probe_large),
      .match_o     (large_match),
      .pa_o        (large_pa),
      .leaf_o      (large_leaf),
      .global_o    (large_global),
      .span_o      (large_span),
      .fill_i      (fill_large),
      .fill_global_i,
      .fill_pa_i,
      .fill_leaf_i,
      .fill_size_i,
      .fill_low_i,
      .fill_span_i,
      .tlbi_step_i (tlbi_step_i && in_large_sets),
      .clear_i     (clear_i && in_large_sets),
      .step_i,
      .tlbi_i
    );

    // Without a match an array gives 0.
    assign match_o  = match || large_match;
    assign pa_o     = pa | large_pa;
    assign leaf_o   = leaf | large_leaf;
    assign global_o = is_global || large_global;
    assign span_o   = span | large_span;
  end

endmodule
