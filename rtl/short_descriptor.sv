// A 32-bit descriptor decoded: table, section, supersection, large and small page.
module short_descriptor (
  `TW_FAULT_PORT
  // Descriptor (bytes in order) and where it stood
  input logic        valid_i,
  input logic [31:0] descriptor_i,
  input logic [1:0]  error_i,        // the memory's
  input logic [2:0]  level_i,        // level + 1: 2 or 3
  input mmu_pkg::stage1_t     stage1_i,
  input mmu_pkg::table_attr_t above_i,
  // Decision: fault, else table, else leaf
  output logic       fault_o,
  output logic [5:0] fsc_o,          // with its level
  output logic       table_o,
  // Next table or output address [51:10]; what is handed down
  output logic [41:0]          pa_o,
  output mmu_pkg::table_attr_t below_o,
  // Leaf
  output mmu_pkg::leaf_t leaf_o,
  output logic           global_o,
  output logic [5:0]     own_size_o
);

  // One nibble of a MAIR byte from the two bits of NMRR, or of TEX and C:B
  function automatic logic [3:0] nibble(input logic [1:0] code);
    case (code)
      2'd0: nibble = 4'h4;     // non-cacheable
      2'd1: nibble = 4'hf;     // write-back, write-allocate
      2'd2: nibble = 4'ha;     // write-through
      default: nibble = 4'he;  // write-back without write-allocate
    endcase
  endfunction

  logic [31:0] descriptor;
  assign descriptor = descriptor_i;

  // Kind
  logic is_first;         // level 1
  logic is_table;
  logic is_section;       // supersections included
  logic is_supersection;
  logic is_large;
  assign is_first        = level_i == 3'd2;
  assign is_table        = is_first && (descriptor[1:0] == 2'd1);
  assign is_section      = is_first && descriptor[1];
  assign is_supersection = is_section && descriptor[18];
  assign is_large        = !is_first && (descriptor[1:0] == 2'd1);

  // Fields, which have other places in sections and pages
  logic [2:0] ap;
  logic [2:0] tex;
  logic       shareable;
  logic       not_global;
  logic       xn;
  logic       pxn;
  logic [3:0] domain;
  always_comb begin
    ap         = '0;
    tex        = '0;
    shareable  = 1'b0;
    not_global = 1'b0;
    xn         = 1'b0;
    pxn        = 1'b0;
    domain     = '0;
    if (valid_i) begin
      if (is_section) begin
        ap         = {descriptor[15], descriptor[11:10]};
        tex        = descriptor[14:12];
        shareable  = descriptor[16];
        not_global = descriptor[17];
        xn         = descriptor[4];
        pxn        = descriptor[0];
        domain     = is_supersection ? 4'd0 : descriptor[8:5];
      end else begin
        ap         = {descriptor[9], descriptor[5:4]};
        tex        = is_large ? descriptor[14:12] : descriptor[8:6];
        shareable  = descriptor[10];
        not_global = descriptor[11];
        xn         = (is_large && !`TW_FAULT(33)) ? descriptor[15] : descriptor[0];
        pxn        = above_i.pxn;
        domain     = `TW_FAULT(44) ? 4'd0 : above_i.domain;
      end
    end
  end

  // Address
  always_comb begin
    own_size_o = '0;
    pa_o       = '0;
    if (valid_i) begin
      pa_o[21:0] = descriptor[31:10];
      if (is_section) begin
        own_size_o = is_supersection ? 6'd24 : 6'd20;
        pa_o[9:0]  = '0;
        if (is_supersection) begin
          pa_o[13:10] = '0;
          if (!`TW_FAULT(34)) pa_o[29:22] = {descriptor[8:5], descriptor[23:20]};
        end
      end else if (!is_first) begin
        own_size_o = is_large ? 6'd16 : 6'd12;
        pa_o[1:0]  = '0;
        if (is_large) pa_o[5:2] = '0;
      end
    end
  end

  // Decision
  logic       afe;
  logic [5:0] kind;
  assign afe = stage1_i.afe && !`TW_FAULT(32);
  always_comb begin
    fault_o = 1'b0;
    kind    = mmu_pkg::FscTranslation;
    fsc_o   = '0;
    if (valid_i) begin
      fault_o = 1'b1;
      if (error_i != 2'd0) kind = mmu_pkg::FscWalkAbort;
      else if (descriptor[1:0] == 2'd0) kind = mmu_pkg::FscTranslation;
      else if (!is_table && afe && !ap[0] && !`TW_FAULT(14)) kind = mmu_pkg::FscAccessFlag;
      else fault_o = 1'b0;
      fsc_o = mmu_pkg::fault_code(kind, `TW_FAULT(18) ? level_i - 3'd1 : level_i);
    end
    table_o = valid_i && is_table && !fault_o;
  end

  // What a table hands down
  mmu_pkg::table_attr_t below;
  always_comb begin
    below = above_i;
    if (table_o) begin
      below.domain = descriptor[8:5];
      below.pxn    = descriptor[2];
    end
    below_o = below;
  end

  // Memory attributes: of TEX:C:B, or remapped by PRRR and NMRR
  logic [63:0] mair;
  logic [31:0] prrr;
  logic [31:0] nmrr;
  logic [ 2:0] region;
  logic [ 1:0] inner;
  logic [ 1:0] outer;
  logic [ 7:0] attr;
  logic [ 1:0] sh;
  assign mair   = stage1_i.mair;
  assign prrr   = mair[31:0];
  assign nmrr   = mair[63:32];
  assign region = {tex[0], descriptor[3:2]};

  always_comb begin
    inner = '0;
    outer = '0;
    attr  = '0;
    sh    = '0;
    if (valid_i) begin
      if (stage1_i.tre) begin
        inner = nmrr[{1'b0, region, 1'b0}+:2];
        outer = nmrr[{1'b1, region, 1'b0}+:2];
      end else begin
        inner = descriptor[3:2];
        outer = tex[1:0];
      end
      attr = `TW_FAULT(38) ? {nibble(inner), nibble(outer)} : {nibble(outer), nibble(inner)};

      if (stage1_i.tre) begin
        case (prrr[{1'b0, region, 1'b0}+:2])
          2'd0: attr = 8'h00;
          2'd1: attr = 8'h04;
          default: ;
        endcase
        if (shareable ? prrr[19] : prrr[18]) sh = prrr[{2'b11, region}] ? 2'd3 : 2'd2;
      end else begin
        if (!tex[2]) begin
          case ({
            tex[1:0], descriptor[3:2]
          })
            4'b0001, 4'b1000: attr = 8'h04;
            4'b0010: attr = 8'haa;
            4'b0011: attr = 8'hee;
            4'b0100: attr = 8'h44;
            4'b0111: attr = 8'hff;
            default: attr = 8'h00;
          endcase
        end
        sh = shareable ? 2'd2 : 2'd0;
      end
      if (((attr[7:4] == 4'd0) && !`TW_FAULT(25)) || (attr == 8'h44)) sh = 2'd2;
    end
  end

  // Leaf
  mmu_pkg::leaf_t leaf;
  always_comb begin
    leaf     = '0;
    global_o = 1'b0;
    if (valid_i) begin
      global_o   = !not_global || `TW_FAULT(15);
      leaf.size  = own_size_o;
      leaf.level = 2'(level_i - 3'd1);
      leaf.attr  = attr;
      leaf.sh    = sh;

      // AP[0] is the Access flag with AFE; without, AP[1:0] = 0 allows nothing and AP[1:0] = 1 nothing to EL0
      leaf.permission.pr  = afe || (ap[1:0] != 2'd0);
      leaf.permission.pw  = !ap[2] && (afe || (ap[1:0] != 2'd0));
      leaf.permission.ur  = ap[1];
      leaf.permission.uw  = !ap[2] && ap[1] && (afe || ap[0]);
      leaf.permission.pxn = pxn || xn;
      leaf.permission.uxn = xn;
      leaf.domain         = domain;
      leaf.permission2    = '1;
    end
    leaf_o = leaf;
  end

  // Of the stage only what a descriptor depends on counts here
  logic unused_stage1;
  assign unused_stage1 = ^stage1_i;

endmodule
