// The registers decoded for one VA: half, granule, checks of the address; for a walk also start level and table base.
module regime (
  `TW_FAULT_PORT
  // Registers
  input logic [63:0] sctlr_i,
  input logic [63:0] tcr_i,
  input logic [63:0] ttbr0_i,
  input logic [63:0] ttbr1_i,
  input logic [2:0]  pa_size_i,
  // Request
  input logic [63:0] va_i,
  input logic        fetch_i,
  input logic        el_i,
  // Look-up
  output logic        stage1_o,         // on
  output logic        half_o,
  output logic [1:0]  granule_o,
  output logic [15:0] asid_o,
  output logic        fault_o,          // no look-up
  output logic [5:0]  fsc_o,
  output logic [7:0]  flat_attr_o,      // stage 1 off
  output logic        wxn_o,
  // Walk: valid while walk_i
  input  logic        walk_i,
  output logic        big_endian_o,
  output logic        hpd_o,
  output logic        epd_o,
  output logic [5:0]  input_size_o,
  output logic [5:0]  output_size_o,
  output logic [2:0]  start_level_o,    // level + 1
  output logic [51:0] base_o,
  output logic        base_fault_o
);

  logic unused_bits;
  assign unused_bits = ^{
    sctlr_i[63:26], sctlr_i[24:20], sctlr_i[18:13], sctlr_i[11:1],
    tcr_i[63:57], tcr_i[54:53], tcr_i[50:43], tcr_i[40:39], tcr_i[35], tcr_i[29:24], tcr_i[13:8], tcr_i[6]
  };

  function automatic logic [5:0] address_bits(input logic [2:0] code);
    case (code)
      3'd0: address_bits = 6'd32;
      3'd1: address_bits = 6'd36;
      3'd2: address_bits = 6'd40;
      3'd3: address_bits = 6'd42;
      3'd4: address_bits = 6'd44;
      3'd5: address_bits = 6'd48;
      default: address_bits = 6'd52;
    endcase
  endfunction

  // The half and its fields of TCR
  logic [5:0] txsz;
  logic       tbi;
  logic       tbid;
  logic       e0pd;
  logic       tag_ignored;
  assign stage1_o = sctlr_i[0];
  assign half_o   = va_i[55];
  assign wxn_o    = sctlr_i[19];

  always_comb begin
    if (half_o) begin
      txsz = tcr_i[21:16];
      tbi  = tcr_i[38];
      tbid = tcr_i[52];
      e0pd = tcr_i[56];
      case (tcr_i[31:30])
        2'd1: granule_o = mmu_pkg::Granule16K;
        2'd3: granule_o = mmu_pkg::Granule64K;
        default: granule_o = mmu_pkg::Granule4K;
      endcase
    end else begin
      txsz = tcr_i[5:0];
      tbi  = tcr_i[37];
      tbid = tcr_i[51];
      e0pd = tcr_i[55];
      case (tcr_i[15:14])
        2'd1: granule_o = mmu_pkg::Granule64K;
        2'd2: granule_o = mmu_pkg::Granule16K;
        default: granule_o = mmu_pkg::Granule4K;
      endcase
    end
    asid_o = tcr_i[22] ? ttbr1_i[63:48] : ttbr0_i[63:48];
    if (!tcr_i[36]) asid_o[15:8] = '0;
  end

  assign tag_ignored = tbi && !(tbid && fetch_i) && !`TW_FAULT(22);

  // Checks of the address
  logic [63:0] beyond;  // bits that must be 0
  logic        size_fault;
  logic        is_64k;
  assign is_64k = granule_o == mmu_pkg::Granule64K;

  always_comb begin
    size_fault = (txsz < (is_64k ? 6'd12 : 6'd16)) || (txsz > (is_64k ? 6'd47 : 6'd48));
    if (stage1_o) begin
      beyond = (va_i ^ {64{half_o}}) & {tag_ignored ? 8'd0 : 8'hff, 56'hff_ffff_ffff_ffff};
      beyond = beyond >> (7'd64 - {1'b0, txsz});
    end else begin
      beyond = va_i & {tag_ignored ? 8'd0 : 8'hff, 56'hff_ffff_ffff_ffff};
      beyond = beyond >> address_bits(pa_size_i);
    end
    fault_o     = (beyond != '0) || (stage1_o && (size_fault || (e0pd && !el_i)));
    fsc_o       = stage1_o ? mmu_pkg::FscTranslation : mmu_pkg::FscAddressSize;
    flat_attr_o = !fetch_i ? 8'h00 : (sctlr_i[12] ? 8'haa : 8'h44);
  end

  // Walk
  logic [63:0] ttbr;
  logic [ 2:0] output_code;
  logic [ 5:0] base_low;
  logic [51:0] base_mask;
  logic [ 5:0] page;
  logic [ 5:0] stride;
  logic [ 2:0] levels;  // before the last
  always_comb begin
    ttbr          = '0;
    output_code   = '0;
    base_low      = '0;
    base_mask     = '0;
    page          = '0;
    stride        = '0;
    levels        = '0;
    big_endian_o  = sctlr_i[25];
    hpd_o         = half_o ? tcr_i[42] : tcr_i[41];
    epd_o         = (half_o ? tcr_i[23] : tcr_i[7]) && !`TW_FAULT(20);
    input_size_o  = 6'd16;
    output_size_o = '0;
    start_level_o = '0;
    base_o        = '0;
    base_fault_o  = 1'b0;
    if (walk_i) begin
      ttbr         = half_o ? ttbr1_i : ttbr0_i;
      input_size_o = 6'd0 - txsz;  // 64 - TxSZ

      output_code = (tcr_i[34:32] < pa_size_i) ? tcr_i[34:32] : pa_size_i;
      if ((output_code >= 3'd6) && !is_64k) output_code = 3'd5;
      output_size_o = address_bits(output_code);

      page   = mmu_pkg::page_size(granule_o);
      stride = page - 6'd3;
      for (int n = 1; n <= 4; n++) begin
        if ({2'd0, input_size_o} > {2'd0, page} + 8'(n) * {2'd0, stride}) levels = n[2:0];
      end
      start_level_o = 3'd4 - levels;

      base_low = input_size_o - mmu_pkg::index_low(granule_o, start_level_o) + 6'd3;
      if ((output_code >= 3'd6) && (base_low < 6'd6)) base_low = 6'd6;
      base_mask    = 52'hf_ffff_ffff_ffff << base_low;
      base_o       = {(output_code >= 3'd6) ? ttbr[5:2] : 4'd0, ttbr[47:0]} & base_mask;
      base_fault_o = ((base_o >> output_size_o) != '0) && !`TW_FAULT(19);
    end
  end

  logic unused_ttbr;
  assign unused_ttbr = ^ttbr[63:48];

endmodule
