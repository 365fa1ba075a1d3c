// The walk: from the last probe's miss to the answer, with the walk caches and the cache of stage 2 translations.
//
// One state machine for the reads and swaps of both stages. What has arrived is registered and decoded while the walk
// step passes. A cache that it fills is filled in the cycle after the arrival, before anything can look: the walk
// caches are looked up by another walk only, and the IPA cache at the end of its latency, when it is as it was at the
// look-up's beginning.
module walker #(
  parameter int WcEntriesM1    = 0,
  parameter int WcEntries0     = 8,
  parameter int WcEntries1     = 16,
  parameter int WcEntries2     = 32,
  parameter int WcReplacement  = 0,
  parameter int IpaEntries     = 16,
  parameter int IpaReplacement = 0
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  // Configuration
  input logic [3:0] walk_start_i,
  input logic [3:0] walk_step_i,
  input logic [3:0] ipa_latency_i,
  // Stages, valid during the walk
  input logic              stage1_on_i,
  input mmu_pkg::stage1_t  stage1_i,
  input mmu_pkg::stage2_t  stage2_i,
  input mmu_pkg::control_t control_i,
  // World of the request, and whether it is another one than in the cycle before
  input logic [mmu_pkg::WorldWidth-1:0] world_i,
  input logic                           world_change_i,
  // Request
  input logic [1:0]  kind_i,
  input logic [1:0]  at_i,
  input logic        privileged_i,
  input logic        pan_i,
  input logic        bypass_i,
  input logic [15:0] asid_i,
  input logic        half_i,
  input logic [39:0] vpn_i,
  input logic [39:0] flat_pa_i,    // stage 1 off
  input logic [7:0]  flat_attr_i,
  input logic [1:0]  flat_sh_i,
  // Start, in the cycle of the last probe
  input logic start_i,
  // May the request use stage 1 of `leaf_o`?
  input logic stage1_allows_i,
  // Check of an IPA
  output logic        check_o,
  output logic [51:0] ipa_o,
  input  logic        check_fault_i,
  input  logic [5:0]  check_fsc_i,
  // TLBI
  input logic           tlbi_valid_i,
  input mmu_pkg::tlbi_t tlbi_i,
  // Answer, in the cycle of the response
  output logic                          done_o,
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
  output logic [31:0]                   cycles_o,  // since the last probe
  // Memory
  output logic        mem_req_valid_o,
  input  logic        mem_req_ready_i,
  output logic [51:0] mem_req_addr_o,
  output logic [2:0]  mem_req_level_o,
  output logic        mem_req_stage2_o,
  output logic        mem_req_word_o,
  output logic        mem_req_swap_o,
  output logic [63:0] mem_req_expected_o,
  output logic [63:0] mem_req_desired_o,
  input  logic        mem_rsp_valid_i,
  input  logic [63:0] mem_rsp_data_i,
  input  logic [1:0]  mem_rsp_error_i
);

  typedef enum logic [2:0] {
    StIdle,
    StStart,  // until the first act
    StLook,   // the IPA cache is looked up
    StWait,   // a read or a swap is out
    StStep    // a descriptor has arrived
  } state_e;

  // What an IPA is translated for
  localparam logic [1:0] PurposeTable = 2'd0;
  localparam logic [1:0] PurposeUpdate = 2'd1;
  localparam logic [1:0] PurposeOutput = 2'd2;

  // Registers
  state_e      state_q;
  logic [ 3:0] count_q;      // cycles until the state acts
  logic        fresh_q;      // first cycle of StStep
  logic        read_q;       // there was a read
  logic [31:0] cycles_q;
  logic        is_stage2_q;  // the access that is out or has arrived is of stage 2
  logic        swap_q;       // and is a swap
  logic [63:0] data_q;       // as memory has it
  logic [ 1:0] error_q;
  // Stage 1: the descriptor's level, its address (with stage 2 its IPA; at last the output), what tables above hand down
  logic [ 2:0] level_q;
  logic [51:0] address_q;
  mmu_pkg::table_attr_t above_q;
  logic [63:0] expected_q;   // of its swap
  logic [63:0] desired_q;
  mmu_pkg::leaf_t leaf_q;
  logic        global_q;
  logic        held_q;
  // Stage 2: what for, the descriptor's level and address, its swap
  logic [ 1:0] purpose_q;
  logic [ 2:0] level2_q;
  logic [51:0] address2_q;
  logic [63:0] desired2_q;

  logic write;
  logic write2;  // stage 2's dirty state is to be set
  assign write  = (kind_i == mmu_pkg::KindWrite) && (at_i == 2'd0);
  assign write2 = (purpose_q == PurposeUpdate) || ((purpose_q == PurposeOutput) && write);

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
    .valid_i    (state_q == StStep),
    .data_i     (data_q),
    .error_i    (error_q),
    .level_i    (is_stage2_q ? level2_q : level_q),
    .is_stage2_i(is_stage2_q),
    .stage1_i,
    .stage2_i,
    .above_i    (above_q),
    .write_i    (write),
    .privileged_i,
    .pan_i,
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

  // What the walk does in this cycle
  logic act;
  logic begins;
  logic first;     // the walk caches are looked up
  logic flat;      // stage 1 is off: stage 2 alone
  logic looked;    // the IPA cache is looked up
  logic arrived;
  logic next1;
  logic update1;
  logic leaf1;
  logic next2;
  logic update2;
  logic arrived2;  // a leaf
  assign act = count_q == '0;
  always_comb begin
    begins   = 1'b0;
    first    = 1'b0;
    flat     = 1'b0;
    looked   = 1'b0;
    arrived  = 1'b0;
    next1    = 1'b0;
    update1  = 1'b0;
    leaf1    = 1'b0;
    next2    = 1'b0;
    update2  = 1'b0;
    arrived2 = 1'b0;
    if (act && (state_q != StIdle)) begin
      begins  = state_q == StStart;
      first   = begins && stage1_on_i && !stage1_i.epd && !stage1_i.base_fault;
      flat    = begins && !stage1_on_i;
      looked  = state_q == StLook;
      arrived = state_q == StStep;
      if (arrived && !is_fault) begin
        next1    = !is_stage2_q && is_table;
        update1  = !is_stage2_q && is_update;
        leaf1    = !is_stage2_q && !is_table && !is_update;
        next2    = is_stage2_q && is_table;
        update2  = is_stage2_q && is_update;
        arrived2 = is_stage2_q && !is_table && !is_update;
      end
    end
  end

  // The table that is read: where the walk caches say, else the first, or the next
  logic        cached;
  logic [ 2:0] cached_level;
  logic [49:0] cached_entry;
  logic [ 2:0] table_level;
  logic [41:0] table_base;
  logic        from_base;  // low bits of the base count too
  mmu_pkg::table_attr_t table_above;

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
    .lookup_i      (first),  // again in each cycle that the read waits: changes nothing
    .hit_o         (cached),
    .level_o       (cached_level),
    .entry_o       (cached_entry),
    .fill_i        ((state_q == StStep) && fresh_q && !is_stage2_q && is_table),
    .fill_level_i  (level_q),
    .fill_granule_i(stage1_i.granule),
    .fill_short_i  (stage1_i.short_format),
    .fill_entry_i  ({descriptor_pa, below}),
    .tlbi_valid_i,
    .tlbi_i
  );

  always_comb begin
    table_level = '0;
    table_base  = '0;
    table_above = '0;
    from_base   = 1'b0;
    if (first && cached) begin
      table_level = cached_level + 3'd1;
      table_base  = cached_entry[49:8];
      table_above = cached_entry[7:0];
    end else if (first) begin
      table_level = stage1_i.start_level;
      table_base  = stage1_i.base[51:10];
      from_base   = 1'b1;
    end else if (next1) begin
      table_level = level_q + 3'd1;
      table_base  = descriptor_pa;
      table_above = below;
    end
  end

  logic [39:0] index;
  logic [51:0] table_address;
  always_comb begin
    index         = '0;
    table_address = '0;
    if (first || next1) begin
      index = vpn_i & ~mmu_pkg::mask_from(stage1_i.input_size);
      if (stage1_i.short_format) begin
        index = (table_level == 3'd2) ? (index >> 8) & 40'hfff : vpn_i & 40'hff;
        table_address = {12'd0, index[37:0], 2'd0};
      end else begin
        index = index >> (mmu_pkg::index_low(stage1_i.granule, table_level) - 6'd12);
        index = index & mmu_pkg::index_mask(stage1_i.granule);
        table_address = {9'd0, index, 3'd0};
      end
      table_address = table_address + {table_base, from_base ? stage1_i.base[9:0] : 10'd0};
    end
  end

  // An IPA's translation begins: of a descriptor of stage 1, or of the output
  logic nests;
  logic nests_output;
  always_comb begin
    nests_output = flat;
    nests        = flat;
    if (stage2_i.on && (first || next1 || update1 || leaf1)) begin
      nests_output = leaf1 && (at_i != 2'd2) && stage1_allows_i;
      nests        = !leaf1 || nests_output;
    end
  end

  logic [39:0] own_low;  // address bits below the leaf's own size
  logic [39:0] page;     // that is translated by the stage
  logic [39:0] output_page;
  always_comb begin
    page        = '0;
    own_low     = '0;
    output_page = '0;
    if (state_q == StStep) begin
      page        = is_stage2_q ? address_q[51:12] : vpn_i;
      own_low     = page & ~mmu_pkg::mask_from(own_size);
      output_page = (descriptor_pa[41:2] & mmu_pkg::mask_from(own_size)) | own_low;
    end
  end

  // The acts of stage 2
  logic        starts2;
  logic        use2;     // the translation is there
  logic        denied2;
  logic [39:0] pa2;
  logic [51:0] table_address2;
  logic [ 2:0] table_level2;
  logic [ 7:0] both_attr;
  logic [ 1:0] both_sh;
  mmu_pkg::leaf2_t leaf2;
  logic unused_leaf2;
  assign unused_leaf2 = ^{leaf2.memattr, leaf2.sh};
  assign check_o = looked;
  assign ipa_o   = address_q;

  walk_stage2 #(
    .IpaEntries    (IpaEntries),
    .IpaReplacement(IpaReplacement)
  ) u_stage2 (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .stage2_i,
    .vmid_i         (world_i[15:0]),
    .ipa_i          (address_q[51:12]),
    .for_output_i   (purpose_q == PurposeOutput),
    .for_update_i   (purpose_q == PurposeUpdate),
    .write_i        (write2),
    .attr1_i        (leaf_q.attr),
    .sh1_i          (leaf_q.sh),
    .lookup_i       (looked && !check_fault_i),  // again in each cycle that the access waits: changes nothing
    .fill_i         ((state_q == StStep) && fresh_q && is_stage2_q && !is_fault && !is_table && !is_update),
    .next_i         (next2),
    .leaf_i         (arrived2),
    .level_i        (level2_q),
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
    .tlbi_valid_i,
    .tlbi_i
  );

  // Memory
  logic issue;
  logic read1;
  logic swap1;
  logic nested;  // stage 1's access, its address translated
  assign issue = mem_req_valid_o && mem_req_ready_i;

  always_comb begin
    nested           = 1'b0;
    read1            = 1'b0;
    swap1            = 1'b0;
    mem_req_valid_o  = 1'b0;
    mem_req_stage2_o = 1'b0;
    mem_req_swap_o   = 1'b0;
    mem_req_word_o   = 1'b0;
    if (act && (state_q != StIdle)) begin
      nested           = use2 && !denied2;
      read1            = ((first || next1) && !stage2_i.on) || (nested && (purpose_q == PurposeTable));
      swap1            = (update1 && !stage2_i.on) || (nested && (purpose_q == PurposeUpdate));
      mem_req_stage2_o = starts2 || next2 || update2;
      mem_req_valid_o  = read1 || swap1 || mem_req_stage2_o;
      mem_req_swap_o   = swap1 || update2;
      mem_req_word_o   = read1 && stage1_i.short_format;
    end
  end

  logic [63:0] as_read;  // expected by a swap
  assign as_read = `TW_FAULT(53) ? ordered : data_q;

  always_comb begin
    mem_req_addr_o     = '0;
    mem_req_level_o    = '0;
    mem_req_expected_o = '0;
    mem_req_desired_o  = '0;
    if (starts2 || next2) begin
      mem_req_addr_o  = table_address2;
      mem_req_level_o = table_level2;
    end else if (update2) begin
      mem_req_addr_o     = address2_q;
      mem_req_level_o    = level2_q;
      mem_req_expected_o = as_read;
      mem_req_desired_o  = desired;
    end else if (nested) begin
      mem_req_addr_o  = {pa2, address_q[11:0]};
      mem_req_level_o = level_q;
      if (purpose_q == PurposeUpdate) begin
        mem_req_expected_o = expected_q;
        mem_req_desired_o  = desired_q;
      end
    end else if (update1) begin
      mem_req_addr_o     = address_q;
      mem_req_level_o    = level_q;
      mem_req_expected_o = as_read;
      mem_req_desired_o  = desired;
    end else if (read1) begin
      mem_req_addr_o  = table_address;
      mem_req_level_o = table_level;
    end
  end

  // State
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      count_q <= '0;
    end else begin
      if (!act) count_q <= count_q - 4'd1;
      case (state_q)
        StIdle: begin
          if (start_i) begin
            state_q <= StStart;
            count_q <= walk_start_i - 4'd1;
          end
        end
        StStart, StLook, StStep: begin
          if (issue) state_q <= StWait;
          else if (nests) begin
            state_q <= StLook;
            count_q <= ipa_latency_i - (`TW_FAULT(59) ? 4'd0 : 4'd1);
          end else if (done_o) state_q <= StIdle;
        end
        StWait: begin
          if (mem_rsp_valid_i) begin
            state_q <= StStep;
            count_q <= walk_step_i - (`TW_FAULT(4) ? 4'd0 : 4'd1);
          end
        end
        default: state_q <= StIdle;  // coverage: waived, no other state
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) cycles_q <= 32'd1;
    else if (state_q != StIdle) cycles_q <= cycles_q + 32'd1;
    if (start_i) read_q <= 1'b0;
    else if (issue) read_q <= 1'b1;
    fresh_q <= state_q == StWait;
  end

  always_ff @(posedge clk_i) begin
    if ((state_q == StWait) && mem_rsp_valid_i) begin
      data_q  <= mem_rsp_data_i;
      // A swap leaves the descriptor wanted, or what stood there instead
      if (swap_q && ((mem_rsp_data_i == (is_stage2_q ? data_q : expected_q)) || `TW_FAULT(52))) begin
        data_q <= is_stage2_q ? desired2_q : desired_q;
      end
      error_q <= {mem_rsp_error_i[1] && swap_q, mem_rsp_error_i[0] || (mem_rsp_error_i[1] && !swap_q)};
    end
    if (issue) begin
      is_stage2_q <= mem_req_stage2_o;
      swap_q      <= mem_req_swap_o;
      if (mem_req_stage2_o) begin
        level2_q   <= mem_req_level_o;
        address2_q <= mem_req_addr_o;
        desired2_q <= mem_req_desired_o;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if ((issue || nests) && (first || next1)) begin
      level_q   <= table_level;
      address_q <= table_address;
      above_q   <= table_above;
      purpose_q <= PurposeTable;
    end
    if (update1) begin
      expected_q <= as_read;
      desired_q  <= desired;
      purpose_q  <= PurposeUpdate;
    end
    if (nests_output) begin
      address_q <= {pa_o, 12'd0};
      purpose_q <= PurposeOutput;
      leaf_q    <= leaf_o;
      global_q  <= global_o;
      held_q    <= flat || is_held;
    end
  end

  // The leaf: stage 1's when it is there, then of both stages. Size 63: stage 1 is off, stage 2's counts.
  logic output_done;
  mmu_pkg::leaf_t leaf;
  assign output_done = use2 && (purpose_q == PurposeOutput);

  always_comb begin
    leaf     = '0;
    pa_o     = '0;
    global_o = 1'b0;
    span_o   = '0;
    if (leaf1) begin
      leaf     = descriptor_leaf;
      pa_o     = output_page;
      global_o = is_global;
      span_o   = leaf.size;
      // What both stages are made of has the descriptor's SH. An AT of stage 1 alone reports it as without stage 2.
      if ((at_i == 2'd2) && ((leaf.attr[7:4] == 4'd0) || (leaf.attr == 8'h44))) leaf.sh = 2'd2;
    end else if (flat) begin
      leaf.size        = 6'd63;
      leaf.attr        = flat_attr_i;
      leaf.sh          = flat_sh_i;
      leaf.permission2 = '1;
      pa_o             = flat_pa_i;
    end else if (output_done) begin
      leaf             = leaf_q;
      if (leaf2.size < leaf_q.size) leaf.size = `TW_FAULT(55) ? leaf_q.size : leaf2.size;
      leaf.attr        = both_attr;
      leaf.sh          = both_sh;
      leaf.permission2 = leaf2.permission;
      leaf.level2      = leaf2.level;
      leaf.clean       = leaf_q.clean || leaf2.clean;
      pa_o             = pa2;
      global_o         = global_q;
      span_o           = leaf_q.size;
    end
    leaf_o = leaf;
  end

  // Answer
  logic fault1;
  logic fault2;
  always_comb begin
    fault1 = 1'b0;
    fault2 = 1'b0;
    done_o = 1'b0;
    if (act && (state_q != StIdle)) begin
      fault1 = (begins && !first && !flat) || (arrived && !is_stage2_q && is_fault);
      fault2 = (looked && check_fault_i) || denied2 || (arrived && is_stage2_q && is_fault);
      done_o = fault1 || fault2 || output_done || (leaf1 && !nests_output);
    end
  end

  always_comb begin
    fault_o  = fault1 || fault2;
    stage2_o = fault2;
    s1ptw_o  = 1'b0;
    hpfar_o  = '0;
    fsc_o    = '0;
    if (fault2) begin
      s1ptw_o = (purpose_q != PurposeOutput) && !`TW_FAULT(56);
      hpfar_o = `TW_FAULT(57) ? vpn_i : address_q[51:12];
      if (denied2) fsc_o = mmu_pkg::fault_code(mmu_pkg::FscPermission, {1'b0, leaf2.level} + 3'd1);
      else fsc_o = looked ? check_fsc_i : descriptor_fsc;
    end else if (fault1) begin
      if (!begins) fsc_o = descriptor_fsc;
      else if (stage1_i.epd) fsc_o = mmu_pkg::fault_code(mmu_pkg::FscTranslation, stage1_i.epd_level);
      else fsc_o = mmu_pkg::fault_code(mmu_pkg::FscAddressSize, 3'd1);
    end
  end

  always_comb begin
    fill_o = 1'b0;
    if (leaf1) fill_o = !stage2_i.on && is_held;
    else if (output_done) fill_o = held_q && leaf2.held;
    if (bypass_i && !`TW_FAULT(58)) fill_o = 1'b0;
  end

  assign read_o   = read_q;
  assign cycles_o = cycles_q;

endmodule
