// A descriptor decoded: table, block, page, contiguous, faults, attributes.
module descriptor (
  `TW_FAULT_PORT
  // Descriptor and where it stood
  input logic        valid_i,
  input logic [63:0] data_i,
  input logic        error_i,        // memory answered with an error
  input logic [2:0]  level_i,        // level + 1
  // Regime
  input logic        big_endian_i,
  input logic        hpd_i,
  input logic [1:0]  granule_i,
  input logic [5:0]  input_size_i,
  input logic [5:0]  output_size_i,
  input logic [2:0]  pa_size_i,
  input logic [63:0] mair_i,
  // Attributes of the tables above
  input logic [3:0] above_i,
  // Decision: fault, else table, else leaf
  output logic       fault_o,
  output logic [5:0] fsc_o,
  output logic       table_o,
  // Next table or output address [51:12]; attributes including this table's
  output logic [39:0] pa_o,
  output logic [3:0]  below_o,
  // Leaf
  output logic [mmu_pkg::LeafWidth-1:0] leaf_o,     // its size is the mapping's
  output logic                          global_o,
  output logic [5:0]                    own_size_o  // the leaf's own, contiguous or not
);

  // The bytes as the walker sees them
  logic [63:0] descriptor;
  always_comb begin
    descriptor = data_i;
    if (big_endian_i) begin
      for (int b = 0; b < 8; b++) descriptor[8*b+:8] = data_i[56-8*b+:8];
    end
  end

  logic unused_bits;
  assign unused_bits = ^{descriptor[58:55], descriptor[51:48], descriptor[63], descriptor[5]};

  // Size of a contiguous group of leaves of this level; 0: there are none
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

  // Kind
  logic is_64k;
  logic is_last;
  logic block_legal;
  assign is_64k  = granule_i == mmu_pkg::Granule64K;
  assign is_last = level_i == 3'd4;

  always_comb begin
    case (level_i)
      3'd3: block_legal = 1'b1;
      3'd2: block_legal = (granule_i == mmu_pkg::Granule4K) || (is_64k && (pa_size_i >= 3'd6));
      default: block_legal = 1'b0;
    endcase
    table_o = valid_i && descriptor[1] && !is_last;
  end

  // Address
  logic size_fault;
  always_comb begin
    own_size_o = 6'd12;
    pa_o       = '0;
    size_fault = 1'b0;
    if (valid_i) begin
      own_size_o = mmu_pkg::index_low(granule_i, level_i);
      pa_o       = {4'd0, descriptor[47:12]} & mmu_pkg::mask_from(table_o ? mmu_pkg::page_size(granule_i) : own_size_o);
      if (is_64k && (pa_size_i >= 3'd6)) pa_o[39:36] = descriptor[15:12];
      size_fault = ((pa_o >> (output_size_i - 6'd12)) != '0) && !`TW_FAULT(19);
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
      if (error_i) kind = mmu_pkg::FscWalkAbort;
      else if (!descriptor[0] || (!descriptor[1] && !block_legal)) kind = mmu_pkg::FscTranslation;
      else if (size_fault) kind = mmu_pkg::FscAddressSize;
      else if (!table_o && !descriptor[10] && !`TW_FAULT(14)) kind = mmu_pkg::FscAccessFlag;
      else fault_o = 1'b0;
      fsc_o = mmu_pkg::fault_code(kind, (`TW_FAULT(18) && (level_i > 3'd1)) ? level_i - 3'd1 : level_i);
    end
  end

  // Attributes of the table, added to those above
  mmu_pkg::table_attr_t below;
  always_comb begin
    below = above_i;
    if (table_o && !hpd_i) begin
      below.ap  = below.ap | descriptor[62:61];
      below.uxn = below.uxn | descriptor[60];
      below.pxn = below.pxn | descriptor[59];
    end
    below_o = below;
  end

  // Leaf
  mmu_pkg::table_attr_t above;
  mmu_pkg::leaf_t       leaf;
  logic           [5:0] group;
  logic                 pxn;
  logic                 uxn;
  logic                 is_device;
  always_comb begin
    above     = above_i;
    group     = '0;
    leaf      = '0;
    global_o  = 1'b0;
    pxn       = 1'b0;
    uxn       = 1'b0;
    is_device = 1'b0;
    if (valid_i) begin
      global_o = !descriptor[11] || `TW_FAULT(15);

      group     = contiguous_size(granule_i, level_i);
      leaf.size = own_size_o;
      if (descriptor[52] && (group != '0) && (group < input_size_i)) leaf.size = group;
      leaf.level = 2'(level_i - 3'd1);

      leaf.attr = mair_i[8*descriptor[4:2]+:8];
      is_device = (leaf.attr[7:4] == 4'd0) && !`TW_FAULT(25);
      if (is_device || (leaf.attr == 8'h44)) leaf.sh = 2'd2;
      else leaf.sh = (descriptor[9:8] == 2'd1) ? 2'd0 : descriptor[9:8];

      leaf.ap = `TW_FAULT(9) ? {descriptor[6], descriptor[7]} : descriptor[7:6];
      if (!`TW_FAULT(13)) leaf.ap = {leaf.ap[1] | above.ap[1], leaf.ap[0] & !above.ap[0]};

      pxn      = descriptor[53] || above.pxn;
      uxn      = descriptor[54] || above.uxn;
      leaf.pxn = `TW_FAULT(12) ? uxn : pxn;
      leaf.uxn = `TW_FAULT(12) ? pxn : uxn;
    end
    leaf_o = leaf;
  end

endmodule
