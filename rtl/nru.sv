// NRU of a group: a bit an entry, set by a use. Combinational. Twin: not_recently_used() in replacement.c.
module nru #(
  parameter  int Entries   = 8,
  localparam int IndexBits = (Entries > 1) ? $clog2(Entries) : 1
) (
  input  logic [Entries-1:0]   used_i,
  // The lowest entry that was not used; entry 0 where all were, for then all bits are cleared
  output logic [IndexBits-1:0] victim_o,
  // A use, by a fill that took the victim or otherwise, and the bits after it
  input  logic                 evict_i,
  input  logic [IndexBits-1:0] index_i,
  output logic [Entries-1:0]   used_o
);

  always_comb begin
    victim_o = '0;
    for (int i = Entries - 1; i >= 0; i--) begin
      if (!used_i[i]) victim_o = i[IndexBits-1:0];
    end
    used_o = (evict_i && (used_i == '1)) ? '0 : used_i;
    used_o[index_i] = 1'b1;
  end

endmodule
