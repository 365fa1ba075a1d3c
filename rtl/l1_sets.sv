// A first-level TLB's array that has sets. An entry holds one page: of the size that the request is looked up for, the
// least in use. A look-up is one set; a fill first drops what it overlaps there; a TLBI compares all entries at once.
module l1_sets #(
  parameter int Sets   = 16,
  parameter int Ways   = 4,
  parameter int Policy = 0
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  // Address of the look-up and its page; the fill's ASID and world are the same
  input logic [15:0] asid_i,
  input logic        half_i,
  input logic [39:0] vpn_i,
  input logic [5:0]  page_i,
  // Look-up; the caller says whether the match is used
  input  logic                          lookup_i,
  input  logic                          use_i,
  output logic                          match_o,
  output logic [39:0]                   pa_o,      // VA bits below the entry's size filled in
  output logic [mmu_pkg::LeafWidth-1:0] leaf_o,
  output logic [5:0]                    span_o,
  // Fill of this TLB: here, or in another array, and then what it overlaps is dropped alone
  input logic                          fill_i,
  input logic                          here_i,
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

  localparam int SetBits = (Sets > 1) ? $clog2(Sets) : 1;
  localparam int WayBits = (Ways > 1) ? $clog2(Ways) : 1;
  localparam int SpanLow = mmu_pkg::LeafWidth + 1;
  localparam int WorldLow = SpanLow + 6;
  localparam int InfoWidth = WorldLow + mmu_pkg::WorldWidth;

  function automatic logic [SetBits-1:0] set_of(input logic [39:0] vpn, input logic [5:0] page);
    set_of = SetBits'((vpn >> (page - 6'd12)) % 40'(Sets));
  endfunction

  // State of a set
  logic [Ways-1:0] valid_q[Sets];
  logic [63:0]     order_q[Sets];

  // Sets of the look-up and of the fill
  logic [       39:0] page_mask;
  logic [SetBits-1:0] set;
  logic [   Ways-1:0] set_valid;
  logic [       40:0] fill_mask;  // half, VA
  logic [SetBits-1:0] fill_set;
  logic [   Ways-1:0] fill_valid;
  always_comb begin
    page_mask = '1;
    set       = '0;
    set_valid = '0;
    if (lookup_i) begin
      page_mask = mmu_pkg::mask_from(page_i);
      set       = set_of(vpn_i, page_i);
      set_valid = valid_q[set];
    end
  end
  always_comb begin
    fill_mask  = '1;
    fill_set   = '0;
    fill_valid = '0;
    if (fill_i) begin
      fill_mask  = {1'b1, mmu_pkg::mask_from(fill_size_i)};
      fill_set   = set_of(fill_vpn_i, fill_page_i);
      fill_valid = valid_q[fill_set];
    end
  end

  // Ways
  logic [     Ways-1:0] match;
  logic [     Ways-1:0] overlap;
  logic [     Ways-1:0] write;
  logic [     Sets-1:0] drop    [Ways];
  logic [         39:0] way_pa  [Ways];
  logic [InfoWidth-1:0] way_info[Ways];

  for (genvar w = 0; w < Ways; w++) begin : gen_way
    logic [         56:0] key_q [Sets];  // ASID, half, VA
    logic [         39:0] pa_q  [Sets];
    logic [InfoWidth-1:0] info_q[Sets];  // world, span, global, leaf
    logic [         56:0] difference;
    logic [InfoWidth-1:0] info;

    // The entry's own size must be the page's
    always_comb begin
      difference = '0;
      info       = '0;
      match[w]   = 1'b0;
      if (lookup_i) begin
        difference = key_q[set] ^ {asid_i, half_i, vpn_i};
        info       = info_q[set];
        match[w]   = set_valid[w] && ((info[mmu_pkg::LeafWidth-1-:6] == page_i) || `TW_FAULT(95)) &&
                     ((difference[40:0] & {1'b1, page_mask}) == '0) &&
                     (info[mmu_pkg::LeafWidth] || (difference[56:41] == '0)) &&
                     (info[WorldLow+:mmu_pkg::WorldWidth] == world_i);
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

    // Entries dropped by a fill
    logic [         56:0] fill_difference;
    logic [InfoWidth-1:0] fill_info;
    always_comb begin
      fill_difference = '0;
      fill_info       = '0;
      overlap[w]      = 1'b0;
      if (fill_i) begin
        fill_difference = key_q[fill_set] ^ {asid_i, fill_half_i, fill_vpn_i};
        fill_info       = info_q[fill_set];
        overlap[w] = fill_valid[w] && (fill_info[mmu_pkg::LeafWidth-1-:6] == fill_page_i) &&
                     ((fill_difference[40:0] & fill_mask) == '0) &&
                     (fill_info[mmu_pkg::LeafWidth] || fill_global_i || (fill_difference[56:41] == '0)) &&
                     (fill_info[WorldLow+:mmu_pkg::WorldWidth] == world_i);
      end
    end

    // Entries dropped by a TLBI
    logic [         56:0] key;
    logic [InfoWidth-1:0] each;
    logic                 met;
    always_comb begin
      drop[w] = '0;
      key     = '0;
      each    = '0;
      met     = 1'b0;
      if (tlbi_valid_i) begin
        for (int s = 0; s < Sets; s++) begin
          key  = key_q[s];
          each = info_q[s];
          met  = mmu_pkg::tlbi_same_half(key[40], tlbi_i.half, each[InfoWidth-1-:3]) &&
                 mmu_pkg::tlbi_meets(key[39:0], mmu_pkg::mask_from(each[SpanLow+:6]), tlbi_i.first, tlbi_i.last) &&
                 (!tlbi_i.by_level || (each[mmu_pkg::LeafWidth-7-:2] == tlbi_i.level));
          drop[w][s] = mmu_pkg::tlbi_names(tlbi_i.el2, tlbi_i.any_vmid, tlbi_i.vmid,
                                           each[WorldLow+:mmu_pkg::WorldWidth]) &&
                       mmu_pkg::tlbi_drops(tlbi_i.what, each[mmu_pkg::LeafWidth], key[56:41] == tlbi_i.asid, met);
        end
      end
    end

    always_ff @(posedge clk_i) begin
      if (write[w]) begin
        key_q[fill_set]  <= {asid_i, fill_half_i, fill_vpn_i};
        pa_q[fill_set]   <= fill_pa_i;
        info_q[fill_set] <= {world_i, fill_span_i, fill_global_i, fill_leaf_i};
      end
    end
  end

  // At most one way matches
  logic [  WayBits-1:0] hit_way;
  logic [InfoWidth-1:0] hit_info;
  always_comb begin
    match_o  = 1'b0;
    hit_way  = '0;
    pa_o     = '0;
    hit_info = '0;
    for (int w = Ways - 1; w >= 0; w--) begin
      if (match[w]) begin
        match_o  = 1'b1;
        hit_way  = w[WayBits-1:0];
        pa_o     = way_pa[w] | (vpn_i & ~page_mask);
        hit_info = way_info[w];
      end
    end
    leaf_o = hit_info[mmu_pkg::LeafWidth-1:0];
    span_o = hit_info[SpanLow+:6];
  end

  // Replacement
  logic               fills;
  logic [   Ways-1:0] kept;
  logic [WayBits-1:0] fill_way;
  logic [       63:0] order_after;
  logic [       63:0] order_reset;
  logic               unused_bits;
  assign fills       = fill_i && here_i;
  assign kept        = `TW_FAULT(96) ? fill_valid : fill_valid & ~overlap;
  assign unused_bits = ^{hit_info};

  always_comb begin
    write = '0;
    if (fills) write[fill_way] = 1'b1;
  end

  set_order #(
    .Ways  (Ways),
    .Policy(Policy)
  ) u_set_order (
    .clk_i,
    .reset_i   (!rst_ni),
    .order_i   (order_q[use_i ? set : fill_set]),
    .hit_i     (use_i),
    .hit_way_i (hit_way),
    .fill_i    (fills),
    .valid_i   (kept),
    .same_i    (1'b0),
    .same_way_i('0),
    .next_i    (1'b0),
    .counts_i  (`TW_FAULT(90)),
    .way_o     (fill_way),
    .order_o   (order_after),
    .reset_o   (order_reset)
  );

  logic [Ways-1:0] dropped[Sets];
  always_comb begin
    for (int s = 0; s < Sets; s++) begin
      dropped[s] = '0;
      for (int w = 0; w < Ways; w++) dropped[s][w] = drop[w][s];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int s = 0; s < Sets; s++) valid_q[s] <= '0;
    end else if (tlbi_valid_i) begin
      for (int s = 0; s < Sets; s++) valid_q[s] <= valid_q[s] & ~dropped[s];
    end else if (fill_i) begin
      valid_q[fill_set] <= kept | write;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int s = 0; s < Sets; s++) order_q[s] <= order_reset;
    end else if (use_i) begin
      order_q[set] <= order_after;
    end else if (fills) begin
      order_q[fill_set] <= order_after;
    end
  end

endmodule
