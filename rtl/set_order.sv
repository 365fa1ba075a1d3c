// Replacement in one set: the way of a fill, and the order of the set after a hit or a fill. Whoever has the sets keeps
// their orders, 64 bits each; what all sets share, the shift register of random replacement, is here.
//
// True LRU and FIFO: 4 bits a way, how many ways were used (filled) after it. PLRU: the tree. NRU: a bit a way.
module set_order #(
  parameter  int Ways    = 4,
  parameter  int Policy  = 0,
  localparam int WayBits = (Ways > 1) ? $clog2(Ways) : 1
) (
  input  logic               clk_i,
  input  logic               reset_i,
  input  logic [63:0]        order_i,
  // A hit
  input  logic               hit_i,
  input  logic [WayBits-1:0] hit_way_i,
  // A fill: the ways that stay valid, and one that it has to take
  input  logic               fill_i,
  input  logic [Ways-1:0]    valid_i,
  input  logic               same_i,
  input  logic [WayBits-1:0] same_way_i,
  input  logic               next_i,     // deliberate faults: the way after; hits count for FIFO
  input  logic               counts_i,
  output logic [WayBits-1:0] way_o,
  // Order after it, and after a reset
  output logic [63:0]        order_o,
  output logic [63:0]        reset_o
);

  localparam int Leaves = (Ways > 1) ? (1 << $clog2(Ways)) : 2;

  logic [WayBits-1:0] victim;
  logic [WayBits-1:0] used;
  logic               evict;  // a victim is needed
  assign evict = fill_i && (valid_i == '1) && !same_i;
  assign used  = hit_i ? hit_way_i : way_o;

  always_comb begin
    way_o = '0;
    if (fill_i) begin
      way_o = victim;
      if (next_i && (valid_i == '1)) way_o = (victim == WayBits'(Ways - 1)) ? '0 : victim + 1'b1;
      for (int w = Ways - 1; w >= 0; w--) begin
        if (!valid_i[w]) way_o = w[WayBits-1:0];
      end
      if (same_i) way_o = same_way_i;
    end
  end

  logic unused_inputs;
  assign unused_inputs = ^{clk_i, reset_i, order_i, used, counts_i, evict};

  if ((Policy == mmu_pkg::ReplaceLru) || (Policy == mmu_pkg::ReplaceFifo)) begin : gen_ages
    logic       moves;
    logic [3:0] used_age;
    assign moves = fill_i || (hit_i && ((Policy == mmu_pkg::ReplaceLru) || counts_i));
    always_comb begin
      victim   = '0;
      used_age = order_i[4*used+:4];
      order_o  = order_i;
      reset_o  = '0;
      for (int w = 0; w < Ways; w++) begin
        if (order_i[4*w+:4] == 4'(Ways - 1)) victim = w[WayBits-1:0];
        reset_o[4*w+:4] = w[3:0];
        if (moves) order_o[4*w+:4] = (w[WayBits-1:0] == used) ? '0 : order_i[4*w+:4] + {3'd0, order_i[4*w+:4] < used_age};
      end
    end
  end else if (Policy == mmu_pkg::ReplacePlru) begin : gen_tree
    plru #(
      .Entries(Ways)
    ) u_plru (
      .tree_i  (order_i[Leaves-1:0]),
      .victim_o(victim),
      .used_i  (used),
      .tree_o  (order_o[Leaves-1:0])
    );
    assign order_o[63:Leaves] = '0;
    assign reset_o            = '0;
  end else if (Policy == mmu_pkg::ReplaceNru) begin : gen_bits
    nru #(
      .Entries(Ways)
    ) u_nru (
      .used_i  (order_i[Ways-1:0]),
      .victim_o(victim),
      .evict_i (evict),
      .index_i (used),
      .used_o  (order_o[Ways-1:0])
    );
    assign order_o[63:Ways] = '0;
    assign reset_o          = '0;
  end else begin : gen_random
    logic [15:0] value;
    logic [20:0] scaled;
    logic        unused_scaled;
    assign unused_scaled = ^scaled;
    assign scaled  = {5'd0, value} * 21'(Ways);
    assign victim  = scaled[16+:WayBits];
    assign order_o = '0;
    assign reset_o = '0;
    lfsr u_lfsr (
      .clk_i,
      .reset_i,
      .step_i (evict),
      .value_o(value)
    );
  end

endmodule
