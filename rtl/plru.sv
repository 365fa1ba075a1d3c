// Tree PLRU of a group: where the tree leads, and the tree after a use. Combinational. Twin: tree_victim() in
// replacement.c, which needs no tree.
//
// Node 1 is the root, node n has the children 2n and 2n + 1, and bit n of the tree says whether node n leads to the
// upper half. For 5 entries (8 leaves; 5, 6, 7 are missing):
//
//                1
//         2             3
//      4     5       6
//     0 1   2 3     4
module plru #(
  parameter  int Entries   = 8,
  localparam int Depth     = $clog2(Entries),
  localparam int IndexBits = (Entries > 1) ? Depth : 1,
  localparam int Nodes     = (Entries > 1) ? (1 << Depth) : 2
) (
  input  logic [Nodes-1:0]     tree_i,
  // The entry that it leads to
  output logic [IndexBits-1:0] victim_o,
  // A use, and the tree after it
  input  logic [IndexBits-1:0] used_i,
  output logic [Nodes-1:0]     tree_o
);

  if (Entries == 1) begin : gen_one
    logic unused_inputs;
    assign unused_inputs = ^{tree_i, used_i};
    assign victim_o = '0;
    assign tree_o   = '0;
  end else begin : gen_tree
    // A half without entries is never entered.
    logic [IndexBits:0] node;
    logic [IndexBits:0] middle;
    logic               upper;
    always_comb begin
      node     = (IndexBits + 1)'(1);
      middle   = '0;
      upper    = 1'b0;
      victim_o = '0;
      for (int d = Depth - 1; d >= 0; d--) begin
        middle   = {1'b0, victim_o} + ((IndexBits + 1)'(1) << d);
        upper    = tree_i[node[IndexBits-1:0]] && (middle < (IndexBits + 1)'(Entries));
        if (upper) victim_o = middle[IndexBits-1:0];
        node = {node[IndexBits-1:0], upper};
      end
    end

    logic [IndexBits:0] passed;
    always_comb begin
      tree_o = tree_i;
      passed = {1'b1, used_i};  // the leaf
      for (int d = 0; d < Depth; d++) begin
        tree_o[passed[IndexBits:1]] = !passed[0];
        passed = passed >> 1;
      end
    end

    logic unused_bits;
    assign unused_bits = ^{node, middle, passed};
  end

endmodule
