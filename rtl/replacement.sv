// Which entries of a fully associative structure are valid, and which one a fill replaces: the lowest free entry, else
// the one that the policy gives up.
module replacement #(
  parameter  int Entries   = 48,
  parameter  int Policy    = 0,
  localparam int IndexBits = (Entries > 1) ? $clog2(Entries) : 1
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Entries dropped by a fill or a TLBI
  input  logic               drops_i,
  input  logic [Entries-1:0] drop_i,
  output logic [Entries-1:0] valid_o,
  // Use by a hit
  input logic                 hit_i,
  input logic [IndexBits-1:0] hit_index_i,
  // Fill, which is a use
  input  logic                 fill_i,
  input  logic                 newest_i,       // a deliberate fault: the entry used last instead
  output logic [Entries-1:0]   victim_o,       // one hot
  output logic [IndexBits-1:0] victim_index_o
);

  logic [Entries-1:0] valid_q;
  logic [Entries-1:0] kept;
  logic [Entries-1:0] given_up;
  logic               evict;
  assign valid_o = valid_q;

  always_comb begin
    kept           = '0;
    victim_o       = '0;
    victim_index_o = '0;
    evict          = 1'b0;
    if (fill_i || drops_i) kept = valid_q & ~drop_i;
    if (fill_i) begin
      evict    = kept == '1;
      victim_o = evict ? given_up : ~kept & (kept + 1'b1);
      for (int i = 0; i < Entries; i++) begin
        if (victim_o[i]) victim_index_o = victim_index_o | i[IndexBits-1:0];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else if (fill_i || drops_i) valid_q <= kept | victim_o;
  end

  // The policy
  logic unused_inputs;
  if ((Policy == mmu_pkg::ReplaceLru) || (Policy == mmu_pkg::ReplaceFifo)) begin : gen_order
    logic               counts;  // a hit does
    logic [Entries-1:0] used;
    logic [Entries-1:0] oldest;
    logic [Entries-1:0] youngest;
    assign counts        = hit_i && ((Policy == mmu_pkg::ReplaceLru) || `TW_FAULT(90));
    assign given_up      = newest_i ? youngest : oldest;
    assign unused_inputs = evict;
    always_comb begin
      used = victim_o;
      if (hit_i) used[hit_index_i] = 1'b1;
    end
    lru #(
      .Entries(Entries)
    ) u_lru (
      .clk_i,
      .rst_ni,
      .use_i     (counts || fill_i),
      .used_i    (used),
      .oldest_i  (fill_i),
      .oldest_o  (oldest),
      .youngest_o(youngest)
    );
  end else if (Policy == mmu_pkg::ReplaceRandom) begin : gen_random
    logic [15:0] value;
    logic [22:0] scaled;
    assign scaled        = {7'd0, value} * 23'(Entries);
    assign given_up      = Entries'(1) << scaled[16+:IndexBits];
    assign unused_inputs = ^{hit_i, hit_index_i, newest_i, scaled};
    lfsr u_lfsr (
      .clk_i,
      .reset_i(!rst_ni),
      .step_i (evict || (fill_i && `TW_FAULT(92))),
      .value_o(value)
    );
  end else begin : gen_bits
    localparam int Nodes = (Entries > 1) ? (1 << $clog2(Entries)) : 2;
    localparam int Bits = (Policy == mmu_pkg::ReplacePlru) ? Nodes : Entries;
    logic [Bits-1:0]      bits_q;
    logic [Bits-1:0]      bits_d;
    logic [IndexBits-1:0] given_up_index;
    logic [IndexBits-1:0] used_index;
    assign given_up   = Entries'(1) << given_up_index;
    assign used_index = hit_i ? hit_index_i : victim_index_o;
    if (Policy == mmu_pkg::ReplacePlru) begin : gen_tree
      assign unused_inputs = ^{newest_i};
      plru #(
        .Entries(Entries)
      ) u_plru (
        .tree_i  (bits_q),
        .victim_o(given_up_index),
        .used_i  (used_index),
        .tree_o  (bits_d)
      );
    end else begin : gen_nru
      assign unused_inputs = newest_i;
      nru #(
        .Entries(Entries)
      ) u_nru (
        .used_i  (bits_q),
        .victim_o(given_up_index),
        .evict_i (evict && !`TW_FAULT(93)),
        .index_i (used_index),
        .used_o  (bits_d)
      );
    end
    always_ff @(posedge clk_i) begin
      if (!rst_ni) bits_q <= '0;
      else if ((hit_i && !((Policy == mmu_pkg::ReplacePlru) && `TW_FAULT(91))) || fill_i) bits_q <= bits_d;
    end
  end

endmodule
