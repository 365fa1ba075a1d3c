// Stage 2 of the walk: the IPA cache, the tables' addresses, and the use of a translation that is there.
module walk_stage2 #(
  parameter int IpaEntries     = 16,
  parameter int IpaReplacement = 0
) (
  input logic clk_i,
  input logic rst_ni,
  `TW_FAULT_PORT
  input mmu_pkg::stage2_t stage2_i,
  // What is translated, and for what
  input logic [15:0] vmid_i,
  input logic [39:0] ipa_i,
  input logic        for_output_i,
  input logic        for_update_i,
  input logic        write_i,       // the dirty state is to be set
  input logic [7:0]  attr1_i,       // of stage 1
  input logic [1:0]  sh1_i,
  // Look-up, a use if the act is made: not of an IPA that faults without a read; fill, by a leaf that has arrived
  input  logic       look_i,
  input  logic       commit_i,
  output logic       check_fault_o,
  output logic [5:0] check_fsc_o,
  input  logic       fill_i,
  // A descriptor acts: a table, or a leaf; its level, what it points to
  input logic            next_i,
  input logic            leaf_i,
  input logic [2:0]      level_i,
  input logic [41:0]     table_i,
  input logic [39:0]     page_i,
  input logic [5:0]      own_size_i,
  input mmu_pkg::leaf2_t leaf2_i,
  // Table to be read: the first one (a miss of the look-up), or the next
  output logic        start_o,
  output logic [2:0]  table_level_o,
  output logic [51:0] table_address_o,
  // Translation, and whether stage 1's tables may be used there
  output logic            use_o,
  output logic            denied_o,
  output logic [39:0]     pa_o,
  output mmu_pkg::leaf2_t leaf2_o,
  output logic [7:0]      attr_o,    // of both stages
  output logic [1:0]      sh_o,
  // TLBI
  input logic           tlbi_valid_i,
  input mmu_pkg::tlbi_t tlbi_i
);

  // An IPA that needs no look-up
  logic lookup;
  assign lookup = look_i && !check_fault_o;
  always_comb begin
    check_fault_o = 1'b0;
    check_fsc_o   = '0;
    if (look_i) begin
      if (stage2_i.size_fault || (({ipa_i, 12'd0} >> stage2_i.checked_size) != '0)) begin
        check_fault_o = 1'b1;
        check_fsc_o   = mmu_pkg::fault_code(mmu_pkg::FscTranslation, stage2_i.aarch32 ? 3'd2 : 3'd1);
      end else if (stage2_i.base_fault) begin
        check_fault_o = 1'b1;
        check_fsc_o   = mmu_pkg::FscAddressSize;
      end
    end
  end

  // The IPA cache
  logic        hit;
  logic [39:0] hit_pa;
  logic [39:0] fill_mask;
  logic [mmu_pkg::Leaf2Width-1:0] hit_leaf;
  assign start_o = lookup && !hit;
  always_comb begin
    fill_mask = '0;
    if (fill_i) fill_mask = mmu_pkg::mask_from(own_size_i);
  end

  ipa_cache #(
    .Entries(IpaEntries),
    .Policy (IpaReplacement)
  ) u_ipa_cache (
    .clk_i,
    .rst_ni,
    `TW_FAULT_CONNECT(fault_i)
    .vmid_i,
    .ipa_i,
    .lookup_i   (lookup),
    .write_i,
    .use_i      (commit_i),
    .hit_o      (hit),
    .pa_o       (hit_pa),
    .leaf_o     (hit_leaf),
    .fill_i,
    .fill_pa_i  (page_i & fill_mask),
    .fill_mask_i(fill_mask),
    .fill_leaf_i(leaf2_i),
    .tlbi_valid_i,
    .tlbi_i
  );

  // Tables. The first has an index as long as the tables that are concatenated make it.
  logic [39:0] index;
  always_comb begin
    index           = '0;
    table_level_o   = '0;
    table_address_o = '0;
    if (start_o || next_i) begin
      table_level_o   = start_o ? stage2_i.start_level : level_i + 3'd1;
      index           = (ipa_i & ~mmu_pkg::mask_from(stage2_i.input_size)) >>
                        (mmu_pkg::index_low(stage2_i.granule, table_level_o) - 6'd12);
      if (next_i) index = index & mmu_pkg::index_mask(stage2_i.granule);
      table_address_o = (start_o ? stage2_i.base : {table_i, 10'd0}) + {9'd0, index, 3'd0};
    end
  end

  // Translation
  always_comb begin
    use_o   = 1'b0;
    pa_o    = '0;
    leaf2_o = '0;
    if (hit) begin
      use_o   = 1'b1;
      pa_o    = hit_pa;
      leaf2_o = hit_leaf;
    end else if (leaf_i) begin
      use_o   = 1'b1;
      pa_o    = page_i;
      leaf2_o = leaf2_i;
    end
  end

  // May stage 1 read its table, or write it, there?
  mmu_pkg::permission2_t permission;
  logic device;
  logic allowed;
  logic unused_execute;
  assign permission     = leaf2_o.permission;
  assign unused_execute = ^{permission.px, permission.ux};
  always_comb begin
    device   = 1'b0;
    allowed  = 1'b0;
    denied_o = 1'b0;
    if (use_o && !for_output_i) begin
      device   = stage2_i.fwb ? !leaf2_o.memattr[2] : (leaf2_o.memattr[3:2] == 2'd0);
      allowed  = (for_update_i ? permission.w : permission.r) && !(stage2_i.ptw && device);
      denied_o = !allowed;
    end
  end

  attributes u_attributes (
    `TW_FAULT_CONNECT(fault_i)
    .valid_i  (use_o && for_output_i),
    .stage2_i,
    .attr_i   (attr1_i),
    .sh_i     (sh1_i),
    .memattr_i(leaf2_o.memattr),
    .sh2_i    (leaf2_o.sh),
    .attr_o,
    .sh_o
  );

endmodule
