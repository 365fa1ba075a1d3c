// Stage 2 registers decoded: start level, base, sizes, VMID.
module stage2 (
  input logic clk_i,
  `TW_FAULT_PORT
  // Registers and configuration; the registers are new
  input logic        changed_i,
  input logic [2:0]  regime_i,
  input logic [63:0] hcr_i,
  input logic [63:0] vtcr_i,
  input logic [63:0] vttbr_i,
  input logic        ee2_i,
  input logic [2:0]  pa_size_i,
  input logic        armv7_i,
  input logic [1:0]  bbm_i,
  // Decoded
  output mmu_pkg::stage2_t stage2_o
);

  logic unused_bits;
  assign unused_bits = ^{
    hcr_i[63:47], hcr_i[45:34], hcr_i[31:13], hcr_i[11:3], hcr_i[1], vtcr_i[63:34], vtcr_i[31:23], vtcr_i[20],
    vtcr_i[11:8]
  };

  // Format
  logic       has_stage2;
  logic       aarch32;
  logic       fwb;
  logic       ds;
  logic       is_64k;
  logic [1:0] granule;
  always_comb begin
    has_stage2 = 1'b0;
    aarch32    = 1'b0;
    granule    = mmu_pkg::Granule4K;
    is_64k     = 1'b0;
    ds         = 1'b0;
    fwb        = 1'b0;
    if (changed_i) begin
      has_stage2 = (regime_i != mmu_pkg::RegimeEl2) && (regime_i != mmu_pkg::RegimeEl20);
      aarch32    = regime_i == mmu_pkg::RegimePl10;
      case (vtcr_i[15:14])
        2'd1: granule = mmu_pkg::Granule64K;
        2'd2: granule = mmu_pkg::Granule16K;
        default: granule = mmu_pkg::Granule4K;
      endcase
      if (aarch32) granule = mmu_pkg::Granule4K;
      is_64k = granule == mmu_pkg::Granule64K;
      ds     = vtcr_i[32] && !is_64k && !aarch32 && (pa_size_i >= 3'd6);
      fwb    = hcr_i[46] && !aarch32 && !`TW_FAULT(28);
    end
  end

  // Start level by SL0 (and SL2), as level + 1
  logic [2:0] start_level;
  logic       no_level;
  always_comb begin
    no_level    = 1'b0;
    start_level = '0;
    if (changed_i && aarch32) begin
      start_level = vtcr_i[6] ? 3'd2 : 3'd3;
      no_level    = vtcr_i[7];
    end else if (changed_i) begin
      case ({
        granule, vtcr_i[7:6]
      })
        {mmu_pkg::Granule4K, 2'd0} : start_level = 3'd3;
        {mmu_pkg::Granule4K, 2'd1} : start_level = 3'd2;
        {mmu_pkg::Granule4K, 2'd2} : start_level = 3'd1;
        {mmu_pkg::Granule4K, 2'd3} : start_level = 3'd4;
        {mmu_pkg::Granule16K, 2'd0} : start_level = 3'd4;
        {mmu_pkg::Granule16K, 2'd1} : start_level = 3'd3;
        {mmu_pkg::Granule16K, 2'd2} : start_level = 3'd2;
        {mmu_pkg::Granule16K, 2'd3} : start_level = 3'd1;
        {mmu_pkg::Granule64K, 2'd0} : start_level = 3'd4;
        {mmu_pkg::Granule64K, 2'd1} : start_level = 3'd3;
        {mmu_pkg::Granule64K, 2'd2} : start_level = 3'd2;
        default: no_level = 1'b1;
      endcase
      // The upper levels exist only where addresses are long enough to need them
      if (vtcr_i[7:6] == 2'd2) begin
        if (pa_size_i < ((granule == mmu_pkg::Granule16K) ? 3'd3 : 3'd4)) no_level = 1'b1;
      end
      if ((granule == mmu_pkg::Granule16K) && (vtcr_i[7:6] == 2'd3) && !ds) no_level = 1'b1;
      if ((granule == mmu_pkg::Granule4K) && ds && vtcr_i[33]) begin
        start_level = 3'd0;
        no_level    = vtcr_i[7:6] != 2'd0;
      end
    end
  end

  // Sizes and base
  mmu_pkg::stage2_t decoded_q;
  mmu_pkg::stage2_t decoded;
  logic [ 5:0] t0sz;
  logic [ 5:0] iasize;
  logic [ 5:0] start_low;   // lowest bit of the start level's index
  logic [ 5:0] stride;      // bits of an index
  logic        out_of_range;
  logic [ 2:0] output_code;
  logic        base_52;     // base[51:48] in VTTBR[5:2]
  logic [ 5:0] base_low;
  logic [51:0] base_mask;
  assign t0sz = vtcr_i[5:0];

  always_comb begin
    decoded      = decoded_q;
    iasize       = '0;
    start_low    = '0;
    stride       = '0;
    out_of_range = 1'b0;
    output_code  = '0;
    base_52      = 1'b0;
    base_low     = '0;
    base_mask    = '0;

    if (changed_i) begin
      decoded = '0;
      decoded.on         = has_stage2 && (hcr_i[0] || hcr_i[12]);
      decoded.vmid       = {vttbr_i[63:56] & {8{vtcr_i[19] && !aarch32 && !`TW_FAULT(40)}}, vttbr_i[55:48]};
      decoded.granule    = granule;
      decoded.aarch32    = aarch32;
      decoded.armv7      = aarch32 && armv7_i;
      decoded.big_endian = ee2_i;
      decoded.ha         = vtcr_i[21] && !aarch32;
      decoded.hd         = vtcr_i[22] && vtcr_i[21] && !aarch32;
      decoded.ds         = ds;
      decoded.wide       = is_64k && (pa_size_i >= 3'd6);
      decoded.sh         = vtcr_i[13:12];
      decoded.ptw        = hcr_i[2] && !`TW_FAULT(27);
      decoded.fwb        = fwb;
      decoded.data_off   = hcr_i[32];
      decoded.fetch_off  = hcr_i[33];
      decoded.bbm        = (bbm_i != 2'd0) && !aarch32;

      if (aarch32) begin
        iasize      = 6'd32 - {{2{t0sz[3]}}, t0sz[3:0]};  // T0SZ is signed
        output_code = mmu_pkg::output_code(3'd2, pa_size_i, 1'b0);
      end else begin
        iasize       = 6'd0 - t0sz;  // 64 - T0SZ
        out_of_range = (t0sz < ((ds || decoded.wide) ? 6'd12 : 6'd16)) || (t0sz > (is_64k ? 6'd47 : 6'd48));
        output_code  = mmu_pkg::output_code(vtcr_i[18:16], pa_size_i, is_64k || ds);
      end
      decoded.start_level = start_level;
      decoded.output_size = mmu_pkg::address_bits(output_code);

      // Up to 16 tables stand side by side at the start level: 4 bits of the index more than a table has
      start_low = mmu_pkg::index_low(granule, start_level);
      stride    = mmu_pkg::page_size(granule) - 6'd3;
      decoded.size_fault = out_of_range || no_level || (iasize <= start_low)
        || ({1'b0, iasize} > {1'b0, start_low} + {1'b0, stride} + 7'd4);
      decoded.input_size   = iasize;
      decoded.checked_size = iasize;
      if (`TW_FAULT(30) && ({1'b0, iasize} > {1'b0, start_low} + {1'b0, stride})) decoded.input_size = iasize - 6'd1;

      base_52  = (is_64k && (output_code >= 3'd6)) || ds;
      base_low = iasize - start_low + 6'd3;
      base_low = (base_52 && (base_low < 6'd6)) ? 6'd6 : base_low;
      base_mask = 52'hf_ffff_ffff_ffff << base_low;
      if (decoded.armv7) base_mask[51:40] = '0;
      decoded.base       = {base_52 ? vttbr_i[5:2] : 4'd0, vttbr_i[47:0]} & base_mask;
      decoded.base_fault = ((decoded.base >> decoded.output_size) != '0) && !`TW_FAULT(19);
    end
    stage2_o = decoded;
  end

  always_ff @(posedge clk_i) begin
    if (changed_i) decoded_q <= decoded;
  end

endmodule
