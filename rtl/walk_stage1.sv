// Stage 1 of the walk: the walk caches, and the table that is read. In walker.c.
//
// With WcInL2 the tables are looked up in the L2, one level an act, from the deepest up to the start level.
module walk_stage1 #(
  parameter int WcEntriesM1   = 0,
  parameter int WcEntries0    = 8,
  parameter int WcEntries1    = 16,
  parameter int WcEntries2    = 32,
  parameter int WcReplacement = 0,
  parameter int WcInL2        = 0
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Registers, world
  input mmu_pkg::stage1_t               stage1_i,
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic                           world_change_i,
  // Address
  input logic [15:0] asid_i,
  input logic        half_i,
  input logic [39:0] vpn_i,
  // The walk caches are looked up, in the L2 the one of `level`. Else a table descriptor has arrived: its level, what it
  // says.
  input logic                 first_i,
  input logic                 table_i,
  input logic                 next_i,
  input logic [2:0]           level_i,
  input logic [41:0]          next_table_i,
  input mmu_pkg::table_attr_t below_i,
  // It is filled
  input logic fill_i,
  // The L2
  output logic        l2_look_o,
  output logic        l2_fill_o,
  output logic [2:0]  l2_level_o,
  output logic [5:0]  l2_low_o,    // lowest VA bit that the level resolves
  output logic [49:0] l2_entry_o,  // next table [51:10], its attributes
  input  logic        l2_hit_i,
  input  logic [49:0] l2_entry_i,
  // The look-up is over: what it found is read
  output logic starts_o,
  // Table that is read: where the walk caches say, else the first, or the next
  output logic [2:0]           table_level_o,
  output logic [51:0]          table_address_o,
  output mmu_pkg::table_attr_t table_above_o,
  // TLBI
  input logic           tlbi_valid_i,
  input mmu_pkg::tlbi_t tlbi_i
);

  logic        cached;
  logic [ 2:0] cached_level;
  logic [49:0] cached_entry;

  if (WcInL2 != 0) begin : gen_in_l2
`ifdef TW_FAULTS
    logic unused_fault;
    assign unused_fault = ^fault_i;
`endif
    logic unused_inputs;
    assign unused_inputs = ^{clk_i, rst_ni, world_i, world_change_i, asid_i, half_i, tlbi_valid_i, tlbi_i};
    assign cached        = l2_hit_i;
    assign cached_level  = level_i;
    assign cached_entry  = l2_entry_i;
    assign starts_o      = !table_i || l2_hit_i || (level_i == stage1_i.start_level);
    assign l2_look_o     = first_i && table_i;
    assign l2_fill_o     = fill_i;
    assign l2_level_o    = level_i;
    assign l2_entry_o    = {next_table_i, below_i};
    always_comb begin
      l2_low_o = '0;
      if (l2_look_o || l2_fill_o) begin
        l2_low_o = mmu_pkg::table_low(stage1_i.short_format, stage1_i.granule, level_i);
      end
    end
  end else begin : gen_caches
    logic unused_inputs;
    assign unused_inputs = ^{table_i, l2_hit_i, l2_entry_i};
    assign starts_o      = 1'b1;
    assign l2_look_o     = 1'b0;
    assign l2_fill_o     = 1'b0;
    assign l2_level_o    = '0;
    assign l2_low_o      = '0;
    assign l2_entry_o    = '0;
    walk_caches #(
      .WcEntriesM1(WcEntriesM1),
      .WcEntries0 (WcEntries0),
      .WcEntries1 (WcEntries1),
      .WcEntries2 (WcEntries2),
      .Policy     (WcReplacement)
    ) u_walk_caches (
      .clk_i,
      .rst_ni,
      `TW_FAULT_CONNECT(fault_i)
      .world_i,
      .world_change_i,
      .asid_i,
      .half_i,
      .vpn_i,
      .lookup_i      (first_i),
      .hit_o         (cached),
      .level_o       (cached_level),
      .entry_o       (cached_entry),
      .fill_i,
      .fill_level_i  (level_i),
      .fill_granule_i(stage1_i.granule),
      .fill_short_i  (stage1_i.short_format),
      .fill_entry_i  ({next_table_i, below_i}),
      .tlbi_valid_i,
      .tlbi_i
    );
  end

  // Base
  logic [41:0] base;
  logic        from_base;  // its low bits count too
  always_comb begin
    table_level_o = '0;
    table_above_o = '0;
    base          = '0;
    from_base     = 1'b0;
    if (first_i && cached) begin
      table_level_o = cached_level + 3'd1;
      base          = cached_entry[49:8];
      table_above_o = cached_entry[7:0];
    end else if (first_i) begin
      table_level_o = stage1_i.start_level;
      base          = stage1_i.base[51:10];
      from_base     = 1'b1;
    end else if (next_i) begin
      table_level_o = level_i + 3'd1;
      base          = next_table_i;
      table_above_o = below_i;
    end
  end

  // Index
  logic [39:0] index;
  always_comb begin
    index           = '0;
    table_address_o = '0;
    if (first_i || next_i) begin
      index = vpn_i & ~mmu_pkg::mask_from(stage1_i.input_size);
      if (stage1_i.short_format) begin
        index = (table_level_o == 3'd2) ? (index >> 8) & 40'hfff : vpn_i & 40'hff;
        table_address_o = {12'd0, index[37:0], 2'd0};
      end else begin
        index = index >> (mmu_pkg::index_low(stage1_i.granule, table_level_o) - 6'd12);
        index = index & mmu_pkg::index_mask(stage1_i.granule);
        table_address_o = {9'd0, index, 3'd0};
      end
      table_address_o = table_address_o + {base, from_base ? stage1_i.base[9:0] : 10'd0};
    end
  end

  // Of stage 1 only what an address depends on counts here
  logic unused_stage1;
  assign unused_stage1 = ^stage1_i;

endmodule
