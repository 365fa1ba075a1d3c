// The walk caches of levels -1, 0, 1 and 2: the deepest that hits is used.
module walk_caches #(
  parameter int WcEntriesM1 = 0,
  parameter int WcEntries0  = 8,
  parameter int WcEntries1  = 16,
  parameter int WcEntries2  = 32,
  parameter int Policy      = 0
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // World of the request, and whether it is another one than in the cycle before
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic                           world_change_i,
  // Address of the look-up or the fill
  input logic [15:0] asid_i,
  input logic        half_i,
  input logic [39:0] vpn_i,
  // Look-up; a hit is a use
  input  logic        lookup_i,
  output logic        hit_o,
  output logic [2:0]  level_o,  // level + 1
  output logic [49:0] entry_o,  // next table [51:10], its attributes
  // Fill, by a table descriptor of this level
  input logic        fill_i,
  input logic [2:0]  fill_level_i,
  input logic [1:0]  fill_granule_i,
  input logic        fill_short_i,
  input logic [49:0] fill_entry_i,
  // TLBI
  input logic           tlbi_valid_i,
  input mmu_pkg::tlbi_t tlbi_i
);

  logic [ 3:0] hits;
  logic [ 3:0] used;
  logic [49:0] entries[4];

  always_comb begin
    used    = '0;
    level_o = '0;
    entry_o = '0;
    if (lookup_i) begin
      for (int i = 0; i < 4; i++) begin
        if (hits[i] && !(`TW_FAULT(23) && (used != '0))) begin
          used    = 4'd1 << i;
          level_o = i[2:0];
          entry_o = entries[i];
        end
      end
    end
  end
  assign hit_o = used != '0;

  logic [ 3:0] fills;
  logic [39:0] fill_mask;
  always_comb begin
    fills     = '0;
    fill_mask = '0;
    if (fill_i) begin
      fills     = 4'd1 << fill_level_i;
      fill_mask = mmu_pkg::mask_from(mmu_pkg::table_low(fill_short_i, fill_granule_i, fill_level_i));
    end
  end

  for (genvar c = 0; c < 4; c++) begin : gen_cache
    localparam int Entries = (c == 0) ? WcEntriesM1 : (c == 1) ? WcEntries0 : (c == 2) ? WcEntries1 : WcEntries2;
    logic [49:0] entry;
    assign entries[c] = entry;
    walk_cache #(
      .Entries(Entries),
      .Policy (Policy)
    ) u_walk_cache (
      .clk_i,
      .rst_ni,
      `TW_FAULT_CONNECT(fault_i)
      .world_i,
      .world_change_i,
      .asid_i,
      .half_i,
      .vpn_i,
      .lookup_i,
      .use_i       (used[c]),
      .hit_o       (hits[c]),
      .entry_o     (entry),
      .fill_i      (fills[c]),
      .fill_mask_i (fill_mask),
      .fill_entry_i,
      .tlbi_valid_i,
      .tlbi_i
    );
  end

endmodule
