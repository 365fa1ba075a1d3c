// One array of the second-level TLB: set-associative, one probe a size.
//
// Each way has its arrays; masks are formed from the sizes. The valid bits and the order of uses of a set stand in one
// word each, which is how reset and TLBI go through the sets, one a cycle. Entries say their world.
//
// With Tables it holds table descriptors too: in the place of the size such an entry has its level + 1, in that of the
// span the lowest VA bit that its level resolves.
module l2_array #(
  parameter int Sets = 256,
  parameter int Ways = 5,
  parameter int Policy = 0,
  parameter int Tables = 0
) (
  input logic clk_i,
  `TW_FAULT_PORT
  // World and address of the probe or the fill
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic [15:0] asid_i,
  input logic        half_i,
  input logic [39:0] vpn_i,
  // Probe of one size, whose pages begin at bit `low`; a match that serves is a use if it answers, one that does not serve is dropped
  input  logic                          probe_i,
  input  logic [5:0]                    probe_size_i,
  input  logic [5:0]                    probe_low_i,
  input  logic                          serves_i,
  input  logic                          use_i,
  output logic                          match_o,
  output logic [39:0]                   pa_o,      // of a page: VA bits below the entry's size filled in
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

  localparam int SetBits = (Sets > 1) ? $clog2(Sets) : 1;
  localparam int WayBits = (Ways > 1) ? $clog2(Ways) : 1;
  localparam int SpanLow = mmu_pkg::LeafWidth + 1;
  localparam int WorldLow = SpanLow + 6;
  localparam int InfoWidth = WorldLow + mmu_pkg::WorldWidth;

  // Is what stands in the place of a size a level?
  function automatic logic is_table(input logic [5:0] size);
    is_table = (Tables != 0) && (size < 6'd4);
  endfunction

  // State of a set
  logic [Ways-1:0] valid_q[Sets];
  logic [63:0]     order_q[Sets];  // of its uses, as the policy keeps it

  // Page numbers, modulo the sets
  function automatic logic [SetBits-1:0] set_of(input logic [39:0] page);
    set_of = SetBits'(page % 40'(Sets));
  endfunction

  // Set and mask of the size that is probed, or the set of the step
  logic [       39:0] size_mask;
  logic [       39:0] shifted;
  logic [SetBits-1:0] set;
  logic [   Ways-1:0] set_valid;
  logic [       63:0] set_order;
  logic               stepping;
  assign stepping = tlbi_step_i || clear_i;

  always_comb begin
    size_mask = '1;
    shifted   = '0;
    set       = '0;
    set_valid = '0;
    set_order = '0;
    if (probe_i || stepping) begin
      size_mask = mmu_pkg::mask_from(probe_low_i);
      shifted   = vpn_i >> (probe_low_i - 6'd12);
      if (`TW_FAULT(103) && is_table(probe_size_i)) shifted = shifted >> 9;
      set       = stepping ? step_i[SetBits-1:0] : set_of(shifted);
      set_valid = valid_q[set];
      set_order = order_q[set];
    end
  end

  // Set of the fill
  logic [       39:0] fill_shifted;
  logic [SetBits-1:0] fill_set;
  logic [   Ways-1:0] fill_valid;
  logic [       63:0] fill_order;
  always_comb begin
    fill_shifted = '0;
    fill_set     = '0;
    fill_valid   = '0;
    fill_order   = '0;
    if (fill_i) begin
      fill_shifted = vpn_i >> (fill_low_i - 6'd12);
      fill_set     = set_of(fill_shifted);
      fill_valid   = valid_q[fill_set];
      fill_order   = order_q[fill_set];
    end
  end

  logic unused_bits;
  assign unused_bits = ^{step_i[12:SetBits]};

  // Ways
  logic [     Ways-1:0] match;
  logic [     Ways-1:0] same;  // page as the fill's
  logic [     Ways-1:0] drop;
  logic [     Ways-1:0] write;
  logic [         39:0] way_pa  [Ways];
  logic [InfoWidth-1:0] way_info[Ways];

  for (genvar w = 0; w < Ways; w++) begin : gen_way
    logic [         56:0] key_q [Sets];  // ASID, half, VA
    logic [         39:0] pa_q  [Sets];
    logic [InfoWidth-1:0] info_q[Sets];  // world, span, global, leaf
    logic [         56:0] difference;
    logic [InfoWidth-1:0] info;
    logic [         39:0] span_mask;
    logic [         39:0] entry_mask;  // of what is probed
    logic [          5:0] entry_size;
    logic                 met;

    always_comb begin
      difference = '0;
      info       = '0;
      entry_size = '0;
      span_mask  = '0;
      entry_mask = '0;
      met        = 1'b0;
      match[w]   = 1'b0;
      drop[w]    = 1'b0;
      if (probe_i) begin
        difference = key_q[set] ^ {asid_i, half_i, vpn_i};
        info       = info_q[set];
        entry_size = info[mmu_pkg::LeafWidth-1-:6];
        entry_mask = (is_table(probe_size_i) && !`TW_FAULT(114)) ? mmu_pkg::mask_from(info[SpanLow+:6]) : size_mask;
        match[w] = set_valid[w] && (entry_size == probe_size_i) && ((difference[40:0] & {1'b1, entry_mask}) == '0) &&
                   (info[mmu_pkg::LeafWidth] || (difference[56:41] == '0) || `TW_FAULT(6)) &&
                   ((info[WorldLow+:mmu_pkg::WorldWidth] == world_i) || `TW_FAULT(50));
      end else if (tlbi_step_i) begin
        difference = key_q[set];
        info       = info_q[set];
        entry_size = info[mmu_pkg::LeafWidth-1-:6];
        span_mask  = mmu_pkg::mask_from(`TW_FAULT(17) ? entry_size : info[SpanLow+:6]);
        met = mmu_pkg::tlbi_same_half(difference[40], tlbi_i.half, info[InfoWidth-1-:3]) &&
              mmu_pkg::tlbi_meets(difference[39:0], span_mask, tlbi_i.first, tlbi_i.last);
        if (is_table(entry_size)) begin
          drop[w] = mmu_pkg::tlbi_drops_table(tlbi_i.what, difference[56:41] == tlbi_i.asid, met) && !`TW_FAULT(104);
        end else begin
          met     = met && (!tlbi_i.by_level || (info[mmu_pkg::LeafWidth-7-:2] == tlbi_i.level));
          drop[w] = mmu_pkg::tlbi_drops(tlbi_i.what, info[mmu_pkg::LeafWidth], difference[56:41] == tlbi_i.asid, met);
        end
        drop[w] = drop[w] && mmu_pkg::tlbi_names(tlbi_i.el2, tlbi_i.any_vmid, tlbi_i.vmid,
                                                 info[WorldLow+:mmu_pkg::WorldWidth]);
      end
    end

    always_comb begin
      way_pa[w]   = '0;
      way_info[w] = '0;
      if (match[w]) begin
        way_pa[w]   = pa_q[set];
        way_info[w] = info;
      end
    end

    // The fill's page is here
    logic [         56:0] fill_difference;
    logic [InfoWidth-1:0] fill_info;
    logic [         39:0] fill_mask;
    always_comb begin
      fill_difference = '0;
      fill_info       = '0;
      fill_mask       = '0;
      same[w]         = 1'b0;
      if (fill_i) begin
        fill_difference = key_q[fill_set] ^ {asid_i, half_i, vpn_i};
        fill_info       = info_q[fill_set];
        fill_mask       = mmu_pkg::mask_from(is_table(fill_size_i) ? fill_info[SpanLow+:6] : fill_low_i);
        same[w] = fill_valid[w] && (fill_info[mmu_pkg::LeafWidth-1-:6] == fill_size_i) &&
                  ((fill_difference[40:0] & {1'b1, fill_mask}) == '0) &&
                  (fill_info[mmu_pkg::LeafWidth] || (fill_difference[56:41] == '0)) &&
                  (fill_info[WorldLow+:mmu_pkg::WorldWidth] == world_i) && !`TW_FAULT(80);
      end
    end

    always_ff @(posedge clk_i) begin
      if (write[w]) begin
        key_q[fill_set]  <= {asid_i, half_i, vpn_i};
        pa_q[fill_set]   <= fill_pa_i;
        info_q[fill_set] <= {world_i, fill_span_i, fill_global_i, fill_leaf_i};
      end
    end
  end

  // The lowest way that matches answers
  logic [  WayBits-1:0] hit_way;
  logic [InfoWidth-1:0] hit_info;
  always_comb begin
    match_o  = 1'b0;
    hit_way  = '0;
    pa_o     = '0;
    hit_info = '0;
    if (probe_i) begin
      for (int w = Ways - 1; w >= 0; w--) begin
        if (match[w]) begin
          match_o  = 1'b1;
          hit_way  = w[WayBits-1:0];
          pa_o     = way_pa[w] | (is_table(probe_size_i) ? '0 : vpn_i & ~size_mask);
          hit_info = way_info[w];
        end
      end
    end
    leaf_o   = hit_info[mmu_pkg::LeafWidth-1:0];
    global_o = hit_info[mmu_pkg::LeafWidth];
    span_o   = hit_info[SpanLow+:6];
  end

  logic            useless;  // the match is dropped
  logic [Ways-1:0] hit_mask;
  assign useless = match_o && !serves_i;

  always_comb begin
    hit_mask = '0;
    if (useless) hit_mask[hit_way] = 1'b1;
  end

  // The way that a fill takes: the lowest that holds the same page, else the lowest free one, else the policy's
  logic               same_found;
  logic [WayBits-1:0] same_way;
  logic [WayBits-1:0] fill_way;
  logic [       63:0] order_after;
  logic [       63:0] order_reset;
  always_comb begin
    same_found = 1'b0;
    same_way   = '0;
    write      = '0;
    if (fill_i) begin
      for (int w = Ways - 1; w >= 0; w--) begin
        if (same[w]) begin
          same_found = 1'b1;
          same_way   = w[WayBits-1:0];
        end
      end
      write[fill_way] = 1'b1;
    end
  end

  set_order #(
    .Ways  (Ways),
    .Policy(Policy)
  ) u_set_order (
    .clk_i,
    .reset_i   (clear_i),
    .order_i   (use_i ? set_order : fill_order),
    .hit_i     (use_i),
    .hit_way_i (hit_way),
    .fill_i,
    .valid_i   (fill_valid),
    .same_i    (same_found),
    .same_way_i(same_way),
    .next_i    (`TW_FAULT(2)),
    .counts_i  (`TW_FAULT(90)),
    .way_o     (fill_way),
    .order_o   (order_after),
    .reset_o   (order_reset)
  );

  always_ff @(posedge clk_i) begin
    if (clear_i) valid_q[set] <= '0;
    else if (tlbi_step_i) valid_q[set] <= set_valid & ~drop;
    else if (useless) valid_q[set] <= set_valid & ~hit_mask;
    // A walk may end in the set that a TLBI goes through: what it fills stays
    if (fill_i) valid_q[fill_set] <= (fill_valid & ~((tlbi_step_i && (set == fill_set)) ? drop : '0)) | write;
  end

  always_ff @(posedge clk_i) begin
    if (clear_i) order_q[set] <= order_reset;
    else if (use_i) order_q[set] <= order_after;
    else if (fill_i) order_q[fill_set] <= order_after;
  end

endmodule
