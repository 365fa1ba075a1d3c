// The L2 TLB and its look-ups: one entry of the miss queue at a time, a probe a size, a probe a cycle. Twin: l2_look_up.c.
//
// With Tables the walk engine looks table descriptors up here and fills them: the L2 has one port, no probe is made then.
module look_up #(
  parameter int Sets        = 256,
  parameter int Ways        = 5,
  parameter int Policy      = 0,
  parameter int LargeSets   = 0,
  parameter int LargeWays   = 1,
  parameter int LargePolicy = 0,
  parameter int Tables      = 0,
  parameter int IndexBits   = 3
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Configuration and registers: sizes that the L2 holds, those of its second array, sizes in use of the probed entry's
  // half
  input logic [mmu_pkg::Ranks-1:0]      ranks_i,
  input logic [63:0]                    large_sizes_i,
  input logic [mmu_pkg::Ranks-1:0]      in_use_i,
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic [15:0]                    asid_i,
  // The entry that would be taken; no probe is made now
  input  logic                 look_i,
  input  logic [IndexBits-1:0] look_index_i,
  input  logic                 hold_i,
  // The entry that is probed
  output logic                 probe_o,
  output logic [IndexBits-1:0] index_o,
  input  logic                 bypass_i,
  input  logic                 prefetch_i,
  input  logic                 half_i,
  input  logic [39:0]          vpn_i,
  // What the probe finds; the match serves; the miss channel is free
  output logic                          match_o,
  output logic [39:0]                   pa_o,
  output logic [mmu_pkg::LeafWidth-1:0] leaf_o,
  output logic                          global_o,
  output logic [5:0]                    span_o,
  input  logic                          serves_i,
  input  logic                          free_i,
  output logic                          done_o,     // the response stands
  output logic                          dropped_o,  // a prefetch has hit: nobody waits for it
  output logic                          missed_o,   // it was the last probe
  // The act of a walk: a table of this level is looked up, or filled
  input  logic        table_look_i,
  input  logic        table_fill_i,
  input  logic [2:0]  table_level_i,
  input  logic [5:0]  table_low_i,    // lowest VA bit that the level resolves
  input  logic [49:0] table_entry_i,  // next table [51:10], its attributes
  output logic        table_hit_o,
  output logic [49:0] table_entry_o,
  // its address, and its fill by a response
  input logic                          act_half_i,
  input logic [39:0]                   act_vpn_i,
  input logic                          fill_i,
  input logic                          fill_global_i,
  input logic [39:0]                   fill_pa_i,
  input logic [mmu_pkg::LeafWidth-1:0] fill_leaf_i,
  input logic [5:0]                    fill_size_i,
  input logic [5:0]                    fill_span_i,
  // TLBI, its sets, and the reset's
  input logic           tlbi_step_i,
  input mmu_pkg::tlbi_t tlbi_i,
  input logic           clear_set_i,
  input logic [12:0]    step_i
);

  // The entry that is looked up, and the sizes that it is still to be probed by
  logic                      looking_q;
  logic [     IndexBits-1:0] index_q;
  logic [mmu_pkg::Ranks-1:0] ranks_q;
  logic [mmu_pkg::Ranks-1:0] ranks;
  logic [mmu_pkg::Ranks-1:0] ranks_left;
  logic [               5:0] size;
  logic                      l2_probe;
  logic                      hit;
  assign probe_o  = (looking_q || look_i) && !hold_i;
  assign index_o  = looking_q ? index_q : look_index_i;
  assign l2_probe = probe_o && (ranks != '0);

  always_comb begin
    ranks      = '0;
    ranks_left = '0;
    size       = '0;
    if (probe_o) begin
      ranks = looking_q ? ranks_q : (bypass_i ? '0 : ranks_i & in_use_i);
      for (int rank = mmu_pkg::Ranks - 1; rank >= 0; rank--) begin
        if (ranks[rank]) size = mmu_pkg::size_of_rank(rank[3:0]);
      end
      ranks_left = ranks & (ranks - 1'b1);
    end
  end

  // The port of the L2: what the engine does there, else the probe
  logic                          port_probe;
  logic [                   5:0] port_size;
  logic [                   5:0] port_low;
  logic                          port_use;
  logic                          port_match;
  logic                          port_fill;
  logic                          port_fill_global;
  logic [                  39:0] port_fill_pa;
  mmu_pkg::leaf_t                port_fill_leaf;
  logic [                   5:0] port_fill_low;
  logic [                   5:0] port_fill_span;
  logic                          by_act;
  // A table descriptor as an entry: next table [11:10] in the place of SH, its attributes in that of the attributes
  mmu_pkg::leaf_t found;
  mmu_pkg::leaf_t filled;
  logic           unused_found;
  assign found        = leaf_o;
  assign unused_found = ^{found, filled};
  always_comb begin
    filled      = '0;
    filled.size = {3'd0, table_level_i};
    filled.sh   = table_entry_i[9:8];
    filled.attr = table_entry_i[7:0];
  end
  if (Tables == 0) begin : gen_pages
    logic unused_tables;
    assign unused_tables    = ^{table_look_i, table_fill_i, table_level_i, table_low_i, table_entry_i};
    assign table_hit_o      = 1'b0;
    assign table_entry_o    = '0;
    assign by_act           = fill_i;
    assign port_probe       = l2_probe;
    assign port_size        = size;
    assign port_low         = size;
    assign port_use         = done_o;
    assign match_o          = port_match;
    assign port_fill        = fill_i;
    assign port_fill_global = fill_global_i;
    assign port_fill_pa     = fill_pa_i;
    assign port_fill_leaf   = fill_leaf_i;
    assign port_fill_low    = fill_size_i;
    assign port_fill_span   = fill_span_i;
  end else begin : gen_tables
    assign table_hit_o      = table_look_i && port_match;
    assign table_entry_o    = {pa_o, found.sh, found.attr};
    assign by_act           = fill_i || table_look_i || table_fill_i;
    assign port_probe       = l2_probe || table_look_i;
    assign port_size        = table_look_i ? {3'd0, table_level_i} : size;
    assign port_low         = table_look_i ? table_low_i : size;
    assign port_use         = done_o || table_hit_o;
    assign match_o          = port_match && !table_look_i;
    assign port_fill        = fill_i || table_fill_i;
    assign port_fill_global = fill_global_i && !table_fill_i;
    assign port_fill_pa     = table_fill_i ? table_entry_i[49:10] : fill_pa_i;
    assign port_fill_leaf   = table_fill_i ? filled : fill_leaf_i;
    assign port_fill_low    = table_fill_i ? table_low_i : fill_size_i;
    assign port_fill_span   = table_fill_i ? table_low_i : fill_span_i;
  end

  assign hit       = match_o && serves_i;
  assign done_o    = hit && free_i && !prefetch_i;
  assign dropped_o = hit && prefetch_i;
  assign missed_o  = probe_o && !hit && (ranks_left == '0);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) looking_q <= 1'b0;
    else if (probe_o) looking_q <= !done_o && !dropped_o && !missed_o;
  end

  always_ff @(posedge clk_i) begin
    if (probe_o) begin
      index_q <= index_o;
      ranks_q <= hit ? ranks : ranks_left;
    end
  end

  l2_tlb #(
    .Sets       (Sets),
    .Ways       (Ways),
    .Policy     (Policy),
    .LargeSets  (LargeSets),
    .LargeWays  (LargeWays),
    .LargePolicy(LargePolicy),
    .Tables     (Tables)
  ) u_l2 (
    .clk_i,
    `TW_FAULT_CONNECT(fault_i)
    .large_sizes_i,
    .world_i,
    .asid_i,
    .half_i       (by_act ? act_half_i : half_i),
    .vpn_i        (by_act ? act_vpn_i : vpn_i),
    .probe_i      (port_probe),
    .probe_size_i (port_size),
    .probe_low_i  (port_low),
    .serves_i     (serves_i || ((Tables != 0) && table_look_i)),
    .use_i        (port_use),
    .match_o      (port_match),
    .pa_o,
    .leaf_o,
    .global_o,
    .span_o,
    .fill_i       (port_fill),
    .fill_global_i(port_fill_global),
    .fill_pa_i    (port_fill_pa),
    .fill_leaf_i  (port_fill_leaf),
    .fill_size_i  (port_fill_leaf.size),
    .fill_low_i   (port_fill_low),
    .fill_span_i  (port_fill_span),
    .tlbi_step_i,
    .clear_i      (clear_set_i),
    .step_i,
    .tlbi_i
  );

endmodule
