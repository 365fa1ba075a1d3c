// Which entries of a fully associative structure are valid, and which one a fill replaces: the lowest free entry, else
// the least recently used.
module replacement #(
  parameter  int Entries   = 48,
  localparam int IndexBits = (Entries > 1) ? $clog2(Entries) : 1
) (
  input logic clk_i,
  input logic rst_ni,
  // Entries dropped by a fill or a TLBI
  input  logic               tlbi_valid_i,
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
  logic [Entries-1:0] oldest;
  logic [Entries-1:0] youngest;
  assign valid_o = valid_q;

  always_comb begin
    kept           = '0;
    victim_o       = '0;
    victim_index_o = '0;
    if (fill_i || tlbi_valid_i) kept = valid_q & ~drop_i;
    if (fill_i) begin
      if (kept != '1) victim_o = ~kept & (kept + 1'b1);
      else victim_o = newest_i ? youngest : oldest;
      for (int i = 0; i < Entries; i++) begin
        if (victim_o[i]) victim_index_o = victim_index_o | i[IndexBits-1:0];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else if (fill_i || tlbi_valid_i) valid_q <= kept | victim_o;
  end

  // Order of uses
  logic [Entries-1:0] used;
  always_comb begin
    used = victim_o;
    if (hit_i) used[hit_index_i] = 1'b1;
  end

  lru #(
    .Entries(Entries)
  ) u_lru (
    .clk_i,
    .rst_ni,
    .use_i     (hit_i || fill_i),
    .used_i    (used),
    .oldest_i  (fill_i),
    .oldest_o  (oldest),
    .youngest_o(youngest)
  );

endmodule
