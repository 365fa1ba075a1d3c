// Order of last uses of a fully associative structure: true LRU. No twin: the C model keeps the order otherwise.
//
// An entry's age is the number of entries used after it. Ages are kept in bit planes: bit b of all ages is one vector,
// so that a use ages all entries at once by bit-parallel comparison and increment. They stay a permutation.
module lru #(
  parameter int Entries = 48
) (
  input logic clk_i,
  input logic rst_ni,
  // Use
  input logic               use_i,
  input logic [Entries-1:0] used_i,  // one hot
  // Youngest entry, one hot, while there is a use; oldest entry, while it is asked for
  input  logic               oldest_i,
  output logic [Entries-1:0] oldest_o,
  output logic [Entries-1:0] youngest_o
);

  localparam int Planes = 6;
  localparam logic [Planes-1:0] Last = Planes'(Entries - 1);

  function automatic logic [Entries-1:0] initial_plane(input logic [2:0] plane);
    logic [Planes-1:0] age;
    for (int i = 0; i < Entries; i++) begin
      age = i[Planes-1:0];
      initial_plane[i] = age[plane];
    end
  endfunction

  logic [Entries-1:0] plane_q[Planes];
  logic [Entries-1:0] plane_d[Planes];
  logic               change;

  // The entry that is the youngest already changes nothing.
  assign change = use_i && ((used_i & youngest_o) == '0);

  always_comb begin
    oldest_o   = '0;
    youngest_o = '0;
    if (use_i) begin
      youngest_o = '1;
      for (int b = 0; b < Planes; b++) youngest_o = youngest_o & ~plane_q[b];
    end
    if (oldest_i) begin
      oldest_o = '1;
      for (int b = 0; b < Planes; b++) oldest_o = oldest_o & (Last[b] ? plane_q[b] : ~plane_q[b]);
    end
  end

  function automatic logic [Entries-1:0] select(input logic [Entries-1:0] younger,
                                                input logic [Entries-1:0] plane, input logic bit_used);
    select = bit_used ? (~plane | younger) : (~plane & younger);
  endfunction

  logic [Entries-1:0] younger;  // than the used entry
  logic [Entries-1:0] carry;
  always_comb begin
    younger = '0;
    carry   = '0;
    for (int b = 0; b < Planes; b++) plane_d[b] = '0;
    if (change) begin
      for (int b = 0; b < Planes; b++) younger = select(younger, plane_q[b], |(plane_q[b] & used_i));
      carry = younger;
      for (int b = 0; b < Planes; b++) begin
        plane_d[b] = (plane_q[b] ^ carry) & ~used_i;
        carry      = plane_q[b] & carry;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int b = 0; b < Planes; b++) plane_q[b] <= initial_plane(b[2:0]);
    end else if (change) begin
      for (int b = 0; b < Planes; b++) plane_q[b] <= plane_d[b];
    end
  end

endmodule
