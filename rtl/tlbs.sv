// The TLBs and what is filled into them: both L1s, the L2, and the entry that answers. The first part of mmu.c.
//
// A fill takes the answering entry, splintered to the largest size in use that the TLB holds. Its address is the
// answer's with the bits below that size cleared.
module tlbs #(
  parameter int L1iEntries          = 48,
  parameter int L1iWays             = 0,
  parameter int L1iReplacement      = 0,
  parameter int L1iLargeEntries     = 0,
  parameter int L1iLargeReplacement = 0,
  parameter int L1dEntries          = 48,
  parameter int L1dWays             = 0,
  parameter int L1dReplacement      = 0,
  parameter int L1dLargeEntries     = 0,
  parameter int L1dLargeReplacement = 0,
  parameter int L2Sets              = 256,
  parameter int L2Ways              = 5,
  parameter int L2Replacement       = 0,
  parameter int L2LargeSets         = 0,
  parameter int L2LargeWays         = 1,
  parameter int L2LargeReplacement  = 0
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Configuration
  input logic [63:0] l1i_sizes_i,
  input logic [63:0] l1i_large_sizes_i,
  input logic [63:0] l1d_sizes_i,
  input logic [63:0] l1d_large_sizes_i,
  input logic [63:0] l2_sizes_i,
  input logic [63:0] l2_large_sizes_i,
  // World of the request, and whether it is another one than in the cycle before
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic                           world_change_i,
  // Address of the request; formats that say which sizes are in use
  input logic        fetch_i,
  input logic [15:0] asid_i,
  input logic        half_i,
  input logic [39:0] vpn_i,
  input logic        short_i,
  input logic [1:0]  granule_i,
  input logic        stage2_i,
  input logic [1:0]  granule2_i,
  // Look-ups: a match that serves is a hit. A request without a look-up makes one probe that can not match.
  input  logic start_i,      // the L1's cycle
  input  logic l1_lookup_i,
  output logic l1_match_o,
  input  logic probe_i,
  output logic last_o,       // of the probes
  output logic l2_match_o,
  input  logic serves_i,
  // Walk
  input logic                          walk_i,         // one is under way: its leaf answers
  input logic                          walk_filled_i,  // it ends now and is filled
  input logic [39:0]                   walk_pa_i,
  input logic [mmu_pkg::LeafWidth-1:0] walk_leaf_i,
  input logic [5:0]                    walk_span_i,
  input logic                          walk_global_i,
  // Entry that answers
  output logic [39:0]                   pa_o,      // VA bits below the entry's size filled in
  output logic [mmu_pkg::LeafWidth-1:0] leaf_o,
  output logic [5:0]                    span_o,
  output logic                          filled_o,  // and is filled
  // TLBI, its sets in the L2, and the reset's
  input logic           tlbi_valid_i,
  input logic           tlbi_step_i,
  input mmu_pkg::tlbi_t tlbi_i,
  input logic           clear_set_i,
  input logic [12:0]    step_i
);

  // Probes
  logic                      missed;
  logic                      l2_probe;
  logic [mmu_pkg::Ranks-1:0] in_use;  // sizes, while they are asked for
  logic [mmu_pkg::Ranks-1:0] ranks_q;  // sizes still to be probed
  logic [mmu_pkg::Ranks-1:0] ranks_left;
  logic [               5:0] probe_size;
  assign missed   = l1_lookup_i && !(l1_match_o && serves_i);
  assign l2_probe = probe_i && (ranks_q != '0);
  assign last_o   = ranks_left == '0;

  always_comb begin
    in_use = '0;
    if (missed || filled_o) in_use = mmu_pkg::ranks_in_use(short_i, granule_i, stage2_i, granule2_i);
  end

  always_comb begin
    probe_size = '0;
    ranks_left = '0;
    if (l2_probe) begin
      for (int rank = mmu_pkg::Ranks - 1; rank >= 0; rank--) begin
        if (ranks_q[rank]) probe_size = mmu_pkg::size_of_rank(rank[3:0]);
      end
      ranks_left = ranks_q & (ranks_q - 1'b1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) ranks_q <= missed ? mmu_pkg::ranks_held(l2_sizes_i | l2_large_sizes_i) & in_use : '0;
    else if (probe_i) ranks_q <= ranks_left;
  end

  // The page that an array with sets is looked up for and filled with
  logic [5:0] page;
  assign page = mmu_pkg::page_in_use(short_i, granule_i, stage2_i, granule2_i);

  // Entries found
  logic                          l1i_match;
  logic                          l1d_match;
  logic [                  39:0] l1i_pa;
  logic [                  39:0] l1d_pa;
  logic [mmu_pkg::LeafWidth-1:0] l1i_leaf;
  logic [mmu_pkg::LeafWidth-1:0] l1d_leaf;
  logic [                   5:0] l1i_span;
  logic [                   5:0] l1d_span;
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
  logic [                  39:0] l1_pa_filled;
  logic [                  39:0] l2_pa_filled;

  l1_tlb #(
    .Entries     (L1iEntries),
    .Ways        (L1iWays),
    .Policy      (L1iReplacement),
    .LargeEntries(L1iLargeEntries),
    .LargePolicy (L1iLargeReplacement)
  ) u_l1i (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .large_sizes_i(l1i_large_sizes_i),
    .world_i,
    .world_change_i,
    .asid_i,
    .half_i,
    .vpn_i,
    .page_i       (page),
    .lookup_i     (l1_lookup_i && fetch_i),
    .serves_i,
    .match_o      (l1i_match),
    .pa_o         (l1i_pa),
    .leaf_o       (l1i_leaf),
    .span_o       (l1i_span),
    .fill_i       (filled_o && fetch_i),
    .fill_half_i  (half_i),
    .fill_vpn_i   (vpn_i),
    .fill_page_i  (page),
    .fill_global_i(entry_global),
    .fill_pa_i    (l1_pa_filled),
    .fill_leaf_i  (l1_leaf),
    .fill_size_i  (l1_size),
    .fill_span_i  (span_o),
    .tlbi_valid_i,
    .tlbi_i
  );

  l1_tlb #(
    .Entries     (L1dEntries),
    .Ways        (L1dWays),
    .Policy      (L1dReplacement),
    .LargeEntries(L1dLargeEntries),
    .LargePolicy (L1dLargeReplacement)
  ) u_l1d (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .large_sizes_i(l1d_large_sizes_i),
    .world_i,
    .world_change_i,
    .asid_i,
    .half_i,
    .vpn_i,
    .page_i       (page),
    .lookup_i     (l1_lookup_i && !fetch_i),
    .serves_i,
    .match_o      (l1d_match),
    .pa_o         (l1d_pa),
    .leaf_o       (l1d_leaf),
    .span_o       (l1d_span),
    .fill_i       (filled_o && !fetch_i),
    .fill_half_i  (half_i),
    .fill_vpn_i   (vpn_i),
    .fill_page_i  (page),
    .fill_global_i(entry_global),
    .fill_pa_i    (l1_pa_filled),
    .fill_leaf_i  (l1_leaf),
    .fill_size_i  (l1_size),
    .fill_span_i  (span_o),
    .tlbi_valid_i,
    .tlbi_i
  );

  l2_tlb #(
    .Sets       (L2Sets),
    .Ways       (L2Ways),
    .Policy     (L2Replacement),
    .LargeSets  (L2LargeSets),
    .LargeWays  (L2LargeWays),
    .LargePolicy(L2LargeReplacement)
  ) u_l2 (
    .clk_i,
    `TW_FAULT_CONNECT(fault_i)
    .large_sizes_i(l2_large_sizes_i),
    .world_i,
    .asid_i,
    .half_i,
    .vpn_i,
    .probe_i      (l2_probe),
    .probe_size_i (probe_size),
    .serves_i,
    .match_o      (l2_match_o),
    .pa_o         (l2_pa),
    .leaf_o       (l2_leaf),
    .global_o     (l2_global),
    .span_o       (l2_span),
    .fill_i       (walk_filled_i),
    .fill_global_i(entry_global),
    .fill_pa_i    (l2_pa_filled),
    .fill_leaf_i  (l2_leaf_filled),
    .fill_size_i  (l2_size),
    .fill_span_i  (span_o),
    .tlbi_step_i,
    .clear_i      (clear_set_i),
    .step_i,
    .tlbi_i
  );

  assign l1_match_o = fetch_i ? l1i_match : l1d_match;

  // The entry that answers
  always_comb begin
    entry        = fetch_i ? l1i_leaf : l1d_leaf;
    pa_o         = fetch_i ? l1i_pa : l1d_pa;
    span_o       = fetch_i ? l1i_span : l1d_span;
    entry_global = 1'b0;
    if (l2_probe) begin
      entry        = l2_leaf;
      pa_o         = l2_pa;
      span_o       = l2_span;
      entry_global = l2_global;
    end else if (walk_i) begin
      entry        = walk_leaf_i;
      pa_o         = walk_pa_i;
      span_o       = walk_span_i;
      entry_global = walk_global_i;
    end
    leaf_o = entry;
  end

  // Fills
  logic [mmu_pkg::Ranks-1:0] l1_ranks;
  logic [mmu_pkg::Ranks-1:0] l2_ranks;
  assign filled_o = (l2_match_o && serves_i) || walk_filled_i;

  // What an L1 holds. Its first array, where that has sets: of the sizes in use the least alone.
  logic [mmu_pkg::Ranks-1:0] l1_held;
  logic                      l1_has_sets;
  assign l1_has_sets = fetch_i ? (L1iWays != 0) : (L1dWays != 0);
  always_comb begin
    l1_held = '0;
    if (filled_o) begin
      l1_held = mmu_pkg::ranks_held(fetch_i ? l1i_large_sizes_i : l1d_large_sizes_i) |
                (l1_has_sets ? in_use & (~in_use + 1'b1) : mmu_pkg::ranks_held(fetch_i ? l1i_sizes_i : l1d_sizes_i));
    end
  end

  always_comb begin
    l1_ranks       = '0;
    l2_ranks       = '0;
    l1_size        = 6'd12;
    l2_size        = 6'd12;
    l1_leaf        = entry;
    l2_leaf_filled = entry;
    l1_pa_filled   = '0;
    l2_pa_filled   = '0;
    if (filled_o) begin
      l1_ranks     = l1_held & in_use;
      l1_size      = mmu_pkg::splinter(l1_ranks, entry.size);
      l1_leaf.size = l1_size;
      l1_pa_filled = pa_o & mmu_pkg::mask_from(l1_size);
    end
    if (walk_filled_i) begin
      l2_ranks            = mmu_pkg::ranks_held(l2_sizes_i | l2_large_sizes_i) & in_use;
      l2_size             = mmu_pkg::splinter(l2_ranks, entry.size);
      l2_leaf_filled.size = l2_size;
      l2_pa_filled        = pa_o & mmu_pkg::mask_from(l2_size);
    end
  end

endmodule
