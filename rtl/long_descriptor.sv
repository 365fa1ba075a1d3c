// A 64-bit descriptor of either stage decoded: table, block, page, contiguous, faults, updates.
module long_descriptor (
  `TW_FAULT_PORT
  // Descriptor (bytes in order) and where it stood
  input logic        valid_i,
  input logic [63:0] descriptor_i,
  input logic [1:0]  error_i,        // the memory's
  input logic [1:0]  quad_i,         // as of coalesce
  input logic [2:0]  level_i,        // level + 1
  input logic        is_stage2_i,
  // Stages
  input mmu_pkg::stage1_t stage1_i,
  input mmu_pkg::stage2_t stage2_i,
  // What the tables above hand down (stage 1)
  input mmu_pkg::table_attr_t above_i,
  // Access, for the update. Stage 1: a write (at = 0), its privilege, PAN, controls; stage 2: set the dirty state
  input logic              write_i,
  input logic              privileged_i,
  input logic              pan_i,
  input mmu_pkg::control_t control_i,
  input logic              write2_i,
  // Decision: fault, else table, else update, else leaf
  output logic        fault_o,
  output logic [5:0]  fsc_o,       // with its level
  output logic        table_o,
  output logic        update_o,
  output logic [63:0] desired_o,   // update: the descriptor wanted
  // Next table or output address [51:10]; what is handed down, this table's included
  output logic [41:0]          pa_o,
  output mmu_pkg::table_attr_t below_o,
  // Leaf: of stage 1 (permission2 all ones, level2 0) or of stage 2; their sizes are the mapping's
  output mmu_pkg::leaf_t  leaf_o,
  output mmu_pkg::leaf2_t leaf2_o,
  output logic            global_o,
  output logic            held_o,     // stage 1: not nT
  output logic [5:0]      own_size_o  // the leaf's own, contiguous or not
);

  // Size of a contiguous group of leaves of a level; 0: there are none
  function automatic logic [5:0] contiguous_size(input logic [1:0] granule, input logic [2:0] level);
    case ({
      granule, level
    })
      {mmu_pkg::Granule4K, 3'd4} : contiguous_size = 6'd16;
      {mmu_pkg::Granule4K, 3'd3} : contiguous_size = 6'd25;
      {mmu_pkg::Granule4K, 3'd2} : contiguous_size = 6'd34;
      {mmu_pkg::Granule16K, 3'd4} : contiguous_size = 6'd21;
      {mmu_pkg::Granule16K, 3'd3} : contiguous_size = 6'd30;
      {mmu_pkg::Granule64K, 3'd4} : contiguous_size = 6'd21;
      {mmu_pkg::Granule64K, 3'd3} : contiguous_size = 6'd34;
      default: contiguous_size = 6'd0;
    endcase
  endfunction

  logic [63:0] descriptor;
  logic        has_dbm;
  assign descriptor = descriptor_i;
  assign has_dbm    = descriptor[51];

  // The stage that the descriptor is of
  logic [1:0] granule;
  logic [5:0] input_size;
  logic [5:0] output_size;
  logic       ds;
  logic       wide;
  logic       armv7;
  logic       bbm;
  logic       ha;
  logic       dirty;  // HA and HD
  always_comb begin
    granule     = '0;
    input_size  = '0;
    output_size = '0;
    ds          = 1'b0;
    wide        = 1'b0;
    armv7       = 1'b0;
    bbm         = 1'b0;
    ha          = 1'b0;
    dirty       = 1'b0;
    if (valid_i && is_stage2_i) begin
      granule     = stage2_i.granule;
      input_size  = stage2_i.input_size;
      output_size = stage2_i.output_size;
      ds          = stage2_i.ds;
      wide        = stage2_i.wide;
      armv7       = stage2_i.armv7;
      bbm         = stage2_i.bbm;
      ha          = stage2_i.ha;
      dirty       = stage2_i.hd && !`TW_FAULT(36);
    end else if (valid_i) begin
      granule     = stage1_i.granule;
      input_size  = stage1_i.input_size;
      output_size = stage1_i.output_size;
      ds          = stage1_i.ds;
      wide        = stage1_i.wide;
      armv7       = stage1_i.armv7;
      bbm         = stage1_i.bbm;
      ha          = stage1_i.ha;
      dirty       = stage1_i.hd;
    end
  end

  // Kind
  logic is_last;
  logic is_table;
  logic block_legal;
  assign is_last  = level_i == 3'd4;
  assign is_table = descriptor[1] && !is_last;

  always_comb begin
    block_legal = 1'b0;
    if (valid_i) begin
      case (level_i)
        3'd3: block_legal = 1'b1;
        3'd2: begin
          case (granule)
            mmu_pkg::Granule4K: block_legal = 1'b1;
            mmu_pkg::Granule16K: block_legal = ds;
            default: block_legal = wide;
          endcase
        end
        3'd1: block_legal = ds && (granule == mmu_pkg::Granule4K);
        default: ;
      endcase
    end
  end

  // Address
  logic size_fault;
  always_comb begin
    own_size_o = '0;
    pa_o       = '0;
    size_fault = 1'b0;
    if (valid_i) begin
      own_size_o = mmu_pkg::index_low(granule, level_i);
      pa_o       = {4'd0, descriptor[47:12], 2'd0};
      if (armv7) pa_o[37:30] = '0;
      if (ds) pa_o[39:38] = descriptor[49:48];
      pa_o[41:2] = pa_o[41:2] & mmu_pkg::mask_from(is_table ? mmu_pkg::page_size(granule) : own_size_o);
      if (ds && !`TW_FAULT(29)) pa_o[41:40] = descriptor[9:8];
      if (wide) pa_o[41:38] = descriptor[15:12];
      size_fault = ((pa_o >> (output_size - 6'd10)) != '0) && !armv7 && !`TW_FAULT(19);
    end
  end

  // Decision
  logic [5:0] kind;
  always_comb begin
    fault_o = 1'b0;
    kind    = mmu_pkg::FscTranslation;
    fsc_o   = '0;
    if (valid_i) begin
      fault_o = 1'b1;
      if (error_i != 2'd0) kind = mmu_pkg::FscWalkAbort;
      else if (!descriptor[0] || (!descriptor[1] && !block_legal)) kind = mmu_pkg::FscTranslation;
      else if (size_fault) kind = mmu_pkg::FscAddressSize;
      else if (!is_table && !descriptor[10] && !ha && !`TW_FAULT(14)) kind = mmu_pkg::FscAccessFlag;
      else fault_o = 1'b0;
      if (error_i == 2'd2) fsc_o = mmu_pkg::FscNoAtomics;
      else fsc_o = mmu_pkg::fault_code(kind, (`TW_FAULT(18) && (level_i > 3'd1)) ? level_i - 3'd1 : level_i);
    end
    table_o = valid_i && is_table && !fault_o;
  end

  // Attributes of a stage 1 table, added to those above
  mmu_pkg::table_attr_t below;
  always_comb begin
    below = above_i;
    if (table_o && !is_stage2_i && !stage1_i.hpd) begin
      below.ap[1] = below.ap[1] | descriptor[62];
      below.uxn   = below.uxn | descriptor[60];
      if (!stage1_i.one_privilege) begin
        below.ap[0] = below.ap[0] | descriptor[61];
        below.pxn   = below.pxn | descriptor[59];
      end
    end
    below_o = below;
  end

  // Size of the mapping
  logic [5:0] group;
  logic [5:0] size;
  always_comb begin
    group = '0;
    size  = own_size_o;
    if (valid_i) begin
      group = contiguous_size(granule, level_i);
      if (descriptor[52] && (group != '0) && (group < input_size)) size = group;
    end
  end

  // Four pages of stage 1 alone make one mapping
  logic coalesces;
  always_comb begin
    coalesces = 1'b0;
    if (quad_i != '0) begin
      coalesces = !is_stage2_i && !stage2_i.on && !stage1_i.aarch32 && is_last && !descriptor[52] &&
                  (((granule == mmu_pkg::Granule4K) && quad_i[0]) || ((granule == mmu_pkg::Granule16K) && quad_i[1]));
    end
  end

  // Leaf of stage 1
  mmu_pkg::leaf_t leaf;
  logic [63:0] mair;
  logic [ 1:0] ap;           // AP[2:1], the tables' and DBM included
  logic        clean;
  logic        pxn;
  logic        uxn;
  logic        is_device;
  assign mair = stage1_i.mair;

  always_comb begin
    leaf      = '0;
    ap        = '0;
    clean     = 1'b0;
    pxn       = 1'b0;
    uxn       = 1'b0;
    is_device = 1'b0;
    global_o  = 1'b0;
    held_o    = 1'b0;
    if (valid_i && !is_stage2_i) begin
      global_o = !descriptor[11] || stage1_i.one_privilege || `TW_FAULT(15);
      held_o   = !(bbm && descriptor[16] && !is_last);

      leaf.size  = size;
      leaf.level = 2'(level_i - 3'd1);

      leaf.attr = mair[8*descriptor[4:2]+:8];
      is_device = (leaf.attr[7:4] == 4'd0) && !`TW_FAULT(25);
      leaf.sh   = ds ? stage1_i.sh : descriptor[9:8];
      leaf.sh   = (leaf.sh == 2'd1) ? 2'd0 : leaf.sh;
      if ((is_device || (leaf.attr == 8'h44)) && !stage2_i.on) leaf.sh = 2'd2;  // else once it is combined

      // With dirty state by hardware AP[2] of a DBM descriptor says clean, not read-only
      ap = `TW_FAULT(9) ? {descriptor[6], descriptor[7]} : descriptor[7:6];
      if (dirty && has_dbm) begin
        clean = ap[1];
        ap[1] = 1'b0;
      end
      if (!`TW_FAULT(13)) begin
        clean = clean && !above_i.ap[1];
        ap    = {ap[1] | above_i.ap[1], ap[0] & !above_i.ap[0]};
      end
      leaf.clean = clean;
      if (coalesces && (!clean || `TW_FAULT(113))) leaf.size = own_size_o + 6'd2;

      pxn = `TW_FAULT(12) ? (descriptor[54] | above_i.uxn) : (descriptor[53] | above_i.pxn);
      uxn = `TW_FAULT(12) ? (descriptor[53] | above_i.pxn) : (descriptor[54] | above_i.uxn);
      leaf.permission.pr  = 1'b1;
      leaf.permission.pw  = !ap[1];
      leaf.permission.ur  = ap[0];
      leaf.permission.uw  = ap[0] && !ap[1];
      leaf.permission.pxn = pxn || (stage1_i.aarch32 && uxn);
      leaf.permission.uxn = uxn;
      if (stage1_i.one_privilege) begin
        leaf.permission.ur  = 1'b0;
        leaf.permission.uw  = 1'b0;
        leaf.permission.pxn = uxn;
        leaf.permission.uxn = 1'b1;
      end
      leaf.permission2 = '1;
    end
    leaf_o = leaf;
  end

  // Leaf of stage 2
  mmu_pkg::leaf2_t leaf2;
  logic [1:0] xn;
  always_comb begin
    leaf2 = '0;
    xn    = '0;
    if (valid_i && is_stage2_i) begin
      leaf2.size    = size;
      leaf2.level   = 2'(level_i - 3'd1);
      leaf2.memattr = descriptor[5:2];
      leaf2.sh      = ds ? stage2_i.sh : descriptor[9:8];
      leaf2.held    = !(bbm && descriptor[16] && !is_last);
      leaf2.clean   = dirty && has_dbm && !descriptor[7];

      xn = descriptor[54:53];
      if (armv7) xn[0] = 1'b0;
      if (`TW_FAULT(43) && xn[0]) xn[1] = !xn[1];
      leaf2.permission.r  = descriptor[6] || `TW_FAULT(26);
      leaf2.permission.w  = descriptor[7] || leaf2.clean;
      leaf2.permission.px = (xn[1] == xn[0]) && (leaf2.permission.r || !stage2_i.aarch32);
      leaf2.permission.ux = !xn[1] && (leaf2.permission.r || !stage2_i.aarch32);
    end
    leaf2_o = leaf2;
  end

  // Update: the Access flag; the dirty state if the access may write
  logic may_write;
  logic unused_domain_fault, unused_stage2;
  permission u_permission (
    `TW_FAULT_CONNECT(fault_i)
    .valid_i       (valid_i && !is_stage2_i),
    .kind_i        (mmu_pkg::KindWrite),
    .privileged_i,
    .pan_i,
    .control_i,
    .permission_i  (leaf.permission),
    .domain_i      (4'd0),
    .permission2_i (leaf.permission2),
    .domain_fault_o(unused_domain_fault),
    .stage1_o      (may_write),
    .stage2_o      (unused_stage2)
  );

  always_comb begin
    desired_o = '0;
    update_o  = 1'b0;
    if (valid_i && !is_table && !fault_o) begin
      desired_o = descriptor;
      if (ha && (dirty || !`TW_FAULT(35))) desired_o[10] = 1'b1;
      if (is_stage2_i) desired_o[7] = descriptor[7] || (leaf2.clean && write2_i);
      else if (leaf.clean && write_i && may_write) desired_o[7] = 1'b0;
      update_o = desired_o != descriptor;
    end
  end

  // Of the stages only what a descriptor depends on counts here
  logic unused_stages;
  assign unused_stages = ^{stage1_i, stage2_i};

endmodule
