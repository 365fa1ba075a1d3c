// Stage 1 registers decoded for one VA: format, half, granule, checks of the address; for a walk start level and base.
module regime (
  input logic clk_i,
  `TW_FAULT_PORT
  // Registers and configuration; the registers are new
  input logic        changed_i,
  input logic [2:0]  regime_i,
  input logic [63:0] sctlr_i,
  input logic [63:0] tcr_i,
  input logic [63:0] ttbr0_i,
  input logic [63:0] ttbr1_i,
  input logic [63:0] mair_i,
  input logic [63:0] hcr_i,
  input logic [31:0] contextidr_i,
  input logic [31:0] dacr_i,
  input logic [2:0]  pa_size_i,
  input logic        armv7_i,
  input logic [1:0]  bbm_i,
  // Request
  input logic [63:0] va_i,
  input logic        fetch_i,
  input logic        privileged_i,   // el, or regime 1
  input logic        nonfault_i,
  // Look-up
  output logic              stage1_o,       // on
  output logic              key_half_o,     // half bit of the key
  output logic [39:0]       vpn_o,          // VA[51:12] of the key
  output logic [1:0]        granule_o,
  output logic              short_o,        // short descriptors
  output logic [15:0]       asid_o,
  output logic              fault_o,        // no look-up
  output logic [5:0]        fsc_o,          // with its level
  output logic [7:0]        flat_attr_o,    // valid while stage 1 is off
  output logic [1:0]        flat_sh_o,
  output logic [51:0]       flat_pa_o,
  output mmu_pkg::control_t control_o,
  // Walk: valid while walk_i
  input  logic              walk_i,
  output mmu_pkg::stage1_t  stage1_walk_o
);

  logic unused_bits;
  assign unused_bits = ^{
    sctlr_i[63:58], sctlr_i[56:30], sctlr_i[27:26], sctlr_i[24:21], sctlr_i[18:13], sctlr_i[11:1], tcr_i[63:60],
    tcr_i[58:57], tcr_i[50:43], tcr_i[35], tcr_i[27:25], tcr_i[11:8], hcr_i[63:13], hcr_i[11:0], contextidr_i[31:8]
  };

  // Which regime, which format
  logic aarch32;
  logic one_privilege;
  logic is_short;
  logic is_lpae;
  logic default_cacheable;
  assign aarch32           = regime_i == mmu_pkg::RegimePl10;
  assign one_privilege     = regime_i == mmu_pkg::RegimeEl2;
  assign is_short          = aarch32 && !tcr_i[31];
  assign is_lpae           = aarch32 && tcr_i[31];
  assign default_cacheable = hcr_i[12] && !one_privilege && (regime_i != mmu_pkg::RegimeEl20);
  assign stage1_o          = sctlr_i[0] && !default_cacheable;
  assign short_o           = is_short;

  // AArch32: the half. TTBCR.N stands where T0SZ does.
  logic [31:0] va32;
  logic [ 2:0] t0sz;
  logic [ 2:0] t1sz;
  logic        zeros;     // in the lower part of the addresses
  logic        ones;      // in the upper part
  logic        half32;
  logic        in_gap;
  logic [ 5:0] zeros_from;
  assign va32 = va_i[31:0];
  assign t0sz = tcr_i[2:0];
  assign t1sz = is_short ? 3'd0 : tcr_i[18:16];

  always_comb begin
    zeros_from = '0;
    zeros      = 1'b0;
    ones       = 1'b0;
    half32     = 1'b0;
    in_gap     = 1'b0;
    if (aarch32) begin
      zeros_from = 6'd32 - {3'd0, t0sz};
      if (`TW_FAULT(39) && is_short && (t0sz != 3'd0)) zeros_from = zeros_from + 6'd1;
      zeros  = (va32 >> zeros_from) == '0;
      ones   = (~va32 >> (6'd32 - {3'd0, t1sz})) == '0;
      half32 = ((t0sz == 3'd0) && (t1sz != 3'd0)) ? ones : !zeros;
      in_gap = (t0sz != 3'd0) && (t1sz != 3'd0) && !zeros && !ones;
    end
  end

  // What the registers alone decide: ASID, controls of permission, what a look-up needs of TCR for each half
  logic [15:0]       asid_q;
  mmu_pkg::control_t control;
  mmu_pkg::control_t control_q;
  mmu_pkg::half_t    lower;
  mmu_pkg::half_t    lower_q;
  mmu_pkg::half_t    upper;
  mmu_pkg::half_t    upper_q;
  logic              ds;
  always_comb begin
    asid_o  = asid_q;
    control = control_q;
    lower   = lower_q;
    upper   = upper_q;
    ds      = 1'b0;
    if (changed_i) begin
      asid_o = tcr_i[22] ? ttbr1_i[63:48] : ttbr0_i[63:48];
      if (one_privilege) asid_o = '0;
      else if (is_short) asid_o = {8'd0, contextidr_i[7:0]};
      else if (is_lpae || !tcr_i[36]) asid_o[15:8] = '0;

      control.wxn          = sctlr_i[19];
      control.uwxn         = sctlr_i[20] && aarch32;
      control.epan         = sctlr_i[57] && !aarch32 && !one_privilege;
      control.aarch32      = aarch32;
      control.short_format = is_short;
      control.dacr         = dacr_i;

      lower.txsz             = tcr_i[5:0];
      lower.tbi              = one_privilege ? tcr_i[20] : tcr_i[37];
      lower.tbid             = one_privilege ? tcr_i[29] : tcr_i[51];
      lower.refused          = tcr_i[55] && !one_privilege;
      lower.refused_nonfault = tcr_i[53] && !one_privilege;
      case (tcr_i[15:14])
        2'd1: lower.granule = mmu_pkg::Granule64K;
        2'd2: lower.granule = mmu_pkg::Granule16K;
        default: lower.granule = mmu_pkg::Granule4K;
      endcase
      upper.txsz             = tcr_i[21:16];
      upper.tbi              = tcr_i[38];
      upper.tbid             = tcr_i[52];
      upper.refused          = tcr_i[56];
      upper.refused_nonfault = tcr_i[54];
      case (tcr_i[31:30])
        2'd1: upper.granule = mmu_pkg::Granule16K;
        2'd3: upper.granule = mmu_pkg::Granule64K;
        default: upper.granule = mmu_pkg::Granule4K;
      endcase
      if (aarch32) begin
        lower.granule = mmu_pkg::Granule4K;
        upper.granule = mmu_pkg::Granule4K;
      end

      ds       = (one_privilege ? tcr_i[32] : tcr_i[59]) && !aarch32 && (pa_size_i >= 3'd6);
      lower.ds = ds && (lower.granule != mmu_pkg::Granule64K);
      upper.ds = ds && (upper.granule != mmu_pkg::Granule64K);
    end
    control_o = control;
  end

  always_ff @(posedge clk_i) begin
    if (changed_i) begin
      asid_q    <= asid_o;
      control_q <= control;
      lower_q   <= lower;
      upper_q   <= upper;
    end
  end

  // The half
  logic           half;
  mmu_pkg::half_t fields;
  assign key_half_o = aarch32 ? half32 : va_i[55];
  assign half       = aarch32 ? half32 : (va_i[55] && !one_privilege);
  assign vpn_o      = aarch32 ? {20'd0, va_i[31:12]} : va_i[51:12];
  assign fields     = half ? upper : lower;
  assign granule_o  = fields.granule;

  // Checks of the address
  logic        is_64k;
  logic        refused;  // by E0PD or NFD
  logic        tag_ignored;
  logic [63:0] beyond;   // bits that must be 0
  logic        size_fault;
  assign is_64k      = fields.granule == mmu_pkg::Granule64K;
  assign refused     = fields.refused || (fields.refused_nonfault && nonfault_i);
  assign tag_ignored = fields.tbi && !(fields.tbid && fetch_i) && !`TW_FAULT(22);

  always_comb begin
    size_fault = 1'b0;
    beyond     = '0;
    fsc_o      = mmu_pkg::FscTranslation;
    if (aarch32) begin
      fault_o = stage1_o && in_gap;
      fsc_o   = mmu_pkg::fault_code(mmu_pkg::FscTranslation, 3'd2);
    end else if (stage1_o) begin
      size_fault = (fields.txsz < ((is_64k || fields.ds) ? 6'd12 : 6'd16)) || (fields.txsz > (is_64k ? 6'd47 : 6'd48));
      beyond  = (va_i ^ {64{half}}) & {tag_ignored ? 8'd0 : 8'hff, 56'hff_ffff_ffff_ffff};
      beyond  = beyond >> (7'd64 - {1'b0, fields.txsz});
      fault_o = (beyond != '0) || size_fault || (refused && !privileged_i);
    end else begin
      beyond  = va_i & {tag_ignored ? 8'd0 : 8'hff, 56'hff_ffff_ffff_ffff};
      beyond  = beyond >> mmu_pkg::address_bits(pa_size_i);
      fault_o = beyond != '0;
      fsc_o   = mmu_pkg::FscAddressSize;
    end
  end

  // Stage 1 off
  always_comb begin
    flat_pa_o   = '0;
    flat_attr_o = '0;
    flat_sh_o   = '0;
    if (!stage1_o) begin
      flat_pa_o   = aarch32 ? {20'd0, va32} : va_i[51:0];
      flat_attr_o = !fetch_i ? 8'h00 : (sctlr_i[12] ? 8'haa : 8'h44);
      flat_sh_o   = 2'd2;
      if (default_cacheable && !`TW_FAULT(41)) begin
        flat_attr_o = 8'hff;
        flat_sh_o   = 2'd0;
      end
    end
  end

  // Walk
  mmu_pkg::stage1_t walk;
  logic [63:0] ttbr;
  logic [ 2:0] output_code;
  logic        base_52;   // base[51:48] in TTBR[5:2]
  logic [ 5:0] base_low;
  logic [51:0] base_mask;
  logic [ 5:0] page;
  logic [ 2:0] levels;    // before the last
  always_comb begin
    walk        = '0;
    ttbr        = '0;
    output_code = '0;
    base_52     = 1'b0;
    base_low    = '0;
    base_mask   = '0;
    page        = '0;
    levels      = '0;
    if (walk_i) begin
      ttbr               = half ? ttbr1_i : ttbr0_i;
      walk.mair          = mair_i;
      walk.epd_level     = aarch32 ? 3'd2 : 3'd1;
      walk.granule       = granule_o;
      walk.short_format  = is_short;
      walk.aarch32       = aarch32;
      walk.one_privilege = one_privilege;
      walk.armv7         = aarch32 && armv7_i;
      walk.big_endian    = sctlr_i[25];
      walk.afe           = is_short && sctlr_i[29];
      walk.tre           = is_short && sctlr_i[28];
      walk.sh            = half ? tcr_i[29:28] : tcr_i[13:12];

      if (aarch32) begin
        // N, T0SZ and T1SZ make the input smaller alike, but the upper half of short descriptors is always of 32 bits
        walk.input_size = 6'd32 - {3'd0, half ? t1sz : t0sz};
        walk.epd        = is_short ? tcr_i[half?5 : 4] : tcr_i[half?23 : 7];
        output_code     = mmu_pkg::output_code(3'd2, pa_size_i, 1'b0);
      end else begin
        walk.input_size = 6'd0 - fields.txsz;  // 64 - TxSZ
        walk.ds         = fields.ds;
        walk.wide       = is_64k && (pa_size_i >= 3'd6);
        walk.bbm        = bbm_i != 2'd0;
        output_code     = mmu_pkg::output_code(one_privilege ? tcr_i[18:16] : tcr_i[34:32], pa_size_i,
                                               is_64k || fields.ds);
        if (one_privilege) begin
          walk.ha  = tcr_i[21];
          walk.hd  = tcr_i[22] && tcr_i[21];
          walk.hpd = tcr_i[24];
        end else begin
          walk.epd = tcr_i[half?23 : 7];
          walk.ha  = tcr_i[39];
          walk.hd  = tcr_i[40] && tcr_i[39];
          walk.hpd = tcr_i[half?42 : 41];
        end
      end
      if (`TW_FAULT(20)) walk.epd = 1'b0;
      walk.output_size = mmu_pkg::address_bits(output_code);

      page = mmu_pkg::page_size(granule_o);
      for (int n = 1; n <= 4; n++) begin
        if ({2'd0, walk.input_size} > {2'd0, page} + 8'(n) * {2'd0, page - 6'd3}) levels = n[2:0];
      end
      walk.start_level = is_short ? 3'd2 : (3'd4 - levels);

      base_52 = (is_64k && (output_code >= 3'd6)) || fields.ds;
      if (is_short) base_low = walk.input_size - 6'd18;
      else base_low = walk.input_size - mmu_pkg::index_low(granule_o, walk.start_level) + 6'd3;
      base_low = (base_52 && (base_low < 6'd6)) ? 6'd6 : base_low;
      base_mask = 52'hf_ffff_ffff_ffff << base_low;
      if (is_short) base_mask[51:32] = '0;
      else if (walk.armv7) base_mask[51:40] = '0;
      walk.base       = {base_52 ? ttbr[5:2] : 4'd0, ttbr[47:0]} & base_mask;
      walk.base_fault = !is_short && ((walk.base >> walk.output_size) != '0) && !`TW_FAULT(19);
    end
    stage1_walk_o = walk;
  end

  logic unused_ttbr;
  assign unused_ttbr = ^ttbr[63:48];

endmodule
