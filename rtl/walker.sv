// The walk: from its beginning to the answer, with the walk caches and the cache of stage 2 translations.
//
// One engine makes the acts of all walks, one a cycle: reads and swaps of both stages, look-ups of the IPA cache, and
// responses. walk_state keeps what the walks remember in between. An act that can not be made leaves no trace.
module walker #(
  parameter  int WcEntriesM1    = 0,
  parameter  int WcEntries0     = 8,
  parameter  int WcEntries1     = 16,
  parameter  int WcEntries2     = 32,
  parameter  int WcReplacement  = 0,
  parameter  int WcInL2         = 0,
  parameter  int IpaEntries     = 16,
  parameter  int IpaReplacement = 0,
  parameter  int Walks          = 4,
  localparam int WalkBits       = (Walks > 1) ? $clog2(Walks) : 1
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  input mmu_pkg::config_t cfg_i,
  input logic [31:0]      now_i,  // cycle
  // Registers; stage 1 of the acting walk's half
  input logic                           stage1_on_i,
  input mmu_pkg::stage1_t               stage1_i,
  input mmu_pkg::stage2_t               stage2_i,
  input logic                           big_endian_i,    // stage 1, of either half
  input mmu_pkg::control_t              control_i,
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic                           world_change_i,
  input logic [15:0]                    asid_i,
  input logic [7:0]                     flat_attr_i,
  input logic [1:0]                     flat_sh_i,
  // Walks under way, those with an act that is due; a walk begins, by a table of this level in the L2 or not
  output logic [Walks-1:0]    busy_o,
  output logic [Walks-1:0]    due_o,
  output logic                moves_o,        // not all wait for memory
  input  logic                begin_i,
  input  logic [WalkBits-1:0] begin_walk_i,
  input  logic                begin_table_i,
  input  logic [2:0]          begin_level_i,
  input  logic                hold_tables_i,  // none is looked up
  // The act of one of these is made: its walk, its request. It fills nothing when it is stale.
  input logic                act_i,
  input logic [WalkBits-1:0] walk_i,
  input mmu_pkg::access_t    access_i,
  input logic [39:0]         vpn_i,
  input logic                stale_i,
  // The miss channel is free: else a response is not made
  input logic free_i,
  // May the request use stage 1 of `leaf_o`?
  output logic mapped_o,         // there is a leaf
  input  logic stage1_allows_i,
  // Tables in the L2: looked up or filled by the act
  output logic        l2_look_o,
  output logic        l2_fill_o,
  output logic [2:0]  l2_level_o,
  output logic [5:0]  l2_low_o,
  output logic [49:0] l2_entry_o,
  input  logic        l2_hit_i,
  input  logic [49:0] l2_entry_i,
  // TLBI
  input logic           tlbi_valid_i,
  input mmu_pkg::tlbi_t tlbi_i,
  // Answer, in the cycle of the response
  output logic                          done_o,
  output logic                          dropped_o,  // a prefetch ends: without a response
  output logic                          fault_o,
  output logic [5:0]                    fsc_o,
  output logic                          s1ptw_o,
  output logic                          stage2_o,
  output logic [39:0]                   hpfar_o,   // IPA of a fault of stage 2
  output logic [39:0]                   pa_o,      // VA bits below the leaf's size filled in
  output logic [mmu_pkg::LeafWidth-1:0] leaf_o,
  output logic [5:0]                    span_o,
  output logic                          global_o,
  output logic                          fill_o,    // the TLBs
  output logic                          read_o,    // there was a read
  output logic [31:0]                   cycles_o,  // since the walk's beginning
  // Memory
  output logic         mem_req_valid_o,
  output logic [51:0]  mem_req_addr_o,
  output logic [2:0]   mem_req_level_o,
  output logic         mem_req_stage2_o,
  output logic         mem_req_word_o,
  output logic         mem_req_swap_o,
  output logic [63:0]  mem_req_expected_o,
  output logic [63:0]  mem_req_desired_o,
  input  logic         mem_rsp_valid_i,
  input  logic [3:0]   mem_rsp_tag_i,
  input  logic [63:0]  mem_rsp_data_i,
  input  logic [255:0] mem_rsp_line_i,
  input  logic [1:0]   mem_rsp_error_i
);

  logic unused_bits;
  assign unused_bits = ^access_i;

  // The walk that acts, as it stands
  mmu_pkg::walk_act_e   kind;
  logic                 is_stage2;  // what has come is of stage 2
  logic [63:0]          data;
  logic [ 1:0]          error;
  logic [ 1:0]          quad;
  logic [ 2:0]          level;
  logic [51:0]          address;
  mmu_pkg::table_attr_t above;
  logic [63:0]          expected;
  logic [63:0]          swap_desired;
  mmu_pkg::leaf_t       leaf1;      // of stage 1, once it is done
  logic                 leaf1_global;
  logic                 leaf1_held;
  logic [ 1:0]          purpose;
  logic [ 2:0]          level2;
  logic [51:0]          address2;
  logic                 commit;     // the act is made: not a response that the channel has no room for

  logic write;
  logic write2;  // stage 2's dirty state is to be set
  assign write  = (access_i.kind == mmu_pkg::KindWrite) && (access_i.at == 2'd0);
  assign write2 = (purpose == mmu_pkg::PurposeUpdate) || ((purpose == mmu_pkg::PurposeOutput) && write);

  // The descriptor that has arrived
  logic        is_fault;
  logic        is_table;
  logic        is_update;
  logic [ 5:0] descriptor_fsc;
  logic [63:0] ordered;
  logic [63:0] desired;  // by a swap, as memory has it
  logic [41:0] descriptor_pa;
  logic [ 5:0] own_size;
  logic        is_global;
  logic        is_held;
  mmu_pkg::table_attr_t below;
  mmu_pkg::leaf_t descriptor_leaf;
  mmu_pkg::leaf2_t descriptor_leaf2;
  arrival u_arrival (
    `TW_FAULT_CONNECT(fault_i)
    .valid_i    (act_i && (kind == mmu_pkg::ActArrival)),
    .data_i     (data),
    .error_i    (error),
    .quad_i     (quad),
    .level_i    (is_stage2 ? level2 : level),
    .is_stage2_i(is_stage2),
    .stage1_i,
    .stage2_i,
    .above_i    (above),
    .write_i    (write),
    .privileged_i(access_i.privileged),
    .pan_i      (access_i.pan),
    .control_i,
    .write2_i   (write2),
    .ordered_o  (ordered),
    .fault_o    (is_fault),
    .fsc_o      (descriptor_fsc),
    .table_o    (is_table),
    .update_o   (is_update),
    .desired_o  (desired),
    .pa_o       (descriptor_pa),
    .below_o    (below),
    .leaf_o     (descriptor_leaf),
    .leaf2_o    (descriptor_leaf2),
    .global_o   (is_global),
    .held_o     (is_held),
    .own_size_o (own_size)
  );

  // What the walk does in this act
  logic begins;
  logic by_l2;     // a table is looked up in the L2
  logic asks;      // the walk caches are looked up
  logic first;     // and the first table of stage 1 is known
  logic flat;      // stage 1 is off: stage 2 alone
  logic looked;    // the IPA cache is looked at
  logic arrived;
  logic next1;
  logic update1;
  logic done1;     // a leaf of stage 1
  logic next2;
  logic update2;
  logic done2;     // a leaf of stage 2
  logic updates;   // a prefetch ends instead
  assign updates = !access_i.prefetch || `TW_FAULT(101);
  always_comb begin
    begins  = 1'b0;
    by_l2   = 1'b0;
    asks    = 1'b0;
    flat    = 1'b0;
    looked  = 1'b0;
    arrived = 1'b0;
    next1   = 1'b0;
    update1 = 1'b0;
    done1   = 1'b0;
    next2   = 1'b0;
    update2 = 1'b0;
    done2   = 1'b0;
    if (act_i) begin
      begins  = kind == mmu_pkg::ActFirst;
      by_l2   = (WcInL2 != 0) && (kind == mmu_pkg::ActTable);
      asks    = by_l2 || (begins && stage1_on_i && !stage1_i.epd && !stage1_i.base_fault);
      flat    = begins && !stage1_on_i;
      looked  = kind == mmu_pkg::ActLook;
      arrived = kind == mmu_pkg::ActArrival;
      if (arrived && !is_fault) begin
        next1   = !is_stage2 && is_table;
        update1 = !is_stage2 && is_update && updates;
        done1   = !is_stage2 && !is_table && !is_update;
        next2   = is_stage2 && is_table;
        update2 = is_stage2 && is_update && updates;
        done2   = is_stage2 && !is_table && !is_update;
      end
    end
  end

  // The table of stage 1 that is read
  logic starts;
  assign first = asks && starts;
  logic [ 2:0] table_level;
  logic [51:0] table_address;
  mmu_pkg::table_attr_t table_above;
  walk_stage1 #(
    .WcEntriesM1  (WcEntriesM1),
    .WcEntries0   (WcEntries0),
    .WcEntries1   (WcEntries1),
    .WcEntries2   (WcEntries2),
    .WcReplacement(WcReplacement),
    .WcInL2       (WcInL2)
  ) u_stage1 (
    .clk_i, .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .stage1_i, .world_i, .world_change_i, .asid_i,
    .half_i         (access_i.half),
    .vpn_i,
    .first_i        (asks),
    .table_i        (by_l2),
    .next_i         (next1),
    .level_i        (level),
    .next_table_i   (descriptor_pa),
    .below_i        (below),
    .fill_i         (next1 && (!stale_i || `TW_FAULT(64))),
    .l2_look_o, .l2_fill_o, .l2_level_o, .l2_low_o, .l2_entry_o, .l2_hit_i, .l2_entry_i,
    .starts_o       (starts),
    .table_level_o  (table_level),
    .table_address_o(table_address),
    .table_above_o  (table_above),
    .tlbi_valid_i, .tlbi_i
  );

  // An IPA's translation begins: of a descriptor of stage 1, or of the output
  logic nests;
  logic nests_output;
  assign nests = nests_output || (stage2_i.on && (first || next1 || update1));
  always_comb begin
    nests_output = flat;
    if (stage2_i.on && done1) begin
      nests_output = (access_i.at != 2'd2) && (stage1_allows_i || access_i.prefetch);
    end
  end

  logic [39:0] own_low;  // address bits below the leaf's own size
  logic [39:0] page;     // that is translated by the stage
  logic [39:0] output_page;
  always_comb begin
    page        = '0;
    own_low     = '0;
    output_page = '0;
    if (arrived) begin
      page        = is_stage2 ? address[51:12] : vpn_i;
      own_low     = page & ~mmu_pkg::mask_from(own_size);
      output_page = (descriptor_pa[41:2] & mmu_pkg::mask_from(own_size)) | own_low;
    end
  end

  // The acts of stage 2
  mmu_pkg::leaf2_t leaf2;
  logic unused_leaf2;
  assign unused_leaf2 = ^{leaf2.memattr, leaf2.sh};
  logic        starts2;
  logic        use2;     // the translation is there
  logic        denied2;
  logic [39:0] pa2;
  logic [51:0] table_address2;
  logic [ 2:0] table_level2;
  logic [ 7:0] both_attr;
  logic [ 1:0] both_sh;
  logic        check_fault;
  logic [ 5:0] check_fsc;

  walk_stage2 #(
    .IpaEntries    (IpaEntries),
    .IpaReplacement(IpaReplacement)
  ) u_stage2 (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .stage2_i,
    .vmid_i         (world_i[15:0]),
    .ipa_i          (address[51:12]),
    .for_output_i   (purpose == mmu_pkg::PurposeOutput),
    .for_update_i   (purpose == mmu_pkg::PurposeUpdate),
    .write_i        (write2),
    .attr1_i        (leaf1.attr),
    .sh1_i          (leaf1.sh),
    .look_i         (looked),
    .commit_i       (commit),
    .check_fault_o  (check_fault),
    .check_fsc_o    (check_fsc),
    .fill_i         (done2 && commit && !stale_i),
    .next_i         (next2),
    .leaf_i         (done2),
    .level_i        (level2),
    .table_i        (descriptor_pa),
    .page_i         (output_page),
    .own_size_i     (own_size),
    .leaf2_i        (descriptor_leaf2),
    .start_o        (starts2),
    .table_level_o  (table_level2),
    .table_address_o(table_address2),
    .use_o          (use2),
    .denied_o       (denied2),
    .pa_o           (pa2),
    .leaf2_o        (leaf2),
    .attr_o         (both_attr),
    .sh_o           (both_sh),
    .tlbi_valid_i, .tlbi_i
  );

  // Memory
  logic [63:0] as_read;  // expected by a swap
  walk_access u_access (
    `TW_FAULT_CONNECT(fault_i)
    .act_i,
    .stage2_on_i     (stage2_i.on),
    .short_i         (stage1_i.short_format),
    .begins1_i       (first || next1),
    .update1_i       (update1),
    .nested_i        (use2 && !denied2),
    .purpose_i       (purpose),
    .reads2_i        (starts2 || next2),
    .update2_i       (update2),
    .table_level_i   (table_level),
    .table_address_i (table_address),
    .level_i         (level),
    .address_i       (address),
    .pa2_i           (pa2),
    .expected_i      (expected),
    .swap_desired_i  (swap_desired),
    .table_level2_i  (table_level2),
    .table_address2_i(table_address2),
    .level2_i        (level2),
    .address2_i      (address2),
    .ordered_i       (ordered),
    .data_i          (data),
    .desired_i       (desired),
    .as_read_o       (as_read),
    .mem_req_valid_o, .mem_req_addr_o, .mem_req_level_o, .mem_req_stage2_o, .mem_req_word_o, .mem_req_swap_o,
    .mem_req_expected_o, .mem_req_desired_o
  );

  // State
  walk_state #(
    .Walks (Walks),
    .WcInL2(WcInL2)
  ) u_state (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .cfg_i,
    .now_i, .hold_tables_i, .busy_o, .due_o, .moves_o,
    .begin_i, .begin_walk_i, .begin_table_i, .begin_level_i,
    .act_i, .walk_i,
    .kind_o         (kind),
    .is_stage2_o    (is_stage2),
    .data_o         (data),
    .error_o        (error),
    .quad_o         (quad),
    .level_o        (level),
    .address_o      (address),
    .above_o        (above),
    .expected_o     (expected),
    .desired_o      (swap_desired),
    .leaf_o         (leaf1),
    .global_o       (leaf1_global),
    .held_o         (leaf1_held),
    .purpose_o      (purpose),
    .level2_o       (level2),
    .address2_o     (address2),
    .read_o, .cycles_o,
    .done_i         (done_o || dropped_o),
    .issue_i        (mem_req_valid_o),
    .nests_i        (nests),
    .issue_stage2_i (mem_req_stage2_o),
    .issue_swap_i   (mem_req_swap_o),
    .issue_level_i  (mem_req_level_o),
    .issue_address_i(mem_req_addr_o),
    .issue_desired_i(mem_req_desired_o),
    .look_up_i      (asks && !starts),
    .table_i        (first || next1),
    .table_level_i  (table_level),
    .table_address_i(table_address),
    .table_above_i  (table_above),
    .update_i       (update1),
    .expected_i     (as_read),
    .desired_i      (desired),
    .output_i       (nests_output),
    .output_pa_i    (pa_o),
    .leaf_i         (leaf),
    .global_i       (global_o),
    .held_i         (flat || is_held),
    .big_endian_i,
    .mem_rsp_valid_i, .mem_rsp_tag_i, .mem_rsp_data_i, .mem_rsp_line_i, .mem_rsp_error_i
  );

  // The leaf: stage 1's when it is there, then of both stages. Size 63: stage 1 is off, stage 2's counts.
  mmu_pkg::leaf_t leaf;
  logic output_done;
  assign output_done = use2 && (purpose == mmu_pkg::PurposeOutput);

  always_comb begin
    leaf     = '0;
    pa_o     = '0;
    global_o = 1'b0;
    span_o   = '0;
    if (done1) begin
      leaf     = descriptor_leaf;
      pa_o     = output_page;
      global_o = is_global;
      span_o   = (`TW_FAULT(110) && (leaf.size == own_size + 6'd2)) ? own_size : leaf.size;
      // What both stages are made of has the descriptor's SH. An AT of stage 1 alone reports it as without stage 2.
      if ((access_i.at == 2'd2) && ((leaf.attr[7:4] == 4'd0) || (leaf.attr == 8'h44))) leaf.sh = 2'd2;
    end else if (flat) begin
      leaf.size        = 6'd63;
      leaf.attr        = flat_attr_i;
      leaf.sh          = flat_sh_i;
      leaf.permission2 = '1;
      pa_o             = vpn_i;
    end else if (output_done) begin
      leaf             = leaf1;
      if (leaf2.size < leaf1.size) leaf.size = `TW_FAULT(55) ? leaf1.size : leaf2.size;
      leaf.attr        = both_attr;
      leaf.sh          = both_sh;
      leaf.permission2 = leaf2.permission;
      leaf.level2      = leaf2.level;
      leaf.clean       = leaf1.clean || leaf2.clean;
      pa_o             = pa2;
      global_o         = leaf1_global;
      span_o           = leaf1.size;
    end
    leaf_o = leaf;
  end

  // Answer
  logic fault1;
  logic fault2;
  logic ends;
  always_comb begin
    fault1 = 1'b0;
    fault2 = 1'b0;
    ends   = 1'b0;
    if (act_i) begin
      fault1 = (begins && !asks && !flat) || (arrived && !is_stage2 && is_fault);
      fault2 = (looked && check_fault) || denied2 || (arrived && is_stage2 && is_fault);
      ends   = fault1 || fault2 || output_done || (done1 && !nests_output) || (is_update && !updates);
    end
  end

  assign commit    = act_i && !(ends && !free_i && !access_i.prefetch);
  assign done_o    = ends && free_i && !access_i.prefetch;
  assign dropped_o = ends && access_i.prefetch;
  assign mapped_o  = done1 || flat || output_done;
  always_comb begin
    fault_o  = fault1 || fault2;
    stage2_o = fault2;
    s1ptw_o  = 1'b0;
    hpfar_o  = '0;
    fsc_o    = '0;
    if (fault2) begin
      s1ptw_o = (purpose != mmu_pkg::PurposeOutput) && !`TW_FAULT(56);
      hpfar_o = `TW_FAULT(57) ? vpn_i : address[51:12];
      if (denied2) fsc_o = mmu_pkg::fault_code(mmu_pkg::FscPermission, {1'b0, leaf2.level} + 3'd1);
      else fsc_o = looked ? check_fsc : descriptor_fsc;
    end else if (fault1) begin
      if (!begins) fsc_o = descriptor_fsc;
      else if (stage1_i.epd) fsc_o = mmu_pkg::fault_code(mmu_pkg::FscTranslation, stage1_i.epd_level);
      else fsc_o = mmu_pkg::fault_code(mmu_pkg::FscAddressSize, 3'd1);
    end
  end

  always_comb begin
    fill_o = 1'b0;
    if (done1) fill_o = !stage2_i.on && is_held;
    else if (output_done) fill_o = leaf1_held && leaf2.held;
    if (access_i.bypass && !`TW_FAULT(58)) fill_o = 1'b0;
    if (!(done_o || dropped_o) || (stale_i && !`TW_FAULT(63))) fill_o = 1'b0;
  end

endmodule
